"""eDroplets: one EC2 instance with an Elastic IP that runs everything behind Caddy, MySQL on RDS, a bucket.

Its page, and the Terraform code of its repository (leofuturer/eDrops3, terraform/main.tf at 04e5679), which sets
neither a network nor a subnet group: the default VPC. Account, ids and addresses are invented.
"""

from account import ANYWHERE, Account, tags
from services import bucket, database, db_subnets, instance


def account():
    aws = Account("333344445555", "us-west-1", "198.51.100.160/28")
    vpc = aws.vpc("default", "172.31.0.0/16", default=True)
    subnets = [aws.subnet(vpc, zone, cidr, zone, public=True, default=True)
               for zone, cidr in (("a", "172.31.16.0/20"), ("c", "172.31.0.0/20"))]

    # GitHub's runners deploy over SSH, from addresses that change.
    web = aws.group(vpc, "edrop-web-sg", "Web server", [(80, ANYWHERE), (443, ANYWHERE), (22, ANYWHERE)])
    store = aws.group(vpc, "edrop-db-sg", "MySQL", [(3306, web)])
    instance(aws, "edrop-v3-ec2", subnets[0], [web], "t3a.micro", "ami-0f8e81a3da6e2510a",
             "2023-07-09T21:14:52+00:00", key="edrop-v3", tagged=tags(Name="edrop-v3-ec2"), elastic=True)

    place = db_subnets(aws, "default", subnets), subnets[0]
    database(aws, "edrop-db", ("mysql", "8.0.40"), "db.t2.micro", 3306, ("admin", "edrop_user_management"), place,
             [store], "2023-07-09T21:20:03+00:00", storage=25)
    bucket(aws, "edrop-v3-s3", "2023-07-09T21:12:40+00:00", blocked=True)
    return aws

"""Republic of Rome Online: Amplify, one Elastic Beanstalk instance that ends TLS itself, PostgreSQL on RDS.

Its page and its repository (iamlogand/republic-of-rome-online at 21c29af) tell of one instance without a load
balancer, nginx and Redis in its containers, and no network of its own: the default VPC. Account, ids and addresses
are invented.
"""

from account import ANYWHERE, Account, tags
from services import bucket, database, db_subnets, instance, log_group, scaling_group, zone

ENVIRONMENT = "republic-of-rome-online-backend-env"


def account():
    aws = Account("222233334444", "eu-west-2", "192.0.2.32/27")
    vpc = aws.vpc("default", "172.31.0.0/16", default=True)
    subnets = [aws.subnet(vpc, zone_of, cidr, zone_of, public=True, default=True)
               for zone_of, cidr in (("a", "172.31.16.0/20"), ("b", "172.31.32.0/20"), ("c", "172.31.0.0/20"))]

    # Elastic Beanstalk tags what it makes, and opens port 22 where the environment has a key pair.
    beanstalk = [{"Key": "elasticbeanstalk:environment-name", "Value": ENVIRONMENT},
                 {"Key": "elasticbeanstalk:environment-id", "Value": f"e-{aws.word('beanstalk', length=10).lower()}"},
                 *tags(Name=ENVIRONMENT)]
    stack = f"awseb-{beanstalk[1]['Value']}-stack"
    web = aws.group(vpc, f"{stack}-AWSEBSecurityGroup", "SecurityGroup for ElasticBeanstalk environment.",
                    [(80, ANYWHERE), (443, ANYWHERE), (22, ANYWHERE)], tagged=beanstalk)
    store = aws.group(vpc, "rds-sg", "PostgreSQL for the backend", [(5432, web)])
    host = instance(aws, ENVIRONMENT, subnets[0], [web], "t3.micro", aws.id("ami", "al2023"),
                    "2026-07-21T19:42:10+00:00", key="republic-of-rome-online",
                    profile="aws-elasticbeanstalk-ec2-role", tagged=beanstalk, elastic=True, tokens="required")
    scaling_group(aws, f"{stack}-AWSEBAutoScalingGroup", subnets, [host], 1, 1, "2023-06-04T10:12:31+00:00",
                  tagged=beanstalk)

    place = db_subnets(aws, "default", subnets), subnets[0]
    database(aws, "roronline-db", ("postgres", "16.8"), "db.t3.micro", 5432, ("postgres", "rorsite"), place, [store],
             "2023-06-04T11:02:44+00:00", logs=["postgresql"], encrypted=True)

    # Holds the private key of the API's certificate.
    bucket(aws, "api-roronline-com-ssl", "2023-08-12T16:20:00+00:00", blocked=True)
    app = f"d{aws.digits('amplify', length=13)}"
    zone(aws, "roronline.com", [("api.roronline.com", "A", host["public"]),
                                ("www.roronline.com", "CNAME", f"d{aws.digits('cdn', length=13)}.cloudfront.net")])
    log_group(aws, f"/aws/amplify/{app}", stored=61843207, year="2023")
    log_group(aws, "/aws/rds/instance/roronline-db/postgresql", stored=18220914, year="2023")
    return aws

"""Where clients come in: load balancers, distributions, buckets and names."""

import json

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
OLD_TLS = "ELBSecurityPolicy-TLS-1-0-2015-04"
NEW_TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def create(connect, made):
    """Makes a load balancer, a classic one, a distribution, a bucket, a domain, flow logs and a hosted zone."""
    made["certificate"] = connect("acm").request_certificate(DomainName="harbour.example")["CertificateArn"]
    create_shop(connect("elbv2"), made)
    create_classic(connect("elb"), made)
    create_distribution(connect("cloudfront"), "leaky", "allow-all")
    create_public_bucket(connect("s3"))
    create_domain(connect("opensearch"), "search-clear", False)
    create_flow_logs(connect("ec2"), made)
    connect("route53").create_hosted_zone(Name="harbour.example.", CallerReference="1")


def create_twins(connect, made):
    """Makes the correct twins of what costs several calls to read."""
    create_web(connect("elbv2"), made)
    create_distribution(connect("cloudfront"), "tight", "https-only")
    create_private_bucket(connect("s3"))
    create_domain(connect("opensearch"), "search", True)


def redirect(protocol, port):
    """A listener action that sends the client elsewhere."""
    target = {"Protocol": protocol, "Port": str(port), "StatusCode": "HTTP_301"}
    return [{"Type": "redirect", "RedirectConfig": target}]


def create_shop(elbv2, made):
    """Leaks by a rule behind a redirect and by a redirect to HTTP; of its TLS listeners one is old."""
    shop = create_load_balancer(elbv2, made, "shop")
    listener = elbv2.create_listener(
        LoadBalancerArn=shop, Protocol="HTTP", Port=80, DefaultActions=redirect("HTTPS", 443)
    )["Listeners"][0]["ListenerArn"]
    forward = create_targets(elbv2, made, "shop-api")
    elbv2.create_rule(
        ListenerArn=listener, Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}], Actions=forward
    )
    elbv2.create_listener(LoadBalancerArn=shop, Protocol="HTTP", Port=8080, DefaultActions=redirect("HTTP", 80))
    secure(elbv2, shop, made, 443, NEW_TLS, forward)
    closed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}]
    secure(elbv2, shop, made, 8443, OLD_TLS, closed)


def create_web(elbv2, made):
    """Sends every client to HTTPS."""
    web = create_load_balancer(elbv2, made, "web")
    elbv2.create_listener(LoadBalancerArn=web, Protocol="HTTP", Port=80, DefaultActions=redirect("HTTPS", 443))
    secure(elbv2, web, made, 443, NEW_TLS, create_targets(elbv2, made, "web"))


def create_targets(elbv2, made, name):
    """A target group with the application servers in it; answers with the action that forwards there."""
    group = elbv2.create_target_group(
        Name=name, Protocol="HTTP", Port=8080, VpcId=made["vpcs"]["production"], TargetType="instance"
    )["TargetGroups"][0]["TargetGroupArn"]
    targets = [{"Id": made["instances"][server]} for server in ("app-1", "app-2")]
    elbv2.register_targets(TargetGroupArn=group, Targets=targets)
    return [{"Type": "forward", "TargetGroupArn": group}]


def create_load_balancer(elbv2, made, name):
    """An internet-facing application load balancer in both public subnets."""
    return elbv2.create_load_balancer(
        Name=name, Scheme="internet-facing", Type="application", SecurityGroups=[made["groups"]["web"]],
        Subnets=[made["subnets"][f"production-public-{zone}"] for zone in "ab"],
        Tags=[{"Key": "Environment", "Value": "production"}],
    )["LoadBalancers"][0]["LoadBalancerArn"]


def secure(elbv2, balancer, made, port, policy, actions):
    """An HTTPS listener."""
    elbv2.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTPS", Port=port, SslPolicy=policy,
        Certificates=[{"CertificateArn": made["certificate"]}], DefaultActions=actions,
    )


def create_classic(elb, made):
    """`legacy` speaks HTTP in one zone."""
    elb.create_load_balancer(
        LoadBalancerName="legacy", Subnets=[made["subnets"]["production-public-a"]],
        SecurityGroups=[made["groups"]["web"]],
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 8080}],
        Tags=[{"Key": "Environment", "Value": "production"}],
    )


def create_distribution(cloudfront, name, assets):
    """Sends the default behaviour to HTTPS; `assets` is what the ordered behaviour does with viewers."""
    marks = {"Items": [{"Key": "Environment", "Value": "production"}]}
    cloudfront.create_distribution_with_tags(DistributionConfigWithTags={"Tags": marks, "DistributionConfig": {
        "CallerReference": name,
        "Comment": name,
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin()]},
        "DefaultCacheBehavior": behaviour("redirect-to-https"),
        "CacheBehaviors": {"Quantity": 1, "Items": [{"PathPattern": "/assets/*"} | behaviour(assets)]},
        "ViewerCertificate": {
            "ACMCertificateArn": CERTIFICATE,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        },
    }})


def origin():
    """The origin of both distributions, spoken to over HTTPS."""
    protocols = {"Quantity": 1, "Items": ["TLSv1.2"]}
    return {"Id": "web", "DomainName": "web.harbour.example", "CustomOriginConfig": {
        "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only", "OriginSslProtocols": protocols,
    }}


def behaviour(viewer_protocol):
    """A cache behaviour."""
    forwarded = {"QueryString": False, "Cookies": {"Forward": "none"}}
    return {"TargetOriginId": "web", "ViewerProtocolPolicy": viewer_protocol, "MinTTL": 0, "ForwardedValues": forwarded}


def create_public_bucket(s3):
    """`harbour-public` is a public website."""
    s3.create_bucket(Bucket="harbour-public", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    policy("harbour-public", s3, {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"})
    s3.put_bucket_website(Bucket="harbour-public", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})


def create_private_bucket(s3):
    """`harbour-private` is blocked and refuses HTTP."""
    s3.create_bucket(Bucket="harbour-private", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_tagging(Bucket="harbour-private", Tagging={"TagSet": [{"Key": "environment", "Value": "prod"}]})
    in_clear = {"Bool": {"aws:SecureTransport": "false"}}
    policy("harbour-private", s3, {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": in_clear})
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket="harbour-private", PublicAccessBlockConfiguration=dict.fromkeys(switches, True))


def create_domain(opensearch, name, right):
    """A search domain: `right` accepts HTTPS alone and spans two zones."""
    options = {"EnforceHTTPS": right, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"}
    nodes = {"InstanceType": "t3.small.search", "InstanceCount": 1 + right, "ZoneAwarenessEnabled": right}
    opensearch.create_domain(
        DomainName=name, EngineVersion="OpenSearch_2.11", DomainEndpointOptions=options, ClusterConfig=nodes
    )


def create_flow_logs(ec2, made):
    """Production's traffic is recorded, staging's is not."""
    ec2.create_flow_logs(
        ResourceIds=[made["vpcs"]["production"]], ResourceType="VPC", TrafficType="ALL",
        LogDestinationType="s3", LogDestination="arn:aws:s3:::harbour-public",
    )


def policy(bucket, s3, statement):
    """Gives a bucket a policy of one statement about its objects."""
    statement = statement | {"Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

//! Listeners and distributions: where clear text is served.

use serde_json::{Value, json};

use super::*;

const LISTENER: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/lb/1/80";

fn forward(group: &str) -> Value {
    json!({"Type": "forward", "TargetGroupArn": format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{group}/1")})
}

fn redirect(protocol: &str) -> Value {
    json!({"Type": "redirect", "RedirectConfig": {"Protocol": protocol, "Port": "443", "StatusCode": "HTTP_301"}})
}

fn listener(protocol: &str, port: u16, default: Value, rules: Vec<(&str, Value, Value)>) -> Estate {
    let rules: Vec<Value> = rules
        .into_iter()
        .enumerate()
        .map(|(n, (priority, conditions, action))| {
            json!({"RuleArn": format!("{}/{n}", LISTENER.replace(":listener/", ":listener-rule/")), "Priority": priority,
                "Conditions": conditions, "Actions": [action]})
        })
        .collect();
    estate(json!({
        "LoadBalancers": [{"LoadBalancerArn": "lb", "LoadBalancerName": "lb-dev", "Scheme": "internet-facing", "Type": "application"}],
        "Listeners": [{"ListenerArn": LISTENER, "LoadBalancerArn": "lb", "Protocol": protocol, "Port": port, "DefaultActions": [default]}],
        "Rules": rules,
    }))
}

fn host(name: &str) -> Value {
    json!([{"Field": "host-header", "HostHeaderConfig": {"Values": [name]}}])
}

fn clear_text(estate: &Estate) -> Value {
    fact(estate, "listener_clear_text", Kind::Listener, LISTENER)
}

/// The priorities of the rules that serve clear text, and of those that would if they were reached.
fn serving(estate: &Estate) -> (Value, Value) {
    let found = clear_text(estate);
    let priorities = |list: &str| found[list].as_array().unwrap().iter().map(|rule| rule["priority"].clone()).collect();
    (priorities("serves"), priorities("shadowed"))
}

#[test]
fn the_default_forwards_and_a_rule_redirects() {
    let mixed = listener("HTTP", 80, forward("app"), vec![("10", host("www.example.org"), redirect("HTTPS"))]);
    assert_eq!(serving(&mixed), (json!(["default"]), json!([])));
    let all = listener(
        "HTTP",
        80,
        forward("app"),
        vec![("10", json!([{"Field": "path-pattern", "Values": ["/*"]}]), redirect("HTTPS"))],
    );
    assert_eq!(serving(&all), (json!([]), json!(["default"])));
}

#[test]
fn the_default_redirects_and_a_rule_forwards() {
    let dev = listener("HTTP", 80, redirect("HTTPS"), vec![("100", host("api.dev.ror.org"), forward("api-dev"))]);
    assert_eq!(serving(&dev), (json!(["100"]), json!([])));
    let rule = &clear_text(&dev)["serves"][0];
    assert_eq!(rule["when"], "host api.dev.ror.org");
    assert_eq!(rule["evidence"][0]["value"], "forward to api-dev/1");

    let shadowed = listener(
        "HTTP",
        80,
        redirect("HTTPS"),
        vec![("100", host("api.dev.ror.org"), forward("api-dev")), ("7", host("api.dev.ror.org"), redirect("HTTPS"))],
    );
    assert_eq!(serving(&shadowed), (json!([]), json!(["100"])), "the lower number is tried first");
    let later = listener(
        "HTTP",
        80,
        redirect("HTTPS"),
        vec![
            ("100", host("api.dev.ror.org"), forward("api-dev")),
            ("1001", host("api.dev.ror.org"), redirect("HTTPS")),
        ],
    );
    assert_eq!(serving(&later), (json!(["100"]), json!([])), "1001 is more than 100, whatever the letters say");
}

#[test]
fn a_redirect_of_everybody_hides_what_follows() {
    let with = |addresses: &str, ranges: Value| {
        let everybody = json!([{"Field": "source-ip", "SourceIpConfig": {"Values": ranges}}]);
        let rules = vec![("1", everybody, redirect("HTTPS")), ("2", host("a.org"), forward("a"))];
        let mut estate = listener("HTTP", 80, forward("app"), rules);
        estate.shards[0].resources.load_balancers[0].ip_address_type = Some(addresses.to_owned());
        serving(&estate)
    };
    assert_eq!(with("ipv4", json!(["0.0.0.0/0"])), (json!([]), json!(["2", "default"])));
    assert_eq!(with("dualstack", json!(["0.0.0.0/0", "::/0"])), (json!([]), json!(["2", "default"])));
    assert_eq!(with("dualstack", json!(["0.0.0.0/0"])), (json!(["2", "default"]), json!([])));
}

#[test]
fn a_redirect_is_only_as_good_as_where_it_leads() {
    for (protocol, clear) in [("HTTPS", 0), ("HTTP", 1), ("#{protocol}", 1)] {
        let found = clear_text(&listener("HTTP", 8080, redirect(protocol), vec![]));
        assert_eq!(found["serves"].as_array().unwrap().len(), clear, "{protocol}");
    }
    let fixed = json!({"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}});
    assert_eq!(serving(&listener("HTTP", 80, fixed, vec![])), (json!([]), json!([])));
}

#[test]
fn target_groups_without_weight_get_nothing() {
    let group = |name: &str, weight: u8| json!({"TargetGroupArn": format!("x:targetgroup/{name}/1"), "Weight": weight});
    let weighted = |groups: Value| json!({"Type": "forward", "ForwardConfig": {"TargetGroups": groups}});
    let found = clear_text(&listener("HTTP", 80, weighted(json!([group("blue", 0), group("green", 1)])), vec![]));
    assert_eq!(found["serves"][0]["evidence"][0]["value"], "forward to green/1");
    let one = clear_text(&listener("HTTP", 80, weighted(json!([group("only", 0)])), vec![]));
    assert_eq!(one["serves"][0]["evidence"][0]["value"], "forward to only/1", "a weight means nothing alone");
}

#[test]
fn what_cannot_carry_clear_text_and_what_cannot_be_seen() {
    assert_eq!(clear_text(&listener("HTTPS", 443, forward("app"), vec![])), Value::Null);
    assert_eq!(clear_text(&listener("TCP", 5432, forward("db"), vec![])), Value::Null);
    let unseen = |estate: &Estate| {
        try_fact(estate, "listener_clear_text", Kind::Listener, LISTENER).unwrap_err()[0].action.clone()
    };
    assert_eq!(unseen(&listener("TCP", 80, forward("app"), vec![])), "elasticloadbalancing:DescribeListeners");
    let plain = listener("HTTP", 80, redirect("HTTPS"), vec![]);
    assert_eq!(unseen(&without(plain, "elasticloadbalancing:DescribeRules")), "elasticloadbalancing:DescribeRules");
    assert_eq!(
        unseen(&listener("HTTP", 80, json!({"Type": "teleport"}), vec![])),
        "elasticloadbalancing:DescribeListeners"
    );
}

#[test]
fn the_security_policy_tells_the_oldest_tls() {
    let with = |policy: Value| {
        let mut estate = listener("HTTPS", 443, forward("app"), vec![]);
        estate.shards[0].resources.listeners[0].ssl_policy = serde_json::from_value(policy).unwrap();
        try_fact(&estate, "tls_policy", Kind::Listener, LISTENER)
    };
    assert_eq!(
        with(json!("ELBSecurityPolicy-2016-08")).unwrap(),
        json!({"policy": "ELBSecurityPolicy-2016-08", "oldest": "1.0"})
    );
    assert_eq!(with(json!("ELBSecurityPolicy-TLS13-1-2-2021-06")).unwrap()["oldest"], "1.2");
    assert_eq!(with(json!("of-another-time")).unwrap_err()[0].action, "elasticloadbalancing:DescribeSSLPolicies");
    assert_eq!(with(Value::Null).unwrap_err()[0].detail, "the listener has no `SslPolicy`");
}

fn distribution(config: Value) -> Value {
    let estate = estate(json!({"Distributions": [{"Id": "E1", "DistributionConfig": config}]}));
    fact(&estate, "edge", Kind::Distribution, "E1")
}

#[test]
fn an_ordered_behaviour_serves_clear_text_behind_a_good_default() {
    let edge = distribution(json!({
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"},
        "CacheBehaviors": {"Items": [
            {"PathPattern": "/api/*", "TargetOriginId": "site", "ViewerProtocolPolicy": "https-only"},
            {"PathPattern": "/old/*", "TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all"}]},
        "ViewerCertificate": {"ACMCertificateArn": "arn", "MinimumProtocolVersion": "TLSv1.2_2021"},
        "Origins": {"Items": [{"Id": "site", "DomainName": "b.s3.eu-west-1.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}]}}));
    let behaviours: Vec<_> =
        edge["behaviours"].as_array().unwrap().iter().map(|b| (&b["path"], &b["clear_text"])).collect();
    assert_eq!(json!(behaviours), json!([["/api/*", false], ["/old/*", true], ["default", false]]));
    let field = "DistributionConfig.CacheBehaviors.Items[1].ViewerProtocolPolicy";
    assert_eq!(edge["behaviours"][1]["evidence"][0]["field"], field);
    assert_eq!((&edge["oldest"], &edge["origins"][0]["clear_text"]), (&json!("1.2"), &json!(true)));
}

#[test]
fn origins_by_how_they_are_reached() {
    let origin = |id: &str, domain: &str, policy: &str, versions: Value| {
        json!({"Id": id, "DomainName": domain,
            "CustomOriginConfig": {"OriginProtocolPolicy": policy, "OriginSslProtocols": {"Items": versions}}})
    };
    let edge = distribution(json!({
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"},
        "CacheBehaviors": {"Items": [{"PathPattern": "*", "TargetOriginId": "open", "ViewerProtocolPolicy": "allow-all"}]},
        "ViewerCertificate": {"CloudFrontDefaultCertificate": true, "MinimumProtocolVersion": "TLSv1.2_2021"},
        "Origins": {"Items": [
            origin("site", "b.s3-website-eu-west-1.amazonaws.com", "http-only", json!(["TLSv1.2"])),
            origin("match", "a.example.org", "match-viewer", json!(["TLSv1", "TLSv1.2"])),
            origin("open", "o.example.org", "match-viewer", json!(["TLSv1.2"])),
            origin("old", "f.example.org", "https-only", json!(["TLSv1"])),
            {"Id": "vpc", "DomainName": "internal.example.org", "VpcOriginConfig": {"VpcOriginId": "vo-1"}}]}}));
    let origins: Vec<_> = edge["origins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| json!([o["clear_text"], o["website"], o["old_versions"]]))
        .collect();
    assert_eq!(
        json!(origins),
        json!([
            [true, true, []],
            [false, false, ["TLSv1"]],
            [true, false, []],
            [false, false, ["TLSv1"]],
            [null, false, []]
        ])
    );
    assert_eq!(
        (&edge["oldest"], &edge["own_certificate"]),
        (&json!("1.0"), &json!(false)),
        "the floor needs a certificate"
    );
}

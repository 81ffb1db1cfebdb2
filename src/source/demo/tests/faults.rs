//! Each fault of the real infrastructure that the estate's resources can show, under its number in the list of
//! ROR's findings.

use serde_json::Value;

use super::{estate, file, global, part, regional};
use crate::model::resource::{Bucket, Listener, ListenerRule, LogGroup, SecurityGroup};

fn group(name: &str) -> SecurityGroup {
    let estate = estate();
    let groups = &regional(&estate).security_groups;
    groups.iter().find(|group| group.group_name.as_deref() == Some(name)).expect("the group is there").clone()
}

/// The listeners of a port, each with the name of its load balancer and its rules in their order.
fn listeners(port: i32) -> Vec<(String, Listener, Vec<ListenerRule>)> {
    let estate = estate();
    let resources = regional(&estate);
    let mut found = Vec::new();
    for listener in resources.listeners.iter().filter(|listener| listener.port == Some(port)) {
        let balancer = resources.load_balancers.iter().find(|b| b.load_balancer_arn == listener.load_balancer_arn);
        let name = balancer.and_then(|b| b.load_balancer_name.clone()).expect("it has a load balancer");
        let mut rules: Vec<_> =
            resources.listener_rules.iter().filter(|r| r.listener() == listener.listener_arn).cloned().collect();
        rules.sort_by_key(|rule| rule.priority.as_ref().and_then(|p| p.parse().ok()).unwrap_or(u32::MAX));
        found.push((name, listener.clone(), rules));
    }
    assert_eq!(found.len(), 3);
    found
}

fn action(rule: &ListenerRule) -> &str {
    rule.actions.last().and_then(|action| action.r#type.as_deref()).expect("an action")
}

fn buckets(wanted: impl Fn(&Bucket) -> bool) -> Vec<String> {
    global(&estate()).buckets.iter().filter(|bucket| wanted(bucket)).map(|bucket| bucket.name.clone()).collect()
}

fn log_groups(wanted: impl Fn(&LogGroup) -> bool) -> Vec<String> {
    regional(&estate()).log_groups.iter().filter(|g| wanted(g)).map(|g| g.log_group_name.clone()).collect()
}

fn domain(name: &str) -> Value {
    let domains = file("eu-west-1/DomainStatusList.json")["DomainStatusList"].clone();
    domains.as_array().expect("a list").iter().find(|d| d["DomainName"] == name).expect("the domain is there").clone()
}

#[test]
fn f01_ssh_to_the_bastion_is_open_to_the_world() {
    let json = serde_json::to_value(group("bastion")).expect("JSON");
    let ssh =
        json["IpPermissions"].as_array().expect("rules").iter().find(|rule| rule["FromPort"] == 22).expect("a rule");
    assert_eq!(
        (&ssh["IpProtocol"], &ssh["ToPort"], &ssh["IpRanges"][0]["CidrIp"]),
        (&"tcp".into(), &22.into(), &"0.0.0.0/0".into())
    );
}

#[test]
fn f02_the_private_group_admits_the_whole_vpc_on_every_port() {
    let json = serde_json::to_value(group("fargate-ecs-service-sg")).expect("JSON");
    let rule = &json["IpPermissions"][0];
    assert_eq!((&rule["IpProtocol"], &rule["IpRanges"][0]["CidrIp"]), (&"-1".into(), &"10.0.0.0/16".into()));
    let estate = estate();
    let id = group("fargate-ecs-service-sg").group_id;
    let users = regional(&estate)
        .network_interfaces
        .iter()
        .filter(|i| i.groups.iter().any(|g| g.group_id.as_ref() == Some(&id)));
    assert_eq!(users.count(), 22, "12 tasks, 4 database and 6 search interfaces share it");
}

#[test]
fn f03_the_bastion_is_one_host_with_a_key_pair_and_no_profile() {
    let estate = estate();
    let [bastion] = &regional(&estate).instances[..] else { panic!("one instance") };
    assert!(bastion.key_name.is_some() && bastion.iam_instance_profile.is_none());
    assert_eq!(bastion.public_ip_address.as_deref(), Some("192.0.2.22"));
    assert!(regional(&estate).addresses.iter().any(|a| a.instance_id.as_deref() == Some(bastion.instance_id.as_str())));
}

#[test]
fn f04_a_rule_of_devs_clear_text_listener_forwards_before_another_redirects() {
    for (name, listener, rules) in listeners(80) {
        assert_eq!(listener.default_actions[0].r#type.as_deref(), Some("redirect"), "{name}");
        let actions: Vec<&str> = rules.iter().map(action).collect();
        let expected: &[&str] = match name.as_str() {
            "lb-dev" => &["forward", "redirect", "redirect"],
            "lb-staging" => &["redirect", "redirect"],
            _ => &["redirect"],
        };
        assert_eq!(actions, expected, "{name}");
    }
}

#[test]
fn f05_listeners_accept_old_tls() {
    for (name, listener, _) in listeners(443) {
        assert_eq!(listener.ssl_policy.as_deref(), Some("ELBSecurityPolicy-2016-08"), "{name}");
        assert_eq!(listener.certificates.len(), 1);
    }
}

#[test]
fn f06_to_f08_distributions_accept_old_tls_and_fetch_in_clear() {
    let estate = estate();
    let mut plain = 0;
    for distribution in &global(&estate).distributions {
        let config = distribution.distribution_config.as_ref().expect("it was read");
        let floor = config.viewer_certificate.as_ref().and_then(|c| c.minimum_protocol_version.as_deref());
        assert_eq!(floor, Some("TLSv1"));
        let origins = config.origins.iter().flat_map(|origins| &origins.items);
        for origin in origins.filter_map(|origin| origin.custom_origin_config.as_ref()) {
            let protocols = &origin.origin_ssl_protocols.as_ref().expect("it is set").items;
            match origin.origin_protocol_policy.as_deref() {
                Some("http-only") => plain += 1,
                policy => assert_eq!((policy, protocols.as_slice()), (Some("https-only"), &["TLSv1".to_owned()][..])),
            }
        }
    }
    assert_eq!((global(&estate).distributions.len(), plain), (4, 3));
}

#[test]
fn f09_f10_search_domains_do_not_enforce_https() {
    for name in ["elasticsearch-v7-staging", "elasticsearch-v7-dev"] {
        assert_eq!(domain(name)["DomainEndpointOptions"]["EnforceHTTPS"], false, "{name}");
    }
    assert_eq!(domain("elasticsearch-v7").get("DomainEndpointOptions"), None, "absent, which is not false");
}

#[test]
fn f11_f21_buckets_are_websites_and_public() {
    assert_eq!(buckets(|bucket| bucket.website_configuration.is_some()).len(), 6);
    let public = buckets(|bucket| bucket.policy_status.as_ref().and_then(|status| status.is_public) == Some(true));
    assert_eq!(public.len(), 9);
    let off =
        buckets(|b| b.public_access_block_configuration.as_ref().is_some_and(|c| c.block_public_policy == Some(false)));
    assert_eq!(off, ["public.dev.ror.org", "public.ror.org", "public.staging.ror.org"]);
    assert_eq!(
        buckets(|bucket| bucket.public_access_block_configuration.is_none()).len(),
        10,
        "absent, which is not false"
    );
}

#[test]
fn f12_targets_are_spoken_to_in_clear() {
    let estate = estate();
    let groups = &regional(&estate).target_groups;
    assert!(groups.len() == 9 && groups.iter().all(|group| group.protocol.as_deref() == Some("HTTP")));
}

#[test]
fn f13_three_rules_forward_without_the_secret_header() {
    for (name, _, rules) in listeners(443) {
        let open = rules.iter().filter(|rule| {
            let by_path = rule.conditions.iter().all(|condition| condition.field.as_deref() == Some("path-pattern"));
            rule.is_default == Some(false) && by_path && action(rule) == "forward"
        });
        let priorities: Vec<&str> = open.filter_map(|rule| rule.priority.as_deref()).collect();
        assert_eq!(priorities, ["20", "30", "40"], "{name}");
    }
}

#[test]
fn f14_one_nat_gateway_serves_both_zones() {
    let estate = estate();
    assert_eq!(regional(&estate).nat_gateways.len(), 1);
    assert_eq!(regional(&estate).subnets.len(), 4);
}

#[test]
fn f15_generateid_runs_once_and_the_others_of_production_twice() {
    let estate = estate();
    for (name, count) in [("generateid", 1), ("api-community", 2), ("reconcile-community", 2)] {
        let service = regional(&estate).ecs_services.iter().find(|s| s.service_name.as_deref() == Some(name));
        let service = service.expect("the service is there");
        assert_eq!((service.desired_count, service.running_count), (Some(count), Some(count)), "{name}");
        assert!(service.tags.is_empty(), "no service of production carries a tag");
    }
}

#[test]
fn f16_f17_f19_f20_f32_databases() {
    let estate = estate();
    for (name, multi) in [("db", true), ("db-staging", false), ("db-dev", false)] {
        let db =
            regional(&estate).db_instances.iter().find(|db| db.db_instance_identifier == name).expect("it is there");
        assert_eq!((db.multi_az, db.availability_zone.as_deref()), (Some(multi), Some("eu-west-1a")), "{name}");
        assert_eq!(db.secondary_availability_zone.is_some(), multi, "{name}");
        assert_eq!(db.publicly_accessible, Some(false), "{name}");
        assert_eq!((db.backup_retention_period, db.storage_encrypted), (Some(1), Some(false)), "{name}");
    }
}

#[test]
fn f18_f22_f28_search_domains() {
    for name in ["elasticsearch-v7", "elasticsearch-v7-staging", "elasticsearch-v7-dev"] {
        let domain = domain(name);
        let cluster = &domain["ClusterConfig"];
        assert_eq!(
            (&cluster["InstanceCount"], &cluster["DedicatedMasterEnabled"]),
            (&2.into(), &false.into()),
            "{name}"
        );
        let policy = domain["AccessPolicies"].as_str().expect("text");
        assert_eq!(policy.contains(r#""Action":"es:*""#), name != "elasticsearch-v7-staging", "{name}");
        let logs: Vec<&String> = domain["LogPublishingOptions"].as_object().expect("options").keys().collect();
        assert_eq!(logs, ["ES_APPLICATION_LOGS"], "{name}");
    }
}

#[test]
fn f23_f24_one_vpc_without_flow_logs_holds_all_three_environments() {
    let estate = estate();
    assert_eq!((regional(&estate).vpcs.len(), regional(&estate).flow_logs.len()), (1, 0));
    assert_eq!(part(&estate, "eu-west-1").missing("ec2:DescribeFlowLogs", None), None, "read, and empty");
}

#[test]
fn f25_there_is_no_alarm() {
    let estate = estate();
    assert_eq!(regional(&estate).metric_alarms, []);
    assert_eq!(part(&estate, "eu-west-1").missing("cloudwatch:DescribeAlarms", None), None, "read, and empty");
}

#[test]
fn f26_the_log_groups_of_generateid_stay_empty_but_devs() {
    let empty = log_groups(|group| group.stored_bytes == Some(0) && group.log_group_name.starts_with("/ecs/"));
    assert_eq!(empty, ["/ecs/generateid", "/ecs/generateid-staging"]);
}

#[test]
fn f27_twelve_declared_log_groups_never_expire() {
    let kept =
        log_groups(|group| group.retention_in_days.is_none() && !group.log_group_name.starts_with("API-Gateway"));
    assert_eq!(kept.len(), 12, "{kept:?}");
}

#[test]
fn f31_productions_search_record_is_not_the_name_the_api_asks_for() {
    let zones = file("aws-global/HostedZones.json")["HostedZones"].clone();
    let private =
        zones.as_array().expect("zones").iter().find(|zone| zone["Config"]["PrivateZone"] == true).expect("one");
    let records = private["ResourceRecordSets"].as_array().expect("records");
    let names: Vec<&str> = records.iter().filter_map(|record| record["Name"].as_str()).collect();
    assert!(
        names.contains(&"elasticsearch-v7.ror.community.ror.org.") && !names.contains(&"elasticsearch-v7.ror.org.")
    );
}

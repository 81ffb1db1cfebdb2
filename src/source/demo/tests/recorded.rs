//! The recording fits the estate: what it tells of exists, and what the dashboard shows first is there.

use std::collections::BTreeSet;

use super::{NOW, REGION, at, estate, regional, ror};
use crate::source::demo::recording::Recording;
use crate::telemetry::{LogQuery, MetricQuery, SeriesStatus, Stat, TelemetryError, Window, catalogue};

fn recording() -> Recording {
    crate::source::demo::parsed("ror", "telemetry.toml", Recording::parse).expect("the recording parses")
}

fn queries(environment: Option<&str>) -> Vec<MetricQuery> {
    let mut queries = Vec::new();
    for panel in recording().panels {
        for target in panel.targets.iter().filter(|target| target.environment.as_deref() == environment) {
            queries.extend(panel.series.iter().map(|series| MetricQuery {
                account: "111122223333".into(),
                region: panel.region.as_str().into(),
                namespace: panel.namespace.clone(),
                metric: series.metric.clone(),
                dimensions: target.dimensions.clone().into_iter().collect(),
                stat: series.stat,
                period: 60,
            }));
        }
    }
    queries
}

fn log_query(group: &str) -> LogQuery {
    LogQuery {
        account: "111122223333".into(),
        region: REGION.into(),
        group: group.into(),
        start: at("2026-11-18T11:30:00Z"),
        end: None,
        next_token: None,
        limit: 100,
    }
}

#[test]
fn what_series_are_about_exists() {
    let estate = estate();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (_, resource) in estate.resources() {
        known.insert(resource.id().to_owned());
        known.extend(resource.name().map(str::to_owned));
        let arn = resource.id().split_once(":loadbalancer/").map(|(_, rest)| rest.to_owned());
        known.extend(arn.or_else(|| Some(format!("targetgroup/{}", resource.id().split_once(":targetgroup/")?.1))));
    }
    let elsewhere = ["AWS/ApiGateway", "AWS/WAFV2", "AWS/ES"];
    for panel in recording().panels.iter().filter(|panel| !elsewhere.contains(&panel.namespace.as_str())) {
        for (name, value) in
            panel.targets.iter().flat_map(|target| &target.dimensions).filter(|(name, _)| *name != "Region")
        {
            assert!(known.contains(value), "{}: {name} `{value}` does not exist", panel.title);
        }
    }
    let names: BTreeSet<String> = estate.environments.iter().map(|environment| environment.name.clone()).collect();
    let told = recording().panels.into_iter().flat_map(|panel| panel.targets).filter_map(|target| target.environment);
    assert!(
        told.into_iter()
            .chain(recording().incidents.into_values().map(|i| i.environment))
            .all(|name| names.contains(&name))
    );
}

#[test]
fn every_log_group_that_is_written_to_exists_and_the_wrong_ones_are_not() {
    let estate = estate();
    let groups: BTreeSet<String> = recording().log_groups.into_iter().map(|group| group.name).collect();
    let stored = |name: &str| {
        regional(&estate).log_groups.iter().find(|g| g.log_group_name == name).and_then(|g| g.stored_bytes)
    };
    assert!(groups.iter().all(|name| stored(name).is_some_and(|bytes| bytes > 0)));
    assert!(!groups.contains("/ecs/generateid") && !groups.contains("/ecs/generateid-staging"));
    let shared =
        recording().log_groups.into_iter().find(|group| group.name == "/ecs/generateid-dev").expect("it is there");
    assert_eq!(shared.streams.len(), 3, "all three environments write into the group of one");
}

#[tokio::test]
async fn what_the_engineer_on_call_looks_at_first_is_recorded() {
    let telemetry = ror().telemetry.expect("a demo has telemetry");
    let window = Window { start: at("2026-11-18T11:00:00Z"), end: at(NOW) };
    for environment in [Some("production"), Some("staging"), Some("dev"), None] {
        let queries = queries(environment);
        assert!(queries.len() >= 9, "{environment:?}: {}", queries.len());
        let all = telemetry.series(queries.clone(), window).await.expect("an answer");
        assert_eq!(all.iter().map(|series| &series.query).collect::<Vec<_>>(), queries.iter().collect::<Vec<_>>());
        for series in all {
            assert!(series.points.len() >= 11, "{:?}", series.query);
            assert!(
                series.points.iter().all(|point| point.value.is_finite() && point.value >= 0.0),
                "{:?}",
                series.query
            );
        }
    }
    let first = [
        "AWS/CloudFront: Requests 5xxErrorRate 4xxErrorRate OriginLatency",
        "AWS/ApiGateway: Count 5XXError 4XXError Latency IntegrationLatency CacheHitCount CacheMissCount",
        "AWS/ApplicationELB: RequestCount HTTPCode_Target_5XX_Count HTTPCode_ELB_5XX_Count TargetResponseTime RejectedConnectionCount HealthyHostCount UnHealthyHostCount",
        "AWS/ECS: CPUUtilization MemoryUtilization",
        "AWS/ES: ClusterStatus.red ClusterStatus.yellow Nodes FreeStorageSpace JVMMemoryPressure CPUUtilization SearchLatency",
        "AWS/RDS: CPUUtilization CPUCreditBalance FreeableMemory FreeStorageSpace DatabaseConnections ReadLatency WriteLatency",
        "AWS/WAFV2: BlockedRequests AllowedRequests",
    ];
    let recorded: BTreeSet<String> =
        queries(Some("production")).iter().map(|q| format!("{}: {}", q.namespace, q.metric)).collect();
    for (namespace, metrics) in first.iter().filter_map(|line| line.split_once(": ")) {
        for metric in metrics.split(' ') {
            assert!(recorded.contains(&format!("{namespace}: {metric}")), "{namespace} {metric}");
        }
    }
}

#[tokio::test]
async fn every_metric_of_the_catalogue_has_points_in_the_catalogues_unit() {
    let opened = ror();
    let telemetry = opened.telemetry.expect("a demo has telemetry");
    let window = Window { start: at("2026-11-18T11:00:00Z"), end: at(NOW) };
    let panels = catalogue::panels(&opened.estate, |_| true, usize::MAX);
    assert!(panels.len() >= 50, "{}", panels.len());
    for panel in panels {
        for series in telemetry.series(panel.lines, window).await.expect("an answer") {
            assert!(series.points.len() >= 11, "{:?}", series.query);
            assert_eq!(series.unit, panel.unit, "{:?}", series.query);
        }
    }
}

#[tokio::test]
async fn a_metric_that_does_not_exist_is_complete_and_empty() {
    let telemetry = ror().telemetry.expect("a demo has telemetry");
    let mut query = queries(Some("production")).remove(0);
    query.account = "999999999999".into();
    let window = Window { start: at("2026-11-18T11:00:00Z"), end: at(NOW) };
    let series = telemetry.series(vec![query], window).await.expect("an answer").remove(0);
    assert_eq!((series.points, series.status), (Vec::new(), SeriesStatus::Complete));
}

#[tokio::test]
async fn log_groups_answer_as_they_are() {
    let telemetry = ror().telemetry.expect("a demo has telemetry");
    let page = telemetry.log_events(log_query("/ecs/api-community")).await.expect("a page");
    assert_eq!(page.events.len(), 100);
    assert!(page.next_token.is_some());
    let empty = telemetry.log_events(log_query("/ecs/generateid")).await.expect("it exists");
    assert!(empty.events.is_empty() && empty.next_token.is_none());
    let error = telemetry.log_events(log_query("/ecs/nothing")).await.expect_err("it does not exist");
    let message = "the log group `/ecs/nothing` does not exist".to_owned();
    assert_eq!(error, TelemetryError { action: "logs:FilterLogEvents", message, passing: false });
}

#[tokio::test]
async fn every_line_is_filled_and_names_only_addresses_for_documentation() {
    let telemetry = ror().telemetry.expect("a demo has telemetry");
    for group in recording().log_groups {
        let query = LogQuery {
            start: at("2026-11-17T12:00:00Z"),
            end: Some(at("2026-11-17T18:00:00Z")),
            limit: 2000,
            ..log_query(&group.name)
        };
        let page = telemetry.log_events(query).await.expect("a page");
        assert!(page.events.len() > 50, "{}: {}", group.name, page.events.len());
        for event in page.events {
            assert!(group.streams.contains(&event.stream), "{}", event.stream);
            let left =
                event.message.replace("{proxy+}", "").split_once('{').is_some_and(|(_, rest)| !rest.starts_with('"'));
            assert!(!left && !event.message.is_empty(), "{}", event.message);
            let words = event.message.split(|c: char| !c.is_ascii_digit() && c != '.');
            for address in words.filter_map(|word| word.parse::<std::net::Ipv4Addr>().ok()) {
                assert!(address.is_documentation() || address.is_private(), "{address} in {}", event.message);
            }
        }
    }
}

#[tokio::test]
async fn there_is_no_alarm_and_what_is_asked_is_counted() {
    let telemetry = ror().telemetry.expect("a demo has telemetry");
    assert_eq!(telemetry.alarms("111122223333".into(), REGION.into()).await.expect("an answer"), []);
    let mut query = queries(Some("production")).remove(0);
    let window = Window { start: at("2026-11-18T11:00:00Z"), end: at(NOW) };
    let five = [Stat::Average, Stat::Minimum, Stat::Maximum, Stat::Sum, Stat::SampleCount].map(|stat| {
        query.stat = stat;
        query.clone()
    });
    telemetry.series(five.to_vec(), window).await.expect("an answer");
    let budget = telemetry.budget();
    assert_eq!((budget.calls, budget.metrics), (2, 1));
}

#[test]
fn search_series_are_about_the_domains_of_the_estate() {
    let domains = super::file("eu-west-1/DomainStatusList.json")["DomainStatusList"].clone();
    let names: BTreeSet<&str> =
        domains.as_array().expect("a list").iter().filter_map(|d| d["DomainName"].as_str()).collect();
    let panels = recording().panels;
    let search = panels.iter().find(|panel| panel.namespace == "AWS/ES").expect("a panel");
    let told: BTreeSet<&str> =
        search.targets.iter().filter_map(|t| t.dimensions.get("DomainName")).map(String::as_str).collect();
    assert_eq!(told, names);
}

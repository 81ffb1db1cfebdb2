//! The recording fits the estate: what it tells of exists, and what the dashboard shows first is there.

use std::collections::BTreeSet;

use super::{NOW, REGION, at, opened, ror};
use crate::model::Shard;
use crate::source::Opened;
use crate::source::demo::names;
use crate::source::demo::recording::{LogGroup, Recording};
use crate::telemetry::{LogQuery, MetricQuery, SeriesStatus, Stat, TelemetryError, Window, catalogue};

fn recording() -> Recording {
    recorded("ror")
}

fn recorded(demo: &str) -> Recording {
    crate::source::demo::parsed(demo, "telemetry.toml", Recording::parse).expect("the recording parses")
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
    for demo in names() {
        let estate = opened(demo).estate;
        let mut known: BTreeSet<String> = BTreeSet::new();
        for (_, resource) in estate.resources() {
            known.insert(resource.id().to_owned());
            known.extend(resource.name().map(str::to_owned));
            let arn = resource.id().split_once(":loadbalancer/").map(|(_, rest)| rest.to_owned());
            known.extend(arn.or_else(|| Some(format!("targetgroup/{}", resource.id().split_once(":targetgroup/")?.1))));
        }
        let elsewhere = ["AWS/ApiGateway", "AWS/WAFV2", "AWS/ES"];
        let recording = recorded(demo);
        for panel in recording.panels.iter().filter(|panel| !elsewhere.contains(&panel.namespace.as_str())) {
            let dimensions = panel.targets.iter().flat_map(|target| &target.dimensions);
            for (name, value) in dimensions.filter(|(name, _)| !["Region", "CacheNodeId"].contains(&name.as_str())) {
                assert!(known.contains(value), "{demo}, {}: {name} `{value}` does not exist", panel.title);
            }
        }
        let known: BTreeSet<String> = estate.environments.iter().map(|environment| environment.name.clone()).collect();
        let told = recording.panels.into_iter().flat_map(|panel| panel.targets).filter_map(|target| target.environment);
        let groups = recording.log_groups.into_iter().filter_map(|group| group.environment);
        let incidents = recording.incidents.into_values().map(|incident| incident.environment);
        let strange: Vec<String> = told.chain(groups).chain(incidents).filter(|name| !known.contains(name)).collect();
        assert_eq!(strange, Vec::<String>::new(), "{demo}");
    }
}

/// A log group that holds something receives something, but for logs of executions, of which there may be none.
#[test]
fn log_groups_are_recorded_just_when_they_hold_something() {
    for demo in names() {
        let estate = opened(demo).estate;
        let written: BTreeSet<String> = recorded(demo).log_groups.into_iter().map(|group| group.name).collect();
        let groups = estate.shards.iter().flat_map(|shard| &shard.resources.log_groups);
        let filled = groups.filter(|group| group.stored_bytes > Some(0)).map(|group| group.log_group_name.clone());
        let filled: BTreeSet<String> =
            filled.filter(|name| written.contains(name) || !name.starts_with("API-Gateway-Execution-Logs_")).collect();
        assert_eq!(written, filled, "{demo}");
    }
}

#[test]
fn the_log_groups_of_generateid_are_the_wrong_ones() {
    let groups = recording().log_groups;
    let known: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    assert!(!known.contains(&"/ecs/generateid") && !known.contains(&"/ecs/generateid-staging"));
    let shared: &LogGroup = groups.iter().find(|group| group.name == "/ecs/generateid-dev").expect("it is there");
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
    let window = Window { start: at("2026-11-18T11:00:00Z"), end: at(NOW) };
    for (demo, least) in [("edroplets", 7), ("magecloudkit", 70), ("ror", 50), ("roronline", 10), ("treepli", 40)] {
        let Opened { estate, telemetry } = opened(demo);
        let telemetry = telemetry.expect("a demo has telemetry");
        let panels = catalogue::panels(&estate, |_| true, usize::MAX);
        assert!(panels.len() >= least, "{demo}: {}", panels.len());
        for panel in panels {
            let mut moves = false;
            for series in telemetry.series(panel.lines, window).await.expect("an answer") {
                assert!(series.points.len() >= 11, "{demo}: {:?}", series.query);
                assert_eq!(series.unit, panel.unit, "{demo}: {:?}", series.query);
                let says = series.query.metric.ends_with("Latency") || series.query.metric.ends_with("ResponseTime");
                assert!(!says || series.points.iter().any(|p| p.value > 0.0), "{demo}: {:?} is nothing", series.query);
                moves |= series.points.windows(2).any(|pair| (pair[0].value - pair[1].value).abs() > f64::EPSILON);
            }
            let still = [
                "cluster status",
                "healthy targets",
                "failed status checks",
                "instances",
                "drops and port errors",
                "errors",
            ];
            assert!(moves || still.contains(&panel.title.as_str()), "{demo}: {} stands still", panel.title);
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
    for demo in names() {
        lines_are_filled(demo).await;
    }
}

async fn lines_are_filled(demo: &str) {
    let Opened { estate, telemetry } = opened(demo);
    let telemetry = telemetry.expect("a demo has telemetry");
    let shards = || estate.shards.iter().filter(|shard| !shard.provenance.region.is_global());
    for group in recorded(demo).log_groups {
        let holds = |shard: &&Shard| shard.resources.log_groups.iter().any(|one| one.log_group_name == group.name);
        let place = &shards().find(holds).expect("the group is there").provenance;
        let query = LogQuery {
            account: place.account.clone(),
            region: place.region.clone(),
            start: at("2026-11-17T12:00:00Z"),
            end: Some(at("2026-11-17T18:00:00Z")),
            limit: 2000,
            ..log_query(&group.name)
        };
        let page = telemetry.log_events(query).await.expect("a page");
        assert!(page.events.len() > 50, "{demo}: {}: {}", group.name, page.events.len());
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

//! Live telemetry over the wire: CloudWatch (rpc-v2-cbor) and CloudWatch Logs (JSON 1.1) as loopback servers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudwatch::config::{Credentials, SharedCredentialsProvider};
use bartizan::aws::telemetry::LiveTelemetry;
use bartizan::telemetry::{
    AlarmState, LogQuery, MetricQuery, Price, Series, SeriesStatus, Stat, Telemetry, TelemetryError, Unit, Window,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::loopback::{Loopback, Request, Response};

const ACCOUNT: &str = "123456789012";

/// Live telemetry whose every service is at `server`.
pub(crate) fn live(server: &Loopback) -> LiveTelemetry {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(server.url())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(2)).build())
        .build();
    LiveTelemetry::new(&config, ACCOUNT.into())
}

/// Runs a question to its answer.
pub(crate) fn answer<T>(question: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(question)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_789_992_000 + second).expect("in range")
}

fn window() -> Window {
    Window { start: at(0), end: at(300) }
}

fn query(region: &str, metric: &str, stat: Stat) -> MetricQuery {
    MetricQuery {
        account: ACCOUNT.into(),
        region: region.into(),
        namespace: "AWS/ApplicationELB".to_owned(),
        metric: metric.to_owned(),
        dimensions: vec![("LoadBalancer".to_owned(), "app/shop/50dc".to_owned())],
        stat,
        period: 60,
    }
}

/// A result of GetMetricData: values for the minutes from `first` on.
fn result(id: &str, status: &str, first: i64, values: &[f64]) -> Value {
    let times = values.iter().zip(first..).map(|(_, minute)| json!({"$time": at(60 * minute).as_second()}));
    json!({"Id": id, "StatusCode": status, "Timestamps": times.collect::<Vec<_>>(), "Values": values})
}

fn page(results: &[Value], token: Option<&str>) -> Response {
    Response::cbor(200, &json!({"MetricDataResults": results, "NextToken": token}))
}

fn values(series: &Series) -> Vec<f64> {
    series.points.iter().map(|point| point.value).collect()
}

#[test]
fn a_series_is_read_over_its_pages_and_each_tells_its_own_status() {
    let server = Loopback::start(|request| match request.json().get("NextToken") {
        None => page(
            &[
                result("q1", "Complete", 0, &[7.0]),
                result("q0", "PartialData", 0, &[1.0, 2.0]),
                result("q2", "Forbidden", 0, &[]),
                result("q3", "InternalError", 0, &[]),
                result("q5", "PartialData", 0, &[5.0]),
                json!({"Id": "q6", "StatusCode": "Complete", "Timestamps": [{"$time": 0}], "Values": [1.0, 2.0]}),
            ],
            Some("more"),
        ),
        Some(_) => page(&[result("q0", "Complete", 2, &[3.0, 4.0])], None),
    });
    let metrics = ["RequestCount", "TargetResponseTime", "C", "D", "E", "F", "G"];
    let mut queries: Vec<MetricQuery> = metrics.map(|metric| query("eu-west-1", metric, Stat::Sum)).into();
    queries[1].stat = Stat::Percentile(950);
    let live = live(&server);
    let series = answer(live.series(queries.clone(), window())).unwrap();

    assert!(series.iter().map(|one| &one.query).eq(&queries), "one for each question, in their order");
    assert_eq!((values(&series[0]), &series[0].status), (vec![1.0, 2.0, 3.0, 4.0], &SeriesStatus::Complete));
    assert_eq!(series[0].points[3].at, at(180));
    assert_eq!((series[0].unit, series[1].unit), (Unit::Count, Unit::Seconds));
    assert_eq!(series[1].status, SeriesStatus::Complete);
    let why = |index: usize| match &series[index].status {
        SeriesStatus::Unreadable(why) => why.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(why(2), "cloudwatch:GetMetricData: access denied");
    assert_eq!(why(3), "an internal error of CloudWatch");
    assert_eq!(why(4), "CloudWatch did not answer for it");
    assert_eq!((values(&series[5]), &series[5].status), (vec![5.0], &SeriesStatus::Partial));
    assert_eq!(why(6), "malformed answer: 1 times and 2 values");

    let asked = server.requests();
    let (first, body) = (&asked[0], asked[0].json());
    assert_eq!(first.path, "/service/GraniteServiceVersion20100801/operation/GetMetricData");
    assert_eq!(first.header("smithy-protocol"), "rpc-v2-cbor");
    assert_eq!(body["ScanBy"], "TimestampAscending");
    assert_eq!((body["StartTime"].as_f64(), body["EndTime"].as_f64()), (Some(1_789_992_000.0), Some(1_789_992_300.0)));
    let stat = &body["MetricDataQueries"][1]["MetricStat"];
    assert_eq!((&stat["Stat"], &stat["Period"]), (&json!("p95"), &json!(60)));
    assert_eq!(stat["Metric"]["Dimensions"], json!([{"Name": "LoadBalancer", "Value": "app/shop/50dc"}]));
    assert_eq!(stat.get("Unit"), None, "a unit would be a filter");
    assert_eq!(asked[1].json()["NextToken"], "more");
    assert_eq!(asked.len(), 2);
    let budget = live.budget();
    assert_eq!((budget.calls, budget.metrics, budget.spent), (2, 14, Price(140)));
}

#[test]
fn calls_are_of_one_region_and_of_at_most_500_metrics_and_five_statistics_cost_as_one() {
    let server = Loopback::start(|request| {
        let body = request.json();
        let queries = body["MetricDataQueries"].as_array().expect("queries");
        let results: Vec<Value> = queries
            .iter()
            .map(|query| {
                let metric = query["MetricStat"]["Metric"]["MetricName"].as_str().expect("a name");
                let value = metric.trim_start_matches('m').parse().expect("a number");
                result(query["Id"].as_str().expect("an id"), "Complete", 0, &[value])
            })
            .collect();
        page(&results, None)
    });
    let region = |n: u32| if n.is_multiple_of(3) { "us-east-1" } else { "eu-west-1" };
    let mut queries: Vec<MetricQuery> = (0..1_200).map(|n| query(region(n), &format!("m{n}"), Stat::Average)).collect();
    queries.push(query("us-east-1", "m0", Stat::Maximum));
    let live = live(&server);
    let series = answer(live.series(queries, window())).unwrap();
    assert!(series[..1_200].iter().zip(0..).all(|(one, n)| values(one) == [f64::from(n)]));
    assert_eq!(values(&series[1_200]), [0.0]);
    let mut sizes: Vec<usize> =
        server.requests().iter().map(|r| r.json()["MetricDataQueries"].as_array().unwrap().len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [300, 401, 500]);
    assert_eq!((live.budget().calls, live.budget().metrics), (3, 1_200));
}

#[test]
fn pages_that_lead_in_a_circle_or_break_off_leave_a_part() {
    let circle = Loopback::start(|_| page(&[result("q0", "PartialData", 0, &[1.0])], Some("again")));
    let queries = || vec![query("eu-west-1", "RequestCount", Stat::Sum), query("eu-west-1", "B", Stat::Sum)];
    let series = answer(live(&circle).series(queries(), window())).unwrap();
    assert_eq!(circle.requests().len(), 2);
    assert_eq!((values(&series[0]), &series[0].status), (vec![1.0], &SeriesStatus::Partial));
    let why = "cloudwatch:GetMetricData: incomplete listing: the token of a page came again";
    assert_eq!(series[1].status, SeriesStatus::Unreadable(why.to_owned()));

    let broken = Loopback::start(|request| match request.json().get("NextToken") {
        None => page(&[result("q0", "PartialData", 0, &[1.0])], Some("more")),
        Some(_) => Response::cbor_error(400, "ThrottlingException", "Rate exceeded"),
    });
    let series = answer(live(&broken).series(queries(), window())).unwrap();
    assert_eq!((values(&series[0]), &series[0].status), (vec![1.0], &SeriesStatus::Partial));
    let why = "cloudwatch:GetMetricData: throttled: ThrottlingException: Rate exceeded";
    assert_eq!(series[1].status, SeriesStatus::Unreadable(why.to_owned()));
}

#[test]
fn a_refusal_names_the_iam_action_and_tells_whether_it_may_pass() {
    let refused = |status, code: &'static str| {
        let server = Loopback::start(move |_| Response::cbor_error(status, code, "no \u{1b}[31mway"));
        let answer = answer(live(&server).series(vec![query("eu-west-1", "A", Stat::Sum)], window()));
        assert_eq!(server.requests().len(), 1, "made once: who asked decides when to ask again");
        answer.unwrap_err()
    };
    let denied = refused(403, "AccessDeniedException");
    assert_eq!(denied.to_string(), "cloudwatch:GetMetricData: access denied: AccessDeniedException: no way");
    assert!(!denied.passing);
    assert!(refused(400, "ThrottlingException").passing);
    assert!(refused(500, "InternalServiceFault").passing);
    assert!(!refused(400, "InvalidParameterValue").passing);
}

#[test]
fn one_region_that_refuses_does_not_take_the_others_along() {
    let server = Loopback::start(|request| {
        if request.header("authorization").contains("/us-east-1/") {
            return Response::cbor_error(403, "AccessDenied", "not here");
        }
        page(&[result("q0", "Complete", 0, &[1.0])], None)
    });
    let queries = vec![query("us-east-1", "A", Stat::Sum), query("eu-west-1", "A", Stat::Sum)];
    let series = answer(live(&server).series(queries, window())).unwrap();
    assert!(matches!(&series[0].status, SeriesStatus::Unreadable(why) if why.contains("access denied")));
    assert_eq!(series[1].status, SeriesStatus::Complete);
}

#[test]
fn no_answer_garbage_and_another_account_are_errors() {
    let slow = Loopback::start(|_| {
        let (_keep, wait) = std::sync::mpsc::channel::<()>();
        let _ = wait.recv_timeout(Duration::from_secs(4));
        page(&[], None)
    });
    let ask = |server: &Loopback, query: MetricQuery| answer(live(server).series(vec![query], window())).unwrap_err();
    let error = ask(&slow, query("eu-west-1", "A", Stat::Sum));
    assert_eq!(
        (error.to_string().as_str(), error.passing),
        ("cloudwatch:GetMetricData: timed out: no answer in time", true)
    );

    let garbage = Loopback::start(|_| Response::json(200, &json!("<html>")));
    let error = ask(&garbage, query("eu-west-1", "A", Stat::Sum));
    assert!(error.message.starts_with("malformed answer") && error.passing, "{error}");

    let mut foreign = query("eu-west-1", "A", Stat::Sum);
    foreign.account = "999999999999".into();
    let asked = garbage.requests().len();
    assert!(ask(&garbage, foreign).message.contains("999999999999"));
    assert_eq!(garbage.requests().len(), asked, "nothing is asked");
}

#[test]
fn alarms_of_every_type_are_read_to_the_last_page_and_the_worst_come_first() {
    let server = Loopback::start(|request| match request.json().get("NextToken") {
        None => Response::cbor(
            200,
            &json!({
                "MetricAlarms": [
                    {"AlarmName": "calm", "StateValue": "OK", "StateReason": "fine", "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]},
                    {"AlarmName": "ratio", "StateValue": "ALARM", "StateReason": "x\u{1b}[2J", "StateUpdatedTimestamp": {"$time": at(5).as_second()},
                     "Metrics": [
                        {"Id": "a", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M", "Dimensions": [{"Name": "LoadBalancer", "Value": "app/x/1"}]}, "Period": 60, "Stat": "Sum"}},
                        {"Id": "b", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "O", "Dimensions": [{"Name": "LoadBalancer", "Value": "app/x/1"}]}, "Period": 60, "Stat": "Sum"}},
                        {"Id": "c", "Expression": "a/b"}]},
                ],
                "NextToken": "more",
            }),
        ),
        Some(_) => Response::cbor(
            200,
            &json!({
                "CompositeAlarms": [{"AlarmName": "all", "StateValue": "ALARM", "StateReason": "ratio"}],
                "LogAlarms": [{"AlarmName": "logs", "StateValue": "UNHEARD_OF", "StateReason": "?"}],
            }),
        ),
    });
    let live = live(&server);
    let alarms = answer(live.alarms(ACCOUNT.into(), "eu-west-1".into())).unwrap();
    let told: Vec<(AlarmState, &str)> = alarms.iter().map(|alarm| (alarm.state, alarm.name.as_str())).collect();
    assert_eq!(
        told,
        [
            (AlarmState::Alarm, "all"),
            (AlarmState::Alarm, "ratio"),
            (AlarmState::InsufficientData, "logs"),
            (AlarmState::Ok, "calm"),
        ]
    );
    assert_eq!(alarms[1].dimensions, [("LoadBalancer".to_owned(), "app/x/1".to_owned())]);
    assert_eq!((alarms[1].since, alarms[1].reason.as_str()), (Some(at(5)), "x"));
    let asked = server.requests();
    assert_eq!(asked[0].json()["AlarmTypes"], json!(["MetricAlarm", "CompositeAlarm", "LogAlarm"]));
    assert_eq!(asked[0].json()["MaxRecords"], 100);
    assert_eq!((live.budget().calls, live.budget().spent), (2, Price(20)));
}

#[test]
fn alarms_are_all_read_or_it_is_an_error() {
    let circle = Loopback::start(|_| Response::cbor(200, &json!({"MetricAlarms": [], "NextToken": "again"})));
    let error = answer(live(&circle).alarms(ACCOUNT.into(), "eu-west-1".into())).unwrap_err();
    assert_eq!(error.action, "cloudwatch:DescribeAlarms");
    assert!(error.passing);

    let old = Loopback::start(|request| {
        if request.json()["AlarmTypes"].as_array().unwrap().contains(&json!("LogAlarm")) {
            return Response::cbor_error(400, "ValidationError", "no such alarm type");
        }
        Response::cbor(200, &json!({"MetricAlarms": [{"AlarmName": "a", "StateValue": "OK"}]}))
    });
    assert_eq!(answer(live(&old).alarms(ACCOUNT.into(), "eu-west-1".into())).unwrap().len(), 1);
    assert_eq!(old.requests().len(), 2);
}

/// A FilterLogEvents question to the first page.
fn log_query() -> LogQuery {
    LogQuery {
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        group: "/ecs/web".to_owned(),
        start: at(0),
        end: None,
        next_token: None,
        limit: 10_000,
    }
}

fn log_error(code: &str) -> Response {
    Response::json(400, &json!({"__type": format!("com.amazonaws.logs#{code}"), "message": "Rate exceeded"}))
}

#[test]
fn a_page_of_events_is_read_as_it_is_and_counted() {
    let server = Loopback::start(|request| match request.json().get("nextToken") {
        None => Response::json(
            200,
            &json!({
                "events": [{"logStreamName": "s", "timestamp": 1_789_992_001_000_i64, "ingestionTime": 1_789_992_044_000_i64,
                            "message": "\u{1b}[31mhostile", "eventId": "38"}],
                "searchedLogStreams": [], "nextToken": "t",
            }),
        ),
        Some(_) => Response::json(200, &json!({"events": [], "nextToken": "u"})),
    });
    let live = live(&server);
    let first = answer(live.log_events(log_query())).unwrap();
    assert_eq!(first.events[0].timestamp, at(1));
    assert_eq!(first.events[0].ingested, at(44));
    assert_eq!(first.events[0].message, "\u{1b}[31mhostile", "as it came: who shows it makes it safe");
    assert_eq!(first.next_token.as_deref(), Some("t"));
    let second = answer(live.log_events(LogQuery { next_token: first.next_token, end: Some(at(60)), ..log_query() }));
    assert_eq!(second.unwrap().next_token.as_deref(), Some("u"), "an empty page is not the end");
    let asked: Vec<Value> = server.requests().iter().map(Request::json).collect();
    assert_eq!(asked[0], json!({"logGroupName": "/ecs/web", "startTime": 1_789_992_000_000_i64, "limit": 10_000}));
    assert_eq!((&asked[1]["nextToken"], &asked[1]["endTime"]), (&json!("t"), &json!(1_789_992_060_000_i64)));
    assert_eq!((live.budget().calls, live.budget().spent), (2, Price(0)));
}

#[test]
fn log_errors_name_the_iam_action() {
    let calls = Arc::new(AtomicUsize::new(0));
    let server = Loopback::start(move |_| {
        let codes = ["ThrottlingException", "AccessDeniedException", "ResourceNotFoundException"];
        log_error(codes[calls.fetch_add(1, Ordering::Relaxed) % 3])
    });
    let live = live(&server);
    let errors: Vec<TelemetryError> = (0..3).map(|_| answer(live.log_events(log_query())).unwrap_err()).collect();
    assert!(errors.iter().all(|error| error.action == "logs:FilterLogEvents"));
    let passing: BTreeMap<&str, bool> =
        errors.iter().map(|e| (e.message.split(':').next().unwrap(), e.passing)).collect();
    assert_eq!(passing, BTreeMap::from([("access denied", false), ("failed", false), ("throttled", true)]));
}

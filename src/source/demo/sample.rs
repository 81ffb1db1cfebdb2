//! A small recording for tests.

use super::recording::Recording;
use crate::telemetry::{LogQuery, MetricQuery, Stat};

pub(super) const ACCOUNT: &str = "111122223333";

pub(super) fn recording() -> Recording {
    Recording::parse(
        r#"
        seed = 5
        [shape]
        peak_hour = 12
        settle = { from = 15, to = 90 }
        noise = [[5, 0.5], [40, 0.5]]
        weekend = { share = 0.5, every = 10080, start = 2880, minutes = 2880, ramp = 240 }
        [shape.statistics]
        Minimum = -1
        Average = 0
        p90 = 0.5
        Maximum = 1
        p99 = 0.9
        [incidents]
        outage = { environment = "production", every = 120, start = 60, minutes = 20, ramp = 4 }
        [[panel]]
        title = "API"
        region = "eu-west-1"
        namespace = "AWS/ApiGateway"
        targets = [{ environment = "production", dimensions = { ApiName = "api", Stage = "prod" } }]
        series = [
            { metric = "Latency", stat = "p90", unit = "Milliseconds", base = 200, daily = 0.2, noise = 0.3, spread = 0.8, incident = [{ id = "outage", times = 4 }] },
            { metric = "Errors", stat = "Sum", unit = "Count", base = 0.4, noise = 0.5, load = true, whole = "drawn", incident = [{ id = "outage", plus = 20 }] },
            { metric = "Credits", stat = "Average", unit = "Count", base = 100, period = 300 },
        ]
        [logs]
        kept_days = 7
        arrival = [{ share = 0.8, from = 200, to = 1200 }, { share = 0.2, from = 5000, to = 60000 }]
        times = { clf = "%H:%M:%S" }
        addresses = { ip = ["192.0.2.0/24"] }
        codes = { id = "xxxx" }
        numbers = { ms = { from = 1, to = 900, skew = 2 } }
        words = { path = [[1, "/a/{id}"]] }
        [[log_group]]
        name = "/ecs/api"
        environment = "production"
        rate = 3
        streams = ["one", "two"]
        templates = [
            { weight = 99, lines = ["{clf} {ip} {path} {ms}"] },
            { weight = 1, stream = "one", lines = ["ERROR", "  at line 2"], incident = { id = "outage", times = 50 } },
        ]
        "#,
    )
    .expect("the sample recording is sound")
}

pub(super) fn query(metric: &str, stat: Stat, period: u32) -> MetricQuery {
    MetricQuery {
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        namespace: "AWS/ApiGateway".into(),
        metric: metric.into(),
        dimensions: vec![("ApiName".into(), "api".into()), ("Stage".into(), "prod".into())],
        stat,
        period,
    }
}

pub(super) fn log_query(start: &str, limit: u32) -> LogQuery {
    LogQuery {
        account: ACCOUNT.into(),
        region: "eu-west-1".into(),
        group: "/ecs/api".into(),
        start: start.parse().expect("a time"),
        end: None,
        next_token: None,
        limit,
    }
}

//! Reads CloudWatch metric alarms; composite alarms have another shape.

use aws_sdk_cloudwatch::types as sdk;

use crate::aws::convert::{each, text, time};
use crate::aws::reader::Reader;
use crate::model::resource::{Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat};

pub(super) async fn collect(reader: &Reader) -> Vec<MetricAlarm> {
    let alarms = reader
        .pages(
            "cloudwatch:DescribeAlarms",
            |token| {
                reader
                    .clients
                    .cloudwatch
                    .describe_alarms()
                    .alarm_types(sdk::AlarmType::MetricAlarm)
                    .max_records(100)
                    .set_next_token(token)
                    .send()
            },
            |page| (page.metric_alarms.unwrap_or_default(), page.next_token),
        )
        .await;
    alarms.into_iter().map(metric_alarm).collect()
}

fn metric_alarm(sdk: sdk::MetricAlarm) -> MetricAlarm {
    MetricAlarm {
        alarm_name: sdk.alarm_name.unwrap_or_default(),
        alarm_arn: sdk.alarm_arn,
        alarm_description: sdk.alarm_description,
        actions_enabled: sdk.actions_enabled,
        alarm_actions: sdk.alarm_actions.unwrap_or_default(),
        state_value: text(sdk.state_value),
        state_reason: sdk.state_reason,
        state_updated_timestamp: time(sdk.state_updated_timestamp),
        namespace: sdk.namespace,
        metric_name: sdk.metric_name,
        dimensions: each(sdk.dimensions, dimension),
        metrics: each(sdk.metrics, query),
        statistic: text(sdk.statistic),
        extended_statistic: sdk.extended_statistic,
        period: sdk.period,
        evaluation_periods: sdk.evaluation_periods,
        threshold: sdk.threshold,
        comparison_operator: text(sdk.comparison_operator),
        treat_missing_data: sdk.treat_missing_data,
    }
}

fn dimension(sdk: sdk::Dimension) -> Dimension {
    Dimension { name: sdk.name.unwrap_or_default(), value: sdk.value.unwrap_or_default() }
}

fn query(sdk: sdk::MetricDataQuery) -> MetricDataQuery {
    MetricDataQuery {
        id: sdk.id,
        expression: sdk.expression,
        metric_stat: sdk.metric_stat.map(|stat| MetricStat {
            metric: stat.metric.map(|metric| Metric {
                namespace: metric.namespace,
                metric_name: metric.metric_name,
                dimensions: each(metric.dimensions, dimension),
            }),
            period: stat.period,
            stat: stat.stat,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_and_an_expression_are_kept_as_aws_prints_them() {
        let metric = sdk::Metric::builder().namespace("AWS/RDS").metric_name("CPUUtilization").build();
        let stat = sdk::MetricStat::builder().metric(metric).period(60).stat("Average").build();
        let given = sdk::MetricAlarm::builder()
            .alarm_name("cpu")
            .state_updated_timestamp(aws_smithy_types::DateTime::from_secs(1_700_000_000))
            .metrics(sdk::MetricDataQuery::builder().id("m1").metric_stat(stat).build())
            .metrics(sdk::MetricDataQuery::builder().id("e1").expression("m1 * 2").build());
        let kept = metric_alarm(given.build());
        assert_eq!(kept.state_updated_timestamp.as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(kept.metrics[0].metric_stat.as_ref().unwrap().stat.as_deref(), Some("Average"));
        assert_eq!(kept.metrics[1].expression.as_deref(), Some("m1 * 2"));
    }
}

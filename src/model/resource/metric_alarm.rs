//! CloudWatch metric alarms.

use serde::{Deserialize, Serialize};

use crate::model::Describe;

/// A metric alarm, as `cloudwatch:DescribeAlarms` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricAlarm {
    /// Its name.
    pub alarm_name: String,
    /// Its ARN.
    pub alarm_arn: Option<String>,
    /// What its owner says it is for.
    pub alarm_description: Option<String>,
    /// Whether it does anything.
    pub actions_enabled: Option<bool>,
    /// What it does when it rings.
    #[serde(default)]
    pub alarm_actions: Vec<String>,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state_value: Option<String>,
    /// Why it is in that state.
    pub state_reason: Option<String>,
    /// Since when.
    pub state_updated_timestamp: Option<String>,
    /// The metric's namespace; absent with metric math.
    pub namespace: Option<String>,
    /// The metric.
    pub metric_name: Option<String>,
    /// The metric's dimensions.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// The metrics of an expression.
    #[serde(default)]
    pub metrics: Vec<MetricDataQuery>,
    /// The statistic.
    pub statistic: Option<String>,
    /// The percentile.
    pub extended_statistic: Option<String>,
    /// The period, in seconds.
    pub period: Option<i32>,
    /// How many periods it looks at.
    pub evaluation_periods: Option<i32>,
    /// The threshold.
    pub threshold: Option<f64>,
    /// How the value is compared with it.
    pub comparison_operator: Option<String>,
    /// What a missing point means.
    pub treat_missing_data: Option<String>,
}

/// A dimension of a metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dimension {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A metric or expression of an alarm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricDataQuery {
    /// Its id.
    pub id: Option<String>,
    /// The expression.
    pub expression: Option<String>,
    /// The metric.
    pub metric_stat: Option<MetricStat>,
}

/// A metric with its statistic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricStat {
    /// The metric.
    pub metric: Option<Metric>,
    /// The period, in seconds.
    pub period: Option<i32>,
    /// The statistic.
    pub stat: Option<String>,
}

/// A metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metric {
    /// Its namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub metric_name: Option<String>,
    /// Its dimensions.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
}

impl Describe for MetricAlarm {
    fn id(&self) -> &str {
        &self.alarm_name
    }
    fn name(&self) -> Option<&str> {
        Some(&self.alarm_name)
    }
}

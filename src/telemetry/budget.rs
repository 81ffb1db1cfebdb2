//! What CloudWatch calls cost. Prices move, so each has its source and date.

/// A price in millionths of a US dollar, to add up without rounding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(pub u64);

impl Price {
    /// The price in US dollars.
    #[must_use]
    pub fn dollars(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "shown to six digits; sums stay far below 2^52 millionths")]
        let millionths = self.0 as f64;
        millionths / 1e6
    }
}

/// GetMetricData: USD 0.01 per 1,000 metrics requested, never in the free tier.
/// Source: <https://aws.amazon.com/cloudwatch/pricing/>, November 2026.
const PER_METRIC: u64 = 10;
/// Other CloudWatch API requests: USD 0.01 per 1,000, counted here although the first million a month is free.
const PER_REQUEST: u64 = 10;
/// Statistics of one metric that one request gives for the price of one.
const STATISTICS_PER_METRIC: usize = 5;

/// What was asked so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// How many calls.
    pub calls: u64,
    /// How many metrics were asked for, as AWS bills them.
    pub metrics: u64,
    /// What that costs.
    pub spent: Price,
}

impl Budget {
    /// Counts one GetMetricData call before it is made: `statistics` holds, for each metric asked for, how many of
    /// its statistics are.
    pub fn metric_data(&mut self, statistics: impl IntoIterator<Item = usize>) {
        let metrics: usize = statistics.into_iter().map(|count| count.div_ceil(STATISTICS_PER_METRIC)).sum();
        let metrics = u64::try_from(metrics).unwrap_or(u64::MAX);
        self.calls += 1;
        self.metrics += metrics;
        self.spent.0 += metrics * PER_METRIC;
    }

    /// Counts one DescribeAlarms or ListMetrics call before it is made.
    pub fn request(&mut self) {
        self.calls += 1;
        self.spent.0 += PER_REQUEST;
    }

    /// Counts one FilterLogEvents call before it is made: it has no price of its own.
    pub fn log_request(&mut self) {
        self.calls += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_statistics_of_a_metric_cost_as_one() {
        let mut budget = Budget::default();
        budget.metric_data([1, 5, 6]);
        assert_eq!((budget.calls, budget.metrics, budget.spent), (1, 4, Price(40)));
    }

    #[test]
    fn a_thousand_metrics_cost_a_cent() {
        let mut budget = Budget::default();
        budget.metric_data(std::iter::repeat_n(1, 1000));
        assert!((budget.spent.dollars() - 0.01).abs() < 1e-9);
    }
}

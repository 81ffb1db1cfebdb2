//! Metric series, with GetMetricData.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::types::{
    Dimension, MessageData, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;

use super::telemetry::{Place, circle, timestamp};
use crate::clock;
use crate::model::{AccountId, Region, text};
use crate::telemetry::{
    Budget, MetricQuery, Point, Series, SeriesStatus, TelemetryError, Window, catalogue, provisional_from,
};

pub(super) const ACTION: &str = "cloudwatch:GetMetricData";

/// Metrics that one call takes.
const BATCH: usize = 500;

/// What one call asks for: metrics of one account and Region, with their places in the question.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    pub(super) account: &'a AccountId,
    pub(super) region: &'a Region,
    queries: Vec<(usize, &'a MetricQuery)>,
}

/// Divides a question into calls.
pub(super) fn batches(queries: &[MetricQuery]) -> Vec<Batch<'_>> {
    let mut places = BTreeMap::<_, Vec<(usize, &MetricQuery)>>::new();
    for (index, query) in queries.iter().enumerate() {
        places.entry((&query.account, &query.region)).or_default().push((index, query));
    }
    let batch = |(account, region), queries: &[_]| Batch { account, region, queries: queries.to_vec() };
    places
        .into_iter()
        .flat_map(|(place, all)| all.chunks(BATCH).map(|some| batch(place, some)).collect::<Vec<_>>())
        .collect()
}

/// Puts the answers into the order of the question. Only when nothing at all could be read is that an error.
pub(super) fn in_order(
    queries: &[MetricQuery],
    answers: Vec<(Batch<'_>, Result<Vec<Series>, TelemetryError>)>,
) -> Result<Vec<Series>, TelemetryError> {
    if let Some((_, Err(error))) = answers.first()
        && answers.iter().all(|(_, answer)| answer.is_err())
    {
        return Err(error.clone());
    }
    let mut series: Vec<Series> = queries.iter().map(|query| unread(query, NOT_ANSWERED)).collect();
    for (batch, answer) in answers {
        let answer = answer
            .unwrap_or_else(|error| batch.queries.iter().map(|(_, query)| unread(query, &error.to_string())).collect());
        for ((index, _), one) in batch.queries.iter().zip(answer) {
            series.get_mut(*index).into_iter().for_each(|place| *place = one.clone());
        }
    }
    Ok(series)
}

const NOT_ANSWERED: &str = "CloudWatch did not answer for it";

fn unread(query: &MetricQuery, why: &str) -> Series {
    Series {
        query: query.clone(),
        unit: catalogue::unit(&query.namespace, &query.metric, query.stat),
        points: Vec::new(),
        status: SeriesStatus::Unreadable(why.to_owned()),
        provisional_from: None,
    }
}

/// Reads a batch, page by page. A page that fails after others leaves what they gave, as partial.
pub(super) async fn read(place: &Place, batch: &Batch<'_>, window: Window) -> Result<Vec<Series>, TelemetryError> {
    let asked = clock::now();
    let mut series: Vec<Series> = batch.queries.iter().map(|(_, query)| unread(query, NOT_ANSWERED)).collect();
    let mut tokens = BTreeSet::new();
    let mut token = None;
    loop {
        let page = match page(place, batch, window, token.take()).await {
            Ok(page) => page,
            Err(error) if tokens.is_empty() => return Err(error),
            Err(error) => {
                cut_short(&mut series, &error);
                break;
            }
        };
        for result in page.metric_data_results.unwrap_or_default() {
            let index = result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
            if let Some(one) = index.and_then(|index| series.get_mut(index)) {
                add(one, &result);
            }
        }
        let Some(next) = page.next_token.filter(|next| !next.is_empty()) else { break };
        if !tokens.insert(next.clone()) {
            cut_short(&mut series, &circle(ACTION));
            break;
        }
        token = Some(next);
    }
    for one in &mut series {
        one.points.sort_by_key(|point| point.at);
        one.points.dedup_by_key(|point| point.at);
        one.provisional_from = Some(provisional_from(asked, one.query.period));
    }
    Ok(series)
}

async fn page(
    place: &Place,
    batch: &Batch<'_>,
    window: Window,
    token: Option<String>,
) -> Result<GetMetricDataOutput, TelemetryError> {
    let queries = batch.queries.iter().enumerate().map(|(index, (_, query))| data_query(index, query));
    let call = place
        .clients
        .cloudwatch
        .get_metric_data()
        .set_metric_data_queries(Some(queries.collect()))
        .start_time(DateTime::from_secs(window.start.as_second()))
        .end_time(DateTime::from_secs(window.end.as_second()))
        .scan_by(ScanBy::TimestampAscending)
        .set_next_token(token);
    // Whether AWS bills a further page again is not documented: it is counted as if.
    Ok(place.ask(ACTION, |budget| count(batch, budget), call.send()).await?)
}

fn count(batch: &Batch<'_>, budget: &mut Budget) {
    let mut statistics = BTreeMap::<_, usize>::new();
    for (_, query) in &batch.queries {
        *statistics.entry((&query.namespace, &query.metric, &query.dimensions, query.period)).or_default() += 1;
    }
    budget.metric_data(statistics.into_values());
}

fn data_query(index: usize, query: &MetricQuery) -> MetricDataQuery {
    let dimensions = query.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = Metric::builder()
        .namespace(&query.namespace)
        .metric_name(&query.metric)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let period = i32::try_from(query.period).unwrap_or(i32::MAX);
    // No unit: CloudWatch would take it as a filter and answer with nothing when it differs.
    let stat = MetricStat::builder().metric(metric).period(period).stat(query.stat.to_string()).build();
    MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat).return_data(true).build()
}

/// Adds one page's result: its points, and what it says about the whole.
fn add(series: &mut Series, result: &MetricDataResult) {
    let (times, values) = (result.timestamps(), result.values());
    if times.len() != values.len() {
        let detail = format!("malformed answer: {} times and {} values", times.len(), values.len());
        series.status = SeriesStatus::Unreadable(detail);
        return;
    }
    let points =
        times.iter().zip(values).filter_map(|(time, value)| Some(Point { at: timestamp(time)?, value: *value }));
    series.points.extend(points.filter(|point| point.value.is_finite()));
    series.status = match result.status_code() {
        Some(StatusCode::Complete) => SeriesStatus::Complete,
        Some(StatusCode::PartialData) => SeriesStatus::Partial,
        Some(StatusCode::Forbidden) => unreadable(&format!("{ACTION}: access denied"), result.messages()),
        Some(StatusCode::InternalError) => unreadable("an internal error of CloudWatch", result.messages()),
        other => unreadable(&format!("status {}", other.map_or("missing", StatusCode::as_str)), result.messages()),
    };
}

fn unreadable(what: &str, messages: &[MessageData]) -> SeriesStatus {
    let said = messages.iter().filter_map(|message| message.value.as_deref());
    let parts: Vec<&str> = std::iter::once(what).chain(said).collect();
    SeriesStatus::Unreadable(text::sanitise(&parts.join(": ")))
}

/// The pages ended too early: what gave nothing yet is unread, and what gave a part stays partial.
fn cut_short(series: &mut [Series], error: &TelemetryError) {
    let unread = SeriesStatus::Unreadable(NOT_ANSWERED.to_owned());
    for one in series.iter_mut().filter(|one| one.status == unread) {
        one.status = SeriesStatus::Unreadable(error.to_string());
    }
}

//! Parquet, for Athena, Security Lake and other tables of many reports: one row per verdict in flat columns, which are
//! frozen: new ones are added at the end. The columns with `_id` and `class_uid` hold OCSF's numbers. What the report
//! rests on is in the file's metadata, under `bartizan.manifest`, as JSON.

use std::sync::Arc;

use jiff::Timestamp;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::manifest::{Judge, Manifest};
use super::{Report, aws_name, change, evidence, json, missing, ocsf};
use crate::audit::{Finding, Status};
use crate::model::text::sanitise;

/// So many rows are held at once.
const GROUP: usize = 50_000;

/// A verdict and what is told of it.
struct Row<'a> {
    report: &'a Report<'a>,
    manifest: &'a Manifest<'a>,
    judge: Option<&'a Judge<'a>>,
    finding: &'a Finding,
    estate: &'a str,
}

/// What is in a column.
#[derive(Clone, Copy)]
enum Of {
    Text(fn(&Row<'_>) -> Option<String>),
    Number(fn(&Row<'_>) -> i32),
    Truth(fn(&Row<'_>) -> bool),
    /// Milliseconds since 1970, UTC.
    Time(fn(&Row<'_>) -> Option<i64>),
}

/// Every column: Athena takes the names as they are.
const COLUMNS: [(&str, Of); 33] = [
    ("time", Of::Time(|row| Some(row.report.at.as_millisecond()))),
    ("account", Of::Text(|row| Some(row.finding.subject.key.account.to_string()))),
    ("region", Of::Text(|row| Some(row.finding.subject.key.region.to_string()))),
    ("environment", Of::Text(|row| row.finding.environment.clone())),
    ("rule", Of::Text(|row| Some(row.finding.rule.clone()))),
    ("title", Of::Text(|row| Some(row.finding.title.clone()))),
    ("severity", Of::Text(|row| Some(row.finding.severity.word().to_owned()))),
    ("severity_id", Of::Number(|row| i32::from(ocsf::severity(row.finding.severity).0))),
    ("status", Of::Text(|row| Some(row.finding.status.word().to_owned()))),
    ("compliance_status_id", Of::Number(|row| i32::from(ocsf::verdict(&row.finding.status).0))),
    ("status_id", Of::Number(|row| if matches!(row.finding.status, Status::Waived { .. }) { 3 } else { 1 })),
    ("class_uid", Of::Number(|_| i32::from(ocsf::CLASS))),
    ("resource_type", Of::Text(|row| Some(row.finding.subject.key.kind.name().to_owned()))),
    ("resource", Of::Text(|row| Some(row.finding.subject.key.id.clone()))),
    ("resource_name", Of::Text(|row| row.finding.subject.name.clone())),
    ("resource_uid", Of::Text(|row| Some(aws_name::arn(&row.finding.subject.key)))),
    ("fingerprint", Of::Text(|row| Some(row.finding.id.clone()))),
    ("message", Of::Text(|row| Some(row.finding.message.clone()))),
    ("evidence", Of::Text(|row| lines(row.finding.evidence.iter().map(evidence)))),
    ("missing", Of::Text(|row| lines(missing(row.finding)))),
    ("controls", Of::Text(|row| lines(row.judge.iter().flat_map(|judge| judge.rule.meta.controls.iter().cloned())))),
    ("owner", Of::Text(|row| row.finding.owner.clone())),
    ("waiver_reason", Of::Text(|row| waived(row, |reason, _, _| reason.to_owned()))),
    ("waiver_until", Of::Text(|row| waived(row, |_, until, _| until.to_owned()))),
    ("waiver_owner", Of::Text(|row| waived(row, |_, _, owner| owner.to_owned()))),
    ("change", Of::Text(|row| change(row.report, row.finding).map(str::to_owned))),
    ("read_at", Of::Time(|row| row.manifest.taken_at(row.finding).map(Timestamp::as_millisecond))),
    ("pack", Of::Text(|row| Some(row.finding.pack.clone()))),
    ("pack_digest", Of::Text(|row| row.judge.map(|judge| judge.pack.digest.clone()))),
    ("rule_digest", Of::Text(|row| row.judge.map(|judge| judge.digest.clone()))),
    ("estate_digest", Of::Text(|row| Some(row.estate.to_owned()))),
    ("report_complete", Of::Truth(|row| row.report.complete())),
    ("demo", Of::Truth(|row| row.report.estate.is_demo())),
];

/// The audit as a Parquet file; nothing when it does not fit in one.
pub(super) fn render(report: &Report<'_>) -> Vec<u8> {
    written(report).unwrap_or_default()
}

fn written(report: &Report<'_>) -> Result<Vec<u8>> {
    let (manifest, estate) = (Manifest::new(report), report.estate.digest());
    let head = KeyValue::new("bartizan.manifest".to_owned(), json::head(report, &manifest));
    let properties = WriterProperties::builder()
        .set_created_by(format!("bartizan {}", env!("CARGO_PKG_VERSION")))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(vec![head]))
        .build();
    let schema = Arc::new(parse_message_type(&schema())?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let row = |finding| Row { report, manifest: &manifest, judge: manifest.rule(finding), finding, estate: &estate };
    for findings in report.audit.findings.chunks(GROUP) {
        let rows: Vec<Row<'_>> = findings.iter().map(row).collect();
        let mut group = writer.next_row_group()?;
        for (name, of) in COLUMNS {
            let column = group.next_column()?;
            let column = column.ok_or_else(|| ParquetError::General(format!("the schema lacks {name}")))?;
            fill(column, of, &rows)?;
        }
        group.close()?;
    }
    writer.into_inner()
}

/// The columns in Parquet's own notation.
fn schema() -> String {
    let fields = COLUMNS.map(|(name, of)| match of {
        Of::Text(_) => format!("optional binary {name} (string);"),
        Of::Number(_) => format!("required int32 {name};"),
        Of::Truth(_) => format!("required boolean {name};"),
        Of::Time(_) => format!("optional int64 {name} (timestamp(millis,true));"),
    });
    format!("message finding {{ {} }}", fields.join(" "))
}

fn fill(mut column: SerializedColumnWriter<'_>, of: Of, rows: &[Row<'_>]) -> Result<()> {
    match (column.untyped(), of) {
        (ColumnWriter::ByteArrayColumnWriter(writer), Of::Text(text)) => {
            let safe =
                |text: String| ByteArray::from(text.lines().map(sanitise).collect::<Vec<_>>().join("\n").as_str());
            let (levels, values) = optional(rows.iter().map(|row| text(row).map(safe)));
            writer.write_batch(&values, Some(&levels), None)?;
        }
        (ColumnWriter::Int64ColumnWriter(writer), Of::Time(time)) => {
            let (levels, values) = optional(rows.iter().map(time));
            writer.write_batch(&values, Some(&levels), None)?;
        }
        (ColumnWriter::Int32ColumnWriter(writer), Of::Number(number)) => {
            writer.write_batch(&rows.iter().map(number).collect::<Vec<_>>(), None, None)?;
        }
        (ColumnWriter::BoolColumnWriter(writer), Of::Truth(truth)) => {
            writer.write_batch(&rows.iter().map(truth).collect::<Vec<_>>(), None, None)?;
        }
        _ => return Err(ParquetError::General("a column is of another type than the schema says".to_owned())),
    }
    column.close()
}

/// Which values are there, and those.
fn optional<T>(values: impl Iterator<Item = Option<T>>) -> (Vec<i16>, Vec<T>) {
    let values: Vec<Option<T>> = values.collect();
    let levels = values.iter().map(|value| i16::from(value.is_some())).collect();
    (levels, values.into_iter().flatten().collect())
}

/// Several texts as lines; nothing when there is none.
fn lines(texts: impl IntoIterator<Item = String>) -> Option<String> {
    let texts: Vec<String> = texts.into_iter().collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn waived(row: &Row<'_>, part: impl Fn(&str, &str, &str) -> String) -> Option<String> {
    let Status::Waived { reason, until, owner, .. } = &row.finding.status else { return None };
    Some(part(reason, until, owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_that_readers_are_told_of() {
        let readme = include_str!("../../README.md");
        let (_, told) = readme.split_once("The Parquet table has the columns").unwrap();
        let (told, _) = told.split_once(" and `demo`").unwrap();
        let told: Vec<&str> =
            told.split('`').skip(1).step_by(2).filter(|word| !matches!(*word, "new" | "changed" | "known")).collect();
        let names = COLUMNS.map(|(name, _)| name);
        assert_eq!(told, names.split_last().unwrap().1);
    }
}

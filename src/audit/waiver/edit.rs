//! Writing a waiver into a file that people wrote: its comments, order and spacing stay.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::{Selector, Waiver};

const COMMENT: &str = "\
# Faults that somebody answers for, until a day. `bartizan waive FINDING` adds one; a person may edit them.
# One that has expired or covers nothing is a finding itself.
";

/// The text of a waivers file with one more waiver. One for the same rule and resource is renewed where it stands.
///
/// # Errors
/// When the text is not a waivers file; nothing should be written then.
pub fn written(text: &str, waiver: &Waiver) -> Result<String, String> {
    let text = if text.trim().is_empty() { format!("{text}{COMMENT}") } else { text.to_owned() };
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    // A comment at the end belongs to the document's end, and would stay behind what is added.
    let end = document.trailing().as_str().unwrap_or_default().to_owned();
    let waivers = document.entry("waiver").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let list = waivers.as_array_of_tables_mut().ok_or("`waiver` should be written as [[waiver]]")?;
    let selector = inline(&waiver.resource);
    let same = |table: &Table| {
        let of = |field: &str| table.get(field).and_then(Item::as_str).map(str::to_owned);
        let resource = table.get("resource").and_then(Item::as_inline_table);
        of("rule").as_deref() == Some(&waiver.rule) && resource.is_some_and(|own| plain(own) == plain(&selector))
    };
    let standing = list.iter().position(same);
    if let Some(index) = standing {
        let table = list.get_mut(index).ok_or("the waiver vanished")?;
        for (field, text) in fields(waiver) {
            replace(table, field, text);
        }
        return Ok(document.to_string());
    }
    let mut table = Table::new();
    table.insert("rule", value(waiver.rule.as_str()));
    table.insert("resource", value(selector));
    for (field, item) in fields(waiver) {
        table.insert(field, Item::Value(item));
    }
    table.decor_mut().set_prefix(if end.is_empty() { "\n".to_owned() } else { format!("{end}\n") });
    list.push(table);
    document.set_trailing("");
    Ok(document.to_string())
}

/// The fields that a renewal changes.
fn fields(waiver: &Waiver) -> Vec<(&'static str, Value)> {
    let date = waiver.expires.to_string().parse::<toml_edit::Datetime>();
    let expires = date.map_or_else(|_| Value::from(waiver.expires.to_string()), Value::from);
    let mut fields = vec![
        ("owner", Value::from(waiver.owner.as_str())),
        ("reason", Value::from(waiver.reason.as_str())),
        ("expires", expires),
    ];
    fields.extend(waiver.ticket.as_deref().map(|ticket| ("ticket", Value::from(ticket))));
    fields
}

/// Puts a value where another one is, with the comments around it.
fn replace(table: &mut Table, field: &str, mut new: Value) {
    if let Some(old) = table.get(field).and_then(Item::as_value) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(field, Item::Value(new));
}

fn inline(selector: &Selector) -> InlineTable {
    let mut table = InlineTable::new();
    for (name, text) in selector.fields() {
        if let (Some(tag), "tag") = (&selector.tag, name) {
            let mut own = InlineTable::new();
            own.insert("key", tag.key.as_str().into());
            own.insert("value", tag.value.as_str().into());
            table.insert("tag", own.into());
        } else {
            table.insert(name, text.into());
        }
    }
    table
}

/// A selector without its spacing and order.
fn plain(table: &InlineTable) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::InlineTable(inner) => format!("{:?}", plain(inner)),
        other => other.as_str().map_or_else(|| other.to_string(), str::to_owned),
    };
    let mut fields: Vec<_> = table.iter().map(|(key, value)| (key.to_owned(), text(value))).collect();
    fields.sort();
    fields
}

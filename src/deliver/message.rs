//! What is said in a delivery: a subject, a few lines, JSON for a webhook and for Slack. Counts and a link, never a
//! resource. Names come from strangers: they are made safe here, for each of the ways in which they are shown.

use serde_json::{Value, json};

use super::Parcel;
use crate::audit::Severity;
use crate::model::text::sanitise;

/// SNS takes a subject of fewer than 100 characters, of ASCII.
const LONGEST_SUBJECT: usize = 99;
/// A name is cut after this many characters, a line of the outcome after four times as many.
const LONGEST_NAME: usize = 80;
/// The digits of a run that people are shown, `sha256:` and twelve.
const LONGEST_RUN: usize = 19;
/// This many of the missing actions are named.
const NAMED: usize = 8;

/// The subject of a mail or notification: one short line of printable ASCII.
#[must_use]
pub fn subject(parcel: &Parcel) -> String {
    let demo = if parcel.demo { " DEMO" } else { "" };
    let (name, outcome) = (cut(&parcel.environment, 30), &parcel.brief.outcome);
    let new = parcel.brief.since.map(|since| format!(", {} new", since.new)).unwrap_or_default();
    let line = sanitise(&format!("Bartizan{demo} {name}{new}: {outcome}"));
    let ascii: String = line.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    cut(&ascii, LONGEST_SUBJECT)
}

/// The brief in a few lines of plain text.
#[must_use]
pub fn text(parcel: &Parcel, link: Option<&str>) -> String {
    lines(parcel, link, &PLAIN).join("\n") + "\n"
}

/// The brief for a Slack channel.
#[must_use]
pub fn slack(parcel: &Parcel, link: Option<&str>) -> Value {
    // Slack's own syntax for a link; what can be in it is checked where it is read.
    let link = link.map(|link| format!("<{}|The report>", escaped(link)));
    let text = lines(parcel, link.as_deref(), &MRKDWN).join("\n");
    json!({"text": text, "unfurl_links": false, "unfurl_media": false})
}

/// The brief for a program.
#[must_use]
pub fn json(parcel: &Parcel, link: Option<&str>) -> Value {
    let brief = &parcel.brief;
    let open: serde_json::Map<String, Value> = Severity::ALL
        .into_iter()
        .map(|severity| (severity.word().to_owned(), brief.open.get(&severity).copied().unwrap_or_default().into()))
        .collect();
    json!({
        "format": "bartizan-delivery",
        "version": 1,
        "environment": sanitise(&parcel.environment),
        "run": parcel.run,
        "at": parcel.at.to_string(),
        "demo": parcel.demo,
        "outcome": sanitise(&brief.outcome),
        "complete": brief.complete,
        "open": open,
        "unknown": brief.unknown,
        "waived": brief.waived,
        "new": brief.since.map(|since| since.new),
        "mended": brief.since.map(|since| since.mended),
        "missing": brief.missing.iter().map(|action| sanitise(action)).collect::<Vec<_>>(),
        "link": link,
    })
}

/// How text is made safe for where it is shown.
struct Style {
    /// A name, which may be a stranger's.
    name: fn(&str) -> String,
    /// A sentence of the report's own.
    words: fn(&str) -> String,
}

const PLAIN: Style = Style { name: str::to_owned, words: str::to_owned };
const MRKDWN: Style = Style { name: quoted, words: escaped };

/// The lines of a message.
fn lines(parcel: &Parcel, link: Option<&str>, style: &Style) -> Vec<String> {
    let brief = &parcel.brief;
    let name = |text: &str| (style.name)(&cut(&sanitise(text), LONGEST_NAME));
    let demo = if parcel.demo { " (DEMO)" } else { "" };
    let outcome = (style.words)(&cut(&sanitise(&brief.outcome), 4 * LONGEST_NAME));
    let mut lines = vec![format!("Bartizan{demo}: {}: {outcome}", name(&parcel.environment))];
    if !brief.complete && brief.missing.is_empty() {
        lines.push("INCOMPLETE: something could not be decided".to_owned());
    } else if !brief.complete {
        let more = brief.missing.len().saturating_sub(NAMED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let named: Vec<String> = brief.missing.iter().take(NAMED).map(|action| name(action)).collect();
        lines.push(format!("INCOMPLETE: not read: {}{more}", named.join(", ")));
    }
    if let Some(since) = brief.since {
        lines.push(format!("new: {}, mended: {}", since.new, since.mended));
    }
    let open: Vec<String> = brief.open.iter().rev().map(|(severity, count)| format!("{count} {severity}")).collect();
    let open = if open.is_empty() { "none".to_owned() } else { open.join(", ") };
    lines.push(format!("open: {open}; undecided: {}; waived: {}", brief.unknown, brief.waived));
    let run: String = parcel.run.chars().take(LONGEST_RUN).collect();
    lines.push(format!("made {}, run {}", parcel.at.strftime("%Y-%m-%d %H:%M UTC"), name(&run)));
    lines.extend(link.map(str::to_owned));
    lines
}

/// A name as Slack shows it: within a code span nothing becomes a link, a mention or markup, and it cannot be left.
fn quoted(name: &str) -> String {
    format!("`{}`", escaped(&name.replace('`', "'")))
}

/// The three characters that Slack gives a meaning everywhere.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The first characters of what is too long.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(3)).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::parcel::tests::parcel;
    use super::*;
    use crate::deliver::Brief;

    #[test]
    fn a_message_begins_with_the_outcome_and_what_is_missing() {
        let expected = "Bartizan: production: FAILED and INCOMPLETE: 3 findings at or above high; 2 verdicts could not \
                        be decided\n\
                        INCOMPLETE: not read: ec2:DescribeVpcs\n\
                        new: 1, mended: 5\n\
                        open: 1 critical, 2 high, 4 low; undecided: 2; waived: 1\n\
                        made 2026-11-21 18:00 UTC, run sha256:77\n\
                        https://reports.example/a.html\n";
        assert_eq!(text(&parcel(), Some("https://reports.example/a.html")), expected);
        let subject = subject(&Parcel { demo: true, ..parcel() });
        assert!(subject.starts_with("Bartizan DEMO production, 1 new: FAILED and INCOMPLETE: 3 findings"), "{subject}");
    }

    #[test]
    fn a_program_gets_counts_and_no_resource() {
        let expected = json!({
            "format": "bartizan-delivery",
            "version": 1,
            "environment": "production",
            "run": "sha256:77",
            "at": "2026-11-21T18:00:00.5Z",
            "demo": false,
            "outcome": "FAILED and INCOMPLETE: 3 findings at or above high; 2 verdicts could not be decided",
            "complete": false,
            "open": {"informational": 0, "low": 4, "medium": 0, "high": 2, "critical": 1},
            "unknown": 2,
            "waived": 1,
            "new": 1,
            "mended": 5,
            "missing": ["ec2:DescribeVpcs"],
            "link": null,
        });
        assert_eq!(json(&parcel(), None), expected);
    }

    /// What somebody who may name an environment would try.
    const HOSTILE: &str = "<!channel> <https://evil.example|Fine> @here `x` *b*\u{1b}[31m\n&amp; https://evil.example";

    fn hostile() -> Parcel {
        let missing = vec![HOSTILE.to_owned(); 10];
        let brief = Brief { missing, outcome: HOSTILE.to_owned(), ..parcel().brief };
        Parcel { environment: HOSTILE.to_owned(), brief, ..parcel() }
    }

    #[test]
    fn names_make_no_links_and_call_nobody_in_slack() {
        let value = slack(&hostile(), Some("https://reports.example/a.html"));
        let text = value["text"].as_str().expect("text");
        assert_eq!(text.matches('<').count(), 1, "only our own link: {text}");
        assert_eq!(text.lines().last(), Some("<https://reports.example/a.html|The report>"));
        assert!(!text.contains('\u{1b}') && !text.contains("&amp;amp; h\n"), "{text}");
        for line in text.lines() {
            assert_eq!(line.matches('`').count() % 2, 0, "a code span is left: {line}");
        }
        // Outside of code spans nothing of a name is left.
        let name = text.lines().next().expect("a line").split('`').nth(1).expect("a code span");
        assert!(name.starts_with("&lt;!channel&gt; &lt;https://evil"), "{name}");
    }

    #[test]
    fn a_subject_is_a_short_line_of_ascii_whatever_the_name() {
        let subject = subject(&Parcel { environment: format!("\u{fc}\n{}", "x".repeat(500)), ..hostile() });
        assert!(subject.len() <= LONGEST_SUBJECT && subject.chars().all(|c| (' '..='~').contains(&c)), "{subject}");
        assert!(subject.starts_with("Bartizan ?"));
    }

    #[test]
    fn what_is_unsafe_on_a_screen_is_in_no_message() {
        let all = [text(&hostile(), None), json(&hostile(), None).to_string(), slack(&hostile(), None).to_string()];
        assert!(all.iter().all(|message| !message.contains('\u{1b}') && !message.contains("\\u001b")));
        assert_eq!(all[0].lines().count(), text(&parcel(), None).lines().count(), "a name adds no line");
    }
}

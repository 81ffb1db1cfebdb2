//! What could not be read, why, and what would help: so that nobody takes what is not known for what is not there.

use super::Piece;
use crate::model::{Gap, GapReason};
use crate::tui::theme::Role;
use crate::tui::widget::text::{clean, wrap};
use crate::tui::world::World;

/// The text about everything that could not be read.
pub(super) fn lines(world: &World, columns: usize) -> Vec<Vec<Piece>> {
    let columns = columns.saturating_sub(1);
    if world.gaps() == 0 {
        let all = "Everything that was asked for was read to its end. No verdict is missing anything.";
        return wrap(all, columns).into_iter().map(|line| vec![(line, Role::Text)]).collect();
    }
    let intro = "Verdicts that need any of this are UNKNOWN, never PASS, and lists may lack resources.";
    let mut lines: Vec<Vec<Piece>> = wrap(intro, columns).into_iter().map(|line| vec![(line, Role::Text)]).collect();
    for shard in world.estate.shards.iter().filter(|shard| !shard.gaps.is_empty()) {
        let place = format!("{} {}", shard.provenance.account, shard.provenance.region);
        lines.push(Vec::new());
        lines.push(vec![(clean(&place), Role::Key)]);
        for gap in &shard.gaps {
            describe(gap, columns, &mut lines);
        }
    }
    let mut place = String::new();
    for missing in world.never_read() {
        let here = format!("{} {}", missing.account, missing.region);
        if here != place {
            lines.push(Vec::new());
            lines.push(vec![(clean(&here), Role::Key)]);
            place = here;
        }
        describe(&missing.gap, columns, &mut lines);
    }
    if !world.audit.errors.is_empty() {
        lines.push(Vec::new());
        lines.push(vec![("Rules that are broken".to_owned(), Role::Key)]);
        for error in &world.audit.errors {
            let text = format!("{}: {}", error.rule, error.message);
            let wrapped = wrap(&clean(&text), columns - 2).into_iter();
            lines.extend(wrapped.map(|line| vec![(format!("  {line}"), Role::Text)]));
        }
    }
    if !world.estate.not_understood.is_empty() {
        lines.push(Vec::new());
        lines.push(vec![("In the source, but not understood".to_owned(), Role::Key)]);
        for what in &world.estate.not_understood {
            lines.extend(
                wrap(&clean(what), columns - 2).into_iter().map(|line| vec![(format!("  {line}"), Role::Text)]),
            );
        }
    }
    lines
}

fn describe(gap: &Gap, columns: usize, lines: &mut Vec<Vec<Piece>>) {
    let about = gap.resource.as_deref().map(|resource| format!(" for `{}`", clean(resource))).unwrap_or_default();
    lines.push(vec![
        (format!("  {}", clean(&gap.action)), Role::Strong),
        (about, Role::Text),
        (format!("  {}", gap.reason), Role::Unknown),
    ]);
    let advice = advice(gap.reason);
    for text in [clean(&gap.detail), advice.to_owned()].iter().filter(|text| !text.is_empty()) {
        lines.extend(
            wrap(text, columns.saturating_sub(4)).into_iter().map(|line| vec![(format!("    {line}"), Role::Dim)]),
        );
    }
}

/// What would help.
const fn advice(reason: GapReason) -> &'static str {
    match reason {
        GapReason::AccessDenied => "allow this action to whoever reads the account",
        GapReason::Throttled => "read again when fewer others ask AWS, or fewer Regions at once",
        GapReason::TimedOut | GapReason::Unreachable => "look at the network, then read again",
        GapReason::Malformed | GapReason::Incomplete | GapReason::Failed => "read again; if it stays, report it",
        GapReason::NotInSource => "read the account itself, or add it to what is read",
    }
}

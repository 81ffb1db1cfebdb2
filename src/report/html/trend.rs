//! How findings stand over time: a chart of what was open after each run, how long it has been open, how long mending
//! took, and what is overdue, by owner.

use std::collections::{BTreeMap, BTreeSet};

use super::super::summary::count;
use super::{Frame, Markup, cut};
use crate::audit::{Finding, Late, Overdue, RunLine, Severity, Trend, span};

/// The chart has this many points at most.
const POINTS: usize = 100;
/// This many of the latest runs have a line.
const RUNS: usize = 8;
/// This many owners have a line.
const OWNERS: usize = 20;
/// The size of the chart; it is stretched to where it stands.
const WIDE: usize = 4000;
const HIGH: usize = 1000;
/// An owner or a title is not longer.
const LONG: usize = 120;

/// The findings of the page, by their ids, and which of them are shown with their evidence.
pub(super) struct Targets<'a> {
    on_page: BTreeMap<&'a str, &'a Finding>,
    shown: Option<BTreeSet<&'a str>>,
}

impl<'a> Targets<'a> {
    /// The findings that the trend names. As long as it is not known which are shown, each has the longest link.
    pub(super) fn new(frame: &Frame<'a>) -> Self {
        let overdue = frame.report.trend.iter().flat_map(|trend| &trend.overdue);
        let wanted: BTreeSet<&str> = overdue.flat_map(|overdue| &overdue.worst).map(|late| late.id.as_str()).collect();
        let failed = frame.report.audit.findings.iter().filter(|finding| finding.status.is_fail());
        let named = failed.filter(|finding| wanted.contains(finding.id.as_str()));
        Self { on_page: named.map(|finding| (finding.id.as_str(), finding)).collect(), shown: None }
    }

    /// Now it is known which are shown.
    pub(super) fn shown(self, shown: BTreeSet<&'a str>) -> Self {
        Self { shown: Some(shown), ..self }
    }

    /// Where a finding is on the page: its own place, or that of its rule.
    fn anchor(&self, id: &str) -> Option<(&'static str, &'a str)> {
        let (id, finding) = self.on_page.get_key_value(id)?;
        let rule = finding.rule.as_str();
        let own = self.shown.as_ref().map_or(id.len() > rule.len(), |shown| shown.contains(id));
        Some(if own { ("#f-", id) } else { ("#r-", rule) })
    }
}

/// The section; nothing when there is no history.
pub(super) fn render(frame: &Frame<'_>, targets: &Targets<'_>) -> Markup {
    let mut page = Markup::default();
    let Some(trend) = frame.report.trend else { return page };
    page.raw("<h2 id=\"trend\">Trend</h2>\n");
    for note in &trend.notes {
        page.raw("<p class=\"dim\">").text(note).raw("</p>\n");
    }
    match trend.runs.as_slice() {
        [] => return page,
        [_] => {
            page.raw("<p>This is the first run in the history: from the second one on, a chart shows what changes. ");
            page.raw("Until then nothing is known of how long a finding has been there.</p>\n");
            return page;
        }
        runs => {
            page.raw("<p>").text(&told(trend, runs)).raw("</p>\n");
            chart(&mut page, trend);
        }
    }
    page.raw("<div class=\"two even\"><div>\n");
    standing(&mut page, trend);
    page.raw("</div><div>\n");
    latest(&mut page, trend);
    page.raw("</div></div>\n");
    overdue(&mut page, trend, targets);
    page
}

/// What became of it, in a sentence.
fn told(trend: &Trend, runs: &[RunLine]) -> String {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return String::new() };
    let mended: usize = trend.fixed.values().map(|fixed| fixed.count).sum();
    let again = if trend.reopened > 0 { format!(", {} came back", trend.reopened) } else { String::new() };
    let unseen = match trend.unseen {
        0 => String::new(),
        n => format!(" Of those open now, {n} could not be looked at this time; they stay open until they are."),
    };
    format!(
        "{} since {}: {} open then, {} now; {mended} fixed in between{again}.{unseen}",
        count(runs.len(), "run"),
        day(first),
        first.total(),
        last.total(),
    )
}

fn day(run: &RunLine) -> String {
    run.at.strftime("%-d %b %Y").to_string()
}

/// What was open after a run, in words.
fn words(run: &RunLine, severities: &[Severity]) -> String {
    let of = |severity: &Severity| format!("{} {severity}", run.open.get(severity).copied().unwrap_or_default());
    let open = severities.iter().map(of).collect::<Vec<_>>().join(", ");
    format!("{}: {open}", run.at.strftime("%-d %b %Y %H:%M UTC"))
}

/// What was open after each run, one severity on top of the other, the worst at the bottom.
fn chart(page: &mut Markup, trend: &Trend) {
    let runs = trend.sample(POINTS);
    let severities = trend.severities();
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return };
    let top = ceiling(runs.iter().map(|run| run.total()).max().unwrap_or_default());
    page.raw("<figure class=\"chart\"><div class=\"y\"><span>").number(top).raw("</span><span>").number(top / 2);
    page.raw(
        "</span><span>0</span></div>\n<svg role=\"img\" aria-labelledby=\"trend-what\" viewBox=\"0 0 4000 1000\" ",
    );
    page.raw("preserveAspectRatio=\"none\"><title id=\"trend-what\">Open findings by severity after each run. First ");
    page.text(&words(first, &severities)).raw("; last ").text(&words(last, &severities)).raw(".</title>\n");
    let across = places(&runs);
    areas(page, (&runs, &across), &severities, top);
    page.raw("<path class=\"grid\" d=\"M0 0H4000M0 500H4000M0 1000H4000\"/>\n");
    strips(page, &runs, &across, &severities);
    page.raw("</svg>\n<div class=\"x\"><span>").text(&day(first)).raw("</span><span>").text(&day(last));
    page.raw("</span></div>\n<figcaption>");
    for severity in severities.iter().rev() {
        page.raw("<span><i class=\"").raw(severity.word()).raw("\"></i>").raw(severity.word()).raw(" <b>");
        page.number(last.open.get(severity).copied().unwrap_or_default()).raw("</b></span> ");
    }
    page.raw("<span class=\"dim\">open after the last run, as in the chart from top to bottom");
    if runs.len() < trend.runs.len() {
        page.text(&format!("; {} of {} runs are drawn", runs.len(), trend.runs.len()));
    }
    page.raw("</span></figcaption></figure>\n");
}

fn areas(page: &mut Markup, (runs, across): (&[&RunLine], &[usize]), severities: &[Severity], top: usize) {
    let point = |(x, count): (&usize, &usize)| format!("{x},{}", HIGH - count * HIGH / top);
    let mut below = vec![0; runs.len()];
    let mut areas = Vec::new();
    for severity in severities {
        let counts = runs.iter().map(|run| run.open.get(severity).copied().unwrap_or_default());
        let above: Vec<usize> = counts.zip(&below).map(|(count, below)| count + below).collect();
        if above != below {
            let there = across.iter().zip(&above).map(point);
            let back = across.iter().zip(&below).rev().map(point);
            areas.push((severity, there.chain(back).collect::<Vec<_>>().join(" ")));
        }
        below = above;
    }
    // The worst is drawn last, so that its edge shows however few there are.
    for (severity, points) in areas.iter().rev() {
        page.raw("<polygon class=\"").raw(severity.word()).raw("\" points=\"").text(points).raw("\"/>\n");
    }
}

/// A strip around each run that says what stood open then.
fn strips(page: &mut Markup, runs: &[&RunLine], across: &[usize], severities: &[Severity]) {
    for (nth, (run, x)) in runs.iter().zip(across).enumerate() {
        let from = nth.checked_sub(1).and_then(|nth| across.get(nth)).map_or(0, |other| usize::midpoint(*other, *x));
        let to = across.get(nth + 1).map_or(WIDE, |other| usize::midpoint(*other, *x));
        page.raw("<rect class=\"run\" x=\"").number(from).raw("\" width=\"").number(to - from);
        page.raw("\" height=\"1000\"><title>").text(&words(run, severities)).raw("</title></rect>\n");
    }
}

/// Where each run is on the line of time, which never runs back; where it stands still, runs are equally far apart.
fn places(runs: &[&RunLine]) -> Vec<usize> {
    let mut latest = i64::MIN;
    let times = runs.iter().map(|run| {
        latest = latest.max(run.at.as_second());
        latest
    });
    let times: Vec<i64> = times.collect();
    let (from, to) = (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
    let last = runs.len().saturating_sub(1).max(1);
    let place = |(nth, at): (usize, i64)| match usize::try_from(to - from) {
        Ok(long) if long > 0 => usize::try_from(at - from).unwrap_or_default() * WIDE / long,
        _ => nth * WIDE / last,
    };
    times.into_iter().enumerate().map(place).collect()
}

/// The end of the axis: an even number at or above the largest.
fn ceiling(largest: usize) -> usize {
    let mut power = 1_usize;
    loop {
        if let Some(top) =
            [2, 4, 6, 8, 10, 12, 14, 16, 18].map(|digit| digit * power).into_iter().find(|top| *top >= largest)
        {
            return top;
        }
        power = power.saturating_mul(10);
    }
}

/// What stands open and for how long, and how long fixing took.
fn standing(page: &mut Markup, trend: &Trend) {
    page.raw("<div class=\"scroll\"><table><thead><tr><th>severity</th><th class=\"n\">open now</th>");
    page.raw("<th class=\"n\">mean age</th><th class=\"n\">oldest</th><th class=\"n\">fixed</th>");
    page.raw("<th class=\"n\">mean time to fix</th></tr></thead><tbody>\n");
    for severity in trend.severities() {
        let (open, fixed) = (trend.open.get(&severity), trend.fixed.get(&severity));
        page.raw("<tr><td><span class=\"word ").raw(severity.word()).raw("\">").raw(severity.word());
        page.raw("</span></td><td class=\"n\">").number(open.map_or(0, |open| open.count));
        for seconds in [open.map(|open| open.mean), open.map(|open| open.oldest)] {
            page.raw("</td><td class=\"n k\">").text(&seconds.map(span).unwrap_or_default());
        }
        page.raw("</td><td class=\"n\">").number(fixed.map_or(0, |fixed| fixed.count));
        page.raw("</td><td class=\"n k\">").text(&fixed.map(|fixed| span(fixed.mean)).unwrap_or_default());
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

/// The latest runs, the last one first: what the chart shows, in numbers.
fn latest(page: &mut Markup, trend: &Trend) {
    let severities = trend.severities();
    page.raw("<div class=\"scroll\"><table><thead><tr><th>read (UTC)</th>");
    for severity in &severities {
        page.raw("<th class=\"n\">").raw(severity.word()).raw("</th>");
    }
    page.raw("<th class=\"n\">waived</th><th class=\"n\">new</th><th class=\"n\">fixed</th></tr></thead><tbody>\n");
    for run in trend.runs.iter().rev().take(RUNS) {
        page.raw("<tr><td class=\"k\">").text(&run.at.strftime("%Y-%m-%d %H:%M").to_string()).raw("</td>");
        let open = severities.iter().map(|severity| run.open.get(severity).copied().unwrap_or_default());
        for number in open.chain([run.waived, run.new, run.resolved]) {
            page.raw("<td class=\"n\">").number(number).raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    if trend.runs.len() > RUNS {
        let earlier = format!("and {} earlier; bartizan history --last 0 lists them", trend.runs.len() - RUNS);
        page.raw("<p class=\"dim\">").text(&earlier).raw("</p>\n");
    }
}

/// What has been open for more than a week, by who answers for it.
fn overdue(page: &mut Markup, trend: &Trend, targets: &Targets<'_>) {
    page.raw("<h3 class=\"sub\" id=\"overdue\">Open for more than 7 days, by owner</h3>\n");
    if trend.overdue.is_empty() {
        page.raw("<p>Nothing.</p>\n");
        return;
    }
    page.raw(
        "<div class=\"scroll\"><table><thead><tr><th>owner</th><th class=\"n\">open</th><th class=\"n\">oldest</th>",
    );
    page.raw("<th>the worst of it</th></tr></thead><tbody>\n");
    for of in trend.overdue.iter().take(OWNERS) {
        match &of.owner {
            Some(owner) => page.raw("<tr><td>").text(&cut(owner, LONG)),
            None => page.raw("<tr><td class=\"dim\">no owner is named"),
        };
        page.raw("</td><td class=\"n\">").number(of.total()).raw("</td><td class=\"n k\">").text(&span(of.oldest));
        page.raw("</td><td class=\"w\"><ul class=\"plain\">");
        for one in &of.worst {
            late(page, one, targets);
        }
        if of.total() > of.worst.len() {
            page.raw("<li class=\"dim\">and ").number(of.total() - of.worst.len()).raw(" more</li>");
        }
        page.raw("</ul></td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    if trend.overdue.iter().any(|of| of.owner.is_none()) {
        page.raw("<p class=\"dim\">A tag <code>owner</code> on the resource names one.</p>\n");
    }
    if let Some(more) = trend.overdue.get(OWNERS..).filter(|more| !more.is_empty()) {
        let findings: usize = more.iter().map(Overdue::total).sum();
        let told = format!("and {}, with {}", count(more.len(), "more owner"), count(findings, "finding"));
        page.raw("<p class=\"dim\">").text(&told).raw("</p>\n");
    }
}

fn late(page: &mut Markup, late: &Late, targets: &Targets<'_>) {
    let word = late.severity.word();
    page.raw("<li><span class=\"word ").raw(word).raw("\">").raw(word).raw("</span> ");
    let title = cut(&late.title, LONG);
    let anchor = targets.anchor(&late.id);
    match anchor {
        Some((kind, to)) => page.raw("<a href=\"").raw(kind).text(to).raw("\">").text(&title).raw("</a>"),
        None => page.text(&title),
    };
    // Where the ARN stands on the page in full, its end is enough here.
    let arn = late.resource.strip_prefix("arn:").and_then(|arn| arn.rsplit(':').next());
    let resource = arn.filter(|_| anchor.is_some()).unwrap_or(&late.resource);
    page.raw(" <code>").text(&cut(resource, LONG)).raw("</code> <span class=\"dim\">").text(&span(late.age));
    page.raw(if anchor.is_none() { "; not seen this time</span></li>" } else { "</span></li>" });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(times: &[i64]) -> Vec<RunLine> {
        let at = |at: &i64| jiff::Timestamp::from_second(*at).unwrap();
        times.iter().map(|time| RunLine { at: at(time), ..RunLine::default() }).collect()
    }

    #[test]
    fn runs_stand_where_their_time_is() {
        let of = |times: &[i64]| places(&runs(times).iter().collect::<Vec<_>>());
        assert_eq!(of(&[100, 110, 140]), [0, 1000, 4000]);
        assert_eq!(of(&[100, 140, 110]), [0, 4000, 4000], "time never runs back");
        assert_eq!(of(&[7, 7, 7]), [0, 2000, 4000]);
        assert_eq!(of(&[7]), [0]);
    }

    #[test]
    fn an_axis_ends_at_an_even_number() {
        assert_eq!(
            [0, 2, 3, 5, 7, 11, 61, 126, 100_000, 190_001].map(ceiling),
            [2, 2, 4, 6, 8, 12, 80, 140, 100_000, 200_000]
        );
    }
}

//! The lines of one log group, as they come. Following shows the newest; scrolling back or pausing holds the picture
//! still while lines are still collected. Lines that CloudWatch received late are marked.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Go, Panel, Turn, View};
use crate::model::Kind;
use crate::telemetry::{Follower, LogBuffer, LogGroupKey, LogLine};
use crate::tui::action::Action;
use crate::tui::look;
use crate::tui::message::{Question, Reply};
use crate::tui::theme::Role;
use crate::tui::widget::text::{clean, column, fit, width, wrap};
use crate::tui::widget::{Input, number};
use crate::tui::world::{Part, Selected, World};

/// The lines of one log group.
#[derive(Debug)]
pub(crate) struct Logs {
    follower: Option<Follower>,
    buffer: LogBuffer,
    /// The lines that pass the filter; as they were when the picture was held.
    shown: Vec<LogLine>,
    /// How many lines below the last one on the screen there are.
    back: usize,
    held: bool,
    wrapped: bool,
    filter: Input,
    asked: Option<u64>,
    /// Lines that came while the picture was held.
    unseen: usize,
}

/// Lines that are kept.
const KEPT: usize = 5_000;
/// How far back following begins.
const BEGIN: SignedDuration = SignedDuration::from_mins(15);
/// From this width on, the log stream has a column.
const WIDE: u16 = 100;
/// The width of a log stream's name.
const STREAM: usize = 14;

impl Default for Logs {
    fn default() -> Self {
        Self {
            follower: None,
            buffer: LogBuffer::new(KEPT),
            shown: Vec::new(),
            back: 0,
            held: false,
            wrapped: false,
            filter: Input::default(),
            asked: None,
            unseen: 0,
        }
    }
}

/// The log groups of a part, by name, each with how many bytes it holds.
pub(crate) fn groups(world: &World, part: Part) -> Vec<(LogGroupKey, i64)> {
    let shards = world.estate.shards.iter();
    let mut groups: Vec<_> = shards
        .flat_map(|shard| shard.resources.log_groups.iter().map(move |group| (shard, group)))
        .filter(|(shard, group)| part.holds(world.environment_of(&shard.key(*group))))
        .map(|(shard, group)| {
            let key = LogGroupKey {
                account: shard.provenance.account.clone(),
                region: shard.provenance.region.clone(),
                group: group.log_group_name.clone(),
            };
            (key, group.stored_bytes.unwrap_or_default())
        })
        .collect();
    groups.sort_by(|(a, _), (b, _)| (&a.group, &a.account, &a.region).cmp(&(&b.group, &b.account, &b.region)));
    groups
}

impl Logs {
    /// Follows another log group.
    pub(crate) fn follow(&mut self, key: LogGroupKey, now: Timestamp) {
        if self.follower.as_ref().map(Follower::key) != Some(&key) {
            let (wrapped, filter) = (self.wrapped, std::mem::take(&mut self.filter));
            let follower = Some(Follower::new(key, now - BEGIN, now));
            *self = Self { follower, wrapped, filter, ..Self::default() };
        }
    }

    /// The log group that is followed.
    pub(crate) fn group(&self) -> Option<&LogGroupKey> {
        self.follower.as_ref().map(Follower::key)
    }

    fn hold(&mut self, held: bool) {
        self.held = held;
        if !held {
            self.back = 0;
            self.unseen = 0;
            self.refresh();
        }
    }

    fn refresh(&mut self) {
        let passes = |line: &&LogLine| self.filter.passes(&line.event.message.to_lowercase());
        self.shown = self.buffer.lines().filter(passes).cloned().collect();
        self.back = self.back.min(self.shown.len().saturating_sub(1));
    }

    fn scroll(&mut self, action: Action, height: usize) {
        let page = height.saturating_sub(1).max(1);
        let to = match action {
            Action::Up => self.back + 1,
            Action::PageUp => self.back + page,
            Action::Top => usize::MAX,
            Action::Down => self.back.saturating_sub(1),
            Action::PageDown => self.back.saturating_sub(page),
            Action::Bottom => return self.hold(false),
            _ => return,
        };
        self.back = to.min(self.shown.len().saturating_sub(height.max(1)));
        if self.back > 0 {
            self.held = true;
        }
    }

    fn take(&mut self, lines: Vec<LogLine>) {
        let came = lines.len();
        let safe = lines.into_iter().map(|mut line| {
            line.event.message = clean(line.event.message.trim_end());
            line.event.stream = clean(&line.event.stream);
            line
        });
        self.buffer.insert(safe);
        if self.held {
            self.unseen += came;
        } else {
            self.refresh();
        }
    }
}

impl Panel for Logs {
    fn facts(&self, world: &World) -> (String, String) {
        let Some(follower) = &self.follower else { return (world.part_name(world.selected.part), String::new()) };
        let state = match (self.held, self.unseen) {
            (false, _) => "following".to_owned(),
            (true, 0) => "paused".to_owned(),
            (true, unseen) => format!("paused, {unseen} new"),
        };
        let mut facts = vec![state, format!("{} lines", self.buffer.len())];
        if self.buffer.dropped() > 0 {
            facts.push(format!("{} older dropped", self.buffer.dropped()));
        }
        if follower.counts().forgotten > 0 {
            facts.push("look-back shortened".to_owned());
        }
        match follower.watermark().received {
            Some(at) => facts.push(at.strftime("all received by %H:%M UTC").to_string()),
            None => facts.push("reading".to_owned()),
        }
        (clean(&follower.key().group), facts.join(", "))
    }

    fn act(&mut self, action: Action, turn: &mut Turn<'_>) {
        match action {
            Action::ChooseGroup => turn.go = Some(Go::LogGroups),
            Action::Follow => self.hold(!self.held),
            Action::FilterLogs => self.filter.active = true,
            Action::Wrap => self.wrapped = !self.wrapped,
            Action::Back => {
                if self.filter.clear() {
                    self.refresh();
                } else {
                    self.hold(false);
                }
            }
            other => self.scroll(other, usize::from(turn.area.height)),
        }
    }

    fn selected(&mut self, before: Selected, turn: &mut Turn<'_>) {
        let part = turn.world.selected.part;
        if before.part == part && self.follower.is_some() {
            return;
        }
        let groups = groups(turn.world, part);
        if self.group().is_some_and(|key| groups.iter().any(|(group, _)| group == key)) {
            return;
        }
        // The fullest one is the likeliest to have something to say.
        match groups.into_iter().max_by_key(|(_, bytes)| *bytes) {
            Some((key, _)) => self.follow(key, turn.world.now),
            None => *self = Self::default(),
        }
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.filter)
    }

    fn filtered(&mut self, _turn: &mut Turn<'_>) {
        self.refresh();
    }

    fn ask(&mut self, visible: bool, turn: &mut Turn<'_>) {
        if !visible || turn.world.budget.is_none() {
            return;
        }
        let now = turn.world.now;
        if let Some(query) = self.follower.as_mut().and_then(|follower| follower.ask(now)) {
            self.asked = Some(turn.question(Question::Logs(query)));
        }
    }

    fn due(&self, visible: bool, world: &World) -> Option<Timestamp> {
        let follower = self.follower.as_ref().filter(|_| visible && world.budget.is_some())?;
        follower.due()
    }

    fn hear(&mut self, ask: u64, reply: &Reply, turn: &mut Turn<'_>) {
        let Reply::Logs(answer) = reply else { return };
        let Some(follower) = self.follower.as_mut().filter(|_| self.asked == Some(ask)) else { return };
        let state = |follower: &Follower| {
            let minute = follower.watermark().received.map(|at| at.as_second() / 60);
            (minute, follower.trouble().map(str::to_owned))
        };
        let before = state(follower);
        let lines = follower.answered(answer.clone(), turn.world.now);
        let changed = !lines.is_empty() || state(follower) != before;
        if changed {
            self.take(lines);
            turn.draw();
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        if let Some(why) = self.why_nothing(view.world) {
            look::message(&[why], Role::Dim, view.theme, area, buf);
            return;
        }
        let mut area = area;
        if self.filter.active || !self.filter.text().is_empty() {
            look::filter(&self.filter, view.theme, Rect { height: 1, ..area }, buf);
            area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        }
        if let Some(trouble) = self.follower.as_ref().and_then(Follower::trouble) {
            let text = fit(&clean(trouble), usize::from(area.width.saturating_sub(2)), view.theme.glyphs().ellipsis);
            buf.set_string(area.x + 2, area.y, text, view.theme.style(Role::Unknown));
            area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        }
        if self.shown.is_empty() {
            look::message(&[self.why_no_line()], Role::Dim, view.theme, area, buf);
            return;
        }
        let mut y = area.bottom();
        for line in self.shown.iter().rev().skip(self.back) {
            for row in self.rows_of(line, view, area.width).into_iter().rev() {
                if y == area.y {
                    return;
                }
                y -= 1;
                buf.set_line(area.x, y, &row, area.width);
            }
        }
    }
}

impl Logs {
    fn why_nothing(&self, world: &World) -> Option<String> {
        if world.budget.is_none() {
            return Some("what was read has no log lines: open the live account to follow them".to_owned());
        }
        if self.follower.is_some() {
            return None;
        }
        let part = world.part_name(world.selected.part);
        let mut shards = world.estate.shards.iter().filter(|shard| shard.holds(Kind::LogGroup));
        let unread = shards.find_map(|shard| shard.missing_kind(Kind::LogGroup));
        Some(match unread.filter(|_| world.estate.shards.iter().all(|shard| shard.resources.log_groups.is_empty())) {
            Some(gap) => format!("the log groups are not known: {}: {}", gap.action, gap.reason),
            None => format!("{part} has no log group"),
        })
    }

    fn why_no_line(&self) -> String {
        let follower = self.follower.as_ref();
        if !self.filter.text().is_empty() && !self.buffer.is_empty() {
            return format!("none of {} lines has `{}`; esc clears the filter", self.buffer.len(), self.filter.text());
        }
        match follower.and_then(|follower| follower.watermark().received) {
            Some(_) => format!("nothing was written in the last {}", number::span(BEGIN.as_secs())),
            None => "reading".to_owned(),
        }
    }

    /// A log line on the screen: one row or, when wrapped, as many as it takes.
    fn rows_of(&self, line: &LogLine, view: &View<'_>, columns: u16) -> Vec<Line<'static>> {
        let theme = view.theme;
        let ellipsis = theme.glyphs().ellipsis;
        let time = line.event.timestamp.strftime("%H:%M:%S").to_string();
        let mut head = vec![Span::styled(format!(" {time} "), theme.style(Role::LogTime))];
        if let Some(late) = line.late {
            let badge = format!("late +{}", number::span(late.as_secs()));
            head.push(Span::styled(badge, theme.style(Role::LogLate)));
            head.push(Span::raw(" "));
        }
        if columns >= WIDE {
            let end = tail(&line.event.stream, STREAM);
            head.push(Span::styled(column(&end, STREAM + 1, ellipsis), theme.style(Role::LogStream)));
        }
        let taken: usize = head.iter().map(Span::width).sum();
        let room = usize::from(columns).saturating_sub(taken).max(8);
        let role = level(&line.event.message);
        if !self.wrapped {
            head.extend(look::matches(&fit(&line.event.message, room, ellipsis), &self.filter, role, theme));
            return vec![Line::from(head)];
        }
        let mut rows = Vec::new();
        for (index, piece) in wrap(&line.event.message, room).into_iter().enumerate() {
            let mut spans = if index == 0 { std::mem::take(&mut head) } else { vec![Span::raw(" ".repeat(taken))] };
            spans.extend(look::matches(&piece, &self.filter, role, theme));
            rows.push(Line::from(spans));
        }
        rows
    }
}

/// The end of a stream's name: its beginning is the same for a whole group.
fn tail(text: &str, columns: usize) -> String {
    let surplus = width(text).saturating_sub(columns);
    text.chars().skip(surplus).collect()
}

/// How a line is meant, as far as its words tell.
fn level(message: &str) -> Role {
    let start: String = message.chars().take(160).collect::<String>().to_ascii_uppercase();
    let says = |words: &[&str]| start.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| words.contains(&word));
    if says(&["ERROR", "FATAL", "CRITICAL", "PANIC", "EXCEPTION", "TRACEBACK"]) {
        Role::LogError
    } else if says(&["WARN", "WARNING"]) {
        Role::LogWarning
    } else if says(&["DEBUG", "TRACE"]) {
        Role::LogDebug
    } else {
        Role::LogText
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_told_by_words_not_by_parts_of_words() {
        assert_eq!(level("2026-11-16 [ERROR] upstream timed out"), Role::LogError);
        assert_eq!(level("{\"level\":\"warn\",\"msg\":\"slow\"}"), Role::LogWarning);
        assert_eq!(level("GET /terrorism 200"), Role::LogText);
        assert_eq!(level("debug: x"), Role::LogDebug);
    }

    #[test]
    fn the_end_of_a_stream_tells_it_apart() {
        assert_eq!(tail("ecs/api/0123456789abcdef", 6), "abcdef");
        assert_eq!(tail("short", 14), "short");
    }
}

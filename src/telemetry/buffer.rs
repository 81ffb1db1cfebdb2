//! The log lines that are kept to be shown: so many and no more, in the order of their times.

use std::collections::VecDeque;

use super::LogLine;

/// A bounded buffer of lines.
#[derive(Debug, Clone)]
pub struct LogBuffer {
    lines: VecDeque<LogLine>,
    capacity: usize,
    dropped: u64,
}

impl LogBuffer {
    /// An empty buffer for at most `capacity` lines.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { lines: VecDeque::new(), capacity: capacity.max(1), dropped: 0 }
    }

    /// Puts lines where they belong: by time, and among those of the same time, after those that were there. When
    /// it is full, the oldest lines go, and are counted.
    pub fn insert(&mut self, lines: impl IntoIterator<Item = LogLine>) {
        for line in lines {
            let place = self.lines.partition_point(|other| other.event.timestamp <= line.event.timestamp);
            self.lines.insert(place, line);
            if self.lines.len() > self.capacity {
                self.lines.pop_front();
                self.dropped += 1;
            }
        }
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogLine> + ExactSizeIterator {
        self.lines.iter()
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines had to go.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::telemetry::LogEvent;

    fn line(second: i64, message: &str) -> LogLine {
        let at = Timestamp::from_second(second).unwrap();
        let (id, stream, message) = (message.to_owned(), "s".to_owned(), message.to_owned());
        LogLine { event: LogEvent { id, stream, timestamp: at, ingested: at, message }, late: None }
    }

    #[test]
    fn a_late_line_goes_to_its_place_and_the_oldest_goes_when_full() {
        let mut buffer = LogBuffer::new(3);
        buffer.insert([line(10, "a"), line(30, "c")]);
        buffer.insert([line(20, "b"), line(20, "b2")]);
        let messages: Vec<&str> = buffer.lines().map(|l| l.event.message.as_str()).collect();
        assert_eq!(messages, ["b", "b2", "c"]);
        assert_eq!((buffer.len(), buffer.dropped()), (3, 1));
        buffer.insert([line(1, "too old")]);
        assert_eq!((buffer.len(), buffer.dropped()), (3, 2));
        assert!(!buffer.is_empty());
    }
}

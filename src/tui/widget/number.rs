//! Numbers as people read them, and the few conversions that drawing needs.

use crate::telemetry::Unit;

/// The step of `count` that a fraction between 0 and 1 falls on.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..count first")]
pub(crate) fn step(fraction: f64, count: usize) -> usize {
    let last = count.saturating_sub(1);
    let at = (fraction.clamp(0.0, 1.0) * real(last)).round() as usize;
    at.min(last)
}

/// A count as a real number.
pub(crate) fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A count of columns or rows.
pub(crate) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// A value with at most four significant characters and a prefix: `0`, `0.34`, `12.5`, `840`, `1.2k`, `3M`. Bytes
/// have binary prefixes.
pub(crate) fn short(value: f64, unit: Unit) -> String {
    let binary = matches!(unit, Unit::Bytes | Unit::BytesPerSecond);
    let (step, prefixes) =
        if binary { (1024.0, ["", "Ki", "Mi", "Gi", "Ti"]) } else { (1000.0, ["", "k", "M", "G", "T"]) };
    let mut scaled = value;
    let mut prefix = 0;
    while scaled.abs() >= step * 0.999_5 && prefix + 1 < prefixes.len() {
        scaled /= step;
        prefix += 1;
    }
    let digits = match scaled.abs() {
        v if v >= 99.95 || v == 0.0 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.1 => 2,
        v if v >= 0.01 => 3,
        _ => 4,
    };
    let text = format!("{scaled:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let text = if text == "-0" { "0" } else { text };
    text.to_owned() + prefixes.get(prefix).copied().unwrap_or_default()
}

/// A value with its unit: `45.2%`, `0.34s`, `1.5GiB`, `840`.
pub(crate) fn with_unit(value: f64, unit: Unit) -> String {
    short(value, unit) + suffix(unit)
}

/// What follows a value of a unit.
const fn suffix(unit: Unit) -> &'static str {
    match unit {
        Unit::Count | Unit::None => "",
        Unit::Percent => "%",
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Bytes => "B",
        Unit::Megabytes => "MB",
        Unit::BytesPerSecond => "B/s",
        Unit::CountPerSecond => "/s",
    }
}

/// A unit by name, as short as it can be understood.
pub(crate) const fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "count",
        Unit::Percent => "%",
        Unit::Seconds => "s",
        Unit::Milliseconds => "ms",
        Unit::Bytes => "bytes",
        Unit::Megabytes => "MB",
        Unit::BytesPerSecond => "bytes/s",
        Unit::CountPerSecond => "count/s",
        Unit::None => "no unit",
    }
}

/// The next round number at or above a value: 1, 2, 2.5 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let nice = [1.0, 2.0, 2.5, 5.0, 10.0].map(|m| m * power);
    nice.into_iter().find(|candidate| *candidate >= value * 0.999_999).unwrap_or(value)
}

/// The next round number of a unit: bytes are round in powers of 1024.
pub(crate) fn round_up_in(value: f64, unit: Unit) -> f64 {
    let mut step = 1.0;
    if matches!(unit, Unit::Bytes | Unit::BytesPerSecond) {
        while value / step >= 1024.0 {
            step *= 1024.0;
        }
    }
    round_up(value / step) * step
}

/// A span of time in one or two units: `42s`, `3m`, `2h 5m`, `4d`.
pub(crate) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 if seconds % 3600 < 60 => format!("{}h", seconds / 3600),
        3600..86_400 => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short() {
        let count = |value| short(value, Unit::Count);
        assert_eq!(
            [0.0, 0.344, 12.5, 840.0, 999.9, 1234.0, 3e6].map(count),
            ["0", "0.34", "12.5", "840", "1k", "1.23k", "3M"]
        );
        assert_eq!(short(1_610_612_736.0, Unit::Bytes), "1.5Gi");
        assert_eq!(with_unit(45.25, Unit::Percent), "45.2%");
        assert_eq!(with_unit(0.0031, Unit::Seconds), "0.0031s");
        assert_eq!(short(-12.0, Unit::Count), "-12");
        assert_eq!(short(100.0, Unit::Count), "100");
        assert_eq!(short(0.000_01, Unit::Count), "0");
    }

    #[test]
    fn axes_end_at_round_numbers() {
        let ends = [0.0, 0.7, 1.0, 1.1, 23.0, 26.0, 840.0].map(|value| short(round_up(value), Unit::Count));
        assert_eq!(ends, ["1", "1", "1", "2", "25", "50", "1k"]);
        assert_eq!(short(round_up_in(7.2e9, Unit::Bytes), Unit::Bytes), "10Gi");
    }

    #[test]
    fn fractions_fall_on_steps() {
        assert_eq!([0.0, 0.5, 1.0, 7.0].map(|f| step(f, 11)), [0, 5, 10, 10]);
        assert_eq!(step(0.5, 0), 0);
        assert_eq!(step(f64::NAN, 4), 0);
    }

    #[test]
    fn spans_are_told_in_one_or_two_units() {
        assert_eq!([-5, 42, 185, 7500, 7200, 400_000].map(span), ["0s", "42s", "3m", "2h 5m", "2h", "4d"]);
    }
}

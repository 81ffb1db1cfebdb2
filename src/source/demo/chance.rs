//! Repeatable chance: the same key and moment always draw the same number, so a demo needs no state and no clock.

use std::f64::consts::PI;

/// One independent source of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chance(u64);

impl Chance {
    /// The source of a whole recording.
    pub(super) const fn new(seed: u64) -> Self {
        Self(scramble(seed))
    }

    /// The source below this one that a name stands for (FNV-1a over its bytes).
    pub(super) fn named(self, name: &str) -> Self {
        let hash =
            name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(scramble(self.0 ^ hash))
    }

    /// The source below this one that a number stands for.
    pub(super) const fn at(self, number: i64) -> Self {
        Self(scramble(self.0 ^ number.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Its number.
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    /// Its number as a share: at least 0 and below 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) const fn share(self) -> f64 {
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `end`, or 0.
    pub(super) const fn below(self, end: u64) -> u64 {
        match end {
            0 => 0,
            _ => self.0 % end,
        }
    }

    /// A smooth curve through random points `every` units apart, between -1 and 1.
    pub(super) fn curve(self, position: f64, every: f64) -> f64 {
        let knot = (position / every).floor();
        let into = position / every - knot;
        #[expect(clippy::cast_possible_truncation, reason = "a knot's number is far below 2^63")]
        let point = |offset: i64| self.at(knot as i64 + offset).share().mul_add(2.0, -1.0);
        let (from, to) = (point(0), point(1));
        (to - from).mul_add((1.0 - (into * PI).cos()) / 2.0, from)
    }

    /// How many of something happen where `mean` are to be expected (a Poisson draw).
    pub(super) fn count(self, mean: f64) -> u32 {
        // Beyond this, the chance of none at all is too small a number to count up from.
        const LARGE: f64 = 16.0;
        if mean > LARGE {
            return self.at(0).count(mean / 2.0) + self.at(1).count(mean / 2.0);
        }
        let mut left = self.share();
        let mut chance = (-mean).exp();
        let mut n = 0_u32;
        while left >= chance && chance > f64::EPSILON {
            left -= chance;
            n += 1;
            chance *= mean / f64::from(n);
        }
        n
    }
}

/// The finaliser of `SplitMix64`: every bit of the answer depends on every bit given.
const fn scramble(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn shares_are_spread_evenly() {
        let chance = Chance::new(7).named("spread");
        let shares: Vec<f64> = (0..10_000).map(|n| chance.at(n).share()).collect();
        let mean = shares.iter().sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let low = shares.iter().filter(|s| **s < 0.1).count();
        assert!((900..1100).contains(&low), "{low}");
    }

    #[test]
    fn a_curve_is_smooth_and_bounded() {
        let chance = Chance::new(7).named("curve");
        let mut last = chance.curve(0.0, 10.0);
        for step in 1..20_000 {
            let next = chance.curve(f64::from(step) / 20.0, 10.0);
            assert!((-1.0..=1.0).contains(&next) && (next - last).abs() < 0.02, "step {step}: {last} to {next}");
            last = next;
        }
    }

    #[test]
    fn counts_follow_their_mean() {
        let chance = Chance::new(7).named("count");
        for mean in [0.01, 0.5, 7.0, 60.0] {
            let total: u32 = (0..4000).map(|n| chance.at(n).count(mean)).sum();
            let seen = f64::from(total) / 4000.0;
            assert!((seen - mean).abs() < 0.1 * mean + 0.01, "{seen} for {mean}");
        }
    }
}

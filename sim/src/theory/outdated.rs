//! How many reads of copies are out of date, and for how long they have been, when writes come at random: of copies that lag behind, and of
//! copies that are kept for a while whatever happens to the original.
//!
//! Writes of a key come as a Poisson process; a read finds a key by the same popularity by which writes change it.

use super::cache::Popularity;
use super::special::positive;

/// What reads of copies find.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outdated {
    /// Share of the reads that find something out of date, 0 to 1.
    pub share: f64,
    /// Mean time for which that has been out of date, in the unit of the times given; 0 when nothing is.
    pub age: f64,
}

impl Outdated {
    fn of(share: f64, mass: f64) -> Outdated {
        Outdated {
            share: share.clamp(0.0, 1.0),
            age: if share > 0.0 { mass / share } else { 0.0 },
        }
    }
}

/// Reads of a copy that shows every write exactly `lag` after it was made. A key written at the rate λ is out of date when a write fell
/// into the last `lag`: 1 − e^(−λ lag); the first of these was made lag − (1 − e^(−λ lag))/λ ago on average, those without any counted as 0
/// (the integral of 1 − e^(−λ u) over the lag). Summed over keys by their popularity. `writes` is the rate over all keys. `None` unless both are ≥ 0.
pub fn behind(popularity: &Popularity, writes: f64, lag: f64) -> Option<Outdated> {
    if !(writes >= 0.0 && lag >= 0.0 && (writes * lag).is_finite()) {
        return None;
    }
    let unseen = |p: f64| -libm::expm1(-p * writes * lag);
    let share = popularity.sum(|p| p * unseen(p));
    let mass = popularity.sum(|p| p * integral(p * writes, lag));
    Some(Outdated::of(share, mass))
}

/// Reads through a cache that keeps a key for `life` after it was fetched and is told of none of the `writes`, with room for everything: a
/// key that is read at the rate r is found with probability r life/(1 + r life) (Jung, Berger & Balakrishnan 2003, "Modeling TTL-based
/// Internet caches"), then with an age that is uniform over its life (hits are Poisson until it ends). At age a it is out of date with
/// 1 − e^(−λ a), as [`behind`]. Where keys leave earlier for want of room, less is out of date. `None` unless all are ≥ 0.
pub fn kept(popularity: &Popularity, reads: f64, writes: f64, life: f64) -> Option<Outdated> {
    if !(reads >= 0.0 && writes >= 0.0 && life >= 0.0 && ((reads + writes) * life).is_finite()) {
        return None;
    }
    let found = |p: f64| p * reads * life / (1.0 + p * reads * life);
    let per_life = |value: f64| if life > 0.0 { value / life } else { 0.0 };
    let share = popularity.sum(|p| p * found(p) * per_life(integral(p * writes, life)));
    let mass = popularity.sum(|p| p * found(p) * per_life(twice(p * writes, life)));
    Some(Outdated::of(share, mass))
}

/// Writes that a buffer holds on average which passes each key on `delay` after the first write that finds it not waiting, and takes
/// further ones of that key along: a key waits for the share λ delay/(1 + λ delay) of the time (renewal reward), with 1 + λ delay/2
/// writes on average. `None` unless both are ≥ 0.
pub fn waiting(popularity: &Popularity, writes: f64, delay: f64) -> Option<f64> {
    if !(writes >= 0.0 && delay >= 0.0 && (writes * delay).is_finite()) {
        return None;
    }
    Some(popularity.sum(|p| {
        let x = p * writes * delay;
        x / (1.0 + x) * (1.0 + 0.5 * x)
    }))
}

/// ∫ (1 − e^(−λ u)) du from 0 to t.
fn integral(rate: f64, t: f64) -> f64 {
    let x = rate * t;
    if !positive(x) {
        return 0.0;
    }
    if x < 1e-4 {
        return t * x * (0.5 - x / 6.0);
    }
    t + libm::expm1(-x) / rate
}

/// ∫ ∫ (1 − e^(−λ u)) du da, u from 0 to a and a from 0 to t.
fn twice(rate: f64, t: f64) -> f64 {
    let x = rate * t;
    if !positive(x) {
        return 0.0;
    }
    if x < 1e-3 {
        return t * t * x * (1.0 / 6.0 - x / 24.0);
    }
    0.5 * t * t - t / rate - libm::expm1(-x) / (rate * rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64, for drawings that share nothing with the formulas.
    struct Draws(u64);

    impl Draws {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
        }

        fn exponential(&mut self, rate: f64) -> f64 {
            -libm::log(1.0 - self.uniform()) / rate
        }
    }

    fn near(got: f64, wanted: f64, tolerance: f64) {
        assert!(
            (got - wanted).abs() <= tolerance,
            "{got} instead of {wanted}"
        );
    }

    #[test]
    fn one_key_behind_is_the_closed_form() {
        let one = Popularity::zipf(1, 0.0).expect("a key");
        let got = behind(&one, 2.0, 0.5).expect("in range");
        near(got.share, 1.0 - libm::exp(-1.0), 1e-14);
        // 0.5 − (1 − e^−1)/2, of those that are out of date.
        near(
            got.age * got.share,
            0.5 - (1.0 - libm::exp(-1.0)) / 2.0,
            1e-14,
        );
        // Rarely written keys have been out of date for half the lag.
        let rare = behind(&one, 1e-6, 0.5).expect("in range");
        near(rare.age, 0.25, 1e-6);
        assert_eq!(behind(&one, 0.0, 1.0), Some(Outdated::default()));
        assert_eq!(behind(&one, -1.0, 1.0), None);
    }

    #[test]
    fn a_kept_key_is_out_of_date_as_often_as_in_a_drawn_course() {
        let one = Popularity::zipf(1, 0.0).expect("a key");
        let (reads, writes, life) = (3.0, 0.4, 2.0);
        let got = kept(&one, reads, writes, life).expect("in range");
        let mut draws = Draws(7);
        let (mut now, mut fetched, mut next_write) =
            (0.0, f64::NEG_INFINITY, draws.exponential(writes));
        // The first write since the key was fetched.
        let mut changed: Option<f64> = None;
        let (mut stale, mut age) = (0_u32, 0.0);
        const READS: u32 = 400_000;
        for _ in 0..READS {
            now += draws.exponential(reads);
            while next_write <= now {
                if next_write > fetched {
                    changed = changed.or(Some(next_write));
                }
                next_write += draws.exponential(writes);
            }
            if now >= fetched + life {
                (fetched, changed) = (now, None);
            } else if let Some(since) = changed {
                stale += 1;
                age += now - since;
            }
        }
        near(got.share, f64::from(stale) / f64::from(READS), 0.004);
        near(got.age, age / f64::from(stale), 0.01);
    }

    #[test]
    fn many_keys_are_summed_by_their_popularity() {
        let weights = [3.0, 2.0, 1.0];
        let three = Popularity::from_weights(&weights).expect("keys");
        let got = behind(&three, 6.0, 0.1).expect("in range");
        let wanted: f64 = weights
            .iter()
            .map(|w| w / 6.0 * (1.0 - libm::exp(-w * 0.1)))
            .sum();
        near(got.share, wanted, 1e-14);
        // x/(1 + x) (1 + x/2) with x = 3 × 0.1, 2 × 0.1 and 0.1.
        let wanted: f64 = [0.3, 0.2, 0.1]
            .iter()
            .map(|x| x / (1.0 + x) * (1.0 + x / 2.0))
            .sum();
        near(waiting(&three, 6.0, 0.1).expect("in range"), wanted, 1e-14);
    }

    #[test]
    fn short_and_long_times_meet_where_the_series_ends() {
        for (below, above) in [(0.999_99e-4, 1.000_01e-4), (0.999_99e-3, 1.000_01e-3)] {
            near(integral(below, 1.0) / integral(above, 1.0), 1.0, 1e-4);
            near(twice(below, 1.0) / twice(above, 1.0), 1.0, 1e-4);
        }
    }
}

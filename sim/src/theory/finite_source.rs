//! M/M/c//N: a fixed number of users who think for a while, queue for one of c exponential servers, and think again; with what an
//! arriving user finds and waits. For several stations it knows only how long the others keep a user.

use super::complex::{Complex64, inverse, powf, powu, real};
use super::special::ln_factorial;

/// Terms summed one by one; a longer range is sampled at this many places, evenly spaced.
const MOST_TERMS: f64 = 600.0;
/// Logarithm of the smallest term that counts beside the largest.
const NEGLIGIBLE: f64 = -40.0;

/// The wait of an arrival at an M/M/c//N queue, first come first served.
///
/// An arrival finds the system as the N − 1 other users would have it by themselves (arrival theorem: Lavenberg & Reiser 1980, Sevcik
/// & Mitrani 1981). Whoever finds n ≥ c there waits for n − c + 1 departures at rate cμ: an Erlang time. Think times may have any
/// distribution, as theirs is a station of infinitely many servers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FiniteSourceWait {
    /// Probability of waiting.
    probability: f64,
    /// Departures a second while all servers are busy.
    rate: f64,
    /// Erlang stages of the first term, and from one term to the next.
    first: f64,
    step: u32,
    terms: u32,
    /// Weight of the first term; all weights add up to 1.
    weight: f64,
    /// The weight of j + 1 stages is that of j times (room − j) / load.
    room: f64,
    load: f64,
    /// Mean stages of those who wait, and the mean of j (j + 1).
    stages: f64,
    stages_squared: f64,
}

impl FiniteSourceWait {
    /// For `users` (≥ 1) who stay away for `away` seconds (≥ 0, mean) between their visits to `servers` (≥ 1) of mean service time
    /// `demand` (seconds, > 0) for each return. `None` outside these ranges.
    pub fn new(users: u32, away: f64, demand: f64, servers: u32) -> Option<Self> {
        let good = away >= 0.0 && away.is_finite() && demand > 0.0 && demand.is_finite();
        if users == 0 || servers == 0 || !good {
            return None;
        }
        let c = f64::from(servers);
        let nobody = Self {
            probability: 0.0,
            rate: c / demand,
            first: 1.0,
            step: 1,
            terms: 1,
            weight: 1.0,
            room: 1.0,
            load: 1.0,
            stages: 1.0,
            stages_squared: 2.0,
        };
        if users <= servers {
            return Some(nobody);
        }
        // j stages, from 1 to `room`, leave room − j users away, each of whom comes within `load` departures.
        let room = f64::from(users - servers);
        let load = (c * away / demand).max(1e-300);
        let log_load = libm::log(load);
        let log_first = ln_factorial(room - 1.0);
        let log_weight = |j: f64| log_first - ln_factorial(room - j) - (j - 1.0) * log_load;
        let peak = (libm::floor(room - load) + 1.0).clamp(1.0, room);
        let least = log_weight(peak) + NEGLIGIBLE;
        let low = edge(peak, 1.0, |j| log_weight(j) >= least);
        let high = edge(peak, room, |j| log_weight(j) >= least);
        let places = high - low + 1.0;
        let step = libm::ceil(places / MOST_TERMS);
        let first = low + 0.5 * (step - 1.0);
        let terms = libm::floor((high - first) / step).max(0.0) + 1.0;
        let mut source = Self {
            first,
            step: step as u32,
            terms: terms as u32,
            room,
            load,
            ..nobody
        };
        let (mut total, mut stages, mut stages_squared) = (0.0, 0.0, 0.0);
        let (mut j, mut term) = (first, 1.0);
        for _ in 0..source.terms {
            total += term;
            stages += term * j;
            stages_squared += term * j * (j + 1.0);
            term *= source.ratio(j);
            j += step;
        }
        source.weight = 1.0 / total;
        source.stages = stages / total;
        source.stages_squared = stages_squared / total;
        let log_busy = log_weight(first.min(room)) + libm::log(total * step);
        source.probability =
            1.0 / (1.0 + libm::exp(log_idle(users, servers, load, log_busy) - log_busy));
        Some(source)
    }

    /// The same with every wait scaled so that its mean is this, seconds.
    pub fn with_mean(self, mean: f64) -> Self {
        if mean > 0.0 && self.probability > 0.0 {
            let rate = self.probability * self.stages / mean;
            Self { rate, ..self }
        } else {
            self
        }
    }

    /// From one term's weight to the next.
    #[inline]
    fn ratio(&self, j: f64) -> f64 {
        let middle = (self.room - j - 0.5 * (f64::from(self.step) - 1.0)).max(0.0) / self.load;
        if self.step == 1 {
            return middle;
        }
        let (mut power, mut factor, mut left) = (1.0, middle, self.step);
        while left > 0 {
            if left & 1 == 1 {
                power *= factor;
            }
            factor *= factor;
            left >>= 1;
        }
        power
    }

    /// Probability of waiting.
    pub fn wait_probability(&self) -> f64 {
        self.probability
    }

    /// Mean wait, seconds.
    pub fn mean(&self) -> f64 {
        self.probability * self.stages / self.rate
    }

    /// `E[wait²]`, seconds².
    pub fn second_moment(&self) -> f64 {
        self.probability * self.stages_squared / (self.rate * self.rate)
    }

    /// How much less the number of those ahead varies than in the queue of endlessly many users with the same mean, where it is geometric:
    /// the ratio of the second moments, given that somebody is ahead; from 0.5 (always the same number) to 1.
    pub fn regularity(&self) -> f64 {
        let square = self.stages_squared - self.stages;
        square / (2.0 * self.stages * self.stages - self.stages)
    }

    /// `E[e^{−s·wait}]`.
    pub fn wait_transform(&self, s: Complex64) -> Complex64 {
        let stage = inverse(s + self.rate) * self.rate;
        let step = powu(stage, self.step);
        let mut term = powf(stage, self.first) * self.weight;
        let (mut j, mut sum) = (self.first, real(0.0));
        for _ in 0..self.terms {
            sum += term;
            term = term * step * self.ratio(j);
            j += f64::from(self.step);
        }
        sum * self.probability + (1.0 - self.probability)
    }
}

/// Logarithm of the weight of all states with a server free, where that of just c present is 1; no more of it than counts beside `busy`.
fn log_idle(users: u32, servers: u32, load: f64, log_busy: f64) -> f64 {
    let (users, c) = (f64::from(users), f64::from(servers));
    let most = libm::exp((log_busy - NEGLIGIBLE).min(700.0));
    // Of many servers a sample: the weights change over about √c states.
    let step = libm::floor(libm::sqrt(c) / 64.0).max(1.0);
    // From n to n − 1 present, as N − 1 users have it.
    let ratio = |n: f64| n * load / (c * (users - n));
    let half = 0.5 * (step + 1.0);
    let mut n = c - half + 1.0;
    let mut term = libm::pow(ratio(c - 0.5 * (half - 1.0)), half);
    let mut sum = 0.0;
    while n > 0.0 {
        sum += term * step;
        if term * step < sum * 1e-17 || sum > most {
            break;
        }
        term *= libm::pow(ratio((n - 0.5 * (step + 1.0)).max(0.0)), step);
        n -= step;
    }
    libm::log(sum)
}

/// The place farthest from `peak` towards `end` that still counts, where all between them do.
fn edge(peak: f64, end: f64, counts: impl Fn(f64) -> bool) -> f64 {
    if counts(end) {
        return end;
    }
    let (mut inside, mut outside) = (peak, end);
    while (outside - inside).abs() > 1.0 {
        let middle = libm::floor(0.5 * (inside + outside));
        if middle == inside || middle == outside {
            break;
        }
        if counts(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by the birth-death chain of N − 1 users, state by state: probability of waiting, E[wait], E[wait²], transform at s.
    fn chain(users: u32, away: f64, demand: f64, servers: u32, s: f64) -> [f64; 4] {
        let rate = f64::from(servers) / demand;
        let stage = rate / (rate + s);
        let others = users - 1;
        let (mut weight, mut total, mut waits) = (1.0, 1.0, [0.0; 4]);
        for n in 1..=others {
            weight *= f64::from(others - n + 1) / away * demand / f64::from(n.min(servers));
            total += weight;
            if n >= servers {
                let j = f64::from(n - servers + 1);
                let parts = [1.0, j / rate, j * (j + 1.0) / (rate * rate), stage.powf(j)];
                waits
                    .iter_mut()
                    .zip(parts)
                    .for_each(|(sum, part)| *sum += weight * part);
            }
        }
        let [probability, mean, second, transform] = waits.map(|sum| sum / total);
        [probability, mean, second, transform + 1.0 - probability]
    }

    #[test]
    fn waits_are_those_of_the_birth_death_chain() {
        for (users, away, demand, servers) in [
            (1, 1.0, 1.0, 1),
            (2, 1.0, 3.0, 1),
            (50, 10.0, 1.0, 4),
            (50, 10.0, 0.2, 4),
            (300, 60.0, 0.25, 1),
            (300, 60.0, 0.15, 1),
            (90, 1.0, 40.0, 3),
            (8, 1.0, 1.0, 7),
            (8, 1.0, 1.0, 8),
            (500, 100.0, 1.0, 5),
        ] {
            let got = FiniteSourceWait::new(users, away, demand, servers).unwrap();
            let s = 0.7 / demand;
            let answers = [
                got.wait_probability(),
                got.mean(),
                got.second_moment(),
                got.wait_transform(real(s)).re,
            ];
            let expected = chain(users, away, demand, servers, s);
            for (got, expected) in answers.iter().zip(expected) {
                assert!(
                    (got - expected).abs() <= 1e-11 * expected + 1e-15,
                    "{users} users on {servers}: {answers:?} against {expected:?}"
                );
            }
        }
    }

    #[test]
    fn sampled_weights_stay_close_to_all_of_them() {
        for (users, away, demand, servers) in [
            (200_000, 200_000.0, 1.0, 1),
            (200_000, 199_900.0, 1.0, 1),
            (200_000, 100_000.0, 1.0, 1),
            (300_000, 100_000.0, 3.0, 7),
        ] {
            let got = FiniteSourceWait::new(users, away, demand, servers).unwrap();
            assert!(got.step > 1);
            let s = 1.0 / (got.mean() / got.wait_probability());
            let answers = [
                got.wait_probability(),
                got.mean(),
                got.second_moment(),
                got.wait_transform(real(s)).re,
            ];
            let expected = chain_scaled(users, away, demand, servers, s);
            for (got, expected) in answers.iter().zip(expected) {
                assert!(
                    (got - expected).abs() <= 2e-3 * expected,
                    "{users} users on {servers}: {answers:?} against {expected:?}"
                );
            }
        }
    }

    /// As [`chain`], rescaled on the way so that no weight overflows.
    fn chain_scaled(users: u32, away: f64, demand: f64, servers: u32, s: f64) -> [f64; 4] {
        let rate = f64::from(servers) / demand;
        let stage = rate / (rate + s);
        let others = users - 1;
        let (mut weight, mut sums) = (1.0_f64, [1.0, 0.0, 0.0, 0.0, 0.0]);
        for n in 1..=others {
            weight *= f64::from(others - n + 1) / away * demand / f64::from(n.min(servers));
            sums[0] += weight;
            if n >= servers {
                let j = f64::from(n - servers + 1);
                let parts = [1.0, j / rate, j * (j + 1.0) / (rate * rate), stage.powf(j)];
                sums[1..]
                    .iter_mut()
                    .zip(parts)
                    .for_each(|(sum, part)| *sum += weight * part);
            }
            if weight > 1e200 {
                weight *= 1e-200;
                sums.iter_mut().for_each(|sum| *sum *= 1e-200);
            }
        }
        let [probability, mean, second, transform] =
            [1, 2, 3, 4].map(|place: usize| sums[place] / sums[0]);
        [probability, mean, second, transform + 1.0 - probability]
    }

    #[test]
    fn millions_of_users_take_a_bounded_number_of_terms() {
        for away in [1e-5, 1.0, 9_999_000.0, 1e7, 1.1e7, 1e9] {
            for servers in [1, 1_000, 9_999_999] {
                let got = FiniteSourceWait::new(10_000_000, away, 1.0, servers).unwrap();
                assert!(f64::from(got.terms) <= MOST_TERMS + 1.0);
                assert!((0.0..=1.0).contains(&got.wait_probability()), "{got:?}");
                assert!(got.mean() >= 0.0 && got.mean().is_finite(), "{got:?}");
                assert!(got.second_moment() >= got.mean() * got.mean() * 0.999_999);
            }
        }
    }

    #[test]
    fn a_user_alone_never_waits_and_impossible_queues_are_refused() {
        let alone = FiniteSourceWait::new(1, 1.0, 1.0, 1).unwrap();
        assert_eq!((alone.wait_probability(), alone.mean()), (0.0, 0.0));
        assert_eq!(FiniteSourceWait::new(0, 1.0, 1.0, 1), None);
        assert_eq!(FiniteSourceWait::new(1, -1.0, 1.0, 1), None);
        assert_eq!(FiniteSourceWait::new(1, 1.0, f64::NAN, 1), None);
        assert_eq!(FiniteSourceWait::new(1, 1.0, 1.0, 0), None);
    }
}

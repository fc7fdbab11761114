//! A pool of tokens whose holders come from a closed population: who waits for one, who is refused, how many are in use. It knows rates
//! and a number of users, not what they do between their visits.
//!
//! With n of U users at the pool the next comes after (U − n)/A a second, A being the mean time that they stay away between two visits,
//! and the pool passes X(min(n, N)): a birth-death process, exact for pools over networks of product form and any time away (Chandy, Herzog
//! & Woo 1975). The time away is the one at which the pool is asked for as many requests a second as it is.

use super::flow::Admission;
use super::station::{Law, Part};
use super::tokens::{Process, Spread};

/// Terms smaller than this share of the largest don't count.
const NEGLIGIBLE: f64 = 1e-18;

/// After so many blocks from the likeliest state they are made twice as wide.
const WIDEN: u32 = 512;

/// So many blocks make up the standard deviation of a large number of users.
const FINENESS: f64 = 32.0;

/// After so many factors that follow from the one before the next is worked out by itself.
const ANEW: u32 = 64;

/// So close to all that the pool passes the rate no longer tells how many wait: from there on the time away falls to nothing in proportion to
/// what is left.
const ALL_BUT: f64 = 1e-6;

/// Most trials of a time away.
const MOST_TRIALS: usize = 80;

/// Longest step between two trials, on the logarithm of the time away, and how far it may get in all.
const LONGEST_STEP: f64 = 4.0;
const FARTHEST: f64 = 48.0;

/// The pool as its users find it.
#[derive(Clone, Copy)]
pub(super) struct Visited<'a> {
    /// Users who come here, not necessarily of one source.
    pub users: f64,
    /// What is passed with 1, 2, … holders in equal steps up to all tokens, 1/s.
    pub passes: &'a [f64],
    pub tokens: f64,
    /// Most who hold a token or wait for one; infinite without a limit.
    pub capacity: f64,
    /// Half the sum of the variabilities of arrivals and departures while all tokens are taken.
    pub noise: f64,
}

/// A sum over the states, and how fast it falls as the logarithm of the time away grows.
#[derive(Clone, Copy, Default)]
struct Sum {
    value: f64,
    fall: f64,
}

impl Sum {
    fn add(&mut self, weight: f64, power: f64) {
        self.value += weight;
        self.fall += weight * power;
    }

    /// Change of the sum's logarithm with that of the time away.
    fn slope(&self) -> f64 {
        -self.fall / self.value
    }

    /// This, and another by a factor whose own logarithm changes so.
    fn plus(self, other: Sum, (factor, slope): (f64, f64)) -> Sum {
        Sum {
            value: self.value + factor * other.value,
            fall: self.fall + factor * (other.fall - slope * other.value),
        }
    }
}

/// Sums over the states.
#[derive(Clone, Copy, Default)]
struct Sums {
    all: Sum,
    in_use: f64,
    waiting: f64,
    passed: Sum,
    /// What the states pass less than the fullest.
    short: Sum,
    /// Arrivals, in units of one for each user and time away, and those of them who are let in.
    arriving: Sum,
    accepted: Sum,
    refused: f64,
    /// Those let in who wait, times 1, the departures that they wait for, and the square of these.
    late: f64,
    departures: f64,
    squared: f64,
}

/// Sums over the states in which tokens are left, and over those in which none is.
#[derive(Clone, Copy, Default)]
struct Split {
    left: Sums,
    none: Sums,
}

impl Split {
    /// Both, the states without tokens by a factor whose logarithm changes so with that of the time away.
    fn joined(&self, by: (f64, f64)) -> Sums {
        let (left, none) = (&self.left, &self.none);
        let value = |of: fn(&Sums) -> f64| of(left) + by.0 * of(none);
        Sums {
            all: left.all.plus(none.all, by),
            in_use: value(|sums| sums.in_use),
            waiting: value(|sums| sums.waiting),
            passed: left.passed.plus(none.passed, by),
            short: left.short.plus(none.short, by),
            arriving: left.arriving.plus(none.arriving, by),
            accepted: left.accepted.plus(none.accepted, by),
            refused: value(|sums| sums.refused),
            late: value(|sums| sums.late),
            departures: value(|sums| sums.departures),
            squared: value(|sums| sums.squared),
        }
    }

    /// How much likelier it is that no token is left than that some are, and how the logarithm of that changes with that of the time away.
    fn odds(&self) -> (f64, f64) {
        let (left, none) = (&self.left.all, &self.none.all);
        (none.value / left.value, none.slope() - left.slope())
    }
}

impl Visited<'_> {
    /// What is passed with n there, 1/s.
    fn pass(&self, n: f64) -> f64 {
        let states = self.passes.len();
        let at = |place: usize| match place {
            0 => 0.0,
            place => self.passes[place - 1],
        };
        if n >= self.tokens {
            return at(states);
        }
        let place = n / self.tokens * states as f64;
        let below = (place as usize).min(states);
        match below == states {
            true => at(states),
            false => at(below) + (place - below as f64) * (at(below + 1) - at(below)),
        }
    }

    fn most(&self) -> f64 {
        self.pass(self.tokens)
    }

    /// The most that so many users can make pass, 1/s.
    fn reach(&self) -> f64 {
        self.pass(self.users)
    }

    /// To which power the rates of arrivals and departures set the weights from n there upwards.
    fn power(&self, n: f64, noise: f64) -> f64 {
        match n >= self.tokens {
            true => 1.0 / noise,
            false => 1.0,
        }
    }

    /// Sums over all states. Irregular departures make those who wait wait longer, or less long, but hardly change how many find no token (as behind
    /// general service; Kimura 1986): that is left as behind random ones. And where those are as many as a geometric number of the decay ρ, here there are
    /// to be ν times as many (Kingman 1961), for which the decay ρ^(1/ν) is a little too slow.
    fn sums(&self, away: f64) -> Sums {
        let mut split = self.split(away, self.noise);
        if self.noise == 1.0 {
            return split.joined((1.0, 0.0));
        }
        let random = self.split(away, 1.0);
        let number = random.none.waiting / random.none.all.value;
        let decay = libm::pow(number / (1.0 + number), 1.0 / self.noise);
        let right = self.noise * number * (1.0 - decay) / decay;
        if right > 0.0 && right.is_finite() {
            split.none.waiting *= right;
        }
        let (here, random) = (split.odds(), random.odds());
        let factor = random.0 / here.0;
        let known = factor > 0.0 && factor.is_finite();
        split.joined(match known {
            true => (factor, random.1 - here.1),
            false => (1.0, 0.0),
        })
    }

    /// Sums over all states, from the likeliest outwards. States of many users are taken in blocks, always the same ones, so that
    /// the sums change smoothly with the time away.
    fn split(&self, away: f64, noise: f64) -> Split {
        let last = self.users.min(self.capacity);
        // Arrivals with n there over departures with one more.
        let growth = |n: f64, pass: f64| (self.users - n).max(0.0) / (away * pass);
        let (mut low, mut high) = (0.0, last);
        while high - low > 0.5 {
            let middle = libm::floor(0.5 * (low + high));
            if growth(middle, self.pass(middle + 1.0)) > 1.0 {
                low = middle + 1.0;
            } else {
                high = middle;
            }
        }
        let peak = high;
        let spread = libm::sqrt(peak.min(self.users - peak).max(0.0));
        let mut first = 1.0;
        while 2.0 * FINENESS * first <= spread {
            first *= 2.0;
        }
        // The block of states from `start` to before `end`, and its middle.
        let block = |start: f64, end: f64| (0.5 * (start + end - 1.0), end - start);
        let start = libm::floor(peak / first) * first;
        let end = (start + first).min(last + 1.0);
        let (middle, width) = block(start, end);
        let top = self.reach();
        let mut sums = Split::default();
        self.add(&mut sums, middle, (width, 0.0), (self.pass(middle), top));
        for up in [true, false] {
            let (mut at, mut pass, mut edge) = (middle, self.pass(middle), end);
            if !up {
                edge = start;
            }
            let (mut term, mut power, mut step, mut count) = (1.0, 0.0, first, 0);
            let (mut ratio, mut before, mut same) = (1.0, 0.0, 0.0);
            while if up { edge <= last } else { edge > 0.0 } {
                let next = match up {
                    true => (edge + step).min(last + 1.0),
                    false => (edge - step).max(0.0),
                };
                let (middle, width) = match up {
                    true => block(edge, next),
                    false => block(next, edge),
                };
                let here = self.pass(middle);
                let distance = (middle - at).abs();
                // The factors from the lower middle up to before the higher, by the one in their midst.
                let centre = 0.5 * (at + middle - 1.0);
                let between = match (distance == 1.0, up) {
                    (true, true) => growth(centre, here),
                    (true, false) => growth(centre, pass),
                    (false, _) => growth(centre.max(0.0), self.pass(centre.max(0.0) + 1.0)),
                };
                let steps = distance * self.power(centre, noise);
                ratio = if steps == 1.0 {
                    between
                } else {
                    // Behind full tokens the factor differs from the one before only in the users who are away.
                    let alike = steps == same && centre.min(before) >= self.tokens;
                    let change = match alike && count % ANEW != 0 {
                        true => near_one((before - centre) / (self.users - before), steps),
                        false => None,
                    };
                    change.map_or_else(|| libm::pow(between, steps), |change| ratio * change)
                };
                (before, same) = (centre, steps);
                if up {
                    term *= ratio;
                    power += steps;
                } else {
                    term /= ratio;
                    power -= steps;
                }
                let known = sums.left.all.value + sums.none.all.value;
                if term.is_nan() || term * width < NEGLIGIBLE * known {
                    break;
                }
                self.add(&mut sums, middle, (term * width, power), (here, top));
                (at, pass, edge) = (middle, here, next);
                count += 1;
                if count % WIDEN == 0 {
                    step *= 2.0;
                }
            }
        }
        sums
    }

    /// Adds states around n of this weight, which goes with the time away to minus this power.
    fn add(&self, split: &mut Split, n: f64, (weight, power): (f64, f64), (pass, top): (f64, f64)) {
        let sums = match n >= self.tokens {
            true => &mut split.none,
            false => &mut split.left,
        };
        let waiting = (n - self.tokens).max(0.0);
        let arriving = weight * (self.users - n).max(0.0);
        sums.all.add(weight, power);
        sums.in_use += weight * n.min(self.tokens);
        sums.waiting += weight * waiting;
        sums.passed.add(weight * pass, power);
        sums.short.add(weight * (top - pass).max(0.0), power);
        sums.arriving.add(arriving, power);
        if n >= self.capacity {
            sums.refused += arriving;
            return;
        }
        sums.accepted.add(arriving, power);
        if n >= self.tokens {
            sums.late += arriving;
            sums.departures += arriving * (waiting + 1.0);
            sums.squared += arriving * (waiting + 1.0) * (waiting + 1.0);
        }
    }

    /// By how much more than `rate` requests a second there are, let in or not, and how that changes with the logarithm of the time away:
    /// where nobody is refused as the odds of what is passed against what more could be, else as a factor; logarithms of either.
    fn excess(&self, sums: &Sums, rate: f64) -> (f64, f64) {
        let top = self.reach();
        if self.capacity.is_infinite() && rate < top {
            let odds = sums.passed.value / sums.short.value;
            let slope = sums.passed.slope() - sums.short.slope();
            return (libm::log(odds / (rate / (top - rate))), slope);
        }
        let asked =
            sums.passed.value / sums.all.value * (sums.arriving.value / sums.accepted.value);
        let refusing = sums.arriving.slope() - sums.accepted.slope();
        let slope = sums.passed.slope() - sums.all.slope() + refusing;
        (libm::log(asked / rate), slope)
    }

    /// The states in which `rate` requests a second arrive; `None` where no time away makes as many. The search starts where the last one
    /// ended.
    fn states(&self, rate: f64, away: &mut f64) -> Option<Sums> {
        let most = self.most();
        let told = most * (1.0 - ALL_BUT);
        if self.capacity.is_finite() || rate <= told {
            return self.seek(rate, away);
        }
        self.seek(told, away)?;
        Some(self.sums(*away * (most - rate) / (most - told)))
    }

    /// The states at the time away that makes so many requests a second; Newton's method on its logarithm.
    fn seek(&self, rate: f64, away: &mut f64) -> Option<Sums> {
        if self.capacity.is_infinite() && rate >= self.reach() {
            return None;
        }
        // Users who are never here bring the most.
        let longest = libm::log(self.users / rate);
        let (mut left, mut right) = (f64::NEG_INFINITY, longest);
        let mut trial = match *away > 0.0 {
            true => libm::log(*away).min(longest),
            false => longest,
        };
        for _ in 0..MOST_TRIALS {
            let sums = self.sums(libm::exp(trial));
            let (excess, slope) = self.excess(&sums, rate);
            if excess < 0.0 {
                right = right.min(trial);
            } else {
                left = left.max(trial);
            }
            let step = (-excess / slope).clamp(-LONGEST_STEP, LONGEST_STEP);
            let mut next = trial + step;
            if next.is_nan() || next <= left || next >= right {
                next = match left.is_finite() {
                    true => 0.5 * (left + right),
                    false => right - LONGEST_STEP,
                };
            }
            if excess.abs() < 1e-13 || (next - trial).abs() < 1e-14 * (1.0 + trial.abs()) {
                *away = libm::exp(trial);
                return Some(sums);
            }
            if next < longest - FARTHEST {
                return None;
            }
            trial = next;
        }
        *away = libm::exp(trial);
        left.is_finite().then(|| self.sums(*away))
    }

    /// The pool when `rate` requests a second arrive, let in or not; `None` where its users can't ask for as many.
    /// `away` is where the time away is sought first, seconds (0 where nothing is known), and becomes where it was found.
    pub fn solve(&self, rate: f64, irregularity: f64, away: &mut f64) -> Option<Process> {
        let most = self.most();
        let good = rate > 0.0 && most > 0.0 && most.is_finite() && self.users >= 1.0;
        if !good || (self.capacity.is_infinite() && rate >= most) {
            return None;
        }
        let sums = self.states(rate, away)?;
        let throughput = sums.passed.value / sums.all.value;
        let accepted = sums.accepted.value;
        // So deep in overload that only the full queue's block counts: the sums don't tell what it still lets in.
        if !(accepted > 0.0 && throughput > 0.0 && accepted.is_finite() && throughput.is_finite()) {
            return None;
        }
        let blocked = sums.refused / sums.arriving.value;
        let probability = (sums.late / accepted).clamp(0.0, 1.0);
        let wait = sums.waiting / sums.all.value / throughput;
        let (law, second) = if probability > 0.0 && wait > 0.0 {
            let (mean, square) = (sums.departures / sums.late, sums.squared / sums.late);
            let relative = (square + irregularity * mean) / (mean * mean);
            let late = wait / probability;
            let law = Law::Delayed {
                probability,
                mean: late,
                scv: (relative - 1.0).max(1e-4),
            };
            (law, probability * relative * late * late)
        } else {
            (Law::None, 0.0)
        };
        Some(Process {
            part: Part {
                probability,
                wait: if second > 0.0 { wait } else { 0.0 },
                second,
                law,
                ..Part::IDLE
            },
            admission: Admission {
                pass: 1.0 - blocked,
                refuse: blocked,
            },
            holding: sums.in_use / sums.all.value / throughput,
            eased: 1.0,
            unbounded: false,
        })
    }
}

/// (1 + part)^power by series; `None` where they would be long.
fn near_one(part: f64, power: f64) -> Option<f64> {
    let logarithm = {
        let z = part / (2.0 + part);
        let square = z * z;
        2.0 * z * (1.0 + square * (1.0 / 3.0 + square * (1.0 / 5.0 + square * (1.0 / 7.0))))
    };
    let x = power * logarithm;
    // The terms left out are below 1e-15 of the whole.
    (part.abs() < 0.02 && x.abs() < 0.05).then(|| {
        let terms = [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
        terms.iter().fold(1.0, |sum, k| 1.0 + x / k * sum)
    })
}

impl Spread {
    /// By how much longer than behind Poisson arrivals and departures waits are where all tokens are taken (Kingman 1961).
    pub fn noise(&self) -> f64 {
        (0.5 * (self.arrivals + self.departures)).max(0.05)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visited(users: f64, passes: &[f64], tokens: f64, noise: f64) -> Visited<'_> {
        Visited {
            users,
            passes,
            tokens,
            capacity: f64::INFINITY,
            noise,
        }
    }

    #[test]
    fn powers_near_one_are_those_of_the_library() {
        for part in [-0.019, -1e-3, 1e-9, 0.01, 0.0199] {
            for power in [-2.0, 0.3, 1.0, 2.4] {
                let got = near_one(part, power).expect("it is near");
                let expected = libm::pow(1.0 + part, power);
                assert!((got / expected - 1.0).abs() < 1e-14, "{part} {power}");
            }
        }
        assert!(near_one(0.03, 1.0).is_none() && near_one(0.01, 10.0).is_none());
    }

    #[test]
    fn the_time_away_is_the_one_that_brings_the_rate_from_wherever_it_is_sought() {
        let passes = [100.0, 180.0, 230.0, 250.0];
        for (users, noise) in [(3.0, 1.0), (40.0, 0.4), (3_000.0, 1.7), (1e7, 0.6)] {
            let pool = visited(users, &passes, 4.0, noise);
            for rate in [1.0, 100.0, 200.0, 229.0, 249.0, 249.999] {
                // Of millions so near to all that passes only blocks are seen, and what is left depends on where they lie.
                if users > 1e6 && rate > 229.5 {
                    continue;
                }
                let mut away = 0.0;
                let Some(sums) = pool.seek(rate, &mut away) else {
                    assert!(rate >= pool.reach(), "{users} users, {rate}/s");
                    continue;
                };
                let throughput = sums.passed.value / sums.all.value;
                // Users who are hardly ever here can't be away for longer, however irregularly they come.
                if away < users / rate * (1.0 - 1e-9) {
                    assert!((throughput / rate - 1.0).abs() < 1e-12, "{throughput}");
                } else {
                    assert!(throughput >= rate * (1.0 - 1e-12), "{throughput}");
                }
                for start in [0.01 * away, 0.9 * away, 3.0 * away] {
                    let mut again = start;
                    pool.seek(rate, &mut again).expect("it is still there");
                    assert!((again / away - 1.0).abs() < 1e-6, "{again} {away}");
                }
            }
        }
    }

    #[test]
    fn millions_of_users_in_blocks_wait_as_their_chain_says() {
        // One token that passes 100/s: the users away are Poisson of the mean that a departure leaves, as long as somebody waits.
        let passes = [100.0];
        let pool = visited(1e6, &passes, 1.0, 1.0);
        let sums = pool.sums(5_000.0);
        let present = (sums.waiting + sums.in_use) / sums.all.value;
        assert!((present / 500_000.0 - 1.0).abs() < 1e-6, "{present}");
    }
}

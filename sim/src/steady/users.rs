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

/// After so many steps from the likeliest state they are made twice as wide.
const WIDEN: u32 = 512;

/// So close to all that the pool passes the rate no longer tells how many wait: from there on the time away falls to nothing in proportion to
/// what is left.
const ALL_BUT: f64 = 1e-6;

/// Most trials of a time away.
const MOST_TRIALS: usize = 60;

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

/// Sums over the states.
#[derive(Clone, Copy, Default)]
struct Sums {
    all: f64,
    in_use: f64,
    waiting: f64,
    passed: f64,
    /// Arrivals, in units of one for each user and time away, and the refused of them.
    arriving: f64,
    refused: f64,
    /// Those let in who wait, times 1, the departures that they wait for, and the square of these.
    late: f64,
    departures: f64,
    squared: f64,
}

impl Visited<'_> {
    /// What is passed with n there, 1/s.
    fn pass(&self, n: f64) -> f64 {
        let states = self.passes.len();
        let place = (n / self.tokens).min(1.0) * states as f64;
        let below = (libm::floor(place) as usize).min(states);
        let at = |place: usize| match place {
            0 => 0.0,
            place => self.passes[place - 1],
        };
        match below == states {
            true => at(states),
            false => at(below) + (place - below as f64) * (at(below + 1) - at(below)),
        }
    }

    fn most(&self) -> f64 {
        self.pass(self.tokens)
    }

    /// Growth of the weights from n to n + 1 there.
    fn growth(&self, n: f64, away: f64) -> f64 {
        let growth = (self.users - n).max(0.0) / (away * self.pass(n + 1.0));
        if n >= self.tokens && self.noise != 1.0 {
            libm::pow(growth, 1.0 / self.noise)
        } else {
            growth
        }
    }

    /// Sums over all states, from the likeliest outwards.
    fn sums(&self, away: f64) -> Sums {
        let last = self.users.min(self.capacity);
        let (mut low, mut high) = (0.0, last);
        while high - low > 0.5 {
            let middle = libm::floor(0.5 * (low + high));
            if self.growth(middle, away) > 1.0 {
                low = middle + 1.0;
            } else {
                high = middle;
            }
        }
        let peak = high;
        let mut sums = Sums::default();
        self.add(&mut sums, peak, 1.0, 1.0);
        let first = libm::floor(libm::sqrt(peak.min(self.users - peak).max(0.0)) / 64.0).max(1.0);
        for up in [true, false] {
            // Blocks of `step` states, of which the last reached is `edge`.
            let (mut edge, mut term, mut step, mut count, mut before) = (peak, 1.0, first, 0, 1.0);
            loop {
                let left = if up { last - edge } else { edge };
                if left <= 0.0 {
                    break;
                }
                let width = f64::min(step, left);
                // From the middle of one block to the middle of the next.
                let (middle, distance) = (0.5 * (width + 1.0), 0.5 * (before + width));
                let between = |from: f64| match up {
                    true => self.growth(from, away),
                    false => 1.0 / self.growth(from - 1.0, away),
                };
                let at = if up { edge + middle } else { edge - middle };
                let centre = if up {
                    at - 0.5 * distance
                } else {
                    at + 0.5 * distance
                };
                let ratio = if distance == 1.0 {
                    between(if up { at - 1.0 } else { at + 1.0 })
                } else {
                    libm::pow(between(centre.max(1.0)), distance)
                };
                term *= ratio;
                if term.is_nan() || term * width < NEGLIGIBLE * sums.all {
                    break;
                }
                self.add(&mut sums, at, term, width);
                edge = if up { edge + width } else { edge - width };
                before = width;
                count += 1;
                if count % WIDEN == 0 {
                    step *= 2.0;
                }
            }
        }
        sums
    }

    fn add(&self, sums: &mut Sums, n: f64, term: f64, width: f64) {
        let weight = term * width;
        let waiting = (n - self.tokens).max(0.0);
        let arriving = weight * (self.users - n).max(0.0);
        sums.all += weight;
        sums.in_use += weight * n.min(self.tokens);
        sums.waiting += weight * waiting;
        sums.passed += weight * self.pass(n);
        sums.arriving += arriving;
        if n >= self.capacity {
            sums.refused += arriving;
        } else if n >= self.tokens {
            sums.late += arriving;
            sums.departures += arriving * (waiting + 1.0);
            sums.squared += arriving * (waiting + 1.0) * (waiting + 1.0);
        }
    }

    /// Requests a second, let in or not, if users stay away for so long, seconds.
    fn asked(&self, sums: &Sums) -> f64 {
        let accepted = 1.0 - sums.refused / sums.arriving;
        sums.passed / sums.all / accepted.max(1e-300)
    }

    /// The states in which `rate` requests a second arrive; `None` where no time away makes as many.
    fn states(&self, rate: f64) -> Option<Sums> {
        let most = self.most();
        let told = most * (1.0 - ALL_BUT);
        if self.capacity.is_finite() || rate <= told {
            return self.away(rate).map(|(_, sums)| sums);
        }
        let (away, _) = self.away(told)?;
        Some(self.sums(away * (most - rate) / (most - told)))
    }

    /// The time away that makes so many requests a second, seconds, and the states.
    fn away(&self, rate: f64) -> Option<(f64, Sums)> {
        // Users who are never here bring the most; who comes back at once brings the least time away.
        let mut high = self.users / rate;
        let mut low = high;
        let mut sums = self.sums(high);
        let excess = |sums: &Sums| libm::log(self.asked(sums) / rate);
        let mut above = f64::NEG_INFINITY;
        let mut below = excess(&sums);
        if below >= 0.0 {
            return Some((high, sums));
        }
        for _ in 0..MOST_TRIALS {
            if above >= 0.0 {
                break;
            }
            low *= 0.5;
            sums = self.sums(low);
            above = excess(&sums);
            if above < 0.0 {
                (high, below) = (low, above);
            }
        }
        if above.is_nan() || above < 0.0 {
            return None;
        }
        // False position on logarithms, halving the weight of an end that stays (Illinois).
        let (mut left, mut right) = (libm::log(low), libm::log(high));
        let (mut stayed, mut away) = (0, low);
        for _ in 0..MOST_TRIALS {
            let mut trial = (left * below - right * above) / (below - above);
            if !(trial > left && trial < right) {
                trial = 0.5 * (left + right);
            }
            away = libm::exp(trial);
            sums = self.sums(away);
            let found = excess(&sums);
            if found.abs() < 1e-13 || right - left < 1e-14 {
                break;
            }
            if found > 0.0 {
                (left, above) = (trial, found);
                if stayed == 1 {
                    below *= 0.5;
                }
                stayed = 1;
            } else {
                (right, below) = (trial, found);
                if stayed == -1 {
                    above *= 0.5;
                }
                stayed = -1;
            }
        }
        Some((away, sums))
    }

    /// The pool when `rate` requests a second arrive, let in or not; `None` where its users can't ask for as many.
    pub fn solve(&self, rate: f64, irregularity: f64) -> Option<Process> {
        let most = self.most();
        let good = rate > 0.0 && most > 0.0 && most.is_finite() && self.users >= 1.0;
        if !good || (self.capacity.is_infinite() && rate >= most) {
            return None;
        }
        let sums = self.states(rate)?;
        let throughput = sums.passed / sums.all;
        let accepted = sums.arriving - sums.refused;
        let blocked = sums.refused / sums.arriving;
        let probability = (sums.late / accepted).clamp(0.0, 1.0);
        let wait = sums.waiting / sums.all / throughput;
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
            in_use: sums.in_use / sums.all,
            holding: sums.in_use / sums.all / throughput,
            unbounded: false,
        })
    }
}

impl Spread {
    /// By how much longer than behind Poisson arrivals and departures waits are where all tokens are taken (Kingman 1961).
    pub fn noise(&self) -> f64 {
        (0.5 * (self.arrivals + self.departures)).max(0.05)
    }
}

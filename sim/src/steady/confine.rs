//! Queues that hold no more than the tokens of a pool let in: there waits vary less than where anybody may come. It knows a mean wait and
//! a largest number, nothing of pools.
//!
//! Of all laws of the number ahead, from one to the most that there is room for, the truncated geometric one with the known mean is taken: it
//! is that of M/M/c/K, which a full pool over one station is, becomes the unlimited queue's where there is room enough, and a constant
//! where the mean leaves no other choice.

use super::slowdown::Slowdown;
use super::station::{Law, Part};

/// A queue with this much room is as good as unlimited, in units of the mean number ahead.
const ENOUGH: f64 = 24.0;

/// Most numbers that are told apart.
const MOST_NUMBERS: f64 = 48.0;

/// Room for those who wait at one queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Most of them that somebody who comes waits for, himself included.
    pub most: f64,
    /// Departures a second while all servers of the queue are busy.
    pub pace: f64,
    /// Share of the visitors for whom that holds.
    pub share: f64,
}

/// `E[j²]` of the truncated geometric law from 1 to `most` with this mean.
fn square(mean: f64, most: f64) -> f64 {
    if mean >= most - 1e-9 || mean <= 1.0 + 1e-9 {
        return mean * mean;
    }
    // Long ranges in blocks, from whose middles 1 to `most` is reached by scaling.
    let numbers = most.min(MOST_NUMBERS);
    let width = (most - 1.0) / (numbers - 1.0);
    let target = (mean - 1.0) / width;
    let moments = |tilt: f64| {
        let ratio = libm::exp(-tilt.abs());
        let (mut weight, mut sums) = (1.0, [0.0; 3]);
        for place in 0..numbers as usize {
            // From the heavier end.
            let k = match tilt >= 0.0 {
                true => numbers - 1.0 - place as f64,
                false => place as f64,
            };
            sums[0] += weight;
            sums[1] += weight * k;
            sums[2] += weight * k * k;
            weight *= ratio;
        }
        (sums[1] / sums[0], sums[2] / sums[0])
    };
    // The mean grows with the tilt by the variance; bisection where Newton's step leaves the bracket.
    let (mut low, mut high, mut tilt) = (-40.0_f64, 40.0_f64, 0.0);
    let (mut first, mut second) = moments(tilt);
    for _ in 0..60 {
        if (first - target).abs() <= 1e-12 * numbers {
            break;
        }
        if first < target {
            low = tilt;
        } else {
            high = tilt;
        }
        let next = tilt + (target - first) / (second - first * first).max(1e-300);
        tilt = match next > low && next < high {
            true => next,
            false => 0.5 * (low + high),
        };
        (first, second) = moments(tilt);
    }
    1.0 + 2.0 * width * first + width * width * second
}

impl Part {
    /// The same mean wait where there is only so much room.
    pub fn confined(self, room: Room) -> Self {
        if self.probability <= 0.0 || self.wait <= 0.0 {
            return self;
        }
        let mean = (self.wait * room.pace / self.probability).max(1.0);
        if !(mean.is_finite() && room.most < ENOUGH * mean) {
            return self;
        }
        let square = square(mean.min(room.most), room.most.max(1.0)) * (mean / room.most).max(1.0);
        let eased = |ratio: f64| 1.0 - room.share * (1.0 - ratio.min(1.0));
        match self.law {
            Law::Sharing(slowdown) => {
                let unlimited = slowdown.relative_square();
                let ratio = eased(square / (2.0 * mean * mean - mean));
                let confined = Slowdown::new(slowdown.mean, (unlimited * ratio).max(1.0));
                let scale = confined.square_excess() / slowdown.square_excess();
                Part {
                    second: self.second * scale,
                    law: Law::Sharing(confined),
                    ..self
                }
            }
            Law::Exponential { .. } | Law::Delayed { .. } => {
                let scv = match self.law {
                    Law::Delayed { scv, .. } => scv,
                    _ => 1.0,
                };
                let ratio = eased((square + mean) / (2.0 * mean * mean));
                let scv = ((1.0 + scv) * ratio - 1.0).max(1e-4);
                let late = self.wait / self.probability;
                Part {
                    second: self.probability * (1.0 + scv) * late * late,
                    law: Law::Delayed {
                        probability: self.probability,
                        mean: late,
                        scv,
                    },
                    ..self
                }
            }
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::square;

    #[test]
    fn numbers_ahead_have_the_truncated_geometric_laws_moments() {
        for (ratio, most) in [
            (0.5, 4),
            (0.9, 8),
            (1.0, 8),
            (1.5, 8),
            (3.0, 20),
            (1.05, 40),
        ] {
            let weights: Vec<f64> = (1..=most).map(|j| f64::powi(ratio, j)).collect();
            let all: f64 = weights.iter().sum();
            let moment = |power: i32| {
                let terms = weights.iter().zip(1..);
                terms
                    .map(|(weight, j)| weight * f64::from(j).powi(power))
                    .sum::<f64>()
                    / all
            };
            let got = square(moment(1), f64::from(most));
            assert!(
                (got / moment(2) - 1.0).abs() < 1e-9,
                "{ratio} {most}: {got}"
            );
        }
        // Long ranges by blocks: the continuous law's, with x = −1/mean beyond one.
        let got = square(500.5, 1000.0);
        assert!(
            (got / ((1000.0 * 1001.0 * 2001.0 / 6.0) / 1000.0) - 1.0).abs() < 0.02,
            "{got}"
        );
    }
}

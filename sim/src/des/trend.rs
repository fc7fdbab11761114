//! Whether a course of numbers falls, rises or stays, further than by chance. It doesn't know what the numbers are of.

use super::course::SIGMAS;

/// A mean over a span of time of what walks at random moves from one span to the next with two thirds of the variance of the walk itself
/// (Working 1960, "Note on the Correlation of First Differences of Averages in a Random Chain").
const OF_AVERAGES: f64 = 1.5;
/// A rate is told when it is so many standard deviations from none: then it is known to within a half.
const SIGMAS_OF_A_RATE: f64 = 6.0;

/// What grows is said to go on when it still would after so many further thirds of the time that it was looked at: half as long again. How far one
/// has to look ahead is a modelling choice.
const THIRDS_AGAIN: f64 = 1.5;

/// Where what waits is heading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Heading {
    /// Less and less; by so much from one number to the next, where that is the same all the time and well known.
    Down(Option<f64>),
    /// Neither: what moves does so by chance, or no longer.
    Level,
    /// More and more, and still so when half as long again has passed.
    Up,
    /// More and more by now; but it slows down by so much, or is known so little, that it may turn before.
    UpForNow,
}

/// Steps from one number to the next, as of a walk at random with a drift.
struct Steps<'a> {
    steps: &'a [f64],
    /// The variance of one of them.
    variance: f64,
}

impl Steps<'_> {
    fn count(&self) -> f64 {
        self.steps.len() as f64
    }

    fn mean(&self) -> f64 {
        mean(self.steps)
    }

    /// How many standard deviations the way that they make is long, downwards negative.
    fn sigmas(&self) -> f64 {
        of_deviation(self.mean() * self.count(), self.variance * self.count())
    }

    /// By how many standard deviations of the difference they are steeper upwards than others, on average.
    fn above(&self, other: &Steps) -> f64 {
        let deviation = self.deviation_to(other);
        of_deviation(self.mean() - other.mean(), deviation * deviation)
    }

    /// The standard deviation of the difference of their means.
    fn deviation_to(&self, other: &Steps) -> f64 {
        libm::sqrt(self.variance / self.count() + other.variance / other.count())
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    let all = values.iter().map(|value| (value - mean) * (value - mean));
    all.sum()
}

fn of_deviation(value: f64, variance: f64) -> f64 {
    let deviation = libm::sqrt(variance);
    if value == 0.0 { 0.0 } else { value / deviation }
}

/// Where these numbers are heading, as of a queue, which walks at random with a drift: its changes in spans that don't overlap are independent
/// of one another.
pub(super) fn heading(values: &[f64]) -> Heading {
    let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let third = steps.len() / 3;
    if third < 2 {
        return Heading::Level;
    }
    let (one, rest) = steps.split_at(steps.len() - 2 * third);
    let (two, three) = rest.split_at(third);
    // Of each part about its own drift, which may differ.
    let variance = |parts: &[&[f64]]| {
        let count: usize = parts.iter().map(|part| part.len()).sum();
        let all = parts.iter().map(|part| squares(part)).sum::<f64>();
        OF_AVERAGES * all / (count - parts.len()) as f64
    };
    let of_all = variance(&[one, two, three]);
    let part = |steps| Steps {
        steps,
        variance: of_all,
    };
    let (first, middle, last) = (part(one), part(two), part(three));
    let (all, later) = (part(&steps[..]), part(rest));
    let falls = |part: &Steps| part.sigmas() <= -SIGMAS;
    let rises = |part: &Steps| part.sigmas() >= SIGMAS;
    if rises(&last) || (rises(&later) && !falls(&last)) {
        // What happened at first is no measure of chance since.
        let of_later = variance(&[two, three]);
        let [middle, last] = [middle, last].map(|part| Steps {
            variance: of_later,
            ..part
        });
        // Each third of the time brings less than the one before, by no more than this.
        let less = middle.mean() - last.mean() + SIGMAS * middle.deviation_to(&last);
        return match last.mean() > THIRDS_AGAIN * less {
            true => Heading::Up,
            false => Heading::UpForNow,
        };
    }
    // What has fallen at first and stays since doesn't fall.
    let goes_on = later.above(&first) < SIGMAS;
    let mut falling = [(&all, goes_on), (&later, true), (&last, true)].into_iter();
    let falling = falling.find(|(part, goes_on)| *goes_on && falls(part));
    let Some((part, _)) = falling else {
        return Heading::Level;
    };
    let (one, other) = part.steps.split_at(part.steps.len() / 2);
    let [one, other] = [one, other].map(|steps| Steps { steps, ..*part });
    let is_straight = one.above(&other).abs() < SIGMAS;
    let is_known = part.sigmas() <= -SIGMAS_OF_A_RATE;
    Heading::Down((is_straight && is_known).then(|| -part.mean()))
}

/// Whether numbers that come independently of one another are fewer in the second half than in the first.
pub(super) fn lessens(values: &[f64]) -> bool {
    let (one, other) = values.split_at(values.len() / 2);
    let part = |values: &[f64]| {
        let count = values.len() as f64;
        let variance = squares(values) / (count - 1.0).max(1.0);
        (mean(values), variance / count.max(1.0))
    };
    let ((was, one), (is, other)) = (part(one), part(other));
    of_deviation(is - was, one + other) <= -SIGMAS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::des::random::scramble;

    /// A queue to which so many come in each span and from which as many go, drawn from a normal law's like: twelve even ones.
    fn walk(seed: u64, drifts: &[f64], deviation: f64) -> Vec<f64> {
        let mut state = seed;
        let mut normal = || {
            let sum = (0..12).map(|_| {
                state = scramble(state.wrapping_add(0x9e37_79b9_7f4a_7c15));
                (state >> 11) as f64 / (1_u64 << 53) as f64
            });
            sum.sum::<f64>() - 6.0
        };
        let mut level = 50_000.0;
        let walked = drifts.iter().map(|drift| {
            level += drift + deviation * normal();
            level
        });
        walked.collect()
    }

    #[test]
    fn a_slow_drain_is_one_however_long_it_takes() {
        // Of 50,000 that wait 14 a second go, looked at every 1.5 s, where 430 come a second and 444 go, each at random.
        let deviation = (870.0_f64 * 1.5).sqrt();
        for seed in 0..200 {
            let long = walk(seed, &[-21.0; 400], deviation);
            let Heading::Down(Some(rate)) = heading(&long) else {
                panic!("{seed}: {:?}", heading(&long));
            };
            assert!((14.0..28.0).contains(&rate), "{rate}");
        }
        // Of few numbers nobody knows at which rate they fall.
        let told = (0..200).filter(|seed| {
            let short = walk(*seed, &[-21.0; 12], deviation);
            matches!(heading(&short), Heading::Down(Some(_)))
        });
        assert!(told.count() < 5);
    }

    #[test]
    fn what_only_walks_at_random_is_rarely_said_to_go_anywhere() {
        let still =
            (0..1000).filter(|seed| heading(&walk(*seed, &[0.0; 60], 30.0)) == Heading::Level);
        // Three standard deviations either way, looked for five times in what is partly the same.
        assert!(still.count() >= 970);
    }

    #[test]
    fn a_rise_goes_on_or_slows_down_or_has_turned() {
        let rising = |last: f64| {
            let drifts: Vec<f64> = (0..60)
                .map(|step| 100.0 + (last - 100.0) * f64::from(step) / 60.0)
                .collect();
            heading(&walk(1, &drifts, 10.0))
        };
        assert_eq!(rising(100.0), Heading::Up);
        assert_eq!(rising(5.0), Heading::UpForNow);
        assert!(matches!(rising(-200.0), Heading::Down(_)));
    }

    #[test]
    fn what_fell_and_stays_does_not_fall() {
        let mut drifts = vec![-400.0; 20];
        drifts.resize(80, 0.0);
        assert_eq!(heading(&walk(3, &drifts, 30.0)), Heading::Level);
    }

    #[test]
    fn shares_lessen_or_they_do_not() {
        let noise: Vec<f64> = walk(5, &[0.0; 40], 0.01)
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .collect();
        let of = |first: f64, second: f64| {
            let half = noise.len() / 2;
            let level = |place: usize| if place < half { first } else { second };
            let values: Vec<f64> = noise
                .iter()
                .enumerate()
                .map(|(place, own)| level(place) + own)
                .collect();
            lessens(&values)
        };
        assert!(of(0.9, 0.6));
        assert!(!of(0.9, 0.9));
        assert!(!of(0.6, 0.9));
        assert!(!lessens(&[]));
    }
}

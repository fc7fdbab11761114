//! Draws ranks by Zipf's law. It knows no keys.

use super::random::Stream;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ranks up to this one are outcomes of their own; those beyond are drawn in blocks.
const SINGLE: u64 = 512;
/// A block is one in so many of its first rank wide, so that its ranks are nearly equally likely.
const BLOCK: f64 = 16.0;

/// Rank k of 1 to n with a probability proportional to k^−exponent.
///
/// One look into an alias table (Walker 1977; Vose 1991) draws one of the first ranks or a block of those beyond; within a block a rank is
/// drawn evenly and accepted as often as it is less likely than the block's first (von Neumann 1951), nearly always without a
/// logarithm. The time doesn't depend on n, and the table has 16 entries for each factor e in n.
#[derive(Clone, Debug)]
pub(super) struct Zipf(Arc<Law>);

/// A law worked out. It is one place in memory for all that draw by it.
#[derive(Debug)]
struct Law {
    exponent: f64,
    count: f64,
    /// The sum of k^−exponent.
    total: f64,
    singles: u32,
    slots: Box<[Slot]>,
    blocks: Box<[Block]>,
}

/// A slot of the alias table: its own outcome below this share of it, else the other.
#[derive(Clone, Copy, Debug)]
struct Slot {
    own: f64,
    other: u32,
}

/// Ranks that are drawn together.
#[derive(Clone, Copy, Debug)]
struct Block {
    first: f64,
    width: f64,
    /// What the last rank's probability is of the first's.
    least: f64,
}

/// The laws that are in use: many stores' keys are asked for by the same one, and its table is worked out and kept in the processor's
/// caches once.
#[derive(Clone, Debug, Default)]
pub(super) struct Laws(BTreeMap<(u64, u64), Zipf>);

impl Laws {
    /// See [`Zipf::new`].
    pub fn zipf(&mut self, count: f64, exponent: f64) -> Zipf {
        let law = self.0.entry((count.to_bits(), exponent.to_bits()));
        law.or_insert_with(|| Zipf::new(count, exponent)).clone()
    }
}

impl Zipf {
    /// Over `count` ranks (1 to 2⁵³) with this exponent (not negative).
    fn new(count: f64, exponent: f64) -> Self {
        Zipf(Arc::new(Law::new(count, exponent)))
    }

    /// Number of ranks.
    pub fn count(&self) -> f64 {
        self.0.count
    }

    /// The probability of a rank (from 1).
    pub fn share(&self, rank: f64) -> f64 {
        self.0.weight(rank) / self.0.total
    }

    /// A rank, from 1.
    #[inline]
    pub fn draw(&self, stream: &mut Stream) -> u64 {
        self.0.draw(stream)
    }
}

impl Law {
    fn new(count: f64, exponent: f64) -> Self {
        let count = libm::floor(count.clamp(1.0, 9e15));
        let singles = (count as u64).min(SINGLE);
        let mut law = Law {
            exponent,
            count,
            total: count,
            singles: singles as u32,
            slots: Box::default(),
            blocks: Box::default(),
        };
        if exponent == 0.0 {
            return law;
        }
        let mut weights: Vec<f64> = (1..=singles).map(|rank| law.weight(rank as f64)).collect();
        let mut blocks = Vec::new();
        let mut first = singles as f64 + 1.0;
        while first <= count {
            let width = libm::floor(first / BLOCK).min(count - first + 1.0);
            weights.push(law.sum(first, first + width));
            blocks.push(Block {
                first,
                width,
                least: law.weight((first + width - 1.0) / first),
            });
            first += width;
        }
        law.total = weights.iter().sum();
        law.slots = alias(&weights, law.total);
        law.blocks = blocks.into();
        law
    }

    #[inline]
    fn draw(&self, stream: &mut Stream) -> u64 {
        if self.slots.is_empty() {
            return (stream.uniform() * self.count) as u64 + 1;
        }
        let point = stream.uniform() * self.slots.len() as f64;
        let slot = point as u32;
        let entry = self.slots[slot as usize];
        let outcome = if point - f64::from(slot) < entry.own {
            slot
        } else {
            entry.other
        };
        if outcome < self.singles {
            u64::from(outcome) + 1
        } else {
            self.within(self.blocks[(outcome - self.singles) as usize], stream)
        }
    }

    fn within(&self, block: Block, stream: &mut Stream) -> u64 {
        loop {
            // Rounded down, since it isn't negative.
            let rank = block.first + (stream.uniform() * block.width) as i64 as f64;
            let level = stream.uniform();
            if level <= block.least || level <= self.weight(rank / block.first) {
                return rank as u64;
            }
        }
    }

    /// x^−exponent.
    fn weight(&self, x: f64) -> f64 {
        libm::exp(-self.exponent * libm::log(x))
    }

    /// The sum of k^−exponent from `from` to below `to`, both beyond 500: the integral with the midpoint rule's corrections at both ends.
    fn sum(&self, from: f64, to: f64) -> f64 {
        let s = self.exponent;
        let (low, high) = (from - 0.5, to - 0.5);
        let (at_low, at_high) = (self.weight(low), self.weight(high));
        let ratio = libm::log(high / low);
        let lean = (1.0 - s) * ratio;
        let stretch = if lean.abs() < 1e-12 {
            ratio
        } else {
            libm::expm1(lean) / (1.0 - s)
        };
        let slopes = s * (at_low / low - at_high / high);
        low * at_low * stretch - slopes / 24.0
    }
}

/// The alias table of these weights, which add up to `total`.
fn alias(weights: &[f64], total: f64) -> Box<[Slot]> {
    let scale = weights.len() as f64 / total;
    let mut slots: Vec<Slot> = (0..)
        .zip(weights)
        .map(|(other, weight)| Slot {
            own: weight * scale,
            other,
        })
        .collect();
    let (mut small, mut large): (Vec<u32>, Vec<u32>) =
        (0..weights.len() as u32).partition(|slot| slots[*slot as usize].own < 1.0);
    while let (Some(less), Some(more)) = (small.pop(), large.pop()) {
        let missing = 1.0 - slots[less as usize].own;
        slots[less as usize].other = more;
        slots[more as usize].own -= missing;
        if slots[more as usize].own < 1.0 {
            small.push(more);
        } else {
            large.push(more);
        }
    }
    // What is left over by rounding is its own outcome alone.
    for slot in small.into_iter().chain(large) {
        slots[slot as usize].own = 1.0;
    }
    slots.into()
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    /// Pearson's statistic of the draws in these groups of ranks (each from the end of the one before).
    fn statistic(count: u64, exponent: f64, ends: &[u64]) -> f64 {
        let zipf = Zipf::new(count as f64, exponent);
        let mut stream = Stream::named(3, 1, Purpose::Key, 0);
        let mut counts = vec![0_u32; ends.len()];
        const DRAWS: u32 = 400_000;
        for _ in 0..DRAWS {
            let rank = zipf.draw(&mut stream);
            assert!((1..=count).contains(&rank));
            counts[ends.partition_point(|end| *end < rank)] += 1;
        }
        let weight = |rank: u64| (rank as f64).powf(-exponent);
        let total: f64 = (1..=count).map(weight).sum();
        let mut start = 1;
        ends.iter()
            .zip(&counts)
            .map(|(end, count)| {
                let share: f64 = (start..=*end).map(weight).sum::<f64>() / total;
                start = end + 1;
                let expected = f64::from(DRAWS) * share;
                (f64::from(*count) - expected).powi(2) / expected
            })
            .sum()
    }

    #[test]
    fn ranks_come_as_often_as_zipf_says() {
        let each: Vec<u64> = (1..=50).collect();
        for exponent in [0.0, 0.6, 1.0, 1.4, 2.5] {
            // 49 degrees of freedom: below 85.4 in 999 of 1,000 samples.
            let statistic = statistic(50, exponent, &each);
            assert!(statistic < 85.4, "exponent {exponent}: {statistic}");
        }
    }

    #[test]
    fn ranks_in_blocks_come_as_often_as_zipf_says() {
        // Up to the first rank, some in the middle of blocks, and single ranks of the first blocks.
        let mut ends: Vec<u64> = vec![1, 100, 512];
        ends.extend(513..=560);
        ends.extend((0..49).map(|step| 561 + step * 2_029));
        for exponent in [0.0, 0.4, 0.8, 1.0, 1.3] {
            // 99 degrees of freedom: below 149 in 999 of 1,000 samples.
            let statistic = statistic(97_953, exponent, &ends);
            assert!(statistic < 149.0, "exponent {exponent}: {statistic}");
        }
    }

    #[test]
    fn shares_of_ranks_in_blocks_add_up() {
        for (count, exponent) in [(100_000_u32, 0.7), (100_000, 1.0), (3_000, 2.5)] {
            let zipf = Zipf::new(f64::from(count), exponent);
            let sum: f64 = (1..=count).map(|rank| zipf.share(f64::from(rank))).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }

    #[test]
    fn a_single_rank_is_always_drawn() {
        let zipf = Zipf::new(1.0, 1.1);
        let mut stream = Stream::named(3, 1, Purpose::Key, 0);
        assert!((0..100).all(|_| zipf.draw(&mut stream) == 1));
    }
}

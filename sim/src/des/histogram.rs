//! How often times of each length were seen, in buckets that are narrow for short times and wide for long ones. It doesn't know whose
//! times they are.

/// Buckets an octave (a power of two): each is 1.6 % wide at most, and a quantile within it is interpolated.
const BITS: u32 = 6;
/// Times below 2⁻³⁴ s (58 ps) fall into the first bucket, times from 2²⁴ s (194 days) into the last.
const LEAST: u64 = ((1023 - 34) as u64) << BITS;
const BUCKETS: usize = (58 << BITS) as usize;

/// A histogram of times in seconds, log-linear over the bits of the number. Two of them add up to the histogram of both.
#[derive(Debug, Default)]
pub struct Histogram {
    /// Up to the last bucket in use at least; those that follow are empty.
    counts: Vec<u64>,
    total: u64,
}

impl Clone for Histogram {
    fn clone(&self) -> Self {
        Histogram {
            counts: self.used().to_vec(),
            total: self.total,
        }
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.used() == other.used()
    }
}

impl Histogram {
    /// Counts a time (seconds, not negative).
    #[inline]
    pub fn record(&mut self, seconds: f64) {
        let bucket = (seconds.to_bits() >> (52 - BITS)).wrapping_sub(LEAST);
        self.total += 1;
        match self.counts.get_mut(bucket as usize) {
            Some(count) => *count += 1,
            None => self.record_beyond(seconds),
        }
    }

    /// Makes room for all times at once, or counts one that is too short or too long for its own bucket.
    #[cold]
    fn record_beyond(&mut self, seconds: f64) {
        let bucket = (seconds.to_bits() >> (52 - BITS))
            .saturating_sub(LEAST)
            .min(BUCKETS as u64 - 1);
        self.counts.resize(BUCKETS, 0);
        self.counts[bucket as usize] += 1;
    }

    /// The buckets up to the last one in use.
    fn used(&self) -> &[u64] {
        let last = self.counts.iter().rposition(|count| *count > 0);
        &self.counts[..last.map_or(0, |last| last + 1)]
    }

    /// How many times were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// What was counted since an earlier state of it, bucket by bucket, those that aren't empty: few of thousands.
    pub fn buckets_since(&self, before: &Histogram) -> Vec<(u16, u32)> {
        let counts = self.counts.iter().enumerate();
        counts
            .filter_map(|(bucket, count)| {
                let more = count - before.counts.get(bucket).copied().unwrap_or(0).min(*count);
                let more = u32::try_from(more).unwrap_or(u32::MAX);
                (more > 0).then_some((bucket as u16, more))
            })
            .collect()
    }

    /// Adds what [`Histogram::buckets_since`] says.
    pub fn add_buckets(&mut self, buckets: &[(u16, u32)]) {
        if self.counts.len() < BUCKETS {
            self.counts.resize(BUCKETS, 0);
        }
        for (bucket, count) in buckets {
            self.counts[usize::from(*bucket)] += u64::from(*count);
            self.total += u64::from(*count);
        }
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Histogram) {
        let counts = other.used();
        if self.counts.len() < counts.len() {
            self.counts.resize(BUCKETS, 0);
        }
        for (count, more) in self.counts.iter_mut().zip(counts) {
            *count += more;
        }
        self.total += other.total;
    }

    /// What has been counted since it was as that.
    pub fn since(&self, before: &Histogram) -> Histogram {
        let mut since = self.clone();
        for (count, before) in since.counts.iter_mut().zip(&before.counts) {
            *count = count.saturating_sub(*before);
        }
        since.total = since.counts.iter().sum();
        since
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        self.total = 0;
    }

    /// The time below which this share (0 to 1) of the times lie; `None` when nothing was counted.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        if self.total == 0 {
            return None;
        }
        let rank = share.clamp(0.0, 1.0) * self.total as f64;
        let mut below = 0.0;
        for (bucket, count) in self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            let count = *count as f64;
            if below + count >= rank {
                let (low, high) = edges(bucket);
                return Some(low + (high - low) * ((rank - below) / count).clamp(0.0, 1.0));
            }
            below += count;
        }
        None
    }

    /// The share of times up to this one (seconds), 0 to 1; 0 when nothing was counted.
    pub fn share_up_to(&self, seconds: f64) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        let mut below = 0.0;
        for (bucket, count) in self.counts.iter().enumerate() {
            let (low, high) = edges(bucket);
            if seconds >= high {
                below += *count as f64;
            } else {
                below += *count as f64 * ((seconds - low) / (high - low)).clamp(0.0, 1.0);
                break;
            }
        }
        below / self.total as f64
    }

    /// The buckets that aren't empty: lower edge, upper edge (seconds), count.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        self.counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(bucket, count)| {
                let (low, high) = edges(bucket);
                (low, high, *count)
            })
    }
}

fn edges(bucket: usize) -> (f64, f64) {
    let edge = |bucket: u64| f64::from_bits((LEAST + bucket) << (52 - BITS));
    let low = if bucket == 0 {
        0.0
    } else {
        edge(bucket as u64)
    };
    (low, edge(bucket as u64 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_within_a_fifth_of_a_percent_of_the_truth() {
        let mut histogram = Histogram::default();
        const COUNT: u32 = 1_000_000;
        // Evenly spread ranks of an exponential law with mean 0.08.
        let time = |share: f64| -0.08 * libm::log1p(-share);
        for rank in 0..COUNT {
            histogram.record(time((f64::from(rank) + 0.5) / f64::from(COUNT)));
        }
        for share in [0.5, 0.95, 0.99, 0.999] {
            let got = histogram.quantile(share).unwrap();
            assert!((got / time(share) - 1.0).abs() < 0.002, "{share}: {got}");
            let back = histogram.share_up_to(time(share));
            assert!((back - share).abs() < 1e-4, "{share}: {back}");
        }
    }

    #[test]
    fn two_histograms_add_up_to_that_of_both() {
        let (mut one, mut other, mut both) = (
            Histogram::default(),
            Histogram::default(),
            Histogram::default(),
        );
        for step in 0..1000 {
            let time = f64::from(step) * 0.001;
            both.record(time);
            if step % 3 == 0 { &mut one } else { &mut other }.record(time);
        }
        one.add(&other);
        assert_eq!(one, both);
    }

    #[test]
    fn what_was_counted_since_makes_the_later_of_the_earlier() {
        let mut before = Histogram::default();
        for step in 0..500 {
            before.record(f64::from(step) * 0.0007);
        }
        let mut after = before.clone();
        for step in 0..300 {
            after.record(f64::from(step % 40) * 0.003);
        }
        let since = after.buckets_since(&before);
        assert!(since.len() <= 40);
        assert_eq!(since.iter().map(|(_, count)| *count).sum::<u32>(), 300);
        before.add_buckets(&since);
        assert_eq!(before, after);
    }

    #[test]
    fn extremes_are_counted_and_emptiness_is_said() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), None);
        histogram.record(0.0);
        histogram.record(1e12);
        assert_eq!(histogram.total(), 2);
        assert!(histogram.quantile(0.2).unwrap() < 1e-9);
        assert!(histogram.quantile(1.0).unwrap() > 1.6e7);
    }
}

//! How often times of each length were seen, in buckets that are narrow for short times and wide for long ones. It doesn't know whose
//! times they are.
//!
//! Within a bucket only the number of times is known, but no quantile lies beyond the shortest or the longest of all.

/// Buckets an octave (a power of two): each is 1.6 % wide at most, and a quantile within it is interpolated.
const BITS: u32 = 6;
/// Times below 2⁻³⁴ s (58 ps) fall into the first bucket, times from 2²⁴ s (194 days) into the last.
const LEAST: u64 = ((1023 - 34) as u64) << BITS;
const BUCKETS: usize = (58 << BITS) as usize;

/// A histogram of times in seconds, log-linear over the bits of the number. Two of them add up to the histogram of both.
#[derive(Debug)]
pub struct Histogram {
    /// Up to the last bucket in use at least; those that follow are empty.
    counts: Vec<u64>,
    total: u64,
    /// No time is shorter or longer than these, which were seen themselves unless buckets were added; infinite and minus infinite as long as there are none.
    least: f64,
    most: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            counts: Vec::new(),
            total: 0,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
        }
    }
}

impl Clone for Histogram {
    fn clone(&self) -> Self {
        Histogram {
            counts: self.used().to_vec(),
            ..*self
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
        self.reach(seconds, seconds);
        match self.counts.get_mut(bucket as usize) {
            Some(count) => *count += 1,
            None => self.record_beyond(seconds),
        }
    }

    /// Times lie between these, too.
    #[inline]
    fn reach(&mut self, least: f64, most: f64) {
        if least < self.least {
            self.least = least;
        }
        if most > self.most {
            self.most = most;
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
            let (least, most) = edges(usize::from(*bucket));
            self.reach(least, most);
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
        self.reach(other.least, other.most);
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
        (self.least, self.most) = (f64::INFINITY, f64::NEG_INFINITY);
        self.total = 0;
    }

    /// Between which times those of a bucket lie, seconds.
    fn extent(&self, bucket: usize) -> (f64, f64) {
        let (low, high) = edges(bucket);
        // The last one holds all that are longer.
        let high = if self.most < high || bucket + 1 == BUCKETS {
            self.most
        } else {
            high
        };
        (if self.least > low { self.least } else { low }, high)
    }

    /// The time below which this share (0 to 1) of the times lie; `None` when nothing was counted.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let (bucket, part) = self.find(share)?;
        let (low, high) = self.extent(bucket);
        Some(low + (high - low) * part)
    }

    /// The bucket below which this share of the times lie, and the part of its own times that do.
    fn find(&self, share: f64) -> Option<(usize, f64)> {
        let rank = share.clamp(0.0, 1.0) * self.total as f64;
        let mut below = 0.0;
        for (bucket, count) in self.counts.iter().enumerate() {
            if *count == 0 {
                continue;
            }
            let count = *count as f64;
            if below + count >= rank {
                return Some((bucket, ((rank - below) / count).clamp(0.0, 1.0)));
            }
            below += count;
        }
        None
    }

    /// From the shortest to the longest of all, in seconds; 0 as long as there are none.
    pub fn range(&self) -> f64 {
        if self.total == 0 {
            0.0
        } else {
            self.most - self.least
        }
    }

    /// How far a quantile may lie from where it is put, in seconds, since times needn't be spread evenly over a bucket: half of its width where
    /// they may all be the same, and as much less as the neighbours are as full as it is.
    pub fn blur(&self, share: f64) -> f64 {
        let Some((bucket, _)) = self.find(share) else {
            return 0.0;
        };
        let (low, high) = self.extent(bucket);
        if high <= low {
            return 0.0;
        }
        let density = |bucket: usize| {
            let (low, high) = edges(bucket);
            self.counts.get(bucket).copied().unwrap_or(0) as f64 / (high - low)
        };
        let own = self.counts[bucket] as f64 / (high - low);
        let neighbours = 0.5 * (bucket.checked_sub(1).map_or(0.0, density) + density(bucket + 1));
        let uneven = ((own - neighbours) / own).abs();
        0.5 * (high - low) * if uneven < 1.0 { uneven } else { 1.0 }
    }

    /// The share of times up to this one (seconds), 0 to 1; 0 when nothing was counted.
    pub fn share_up_to(&self, seconds: f64) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        let mut below = 0.0;
        for (bucket, count) in self.counts.iter().enumerate() {
            if *count == 0 {
                continue;
            }
            let (low, high) = self.extent(bucket);
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
    fn no_quantile_lies_beyond_what_was_seen_and_equal_times_are_told_exactly() {
        let (mut same, mut other) = (Histogram::default(), Histogram::default());
        for _ in 0..1_000 {
            same.record(0.1);
            other.record(0.1);
        }
        for share in [0.0, 0.5, 0.95, 0.999, 1.0] {
            assert_eq!(same.quantile(share), Some(0.1));
            assert_eq!(same.blur(share), 0.0);
        }
        assert_eq!((same.range(), Histogram::default().range()), (0.0, 0.0));
        assert_eq!(
            (same.share_up_to(0.1), same.share_up_to(0.0999)),
            (1.0, 0.0)
        );
        let mut uneven = Histogram::default();
        for step in 0..100 {
            uneven.record(0.049 + f64::from(step) * 1e-4);
        }
        other.add(&uneven);
        assert_eq!(other.quantile(0.0), Some(0.049));
        assert_eq!(other.quantile(1.0), Some(0.1));
        assert_eq!(other.clone().quantile(1.0), Some(0.1));
        other.clear();
        other.record(3.0);
        assert_eq!(other.quantile(0.5), Some(3.0));
    }

    #[test]
    fn a_jump_within_a_bucket_is_as_unsure_as_the_bucket_is_wide_and_a_smooth_law_is_not() {
        // Half of the times are 100 ms, a quarter each 50 and 200: nothing says where in its bucket the median lies.
        let mut jumps = Histogram::default();
        for _ in 0..1_000 {
            for time in [0.05, 0.1, 0.1, 0.2] {
                jumps.record(time);
            }
        }
        let found = jumps.quantile(0.5).unwrap();
        assert!((found - 0.1).abs() <= jumps.blur(0.5) + 1e-9, "{found}");
        // From 2⁻⁴ on a bucket is 2⁻¹⁰ wide.
        assert_eq!(jumps.blur(0.5), libm::exp2(-11.0));
        let mut smooth = Histogram::default();
        for rank in 0..100_000 {
            smooth.record(-0.08 * libm::log1p(-(f64::from(rank) + 0.5) / 1e5));
        }
        assert!(smooth.blur(0.5) < 2e-4 * smooth.quantile(0.5).unwrap());
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

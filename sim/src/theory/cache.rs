//! Hit ratios of caches under independent references: key popularity, LRU by Che's approximation and exactly for few keys,
//! FIFO and random replacement, time-to-live expiry, and warm-up from empty.

use super::special::GAUSS_8;

/// Up to this many keys each one is summed by itself; beyond the first of them, keys are summed by quadrature.
const SINGLE_KEYS: u64 = 128;
/// Up to this many keys a [`Popularity`] lists them all.
const LISTED_KEYS: u64 = 400;

/// How often each key is asked for: groups of keys with equal probability.
///
/// A Zipf law over many keys is held as its 128 most popular keys and, beyond, eight quadrature nodes an octave of rank with
/// the midpoint rule's correction at both ends, so that sums over 10⁷ keys take about 270 terms and are right to about
/// 1e-10. (Single weights of such a quadrature may be slightly negative; sums of smooth functions are what they are for.)
#[derive(Clone, Debug, PartialEq)]
pub struct Popularity {
    groups: Vec<Group>,
    keys: f64,
    zipf: Option<Zipf>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Group {
    /// Probability that a request asks for one given key of the group.
    probability: f64,
    /// Number of keys in the group.
    keys: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Zipf {
    exponent: f64,
    /// Σ rank^−exponent over all keys.
    total: f64,
}

impl Popularity {
    /// Zipf: the probability of the key of rank i is proportional to i^−exponent, for 1 ≤ i ≤ `keys` (1 to 10¹²) and an
    /// exponent from 0 (uniform) to 10.
    pub fn zipf(keys: u64, exponent: f64) -> Option<Self> {
        if keys == 0 || keys > 1_000_000_000_000 || !(0.0..=10.0).contains(&exponent) {
            return None;
        }
        let weight = |rank: f64| libm::exp(-exponent * libm::log(rank));
        let mut groups: Vec<Group> = Vec::new();
        let mut push = |rank: f64, keys: f64| {
            groups.push(Group {
                probability: weight(rank),
                keys,
            })
        };
        if keys <= LISTED_KEYS {
            (1..=keys).for_each(|rank| push(rank as f64, 1.0));
        } else {
            (1..=SINGLE_KEYS).for_each(|rank| push(rank as f64, 1.0));
            // Σ_{i=a..b} g(i) = ∫ g over [a − ½, b + ½] − (g'(b + ½) − g'(a − ½))/24 + …, the derivatives as differences.
            let (a, b) = (SINGLE_KEYS as f64 + 1.0, keys as f64);
            for (rank, sign) in [(b + 1.0, -1.0), (b, 1.0), (a, 1.0), (a - 1.0, -1.0)] {
                push(rank, sign / 24.0);
            }
            let (low, high) = (libm::log(a - 0.5), libm::log(b + 0.5));
            let octaves = libm::ceil((high - low) / std::f64::consts::LN_2);
            let half = 0.5 * (high - low) / octaves;
            let mut middle = low + half;
            for _ in 0..octaves as u32 {
                for (node, node_weight) in GAUSS_8 {
                    for side in [-node, node] {
                        let rank = libm::exp(middle + half * side);
                        push(rank, node_weight * half * rank);
                    }
                }
                middle += 2.0 * half;
            }
        }
        let total: f64 = groups
            .iter()
            .map(|group| group.keys * group.probability)
            .sum();
        groups
            .iter_mut()
            .for_each(|group| group.probability /= total);
        Some(Self {
            groups,
            keys: keys as f64,
            zipf: Some(Zipf { exponent, total }),
        })
    }

    /// Popularity from relative weights, one for each key (≥ 0, not all zero; at least one). Keys that are never asked for
    /// don't count.
    pub fn from_weights(weights: &[f64]) -> Option<Self> {
        let total: f64 = weights.iter().sum();
        if weights.iter().any(|w| !(*w >= 0.0)) || !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let mut groups: Vec<Group> = weights
            .iter()
            .map(|weight| Group {
                probability: weight / total,
                keys: 1.0,
            })
            .collect();
        groups.retain(|group| group.probability > 0.0);
        groups.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        Some(Self {
            keys: groups.len() as f64,
            groups,
            zipf: None,
        })
    }

    /// Number of keys.
    pub fn keys(&self) -> f64 {
        self.keys
    }

    /// Σ over all keys of f(probability of the key), for a smooth f.
    pub fn sum(&self, mut f: impl FnMut(f64) -> f64) -> f64 {
        self.groups
            .iter()
            .map(|group| group.keys * f(group.probability))
            .sum()
    }

    /// Probability that a request asks for the key of this rank (1 is the most popular).
    pub fn probability(&self, rank: u64) -> f64 {
        if rank == 0 || rank as f64 > self.keys {
            return 0.0;
        }
        match self.zipf {
            Some(zipf) => libm::exp(-zipf.exponent * libm::log(rank as f64)) / zipf.total,
            None => self
                .groups
                .get(rank as usize - 1)
                .map_or(0.0, |group| group.probability),
        }
    }

    /// Share of requests that ask for the `count` most popular keys: the hit ratio of a cache that holds just them, the best
    /// that any cache of that size can reach under independent references.
    pub fn top_share(&self, count: f64) -> f64 {
        if count >= self.keys {
            return 1.0;
        }
        if !(count > 0.0) {
            return 0.0;
        }
        let whole = libm::floor(count);
        let partial = (count - whole) * self.probability(whole as u64 + 1);
        let share = match self.zipf {
            Some(zipf) => harmonic(whole, zipf.exponent) / zipf.total,
            None => self
                .groups
                .iter()
                .take(whole as usize)
                .map(|group| group.probability)
                .sum(),
        };
        (share + partial).min(1.0)
    }
}

/// The generalised harmonic number Σ_{i ≤ n} i^−exponent, by Euler-Maclaurin summation beyond 32 terms.
fn harmonic(n: f64, exponent: f64) -> f64 {
    let power = |x: f64| libm::exp(-exponent * libm::log(x));
    let first = n.min(32.0);
    let mut sum = 0.0;
    let mut i = 1.0;
    while i <= first {
        sum += power(i);
        i += 1.0;
    }
    if n <= 32.0 {
        return sum;
    }
    // From m to n: ∫ + half the ends + B₂/2! [g'] + B₄/4! [g'''], less the first term, already counted.
    let m = 32.0;
    let ratio = libm::log(n / m);
    let lean = (1.0 - exponent) * ratio;
    let stretch = if lean.abs() < 1e-12 {
        ratio
    } else {
        libm::expm1(lean) / (1.0 - exponent)
    };
    let integral = m * power(m) * stretch;
    let slope = |x: f64| -exponent * power(x) / x;
    let third = |x: f64| -exponent * (exponent + 1.0) * (exponent + 2.0) * power(x) / (x * x * x);
    let fifth = |x: f64| third(x) * (exponent + 3.0) * (exponent + 4.0) / (x * x);
    sum + integral + 0.5 * (power(n) - power(m)) + (slope(n) - slope(m)) / 12.0
        - (third(n) - third(m)) / 720.0
        + (fifth(n) - fifth(m)) / 30_240.0
}

/// The answer for a cache of limited size in steady state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CacheBehaviour {
    /// Share of requests answered from the cache, 0 to 1.
    pub hit_ratio: f64,
    /// The characteristic time in requests (to all keys together): how long a key stays cached after its last use (LRU) or
    /// its entry (FIFO, random). Infinite when every key fits.
    pub characteristic_requests: f64,
}

/// Solves Σ presence(p T) = capacity for T. `presence` is concave and increasing with slope `slope`.
fn characteristic(
    popularity: &Popularity,
    capacity: f64,
    presence: impl Fn(f64) -> f64,
    slope: impl Fn(f64) -> f64,
) -> Option<f64> {
    if !(capacity >= 0.0) {
        return None;
    }
    if capacity == 0.0 {
        return Some(0.0);
    }
    if capacity >= popularity.keys {
        return Some(f64::INFINITY);
    }
    // presence(x) ≤ x, so T ≥ capacity; from the left Newton's method on a concave function climbs without overshooting.
    let mut time = capacity;
    for _ in 0..500 {
        let (mut held, mut rise) = (0.0, 0.0);
        for group in &popularity.groups {
            let x = group.probability * time;
            held += group.keys * presence(x);
            rise += group.keys * group.probability * slope(x);
        }
        if !(rise > 0.0) {
            break;
        }
        let step = (capacity - held) / rise;
        time += step;
        if step.abs() <= 1e-13 * time {
            break;
        }
    }
    time.is_finite().then_some(time)
}

/// LRU by Che's approximation (Che, Tung & Wang 2002): a key is present when it was asked for within the characteristic time
/// T, Σ (1 − e^{−p T}) = capacity. `capacity` in keys, ≥ 0.
///
/// Within 0.02 % of simulation for thousands of keys; up to about 2 % off for a handful (Fricker, Robert & Roberts 2012
/// explain why it is so good). For small key sets use [`lru_exact`].
pub fn lru(popularity: &Popularity, capacity: f64) -> Option<CacheBehaviour> {
    let time = characteristic(
        popularity,
        capacity,
        |x| -libm::expm1(-x),
        |x| libm::exp(-x),
    )?;
    let hit_ratio = popularity.sum(|p| -p * libm::expm1(-p * time));
    Some(CacheBehaviour {
        hit_ratio: hit_ratio.clamp(0.0, 1.0),
        characteristic_requests: time,
    })
}

/// FIFO and random replacement, which have the same hit ratio (Gelenbe 1973), by the characteristic-time approximation of
/// Fricker, Robert & Roberts 2012: a key is present with probability pT / (1 + pT). `capacity` in keys, ≥ 0.
pub fn fifo_or_random(popularity: &Popularity, capacity: f64) -> Option<CacheBehaviour> {
    let presence = |x: f64| x / (1.0 + x);
    let time = characteristic(popularity, capacity, presence, |x| {
        1.0 / ((1.0 + x) * (1.0 + x))
    })?;
    let hit_ratio = if time.is_finite() {
        popularity.sum(|p| p * presence(p * time))
    } else {
        1.0
    };
    Some(CacheBehaviour {
        hit_ratio: hit_ratio.clamp(0.0, 1.0),
        characteristic_requests: time,
    })
}

/// The largest number of keys that [`lru_exact`] accepts.
pub const LRU_EXACT_MOST_KEYS: usize = 18;

/// The exact hit ratio of LRU under independent references (King 1971), for at most [`LRU_EXACT_MOST_KEYS`] keys with the given
/// relative weights (each > 0): a sum over all sets of most recently used keys.
pub fn lru_exact(weights: &[f64], capacity: usize) -> Option<f64> {
    let total: f64 = weights.iter().sum();
    if weights.is_empty()
        || weights.len() > LRU_EXACT_MOST_KEYS
        || weights.iter().any(|w| !(*w > 0.0))
        || !total.is_finite()
    {
        return None;
    }
    if capacity >= weights.len() {
        return Some(1.0);
    }
    let p: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let sets = 1_usize << p.len();
    // chance[S]: the |S| most recently used keys are just S, in any order.
    let mut chance = vec![0.0; sets];
    let mut mass = vec![0.0; sets];
    chance[0] = 1.0;
    let mut hit_ratio = 0.0;
    for set in 1..sets {
        let lowest = set.trailing_zeros() as usize;
        mass[set] = mass[set & (set - 1)] + p[lowest];
        let size = set.count_ones() as usize;
        if size > capacity {
            continue;
        }
        // The least recent of S was the next distinct key found looking back past the others.
        let mut sum = 0.0;
        for (key, p) in p.iter().enumerate() {
            if set & (1 << key) != 0 {
                let rest = set & !(1 << key);
                sum += chance[rest] * p / (1.0 - mass[rest]);
            }
        }
        chance[set] = sum;
        if size == capacity {
            hit_ratio += sum * mass[set];
        }
    }
    Some(hit_ratio)
}

/// The exact hit ratio of FIFO and of random replacement (King 1971, Gelenbe 1973: both have the product form) for keys with
/// the given relative weights (each ≥ 0): 1 − (m + 1) e_{m+1} / e_m with elementary symmetric sums e. Takes keys × capacity
/// steps; `None` above 10⁸ of them.
pub fn fifo_exact(weights: &[f64], capacity: usize) -> Option<f64> {
    let total: f64 = weights.iter().sum();
    let usable = !weights.is_empty()
        && weights.iter().all(|w| *w >= 0.0)
        && total > 0.0
        && total.is_finite();
    if !usable || weights.len().checked_mul(capacity)? > 100_000_000 {
        return None;
    }
    if capacity >= weights.len() {
        return Some(1.0);
    }
    // Sums are kept in scale by rescaling: only the ratio of the last two counts.
    let mut symmetric = vec![0.0_f64; capacity + 2];
    symmetric[0] = 1.0;
    for weight in weights {
        // Scaled by the number of keys so that typical weights are near one.
        let x = weight / total * weights.len() as f64;
        for size in (1..symmetric.len()).rev() {
            symmetric[size] += symmetric[size - 1] * x;
        }
        let largest = symmetric.iter().fold(0.0_f64, |a, b| a.max(*b));
        if largest > 1e250 {
            symmetric.iter_mut().for_each(|e| *e *= 1e-250);
        }
    }
    let (held, more) = (symmetric[capacity], symmetric[capacity + 1]);
    if !(held > 0.0) {
        return None;
    }
    let miss = (capacity as f64 + 1.0) * more / (held * weights.len() as f64);
    Some((1.0 - miss).clamp(0.0, 1.0))
}

/// When an entry's time to live starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeToLive {
    /// At the fetch that brought the entry in; hits don't prolong it (DNS, HTTP freshness).
    FromFetch,
    /// At each use (idle time-out, sliding expiry).
    FromLastUse,
}

/// Hit ratio of one key asked for at `rate` (1/s, ≥ 0, Poisson) in a cache without a size limit, with a constant time to live
/// (seconds, ≥ 0): λT/(1 + λT) from the fetch (Jung, Berger & Balakrishnan 2003), 1 − e^{−λT} from the last use (Fofack et
/// al. 2012).
pub fn ttl_hit_ratio(rate: f64, ttl: f64, kind: TimeToLive) -> Option<f64> {
    if !(rate >= 0.0 && ttl >= 0.0) {
        return None;
    }
    let x = if rate == 0.0 || ttl == 0.0 {
        0.0
    } else {
        rate * ttl
    };
    Some(match kind {
        TimeToLive::FromFetch if x.is_infinite() => 1.0,
        TimeToLive::FromFetch => x / (1.0 + x),
        TimeToLive::FromLastUse => -libm::expm1(-x),
    })
}

/// LRU of limited size whose entries also expire, for requests at `rate` (1/s, all keys together) and a time to live in seconds
/// (infinite: none).
///
/// `FromFetch`: expired entries are found out when asked for and fetched anew, so they keep their place in the LRU order and
/// Che's characteristic time stays as it is; a key's hits are the uses in a row, none later than that time after the one
/// before, until its entry is too old. `FromLastUse`: the shorter of the two times counts.
pub fn lru_with_ttl(
    popularity: &Popularity,
    capacity: f64,
    rate: f64,
    ttl: f64,
    kind: TimeToLive,
) -> Option<CacheBehaviour> {
    if !(rate >= 0.0 && rate.is_finite() && ttl >= 0.0) {
        return None;
    }
    let plain = lru(popularity, capacity)?;
    let ttl_requests = if ttl == 0.0 { 0.0 } else { rate * ttl };
    let evicted = plain.characteristic_requests;
    let hit_ratio = match kind {
        TimeToLive::FromLastUse => {
            popularity.sum(|p| -p * libm::expm1(-p * evicted.min(ttl_requests)))
        }
        TimeToLive::FromFetch if ttl_requests.is_infinite() => plain.hit_ratio,
        TimeToLive::FromFetch => popularity.sum(|p| {
            let hits = hits_before_expiry(p * ttl_requests, p * evicted);
            p * if hits.is_finite() {
                hits / (1.0 + hits)
            } else {
                1.0
            }
        }),
    };
    let time = if kind == TimeToLive::FromLastUse {
        evicted.min(ttl_requests)
    } else {
        evicted
    };
    Some(CacheBehaviour {
        hit_ratio: hit_ratio.clamp(0.0, 1.0),
        characteristic_requests: time,
    })
}

/// The expected number of Poisson arrivals (rate 1) in (0, life] before the first gap longer than `patience`, gaps counted
/// from time 0.
///
/// By inclusion and exclusion over the long gaps: h = Σ_j (−1)^j e^{−j·patience} (y^{j+1}/(j+1)! + [j ≥ 1] y^j/j!) with
/// y = life − j·patience > 0.
fn hits_before_expiry(life: f64, patience: f64) -> f64 {
    if patience >= life {
        return life;
    }
    if patience == 0.0 {
        return 0.0;
    }
    let long_gap = libm::exp(-patience);
    if life * long_gap > 12.0 {
        // A long gap comes all but surely before the entry expires: a geometric number of uses.
        return libm::expm1(patience);
    }
    let mut hits = life;
    let mut j = 1.0;
    let mut damping = 1.0;
    loop {
        let y = life - j * patience;
        damping *= -long_gap;
        if y <= 0.0 || damping == 0.0 {
            return hits.max(0.0);
        }
        let power = libm::exp(j * libm::log(y) - super::special::ln_factorial(j));
        hits += damping * power * (y / (j + 1.0) + 1.0);
        j += 1.0;
        if j > 400.0 {
            return hits.clamp(0.0, libm::expm1(patience));
        }
    }
}

/// A cache that starts empty at time 0 and has been asked for `elapsed` seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp {
    /// Probability that a request now is a hit.
    pub hit_ratio: f64,
    /// Expected number of different keys asked for so far, an upper limit of the entries held.
    pub distinct_keys: f64,
}

/// Warm-up from empty under independent references at `rate` (1/s): exact without a size limit; with one, the cache behaves as
/// unlimited until the characteristic time has passed (Che). `capacity` in keys, infinite for no limit.
pub fn warm_up(popularity: &Popularity, capacity: f64, rate: f64, elapsed: f64) -> Option<WarmUp> {
    if !(rate >= 0.0 && rate.is_finite() && elapsed >= 0.0 && elapsed.is_finite()) {
        return None;
    }
    let requests = rate * elapsed;
    let reach = lru(popularity, capacity)?
        .characteristic_requests
        .min(requests);
    Some(WarmUp {
        hit_ratio: popularity
            .sum(|p| -p * libm::expm1(-p * reach))
            .clamp(0.0, 1.0),
        distinct_keys: popularity.sum(|p| -libm::expm1(-p * requests)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    fn every_key(keys: u32, exponent: f64) -> Popularity {
        let weights: Vec<f64> = (1..=keys)
            .map(|i| libm::pow(f64::from(i), -exponent))
            .collect();
        Popularity::from_weights(&weights).unwrap()
    }

    #[test]
    fn grouped_popularity_equals_the_sum_over_every_key() {
        for (keys, exponent) in [
            (401, 0.8),
            (10_000, 0.0),
            (10_000, 0.8),
            (10_000, 1.0),
            (50_000, 1.7),
            (3_000, 3.0),
        ] {
            let (grouped, plain) = (
                Popularity::zipf(keys, exponent).unwrap(),
                every_key(keys as u32, exponent),
            );
            close(grouped.sum(|p| p), 1.0, 1e-13);
            close(grouped.sum(|_| 1.0), keys as f64, 1e-9);
            for rank in [1, 128, 129, 400] {
                close(grouped.probability(rank), plain.probability(rank), 1e-9);
            }
            for capacity in [1.0, 30.0, 200.0, 399.0] {
                let (a, b) = (
                    lru(&grouped, capacity).unwrap(),
                    lru(&plain, capacity).unwrap(),
                );
                close(a.characteristic_requests, b.characteristic_requests, 2e-9);
                close(a.hit_ratio, b.hit_ratio, 2e-9);
                close(grouped.top_share(capacity), plain.top_share(capacity), 1e-9);
            }
        }
    }

    #[test]
    fn ten_million_keys_are_summed_with_few_terms() {
        let popularity = Popularity::zipf(10_000_000, 0.9).unwrap();
        assert!(popularity.groups.len() < 300);
        let answer = lru(&popularity, 1e6).unwrap();
        assert!(answer.hit_ratio < popularity.top_share(1e6));
        close(
            popularity.sum(|p| -libm::expm1(-p * answer.characteristic_requests)),
            1e6,
            1e-9,
        );
    }

    #[test]
    fn lru_exact_equals_a_sum_over_ordered_pairs() {
        // Capacity 2: Σ p_i p_j/(1 − p_i) (p_i + p_j).
        let weights: Vec<f64> = (1..=5).map(|i| libm::pow(f64::from(i), -1.4)).collect();
        let total: f64 = weights.iter().sum();
        let p: Vec<f64> = weights.iter().map(|w| w / total).collect();
        let mut by_pairs = 0.0;
        for (i, a) in p.iter().enumerate() {
            for (j, b) in p.iter().enumerate() {
                if i != j {
                    by_pairs += a * b / (1.0 - a) * (a + b);
                }
            }
        }
        close(lru_exact(&weights, 2).unwrap(), by_pairs, 1e-13);
        close(by_pairs, 0.616_626_725_443_650_3, 1e-12);
        // The best policy under independent references bounds it, and it grows with the capacity.
        let ratios: Vec<f64> = (0..=5).map(|m| lru_exact(&weights, m).unwrap()).collect();
        assert!(
            ratios.windows(2).all(|pair| pair[0] < pair[1]) && ratios[0] == 0.0 && ratios[5] == 1.0
        );
    }

    #[test]
    fn fifo_exact_equals_the_sum_over_sets() {
        let weights: Vec<f64> = (1..=5).map(|i| libm::pow(f64::from(i), -1.4)).collect();
        let (mut held, mut norm) = (0.0, 0.0);
        for i in 0..5 {
            for j in 0..i {
                norm += weights[i] * weights[j];
                held += weights[i] * weights[j] * (weights[i] + weights[j])
                    / weights.iter().sum::<f64>();
            }
        }
        close(fifo_exact(&weights, 2).unwrap(), held / norm, 1e-13);
        // Uniform keys: the hit ratio is capacity / keys whatever the policy.
        close(fifo_exact(&[1.0; 3000], 600).unwrap(), 0.2, 1e-10);
        close(
            fifo_or_random(&Popularity::zipf(3000, 0.0).unwrap(), 600.0)
                .unwrap()
                .hit_ratio,
            0.2,
            1e-10,
        );
    }

    #[test]
    fn uniform_keys_hit_in_proportion_to_capacity() {
        let uniform = Popularity::zipf(5000, 0.0).unwrap();
        for capacity in [0.0, 1.0, 2500.0, 4999.0, 5000.0, 1e9] {
            close(
                lru(&uniform, capacity).unwrap().hit_ratio,
                (capacity / 5000.0).min(1.0),
                1e-9,
            );
        }
        assert_eq!(lru(&uniform, f64::NAN), None);
        assert_eq!(lru(&uniform, -1.0), None);
    }

    #[test]
    fn hits_before_expiry_agree_with_the_renewal_equation() {
        // h(τ) = ∫_0^{min(τ, P)} e^{−u} (1 + h(τ − u)) du on a fine grid.
        let (patience, life, steps) = (1.5, 6.0, 6000_usize);
        let step = life / steps as f64;
        let mut h = vec![0.0_f64; steps + 1];
        for i in 1..=steps {
            let reach = ((patience / step) as usize).min(i);
            let mut sum = 0.0;
            for u in 0..reach {
                let middle = (u as f64 + 0.5) * step;
                let later = 0.5 * (h[i - u - 1] + if u == 0 { h[i - 1] } else { h[i - u] });
                sum += libm::exp(-middle) * (1.0 + later) * step;
            }
            h[i] = sum;
        }
        close(hits_before_expiry(life, patience), h[steps], 1e-3);
        close(hits_before_expiry(0.7, 3.0), 0.7, 1e-15);
        close(hits_before_expiry(1e6, 2.0), libm::expm1(2.0), 1e-12);
        // Continuity where the method changes.
        let patience = 3.0;
        let edge = 12.0 * libm::exp(patience);
        close(
            hits_before_expiry(edge * 0.9999, patience),
            libm::expm1(patience),
            1e-3,
        );
    }

    #[test]
    fn expiry_never_helps_and_long_lives_change_nothing() {
        let popularity = Popularity::zipf(20_000, 0.9).unwrap();
        let plain = lru(&popularity, 2000.0).unwrap().hit_ratio;
        for kind in [TimeToLive::FromFetch, TimeToLive::FromLastUse] {
            let mut before = 0.0;
            for ttl in [0.0, 0.1, 1.0, 10.0, 60.0, 600.0, 1e5, f64::INFINITY] {
                let got = lru_with_ttl(&popularity, 2000.0, 300.0, ttl, kind)
                    .unwrap()
                    .hit_ratio;
                assert!(
                    got >= before - 1e-9 && got <= plain + 1e-9,
                    "{kind:?} {ttl}: {before} {got} {plain}"
                );
                before = got;
            }
            close(before, plain, 1e-9);
        }
        // Without a size limit the single-key formula holds.
        let one = Popularity::zipf(1, 1.0).unwrap();
        let got = lru_with_ttl(&one, 1.0, 0.5, 4.0, TimeToLive::FromFetch)
            .unwrap()
            .hit_ratio;
        close(
            got,
            ttl_hit_ratio(0.5, 4.0, TimeToLive::FromFetch).unwrap(),
            1e-14,
        );
    }

    #[test]
    fn warm_up_ends_at_the_steady_state() {
        let popularity = Popularity::zipf(10_000, 0.8).unwrap();
        let steady = lru(&popularity, 1000.0).unwrap().hit_ratio;
        close(
            warm_up(&popularity, 1000.0, 200.0, 1e6).unwrap().hit_ratio,
            steady,
            1e-12,
        );
        assert_eq!(
            warm_up(&popularity, f64::INFINITY, 200.0, 0.0)
                .unwrap()
                .hit_ratio,
            0.0
        );
        assert!(warm_up(&popularity, f64::INFINITY, f64::NAN, 1.0).is_none());
    }
}

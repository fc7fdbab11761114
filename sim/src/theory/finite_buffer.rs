//! M/M/c/K: Poisson arrivals to c exponential servers with room for K in all; arrivals that find it full are lost. Valid at
//! any load, also in overload.

use super::complex::{Complex64, inverse, powu, real};
use super::multi_server::erlang_b;
use super::special::{ln_factorial, poisson_pmf};
use super::transform::{Outline, Precision, batched, quantiles};

/// An M/M/c/K queue in steady state (Gross & Harris, "Fundamentals of Queueing Theory", § 2.5).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FiniteBuffer {
    arrival_rate: f64,
    service_rate: f64,
    /// Servers that can ever be busy: the smaller of c and K.
    servers: u32,
    /// Waiting places.
    places: u32,
    /// P(all servers busy, nobody waiting).
    just_busy: f64,
    /// P(full).
    blocking: f64,
    /// P(an arrival is accepted).
    accepted: f64,
    mean_queue: f64,
    /// P(an accepted arrival waits).
    wait_probability: f64,
    /// P(an accepted arrival waits), divided by the sum of the geometric weights of its places in the queue.
    delay_weight: f64,
    /// Mean and mean square of the number of departures that an accepted arrival has to wait for.
    departures: f64,
    departures_squared: f64,
}

impl FiniteBuffer {
    /// The queue with these rates (1/s; arrival ≥ 0, service of one server > 0), number of servers (≥ 1) and capacity K,
    /// waiting and in service together (≥ 0). Where K < c only K servers can ever be busy. `None` outside these ranges.
    pub fn new(arrival_rate: f64, service_rate: f64, servers: u32, capacity: u32) -> Option<Self> {
        let rates = arrival_rate >= 0.0
            && arrival_rate.is_finite()
            && service_rate > 0.0
            && service_rate.is_finite();
        if !rates || servers == 0 {
            return None;
        }
        let servers = servers.min(capacity);
        let places = capacity - servers;
        if servers == 0 {
            return Some(Self {
                arrival_rate,
                service_rate,
                servers,
                places,
                just_busy: 1.0,
                blocking: 1.0,
                accepted: 0.0,
                mean_queue: 0.0,
                wait_probability: 0.0,
                delay_weight: 0.0,
                departures: 0.0,
                departures_squared: 0.0,
            });
        }
        let load = arrival_rate / service_rate;
        // One step of Erlang B's recursion by hand: 1/B − 1, the weight of the states with a free server, keeps its digits.
        let before = load * erlang_b(load, servers - 1)?;
        let free_weight = f64::from(servers) / before;
        let loss = before / (f64::from(servers) + before);
        let ratio = load / f64::from(servers);
        if loss == 0.0 {
            // The load is too small for the system ever to be full, in double precision.
            return Some(Self {
                arrival_rate,
                service_rate,
                servers,
                places,
                just_busy: 0.0,
                blocking: 0.0,
                accepted: 1.0,
                mean_queue: 0.0,
                wait_probability: 0.0,
                delay_weight: 0.0,
                departures: 0.0,
                departures_squared: 0.0,
            });
        }
        let q = f64::from(places);
        let (just_busy, blocking, accepted, mean_queue, zeroth, wait_probability, first, second);
        if ratio <= 1.0 {
            // In units of P(c busy, none waiting): 1/B below and at c, ρ^j with j waiting.
            let sums = PowerSums::up_to(ratio, places);
            let total = 1.0 / loss + ratio * sums.zeroth;
            just_busy = 1.0 / total;
            blocking = sums.power / total;
            // Waiting j has weight ρ^j, j = 1..q: ρ Σ (i + 1) ρ^i over i < q.
            mean_queue = ratio * (sums.first + sums.zeroth) / total;
            // An arrival that finds j waiting (j < q) waits for j + 1 departures.
            accepted = 1.0 - blocking;
            zeroth = sums.zeroth;
            wait_probability = sums.zeroth / (total * accepted);
            first = (sums.first + sums.zeroth) / (total * accepted);
            second = (sums.second + 2.0 * sums.first + sums.zeroth) / (total * accepted);
        } else {
            // In units of P(full): r^i with i places free, r = 1/ρ.
            let r = 1.0 / ratio;
            let sums = PowerSums::up_to(r, places);
            let total = sums.zeroth + sums.power / loss;
            just_busy = sums.power / total;
            blocking = 1.0 / total;
            // j = q − i waiting, i = 0..q−1.
            mean_queue = (q * sums.zeroth - sums.first) / total;
            // Accepted arrivals find i = 1..q free: i = h + 1 and j + 1 = q − h departures with weight r^{h+1}, h < q.
            let weight = r * sums.zeroth + sums.power * free_weight;
            accepted = weight / total;
            // In the deepest overload every accepted arrival takes the place just left.
            let scale = if weight > 0.0 {
                r / weight
            } else {
                f64::from(u8::from(places > 0))
            };
            zeroth = sums.zeroth;
            wait_probability = (sums.zeroth * scale).min(1.0);
            first = (q * sums.zeroth - sums.first) * scale;
            second = (q * q * sums.zeroth - 2.0 * q * sums.first + sums.second) * scale;
        }
        Some(Self {
            arrival_rate,
            service_rate,
            servers,
            places,
            just_busy,
            blocking,
            accepted,
            mean_queue,
            wait_probability,
            delay_weight: if zeroth > 0.0 {
                wait_probability / zeroth
            } else {
                0.0
            },
            departures: first,
            departures_squared: second,
        })
    }

    /// Probability that an arrival is lost.
    pub fn blocking(&self) -> f64 {
        self.blocking
    }

    /// Rate of accepted (and served) arrivals, 1/s.
    pub fn throughput(&self) -> f64 {
        if self.servers == 0 {
            return 0.0;
        }
        (self.arrival_rate * self.accepted).min(f64::from(self.servers) * self.service_rate)
    }

    /// Share of time that each of the servers that can ever be busy is busy, 0 to 1.
    pub fn utilisation(&self) -> f64 {
        if self.servers == 0 {
            0.0
        } else {
            self.throughput() / (f64::from(self.servers) * self.service_rate)
        }
    }

    /// Mean number waiting.
    pub fn mean_queue(&self) -> f64 {
        self.mean_queue
    }

    /// Mean number waiting or in service.
    pub fn mean_number(&self) -> f64 {
        self.mean_queue + self.throughput() / self.service_rate
    }

    /// Mean wait of accepted arrivals, seconds; `None` when nothing is ever accepted.
    pub fn mean_wait(&self) -> Option<f64> {
        (self.servers > 0).then(|| self.departures / self.full_rate())
    }

    /// Mean sojourn time of accepted arrivals, seconds; `None` when nothing is ever accepted.
    pub fn mean_sojourn(&self) -> Option<f64> {
        Some(self.mean_wait()? + 1.0 / self.service_rate)
    }

    /// Variance of the wait of accepted arrivals, seconds².
    pub fn wait_variance(&self) -> Option<f64> {
        let rate = self.full_rate();
        // A wait of n departures is Erlang: E[wait²] = E[n(n + 1)] / (cμ)².
        let square = (self.departures_squared + self.departures) / (rate * rate);
        let mean = self.mean_wait()?;
        Some((square - mean * mean).max(0.0))
    }

    /// Variance of the sojourn time of accepted arrivals, seconds².
    pub fn sojourn_variance(&self) -> Option<f64> {
        Some(self.wait_variance()? + 1.0 / (self.service_rate * self.service_rate))
    }

    /// Departures a second while all servers are busy.
    fn full_rate(&self) -> f64 {
        f64::from(self.servers) * self.service_rate
    }

    /// Probability that the system is empty.
    pub fn empty_probability(&self) -> f64 {
        let load = self.arrival_rate / self.service_rate;
        if self.servers == 0 || load == 0.0 {
            return 1.0;
        }
        if self.just_busy > 0.0 && load < 700.0 {
            let c = f64::from(self.servers);
            // p(0) = p(c) c! / a^c, as a ratio to the Poisson probability so that nothing overflows.
            let poisson = poisson_pmf(c, load);
            if poisson > 0.0 {
                return self.just_busy * libm::exp(-load) / poisson;
            }
        }
        let c = f64::from(self.servers);
        if self.just_busy > 0.0 {
            return libm::exp(libm::log(self.just_busy) + ln_factorial(c) - c * libm::log(load));
        }
        // Never full in double precision: the infinite-server value.
        libm::exp(-load)
    }

    /// The variance of the number of departures over its mean in the long run (the index of dispersion for counts); 1 is a Poisson stream's. `None`
    /// where nobody is served, or with room for more than a few thousand.
    ///
    /// Whoever comes while it is full is missing among those who leave, so that these come more regularly. For births at λ up to the state K, with
    /// stationary probabilities πᵢ summing up to Πᵢ, the deviation of the count that a start in state i makes rises by 1 − π_K Πᵢ/πᵢ from
    /// i to i + 1, and the index is 1 − 2 h(K) π_K/(1 − π_K), h(K) that of state K (Nazarathy & Weiss 2008, theorem 1, written with sums
    /// from the other end).
    pub fn departure_dispersion(&self) -> Option<f64> {
        const MOST_ROOM: u32 = 4096;
        let room = self.servers + self.places;
        if room == 0 || room > MOST_ROOM || self.arrival_rate <= 0.0 {
            return None;
        }
        // From the middle on nothing over- or underflows that counts.
        let load = self.arrival_rate / self.service_rate;
        let typical = load
            .min(f64::from(self.servers))
            .floor()
            .min(f64::from(room)) as usize;
        let mut states = vec![1.0; room as usize + 1];
        let ratio = |state: usize| load / (state as f64).min(f64::from(self.servers));
        for state in typical + 1..states.len() {
            states[state] = states[state - 1] * ratio(state);
        }
        for state in (0..typical).rev() {
            states[state] = states[state + 1] / ratio(state + 1);
        }
        let all: f64 = states.iter().sum();
        if !all.is_finite() {
            return None;
        }
        let full = states[room as usize] / all;
        let (mut up_to, mut deviation, mut mean) = (0.0, 0.0, 0.0);
        for state in &states[..room as usize] {
            mean += state / all * deviation;
            up_to += state / all;
            deviation += 1.0 - full * up_to / (state / all).max(1e-300);
        }
        mean += full * deviation;
        Some((1.0 - 2.0 * full / (1.0 - full) * (deviation - mean)).clamp(0.0, 1.0))
    }

    /// Probability that an accepted arrival has to wait.
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// `E[e^{−s·wait}]` of accepted arrivals.
    #[inline]
    pub fn wait_transform(&self, s: Complex64) -> Complex64 {
        self.delayed_transform(s) + (1.0 - self.wait_probability)
    }

    /// `E[e^{−s·sojourn}]` of accepted arrivals.
    #[inline]
    pub fn sojourn_transform(&self, s: Complex64) -> Complex64 {
        self.wait_transform(s) * inverse(s + self.service_rate) * self.service_rate
    }

    /// Σ P(an accepted arrival finds j waiting) z^{j + 1} with z = cμ / (cμ + s).
    fn delayed_transform(&self, s: Complex64) -> Complex64 {
        if self.wait_probability == 0.0 {
            return real(0.0);
        }
        let rate = self.full_rate();
        let z = inverse(s + rate) * rate;
        let ratio = self.arrival_rate / rate;
        if ratio <= 1.0 {
            z * geometric(z * ratio, self.places) * self.delay_weight
        } else {
            // From the top: i = 0..q−1 with weight r^i and power z^{q−i}.
            let r = 1.0 / ratio;
            // Σ r^i z^{q−i} = z (z^q − r^q) / (z − r).
            z * two_geometric(z, r, self.places) * self.delay_weight
        }
    }

    /// The quantiles of the sojourn time of accepted arrivals, seconds, by inversion of the transform.
    pub fn sojourn_quantiles(
        &self,
        probabilities: &[f64],
        precision: Precision,
        out: &mut [f64],
    ) -> Option<()> {
        let outline = Outline::new(self.mean_sojourn()?, self.sojourn_variance()?);
        quantiles(
            &mut batched(|s| self.sojourn_transform(s)),
            &outline,
            probabilities,
            precision,
            out,
        )
    }
}

/// Σ_{i<n} x^i for |x| ≤ 1.
fn geometric(x: Complex64, n: u32) -> Complex64 {
    let gap = real(1.0) - x;
    if gap.norm_sqr() < 1e-8 {
        // Near 1 the quotient cancels.
        return doubling(x, real(1.0), n);
    }
    (real(1.0) - powu(x, n)) * inverse(gap)
}

/// Σ_{i<n} r^i z^{n−1−i}.
fn two_geometric(z: Complex64, r: f64, n: u32) -> Complex64 {
    let gap = z - r;
    if gap.norm_sqr() < 1e-8 * z.norm_sqr() {
        return doubling(real(r), z, n);
    }
    (powu(z, n) - powu(real(r), n)) * inverse(gap)
}

/// Σ_{i<n} a^i b^{n−1−i} by binary splitting: S(m + n) = b^n S(m) + a^m S(n).
fn doubling(a: Complex64, b: Complex64, n: u32) -> Complex64 {
    let (mut sum, mut power_a, mut power_b) = (real(0.0), real(1.0), real(1.0));
    let (mut block, mut block_a, mut block_b) = (real(1.0), a, b);
    let mut left = n;
    while left > 0 {
        if left & 1 == 1 {
            sum = block_b * sum + power_a * block;
            power_a *= block_a;
            power_b *= block_b;
        }
        block = block_b * block + block_a * block;
        block_a *= block_a;
        block_b *= block_b;
        left >>= 1;
    }
    sum
}

/// Σ x^i, Σ i x^i and Σ i² x^i over 0 ≤ i < n, and x^n, for 0 ≤ x ≤ 1: by binary splitting, so that nothing cancels near 1.
#[derive(Clone, Copy)]
struct PowerSums {
    count: f64,
    power: f64,
    zeroth: f64,
    first: f64,
    second: f64,
}

impl PowerSums {
    fn up_to(x: f64, n: u32) -> Self {
        let mut sums = Self {
            count: 0.0,
            power: 1.0,
            zeroth: 0.0,
            first: 0.0,
            second: 0.0,
        };
        let mut block = Self {
            count: 1.0,
            power: x,
            zeroth: 1.0,
            first: 0.0,
            second: 0.0,
        };
        let mut left = n;
        while left > 0 {
            if left & 1 == 1 {
                sums = sums.followed_by(&block);
            }
            block = block.followed_by(&block);
            left >>= 1;
        }
        sums
    }

    fn followed_by(&self, next: &Self) -> Self {
        let m = self.count;
        Self {
            count: m + next.count,
            power: self.power * next.power,
            zeroth: self.zeroth + self.power * next.zeroth,
            first: self.first + self.power * (next.first + m * next.zeroth),
            second: self.second
                + self.power * (next.second + 2.0 * m * next.first + m * m * next.zeroth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::special::gamma_q;
    use super::*;

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got} against {expected}"
        );
    }

    /// State probabilities by the plain birth-death product.
    fn birth_death(lambda: f64, mu: f64, c: u32, k: u32) -> Vec<f64> {
        let mut weights = vec![1.0_f64];
        for n in 1..=k {
            weights.push(weights[n as usize - 1] * lambda / (mu * f64::from(n.min(c))));
        }
        let total: f64 = weights.iter().sum();
        weights.iter().map(|w| w / total).collect()
    }

    #[test]
    fn every_figure_matches_the_birth_death_chain() {
        for (lambda, c, k) in [
            (0.8, 1, 10),
            (1.0, 1, 10),
            (1.7, 1, 6),
            (2.0, 3, 3),
            (2.4, 3, 9),
            (3.0, 3, 40),
            (9.0, 3, 9),
            (5.0, 4, 2),
        ] {
            let p = birth_death(lambda, 1.0, c, k);
            let queue = FiniteBuffer::new(lambda, 1.0, c, k).unwrap();
            let full = p[k as usize];
            close(queue.blocking(), full, 1e-12);
            close(queue.empty_probability(), p[0], 1e-12);
            let number: f64 = p.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
            close(queue.mean_number(), number, 1e-12);
            let waiting: f64 = p
                .iter()
                .enumerate()
                .map(|(n, p)| (n as f64 - f64::from(c)).max(0.0) * p)
                .sum();
            assert!((queue.mean_queue() - waiting).abs() < 1e-12);
            close(
                queue.mean_sojourn().unwrap(),
                number / (lambda * (1.0 - full)),
                1e-12,
            );
            let delayed: f64 =
                p[(c.min(k)) as usize..k as usize].iter().sum::<f64>() / (1.0 - full);
            assert!((queue.wait_probability() - delayed).abs() < 1e-12);
        }
    }

    #[test]
    fn sojourn_percentiles_match_the_mixture_of_erlang_laws() {
        for (lambda, k) in [(0.8, 10), (1.0, 10), (1.7, 6), (5.0, 20)] {
            let p = birth_death(lambda, 1.0, 1, k);
            let accepted = 1.0 - p[k as usize];
            let queue = FiniteBuffer::new(lambda, 1.0, 1, k).unwrap();
            let mut out = [0.0; 3];
            queue
                .sojourn_quantiles(&[0.5, 0.95, 0.99], Precision::Exact, &mut out)
                .unwrap();
            for (t, survival) in out.iter().zip([0.5, 0.05, 0.01]) {
                let exact: f64 = (0..k)
                    .map(|n| p[n as usize] / accepted * gamma_q(f64::from(n + 1), *t))
                    .sum();
                close(exact, survival, 1e-8);
            }
        }
    }

    #[test]
    fn variance_matches_the_mixture_of_erlang_laws() {
        for (lambda, c, k) in [(0.8, 1, 10), (5.0, 3, 12)] {
            let p = birth_death(lambda, 1.0, c, k);
            let accepted = 1.0 - p[k as usize];
            let rate = f64::from(c);
            let (mut mean, mut square) = (0.0, 0.0);
            for n in c..k {
                let stages = f64::from(n - c + 1);
                mean += p[n as usize] / accepted * stages / rate;
                square += p[n as usize] / accepted * stages * (stages + 1.0) / (rate * rate);
            }
            let queue = FiniteBuffer::new(lambda, 1.0, c, k).unwrap();
            close(queue.mean_wait().unwrap(), mean, 1e-12);
            close(queue.wait_variance().unwrap(), square - mean * mean, 1e-11);
        }
    }

    #[test]
    fn departures_miss_those_who_found_it_full() {
        // One server without a queue is free and busy in turn: a renewal process with c² = (1 + a²)/(1 + a)². The others are from Poisson's equation of the
        // chain, solved as a linear system.
        for (load, servers, room, expected) in [
            (0.3, 1, 1, 1.09 / 1.69),
            (1.0, 1, 1, 0.5),
            (2.0, 1, 1, 5.0 / 9.0),
            (3.2, 4, 4, 0.543),
            (8.0, 4, 4, 0.697),
            (40.0, 50, 50, 0.726),
            (0.8, 1, 5, 0.666),
            (1.6, 2, 10, 0.774),
            (5.2, 4, 8, 0.713),
        ] {
            let queue = FiniteBuffer::new(load, 1.0, servers, room).unwrap();
            let dispersion = queue.departure_dispersion().unwrap();
            assert!(
                (dispersion - expected).abs() < 6e-4,
                "{load} {servers} {room}: {dispersion}"
            );
        }
        let roomy = FiniteBuffer::new(0.5, 1.0, 1, 1000).unwrap();
        close(roomy.departure_dispersion().unwrap(), 1.0, 1e-9);
    }

    #[test]
    fn extremes_stay_finite() {
        let full = FiniteBuffer::new(1.0, 1.0, 1, 0).unwrap();
        assert_eq!(
            (full.blocking(), full.throughput(), full.mean_sojourn()),
            (1.0, 0.0, None)
        );
        let idle = FiniteBuffer::new(0.0, 1.0, 4, 10).unwrap();
        assert_eq!(
            (idle.blocking(), idle.mean_number(), idle.mean_sojourn()),
            (0.0, 0.0, Some(1.0))
        );
        let critical = FiniteBuffer::new(1.0, 1.0, 1, 1_000_000).unwrap();
        close(critical.blocking(), 1.0 / 1_000_001.0, 1e-12);
        close(critical.mean_number(), 500_000.0, 1e-12);
        let drowned = FiniteBuffer::new(1e9, 1.0, 2, 1_000_000).unwrap();
        close(drowned.throughput(), 2.0, 1e-6);
        close(drowned.mean_number(), 1e6, 1e-6);
        let wide = FiniteBuffer::new(900.0, 1.0, 1000, 100_000).unwrap();
        assert!(
            wide.blocking() >= 0.0
                && wide.blocking() < 1e-300
                && wide.mean_sojourn().unwrap() < 1.01
        );
        assert!(FiniteBuffer::new(1.0, 1.0, 0, 5).is_none());
        assert!(FiniteBuffer::new(-1.0, 1.0, 1, 5).is_none());
    }
}

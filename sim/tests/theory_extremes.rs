//! The theory keeps its promise on any input: an answer made of numbers, or none; never NaN, never a panic.

use loadscape_sim::distribution::Distribution;
use loadscape_sim::theory::balancing::{self, Candidates, RoundRobin};
use loadscape_sim::theory::cache::{self, Popularity, TimeToLive};
use loadscape_sim::theory::closed::{Station, asymptotic_bounds, solve};
use loadscape_sim::theory::complex::Complex64;
use loadscape_sim::theory::finite_buffer::FiniteBuffer;
use loadscape_sim::theory::fork_join::{self, ForkJoin};
use loadscape_sim::theory::general_service::{
    DeterministicServer, GeneralMultiServer, SingleServer,
};
use loadscape_sim::theory::multi_server::{LossSystem, MultiServer};
use loadscape_sim::theory::processor_sharing::{SharedServer, SharedServers};
use loadscape_sim::theory::transform::{Outline, Precision, batched, quantiles};
use loadscape_sim::theory::{
    abandonment, batch, breakdowns, fluid, priority, retries, scalability, transient,
};

/// Values spread over many decades, with the ends and the impossible ones mixed in.
struct Hostile(u64);

impl Hostile {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A rate or time.
    fn size(&mut self) -> f64 {
        match self.next() % 24 {
            0 => 0.0,
            1 => f64::NAN,
            2 => f64::INFINITY,
            3 => -1.0,
            4 => 1e-60,
            5 => 1e60,
            6 | 7 => 1.0,
            _ => libm_exp10(self.unit() * 12.0 - 6.0),
        }
    }

    /// Mostly a possible one.
    fn sane(&mut self) -> f64 {
        libm_exp10(self.unit() * 8.0 - 4.0)
    }

    fn share(&mut self) -> f64 {
        match self.next() % 12 {
            0 => 0.0,
            1 => 1.0,
            2 => f64::NAN,
            3 => 1.0 - 1e-12,
            4 => -0.1,
            _ => self.unit(),
        }
    }

    fn count(&mut self) -> u32 {
        match self.next() % 8 {
            0 => 0,
            1 => 1,
            2 => 2,
            3 => 100_000,
            _ => (self.next() % 300) as u32,
        }
    }

    fn law(&mut self) -> Option<Distribution> {
        let (mean, scv) = (self.size(), self.sane());
        match self.next() % 8 {
            0 => Distribution::exponential(mean),
            1 => Distribution::deterministic(mean),
            2 => Distribution::erlang(mean, self.count()),
            3 => Distribution::hyper_exponential(mean, 1.0 + scv),
            4 => Distribution::gamma(mean, scv),
            5 => Distribution::log_normal(mean, scv),
            6 => Distribution::pareto(mean, 1.0 + scv),
            _ => Distribution::empirical((0..self.count() % 50).map(|_| mean).collect()),
        }
        .ok()
    }
}

fn libm_exp10(x: f64) -> f64 {
    10.0_f64.powf(x)
}

fn numbers(what: &str, input: &dyn std::fmt::Debug, values: impl IntoIterator<Item = f64>) {
    for (place, value) in values.into_iter().enumerate() {
        assert!(!value.is_nan(), "{what}{input:?} gave NaN at place {place}");
    }
}

#[test]
fn queues_never_answer_nan() {
    let mut hostile = Hostile(31);
    for _ in 0..30_000 {
        let (lambda, mu, c, k) = (
            hostile.size(),
            hostile.size(),
            hostile.count(),
            hostile.count(),
        );
        let p = hostile.share();
        let input = (lambda, mu, c, k, p);
        if let Some(q) = MultiServer::new(lambda, mu, c) {
            numbers(
                "M/M/c",
                &input,
                [
                    q.mean_wait(),
                    q.mean_number(),
                    q.wait_probability(),
                    q.empty_probability(),
                ],
            );
            numbers(
                "M/M/c",
                &input,
                q.sojourn_quantile(p).into_iter().chain(q.wait_quantile(p)),
            );
            numbers(
                "M/M/c",
                &input,
                [q.sojourn_variance(), q.sojourn_survival(1.0)],
            );
        }
        if let Some(loss) = LossSystem::new(lambda, c) {
            numbers(
                "loss",
                &input,
                [loss.blocking, loss.carried_load, loss.utilisation],
            );
        }
        if let Some(q) = FiniteBuffer::new(lambda, mu, c, k) {
            let means = [
                q.blocking(),
                q.throughput(),
                q.mean_number(),
                q.empty_probability(),
                q.utilisation(),
            ];
            numbers("M/M/c/K", &input, means);
            numbers(
                "M/M/c/K",
                &input,
                q.mean_sojourn().into_iter().chain(q.sojourn_variance()),
            );
            let z = q.sojourn_transform(Complex64::new(mu, lambda));
            numbers(
                "M/M/c/K transform",
                &input,
                if lambda.is_finite() && mu < 1e150 && lambda < 1e150 && mu > 1e-150 {
                    vec![z.re, z.im]
                } else {
                    vec![]
                },
            );
        }
        let patience = hostile.size();
        for got in [
            abandonment::exponential_patience(lambda, mu, c, patience),
            abandonment::fixed_patience(lambda, mu, c, patience),
        ]
        .into_iter()
        .flatten()
        {
            numbers(
                "patience",
                &(input, patience),
                [
                    got.abandon_probability,
                    got.wait_probability,
                    got.mean_queue,
                    got.throughput,
                ],
            );
        }
        if let Some(q) = SharedServers::new(lambda, 1.0 / mu, c) {
            numbers(
                "shared",
                &input,
                [q.mean_sojourn(), q.slowdown(), q.sojourn_variance(2.0)],
            );
        }
        if let Some(q) = SharedServer::new(lambda, 1.0 / mu) {
            numbers(
                "shared",
                &input,
                [q.mean_sojourn(), q.exponential_sojourn_variance()],
            );
        }
        if let Some(q) = DeterministicServer::new(lambda, 1.0 / mu) {
            numbers(
                "M/D/1",
                &input,
                [q.wait_survival(1.0)].into_iter().chain(q.wait_quantile(p)),
            );
        }
        if let Some(q) = RoundRobin::new(lambda, mu, c) {
            numbers(
                "round robin",
                &input,
                [q.mean_sojourn(), q.wait_probability()],
            );
        }
        if let Some(q) = ForkJoin::new(lambda, mu, c) {
            numbers(
                "fork-join",
                &input,
                [q.response_time(), q.lower_bound(), q.independent_bound()],
            );
        }
    }
}

#[test]
fn general_services_never_answer_nan() {
    let mut hostile = Hostile(32);
    for _ in 0..3000 {
        let Some(law) = hostile.law() else { continue };
        let mean = law.mean();
        let (p, c) = (hostile.share(), hostile.count());
        numbers(
            "moments",
            &law,
            [
                mean,
                law.scv(),
                law.second_moment(),
                law.third_moment(),
                law.cdf(mean),
            ],
        );
        numbers("quantile", &(&law, p), law.quantile(p));
        let scale = if mean > 1e-200 { mean } else { 1.0 };
        let prepared = law.prepare();
        for s in [
            Complex64::new(0.01, 0.0),
            Complex64::new(1.0, 7.0),
            Complex64::new(30.0, 2000.0),
        ] {
            let z = prepared.at(s / scale);
            numbers("transform", &(&law, s), [z.re, z.im]);
            assert!(z.norm_sqr() <= 1.0 + 1e-3, "{law:?} at {s}: {z}");
        }
        let rate = hostile.unit() * f64::from(c) / scale;
        if let Some(q) = SingleServer::new(rate, &law) {
            numbers(
                "M/G/1",
                &(rate, &law),
                [q.mean_wait(), q.wait_variance(), q.sojourn_variance()],
            );
        }
        let arrival_scv = if hostile.unit() < 0.5 {
            1.0
        } else {
            hostile.sane()
        };
        if let Some(q) = GeneralMultiServer::new(rate, arrival_scv, c, &law) {
            numbers(
                "G/G/c",
                &(rate, arrival_scv, c, &law),
                [q.mean_wait(), q.wait_variance(), q.sojourn_variance()],
            );
            let outline = Outline::new(q.mean_sojourn(), q.sojourn_variance());
            let mut out = [0.0; 3];
            let mut transform = batched(|s| q.sojourn_transform(s, &prepared));
            if quantiles(
                &mut transform,
                &outline,
                &[0.5, 0.99, 0.999],
                Precision::Fast,
                &mut out,
            )
            .is_some()
            {
                numbers("percentiles", &(rate, arrival_scv, c, &law), out);
                assert!(
                    out[0] <= out[1] && out[1] <= out[2] && out[0] >= 0.0,
                    "{law:?} {rate} {c}: {out:?}"
                );
            }
        }
    }
}

#[test]
fn pools_caches_and_closed_networks_never_answer_nan() {
    let mut hostile = Hostile(33);
    for _ in 0..2000 {
        let (rho, n, d) = (hostile.share(), hostile.count(), hostile.count() % 6);
        let rho = if hostile.unit() < 0.2 {
            1.0 - 0.001 * hostile.unit()
        } else {
            rho
        };
        let candidates = if d % 2 == 0 {
            Candidates::Distinct
        } else {
            Candidates::WithReplacement
        };
        numbers(
            "few",
            &(rho, n, d),
            balancing::shortest_of_few(rho, n, d, candidates),
        );
        numbers(
            "shortest",
            &(rho, n),
            balancing::shortest_queue_sojourn(rho, n),
        );
        numbers(
            "mean field",
            &(rho, d),
            balancing::mean_field_sojourn(rho, d),
        );
        numbers(
            "positions",
            &(rho, d),
            balancing::mean_field_positions(rho, d)
                .into_iter()
                .flatten(),
        );

        let keys = u64::from(hostile.count()) * u64::from(hostile.count() + 1);
        let (exponent, capacity, rate, ttl) = (
            hostile.unit() * 3.0,
            hostile.size(),
            hostile.size(),
            hostile.size(),
        );
        if let Some(popularity) = Popularity::zipf(keys, exponent) {
            let input = (keys, exponent, capacity, rate, ttl);
            let mut ratios = vec![popularity.top_share(capacity)];
            ratios.extend(cache::lru(&popularity, capacity).map(|got| got.hit_ratio));
            ratios.extend(cache::fifo_or_random(&popularity, capacity).map(|got| got.hit_ratio));
            for kind in [TimeToLive::FromFetch, TimeToLive::FromLastUse] {
                ratios.extend(
                    cache::lru_with_ttl(&popularity, capacity, rate, ttl, kind)
                        .map(|got| got.hit_ratio),
                );
                ratios.extend(cache::ttl_hit_ratio(rate, ttl, kind));
            }
            ratios
                .extend(cache::warm_up(&popularity, capacity, rate, ttl).map(|got| got.hit_ratio));
            numbers("cache", &input, ratios.iter().copied());
            assert!(
                ratios.iter().all(|ratio| (0.0..=1.0).contains(ratio)),
                "{input:?}: {ratios:?}"
            );
        }

        let population = [hostile.count() % 40, hostile.count() % 20];
        let think = [
            hostile.sane(),
            if hostile.unit() < 0.3 {
                0.0
            } else {
                hostile.size()
            },
        ];
        let stations = [
            Station::queue(vec![hostile.sane(), hostile.size()]),
            Station::multi_server(hostile.count() % 64, vec![hostile.sane(), hostile.sane()]),
            Station::delay(vec![0.0, hostile.sane()]),
        ];
        for steps in [0, 100_000] {
            if let Some(got) = solve(&population, &think, &stations, steps) {
                let input = (population, think, &stations);
                numbers("closed", &input, got.throughput.iter().copied());
                numbers("closed", &input, got.number.iter().flatten().copied());
                numbers(
                    "closed",
                    &input,
                    got.residence_time.iter().flatten().copied(),
                );
                assert!(
                    got.utilisation[0] <= 1.0 + 1e-6,
                    "{input:?}: {}",
                    got.utilisation[0]
                );
            }
        }
        let demand = hostile.size();
        numbers(
            "bounds",
            &demand,
            asymptotic_bounds(&[demand, 1.0], think[1]).map(|b| b.throughput(3.0, think[1])),
        );
    }
}

#[test]
fn the_smaller_formulas_never_answer_nan() {
    let mut hostile = Hostile(34);
    for _ in 0..20_000 {
        let (a, b, c, d) = (
            hostile.size(),
            hostile.size(),
            hostile.size(),
            hostile.size(),
        );
        let (p, n) = (hostile.share(), hostile.count());
        let input = (a, b, c, d, p, n);
        numbers(
            "batch",
            &input,
            batch::batch_arrivals(a, b, b * b, c, d).map(|q| q.mean_number),
        );
        numbers(
            "breakdowns",
            &input,
            breakdowns::interrupted_server(a, b, c, d).map(|q| q.mean_number),
        );
        if let Some(backlog) = fluid::Backlog::new(a, b) {
            numbers(
                "fluid",
                &input,
                backlog
                    .time_to_overflow(c)
                    .into_iter()
                    .chain(backlog.time_to_drain(c)),
            );
        }
        numbers(
            "retries",
            &input,
            retries::amplification(p, n).map(|got| got.attempts),
        );
        numbers("layers", &input, retries::layered_amplification(n, a));
        if let Some(got) = retries::single_server_states(a, b, c, n % 20) {
            numbers(
                "states",
                &input,
                [got.healthy, got.unstable, Some(got.collapsed_rate)]
                    .into_iter()
                    .flatten(),
            );
        }
        if let Some(law) = scalability::Scalability::new(a, p, b) {
            numbers(
                "scalability",
                &input,
                law.throughput(c).into_iter().chain(law.peak()),
            );
        }
        numbers("slow", &input, fork_join::any_slow(p, a));
        numbers(
            "largest",
            &input,
            fork_join::largest_of_exponentials_quantile(n, a, p),
        );
        let classes = [
            priority::PriorityClass::exponential(a, b),
            priority::PriorityClass::exponential(c, d),
        ];
        numbers(
            "priority",
            &input,
            priority::non_preemptive_waits(&classes)
                .into_iter()
                .flatten()
                .flatten(),
        );
        numbers(
            "priority",
            &input,
            priority::preemptive_sojourns(&classes)
                .into_iter()
                .flatten()
                .flatten(),
        );
        numbers(
            "priority",
            &input,
            priority::multi_server_waits(&[a, b], c, n)
                .into_iter()
                .flatten()
                .flatten(),
        );
        let several = priority::multi_server_preemptive_sojourns(&[a, b], c, n % 300);
        numbers("priority", &input, several.into_iter().flatten().flatten());
    }
    for _ in 0..200 {
        let (a, b, c) = (hostile.size(), hostile.size(), hostile.sane().min(100.0));
        if let Some(moment) = transient::after(
            a,
            b,
            hostile.count() % 10,
            hostile.count() % 50,
            c.min(100.0 / (a + b)),
        ) {
            numbers(
                "transient",
                &(a, b, c),
                [moment.mean_number, moment.empty_probability],
            );
        }
        let (first, second) = (hostile.sane(), hostile.sane());
        let rate = hostile.unit() * first.min(second);
        numbers(
            "two branches",
            &(rate, first, second),
            fork_join::two_branches(rate, first, second),
        );
    }
}

//! How throughput grows with the number of nodes or threads: the universal scalability law.

/// The universal scalability law (Gunther 1993, 2007): X(N) = γN / (1 + α(N − 1) + βN(N − 1)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scalability {
    /// γ: throughput of one node, 1/s, ≥ 0.
    single: f64,
    /// α: contention, the share of work that is serial, 0 to 1.
    contention: f64,
    /// β: coherency, the cost of pairwise agreement, ≥ 0.
    coherency: f64,
}

impl Scalability {
    /// The law with the throughput of one node (1/s, ≥ 0), contention α (0 to 1) and coherency β (≥ 0).
    pub fn new(single: f64, contention: f64, coherency: f64) -> Option<Self> {
        let usable = single >= 0.0
            && single.is_finite()
            && (0.0..=1.0).contains(&contention)
            && coherency >= 0.0
            && coherency.is_finite();
        usable.then_some(Self {
            single,
            contention,
            coherency,
        })
    }

    /// Throughput with `nodes` nodes (≥ 1), 1/s; `None` below 1.
    pub fn throughput(&self, nodes: f64) -> Option<f64> {
        let others = nodes - 1.0;
        (nodes >= 1.0 && nodes.is_finite()).then(|| {
            self.single * nodes / (1.0 + self.contention * others + self.coherency * nodes * others)
        })
    }

    /// The number of nodes beyond which more of them lower the throughput, √((1 − α)/β), at least 1; `None` when there is
    /// none (β = 0).
    pub fn peak(&self) -> Option<f64> {
        (self.coherency > 0.0)
            .then(|| libm::sqrt((1.0 - self.contention) / self.coherency).max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_a_peak() {
        let law = Scalability::new(1000.0, 0.05, 0.0002).unwrap();
        let peak = law.peak().unwrap();
        assert!((peak - 68.920_243_760_451_11).abs() < 1e-10);
        let at = |n: f64| law.throughput(n).unwrap();
        assert!(at(peak) > at(peak * 1.01) && at(peak) > at(peak * 0.99));
        assert_eq!(at(1.0), 1000.0);
    }

    #[test]
    fn without_coherency_cost_it_is_amdahls_law() {
        let law = Scalability::new(1.0, 0.1, 0.0).unwrap();
        assert!((law.throughput(10.0).unwrap() - 1.0 / (0.1 + 0.9 / 10.0)).abs() < 1e-12);
        assert_eq!(law.peak(), None);
        assert_eq!(law.throughput(0.0), None);
        assert_eq!(Scalability::new(1.0, 1.5, 0.0), None);
    }
}

//! Servers that some, who hold tokens, share with others, who come at random: in product form. It knows one queue, no pools.
//!
//! Beside n holders who stay, m others are there as often as C(n + m, m) aᵐ / Π min(j, c) over j ≤ n + m says, a their offered load (the marginal law
//! of a mixed network; Bruell & Balbo 1980, ch. 5), whether the servers are shared or served in turn.

/// So few others are nobody's company.
const HARDLY: f64 = 1e-3;

/// So many servers always have one free.
const MOST_SERVERS: f64 = 64.0;

/// From this share on of what many holders pass they are many.
const MANY: f64 = 0.998;

/// Servers and the others who come to them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Company {
    servers: f64,
    /// Offered load of the others.
    offered: f64,
}

impl Company {
    /// Most holders that are told apart.
    pub const MOST_HOLDERS: f64 = 96.0;

    /// Of so many servers (1 or more), of which others keep this share busy, 0 to 1; `None` where that is next to nothing, or all, or where there are
    /// very many servers.
    pub fn new(servers: f64, others: f64) -> Option<Self> {
        let known = others > HARDLY && others < 1.0 - HARDLY;
        (known && (1.0..=MOST_SERVERS).contains(&servers)).then_some(Company {
            servers,
            offered: others * servers,
        })
    }

    /// How often 0, 1, 2, … others are there beside so many holders, in any unit.
    fn weights(&self, holders: f64) -> Vec<f64> {
        let (mut weights, mut all) = (vec![1.0], 1.0);
        let mut weight = 1.0;
        for company in 1..10_000 {
            let present = holders + f64::from(company);
            let ratio = self.offered * present / (f64::from(company) * present.min(self.servers));
            weight *= ratio;
            if ratio < 1.0 && weight < 1e-10 * all * (1.0 - ratio) {
                break;
            }
            all += weight;
            weights.push(weight);
        }
        weights
    }

    /// The part of the servers that so many holders have beside so many others.
    fn part(&self, holders: f64, others: usize) -> f64 {
        let present = holders + others as f64;
        present.min(self.servers) * holders / present
    }

    /// The mean of a figure of the number of others beside so many holders.
    fn mean(&self, holders: f64, of: impl Fn(usize) -> f64) -> f64 {
        let weights = self.weights(holders);
        let sum: f64 = weights
            .iter()
            .enumerate()
            .map(|(m, weight)| weight * of(m))
            .sum();
        sum / weights.iter().sum::<f64>()
    }

    /// What passes with 1, 2, … holders, each of whom asks for this demand (seconds), 1/s, down to the most that ever passes: a flow-equivalent server.
    /// Nothing of one server, which passes the share that others leave with any number of holders.
    pub fn passes(&self, demand: f64, into: &mut Vec<f64>) {
        if self.servers < 1.5 {
            return;
        }
        let most = self.servers - self.offered;
        for holders in 1..=Self::MOST_HOLDERS as u32 {
            let holders = f64::from(holders);
            let part = self.mean(holders, |others| self.part(holders, others));
            if part >= MANY * most {
                break;
            }
            into.push(part / demand);
        }
        into.push(most / demand);
    }

    /// By how much the variance of the number of passages over its mean grows in the long run since others come and go, where so many holders are always
    /// there, who each ask for this demand, and others stay for this long alone (both seconds).
    ///
    /// For a rate r(m) of a birth-death process with births at λ that is (2/E[r]) Σ Sᵢ²/(λ πᵢ), Sᵢ = Σ πⱼ (r(j) − E[r]) over j ≤ i (the
    /// variance of an integral over such a process; Whitt 1992, "Asymptotic formulas for Markov processes", section 4).
    pub fn dispersion(&self, holders: f64, demand: f64, stay: f64) -> f64 {
        let weights = self.weights(holders);
        let all: f64 = weights.iter().sum();
        let rate = |others: usize| self.part(holders, others) / demand;
        let mean = self.mean(holders, rate);
        let births = self.offered / stay;
        let (mut sum, mut variance) = (0.0, 0.0);
        for (others, weight) in weights.iter().enumerate() {
            let share = weight / all;
            sum += share * (rate(others) - mean);
            variance += sum * sum / (births * share);
        }
        2.0 * variance / mean
    }

    /// The mean number of others beside so many holders on average, who needn't be whole.
    pub fn others(&self, holders: f64) -> f64 {
        let below = holders.floor();
        let number = |holders: f64| self.mean(holders, |others| others as f64);
        let low = number(below);
        low + (number(below + 1.0) - low) * (holders - below)
    }
}

#[cfg(test)]
mod tests {
    use super::Company;

    #[test]
    fn holders_beside_others_pass_what_the_constants_of_the_mixed_network_say() {
        // X(n) = G(n − 1)/G(n), G(n) = Σ C(n + m, m) aᵐ / Π min(j, c) over j ≤ n + m.
        let (servers, offered, demand) = (3.0, 1.2, 0.5);
        let mut passes = Vec::new();
        let company = Company::new(servers, offered / servers).unwrap();
        company.passes(demand, &mut passes);
        let constant = |holders: u32| {
            let mut term: f64 = (1..=holders)
                .map(|j| 1.0 / f64::from(j).min(servers))
                .product();
            let mut sum = term;
            for others in 1..400 {
                let all = f64::from(holders + others);
                term *= all / f64::from(others) * offered / all.min(servers);
                sum += term;
            }
            sum
        };
        for (pass, holders) in passes.iter().zip(1..passes.len() as u32) {
            let expected = constant(holders - 1) / constant(holders) / demand;
            assert!(
                (pass / expected - 1.0).abs() < 1e-7,
                "{holders}: {pass} {expected}"
            );
        }
        assert!((passes[passes.len() - 1] * demand / (servers - offered) - 1.0).abs() < 1e-12);
        // One server passes what others leave, whoever is there, and others beside n are as negative binomial.
        let one = Company::new(1.0, 0.4).unwrap();
        passes.clear();
        one.passes(demand, &mut passes);
        assert!(passes.is_empty());
        assert!((one.others(3.0) - 4.0 * 0.4 / 0.6).abs() < 1e-6);
    }

    #[test]
    fn others_who_stay_for_long_make_passages_come_in_crowds() {
        // One holder who passes at once or not at all: beside others who take the only server in turn with them, their number's own chain says it. For
        // a holder beside at most rare others (a → 0), r is 1 or 1/2, 1/2 with chance 2a for 1/2 each time: variance 2a/4, correlation time 1/(μ/2).
        let company = Company::new(1.0, 0.002).unwrap();
        let expected = 2.0 * (2.0 * 0.002 / 4.0) * 2.0;
        assert!((company.dispersion(1.0, 1.0, 1.0) / expected - 1.0).abs() < 0.02);
        // Others who stay a hundredth as long are forgotten a hundred times as fast.
        let (long, short) = (
            company.dispersion(1.0, 1.0, 1.0),
            company.dispersion(1.0, 1.0, 0.01),
        );
        assert!((short / long - 0.01).abs() < 1e-9);
    }
}

//! How keys of Zipf popularity divide over nodes, and how much of each class there nominally is; it knows no queues and no caches.

use super::ring;
use super::topology::Topology;
use crate::catalog::{Choice, Kind, Parameter};
use crate::scenario::{Component, ComponentId, Operation, Scenario};

/// Keys that are placed one by one, as many as there are nodes but within these bounds; the rest spreads evenly. Beyond these a single
/// key's share no longer shows.
const SINGLE_KEYS: (usize, usize) = (64, 1024);

/// The generalised harmonic number Σ k^-s for k from 1 to n (n ≥ 0, real; s ≥ 0), by Euler-Maclaurin beyond 16 terms
/// (relative error below 1e-6).
pub(super) fn harmonic(n: f64, s: f64) -> f64 {
    const EXACT: u32 = 16;
    let whole = n.floor();
    let first = f64::from(EXACT);
    if whole <= first {
        return (1..=whole as u32)
            .map(|k| libm::pow(f64::from(k), -s))
            .sum();
    }
    let head: f64 = (1..EXACT).map(|k| libm::pow(f64::from(k), -s)).sum();
    let (at_first, at_last) = (libm::pow(first, -s), libm::pow(whole, -s));
    let integral = if (s - 1.0).abs() < 1e-9 {
        libm::log(whole / first)
    } else {
        (whole * at_last - first * at_first) / (1.0 - s)
    };
    head + integral + 0.5 * (at_first + at_last) + s / 12.0 * (at_first / first - at_last / whole)
}

/// The popularity of a class's keys.
#[derive(Clone)]
struct Zipf {
    keys: f64,
    exponent: f64,
    /// The sum over all keys of rank^-exponent.
    total: f64,
    /// rank^-exponent of the first ranks, as far as they were needed.
    powers: Vec<f64>,
}

impl Zipf {
    fn new(keys: f64, exponent: f64) -> Self {
        let (keys, exponent) = key_space(keys, exponent);
        Zipf {
            keys,
            exponent,
            total: harmonic(keys, exponent),
            powers: Vec::new(),
        }
    }

    /// Works out the powers up to this rank; only those of primes are powers, the others are products of two that are known.
    fn extend(&mut self, ranks: usize) {
        for rank in self.powers.len() + 1..=ranks {
            let divisor = (2..)
                .take_while(|divisor| divisor * divisor <= rank)
                .find(|divisor| rank % divisor == 0);
            self.powers.push(match divisor {
                Some(divisor) => self.powers[divisor - 1] * self.powers[rank / divisor - 1],
                None => libm::pow(rank as f64, -self.exponent),
            });
        }
    }

    /// Shares of `nodes` nodes when keys are scattered by hash: the most popular keys go to the nodes in turn, each with its exact share of
    /// the requests, the rest spreads evenly. So a hot key stays hot however many nodes there are.
    fn by_hash(&mut self, nodes: usize) -> Vec<f64> {
        // Whole rounds, so that no node has a key more than another before the rest spreads evenly.
        let wanted = nodes.clamp(SINGLE_KEYS.0, SINGLE_KEYS.1);
        let rounds = wanted / nodes.min(wanted) * nodes.min(wanted);
        let single = rounds.min(self.keys as usize).max(1);
        self.extend(single);
        let mut shares = vec![0.0; nodes];
        let mut placed = 0.0;
        for ranks in self.powers[..single].chunks(nodes) {
            for (share, power) in shares.iter_mut().zip(ranks) {
                *share += power;
                placed += power;
            }
        }
        let rest = (self.total - placed).max(0.0) / nodes as f64;
        shares.iter_mut().for_each(|share| *share += rest);
        normalised(shares)
    }

    /// Shares of nodes with these weights when the most popular keys go where they are said to belong, each with its exact share of the
    /// requests; the rest spreads by the weights.
    fn by_owner(&mut self, weights: &[f64], owner: impl Fn(u64) -> usize) -> Vec<f64> {
        let single = SINGLE_KEYS.1.min(self.keys as usize).max(1);
        self.extend(single);
        let mut shares = vec![0.0; weights.len()];
        let mut placed = 0.0;
        for (rank, power) in (1..).zip(&self.powers[..single]) {
            shares[owner(rank)] += power;
            placed += power;
        }
        let all: f64 = weights.iter().sum();
        let rest = (self.total - placed).max(0.0) / all;
        for (share, weight) in shares.iter_mut().zip(weights) {
            *share += rest * weight;
        }
        normalised(shares)
    }

    /// Shares of `nodes` nodes when neighbouring keys stay together and popularity falls along the keys: the worst case of ranges.
    fn by_range(&self, nodes: usize) -> Vec<f64> {
        by_range(nodes, self.keys, self.exponent)
    }
}

fn by_range(nodes: usize, keys: f64, exponent: f64) -> Vec<f64> {
    let mut below = 0.0;
    let shares = (1..=nodes)
        .map(|node| {
            let up_to = harmonic((keys * node as f64 / nodes as f64).round(), exponent);
            let share = (up_to - below).max(0.0);
            below = up_to;
            share
        })
        .collect();
    normalised(shares)
}

/// The shares scaled so that they add up to 1; equal shares when there is nothing to scale.
pub(super) fn normalised(mut shares: Vec<f64>) -> Vec<f64> {
    let total: f64 = shares.iter().sum();
    let equal = 1.0 / shares.len().max(1) as f64;
    for share in &mut shares {
        *share = if total > 0.0 { *share / total } else { equal };
    }
    shares
}

/// How the requests of a client population divide over the classes of the document; all 0 when it sends nothing.
pub(super) fn mix(scenario: &Scenario, clients: &Component) -> Vec<f64> {
    let weight = |weight: f64| {
        if weight.is_finite() {
            weight.max(0.0)
        } else {
            0.0
        }
    };
    let mut shares: Vec<f64> = scenario
        .classes
        .iter()
        .map(|class| {
            if clients.mix.is_empty() {
                weight(class.share)
            } else {
                clients
                    .mix
                    .iter()
                    .filter(|(id, _)| *id == class.id)
                    .map(|(_, share)| weight(*share))
                    .sum()
            }
        })
        .collect();
    let total: f64 = shares.iter().sum();
    if total > 0.0 && total.is_finite() {
        shares.iter_mut().for_each(|share| *share /= total);
    } else {
        shares.fill(0.0);
    }
    shares
}

/// How much of each class there nominally is, and the shares of nodes that follow from it.
pub(super) struct Popularity {
    /// Requests a second by class as clients would send them if every answer were immediate; 1 each when there are no clients.
    pub rates: Vec<f64>,
    keys: Vec<Option<Zipf>>,
    known: Vec<(Spreading, Vec<f64>)>,
}

/// What the shares of nodes depend on.
/// Which requests of a class come to a component.
pub(super) enum Coming {
    Not,
    All,
    /// Those whose keys the door gives to it among these targets, told with their weights.
    ByKey {
        door: ComponentId,
        targets: Vec<(u32, f64)>,
    },
}

#[derive(Clone, PartialEq)]
struct Spreading {
    nodes: usize,
    scheme: Choice,
    /// A bit for each class.
    classes: u128,
}

impl Popularity {
    /// Adds up what the client populations send.
    pub fn new(topology: &Topology<'_>) -> Self {
        let scenario = topology.scenario;
        let mut rates = vec![0.0; scenario.classes.len()];
        for clients in scenario
            .components
            .iter()
            .filter(|component| component.kind == Kind::Clients)
        {
            let rate = match clients.choice(Parameter::Traffic) {
                // Not more than one request a user and millisecond, so that no think time still means a finite weight.
                Some(Choice::Closed) => {
                    clients.number(Parameter::Users)
                        / clients.seconds(Parameter::ThinkTime).0.max(1e-3)
                }
                _ => clients.number(Parameter::RequestRate),
            };
            if rate.is_finite() && rate > 0.0 {
                for (total, share) in rates.iter_mut().zip(mix(scenario, clients)) {
                    *total += rate * share;
                }
            }
        }
        if rates.iter().all(|rate| *rate == 0.0) {
            rates.fill(1.0);
        }
        Popularity {
            keys: vec![None; rates.len()],
            rates,
            known: Vec::new(),
        }
    }

    /// Shares of the nodes over which the keys of these classes divide, each class with its weight among them.
    pub fn shares(
        &mut self,
        scenario: &Scenario,
        nodes: usize,
        scheme: Choice,
        carried: impl Fn(usize) -> bool,
    ) -> Vec<f64> {
        // Classes beyond the 128th, if ever, share the last bit.
        let classes = (0..scenario.classes.len())
            .filter(|class| carried(*class))
            .fold(0, |bits, class| bits | 1_u128 << class.min(127));
        let spreading = Spreading {
            nodes,
            scheme,
            classes,
        };
        if let Some((_, shares)) = self.known.iter().find(|(known, _)| *known == spreading) {
            return shares.clone();
        }
        let mut total = vec![0.0; nodes];
        for (index, class) in scenario.classes.iter().enumerate() {
            let rate = self.rates[index];
            if rate == 0.0 || classes & 1 << index.min(127) == 0 {
                continue;
            }
            let keys =
                self.keys[index].get_or_insert_with(|| Zipf::new(class.keys, class.zipf_exponent));
            let shares = if scheme == Choice::ByRange {
                keys.by_range(nodes)
            } else {
                keys.by_hash(nodes)
            };
            for (sum, share) in total.iter_mut().zip(shares) {
                *sum += rate * share;
            }
        }
        let shares = normalised(total);
        self.known.push((spreading, shares.clone()));
        shares
    }

    /// The shares of the instances of a component that are asked by the keys of these classes: of all together, each class with its weight among
    /// them, and by class (nothing for those that don't come).
    pub fn ring_shares(
        &self,
        scenario: &Scenario,
        component: ComponentId,
        instances: usize,
        coming: &[Coming],
    ) -> (Vec<f64>, Vec<Vec<f64>>) {
        let mut total = vec![0.0; instances];
        let nodes = 0..instances as u32;
        let classes = scenario.classes.iter().zip(&self.rates).zip(coming);
        let by_class = classes.map(|((class, rate), coming)| {
            let of_rank = |rank| {
                let key = ring::key(component, class.id, rank);
                let owner = nodes.clone().max_by_key(|node| ring::claim(key, *node));
                owner.unwrap_or(0) as usize
            };
            let mut keys = Zipf::new(class.keys, class.zipf_exponent);
            let shares = match coming {
                _ if *rate <= 0.0 => return Vec::new(),
                Coming::Not => return Vec::new(),
                Coming::All => keys.by_owner(&vec![1.0; instances], of_rank),
                Coming::ByKey { door, targets } => {
                    let own = targets.iter().position(|target| target.0 == component.0);
                    let weight = |own: usize| targets[own].1;
                    let all: f64 = targets.iter().map(|target| target.1).sum();
                    let mine = own.map_or(0.0, weight);
                    // One more for the keys that the door sends elsewhere.
                    let mut weights = vec![mine / instances as f64; instances];
                    weights.push(all - mine);
                    let mut shares = keys.by_owner(&weights, |rank| {
                        let to = ring::weighted(ring::key(*door, class.id, rank), targets);
                        if Some(to) == own {
                            of_rank(rank)
                        } else {
                            instances
                        }
                    });
                    shares.truncate(instances);
                    shares
                }
            };
            for (sum, share) in total.iter_mut().zip(&shares) {
                *sum += rate * share;
            }
            match coming {
                Coming::ByKey { .. } => normalised(shares),
                _ => shares,
            }
        });
        let by_class = by_class.collect();
        (normalised(total), by_class)
    }

    /// The shares of a class's requests that go to these targets of a component, told with their weights, when each is for whom its key
    /// belongs to.
    pub fn target_shares(
        scenario: &Scenario,
        component: ComponentId,
        class: usize,
        targets: &[(u32, f64)],
    ) -> Vec<f64> {
        let class = &scenario.classes[class];
        let weights: Vec<f64> = targets.iter().map(|target| target.1).collect();
        Zipf::new(class.keys, class.zipf_exponent).by_owner(&weights, |rank| {
            ring::weighted(ring::key(component, class.id, rank), targets)
        })
    }

    /// The share of reads (and static fetches) among the requests of these classes; 1 when there are none.
    pub fn read_share(&self, scenario: &Scenario, carried: impl Fn(usize) -> bool) -> f64 {
        let (mut reads, mut all) = (0.0, 0.0);
        for (index, class) in scenario
            .classes
            .iter()
            .enumerate()
            .filter(|(index, _)| carried(*index))
        {
            all += self.rates[index];
            if matches!(class.operation, Operation::Read | Operation::Static) {
                reads += self.rates[index];
            }
        }
        if all > 0.0 { reads / all } else { 1.0 }
    }
}

/// Number of keys and exponent brought into their ranges.
pub(super) fn key_space(keys: f64, exponent: f64) -> (f64, f64) {
    let keys = if keys.is_finite() {
        keys.clamp(1.0, 1e15)
    } else {
        1.0
    };
    let exponent = if exponent.is_finite() {
        exponent.clamp(0.0, 3.0)
    } else {
        0.0
    };
    (keys, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmonic_numbers_match_their_sums() {
        for exponent in [0.0, 0.5, 0.9, 1.0, 1.3, 3.0] {
            for n in [1.0, 10.0, 17.0, 1000.0, 100_000.0] {
                let sum: f64 = (1..=n as u32).map(|k| f64::from(k).powf(-exponent)).sum();
                assert!(
                    (harmonic(n, exponent) / sum - 1.0).abs() < 1e-6,
                    "{n} {exponent}"
                );
            }
        }
    }

    #[test]
    fn instances_divide_the_keys_that_a_door_leaves_them() {
        // Every key of 900 by itself: where the door sends it, and who has it there.
        let mut scenario = Scenario::default();
        (scenario.classes[0].keys, scenario.classes[0].zipf_exponent) = (900.0, 1.0);
        let class = scenario.classes[0].id;
        let (door, here) = (ComponentId(2), ComponentId(3));
        let targets = vec![(here.0, 4.0), (9, 8.0)];
        let (mut expected, mut all) = ([0.0; 4], 0.0);
        for rank in 1..=900_u64 {
            let key = ring::key(door, class, rank);
            let wants = targets
                .iter()
                .map(|(node, weight)| ring::wants(key, *node, *weight));
            let wants: Vec<f64> = wants.collect();
            if wants[0] > wants[1] {
                let own = ring::key(here, class, rank);
                let owner = (0..4).max_by_key(|node| ring::claim(own, *node));
                expected[owner.unwrap() as usize] += 1.0 / rank as f64;
                all += 1.0 / rank as f64;
            }
        }
        let popularity = Popularity {
            rates: vec![1.0],
            keys: vec![None],
            known: Vec::new(),
        };
        let coming = [Coming::ByKey { door, targets }];
        let (together, by_class) = popularity.ring_shares(&scenario, here, 4, &coming);
        for shares in [&together, &by_class[0]] {
            for (share, expected) in shares.iter().zip(expected) {
                // What all keys weigh together is known to a millionth.
                assert!((share - expected / all).abs() < 1e-6, "{shares:?}");
            }
        }
        // Had all keys come, shares would be others.
        let (open, _) = popularity.ring_shares(&scenario, here, 4, &[Coming::All]);
        assert!(
            open.iter()
                .zip(&together)
                .any(|(one, other)| (one - other).abs() > 0.02)
        );
    }

    #[test]
    fn a_hot_key_stays_hot_however_many_shards_there_are() {
        let hottest = 1.0 / harmonic(1e6, 1.2);
        for shards in [2, 8, 64, 200] {
            let shares = Zipf::new(1e6, 1.2).by_hash(shards);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let largest = shares.iter().copied().fold(0.0, f64::max);
            assert!(
                largest >= hottest && largest >= 1.0 / shards as f64,
                "{shards}"
            );
        }
    }

    #[test]
    fn ranges_of_popular_keys_make_a_hotter_shard_than_a_hash() {
        let (hash, range) = (Zipf::new(1e6, 0.9).by_hash(8), by_range(8, 1e6, 0.9));
        assert!((range.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(range[0] > 2.0 * hash[0]);
    }

    #[test]
    fn uniform_keys_divide_evenly() {
        for shares in [Zipf::new(700.0, 0.0).by_hash(7), by_range(7, 700.0, 0.0)] {
            assert!(
                shares.iter().all(|share| (share - 1.0 / 7.0).abs() < 1e-3),
                "{shares:?}"
            );
        }
    }
}

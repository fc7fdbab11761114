//! Balancers that send each request to whoever has the fewest in progress, among parts that aren't alike: which share each of them gets, and how long it
//! waits there. It knows how long what is behind each takes, and no more of it.
//!
//! With many instances there is hardly a moment without one that has m in progress and none with more than m + 1 (the mean field of joining
//! the shortest queue; Mitzenmacher 2001, section 3). Whoever has m gets a further request at the same rate γ, whatever it is, and one as soon as it has ended
//! one; whoever has m + 1 gets none until it has ended one. An instance whose requests take T so has m and a part γ / (γ + (m + 1) / T) more in
//! progress, and by Little's law ends that many in T.

use super::Solver;
use super::picked::steps_of;
use super::plan::Op;
use super::station::Load;
use crate::network::{Dispatch, Instances, Network, Picks, Role, Station};
use crate::scenario::ComponentId;

/// Shares that change by less than that have settled.
const SETTLED: f64 = 1e-9;

/// At first a time that doesn't fit is followed so far, on a scale of logarithms; then a step lies between two that were tried.
const STEP: f64 = 0.5;
/// But by no more than that at once: to four times the time.
const FARTHEST: f64 = 1.4;

/// One such balancer.
#[derive(Clone, Debug, Default)]
pub(super) struct Fewest {
    /// Its steps.
    steps: Vec<u32>,
    targets: Vec<Guess>,
}

/// What is believed of a target.
#[derive(Clone, Debug)]
struct Guess {
    component: ComponentId,
    instances: f64,
    /// The logarithm of the time that its requests take, in seconds, and by how much more they then took; none before the first round.
    tried: Option<(f64, f64)>,
    /// The one before that.
    before: Option<(f64, f64)>,
}

impl Guess {
    /// Takes note of how long requests take at what was believed; an overloaded part's take for ever. Says what to try next.
    fn learn(&mut self, time: f64) -> f64 {
        let Some((believed, _)) = self.tried else {
            let first = if time.is_finite() { time } else { 1.0 };
            let first = libm::log(first.max(1e-9));
            self.tried = Some((first, 0.0));
            return first;
        };
        let off = match time.is_finite() {
            true => libm::log(time.max(1e-9)) - believed,
            false => FARTHEST / STEP,
        };
        self.tried = Some((believed, off));
        let step = match self.before {
            Some((other, other_off)) if off * other_off < 0.0 && other != believed => {
                off * (believed - other) / (other_off - off)
            }
            _ => STEP * off,
        };
        let next = believed + step.clamp(-FARTHEST, FARTHEST);
        self.before = self.tried;
        self.tried = Some((next, 0.0));
        next
    }
}

/// The shares of so many requests a second that targets of so many instances get, whose requests take so long.
fn shares(rate: f64, targets: &[(f64, f64)]) -> Vec<f64> {
    let whole: f64 = targets
        .iter()
        .map(|(instances, time)| instances / time)
        .sum();
    let level = (rate / whole).floor();
    let ended = |more: f64| {
        let each = targets.iter().map(move |(instances, time)| {
            let (leave, most) = ((level + 1.0) / time, instances / time);
            most * (level + more / (more + leave))
        });
        each.collect::<Vec<f64>>()
    };
    // More a second than all together end for sure is looked for on a scale of logarithms.
    let (mut least, mut most) = (1e-12 * (rate + whole), 1e12 * (rate + whole));
    for _ in 0..100 {
        let middle = libm::sqrt(least * most);
        match ended(middle).iter().sum::<f64>() < rate {
            true => least = middle,
            false => most = middle,
        }
    }
    let each = ended(most);
    let all: f64 = each.iter().sum();
    each.iter().map(|own| own / all).collect()
}

impl Solver {
    /// Looks for the balancers of a network that do so. Where finitely many users ask, how long they wait is known only once all is solved, and shares that
    /// follow it on the way would follow something else.
    pub(super) fn look_for_fewest(&mut self, network: &Network) {
        self.fewest.clear();
        if self.has_closed_sources(network) {
            return;
        }
        for steps in steps_of(network, &Picks::Fewest) {
            let targets = steps[0].targets.iter().map(|target| Guess {
                component: target.component,
                instances: target.weight,
                tried: None,
                before: None,
            });
            self.fewest.push(Fewest {
                steps: steps.iter().map(|own| own.step.0).collect(),
                targets: targets.collect(),
            });
        }
    }

    /// Shares out requests by how long they take now; says by how much a share changes.
    pub(super) fn share_by_fewest(&mut self) -> f64 {
        let mut change = 0.0_f64;
        let mut all = std::mem::take(&mut self.fewest);
        for own in &mut all {
            let nodes = self.plan.nodes.iter().enumerate();
            let nodes: Vec<usize> = nodes
                .filter(|(_, node)| node.op == Op::Branch && own.steps.contains(&node.step))
                .map(|(index, _)| index)
                .collect();
            let rate: f64 = nodes.iter().map(|index| self.rates.rate[*index]).sum();
            let fits = |index: &usize| {
                self.plan.children(&self.plan.nodes[*index]).len() == own.targets.len()
            };
            if rate <= 0.0 || !nodes.iter().all(fits) {
                continue;
            }
            let mut targets = Vec::with_capacity(own.targets.len());
            for (place, guess) in own.targets.iter_mut().enumerate() {
                let (mut weight, mut sum) = (0.0, 0.0);
                for index in &nodes {
                    let way = self.plan.children(&self.plan.nodes[*index])[place].node as usize;
                    let time = match self.unsteady[way] {
                        true => f64::INFINITY,
                        false => self.outcomes[way].ended().first,
                    };
                    weight += self.rates.rate[*index];
                    sum += self.rates.rate[*index] * time;
                }
                let next = guess.learn(sum / weight);
                targets.push((guess.instances, libm::exp(next)));
            }
            let shares = shares(rate, &targets);
            for index in nodes {
                let node = self.plan.nodes[index];
                let first = node.first as usize;
                let children = &mut self.plan.children[first..first + node.count as usize];
                for (child, share) in children.iter_mut().zip(&shares) {
                    change = change.max((child.weight - share).abs());
                    child.weight = *share;
                }
            }
        }
        self.fewest = all;
        if change > SETTLED { change } else { 0.0 }
    }

    /// A station of one of several parts among which somebody looks for the fewest in progress waits as if all of them were like it: the station, its
    /// instances and its load then.
    pub(super) fn as_all_of_them(
        &self,
        station: &Station,
        load: &Load,
    ) -> Option<(Station, u32, Load)> {
        let kind = matches!(station.role, Role::Cores | Role::Servers);
        let Instances::Fixed(count) = station.instances else {
            return None;
        };
        let alone = count == 1 || station.dispatch == Dispatch::LeastConnections;
        if !kind || !alone || self.fewest.is_empty() {
            return None;
        }
        let own = self.fewest.iter().find(|own| {
            let mut targets = own.targets.iter();
            targets.any(|target| target.component == station.component)
        })?;
        let all: f64 = own.targets.iter().map(|target| target.instances).sum();
        let station = Station {
            dispatch: Dispatch::LeastConnections,
            ..station.clone()
        };
        let times = all / f64::from(count);
        Some((station, all as u32, load.times(times)))
    }
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn nobody_looks_busy_where_hardly_anything_is_in_progress() {
        let shares = shares(1e-3, &[(1.0, 0.01), (3.0, 0.5)]);
        assert!((shares[0] - 0.25).abs() < 1e-3, "{shares:?}");
    }

    #[test]
    fn where_much_is_in_progress_everybody_has_as_much() {
        // 100 in progress on 4 instances: 25 on each, which end as fast as their times have it.
        let targets = [(1.0, 0.01), (3.0, 0.03)];
        let shares = shares(25.0 * (1.0 / 0.01 + 3.0 / 0.03), &targets);
        assert!((shares[0] - 0.5).abs() < 1e-6, "{shares:?}");
    }

    #[test]
    fn what_an_instance_is_offered_while_it_is_free_is_the_same_for_all() {
        let shares = shares(20.0, &[(1.0, 0.01), (1.0, 0.05)]);
        let offered = |share: f64, time: f64| {
            let busy = 20.0 * share * time;
            20.0 * share / (1.0 - busy)
        };
        let (one, other) = (offered(shares[0], 0.01), offered(shares[1], 0.05));
        assert!((one / other - 1.0).abs() < 1e-6, "{one} {other}");
    }
}

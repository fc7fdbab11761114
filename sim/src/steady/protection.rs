//! What the figures of repeated and protected calls rest on: retries, their budgets, second calls, circuit breakers. It judges, and changes
//! nothing.

use super::assumption::push;
use super::plan::Op;
use super::ways::first_components;
use super::{Solver, flow};
use crate::network::{Dispatch, Network, Picks, Step};
use crate::quantities::share;
use crate::report::{Assumption, Standing};
use std::collections::BTreeSet;

/// A smaller share of instances ejected isn't worth telling.
const LEAST_EJECTED: f64 = 1e-3;

/// Of fewer calls that are given up in a row not even the 99th percentile, of the slowest hundredth, knows.
const TELLING: f64 = 0.005;

/// Twice as many or half as many calls that are late to the end as these change good answers by what shows.
const LATE: f64 = 0.1;

impl Solver {
    /// The busiest station in or below a node.
    fn busiest_station(&self, node: u32) -> Option<usize> {
        let mut open = BTreeSet::from([node]);
        let mut busiest = None;
        // The highest first: whatever leads to a node comes before it.
        while let Some(index) = open.pop_last() {
            let node = &self.plan.nodes[index as usize];
            if let Op::Serve { station, .. } = node.op {
                let pressure = self.queues[station as usize].busiest_pressure;
                if busiest.is_none_or(|(most, _)| pressure > most) {
                    busiest = Some((pressure, station as usize));
                }
            }
            open.extend(self.plan.children(node).iter().map(|child| child.node));
        }
        busiest.map(|(_, station)| station)
    }

    /// How many calls may fail every time, of those of which this share fails, where a call that is tried again asks whoever its key belongs to:
    /// were all failures of one of them, its own would be as much more, and the same each time. 0 where keys don't matter.
    fn fails_every_time(&self, network: &Network, body: u32, fails: f64, tries: f64) -> f64 {
        let mut most = 0.0_f64;
        let mut of_share = |share: f64| {
            if share > 0.0 {
                most = most.max(share * libm::pow((fails / share).min(1.0), tries));
            }
        };
        let by_key = network.balancings.iter();
        let by_key: Vec<u32> = by_key
            .filter(|balancing| matches!(balancing.picks, Picks::ByKey(_)))
            .map(|balancing| balancing.step.0)
            .collect();
        if network.rings.is_empty() && by_key.is_empty() {
            return 0.0;
        }
        let mut open = BTreeSet::from([body]);
        while let Some(index) = open.pop_last() {
            let node = &self.plan.nodes[index as usize];
            let children = self.plan.children(node);
            match node.op {
                Op::Serve { station, .. } | Op::Hold { pool: station } => {
                    let station = station as usize;
                    let component = network.stations[station].component;
                    let instances = self.instances[station];
                    let mut rings = network.rings.iter();
                    match self.keyed.dispatch(network, station) {
                        _ if rings.all(|ring| ring.component != component) => {}
                        Dispatch::Shares(shares) => shares.iter().copied().for_each(&mut of_share),
                        _ => of_share(1.0 / f64::from(instances)),
                    }
                }
                Op::Branch if by_key.contains(&node.step) => {
                    children.iter().for_each(|child| of_share(child.weight));
                }
                _ => {}
            }
            open.extend(children.iter().map(|child| child.node));
        }
        most
    }

    pub(super) fn of_retries(&self, network: &Network, found: &mut Vec<Assumption>) {
        if self.plan.attempts.is_empty() {
            return;
        }
        let busiest_below = self.busiest_below();
        let first = first_components(&self.plan, network);
        for (index, node) in self.plan.nodes.iter().enumerate() {
            let Op::Attempt { index: attempt } = node.op else {
                continue;
            };
            let rule = self.plan.attempts[attempt as usize];
            self.of_delivery(network, index, found);
            if self.rates.rate[index] <= 0.0 {
                continue;
            }
            let late = self.timeouts[attempt as usize];
            let lost = libm::pow(late, f64::from(rule.retries) + 1.0);
            if lost > LATE && late < 1.0 {
                push(
                    found,
                    "How many calls are late follows from the mean and variance of their time (a gamma law)",
                    first[index],
                    Standing::Doubtful,
                    format!(
                        "{} are late to the end: a tail is known less well than a mean, and half as many or twice as many would show",
                        share(lost)
                    ),
                );
            }
            if rule.retries == 0 {
                continue;
            }
            let again = self.attempt_fails(index as u32) * self.granted[attempt as usize];
            let now = flow::attempts(again, rule.retries);
            let pressure = busiest_below[index];
            let allowed = rule.budget.map_or(f64::INFINITY, |budget| {
                budget.share + budget.minimum_per_second / self.rates.rate[index]
            });
            let collapsed = pressure * (f64::from(rule.retries).min(allowed) + 1.0) / now;
            let component = first[index];
            let timed = rule.timeout.is_finite();
            let in_turn = late - lost;
            let body = self.plan.children(node)[0].node;
            let full = self.outcomes[body as usize].refused.mass;
            let tries = f64::from(rule.retries) + 1.0;
            let by_target = (late + full).min(1.0);
            let stuck = self.fails_every_time(network, body, by_target, tries);
            let (start, pause) = (self.busiest_station(body), rule.backoff);
            let lasting = start.map_or(0.0, |station| self.remembers(network, station));
            let (standing, because) = if timed && in_turn > TELLING && pause < lasting {
                (
                    Standing::Doubtful,
                    format!(
                        "{} of the calls are given up, and again after {}, while the queue that made them late remembers {}: up to so many may be late every time",
                        share(late),
                        crate::quantities::time(crate::units::Seconds(pause)),
                        crate::quantities::time(crate::units::Seconds(lasting))
                    ),
                )
            } else if stuck > libm::pow(by_target, tries) + TELLING {
                (
                    Standing::Doubtful,
                    format!(
                        "{} of the calls are late or find no room, and ask again whoever their key belongs to: up to {} of all may fail every time",
                        share(by_target),
                        share(stuck)
                    ),
                )
            } else if timed && collapsed >= 1.0 {
                (
                    Standing::Doubtful,
                    format!(
                        "{:.2} attempts for each request now; if all timed out, {} of the busiest server would be asked for, so that an overload would keep itself up, and chance alone may start one",
                        now,
                        share(collapsed)
                    ),
                )
            } else {
                (
                    Standing::Approximate,
                    format!(
                        "{now:.2} attempts for each request; even if all failed, {} of the busiest server would be asked for",
                        share(collapsed)
                    ),
                )
            };
            push(
                found,
                "Retries arrive as if fresh and at random (a mean-field fixed point)",
                component,
                standing,
                because,
            );
        }
    }

    /// Queues that drop those who have waited too long.
    pub(super) fn of_shedding(&self, network: &Network, found: &mut Vec<Assumption>) {
        for rule in &network.shedding {
            let index = rule.station.0 as usize;
            let busy = self.queues[index].busiest_pressure;
            if self.token_loads[index] <= 0.0 && self.loads[index].rate <= 0.0 {
                continue;
            }
            push(
                found,
                "Requests wait for a thread however long it takes",
                Some(network.stations[index].component),
                if self.queues[index].unbounded || busy > 0.7 {
                    Standing::Doubtful
                } else {
                    Standing::Approximate
                },
                format!(
                    "{} of the threads wanted; who waits too long is dropped, which the steady state leaves out and the simulation knows",
                    share(busy)
                ),
            );
        }
    }

    /// Balancers that leave instances out for failing, where they do so of themselves often enough to tell: errors of probability p come r in
    /// a row once in (1 − pʳ) / (pʳ (1 − p)) answers (Feller 1968, vol. 1, XIII.7, equation 7.6).
    pub(super) fn of_watching(&self, network: &Network, found: &mut Vec<Assumption>) {
        for watch in &network.watches {
            let Some(outliers) = watch.outliers else {
                continue;
            };
            let errors = network.steps.iter().filter_map(|step| match step {
                Step::Fail {
                    component,
                    probability,
                } if *component == watch.component => Some(*probability),
                _ => None,
            });
            let error = errors.fold(0.0, f64::max);
            let stations = network.stations.iter().enumerate();
            let own = stations.filter(|(_, station)| station.component == watch.component);
            let (rate, instances) = own.fold((0.0_f64, 1), |(rate, instances), (index, _)| {
                let there = self.instances[index].max(1);
                let each = self.loads[index].rate / f64::from(there);
                (rate.max(each), instances.max(there))
            });
            let run = error.powi(outliers.failures.min(1_000) as i32);
            let answers = (1.0 - run) / (run * (1.0 - error));
            let between = if error >= 1.0 { 0.0 } else { answers / rate };
            let most = outliers.most.max(1.0 / f64::from(instances));
            let out = (outliers.time.0 / (outliers.time.0 + between)).min(most);
            let balancings = network.balancings.iter().filter(|own| own.leaves_out);
            let targets = balancings.flat_map(|own| &own.targets);
            let has_others = instances > 1 || {
                let mut targets = targets.map(|target| target.component);
                targets.any(|target| target == watch.component)
            };
            if !has_others || rate <= 0.0 || error <= 0.0 || out < LEAST_EJECTED {
                continue;
            }
            push(
                found,
                "No instance is ejected for failing",
                Some(watch.component),
                if out < 0.05 {
                    Standing::Approximate
                } else {
                    Standing::Doubtful
                },
                format!(
                    "{} of its answers are errors, and {} in a row eject an instance: at least {} of them would be out at any time, and the others have more to do",
                    share(error),
                    outliers.failures,
                    share(out)
                ),
            );
        }
    }

    /// Pools that scale by themselves, whose instances are asked by keys: how many keys each has follows from how many there are, and the
    /// hottest key (of Zipf's law) makes a hot instance.
    pub(super) fn of_moving_keys(&self, network: &Network, found: &mut Vec<Assumption>) {
        for ring in network.rings.iter().filter(|ring| ring.shares.is_empty()) {
            let stations = network.stations.iter().enumerate();
            let own = stations.filter(|(index, station)| {
                station.component == ring.component && self.instances[*index] > 1
            });
            let Some((index, _)) = own
                .max_by_key(|(index, _)| self.instances[*index])
                .filter(|(index, _)| self.loads[*index].rate > 0.0)
            else {
                continue;
            };
            let instances = self.instances[index];
            let hottest = ring.classes.iter().map(|law| law.share_of_the_hottest());
            let hottest = hottest.fold(0.0, f64::max);
            push(
                found,
                "Keys divide evenly over the instances of a pool that scales",
                Some(ring.component),
                // A few keys more or less are much where there are few.
                if hottest * f64::from(instances) > 0.05 {
                    Standing::Doubtful
                } else {
                    Standing::Approximate
                },
                format!(
                    "{} of a class's requests ask for one key, and so one of {instances} instances",
                    share(hottest)
                ),
            );
        }
    }

    /// What protects calls and only shows through time.
    pub(super) fn of_protection(&self, network: &Network, found: &mut Vec<Assumption>) {
        if self.plan.attempts.is_empty() {
            return;
        }
        let first = first_components(&self.plan, network);
        for (index, node) in self.plan.nodes.iter().enumerate() {
            let (Op::Attempt { index: attempt }, Step::Attempt { rule, .. }) =
                (node.op, &network.steps[node.step as usize])
            else {
                continue;
            };
            if self.rates.rate[index] <= 0.0 {
                continue;
            }
            let component = first[index];
            let granted = self.granted[attempt as usize];
            if rule.budget.is_some() && granted < 1.0 {
                push(
                    found,
                    "A retry budget allows retries by chance, as many as it has tokens for",
                    component,
                    Standing::Approximate,
                    format!("{} of the retries that are wanted are made", share(granted)),
                );
            }
            if let Some(after) = rule.hedge_after {
                push(
                    found,
                    "Calls aren't made a second time",
                    component,
                    Standing::Doubtful,
                    format!(
                        "a call that hasn't answered after {} ms is made once more: this adds load and cuts the slowest calls short, which the steady state leaves out and the simulation knows",
                        crate::catalog::format_number(crate::catalog::Unit::None, after.0 * 1e3)
                    ),
                );
            }
            if let Some(breaker) = rule.breaker {
                let fails = self.attempt_fails(index as u32);
                let opens = fails >= breaker.failure_share;
                push(
                    found,
                    "Circuit breakers stay closed",
                    component,
                    if opens {
                        Standing::Doubtful
                    } else {
                        Standing::Approximate
                    },
                    format!(
                        "{} of the calls fail, and the breaker opens at {}{}",
                        share(fails),
                        share(breaker.failure_share),
                        if opens {
                            ": it would stand open most of the time, and what is behind it would be asked for less"
                        } else {
                            ""
                        }
                    ),
                );
            }
        }
    }
}

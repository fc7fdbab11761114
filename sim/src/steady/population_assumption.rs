//! What figures of populations rest on: of closed users, of clients in bursts, of autoscalers that follow them. It judges, and changes nothing.

use super::Solver;
use super::assumption::{doubt_wait, of_traffic, push};
use super::doubts::{TELLING_FAR_OUT, far_out};
use super::plan::Root;
use super::pool::is_shared;
use super::station::Basis;
use super::weight::is_bursty;
use crate::network::{Arrivals, Discipline, Dispatch, Instances, Network, ScalingPolicy, Station};
use crate::quantities::share;
use crate::report::{Assumption, Standing};
use crate::theory::closed::Method;

/// From this share of a response time on it shows who goes ahead.
const WEIGHTY_PRIORITIES: f64 = 0.02;

/// From this share of a response time on bursts show beside closed users.
const WEIGHTY_BURSTS: f64 = 0.1;

/// From this share of a response time on, of all stations together, it shows what bursts become on their way.
const WEIGHTY_STREAMS: f64 = 0.35;

/// From this share of a response time on the shape of a wait shows in its percentiles.
const WEIGHTY_SHAPE: f64 = 0.05;

/// So few users share a station with a number of others that varies less than chance would have it.
const FEW_USERS: f64 = 10.0;

/// Where there are fewer users than so many times those who are at a station on average, its crowds can't be as large as they would be
/// of users without end: p99 of a geometric number is 4.6 times its mean.
const CROWD: f64 = 5.0;

/// Services that vary by a smaller squared coefficient of variation are alike, and p99 of closed users who share servers for them was off by so much.
const REGULAR: f64 = 0.5;
const OFF_IN_STEP: f64 = 0.15;

/// From this share of a response time on that shows.
const WEIGHTY_COMPANY: f64 = 0.15;

/// What an assumption may change of a response time, or of good answers, without showing in the means; the 99th percentile is of the slowest
/// hundredth, so that half of it counts there.
const TELLING: f64 = 0.05;
const SLOWEST: f64 = 0.005;

impl Solver {
    pub(super) fn of_populations(
        &self,
        network: &Network,
        weights: &[f64],
        found: &mut Vec<Assumption>,
    ) {
        if self.closed.active() {
            let exact = self.closed.method == Some(Method::Exact) && self.closed.product_form;
            let (standing, because) = if exact {
                (
                    Standing::Exact,
                    "mean-value analysis of a network of product form".to_owned(),
                )
            } else if self.closed.method == Some(Method::Exact) {
                (
                    Standing::Approximate,
                    "tokens, parallel calls or irregular service enter as delays".to_owned(),
                )
            } else {
                (
                    Standing::Approximate,
                    "too many users for the exact recursion: Linearizer, usually within 1 %"
                        .to_owned(),
                )
            };
            push(
                found,
                "Users wait, think and ask again (Reiser & Lavenberg 1980)",
                None,
                standing,
                because,
            );
            for (index, station) in network.stations.iter().enumerate() {
                self.of_closed_queue(network, index, station, weights[index], found);
            }
            self.of_users_below_pools(network, weights, found);
            self.of_users_in_turn(network, weights, found);
            let mut queues = self
                .closed
                .whole
                .iter()
                .enumerate()
                .filter(|(_, whole)| whole.is_some());
            let alone = queues
                .next()
                .is_some_and(|(index, _)| self.serves_in_order(network, index))
                && queues.next().is_none();
            let (standing, because) = if exact && alone {
                (
                    Standing::Exact,
                    "who arrives finds what the other users alone would leave: an Erlang wait",
                )
            } else {
                (
                    Standing::Approximate,
                    "to each queue the time that users spend at the others is a delay; means are those of mean-value analysis",
                )
            };
            push(
                found,
                "Percentiles of closed users by the arrival theorem (Lavenberg & Reiser 1980)",
                None,
                standing,
                because.to_owned(),
            );
        }
        let scaled = network
            .stations
            .iter()
            .find(|station| matches!(station.instances, Instances::Scaled { .. }));
        if let Some(station) = scaled {
            push(
                found,
                "Autoscalers have followed the load",
                Some(station.component),
                Standing::Approximate,
                "a steady state knows no boot time: while the load rises, fewer instances serve it"
                    .to_owned(),
            );
        }
        let stepping = network.stations.iter().find(|station| {
            let Instances::Scaled { policy, .. } = station.instances else {
                return false;
            };
            matches!(policy, ScalingPolicy::Steps(_))
        });
        if let Some(station) = stepping {
            push(
                found,
                "Steps end at the fewest instances below the upper threshold",
                Some(station.component),
                Standing::Approximate,
                "steps of several instances can stop further above, and nothing is removed before the utilisation falls below the lower threshold"
                    .to_owned(),
            );
        }
        of_traffic(network, found);
        self.of_bursts(network, found);
        let bursty = network.sources.iter().find(|source| matches!(&source.arrivals, Arrivals::Open { pattern, batch, .. } if super::burst::irregular(pattern) || *batch > 1.0));
        if let Some(source) = bursty {
            let bursts = is_bursty(&source.arrivals);
            let behind = self.queues.iter().zip(weights).filter(|(queue, _)| {
                matches!(
                    queue.basis,
                    Basis::GeneralArrivals | Basis::SharingGeneralArrivals
                )
            });
            let weight: f64 = behind.map(|(_, weight)| weight).sum();
            push(
                found,
                "Streams split, meet and pass stations as in Whitt's network analyser (1983)",
                Some(source.component),
                if bursts && weight > WEIGHTY_STREAMS {
                    Standing::Doubtful
                } else {
                    Standing::Approximate
                },
                format!(
                    "arrivals that aren't Poisson are described by their variance alone; waits behind them are up to {} of a response time in all",
                    share(weight.min(1.0))
                ),
            );
        }
    }

    /// What lies below pools that run out for closed users at some rate is left to the pools, and there users wait as open traffic of their rate does: they
    /// don't stay away while many of them wait.
    fn of_users_below_pools(
        &self,
        network: &Network,
        weights: &[f64],
        found: &mut Vec<Assumption>,
    ) {
        let users = self.closed_users(network);
        let below = (0..network.stations.len()).filter(|index| {
            let by_open_traffic = self.closed.whole.get(*index).is_none_or(Option::is_none);
            by_open_traffic
                && self.loads[*index].rate > 0.0
                && !matches!(self.queues[*index].basis, Basis::Held)
        });
        let (mut weight, mut present) = (0.0, 0.0);
        for index in below {
            weight += weights[index];
            present += self.loads[index].rate * self.queue_sojourn(index);
        }
        let changes = weight * (present / users).min(1.0);
        if changes > TELLING {
            push(
                found,
                "Users below pools of tokens wait as open traffic does",
                None,
                Standing::Doubtful,
                format!(
                    "{present:.0} of the {users:.0} users are there, where waits are up to {} of a response time; the more wait, the fewer come",
                    share(weight.min(1.0))
                ),
            );
        }
    }

    /// What users leave to be done, or do below pools, is taken to come at random, and comes more regularly: whoever has just sent something doesn't again
    /// before a cycle is over. Of N users, as many as send within a part x of a cycle vary as a binomial number, by 1 − x of their mean, and in
    /// the long run by the squared coefficient of variation of a cycle (renewals; Cox 1962). The wait goes with ca² + cs² (Kingman 1961).
    fn of_users_in_turn(&self, network: &Network, weights: &[f64], found: &mut Vec<Assumption>) {
        let (mut sent, mut rests) = (0.0, 0.0);
        for (index, source) in network.sources.iter().enumerate() {
            if let Arrivals::Closed { think, .. } = source.arrivals {
                let rate = self.sources[index];
                sent += rate;
                let own = |root: &&Root| root.source as usize == index;
                let varies =
                    |root: &Root| root.share * self.outcomes[root.node as usize].ended().variance();
                let response: f64 = self.plan.roots.iter().filter(own).map(varies).sum();
                rests += rate * (think.0 * think.0 + response);
            }
        }
        let all: f64 = self.sources.iter().sum();
        let cycle = self.closed_users(network) / sent;
        if !(cycle.is_finite() && cycle > 0.0 && sent > 0.0) {
            return;
        }
        let in_the_long_run = rests / (sent * cycle * cycle);
        for (index, station) in network.stations.iter().enumerate() {
            let (queue, load) = (&self.queues[index], &self.loads[index]);
            let by_open_traffic = self.closed.whole.get(index).is_none_or(Option::is_none);
            if !by_open_traffic
                || load.rate <= 0.0
                || queue.unbounded
                || matches!(queue.basis, Basis::Held)
            {
                continue;
            }
            let servers = match is_shared(station, self.instances[index]) {
                true => self.server_counts[index],
                false => f64::from(station.servers),
            };
            let services = match station.discipline {
                Discipline::ProcessorSharing => 1.0,
                Discipline::Infinite | Discipline::TokenBucket { .. } => continue,
                _ => load.service_scv(),
            };
            let free = 1.0 - queue.busiest_pressure;
            let forgets = 0.5 * load.mean_service() / servers / (free * free) * (1.0 + services);
            let regular = (forgets / cycle).min(1.0 - in_the_long_run.min(1.0));
            let less = regular * (sent / all) / (1.0 + services) * weights[index];
            if less > TELLING {
                doubt_wait(
                    found,
                    station.component,
                    weights[index],
                    "What users leave to be done comes at random",
                    "each of them sends nothing more before a cycle is over, which makes waits shorter",
                );
            }
        }
    }

    /// Mean time of a visit to a station, wait and service, seconds.
    fn queue_sojourn(&self, index: usize) -> f64 {
        let waits = self.parts_of(&self.queues[index]).iter();
        let wait: f64 = waits.map(|part| part.share * part.wait).sum();
        self.loads[index].mean_service() + wait
    }

    /// What closed users' waits at a station are known by.
    fn of_closed_queue(
        &self,
        network: &Network,
        index: usize,
        station: &Station,
        weight: f64,
        found: &mut Vec<Assumption>,
    ) {
        let users = self.closed_users(network);
        let present = self.loads[index].rate * self.queue_sojourn(index);
        let each = match station.dispatch {
            Dispatch::Central => present,
            _ => present / f64::from(self.instances[index]),
        };
        if (users < FEW_USERS || users < CROWD * each)
            && station.discipline == Discipline::ProcessorSharing
            && weight > WEIGHTY_COMPANY
        {
            push(
                found,
                "Sharing slows few users down as it does many",
                Some(station.component),
                Standing::Doubtful,
                format!(
                    "there are only {users:.0} users, which makes percentiles up to 50 % too long; the wait here is up to {} of a response time",
                    share(weight)
                ),
            );
        }
        if self.closed.whole.get(index).is_none_or(Option::is_none) {
            return;
        }
        if station.discipline == Discipline::ProcessorSharing
            && self.loads[index].service_scv() < REGULAR
            && OFF_IN_STEP * far_out(weight) > TELLING_FAR_OUT
        {
            push(
                found,
                "Sharing slows closed users down as it does those who come at random",
                Some(station.component),
                Standing::Doubtful,
                format!(
                    "services that hardly vary end as those present come to them, and who is served sends nothing meanwhile: p99 was up to 15 % too long; the wait here is up to {} of a response time",
                    share(weight)
                ),
            );
        }
        let part = format!(
            "the wait here is up to {} of a response time",
            share(weight)
        );
        if let Some(room) = station.capacity {
            // As many in the queue as fill the room, were there no end of it.
            let busy = self.queues[index].busiest_pressure.min(1.0);
            let full = libm::pow(busy, f64::from(room) / f64::from(station.servers));
            if full > SLOWEST {
                push(
                    found,
                    "Closed users find room wherever they come",
                    Some(station.component),
                    Standing::Doubtful,
                    format!("it would be full for up to {} of them", share(full)),
                );
            }
        }
        if self.has_bursts(network) && weight > WEIGHTY_BURSTS {
            push(
                found,
                "Open traffic beside closed users comes at random",
                Some(station.component),
                Standing::Doubtful,
                format!("some of it comes in bursts, in batches or regularly; {part}"),
            );
        }
        if self.has_priorities(network, index) {
            let standing = if weight > WEIGHTY_PRIORITIES {
                Standing::Doubtful
            } else {
                Standing::Approximate
            };
            push(
                found,
                "Users of all priorities wait alike",
                Some(station.component),
                standing,
                format!(
                    "mean-value analysis knows no priorities: the important wait less and the others longer than it says; {part}"
                ),
            );
        }
        let scv = self.loads[index].service_scv();
        let irregular = (scv - 1.0).abs() > 0.5;
        if irregular && self.serves_in_order(network, index) {
            let standing = if weight > WEIGHTY_SHAPE {
                Standing::Doubtful
            } else {
                Standing::Approximate
            };
            push(
                found,
                "Closed users wait for services that vary like an exponential, as long on average as for these",
                Some(station.component),
                standing,
                format!(
                    "service times vary by c² = {scv:.2}: percentiles are up to 15 % off where that wait counts; {part}"
                ),
            );
        }
    }
}

//! One event after another, each with what happened. It doesn't know why.

use super::Simulation;
use super::agenda::{Entry, Topic};
use super::delivering::VISIBILITY;
use super::engine::Engine;
use super::job::{Doing, Kind};
use super::program::{NONE, Op};
use super::rules::of_list;
use crate::scenario::ComponentId;
use serde::{Deserialize, Serialize};

/// What happened in a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happening {
    /// When, seconds since the start of the run.
    pub at_seconds: f64,
    /// Where; `None` on the way between components.
    pub component: Option<ComponentId>,
    /// What.
    pub what: What,
    /// Requests that were answered well with it.
    pub answered: u64,
    /// Requests that failed or were refused with it.
    pub failed: u64,
    /// Attempts that failed with it and are made again.
    pub retried: u64,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Clients send a request.
    Arrival,
    /// A service has ended.
    ServiceEnd,
    /// A span without queueing has ended: a transfer, somebody else's latency, a wait before a retry.
    DelayEnd,
    /// A message has got to the other end of a link.
    Delivery,
    /// Attempts are given up, or made a second time.
    Deadline,
    /// A fault begins, goes on or ends.
    Fault,
    /// An autoscaler has added or removed instances, or those that booted serve now: how many serve.
    Scaling {
        /// Instances that serve.
        instances: u32,
    },
}

impl Simulation {
    /// Lets the next thing happen and says what it was; `None` when nothing will ever happen again. Its course is that of
    /// [`run_until`](Simulation::run_until).
    pub fn step(&mut self) -> Option<Happening> {
        let sources = self.registry.sources.all();
        self.engine.step(sources)
    }
}

/// Answered, failed and retried so far.
type Totals = [u64; 3];

impl Engine {
    fn totals(&self) -> Totals {
        let answers = self.tally.answers.iter();
        let (answered, failed) = answers.fold((0, 0), |(answered, failed), answer| {
            (
                answered + answer.succeeded,
                failed + answer.errors + answer.refused,
            )
        });
        [answered, failed, self.tally.retries]
    }

    fn step(&mut self, sources: &[ComponentId]) -> Option<Happening> {
        let totals = self.totals();
        loop {
            let entry = self.agenda.peek()?;
            let events = self.events;
            let expected = self.about(entry, sources);
            let serving = self.serving(entry);
            self.run(f64::INFINITY, 1);
            let (component, what) = match (expected, entry.topic) {
                // Planned too early: those who share a server have become more since.
                (_, Topic::Sharing(_)) if self.events == events => continue,
                (Some(happened), _) => happened,
                (None, Topic::Clock(scaler)) if scaler > 0 && self.serving(entry) != serving => {
                    let scaler = &self.scalers[scaler as usize - 1];
                    let station = scaler.stations.first().copied().unwrap_or_default();
                    let component = self.stations[station as usize].component;
                    let instances = scaler.running;
                    (Some(component), What::Scaling { instances })
                }
                // An entry that belongs to nothing any more, or only to the books.
                (None, _) => continue,
            };
            let after = self.totals();
            return Some(Happening {
                at_seconds: entry.time,
                component: component.map(ComponentId),
                what,
                answered: after[0] - totals[0],
                failed: after[1] - totals[1],
                retried: after[2] - totals[2],
            });
        }
    }

    /// Instances of an autoscaler that serve.
    fn serving(&self, entry: Entry) -> u32 {
        match entry.topic {
            Topic::Clock(scaler) if scaler > 0 => (self.scalers)
                .get(scaler as usize - 1)
                .map_or(0, |scaler| scaler.running),
            _ => 0,
        }
    }

    /// What an entry is about: whose (as a number), and what happens; `None` for what nobody sees.
    fn about(&self, entry: Entry, sources: &[ComponentId]) -> Option<(Option<u32>, What)> {
        match entry.topic {
            Topic::Source(place) => {
                let source = &self.sources[place as usize];
                let sends = source.pending == entry.serial && source.arrives;
                sends.then(|| (Some(sources[place as usize].0), What::Arrival))
            }
            Topic::Sharing(place) => {
                let queue = &self.queues[place as usize];
                let station = &self.stations[queue.station as usize];
                (queue.sharing.pending == entry.serial)
                    .then_some((Some(station.component), What::ServiceEnd))
            }
            Topic::Deadline(list) if list >= VISIBILITY => {
                let delivery = &self.deliveries[(list - VISIBILITY) as usize];
                let queue = self.causes[delivery.spec.cause as usize].component;
                (delivery.deadlines.pending == entry.serial)
                    .then_some((queue.map(|queue| queue.0), What::Deadline))
            }
            Topic::Deadline(list) => {
                let (rule, which) = of_list(list);
                let rule = &self.rules[rule as usize];
                (rule.deadlines[which as usize].pending == entry.serial)
                    .then_some((Some(rule.spec.component.0), What::Deadline))
            }
            Topic::Fault(_) => self.faults.any.then_some((None, What::Fault)),
            Topic::Clock(_) | Topic::Series | Topic::Probe(_) => None,
            Topic::Job(id) => {
                let job = &self.jobs[id];
                if job.pending != entry.serial {
                    return None;
                }
                let op = &self.program.ops[job.at as usize];
                if let (Doing::Serving, Op::Serve { station, .. }) = (job.doing, op) {
                    let component = self.stations[*station as usize].component;
                    return Some((Some(component), What::ServiceEnd));
                }
                if let (Kind::User, Op::Begin { source }) = (job.kind, op) {
                    return Some((Some(sources[*source as usize].0), What::Arrival));
                }
                let before = job.at.checked_sub(1);
                Some(match before.map(|at| self.program.ops[at as usize]) {
                    // Only lets others go on between two rounds.
                    Some(Op::Repeat { .. }) => return None,
                    Some(Op::Delay { sampler }) => {
                        let owner = self.sampler_owners[sampler as usize];
                        ((owner != NONE).then_some(owner), What::DelayEnd)
                    }
                    Some(Op::Attempt { rule }) => {
                        let component = self.rules[rule as usize].spec.component;
                        (Some(component.0), What::DelayEnd)
                    }
                    _ => (None, What::Delivery),
                })
            }
        }
    }
}

//! What happens at stations: queueing, service, servers kept and given back, tokens. It doesn't know what the jobs do before and afterwards.

use super::agenda::{Serial, Topic};
use super::engine::{Engine, Next};
use super::job::{Doing, Open};
use super::program::{NONE, Op};
use super::station::{Queue, Rule, Station};
use super::trace::Activity;
use crate::network::Discipline;
use crate::report::TimeCause;

/// Whether a server of this instance that has become free may be one of those that only finish what they have begun.
#[inline(always)]
fn is_leaving(station: &Station, queue: &Queue, instance: u32) -> bool {
    let may = !queue.is_up() || instance >= station.count || queue.busy >= queue.servers;
    may && station.leaving > 0
}

impl Engine {
    /// A job comes to a station.
    #[inline(always)]
    pub(super) fn serve(&mut self, id: u32, place: u32, sampler: u32, entry: u32) -> Next {
        if entry != NONE {
            self.tally.visits[entry as usize].begun += 1;
            if self.faults.at_entries
                && let Some(cause) = self.faults.at_entry(entry)
            {
                self.visit_over(id, entry, self.now);
                return self.fail(id, cause);
            }
        }
        let drawn = self.samplers[sampler as usize].draw();
        let now = self.now;
        let jobs = self.jobs.all_mut();
        let job = &mut jobs[id as usize];
        let station = &mut self.stations[place as usize];
        let instance = station.instance(job, &self.queues, &mut self.watchers, now);
        let queue = &mut self.queues[(station.first + instance) as usize];
        let tally = self.tally.at(place, job.class);
        tally.arrivals += 1;
        if queue.present() >= queue.capacity {
            tally.refused += 1;
            let cause = station.cause_of_refusal(queue);
            self.visit_over(id, entry, now);
            return self.fail(id, cause);
        }
        let work = drawn * queue.slow;
        tally.work += work;
        job.since = now;
        job.work = work;
        job.instance = instance;
        job.station = place;
        job.entry = entry;
        station.count_to(now);
        station.present += 1;
        match station.rule {
            Rule::Queue => {
                if queue.busy < queue.servers {
                    queue.busy += 1;
                    station.busy += 1;
                    job.begun = now;
                    job.doing = Doing::Serving;
                    job.pending = self.agenda.plan(now + work, Topic::Job(id));
                } else {
                    job.begun = 0.0;
                    job.doing = Doing::Waiting;
                    queue.push(jobs, id);
                }
            }
            Rule::Sharing => {
                queue.busy += 1;
                if queue.busy <= queue.servers {
                    station.busy += 1;
                    job.begun = 0.0;
                } else {
                    job.begun = 1.0;
                }
                job.doing = Doing::Sharing;
                let own = (station.first + instance, queue.servers);
                queue.sharing.join(now, own, (id, work), &mut self.agenda);
            }
            Rule::Interrupting => self.interrupt_or_wait(id, place, instance),
            Rule::Infinite | Rule::Bucket => {
                queue.busy += 1;
                station.busy += 1;
                job.begun = now;
                job.doing = Doing::Serving;
                job.pending = self.agenda.plan(now + work, Topic::Job(id));
            }
        }
        Next::Later
    }

    /// The instance of a station that serves a job.
    pub(super) fn instance(&mut self, id: u32, place: u32) -> u32 {
        let station = &mut self.stations[place as usize];
        station.instance(
            &mut self.jobs[id],
            &self.queues,
            &mut self.watchers,
            self.now,
        )
    }

    /// A service has ended: the job is free to go on, and the next in the queue is served.
    #[inline(always)]
    pub(super) fn served(&mut self, id: u32) {
        let now = self.now;
        self.events += 1;
        let job = &mut self.jobs[id];
        // Said when it came, so that nobody waits for the program to be looked at.
        let (place, entry) = (job.station, job.entry);
        job.at += 1;
        job.doing = Doing::Nothing;
        let (since, begun, instance) = (job.since, job.begun, job.instance);
        let traced = self.traces.are_any() && job.trace != NONE;
        self.tally
            .at(place, job.class)
            .served(begun - since, now - since);
        if traced {
            let owner = self.stations[place as usize].component;
            self.trace(id, owner, Activity::Part(TimeCause::Waiting), since, begun);
            self.trace(id, owner, Activity::Part(TimeCause::Service), begun, now);
        }
        self.visit_ends(id, entry, since, traced);
        let station = &mut self.stations[place as usize];
        station.count_to(now);
        station.present -= 1;
        let queue = &mut self.queues[(station.first + instance) as usize];
        let jobs = self.jobs.all_mut();
        // Servers may have gone since this one was taken.
        let next = if queue.busy > queue.servers {
            None
        } else {
            queue.pop(jobs)
        };
        if let Some(next) = next {
            let job = &mut jobs[next as usize];
            job.begun = now - job.begun;
            job.doing = Doing::Serving;
            job.pending = self.agenda.plan(job.begun + job.work, Topic::Job(next));
        } else {
            queue.busy -= 1;
            station.busy -= 1;
        }
        if station.rule == Rule::Interrupting {
            queue.serving.retain(|other| *other != id);
            queue.serving.extend(next);
        }
        if is_leaving(station, queue, instance) {
            self.count_leaving(place);
        }
    }

    /// A visit that is nothing but a service ends; there may be none ([`NONE`]).
    pub(super) fn visit_over(&mut self, id: u32, entry: u32, since: f64) {
        let traced = self.traces.are_any() && self.jobs[id].trace != NONE;
        self.visit_ends(id, entry, since, traced);
    }

    /// The same, of a job of which is known whether it is traced.
    #[inline(always)]
    fn visit_ends(&mut self, id: u32, entry: u32, since: f64, traced: bool) {
        let Some(visit) = self.tally.visits.get_mut(entry as usize) else {
            return;
        };
        visit.ended += 1;
        visit.sojourn += self.now - since;
        if traced {
            let owner = self.entries[entry as usize];
            self.trace(id, owner, Activity::Visit, since, self.now);
        }
    }

    /// Takes a server, be it from somebody less urgent, or waits.
    pub(super) fn interrupt_or_wait(&mut self, id: u32, place: u32, instance: u32) {
        let now = self.now;
        let station = &mut self.stations[place as usize];
        let queue = &mut self.queues[(station.first + instance) as usize];
        let level = self.jobs[id].level;
        if queue.busy < queue.servers {
            queue.busy += 1;
            station.busy += 1;
        } else {
            // The least urgent in service; of these the one that came last.
            let jobs = &self.jobs;
            let least = queue
                .serving
                .iter()
                .enumerate()
                .max_by_key(|(order, other)| (jobs[**other].level, *order))
                .map(|(order, other)| (order, *other))
                .filter(|(_, other)| jobs[*other].level > level);
            let Some((order, other)) = least else {
                self.jobs[id].begun = 0.0;
                self.jobs[id].doing = Doing::Waiting;
                queue.push(self.jobs.all_mut(), id);
                return;
            };
            queue.serving.remove(order);
            let interrupted = &mut self.jobs[other];
            interrupted.begun = now - interrupted.begun;
            interrupted.doing = Doing::Waiting;
            interrupted.pending = Serial::NONE;
            queue.push_front(self.jobs.all_mut(), other);
        }
        queue.serving.push(id);
        let job = &mut self.jobs[id];
        job.begun = now;
        job.doing = Doing::Serving;
        job.pending = self.agenda.plan(now + job.work, Topic::Job(id));
    }

    /// The next of those who share an instance's servers is done, and goes on.
    #[inline]
    pub(super) fn shared(&mut self, place: u32, serial: Serial) -> Option<u32> {
        let now = self.now;
        let queue = &mut self.queues[place as usize];
        if queue.sharing.pending != serial {
            return None;
        }
        let id = queue
            .sharing
            .due(now, (place, queue.servers), &mut self.agenda)?;
        self.events += 1;
        queue.busy -= 1;
        let station_place = queue.station;
        let station = &mut self.stations[station_place as usize];
        station.count_to(now);
        station.present -= 1;
        if queue.busy < queue.servers {
            station.busy -= 1;
        }
        if is_leaving(station, queue, place - station.first) {
            self.count_leaving(station_place);
        }
        let job = &mut self.jobs[id];
        let entry = job.entry;
        job.at += 1;
        job.doing = Doing::Nothing;
        let (since, sojourn) = (job.since, now - job.since);
        let waiting = (sojourn - job.work).max(0.0);
        self.tally
            .at(station_place, job.class)
            .shared(job.begun > 0.0, waiting, sojourn);
        let traced = self.traces.are_any() && job.trace != NONE;
        if traced {
            // Everybody is served all the time, the more slowly the more there are: what others take is the wait, told first.
            let owner = self.stations[station_place as usize].component;
            let slowed = (now - self.jobs[id].work).max(since);
            self.trace(id, owner, Activity::Part(TimeCause::Waiting), since, slowed);
            self.trace(id, owner, Activity::Part(TimeCause::Service), slowed, now);
        }
        self.visit_ends(id, entry, since, traced);
        Some(id)
    }

    /// Asks a pool for a server to keep.
    #[inline]
    pub(super) fn acquire(&mut self, id: u32, place: u32) -> Next {
        let now = self.now;
        let job = &mut self.jobs[id];
        let station = &mut self.stations[place as usize];
        let instance = station.instance(job, &self.queues, &mut self.watchers, now);
        let queue = &mut self.queues[(station.first + instance) as usize];
        let tally = self.tally.at(place, job.class);
        tally.arrivals += 1;
        if queue.present() >= queue.capacity {
            tally.refused += 1;
            let cause = station.cause_of_refusal(queue);
            return self.fail(id, cause);
        }
        station.count_to(now);
        station.present += 1;
        job.since = now;
        job.instance = instance;
        if queue.busy < queue.servers {
            queue.busy += 1;
            station.busy += 1;
            job.at += 1;
            self.open(
                id,
                Open::Held {
                    pool: place,
                    instance,
                    arrived: now,
                    since: now,
                },
            );
            Next::Operation
        } else {
            job.doing = Doing::Waiting;
            if station.patience.is_some() {
                self.wait_with_patience(id, place, instance);
            }
            let station = &self.stations[place as usize];
            self.queues[(station.first + instance) as usize].push(self.jobs.all_mut(), id);
            Next::Later
        }
    }

    /// Gives a kept server back; whoever waits for one goes on.
    #[inline]
    pub(super) fn release(&mut self, id: u32, place: u32, instance: u32, arrived: f64, since: f64) {
        let now = self.now;
        let class = self.jobs[id].class;
        let tally = self.tally.at(place, class);
        tally.work += now - since;
        tally.served(since - arrived, now - arrived);
        let station = &mut self.stations[place as usize];
        station.count_to(now);
        station.present -= 1;
        let index = station.first + instance;
        let queue = &mut self.queues[index as usize];
        let next = if queue.busy > queue.servers {
            None
        } else if station.patience.is_none() {
            queue.pop(self.jobs.all_mut())
        } else {
            self.next_patient(place, index)
        };
        if let Some(next) = next {
            self.keep_server(next, place, instance);
        } else {
            let queue = &mut self.queues[index as usize];
            let station = &mut self.stations[place as usize];
            queue.busy -= 1;
            station.busy -= 1;
            if is_leaving(station, queue, instance) {
                self.count_leaving(place);
            }
        }
        if self.dropped.head != NONE {
            self.fail_dropped();
        }
    }

    /// New servers take those who wait: to be served, or to go on with a server kept.
    pub(super) fn fill_servers(&mut self, place: u32) {
        let now = self.now;
        let station = &mut self.stations[place as usize];
        let first = station.first as usize;
        for index in first..first + station.slots as usize {
            loop {
                let station = &mut self.stations[place as usize];
                let queue = &mut self.queues[index];
                if queue.busy >= queue.servers {
                    break;
                }
                let next = if station.patience.is_none() {
                    queue.pop(self.jobs.all_mut())
                } else {
                    self.next_patient(place, index as u32)
                };
                let Some(next) = next else {
                    break;
                };
                let station = &mut self.stations[place as usize];
                let queue = &mut self.queues[index];
                station.count_to(now);
                queue.busy += 1;
                station.busy += 1;
                let keeps = matches!(
                    self.program.ops[self.jobs[next].at as usize],
                    Op::Acquire { .. }
                );
                if keeps {
                    let instance = (index - first) as u32;
                    self.keep_server(next, place, instance);
                } else {
                    let job = &mut self.jobs[next];
                    job.begun = now - job.begun;
                    job.doing = Doing::Serving;
                    job.pending = self.agenda.plan(job.begun + job.work, Topic::Job(next));
                    if station.rule == Rule::Interrupting {
                        queue.serving.push(next);
                    }
                }
            }
        }
        if self.dropped.head != NONE {
            self.fail_dropped();
        }
    }

    /// Somebody who waited has got a server to keep, and goes on.
    pub(super) fn keep_server(&mut self, id: u32, place: u32, instance: u32) {
        let job = &mut self.jobs[id];
        let arrived = job.since;
        job.at += 1;
        job.doing = Doing::Nothing;
        if job.trace != NONE {
            let owner = self.stations[place as usize].component;
            let waited = Activity::Part(TimeCause::WaitingForToken);
            self.trace(id, owner, waited, arrived, self.now);
        }
        self.open(
            id,
            Open::Held {
                pool: place,
                instance,
                arrived,
                since: self.now,
            },
        );
        self.ready.push(id);
    }

    /// Takes a token, or is refused.
    pub(super) fn take_token(&mut self, id: u32, place: u32) -> Next {
        let now = self.now;
        let instance = self.instance(id, place);
        let station = &self.stations[place as usize];
        let queue = &mut self.queues[(station.first + instance) as usize];
        let job = &mut self.jobs[id];
        let tally = self.tally.at(place, job.class);
        tally.arrivals += 1;
        if queue.capacity == 0 {
            tally.refused += 1;
            let cause = station.cause_of_refusal(queue);
            return self.fail(id, cause);
        }
        if let Discipline::TokenBucket { rate, burst } = station.spec.discipline
            && let Some(left) = &mut queue.tokens
        {
            let (tokens, counted) = **left;
            let tokens = (tokens + rate.0 * (now - counted)).min(burst);
            if tokens < 1.0 {
                **left = (tokens, now);
                tally.refused += 1;
                return self.fail(id, station.refusal);
            }
            **left = (tokens - 1.0, now);
        }
        tally.served(0.0, 0.0);
        job.at += 1;
        Next::Operation
    }
}

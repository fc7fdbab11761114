//! Who acts as a primary and as each copy of its data, what a primary that dies takes with it, and how those who come back catch up. It
//! doesn't know why a machine is away, nor what it does when it is there.
//!
//! A log has parts: the primary, and the copies. Each is acted by a machine, at first everybody by his own. When the primary's machine
//! dies, or is parted from its callers (`parted`), nothing more is received from it. Once it is given up and a successor is promoted, the two machines have changed parts: what the
//! successor hadn't received is lost, and the old machine keeps the successor's copy when it is back.

use super::Simulation;
use super::agenda::Topic;
use super::copies::Copies;
use super::engine::{Engine, Next};
use super::job::Doing;
use super::program::{Acting, NONE};
use crate::network::Failover;
use crate::scenario::ComponentId;
use serde::{Deserialize, Serialize};

/// Entries of the agenda about faults from this number on are about the copies of the log that follows.
pub(super) const OF_COPIES: u32 = 1 << 20;

/// A failover as it happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailoverFindings {
    /// The primary whose part was left.
    pub primary: ComponentId,
    /// When the machine that acted as it died, or was parted from its callers, seconds since the start of the run.
    pub failed_seconds: f64,
    /// When another took over; `None` when that hasn't happened.
    pub taken_over_seconds: Option<f64>,
    /// Whose machine did; `None` as above.
    pub successor: Option<ComponentId>,
    /// Which of its instances, from 0.
    pub instance: Option<u32>,
    /// Writes that counted and are lost with the machine that died.
    pub writes_lost: u64,
}

/// Who acts as what. Part 0 is the primary, those that follow are the copies; machines are numbered by the parts that they have as drawn.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub spec: Failover,
    /// The machine of each part.
    machines: Vec<u32>,
    /// Up to which write each copy has received them.
    received: Vec<u32>,
    /// Copies that get what they have missed, and when.
    catching: Vec<(f64, u32)>,
    state: State,
    /// Whether the machine of the primary, or those of each replica, are parted from their callers.
    pub parted: Vec<bool>,
    /// When the primary is given up, or the successor ready.
    due: f64,
    pub history: Vec<FailoverFindings>,
}

/// How the primary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// There.
    Well,
    /// Away, and not given up.
    Missed,
    /// Given up: nobody may write until the successor is ready.
    GivenUp,
    /// As before, but there is nobody who could be it.
    Wanted,
}

impl Parts {
    /// Everybody acts as himself, with so many copies that have received all before this write.
    pub fn new(spec: &Failover, copies: usize, next: u32) -> Self {
        Parts {
            spec: spec.clone(),
            machines: (0..=copies as u32).collect(),
            received: vec![next; copies],
            catching: Vec::new(),
            state: State::Well,
            parted: vec![false; spec.callers.len()],
            due: f64::INFINITY,
            history: Vec::new(),
        }
    }

    /// The machine that acts as the primary.
    pub fn acting(&self) -> u32 {
        self.machines[0]
    }

    /// The machine that keeps a copy.
    pub fn keeper(&self, copy: u32) -> u32 {
        self.machines[copy as usize + 1]
    }

    /// Whether somebody acts for another.
    fn is_displaced(&self) -> bool {
        (0..).zip(&self.machines).any(|(part, own)| part != *own)
    }

    /// Whether nobody may be asked as the primary.
    fn is_fenced(&self) -> bool {
        matches!(self.state, State::GivenUp | State::Wanted)
    }
}

impl Engine {
    /// A job comes to what is done by whoever acts as a part.
    #[inline(never)]
    pub(super) fn act(&mut self, id: u32, acting: Acting, first: u32) -> Next {
        match acting {
            Acting::Query { log } => self.act_as_primary(id, log.get(), first),
            Acting::Read { log, replica, pool } => {
                self.act_as_reader(id, (log.get(), replica.get(), pool.get()), first)
            }
            Acting::Apply { log, replica } => {
                self.act_as_copy(id, (log.get(), replica.get()), first)
            }
        }
    }

    fn way(&self, first: u32, component: u32) -> u32 {
        self.program.ways[(first + component) as usize].to
    }

    /// Which of the ways is a machine's, with its component and instance.
    fn machine(&self, log: u32, machine: u32) -> (u32, u32, u32) {
        let copies = &self.copies[log as usize];
        match machine.checked_sub(1) {
            None => (0, copies.primary, 0),
            Some(copy) => {
                let (replica, instance) = copies.whose(copy);
                (replica + 1, copies.replicas[replica as usize], instance)
            }
        }
    }

    /// Whether a machine is there, and not parted from its callers.
    pub(super) fn is_machine_up(&self, log: u32, machine: u32) -> bool {
        let (way, component, instance) = self.machine(log, machine);
        let parts = self.copies[log as usize].parts.as_ref();
        if parts.is_some_and(|parts| parts.parted.get(way as usize) == Some(&true)) {
            return false;
        }
        let mut stations = self.stations.iter();
        let Some(station) = stations.find(|station| station.component == component) else {
            return false;
        };
        if station.central {
            station.all_down == 0 && station.down + instance < station.instances
        } else {
            self.queues[(station.first + instance) as usize].is_up()
        }
    }

    fn bind(&mut self, id: u32, (way, component, instance): (u32, u32, u32), first: u32) -> Next {
        let at = self.way(first, way);
        let job = &mut self.jobs[id];
        job.bound_to = component;
        job.bound = instance;
        job.at = at;
        Next::Operation
    }

    fn act_as_primary(&mut self, id: u32, log: u32, first: u32) -> Next {
        let Some(parts) = &self.copies[log as usize].parts else {
            self.jobs[id].at = self.way(first, 0);
            return Next::Operation;
        };
        let machine = parts.machines[0];
        if parts.is_fenced() || (machine != 0 && !self.is_machine_up(log, machine)) {
            let (_, component, _) = self.machine(log, machine);
            let known = self.faults.causes.get(&component);
            let cause = known.map_or(self.overflow, |(unreachable, _)| *unreachable);
            return self.fail(id, cause);
        }
        if machine == 0 {
            self.jobs[id].at = self.way(first, 0);
            return Next::Operation;
        }
        self.bind(id, self.machine(log, machine), first)
    }

    fn act_as_reader(
        &mut self,
        id: u32,
        (log, replica, pool): (u32, u32, u32),
        first: u32,
    ) -> Next {
        let instance = self.instance(id, pool);
        let copies = &self.copies[log as usize];
        let copy = copies.copy(replica, instance);
        let own = copy.wrapping_add(1);
        let (Some(parts), true) = (&copies.parts, copy != NONE) else {
            self.jobs[id].at = self.way(first, replica + 1);
            return Next::Operation;
        };
        let machine = parts.machines[own as usize];
        if machine != own && self.is_machine_up(log, machine) {
            self.jobs[id].copy = copy;
            return self.bind(id, self.machine(log, machine), first);
        }
        // Where the machine that should be asked is away, the old one still answers, as whatever it is now.
        let part = if machine == own {
            own
        } else {
            let place = parts.machines.iter().position(|machine| *machine == own);
            place.unwrap_or_default() as u32
        };
        self.jobs[id].copy = part.checked_sub(1).unwrap_or(NONE);
        self.jobs[id].at = self.way(first, replica + 1);
        Next::Operation
    }

    fn act_as_copy(&mut self, id: u32, (log, replica): (u32, u32), first: u32) -> Next {
        let copies = &self.copies[log as usize];
        if self.faults.any {
            let of_replica = copies.replicas.get(replica as usize);
            let sides = [copies.primary, of_replica.copied().unwrap_or(NONE)];
            if self.faults.holds_back(id, sides) {
                self.jobs[id].doing = Doing::Hanging;
                return Next::Later;
            }
        }
        let job = &self.jobs[id];
        let copy = copies.copy(replica, if job.bound == NONE { 0 } else { job.bound });
        let (Some(parts), true) = (&copies.parts, copy != NONE) else {
            self.jobs[id].at = self.way(first, replica + 1);
            return Next::Operation;
        };
        let machine = parts.machines[copy as usize + 1];
        // What isn't received, or was before, has come to its end: nobody waits for a copy that is away.
        if !self.is_machine_up(log, machine) || !self.copies[log as usize].receive(copy, job.write)
        {
            return self.end(id);
        }
        self.jobs[id].copy = copy;
        self.bind(id, self.machine(log, machine), first)
    }

    /// Logs in which a component has a part that may be another's.
    fn logs_of(&self, component: u32) -> Vec<u32> {
        let has = |copies: &Copies| {
            copies.parts.is_some()
                && (copies.primary == component || copies.replicas.contains(&component))
        };
        let logs = (0..).zip(&self.copies);
        logs.filter(|(_, copies)| has(copies))
            .map(|(log, _)| log)
            .collect()
    }

    /// Machines of a component have died: those that acted as a primary will be missed.
    pub(super) fn machines_lost(&mut self, component: u32) {
        let now = self.now;
        for log in self.logs_of(component) {
            let up: Vec<bool> = self.all_up(log);
            let Some(parts) = &mut self.copies[log as usize].parts else {
                continue;
            };
            parts.catching.retain(|(_, copy)| up[*copy as usize + 1]);
            if up[0] || parts.state != State::Well {
                continue;
            }
            parts.state = State::Missed;
            parts.due = now + parts.spec.detection.0;
            self.agenda.plan(parts.due, Topic::Fault(OF_COPIES | log));
        }
    }

    /// Machines of a component are back: all, or those that are told.
    pub(super) fn machines_back(&mut self, component: u32, is_concerned: impl Fn(u32) -> bool) {
        for log in self.logs_of(component) {
            let up = self.all_up(log);
            let Some(parts) = &self.copies[log as usize].parts else {
                continue;
            };
            let state = parts.state;
            let machines = parts.machines.clone();
            let back: Vec<u32> = (0..)
                .zip(machines)
                .filter(|(part, machine)| {
                    let (_, of, instance) = self.machine(log, *machine);
                    up[*part as usize] && of == component && is_concerned(instance)
                })
                .map(|(part, _)| part)
                .collect();
            let primary = back.contains(&0) && matches!(state, State::Missed | State::Wanted);
            if primary {
                self.go_on_with_primary(log, &up);
            } else if state == State::Wanted && !back.is_empty() {
                self.promote(log);
            } else if state == State::Well {
                for part in back.into_iter().filter(|part| *part > 0) {
                    self.catch_up_later(log, part - 1);
                }
            }
        }
    }

    /// Which parts have a machine that is up.
    fn all_up(&self, log: u32) -> Vec<bool> {
        let parts = self.copies[log as usize].parts.iter();
        parts
            .flat_map(|parts| &parts.machines)
            .map(|machine| self.is_machine_up(log, *machine))
            .collect()
    }

    /// The primary is back before anybody has taken its place; the copies get what they have missed.
    fn go_on_with_primary(&mut self, log: u32, up: &[bool]) {
        if let Some(parts) = &mut self.copies[log as usize].parts {
            parts.state = State::Well;
            parts.due = f64::INFINITY;
        }
        for copy in 0..up.len() as u32 - 1 {
            if up[copy as usize + 1] {
                self.catch_up_later(log, copy);
            }
        }
    }

    /// A copy asks for what it has missed, and has it in a while.
    fn catch_up_later(&mut self, log: u32, copy: u32) {
        let now = self.now;
        let copies = &mut self.copies[log as usize];
        let (replica, _) = copies.whose(copy);
        let missed = copies.missed(copy);
        let Some(parts) = &mut copies.parts else {
            return;
        };
        let Some(rejoin) = parts.spec.rejoin.get(replica as usize) else {
            return;
        };
        let time = now + rejoin.lag.0 + f64::from(missed) * rejoin.write.0;
        parts.catching.retain(|(_, other)| *other != copy);
        parts.catching.push((time, copy));
        self.agenda.plan(time, Topic::Fault(OF_COPIES | log));
    }

    /// Something about the copies of a log is due.
    #[inline(never)]
    pub(super) fn copies_due(&mut self, log: u32) {
        let now = self.now;
        let Some(copies) = self.copies.get_mut(log as usize) else {
            return;
        };
        let Some(parts) = &mut copies.parts else {
            return;
        };
        let due: Vec<u32> = parts
            .catching
            .iter()
            .filter(|(time, _)| *time <= now)
            .map(|(_, copy)| *copy)
            .collect();
        parts.catching.retain(|(time, _)| *time > now);
        for copy in due {
            self.show_all(log, copy);
        }
        let Some(parts) = &mut self.copies[log as usize].parts else {
            return;
        };
        if parts.due > now {
            return;
        }
        parts.due = f64::INFINITY;
        match parts.state {
            State::Missed => {
                parts.state = State::GivenUp;
                parts.due = now + parts.spec.promotion.0;
                self.agenda.plan(parts.due, Topic::Fault(OF_COPIES | log));
                let failed = now - parts.spec.detection.0;
                let primary = ComponentId(self.copies[log as usize].primary);
                if let Some(parts) = &mut self.copies[log as usize].parts {
                    parts.history.push(FailoverFindings {
                        primary,
                        failed_seconds: failed,
                        taken_over_seconds: None,
                        successor: None,
                        instance: None,
                        writes_lost: 0,
                    });
                }
            }
            State::GivenUp => self.promote(log),
            State::Well | State::Wanted => {}
        }
    }

    /// A copy has all that there is.
    fn show_all(&mut self, log: u32, copy: u32) {
        let (jobs, ready) = (&mut self.jobs, &mut self.ready);
        let copies = &mut self.copies[log as usize];
        copies.catch_up_copy(copy, self.now, |_, waiter| {
            if waiter != NONE {
                jobs[waiter].doing = Doing::Nothing;
                ready.push(waiter);
            }
        });
        let next = copies.next();
        if let Some(parts) = &mut copies.parts {
            parts.received[copy as usize] = next;
        }
    }

    /// The copy that has received most becomes the primary.
    fn promote(&mut self, log: u32) {
        let now = self.now;
        let up = self.all_up(log);
        let copies = &self.copies[log as usize];
        let Some(parts) = &copies.parts else {
            return;
        };
        // What lies behind a gap is of no use.
        let has = |copy: u32| {
            let catching = parts.catching.iter().any(|(_, other)| *other == copy);
            if catching {
                copies.shows(copy)
            } else {
                parts.received[copy as usize]
            }
        };
        let best = (0..up.len() as u32 - 1)
            .filter(|copy| up[*copy as usize + 1])
            .map(|copy| (copies.after_first(has(copy)), copy))
            .max_by_key(|(writes, copy)| (*writes, u32::MAX - copy));
        let Some((_, copy)) = best else {
            if let Some(parts) = &mut self.copies[log as usize].parts {
                parts.state = State::Wanted;
            }
            return;
        };
        let from = has(copy);
        let lost = self.copies[log as usize].lose(from, now);
        self.show_all(log, copy);
        let machine = self.copies[log as usize].parts.as_ref();
        let machine = machine.map_or(0, |parts| parts.machines[copy as usize + 1]);
        let (_, successor, instance) = self.machine(log, machine);
        if let Some(parts) = &mut self.copies[log as usize].parts {
            parts.machines.swap(0, copy as usize + 1);
            parts.catching.retain(|(_, other)| *other != copy);
            parts.state = State::Well;
            if let Some(last) = parts.history.last_mut() {
                last.taken_over_seconds = Some(now);
                last.successor = Some(ComponentId(successor));
                last.instance = Some(instance);
                last.writes_lost = lost;
            }
        }
        let up = self.all_up(log);
        for copy in 0..up.len() as u32 - 1 {
            if up[copy as usize + 1] {
                self.catch_up_later(log, copy);
            }
        }
        self.let_in_whoever_acts();
    }

    /// Who enters a component that has a part in a log may be served by another's machine.
    pub(super) fn let_in_whoever_acts(&mut self) {
        for (entry, component) in self.entries.iter().enumerate() {
            let acts = |copies: &Copies| {
                (copies.primary == *component || copies.replicas.contains(component))
                    && copies
                        .parts
                        .as_ref()
                        .is_some_and(|parts| parts.is_displaced())
            };
            if let Some(state) = self.faults.entries.get_mut(entry) {
                state.acted = self.copies.iter().any(acts);
            }
        }
    }
}

/// What has become of failovers.
pub(super) fn find(simulation: &Simulation) -> Vec<FailoverFindings> {
    let logs = simulation.network.logs.iter();
    logs.filter_map(|log| simulation.registry.logs.find(&log.primary))
        .filter_map(|place| simulation.engine.copies[place as usize].parts.as_ref())
        .flat_map(|parts| parts.history.iter().copied())
        .collect()
}

impl Copies {
    /// A write has come to a copy; whether it is of use there: the copy hasn't had it yet, and it isn't lost.
    fn receive(&mut self, copy: u32, write: u32) -> bool {
        if self.has_applied(copy, write) {
            return false;
        }
        let after = self.after_first(write.wrapping_add(1));
        let lost = self.is_lost(write);
        let first = self.first();
        let acting = self
            .parts
            .as_ref()
            .and_then(|parts| parts.acting().checked_sub(1));
        let way = acting.map_or(0, |copy| self.whose(copy).0 as usize + 1);
        let Some(parts) = &mut self.parts else {
            return true;
        };
        // One that its callers alone don't reach goes on sending until it is given up.
        let sends = match parts.state {
            State::Well => true,
            State::Missed => parts.parted.get(way) == Some(&true),
            State::GivenUp | State::Wanted => false,
        };
        let received = &mut parts.received[copy as usize];
        let so_far = received.wrapping_sub(first);
        let so_far = if so_far > u32::MAX / 2 { 0 } else { so_far };
        if lost || (!sends && after > so_far) {
            return false;
        }
        *received = first.wrapping_add(so_far.max(after));
        true
    }
}

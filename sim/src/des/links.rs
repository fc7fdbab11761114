//! Links on which something goes wrong: calls that are lost or take longer there, and the writes on their way to replicas, which are sent
//! again. It doesn't know when that is, nor how anybody copes.

use super::engine::{Engine, Next};
use super::faults::Faults;
use super::job::{Doing, Kind, Open};
use super::parted::Way;
use super::program::{NONE, Op};
use super::random::{Purpose, Stream};
use super::rules;
use crate::network::Effect;
use std::collections::BTreeMap;

/// Seconds after which a call that is lost on its way fails where its caller has set no time-out: the default connect time-out of the
/// Envoy proxy (Cluster.connect_timeout, Envoy documentation).
pub const CONNECT_TIMEOUT_SECONDS: f64 = 5.0;
/// Seconds after which what was lost in a stream is sent again for the first time, each further time twice as long, and the longest of these
/// times (Linux, `TCP_RTO_MIN` and `TCP_RTO_MAX`; doubling: RFC 6298, section 5.5).
const FIRST_WAIT: f64 = 0.2;
const LONGEST_WAIT: f64 = 120.0;
/// A caller's time-out comes so much before its lost call is cleared away, seconds.
const AFTER_DEADLINE: f64 = 1e-3;
/// What is wrong with a link.
#[derive(Clone, Debug)]
pub(super) struct LinkState {
    /// Probability that a call is lost.
    lost: f64,
    /// From when to when callers forget an old address, where calls are lost, seconds.
    stale: Vec<(f64, f64)>,
    /// What a call takes on top, seconds.
    added: f64,
    /// Whether it carries a primary's writes to a replica.
    is_stream: bool,
    /// Who is called along it, where calls may be lost; [`NONE`] else.
    pub called: u32,
    pub cause: u32,
    stream: Stream,
}

impl LinkState {
    /// Nothing is wrong with the link of this number; whoever is lost there fails for this cause.
    pub fn new(seed: u64, link: u32, cause: u32) -> Self {
        LinkState {
            lost: 0.0,
            stale: Vec::new(),
            added: 0.0,
            is_stream: false,
            called: NONE,
            cause,
            stream: Stream::named(seed, link, Purpose::LinkFault, 0),
        }
    }

    /// Whether nothing gets through.
    pub fn is_cut(&self) -> bool {
        self.lost >= 1.0
    }

    /// The probability that a call is lost which is made now (seconds).
    fn lost_at(&self, now: f64) -> f64 {
        let found = |(since, until): &(f64, f64)| {
            if until.is_finite() {
                ((now - since) / (until - since)).clamp(0.0, 1.0)
            } else {
                0.0
            }
        };
        1.0 - (1.0 - self.lost) * self.stale.iter().map(found).product::<f64>()
    }
}

impl Faults {
    /// What is wrong with a link at this moment (seconds): the probability that a call is lost, and what it takes on top, seconds.
    pub fn on_link(&self, place: u32, now: f64) -> (f64, f64) {
        match self.links.get(place as usize) {
            Some(state) if self.on_links => (state.lost_at(now), state.added),
            _ => (0.0, 0.0),
        }
    }

    /// Works out anew what is wrong with links; those of these numbers carry writes to replicas.
    pub fn look_at_links(&mut self, registry_place: &BTreeMap<u32, u32>, streams: &[u32]) {
        let mut states = vec![(1.0, 0.0); self.links.len()];
        let mut stale = vec![Vec::new(); self.links.len()];
        for planned in self.active() {
            match &planned.disturbance.effect {
                Effect::Drop { links, probability } => {
                    for (link, _) in links {
                        if let Some(place) = registry_place.get(&link.0) {
                            states[*place as usize].0 *= 1.0 - probability;
                        }
                    }
                }
                Effect::Delay { links, added } => {
                    for link in links {
                        if let Some(place) = registry_place.get(&link.0) {
                            states[*place as usize].1 += added.0;
                        }
                    }
                }
                Effect::Stale { links } => {
                    let until = planned.disturbance.end.map_or(f64::INFINITY, |end| end.0);
                    for (link, _) in links {
                        if let Some(place) = registry_place.get(&link.0) {
                            stale[*place as usize].push((planned.disturbance.start.0, until));
                        }
                    }
                }
                _ => {}
            }
        }
        let is_stale = stale.iter().any(|spans| !spans.is_empty());
        self.on_links = is_stale || states.iter().any(|state| *state != (1.0, 0.0));
        for ((link, (through, added)), stale) in self.links.iter_mut().zip(states).zip(stale) {
            (link.lost, link.added, link.stale) = (1.0 - through, added, stale);
            link.is_stream = false;
        }
        for place in streams.iter().filter_map(|link| registry_place.get(link)) {
            if let Some(link) = self.links.get_mut(*place as usize) {
                link.is_stream = true;
            }
        }
    }
}

impl Engine {
    /// A call along a link on which something is wrong: what it takes on top, seconds; `None` when it is lost, and hangs.
    #[inline(never)]
    pub(super) fn faulty_hop(&mut self, id: u32, link: u32) -> Option<f64> {
        let state = &mut self.faults.links[link as usize];
        if state.is_stream {
            return self.stream_hop(id, link, FIRST_WAIT);
        }
        let called = state.called;
        let way = match self.copies.is_empty() {
            true => Way::Own,
            false => self.way_to_primary(called),
        };
        let state = &mut self.faults.links[link as usize];
        let share = match way {
            // Somebody else answers, who isn't where this link leads.
            Way::Undrawn => return Some(0.0),
            Way::Parted => 1.0,
            _ if state.stale.is_empty() => state.lost,
            _ => state.lost_at(self.now),
        };
        let lost = share >= 1.0 || (share > 0.0 && state.stream.happens(share));
        if !lost {
            return Some(state.added);
        }
        let deadline = self.own_deadline(id);
        let seconds = if deadline.is_finite() {
            (deadline - self.now).max(0.0) + AFTER_DEADLINE
        } else {
            CONNECT_TIMEOUT_SECONDS
        };
        self.trace_hop(id, link, seconds);
        self.sleep_at_least(id, seconds);
        self.jobs[id].doing = Doing::Hanging;
        None
    }

    /// A write is sent along a link to a replica: what that takes on top, seconds; `None` when it is lost, and sent again after this wait. Where
    /// nothing gets through it stays until something does: who was parted catches up at once when that is over.
    fn stream_hop(&mut self, id: u32, link: u32, wait: f64) -> Option<f64> {
        let state = match self.way_to_copy(id, link) {
            Way::Undrawn => return Some(0.0),
            Way::Another(place) => &mut self.faults.links[place as usize],
            Way::Own | Way::Parted => &mut self.faults.links[link as usize],
        };
        let parted = state.is_cut();
        let lost = parted || (state.lost > 0.0 && state.stream.happens(state.lost));
        if !lost {
            return Some(state.added);
        }
        if parted {
            self.faults.parted.push(id);
        } else {
            self.jobs[id].begun = wait;
            self.sleep_at_least(id, wait);
        }
        self.jobs[id].doing = Doing::Hanging;
        None
    }

    /// A write that was lost on its way to a replica is sent again.
    fn send_again(&mut self, id: u32, link: u32, seconds: f64) {
        let wait = (2.0 * self.jobs[id].begun).min(LONGEST_WAIT);
        let Some(added) = self.stream_hop(id, link, wait) else {
            return;
        };
        self.jobs[id].doing = Doing::Nothing;
        match self.sleep(id, seconds + added) {
            Next::Operation => self.ready.push(id),
            Next::Later => {}
        }
    }

    /// Something has changed on links: the writes that were parted from their replicas are sent, the first first.
    pub(super) fn send_parted(&mut self) {
        let parted = std::mem::take(&mut self.faults.parted);
        for id in &parted {
            self.jobs[*id].begun = FIRST_WAIT / 2.0;
        }
        let before = self.ready.len();
        for id in parted {
            self.stop_hanging(id);
        }
        // The next one stands last.
        self.ready[before..].reverse();
    }

    /// When the caller of the call that a job is just making gives it up; infinite when it doesn't.
    fn own_deadline(&self, id: u32) -> f64 {
        let job = &self.jobs[id];
        let mut frame = job.frame;
        while frame != NONE {
            // A call from further below, or one that is tried without a time-out.
            if matches!(
                self.frames[frame],
                Open::Visit { .. } | Open::Attempting { .. }
            ) {
                return f64::INFINITY;
            }
            frame = self.frames.below(frame);
        }
        match self.joins.get(job.join) {
            Some(join)
                if job.kind == Kind::Call
                    && join.generation == job.generation
                    && join.list != NONE =>
            {
                let (rule, which) = rules::of_list(join.list);
                let spec = &self.rules[rule as usize].spec;
                // The first may be when it is called once more.
                let more = if which == 0 {
                    0.0
                } else {
                    spec.timeout - spec.hedge_after
                };
                join.deadline + more
            }
            _ => f64::INFINITY,
        }
    }

    /// A lost call has been waited for long enough.
    #[inline(never)]
    pub(super) fn stop_hanging(&mut self, id: u32) {
        if self.watchers.are_any() && !self.is_given_up(id) {
            self.lost_on_the_way(id);
        }
        // It hangs behind the hop that lost it.
        let (link, seconds) = match self.program.ops[self.jobs[id].at as usize - 1] {
            Op::Hop { link, seconds } => (link, seconds),
            Op::Reach { link, .. } => (link.get(), 0.0),
            _ => (NONE, 0.0),
        };
        if (self.faults.links.get(link as usize)).is_some_and(|state| state.is_stream) {
            return self.send_again(id, link, seconds);
        }
        let job = &mut self.jobs[id];
        job.doing = Doing::Nothing;
        if link == NONE {
            return;
        }
        let cause = self.faults.links[link as usize].cause;
        if let Next::Operation = self.fail(id, cause) {
            self.advance(id);
        }
    }
}

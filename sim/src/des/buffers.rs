//! Writes that caches have acknowledged and that their stores don't have yet: which keys wait, and what is lost with a cache's memory. It
//! doesn't know for how long they wait, nor where they go.
//!
//! The first write of a key begins to wait; those that follow until it goes are one with it.

use super::Simulation;
use super::copies::KeyHasher;
use super::engine::{Engine, Next};
use super::estimate::{Estimate, ratio};
use super::job::{Doing, Job, Linked, Places};
use super::program::{Mark, NONE, Op};
use super::random::{Purpose, Stream, scramble};
use super::zipf::{Laws, Zipf};
use crate::network::Store;
use crate::scenario::{ClassId, ComponentId};
use serde::Serialize;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;

const RANK_BITS: u32 = 40;

/// One class's writes that wait in a cache before they go to its store.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WriteBehindFindings {
    /// The cache.
    pub component: ComponentId,
    /// Whose writes.
    pub class: ClassId,
    /// Writes a second.
    pub writes: Option<Estimate>,
    /// Share of them that became one with a write of the same key that was waiting, 0 to 1.
    pub merged: Option<Estimate>,
    /// Acknowledged writes that were lost with the cache's memory, in the whole run.
    pub lost: u64,
}

/// The writes that wait in one cache for one store.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffer {
    /// Whose it is, as a number; [`NONE`] for what is no buffer.
    component: u32,
    /// By class that writes.
    keys: Vec<Option<Keys>>,
    /// Where those that wait are.
    places: HashMap<u64, u32, BuildHasherDefault<KeyHasher>>,
    waiting: Places<Waiting>,
    /// Lost writes, by class.
    lost: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Keys {
    zipf: Zipf,
    space: (f64, f64),
    stream: Stream,
}

/// A key that waits, with how many writes of it.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    key: u64,
    writes: u64,
    link: u32,
}

impl Linked for Waiting {
    fn link(&mut self) -> &mut u32 {
        &mut self.link
    }

    fn linked(&self) -> u32 {
        self.link
    }
}

impl Buffer {
    /// The buffer that a store stands for, if it does; nothing waits.
    pub fn new(seed: u64, ordinal: u32, store: &Store, laws: &mut Laws) -> Self {
        if !store.is_write_buffer {
            return Buffer {
                component: NONE,
                ..Buffer::default()
            };
        }
        let component = store.component.0;
        let keys = store.keys.iter().enumerate().map(|(class, keys)| {
            let keys = keys.as_ref()?;
            let most = (1_u64 << RANK_BITS) as f64 - 1.0;
            let space = (keys.keys.min(most), keys.zipf_exponent);
            let ordinal = class as u32 | (ordinal << 16);
            Some(Keys {
                zipf: laws.zipf(space.0, space.1),
                space,
                stream: Stream::named(seed, component, Purpose::Buffer, ordinal),
            })
        });
        Buffer {
            component,
            lost: vec![0; store.keys.len()],
            keys: keys.collect(),
            ..Buffer::default()
        }
    }

    /// Becomes another, with what waits and the streams there are.
    pub fn change(&mut self, other: Buffer) {
        let Buffer {
            component: _,
            keys,
            places,
            waiting,
            lost,
        } = std::mem::replace(self, other);
        self.places = places;
        self.waiting = waiting;
        if self.lost.len() < lost.len() {
            self.lost.resize(lost.len(), 0);
        }
        for (own, old) in self.lost.iter_mut().zip(lost) {
            *own = old;
        }
        for (own, old) in self.keys.iter_mut().zip(keys) {
            if let (Some(own), Some(old)) = (own, old) {
                own.stream = old.stream;
                if own.space == old.space {
                    own.zipf = old.zipf;
                }
            }
        }
    }

    /// A class writes some key: the place where it waits, or `None` when it does already. So does a key of whom nothing is known, by itself.
    fn write(&mut self, class: u16) -> Option<u32> {
        let Some(Some(keys)) = self.keys.get_mut(usize::from(class)) else {
            return Some(NONE);
        };
        let key = (u64::from(class) << RANK_BITS) | keys.zipf.draw(&mut keys.stream);
        if let Some(place) = self.places.get(&key) {
            self.waiting[*place].writes += 1;
            return None;
        }
        let place = self.waiting.put(Waiting {
            key,
            writes: 1,
            link: NONE,
        });
        self.places.insert(key, place);
        Some(place)
    }

    /// A key waits no longer; with how many writes.
    fn take(&mut self, place: u32) -> Waiting {
        let taken = self.waiting[place];
        self.places.remove(&taken.key);
        self.waiting.free(place);
        taken
    }

    /// Acknowledged writes that have been lost by now, of all classes.
    pub fn lost(&self) -> u64 {
        self.lost.iter().sum()
    }

    fn lose(&mut self, class: u16, writes: u64) {
        if let Some(lost) = self.lost.get_mut(usize::from(class)) {
            *lost += writes;
        }
    }
}

/// Whether a key is among this part of all, from 0 to 1, by its hash.
fn is_among(part: &Range<f64>, key: u64) -> bool {
    part.contains(&((scramble(key) >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)))
}

/// A job goes on to hand over a write that waits at this place.
fn job_waits(job: &mut Job, waits: u32, miss: u32) {
    job.copy = waits;
    job.at = miss;
}

impl Engine {
    /// A write is acknowledged: it goes on at `miss` to wait, or is one with another that waits, and is done.
    #[inline(never)]
    pub(super) fn write_behind(&mut self, id: u32, place: u32, miss: u32) -> Next {
        let forgets = self.stores[place as usize].lost_share;
        let job = &mut self.jobs[id];
        let buffer = &mut self.buffers[place as usize];
        let written = buffer.write(job.class);
        let tally = self.tally.lookups_at(place, job.class);
        tally.asked += 1;
        tally.found += u64::from(written.is_none());
        job.at += 1;
        if let Some(waits) = written {
            if self.jobs.used() >= self.most_jobs && waits != NONE {
                // There is no room for anybody who waits: its job fails.
                buffer.take(waits);
                job_waits(&mut self.jobs[id], NONE, miss);
                return Next::Operation;
            }
            let job = &mut self.jobs[id];
            let lost = waits != NONE && is_among(&(0.0..forgets), buffer.waiting[waits].key);
            if lost {
                let writes = buffer.take(waits).writes;
                buffer.lose(job.class, writes);
            } else {
                job_waits(job, waits, miss);
            }
        }
        Next::Operation
    }

    /// A write has waited for long enough, and goes to its store.
    pub(super) fn written_back(&mut self, id: u32, place: u32) {
        let waits = std::mem::replace(&mut self.jobs[id].copy, NONE);
        if waits != NONE {
            self.buffers[place as usize].take(waits);
        }
    }

    /// A component forgets this part of what it holds: writes that wait there are lost.
    pub(super) fn lose_unwritten(&mut self, component: u32, part: &Range<f64>) {
        let holds = |buffer: &Buffer| buffer.component == component;
        if part.is_empty() || !self.buffers.iter().any(holds) {
            return;
        }
        let all: Vec<u32> = self.jobs.places_in_use().collect();
        for id in all {
            let job = &self.jobs[id];
            let (Op::Mark(Mark::WrittenBack { buffer: place }), Doing::Sleeping, true) = (
                self.program.ops[job.at as usize],
                job.doing,
                job.copy != NONE,
            ) else {
                continue;
            };
            let (class, waits) = (job.class, job.copy);
            let buffer = &mut self.buffers[place as usize];
            if buffer.component != component || !is_among(part, buffer.waiting[waits].key) {
                continue;
            }
            let writes = buffer.take(waits).writes;
            buffer.lose(class, writes);
            self.discard(id);
        }
    }

    /// Keys that wait, and jobs that are about to write them: the same, when the books balance.
    pub(super) fn unwritten(&self) -> (usize, usize) {
        let keys = self.buffers.iter().map(|buffer| buffer.waiting.used());
        let waits = |op: Op| matches!(op, Op::Mark(Mark::WrittenBack { .. }));
        let jobs = (self.jobs.in_use())
            .filter(|job| job.copy != NONE && waits(self.program.ops[job.at as usize]));
        (keys.sum(), jobs.count())
    }
}

/// What was seen of buffers; `cell` is a window's figure, of so many windows of this width in seconds.
pub(super) fn find(
    simulation: &Simulation,
    (count, width): (usize, f64),
    cell: &dyn Fn(usize, usize) -> f64,
) -> Vec<WriteBehindFindings> {
    let columns = simulation.engine.tally.columns();
    let mut found = Vec::new();
    for (store, place) in (simulation.network.stores.iter()).zip(&simulation.places.stores) {
        for (class, spec) in simulation.network.classes.iter().enumerate() {
            if !store.is_write_buffer || !matches!(store.keys.get(class), Some(Some(_))) {
                continue;
            }
            let class = simulation.places.classes[class] as usize;
            let (asked, merged, _) = columns.lookups(*place as usize, class);
            let lost = &simulation.engine.buffers[*place as usize].lost;
            found.push(WriteBehindFindings {
                component: store.component,
                class: spec.class,
                writes: ratio(count, |window| (cell(window, asked), width)),
                merged: ratio(count, |window| (cell(window, merged), cell(window, asked))),
                lost: lost.get(class).copied().unwrap_or(0),
            });
        }
    }
    found
}

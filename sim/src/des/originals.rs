//! Databases whose data caches hold that some writers don't tell: what a write outdates there, and how old what a fetch brings is. It doesn't
//! know how long anything takes, nor what is held.
//!
//! A write takes effect when it ends at its database, or where that has a log or a quorum, when it takes its place there or counts; it
//! changes the same key for the caches as for the replicas. A fetch has read the data when its visit ends there, or what a copy showed it. A fetch
//! that reads several times is as old as the oldest read, be it one of an attempt that failed afterwards. Writes that come by a cache aren't
//! told apart from its look-ups (see [`super::keys`]): what it holds is never older than they are, so a fetch that they overtake isn't seen.
//! For the same reason nothing is known of a cache that all writers tell, though a replica that is behind may have given it what is old. Writes
//! that a failover loses have outdated what they had outdated.

use super::copies::{self, Copies};
use super::engine::Engine;
use super::frames::Frames;
use super::job::{Job, Join, Kind, Open, Places};
use super::keys::{Asked, KeyStore, Through, Vintage, name_of};
use super::program::NONE;
use super::random::{Purpose, Stream};
use super::zipf::{Laws, Zipf};
use crate::network;

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Originals {
    /// Whether there are any.
    pub any: bool,
    /// By the place of the database's entry.
    pub of_entries: Vec<Option<Box<Original>>>,
    /// That place, by log and by quorum; [`NONE`] for others.
    pub of_logs: Vec<u32>,
    /// See [`Originals::of_logs`].
    pub of_quorums: Vec<u32>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Original {
    /// Which classes write there.
    writes: Vec<bool>,
    /// Whether a log or a quorum says which key a write changes, and when.
    follows: bool,
    /// The classes that read, with the sum of their shares in the writes so far.
    classes: Vec<(f64, u16)>,
    keys: Vec<Option<Zipf>>,
    /// Draws what each write changes.
    pub written: Stream,
    caches: Vec<Cache>,
}

#[derive(Clone, Debug)]
struct Cache {
    store: u32,
    told: Vec<bool>,
    /// The part of each class's keys that it sees: of those that read nothing through it 0.
    parts: Vec<f64>,
}

impl Original {
    /// As specified, with classes, stores and logs by their places; of each cache and class the part of its keys that comes there.
    pub fn new(seed: u64, spec: &network::Original, parts: &[Vec<f64>], laws: &mut Laws) -> Self {
        let mut sum = 0.0;
        let shares = spec.keys.iter().enumerate().filter_map(|(class, keys)| {
            sum += keys.as_ref()?.share;
            Some((sum, class as u16))
        });
        let classes = shares.collect();
        let keys = spec.keys.iter().map(|keys| {
            let keys = keys.as_ref()?;
            Some(laws.zipf(keys.keys.min(copies::MOST_KEYS), keys.zipf_exponent))
        });
        let caches = spec.caches.iter().zip(parts).map(|(cache, parts)| Cache {
            store: cache.store.0,
            told: cache.told.clone(),
            parts: parts.clone(),
        });
        Original {
            writes: spec.writes.clone(),
            follows: spec.log.is_some() || spec.quorum.is_some(),
            classes,
            keys: keys.collect(),
            written: Stream::named(seed, spec.component.0, Purpose::Version, 0),
            caches: caches.collect(),
        }
    }

    /// Draws which key a write changes; 0 when nobody reads any.
    fn draw(&mut self) -> u64 {
        let Some((_, last)) = self.classes.last() else {
            return 0;
        };
        let mut class = *last;
        if self.classes.len() > 1 {
            let point = self.written.uniform();
            let found = self.classes.iter().find(|(sum, _)| point < *sum);
            class = found.map_or(class, |(_, class)| *class);
        }
        match &self.keys[usize::from(class)] {
            Some(zipf) => copies::name(class, zipf.draw(&mut self.written)),
            None => 0,
        }
    }

    /// A class writes this key, or one that is drawn.
    fn write(&mut self, stores: &mut [KeyStore], writer: u16, key: u64, now: f64) {
        let key = if key == 0 { self.draw() } else { key };
        let (class, rank) = copies::split(key);
        for cache in &self.caches {
            let told = cache.told.get(usize::from(writer));
            let part = cache.parts.get(usize::from(class)).copied().unwrap_or(0.0);
            if key == 0 || told.is_none_or(|told| *told) || part == 0.0 {
                continue;
            }
            let store = &mut stores[cache.store as usize];
            let rank = match part < 1.0 {
                true => store.draw_written(class, part),
                false => Some(rank),
            };
            if let Some(rank) = rank {
                store.outdate(class, rank, now);
            }
        }
    }
}

/// Tells whoever waits for what a job reads, by store and key, what it has read.
fn tell_fetches(
    jobs: &Places<Job>,
    frames: &mut Frames,
    joins: &Places<Join>,
    job: u32,
    mut read: impl FnMut(u32, u64) -> Vintage,
) {
    let mut job = &jobs[job];
    loop {
        let mut frame = job.frame;
        while frame != NONE {
            if let Open::Fetching {
                store,
                key,
                time,
                outdated,
                ..
            } = &mut frames[frame]
            {
                let known = Vintage {
                    time: *time,
                    outdated: *outdated,
                };
                let own = known.and(read(*store, *key));
                (*time, *outdated) = (own.time, own.outdated);
            }
            frame = frames.below(frame);
        }
        if job.kind != Kind::Call || joins[job.join].generation != job.generation {
            return;
        }
        job = &jobs[joins[job.join].waiter];
    }
}

impl Engine {
    /// A job leaves a database: it has read there, or what it writes takes effect.
    #[inline(never)]
    pub(super) fn answered(&mut self, id: u32, entry: u32) {
        let class = self.jobs[id].class;
        let original = self.originals.of_entries.get_mut(entry as usize);
        let Some(Some(original)) = original else {
            return;
        };
        let writes = original.writes.get(usize::from(class));
        if !writes.is_some_and(|writes| *writes) {
            self.has_read(id, Vintage::read(self.now, None));
        } else if !original.follows {
            original.write(&mut self.stores, class, 0, self.now);
        }
    }

    /// A write takes its place in a log or counts in a quorum, of which this is the place among the originals: it changes this key, or one that is
    /// drawn when that isn't known any more (0).
    #[inline(never)]
    pub(super) fn outdate(&mut self, id: u32, original: Option<u32>, key: u64) {
        let place = original.unwrap_or(NONE) as usize;
        if let Some(Some(original)) = self.originals.of_entries.get_mut(place) {
            original.write(&mut self.stores, self.jobs[id].class, key, self.now);
        }
    }

    /// Whoever waits for what a job reads has it.
    pub(super) fn has_read(&mut self, id: u32, read: Vintage) {
        tell_fetches(&self.jobs, &mut self.frames, &self.joins, id, |_, _| read);
    }

    /// A job has read a copy, of whichever key: out of date for so many seconds, or up to date. What somebody fetches is as old as his own key is
    /// there.
    #[inline(never)]
    pub(super) fn has_read_copy(&mut self, id: u32, log: u32, copy: u32, age: Option<f64>) {
        let (now, stores) = (self.now, &self.stores);
        let copies: &Copies = &self.copies[log as usize];
        let read = |store: u32, key: u64| {
            let (class, rank) = name_of(key);
            let age = match stores[store as usize].reads_through(class) {
                Through::All if key != 0 => {
                    let missed = copies.first_missed(copy, copies::name(class, rank));
                    missed.map(|committed| now - committed)
                }
                _ => age,
            };
            Vintage::read(now, age)
        };
        tell_fetches(&self.jobs, &mut self.frames, &self.joins, id, read);
    }

    /// The key for whose fetch a job reads, in the names of writes; `None` when it isn't for one of all keys.
    pub(super) fn key_fetched(&self, id: u32) -> Option<u64> {
        let mut frame = self.jobs[id].frame;
        let mut job = &self.jobs[id];
        loop {
            while frame != NONE {
                if let Open::Fetching { store, key, .. } = self.frames[frame] {
                    let (class, rank) = name_of(key);
                    let through = self.stores[store as usize].reads_through(class);
                    if key != 0 && through == Through::All {
                        return Some(copies::name(class, rank));
                    }
                }
                frame = self.frames.below(frame);
            }
            if job.kind != Kind::Call || self.joins[job.join].generation != job.generation {
                return None;
            }
            job = &self.jobs[self.joins[job.join].waiter];
            frame = job.frame;
        }
    }

    /// A job has found a key in a store: how old that is counts, and is told to whoever waits for it.
    #[inline(never)]
    pub(super) fn found_copy(&mut self, id: u32, place: u32, asked: Asked) {
        let (class, now) = (self.jobs[id].class, self.now);
        let store = &mut self.stores[place as usize];
        let age = store.age_of(asked, class, now);
        if let Some(seen) = store.counted_at(class) {
            self.tally.read_at(seen, class, age);
        }
        self.has_read(id, Vintage::read(now, age));
    }
}

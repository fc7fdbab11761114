//! Which of the keys that a store holds are out of date, and since when: of caches that some writers don't tell. It doesn't know who writes.
//!
//! Of each key that is held there is a moment: when the first write took effect that it misses. A write that comes while a key is being fetched
//! is missed too, when the fetch had read the data before: the latest writes are remembered for that.

use super::{Asked, HeldKeys, KeyStore, REMEMBERED, Seen, copy_of, rank_of};
use crate::des::random::{Purpose, Stream};
use std::collections::VecDeque;

/// So many writes are remembered. A fetch that is answered later than so many writes after it has read the data may count as up to date when
/// it isn't; a millisecond of the way back is seldom more than a few of them.
const MOST_RECENT: usize = 1 << 12;

/// What a fetch has read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Vintage {
    /// When that was, seconds; if it was out of date already, since when. NaN when nothing has been read yet.
    pub time: f64,
    /// Whether it was out of date already.
    pub outdated: bool,
}

impl Vintage {
    /// Nothing has been read yet.
    pub const NONE: Vintage = Vintage {
        time: f64::NAN,
        outdated: false,
    };

    /// Read at this moment, and found up to date; or out of date for so many seconds.
    pub fn read(now: f64, age: Option<f64>) -> Self {
        Vintage {
            time: now - age.unwrap_or(0.0),
            outdated: age.is_some(),
        }
    }

    /// What is made of this and another: as old as the older.
    pub fn and(self, other: Self) -> Self {
        match (self.outdated, other.outdated) {
            _ if self.time.is_nan() => other,
            (true, false) => self,
            (false, true) => other,
            _ if other.time < self.time => other,
            _ => self,
        }
    }
}

/// How a class reads through a store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) enum Through {
    /// Nothing that may be out of date.
    Nothing,
    /// All keys of the class.
    All,
    /// Some of its keys, that only here have these ranks.
    Some,
}

/// The moments of a store's keys.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    /// Where its reads are counted.
    pub place: u32,
    /// By class.
    through: Vec<Through>,
    likely: Vec<Likely>,
    /// By place: since when the key there is out of date, seconds; infinite while it isn't.
    since: Vec<f64>,
    /// The latest writes with their keys' names at the first copy, the latest last.
    recent: VecDeque<(f64, u64)>,
    chance: Stream,
}

/// What a class's hits have found of late, which is what those for keys that aren't simulated find; of hot and of other keys.
#[derive(Clone, Copy, Debug)]
struct Likely {
    /// Hits, and those of them that found what is out of date.
    hits: [Seen; 2],
    /// For how long the last of these was, seconds.
    age: [f64; 2],
}

impl Likely {
    const UNKNOWN: Likely = Likely {
        hits: [Seen {
            asked: 0.0,
            found: 0.0,
        }; 2],
        age: [0.0; 2],
    };
}

impl Versions {
    fn reads(&self, class: u16) -> bool {
        let through = self.through.get(usize::from(class));
        through.is_some_and(|through| *through != Through::Nothing)
    }

    fn set(&mut self, place: u32, since: f64) {
        let place = place as usize;
        if place >= self.since.len() {
            self.since.resize(place + 1, f64::INFINITY);
        }
        self.since[place] = since;
    }

    fn get(&self, place: u32) -> f64 {
        let since = self.since.get(place as usize);
        since.copied().unwrap_or(f64::INFINITY)
    }

    /// When a key was first written after this moment; infinite when it wasn't.
    fn first_after(&self, time: f64, name: u64) -> f64 {
        let later = self.recent.iter().rev();
        later
            .take_while(|(written, _)| *written > time)
            .filter(|(_, own)| *own == name)
            .fold(f64::INFINITY, |_, (written, _)| *written)
    }
}

impl KeyStore {
    /// From now on it is known since when keys are out of date that classes read in this way, and counted at this place; what is held already
    /// goes on as it is known, or counts as up to date.
    pub fn watch(&mut self, seed: u64, ordinal: u32, place: u32, through: Vec<Through>) {
        self.is_watched = true;
        match &mut self.versions {
            Some(versions) => {
                versions.place = place;
                versions.likely.resize(through.len(), Likely::UNKNOWN);
                versions.through = through;
            }
            None => {
                self.versions = Some(Box::new(Versions {
                    place,
                    likely: vec![Likely::UNKNOWN; through.len()],
                    through,
                    since: vec![f64::INFINITY; self.held.places()],
                    recent: VecDeque::new(),
                    chance: Stream::named(seed, self.component, Purpose::Version, ordinal),
                }));
            }
        }
    }

    /// From now on nothing is known of that, but who fetches from here is told when.
    pub fn watch_hits(&mut self, is_watched: bool) {
        self.is_watched = is_watched;
        self.versions = None;
    }

    /// How many keys of a class may be asked for here.
    pub fn keys_of(&self, class: usize) -> Option<f64> {
        let keys = self.spec.keys.get(class).copied().flatten();
        keys.map(|keys| keys.keys)
    }

    /// How a class reads here.
    pub fn reads_through(&self, class: u16) -> Through {
        let versions = self.versions.as_deref();
        let through = versions.and_then(|own| own.through.get(usize::from(class)));
        through.copied().unwrap_or(Through::Nothing)
    }

    /// Where reads are counted that find what is out of date; `None` where nothing can be.
    pub fn counted_at(&self, class: u16) -> Option<u32> {
        let versions = self.versions.as_deref()?;
        versions.reads(class).then_some(versions.place)
    }

    /// For how long what a look-up has found has been out of date, seconds; `None` when it isn't.
    pub fn age_of(&mut self, asked: Asked, class: u16, now: f64) -> Option<f64> {
        let versions = self.versions.as_deref_mut()?;
        if !asked.found || !versions.reads(class) {
            return None;
        }
        let part = usize::from(asked.part);
        let likely = &mut versions.likely[usize::from(class)];
        let (hits, last) = (&mut likely.hits[part], &mut likely.age[part]);
        if asked.key == 0 {
            let is_old = hits.found > 0.0 && versions.chance.uniform() * hits.asked < hits.found;
            return is_old.then_some(*last);
        }
        let largest = (self.classes.get(usize::from(class))).map_or(1.0, |own| own.largest(part));
        let place = self.held.find(asked.key)?;
        let since = versions.since.get(place as usize).copied();
        let age = since.filter(|since| *since <= now).map(|since| now - since);
        let most = REMEMBERED * largest;
        hits.count(age.is_some(), asked.stands_for as f64, most);
        *last = age.unwrap_or(*last);
        age
    }

    /// A write of which it isn't told changes a key of this class, or whichever of those that it sees.
    pub fn outdate(&mut self, class: u16, rank: u64, now: f64) {
        let first = self.name(0, class, rank);
        let (Some(versions), Some(keys)) = (
            self.versions.as_deref_mut(),
            self.classes.get(usize::from(class)),
        ) else {
            return;
        };
        if keys.stands_for(rank) == 0 {
            return;
        }
        if versions.recent.len() >= MOST_RECENT {
            versions.recent.pop_front();
        }
        versions.recent.push_back((now, first));
        for copy in 0..self.copies {
            if let Some(place) = self.held.find(first | u64::from(copy) << super::RANK_BITS)
                && versions.get(place) == f64::INFINITY
            {
                versions.set(place, now);
            }
        }
    }

    /// Draws which of the class's keys that come here a write changes; `None` when it is another: this part of the class's keys comes here.
    pub fn draw_written(&mut self, class: u16, part: f64) -> Option<u64> {
        let versions = self.versions.as_deref_mut()?;
        let keys = self.classes.get(usize::from(class))?;
        let comes = versions.chance.happens(part);
        comes.then(|| keys.zipf.draw(&mut versions.chance))
    }

    /// A key has been put in that is up to date.
    pub(super) fn renew(&mut self, key: u64) {
        if let Some(versions) = &mut self.versions
            && let Some(place) = self.held.find(key)
        {
            versions.set(place, f64::INFINITY);
        }
    }

    /// A key has been fetched that was read like this.
    pub fn date(&mut self, key: u64, read: Vintage, now: f64) {
        let held = (key != 0).then(|| self.held.find(key)).flatten();
        let (Some(versions), Some(place)) = (&mut self.versions, held) else {
            return;
        };
        let first = key & !(((1 << super::COPY_BITS) - 1) << super::RANK_BITS);
        let since = match read.outdated {
            true => read.time,
            // Who has read nothing holds nothing that is older than now.
            false if read.time.is_nan() => versions.first_after(now, first),
            false => versions.first_after(read.time, first),
        };
        versions.set(place, since);
    }

    /// Draws which of the keys held since before the beginning are out of date in the long run, when the class's keys are written so many
    /// times a second without its being told: until a key's first write passes an exponential time.
    pub fn age(&mut self, class: u16, writes: f64) {
        for copy in 0..self.copies {
            for (place, key) in self.held.all_of(copy) {
                let (Some(versions), Some(keys)) = (
                    self.versions.as_deref_mut(),
                    self.classes.get(usize::from(class)),
                ) else {
                    return;
                };
                if key >> (super::RANK_BITS + super::COPY_BITS) != u64::from(class) {
                    continue;
                }
                let rate = writes * keys.zipf.share(rank_of(key) as f64);
                let since = self.held.stamp(place) + versions.chance.exponential() / rate;
                if since < 0.0 && since < versions.get(place) {
                    versions.set(place, since);
                }
            }
        }
    }

    /// Takes over what is known of another's keys, which it held like this; they are held here now.
    pub(super) fn inherit(&mut self, old: Option<Box<Versions>>, held: &HeldKeys, copies: u32) {
        let Some(mut old) = old else {
            return;
        };
        let before = std::mem::take(&mut old.since);
        self.is_watched = true;
        self.versions = Some(old);
        for copy in 0..copies.min(self.copies) {
            for (place, key) in held.all_of(copy) {
                if copy_of(key) == copy
                    && let Some(since) = before.get(place as usize).copied()
                    && since != f64::INFINITY
                    && let (Some(versions), Some(place)) = (&mut self.versions, self.held.find(key))
                {
                    versions.set(place, since);
                }
            }
        }
    }
}

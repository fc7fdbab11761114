//! Keys of which there may be many, by the time in their upper half. It doesn't know what they stand for.
//!
//! A calendar queue (Brown 1988, "Calendar Queues: A Fast O(1) Priority Queue Implementation for the Simulation Event Set Problem"): time is cut
//! into equal spans, and a key that is put in is only thrown to the others of its span. When the spans before it are empty, a span's keys are
//! sorted, which are one or two. Keys beyond the wheel's last span wait in a heap, so that nothing becomes slow when times are far apart.

use super::heap::Heap;
use super::order::Order;
use super::row::{Fixed, MOST_FEW};
use super::{Key, Keys, time_of};

/// Greater than any span's number.
const NEVER: u64 = u64::MAX;
/// The end of a list of nodes.
const NOBODY: u32 = u32::MAX;
/// Spans of a wheel, a power of two: at least and at most.
const FEWEST_SPANS: usize = 1_024;
const MOST_SPANS: usize = 65_536;
/// Spans' lengths, seconds; where all is due at once any does.
const SHORTEST: f64 = 1e-9;
const LONGEST: f64 = 1e6;
/// 2⁵²; a wheel that has turned so often stands still, and its keys lie in a heap.
const FIRST: f64 = (1_u64 << 52) as f64;
/// Keys that are taken between two looks at whether the spans are of the right length.
const BETWEEN_LOOKS: u64 = 8_192;

/// The keys: up to a row of them are only sorted.
#[derive(Clone, Debug)]
pub(in super::super) struct Wheel {
    /// Those of the current span and of those before it.
    near: Order<Fixed>,
    /// So many keys may be near before a new one is looked at more closely: a row of them, or none while the wheel turns.
    room: usize,
    /// All others. Stays for the next time that there are.
    later: Option<Box<Later>>,
    turns: bool,
}

/// Keys of later spans.
#[derive(Clone, Debug)]
struct Later {
    /// Spans in a second.
    pace: f64,
    /// The number of the current span.
    current: u64,
    /// The first node of each span, round and round.
    spans: Vec<u32>,
    /// A bit for each span that isn't empty.
    filled: Vec<u64>,
    nodes: Vec<(u128, u32)>,
    free: u32,
    /// How many keys there are in nodes.
    count: usize,
    /// Those beyond the last span when they were put in, and the number of the first one's span; [`NEVER`] when there are none.
    far: Heap,
    next_far: u64,
    /// When somebody last looked at the length of the spans (seconds), and how many keys have become near ones since.
    looked: f64,
    taken: u64,
}

impl Default for Wheel {
    fn default() -> Self {
        Wheel {
            near: Order::default(),
            room: MOST_FEW,
            later: None,
            turns: false,
        }
    }
}

impl Wheel {
    /// The row is full.
    #[cold]
    #[inline(never)]
    fn start_turning(&mut self, key: u128) {
        let mut keys = self.near.take_all();
        keys.push(key);
        keys.sort_unstable();
        let gap = gap_of(&keys);
        self.turn_with(keys, gap);
    }

    /// The wheel holds these keys, sorted, in spans of this length (seconds).
    fn turn_with(&mut self, keys: Vec<u128>, gap: f64) {
        let first = keys.first().map_or(0.0, |key| time_of(*key));
        let later = self.later.get_or_insert_with(|| Box::new(Later::new()));
        later.set_up(first, gap, keys.len());
        self.turns = true;
        self.room = 0;
        for key in keys {
            self.put_turning(key);
        }
    }

    #[inline(always)]
    fn put_turning(&mut self, key: u128) {
        if let Some(later) = &mut self.later
            && later.put(key)
        {
            return;
        }
        if self.near.in_row() == MOST_FEW {
            self.put_near_many(key);
        } else {
            self.near.put(key);
        }
    }

    /// So many keys of the current span, or before it, that spans may be too long.
    #[cold]
    #[inline(never)]
    fn put_near_many(&mut self, key: u128) {
        self.near.put(key);
        let keys = self.near.take_all();
        let (least, greatest) = (keys.iter().min(), keys.iter().max());
        let gap = match (least, greatest) {
            (Some(least), Some(greatest)) => {
                (time_of(*greatest) - time_of(*least)) / keys.len() as f64
            }
            _ => 0.0,
        };
        for key in keys {
            self.near.put_any(key);
        }
        let fits = |later: &Later| later.fits(gap.max(SHORTEST));
        if gap > 0.0 && !self.later.as_deref().is_some_and(fits) {
            self.turn_anew(gap);
        }
    }

    /// The next span that isn't empty becomes the current one; says whether there are near keys then.
    #[inline(always)]
    fn turn(&mut self) -> bool {
        let Some(later) = &mut self.later else {
            return false;
        };
        if !later.turn(&mut self.near) {
            self.stand_still();
            return false;
        }
        match later.take_a_look() {
            Some(gap) => self.turn_on_anew(gap),
            None => true,
        }
    }

    /// The same in spans of another length.
    #[cold]
    #[inline(never)]
    fn turn_on_anew(&mut self, gap: f64) -> bool {
        self.turn_anew(gap);
        self.near.next().is_some() || self.turn_and_look().is_some()
    }

    /// The next key when there is none that is near.
    #[inline(never)]
    fn turn_and_look(&mut self) -> Option<u128> {
        if self.turn() { self.near.next() } else { None }
    }

    /// There are no keys but near ones.
    fn stand_still(&mut self) {
        self.turns = false;
        self.room = MOST_FEW;
    }

    /// Takes the next key, if it is due, when none stands in the row.
    #[inline(never)]
    fn take_beyond_until(&mut self, latest: u64) -> Option<Key> {
        if self.near.are_many() || (self.turns && self.turn()) {
            self.near.take_until(latest).and_then(Key::new)
        } else {
            None
        }
    }

    /// Spans of another length.
    #[cold]
    #[inline(never)]
    fn turn_anew(&mut self, gap: f64) {
        let mut keys = self.take_all();
        keys.sort_unstable();
        self.turn_with(keys, gap);
    }
}

/// How far apart sorted keys are among their first half, seconds: those who come late may come very late.
fn gap_of(keys: &[u128]) -> f64 {
    let half = keys.len() / 2;
    match (keys.first(), keys.get(half)) {
        (Some(first), Some(middle)) => (time_of(*middle) - time_of(*first)) / half.max(1) as f64,
        _ => 0.0,
    }
}

impl Keys for Wheel {
    #[inline(always)]
    fn put(&mut self, key: u128) {
        if self.near.in_row() < self.room {
            self.near.put_in_row(key);
        } else if self.turns {
            self.put_turning(key);
        } else {
            self.start_turning(key);
        }
    }

    #[inline(always)]
    fn next(&mut self) -> Option<u128> {
        match self.near.next() {
            None if self.turns => self.turn_and_look(),
            next => next,
        }
    }

    #[inline(always)]
    fn take_until(&mut self, latest: u64) -> Option<u128> {
        if self.near.in_row() == 0 {
            return self.take_beyond_until(latest).map(Key::get);
        }
        self.near.take_until(latest)
    }

    fn take_all(&mut self) -> Vec<u128> {
        let mut keys = self.near.take_all();
        if self.turns
            && let Some(later) = &mut self.later
        {
            later.take_all(&mut keys);
        }
        self.stand_still();
        keys
    }

    fn put_all(&mut self, keys: Vec<u128>) {
        if keys.len() > MOST_FEW {
            let gap = gap_of(&keys);
            self.turn_with(keys, gap);
        } else {
            self.near.put_all(keys);
        }
    }
}

impl Later {
    fn new() -> Self {
        Later {
            pace: 0.0,
            current: 0,
            spans: Vec::new(),
            filled: Vec::new(),
            nodes: Vec::new(),
            free: NOBODY,
            count: 0,
            far: Heap::default(),
            next_far: NEVER,
            looked: 0.0,
            taken: 0,
        }
    }

    /// Empty, from this time on (seconds), for about so many keys, of which one is due after each gap (seconds).
    fn set_up(&mut self, now: f64, gap: f64, keys: usize) {
        let spans = (2 * keys)
            .next_power_of_two()
            .clamp(FEWEST_SPANS, MOST_SPANS);
        self.spans.clear();
        self.spans.resize(spans, NOBODY);
        self.filled.clear();
        self.filled.resize(spans / 64, 0);
        self.pace = 1.0 / gap.clamp(SHORTEST, LONGEST);
        self.current = self.number(now);
        (self.looked, self.taken) = (now, 0);
    }

    /// The number of a time's span, counted from any. Of a number from 2⁵² on, the bits rise by one when it does.
    #[inline(always)]
    fn number(&self, time: f64) -> u64 {
        ((time * self.pace).min(FIRST) + FIRST).to_bits()
    }

    /// Puts a key in if it is of a later span than the current one.
    #[inline(always)]
    fn put(&mut self, key: u128) -> bool {
        let number = self.number(time_of(key));
        if number <= self.current {
            return false;
        }
        if number - self.current >= self.spans.len() as u64 {
            self.far.put(key);
            self.next_far = self.next_far.min(number);
            return true;
        }
        let span = number as usize & (self.spans.len() - 1);
        let first = self.spans[span];
        let node = self.free;
        match self.nodes.get_mut(node as usize) {
            Some(free) => {
                self.free = free.1;
                *free = (key, first);
                self.spans[span] = node;
            }
            None => {
                self.spans[span] = self.nodes.len() as u32;
                self.nodes.push((key, first));
            }
        }
        self.filled[span / 64] |= 1 << (span % 64);
        self.count += 1;
        true
    }

    /// The keys of the next span become near ones; `false` when there are none.
    #[inline]
    fn turn(&mut self, near: &mut Order<Fixed>) -> bool {
        let next = self.next_filled().min(self.next_far);
        if next == NEVER {
            return false;
        }
        self.current = next;
        let span = next as usize & (self.spans.len() - 1);
        let first = std::mem::replace(&mut self.spans[span], NOBODY);
        self.filled[span / 64] &= !(1 << (span % 64));
        let (mut node, mut last, mut moved) = (first, first, 0);
        while let Some((key, following)) = self.nodes.get(node as usize) {
            near.put_any(*key);
            last = std::mem::replace(&mut node, *following);
            moved += 1;
        }
        // The whole list is free now.
        if let Some((_, following)) = self.nodes.get_mut(last as usize) {
            *following = std::mem::replace(&mut self.free, first);
        }
        self.count -= moved;
        self.taken += moved as u64;
        if self.next_far == next {
            self.turn_far(near);
        }
        true
    }

    /// Those of the current span that had been beyond the last one become near ones.
    #[inline(never)]
    fn turn_far(&mut self, near: &mut Order<Fixed>) {
        self.next_far = NEVER;
        while let Some(key) = self.far.next() {
            let number = self.number(time_of(key));
            if number > self.current {
                self.next_far = number;
                break;
            }
            self.far.take();
            near.put_any(key);
            self.taken += 1;
        }
    }

    /// The number of the next span on the wheel that isn't empty; [`NEVER`] when all are.
    #[inline]
    fn next_filled(&self) -> u64 {
        if self.count == 0 {
            return NEVER;
        }
        let spans = self.spans.len();
        let after = (self.current + 1) as usize & (spans - 1);
        let mut word = after / 64;
        let mut bits = self.filled[word] & (u64::MAX << (after % 64));
        // The first word comes up again at the end, for the spans before the current one.
        for _ in 0..=self.filled.len() {
            if bits != 0 {
                let span = word * 64 + bits.trailing_zeros() as usize;
                let ahead = span.wrapping_sub(after) & (spans - 1);
                return self.current + 1 + ahead as u64;
            }
            word = (word + 1) & (self.filled.len() - 1);
            bits = self.filled[word];
        }
        NEVER
    }

    /// From time to time: how far apart keys have been due (seconds), if that is quite another length than that of the spans, or if there are
    /// many more keys than spans.
    #[inline(always)]
    fn take_a_look(&mut self) -> Option<f64> {
        if self.taken < BETWEEN_LOOKS {
            return None;
        }
        self.look()
    }

    #[cold]
    #[inline(never)]
    fn look(&mut self) -> Option<f64> {
        let now = (f64::from_bits(self.current) - FIRST) / self.pace;
        let gap = ((now - self.looked) / self.taken as f64).clamp(SHORTEST, LONGEST);
        (self.looked, self.taken) = (now, 0);
        let crowded = self.count > 4 * self.spans.len() && self.spans.len() < MOST_SPANS;
        (!self.fits(gap) || crowded).then_some(gap)
    }

    /// Whether spans are about as long as the gaps (seconds) between keys.
    fn fits(&self, gap: f64) -> bool {
        (0.25..=4.0).contains(&(gap * self.pace))
    }

    /// Takes all keys, in no order.
    fn take_all(&mut self, keys: &mut Vec<u128>) {
        for first in &self.spans {
            let mut node = *first;
            while let Some((key, following)) = self.nodes.get(node as usize) {
                keys.push(*key);
                node = *following;
            }
        }
        while let Some(key) = self.far.next() {
            self.far.take();
            keys.push(key);
        }
        self.next_far = NEVER;
        self.spans.fill(NOBODY);
        self.filled.fill(0);
        self.nodes.clear();
        self.free = NOBODY;
        self.count = 0;
    }
}

//! Which ranks of a class are simulated where not all are. It knows no keys and no laws.

use super::super::zipf::Laws;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ranks of which the one in the middle of each `width` is simulated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stride {
    pub first: u64,
    pub width: u64,
}

/// Strides are at most one in so many of their first rank wide: ranks for which one stands must be about as popular as it.
const STEEPEST: u64 = 16;

/// The strides beyond the hot ranks: this wide, but narrower where popularity still falls steeply.
fn strides(hot: u64, width: u64) -> Vec<Stride> {
    let mut strides = Vec::new();
    let mut first = hot + 1;
    loop {
        let own = width.min((first / STEEPEST).max(1));
        strides.push(Stride { first, width: own });
        if own == width {
            return strides;
        }
        // As many whole strides as double the rank.
        first += first.div_ceil(own) * own;
    }
}

/// What many stores look things up in, worked out and kept in the processor's caches once.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Tables {
    /// How popular ranks are.
    pub laws: Laws,
    strides: BTreeMap<(u64, u64), Arc<[Stride]>>,
}

impl Tables {
    /// The strides beyond so many hot ranks, of which the widest is this wide; at least one.
    pub(super) fn strides(&mut self, hot: u64, width: u64) -> Arc<[Stride]> {
        let known = self.strides.entry((hot, width));
        known.or_insert_with(|| strides(hot, width).into()).clone()
    }
}

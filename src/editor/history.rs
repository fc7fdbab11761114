//! Undo and redo as lists of inverse changes, with gestures that become one step; it doesn't know what a change does.

use super::change::{Change, Key};
use super::selection::Selection;
use super::set::Set;
use std::collections::VecDeque;

/// Most steps that can be undone.
const MOST_STEPS: usize = 1_000;
/// Most memory that the steps may take, in bytes (an estimate).
const MOST_BYTES: usize = 8 << 20;
/// Keystrokes further apart than this, in milliseconds, are separate steps.
pub const TYPING_PAUSE_MS: f64 = 1_000.0;

/// Names one state of the document: equal ids mean equal documents, also after undo and redo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub u64);

/// One thing that undo takes back.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// What undo calls it.
    pub label: String,
    /// Applied last to first, these lead back (or, on the redo list, forth).
    pub inverses: Vec<Change>,
    /// What was selected before it.
    pub selection_before: Selection,
    /// What was selected after it.
    pub selection_after: Selection,
    state: StateId,
}

impl Step {
    fn weight_in_bytes(&self) -> usize {
        256 + self
            .inverses
            .iter()
            .map(Change::weight_in_bytes)
            .sum::<usize>()
    }
}

/// A gesture under way: everything between press and release, or along one slide of a slider.
#[derive(Clone, Debug)]
struct Gesture {
    label: String,
    inverses: Vec<Change>,
    selection_before: Selection,
    state: StateId,
}

#[derive(Clone, Debug)]
struct Typing {
    key: Key,
    last_at_ms: f64,
}

/// The past, the undone future, and the gesture under way.
#[derive(Clone, Debug)]
pub(super) struct History {
    past: VecDeque<Step>,
    future: Vec<Step>,
    gesture: Option<Gesture>,
    typing: Option<Typing>,
    /// The state below the oldest step.
    base: StateId,
    next_state: u64,
    bytes: usize,
}

impl History {
    pub fn new() -> Self {
        History {
            past: VecDeque::new(),
            future: Vec::new(),
            gesture: None,
            typing: None,
            base: StateId(0),
            next_state: 1,
            bytes: 0,
        }
    }

    /// The state that the document is in.
    pub fn state(&self) -> StateId {
        match &self.gesture {
            Some(gesture) if !gesture.inverses.is_empty() => gesture.state,
            _ => self.past.back().map_or(self.base, |step| step.state),
        }
    }

    pub fn undo_label(&self) -> Option<&str> {
        self.past.back().map(|step| step.label.as_str())
    }

    pub fn redo_label(&self) -> Option<&str> {
        self.future.last().map(|step| step.label.as_str())
    }

    pub fn in_gesture(&self) -> bool {
        self.gesture.is_some()
    }

    pub fn begin_gesture(&mut self, label: String, selection: Selection) {
        let state = self.fresh_state();
        self.typing = None;
        self.gesture = Some(Gesture {
            label,
            inverses: Vec::new(),
            selection_before: selection,
            state,
        });
    }

    /// Empties the gesture if all of its inverses would change nothing: what it did, it also took back.
    pub fn drop_idle_gesture(&mut self, is_idle: impl Fn(&Change) -> bool) {
        if let Some(gesture) = &mut self.gesture
            && gesture.inverses.iter().all(is_idle)
        {
            gesture.inverses.clear();
        }
    }

    /// Ends the gesture as one step; whether there was anything in it.
    pub fn commit_gesture(&mut self, selection: Selection) -> bool {
        match self.gesture.take() {
            Some(gesture) if !gesture.inverses.is_empty() => {
                self.push(Step {
                    label: gesture.label,
                    inverses: gesture.inverses,
                    selection_before: gesture.selection_before,
                    selection_after: selection,
                    state: gesture.state,
                });
                true
            }
            _ => false,
        }
    }

    /// Ends the gesture without a step: what to apply, last to first, to take it back, and what to select.
    pub fn cancel_gesture(&mut self) -> Option<(Vec<Change>, Selection)> {
        let gesture = self.gesture.take()?;
        Some((gesture.inverses, gesture.selection_before))
    }

    /// Remembers changes that were just made, as part of the gesture or as a step.
    pub fn record(
        &mut self,
        label: &str,
        inverses: Vec<Change>,
        selection_before: &Selection,
        selection_after: &Selection,
    ) {
        self.typing = None;
        let state = self.fresh_state();
        if let Some(gesture) = &mut self.gesture {
            for inverse in inverses {
                squash(&mut gesture.inverses, inverse);
            }
            gesture.state = state;
            return;
        }
        self.push(Step {
            label: label.to_owned(),
            inverses,
            selection_before: selection_before.clone(),
            selection_after: selection_after.clone(),
            state,
        });
    }

    /// Remembers a keystroke: it joins the step before if that set the same thing a moment ago.
    pub fn record_typing(
        &mut self,
        label: &str,
        inverse: Change,
        selection: &Selection,
        at_ms: f64,
    ) {
        let key = inverse.key();
        let joins = self.gesture.is_none()
            && key.as_ref().is_some_and(|key| {
                self.typing.as_ref().is_some_and(|typing| {
                    typing.key == *key && (at_ms - typing.last_at_ms).abs() <= TYPING_PAUSE_MS
                })
            });
        if joins {
            let state = self.fresh_state();
            if let Some(step) = self.past.back_mut() {
                squash(&mut step.inverses, inverse);
                step.state = state;
            }
            self.future.clear();
        } else {
            self.record(label, vec![inverse], selection, selection);
        }
        self.typing = key.filter(|_| self.gesture.is_none()).map(|key| Typing {
            key,
            last_at_ms: at_ms,
        });
    }

    /// Ends a run of typing, so that the next keystroke starts a step of its own.
    pub fn end_typing(&mut self) {
        self.typing = None;
    }

    pub fn take_undo(&mut self) -> Option<Step> {
        self.typing = None;
        let step = self.past.pop_back()?;
        self.bytes = self.bytes.saturating_sub(step.weight_in_bytes());
        Some(step)
    }

    pub fn take_redo(&mut self) -> Option<Step> {
        self.typing = None;
        self.future.pop()
    }

    /// Puts an undone step, with the way forth in it, on the redo list.
    pub fn put_redo(&mut self, step: Step) {
        self.future.push(step);
    }

    /// Puts a redone step, with the way back in it, on the undo list.
    pub fn put_undo(&mut self, step: Step) {
        self.bytes += step.weight_in_bytes();
        self.past.push_back(step);
        self.forget_the_oldest();
    }

    fn push(&mut self, step: Step) {
        self.future.clear();
        self.put_undo(step);
    }

    fn forget_the_oldest(&mut self) {
        while self.past.len() > MOST_STEPS || (self.bytes > MOST_BYTES && self.past.len() > 1) {
            if let Some(step) = self.past.pop_front() {
                self.bytes = self.bytes.saturating_sub(step.weight_in_bytes());
                self.base = step.state;
            }
        }
    }

    fn fresh_state(&mut self) -> StateId {
        let state = StateId(self.next_state);
        self.next_state += 1;
        state
    }
}

/// Adds an inverse to a list unless an earlier one already restores the same thing to an older value.
fn squash(inverses: &mut Vec<Change>, inverse: Change) {
    let Some(key) = inverse.key() else {
        inverses.push(inverse);
        return;
    };
    // Settings of different things commute, so any setting back to the last change of structure will do.
    for earlier in inverses.iter_mut().rev() {
        let Some(earlier_key) = earlier.key() else {
            break;
        };
        if earlier_key != key {
            continue;
        }
        if let (
            Change::Arrange { components, zones },
            Change::Arrange {
                components: later_components,
                zones: later_zones,
            },
        ) = (earlier, &inverse)
        {
            merge_absent(components, later_components);
            merge_absent(zones, later_zones);
        }
        return;
    }
    inverses.push(inverse);
}

/// Adds what the older list doesn't place yet. The usual case, the same ids in the same order, costs one walk.
fn merge_absent<Id: Copy + Ord, Place: Copy>(older: &mut Vec<(Id, Place)>, newer: &[(Id, Place)]) {
    let same_ids = older.len() == newer.len()
        && older
            .iter()
            .zip(newer)
            .all(|((older, _), (newer, _))| older == newer);
    if same_ids {
        return;
    }
    let known: Set<Id> = older.iter().map(|(id, _)| *id).collect();
    older.extend(newer.iter().filter(|(id, _)| !known.contains(id)));
}

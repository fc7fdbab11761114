//! What the numbers mean in words: why a figure is what it is, and what would move it, found by solving changed designs, never by rules.
//! It knows reports and documents, not the screen.

mod availability;
mod bill;
mod complexity;
mod consistency;
mod cost;
mod dead;
mod failover;
mod faults;
mod objectives;
mod price;
mod reach;
mod remedy;
mod security;
mod setting;
mod sought;
mod strain;
mod subject;
mod tariff;
mod verdict;
mod what_if;
mod why;

pub use availability::{
    Availability, Cause, Chance, ClassAvailability, CutSet, LARGEST_CUT, PartAvailability,
    SinglePoint, availability, availability_within,
};
pub use bill::{BilledBy, bill, billed_by};
pub use complexity::{Complexity, LongestWay, complexity};
pub use consistency::{Consistency, LostWrites, StaleReads, consistency};
pub use cost::{OverTheDay, PoolOverDay, cost, over_the_day};
pub use dead::drawn_to_the_dead;
pub use failover::failover_words;
pub use faults::fault_words;
pub use objectives::{Graded, distance_words, grade, grade_findings, judged, measured};
pub use price::{Price, price};
pub use remedy::{
    Bounds, Change, Edit, Effect, Free, Judge, Place, Remedy, Search, changes_at, remedies,
    savings_at,
};
pub use security::{Fix, Risk, SecurityFinding, Weakness, security};
pub use setting::{CallPlace, Owner, Setting, SettingGroup};
pub use strain::while_it_lasts;
pub use subject::Subject;
pub use tariff::{Tariff, tariff};
pub use verdict::{
    Figure, Kept, KeptAs, because, kept, lost_words, outcome_words, success, was_no_better,
};
pub use what_if::{Handover, Measure, WhatIf, WhatIfClass, WhatIfPoint, in_ratios, values_to_try};
pub use why::{done_later_by, why, why_bottleneck, why_without_faults};

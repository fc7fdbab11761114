//! How a balancer picks one of several parts for each request. It knows neither what they have in progress nor what they do with it.

use super::{KeyLaw, StepId};
use crate::scenario::ComponentId;
use crate::units::Seconds;

/// A branch by which a balancer picks one of several targets. To a steady state each gets its branch's share; through time they are picked as
/// said here.
#[derive(Clone, Debug, PartialEq)]
pub struct Balancing {
    /// The [`super::Step::Branch`].
    pub step: StepId,
    /// Who picks.
    pub door: ComponentId,
    /// Whom each branch leads to.
    pub targets: Vec<Target>,
    /// By what.
    pub picks: Picks,
    /// Whether those that are watched ([`super::Watch`]) and out get none, as long as there is another.
    pub leaves_out: bool,
}

/// One of a balancer's targets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Who.
    pub component: ComponentId,
    /// How much it counts among the others, above 0: its share of the keys or of the turns, or its instances (the fewest, where they follow the
    /// load); 0 where none of that decides.
    pub weight: f64,
}

/// By what a target is picked.
#[derive(Clone, Debug, PartialEq)]
pub enum Picks {
    /// By lot, each by its branch's share.
    ByLot,
    /// In turn, as often as its weight says, and evenly mixed ("smooth weighted round robin", nginx since 1.3.1, 2012).
    InTurn,
    /// Who has the fewest requests of this balancer in progress, by instance: the instances of a target are taken to be filled evenly. Of those
    /// that have as few, any instance is as likely.
    Fewest,
    /// The emptier of two instances drawn by lot (Mitzenmacher 2001, "The Power of Two Choices in Randomized Load Balancing"). A target of several
    /// instances then draws two of its own.
    FewerOfTwo,
    /// By the request's key: by class, what its requests ask for.
    ByKey(Vec<KeyLaw>),
    /// The first of the targets that is there gets everything, and the others stand by.
    FirstThere {
        /// For how long clients go on with what they were told (the DNS's time to live). They ask at times of their own, so that what each goes
        /// by is as old as any time up to that.
        kept: Seconds,
    },
}

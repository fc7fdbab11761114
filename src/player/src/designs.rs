//! Of which design a run's figures are. A document that changed only in what a run doesn't see (where parts stand, what they are called, what is
//! asked of them) is the same design, and so is one in which something else goes wrong.

use loadscape_sim::insight::Tariff;
use loadscape_sim::network::Network;
use serde::{Deserialize, Serialize};

/// Of which design a run's figures are, beside the one that the document shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum RunOf {
    /// Of that one, all of them.
    #[default]
    Drawn,
    /// None of them is of it: time hasn't gone on since the design changed.
    Before,
    /// Up to this moment, seconds, it went by another one, and from then on by that one: of the time since are all estimates, of the whole run
    /// its course and what faults came to.
    Both(f64),
}

/// What a design is to a run: how it behaves, and what it costs.
#[derive(Clone, Debug)]
pub(crate) struct Design {
    network: Network,
    tariff: Tariff,
}

impl Design {
    pub(crate) fn new(network: &Network, tariff: &Tariff) -> Self {
        Design {
            network: network.clone(),
            tariff: tariff.clone(),
        }
    }

    /// Whether it is the same to a run.
    pub(crate) fn is(&self, other: &Design) -> bool {
        self.network.does_as(&other.network) && self.tariff == other.tariff
    }
}

//! How unevenly arrivals that aren't Poisson take a pool's tokens. It knows what is left of a source's variability where tokens are asked for, and
//! how long they are held.

use super::Solver;
use super::outcome::Moments;
use crate::network::{Arrivals, Network, Pattern};
use crate::theory::multi_server::erlang_c;
use crate::theory::peakedness::peakedness;

/// Below this probability of finding no token a pool is taken not to bind.
const RARELY: f64 = 1e-6;

/// Streams less even than that are chopped into no finer pieces.
const EVENEST: f64 = 0.05;

impl Solver {
    /// Index of dispersion of the requests for this pool's tokens over the time that one is held: variance over mean of their number.
    ///
    /// What requests have been displaced by, each on its own, blurs it as for stations; batches that have come apart by less than a
    /// holding time are together.
    fn dispersion_of_holders(&self, network: &Network, pool: u32, rate: f64, held: f64) -> f64 {
        let mut excess = 0.0;
        for (_, source, stream) in self.bursts.tokens.iter().filter(|token| token.0 == pool) {
            let Arrivals::Open { pattern, batch, .. } = &network.sources[*source as usize].arrivals
            else {
                continue;
            };
            let sent = self.sources[*source as usize];
            let scv = match pattern {
                Pattern::Renewal { scv } => scv.max(0.0),
                Pattern::Bursts(bursts) => bursts.dispersion(sent, held),
                Pattern::Replayed(_) => 1.0,
            };
            let displaced = stream.blur();
            let sharp = held / (held + displaced).max(1e-300);
            let near = held / (held + libm::sqrt(stream.parted / stream.rate)).max(1e-300);
            let (others, share) = (batch.max(1.0) - 1.0, (stream.rate / sent).min(1.0));
            let apart = stream.apart * ((1.0 - near) * sharp * scv + near);
            excess +=
                share * (stream.kept * sharp * (scv - 1.0) + (stream.together + apart) * others);
        }
        excess -= self.evened_at_pool(pool, held);
        (1.0 + excess / rate.max(1e-300)).max(0.0)
    }

    /// The same where finitely many users ask for them, whose own solution knows how they come but not that they do so in turn.
    pub(super) fn dispersion_among_users(&self, pool: u32, rate: f64) -> f64 {
        let held = self.pools.held[pool as usize].1.mean();
        (1.0 - self.evened_at_pool(pool, held) / rate.max(1e-300)).max(0.0)
    }

    /// Dispersion of the requests for the tokens of one of `copies` instances, and what it makes of the number of tokens taken: the
    /// peakedness, as variance over mean. `in_turn` where instances take turns.
    ///
    /// A pool of N tokens behind arrivals of peakedness z is one of N/z tokens behind Poisson arrivals of a zth of the rate (Hayward's
    /// approximation; Fredericks 1980).
    pub(super) fn peak(
        &self,
        network: &Network,
        pool: u32,
        copies: f64,
        in_turn: bool,
    ) -> (f64, f64) {
        if self.bursts.tokens.is_empty() && self.bursts.turns.is_empty() {
            return (if in_turn { 1.0 / copies } else { 1.0 }, 1.0);
        }
        let (rate, time, _): (f64, Moments, bool) = self.pools.held[pool as usize];
        let (mean, variance) = (time.mean(), time.variance());
        // A pool of less than one token in units of the peakedness would refuse nobody.
        let fewest = f64::from(network.stations[pool as usize].servers);
        let all = self.dispersion_of_holders(network, pool, rate, mean);
        let each = match in_turn {
            true => all / copies,
            false => 1.0 + (all - 1.0) / copies,
        };
        // Whoever takes turns has its own way to smooth what comes.
        if !(mean > 0.0 && variance.is_finite()) || in_turn && each < 1.0 {
            return (each, 1.0);
        }
        (
            each,
            peakedness(each, variance / (mean * mean)).clamp(EVENEST, fewest.max(1.0)),
        )
    }
}

/// Whether Erlang's C is negligible behind arrivals of this peakedness, settled without its sum where it clearly is.
pub(super) fn rarely_waits(busy: f64, tokens: u32, peak: f64) -> bool {
    let (busy, tokens_free) = (busy / peak, f64::from(tokens) / peak);
    if busy + 8.0 * libm::sqrt(busy) + 12.0 < tokens_free {
        return true;
    }
    let tokens = tokens_free.floor().max(1.0) as u32;
    erlang_c(busy, tokens).is_some_and(|probability| probability < RARELY)
}

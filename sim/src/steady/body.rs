//! What the holder of a token does meanwhile: the places where it queues, what it finds there, and how irregular its passage is. It knows
//! demands, neither routes nor tokens.

use super::throughput::{Closed, Rates, SIDE_BY_SIDE};

/// A pool passes at most this share of what the slowest station below could, so that the station keeps a steady state.
pub(super) const BELOW_CAPACITY: f64 = 1.0 - 1e-7;

/// Beyond so many servers nobody waits in a queue that is stable by any margin.
const MOST_LEVELS: f64 = 4096.0;

/// Most repetitions of how many holders are at the instances' own places when all are full.
const MOST_ROUNDS: usize = 4;

/// Falling terms below this share of their sum are left out.
const NOTHING: f64 = 1e-10;

/// A place below a pool where its holders queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// Service that a holder asks for, all visits together, seconds.
    pub demand: f64,
    /// Squared coefficient of variation of that.
    pub variability: f64,
    /// Servers of each queue, less what others keep busy; above 0, not necessarily whole.
    pub servers: f64,
    /// Over how many equal queues the visits spread.
    pub queues: f64,
    /// Where the body's tables say what passes here with 1, 2, … holders, as start and length: of an inner pool, or of servers that others use as well;
    /// none for plain servers.
    pub table: (u32, u32),
    /// Time of a lone holder, seconds.
    pub alone: f64,
    /// The station.
    pub station: u32,
}

impl Place {
    /// Seidmann's fast server: the demand on one server as fast as all of a queue's, seconds.
    pub fn fast(&self) -> f64 {
        self.demand / self.servers
    }

    /// The most that it passes, 1/s.
    fn limit(&self) -> f64 {
        self.queues / self.fast()
    }

    /// Mean number of holders here, of `holders` in all, when `rate` of them a second come by: each finds the others at the utilisation that
    /// they make (Bard 1979, Schweitzer 1979), and waits as in M/M/c (Sakasegawa 1977).
    fn number(&self, rate: f64, holders: f64) -> f64 {
        let others = ((holders - 1.0) / holders).max(0.0);
        let busy = (rate * self.fast() / self.queues * others).min(0.999);
        let exponent = libm::sqrt(2.0 * (self.servers.max(1.0) + 1.0)) - 1.0;
        rate * (self.alone + self.fast() * libm::pow(busy, exponent) / (1.0 - busy))
    }
}

impl Place {
    /// Mean number here when `rate` come by a second, as many as like: a birth-death process.
    fn open_number(&self, rate: f64, table: &[f64]) -> f64 {
        let rate = rate / self.queues;
        // Of holders: tables count inner visits, of which a holder may make more than one, or fewer.
        let most = self.servers / self.demand;
        let levels = match table.len() {
            0 => self.servers.ceil(),
            levels => levels as f64,
        };
        let ratio = rate / most;
        if ratio >= BELOW_CAPACITY {
            return f64::INFINITY;
        }
        if table.is_empty() && levels > MOST_LEVELS {
            return rate * self.demand * self.queues;
        }
        // Up to the level from which on all pass at the same rate, then a geometric tail.
        let (mut term, mut sum, mut number) = (1.0, 0.0, 0.0);
        for level in 1..=levels as usize {
            sum += term;
            number += (level - 1) as f64 * term;
            let pass = match table {
                [.., last] => most * (table[level - 1] / last),
                [] => (level as f64).min(self.servers) / self.demand,
            };
            term *= rate / pass;
            if term > 1e250 {
                term *= 1e-250;
                sum *= 1e-250;
                number *= 1e-250;
            }
        }
        let free = 1.0 - ratio;
        sum += term / free;
        number += term * (levels / free + ratio / (free * free));
        number / sum * self.queues
    }
}

/// How full instances with tokens of their own are that share places below with the one looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Others {
    /// As full as that one.
    AsThis,
    /// As they mostly are: together so many passages a second, 1/s, by so many holders.
    Typical { rate: f64, holders: f64 },
}

/// What a holder of a token does.
#[derive(Clone, Debug)]
pub(super) struct Body {
    /// Places that an instance of the pool has for its own holders alone, as seen by one instance.
    pub own: Vec<Place>,
    /// Places that the holders of all instances share.
    pub places: Vec<Place>,
    /// Time without queueing, seconds.
    pub delay: f64,
    /// Its variance, seconds².
    pub delay_variance: f64,
    /// Throughputs of inner pools by number of holders, 1/s.
    pub tables: Vec<f64>,
    /// Waiting inside inner pools, seconds.
    pub inside: f64,
    /// Instances with tokens of their own, of which one is looked at.
    pub copies: f64,
    /// The largest share of a place's servers that others keep busy, 0 to 1.
    pub beside: f64,
}

impl Default for Body {
    fn default() -> Self {
        Body {
            own: Vec::new(),
            places: Vec::new(),
            delay: 0.0,
            delay_variance: 0.0,
            tables: Vec::new(),
            inside: 0.0,
            copies: 1.0,
            beside: 0.0,
        }
    }
}

impl Body {
    /// All places, with the most that each passes for all instances together, 1/s.
    fn limits(&self) -> impl Iterator<Item = (f64, &Place)> {
        let own = self
            .own
            .iter()
            .map(|place| (place.limit() * self.copies, place));
        own.chain(self.places.iter().map(|place| (place.limit(), place)))
    }

    /// Time of a lone holder where nobody else is either, seconds.
    pub fn unhindered(&self) -> f64 {
        self.delay + self.limits().map(|(_, place)| place.demand).sum::<f64>()
    }

    /// Mean time of a lone holder, seconds.
    pub fn alone(&self) -> f64 {
        self.delay + self.limits().map(|(_, place)| place.alone).sum::<f64>()
    }

    /// The most that the slowest place could pass for all instances, 1/s, and its station.
    pub fn limit(&self) -> Option<(f64, u32)> {
        self.limits()
            .min_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(limit, place)| (limit, place.station))
    }

    /// Waiting time of a holder if any number were let in, seconds, at a throughput of all instances below every limit.
    pub fn open_wait(&self, rate: f64) -> f64 {
        self.limits()
            .map(|(limit, place)| {
                let busy = (rate / limit).min(BELOW_CAPACITY);
                place.fast() * busy / (1.0 - busy)
            })
            .sum()
    }

    /// Mean time of a holder if any number were let in, seconds, in the same terms as the throughputs: each place as a queue of its own with
    /// `rate` arrivals a second at this instance and `all` at all of them; infinite above its limit.
    pub fn open_time(&self, rate: f64, all: f64) -> f64 {
        let time = |place: &Place, rate: f64| {
            let table =
                &self.tables[place.table.0 as usize..(place.table.0 + place.table.1) as usize];
            place.open_number(rate, table) / rate
        };
        let own = self.own.iter().map(|place| time(place, rate));
        let places = self.places.iter().map(|place| time(place, all));
        self.delay + own.chain(places).sum::<f64>()
    }

    /// The holders of one instance that are at its own places, when `rate` of them a second pass and `holders` hold its tokens.
    fn at_own(&self, rate: f64, holders: f64) -> f64 {
        let number = |place: &Place| place.number(rate, holders);
        self.own.iter().map(number).sum::<f64>().min(holders)
    }

    /// Whether what an instance passes depends on how full the others are.
    pub fn crowded(&self) -> bool {
        self.copies > 1.0 && !self.places.is_empty()
    }

    /// The same body for holders of one pool of all instances' tokens, who find the servers of the instances' own places together or in as
    /// many queues (`apart`).
    pub fn pooled(&self, apart: bool) -> Body {
        let own = self.own.iter().map(|place| match apart {
            true => Place {
                queues: self.copies,
                ..*place
            },
            false => Place {
                servers: place.servers * self.copies,
                alone: place.demand / (place.servers * self.copies).min(1.0),
                table: (0, 0),
                ..*place
            },
        });
        Body {
            own: Vec::new(),
            places: own.chain(self.places.iter().copied()).collect(),
            tables: self.tables.clone(),
            copies: 1.0,
            ..*self
        }
    }

    /// What the body passes, prepared for every number of holders up to `tokens` of one instance in `states` steps.
    pub fn prepare(&self, tokens: f64, states: usize) -> Prepared<'_> {
        let closed = Closed {
            places: &self.places,
            tables: &self.tables,
            delay: self.delay,
        };
        Prepared {
            body: self,
            tokens,
            states,
            rates: closed.rates((tokens * self.copies).ceil()),
        }
    }

    /// How irregularly holders leave when all tokens are taken: the variance of their number over its mean, in the long run (the index
    /// of dispersion for counts). `rates` are one instance's throughputs with as many holders as come with them, the last of them with all
    /// tokens.
    ///
    /// Of a closed network the noise of place k counts by the square of w_k, the share of one more holder that would end up there (from
    /// balancing the sensitivities of all flows, which add up to as many holders as there are): I = Σ w_k² c_k², with c_k² the variability of
    /// the demand there. Exact for one token, for delays alone and for one place; for two exponential places of 1 to 4 servers
    /// or a delay 1 + I, with which the wait goes, is within 5 % of the chain's, 8 % for two equal single servers.
    ///
    /// At places that other instances share it depends on how full `others` are.
    pub fn irregularity(
        &self,
        (fewer, before): (f64, f64),
        (all, rate): (f64, f64),
        others: Others,
    ) -> f64 {
        let (mut sum, mut noise) = (0.0, 0.0);
        let (copies, among) = match others {
            Others::AsThis => (self.copies, (0.0, 0.0)),
            Others::Typical { rate, holders } => (1.0, (rate, holders)),
        };
        let groups = [(&self.own, 1.0, (0.0, 0.0)), (&self.places, copies, among)];
        for (places, copies, (beside, around)) in groups {
            // What stands for several groups of a station's queues stands side by side.
            for places in places.chunk_by(|one, other| one.station == other.station) {
                let number = |rate: f64, holders: f64| {
                    if holders > 0.0 {
                        let of = |place: &Place| {
                            let (rate, holders) =
                                (rate * copies + beside, holders * copies + around);
                            place.number(rate, holders)
                        };
                        places.iter().map(of).sum::<f64>() / copies
                    } else {
                        places
                            .iter()
                            .map(|place| place.number(beside, around))
                            .sum()
                    }
                };
                let more = (number(rate, all) - number(before, fewer)).max(0.0);
                sum += more;
                noise += more * more * places[0].variability;
            }
        }
        if self.delay <= 0.0 {
            return if sum > 0.0 { noise / (sum * sum) } else { 1.0 };
        }
        // The share of delays is known, and leaves the rest to the places.
        let delayed = if sum > 0.0 {
            (self.delay * (rate - before) / (all - fewer)).clamp(0.0, 1.0)
        } else {
            1.0
        };
        let placed = if sum > 0.0 {
            noise * (1.0 - delayed) * (1.0 - delayed) / (sum * sum)
        } else {
            0.0
        };
        placed + delayed * delayed * self.delay_variance / (self.delay * self.delay)
    }
}

/// A body's throughputs, as far as they don't depend on the other instances.
pub(super) struct Prepared<'a> {
    body: &'a Body,
    tokens: f64,
    states: usize,
    rates: Rates<'a>,
}

impl Prepared<'_> {
    /// The most that one instance passes while all are full, 1/s.
    pub fn most(&self, passes: &mut Vec<f64>) -> f64 {
        // As many as all tokens, less those at the instances' own places.
        let mut others = self.tokens;
        for _ in 0..MOST_ROUNDS {
            self.among(others, passes);
            let rate = passes.last().copied().unwrap_or(0.0);
            let next = self.tokens - self.body.at_own(rate, self.tokens);
            if !self.body.crowded() || (next - others).abs() < 1e-3 * self.tokens {
                break;
            }
            others = next;
        }
        passes.last().copied().unwrap_or(0.0)
    }

    /// Throughput for each number of holders of one instance, 1/s of that instance, when `rate` arrive at each and all together pass
    /// `most` at most (1/s of each).
    ///
    /// With n holders of this instance among m of others the shared places pass X(n + m), of which n/(n + m) are this instance's. Were the others'
    /// tokens one pool, the pair would be reversible, with weights λⁿλₒᵐ (n + m)!/(n! m!) Π 1/X(s), s ≤ n + m. Summed over m they give
    /// the rate that n holders see on average, X(n)·S(n − 1)/S(n), with S(n) = Σ Π λₒ(s + n)/(s X(s + n)): a flow-equivalent server
    /// (Chandy, Herzog & Woo 1975) that stands behind the instance's own places. Others without end make it the exact M/M/1
    /// slowed down to what they leave.
    pub fn typical(&self, rate: f64, most: f64, mean_holders: f64, passes: &mut Vec<f64>) {
        let copies = self.body.copies;
        if !self.body.crowded() {
            return self.among(0.0, passes);
        }
        let rate = rate.min(most);
        let (tokens, others) = (self.tokens as usize, (self.tokens * (copies - 1.0)).round());
        let arrivals = rate * (copies - 1.0);
        if self.states != tokens || !self.rates.exact() {
            // Very many tokens: the others as their mean number.
            let holders = mean_holders.clamp(1.0, self.tokens);
            return self.among((holders - self.body.at_own(rate, holders)).max(0.0), passes);
        }
        let others = others as usize;
        let mut shared = Vec::with_capacity(tokens + others);
        let mut last = 0.0;
        for holders in 1..=tokens + others {
            last = self.rates.at(holders as f64, last);
            shared.push(last);
        }
        // Those of the others who wait for a token keep them all taken for longer, while this instance is as full as on average.
        let waiting = {
            let holders = mean_holders.clamp(0.0, self.tokens);
            let all = holders + others as f64;
            (arrivals * all / (others as f64 * self.rates.at(all, 0.0))).min(0.99)
        };
        // Each term of S is the one before, times what n + m holders would take to arrive and m go.
        let mut growth: Vec<f64> = (shared.iter().zip(1..))
            .map(|(shared, all)| arrivals * f64::from(all) / shared)
            .collect();
        growth.resize(growth.len() + SIDE_BY_SIDE, 0.0);
        let inverse: Vec<f64> = (1..=others).map(|other| 1.0 / other as f64).collect();
        passes.clear();
        let (mut known, mut before) = ([0.0; SIDE_BY_SIDE], 0.0);
        for holders in 0..=tokens {
            let lane = holders % SIDE_BY_SIDE;
            if lane == 0 {
                known = sums(&growth[holders..], &inverse, 1.0 - waiting);
            }
            let now = known[lane];
            let last = std::mem::replace(&mut before, now);
            if holders == 0 {
                continue;
            }
            let pass = shared[holders - 1] * last / now;
            if !(pass.is_finite() && pass > 0.0) {
                return self.among(self.tokens, passes);
            }
            passes.push(pass);
        }
        self.finish(passes);
    }

    /// The same while each of the others has `others` holders at the shared places.
    fn among(&self, others: f64, passes: &mut Vec<f64>) {
        passes.clear();
        let others = others * (self.body.copies - 1.0);
        let step = self.tokens / self.states as f64;
        let mut last = 0.0;
        // All holders together pass more with each state, and nearly as much more as with the last one.
        let (mut before, mut together) = (0.0, 0.0);
        for state in 1..=self.states {
            let holders = step * state as f64;
            let guess = match state > 2 {
                true => 2.0 * together - before,
                false => last,
            };
            let all = self.rates.near(holders + others, last, guess);
            (before, together) = (together, all);
            last = all * holders / (holders + others);
            passes.push(last);
        }
        self.finish(passes);
    }

    /// Puts the instance's own places in front.
    fn finish(&self, passes: &mut [f64]) {
        let body = self.body;
        if !body.own.is_empty() {
            let step = self.tokens / self.states as f64;
            super::throughput::behind(&body.own, &body.tables, step, passes);
        }
        // One instance may pass more than its share of what all can, though not more than all.
        let share = if body.crowded() { 1.0 } else { body.copies };
        let most = body
            .limit()
            .map_or(f64::INFINITY, |(limit, _)| limit * BELOW_CAPACITY / share);
        for pass in passes {
            *pass = pass.min(most);
        }
    }
}

/// 1 + Σ_m Π_{s ≤ m} `growth`[s − 1] · `inverse`[s − 1] over as many m as there are inverses, the last of them over `free`; and the same sums of what
/// begins one, two, … places further on, which are worked out side by side so that none waits for another. Each ends where its terms fall and are
/// next to nothing.
fn sums(growth: &[f64], inverse: &[f64], free: f64) -> [f64; SIDE_BY_SIDE] {
    let (mut terms, mut sums) = ([1.0; SIDE_BY_SIDE], [1.0; SIDE_BY_SIDE]);
    let Some((last, inverse)) = inverse.split_last() else {
        return sums;
    };
    let mut windows = growth.windows(SIDE_BY_SIDE);
    for (inverse, window) in inverse.iter().zip(&mut windows) {
        for lane in 0..SIDE_BY_SIDE {
            let growth = window[lane] * inverse;
            terms[lane] *= growth;
            sums[lane] += terms[lane];
            if growth < 1.0 && terms[lane] < NOTHING * sums[lane] {
                terms[lane] = 0.0;
            }
        }
        if terms == [0.0; SIDE_BY_SIDE] {
            return sums;
        }
    }
    for (lane, growth) in windows.next().unwrap_or_default().iter().enumerate() {
        sums[lane] += terms[lane] * growth * last / free;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(demand: f64, servers: f64) -> Place {
        Place {
            demand,
            alone: demand / servers.min(1.0),
            variability: 1.0,
            servers,
            queues: 1.0,
            table: (0, 0),
            station: 0,
        }
    }

    #[test]
    fn visits_over_several_queues_are_each_a_queue_of_its_own() {
        // Two M/M/1 at 0.6 each: 2 × 0.6 / 0.4; and 2.5 M/M/2 whose servers are 0.6 busy each: 2ρ / (1 − ρ²) at each.
        let number = |servers: f64, queues: f64| {
            let place = Place {
                queues,
                ..place(1.0, servers)
            };
            place.open_number(0.6 * servers * queues, &[])
        };
        assert!((number(1.0, 2.0) - 3.0).abs() < 1e-9);
        assert!((number(2.0, 2.5) - 2.5 * 1.2 / 0.64).abs() < 1e-9);
    }

    #[test]
    fn holders_who_come_to_an_inner_pool_every_second_time_find_it_as_its_own_visitors_do() {
        // Four tokens of a second each: M/M/4 at three erlangs (Erlang 1917), whether three a second come who all ask for one, six of whom half do, or
        // two of whom each asks for one and a half.
        let table = [1.0, 2.0, 3.0, 4.0];
        let exact = 4.528_301_886_792_453;
        for (rate, held) in [(3.0, 1.0), (6.0, 0.5), (2.0, 1.5)] {
            let number = place(held, 4.0).open_number(rate, &table);
            assert!((number - exact).abs() < 1e-12, "{held}: {number}");
        }
    }

    #[test]
    fn sums_side_by_side_are_those_of_exponential_series() {
        // Rates of n + m come to the same for every n: Σ_m aᵐ/m! is e^a (all 60 terms to a float's last digits), whatever the last is over.
        let inverse: Vec<f64> = (1..=60).map(|other| 1.0 / f64::from(other)).collect();
        for arrivals in [0.3_f64, 2.0, 7.0] {
            let all = sums(&[arrivals; 64], &inverse, 0.01);
            for sum in all {
                assert!((sum / arrivals.exp() - 1.0).abs() < 1e-9, "{sum}");
            }
        }
        // Each begins one place further on, and the last of its terms is over what is free: 1 + g₀ + g₀ g₁ / (2 · 0.25), and so on.
        let all = sums(&[2.0, 3.0, 5.0, 7.0, 0.0], &inverse[..2], 0.25);
        assert_eq!(all, [15.0, 34.0, 76.0, 8.0]);
    }

    fn irregularity(places: &[Place], delay: f64, tokens: usize) -> f64 {
        let body = Body {
            places: (0..)
                .zip(places)
                .map(|(station, place)| Place { station, ..*place })
                .collect(),
            delay,
            delay_variance: delay * delay,
            ..Body::default()
        };
        let mut passes = Vec::new();
        body.prepare(tokens as f64, tokens).most(&mut passes);
        let before = match tokens {
            1 => (0.0, 0.0),
            _ => (tokens as f64 - 1.0, passes[tokens - 2]),
        };
        body.irregularity(before, (tokens as f64, passes[tokens - 1]), Others::AsThis)
    }

    #[test]
    fn departures_are_as_irregular_as_the_chain_of_two_places_says() {
        // Asymptotic index of dispersion of the departures of closed networks of two exponential places (or a place and a delay), from the
        // deviation matrix of their chains. The square of the weights is what an approximation is allowed to miss; the wait for
        // a token goes with 1 + I.
        for (places, delay, tokens, exact) in [
            (vec![place(0.01, 2.0)], 0.03, 4, 0.585),
            (vec![place(0.01, 2.0)], 0.02, 4, 0.521),
            (vec![place(0.01, 2.0), place(0.04, 4.0)], 0.0, 5, 0.723),
            (vec![place(0.01, 1.0)], 0.03, 2, 0.564),
            (vec![place(0.01, 1.0)], 0.03, 8, 0.928),
            (vec![place(0.01, 1.0)], 0.1, 16, 0.789),
            (vec![place(0.02, 1.0), place(0.05, 4.0)], 0.0, 8, 0.851),
        ] {
            let got = irregularity(&places, delay, tokens);
            assert!(
                ((1.0 + got) / (1.0 + exact) - 1.0).abs() < 0.05,
                "{places:?} {delay} {tokens}: {got} for {exact}"
            );
        }
    }

    #[test]
    fn one_token_a_lone_place_and_delays_are_exact() {
        let share = irregularity(&[place(0.01, 1.0)], 0.03, 1);
        assert!((share - (1.0 + 9.0) / 16.0).abs() < 1e-9, "{share}");
        assert!((irregularity(&[place(0.01, 2.0)], 0.0, 6) - 1.0).abs() < 1e-9);
        assert!((irregularity(&[], 0.03, 6) - 1.0).abs() < 1e-9);
    }
}

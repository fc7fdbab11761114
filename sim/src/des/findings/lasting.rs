//! Which figures a run was too short to be sure of: those of what waits at stations whose ups and downs last so long that the run met few of them, or comes in
//! bursts of which it met few. It doesn't know how figures are estimated.

use super::super::Simulation;
use super::super::columns::{Columns, OfClass, OfStation};
use super::super::estimate::Estimate;
use super::{ClassFindings, ComponentFindings, StationFindings};
use crate::network::{Arrivals, Discipline, Dispatch, Pattern};

/// So many of a station's relaxation times a run has to last, and so many turns of bursts and calm.
///
/// A run that met few of them and no large one has a mean that is too short, batches that are too much alike, and thinks itself sure; nothing in it
/// tells. So it is by what a run knows well however short it is: how busy the station is. (Runs of Lindley's recursion, 1,500 of each: M/M/1 at 0.8 over 56
/// relaxation times held the mean wait in 90 of 100 intervals, over 22 in 87, over 7 in 76; at 0.9 over 13 in 84.)
const LEAST: f64 = 100.0;
/// Intervals no wider than this share of their figure are kept: what doesn't vary needs no long run.
const NARROW: f64 = 0.1;
/// Less than this share of a time is no ground to distrust the whole.
const SHARE: f64 = 0.1;
/// Where more than this share of the arrivals is refused, what waits is bounded by the room there is.
const REFUSED: f64 = 0.01;

/// What a run was too short for.
pub(super) struct TooShort {
    /// By the network's stations.
    stations: Vec<bool>,
    /// By the network's classes: they come in bursts.
    classes: Vec<bool>,
}

impl TooShort {
    /// What figures over so many seconds can't be sure of.
    pub fn of(simulation: &Simulation, stations: &[StationFindings], seconds: f64) -> Self {
        let network = &simulation.network;
        let is_open = |arrivals: &Arrivals| matches!(arrivals, Arrivals::Open { .. });
        // Users who wait send nothing meanwhile, which ends what piles up.
        let open = network
            .sources
            .iter()
            .all(|source| is_open(&source.arrivals));
        let slow = network.stations.iter().zip(stations).map(|(spec, found)| {
            let waits = !matches!(
                spec.discipline,
                Discipline::Infinite | Discipline::TokenBucket { .. }
            );
            let refuses = found.loss.is_some_and(|loss| loss.value > REFUSED);
            let (Some(busy), Some(service)) = (found.utilisation, found.service) else {
                return false;
            };
            let behind_one_queue = match spec.dispatch {
                Dispatch::Central => found.instances.map_or(1.0, |instances| instances.value),
                _ => 1.0,
            };
            let servers = f64::from(spec.servers) * behind_one_queue;
            let lasts = relaxation_time(busy.value, service.value, servers);
            open && waits && !refuses && seconds < LEAST * lasts
        });
        let mut classes = vec![false; network.classes.len()];
        for source in &network.sources {
            if let Arrivals::Open {
                pattern: Pattern::Bursts(bursts),
                ..
            } = &source.arrivals
                && seconds < LEAST * bursts.ends().map(|end| 1.0 / end).iter().sum::<f64>()
            {
                for route in &source.routes {
                    classes[route.class.0 as usize] = true;
                }
            }
        }
        TooShort {
            stations: slow.collect(),
            classes,
        }
    }

    /// Takes the intervals away that can't be kept: what of all times (sums over the figures' part of the run, by column) is spent where, says which.
    pub fn forget(
        &self,
        simulation: &Simulation,
        (columns, sum): (&Columns, &dyn Fn(usize) -> f64),
        classes: &mut [ClassFindings],
        stations: &mut [StationFindings],
        components: &mut [ComponentFindings],
    ) {
        // As in nearly every run that has lasted for a while: nothing to add up.
        if !self.stations.contains(&true) && !self.classes.contains(&true) {
            return;
        }
        let places = &simulation.places;
        for (found, _) in stations
            .iter_mut()
            .zip(&self.stations)
            .filter(|(_, slow)| **slow)
        {
            for figure in [
                &mut found.queue_length,
                &mut found.present,
                &mut found.waiting,
                &mut found.sojourn,
                &mut found.wait_probability,
            ] {
                unsure(figure);
            }
            found.waiting_by_class.iter_mut().for_each(unsure);
        }
        let mut slow_time = 0.0;
        for (class, found) in classes.iter_mut().enumerate() {
            let place = places.classes[class] as usize;
            let spent = |station: usize| {
                let station = places.stations[station] as usize;
                sum(columns.station(station, place, OfStation::Sojourn))
            };
            let slow: f64 = (0..self.stations.len())
                .filter(|station| self.stations[*station])
                .map(spent)
                .sum();
            slow_time += slow;
            let whole = sum(columns.class(place, OfClass::Sum))
                + sum(columns.class(place, OfClass::DetachedSum));
            if self.classes[class] || slow > SHARE * whole {
                let quantiles = &mut found.quantiles;
                for figure in [
                    &mut found.mean,
                    &mut found.in_flight,
                    &mut found.completion,
                    &mut quantiles.p50,
                    &mut quantiles.p95,
                    &mut quantiles.p99,
                    &mut quantiles.p999,
                ] {
                    unsure(figure);
                }
            }
        }
        for (found, (_, place)) in components
            .iter_mut()
            .zip(simulation.registry.entries.iter())
        {
            let (_, _, sojourn) = columns.visits(place as usize);
            if slow_time > SHARE * sum(sojourn) {
                unsure(&mut found.sojourn);
            }
        }
    }
}

/// How long what has piled up at a station takes to be forgotten, seconds: the time constant with which the M/M/1 queue comes to its steady state (Morse 1955,
/// "Stochastic properties of waiting lines"), of as many servers as one that is so many times as fast. Infinite where nothing is left of it.
fn relaxation_time(utilisation: f64, service_seconds: f64, servers: f64) -> f64 {
    let left = 1.0 - libm::sqrt(utilisation.clamp(0.0, 1.0));
    if service_seconds <= 0.0 {
        0.0
    } else {
        service_seconds / (servers.max(1.0) * left * left)
    }
}

fn unsure(figure: &mut Option<Estimate>) {
    if let Some(estimate) = figure
        && estimate.relative().is_some_and(|width| width > NARROW)
    {
        estimate.half_width = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_forgotten_the_later_the_busier_it_is() {
        // 1 / (μ (1 - √ρ)²): at 0.81 that is 100 service times, of four servers 25.
        assert!((relaxation_time(0.81, 0.1, 1.0) - 10.0).abs() < 1e-9);
        assert!((relaxation_time(0.81, 0.1, 4.0) - 2.5).abs() < 1e-9);
        assert_eq!(relaxation_time(1.0, 0.1, 1.0), f64::INFINITY);
        assert_eq!(relaxation_time(1.0, 0.0, 1.0), 0.0);
    }

    #[test]
    fn what_hardly_varies_keeps_its_interval() {
        let of = |half_width| {
            let mut figure = Some(Estimate {
                value: 2.0,
                half_width: Some(half_width),
            });
            unsure(&mut figure);
            figure.unwrap().half_width
        };
        assert_eq!((of(0.1), of(0.5)), (Some(0.1), None));
    }
}

//! The same models in desru, a simulation library of the same language, written as its documentation shows: closures that plan the next.

use desru::{Event, EventScheduler};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Poisson arrivals that pass stations one after the other.
pub struct Model {
    rate: f64,
    /// Servers and mean service time, seconds.
    stations: Vec<(usize, f64)>,
}

/// M/M/1 at 0.8.
pub fn one_server() -> Model {
    Model {
        rate: 0.8,
        stations: vec![(1, 1.0)],
    }
}

/// A balancer, eight servers and a database with two.
pub fn three_tiers() -> Model {
    Model {
        rate: 80.0,
        stations: vec![(1, 0.001), (8, 0.08), (2, 0.02)],
    }
}

/// What a run has seen.
#[derive(Debug)]
pub struct Seen {
    /// Arrivals and ended services.
    pub events: u64,
    /// Sum of the response times, seconds.
    pub sum: f64,
    /// Requests that have left.
    pub left: u64,
}

struct State {
    rate: f64,
    stations: Vec<Station>,
    random: Xoshiro256PlusPlus,
    seen: Seen,
}

struct Station {
    servers: usize,
    mean: f64,
    busy: usize,
    /// When those who wait have arrived in the system.
    waiting: VecDeque<f64>,
}

type Shared = Rc<RefCell<State>>;

impl State {
    fn exponential(&mut self, mean: f64) -> f64 {
        let uniform = (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        -mean * (1.0 - uniform).ln()
    }
}

/// Runs a model for so many seconds.
pub fn run(model: &Model, seconds: f64) -> Seen {
    let state = Rc::new(RefCell::new(State {
        rate: model.rate,
        stations: model
            .stations
            .iter()
            .map(|(servers, mean)| Station {
                servers: *servers,
                mean: *mean,
                busy: 0,
                waiting: VecDeque::new(),
            })
            .collect(),
        random: Xoshiro256PlusPlus::seed_from_u64(1),
        seen: Seen {
            events: 0,
            sum: 0.0,
            left: 0,
        },
    }));
    let mut scheduler = EventScheduler::new();
    plan_arrival(&mut scheduler, &state);
    let stop = Box::new(move |scheduler: &EventScheduler| scheduler.current_time >= seconds);
    scheduler.run(stop, Some(Box::new(|_, _| false)));
    drop(scheduler);
    Rc::try_unwrap(state).map_or(
        Seen {
            events: 0,
            sum: 0.0,
            left: 0,
        },
        |state| state.into_inner().seen,
    )
}

fn plan_arrival(scheduler: &mut EventScheduler, shared: &Shared) {
    let gap = {
        let state = &mut *shared.borrow_mut();
        let mean = 1.0 / state.rate;
        state.exponential(mean)
    };
    let shared = Rc::clone(shared);
    let arrival = Event::new(
        scheduler.current_time + gap,
        Some(Box::new(move |scheduler| {
            shared.borrow_mut().seen.events += 1;
            plan_arrival(scheduler, &shared);
            arrive(scheduler, &shared, 0, scheduler.current_time);
            None
        })),
        None,
    );
    scheduler.schedule(arrival);
}

/// A request that came into the system at `born` comes to a station.
fn arrive(scheduler: &mut EventScheduler, shared: &Shared, place: usize, born: f64) {
    {
        let station = &mut shared.borrow_mut().stations[place];
        if station.busy == station.servers {
            station.waiting.push_back(born);
            return;
        }
        station.busy += 1;
    }
    plan_end(scheduler, shared, place, born);
}

fn plan_end(scheduler: &mut EventScheduler, shared: &Shared, place: usize, born: f64) {
    let time = {
        let state = &mut *shared.borrow_mut();
        let mean = state.stations[place].mean;
        state.exponential(mean)
    };
    let shared = Rc::clone(shared);
    let end = Event::new(
        scheduler.current_time + time,
        Some(Box::new(move |scheduler| {
            served(scheduler, &shared, place, born);
            None
        })),
        None,
    );
    scheduler.schedule(end);
}

fn served(scheduler: &mut EventScheduler, shared: &Shared, place: usize, born: f64) {
    let next = {
        let state = &mut *shared.borrow_mut();
        state.seen.events += 1;
        let station = &mut state.stations[place];
        let next = station.waiting.pop_front();
        if next.is_none() {
            station.busy -= 1;
        }
        next
    };
    if let Some(next) = next {
        plan_end(scheduler, shared, place, next);
    }
    let last = place + 1 == shared.borrow().stations.len();
    if last {
        let seen = &mut shared.borrow_mut().seen;
        seen.left += 1;
        seen.sum += scheduler.current_time - born;
    } else {
        arrive(scheduler, shared, place + 1, born);
    }
}

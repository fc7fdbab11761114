//! Small drawings for the tests of the lowering, and how often a request visits what; it checks nothing itself.

use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::network::{Compiled, Role, Station, StationId, Step, StepId, compile};
use loadscape_sim::scenario::{
    ClassId, Component, ComponentId, Link, LinkId, Operation, Point, RequestClass, Scenario,
};

pub const READ: usize = 0;
pub const WRITE: usize = 1;
pub const STATIC: usize = 2;
pub const ASYNCHRONOUS: usize = 3;

/// A drawing under construction, with one class of each operation.
pub struct Drawing {
    pub scenario: Scenario,
}

impl Drawing {
    pub fn new() -> Self {
        let operations = [
            Operation::Read,
            Operation::Write,
            Operation::Static,
            Operation::Asynchronous,
        ];
        let classes = operations
            .into_iter()
            .enumerate()
            .map(|(index, operation)| {
                RequestClass::new(
                    ClassId(index as u32 + 1),
                    format!("{operation:?}"),
                    operation,
                )
            })
            .collect();
        Drawing {
            scenario: Scenario {
                classes,
                ..Scenario::default()
            },
        }
    }

    /// Adds a component; ids count from 1.
    pub fn add(&mut self, kind: Kind) -> ComponentId {
        let id = ComponentId(self.scenario.components.len() as u32 + 1);
        let position = Point {
            x: 300.0 * f64::from(id.0),
            y: 0.0,
        };
        self.scenario
            .components
            .push(Component::new(id, kind, format!("{kind:?} {id}"), position));
        id
    }

    /// Adds a component that is called by another.
    pub fn below(&mut self, caller: ComponentId, kind: Kind) -> ComponentId {
        let id = self.add(kind);
        self.link(caller, id);
        id
    }

    pub fn link(&mut self, from: ComponentId, to: ComponentId) -> LinkId {
        let id = LinkId(self.scenario.links.len() as u32 + 1);
        self.scenario.links.push(Link::new(id, from, to));
        id
    }

    pub fn last_link(&mut self) -> &mut Link {
        self.scenario
            .links
            .last_mut()
            .expect("a link has been drawn")
    }

    pub fn component(&mut self, id: ComponentId) -> &mut Component {
        self.scenario
            .components
            .iter_mut()
            .find(|component| component.id == id)
            .expect("the component exists")
    }

    pub fn number(&mut self, id: ComponentId, parameter: Parameter, number: f64) {
        self.component(id)
            .parameters
            .insert(parameter, Value::Number(number));
    }

    pub fn flag(&mut self, id: ComponentId, parameter: Parameter) {
        self.component(id)
            .parameters
            .insert(parameter, Value::Flag(true));
    }

    pub fn choose(&mut self, id: ComponentId, parameter: Parameter, choice: Choice) {
        self.component(id)
            .parameters
            .insert(parameter, Value::Choice(choice));
    }

    pub fn compile(&self) -> Route {
        let compiled = compile(&self.scenario);
        check_invariants(&compiled);
        Route { compiled }
    }
}

/// What must hold of every network.
pub fn check_invariants(compiled: &Compiled) {
    let network = &compiled.network;
    for (index, step) in network.steps.iter().enumerate() {
        step.for_each_child(|child| {
            assert!(
                (child.0 as usize) < index,
                "{step:?} at {index} comes before its child"
            )
        });
        match step {
            Step::Branch(branches) => {
                let total: f64 = branches.iter().map(|(probability, _)| probability).sum();
                assert!(
                    (total - 1.0).abs() < 1e-9,
                    "probabilities add up to {total}"
                );
                assert!(branches.iter().all(|(probability, _)| *probability >= 0.0));
            }
            Step::Fail { probability, .. } => assert!((0.0..=1.0).contains(probability)),
            Step::Repeat { count, .. } => assert!(count.is_finite() && *count >= 0.0),
            Step::Hop { round_trip, .. } => {
                assert!(round_trip.0.is_finite() && round_trip.0 >= 0.0)
            }
            Step::Serve { station, time } => {
                assert!((station.0 as usize) < network.stations.len());
                assert_eq!(time.check(), Ok(()));
            }
            Step::Delay { time, .. } => assert_eq!(time.check(), Ok(())),
            Step::Hold { pool, .. } => assert!((pool.0 as usize) < network.stations.len()),
            Step::Quorum { needed, calls } => {
                assert!(*needed >= 1 && *needed as usize <= calls.len())
            }
            Step::Lookup { store, .. } => assert!((store.0 as usize) < network.stores.len()),
            _ => {}
        }
    }
    for station in &network.stations {
        assert!(station.servers >= 1);
        assert!(
            station
                .capacity
                .is_none_or(|capacity| capacity >= station.servers)
        );
        if let loadscape_sim::network::Dispatch::Shares(shares) = &station.dispatch {
            assert!(
                (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9,
                "{shares:?}"
            );
            assert!(
                matches!(station.instances, loadscape_sim::network::Instances::Fixed(count) if count as usize == shares.len())
            );
        }
    }
    for store in &network.stores {
        assert_eq!(store.keys.len(), network.classes.len());
        assert!(store.copies >= 1.0 && store.capacity_bytes >= 0.0);
    }
    for source in &network.sources {
        let total: f64 = source.routes.iter().map(|route| route.share).sum();
        assert!((total - 1.0).abs() < 1e-9);
    }
    for entry in &compiled.entries {
        assert!((entry.step.0 as usize) < network.steps.len());
    }
    assert!(
        compiled.entries.windows(2).all(|pair| pair[0] < pair[1]),
        "entries stand once, in order"
    );
    assert!(network.dead_ends.windows(2).all(|pair| pair[0] < pair[1]));
}

/// A compiled drawing, to be asked how often things happen.
pub struct Route {
    pub compiled: Compiled,
}

/// How often a request of a class does something, on average.
pub struct Visits {
    of_step: Vec<f64>,
    /// Visits of the same step that nobody waits for.
    detached: Vec<f64>,
}

impl Route {
    /// Walks the first source's route of a class with this hit ratio at every store.
    pub fn visits(&self, class: usize, hit_ratio: f64) -> Visits {
        let network = &self.compiled.network;
        let mut visits = Visits {
            of_step: vec![0.0; network.steps.len()],
            detached: vec![0.0; network.steps.len()],
        };
        for route in &network.sources[0].routes {
            if route.class.0 as usize == class {
                visits.of_step[route.step.0 as usize] += 1.0;
            }
        }
        for index in (0..network.steps.len()).rev() {
            let (all, detached) = (visits.of_step[index], visits.detached[index]);
            let mut go = |child: StepId, factor: f64, detaches: bool| {
                visits.of_step[child.0 as usize] += all * factor;
                visits.detached[child.0 as usize] += if detaches { all } else { detached } * factor;
            };
            match &network.steps[index] {
                Step::Lookup { hit, miss, .. } => {
                    go(*hit, hit_ratio, false);
                    go(*miss, 1.0 - hit_ratio, false);
                }
                Step::Branch(branches) => branches
                    .iter()
                    .for_each(|(probability, step)| go(*step, *probability, false)),
                Step::Repeat { count, body } => go(*body, *count, false),
                Step::Detach(body, _) => go(*body, 1.0, true),
                step => step.for_each_child(|child| go(child, 1.0, false)),
            }
        }
        visits
    }

    /// Calls along a link for each request.
    pub fn along(&self, visits: &Visits, link: u32) -> f64 {
        self.sum(
            visits,
            |step| matches!(step, Step::Hop { link: Some(id), .. } if id.0 == link),
        )
    }

    /// Services (or holds) at the component's station of this role for each request, without those that nobody waits for.
    pub fn awaited(&self, visits: &Visits, component: ComponentId, role: Role) -> f64 {
        let at = |station: StationId| {
            let station = &self.compiled.network.stations[station.0 as usize];
            station.component == component && station.role == role
        };
        self.compiled
            .network
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| match step {
                Step::Serve { station, .. } => at(*station),
                Step::Hold { pool, .. } => at(*pool),
                _ => false,
            })
            .map(|(index, _)| visits.of_step[index] - visits.detached[index])
            .sum()
    }

    /// As [`Route::awaited`], with everything that nobody waits for.
    pub fn at(&self, visits: &Visits, component: ComponentId, role: Role) -> f64 {
        self.awaited(
            &Visits {
                of_step: visits.of_step.clone(),
                detached: vec![0.0; visits.of_step.len()],
            },
            component,
            role,
        )
    }

    /// Busy seconds of the component's station of this role for each request.
    pub fn work(&self, visits: &Visits, component: ComponentId, role: Role) -> f64 {
        self.compiled
            .network
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| match step {
                Step::Serve { station, time } => {
                    let station = &self.compiled.network.stations[station.0 as usize];
                    let here = station.component == component && station.role == role;
                    if here {
                        visits.of_step[index] * time.mean()
                    } else {
                        0.0
                    }
                }
                _ => 0.0,
            })
            .sum()
    }

    /// Visits of the component's entries for each request.
    pub fn arrivals(&self, visits: &Visits, component: ComponentId) -> f64 {
        self.compiled
            .entries
            .iter()
            .filter(|entry| entry.component == component)
            .map(|entry| visits.of_step[entry.step.0 as usize])
            .sum()
    }

    /// Requests that fail for want of a route.
    pub fn dead_ends(&self, visits: &Visits) -> f64 {
        self.compiled
            .network
            .dead_ends
            .iter()
            .map(|step| visits.of_step[step.0 as usize])
            .sum()
    }

    /// The component's only station of this role.
    pub fn station(&self, component: ComponentId, role: Role) -> &Station {
        let mut found = self
            .compiled
            .network
            .stations
            .iter()
            .filter(|s| s.component == component && s.role == role);
        let station = found.next().expect("the component has such a station");
        assert!(found.next().is_none(), "the component has one such station");
        station
    }

    /// Round trip of the hop along a link.
    pub fn round_trip(&self, link: u32) -> f64 {
        self.compiled
            .network
            .steps
            .iter()
            .find_map(|step| match step {
                Step::Hop {
                    link: Some(id),
                    round_trip,
                } if id.0 == link => Some(round_trip.0),
                _ => None,
            })
            .expect("the link carries calls")
    }

    /// Whether the component's pool is held while the other's station is used, for the first source's class.
    pub fn is_held_during(&self, component: ComponentId, other: ComponentId) -> bool {
        let network = &self.compiled.network;
        let of = |station: &StationId, component| {
            network.stations[station.0 as usize].component == component
        };
        network.steps.iter().any(|step| match step {
            Step::Hold { pool, body } if of(pool, component) => {
                self.contains(*body, &|step| match step {
                    Step::Serve { station, .. } | Step::Hold { pool: station, .. } => {
                        of(station, other)
                    }
                    Step::Delay { component, .. } => *component == other,
                    _ => false,
                })
            }
            _ => false,
        })
    }

    /// Whether the step or anything below it, without what is detached, is such.
    pub fn contains(&self, step: StepId, wanted: &dyn Fn(&Step) -> bool) -> bool {
        let step = self.compiled.network.step(step);
        let mut found = wanted(step);
        if !matches!(step, Step::Detach(..)) {
            step.for_each_child(|child| found = found || self.contains(child, wanted));
        }
        found
    }

    fn sum(&self, visits: &Visits, wanted: impl Fn(&Step) -> bool) -> f64 {
        let steps = self.compiled.network.steps.iter().enumerate();
        steps
            .filter(|(_, step)| wanted(step))
            .map(|(index, _)| visits.of_step[index])
            .sum()
    }
}

pub fn close(got: f64, expected: f64) {
    assert!(
        (got - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        "{got} instead of {expected}"
    );
}

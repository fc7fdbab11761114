//! Building small networks by hand, solved as the app solves drawn ones.

use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{
    Arrivals, ClassIndex, Compiled, Discipline, Dispatch, Instances, Network, NetworkClass, Role,
    Route, Source, Station, StationId, Step, StepId,
};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{ClassId, ComponentId, Operation, Scenario};
use loadscape_sim::steady::{Precision, Solver};
use loadscape_sim::units::PerSecond;

/// A network of one class under construction.
pub struct Build {
    pub network: Network,
}

impl Build {
    pub fn new() -> Self {
        let class = NetworkClass {
            class: ClassId(1),
            name: "request".to_owned(),
            operation: Operation::Read,
            priority: 0,
        };
        Build {
            network: Network {
                classes: vec![class],
                ..Network::default()
            },
        }
    }

    pub fn station(
        &mut self,
        servers: u32,
        capacity: Option<u32>,
        discipline: Discipline,
    ) -> StationId {
        let component = ComponentId(self.network.stations.len() as u32 + 10);
        self.network.stations.push(Station {
            component,
            role: Role::Servers,
            instances: Instances::Fixed(1),
            servers,
            capacity,
            discipline,
            dispatch: Dispatch::Central,
            waits_at: None,
        });
        StationId(self.network.stations.len() as u32 - 1)
    }

    pub fn fifo(&mut self, servers: u32) -> StationId {
        self.station(servers, None, Discipline::FirstComeFirstServed)
    }

    pub fn exponential(&mut self, station: StationId, mean: f64) -> StepId {
        self.network.push(Step::Serve {
            station,
            time: Distribution::exponential(mean).unwrap(),
        })
    }

    pub fn open(&mut self, rate: f64, step: StepId) {
        self.network.sources.push(Source {
            component: ComponentId(1),
            arrivals: Arrivals::poisson(PerSecond(rate)),
            routes: vec![Route {
                class: ClassIndex(0),
                share: 1.0,
                step,
            }],
        });
    }

    pub fn solve(self) -> Report {
        let compiled = Compiled {
            network: self.network,
            ..Compiled::default()
        };
        Solver::new().solve(&Scenario::default(), &compiled, Precision::Exact)
    }
}

#[track_caller]
pub fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs().max(1e-300),
        "{got} against {expected}"
    );
}

impl Build {
    pub fn closed(&mut self, users: u32, think: f64, step: StepId) {
        self.network.sources.push(Source {
            component: ComponentId(1),
            arrivals: Arrivals::Closed {
                users,
                think: loadscape_sim::units::Seconds(think),
            },
            routes: vec![Route {
                class: ClassIndex(0),
                share: 1.0,
                step,
            }],
        });
    }
}

/// Single exponential servers behind a balancer, at this share of their capacity; service takes 1 s.
pub fn balanced(policy: Dispatch, instances: u32, utilisation: f64) -> Report {
    let mut build = Build::new();
    let station = build.fifo(1);
    build.network.stations[0].instances = Instances::Fixed(instances);
    build.network.stations[0].dispatch = policy;
    let step = build.exponential(station, 1.0);
    build.open(utilisation * f64::from(instances), step);
    build.solve()
}

/// Users who think for so many seconds and share one station of exponential service.
pub fn users_at_one_station(
    (users, think): (u32, f64),
    (servers, discipline): (u32, Discipline),
    service: f64,
) -> Report {
    let mut build = Build::new();
    let station = build.station(servers, None, discipline);
    let step = build.exponential(station, service);
    build.closed(users, think, step);
    build.solve()
}

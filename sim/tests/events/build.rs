//! Small networks put together by hand, ready to simulate and to solve.

use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::distribution::Distribution;
use loadscape_sim::network::{
    Arrivals, AttemptRule, ClassIndex, Compiled, Discipline, Dispatch, Instances, Network,
    NetworkClass, Pattern, Profile, Role, Route, Source, Station, StationId, Step, StepId,
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

    /// A first-come, first-served station of this component.
    pub fn station(&mut self, component: u32, servers: u32) -> StationId {
        self.network.stations.push(Station {
            component: ComponentId(component),
            role: Role::Servers,
            instances: Instances::Fixed(1),
            servers,
            capacity: None,
            discipline: Discipline::FirstComeFirstServed,
            dispatch: Dispatch::Central,
            waits_at: None,
        });
        StationId(self.network.stations.len() as u32 - 1)
    }

    /// Exponential service with this mean at a station.
    pub fn serve(&mut self, station: StationId, mean: f64) -> StepId {
        self.network.push(Step::Serve {
            station,
            time: Distribution::exponential(mean).unwrap(),
        })
    }

    /// A step that fails with this probability.
    pub fn fail(&mut self, probability: f64) -> StepId {
        self.network.push(Step::Fail {
            component: ComponentId(9),
            probability,
        })
    }

    pub fn sequence(&mut self, steps: Vec<StepId>) -> StepId {
        self.network.push(Step::Sequence(steps))
    }

    /// The step under a rule.
    pub fn attempt(&mut self, body: StepId, rule: AttemptRule) -> StepId {
        self.network.push(Step::Attempt {
            body,
            rule: Box::new(rule),
        })
    }

    /// A source of this route with this many requests a second, Poisson (1) or by the clock (0).
    pub fn source(&mut self, rate: f64, interarrival_scv: f64, step: StepId) {
        self.network.sources.push(Source {
            component: ComponentId(1),
            arrivals: Arrivals::Open {
                peak: PerSecond(rate),
                pattern: Pattern::Renewal {
                    scv: interarrival_scv,
                },
                batch: 1.0,
                trough_share: 1.0,
                profile: Profile::Constant,
            },
            routes: vec![Route {
                class: ClassIndex(0),
                share: 1.0,
                step,
            }],
        });
    }

    fn compiled(&self) -> Compiled {
        Compiled {
            network: self.network.clone(),
            ..Compiled::default()
        }
    }

    pub fn simulation(&self, seed: u64) -> Simulation {
        let settings = Settings {
            seed,
            ..Settings::default()
        };
        Simulation::new(&self.compiled(), &settings)
    }

    pub fn solve(&self) -> Report {
        Solver::new().solve(&Scenario::default(), &self.compiled(), Precision::Exact)
    }
}

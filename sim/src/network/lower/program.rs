//! What works and calls: service, worker and function. A request keeps its thread (slot, execution) for as long as the calls below it take.

use super::spreading::dispatch;
use super::{amount, instances, messages, share};
use crate::catalog::{Choice, Kind, Parameter};
use crate::distribution::Distribution;
use crate::network::compile::{Lowering, constant, law};
use crate::network::lower::Nature;
use crate::network::note::Remark;
use crate::network::plan;
use crate::network::{
    ControlledDelay, Discipline, Dispatch, Eviction, Expiry, Instances, KeySpace, Mark, Role,
    ScalingPace, ScalingPolicy, ScalingSteps, Shedding, Station, StationId, Step, StepId, Store,
};
use crate::scenario::{Component, ComponentId, Operation};
use crate::units::Seconds;

/// The machines of a component.
pub(super) struct Machine {
    /// How many.
    pub instances: Instances,
    /// Cores of each.
    pub cores: u32,
    /// Speed of a core.
    pub speed: f64,
}

impl Machine {
    /// Reads the component's machines; what its kind lacks is 1.
    pub fn read(component: &Component) -> Self {
        let instances = if component.flag(Parameter::Autoscaling) {
            let minimum = instances(component, Parameter::MinimumInstances);
            Instances::Scaled {
                minimum,
                maximum: instances(component, Parameter::MaximumInstances).max(minimum),
                policy: scaling_policy(component),
                pace: ScalingPace {
                    boot: seconds(component, Parameter::BootTime),
                    window: seconds(component, Parameter::MetricWindow),
                    cooldown: seconds(component, Parameter::ScalingCooldown),
                },
            }
        } else {
            Instances::Fixed(instances(component, Parameter::Instances))
        };
        let speed = amount(component.number(Parameter::CoreSpeed));
        Machine {
            instances,
            cores: component.count(Parameter::Cores),
            speed: if speed > 0.0 { speed } else { 1.0 },
        }
    }

    /// The fewest instances there are.
    pub fn fewest(&self) -> u32 {
        match self.instances {
            Instances::Fixed(count) => count,
            Instances::Scaled { minimum, .. } => minimum,
        }
    }

    /// The time of some work on these cores, as variable as the component's.
    pub fn work(&self, component: &Component, reference: Seconds) -> Distribution {
        law(
            reference * (1.0 / self.speed),
            component.number(Parameter::ServiceVariability),
        )
    }

    /// Requests a second that the machines can do when each takes this long; `None` when it takes no time.
    pub fn capacity(&self, reference: Seconds) -> Option<f64> {
        (reference.0 > 0.0)
            .then(|| f64::from(self.fewest()) * f64::from(self.cores) * self.speed / reference.0)
    }

    /// Adds the station of the cores: all requests in progress share them.
    pub fn cores_station(
        &self,
        lowering: &mut Lowering<'_>,
        component: usize,
        instances: Instances,
        dispatch: Dispatch,
        waits_at: Option<ComponentId>,
    ) -> StationId {
        let id = lowering.topology.component(component).id;
        let station = lowering.station(Station {
            component: id,
            role: Role::Cores,
            instances,
            servers: self.cores,
            capacity: None,
            discipline: Discipline::ProcessorSharing,
            dispatch,
            waits_at,
        });
        let resources = &mut lowering.resources[component];
        resources.instances = f64::from(self.fewest());
        resources.cores = Some(station);
        station
    }
}

/// Sets up threads, cores, the work on a request and the error answers of a machine.
pub(super) fn prepare_pool(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let machine = Machine::read(this);
    let (instances, dispatch) = dispatch(lowering, component, machine.instances);
    let fed = feeding_queue(lowering, component);
    let threads = this.count(Parameter::Threads);
    if this.number(Parameter::Threads).is_finite() {
        let waiting = match fed {
            // Messages wait in the queue, which all slots share.
            Some((_, depth)) => depth / f64::from(machine.fewest()),
            None if this.value(Parameter::QueueLimit).is_none() => f64::INFINITY,
            None => this.number(Parameter::QueueLimit),
        };
        let pool = lowering.station(Station {
            component: this.id,
            role: Role::Threads,
            instances,
            servers: threads,
            capacity: capacity(threads, waiting),
            discipline: Discipline::FirstComeFirstServed,
            dispatch: dispatch.clone(),
            waits_at: fed.map(|(queue, _)| queue),
        });
        lowering.resources[component].pool = Some(pool);
        let this = lowering.topology.component(component);
        lowering.network.shedding.extend(shedding(this, pool));
    }
    let cores = machine.cores_station(lowering, component, instances, dispatch, None);
    let time = this.seconds(Parameter::ServiceTime);
    let work = lowering.serve(cores, machine.work(this, time));
    let failure = lowering.failure(component, share(this.number(Parameter::ErrorShare)));
    let resources = &mut lowering.resources[component];
    resources.capacity = machine.capacity(time);
    resources.work = work;
    resources.failure = failure;
}

/// What a service does about requests that wait for too long; `None` when it lets them.
fn shedding(service: &Component, station: StationId) -> Option<Shedding> {
    if service.kind != Kind::Service {
        return None;
    }
    let queue_timeout = service.seconds(Parameter::QueueTimeout);
    let queue_timeout = match queue_timeout.0.is_nan() {
        true => Seconds(f64::INFINITY),
        false => Seconds(queue_timeout.0.max(0.0)),
    };
    let way = service.choice(Parameter::Shedding);
    let last_first = way == Some(Choice::AdaptiveLastFirst);
    let controlled_delay =
        (last_first || way == Some(Choice::ControlledDelay)).then(|| ControlledDelay {
            target: seconds(service, Parameter::SheddingTarget),
            interval: seconds(service, Parameter::SheddingInterval),
            last_first,
        });
    (queue_timeout.0.is_finite() || controlled_delay.is_some()).then_some(Shedding {
        station,
        queue_timeout,
        controlled_delay,
    })
}

/// When the autoscaler adds and removes instances.
fn scaling_policy(component: &Component) -> ScalingPolicy {
    let part = |parameter| share(component.number(parameter)).clamp(0.01, 0.99);
    if component.choice(Parameter::ScalingPolicy) != Some(Choice::StepScaling) {
        return ScalingPolicy::TargetTracking {
            utilisation: part(Parameter::TargetUtilisation),
        };
    }
    let upper = part(Parameter::UpperThreshold);
    ScalingPolicy::Steps(ScalingSteps {
        upper,
        // Thresholds that cross would add and remove at once.
        lower: share(component.number(Parameter::LowerThreshold)).min(upper),
        width: part(Parameter::StepWidth),
        instances: instances(component, Parameter::StepInstances),
    })
}

/// The parameter's span, never negative.
fn seconds(component: &Component, parameter: Parameter) -> Seconds {
    Seconds(amount(component.seconds(parameter).0))
}

/// So many in service and this many waiting; `None` when any number may wait.
pub(super) fn capacity(servers: u32, waiting: f64) -> Option<u32> {
    waiting.is_finite().then(|| {
        let waiting = amount(waiting).ceil();
        (f64::from(servers) + waiting).min(f64::from(u32::MAX)) as u32
    })
}

/// The first queue or topic that feeds the component, and the most messages that all of them hold; `None` when something else calls it too.
fn feeding_queue(lowering: &Lowering<'_>, component: usize) -> Option<(ComponentId, f64)> {
    let topology = &lowering.topology;
    let mut first = None;
    let mut depth = 0.0;
    for link in topology.incoming(component) {
        let caller = topology.component(topology.caller(link));
        if Nature::of(caller.kind) != Nature::Messages {
            return None;
        }
        first = first.or(Some(caller.id));
        let limit = caller.number(Parameter::DepthLimit);
        depth += if limit.is_nan() { f64::INFINITY } else { limit };
    }
    first.map(|first| (first, depth))
}

/// The body with a thread of the component's pool, where it has one, as its way in.
pub(super) fn hold(lowering: &mut Lowering<'_>, component: usize, mut body: Vec<StepId>) -> StepId {
    if let Some(taken) = messages::taken(lowering, component) {
        body.insert(0, taken);
    }
    let Some(pool) = lowering.resources[component].pool else {
        return lowering.way_in(component, body);
    };
    let body = lowering.shared_sequence(component, body);
    let held = lowering.shared(component, Step::Hold { pool, body });
    lowering.entry(component, held);
    held
}

pub(super) fn prepare_machine(lowering: &mut Lowering<'_>, component: usize) {
    prepare_pool(lowering, component);
}

pub(super) fn enter_machine(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let mut body = own_work(lowering, component);
    calls(lowering, component, class, &mut body);
    hold(lowering, component, body)
}

fn own_work(lowering: &Lowering<'_>, component: usize) -> Vec<StepId> {
    let resources = &lowering.resources[component];
    let mut body = Vec::with_capacity(8);
    body.extend(resources.work);
    body.extend(resources.failure);
    body
}

/// What the plan says; a write that finds read-only copies alone fails.
fn calls(lowering: &mut Lowering<'_>, component: usize, class: usize, body: &mut Vec<StepId>) {
    if lacks_primary(lowering, component, class) {
        lowering.note(Remark::NoPrimary, component, None, Some(class));
        body.push(lowering.dead_end(component));
    } else {
        lowering.follow(component, class, body);
    }
}

fn lacks_primary(lowering: &Lowering<'_>, component: usize, class: usize) -> bool {
    let topology = &lowering.topology;
    let id = topology.class(class).id;
    matches!(
        topology.class(class).operation,
        Operation::Write | Operation::Asynchronous
    ) && topology.outgoing(component).any(|link| {
        topology.kind(topology.target(link)) == Kind::ReadReplica && topology.link(link).carries(id)
    }) && lowering.plan(component, class).all(|call| {
        topology.kind(topology.target(lowering.planned(call).link as usize)) == Kind::Cache
    }) && !plan::is_written(lowering, component, class)
}

/// Remarks on services that answer requests for data by themselves, where the drawing has stores and none of them sees these requests: a part that was
/// taken away leaves whoever asked it with nothing to do. What a plan says is meant.
pub(in crate::network) fn without_data(lowering: &mut Lowering<'_>) {
    let topology = &lowering.topology;
    let components = topology.scenario.components.len();
    let nature = |component: usize| Nature::of(topology.kind(component));
    let stores = |component: usize| {
        matches!(
            nature(component),
            Nature::Primary | Nature::Replica | Nature::KeyValue
        )
    };
    if !(0..components).any(stores) {
        return;
    }
    let mut found = Vec::new();
    for class in 0..topology.scenario.classes.len() {
        let id = topology.class(class).id;
        let asks = matches!(
            topology.class(class).operation,
            Operation::Read | Operation::Write
        );
        let reached = |component: &usize| lowering.is_reached(*component, class);
        let answered = (0..components).filter(reached).any(|component| {
            topology.kind(component) == Kind::SingleBox
                || !matches!(
                    nature(component),
                    Nature::Clients
                        | Nature::Resolver
                        | Nature::Door
                        | Nature::Edge
                        | Nature::Program
                )
        });
        if !asks || answered {
            continue;
        }
        let idle = |component: &usize| {
            let part = topology.component(*component);
            matches!(part.kind, Kind::Service | Kind::Function)
                && lowering.plan(*component, class).is_empty()
                && part.plans.iter().all(|plan| plan.class != id)
        };
        let parts = (0..components).filter(reached).filter(idle);
        found.extend(parts.map(|component| (component, class)));
    }
    for (component, class) in found {
        lowering.note(Remark::AnswersFromNothing, component, None, Some(class));
    }
}

pub(super) fn prepare_function(lowering: &mut Lowering<'_>, component: usize) {
    let function = lowering.topology.component(component);
    let fed = feeding_queue(lowering, component);
    let limit = function.count(Parameter::ConcurrencyLimit);
    let pool = lowering.station(Station {
        component: function.id,
        role: Role::Threads,
        instances: Instances::Fixed(1),
        servers: limit,
        // Callers are refused at the limit; messages wait in their queue.
        capacity: capacity(limit, fed.map_or(0.0, |(_, depth)| depth)),
        discipline: Discipline::FirstComeFirstServed,
        dispatch: Dispatch::Central,
        waits_at: fed.map(|(queue, _)| queue),
    });
    let time = law(
        function.seconds(Parameter::ServiceTime),
        function.number(Parameter::ServiceVariability),
    );
    let work = lowering.delay(component, time);
    let cold = lowering.delay(
        component,
        constant(function.seconds(Parameter::ColdStartTime)),
    );
    let failure = lowering.failure(component, share(function.number(Parameter::ErrorShare)));
    // To a steady state a start is cold when the last use lies further back than environments are kept: exact for one request at a time.
    // Under overlapping requests a burst may find all environments busy and start another; with environments kept for minutes that is rarer
    // than one in (rate × time kept), and left out there. A run through time has an environment for each execution.
    let warm = cold.map(|miss| {
        let store = lowering.store(Store {
            component: function.id,
            copies: 1.0,
            capacity_bytes: f64::INFINITY,
            eviction: Eviction::LeastRecentlyUsed,
            expiry: Expiry::AfterLastUse(Seconds(amount(function.seconds(Parameter::KeepAlive).0))),
            keys: Vec::new(),
            keys_are_shared: true,
            coalesces: false,
            is_write_buffer: false,
            nodes: 1,
        });
        lowering.resources[component].store = Some(store);
        let hit = lowering.done();
        lowering.network.push(Step::Lookup { store, hit, miss })
    });
    let capacity = (function.seconds(Parameter::ServiceTime).0 > 0.0)
        .then(|| f64::from(limit) / function.seconds(Parameter::ServiceTime).0);
    let resources = &mut lowering.resources[component];
    resources.pool = Some(pool);
    resources.work = work;
    resources.read = warm;
    resources.failure = failure;
    resources.capacity = capacity;
}

pub(super) fn enter_function(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
) -> StepId {
    const ENVIRONMENT: KeySpace = KeySpace {
        keys: 1.0,
        zipf_exponent: 0.0,
        item_bytes: 1.0,
        invalidations_per_lookup: 0.0,
        refreshes_per_lookup: 0.0,
    };
    if let Some(store) = lowering.resources[component].store {
        lowering.keys(store, class, ENVIRONMENT);
    }
    let mut body = Vec::with_capacity(8);
    body.extend(lowering.resources[component].read);
    body.extend(own_work(lowering, component));
    calls(lowering, component, class, &mut body);
    if let Some(store) = lowering.resources[component].store {
        body.push(lowering.shared(component, Step::Mark(Mark::Idle(store))));
    }
    hold(lowering, component, body)
}

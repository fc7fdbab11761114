//! Relational databases: a query holds a connection while cores and disk work on it. What the primary, its replicas, shards and the
//! databases of a federation have in common stands here, with the primary and its replicas.

use super::program::Machine;
use super::spreading::dispatch;
use super::{amount, failover, gigabytes, instances, keys_of, reads, replication, share};
use crate::catalog::{Kind, Parameter};
use crate::network::compile::{Lowering, exponential};
use crate::network::{
    Discipline, Dispatch, Eviction, Expiry, Instances, Mark, Role, Station, StationId, Step,
    StepId, Store, StoreId,
};
use crate::scenario::Component;
use crate::units::Seconds;

/// One database, or several equal ones behind one dispatch.
pub(super) struct Node {
    connections: StationId,
    pub cores: StationId,
    disk: StationId,
    pages: StoreId,
    pub machine: Machine,
}

/// How many equal databases there are, and how queries and rows divide over them.
pub(super) struct Layout {
    pub instances: u32,
    pub dispatch: Dispatch,
    /// Databases that each hold a copy of all rows; the others divide the rows, and their memory adds up.
    pub copies: f64,
}

impl Node {
    /// Adds the stations and the buffer pool.
    pub fn new(lowering: &mut Lowering<'_>, component: usize, layout: Layout) -> Self {
        let this = lowering.topology.component(component);
        let Layout {
            instances,
            dispatch,
            copies,
        } = layout;
        let mut station = |role, servers, discipline| {
            lowering.station(Station {
                component: this.id,
                role,
                instances: Instances::Fixed(instances),
                servers,
                capacity: None,
                discipline,
                dispatch: dispatch.clone(),
                waits_at: None,
            })
        };
        let fifo = Discipline::FirstComeFirstServed;
        let connections = station(Role::Connections, this.count(Parameter::Connections), fifo);
        let cores = station(
            Role::Cores,
            this.count(Parameter::Cores),
            Discipline::ProcessorSharing,
        );
        let disk = station(Role::Disk, this.count(Parameter::DiskChannels), fifo);
        let pages = lowering.store(Store {
            component: this.id,
            copies,
            capacity_bytes: gigabytes(this, Parameter::Memory) * f64::from(instances) / copies,
            eviction: Eviction::LeastRecentlyUsed,
            expiry: Expiry::Never,
            keys: Vec::new(),
            keys_are_shared: false,
            coalesces: false,
            is_write_buffer: false,
            nodes: 1,
        });
        let machine = Machine::read(this);
        let resources = &mut lowering.resources[component];
        resources.instances = f64::from(instances);
        resources.pool = Some(connections);
        resources.cores = Some(cores);
        resources.disk = Some(disk);
        resources.store = Some(pages);
        Node {
            connections,
            cores,
            disk,
            pages,
            machine,
        }
    }

    /// That of a component that has been prepared.
    pub fn of(lowering: &Lowering<'_>, component: usize) -> Option<Self> {
        let resources = &lowering.resources[component];
        Some(Node {
            connections: resources.pool?,
            cores: resources.cores?,
            disk: resources.disk?,
            pages: resources.store?,
            machine: Machine::read(lowering.topology.component(component)),
        })
    }

    /// A read query, with its connection; `first` is what it does before all else.
    pub fn read(
        &self,
        lowering: &mut Lowering<'_>,
        component: usize,
        first: Option<StepId>,
    ) -> StepId {
        let this = lowering.topology.component(component);
        let joins = if this.flag(Parameter::Denormalised) {
            0.0
        } else {
            amount(this.number(Parameter::JoinsPerRead))
        };
        let joined = this.seconds(Parameter::JoinTime) * joins;
        let by_index = self
            .machine
            .work(this, this.seconds(Parameter::ReadTime) + joined);
        let by_index = lowering
            .serve(self.cores, by_index)
            .unwrap_or(lowering.done());
        let unindexed = share(this.number(Parameter::UnindexedShare));
        let query = if unindexed > 0.0 {
            let scan = self
                .machine
                .work(this, this.seconds(Parameter::ScanTime) + joined);
            let scan = lowering.serve(self.cores, scan).unwrap_or(lowering.done());
            lowering.branch(vec![(1.0 - unindexed, by_index), (unindexed, scan)])
        } else {
            by_index
        };
        let row = self.row(lowering, component);
        let rows = lowering.repeat(amount(this.number(Parameter::RowsPerRead)).max(1.0), row);
        let body = first.into_iter().chain([query, rows]).collect();
        self.connected(lowering, body)
    }

    /// A write with its connection.
    pub fn write(&self, lowering: &mut Lowering<'_>, component: usize) -> StepId {
        let body = self.write_body(lowering, component, component);
        self.connected(lowering, body)
    }

    /// A write of the primary's up to its commit, on the machine of the component.
    pub fn write_body(
        &self,
        lowering: &mut Lowering<'_>,
        component: usize,
        primary: usize,
    ) -> Vec<StepId> {
        let this = lowering.topology.component(component);
        let primary = lowering.topology.component(primary);
        let work = self.machine.work(this, write_work(primary));
        let work = lowering.serve(self.cores, work);
        let row = self.row(lowering, component);
        let commit = exponential(primary.seconds(Parameter::CommitTime));
        let commit = lowering.serve(self.disk, commit);
        work.into_iter().chain([row]).chain(commit).collect()
    }

    /// Touching a row: a read from disk when it isn't in memory.
    fn row(&self, lowering: &mut Lowering<'_>, component: usize) -> StepId {
        let time = lowering
            .topology
            .component(component)
            .seconds(Parameter::DiskReadTime);
        row(lowering, self.pages, self.disk, time)
    }

    pub fn connected(&self, lowering: &mut Lowering<'_>, body: Vec<StepId>) -> StepId {
        let body = lowering.sequence(body);
        lowering.network.push(Step::Hold {
            pool: self.connections,
            body,
        })
    }

    /// Applying a write of a primary at one of the replicas: a few at once, on cores that the reads use too. `None` when it is no work.
    fn replay(
        &self,
        lowering: &mut Lowering<'_>,
        component: usize,
        primary: &Component,
        instances: u32,
    ) -> Option<StepId> {
        let this = lowering.topology.component(component);
        let work = write_work(primary) * share(this.number(Parameter::ReplayShare));
        let body = lowering.serve(self.cores, self.machine.work(this, work))?;
        let pool = lowering.station(Station {
            component: this.id,
            role: Role::Replay,
            instances: Instances::Fixed(instances),
            servers: this.count(Parameter::ReplayProcesses),
            capacity: None,
            discipline: Discipline::FirstComeFirstServed,
            // Each instance gets each write: to a steady state the same as an equal part of all of them.
            dispatch: if instances == 1 {
                Dispatch::Central
            } else {
                Dispatch::Random
            },
            waits_at: None,
        });
        Some(lowering.network.push(Step::Hold { pool, body }))
    }
}

/// Touching a row that a store of pages may hold.
pub(super) fn row(
    lowering: &mut Lowering<'_>,
    pages: StoreId,
    disk: StationId,
    time: Seconds,
) -> StepId {
    let done = lowering.done();
    match lowering.serve(disk, exponential(time)) {
        Some(miss) => lowering.network.push(Step::Lookup {
            store: pages,
            hit: done,
            miss,
        }),
        None => done,
    }
}

/// Processor time of a write on the reference machine, with its indexes and its copies.
pub(super) fn write_work(component: &Component) -> Seconds {
    let indexes = amount(component.number(Parameter::Indexes))
        * amount(component.number(Parameter::IndexOverhead));
    let copies = if component.flag(Parameter::Denormalised) {
        amount(component.number(Parameter::CopiesPerWrite))
    } else {
        0.0
    };
    component.seconds(Parameter::WriteTime) * ((1.0 + indexes) * (1.0 + copies))
}

/// Says that the class touches rows of the component.
pub(super) fn touch_rows(
    lowering: &mut Lowering<'_>,
    component: usize,
    store: StoreId,
    class: usize,
) {
    let keys = keys_of(
        lowering,
        class,
        lowering
            .topology
            .component(component)
            .number(Parameter::RowSize),
    );
    lowering.keys(store, class, keys);
}

pub(super) fn prepare_primary(lowering: &mut Lowering<'_>, component: usize) {
    let layout = Layout {
        instances: 1,
        dispatch: Dispatch::Central,
        copies: 1.0,
    };
    let node = Node::new(lowering, component, layout);
    let read = node.read(lowering, component, None);
    let failure = lowering.failure(
        component,
        share(
            lowering
                .topology
                .component(component)
                .number(Parameter::ErrorShare),
        ),
    );
    let resources = &mut lowering.resources[component];
    resources.read = Some(read);
    resources.failure = failure;
}

pub(super) fn prepare_replica(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let count = instances(this, Parameter::Instances);
    let (_, dispatch) = dispatch(lowering, component, Instances::Fixed(count));
    let layout = Layout {
        instances: count,
        dispatch,
        copies: f64::from(count),
    };
    let node = Node::new(lowering, component, layout);
    // The first primary that feeds it; each replica instance applies each write.
    let topology = &lowering.topology;
    let primary = topology
        .incoming(component)
        .map(|link| topology.caller(link))
        .find(|caller| topology.kind(*caller) == Kind::SqlPrimary);
    let look = primary
        .and_then(|primary| replication::copies(lowering, primary, component))
        .map(|(log, replica)| {
            lowering
                .network
                .push(Step::Mark(Mark::Read { log, replica }))
        });
    let read = node.read(lowering, component, look);
    let failure = lowering.failure(component, share(this.number(Parameter::ErrorShare)));
    let replay = primary.and_then(|primary| {
        let primary = lowering.topology.component(primary);
        node.replay(lowering, component, primary, count)
    });
    let resources = &mut lowering.resources[component];
    resources.read = Some(read);
    resources.work = replay;
    resources.failure = failure;
}

pub(super) fn enter_primary(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    if let Some(store) = lowering.resources[component].store {
        touch_rows(lowering, component, store, class);
    }
    replication::read_by(lowering, component, class);
    failover::touch_all_rows(lowering, component, class);
    let query = if reads(lowering, class) {
        acting_read(lowering, component, |lowering, own| {
            failover::query(lowering, component, own, None)
        })
    } else {
        Some(write(lowering, component))
    };
    finish(lowering, component, class, query)
}

pub(super) fn enter_replica(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    if let Some(store) = lowering.resources[component].store {
        touch_rows(lowering, component, store, class);
    }
    if reads(lowering, class) {
        let topology = &lowering.topology;
        let primaries: Vec<usize> = topology
            .incoming(component)
            .map(|link| topology.caller(link))
            .collect();
        for primary in primaries {
            replication::read_by(lowering, primary, class);
            failover::touch_all_rows(lowering, primary, class);
        }
        let query = acting_read(lowering, component, |lowering, own| {
            failover::read(lowering, component, own)
        });
        return finish(lowering, component, class, query);
    }
    // Someone sends writes to a read-only copy.
    lowering.note(
        crate::network::Remark::NoPrimary,
        component,
        None,
        Some(class),
    );
    let refused = lowering.dead_end(component);
    lowering.way_in(component, vec![refused])
}

/// The query, its error answers and what the user's plan adds, as the way in. The query is a step that nothing else of the component uses.
pub(super) fn finish(
    lowering: &mut Lowering<'_>,
    component: usize,
    class: usize,
    query: Option<StepId>,
) -> StepId {
    let failure = lowering.resources[component].failure;
    if let Some(query) = query
        && failure.is_none()
        && lowering.plan(component, class).is_empty()
    {
        lowering.entry(component, query);
        return query;
    }
    let mut steps: Vec<StepId> = query.into_iter().chain(failure).collect();
    lowering.follow(component, class, &mut steps);
    lowering.way_in(component, steps)
}

/// The component's read, by whoever acts for it; made when the first class needs it.
fn acting_read<'a>(
    lowering: &mut Lowering<'a>,
    component: usize,
    acting: impl FnOnce(&mut Lowering<'a>, StepId) -> StepId,
) -> Option<StepId> {
    let resources = &lowering.resources[component];
    let own = resources.read?;
    let read = match resources.acting_read {
        Some(read) => read,
        None => acting(lowering, own),
    };
    lowering.resources[component].acting_read = Some(read);
    Some(read)
}

/// The primary's write with its replication, made when the first class needs it.
fn write(lowering: &mut Lowering<'_>, component: usize) -> StepId {
    if let Some(write) = lowering.resources[component].write {
        return write;
    }
    let Some(node) = Node::of(lowering, component) else {
        return lowering.done();
    };
    let mut body = node.write_body(lowering, component, component);
    let after = replication::after_commit(lowering, component);
    body.extend_from_slice(&after);
    let own = node.connected(lowering, body);
    let write = failover::query(lowering, component, own, Some(&after));
    lowering.resources[component].write = Some(write);
    write
}

//! The single box: web server, application, database and files on one machine. Its roles compete for the same cores, the same disk, and
//! the same memory: what threads take is missing for rows and files.

use super::program::{Machine, capacity, hold};
use super::sql::row;
use super::{gigabytes, keys_of};
use crate::catalog::Parameter;
use crate::network::compile::{Lowering, exponential};
use crate::network::lower::Nature;
use crate::network::{
    Discipline, Dispatch, Eviction, Expiry, Instances, Role, Station, StepId, Store,
};
use crate::scenario::Operation;

/// Memory that is left for rows and files however many threads there are.
const LEAST_CACHE_BYTES: f64 = 64e6;

pub(super) fn prepare(lowering: &mut Lowering<'_>, component: usize) {
    let this = lowering.topology.component(component);
    let machine = Machine::read(this);
    let threads = this.count(Parameter::Threads);
    let station = |role, servers, capacity, discipline| Station {
        component: this.id,
        role,
        instances: Instances::Fixed(1),
        servers,
        capacity,
        discipline,
        dispatch: Dispatch::Central,
        waits_at: None,
    };
    let fifo = Discipline::FirstComeFirstServed;
    let pool = lowering.station(station(
        Role::Threads,
        threads,
        capacity(threads, this.number(Parameter::QueueLimit)),
        fifo,
    ));
    let cores = lowering.station(station(
        Role::Cores,
        machine.cores,
        None,
        Discipline::ProcessorSharing,
    ));
    let disk = lowering.station(station(
        Role::Disk,
        this.count(Parameter::DiskChannels),
        None,
        fifo,
    ));
    let taken = f64::from(threads) * this.number(Parameter::ThreadMemory) * 1e6;
    let store = lowering.store(Store {
        component: this.id,
        copies: 1.0,
        capacity_bytes: (gigabytes(this, Parameter::Memory) - taken).max(LEAST_CACHE_BYTES),
        eviction: Eviction::LeastRecentlyUsed,
        expiry: Expiry::Never,
        keys: Vec::new(),
        keys_are_shared: false,
        coalesces: false,
        is_write_buffer: false,
        nodes: 1,
    });
    let page = row(lowering, store, disk, this.seconds(Parameter::DiskReadTime));
    let commit = lowering.serve(disk, exponential(this.seconds(Parameter::CommitTime)));
    let resources = &mut lowering.resources[component];
    resources.pool = Some(pool);
    resources.cores = Some(cores);
    resources.disk = Some(disk);
    resources.store = Some(store);
    resources.read = Some(page);
    resources.write = commit;
    resources.capacity = machine.capacity(this.seconds(Parameter::ApplicationTime));
}

pub(super) fn enter(lowering: &mut Lowering<'_>, component: usize, class: usize) -> StepId {
    let topology = &lowering.topology;
    let this = topology.component(component);
    let machine = Machine::read(this);
    let calls = |natures: &[Nature]| {
        lowering.plan(component, class).any(|call| {
            natures.contains(&Nature::of(
                topology.kind(topology.target(lowering.planned(call).link as usize)),
            ))
        })
    };
    // What has been moved out of the box is no longer done in it.
    let files_are_elsewhere = calls(&[Nature::Files]);
    let rows_are_elsewhere = calls(&[
        Nature::Primary,
        Nature::Replica,
        Nature::KeyValue,
        Nature::Files,
    ]);
    let operation = topology.class(class).operation;
    let application = this.seconds(Parameter::ApplicationTime);
    let (work, touches, item_bytes) = match operation {
        Operation::Static => (
            this.seconds(Parameter::StaticTime),
            !files_are_elsewhere,
            topology.class(class).response_bytes,
        ),
        _ if rows_are_elsewhere => (application, false, 1.0),
        Operation::Read => (
            application + this.seconds(Parameter::ReadTime),
            true,
            this.number(Parameter::RowSize),
        ),
        Operation::Write | Operation::Asynchronous => (
            application + this.seconds(Parameter::WriteTime),
            true,
            this.number(Parameter::RowSize),
        ),
    };
    let writes = matches!(operation, Operation::Write | Operation::Asynchronous);
    let mut body: Vec<StepId> = Vec::with_capacity(6);
    if let Some(cores) = lowering.resources[component].cores {
        let time = machine.work(this, work);
        if time.mean() > 0.0 {
            body.push(lowering.shared(
                component,
                crate::network::Step::Serve {
                    station: cores,
                    time,
                },
            ));
        }
    }
    if let Some(store) = lowering.resources[component].store
        && touches
    {
        let keys = keys_of(lowering, class, item_bytes);
        lowering.keys(store, class, keys);
        body.extend(lowering.resources[component].read);
        if writes {
            body.extend(lowering.resources[component].write);
        }
    }
    lowering.follow(component, class, &mut body);
    hold(lowering, component, body)
}

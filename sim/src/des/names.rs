//! Places by name: the parts of a changed network find their places again, and places that nobody uses any more are given to new parts in
//! the end. It doesn't know what stands at the places.

use super::program::{Acting, Cause, Mark, NONE, Op};
use super::random::Purpose;
use crate::network::Role;
use crate::scenario::{ClassId, ComponentId, LinkId};
use std::collections::{BTreeMap, VecDeque};

/// So many places of parts that have left are kept, with their figures, before the one left longest is given to a new part.
const KEPT: usize = 32;

/// The places of one table.
#[derive(Clone, Debug)]
pub(super) struct Names<N> {
    places: BTreeMap<N, u32>,
    /// By place.
    names: Vec<N>,
    /// Whether the network has what stands at a place.
    current: Vec<bool>,
    /// Whether a place was handed out to a new name in this translation.
    fresh: Vec<bool>,
    /// Places that nobody uses, the one left longest first.
    idle: VecDeque<u32>,
    /// Whether a place is among them.
    is_idle: Vec<bool>,
}

impl<N> Default for Names<N> {
    fn default() -> Self {
        Names {
            places: BTreeMap::new(),
            names: Vec::new(),
            current: Vec::new(),
            fresh: Vec::new(),
            idle: VecDeque::new(),
            is_idle: Vec::new(),
        }
    }
}

impl<N: Ord + Clone> Names<N> {
    /// Another network is about to be translated.
    fn begin(&mut self) {
        self.current.fill(false);
        self.fresh.fill(false);
    }

    /// The place of this name, which the network has; a new one when it has none.
    pub fn place(&mut self, name: N) -> u32 {
        if let Some(place) = self.places.get(&name).copied() {
            self.current[place as usize] = true;
            if std::mem::replace(&mut self.is_idle[place as usize], false) {
                self.idle.retain(|idle| *idle != place);
            }
            return place;
        }
        let place = if self.idle.len() > KEPT
            && let Some(place) = self.idle.pop_front()
        {
            self.places.remove(&self.names[place as usize]);
            self.names[place as usize] = name.clone();
            place
        } else {
            self.names.push(name.clone());
            self.current.push(false);
            self.fresh.push(false);
            self.is_idle.push(false);
            self.names.len() as u32 - 1
        };
        self.current[place as usize] = true;
        self.fresh[place as usize] = true;
        self.is_idle[place as usize] = false;
        self.places.insert(name, place);
        place
    }

    /// The place of this name, if the network has it.
    pub fn find(&self, name: &N) -> Option<u32> {
        let place = self.places.get(name).copied();
        place.filter(|place| self.current[*place as usize])
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The names that the network has, with their places.
    pub fn iter(&self) -> impl Iterator<Item = (&N, u32)> {
        self.places
            .iter()
            .filter(|(_, place)| self.current[**place as usize])
            .map(|(name, place)| (name, *place))
    }

    /// All names, by place.
    pub fn all(&self) -> &[N] {
        &self.names
    }

    /// Whether the network has what stands at this place.
    pub fn is_current(&self, place: u32) -> bool {
        self.current[place as usize]
    }

    /// Whether something new stands at this place since the last translation.
    pub fn is_fresh(&self, place: u32) -> bool {
        self.fresh[place as usize]
    }

    /// Whether nobody uses this place.
    pub fn is_idle(&self, place: u32) -> bool {
        self.is_idle[place as usize]
    }

    /// Places that the network doesn't have and that aren't used can be given away.
    fn settle(&mut self, used: &[bool]) {
        for place in 0..self.names.len() as u32 {
            if !self.current[place as usize]
                && !used.get(place as usize).is_some_and(|used| *used)
                && !self.is_idle[place as usize]
            {
                self.is_idle[place as usize] = true;
                self.idle.push_back(place);
            }
        }
    }
}

/// Whose, and which of its own.
pub(super) type Own = (ComponentId, u32);

/// All places that a simulation has handed out.
#[derive(Clone, Debug, Default)]
pub(super) struct Registry {
    pub classes: Names<ClassId>,
    pub stations: Names<(ComponentId, Role, u32)>,
    pub samplers: Names<Own>,
    pub choices: Names<(ComponentId, Purpose, u32)>,
    pub sources: Names<ComponentId>,
    pub stores: Names<Own>,
    pub logs: Names<ComponentId>,
    /// Replicas by the primary and the place among its own.
    pub replicas: Names<Own>,
    pub links: Names<LinkId>,
    pub entries: Names<ComponentId>,
    pub rules: Names<Own>,
    /// Rules by which messages come back, and the queues that they are of.
    pub deliveries: Names<Own>,
    pub queues: Names<ComponentId>,
    pub causes: Names<Cause>,
    pub scalers: Names<ComponentId>,
    /// Who picks, and among whom.
    pub balancers: Names<(ComponentId, Vec<ComponentId>)>,
}

/// A table whose places have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Classes,
    Stations,
    Samplers,
    Choices,
    Sources,
    Stores,
    Logs,
    Replicas,
    Links,
    Entries,
    Rules,
    Deliveries,
    Queues,
    Causes,
    Scalers,
    Balancers,
}

const TABLES: usize = 16;

/// Places that what is under way still needs.
#[derive(Clone, Debug, Default)]
pub(super) struct Used([Vec<bool>; TABLES]);

impl Used {
    /// This place is needed.
    pub fn mark(&mut self, table: Table, place: u32) {
        if place == NONE {
            return;
        }
        let marks = &mut self.0[table as usize];
        if marks.len() <= place as usize {
            marks.resize(place as usize + 1, false);
        }
        marks[place as usize] = true;
    }

    /// Whether it is.
    pub fn has(&self, table: Table, place: u32) -> bool {
        self.0[table as usize]
            .get(place as usize)
            .is_some_and(|used| *used)
    }
}

impl Registry {
    /// Another network is about to be translated: what it doesn't name has left.
    pub fn begin(&mut self) {
        let Registry {
            classes,
            stations,
            samplers,
            choices,
            sources,
            stores,
            logs,
            replicas,
            links,
            entries,
            rules,
            deliveries,
            queues,
            causes,
            scalers,
            balancers,
        } = self;
        classes.begin();
        stations.begin();
        samplers.begin();
        choices.begin();
        sources.begin();
        stores.begin();
        logs.begin();
        replicas.begin();
        links.begin();
        entries.begin();
        rules.begin();
        deliveries.begin();
        queues.begin();
        causes.begin();
        scalers.begin();
        balancers.begin();
    }

    /// Places of what has left and isn't used can be given to others.
    pub fn settle(&mut self, used: &Used) {
        let Registry {
            classes,
            stations,
            samplers,
            choices,
            sources,
            stores,
            logs,
            replicas,
            links,
            entries,
            rules,
            deliveries,
            queues,
            causes,
            scalers,
            balancers,
        } = self;
        let used = |table: Table| used.0[table as usize].as_slice();
        classes.settle(used(Table::Classes));
        stations.settle(used(Table::Stations));
        samplers.settle(used(Table::Samplers));
        choices.settle(used(Table::Choices));
        sources.settle(used(Table::Sources));
        stores.settle(used(Table::Stores));
        logs.settle(used(Table::Logs));
        replicas.settle(used(Table::Replicas));
        links.settle(used(Table::Links));
        entries.settle(used(Table::Entries));
        rules.settle(used(Table::Rules));
        deliveries.settle(used(Table::Deliveries));
        queues.settle(used(Table::Queues));
        causes.settle(used(Table::Causes));
        scalers.settle(used(Table::Scalers));
        balancers.settle(used(Table::Balancers));
    }
}

impl Op {
    /// Calls the function with each place of a table that the operation needs.
    pub fn for_each_place(&self, mut visit: impl FnMut(Table, u32)) {
        match *self {
            Op::Think { source } | Op::Begin { source } => visit(Table::Sources, source),
            Op::Hop { link, .. } => visit(Table::Links, link),
            Op::Delay { sampler } => visit(Table::Samplers, sampler),
            Op::Enter { entry, .. } => visit(Table::Entries, entry),
            Op::Serve {
                station,
                sampler,
                entry,
            } => {
                visit(Table::Entries, entry);
                visit(Table::Stations, station);
                visit(Table::Samplers, sampler);
            }
            Op::Reach {
                link,
                station,
                sampler,
                entry,
            } => {
                visit(Table::Links, link.get());
                visit(Table::Entries, entry);
                visit(Table::Stations, station);
                visit(Table::Samplers, sampler);
            }
            Op::Token { station } => visit(Table::Stations, station),
            Op::Acquire { pool } => visit(Table::Stations, pool),
            Op::Fork { over, .. } if over != NONE => visit(Table::Stations, over),
            Op::Branch { choice, .. } | Op::Choose { choice, .. } => visit(Table::Choices, choice),
            Op::Pick { balancer, .. } => visit(Table::Balancers, balancer),
            Op::Repeat { choice, .. } => visit(Table::Choices, choice.get()),
            Op::Fail { cause, choice, .. } => {
                visit(Table::Causes, cause.get());
                visit(Table::Choices, choice);
            }
            Op::Attempt { rule } | Op::Permit { rule } | Op::Launch { rule, .. } => {
                visit(Table::Rules, rule)
            }
            Op::Lookup { store, .. } | Op::Buffer { store, .. } => visit(Table::Stores, store),
            Op::Mark(Mark::Quorum { quorum, .. }) => visit(Table::Replicas, quorum),
            Op::Mark(Mark::WrittenBack { buffer }) => visit(Table::Stores, buffer),
            Op::Mark(Mark::Answered { entry }) => visit(Table::Entries, entry),
            Op::Environment { function, .. } => visit(Table::Stores, function),
            Op::Deliver { rule, .. } => visit(Table::Deliveries, rule),
            Op::Mark(Mark::Written { log, .. } | Mark::Confirmed { log }) => {
                visit(Table::Logs, log)
            }
            Op::Mark(Mark::Applied { log, seen, .. } | Mark::Read { log, seen, .. }) => {
                visit(Table::Logs, log.get());
                visit(Table::Replicas, seen);
            }
            Op::Act { acting, .. } => match acting {
                Acting::Query { log } | Acting::Apply { log, .. } => visit(Table::Logs, log.get()),
                Acting::Read { log, pool, .. } => {
                    visit(Table::Logs, log.get());
                    visit(Table::Stations, pool.get());
                }
            },
            Op::Leave
            | Op::Came
            | Op::Release
            | Op::Jump { .. }
            | Op::Call { .. }
            | Op::Return
            | Op::Again { .. }
            | Op::Fork { .. }
            | Op::Detach { .. }
            | Op::Succeed
            | Op::Keep
            | Op::Mark(Mark::At { .. } | Mark::Taken | Mark::Idle)
            | Op::End => {}
        }
    }
}

//! The loop of the event simulation: takes what happens next and lets the jobs concerned go on. It knows the operations of the program,
//! but not what the figures are for.

use super::agenda::{Agenda, Entry, MOST_OF_A_KIND, Topic};
use super::balancer::Balancer;
use super::buffers::Buffer;
use super::copies::Copies;
use super::delivering::Delivery;
use super::environments::Environments;
use super::faults::{BREATH, Faults};
use super::frames::Frames;
use super::job::{Doing, Job, Join, Line, Open, Places};
use super::keys::{KeyStore, Vintage};

use super::law::Sampler;
use super::originals::Originals;
use super::program::{Cause, NONE, Op, Program};
use super::quorums::Quorums;
use super::random::Stream;
use super::ring::Ring;
use super::rounds::Rounds;
use super::rules::Rule;
use super::scaling::Scaler;
use super::source::Source;
use super::standby::Standby;
use super::station::{Queue, Station};

use super::tally::Tally;
use super::trace::{Activity, Traces};
use super::watch::Watchers;
use crate::report::TimeCause;

/// Everything that moves.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    /// Seconds since the start.
    pub now: f64,
    /// Arrivals and ended services so far.
    pub events: u64,
    pub agenda: Agenda,
    pub program: Program,
    pub jobs: Places<Job>,
    pub frames: Frames,
    pub joins: Places<Join>,
    /// Jobs that can go on now, the next one last.
    pub ready: Vec<u32>,
    /// Those who have waited too long and are about to fail.
    pub dropped: Line,
    pub samplers: Vec<Sampler>,
    pub choices: Vec<Stream>,
    pub stations: Vec<Station>,
    pub queues: Vec<Queue>,
    pub sources: Vec<Source>,
    pub stores: Vec<KeyStore>,
    /// The writes that wait in caches, by store; those of other stores stay empty.
    pub buffers: Vec<Buffer>,
    /// The copies of each primary's data.
    pub copies: Vec<Copies>,
    /// The writes of stores whose quorums needn't meet, by the replica that they stand for; those of others stay empty.
    pub quorums: Vec<Quorums>,
    /// Databases whose data caches may hold when they are out of date.
    pub originals: Originals,
    /// The environments of functions, by store; those of other stores stay empty.
    pub environments: Vec<Environments>,
    pub rules: Vec<Rule>,
    /// How messages come back.
    pub deliveries: Vec<Delivery>,
    pub scalers: Vec<Scaler>,
    /// Whose instances are probed, ejected and started slowly.
    pub watchers: Watchers,
    pub causes: Vec<Cause>,
    /// Component of each entry, as a number for bindings.
    pub entries: Vec<u32>,
    /// The cause of failure of requests beyond the bound.
    pub overflow: u32,
    /// Most jobs at once.
    pub most_jobs: usize,
    /// Urgency of each class.
    pub levels: Vec<u8>,
    /// How many urgencies there are.
    pub priorities: usize,
    pub tally: Tally,
    pub traces: Traces,
    /// Whether requests have keys by which instances are asked.
    pub draws_keys: bool,
    /// Balancers that pick among several targets by the keys of requests, in rising order.
    pub rings: Vec<Ring>,
    /// Balancers that look at what their targets have in progress, or whose turn it is.
    pub balancers: Vec<Balancer>,
    /// What clients of targets that stand by are told.
    pub standbys: Vec<Standby>,
    /// Repetitions at this instant.
    pub rounds: Rounds,
    /// Whose time each sampler draws, as a number.
    pub sampler_owners: Vec<u32>,
    /// What goes wrong.
    pub faults: Faults,
    /// The place of each link, by its number; known where something goes wrong alone.
    pub link_places: std::collections::BTreeMap<u32, u32>,
    /// Work on messages that failed, and whose messages come back for that, by who failed and why.
    pub returned: Vec<(Cause, u64)>,
    /// What all random numbers follow from.
    pub seed: u64,
}

/// How a job goes on after an operation.
pub(super) enum Next {
    /// With the operation it is at.
    Operation,
    /// Not now.
    Later,
}

/// The largest bound on jobs at once.
pub(super) const MOST_JOBS: usize = MOST_OF_A_KIND as usize;

impl Engine {
    /// Nothing moves, and nothing is there.
    pub fn new(tally: Tally, most_jobs: usize) -> Self {
        Engine {
            now: 0.0,
            events: 0,
            agenda: Agenda::default(),
            program: Program::default(),
            jobs: Places::default(),
            frames: Frames::default(),
            joins: Places::default(),
            ready: Vec::with_capacity(1_024),
            dropped: Line::EMPTY,
            samplers: Vec::new(),
            choices: Vec::new(),
            stations: Vec::new(),
            queues: Vec::new(),
            sources: Vec::new(),
            stores: Vec::new(),
            buffers: Vec::new(),
            copies: Vec::new(),
            quorums: Vec::new(),
            originals: Originals::default(),
            environments: Vec::new(),
            rules: Vec::new(),
            deliveries: Vec::new(),
            scalers: Vec::new(),
            watchers: Watchers::default(),
            causes: Vec::new(),
            entries: Vec::new(),
            overflow: 0,
            most_jobs,
            levels: Vec::new(),
            priorities: 0,
            tally,
            traces: Traces::default(),
            draws_keys: false,
            rings: Vec::new(),
            balancers: Vec::new(),
            standbys: Vec::new(),
            rounds: Rounds::default(),
            sampler_owners: Vec::new(),
            faults: Faults::default(),
            link_places: Default::default(),
            returned: Vec::new(),
            seed: 0,
        }
    }

    /// The first window is so long (seconds); it must not have ended.
    pub fn first_window(&mut self, width: f64) {
        self.tally.windows.width = width;
        let end = self.tally.windows.next_end();
        self.agenda.revise(|entry| match entry.topic {
            Topic::Clock(0) => Some((end, entry.topic)),
            topic => Some((entry.time, topic)),
        });
    }

    /// Lets everything happen that is due up to this time (seconds), or as many entries of the agenda as told; says how many there were.
    /// When fewer than told, time has come to the end.
    pub fn run(&mut self, end: f64, most: u64) -> u64 {
        let mut taken = 0;
        while taken < most {
            let Some(entry) = self.agenda.take(end) else {
                self.now = self.now.max(end);
                break;
            };
            taken += 1;
            self.happen(entry);
        }
        taken
    }

    /// Lets all go on who can.
    #[inline]
    pub(super) fn advance_ready(&mut self) {
        while let Some(job) = self.ready.pop() {
            self.advance(job);
        }
    }

    /// Lets happen what was planned, and all go on who can then.
    #[inline(always)]
    fn happen(&mut self, entry: Entry) {
        self.now = entry.time;
        if let Some(job) = self.concerned(entry) {
            self.advance_inline(job);
        }
        if !self.ready.is_empty() {
            self.advance_ready();
        }
    }

    /// Lets happen what was planned; says who goes on then.
    #[inline(always)]
    fn concerned(&mut self, entry: Entry) -> Option<u32> {
        match entry.topic {
            Topic::Job(id) => {
                let job = &mut self.jobs[id];
                if job.pending != entry.serial {
                    return None;
                }
                match job.doing {
                    Doing::Serving => self.served(id),
                    Doing::Hanging => {
                        self.stop_hanging(id);
                        return None;
                    }
                    _ => job.doing = Doing::Nothing,
                }
                return Some(id);
            }
            Topic::Source(source) => return self.arrive_from(source, entry.serial),
            Topic::Sharing(queue) => return self.shared(queue, entry.serial),
            Topic::Deadline(list) => self.deadlines(list, entry.serial),
            Topic::Clock(0) => {
                self.tally
                    .close_window(self.now, &mut self.stations, &mut self.agenda)
            }
            Topic::Clock(scaler) => self.scale(scaler as usize - 1),
            Topic::Fault(index) => self.fault_due(index),
            Topic::Series => self
                .tally
                .close_point(self.now, &mut self.stations, &mut self.agenda),
            Topic::Probe(watcher) => self.probe(watcher),
        }
        None
    }

    /// Lets a job go on until it has to wait or ends.
    #[inline(never)]
    pub fn advance(&mut self, id: u32) {
        self.advance_inline(id);
    }

    /// The same, as part of whoever calls it.
    #[inline(always)]
    fn advance_inline(&mut self, id: u32) {
        loop {
            let at = self.jobs[id].at;
            // What nearly every request does stands here, what few do elsewhere.
            let next = 'done: {
                let (station, sampler, entry) = match self.program.ops[at as usize] {
                    Op::Serve {
                        station,
                        sampler,
                        entry,
                    } => (station, sampler, entry),
                    Op::Reach {
                        link,
                        station,
                        sampler,
                        entry,
                    } => {
                        let job = &mut self.jobs[id];
                        job.at = at + 1;
                        let link = link.get();
                        *self.tally.link_at(link, job.class) += 1;
                        if self.faults.on_links {
                            break 'done self.faulty_reach(id, link);
                        }
                        (station, sampler, entry)
                    }
                    Op::Hop { link, seconds } => break 'done self.hop(id, link, seconds),
                    Op::Enter { entry, component } => break 'done self.enter(id, entry, component),
                    Op::Leave => break 'done self.leave(id),
                    Op::End => break 'done self.end(id),
                    Op::Acquire { pool } => break 'done self.acquire(id, pool),
                    Op::Release => {
                        self.jobs[id].at = at + 1;
                        if let Open::Held {
                            pool,
                            instance,
                            arrived,
                            since,
                        } = self.close(id)
                        {
                            self.release(id, pool, instance, arrived, since);
                        }
                        break 'done Next::Operation;
                    }
                    Op::Jump { to } => {
                        self.jobs[id].at = to;
                        break 'done Next::Operation;
                    }
                    Op::Call { to } => {
                        self.open(id, Open::Called { back: at + 1 });
                        self.jobs[id].at = to;
                        break 'done Next::Operation;
                    }
                    Op::Return => {
                        if let Open::Called { back } = self.close(id) {
                            self.jobs[id].at = back;
                        }
                        break 'done Next::Operation;
                    }
                    _ => break 'done self.advance_otherwise(id, at),
                };
                self.serve(id, station, sampler, entry)
            };
            match next {
                Next::Operation => {}
                Next::Later => return,
            }
        }
    }

    /// Executes one of the operations that aren't in every request.
    #[inline(never)]
    fn advance_otherwise(&mut self, id: u32, at: u32) -> Next {
        match self.program.ops[at as usize] {
            Op::Begin { source } => self.begin(id, source),
            Op::Delay { sampler } => {
                self.jobs[id].at = at + 1;
                let sampler_of_delay = &mut self.samplers[sampler as usize];
                let seconds = sampler_of_delay.draw() * sampler_of_delay.slow;
                let owner = self.sampler_owners[sampler as usize];
                self.trace_sleep(id, owner, TimeCause::Service, seconds);
                self.sleep(id, seconds)
            }
            Op::Branch {
                first,
                count,
                choice,
            } => {
                let point = self.choices[choice as usize].uniform();
                let ways = &self.program.ways[first as usize..(first + count) as usize];
                let way = ways
                    .iter()
                    .position(|way| point < way.sum)
                    .unwrap_or(ways.len() - 1);
                self.jobs[id].at = ways[way].to;
                Next::Operation
            }
            Op::Choose {
                count,
                first,
                choice,
                door,
            } => self.choose_target(id, first..first + count.get(), choice, door),
            Op::Pick {
                count,
                first,
                balancer,
                counted,
            } => self.pick_target(id, first..first + count.get(), balancer, counted),
            Op::Came => {
                self.jobs[id].at = at + 1;
                let sent = self.close(id);
                self.undo(id, sent);
                Next::Operation
            }
            Op::Repeat { choice, to, count } => {
                let whole = libm::floor(count);
                let more = self.choices[choice.get() as usize].happens(count - whole);
                let times = whole as u32 + u32::from(more);
                if times == 0 {
                    self.jobs[id].at = to;
                } else {
                    self.open(id, Open::Repeating { left: times - 1 });
                    self.jobs[id].at = at + 1;
                }
                Next::Operation
            }
            Op::Again { to } => self.again(id, to),
            Op::Fail {
                cause,
                choice,
                probability,
            } => {
                if self.choices[choice as usize].happens(probability) {
                    self.fail(id, cause.get())
                } else {
                    self.jobs[id].at = at + 1;
                    Next::Operation
                }
            }
            Op::Token { station } => self.take_token(id, station),
            Op::Think { source } => {
                self.jobs[id].at = at + 1;
                let seconds = self.sources[source as usize].think();
                // Who thinks for no time about what took no time would go on for ever at this instant.
                let endless = seconds <= 0.0 && self.now == self.jobs[id].born;
                self.sleep_at_least(id, if endless { BREATH } else { seconds })
            }
            Op::Fork {
                needed,
                first,
                count,
                over,
            } => self.fork(id, first..first + count, needed, over),
            Op::Detach { to, handed_over } => {
                self.jobs[id].at = at + 1;
                self.detach(id, to, handed_over);
                Next::Operation
            }
            Op::Attempt { rule } => self.attempt(id, rule),
            Op::Permit { rule } => self.ask_breaker(id, rule),
            Op::Launch { rule, to } => self.launch(id, rule, to),
            Op::Succeed => {
                self.jobs[id].at = at + 1;
                if let Open::Attempting { rule, permit, .. } = self.close(id)
                    && permit != NONE
                {
                    self.tell_breaker(rule, permit, false);
                }
                Next::Operation
            }
            Op::Lookup { store, miss, hit } => self.look_up(id, store, miss, hit),
            Op::Buffer { store, miss } => self.write_behind(id, store, miss),
            Op::Mark(mark) => self.mark(id, mark),
            Op::Act { acting, first } => self.act(id, acting, first),
            Op::Deliver { rule, to } => self.deliver(id, rule, to),
            Op::Environment { function, cold } => self.use_environment(id, function, cold),
            Op::Keep => {
                self.jobs[id].at = at + 1;
                if let Open::Fetching {
                    store,
                    key,
                    flight,
                    time,
                    outdated,
                } = self.close(id)
                {
                    let read = Vintage { time, outdated };
                    self.fetched(self.jobs[id].class, (store, key), flight, read);
                }
                Next::Operation
            }
            Op::Serve { .. }
            | Op::Reach { .. }
            | Op::Hop { .. }
            | Op::Enter { .. }
            | Op::Leave
            | Op::End
            | Op::Acquire { .. }
            | Op::Release
            | Op::Jump { .. }
            | Op::Call { .. }
            | Op::Return => Next::Operation,
        }
    }

    /// A call along a link.
    #[inline(always)]
    fn hop(&mut self, id: u32, link: u32, mut seconds: f64) -> Next {
        self.jobs[id].at += 1;
        if link != NONE {
            let class = self.jobs[id].class;
            *self.tally.link_at(link, class) += 1;
            if self.faults.on_links {
                match self.faulty_hop(id, link) {
                    Some(added) => seconds += added,
                    None => return Next::Later,
                }
            }
        }
        if seconds > 0.0 {
            self.trace_hop(id, link, seconds);
            self.sleep(id, seconds)
        } else {
            Next::Operation
        }
    }

    /// A call that takes no time, along a link while there are faults of links.
    #[cold]
    #[inline(never)]
    fn faulty_reach(&mut self, id: u32, link: u32) -> Next {
        match self.faulty_hop(id, link) {
            Some(added) if added > 0.0 => {
                self.trace_hop(id, link, added);
                self.sleep(id, added)
            }
            Some(_) => Next::Operation,
            None => Next::Later,
        }
    }

    /// Opens a frame.
    #[inline]
    pub(super) fn open(&mut self, id: u32, open: Open) {
        let job = &mut self.jobs[id];
        job.frame = self.frames.push(job.frame, open);
    }

    /// Closes the frame that was opened last.
    #[inline]
    pub(super) fn close(&mut self, id: u32) -> Open {
        let job = &mut self.jobs[id];
        let (open, below) = self.frames.pop(job.frame);
        job.frame = below;
        open
    }

    #[inline]
    pub(super) fn sleep(&mut self, id: u32, seconds: f64) -> Next {
        if seconds > 0.0 {
            self.sleep_at_least(id, seconds)
        } else {
            Next::Operation
        }
    }

    /// The span that a job is about to sleep belongs to its trace.
    #[inline]
    pub(super) fn trace_sleep(&mut self, id: u32, owner: u32, cause: TimeCause, seconds: f64) {
        if self.traces.are_any() && self.jobs[id].trace != NONE {
            let end = self.now + seconds;
            self.trace(id, owner, Activity::Part(cause), self.now, end);
        }
    }

    /// Sleeps even for no time, so that the agenda comes in between.
    #[inline]
    pub(super) fn sleep_at_least(&mut self, id: u32, seconds: f64) -> Next {
        let job = &mut self.jobs[id];
        job.doing = Doing::Sleeping;
        job.pending = self.agenda.plan(self.now + seconds, Topic::Job(id));
        Next::Later
    }

    #[inline(always)]
    fn enter(&mut self, id: u32, entry: u32, component: u32) -> Next {
        let job = &mut self.jobs[id];
        job.at += 1;
        self.tally.visits[entry as usize].begun += 1;
        let open = Open::Visit {
            entry,
            since: self.now,
            bound_to: job.bound_to,
            bound: job.bound,
        };
        job.bound_to = component;
        job.bound = NONE;
        job.frame = self.frames.push(job.frame, open);
        if self.faults.at_entries
            && let Some(cause) = self.faults.at_entry(entry)
        {
            return self.fail(id, cause);
        }
        Next::Operation
    }

    #[inline(always)]
    fn leave(&mut self, id: u32) -> Next {
        let job = &mut self.jobs[id];
        job.at += 1;
        let (open, below) = self.frames.pop(job.frame);
        job.frame = below;
        if let Open::Visit {
            entry,
            since,
            bound_to,
            bound,
        } = open
        {
            if self.watchers.are_any() {
                self.saw(id, entry, None);
            }
            self.left(id, entry, since, bound_to, bound);
        }
        Next::Operation
    }

    #[inline(always)]
    pub(super) fn left(&mut self, id: u32, entry: u32, since: f64, bound_to: u32, bound: u32) {
        let job = &mut self.jobs[id];
        job.bound_to = bound_to;
        job.bound = bound;
        let traced = self.traces.are_any() && job.trace != NONE;
        let visit = &mut self.tally.visits[entry as usize];
        visit.ended += 1;
        visit.sojourn += self.now - since;
        if traced {
            let owner = self.entries[entry as usize];
            self.trace(id, owner, Activity::Visit, since, self.now);
        }
    }

    /// The request of a user begins: its class is drawn.
    #[inline]
    fn begin(&mut self, id: u32, source: u32) -> Next {
        let (class, at) = self.sources[source as usize].draw_route();
        let job = &mut self.jobs[id];
        job.at = at;
        job.begin(class, self.levels[class as usize], self.now);
        self.tally.answers[class as usize].offered += 1;
        self.tally.sent[source as usize] += 1;
        self.begun(id);
        Next::Operation
    }
}

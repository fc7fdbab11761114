//! What a request needs: the steps of its route as gates over what can fail. It knows causes by their places.

use super::causes::{Causes, filled, is_watched};
use crate::catalog::Kind;
use crate::network::{Arrivals, Compiled, Network, Picks, Step, StepId, Task};
use crate::report::Report;
use crate::scenario::{ClassId, ComponentId, Operation, Scenario};
use crate::theory::reliability::{Diagram, Function};

/// Works when …
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Gate {
    /// Always.
    Works,
    /// Never.
    Fails,
    /// This cause isn't away.
    Needs(usize),
    /// All of these gates work.
    All(Vec<usize>),
    /// Any of them does.
    Any(Vec<usize>),
    /// One of them is taken, by these probabilities, which add up to 1.
    One(Vec<(f64, usize)>),
    /// At least so many of them work.
    AtLeast(usize, Vec<usize>),
    /// One gate while another works, else a third: of a target that is left out while it is away the others take the share.
    While {
        /// The other.
        up: usize,
        /// The one.
        way: usize,
        /// The third.
        instead: usize,
    },
}

/// The gates of all routes; a gate comes after those that it is made of.
pub(super) struct Structure {
    pub gates: Vec<Gate>,
    /// The classes that are sent, in the document's order.
    pub roots: Vec<Root>,
    /// The choices of all gates: how likely each way is taken when none before it is. In a diagram they are asked before what can fail.
    pub choices: Vec<f64>,
    /// By gate: the place of its first choice. Gates further up are asked first.
    first_choice: Vec<usize>,
}

/// The gates of a class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    pub class: ClassId,
    /// What a request needs to be answered.
    pub answer: usize,
    /// What it needs besides until the work on it is done, where that is handed over.
    pub work: Option<usize>,
}

const WORKS: usize = 0;

struct Builder<'a> {
    scenario: &'a Scenario,
    causes: &'a Causes,
    network: &'a Network,
    report: &'a Report,
    gates: Vec<Gate>,
    needs: Vec<Option<usize>>,
}

impl Structure {
    pub fn of(
        scenario: &Scenario,
        compiled: &Compiled,
        report: &Report,
        causes: &Causes,
    ) -> Structure {
        let network = &compiled.network;
        let mut builder = Builder {
            scenario,
            causes,
            network,
            report,
            gates: vec![Gate::Works, Gate::Fails],
            needs: vec![None; causes.all.len()],
        };
        let mut of_step = vec![WORKS; network.steps.len()];
        let mut of_work = of_step.clone();
        let hands_over =
            (network.classes.iter()).any(|class| class.operation == Operation::Asynchronous);
        let mut entries: Vec<(StepId, ComponentId)> = (compiled.entries.iter())
            .map(|entry| (entry.step, entry.component))
            .collect();
        entries.sort_unstable();
        for (place, step) in network.steps.iter().enumerate() {
            let id = StepId(place as u32);
            let first = entries.partition_point(|(entered, _)| *entered < id);
            let mut needs = Vec::new();
            for (_, component) in entries[first..]
                .iter()
                .take_while(|(entered, _)| *entered == id)
            {
                // The databases of a federation are needed one by one, where they are asked; of a primary others may take the place.
                let kind = scenario.component(*component).map(|known| known.kind);
                if kind != Some(Kind::FederatedDatabase) && causes.takeover(*component).is_none() {
                    needs.extend(builder.need_of(*component, None));
                }
            }
            let mut answer = vec![builder.step(id, step, &of_step, WORKS)];
            answer.extend_from_slice(&needs);
            of_step[place] = builder.all(answer);
            if hands_over {
                let body = match step {
                    Step::Detach(body, _) => of_work[body.0 as usize],
                    _ => WORKS,
                };
                let mut work = vec![builder.step(id, step, &of_work, body)];
                work.extend(needs);
                of_work[place] = builder.all(work);
            }
        }
        let roots = builder.roots(&of_step, &of_work);
        let mut first_choice = vec![0; builder.gates.len()];
        let mut choices = Vec::new();
        for (place, gate) in builder.gates.iter().enumerate().rev() {
            if let Gate::One(ways) = gate {
                first_choice[place] = choices.len();
                let mut left: f64 = ways.iter().map(|(share, _)| share).sum();
                for (share, _) in &ways[..ways.len() - 1] {
                    choices.push((share / left).min(1.0));
                    left -= share;
                }
            }
        }
        Structure {
            gates: builder.gates,
            roots,
            choices,
            first_choice,
        }
    }

    /// The gates that some class needs.
    pub fn needed_gates(&self) -> impl Iterator<Item = &Gate> {
        let roots = self.roots.iter();
        let wanted = self.below(roots.flat_map(|root| [root.answer].into_iter().chain(root.work)));
        self.gates
            .iter()
            .zip(wanted)
            .filter_map(|(gate, wanted)| wanted.then_some(gate))
    }

    /// Which gates these are made of, and they themselves.
    pub fn below(&self, roots: impl Iterator<Item = usize>) -> Vec<bool> {
        let mut wanted = vec![false; self.gates.len()];
        roots.for_each(|root| wanted[root] = true);
        for place in (0..self.gates.len()).rev() {
            if wanted[place] {
                self.gates[place].for_each_child(|child| wanted[child] = true);
            }
        }
        wanted
    }

    /// Works when some requests are answered.
    pub fn by_time(&self, diagram: &mut Diagram, root: usize) -> Option<Function> {
        let one_of = |diagram: &mut Diagram, ways: &[(f64, usize)], functions: &[Function], _| {
            let mut any = Function::FAILS;
            for (_, way) in ways {
                any = diagram.either(any, functions[*way])?;
            }
            Some(any)
        };
        // Whoever is left out has no request that would be answered otherwise.
        let either =
            |diagram: &mut Diagram, [_, way, instead]: [Function; 3]| diagram.either(way, instead);
        self.function(diagram, root, one_of, either)
    }

    /// Works when the request is answered that takes the ways which the diagram's first parts choose.
    pub fn by_request(&self, diagram: &mut Diagram, root: usize) -> Option<Function> {
        let one_of =
            |diagram: &mut Diagram, ways: &[(f64, usize)], functions: &[Function], gate: usize| {
                let (last, before) = ways.split_last()?;
                let mut chosen = functions[last.1];
                for (index, (_, way)) in before.iter().enumerate().rev() {
                    let choice = diagram.works((self.first_choice[gate] + index) as u32)?;
                    chosen = diagram.choose(choice, functions[*way], chosen)?;
                }
                Some(chosen)
            };
        let either = |diagram: &mut Diagram, [up, way, instead]: [Function; 3]| {
            diagram.choose(up, way, instead)
        };
        self.function(diagram, root, one_of, either)
    }

    fn function(
        &self,
        diagram: &mut Diagram,
        root: usize,
        one_of: impl Fn(&mut Diagram, &[(f64, usize)], &[Function], usize) -> Option<Function>,
        either: impl Fn(&mut Diagram, [Function; 3]) -> Option<Function>,
    ) -> Option<Function> {
        let wanted = self.below([root].into_iter());
        let mut functions = vec![Function::WORKS; self.gates.len()];
        for (place, gate) in self
            .gates
            .iter()
            .enumerate()
            .filter(|(place, _)| wanted[*place])
        {
            functions[place] = match gate {
                Gate::Works => Function::WORKS,
                Gate::Fails => Function::FAILS,
                Gate::Needs(cause) => diagram.works((self.choices.len() + cause) as u32)?,
                Gate::All(gates) => {
                    let mut all = Function::WORKS;
                    for gate in gates {
                        all = diagram.both(all, functions[*gate])?;
                    }
                    all
                }
                Gate::Any(gates) => {
                    let mut any = Function::FAILS;
                    for gate in gates {
                        any = diagram.either(any, functions[*gate])?;
                    }
                    any
                }
                Gate::One(ways) => one_of(diagram, ways, &functions, place)?,
                Gate::AtLeast(needed, gates) => {
                    let functions: Vec<Function> =
                        gates.iter().map(|gate| functions[*gate]).collect();
                    diagram.at_least(*needed, &functions)?
                }
                Gate::While { up, way, instead } => {
                    either(diagram, [*up, *way, *instead].map(|gate| functions[gate]))?
                }
            };
        }
        Some(functions[root])
    }

    /// The probability of a part of [`Structure::by_request`]'s diagram: a choice, or a cause.
    pub fn works_for_a_request(&self, causes: &Causes, part: u32) -> f64 {
        self.chosen_or(part, |cause| causes.all[cause].works_for_a_request)
    }

    /// The same where each cause works for so many of the requests.
    pub fn chosen_or(&self, part: u32, works: impl Fn(usize) -> f64) -> f64 {
        let part = part as usize;
        match self.choices.get(part) {
            Some(taken) => *taken,
            None => works(part - self.choices.len()),
        }
    }
}

impl Gate {
    fn for_each_child(&self, mut visit: impl FnMut(usize)) {
        match self {
            Gate::Works | Gate::Fails | Gate::Needs(_) => {}
            Gate::All(gates) | Gate::Any(gates) | Gate::AtLeast(_, gates) => {
                gates.iter().for_each(|gate| visit(*gate));
            }
            Gate::One(ways) => ways.iter().for_each(|(_, gate)| visit(*gate)),
            Gate::While { up, way, instead } => [*up, *way, *instead].into_iter().for_each(visit),
        }
    }
}

impl Builder<'_> {
    fn push(&mut self, gate: Gate) -> usize {
        self.gates.push(gate);
        self.gates.len() - 1
    }

    fn all(&mut self, mut gates: Vec<usize>) -> usize {
        gates.retain(|gate| *gate != WORKS);
        gates.sort_unstable();
        gates.dedup();
        match gates.as_slice() {
            [] => WORKS,
            [gate] => *gate,
            _ => self.push(Gate::All(gates)),
        }
    }

    fn one(&mut self, ways: Vec<(f64, usize)>) -> usize {
        let ways: Vec<(f64, usize)> = ways.into_iter().filter(|(share, _)| *share > 0.0).collect();
        match ways.as_slice() {
            [] => WORKS,
            [(_, first), rest @ ..] if rest.iter().all(|(_, way)| way == first) => *first,
            _ => self.push(Gate::One(ways)),
        }
    }

    /// What has to work for a component to do something.
    fn need_of(
        &mut self,
        component: ComponentId,
        station: Option<crate::network::StationId>,
    ) -> Vec<usize> {
        let causes = self.causes.needs(component, station);
        causes.into_iter().map(|cause| self.need(cause)).collect()
    }

    fn need(&mut self, cause: usize) -> usize {
        if let Some(known) = self.needs[cause] {
            return known;
        }
        let gate = self.push(Gate::Needs(cause));
        self.needs[cause] = Some(gate);
        gate
    }

    /// The gate of a step, whose children have theirs; `detached` is that of work which nobody waits for.
    fn step(&mut self, id: StepId, step: &Step, of_step: &[usize], detached: usize) -> usize {
        let of = |step: &StepId| of_step[step.0 as usize];
        match step {
            Step::Done | Step::Mark(_) | Step::Hop { .. } | Step::Delay { .. } => WORKS,
            Step::Detach(..) => detached,
            Step::Serve { station, .. } => {
                let component = self.network.station(*station).component;
                let needs = self.need_of(component, Some(*station));
                self.all(needs)
            }
            Step::Hold { pool, body } => {
                let component = self.network.station(*pool).component;
                let mut needs = self.need_of(component, None);
                needs.push(of(body));
                self.all(needs)
            }
            Step::Sequence(steps) | Step::Parallel(steps) => {
                self.all(steps.iter().map(of).collect())
            }
            Step::Quorum { needed, calls } => {
                let calls: Vec<usize> = calls.iter().map(of).collect();
                if calls.iter().all(|call| *call == calls[0]) {
                    return calls.first().copied().unwrap_or(WORKS);
                }
                self.push(Gate::AtLeast(*needed as usize, calls))
            }
            Step::Branch(ways) => {
                let ways = ways.iter().map(|(share, way)| (*share, of(way)));
                let ways: Vec<(f64, usize)> = ways.collect();
                let mut balancings = self.network.balancings.iter();
                let own = balancings.find(|own| own.step == id);
                if let Some(own) = own.filter(|own| matches!(own.picks, Picks::FirstThere { .. })) {
                    let targets = own.targets.iter().map(|target| target.component);
                    return self.first_there(&ways, targets.collect());
                }
                match self.left_out(id) {
                    Some(targets) => self.one_of_watched(ways, &targets),
                    None => self.one(ways),
                }
            }
            Step::Repeat { count, body } => {
                let often = count.clamp(0.0, 1.0);
                self.one(vec![(often, of(body)), (1.0 - often, WORKS)])
            }
            Step::Lookup { store, hit, miss } => {
                let of_store = self.network.stores[store.0 as usize].component;
                let known = self.report.components.iter();
                let mut known = known.filter(|component| component.component == of_store);
                let found = known.next().and_then(|component| component.hit_ratio);
                let found = found.unwrap_or(0.0).clamp(0.0, 1.0);
                self.one(vec![(found, of(hit)), (1.0 - found, of(miss))])
            }
            Step::Fail { probability, .. } => usize::from(*probability >= 1.0),
            // An outage outlasts every attempt.
            Step::Attempt { body, .. } | Step::Deliver { body, .. } => of(body),
            Step::Acting {
                log,
                part,
                task,
                ways,
            } => match task {
                // Whoever is away isn't waited for.
                Task::Apply => WORKS,
                Task::Read(_) => of(&ways[*part as usize]),
                Task::Query => {
                    let primary = self.network.logs[log.0 as usize].primary;
                    let others: Vec<usize> = ways[1..].iter().map(of).collect();
                    let taken = self.causes.takeover(primary).filter(|_| !others.is_empty());
                    let Some(takeover) = taken else {
                        return of(&ways[0]);
                    };
                    let taken = self.need(takeover);
                    let other = self.push(Gate::Any(others));
                    let instead = self.all(vec![taken, other]);
                    self.push(Gate::Any(vec![of(&ways[0]), instead]))
                }
            },
        }
    }

    /// Whom a branch leads to, where a balancer leaves out every one of them that is away: it probes them, or counts their failures.
    fn left_out(&self, branch: StepId) -> Option<Vec<ComponentId>> {
        let mut balancings = self.network.balancings.iter();
        let own = balancings.find(|own| own.step == branch && own.leaves_out)?;
        let targets = own.targets.iter().map(|target| target.component);
        targets
            .clone()
            .all(|target| is_watched(self.network, target))
            .then(|| targets.collect())
    }

    /// The way to the first of these targets that is there. What is away behind a target isn't seen by who probes the target.
    fn first_there(&mut self, ways: &[(f64, usize)], targets: Vec<ComponentId>) -> usize {
        let mut ways = ways.iter().zip(targets).rev();
        let Some(((_, last), _)) = ways.next() else {
            return WORKS;
        };
        let mut instead = *last;
        for ((_, way), target) in ways {
            let needs = self.need_of(target, None);
            let up = self.all(needs);
            let way = *way;
            instead = self.push(Gate::While { up, way, instead });
        }
        instead
    }

    /// A way to one of these targets by their shares, or to another while it is away; so many of them have to be there that they carry the
    /// load. What is away behind a target isn't seen by who probes the target.
    fn one_of_watched(&mut self, ways: Vec<(f64, usize)>, targets: &[ComponentId]) -> usize {
        let up: Vec<usize> = (targets.iter())
            .map(|target| {
                let needs = self.need_of(*target, None);
                self.all(needs)
            })
            .collect();
        let needed = enough_targets(self.report, &ways, targets);
        let mut taken = Vec::with_capacity(ways.len());
        for (place, (share, way)) in ways.iter().enumerate() {
            let others: Vec<usize> = (ways.iter().enumerate())
                .filter(|(other, (share, _))| *other != place && *share > 0.0)
                .map(|(_, (_, way))| *way)
                .collect();
            let instead = self.push(Gate::Any(others));
            let up = up[place];
            let way = *way;
            taken.push((*share, self.push(Gate::While { up, way, instead })));
        }
        let one = self.one(taken);
        let enough = self.push(Gate::AtLeast(needed, up));
        self.all(vec![enough, one])
    }

    /// The gates of each class that is sent.
    fn roots(&mut self, of_step: &[usize], of_work: &[usize]) -> Vec<Root> {
        let mut roots = Vec::new();
        for (place, class) in self.scenario.classes.iter().enumerate() {
            let mut ways = Vec::new();
            for source in &self.network.sources {
                let rate = match source.arrivals {
                    Arrivals::Open { peak, .. } => peak.0,
                    Arrivals::Closed { users, .. } => f64::from(users),
                };
                let routes = source.routes.iter();
                for route in routes.filter(|route| route.class.0 as usize == place) {
                    ways.push((rate * route.share, route.step.0 as usize));
                }
            }
            let total: f64 = ways.iter().map(|(rate, _)| rate).sum();
            if total <= 0.0 {
                continue;
            }
            let mut gate = |of: &[usize]| {
                let ways = ways.iter().map(|(rate, step)| (rate / total, of[*step]));
                self.one(ways.collect())
            };
            let answer = gate(of_step);
            let work = (class.operation == Operation::Asynchronous).then(|| gate(of_work));
            roots.push(Root {
                class: class.id,
                answer,
                work: work.filter(|work| *work != answer),
            });
        }
        roots
    }
}

/// How many of these targets have to be there, whichever they are, for none of them to get more than it can do: those that are left take
/// the load by their shares.
fn enough_targets(report: &Report, ways: &[(f64, usize)], targets: &[ComponentId]) -> usize {
    let total: f64 = ways.iter().map(|(share, _)| share).sum();
    let fullest = (report.stations.iter())
        .filter(|station| targets.contains(&station.component))
        .map(filled)
        .fold(0.0, f64::max);
    let mut shares: Vec<f64> = ways.iter().map(|(share, _)| share / total).collect();
    shares.sort_by(f64::total_cmp);
    let mut there = 0.0;
    let enough = shares.iter().position(|share| {
        there += share;
        fullest < there
    });
    enough.map_or(shares.len(), |place| place + 1)
}

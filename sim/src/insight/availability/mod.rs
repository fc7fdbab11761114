//! How much of the time each class of requests can be answered, what brings it down alone or together, and how many machines may fail before
//! the load is too much for the rest. It knows routes and what fails, but nothing of waiting.
//!
//! What is asked of the parts is read off the very routes that both engines run: a request needs everything that it waits for, as a part
//! that is away refuses whoever comes. What a load balancer doesn't do in a run it doesn't do here.
//!
//! Two views of the same routes (Barlow & Proschan 1975, chapters 1 and 2; as cloud contracts have it, uptime by time and by request):
//! - *reachable*: the share of the time in which some requests of the class are answered. One machine of a group is enough, one of several
//!   targets, and what a cache holds needs no store. Its minimal cut sets are what brings the class down altogether.
//! - *answered*: the share of the requests that are answered. A request takes the targets by their shares and finds keys by the hit ratio.
//!   Of machines whose health is watched (or that take from one queue) so many have to work that they carry the peak's load; one whose
//!   health nobody watches keeps getting its share, and so a request needs the very one that it comes to. So it is with the targets of a
//!   balancer that watches them: those that are there take the share of one that isn't, though nobody sees what is away behind it.
//!
//! Left out, and said here: the seconds until a probe or an autoscaler has found out; repeated attempts, as a repair takes hours; that
//! services which their provider spreads over a region fail with the region once more beside what their contract says of them.

mod blame;
mod causes;
mod simulated;
mod structure;

use crate::network::Compiled;
use crate::report::Report;
use crate::scenario::{ClassId, ComponentId, Scenario, ZoneId};
use crate::theory::reliability::{Diagram, Function};
use causes::Causes;
use serde::Serialize;
use structure::{Gate, Structure};

pub(super) use blame::{Blame, blame, unanswered, unanswered_while};
pub use causes::PartAvailability;

/// A share with how far it may be off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Chance {
    /// 0 to 1.
    pub share: f64,
    /// Where it was simulated, the interval that holds it with 95 %; `None` when it is exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
}

/// Something that fails or lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A region; `None` for the one that everything lies in where none is drawn.
    Region(Option<ZoneId>),
    /// A data centre; `None` for the one that machines in no drawn availability zone share.
    DataCentre(Option<ZoneId>),
    /// Instances of a component, or a service as a whole.
    Component {
        /// Which.
        id: ComponentId,
        /// Which of its databases, where it has several that fail apart, from 0.
        #[serde(skip_serializing_if = "Option::is_none")]
        database: Option<u32>,
        /// Instances that have to be away at once.
        instances: u32,
        /// Instances that there are.
        of: u32,
    },
    /// A replica has yet to take the place of this primary.
    Takeover(ComponentId),
}

impl Cause {
    /// The component that it is about; `None` for zones.
    pub fn component(self) -> Option<ComponentId> {
        match self {
            Cause::Region(_) | Cause::DataCentre(_) => None,
            Cause::Component { id, .. } | Cause::Takeover(id) => Some(id),
        }
    }

    /// Whether it is one thing that fails, and not several machines at once.
    pub fn is_single(self) -> bool {
        !matches!(self, Cause::Component { instances: 2.., .. })
    }

    /// In words, e.g. "both instances of Web servers".
    pub fn words(self, scenario: &Scenario) -> String {
        let name = |id: ComponentId| {
            let component = scenario.component(id);
            component.map_or("?", |component| component.name.as_str())
        };
        let zone = |id: ZoneId| {
            let zone = scenario.zone(id);
            zone.map_or("?", |zone| zone.name.as_str())
        };
        match self {
            Cause::Region(Some(id)) | Cause::DataCentre(Some(id)) => zone(id).to_owned(),
            Cause::Region(None) => "the region (none is drawn)".to_owned(),
            Cause::DataCentre(None) => "the data centre (no zone is drawn)".to_owned(),
            Cause::Component {
                id,
                database: Some(place),
                ..
            } => format!("database {} of {}", place + 1, name(id)),
            Cause::Component {
                id,
                instances,
                of,
                database: None,
            } => match (instances, of) {
                (_, 1) => name(id).to_owned(),
                (2, 2) => format!("both instances of {}", name(id)),
                (instances, of) if instances == of => {
                    format!("all {of} instances of {}", name(id))
                }
                (1, _) => format!("an instance of {}", name(id)),
                _ => format!("{instances} instances of {}", name(id)),
            },
            Cause::Takeover(id) => format!("nobody has taken over from {} yet", name(id)),
        }
    }
}

/// Things that together bring a class down, none of which could be left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CutSet {
    /// What.
    pub causes: Vec<Cause>,
    /// Share of the time in which all of it is away.
    pub share: f64,
}

/// One class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassAvailability {
    /// Which.
    pub class: ClassId,
    /// Share of its requests that are answered.
    pub answered: Chance,
    /// Share of the time in which some of them are.
    pub reachable: Chance,
    /// Where work on it is handed over to be done later: share of the time in which some of that is done; else it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worked_off: Option<Chance>,
    /// What brings it down altogether, likeliest first.
    pub cuts: Vec<CutSet>,
    /// Whether there are no other cut sets of up to [`LARGEST_CUT`] parts; of a simulated design only those of one are known.
    pub cuts_complete: bool,
}

/// What brings classes down by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SinglePoint {
    /// What.
    pub cause: Cause,
    /// Share of the time in which it is away.
    pub share: f64,
    /// Whom it brings down, in the document's order.
    pub classes: Vec<ClassId>,
}

/// How much of the time a design works.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Availability {
    /// Share of all requests that are answered; `None` when nobody sends any.
    pub answered: Option<Chance>,
    /// By class that is sent, in the document's order.
    pub classes: Vec<ClassAvailability>,
    /// What brings down a class by itself, the likeliest first.
    pub single_points: Vec<SinglePoint>,
    /// What there is of each part that somebody needs, in the document's order.
    pub parts: Vec<PartAvailability>,
}

/// Parts of the largest cut sets that are looked for.
pub const LARGEST_CUT: usize = 3;

/// Nodes of a diagram for which an exact answer is worked out, some milliseconds; beyond, it is simulated.
const MOST_NODES: usize = 20_000;

/// Things that may fail and choices together for which one is tried: the way into a diagram goes as deep.
const MOST_PARTS: usize = 1_000;

/// How much of the time a compiled and solved design works.
pub fn availability(scenario: &Scenario, compiled: &Compiled, report: &Report) -> Availability {
    availability_within(scenario, compiled, report, MOST_NODES)
}

/// The same with room for so many nodes of a diagram; with none, everything is simulated.
pub fn availability_within(
    scenario: &Scenario,
    compiled: &Compiled,
    report: &Report,
    most_nodes: usize,
) -> Availability {
    let causes = Causes::of(scenario, &compiled.network, report);
    let structure = Structure::of(scenario, compiled, report, &causes);
    let mut classes = Vec::new();
    let mut single_points: Vec<SinglePoint> = Vec::new();
    for root in &structure.roots {
        let known = exact(&structure, &causes, root.answer, most_nodes)
            .unwrap_or_else(|| simulated::estimate(&structure, &causes, root.answer));
        for cut in &known.cuts {
            let [cause] = cut.causes[..] else {
                continue;
            };
            if !cause.is_single() {
                continue;
            }
            match single_points.iter_mut().find(|point| point.cause == cause) {
                Some(point) => point.classes.push(root.class),
                None => single_points.push(SinglePoint {
                    cause,
                    share: cut.share,
                    classes: vec![root.class],
                }),
            }
        }
        classes.push(ClassAvailability {
            class: root.class,
            answered: known.answered,
            reachable: known.reachable,
            worked_off: root.work.map(|work| {
                by_time(&structure, &causes, work, most_nodes).map_or_else(
                    || simulated::estimate(&structure, &causes, work).reachable,
                    |(_, _, chance)| chance,
                )
            }),
            cuts: known.cuts,
            cuts_complete: known.complete,
        });
    }
    single_points.sort_by(|one, other| {
        (other.share.total_cmp(&one.share)).then_with(|| one.cause.cmp(&other.cause))
    });
    Availability {
        answered: over_all(report, &classes),
        classes,
        single_points,
        parts: causes.parts(&structure),
    }
}

/// What is known of one class.
struct Known {
    answered: Chance,
    reachable: Chance,
    cuts: Vec<CutSet>,
    complete: bool,
}

/// When some of what a gate asks for works, with its diagram.
fn by_time(
    structure: &Structure,
    causes: &Causes,
    root: usize,
    most_nodes: usize,
) -> Option<(Diagram, Function, Chance)> {
    if structure.choices.len() + causes.all.len() > MOST_PARTS {
        return None;
    }
    let mut diagram = Diagram::new(most_nodes);
    let function = structure.by_time(&mut diagram, root)?;
    let share = diagram.probability(function, |part| {
        1.0 - causes.all[part as usize - structure.choices.len()].away
    });
    let chance = Chance {
        share,
        interval: None,
    };
    Some((diagram, function, chance))
}

fn exact(structure: &Structure, causes: &Causes, root: usize, most_nodes: usize) -> Option<Known> {
    let (diagram, function, reachable) = by_time(structure, causes, root, most_nodes)?;
    let mut by_request = Diagram::new(most_nodes);
    let answered = structure.by_request(&mut by_request, root)?;
    let (cuts, complete) = cuts(&diagram, causes, structure.choices.len(), function);
    Some(Known {
        answered: Chance {
            share: by_request
                .probability(answered, |part| structure.works_for_a_request(causes, part)),
            interval: None,
        },
        reachable,
        cuts,
        complete,
    })
}

fn cuts(
    diagram: &Diagram,
    causes: &Causes,
    choices: usize,
    reachable: Function,
) -> (Vec<CutSet>, bool) {
    let (cuts, complete) = diagram.minimal_cuts(reachable, LARGEST_CUT);
    let cuts = cuts.into_iter().map(|cut| {
        let causes = || cut.iter().map(|part| &causes.all[*part as usize - choices]);
        CutSet {
            causes: causes().map(|cause| cause.cause).collect(),
            share: causes().map(|cause| cause.away).product(),
        }
    });
    // What never fails brings nobody down.
    let mut cuts: Vec<CutSet> = cuts
        .filter(|cut| cut.share > 0.0 || cut.causes.is_empty())
        .collect();
    cuts.sort_by(|one, other| {
        (other.share.total_cmp(&one.share)).then_with(|| one.causes.cmp(&other.causes))
    });
    (cuts, complete)
}

/// The share of all requests, by how many of each class are sent.
fn over_all(report: &Report, classes: &[ClassAvailability]) -> Option<Chance> {
    let offered = |class: ClassId| {
        let sent = report.classes.iter().find(|row| row.class == class);
        sent.map_or(0.0, |row| row.offered.0)
    };
    let total: f64 = classes.iter().map(|row| offered(row.class)).sum();
    if total <= 0.0 {
        return None;
    }
    let mean = |figure: fn(&Chance) -> f64| {
        let weighted = classes
            .iter()
            .map(|row| figure(&row.answered) * offered(row.class));
        weighted.sum::<f64>() / total
    };
    let simulated = classes.iter().any(|row| row.answered.interval.is_some());
    Some(Chance {
        share: mean(|chance| chance.share),
        interval: simulated.then(|| {
            // The ends of all intervals at once: wider than need be, never narrower.
            (
                mean(|chance| chance.interval.map_or(chance.share, |(low, _)| low)),
                mean(|chance| chance.interval.map_or(chance.share, |(_, high)| high)),
            )
        }),
    })
}

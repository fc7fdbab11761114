//! What would move a figure: candidate changes to the design, each solved anew and ranked by what it brings for the money. Which changes are
//! tried is a matter of rules; what they bring never is.

mod between;
mod bounds;
mod calls;
mod early;
mod edit;
mod effect;
mod fewer;
mod fresh;
mod later;
mod parts;
mod ran;
mod spare;
mod turns;

pub(super) use between::place_between;
pub use bounds::Bounds;
pub use edit::Edit;
pub use effect::{Effect, Remedy};
pub(super) use parts::{GAP, free_place};
pub use ran::{Change, Free, Place, changes_at, savings_at};
pub(super) use spare::copies_elsewhere;

use super::objectives;
use super::security::security;
use super::sought::{Sought, sought};
use super::subject::Subject;
use super::why::{Holder, holder};
use crate::analysis::{Analysis, Trial};
use crate::catalog::Kind;
use crate::report::{ComponentState, Report, TimeCause};
use crate::scenario::{Component, ComponentId, Scenario, Target, validate};
use crate::steady::{Precision, Solver};
use effect::{gain, worth};

/// Changes that are tried at most.
const MOST_CANDIDATES: usize = 64;
/// Parts that are looked at, where a figure has more than one behind it.
const MOST_PARTS: usize = 5;
/// A change that brings less isn't offered.
const LEAST: f64 = 0.01;

/// What becomes of somebody's bounds with a changed design, whose report this is.
pub type Judge<'a> = dyn Fn(&Scenario, &Report) -> Bounds + 'a;

/// A change that may help.
#[derive(Clone, Debug, PartialEq)]
struct Candidate {
    title: String,
    edit: Edit,
    /// Whether it is tried for its being cheaper.
    saves: bool,
}

/// The changes that are being tried, one after the other, so that whoever waits for them can do something else in between.
#[derive(Clone, Debug)]
pub struct Search {
    subject: Subject,
    candidates: Vec<Candidate>,
    next: usize,
    found: Vec<Remedy>,
    /// What is asked about, where that stands in no report.
    before: Option<Sought>,
    /// Other such figures that a change may move, too.
    beside: Vec<(Subject, Option<f64>)>,
    /// Remarks on how the drawing was understood.
    remarks: usize,
    /// What is wrong with the document as it is, once that has been counted.
    problems: Option<usize>,
}

impl Remedy {
    /// A change that somebody has tried for himself, with what becomes of his bounds; the changed design and what it comes to, after what it was.
    pub fn tried(
        change: &Change,
        subject: Subject,
        (scenario, before): (&Scenario, &Analysis),
        (changed, after): (&Scenario, &Analysis),
        bounds: Bounds,
    ) -> Remedy {
        let figure = |scenario: &Scenario, analysis: &Analysis| {
            sought(scenario, &analysis.compiled, &analysis.report, subject)
        };
        let figures = (figure(scenario, before), figure(changed, after));
        Remedy {
            title: change.title.clone(),
            edit: change.edit.clone(),
            caveat: parts::caveat(scenario, &change.edit),
            unpriced: parts::is_unpriced(&change.edit),
            saves: change.saves,
            subject,
            bounds: Some(bounds),
            effect: Effect::between(
                scenario,
                &before.report,
                changed,
                &after.report,
                subject,
                figures,
            ),
        }
    }
}

/// The changes that help what is asked about, best first: see [`Search::finish`]. Every candidate is solved, each as far as it takes to see
/// that it doesn't help, so this takes as long as a dozen or two of solves.
pub fn remedies(
    solver: &mut Solver,
    scenario: &Scenario,
    analysis: &Analysis,
    subject: Subject,
) -> Vec<Remedy> {
    let mut search = Search::begin(scenario, analysis, subject);
    while search.go_on(solver, scenario, &analysis.report) {}
    search.finish(&analysis.report)
}

impl Search {
    /// Finds out what is to be tried. Nothing is solved yet.
    pub fn begin(scenario: &Scenario, analysis: &Analysis, subject: Subject) -> Self {
        let mut candidates = tried(scenario, analysis, subject);
        let known = |subject| sought(scenario, &analysis.compiled, &analysis.report, subject);
        let others = others_than(subject).iter();
        let beside = others.map(|other| (*other, known(*other).map(|own| own.value)));
        dedup_edits(&mut candidates, |candidate| &candidate.edit);
        candidates.truncate(MOST_CANDIDATES);
        Search {
            subject,
            candidates,
            next: 0,
            found: Vec::new(),
            before: known(subject),
            beside: beside.collect(),
            remarks: analysis.compiled.notes.len(),
            problems: None,
        }
    }

    /// Tries the next change on the scenario that it was begun with, whose report this is; whether there are more.
    pub fn go_on(&mut self, solver: &mut Solver, scenario: &Scenario, before: &Report) -> bool {
        self.go_on_judged(solver, scenario, before, None)
    }

    /// The same for somebody with bounds of his own: each change that helps is judged by them, solved as it is.
    pub fn go_on_judged(
        &mut self,
        solver: &mut Solver,
        scenario: &Scenario,
        before: &Report,
        judge: Option<&Judge<'_>>,
    ) -> bool {
        let Some(candidate) = self.candidates.get(self.next) else {
            return false;
        };
        self.next += 1;
        let mut changed = scenario.clone();
        candidate.edit.apply(&mut changed);
        let mut trial = Trial::begin(solver, &changed, Precision::Fast);
        let known = (scenario, before, self.before);
        if early::fails(solver, &mut trial, candidate, self.subject, known) {
            return self.next < self.candidates.len();
        }
        let after = trial.finish(solver);
        let figure = |subject| sought(&changed, trial.compiled(), &after, subject);
        let figures = (self.before, figure(self.subject));
        let mut effect = Effect::between(scenario, before, &changed, &after, self.subject, figures);
        let mut helps = helps(candidate, self.subject, &effect);
        if self.subject.is_beyond_the_report() {
            // What ends in nothing, or answers by itself what it should ask for, answers nothing.
            helps &= trial.compiled().notes.len() <= self.remarks;
            effect.beside = (self.beside.iter())
                .filter(|_| helps)
                .map(|(other, was)| (*other, [*was, figure(*other).map(|own| own.value)]))
                .collect();
        }
        // What the page would complain about isn't offered.
        let mut sound = || {
            validate(&changed).len()
                <= *self
                    .problems
                    .get_or_insert_with(|| validate(scenario).len())
        };
        if helps && sound() {
            self.found.push(Remedy {
                title: candidate.title.clone(),
                edit: candidate.edit.clone(),
                caveat: parts::caveat(scenario, &candidate.edit),
                unpriced: parts::is_unpriced(&candidate.edit),
                saves: candidate.saves,
                subject: self.subject,
                bounds: judge.map(|judge| judge(&changed, &after)),
                effect,
            });
        }
        self.next < self.candidates.len()
    }

    /// How many changes have been solved, or begun to be as far as it took to see that they don't help.
    pub fn tried(&self) -> usize {
        self.next
    }

    /// What helps, best first. Where somebody judged by bounds of his own, those first after which none of them is missed, and fewest
    /// would be while it lasts what goes wrong. Then those after which every objective that is met now is still met, and of an asked objective those that
    /// meet it; of these, those first whose price is known, for whoever has to rewrite tables and programs pays with something that no bill
    /// shows. Among these by gain for money: the logarithm of how many times better the asked figure is, over the dollars that the
    /// change adds to a month, where less than a hundredth of today's bill (or a dollar) counts as that, so that what is free and brings
    /// nothing to speak of doesn't stand before what is cheap and brings much. Savings, which leave the asked figure as good as the objectives want it,
    /// come last, the largest first.
    pub fn finish(mut self, before: &Report) -> Vec<Remedy> {
        let subject = self.subject;
        let key = |remedy: &Remedy| {
            let is_bounded = matches!(subject, Subject::Objective(_) | Subject::Asked(..));
            let misses = is_bounded && !remedy.effect.meets;
            let own = remedy.bounds.as_ref();
            (
                own.map_or((0, 0), |bounds| (bounds.missed.len(), bounds.strained)),
                remedy.saves,
                remedy.effect.breaks > 0,
                misses,
                remedy.unpriced,
            )
        };
        self.found.sort_by(|one, other| {
            key(one).cmp(&key(other)).then_with(|| {
                let worth = |remedy: &Remedy| {
                    if remedy.saves {
                        -remedy.effect.cost.0
                    } else {
                        worth(subject, &remedy.effect, before)
                    }
                };
                worth(other).total_cmp(&worth(one))
            })
        });
        if subject.is_beyond_the_report() {
            without_needless(subject, &mut self.found);
        }
        // Of several steps at one knob that save, the one that saves most.
        let mut saved = Vec::new();
        self.found.retain(|remedy| match remedy.edit {
            Edit::Set {
                component,
                parameter,
                ..
            } if remedy.saves => {
                let knob = (component, parameter);
                let new = !saved.contains(&knob);
                saved.push(knob);
                new
            }
            _ => true,
        });
        self.found
    }
}

/// Leaves out what does all that another change does and more, for no less money and nothing that counts.
fn without_needless(subject: Subject, found: &mut Vec<Remedy>) {
    let is_needless = |one: &Remedy, other: &Remedy| {
        let (gains, other_gains) = (gain(subject, &one.effect), gain(subject, &other.effect));
        other.effect.cost.0 <= one.effect.cost.0
            && other.effect.breaks <= one.effect.breaks
            && other_gains > gains - f64::ln_1p(LEAST)
            && one.edit.goes_further_than(&other.edit)
    };
    let kept: Vec<bool> = (0..found.len())
        .map(|place| {
            let mut others = (0..found.len()).filter(|other| *other != place);
            !others.any(|other| is_needless(&found[place], &found[other]))
        })
        .collect();
    let mut kept = kept.into_iter();
    found.retain(|_| kept.next().unwrap_or(true));
}

/// Whether the change does what it is tried for.
fn helps(candidate: &Candidate, subject: Subject, effect: &Effect) -> bool {
    if candidate.saves {
        return effect.saves();
    }
    let steady = effect.p99.0.is_none() || effect.p99.1.is_some();
    // A figure isn't better for there being fewer requests that it is of.
    let loses = subject.is_beyond_the_report() && effect::loses_more(effect.lost);
    steady && !loses && gain(subject, effect) > f64::ln_1p(LEAST)
}

/// The other figures that stand in no report and that a change for the sake of this one may move.
fn others_than(subject: Subject) -> &'static [Subject] {
    const AVAILABLE: Subject = Subject::Availability(None);
    const STALE: Subject = Subject::StaleReads(None);
    match subject {
        Subject::Availability(_) => &[STALE, Subject::LostWrites],
        Subject::StaleReads(_) => &[AVAILABLE, Subject::LostWrites],
        Subject::OldestAnswer(_) => &[AVAILABLE, STALE, Subject::LostWrites],
        Subject::Complexity => &[AVAILABLE, STALE, Subject::LostWrites, Subject::LeftOpen],
        Subject::LostWrites => &[AVAILABLE, STALE],
        _ => &[],
    }
}

/// The fixes of what the outside can get at.
fn closing(scenario: &Scenario, report: &Report) -> Vec<Candidate> {
    let found = security(scenario, report).into_iter();
    let open = found.filter(|finding| finding.weakness.lets_in());
    let fixes = open.filter_map(|finding| Some((finding.title, finding.fix?)));
    let tried = fixes.map(|(title, fix)| Candidate {
        title: format!("{title}: {}", lower_first(&fix.title)),
        edit: fix.edit,
        saves: false,
    });
    tried.collect()
}

fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// What is tried for the subject's sake.
fn tried(scenario: &Scenario, analysis: &Analysis, subject: Subject) -> Vec<Candidate> {
    match subject {
        Subject::Availability(class) => spare::candidates(scenario, analysis, class),
        Subject::StaleReads(class) | Subject::OldestAnswer(class) => {
            fresh::candidates(scenario, analysis, class)
        }
        Subject::LostWrites => fresh::keeping(scenario, analysis),
        Subject::Completion(class) => later::candidates(scenario, analysis, class),
        Subject::LeftOpen => closing(scenario, &analysis.report),
        Subject::Complexity => fewer::candidates(scenario),
        _ => candidates(scenario, analysis, subject),
    }
}

/// What is tried for what stands in the report.
fn candidates(scenario: &Scenario, analysis: &Analysis, subject: Subject) -> Vec<Candidate> {
    let report = &analysis.report;
    let parts = parts_of(scenario, analysis, subject);
    let named = parts.len() > 1 || !matches!(subject, Subject::Bottleneck | Subject::Component(_));
    let mut found = Vec::new();
    let mut add = |component: &Component, named: bool, saves: bool, list: Vec<(String, Edit)>| {
        found.extend(list.into_iter().map(|(title, edit)| Candidate {
            title: if named {
                format!("{}: {title}", component.name)
            } else {
                title
            },
            edit,
            saves,
        }));
    };
    let saving = is_about_money(scenario, subject);
    for id in &parts {
        let Some(component) = scenario.component(*id) else {
            continue;
        };
        let asked = asked(report, *id);
        if saving {
            add(component, true, true, turns::less(component, asked));
            add(
                component,
                true,
                true,
                parts::additions(scenario, component, asked),
            );
            continue;
        }
        add(component, named, false, turns::more(component, asked));
        add(
            component,
            named,
            false,
            parts::additions(scenario, component, asked),
        );
        add(component, named, false, turns::otherwise(component));
        for link in scenario.links_to(*id) {
            let Some(caller) = scenario.component(link.from) else {
                continue;
            };
            if matches!(caller.kind, Kind::LoadBalancer | Kind::ReverseProxy) {
                add(caller, true, false, turns::otherwise(caller));
            }
            add(
                caller,
                true,
                false,
                parts::without_retries(caller).into_iter().collect(),
            );
        }
    }
    if let Some(class) = subject.class(scenario).filter(|_| !saving) {
        let own = report.classes.iter().find(|own| own.class == class);
        let travels = own.is_some_and(|own| {
            let parts = own.breakdown.iter();
            let network = parts.filter(|part| part.cause == TimeCause::Network);
            let span: f64 = network.map(|part| part.mean.0).sum();
            own.latency.is_some_and(|all| span > 0.1 * all.mean.0)
        });
        if travels {
            for link in scenario.links.iter().filter(|link| link.carries(class)) {
                if let (Some(edit), Some(called)) =
                    (parts::closer(scenario, link), scenario.component(link.to))
                {
                    add(called, true, false, vec![edit]);
                }
            }
        }
    }
    if let Subject::Component(id) = subject
        && let Some(component) = scenario.component(id)
    {
        add(
            component,
            named,
            true,
            turns::less(component, asked(report, id)),
        );
    }
    found
}

fn is_about_money(scenario: &Scenario, subject: Subject) -> bool {
    let target = subject.target(scenario);
    subject == Subject::Cost || matches!(target, Some(Target::CostAtMostDollarsPerMonth(_)))
}

/// How much of what it can do the part is asked for.
fn asked(report: &Report, id: ComponentId) -> f64 {
    let bottleneck = report
        .bottleneck
        .as_ref()
        .filter(|bottleneck| bottleneck.component == id)
        .map(|bottleneck| bottleneck.utilisation);
    let own = report.components.iter().find(|part| part.component == id);
    bottleneck
        .or_else(|| own.and_then(|part| part.asked))
        .unwrap_or(0.0)
}

/// The parts at which something may be changed for the subject's sake, the likeliest first.
fn parts_of(scenario: &Scenario, analysis: &Analysis, subject: Subject) -> Vec<ComponentId> {
    let report = &analysis.report;
    let bottleneck = report.bottleneck.as_ref().map(|found| found.component);
    let of_class = |id| time_of(report, id);
    let mut parts: Vec<ComponentId> = match subject {
        Subject::Bottleneck => return bottleneck.into_iter().collect(),
        // Where a part is full for the sake of what is behind it, that is where help is.
        Subject::Component(id) => {
            let own = report.components.iter().find(|part| part.component == id);
            let full = own.is_some_and(|part| part.state == ComponentState::Saturated);
            let behind = bottleneck.filter(|_| full);
            let mut parts = vec![id];
            parts.extend(behind);
            dedup(&mut parts);
            return parts;
        }
        Subject::SustainableLoad => {
            let next = report.next_bottleneck.as_ref().map(|found| found.component);
            bottleneck.into_iter().chain(next).collect()
        }
        Subject::Latency(class) | Subject::Median(class) => of_class(class),
        Subject::Failures(class) => losing(report, Some(class)),
        Subject::Objective(_) | Subject::Asked(..) => {
            let asked = objectives::asked(scenario, report, subject).map(|own| own.objective);
            let class = asked.as_ref().map(|own| own.class);
            match asked.map(|own| own.target) {
                None => Vec::new(),
                Some(Target::CostAtMostDollarsPerMonth(_)) => dear(report),
                Some(Target::UtilisationAtMost(bound)) => {
                    let mut full: Vec<_> = report
                        .stations
                        .iter()
                        .filter(|station| station.busiest_utilisation > 0.9 * bound)
                        .collect();
                    full.sort_by(|one, other| {
                        other
                            .busiest_utilisation
                            .total_cmp(&one.busiest_utilisation)
                    });
                    full.into_iter().map(|station| station.component).collect()
                }
                Some(Target::SuccessAtLeast(_) | Target::GoodputAtLeastPerSecond(_)) => {
                    losing(report, class.flatten())
                }
                Some(_) => match class.flatten().or_else(|| super::why::slowest(report)) {
                    Some(class) => of_class(class),
                    None => Vec::new(),
                },
            }
        }
        Subject::Cost => return dear(report),
        // These have candidates of their own.
        Subject::Availability(_)
        | Subject::StaleReads(_)
        | Subject::OldestAnswer(_)
        | Subject::LostWrites
        | Subject::Completion(_)
        | Subject::LeftOpen
        | Subject::Complexity => return Vec::new(),
    };
    dedup(&mut parts);
    parts.truncate(MOST_PARTS);
    // A pool that is short because of what is below it is helped there.
    let mut below = Vec::new();
    for station in report
        .stations
        .iter()
        .filter(|station| parts.contains(&station.component) && station.utilisation > 0.3)
    {
        if let Some((Holder::Below(id), _)) = holder(scenario, analysis, station) {
            below.push(id);
        }
    }
    parts.extend(below);
    parts.extend(bottleneck);
    dedup(&mut parts);
    parts
}

/// Of several that make the same change, the first.
fn dedup_edits<T>(all: &mut Vec<T>, edit: impl Fn(&T) -> &Edit) {
    let mut kept: Vec<T> = Vec::with_capacity(all.len());
    for one in all.drain(..) {
        if !kept.iter().any(|other| edit(other) == edit(&one)) {
            kept.push(one);
        }
    }
    *all = kept;
}

fn dedup(parts: &mut Vec<ComponentId>) {
    let mut seen = Vec::with_capacity(parts.len());
    parts.retain(|part| {
        let new = !seen.contains(part);
        seen.push(*part);
        new
    });
}

/// Where a class's time goes, the most first; before them, where it stands in a backlog.
fn time_of(report: &Report, class: crate::scenario::ClassId) -> Vec<ComponentId> {
    let mut parts: Vec<ComponentId> = report
        .stations
        .iter()
        .filter(|station| {
            station.saturation.is_some() && station.by_class.iter().any(|own| own.class == class)
        })
        .map(|station| station.component)
        .collect();
    let Some(own) = report.classes.iter().find(|own| own.class == class) else {
        return parts;
    };
    let mut times: Vec<(ComponentId, f64)> = Vec::new();
    for part in &own.breakdown {
        // What waits can be helped by more; what works can't, but by other means.
        let weight = match part.cause {
            TimeCause::Waiting | TimeCause::WaitingForToken | TimeCause::Retrying => 3.0,
            TimeCause::Service | TimeCause::Network => 1.0,
        };
        if let Some(id) = part.component {
            match times.iter_mut().find(|(known, _)| *known == id) {
                Some((_, time)) => *time += weight * part.mean.0,
                None => times.push((id, weight * part.mean.0)),
            }
        }
    }
    times.sort_by(|one, other| other.1.total_cmp(&one.1));
    parts.extend(times.into_iter().map(|(id, _)| id));
    parts
}

/// Who loses most requests, of this class or of all.
fn losing(report: &Report, class: Option<crate::scenario::ClassId>) -> Vec<ComponentId> {
    let mut losses: Vec<(ComponentId, f64)> = report
        .classes
        .iter()
        .filter(|own| class.is_none_or(|class| own.class == class))
        .flat_map(|own| own.losses.iter().map(|loss| (loss.component, loss.share)))
        .collect();
    losses.sort_by(|one, other| other.1.total_cmp(&one.1));
    losses.into_iter().map(|(id, _)| id).collect()
}

/// What costs most.
fn dear(report: &Report) -> Vec<ComponentId> {
    let mut parts = report.cost.components.clone();
    parts.sort_by(|one, other| other.1.0.total_cmp(&one.1.0));
    // Traffic is paid at the doors, which may cost nothing themselves.
    let free = report.components.iter().map(|part| part.component);
    let mut all: Vec<ComponentId> = parts.into_iter().map(|(id, _)| id).chain(free).collect();
    dedup(&mut all);
    all
}

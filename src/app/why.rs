//! Why a figure is what it is, and what would move it: the results' page that answers for whatever was asked about. What is said, and what
//! is offered, is [`loadscape_sim::insight`]'s affair.

use super::dom;
use super::icons::icon;
use super::learn::{Graded, Open, differs, learning};
use super::page::Page;
use super::proving::{Stage, prove};
use super::remedies::{Length, row, seek};
use super::results;
use super::run;
use super::solve::with_solver;
use super::ui::follow;
use super::ui::prelude::*;
use crate::display::unbroken;
use crate::editor::Item;
use loadscape_sim::insight::{self, Judge, Remedy, Subject};
use loadscape_sim::lesson::{self, Known, Objective, Trials, bounds, subject};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{ClassId, Scenario};
use std::cell::Cell;
use std::rc::Rc;

/// How long the design has to stay as it is before it is asked again, in milliseconds.
const QUIET_MS: u32 = 60;
/// Remedies shown at most.
const MOST: usize = 10;

thread_local! {
    static GENERATION: Cell<u32> = const { Cell::new(0) };
    // The row of the open lesson's task that was asked about, where one was.
    static ROW: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Asks why, and shows the answer.
pub fn ask(page: Page, subject: Subject) {
    ROW.set(None);
    show(page, subject);
}

/// Asks why a row of the open lesson's task is what it is: of its run, where there is one of this design, and then of theory.
pub fn ask_row(page: Page, index: usize) {
    let subject = page.answer.with_untracked(|answer| {
        let (row, answer) = (row_at(page, index)?, answer.as_ref()?);
        page.read(|scenario| subject(&row.objective, &row.known(scenario, &answer.report)))
    });
    if let Some(subject) = subject {
        ROW.set(Some(index));
        show(page, subject);
    }
}

fn show(page: Page, subject: Subject) {
    page.why.set(Some(subject));
    results::bring(page);
    // Whoever asked by key goes on by key: at what is offered, once it is there.
    dom::focus_soon("why-answer");
}

/// Asks about the selected part; without one, about what limits the design.
pub fn ask_here(page: Page) {
    let selected = page
        .selection
        .with_untracked(|selection| match selection[..] {
            [Item::Component(id)] => Some(Subject::Component(id)),
            _ => None,
        });
    ask(page, selected.unwrap_or(Subject::Bottleneck));
}

/// A button that asks; `about` says what, for those who don't see where it stands.
pub fn button(page: Page, subject: Subject, about: String) -> AnyView {
    view! {
        <button
            type="button"
            class="why-button"
            aria-label=format!("Why: {about}")
            title="Why? And what would move it"
            data-testid=format!("ask-why-{}", test_name(subject))
            on:click=move |_| ask(page, subject)
        >
            "Why?"
        </button>
    }
    .into_any()
}

fn test_name(subject: Subject) -> String {
    let of = |what: &str, class: Option<ClassId>| match class {
        Some(class) => format!("{what}-{class}"),
        None => what.to_owned(),
    };
    match subject {
        Subject::Bottleneck => "bottleneck".to_owned(),
        Subject::Component(id) => format!("part-{id}"),
        Subject::Latency(id) => format!("latency-{id}"),
        Subject::Median(id) => format!("median-{id}"),
        Subject::Failures(id) => format!("failures-{id}"),
        Subject::SustainableLoad => "load".to_owned(),
        Subject::Objective(place) => format!("objective-{}", place + 1),
        Subject::Asked(class, target) => of("asked", class) + "-" + target.name_and_bound().0,
        Subject::Cost => "cost".to_owned(),
        Subject::Availability(class) => of("availability", class),
        Subject::StaleReads(class) => of("stale-reads", class),
        Subject::OldestAnswer(class) => of("oldest-answer", class),
        Subject::LostWrites => "lost-writes".to_owned(),
        Subject::Completion(class) => of("completion", class),
        Subject::LeftOpen => "left-open".to_owned(),
        Subject::Complexity => "complexity".to_owned(),
    }
}

/// An answer.
#[derive(Clone, PartialEq)]
struct Answer {
    question: String,
    sentences: Vec<String>,
    /// Whether it begins with what a run has shown, or says itself that it doesn't.
    says_of_what: bool,
}

/// The page.
pub fn page(page: Page) -> AnyView {
    let answer = RwSignal::new(None::<Answer>);
    let offered = RwSignal::new(None::<Offered>);
    let proof = RwSignal::new(None::<Stage>);
    let stale = RwSignal::new(false);
    follow(Box::new(move || {
        page.answer.track();
        page.why.track();
        learning().graded.with(|_| ());
        let generation = GENERATION.get().wrapping_add(1);
        GENERATION.set(generation);
        stale.set(true);
        dom::later(QUIET_MS, move || {
            if GENERATION.get() == generation {
                begin(page, generation, answer, (offered, proof), stale);
            }
        });
    }));
    on_cleanup(|| GENERATION.set(GENERATION.get().wrapping_add(1)));
    let close = move |_| page.why.set(None);
    view! {
        <div class="why-page" data-testid="why-page">
            <section class="scrolls" id="why-answer" tabindex="-1" aria-label="Why" aria-live="polite">
                <h3>
                    <span data-testid="why-question">{move || answer.with(|answer| answer.as_ref().map_or_else(|| "Why?".to_owned(), |answer| answer.question.clone()))}</span>
                    <button type="button" class="icon-button" aria-label="Close" title="Close" data-testid="why-close" on:click=close>{icon("close")}</button>
                </h3>
                {move || (run::shows(page) && !answer.with(|answer| answer.as_ref().is_some_and(|answer| answer.says_of_what))).then(|| view! { <p class="mute" data-testid="why-steady">"This is the word of the steady state, under the load as drawn, and not of the run that plays."</p> })}
                <div data-testid="why-words">
                    {move || answer.get().map(|answer| answer.sentences.into_iter().map(|sentence| view! { <p>{unbroken(&sentence)}</p> }).collect_view())}
                </div>
            </section>
            <section class="scrolls" class:stale=move || stale.get() aria-label="What would move it">
                <h3><span>"What would move it"</span></h3>
                {move || match offered.get() {
                    None => view! { <p class="empty">"Solving…"</p> }.into_any(),
                    Some(Offered { found, solved }) if found.is_empty() => view! { <p class="empty" data-testid="why-nothing">{move || nothing(solved, proof.get().as_ref())}</p> }.into_any(),
                    Some(Offered { found, .. }) => view! {
                        <p class="mute">{legend(&found)}<span class="by-keys">"Ctrl+Z undoes it."</span><span class="by-touch">"Undo ↶ takes it back."</span></p>
                        <div class="why-remedies">
                            {found.into_iter().take(MOST).enumerate().map(|(index, remedy)| row(page, &format!("why-remedy-{index}"), remedy, stale, Length::Full)).collect_view()}
                        </div>
                    }.into_any(),
                }}
                {move || proof.get().map(|stage| view! { <p class="mute" data-testid="why-runs">{stage.words()}</p> })}
            </section>
        </div>
    }
    .into_any()
}

fn begin(
    page: Page,
    generation: u32,
    answer: RwSignal<Option<Answer>>,
    (offered, proof): (RwSignal<Option<Offered>>, RwSignal<Option<Stage>>),
    stale: RwSignal<bool>,
) {
    proof.set(None);
    let (Some(asked), Some(analysis)) = (page.why.get_untracked(), page.answer.get_untracked())
    else {
        return;
    };
    let row = ROW.get().and_then(|index| row_at(page, index));
    let said = page.read(|scenario| match &row {
        None => {
            let question = asked.question(scenario, &analysis.report)?;
            let sentences = with_solver(|solver| insight::why(solver, scenario, &analysis, asked))?;
            let says_of_what = false;
            let answer = Answer {
                question,
                sentences,
                says_of_what,
            };
            Some((asked, answer))
        }
        Some(row) => {
            let known = row.known(scenario, &analysis.report);
            let subject = subject(&row.objective, &known)?;
            let own =
                with_solver(|solver| lesson::answer(solver, &row.objective, &known, &analysis))?;
            let of_runs = row.objective.figure.is_of_runs(scenario);
            let mut sentences = own.paragraphs;
            let ran_another = row.graded.is_some() && known.seen.is_none() && of_runs;
            if ran_another {
                sentences.insert(0, ANOTHER_RUN.to_owned());
            }
            let answer = Answer {
                question: own.question,
                sentences,
                says_of_what: ran_another || known.seen.is_some() && of_runs,
            };
            Some((subject, answer))
        }
    });
    let Some((subject, said)) = said else {
        // What was asked about isn't there any more.
        page.why.set(None);
        return;
    };
    if answer.with_untracked(|before| {
        before
            .as_ref()
            .is_none_or(|before| before.question != said.question)
    }) {
        offered.set(None);
    }
    answer.set(Some(said));
    let trials = row.as_ref().and_then(|row| {
        let (graded, index) = (row.graded.as_ref()?, ROW.get()?);
        let task = &row.open.task.scenario;
        let run = |scenario: &Scenario| {
            let drawn = (scenario, &*analysis, &graded.seen);
            Trials::begin(&row.open.lesson().task, task, drawn, index)
        };
        row.is_of_run.then(|| page.read(run)).flatten()
    });
    let judge = row.map(|row| -> Box<Judge<'static>> {
        Box::new(move |scenario, report| {
            let known = Known {
                scenario,
                report,
                seen: None,
            };
            bounds(&row.open.lesson().task.objectives, &known)
        })
    });
    seek(
        page,
        subject,
        judge,
        analysis,
        move || GENERATION.get() == generation,
        move |found, solved| {
            let steady = found.clone();
            offered.set(Some(Offered { found, solved }));
            stale.set(false);
            let Some(trials) = trials else {
                return;
            };
            prove(
                trials,
                steady,
                move || GENERATION.get() == generation,
                move |stage, found| {
                    let is_over = matches!(stage, Stage::Over(_));
                    proof.set(Some(stage));
                    let new = Offered { found, solved };
                    let is_new = offered.with_untracked(|old| old.as_ref() != Some(&new));
                    // Whoever is at the list by key isn't thrown out of it before all have been run.
                    if is_new && (is_over || !is_at_the_list()) {
                        offered.set(Some(new));
                        dom::focus_if_lost("why-answer");
                    }
                },
            );
        },
    );
}

/// What is offered.
#[derive(Clone, PartialEq)]
struct Offered {
    found: Vec<Remedy>,
    /// How many changes were solved for it.
    solved: usize,
}

/// How what is offered was found, and in which order it stands.
fn legend(found: &[Remedy]) -> &'static str {
    let is_run = |own: &Remedy| own.bounds.as_ref().is_some_and(|own| own.ran.is_some());
    match found.iter().any(is_run) {
        false => {
            "Each is the changed design, solved. Most effect for the money first; what costs less than a hundredth of the bill counts as that. "
        }
        true => {
            "Each is the changed design, solved, and run as the task is where it says so. What keeps most rows first, then most effect for the money; what costs less than a hundredth of the bill counts as that. "
        }
    }
}

/// What is said where nothing is offered.
fn nothing(solved: usize, proof: Option<&Stage>) -> String {
    let (run, more) = match proof {
        None => (0, false),
        Some(Stage::Solving(run)) => (*run, true),
        Some(Stage::Running(number, ..)) => (number - 1, true),
        Some(Stage::Over(run)) => (*run, false),
    };
    let by_now = if more { " by now" } else { "" };
    let solved = match solved {
        0 => None,
        1 => Some("the one change that was solved".to_owned()),
        solved => Some(format!("the {solved} changes that were solved")),
    };
    let run = match run {
        0 => None,
        1 => Some("the one that was run".to_owned()),
        run => Some(format!("the {run} that were run")),
    };
    match (solved, run) {
        (None, None) if more => "Nothing yet.".to_owned(),
        (None, None) => "There was no change to try here.".to_owned(),
        (one, other) => {
            let all: Vec<String> = one.into_iter().chain(other).collect();
            format!("Of {}, none would{by_now}.", all.join(" and "))
        }
    }
}

fn is_at_the_list() -> bool {
    let active = dom::document().active_element();
    active.is_some_and(|active| active.closest(".why-remedies").ok().flatten().is_some())
}

const ANOTHER_RUN: &str = "The last run was of another design. Run this one to see what it does; this is what theory says of it.";

/// A row of the open lesson's task, and what the last run of it came to.
struct Row {
    open: Rc<Open>,
    objective: Objective,
    graded: Option<Rc<Graded>>,
    /// Whether what is drawn is what was run.
    is_of_run: bool,
}

fn row_at(page: Page, index: usize) -> Option<Row> {
    let learning = learning();
    let open = learning.open.get_untracked()?;
    let graded = learning.graded.get_untracked();
    let is_of_run = graded
        .as_ref()
        .is_some_and(|graded| page.read(|drawn| !differs(drawn, &graded.drawn)));
    Some(Row {
        objective: open.lesson().task.objectives.get(index)?.clone(),
        open,
        graded,
        is_of_run,
    })
}

impl Row {
    /// What is known of the design that is drawn.
    fn known<'a>(&'a self, scenario: &'a Scenario, report: &'a Report) -> Known<'a> {
        let graded = self.graded.as_ref().filter(|_| self.is_of_run);
        Known {
            scenario,
            report,
            seen: graded.map(|graded| &graded.seen),
        }
    }
}

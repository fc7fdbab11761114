//! The task of a lesson: what has to be kept, before and now side by side, the graded run, and hints.

use super::super::css::percent;
use super::super::dom;
use super::super::page::Page;
use super::super::ui::prelude::*;
use super::super::why;
use super::aim;
use super::grading::{self, Graded, differs};
use super::onward::onward;
use super::rows;
use super::state::{Learning, Open, draw, learning, open as open_lesson};
use super::ways::{Stands, abreast_button, try_way, ways};
use super::words::text;
use crate::display::compared::Row;
use crate::display::lesson::{Step, beside, coins_beside, gained, serves};
use crate::display::unbroken;
use loadscape_sim::insight::drawn_to_the_dead;
use loadscape_sim::lesson::{Known, Measure, Objective, put_back};
use loadscape_sim::quantities::Decimal;
use loadscape_sim::scenario::Fault;
use std::rc::Rc;

/// The step.
pub fn task(page: Page, open: Rc<Open>) -> AnyView {
    let learning = learning();
    view! {
        {text(&open, &open.lesson().task.says, &open.speaks(Step::Task, None))}
        {aim::said(page, &open)}
        {objectives(page, &open)}
        {open.lesson().task.shows_ways.then(|| abreast_button(&learning, Stands::Before))}
        {run_it(page, &learning)}
        {outcome(page, &open, &learning)}
        {hints(page, &open, &learning)}
        {comparison(page, &open, Step::Task)}
        {ways(page, &open, &learning)}
        <div class="lesson-foot">
            <button type="button" class="link" data-testid="lesson-again" on:click={
                let open = open.clone();
                move |_| draw(page, "Begin the task again", open.task.scenario.clone())
            }>"Begin the task again"</button>
            {onward(page, &open)}
        </div>
    }
}

fn objectives(page: Page, open: &Rc<Open>) -> AnyView {
    // A grade is of the design that ran.
    let is_old = rows::is_old(page);
    let all = open.lesson().task.objectives.iter().enumerate();
    let all = all.map(|(index, objective)| {
        let own = objective.clone();
        let row = Memo::new(move |_| rows::row(page, index, &own, is_old));
        let met = move || row.with(rows::Row::met);
        view! {
            <li class="lesson-objective" class:met=move || met() == Some(true) class:missed=move || met() == Some(false) data-testid=format!("lesson-objective-{}", index + 1)>
                <span class="lesson-mark" aria-hidden="true">{move || match met() { None => "·", Some(true) => "✓", Some(false) => "✗" }}</span>
                <span class="lesson-asked"><b>{unbroken(&rows::asked(objective))}</b><small>{move || unbroken(&row.with(rows::Row::words))}</small></span>
                {wonder(page, index, objective, "ask-why-lesson")}
            </li>
        }
    });
    view! { <ul class="lesson-objectives">{all.collect_view()}</ul> }
}

/// Who wonders about an objective asks here; what answers depends on what is drawn by then, and on what its run has shown.
pub fn wonder(page: Page, index: usize, objective: &Objective, named: &str) -> AnyView {
    let about = objective.figure.to_string();
    let ask = move |_| why::ask_row(page, index);
    view! {
        <button type="button" class="why-button" aria-label=format!("Why: {about}") title="Why? And what would move it" data-testid=format!("{named}-{}", index + 1) on:click=ask>"Why?"</button>
    }
    .into_any()
}

fn run_it(page: Page, learning: &Learning) -> AnyView {
    let watching = learning.watching.clone();
    (move || {
        if watching.with(Option::is_some) {
            running(page)
        } else {
            view! {
                <button type="button" class="button primary lesson-go" data-testid="lesson-run" on:click=move |_| grading::run(page)>"Run it"</button>
            }
        }
    })
    .into_any()
}

/// How far the run is, and the way to its end.
pub fn running(page: Page) -> AnyView {
    let progress = move || grading::progress(page).clamp(0.0, 1.0);
    let now = move || Decimal::up_to(progress() * 100.0, 0).to_string();
    view! {
        <div class="lesson-running">
            <div class="lesson-bar" role="progressbar" aria-label="The run" aria-valuemin="0" aria-valuemax="100" aria-valuenow=now><i style:width=move || percent(progress())></i></div>
            <button type="button" class="button" id="lesson-hurry" data-testid="lesson-hurry" on:click=move |_| grading::hurry(page)>"To the end"</button>
        </div>
    }
}

fn outcome(page: Page, open: &Rc<Open>, learning: &Learning) -> AnyView {
    let (graded, mixed) = (learning.graded.clone(), learning.mixed.clone());
    let open = open.clone();
    (move || {
        if mixed.get() {
            return Some(unfinished());
        }
        let graded = graded.get()?;
        Some(verdict(page, &open, &graded))
    })
    .into_any()
}

/// That the last run was of no one design.
pub fn unfinished() -> AnyView {
    view! { <p class="lesson-verdict off" id="lesson-outcome" tabindex="-1" data-testid="lesson-verdict">{grading::MIXED}</p> }
}

fn verdict(page: Page, open: &Rc<Open>, graded: &Rc<Graded>) -> AnyView {
    if !graded.altered.is_empty() {
        let task = open.clone();
        let restore = move |_| {
            let mended =
                page.read(|drawn| put_back(&task.lesson().task, &task.task.scenario, drawn));
            draw(page, "Put back what the task gives", mended);
            dom::focus_if_lost("lesson-outcome");
        };
        return view! {
            <div class="lesson-verdict off" id="lesson-outcome" tabindex="-1" data-testid="lesson-verdict">
                <b>"Not graded: the task itself was changed."</b>
                <ul>{graded.altered.iter().map(|altered| view! { <li>{altered.what.clone()}</li> }).collect_view()}</ul>
                <button type="button" class="button" data-testid="lesson-put-back" on:click=restore>"Put that back"</button>
            </div>
        };
    }
    // It alone changes with the drawing: who reads the verdict keeps the keyboard there.
    let old = {
        let graded = graded.clone();
        move || {
            page.steps.track();
            let is_old = page.read(|drawn| differs(drawn, &graded.drawn));
            is_old.then_some(" That was before your last change.")
        }
    };
    if !graded.passed() {
        let rows = &graded.grade.objectives;
        let missed = match (rows.iter().filter(|row| !row.met).count(), rows.len()) {
            (_, 1) => " The run misses its objective.".to_owned(),
            (missed, all) => format!(" The run misses {missed} of {all} objectives."),
        };
        return view! {
            <p class="lesson-verdict off" id="lesson-outcome" tabindex="-1" data-testid="lesson-verdict"><b>"Not yet."</b>{missed}{old}
                {cause(open, graded).map(|cause| view! { <span class="lesson-cause" data-testid="lesson-cause">{cause}</span> })}
            </p>
        };
    }
    let next = open
        .next()
        .map(|next| (next.name.clone(), next.title.clone()));
    view! {
        <div class="lesson-verdict right" id="lesson-outcome" tabindex="-1" data-testid="lesson-verdict">
            <p><b>"Done."</b>" The run keeps every objective."{old}</p>
            {next.map(|(name, title)| view! {
                <button type="button" class="button primary" data-testid="lesson-next" on:click=move |_| open_lesson(page, &name, None)>{format!("Next: {title}")}</button>
            })}
        </div>
    }
}

/// What drew the requests that weren't answered, where that is missed and the design says it.
fn cause(open: &Open, graded: &Graded) -> Option<String> {
    let missed = graded.grade.objectives.iter().any(|row| {
        !row.met
            && matches!(
                row.objective.figure.measure,
                Measure::Success | Measure::Goodput
            )
    });
    let seconds = open.task.scenario.run.duration_seconds;
    let begins = |fault: &&Fault| seconds.is_none_or(|seconds| fault.start_seconds < seconds);
    let mut faults = graded.drawn.faults.iter().filter(begins);
    (faults.find_map(|fault| drawn_to_the_dead(&graded.drawn, fault))).filter(|_| missed)
}

/// What a step began with and what is drawn now, once that isn't the same.
pub fn changed(page: Page, open: &Rc<Open>, step: Step) -> AnyView {
    let given = open.clone();
    let is_changed = Memo::new(move |_| {
        page.steps.track();
        page.read(|drawn| differs(drawn, &given.design(step).scenario))
    });
    let open = open.clone();
    (move || is_changed.get().then(|| comparison(page, &open, step))).into_any()
}

/// What a step began with, and what is drawn now, in every coin.
fn comparison(page: Page, open: &Rc<Open>, step: Step) -> AnyView {
    let (first, priced) = (open.clone(), open.clone());
    let figures = move || {
        page.answer.with(|answer| {
            let answer = answer.as_ref()?;
            let rows = page.read(|scenario| {
                let now = Known {
                    scenario,
                    report: &answer.report,
                    seen: None,
                };
                beside(&first.design(step).known(None), &now)
            });
            let serves = serves(&answer.report);
            let rows = rows.into_iter().map(|row| gained(row, serves));
            Some(rows.map(compared).collect_view())
        })
    };
    // Money stands above already.
    let coins = move || {
        let serves = page.answer.with(|answer| {
            let answer = answer.as_ref();
            answer.is_some_and(|answer| serves(&answer.report))
        });
        page.price.with(|now| {
            let rows = coins_beside(priced.design(step).price(), now.as_ref()?, serves);
            Some(rows.into_iter().map(compared).collect_view())
        })
    };
    view! {
        <table class="lesson-beside" data-testid="lesson-beside">
            <caption>"What theory says of a steady load, when nothing fails; what failures and leaks cost is by their rates."</caption>
            <thead><tr><th><span class="unseen">"Figure"</span></th><th scope="col">"At first"</th><th scope="col">"Now"</th></tr></thead>
            <tbody>{figures}</tbody>
            <tbody>{coins}</tbody>
        </table>
    }
}

fn compared(row: Row) -> AnyView {
    let (mark, says) = match row.better {
        None => ("", ""),
        Some(true) => ("▲", "better"),
        Some(false) => ("▼", "worse"),
    };
    view! {
        <tr class:better=row.better == Some(true) class:worse=row.better == Some(false)>
            <th scope="row">{row.label}</th>
            <td>{unbroken(&row.before)}</td>
            <td>{unbroken(&row.after)}<i title=says aria-hidden="true">{mark}</i><span class="unseen">{says}</span></td>
        </tr>
    }
}

fn hints(page: Page, open: &Rc<Open>, learning: &Learning) -> AnyView {
    let (open, learning) = (open.clone(), learning.clone());
    // Whatever else is noted leaves the buttons where they are.
    let asked_for = Memo::new({
        let learning = learning.clone();
        move |_| learning.record().hints.min(3)
    });
    (move || {
        let read = asked_for.get();
        let shown = open.lesson().hints.iter().take(read).map(|hint| {
            view! { <li>{text(&open, hint, &open.speaks(Step::Task, None))}</li> }
        });
        let more = match read {
            0 => Some("A hint"),
            1 => Some("Another hint"),
            2 => Some("The answer"),
            _ => None,
        };
        let ask = {
            let learning = learning.clone();
            move |_| {
                learning.note(page, |record| record.hints += 1);
                page.announcement
                    .set(format!("Hint {} of 3 stands above.", read + 1));
                dom::focus_if_lost(if read < 2 { "lesson-hint" } else { "lesson-answer" });
            }
        };
        let answer = {
            let open = open.clone();
            move |_| {
                let ways = &open.lesson().ways;
                if let Some(way) = ways.iter().find(|way| way.passes) {
                    try_way(page, &open, way);
                }
            }
        };
        view! {
            <section class="lesson-hints">
                <ol>{shown.collect_view()}</ol>
                {more.map(|label| view! { <button type="button" class="link" id="lesson-hint" data-testid="lesson-hint" on:click=ask>{label}</button> })}
                {(read >= 3).then(|| view! { <button type="button" class="link" id="lesson-answer" data-testid="lesson-answer" on:click=answer>"Draw it for me"</button> })}
            </section>
        }
    })
    .into_any()
}

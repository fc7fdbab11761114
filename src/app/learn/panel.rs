//! The lesson beside the drawing, step by step.

use super::super::dialog::{Dialog, tell};
use super::super::icons::icon;
use super::super::page::Page;
use super::super::share;
use super::super::ui::prelude::*;
use super::grading;
use super::guess::{QUESTION, curve, guess};
use super::state::{Learning, Open, awaits_bet, go, learning, leave, link, place_bet, start};
use super::task::{changed, running, task, unfinished};
use super::ways::set_abreast;
use super::words::text;
use crate::display::lesson::{Step, called};
use loadscape_sim::lesson::{Bet, Closeness, Fact, Seen, fact};
use loadscape_sim::quantities::whole;
use loadscape_sim::share::LONGEST_LINK;
use std::rc::Rc;
use web_sys::KeyboardEvent;

/// The panel; nothing while no lesson is open.
pub fn panel(page: Page) -> AnyView {
    grading::watch(page);
    start(page);
    let learning = learning();
    let opened = learning.open.clone();
    (move || {
        let open = opened.get()?;
        Some(lesson(page, &open, &learning))
    })
    .into_any()
}

fn lesson(page: Page, open: &Rc<Open>, learning: &Learning) -> AnyView {
    let own = open.lesson();
    let title = own.title.clone();
    let row = match own.row.strip_prefix("stage") {
        Some(stage) => format!("Stage{stage}"),
        None => format!("Lesson {}", own.row),
    };
    let step = {
        let learning = learning.clone();
        Memo::new(move |_| learning.record().step)
    };
    let folded = page.lesson_folded;
    let copy = {
        let learning = learning.clone();
        move |_| copy_link(page, &learning)
    };
    let steps = Step::ALL.map(|own| {
        view! {
            <li>
                <button type="button" class="lesson-step" class:current=move || step.get() == own aria-current=move || (step.get() == own).then_some("step") data-testid=format!("lesson-step-{}", own.name()) on:click=move |_| if step.get_untracked() != own { go(page, own) }>{own.label()}</button>
            </li>
        }
    });
    let (abreast, narrow) = (learning.abreast.clone(), learning.abreast.clone());
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" && narrow.get_untracked() {
            event.stop_propagation();
            set_abreast(false);
        }
    };
    let body = {
        let (open, learning) = (open.clone(), learning.clone());
        move || match step.get() {
            Step::Bet => bet(page, &open, &learning),
            Step::Reveal => reveal(page, open.clone(), &learning),
            Step::Task => task(page, open.clone()),
        }
    };
    view! {
        <aside class="lesson" class:folded=move || folded.get() class:abreast=move || abreast.get() on:keydown=escape aria-label=format!("Lesson: {title}") id="lesson" tabindex="-1" data-testid="lesson">
            <div class="lesson-tabs" role="group" aria-label="What stands here">
                <button type="button" aria-pressed=move || (!folded.get()).to_string() data-testid="lesson-tab" on:click=move |_| folded.set(false)>"Lesson"</button>
                <button type="button" aria-pressed=move || folded.get().to_string() data-testid="lesson-parts" on:click=move |_| folded.set(true)>"Parts"</button>
                <span class="grow"></span>
                <button type="button" class="icon-button" aria-label="All lessons" title="All lessons" data-testid="lesson-all" on:click=move |_| page.dialog.set(Some(Dialog::Lessons))>{icon("stages")}</button>
                <button type="button" class="icon-button" aria-label="Copy a link to this step" title="Copy a link to this step" data-testid="lesson-link" on:click=copy>{icon("link")}</button>
                <button type="button" class="icon-button" aria-label="Leave the lesson" title="Leave the lesson; the drawing stays" data-testid="lesson-leave" on:click=move |_| leave(page)>{icon("close")}</button>
            </div>
            <div class="lesson-body scrolls">
                <p class="lesson-row-name">{row}</p>
                <h2>{title}</h2>
                <ol class="lesson-steps">{steps}</ol>
                {body}
            </div>
        </aside>
    }
}

fn bet(page: Page, open: &Rc<Open>, learning: &Learning) -> AnyView {
    let own = open.lesson();
    let speaks = open.speaks(Step::Bet, None);
    let learning = learning.clone();
    // Where the means to bet stand at first is nobody's bet.
    let lacks = move || learning.record().bet.is_none();
    let says = {
        let lacks = lacks.clone();
        move || match lacks() {
            true => "Place your bet first",
            false => "Place the bet and run",
        }
    };
    // Whoever has solved the lesson before otherwise sees somebody else's design.
    let begins = open.shelf.begins_with(own).map(|(before, way)| {
        let words = format!(
            "It begins with “{}”, one solution of “{}”. Where one of your own fits what happens here, you can go on with that at the task.",
            way.title, before.title
        );
        view! { <p class="mute" data-testid="lesson-begins">{words}</p> }
    });
    // What a change does isn't shown before the bet is placed.
    let (changing, may_see) = (open.clone(), Memo::new(|_| !awaits_bet()));
    view! {
        {text(open, &own.situation, &speaks)}
        {begins}
        <div class="lesson-question" id=QUESTION>{text(open, &own.prediction.question, &speaks)}</div>
        {guess(page, open)}
        <button type="button" class="button primary lesson-go" data-testid="lesson-bet" disabled=lacks on:click=move |_| place_bet(page)>{says}</button>
        {move || may_see.get().then(|| changed(page, &changing, Step::Bet))}
    }
}

fn reveal(page: Page, open: Rc<Open>, learning: &Learning) -> AnyView {
    let learning = learning.clone();
    let says = Some(open.lesson().event.says.as_str()).filter(|says| !says.is_empty());
    let says = says.map(|says| {
        let says = text(&open, &format!("{says}."), &open.speaks(Step::Reveal, None));
        view! { <div class="lesson-event">{says}</div> }
    });
    let beside = changed(page, &open, Step::Reveal);
    let contents = move || {
        if learning.watching.with(Option::is_some) {
            return running(page);
        }
        match learning.seen.get() {
            Some(seen) => revealed(page, &open, learning.record().bet, &seen),
            None => view! {
                {learning.mixed.get().then(unfinished)}
                {(!learning.record_now().placed).then(|| view! {
                    <p class="mute">"Nothing is bet on it yet. "<button type="button" class="link" data-testid="lesson-bet-first" on:click=move |_| go(page, Step::Bet)>"Bet first"</button>", or see what becomes of it."</p>
                })}
                <button type="button" class="button primary lesson-go" data-testid="lesson-run" on:click=move |_| grading::run(page)>"Run it"</button>
            },
        }
    };
    view! {
        {says}
        {contents}
        {beside}
    }
}

fn revealed(page: Page, open: &Rc<Open>, bet: Option<Bet>, seen: &Rc<Seen>) -> AnyView {
    let own = open.lesson();
    let guess = &own.prediction.guess;
    let known = open.event.known(Some(seen));
    let fact = fact(guess, &known);
    let verdict = open.judged(bet.as_ref(), seen).map(|(closeness, words)| {
        let (class, mark) = match closeness {
            Closeness::Right => ("right", "✓"),
            Closeness::Near => ("near", "≈"),
            Closeness::Off => ("off", "✗"),
        };
        let title = format!("{mark} {}.", called(closeness));
        view! { <p class=format!("lesson-verdict {class}") id="lesson-outcome" tabindex="-1" data-testid="lesson-judged"><b>{title}</b>{format!(" {words}")}</p> }
    });
    let plot = match (&bet, &fact) {
        (Some(bet @ Bet::Curve(_)), Some(Fact::Curve(_))) => Some(curve(
            open,
            ArcRwSignal::new(Some(bet.clone())),
            fact.clone(),
            None,
        )),
        _ => None,
    };
    view! {
        {verdict}
        {plot}
        {text(open, &own.reveal, &open.speaks(Step::Reveal, Some(seen)))}
        <button type="button" class="button primary lesson-go" data-testid="lesson-on" on:click=move |_| go(page, Step::Task)>"Now mend it"</button>
    }
}

fn copy_link(page: Page, learning: &Learning) {
    let Some(link) = link(learning) else {
        return;
    };
    let fragment = link
        .split_once('#')
        .map_or(0, |(_, fragment)| fragment.len());
    if fragment > LONGEST_LINK {
        let (length, most) = (whole(fragment as f64), whole(LONGEST_LINK as f64));
        let too_long = format!(
            "The link would have {length} characters; address bars and messengers cut links above about {most}. Send the lesson's file instead."
        );
        return tell(page, too_long, true);
    }
    share::copy(page, link, "Link to this step copied.", || {});
}

//! The run of the event simulation on the screen: its controls, and what the drawing shows of it. What happens in it is the worker's affair.

mod bar;
mod covered;
mod drawn;
mod flow;
mod incidents;
mod plots;
mod ran;
mod theory;
mod thread;
mod timeline;
mod trial;
mod troubles;
mod verdict;
mod waterfall;

use super::canvas::FEW;
use super::dialog;
use super::dom;
use super::later;
use super::learn;
use super::page::{Page, lock};
use super::solve;
use super::sync::set_if_new;
use super::ui::prelude::*;
use crate::display::run::{Joining, seen, state_of, usual_pace};
use crate::editor::geometry::{inflated, link_curve, node_rectangle, overlap};
use crate::editor::{Detail, Editor};
use loadscape_player::{Frame, Opening, Order, Pace, Question, State, Telling};
use loadscape_sim::des::ComponentPicture;
use loadscape_sim::report::ComponentState;
use loadscape_sim::scenario::{ComponentId, LinkId, Rectangle};
use loadscape_sim::share;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use thread::Thread;

pub use bar::{bar, place};
pub use covered::covered;
pub use flow::{layer as flow, place as flow_place};
pub use incidents::{dialog as incidents, entries as incident_entries, try_it as try_incident};
pub use ran::{counts, looking, run_of, shows, shows_now};
pub use timeline::{add_fault, remove_fault, set_fault};
pub use trial::{trial, trial_while};

/// How long the document has to stay as it is before the run goes on with it, milliseconds.
const QUIET_MS: u32 = 60;
/// A worker that stops working within this time of its start isn't started again, milliseconds.
const HOPELESS_MS: f64 = 4_000.0;
/// From one look after the worker to the next, milliseconds.
const LOOK_MS: u32 = 2_000;
/// A worker that hasn't said anything from one look to the next, so many times in a row, has stopped working. Clocks alone don't show that:
/// a page that stood still itself, or slept, finds what it was told only afterwards.
const SILENT_LOOKS: u32 = 4;
const UNREACHABLE: &str = "The event simulation could not be fetched. Check the connection, then press play again: your drawing is untouched.";

/// What can be done with the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Control {
    /// Plays, or pauses what plays.
    Toggle,
    /// Lets the next thing happen.
    Step,
    /// Begins again with the same seed.
    Restart,
    /// Sets the pace.
    Pace(Pace),
    /// Plays to the end of the run as fast as it goes; from there on the pace is what it was.
    ToTheEnd,
    /// Sets the pace of this run alone.
    PaceOnce(Pace),
    /// Shows a moment of the past, or the present.
    Look(Option<f64>),
    /// Tells whose course is shown.
    Watch,
    /// Shows a span of the run in the plots, or all of it.
    Span(Option<(f64, f64)>),
    /// Looks for the slowest requests of a span, or closes them again.
    Slowest(Option<Question>),
    /// The document has changed.
    Change,
    /// Ends it: the drawing shows the steady state again.
    End,
}

struct Live {
    thread: Thread,
    /// Tells this run's frames from those of the one before.
    number: u32,
    begun_ms: f64,
    /// Whether the worker has ever said anything.
    listens: bool,
    /// Whether it has been told something since it last said anything: whatever it is told, it answers.
    asked: Cell<bool>,
    /// Whether it was told to play, or to pause, and hasn't shown that it does.
    told: Cell<Option<bool>>,
    /// Whether it has since somebody looked last, and how many looks ago it did.
    heard: bool,
    silent_looks: u32,
    change_planned: bool,
}

thread_local! {
    static LIVE: RefCell<Option<Live>> = const { RefCell::new(None) };
    static NUMBER: Cell<u32> = const { Cell::new(0) };
    // Tells one worker from the one before.
    static WORKER: Cell<u32> = const { Cell::new(0) };
    // Whether somebody has said how fast time goes; until then the run's length decides.
    static PACE_CHOSEN: Cell<bool> = const { Cell::new(false) };
    // The pace to which a run to the end returns; `None` while no run hurries there.
    static PACE_AFTERWARDS: Cell<Option<Pace>> = const { Cell::new(None) };
    /// Counts the frames that were shown.
    static TURN: Cell<usize> = const { Cell::new(0) };
}

/// The run's page of the results.
pub fn contents(page: Page) -> AnyView {
    view! { <div class="run-whole">{ran::note(page)}{timeline::strip(page)}{plots::page(page)}</div> }.into_any()
}

/// Does something with the run.
pub fn control(page: Page, control: Control) {
    let runs = page.run.open.get_untracked();
    match control {
        Control::Toggle => {
            page.run.question.set(None);
            page.run.slowest.set(None);
            let playing = state(page) == Some(State::Playing);
            if playing {
                calm_down(page);
            }
            if !runs && !open(page) {
                return;
            }
            send(&if playing { Order::Pause } else { Order::Play });
            let said = if playing { "Paused." } else { "Playing." };
            page.announcement.set(said.to_owned());
        }
        Control::Step => {
            calm_down(page);
            if runs || open(page) {
                send(&Order::Step);
            }
        }
        Control::Restart => {
            calm_down(page);
            if runs {
                begin(page);
                send(&Order::Play);
            } else if open(page) {
                send(&Order::Play);
            }
        }
        Control::Pace(pace) => {
            PACE_CHOSEN.set(true);
            PACE_AFTERWARDS.set(None);
            page.run.pace.set(pace);
            send(&Order::Pace(pace));
            // Who says how fast time goes means that.
            send(&Order::Linger(false));
        }
        Control::ToTheEnd => {
            if runs || open(page) {
                PACE_AFTERWARDS.set(Some(page.run.pace.get_untracked()));
                page.run.pace.set(Pace::Fastest);
                send(&Order::Pace(Pace::Fastest));
                if state(page) != Some(State::Playing) {
                    send(&Order::Play);
                }
            }
        }
        Control::PaceOnce(pace) => {
            page.run.pace.set(pace);
            send(&Order::Pace(pace));
        }
        Control::Look(moment) => {
            calm_down(page);
            if moment.is_some() && state(page) == Some(State::Playing) {
                send(&Order::Pause);
            }
            let at = page
                .run
                .frame
                .with_untracked(|frame| frame.as_ref().map_or(0.0, |frame| frame.at));
            // What is still to come can't be looked at.
            send(&Order::Look(moment.filter(|moment| *moment < at)));
        }
        Control::Watch => send(&Order::Watch(watched(page))),
        Control::Span(span) => {
            page.run.choice.update(|choice| choice.span = span);
            send(&Order::Span(span));
        }
        Control::Slowest(question) => {
            if question.is_some() && state(page) == Some(State::Playing) {
                send(&Order::Pause);
            }
            page.run.slowest.set(None);
            page.run.question.set(question);
            send(&Order::Slowest(question));
        }
        Control::Change => plan_change(page),
        Control::End => end(page),
    }
}

/// A run that hurries to its end no longer does: it goes on at the pace that was chosen before.
fn calm_down(page: Page) {
    if let Some(pace) = PACE_AFTERWARDS.take() {
        page.run.pace.set(pace);
        send(&Order::Pace(pace));
    }
}

/// The document has changed: what runs goes on with it.
pub fn changed(page: Page) {
    if page.run.open.get_untracked() {
        later::with(page, move |later| (later.run)(page, Control::Change));
    }
}

/// Another document takes this one's place: what runs has nothing to go on with.
pub fn end_before_another(page: Page) {
    if page.run.open.get_untracked() {
        later::with(page, move |later| (later.run)(page, Control::End));
    }
}

fn state(page: Page) -> Option<State> {
    page.run
        .frame
        .with_untracked(|frame| frame.as_ref().map(|frame| frame.state))
}

fn send(order: &Order) {
    LIVE.with_borrow(|live| {
        if let Some(live) = live {
            live.asked
                .set(live.asked.get() || !matches!(order, Order::Shown));
            match order {
                Order::Play => live.told.set(Some(true)),
                Order::Pause | Order::Step => live.told.set(Some(false)),
                _ => {}
            }
            live.thread.send(order);
        }
    });
}

/// Starts the worker and a run in it; says why when it can't, or when a lesson waits for a bet on what comes out.
fn open(page: Page) -> bool {
    if learn::awaits_bet_now() {
        dialog::tell(page, "Place your bet first.", false);
        return false;
    }
    let heard = move |telling| hear(page, telling);
    let stopped = move || restart_after_a_crash(page);
    let thread = match Thread::start(heard, stopped) {
        Ok(thread) => thread,
        Err(why) => {
            dialog::tell(page, why, true);
            return false;
        }
    };
    LIVE.set(Some(Live {
        thread,
        number: 0,
        begun_ms: dom::now_ms(),
        listens: false,
        asked: Cell::new(false),
        told: Cell::new(None),
        heard: false,
        silent_looks: 0,
        change_planned: false,
    }));
    let worker = WORKER.get().wrapping_add(1);
    WORKER.set(worker);
    page.run.open.set(true);
    mark_page(true);
    begin(page);
    dom::later(LOOK_MS, move || look_after_it(page, worker));
    true
}

/// Begins a run of the document as it is.
fn begin(page: Page) {
    learn::take_aim(page);
    let number = NUMBER.get().wrapping_add(1);
    NUMBER.set(number);
    LIVE.with_borrow_mut(|live| {
        if let Some(live) = live {
            live.number = number;
        }
    });
    forget(page);
    mark_page(true);
    page.run.changes.set(0);
    let instances = solve::answer(page).map_or_else(Vec::new, |answer| {
        page.read(|scenario| answer.first_instances(scenario))
    });
    send(&Order::Open(Opening {
        run: number,
        document: page.read(share::encode),
        instances,
    }));
    if !PACE_CHOSEN.get() {
        let length = page.read(|scenario| scenario.run.duration_seconds);
        page.run.pace.set(usual_pace(length));
    }
    send(&Order::Pace(page.run.pace.get_untracked()));
    // A lesson shows what it breaks.
    send(&Order::Linger(page.learns.get_untracked()));
    send(&Order::Watch(watched(page)));
}

/// Whose course is shown: of whom the plots are.
fn watched(page: Page) -> Vec<ComponentId> {
    plots::subjects(page)
}

fn end(page: Page) {
    LIVE.set(None);
    page.run.open.set(false);
    mark_page(false);
    forget(page);
    page.announcement
        .set("The run has ended. The drawing shows the steady state.".to_owned());
    solve::request(page);
}

/// Tells the style sheets whether the drawing shows a run or the steady state.
fn mark_page(runs: bool) {
    if let Some(root) = dom::document().document_element() {
        // Only a name that is none is refused.
        let _ = root.class_list().toggle_with_force("runs", runs);
    }
}

/// Nothing is seen of a run.
fn forget(page: Page) {
    page.run.choice.update(|choice| choice.span = None);
    page.run.question.set(None);
    page.run.slowest.set(None);
    page.run.frame.set(None);
    ran::note_frame(None);
    page.run.course.set(None);
    page.run.estimates.set(None);
}

fn plan_change(page: Page) {
    let planned = LIVE.with_borrow_mut(|live| {
        live.as_mut()
            .is_none_or(|live| std::mem::replace(&mut live.change_planned, true))
    });
    if planned {
        return;
    }
    dom::later(QUIET_MS, move || {
        let there = LIVE.with_borrow_mut(|live| {
            live.as_mut()
                .map(|live| live.change_planned = false)
                .is_some()
        });
        if there {
            send(&Order::Change {
                document: page.read(share::encode),
            });
            page.run.changes.update(|changes| *changes += 1);
        }
    });
}

fn hear(page: Page, telling: Telling) {
    let number = LIVE.with_borrow_mut(|live| {
        live.as_mut().map(|live| {
            (live.listens, live.heard) = (true, true);
            live.asked.set(false);
            live.number
        })
    });
    let Some(number) = number else {
        return;
    };
    match telling {
        Telling::Ready => {}
        Telling::Frame(frame) => {
            if frame.run == number {
                note_obeyed(frame.state == State::Playing);
                // Drawn before the next frame of the screen; a page that nobody sees asks for no more.
                dom::next_frame(move || {
                    // Another run may have begun meanwhile.
                    let number = LIVE.with_borrow(|live| live.as_ref().map(|live| live.number));
                    if page.run.open.get_untracked() && number == Some(frame.run) {
                        if frame.state == State::Ended {
                            calm_down(page);
                        }
                        let showed = shows_now(page);
                        ran::note_frame(Some(&frame));
                        let shows = shows_now(page);
                        if shows {
                            show(page, &frame);
                        }
                        page.run.frame.set(Some(Arc::from(frame)));
                        if shows != showed {
                            mark_page(shows);
                            solve::request(page);
                        }
                    }
                    send(&Order::Shown);
                });
            } else {
                send(&Order::Shown);
            }
        }
        Telling::Course(course) if course.run == number => {
            page.run.course.set(Some(Arc::from(course)));
        }
        Telling::Estimates(estimates) if estimates.run == number => {
            page.run.estimates.set(Some(Arc::from(estimates)));
            timeline::replay_what_came_late(page);
        }
        Telling::Slowest(slowest) if slowest.run == number => {
            page.run.slowest.set(Some(Arc::from(slowest)));
        }
        Telling::Course(_) | Telling::Estimates(_) | Telling::Slowest(_) => {}
        Telling::Refused(why) => dialog::tell(page, why, true),
    }
}

/// The run plays, or it doesn't: where it was told so, it has heard that.
fn note_obeyed(plays: bool) {
    LIVE.with_borrow(|live| {
        let obeyed = |live: &&Live| live.told.get() == Some(plays);
        if let Some(live) = live.as_ref().filter(obeyed) {
            live.told.set(None);
        }
    });
}

/// Which parts of a large drawing are brought up to date with a frame while something is played.
struct Sight {
    /// What is in sight, in drawing units; `None` brings everything up to date.
    region: Option<Rectangle>,
    /// One in so many frames is enough for what is in sight.
    often: usize,
    /// Whether no figure can be read from here: then colours and widths are brought up to date, and the words for who listens now and then.
    skims: bool,
}

impl Sight {
    /// What is out of sight has a turn every second or so.
    const SELDOM: usize = 10;
    /// From afar everything is in sight, and painting all of it is what takes long: it is done twice a second and not ten times.
    const AFAR: usize = 5;
    /// Words that nobody can read have a turn every few seconds.
    const WORDS: usize = 8 * Self::AFAR;

    fn of(editor: &Editor, plays: bool) -> Self {
        let large = editor.scenario().components.len() > FEW;
        let viewport = editor.viewport();
        let region = (plays && large).then(|| viewport.visible(editor.canvas()));
        let often = match viewport.detail() {
            Detail::Full => 1,
            Detail::Small => 4,
            Detail::Far => 1,
        };
        Sight {
            region,
            often,
            skims: region.is_some() && viewport.detail() == Detail::Far,
        }
    }

    /// Whether what the eye sees of it is enough this time.
    fn skims(&self, place: usize, turn: usize) -> bool {
        self.skims && !(place + turn / Self::AFAR).is_multiple_of(Self::WORDS / Self::AFAR)
    }

    fn is_due(&self, bounds: Rectangle, place: usize, turn: usize) -> bool {
        let Some(region) = self.region else {
            return true;
        };
        if self.skims {
            return turn.is_multiple_of(Self::AFAR);
        }
        let often = if overlap(bounds, region) {
            self.often
        } else {
            Self::SELDOM
        };
        (place + turn).is_multiple_of(often)
    }
}

/// Puts what is seen onto the drawing.
fn show(page: Page, frame: &Frame) {
    let picture = &frame.picture;
    let seconds = picture.seconds;
    let parts: BTreeMap<ComponentId, &ComponentPicture> = (picture.components.iter())
        .map(|part| (part.component, part))
        .collect();
    let mut calls: BTreeMap<LinkId, f64> = BTreeMap::new();
    for link in &picture.links {
        *calls.entry(link.link).or_default() += link.calls;
    }
    // What to set is gathered first: setting a signal wakes views, and views read the editor.
    let mut loads = Vec::new();
    let mut flows = Vec::new();
    let turn = TURN.get();
    TURN.set(turn.wrapping_add(1));
    {
        let editor = page.editor();
        let nodes = lock(&page.nodes);
        let sight = Sight::of(&editor, frame.state == State::Playing);
        for (place, component) in editor.scenario().components.iter().enumerate() {
            if !sight.is_due(node_rectangle(component.position), place, turn) {
                continue;
            }
            if let Some(signals) = nodes.get(&component.id) {
                let part = parts.get(&component.id).copied();
                let same = || {
                    let state = Some(part.map_or(ComponentState::Idle, state_of));
                    signals.load.with_untracked(|before| before.state == state)
                };
                if sight.skims(place, turn) && same() {
                    continue;
                }
                let joining = Joining::of(frame, component.id);
                loads.push((
                    signals.load.clone(),
                    seen(component, part, joining, seconds),
                ));
            }
        }
        let links = lock(&page.links);
        for (place, link) in editor.scenario().links.iter().enumerate() {
            let ends = editor.component(link.from).zip(editor.component(link.to));
            let is_due = ends.is_none_or(|(from, to)| {
                let bounds = link_curve(from.position, to.position).bounds();
                sight.is_due(inflated(bounds, 1.0), place, turn)
            });
            if !is_due {
                continue;
            }
            if let Some(signals) = links.get(&link.id) {
                let before = signals.flow.get_untracked();
                let rate = match calls.get(&link.id) {
                    Some(calls) if seconds > 0.0 => calls / seconds,
                    _ => 0.0,
                };
                let same = solve::width(rate) == before.width && before.idle == (rate <= 0.0);
                if sight.skims(place, turn) && same {
                    continue;
                }
                let flow = solve::flow(rate, before.asynchronous, before.hot);
                flows.push((signals.flow.clone(), flow));
            }
        }
    }
    for (signal, load) in loads {
        set_if_new(&signal, load);
    }
    for (signal, flow) in flows {
        set_if_new(&signal, flow);
    }
}

/// The worker has stopped working. Nothing of the drawing was in it alone: a new one begins the same run again.
fn restart_after_a_crash(page: Page) {
    let (listened, hopeless) = LIVE.with_borrow(|live| {
        live.as_ref().map_or((true, true), |live| {
            let lasted = dom::now_ms() - live.begun_ms;
            (live.listens, !live.listens || lasted < HOPELESS_MS)
        })
    });
    // What it was told last counts, even if it has only shown by that that it had stopped working long before.
    let told = LIVE.with_borrow(|live| live.as_ref().and_then(|live| live.told.get()));
    let played = told.unwrap_or_else(|| state(page) == Some(State::Playing));
    end(page);
    if hopeless {
        let why = if listened {
            "The run stopped working as soon as it began. Your drawing is untouched; save it as a file and reload the page to try again."
        } else {
            UNREACHABLE
        };
        dialog::tell(page, why, true);
        return;
    }
    dialog::tell(
        page,
        "The run stopped working and has begun again from its start, with the same seed. Your drawing is untouched.",
        true,
    );
    if open(page) && played {
        send(&Order::Play);
    }
}

/// Looks every few seconds whether the worker still says something while it should.
fn look_after_it(page: Page, worker: u32) {
    let seen = !dom::document().hidden();
    let plays = state(page) == Some(State::Playing);
    let silent = LIVE.with_borrow_mut(|live| {
        let live = live.as_mut().filter(|_| WORKER.get() == worker)?;
        // Its program may still be on its way.
        let should_answer = live.listens && live.asked.get();
        // A page that nobody sees draws no frames, and so is told none.
        let heard = std::mem::take(&mut live.heard) || !seen || !(plays || should_answer);
        live.silent_looks = if heard { 0 } else { live.silent_looks + 1 };
        Some(live.silent_looks >= SILENT_LOOKS)
    });
    match silent {
        None => {}
        Some(true) => restart_after_a_crash(page),
        Some(false) => dom::later(LOOK_MS, move || look_after_it(page, worker)),
    }
}

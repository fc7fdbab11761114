//! The page's second thread: carries the page's orders to a [`loadscape_player::Player`] and what it tells back, and gives it time. It knows
//! nothing of drawings or queues.
//!
//! A turn lasts a few hundredths of a second at most, so that an order is never kept waiting for longer.
#![cfg(target_arch = "wasm32")]

use gloo_timers::callback::Timeout;
use loadscape_player::{Order, Player, Telling, pack, unpack};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Longest that a turn lasts, milliseconds.
const TURN_MS: f64 = 24.0;
/// From one turn to the next when all that was due has happened, milliseconds.
const REST_MS: u32 = 8;
/// From one frame to the next, milliseconds.
const FRAME_MS: f64 = 100.0;
/// The same of what takes longer to work out (the course and the estimates, both of the moment of the frame that is told with them), and how many
/// times as long as that takes at least.
const FIGURES_MS: f64 = 500.0;
const TIMES_ITS_COST: f64 = 12.0;

/// Something that is told every now and then.
#[derive(Default)]
struct Regular {
    due: f64,
}

impl Regular {
    /// Tells it when it is due, and not so often that it takes more than a small share of the time.
    fn tell(&mut self, least_ms: f64, tell: impl FnOnce()) {
        let begun = now_ms();
        if begun >= self.due {
            tell();
            self.due = begun + least_ms.max(TIMES_ITS_COST * (now_ms() - begun));
        }
    }
}

#[derive(Default)]
struct Desk {
    player: Player,
    turn: Option<Timeout>,
    frames: Regular,
    figures: Regular,
    /// The moment of the run that the last estimates are of, while they are still those of its document.
    estimated: Option<f64>,
    /// Whether the page has shown the last frame.
    shown: bool,
    /// Whether something was ordered since the last course was told.
    ordered: bool,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// Listens to the page.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let bytes = js_sys::Uint8Array::new(&event.data()).to_vec();
        DESK.with_borrow_mut(|desk| desk.hear(&bytes));
    });
    scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    tell(&Telling::Ready);
}

impl Desk {
    fn hear(&mut self, bytes: &[u8]) {
        let order = match unpack::<Order>(bytes) {
            Ok(order) => order,
            Err(error) => return tell(&Telling::Refused(error.to_string())),
        };
        let is_answer = matches!(order, Order::Shown);
        let changes = matches!(order, Order::Change { .. });
        if matches!(order, Order::Open(_)) {
            (self.frames, self.figures, self.estimated) = Default::default();
        }
        if is_answer {
            self.shown = true;
        } else {
            if let Err(why) = self.player.order(order) {
                tell(&Telling::Refused(why));
            }
            // What was asked for shows at once.
            (self.shown, self.ordered) = (true, true);
            self.frames.due = 0.0;
            self.figures.due = self.figures.due.min(now_ms() + FRAME_MS);
            if changes {
                // What is said of faults is of those that there are now, also while nothing plays.
                self.estimated = None;
            }
        }
        self.plan(0);
    }

    fn plan(&mut self, after_ms: u32) {
        self.turn = Some(Timeout::new(after_ms, || {
            DESK.with_borrow_mut(Desk::turn);
        }));
    }

    fn turn(&mut self) {
        let begun = now_ms();
        let played = self.player.is_playing();
        let reached = self
            .player
            .advance(begun / 1_000.0, || now_ms() - begun >= TURN_MS);
        if played && !self.player.is_playing() {
            // What the run has come to is told to its end.
            self.figures.due = 0.0;
        }
        if let Some(slowest) = self.player.slowest() {
            tell(&Telling::Slowest(Box::new(slowest)));
        }
        self.tell();
        if self.player.is_busy() {
            self.plan(if reached { REST_MS } else { 0 });
        } else if self.ordered && self.shown {
            self.plan(FRAME_MS as u32);
        } else {
            self.turn = None;
        }
    }

    fn tell(&mut self) {
        if !self.shown {
            return;
        }
        let Desk {
            player,
            shown,
            ordered,
            estimated,
            ..
        } = self;
        // Whatever figures are told together are of one moment.
        if now_ms() >= self.figures.due {
            self.frames.due = 0.0;
        }
        self.frames.tell(FRAME_MS, || {
            if let Some(frame) = player.frame() {
                *shown = false;
                tell(&Telling::Frame(Box::new(frame)));
            }
        });
        self.figures.tell(FIGURES_MS, || {
            *ordered = false;
            if let Some(course) = player.course() {
                tell(&Telling::Course(Box::new(course)));
            }
            let now = player.now();
            if now != *estimated
                && let Some(estimates) = player.estimates()
            {
                *estimated = now;
                tell(&Telling::Estimates(Box::new(estimates)));
            }
        });
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn now_ms() -> f64 {
    scope()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

fn tell(telling: &Telling) {
    let Ok(bytes) = pack(telling) else {
        return;
    };
    let bytes = js_sys::Uint8Array::from(&bytes[..]);
    let moved = js_sys::Array::of1(&bytes.buffer());
    // The page is gone when it can't be told any more.
    let _ = scope().post_message_with_transfer(&bytes, &moved);
}

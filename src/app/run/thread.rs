//! The page's second thread: starts it, sends it orders and hears what it tells. It doesn't know what they mean.

use super::dom;
use loadscape_player::{Order, Telling, pack, unpack};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

/// A worker; it ends when this is dropped.
pub struct Thread {
    worker: Worker,
    /// What was ordered before it listened.
    early: Rc<RefCell<Option<Vec<Vec<u8>>>>>,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _stopped: Closure<dyn FnMut(ErrorEvent)>,
}

const MISSING: &str = "This copy of Loadscape has no event simulation in it. Build it with `cargo xtask build`, which adds it.";
const REFUSED: &str = "This browser refuses to start the event simulation's thread. It needs module workers, which browsers have had since 2023.";

impl Thread {
    /// Starts one. `stopped` is called when it has stopped working; drop it then.
    ///
    /// # Errors
    /// Why there is none, and what to do.
    pub fn start(
        hear: impl Fn(Telling) + 'static,
        stopped: impl Fn() + 'static,
    ) -> Result<Self, &'static str> {
        let address = dom::document()
            .query_selector("meta[name=loadscape-worker]")
            .ok()
            .flatten()
            .and_then(|meta| meta.get_attribute("content"))
            .ok_or(MISSING)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&address, &options).map_err(|_| REFUSED)?;
        let early = Rc::new(RefCell::new(Some(Vec::<Vec<u8>>::new())));
        let heard = {
            let (worker, early) = (worker.clone(), early.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let bytes = js_sys::Uint8Array::new(&event.data()).to_vec();
                let Ok(telling) = unpack::<Telling>(&bytes) else {
                    return;
                };
                if telling == Telling::Ready {
                    for order in early.take().unwrap_or_default() {
                        post(&worker, &order);
                    }
                }
                hear(telling);
            })
        };
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        let stopped = Rc::new(stopped);
        let stopped = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            let stopped = stopped.clone();
            // Afterwards: this closure is dropped with the thread.
            dom::later(0, move || stopped());
        });
        worker.set_onerror(Some(stopped.as_ref().unchecked_ref()));
        Ok(Thread {
            worker,
            early,
            _heard: heard,
            _stopped: stopped,
        })
    }

    /// Sends an order, as soon as the worker listens.
    pub fn send(&self, order: &Order) {
        let Ok(bytes) = pack(order) else {
            return;
        };
        match &mut *self.early.borrow_mut() {
            Some(early) => early.push(bytes),
            None => post(&self.worker, &bytes),
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn post(worker: &Worker, bytes: &[u8]) {
    // A worker that has ended hears nothing; that it has ended is told elsewhere.
    let _ = worker.post_message(&js_sys::Uint8Array::from(bytes));
}

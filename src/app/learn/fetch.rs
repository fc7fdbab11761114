//! Fetches the lessons, once. What is in them is the simulation core's affair.

use super::super::dom;
use super::own;
use loadscape_sim::lesson::{Lesson, Shelf};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// What the page's head calls the address of the lessons.
const ADDRESS: &str = "meta[name=loadscape-lessons]";

thread_local! {
    static SHELF: RefCell<Option<Rc<Shelf>>> = const { RefCell::new(None) };
}

/// Puts a lesson behind those that come with the page, in the place of one of that name.
pub fn put(lesson: Lesson) {
    change(|shelf| {
        let mut lessons = shelf.lessons.iter_mut();
        match lessons.find(|own| own.name == lesson.name) {
            Some(own) => *own = lesson,
            None => shelf.lessons.push(lesson),
        }
    });
}

/// Takes a lesson from the shelf.
pub fn take(name: &str) {
    change(|shelf| shelf.lessons.retain(|own| own.name != name));
}

/// Changes the shelf, where it has been fetched; who reads in it meanwhile goes on with it as it was.
fn change(change: impl FnOnce(&mut Shelf)) {
    SHELF.with_borrow_mut(|shelf| {
        if let Some(shelf) = shelf {
            change(Rc::make_mut(shelf));
        }
    });
}

/// Does something with the lessons, as soon as they are there; says why where they can't be.
pub fn with_shelf(then: impl FnOnce(Result<Rc<Shelf>, String>) + 'static) {
    if let Some(shelf) = SHELF.with_borrow(Clone::clone) {
        return then(Ok(shelf));
    }
    spawn_local(async move {
        let text = text().await;
        // Another may have fetched them as well, and put something there meanwhile.
        if let Some(shelf) = SHELF.with_borrow(Clone::clone) {
            return then(Ok(shelf));
        }
        let shelf = match text {
            Some(text) => Shelf::read(&text)
                .map(|shelf| Rc::new(own::with_own(shelf)))
                .map_err(|why| format!("The lessons and the page don't understand each other ({why}). Reload the page: it may have been updated meanwhile.")),
            None => Err("The lessons could not be fetched. Check the connection, then try again.".to_owned()),
        };
        if let Ok(shelf) = &shelf {
            SHELF.set(Some(shelf.clone()));
        }
        then(shelf);
    });
}

async fn text() -> Option<String> {
    let element = dom::document().query_selector(ADDRESS).ok().flatten()?;
    let address = element.get_attribute("content")?;
    let response = JsFuture::from(dom::window().fetch_with_str(&address))
        .await
        .ok()?;
    let response: web_sys::Response = response.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.text().ok()?)
        .await
        .ok()?
        .as_string()
}

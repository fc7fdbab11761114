//! Small helpers over the browser's objects that more than one view needs.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

/// The window; a page without one doesn't exist.
pub fn window() -> web_sys::Window {
    leptos::prelude::window()
}

/// How wide and high the window is inside, in CSS pixels.
pub fn window_size() -> Option<(f64, f64)> {
    let window = window();
    let width = window.inner_width().ok()?.as_f64()?;
    Some((width, window.inner_height().ok()?.as_f64()?))
}

/// The document.
pub fn document() -> web_sys::Document {
    leptos::prelude::document()
}

/// Milliseconds since the page was opened.
pub fn now_ms() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

/// Takes the focus out of a one-line field when Enter ends it, and back to the drawing when Escape leaves it.
pub fn blur_on_enter(event: KeyboardEvent) {
    let key = event.key();
    if matches!(key.as_str(), "Enter" | "Escape") {
        if key == "Escape" {
            focus("canvas");
        } else if let Some(target) = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlElement>().ok())
        {
            // An element that lost the focus meanwhile has nothing left to lose.
            let _ = target.blur();
        }
        event.stop_propagation();
    }
}

/// Focuses the element with this id, if it is there.
pub fn focus(id: &str) {
    if let Some(element) = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<HtmlElement>().ok())
    {
        // Focus fails only for elements that can't have it; then it stays where it was.
        let _ = element.focus();
    }
}

/// Whether keys typed here belong to a text field, a choice or a slider rather than to the drawing.
pub fn takes_keys(event: &KeyboardEvent) -> bool {
    let Some(element) = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
    else {
        return false;
    };
    match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(
            element.get_attribute("type").as_deref(),
            Some("checkbox" | "radio" | "button")
        ),
        _ => element.has_attribute("contenteditable"),
    }
}

/// Focuses the element with this id once the next frame is there, where whatever had the focus has gone with it.
pub fn focus_if_lost(id: &'static str) {
    next_frame(move || {
        let document = document();
        let body = document.body().map(Element::from);
        if document.has_focus().unwrap_or(true) && document.active_element() == body {
            focus(id);
        }
    });
}

/// Focuses an element now, or when the next frame has brought it. Only where it takes the focus not at once: whoever is faster than
/// the frame has gone on to something else by then.
pub fn focus_soon(id: &'static str) {
    focus(id);
    if document()
        .active_element()
        .is_none_or(|active| active.id() != id)
    {
        next_frame(move || focus(id));
    }
}

/// Runs this before the next frame is drawn.
pub fn next_frame(action: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(action);
}

/// Runs this after so many milliseconds.
pub fn later(milliseconds: u32, action: impl FnOnce() + 'static) {
    gloo_timers::callback::Timeout::new(milliseconds, action).forget();
}

/// Listens on a target for as long as the page lives.
pub fn listen<E: JsCast + 'static>(
    target: &web_sys::EventTarget,
    event: &str,
    mut action: impl FnMut(E) + 'static,
) {
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        if let Ok(event) = event.dyn_into::<E>() {
            action(event);
        }
    });
    // Only a target that isn't one refuses a listener.
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Listens with the right to prevent the browser's own doing (wheel and touch are passive otherwise).
pub fn listen_actively<E: JsCast + 'static>(
    target: &web_sys::EventTarget,
    event: &str,
    mut action: impl FnMut(E) + 'static,
) {
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        if let Ok(event) = event.dyn_into::<E>() {
            action(event);
        }
    });
    let options = web_sys::AddEventListenerOptions::new();
    options.set_passive(false);
    let _ = target.add_event_listener_with_callback_and_add_event_listener_options(
        event,
        closure.as_ref().unchecked_ref(),
        &options,
    );
    closure.forget();
}

/// Lets the user choose a file of these types.
pub fn choose_file(accept: &str, mut then: impl FnMut(web_sys::File) + 'static) {
    let Ok(input) = document().create_element("input") else {
        return;
    };
    let input: HtmlInputElement = input.unchecked_into();
    input.set_type("file");
    input.set_accept(accept);
    let field = input.clone();
    listen(&input, "change", move |_: web_sys::Event| {
        if let Some(file) = field.files().and_then(|files| files.get(0)) {
            then(file);
        }
    });
    input.click();
}

/// Reads a file's text; `None` where the browser can't.
pub fn read_text(file: web_sys::File, then: impl FnOnce(Option<String>) + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        let text = wasm_bindgen_futures::JsFuture::from(file.text()).await;
        then(text.ok().and_then(|text| text.as_string()));
    });
}

/// The keys of a menu that is open, heard on the element that holds it and its button: arrows move along it, Escape closes it.
pub fn menu_keys(event: &KeyboardEvent, open: super::signal::RwSignal<bool>) {
    if !open.get_untracked() {
        return;
    }
    let Some(menu) = event
        .current_target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    let focus = |element: Option<web_sys::Element>| {
        if let Some(element) = element.and_then(|own| own.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    };
    let key = event.key();
    match key.as_str() {
        "Escape" => {
            open.set(false);
            focus(menu.query_selector("button").ok().flatten());
        }
        "ArrowDown" | "ArrowUp" => {
            let here = document()
                .active_element()
                .filter(|own| own.class_list().contains("menu-item"));
            let next = here.as_ref().and_then(|own| {
                if key == "ArrowDown" {
                    own.next_element_sibling()
                } else {
                    own.previous_element_sibling()
                }
            });
            let first = || menu.query_selector(".menu-item").ok().flatten();
            focus(next.or_else(|| here.is_none().then(first).flatten()));
        }
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// Scrolls no further than it takes to see all of this.
pub fn bring_into_view(element: &web_sys::Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

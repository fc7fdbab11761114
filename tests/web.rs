//! The screen in a real browser: what a person sees after opening, placing, changing and sharing.
#![cfg(target_arch = "wasm32")]

use loadscape_sim::builtin::builtin;
use loadscape_sim::{scenario, share};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, HtmlInputElement};

wasm_bindgen_test_configure!(run_in_browser);

fn document() -> web_sys::Document {
    web_sys::window()
        .and_then(|window| window.document())
        .expect("tests run in a page")
}

fn find(name: &str) -> Option<Element> {
    document()
        .query_selector(&format!("[data-testid='{name}']"))
        .ok()
        .flatten()
}

fn get(name: &str) -> HtmlElement {
    find(name)
        .unwrap_or_else(|| panic!("{name} is not on the screen"))
        .unchecked_into()
}

async fn wait(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("tests run in a page");
        window
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
            .expect("a timer");
    });
    JsFuture::from(promise).await.expect("a timer ends");
}

/// Waits until this holds, for at most five seconds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..250 {
        if holds() {
            return;
        }
        wait(20).await;
    }
    panic!("{what} did not happen within five seconds");
}

/// The app with an empty drawing: starts it if it isn't there, and empties what an earlier test drew.
async fn empty_app() {
    if find("app").is_none() {
        loadscape::start();
    }
    until("the app's start", || find("app").is_some()).await;
    if find("invitation").is_none() {
        get("scenarios").click();
        until("the menu", || find("scenario-new").is_some()).await;
        get("scenario-new").click();
        wait(50).await;
        if let Some(replace) = find("question-replace") {
            replace.unchecked_into::<HtmlElement>().click();
        }
    }
    until("the invitation", || find("invitation").is_some()).await;
}

fn nodes() -> u32 {
    document()
        .query_selector_all("[data-testid^='node-']")
        .expect("a selector")
        .length()
}

#[wasm_bindgen_test]
fn a_shared_link_holds_the_same_document_bit_for_bit() {
    for scenario in builtin() {
        let written = scenario::read(scenario.text())
            .scenario
            .expect("built-in scenarios are sound");
        let read = share::decode(&share::encode(&written))
            .expect("a link of our own")
            .scenario
            .expect("a document");
        assert_eq!(read, written, "{}", scenario.name);
    }
}

#[wasm_bindgen_test]
async fn an_empty_drawing_invites_and_takes_a_client() {
    empty_app().await;
    get("drop-client").click();
    until("a node", || nodes() == 1).await;
    assert!(find("invitation").is_none());
    get("undo").click();
    until("the node's end", || nodes() == 0).await;
}

#[wasm_bindgen_test]
async fn a_part_clicked_in_the_palette_is_drawn_and_inspected() {
    empty_app().await;
    get("part-sql_primary").click();
    until("a node", || nodes() == 1).await;
    let name: HtmlInputElement = get("inspector-name").unchecked_into();
    assert_eq!(name.value(), "SQL primary");
    assert!(find("parameter-cores-entry").is_some());
}

#[wasm_bindgen_test]
async fn a_built_in_scenario_opens_with_real_numbers_and_its_bottleneck_marked() {
    empty_app().await;
    get("card-stage-2").click();
    until("the bottleneck", || {
        document()
            .query_selector(".node.bottleneck")
            .ok()
            .flatten()
            .is_some()
    })
    .await;
    let served = get("figure-served").text_content().unwrap_or_default();
    assert!(
        served.ends_with("/s") && !served.starts_with("0 "),
        "{served}"
    );
    assert!(
        get("headline")
            .text_content()
            .unwrap_or_default()
            .contains("ottleneck")
    );
}

#[wasm_bindgen_test]
async fn typing_a_number_changes_the_answer_at_once_and_undo_takes_it_back() {
    empty_app().await;
    get("drop-client").click();
    let before = first_answer().await;
    type_rate("2.5k");
    until("the new answer", || sent() == "2,500 /s").await;
    get("undo").click();
    until("the old answer", || sent() == before).await;
}

fn sent() -> String {
    find("figure-sent")
        .and_then(|figure| figure.text_content())
        .unwrap_or_default()
}

/// What the first client sends before anybody has changed it.
async fn first_answer() -> String {
    until("an answer", || {
        find("parameter-request_rate-entry").is_some() && !matches!(sent().as_str(), "" | "0 /s")
    })
    .await;
    sent()
}

fn type_rate(text: &str) -> HtmlInputElement {
    let entry: HtmlInputElement = get("parameter-request_rate-entry").unchecked_into();
    entry.set_value(text);
    let event = web_sys::Event::new_with_event_init_dict("input", &bubbling()).expect("an event");
    entry.dispatch_event(&event).expect("a listener");
    entry
}

#[wasm_bindgen_test]
async fn nonsense_in_an_entry_says_what_would_be_right_and_changes_nothing() {
    empty_app().await;
    get("drop-client").click();
    let before = first_answer().await;
    let entry = type_rate("plenty");
    until("the complaint", || {
        entry.get_attribute("aria-invalid").as_deref() == Some("true")
    })
    .await;
    assert_eq!(sent(), before);
}

fn bubbling() -> web_sys::EventInit {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    init
}

#[wasm_bindgen_test]
async fn a_damaged_link_says_so_and_leaves_the_work_untouched() {
    empty_app().await;
    get("drop-client").click();
    until("a node", || nodes() == 1).await;
    let location = web_sys::window().expect("a page").location();
    location.set_hash("#AXicbroken").expect("a fragment");
    until("the message", || {
        find("toast")
            .is_some_and(|toast| toast.text_content().unwrap_or_default().contains("damaged"))
    })
    .await;
    assert_eq!(nodes(), 1);
}

#[path = "../sim/tests/events/bits.rs"]
mod bits;

#[wasm_bindgen_test]
fn simulations_have_the_bits_that_they_have_natively() {
    bits::check();
}

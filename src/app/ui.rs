//! Elements and how they follow signals: the little of a view engine that this screen needs, each part written once and not once for every use.
//!
//! Signals, effects and owners are Leptos's. What a closure reads decides when it runs again; what it leaves unchanged is not
//! touched in the page.

use leptos::prelude::{Owner, RenderEffect, on_cleanup};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, Node};

pub use loadscape_markup::view;

/// What a view function gives.
pub type AnyView = View;

/// Something that can stand in the page.
pub enum View {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// An element with all that is in it.
    Element(Element),
    /// One after the other.
    Many(Vec<View>),
    /// Whatever the closure gives, again whenever something that it read has changed.
    Following(Box<dyn FnMut() -> View>),
    /// One view for each key.
    Keyed(Keyed),
}

/// The view at a place of a list.
type Rows = Box<dyn FnMut(usize) -> View>;

/// A list whose views stay while their keys do.
pub struct Keyed {
    /// The keys now, and the views of those that are new: asked for by their place.
    list: Box<dyn FnMut() -> (Vec<u64>, Rows)>,
}

/// Something that becomes a view.
pub trait IntoView {
    /// The view.
    fn into_any(self) -> View;
}

impl IntoView for View {
    fn into_any(self) -> View {
        self
    }
}

impl IntoView for () {
    fn into_any(self) -> View {
        View::Empty
    }
}

impl IntoView for String {
    fn into_any(self) -> View {
        View::Text(self)
    }
}

impl IntoView for &str {
    fn into_any(self) -> View {
        View::Text(self.to_owned())
    }
}

impl IntoView for usize {
    fn into_any(self) -> View {
        View::Text(self.to_string())
    }
}

impl IntoView for Builder {
    fn into_any(self) -> View {
        View::Element(self.0)
    }
}

impl<V: IntoView> IntoView for Option<V> {
    fn into_any(self) -> View {
        self.map_or(View::Empty, IntoView::into_any)
    }
}

impl<V: IntoView> IntoView for Vec<V> {
    fn into_any(self) -> View {
        View::Many(self.into_iter().map(IntoView::into_any).collect())
    }
}

impl<V: IntoView, const N: usize> IntoView for [V; N] {
    fn into_any(self) -> View {
        View::Many(self.into_iter().map(IntoView::into_any).collect())
    }
}

impl<A: IntoView, B: IntoView> IntoView for (A, B) {
    fn into_any(self) -> View {
        View::Many(vec![self.0.into_any(), self.1.into_any()])
    }
}

/// Views from whatever iterates over them.
pub trait CollectView {
    /// All of them as one view.
    fn collect_view(self) -> View;
}

impl<I: IntoIterator<Item = V>, V: IntoView> CollectView for I {
    fn collect_view(self) -> View {
        View::Many(self.into_iter().map(IntoView::into_any).collect())
    }
}

/// A view that follows what the closure reads.
impl<F: FnMut() -> V + 'static, V: IntoView> IntoView for F {
    fn into_any(mut self) -> View {
        View::Following(Box::new(move || self().into_any()))
    }
}

/// A view that is there while the condition holds; it is made anew only when that changes.
pub fn show<V: IntoView>(
    mut when: impl FnMut() -> bool + 'static,
    mut make: impl FnMut() -> V + 'static,
) -> View {
    let holds = super::signal::RwSignal::new(None::<bool>);
    follow(Box::new(move || {
        let now = Some(when());
        if holds.with_untracked(|before| *before != now) {
            holds.set(now);
        }
    }));
    View::Following(Box::new(move || {
        if holds.get() == Some(true) {
            make().into_any()
        } else {
            View::Empty
        }
    }))
}

/// A view for each item; it stays while an item of the same key does.
pub fn each<T: 'static, I: IntoIterator<Item = T>, K: Hash, V: IntoView>(
    mut items: impl FnMut() -> I + 'static,
    key: impl Fn(&T) -> K + 'static,
    make: impl Fn(T) -> V + 'static,
) -> View {
    let make = Rc::new(make);
    View::Keyed(Keyed {
        list: Box::new(move || {
            let mut keys = Vec::new();
            let mut waiting: Vec<Option<T>> = Vec::new();
            for item in items() {
                let mut hasher = DefaultHasher::new();
                key(&item).hash(&mut hasher);
                keys.push(hasher.finish());
                waiting.push(Some(item));
            }
            let make = make.clone();
            (
                keys,
                Box::new(move |place| {
                    waiting
                        .get_mut(place)
                        .and_then(Option::take)
                        .map_or(View::Empty, |item| make(item).into_any())
                }),
            )
        }),
    })
}

/// Runs a closure now and whenever something that it read has changed, for as long as its owner lives.
pub fn follow(mut closure: Box<dyn FnMut()>) {
    let effect = RenderEffect::new(move |_: Option<()>| closure());
    on_cleanup(move || drop(effect));
}

/// Puts a view at the end of a node.
pub fn append(parent: &Node, view: View) {
    insert(view, parent, None);
}

fn document() -> web_sys::Document {
    leptos::prelude::document()
}

// The browser refuses to insert only where the tree would become none; views make trees.
fn place(node: &Node, parent: &Node, before: Option<&Node>) {
    let _ = parent.insert_before(node, before);
}

fn insert(view: View, parent: &Node, before: Option<&Node>) {
    match view {
        View::Empty => {}
        View::Text(text) => place(&document().create_text_node(&text), parent, before),
        View::Element(element) => place(&element, parent, before),
        View::Many(views) => {
            for view in views {
                insert(view, parent, before);
            }
        }
        View::Following(make) => region(make, parent, before),
        View::Keyed(keyed) => list(keyed, parent, before),
    }
}

/// What a region that follows a closure holds at the moment.
enum Content {
    /// Text of its own, in a node that is kept.
    Text(web_sys::Text, String),
    /// Anything else: all nodes between the two marks.
    Nodes,
}

/// A region between two marks that shows what the closure gives. Text that stays text is changed in place.
fn region(mut make: Box<dyn FnMut() -> View>, parent: &Node, before: Option<&Node>) {
    let (start, end) = (mark(), mark());
    place(&start, parent, before);
    place(&end, parent, before);
    let mut content = Content::Nodes;
    follow(Box::new(move || {
        let view = make();
        if let (View::Text(text), Content::Text(node, shown)) = (&view, &mut content) {
            if text != shown {
                node.set_data(text);
                shown.clone_from(text);
            }
            return;
        }
        let Some(parent) = end.parent_node() else {
            return;
        };
        clear_between(&start, &end, &parent);
        content = match view {
            View::Text(text) => {
                let node = document().create_text_node(&text);
                place(&node, &parent, Some(&end));
                Content::Text(node, text)
            }
            view => {
                insert(view, &parent, Some(&end));
                Content::Nodes
            }
        };
    }));
}

fn mark() -> Node {
    document().create_text_node("").into()
}

fn clear_between(start: &Node, end: &Node, parent: &Node) {
    while let Some(next) = start.next_sibling() {
        if next == *end || parent.remove_child(&next).is_err() {
            return;
        }
    }
}

/// The nodes of one item, and the owner of the effects in it.
struct Item {
    owner: Owner,
    nodes: Vec<Node>,
}

fn list(mut keyed: Keyed, parent: &Node, before: Option<&Node>) {
    let end = mark();
    place(&end, parent, before);
    let items: RefCell<HashMap<u64, Item>> = RefCell::default();
    let mut shown: Vec<u64> = Vec::new();
    // Items outlive each run of the effect below: their owners hang on the owner of the list itself.
    let owner = Owner::current().unwrap_or_default();
    follow(Box::new(move || {
        let (keys, mut make) = (keyed.list)();
        if keys == shown {
            return;
        }
        let Some(parent) = end.parent_node() else {
            return;
        };
        let mut items = items.borrow_mut();
        let present: std::collections::HashSet<u64> = keys.iter().copied().collect();
        items.retain(|key, item| {
            let stays = present.contains(key);
            if !stays {
                item.owner.cleanup();
                for node in &item.nodes {
                    let _ = parent.remove_child(node);
                }
            }
            stays
        });
        // From the last to the first, each stands before the one that follows it; most already do.
        let mut next: Node = end.clone();
        for (place_in_list, key) in keys.iter().enumerate().rev() {
            let item = items.entry(*key).or_insert_with(|| {
                let owner = owner.child();
                let fragment: Node = document().create_document_fragment().into();
                owner.with(|| insert(make(place_in_list), &fragment, None));
                let children = fragment.child_nodes();
                let nodes = (0..children.length())
                    .filter_map(|index| children.get(index))
                    .collect();
                Item { owner, nodes }
            });
            for node in item.nodes.iter().rev() {
                if node.next_sibling().as_ref() != Some(&next)
                    || node.parent_node().as_ref() != Some(&parent)
                {
                    place(node, &parent, Some(&next));
                }
                next = node.clone();
            }
        }
        shown = keys;
    }));
}

/// An element being built.
pub struct Builder(Element);

/// An HTML element.
pub fn html(name: &str) -> Builder {
    Builder(
        document()
            .create_element(name)
            .unwrap_or_else(|_| unreachable_element()),
    )
}

/// An SVG element.
pub fn svg(name: &str) -> Builder {
    Builder(
        document()
            .create_element_ns(Some("http://www.w3.org/2000/svg"), name)
            .unwrap_or_else(|_| unreachable_element()),
    )
}

// Names of elements are literals of this screen's markup; the browser knows them all.
fn unreachable_element() -> Element {
    wasm_bindgen::throw_str("markup names an element that the browser refuses")
}

impl Builder {
    /// Adds a child at the end.
    pub fn child(self, child: impl IntoView) -> Self {
        insert(child.into_any(), &self.0, None);
        self
    }

    /// An attribute: fixed, or following what a closure reads.
    pub fn attribute(self, name: &'static str, value: impl IntoAttribute) -> Self {
        match value.into_attribute() {
            Value::Fixed(value) => set_attribute(&self.0, name, value),
            Value::Following(value) => follow_attribute(&self.0, name, value),
        }
        self
    }

    /// A class that it wears or not.
    pub fn class(self, class: &'static str, worn: impl IntoAttribute) -> Self {
        match worn.into_attribute() {
            Value::Fixed(None) => {}
            Value::Fixed(Some(_)) => set_class(&self.0, class, true),
            Value::Following(worn) => follow_class(&self.0, class, worn),
        }
        self
    }

    /// A property of its style. Through the object model: the page's policy forbids style attributes.
    pub fn style(self, property: &'static str, value: impl IntoAttribute) -> Self {
        match value.into_attribute() {
            Value::Fixed(value) => set_style(&self.0, property, &value.unwrap_or_default()),
            Value::Following(value) => follow_style(&self.0, property, value),
        }
        self
    }

    /// A property of the element itself: `value` as text, everything else on or off.
    pub fn property(self, name: &'static str, value: impl IntoAttribute) -> Self {
        match value.into_attribute() {
            Value::Fixed(value) => set_property(&self.0, name, value),
            Value::Following(value) => follow_property(&self.0, name, value),
        }
        self
    }

    /// What stands in it, as markup of our own.
    pub fn inner_html(self, markup: &'static str) -> Self {
        self.0.set_inner_html(markup);
        self
    }

    /// Listens.
    pub fn on<E: JsCast>(self, event: &'static str, mut handler: impl FnMut(E) + 'static) -> Self {
        listen(
            &self.0,
            event,
            Box::new(move |event| handler(event.unchecked_into())),
        );
        self
    }

    /// Listens for what happens to a field.
    pub fn on_target(
        self,
        event: &'static str,
        mut handler: impl FnMut(Targeted) + 'static,
    ) -> Self {
        listen(
            &self.0,
            event,
            Box::new(move |event| handler(Targeted(event))),
        );
        self
    }

    /// Does something with the element once it is in the page.
    pub fn mounted(self, action: impl FnOnce(Element) + 'static) -> Self {
        after_mounting(self.0.clone(), Box::new(action));
        self
    }
}

fn set_attribute(element: &Element, name: &str, value: Option<String>) {
    // Names are literals of this screen's markup; the browser refuses none of them.
    let _ = match value {
        Some(value) => element.set_attribute(name, &value),
        None => element.remove_attribute(name),
    };
}

fn follow_attribute(element: &Element, name: &'static str, mut value: Follower) {
    let element = element.clone();
    let mut shown: Option<String> = None;
    follow(Box::new(move || {
        let now = value();
        if now != shown {
            set_attribute(&element, name, now.clone());
            shown = now;
        }
    }));
}

fn set_class(element: &Element, class: &str, worn: bool) {
    let classes = element.class_list();
    let _ = if worn {
        classes.add_1(class)
    } else {
        classes.remove_1(class)
    };
}

fn follow_class(element: &Element, class: &'static str, mut worn: Follower) {
    let element = element.clone();
    let mut shown = false;
    follow(Box::new(move || {
        let now = worn().is_some();
        if now != shown {
            set_class(&element, class, now);
            shown = now;
        }
    }));
}

fn set_style(element: &Element, property: &str, value: &str) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.style().set_property(property, value);
    }
}

fn follow_style(element: &Element, property: &'static str, mut value: Follower) {
    let element = element.clone();
    let mut shown = String::new();
    follow(Box::new(move || {
        let now = value().unwrap_or_default();
        if now != shown {
            set_style(&element, property, &now);
            shown = now;
        }
    }));
}

fn property_value(name: &str, value: Option<String>) -> JsValue {
    match name {
        "value" => JsValue::from_str(&value.unwrap_or_default()),
        _ => JsValue::from_bool(value.is_some()),
    }
}

fn set_property(element: &Element, name: &str, value: Option<String>) {
    let _ = js_sys::Reflect::set(
        element,
        &JsValue::from_str(name),
        &property_value(name, value),
    );
}

fn follow_property(element: &Element, name: &'static str, mut value: Follower) {
    let element = element.clone();
    follow(Box::new(move || {
        let now = value();
        // What the user typed or ticked may differ from what was shown last: the element itself is asked.
        let there =
            js_sys::Reflect::get(&element, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
        if there != property_value(name, now.clone()) {
            set_property(&element, name, now);
        }
    }));
}

fn listen(element: &Element, event: &str, handler: Box<dyn FnMut(web_sys::Event)>) {
    let closure = Closure::wrap(handler);
    let _ = element.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    // The browser keeps the listener as long as the element; the closure is dropped with it.
    let _ = closure.into_js_value();
}

fn after_mounting(element: Element, action: Box<dyn FnOnce(Element)>) {
    let owner = Owner::current().unwrap_or_default();
    wasm_bindgen_futures::spawn_local(async move { owner.with(|| action(element)) });
}

/// An event of a field.
pub struct Targeted(web_sys::Event);

impl Targeted {
    /// The field.
    pub fn target(&self) -> Field {
        Field(
            self.0
                .current_target()
                .or_else(|| self.0.target())
                .map_or(JsValue::UNDEFINED, Into::into),
        )
    }
}

/// A field: an input, a choice or a text area.
pub struct Field(JsValue);

impl Field {
    /// What it holds.
    pub fn value(&self) -> String {
        js_sys::Reflect::get(&self.0, &JsValue::from_str("value"))
            .ok()
            .and_then(|value| value.as_string())
            .unwrap_or_default()
    }

    /// Whether it is ticked.
    pub fn checked(&self) -> bool {
        js_sys::Reflect::get(&self.0, &JsValue::from_str("checked"))
            .is_ok_and(|value| value.is_truthy())
    }

    /// Makes it hold something else.
    pub fn set_value(&self, value: &str) {
        let _ = js_sys::Reflect::set(
            &self.0,
            &JsValue::from_str("value"),
            &JsValue::from_str(value),
        );
    }
}

/// A value that is asked for again whenever something that it read has changed.
type Follower = Box<dyn FnMut() -> Option<String>>;

/// What an attribute, class, style or property is set to; no text takes it away.
pub enum Value {
    /// Once and for all.
    Fixed(Option<String>),
    /// As the closure says.
    Following(Follower),
}

/// Something that an attribute can be: text, a number, a flag, perhaps nothing, or a closure that gives one of these.
pub trait IntoAttribute {
    /// The value.
    fn into_attribute(self) -> Value;
}

macro_rules! fixed {
    ($($type:ty: |$value:ident| $text:expr;)*) => {
        $(impl IntoAttribute for $type {
            fn into_attribute(self) -> Value {
                let $value = self;
                Value::Fixed($text)
            }
        })*
    };
}

fixed! {
    &str: |text| Some(text.to_owned());
    String: |text| Some(text);
    bool: |flag| flag.then(String::new);
    f64: |number| Some(number.to_string());
    Option<String>: |text| text;
    Option<&str>: |text| text.map(str::to_owned);
}

impl<F: FnMut() -> A + 'static, A: IntoAttribute> IntoAttribute for F {
    fn into_attribute(mut self) -> Value {
        Value::Following(Box::new(move || match self().into_attribute() {
            Value::Fixed(value) => value,
            Value::Following(mut value) => value(),
        }))
    }
}

/// What views use.
pub mod prelude {
    pub use super::super::signal::{ArcRwSignal, Callback, Memo, RwSignal, Signal, StoredValue};
    pub use super::{AnyView, CollectView, IntoView, view};
    pub use leptos::prelude::on_cleanup;
}

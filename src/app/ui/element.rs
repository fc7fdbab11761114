//! Elements being built: attributes, classes, styles and properties, fixed or following what a closure reads, and what listens to them.

use super::{IntoView, document, follow, insert};
use leptos::prelude::Owner;
use loadscape_sim::quantities::Decimal;
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

/// An element being built.
pub struct Builder(pub(super) Element);

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
    f64: |number| Some(Decimal::up_to(number, 6).to_string());
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

//! Elements and how they follow signals: the little of a view engine that this screen needs, each part written once and not once for every use.
//!
//! Signals, effects and owners are Leptos's. What a closure reads decides when it runs again; what it leaves unchanged is not
//! touched in the page.

use leptos::prelude::{Owner, RenderEffect, on_cleanup};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use web_sys::{Element, Node};

mod element;

pub use element::{Builder, html, svg};
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

/// What views use.
pub mod prelude {
    pub use super::super::signal::{ArcRwSignal, Callback, Memo, RwSignal, Signal, StoredValue};
    pub use super::{AnyView, CollectView, IntoView, view};
    pub use leptos::prelude::on_cleanup;
}

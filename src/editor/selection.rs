//! What is selected; it doesn't know whether the items exist.

use super::effects::Item;
use super::set::Set;
use loadscape_sim::scenario::{ComponentId, LinkId, ZoneId};

/// A set of selected items. Its order is by kind and id, so that everything made from it is deterministic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    items: Set<Item>,
}

impl Selection {
    /// Nothing selected.
    pub fn none() -> Self {
        Selection::default()
    }

    /// Exactly this item.
    pub fn only(item: Item) -> Self {
        Selection {
            items: Set::from([item]),
        }
    }

    /// Whether this item is selected.
    pub fn contains(&self, item: Item) -> bool {
        self.items.contains(&item)
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items are selected.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// All of it, components first, then links, then zones.
    pub fn iter(&self) -> impl Iterator<Item = Item> + '_ {
        self.items.iter().copied()
    }

    /// The selected components.
    pub fn components(&self) -> impl Iterator<Item = ComponentId> + '_ {
        self.items.iter().filter_map(|item| match item {
            Item::Component(id) => Some(*id),
            _ => None,
        })
    }

    /// The selected links.
    pub fn links(&self) -> impl Iterator<Item = LinkId> + '_ {
        self.items.iter().filter_map(|item| match item {
            Item::Link(id) => Some(*id),
            _ => None,
        })
    }

    /// The selected zones.
    pub fn zones(&self) -> impl Iterator<Item = ZoneId> + '_ {
        self.items.iter().filter_map(|item| match item {
            Item::Zone(id) => Some(*id),
            _ => None,
        })
    }

    /// The one item that is selected, if it is one.
    pub fn sole(&self) -> Option<Item> {
        match self.items.len() {
            1 => self.items.iter().next().copied(),
            _ => None,
        }
    }

    /// The one component that is selected, if it is one and nothing else.
    pub fn sole_component(&self) -> Option<ComponentId> {
        match self.sole() {
            Some(Item::Component(id)) => Some(id),
            _ => None,
        }
    }

    /// Adds or takes away one item.
    pub fn toggle(&mut self, item: Item) {
        if !self.items.remove(&item) {
            self.items.insert(item);
        }
    }

    /// Adds one item.
    pub fn insert(&mut self, item: Item) {
        self.items.insert(item);
    }

    /// Keeps what passes.
    pub fn retain(&mut self, keep: impl FnMut(&Item) -> bool) {
        self.items.retain(keep);
    }

    /// Items that are selected in one of the two and not in the other.
    pub fn difference(&self, other: &Selection) -> Set<Item> {
        let only = |of: &Selection, not: &Selection| -> Set<Item> {
            of.iter().filter(|item| !not.contains(*item)).collect()
        };
        let mut items = only(self, other);
        items.extend(only(other, self));
        items
    }
}

impl FromIterator<Item> for Selection {
    fn from_iter<Items: IntoIterator<Item = Item>>(items: Items) -> Self {
        Selection {
            items: items.into_iter().collect(),
        }
    }
}

//! Small ordered collections whose code is small as well; it knows nothing of what they hold.
//!
//! The standard library's trees and sorts are compiled again for every type, and the page loads each of them before it can be used.
//! A drawing has a few thousand parts at most and an edit touches a handful, for which a sorted vector is as quick.

use std::borrow::Borrow;

/// A set in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set<T>(Vec<T>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Set(Vec::new())
    }
}

impl<T: Ord> Set<T> {
    /// Nothing.
    pub fn new() -> Self {
        Set::default()
    }

    /// Adds an element; whether it is new.
    pub fn insert(&mut self, element: T) -> bool {
        match self.0.binary_search(&element) {
            Ok(_) => false,
            Err(place) => {
                self.0.insert(place, element);
                true
            }
        }
    }

    /// Takes an element away; whether it was there.
    pub fn remove(&mut self, element: &T) -> bool {
        match self.0.binary_search(element) {
            Ok(place) => {
                self.0.remove(place);
                true
            }
            Err(_) => false,
        }
    }

    /// Whether it is there.
    pub fn contains<Q: Ord + ?Sized>(&self, element: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0
            .binary_search_by(|other| other.borrow().cmp(element))
            .is_ok()
    }

    /// The elements in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps what passes.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<Elements: IntoIterator<Item = T>>(&mut self, elements: Elements) {
        for element in elements {
            self.insert(element);
        }
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<Elements: IntoIterator<Item = T>>(elements: Elements) -> Self {
        let mut set = Set::new();
        set.extend(elements);
        set
    }
}

impl<T: Ord, const N: usize> From<[T; N]> for Set<T> {
    fn from(elements: [T; N]) -> Self {
        elements.into_iter().collect()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Values by their keys, in the keys' order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<K, V>(Vec<(K, V)>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table(Vec::new())
    }
}

impl<K: Ord, V> Table<K, V> {
    /// Nothing.
    pub fn new() -> Self {
        Table::default()
    }

    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(key))
    }

    /// The value of this key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().map(|place| &self.0[place].1)
    }

    /// The value of this key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.place(key).ok().map(|place| &mut self.0[place].1)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the key has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Gives the key this value.
    pub fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (key, value)),
        }
    }

    /// The value of this key, made now if it has none.
    pub fn entry(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let place = match self.place(&key) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, (key, make()));
                place
            }
        };
        &mut self.0[place].1
    }

    /// Takes the key and its value away.
    pub fn remove(&mut self, key: &K) {
        if let Ok(place) = self.place(key) {
            self.0.remove(place);
        }
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps what passes.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Table<K, V> {
    fn from_iter<Entries: IntoIterator<Item = (K, V)>>(entries: Entries) -> Self {
        let mut table = Table::new();
        for (key, value) in entries {
            table.insert(key, value);
        }
        table
    }
}

/// The elements in order; those of which neither is before the other stay as they came.
pub fn in_order<T>(
    elements: impl IntoIterator<Item = T>,
    mut before: impl FnMut(&T, &T) -> bool,
) -> Vec<T> {
    let mut ordered: Vec<T> = Vec::new();
    for element in elements {
        let place = ordered.partition_point(|other| !before(&element, other));
        ordered.insert(place, element);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_set_holds_what_a_tree_would() {
        let mut set = Set::new();
        let mut tree = BTreeSet::new();
        let mut number: u32 = 1;
        for _ in 0..2_000 {
            // A full-period generator (Hull & Dobell 1962) is random enough to come upon elements again.
            number = number.wrapping_mul(5).wrapping_add(3) % 256;
            let element = number / 2;
            if number.is_multiple_of(3) {
                assert_eq!(set.remove(&element), tree.remove(&element));
            } else {
                assert_eq!(set.insert(element), tree.insert(element));
            }
            assert_eq!(set.contains(&7), tree.contains(&7));
            assert_eq!(set.len(), tree.len());
            assert!(set.iter().eq(tree.iter()));
        }
    }

    #[test]
    fn a_table_keeps_the_last_value_of_each_key() {
        let mut table: Table<u32, &str> = [(3, "c"), (1, "a"), (3, "d")].into_iter().collect();
        assert_eq!(*table.entry(2, || "b"), "b");
        assert_eq!(*table.entry(2, || "never"), "b");
        assert!(table.iter().eq([(&1, &"a"), (&2, &"b"), (&3, &"d")]));
        table.remove(&1);
        assert_eq!((table.get(&1), table.get(&3)), (None, Some(&"d")));
    }

    #[test]
    fn equals_stay_in_the_order_in_which_they_came() {
        let ordered = in_order(["b1", "a1", "b2", "a2"], |left, right| {
            left[..1] < right[..1]
        });
        assert_eq!(ordered, ["a1", "a2", "b1", "b2"]);
    }
}

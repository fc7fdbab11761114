//! From ids to places in a list, for those who look up many; it knows neither what the ids name nor what stands in the list.

/// Where each id stands; the first place wins where ids are doubled.
pub(crate) enum Places {
    /// Ids are small: a table.
    Dense(Vec<u32>),
    /// Ids are scattered: sorted pairs of id and place.
    Sorted(Vec<(u32, u32)>),
}

impl Places {
    /// The places of these ids, in their order.
    pub fn new(ids: impl ExactSizeIterator<Item = u32> + DoubleEndedIterator + Clone) -> Self {
        let largest = ids.clone().max().unwrap_or(0) as usize;
        if largest <= ids.len() * 16 + 1024 {
            let mut places = vec![u32::MAX; largest + 1];
            for (place, id) in ids.enumerate().rev() {
                places[id as usize] = place as u32;
            }
            return Places::Dense(places);
        }
        let mut pairs: Vec<(u32, u32)> = ids.zip(0..).collect();
        pairs.sort_unstable();
        pairs.dedup_by_key(|(id, _)| *id);
        Places::Sorted(pairs)
    }

    /// The place of this id.
    #[inline]
    pub fn of(&self, id: u32) -> Option<usize> {
        match self {
            Places::Dense(places) => places
                .get(id as usize)
                .copied()
                .filter(|place| *place != u32::MAX),
            Places::Sorted(pairs) => pairs
                .binary_search_by_key(&id, |(id, _)| *id)
                .ok()
                .map(|found| pairs[found].1),
        }
        .map(|place| place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scattered_ids_are_found_as_small_ones_are() {
        for scale in [1_u32, 1_000_000] {
            let ids = [7, 3, 9, 3].map(|id| id * scale);
            let places = Places::new(ids.into_iter());
            assert_eq!(places.of(7 * scale), Some(0));
            assert_eq!(places.of(3 * scale), Some(1), "the first wins");
            assert_eq!(places.of(8 * scale), None);
            assert_eq!(places.of(u32::MAX), None);
        }
    }
}

//! Something for each class, where not every class has it. It knows nothing of what that is.

/// So many classes have theirs in place.
const NEAR: usize = 4;

/// One for each class. Those of the first few, which is all that most drawings have, stand in place: who asks needn't look first where
/// they are.
#[derive(Clone, Debug)]
pub(super) struct OfClasses<T> {
    near: [Option<T>; NEAR],
    far: Vec<Option<T>>,
    count: usize,
}

impl<T> OfClasses<T> {
    /// How many classes there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// That of a class; `None` when it has none, or there is no such class.
    #[inline]
    pub fn get(&self, class: usize) -> Option<&T> {
        match self.near.get(class) {
            Some(near) => near.as_ref(),
            None => self.far.get(class - NEAR)?.as_ref(),
        }
    }

    /// The same, to be changed.
    #[inline]
    pub fn get_mut(&mut self, class: usize) -> Option<&mut T> {
        match self.near.get_mut(class) {
            Some(near) => near.as_mut(),
            None => self.far.get_mut(class - NEAR)?.as_mut(),
        }
    }

    /// That of every class.
    pub fn all(&self) -> impl Iterator<Item = Option<&T>> {
        let all = self.near.iter().chain(&self.far);
        all.take(self.count).map(Option::as_ref)
    }

    /// The same, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = Option<&mut T>> {
        let all = self.near.iter_mut().chain(&mut self.far);
        all.take(self.count).map(Option::as_mut)
    }

    /// That of every class, to be kept.
    pub fn into_all(self) -> impl Iterator<Item = Option<T>> {
        self.near.into_iter().chain(self.far).take(self.count)
    }
}

impl<T> FromIterator<Option<T>> for OfClasses<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(all: I) -> Self {
        let mut all = all.into_iter();
        let mut count = 0;
        let near = std::array::from_fn(|_| {
            let next = all.next();
            count += usize::from(next.is_some());
            next.flatten()
        });
        let far: Vec<Option<T>> = all.collect();
        OfClasses {
            count: count + far.len(),
            near,
            far,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_own_however_many_there_are() {
        for count in 0..10_usize {
            let own = |class: usize| (class % 3 != 1).then_some(class);
            let mut all: OfClasses<usize> = (0..count).map(own).collect();
            assert_eq!(all.count(), count);
            for class in 0..count + 2 {
                let expected = if class < count { own(class) } else { None };
                assert_eq!(all.get(class).copied(), expected);
                assert_eq!(all.get_mut(class).copied(), expected);
            }
            let expected: Vec<Option<usize>> = (0..count).map(own).collect();
            assert!(all.all().map(Option::<&usize>::copied).eq(expected.clone()));
            assert!(all.all_mut().map(|own| own.copied()).eq(expected.clone()));
            assert!(all.into_all().eq(expected));
        }
    }
}

//! Many keys, of which the least comes first. It doesn't know what they stand for.
//!
//! A 4-ary heap whose brothers share a cache line. The root of a key that was taken stays open until the next one is put in, since an event
//! nearly always plans another: one sift instead of two.

/// Four brothers; places without a key hold the greatest number there is.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Brothers([u128; 4]);

const NOBODY: u128 = u128::MAX;

/// The place of the root: the last of the first brothers, where the other three stay empty. Then those at place p have their children in the
/// group p − 2.
const ROOT: usize = 3;

/// The keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Heap {
    groups: Vec<Brothers>,
    /// How many keys there are, with the open root.
    count: usize,
    open: bool,
}

impl Heap {
    /// How many keys there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.count - usize::from(self.open)
    }

    /// Puts a key in.
    #[inline]
    pub fn put(&mut self, key: u128) {
        if self.open {
            self.open = false;
            self.sink(key);
        } else {
            self.rise(key);
        }
    }

    /// The least key.
    #[inline]
    pub fn next(&mut self) -> Option<u128> {
        if self.open {
            self.close();
        }
        match self.groups.first() {
            Some(group) if self.count > 0 => Some(group.0[ROOT]),
            _ => None,
        }
    }

    /// Takes the least key, which must have been asked for.
    #[inline]
    pub fn take(&mut self) {
        self.open = true;
    }

    /// Fills the open root.
    #[inline]
    fn close(&mut self) {
        self.open = false;
        self.count -= 1;
        let last = self.count + ROOT;
        let key = std::mem::replace(self.place(last), NOBODY);
        if self.count > 0 {
            self.sink(key);
        }
    }

    #[inline]
    fn place(&mut self, at: usize) -> &mut u128 {
        &mut self.groups[at / 4].0[at % 4]
    }

    /// Puts the key into the root's place and lets it sink.
    #[inline]
    fn sink(&mut self, key: u128) {
        let mut at = ROOT;
        while let Some(Brothers(children)) = self.groups.get(at - 2) {
            let (left, right) = (
                usize::from(children[1] < children[0]),
                2 + usize::from(children[3] < children[2]),
            );
            let least = if children[right] < children[left] {
                right
            } else {
                left
            };
            let child = children[least];
            if child >= key {
                break;
            }
            *self.place(at) = child;
            at = 4 * (at - 2) + least;
        }
        *self.place(at) = key;
    }

    /// Puts the key at the end and lets it rise.
    #[inline]
    fn rise(&mut self, key: u128) {
        let mut at = self.count + ROOT;
        self.count += 1;
        if at / 4 >= self.groups.len() {
            self.groups.push(Brothers([NOBODY; 4]));
        }
        while at > ROOT {
            let parent = at / 4 + 2;
            let above = *self.place(parent);
            if above <= key {
                break;
            }
            *self.place(at) = above;
            at = parent;
        }
        *self.place(at) = key;
    }
}

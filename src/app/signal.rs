//! Values that wake what read them. Waking is Leptos's; what is here is only how a value is kept, written once and not once for every type.
//!
//! Leptos's own signals compile their whole machinery for each type of value. Here a value lies in a plain cell beside one of
//! Leptos's triggers, which know no type, and only reading and writing are compiled for each.

use super::ui::follow;
use leptos::prelude::{Notify, Track, on_cleanup};
use leptos::reactive::graph::Observer;
use leptos::reactive::signal::ArcTrigger;
use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

struct Kept<T> {
    value: RefCell<T>,
    changed: ArcTrigger,
}

impl<T> Kept<T> {
    fn track(&self) {
        // Handlers read too, and nobody is to be woken then; Leptos would call that a mistake.
        if Observer::get().is_some() {
            self.changed.track();
        }
    }
}

/// A value that lives as long as anybody holds it.
pub struct ArcRwSignal<T>(Rc<Kept<T>>);

impl<T> Clone for ArcRwSignal<T> {
    fn clone(&self) -> Self {
        ArcRwSignal(self.0.clone())
    }
}

impl<T> ArcRwSignal<T> {
    /// A value to begin with.
    pub fn new(value: T) -> Self {
        ArcRwSignal(Rc::new(Kept {
            value: RefCell::new(value),
            changed: ArcTrigger::new(),
        }))
    }

    /// Reads it, and wakes the reader when it changes.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.0.track();
        read(&self.0.value.borrow())
    }

    /// Reads it.
    pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        read(&self.0.value.borrow())
    }

    /// Sets it and wakes its readers.
    pub fn set(&self, value: T) {
        // The old value is dropped after the borrow has ended: dropping may run anything.
        let _old = self.0.value.replace(value);
        self.0.changed.notify();
    }

    /// Changes it and wakes its readers.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.0.value.borrow_mut());
        self.0.changed.notify();
    }
}

impl<T: Clone> ArcRwSignal<T> {
    /// A copy of it; the reader wakes when it changes.
    pub fn get(&self) -> T {
        self.with(T::clone)
    }

    /// A copy of it.
    pub fn get_untracked(&self) -> T {
        self.with_untracked(T::clone)
    }
}

/// A place in the store below. The generation tells one that was given back from the one that has it now.
#[derive(Clone, Copy)]
struct Place {
    index: usize,
    generation: u32,
}

#[derive(Default)]
struct Store {
    places: Vec<(u32, Option<Rc<dyn Any>>)>,
    free: Vec<usize>,
}

thread_local! {
    static STORE: RefCell<Store> = RefCell::default();
}

/// Keeps something until the owner that is current now ends.
fn keep(value: Rc<dyn Any>) -> Place {
    let place = STORE.with_borrow_mut(|store| match store.free.pop() {
        Some(index) => {
            store.places[index].1 = Some(value);
            Place {
                index,
                generation: store.places[index].0,
            }
        }
        None => {
            store.places.push((0, Some(value)));
            Place {
                index: store.places.len() - 1,
                generation: 0,
            }
        }
    });
    on_cleanup(move || give_back(place));
    place
}

fn give_back(place: Place) {
    // Taken out first, dropped afterwards: dropping may give back more.
    let _value = STORE.with_borrow_mut(|store| {
        let (generation, value) = &mut store.places[place.index];
        if *generation != place.generation {
            return None;
        }
        *generation = generation.wrapping_add(1);
        let value = value.take();
        store.free.push(place.index);
        value
    });
}

fn find(place: Place) -> Option<Rc<dyn Any>> {
    STORE.with_borrow(|store| {
        store
            .places
            .get(place.index)
            .filter(|(generation, _)| *generation == place.generation)
            .and_then(|(_, value)| value.clone())
    })
}

fn gone() -> ! {
    wasm_bindgen::throw_str("a view outlived its signal")
}

/// A value that lives as long as its owner; as cheap to copy as a number.
pub struct RwSignal<T> {
    place: Place,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for RwSignal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for RwSignal<T> {}

impl<T: Default + 'static> Default for RwSignal<T> {
    fn default() -> Self {
        RwSignal::new(T::default())
    }
}

impl<T: 'static> From<ArcRwSignal<T>> for RwSignal<T> {
    fn from(signal: ArcRwSignal<T>) -> Self {
        RwSignal {
            place: keep(signal.0),
            of: PhantomData,
        }
    }
}

impl<T: 'static> RwSignal<T> {
    /// A value to begin with.
    pub fn new(value: T) -> Self {
        ArcRwSignal::new(value).into()
    }

    fn found(self) -> Option<ArcRwSignal<T>> {
        find(self.place)?
            .downcast::<Kept<T>>()
            .ok()
            .map(ArcRwSignal)
    }

    fn kept(self) -> ArcRwSignal<T> {
        self.found().unwrap_or_else(|| gone())
    }

    /// Reads it, and wakes the reader when it changes.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.kept().with(read)
    }

    /// Reads it.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.kept().with_untracked(read)
    }

    /// Sets it and wakes its readers; nothing happens when its owner has ended.
    pub fn set(self, value: T) {
        if let Some(kept) = self.found() {
            kept.set(value);
        }
    }

    /// Changes it and wakes its readers; nothing happens when its owner has ended.
    pub fn update(self, change: impl FnOnce(&mut T)) {
        if let Some(kept) = self.found() {
            kept.update(change);
        }
    }

    /// Wakes the reader when it changes.
    pub fn track(self) {
        self.kept().0.track();
    }
}

impl<T: Clone + 'static> RwSignal<T> {
    /// A copy of it; the reader wakes when it changes.
    pub fn get(self) -> T {
        self.kept().get()
    }

    /// The same, where a copy is as good as a look.
    pub fn read(self) -> T {
        self.kept().get()
    }

    /// A copy of it.
    pub fn get_untracked(self) -> T {
        self.kept().get_untracked()
    }

    /// A copy of it, while its owner lives.
    pub fn try_get_untracked(self) -> Option<T> {
        self.found().map(|kept| kept.get_untracked())
    }
}

/// A value that follows from others; its readers wake only when it differs.
pub struct Memo<T>(RwSignal<Option<T>>);

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + 'static> Memo<T> {
    /// The value that the closure gives now, and again whenever something that it read has changed.
    pub fn new(derive: impl Fn(()) -> T + 'static) -> Self {
        let value = RwSignal::new(None);
        follow(Box::new(move || {
            let now = Some(derive(()));
            if value.with_untracked(|before| *before != now) {
                value.set(now);
            }
        }));
        Memo(value)
    }

    /// Reads it, and wakes the reader when it differs.
    pub fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.0
            .with(|value| value.as_ref().map(read))
            .unwrap_or_else(|| gone())
    }

    /// Reads it.
    pub fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.0
            .with_untracked(|value| value.as_ref().map(read))
            .unwrap_or_else(|| gone())
    }
}

impl<T: PartialEq + Clone + 'static> Memo<T> {
    /// A copy of it; the reader wakes when it differs.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// The same, where a copy is as good as a look.
    pub fn read(self) -> T {
        self.with(T::clone)
    }

    /// A copy of it.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

type Asked<T> = Box<dyn Fn() -> T>;

/// A value that is worked out whenever it is asked for.
pub struct Signal<T> {
    place: Place,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

impl<T: 'static> Signal<T> {
    /// What the closure gives when asked.
    pub fn derive(derive: impl Fn() -> T + 'static) -> Self {
        let asked: Asked<T> = Box::new(derive);
        Signal {
            place: keep(Rc::new(asked)),
            of: PhantomData,
        }
    }

    /// The value; the reader wakes when what it follows from changes.
    pub fn get(self) -> T {
        match find(self.place).and_then(|asked| asked.downcast::<Asked<T>>().ok()) {
            Some(asked) => asked(),
            None => gone(),
        }
    }

    /// The value.
    pub fn get_untracked(self) -> T {
        leptos::prelude::untrack(|| self.get())
    }
}

type Called<A> = Box<dyn Fn(A)>;

/// Something to be done with a value, to be handed on.
pub struct Callback<A> {
    place: Place,
    of: PhantomData<fn(A)>,
}

impl<A> Clone for Callback<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Callback<A> {}

impl<A: 'static> Callback<A> {
    /// What to do.
    pub fn new(action: impl Fn(A) + 'static) -> Self {
        let called: Called<A> = Box::new(action);
        Callback {
            place: keep(Rc::new(called)),
            of: PhantomData,
        }
    }

    /// Does it, while its owner lives.
    pub fn run(self, value: A) {
        if let Some(called) =
            find(self.place).and_then(|called| called.downcast::<Called<A>>().ok())
        {
            called(value);
        }
    }
}

/// A value that wakes nobody.
pub struct StoredValue<T>(RwSignal<T>);

impl<T> Clone for StoredValue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoredValue<T> {}

impl<T: 'static> StoredValue<T> {
    /// A value to begin with.
    pub fn new(value: T) -> Self {
        StoredValue(RwSignal::new(value))
    }

    /// Reads it.
    pub fn with_value<R>(self, read: impl FnOnce(&T) -> R) -> R {
        self.0.with_untracked(read)
    }

    /// Sets it.
    pub fn set_value(self, value: T) {
        self.0.set(value);
    }
}

impl<T: Clone + 'static> StoredValue<T> {
    /// A copy of it.
    pub fn get_value(self) -> T {
        self.0.get_untracked()
    }
}

//! What was counted goes on being counted when there are more parts than before, or others in their places. It doesn't know which.

use super::super::agenda::{Agenda, Topic};
use super::super::columns::{BLOCKS, Columns, Kind};
use super::super::histogram::Histogram;
use super::super::names::{Names, Registry};
use super::super::tally::{SEGMENTS, Tally, Windows, most_windows};

impl Tally {
    /// Makes room for all that has places now; at places that were given to something new nothing has been counted yet.
    pub fn change(&mut self, registry: &Registry, agenda: &mut Agenda) {
        let old = self.counted;
        let new = Columns {
            classes: registry.classes.len(),
            stations: registry.stations.len(),
            causes: registry.causes.len(),
            visits: registry.entries.len(),
            links: registry.links.len(),
            stores: registry.stores.len(),
            replicas: registry.replicas.len(),
            queues: registry.queues.len(),
            sources: registry.sources.len(),
        };
        if new != old {
            self.grow(old, new, agenda);
        }
        self.forget_all(Kind::Class, &registry.classes, old.classes);
        self.forget_all(Kind::Station, &registry.stations, old.stations);
        self.forget_all(Kind::Cause, &registry.causes, old.causes);
        self.forget_all(Kind::Visit, &registry.entries, old.visits);
        self.forget_all(Kind::Link, &registry.links, old.links);
        self.forget_all(Kind::Store, &registry.stores, old.stores);
        self.forget_all(Kind::Replica, &registry.replicas, old.replicas);
        self.forget_all(Kind::Queue, &registry.queues, old.queues);
        self.forget_all(Kind::Source, &registry.sources, old.sources);
    }

    fn grow(&mut self, old: Columns, new: Columns, agenda: &mut Agenda) {
        let Tally {
            counted,
            stations,
            answers,
            failures,
            visits,
            links,
            sent,
            lookups,
            reads,
            lags,
            messages,
            retries: _,
            timeouts: _,
            orphans: _,
            lost,
            series,
            current,
            windows,
        } = self;
        let grid = |outer: Kind, inner: Kind| Grid {
            old: (old.of(outer), old.of(inner)),
            new: (new.of(outer), new.of(inner)),
        };
        grid(Kind::Station, Kind::Class).widen(stations);
        grid(Kind::Class, Kind::One).widen(answers);
        grid(Kind::Class, Kind::Cause).widen(failures);
        grid(Kind::Visit, Kind::One).widen(visits);
        grid(Kind::Link, Kind::Class).widen(links);
        grid(Kind::Source, Kind::One).widen(sent);
        grid(Kind::Store, Kind::Class).widen(lookups);
        grid(Kind::Replica, Kind::Class).widen(reads);
        grid(Kind::Replica, Kind::One).widen(lags);
        grid(Kind::Queue, Kind::Class).widen(messages);
        grid(Kind::Class, Kind::One).widen(current);
        grid(Kind::Station, Kind::One).widen(lost);
        if let Some(series) = series {
            series.grow(new, &moved(&old, &new));
        }
        *counted = new;
        windows.grow(old, new, current, agenda);
    }

    fn forget_all<N: Ord + Clone>(&mut self, kind: Kind, names: &Names<N>, old: usize) {
        for place in 0..old {
            if names.is_fresh(place as u32) {
                self.forget(kind, place);
            }
        }
    }

    /// Nothing has been counted at this place.
    fn forget(&mut self, kind: Kind, place: usize) {
        let counted = self.counted;
        let Tally {
            counted: _,
            stations,
            answers,
            failures,
            visits,
            links,
            sent,
            lookups,
            reads,
            lags,
            messages,
            retries: _,
            timeouts: _,
            orphans: _,
            lost,
            series,
            current,
            windows,
        } = self;
        let cells = |outer: Kind, inner: Kind, figures: usize| {
            let (rows, columns) = (counted.of(outer), counted.of(inner));
            (0..rows).flat_map(move |row| {
                let all = if outer == kind && row == place {
                    0..columns
                } else if inner == kind {
                    place..place + 1
                } else {
                    0..0
                };
                (row * columns + all.start) * figures..(row * columns + all.end) * figures
            })
        };
        cells(Kind::Station, Kind::Class, 1).for_each(|cell| stations[cell] = Default::default());
        cells(Kind::Class, Kind::One, 1).for_each(|cell| answers[cell] = Default::default());
        cells(Kind::Class, Kind::Cause, 1).for_each(|cell| failures[cell] = 0);
        cells(Kind::Visit, Kind::One, 1).for_each(|cell| visits[cell] = Default::default());
        cells(Kind::Link, Kind::Class, 1).for_each(|cell| links[cell] = 0);
        cells(Kind::Source, Kind::One, 1).for_each(|cell| sent[cell] = 0);
        cells(Kind::Store, Kind::Class, 1).for_each(|cell| lookups[cell] = Default::default());
        cells(Kind::Replica, Kind::Class, 1).for_each(|cell| reads[cell] = Default::default());
        cells(Kind::Replica, Kind::One, 1).for_each(|cell| lags[cell] = Default::default());
        cells(Kind::Queue, Kind::Class, 1).for_each(|cell| messages[cell] = Default::default());
        cells(Kind::Station, Kind::One, 1).for_each(|cell| lost[cell] = Default::default());
        cells(Kind::Class, Kind::One, 1).for_each(|cell| current[cell].clear());
        let in_a_row = || {
            BLOCKS.iter().enumerate().flat_map(|(index, block)| {
                let start = counted.start(index);
                let cells = cells(block.outer, block.inner, block.figures);
                cells.map(move |cell| start + cell)
            })
        };
        if let Some(series) = series {
            series.forget(kind, place, in_a_row());
        }
        for cell in in_a_row() {
            windows.last[cell] = 0.0;
            for window in 0..windows.complete {
                windows.rows[window * windows.columns + cell] = 0.0;
            }
        }
        if kind == Kind::Class {
            for segment in windows.segments.chunks_mut(windows.classes) {
                segment[place].clear();
            }
        }
    }
}

/// A table with rows and columns that becomes larger.
#[derive(Clone, Copy)]
struct Grid {
    old: (usize, usize),
    new: (usize, usize),
}

impl Grid {
    fn widen<T: Default + Clone>(&self, cells: &mut Vec<T>) {
        let mut old = std::mem::replace(cells, vec![T::default(); self.new.0 * self.new.1]);
        for row in 0..self.old.0 {
            for column in 0..self.old.1 {
                let cell = std::mem::take(&mut old[row * self.old.1 + column]);
                cells[row * self.new.1 + column] = cell;
            }
        }
    }
}

impl Windows {
    fn grow(&mut self, old: Columns, new: Columns, current: &mut [Histogram], agenda: &mut Agenda) {
        let columns = new.count();
        if self.complete == 0 {
            // Nothing is kept in segments yet: they may be as short as there is room for.
            self.most = most_windows(self.wanted, columns);
            self.span = self.most / SEGMENTS;
        }
        let room = most_windows(self.wanted, columns).min(SEGMENTS * self.span);
        let mut most = self.most.max(room / self.span * self.span);
        // Longer rows: fewer windows, each longer.
        while most > room && most >= 4 * self.span {
            most /= 2;
        }
        let end = self.next_end();
        self.most = most;
        // Before the columns change, so that the rows are still what they were.
        if self.classes != new.classes {
            let mut segments = vec![Histogram::default(); SEGMENTS * new.classes];
            for segment in 0..SEGMENTS {
                for class in 0..self.classes {
                    segments[segment * new.classes + class] =
                        std::mem::take(&mut self.segments[segment * self.classes + class]);
                }
            }
            self.segments = segments;
            self.classes = new.classes;
        }
        while self.complete >= self.most {
            self.halve(current);
        }
        if self.next_end() != end {
            agenda.plan(self.next_end(), Topic::Clock(0));
        }
        let map = moved(&old, &new);
        let mut rows = vec![0.0; self.complete * columns];
        for window in 0..self.complete {
            for (cell, to) in map.iter().enumerate() {
                rows[window * columns + to] = self.rows[window * self.columns + cell];
            }
        }
        let mut last = vec![0.0; columns];
        for (cell, to) in map.iter().enumerate() {
            last[*to] = self.last[cell];
        }
        self.rows = rows;
        self.last = last;
        self.columns = columns;
    }
}

/// Where each figure of a row stands in a longer one.
fn moved(old: &Columns, new: &Columns) -> Vec<usize> {
    let mut map = Vec::with_capacity(old.count());
    for (index, block) in BLOCKS.iter().enumerate() {
        let start = new.start(index);
        for outer in 0..old.of(block.outer) {
            for inner in 0..old.of(block.inner) {
                for figure in 0..block.figures {
                    let cell = outer * new.of(block.inner) + inner;
                    map.push(start + cell * block.figures + figure);
                }
            }
        }
    }
    map
}

//! The programs of several networks in one list: who has begun under an earlier one ends under it, and a program that nobody is in any
//! more is dropped. It doesn't know what the operations do.

use super::super::engine::Engine;
use super::super::job::Open;
use super::super::program::{NONE, Op, Program};
use std::ops::Range;

/// One network's part of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Generation {
    ops: Range<u32>,
    ways: Range<u32>,
}

impl Program {
    /// The operations of all generations but the one that starts here.
    pub fn ops_outside(&self, main: u32) -> impl Iterator<Item = &Op> {
        let ops = &self.ops;
        self.generations
            .iter()
            .filter(move |generation| generation.ops.start != main)
            .flat_map(move |generation| &ops[as_range(&generation.ops)])
    }

    /// Whether one of the generations is this program.
    fn is(&self, generation: &Generation, program: &Program) -> bool {
        let (at, way) = (generation.ops.start, generation.ways.start);
        let (ops, ways) = (as_range(&generation.ops), as_range(&generation.ways));
        ops.len() == program.ops.len()
            && ways.len() == program.ways.len()
            && (self.ops[ops].iter().zip(&program.ops))
                .all(|(own, other)| *own == other.moved(at, way))
            && (self.ways[ways].iter().zip(&program.ways)).all(|(own, way)| *own == way.moved(at))
    }

    /// Puts a program behind the others; says where it starts.
    fn append(&mut self, program: &Program) -> u32 {
        let (at, way) = (self.ops.len() as u32, self.ways.len() as u32);
        self.ops
            .extend(program.ops.iter().map(|op| op.moved(at, way)));
        self.ways
            .extend(program.ways.iter().map(|way| way.moved(at)));
        self.generations.push(Generation {
            ops: at..self.ops.len() as u32,
            ways: way..self.ways.len() as u32,
        });
        at
    }

    /// Drops generations; says of each where it was and by how much it has moved towards the front.
    fn keep_only(&mut self, kept: &[bool]) -> Vec<(Range<u32>, u32)> {
        let old = std::mem::take(self);
        let mut moves = Vec::new();
        for (generation, _) in old.generations.iter().zip(kept).filter(|(_, kept)| **kept) {
            let at = self.ops.len() as u32;
            let by = generation.ops.start - at;
            let way_by = generation.ways.start - self.ways.len() as u32;
            // Backwards, which in whole numbers of 32 bits is a long way forwards.
            let back = |op: &Op| op.moved(by.wrapping_neg(), way_by.wrapping_neg());
            let way = self.ways.len() as u32;
            self.ops
                .extend(old.ops[as_range(&generation.ops)].iter().map(back));
            self.ways.extend(
                old.ways[as_range(&generation.ways)]
                    .iter()
                    .map(|way| way.moved(by.wrapping_neg())),
            );
            self.generations.push(Generation {
                ops: at..self.ops.len() as u32,
                ways: way..self.ways.len() as u32,
            });
            moves.push((generation.ops.clone(), by));
        }
        moves
    }
}

fn as_range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

impl Op {
    /// The same operation in a program that stands `at` places, and whose branch table stands `way` places, further back.
    fn moved(&self, at: u32, way: u32) -> Op {
        let mut op = *self;
        op.for_each_target(|to| *to = to.wrapping_add(at));
        if let Op::Branch { first, .. }
        | Op::Choose { first, .. }
        | Op::Pick { first, .. }
        | Op::Fork { first, .. }
        | Op::Act { first, .. } = &mut op
        {
            *first = first.wrapping_add(way);
        }
        op
    }
}

impl Engine {
    /// Calls the function with every place in the program that something under way will come to.
    fn for_each_code_place(&mut self, mut visit: impl FnMut(&mut u32)) {
        for job in self.jobs.in_use_mut() {
            visit(&mut job.at);
            let mut frame = job.frame;
            while frame != NONE {
                match &mut self.frames[frame] {
                    Open::Called { back } => visit(back),
                    Open::Attempting { again, .. } => visit(again),
                    Open::Visit { .. }
                    | Open::Held { .. }
                    | Open::Repeating { .. }
                    | Open::Sent { .. }
                    | Open::Reading { .. }
                    | Open::Delivering { .. }
                    | Open::Environment { .. }
                    | Open::Fetching { .. } => {}
                }
                frame = self.frames.below(frame);
            }
        }
        for store in &mut self.stores {
            store.for_each_code_place(&mut visit);
        }
    }

    /// New requests follow this program from now on; says where it starts. Earlier ones that nobody is in are dropped.
    pub(super) fn change_code(&mut self, program: &Program) -> u32 {
        let ends: Vec<u32> = self
            .program
            .generations
            .iter()
            .map(|generation| generation.ops.end)
            .collect();
        let mut kept = vec![false; ends.len()];
        self.for_each_code_place(|at| kept[ends.partition_point(|end| *end <= *at)] = true);
        let same = (self.program.generations)
            .iter()
            .position(|generation| self.program.is(generation, program));
        if let Some(same) = same {
            kept[same] = true;
        }
        if kept.contains(&false) {
            let moves = self.program.keep_only(&kept);
            self.for_each_code_place(|at| {
                let found = moves.partition_point(|(old, _)| old.end <= *at);
                *at -= moves[found].1;
            });
        }
        match same {
            // Those before it that were dropped have left their places in the list.
            Some(same) => {
                let place = kept[..same].iter().filter(|kept| **kept).count();
                self.program.generations[place].ops.start
            }
            None => self.program.append(program),
        }
    }
}

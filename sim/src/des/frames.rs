//! What jobs have begun and have to end, the last first: a stack of frames for each. It doesn't know what they stand for.
//!
//! Stacks are cut into blocks of two cache lines. So a job's next frame nearly always lies beside its last one, and not in whichever line
//! somebody else has left: with thousands of frames that is what beginning and ending something costs.

use super::job::Open;
use super::program::NONE;

/// Frames of a block.
const OF_BLOCK: u32 = 4;

/// Frames of one job: those up to its last one, from the block's beginning.
#[derive(Clone, Debug)]
#[repr(align(128))]
struct Block([Open; OF_BLOCK as usize]);

const _: () = assert!(size_of::<Block>() == 2 * 64);

/// All jobs' frames. A job knows the number of the one that it opened last, or [`NONE`].
#[derive(Clone, Debug)]
pub(super) struct Frames {
    blocks: Vec<Block>,
    /// By block: the frame below its first one, or, while nobody uses it, the block to be used after it.
    below: Vec<u32>,
    /// The block to be used next; [`NONE`] when all are in use.
    free: u32,
}

impl Default for Frames {
    fn default() -> Self {
        // Few, since there are many simulations, and snapshots of them.
        const ROOM: usize = 16;
        Frames {
            blocks: Vec::with_capacity(ROOM),
            below: Vec::with_capacity(ROOM),
            free: NONE,
        }
    }
}

impl Frames {
    /// Puts a frame on top of a stack whose last one this is; says which the last one is then.
    #[inline]
    pub fn push(&mut self, top: u32, open: Open) -> u32 {
        // After the last of a block, and after none, comes a multiple.
        let mut next = top.wrapping_add(1);
        if next.is_multiple_of(OF_BLOCK) {
            next = self.take_block(top);
        }
        self[next] = open;
        next
    }

    /// Takes the last frame of a stack; says what it was and which the last one is then.
    #[inline]
    pub fn pop(&mut self, top: u32) -> (Open, u32) {
        let open = self[top];
        if !top.is_multiple_of(OF_BLOCK) {
            return (open, top - 1);
        }
        let block = top / OF_BLOCK;
        let below = std::mem::replace(&mut self.below[block as usize], self.free);
        self.free = block;
        (open, below)
    }

    /// The frame below; [`NONE`] at the bottom.
    #[inline]
    pub fn below(&self, frame: u32) -> u32 {
        if frame.is_multiple_of(OF_BLOCK) {
            self.below[(frame / OF_BLOCK) as usize]
        } else {
            frame - 1
        }
    }

    /// What was begun; `None` for [`NONE`].
    pub fn get(&self, frame: u32) -> Option<&Open> {
        let block = self.blocks.get((frame / OF_BLOCK) as usize)?;
        Some(&block.0[(frame % OF_BLOCK) as usize])
    }

    /// The first frame of a block that nobody uses, on top of a stack whose last one this is.
    #[inline]
    fn take_block(&mut self, top: u32) -> u32 {
        let mut block = self.free;
        match self.below.get_mut(block as usize) {
            Some(below) => self.free = std::mem::replace(below, top),
            None => block = self.add_block(top),
        }
        block * OF_BLOCK
    }

    #[cold]
    fn add_block(&mut self, top: u32) -> u32 {
        const NOTHING: Open = Open::Called { back: NONE };
        self.blocks.push(Block([NOTHING; OF_BLOCK as usize]));
        self.below.push(top);
        self.below.len() as u32 - 1
    }
}

impl std::ops::Index<u32> for Frames {
    type Output = Open;

    #[inline]
    fn index(&self, frame: u32) -> &Open {
        &self.blocks[(frame / OF_BLOCK) as usize].0[(frame % OF_BLOCK) as usize]
    }
}

impl std::ops::IndexMut<u32> for Frames {
    #[inline]
    fn index_mut(&mut self, frame: u32) -> &mut Open {
        &mut self.blocks[(frame / OF_BLOCK) as usize].0[(frame % OF_BLOCK) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_that_grow_and_shrink_side_by_side_hold_what_was_put_on_them() {
        let mut frames = Frames::default();
        let mut stacks: Vec<(u32, Vec<u32>)> = vec![(NONE, Vec::new()); 50];
        let (mut state, mut most) = (1_u64, 0);
        for round in 0..200_000_u32 {
            state = super::super::random::scramble(state);
            let (top, expected) = &mut stacks[(state % 50) as usize];
            if (state >> 32) % 9 < 4 + u64::from(expected.is_empty()) * 5 {
                *top = frames.push(*top, Open::Called { back: round });
                expected.push(round);
            } else {
                let (open, below) = frames.pop(*top);
                let last = expected.pop();
                assert!(matches!(open, Open::Called { back } if Some(back) == last));
                *top = below;
            }
            if round % 1_000 == 0 {
                for (top, expected) in &stacks {
                    let mut frame = *top;
                    for back in expected.iter().rev() {
                        assert!(
                            matches!(frames.get(frame), Some(Open::Called { back: b }) if b == back)
                        );
                        frame = frames.below(frame);
                    }
                    assert_eq!(frame, NONE);
                }
            }
            let needed = |(_, stack): &(u32, Vec<u32>)| stack.len().div_ceil(OF_BLOCK as usize);
            most = most.max(stacks.iter().map(needed).sum());
        }
        assert_eq!(frames.blocks.len(), most, "a block is used again");
        assert!(frames.get(NONE).is_none());
    }
}

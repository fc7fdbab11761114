//! What the event simulation is held against: cases with known answers, coverage of its intervals, the course from empty,
//! escape times, the queue of a day, an autoscaler on a ramp. It measures and judges; it doesn't know how the figures are shown.

pub mod agreement;
pub mod cases;
pub mod changing;
pub mod coverage;
mod figures;
mod files;
mod moments;
mod networks;
mod run;
pub mod through_time;
pub mod together;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Applies the function to 0, 1, … up to and without `count` on all cores; the results stand in that order.
pub fn on_all_cores<T: Send>(count: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(count) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let result = of(index);
                    if let Ok(mut done) = done.lock() {
                        done.push((index, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

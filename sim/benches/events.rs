//! How many events a second the simulation runs, beside a peer on the same models in the same run: the two take turns, so that whatever else
//! the machine does meets both.

mod peer;
mod runs;
mod systems;

use runs::{Run, best_and_median};
use std::hint::black_box;
use std::time::Instant;

/// Turns of each.
const TURNS: usize = 400;

/// Millions of events a second of a turn that says how many events there were.
fn turn(run: impl FnOnce() -> u64) -> f64 {
    let begun = Instant::now();
    let events = black_box(run());
    events as f64 / begun.elapsed().as_secs_f64() / 1e6
}

fn main() {
    // Cargo's own flags aside, an argument names the models to run.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    println!("millions of events a second, natively: best of {TURNS} turns (median)");
    for (name, compiled) in runs::models() {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let mut run = Run::of(&compiled);
        let peer = match name {
            "M/M/1" => Some((peer::one_server(), 12_500.0)),
            "three tiers" => Some((peer::three_tiers(), 62.5)),
            _ => None,
        };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            ours.push(turn(|| run.go_on()));
            if let Some((model, seconds)) = &peer {
                theirs.push(turn(|| peer::run(model, *seconds).events));
            }
        }
        let (best, median) = best_and_median(ours);
        print!("{name:<12} {best:6.1} ({median:.1})");
        if peer.is_some() {
            let (theirs, usual) = best_and_median(theirs);
            let (ratio, ratio_of_medians) = (best / theirs, median / usual);
            print!("   desru {theirs:6.1} ({usual:.1})   ratio {ratio:.2} ({ratio_of_medians:.2})");
        }
        println!();
    }
}

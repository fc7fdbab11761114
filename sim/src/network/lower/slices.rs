//! Which share of a class's keys a cache ever sees: doors that pick their target by the key send each key the same way. It knows neither
//! what is held nor how often it is asked for.

use crate::network::compile::Lowering;
use crate::network::note::Remark;

/// The share of the class's keys that are asked of this cache, above 0 and at most 1. A door with several targets that picks by consistent hash
/// (Karger et al. 1997, Consistent hashing and random trees, STOC, section 4) gives each target the keys of its part of the ring, so what lies
/// behind some of them meets only those targets' keys. These are taken to be a fair sample of all: of Zipf weights `k^-s` every m-th is again
/// proportional to `k^-s`, so the sample has the same law on fewer keys. Keys that move while a target is away aren't counted.
pub(super) fn share_of_keys(lowering: &mut Lowering<'_>, cache: usize, class: usize) -> f64 {
    let mut least: f64 = 1.0;
    for door in 0..lowering.topology.scenario.components.len() {
        if door == cache || !lowering.is_reached(door, class) {
            continue;
        }
        let calls = lowering.plan(door, class);
        let keyed: Vec<(usize, f64)> = calls
            .map(|call| lowering.planned(call))
            .filter_map(|call| Some((call.link as usize, call.key_weight?)))
            .collect();
        let all: f64 = keyed.iter().map(|(_, weight)| weight).sum();
        if keyed.len() < 2 || all <= 0.0 || is_reached_besides(lowering, class, cache, door) {
            continue;
        }
        let behind: f64 = (keyed.iter())
            .filter(|(link, _)| {
                let target = lowering.topology.target(*link);
                leads_to(lowering, class, target, cache, door)
            })
            .map(|(_, weight)| weight)
            .sum();
        if behind > 0.0 {
            least = least.min(behind / all);
        }
    }
    if least < 1.0 {
        lowering.note(Remark::KeysAreDivided, cache, None, Some(class));
    }
    least
}

/// Whether requests of the class get to the cache without passing the door.
fn is_reached_besides(lowering: &Lowering<'_>, class: usize, cache: usize, door: usize) -> bool {
    (0..lowering.topology.scenario.components.len()).any(|place| {
        let kind = lowering.topology.kind(place);
        kind == crate::catalog::Kind::Clients && leads_to(lowering, class, place, cache, door)
    })
}

/// Whether calls of the class lead from here to the goal without passing the door.
fn leads_to(lowering: &Lowering<'_>, class: usize, from: usize, goal: usize, door: usize) -> bool {
    let mut seen = vec![false; lowering.topology.scenario.components.len()];
    let mut open = vec![from];
    while let Some(place) = open.pop() {
        if place == goal {
            return true;
        }
        if place == door || seen[place] {
            continue;
        }
        seen[place] = true;
        open.extend(lowering.plan(place, class).map(|call| {
            lowering
                .topology
                .target(lowering.planned(call).link as usize)
        }));
    }
    false
}

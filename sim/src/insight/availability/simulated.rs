//! The same figures by drawing what is away, for designs whose diagrams are too large.
//!
//! States in which nothing is away make up most of the time and are known to work, so only the others are drawn: the first cause that is away
//! by its exact probability, those behind it independently (conditional Monte Carlo, Hammersley & Handscomb 1964, chapter 6). What is
//! drawn is then a share of a small probability, and so is its interval.

use super::causes::Causes;
use super::structure::{Gate, Structure};
use super::{Chance, CutSet, Known};
use crate::network::scramble;
use crate::theory::reliability::wilson_interval;

/// States that are drawn at most, and gates that are looked at.
const MOST_DRAWS: usize = 40_000;
const FEWEST_DRAWS: usize = 1_000;
const MOST_LOOKS: usize = 4_000_000;

/// Uniform numbers (Steele, Lea & Flood 2014, SplitMix64), the same every time.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        let bits = scramble(self.0);
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum View {
    ByTime,
    ByRequest,
}

pub(super) fn estimate(structure: &Structure, causes: &Causes, root: usize) -> Known {
    let (drawn, mut scene) = scene(structure, causes, root);
    let answered = scene.answered(&drawn, causes);
    let reachable = scene.chance(&drawn, View::ByTime, |cause| 1.0 - causes.all[cause].away);
    let mut cuts = Vec::new();
    for cause in &drawn {
        scene.away.fill(false);
        scene.away[*cause] = true;
        let failing = &causes.all[*cause];
        if failing.away > 0.0 && !scene.works(View::ByTime) {
            cuts.push(CutSet {
                causes: vec![failing.cause],
                share: failing.away,
            });
        }
    }
    cuts.sort_by(|one, other| {
        (other.share.total_cmp(&one.share)).then_with(|| one.causes.cmp(&other.causes))
    });
    Known {
        answered,
        reachable,
        cuts,
        complete: false,
    }
}

/// The share of the requests that are answered.
pub(super) fn answered(structure: &Structure, causes: &Causes, root: usize) -> Chance {
    let (drawn, mut scene) = scene(structure, causes, root);
    scene.answered(&drawn, causes)
}

/// By cause: the share of the requests that are lost while it alone is away, times that of the requests which find it so. What several
/// lose together is left out: where failures are rare that is less by as much again.
pub(super) fn alone(structure: &Structure, causes: &Causes, root: usize) -> Vec<(usize, f64)> {
    let (drawn, mut scene) = scene(structure, causes, root);
    let looks = scene.places.len().max(1) * drawn.len().max(1);
    let draws = (MOST_LOOKS / looks).clamp(1, FEWEST_DRAWS);
    let mut found = Vec::with_capacity(drawn.len());
    for cause in drawn {
        scene.away.fill(false);
        scene.away[cause] = true;
        let lost = (0..draws).filter(|_| !scene.works(View::ByRequest)).count();
        let away = 1.0 - causes.all[cause].works_for_a_request;
        found.push((cause, away * lost as f64 / draws as f64));
    }
    found
}

/// What a class needs, and everything that can fail of it.
fn scene<'a>(structure: &'a Structure, causes: &Causes, root: usize) -> (Vec<usize>, Scene<'a>) {
    let wanted = structure.below([root].into_iter());
    let places: Vec<usize> = (0..=root).filter(|place| wanted[*place]).collect();
    let drawn = (0..causes.all.len())
        .filter(|cause| {
            places
                .iter()
                .any(|place| structure.gates[*place] == Gate::Needs(*cause))
        })
        .collect();
    let scene = Scene {
        structure,
        places,
        root,
        away: vec![false; causes.all.len()],
        works: vec![true; structure.gates.len()],
        draws: Draws(1),
    };
    (drawn, scene)
}

struct Scene<'a> {
    structure: &'a Structure,
    /// The gates of the class, children first.
    places: Vec<usize>,
    root: usize,
    away: Vec<bool>,
    works: Vec<bool>,
    draws: Draws,
}

impl Scene<'_> {
    /// Whether the class works in the state that is set.
    fn works(&mut self, view: View) -> bool {
        for place in &self.places {
            let works = &self.works;
            self.works[*place] = match &self.structure.gates[*place] {
                Gate::Works => true,
                Gate::Fails => false,
                Gate::Needs(cause) => !self.away[*cause],
                Gate::All(gates) => gates.iter().all(|gate| works[*gate]),
                Gate::Any(gates) => gates.iter().any(|gate| works[*gate]),
                Gate::AtLeast(needed, gates) => {
                    gates.iter().filter(|gate| works[**gate]).count() >= *needed
                }
                Gate::While { up, way, instead } => match view {
                    View::ByTime => works[*way] || works[*instead],
                    _ if works[*up] => works[*way],
                    _ => works[*instead],
                },
                Gate::One(ways) if view == View::ByTime => ways.iter().any(|(_, way)| works[*way]),
                Gate::One(ways) => {
                    let mut left = self.draws.next();
                    let taken = ways.iter().find(|(share, _)| {
                        left -= share;
                        left < 0.0
                    });
                    taken.or(ways.last()).is_none_or(|(_, way)| works[*way])
                }
            };
        }
        self.works[self.root]
    }

    fn answered(&mut self, drawn: &[usize], causes: &Causes) -> Chance {
        self.chance(drawn, View::ByRequest, |cause| {
            causes.all[cause].works_for_a_request
        })
    }

    fn chance(&mut self, drawn: &[usize], view: View, works: impl Fn(usize) -> f64) -> Chance {
        let trials = (MOST_LOOKS / self.places.len().max(1)).clamp(FEWEST_DRAWS, MOST_DRAWS);
        // How likely it is that everything before a cause works, and that all does.
        let mut before = Vec::with_capacity(drawn.len() + 1);
        let mut all = 1.0;
        for cause in drawn {
            before.push(all);
            all *= works(*cause);
        }
        let some_away = 1.0 - all;
        self.away.fill(false);
        let sound = (0..FEWEST_DRAWS).filter(|_| self.works(view)).count();
        let when_sound = sound as f64 / FEWEST_DRAWS as f64;
        if some_away <= 0.0 {
            return Chance {
                share: when_sound,
                interval: (sound != FEWEST_DRAWS)
                    .then(|| wilson_interval(sound as u32, FEWEST_DRAWS as u32)),
            };
        }
        let mut answered = 0_u32;
        for _ in 0..trials {
            self.away.fill(false);
            // The first that is away: where the probability that all before work falls below a uniform number.
            let level = 1.0 - self.draws.next() * some_away;
            let first = before.partition_point(|before| *before >= level).max(1) - 1;
            self.away[drawn[first]] = true;
            for cause in &drawn[first + 1..] {
                let works = works(*cause);
                if works < 1.0 && self.draws.next() >= works {
                    self.away[*cause] = true;
                }
            }
            answered += u32::from(self.works(view));
        }
        let share = f64::from(answered) / trials as f64;
        let (low, high) = wilson_interval(answered, trials as u32);
        let (sound_low, sound_high) = if sound == FEWEST_DRAWS {
            (1.0, 1.0)
        } else {
            wilson_interval(sound as u32, FEWEST_DRAWS as u32)
        };
        Chance {
            share: all * when_sound + some_away * share,
            interval: Some((
                all * sound_low + some_away * low,
                all * sound_high + some_away * high,
            )),
        }
    }
}

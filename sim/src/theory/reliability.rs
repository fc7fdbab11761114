//! How much of the time a system of parts that fail and are repaired works: k of n, and any monotone structure as a binary decision
//! diagram with its minimal cut sets. It knows parts as numbers with probabilities.
//!
//! Parts fail independently of one another; what fails together is a part of its own (Barlow & Proschan 1975, "Statistical Theory of
//! Reliability and Life Testing", chapters 1 and 2).

use super::special::positive;
use std::collections::BTreeMap;

/// The probability that at least `needed` of `parts` equal parts work, each with probability `works`: the sum of the binomial
/// probabilities from `needed` to `parts` (Barlow & Proschan 1975, chapter 1, equation 1.7). `None` unless `works` lies in [0, 1].
pub fn at_least(needed: u32, parts: u32, works: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&works) {
        return None;
    }
    if needed == 0 || works == 1.0 {
        return Some(if needed <= parts { 1.0 } else { 0.0 });
    }
    if needed > parts || works == 0.0 {
        return Some(0.0);
    }
    // From the end that is smaller, so that a sum close to one keeps its distance from it.
    let fails = 1.0 - works;
    let log_works = libm::log(works);
    let log_fails = libm::log(fails);
    let n = f64::from(parts);
    let term = |working: u32| {
        let k = f64::from(working);
        libm::exp(
            libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0)
                + k * log_works
                + (n - k) * log_fails,
        )
    };
    Some(if f64::from(needed) <= n * works {
        let too_few: f64 = (0..needed).map(term).sum();
        (1.0 - too_few).clamp(0.0, 1.0)
    } else {
        (needed..=parts).map(term).sum::<f64>().clamp(0.0, 1.0)
    })
}

/// The share of time that a part works which fails every `between_failures` on average and is away for `repair`: MTBF / (MTBF + MTTR)
/// (Barlow & Proschan 1975, chapter 7). `None` unless the first is above 0 and the second at least 0.
pub fn availability(between_failures: f64, repair: f64) -> Option<f64> {
    (positive(between_failures) && repair >= 0.0 && repair.is_finite())
        .then(|| between_failures / (between_failures + repair))
}

/// How often a part fails, per unit of the repair time, that is away for `repair` at a time and works for this share of it: from the
/// same equation, (1 − A) / MTTR. `None` unless the share lies in [0, 1] and the repair takes time.
pub fn failure_rate(works: f64, repair: f64) -> Option<f64> {
    ((0.0..=1.0).contains(&works) && positive(repair)).then(|| (1.0 - works) / repair)
}

/// A function of parts that work or don't, as a node of a [`Diagram`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function(u32);

impl Function {
    /// Fails whatever works.
    pub const FAILS: Function = Function(0);
    /// Works whatever fails.
    pub const WORKS: Function = Function(1);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    part: u32,
    /// When the part works, and when it doesn't.
    high: Function,
    low: Function,
}

/// A reduced ordered binary decision diagram (Bryant 1986), with parts asked in the order of their numbers; its functions share their nodes.
/// Probabilities and minimal cut sets by Rauzy 1993, "New algorithms for fault trees analysis".
#[derive(Clone, Debug)]
pub struct Diagram {
    nodes: Vec<Node>,
    known: BTreeMap<Node, u32>,
    chosen: BTreeMap<(Function, Function, Function), Function>,
    most: usize,
}

impl Diagram {
    /// A diagram of this many nodes at most.
    pub fn new(most: usize) -> Self {
        let end = |function| Node {
            part: u32::MAX,
            high: function,
            low: function,
        };
        Diagram {
            nodes: vec![end(Function::FAILS), end(Function::WORKS)],
            known: BTreeMap::new(),
            chosen: BTreeMap::new(),
            most,
        }
    }

    /// Nodes so far.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    fn part(&self, function: Function) -> u32 {
        self.nodes[function.0 as usize].part
    }

    fn node(&mut self, node: Node) -> Option<Function> {
        if node.high == node.low {
            return Some(node.high);
        }
        if let Some(known) = self.known.get(&node) {
            return Some(Function(*known));
        }
        if self.nodes.len() >= self.most {
            return None;
        }
        let place = self.nodes.len() as u32;
        self.nodes.push(node);
        self.known.insert(node, place);
        Some(Function(place))
    }

    /// Works when the part does. `None`, here and below, when there is no room for another node.
    pub fn works(&mut self, part: u32) -> Option<Function> {
        self.node(Node {
            part,
            high: Function::WORKS,
            low: Function::FAILS,
        })
    }

    /// The one function where `condition` holds and the other where it doesn't (Bryant's if-then-else). It goes as deep as there are parts.
    pub fn choose(
        &mut self,
        condition: Function,
        one: Function,
        other: Function,
    ) -> Option<Function> {
        match (condition, one, other) {
            (Function::WORKS, _, _) => return Some(one),
            (Function::FAILS, _, _) => return Some(other),
            (_, Function::WORKS, Function::FAILS) => return Some(condition),
            _ if one == other => return Some(one),
            _ => {}
        }
        let key = (condition, one, other);
        if let Some(known) = self.chosen.get(&key) {
            return Some(*known);
        }
        let part = self
            .part(condition)
            .min(self.part(one))
            .min(self.part(other));
        let split = |diagram: &Diagram, function: Function, works: bool| {
            let node = diagram.nodes[function.0 as usize];
            match (node.part == part, works) {
                (false, _) => function,
                (true, true) => node.high,
                (true, false) => node.low,
            }
        };
        let mut sides = [Function::FAILS; 2];
        for (side, works) in sides.iter_mut().zip([true, false]) {
            let (condition, one, other) = (
                split(self, condition, works),
                split(self, one, works),
                split(self, other, works),
            );
            *side = self.choose(condition, one, other)?;
        }
        let [high, low] = sides;
        let result = self.node(Node { part, high, low })?;
        // Some choices make no node; these, too, take their time.
        if self.chosen.len() >= self.most.saturating_mul(CHOICES_FOR_A_NODE) {
            return None;
        }
        self.chosen.insert(key, result);
        Some(result)
    }

    /// Works when both do.
    pub fn both(&mut self, one: Function, other: Function) -> Option<Function> {
        self.choose(one, other, Function::FAILS)
    }

    /// Works when either does.
    pub fn either(&mut self, one: Function, other: Function) -> Option<Function> {
        self.choose(one, Function::WORKS, other)
    }

    /// Works when at least `needed` of the functions do.
    pub fn at_least(&mut self, needed: usize, functions: &[Function]) -> Option<Function> {
        if needed == 0 {
            return Some(Function::WORKS);
        }
        // After each function, for each number that is still needed.
        let mut still = vec![Function::FAILS; needed + 1];
        still[0] = Function::WORKS;
        for function in functions {
            for wanted in (1..=needed).rev() {
                still[wanted] = self.choose(*function, still[wanted - 1], still[wanted])?;
            }
        }
        Some(still[needed])
    }

    /// The probability that the function works, when `works` gives each part's.
    pub fn probability(&self, function: Function, works: impl Fn(u32) -> f64) -> f64 {
        let mut values = vec![1.0; (function.0 as usize + 1).max(2)];
        values[Function::FAILS.0 as usize] = 0.0;
        // Nodes come after those that they lead to.
        for place in 2..=function.0 as usize {
            let node = self.nodes[place];
            let p = works(node.part);
            values[place] =
                p * values[node.high.0 as usize] + (1.0 - p) * values[node.low.0 as usize];
        }
        values[function.0 as usize]
    }

    /// The smallest sets of parts that bring a monotone function down together, with at most `largest` parts, by rising size and then by
    /// their parts; and whether there are no others (Rauzy 1993: the minimal solutions of a node are those without its part, and of those
    /// with it the ones that need it).
    pub fn minimal_cuts(&self, function: Function, largest: usize) -> (Vec<Vec<u32>>, bool) {
        let mut complete = true;
        let mut found: BTreeMap<u32, Vec<Vec<u32>>> = BTreeMap::new();
        found.insert(Function::FAILS.0, vec![Vec::new()]);
        found.insert(Function::WORKS.0, Vec::new());
        for place in self.below(function) {
            let node = self.nodes[place as usize];
            let without = &found[&node.high.0];
            let mut cuts = without.clone();
            for cut in &found[&node.low.0] {
                if without.iter().any(|other| is_part_of(other, cut)) {
                    continue;
                }
                if cut.len() >= largest || cuts.len() >= MOST_CUTS {
                    complete = false;
                    continue;
                }
                let mut cut = cut.clone();
                cut.insert(0, node.part);
                cuts.push(cut);
            }
            found.insert(place, cuts);
        }
        let mut cuts = found.remove(&function.0).unwrap_or_default();
        cuts.sort_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
        (cuts, complete)
    }

    /// The nodes that a function leads to and itself, those that are led to first.
    fn below(&self, function: Function) -> Vec<u32> {
        let mut reached = vec![false; function.0 as usize + 1];
        reached[function.0 as usize] = true;
        for place in (2..reached.len()).rev() {
            if reached[place] {
                let node = self.nodes[place];
                reached[node.high.0 as usize] = true;
                reached[node.low.0 as usize] = true;
            }
        }
        (2..reached.len())
            .filter(|place| reached[*place])
            .map(|place| place as u32)
            .collect()
    }
}

/// Choices that are remembered for each node that there is room for.
const CHOICES_FOR_A_NODE: usize = 8;

/// Cut sets that are kept of one node; there may be as many as there are subsets.
const MOST_CUTS: usize = 2_000;

/// Whether every number of the one is in the other; both rise.
fn is_part_of(one: &[u32], other: &[u32]) -> bool {
    let mut rest = other.iter();
    one.iter()
        .all(|wanted| rest.any(|candidate| candidate == wanted))
}

/// The interval that holds the probability of something seen `times` in `trials` independent trials with 95 % (Wilson 1927).
pub fn wilson_interval(times: u32, trials: u32) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let n = f64::from(trials.max(1));
    let p = f64::from(times) / n;
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * libm::sqrt(p * (1.0 - p) / n + Z * Z / (4.0 * n * n));
    let whole = 1.0 + Z * Z / n;
    (
        ((centre - spread) / whole).max(0.0),
        ((centre + spread) / whole).min(1.0),
    )
}

#[cfg(test)]
mod tests;

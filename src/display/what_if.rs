//! What is seen of a setting's other values: which figure, on which axis, beside which bounds, in words; it knows neither canvas nor DOM.

use loadscape_sim::insight::{Measure, WhatIf, WhatIfPoint};
use loadscape_sim::quantities::{dollars, rate, share, time};
use loadscape_sim::scenario::{ClassId, Objective, RequestClass};
use loadscape_sim::units::{DollarsPerMonth, PerSecond, Seconds};

/// The figures that can be chosen, by name and label.
pub const MEASURES: [(Measure, &str, &str); 7] = [
    (Measure::Mean, "mean", "mean"),
    (Measure::Median, "p50", "p50"),
    (Measure::P95, "p95", "p95"),
    (Measure::P99, "p99", "p99"),
    (Measure::Success, "success", "success"),
    (Measure::Goodput, "served", "served"),
    (Measure::Busiest, "busiest", "busiest station"),
];

/// How much of an axis is left of where no limit at all stands.
const LIMITED: f64 = 0.9;
/// Where nought stands on an axis of ratios, and how much of the axis is left of its least number above that.
const NOUGHT: f64 = 0.08;

/// A figure of a class, or of all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Which figure.
    pub measure: Measure,
    /// Whose; without one the worst of all, and of what is served the sum.
    pub class: Option<ClassId>,
}

/// What an objective asks of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The bound, in the figure's unit.
    pub value: f64,
    /// The class that alone it speaks of, where that isn't the class that is looked at.
    pub class: Option<ClassId>,
}

impl Look {
    /// What the document's first objective that isn't about money speaks of; without one the slowest p99.
    pub fn first(objectives: &[Objective]) -> Self {
        let looks = objectives.iter().map(|objective| Look {
            measure: Measure::of_target(objective.target).0,
            class: objective.class,
        });
        let slowest = Look {
            measure: Measure::P99,
            class: None,
        };
        let mut others = looks.filter(|look| look.measure != Measure::Cost);
        others.next().unwrap_or(slowest)
    }

    /// The figure at a point.
    pub fn of(self, point: &WhatIfPoint) -> Option<f64> {
        let class = self.class.filter(|_| self.measure.is_of_classes());
        point.figure(self.measure, class)
    }

    /// A value of it in words.
    pub fn words(self, value: f64) -> String {
        match self.measure {
            Measure::Success | Measure::Busiest => share(value),
            Measure::Goodput | Measure::Sustained => rate(PerSecond(value)),
            Measure::Cost => dollars(DollarsPerMonth(value)),
            Measure::Mean | Measure::Median | Measure::P95 | Measure::P99 => time(Seconds(value)),
        }
    }

    /// The value at a point in words.
    pub fn told(self, point: &WhatIfPoint) -> String {
        self.of(point)
            .map_or_else(|| self.nothing().to_owned(), |value| self.words(value))
    }

    /// Instead of a value.
    fn nothing(self) -> &'static str {
        if self.measure == Measure::Sustained {
            "any load"
        } else {
            "no steady state"
        }
    }

    /// What it is, e.g. "p95 of View post".
    pub fn label(self, classes: &[RequestClass]) -> String {
        let short = match self.measure {
            Measure::Busiest => return "Busiest station".to_owned(),
            Measure::Sustained => return "Load that it sustains".to_owned(),
            Measure::Cost => return "Cost a month".to_owned(),
            Measure::Mean => "mean",
            Measure::Median => "p50",
            Measure::P95 => "p95",
            Measure::P99 => "p99",
            Measure::Success => "success",
            Measure::Goodput => "served",
        };
        let class = classes.iter().find(|own| Some(own.id) == self.class);
        match class {
            Some(class) if self.measure == Measure::Goodput => format!("Served of {}", class.name),
            Some(class) if self.measure == Measure::Success => format!("Success of {}", class.name),
            Some(class) => format!("{short} of {}", class.name),
            None if self.measure == Measure::Goodput => "Served".to_owned(),
            None if self.measure == Measure::Success => "Success".to_owned(),
            None => format!("Slowest {short}"),
        }
    }

    /// Whose it is where no class is chosen.
    pub fn of_all(self) -> &'static str {
        match self.measure {
            Measure::Goodput => "of all",
            Measure::Success => "of the worst",
            _ => "of the slowest",
        }
    }

    /// What objectives ask of it, each bound once. Of the worst class, what is asked of any.
    pub fn bounds(self, objectives: &[Objective]) -> Vec<Bound> {
        let mut bounds: Vec<Bound> = Vec::new();
        for objective in objectives {
            let (measure, value) = Measure::of_target(objective.target);
            let speaks = match (self.class, objective.class) {
                _ if !self.measure.is_of_classes() => true,
                (_, None) => self.measure != Measure::Goodput || self.class.is_none(),
                // No class has to serve what all of them do.
                (None, Some(_)) => self.measure != Measure::Goodput,
                (Some(own), Some(asked)) => own == asked,
            };
            if measure != self.measure || !speaks {
                continue;
            }
            let class = objective.class.filter(|own| Some(*own) != self.class);
            let class = class.filter(|_| self.measure.is_of_classes());
            match bounds.iter_mut().find(|bound| bound.value == value) {
                Some(bound) if bound.class != class => bound.class = None,
                Some(_) => {}
                None => bounds.push(Bound { value, class }),
            }
        }
        bounds
    }
}

/// The axis of numbers, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    from: f64,
    to: f64,
    /// The least number above nought, where the axis goes in ratios.
    least: Option<f64>,
    /// Where the largest number stands: no limit at all stands at the end.
    reach: f64,
}

impl Axis {
    /// Of everything that was tried.
    pub fn of(found: &WhatIf, in_ratios: bool) -> Self {
        let numbers = || found.points.iter().filter_map(WhatIfPoint::number);
        let from = numbers().next().unwrap_or(0.0);
        let to = numbers().next_back().unwrap_or(0.0);
        // What falls below nought has no ratio.
        let least = numbers().find(|number| *number > 0.0);
        let unlimited = found.points.iter().any(|point| point.number().is_none());
        Axis {
            reach: if unlimited { LIMITED } else { 1.0 },
            from,
            to,
            least: least.filter(|least| in_ratios && from >= 0.0 && to > *least),
        }
    }

    /// Where a point stands.
    pub fn place(&self, point: &WhatIfPoint) -> f64 {
        point.number().map_or(1.0, |number| self.along(number))
    }

    /// Where a number stands.
    pub fn along(&self, value: f64) -> f64 {
        let (from, to) = (self.from, self.to);
        let share = match self.least {
            Some(least) => {
                let start = if from > 0.0 { 0.0 } else { NOUGHT };
                if value < least {
                    start * (value / least)
                } else {
                    start + (1.0 - start) * (value / least).ln() / (to / least).ln()
                }
            }
            None if to > from => (value - from) / (to - from),
            None => 0.5,
        };
        self.reach * share
    }
}

/// From where to where a figure is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Nought, but of what is nearly whole everywhere.
    pub bottom: f64,
    /// Above everything that is shown.
    pub top: f64,
}

impl Reach {
    /// How far a figure reaches: today's and the bounds are well inside; an explosion near the end is cut off.
    pub fn of(look: Look, values: &[Option<f64>], here: Option<f64>, bounds: &[Bound]) -> Self {
        let bounds = || bounds.iter().map(|bound| bound.value);
        if look.measure == Measure::Success {
            // It is what fails that differs.
            let missing = |value: f64| 1.0 - value;
            let failures: Vec<Option<f64>> = values.iter().map(|own| own.map(missing)).collect();
            let asked = bounds().map(missing).fold(0.0, f64::max);
            let deep = height(&failures, here.map(missing), asked, true).min(1.0);
            let deep = if deep > 0.0 { deep } else { 0.01 };
            return Reach {
                bottom: 1.0 - deep,
                top: 1.0,
            };
        }
        let top = if look.measure.is_time() {
            height(values, here, bounds().fold(0.0, f64::max), true)
        } else {
            // A bound that is far off stays outside, or the curve would lie flat.
            let highest = values.iter().flatten().copied().fold(0.0, f64::max);
            let near = bounds().filter(|bound| *bound < 2.0 * highest);
            height(values, here, near.fold(0.0, f64::max), false)
        };
        Reach {
            bottom: 0.0,
            top: if top > 0.0 && top.is_finite() {
                top
            } else {
                1.0
            },
        }
    }

    /// How high a value stands, from 0 to 1; cut off at either end.
    pub fn height(&self, value: f64) -> f64 {
        ((value - self.bottom) / (self.top - self.bottom)).clamp(0.0, 1.0)
    }

    /// Whether it is within.
    pub fn holds(&self, value: f64) -> bool {
        (self.bottom..=self.top).contains(&value)
    }

    /// Round values to read it by, rising.
    pub fn ticks(&self) -> Vec<f64> {
        let ticks = super::room::ticks(self.top - self.bottom).into_iter();
        if self.bottom > 0.0 {
            let mut ticks: Vec<f64> = ticks.map(|tick| self.top - tick).collect();
            ticks.push(self.top);
            ticks.sort_by(f64::total_cmp);
            ticks
        } else {
            ticks.collect()
        }
    }
}

fn height(values: &[Option<f64>], here: Option<f64>, asked: f64, explodes: bool) -> f64 {
    let there = || values.iter().flatten().copied();
    let highest = there().fold(0.0, f64::max);
    let lowest = there().fold(f64::INFINITY, f64::min);
    let top = if explodes {
        let wanted = here.unwrap_or(0.0).max(asked) * 1.6;
        highest.min(wanted.max(lowest * 4.0)).max(asked)
    } else {
        highest.max(asked)
    };
    1.15 * top
}

/// A curve in pieces without gaps: where along the axis, and how high from 0 to 1.
pub fn pieces(values: &[(f64, Option<f64>)], reach: Reach) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = vec![Vec::new()];
    for (along, value) in values {
        match value {
            Some(value) => {
                if let Some(piece) = pieces.last_mut() {
                    piece.push((*along, reach.height(*value)));
                }
            }
            None => pieces.push(Vec::new()),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::builtin::named;
    use loadscape_sim::catalog::{Parameter, Unlimited, Value};
    use loadscape_sim::insight::{Setting, values_to_try};
    use loadscape_sim::scenario::{ComponentId, Scenario, Target, read};
    use loadscape_sim::steady::Solver;

    fn stage(name: &str) -> Scenario {
        read(named(name).unwrap().text()).scenario.unwrap()
    }

    fn objective(class: Option<u32>, target: Target) -> Objective {
        Objective {
            class: class.map(ClassId),
            target,
        }
    }

    #[test]
    fn every_objective_of_every_stage_has_its_line() {
        for name in [
            "stage-0", "stage-1", "stage-2", "stage-3", "stage-4", "stage-5", "stage-6",
        ] {
            let objectives = stage(name).objectives;
            for own in &objectives {
                let (measure, value) = Measure::of_target(own.target);
                let look = Look {
                    measure,
                    class: own.class,
                };
                let shown = MEASURES.iter().any(|(known, ..)| *known == measure);
                assert!(shown || measure == Measure::Cost, "{name} {own:?}");
                let bounds = look.bounds(&objectives);
                assert!(
                    bounds.contains(&Bound { value, class: None }),
                    "{name} {own:?}"
                );
            }
            // The first is what one looks at first.
            let first = Look::first(&objectives);
            let asked = Measure::of_target(objectives[0].target).0;
            assert_eq!((first.measure, first.class), (asked, objectives[0].class));
        }
    }

    #[test]
    fn bounds_are_of_the_class_that_is_looked_at() {
        let objectives = [
            objective(None, Target::CostAtMostDollarsPerMonth(50.0)),
            objective(Some(1), Target::P95AtMostSeconds(0.2)),
            objective(Some(2), Target::P95AtMostSeconds(0.3)),
            objective(None, Target::P95AtMostSeconds(0.4)),
            objective(Some(2), Target::P99AtMostSeconds(0.9)),
            objective(Some(1), Target::GoodputAtLeastPerSecond(10.0)),
        ];
        let look = |measure, class: Option<u32>| Look {
            measure,
            class: class.map(ClassId),
        };
        let told = |look: Look| {
            let bounds = look.bounds(&objectives).into_iter();
            let own = bounds.map(|bound| (bound.value, bound.class.map(|class| class.0)));
            own.collect::<Vec<_>>()
        };
        assert_eq!(
            told(look(Measure::P95, Some(2))),
            [(0.3, None), (0.4, None)]
        );
        assert_eq!(
            told(look(Measure::P95, None)),
            [(0.2, Some(1)), (0.3, Some(2)), (0.4, None)]
        );
        assert_eq!(told(look(Measure::Cost, Some(2))), [(50.0, None)]);
        assert_eq!(told(look(Measure::Goodput, Some(1))), [(10.0, None)]);
        assert!(told(look(Measure::Goodput, None)).is_empty());
        // Money has a chart of its own.
        assert_eq!(Look::first(&objectives), look(Measure::P95, Some(1)));
        assert_eq!(Look::first(&[]), look(Measure::P99, None));
    }

    #[test]
    fn an_axis_of_ratios_has_a_place_for_nought() {
        let scenario = stage("stage-2");
        let replica = (scenario.components.iter())
            .find(|own| own.name == "Replica")
            .unwrap();
        let joins = Setting::Component(replica.id, Parameter::JoinsPerRead);
        let domain = joins.domain(&scenario).unwrap();
        let mut found = WhatIf::begin(&scenario, joins).unwrap();
        let mut solver = Solver::new();
        for value in values_to_try(domain, found.here, 9) {
            found.extend(&mut solver, &scenario, value);
        }
        let axis = Axis::of(&found, loadscape_sim::insight::in_ratios(domain));
        let middle = NOUGHT + (1.0 - NOUGHT) / 2.0;
        for (number, place) in [(0.0, 0.0), (1.0, NOUGHT), (10.0, middle), (100.0, 1.0)] {
            assert!((axis.along(number) - place).abs() < 1e-12, "{number}");
        }
        let places = found.points.iter().filter_map(WhatIfPoint::number);
        let places: Vec<f64> = places.map(|number| axis.along(number)).collect();
        assert!(places.is_sorted_by(|one, other| one < other));
        // What has no limit stands behind everything that has.
        let mut open = found.clone();
        let mut last = found.points[0].clone();
        last.value = Value::Unlimited(Unlimited::Unlimited);
        open.points.push(last.clone());
        let open = Axis::of(&open, true);
        assert!((open.along(100.0) - LIMITED).abs() < 1e-12);
        assert_eq!(open.place(&last), 1.0);
        let plain = Axis::of(&found, false);
        assert_eq!((plain.along(0.0), plain.along(50.0)), (0.0, 0.5));
    }

    #[test]
    fn bounds_stand_within_reach_and_explosions_outside() {
        let look = |measure| Look {
            measure,
            class: None,
        };
        let bound = |value| [Bound { value, class: None }];
        let times = [Some(0.1), Some(0.2), Some(40.0), None];
        let reach = Reach::of(look(Measure::P95), &times, Some(0.1), &bound(0.25));
        assert!(reach.holds(0.25) && !reach.holds(40.0));
        assert_eq!(reach.height(40.0), 1.0);
        // A bound above everything is still shown.
        let reach = Reach::of(look(Measure::P95), &times[..2], Some(0.1), &bound(0.5));
        assert!(reach.holds(0.5));
        let shares = [Some(0.9995), Some(0.999), Some(0.2)];
        let reach = Reach::of(look(Measure::Success), &shares, Some(0.9995), &bound(0.999));
        assert!(reach.holds(0.999) && reach.bottom > 0.99 && reach.top == 1.0);
        assert!(reach.ticks().iter().all(|tick| reach.holds(*tick)));
        let whole = Reach::of(look(Measure::Success), &[Some(1.0)], Some(1.0), &[]);
        assert_eq!(whole.height(1.0), 1.0);
        assert_eq!(
            pieces(
                &[(0.0, Some(0.1)), (0.5, None), (1.0, Some(9.0))],
                Reach {
                    bottom: 0.0,
                    top: 1.0
                }
            ),
            [vec![(0.0, 0.1)], vec![(1.0, 1.0)]]
        );
    }

    #[test]
    fn a_figure_is_told_with_whose_it_is() {
        let classes = stage("stage-2").classes;
        let label = |measure, class: Option<ClassId>| Look { measure, class }.label(&classes);
        let first = Some(classes[0].id);
        assert_eq!(
            label(Measure::P95, first),
            format!("p95 of {}", classes[0].name)
        );
        assert_eq!(label(Measure::P99, None), "Slowest p99");
        assert_eq!(label(Measure::Goodput, None), "Served");
        assert_eq!(label(Measure::Busiest, first), "Busiest station");
        let look = Look {
            measure: Measure::P95,
            class: Some(ClassId(99)),
        };
        let point = WhatIfPoint {
            value: Value::Flag(true),
            classes: Vec::new(),
            bottleneck: Some((ComponentId(1), 1.2)),
            busiest: 1.0,
            sustainable: PerSecond(f64::INFINITY),
            cost: DollarsPerMonth(12.0),
            met: 0,
        };
        assert_eq!(look.told(&point), "no steady state");
        let sustained = Look {
            measure: Measure::Sustained,
            class: None,
        };
        assert_eq!(sustained.told(&point), "any load");
    }
}

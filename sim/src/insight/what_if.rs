//! What if one number of the design were another: the same design solved over that number's range. It draws nothing and decides nothing.

use crate::analysis::figures_with;
use crate::catalog::{Domain, Parameter, ParameterSpecification, Scale, Value};
use crate::report::Report;
use crate::scenario::{ClassId, Component, ComponentId, Scenario};
use crate::steady::{Precision, Solver};
use crate::units::{DollarsPerMonth, PerSecond, Seconds};

/// How far to either side of today's value a range that spans decades is looked at, as a factor.
const REACH: f64 = 8.0;

/// A design under other values of one of its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// Whose number.
    pub component: ComponentId,
    /// Which.
    pub parameter: Parameter,
    /// Its value today, in the parameter's own unit.
    pub here: f64,
    /// What the design does at other values, which rise; today's is among them once it has been solved.
    pub points: Vec<WhatIfPoint>,
}

/// The design at one value.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfPoint {
    /// The value, in the parameter's own unit.
    pub value: f64,
    /// The class with the slowest p99, and that; `None` where a class that is sent has no steady state.
    pub slowest: Option<(ClassId, Seconds)>,
    /// The p99 of each class, in the document's order; `None` where it has no steady state, or isn't sent.
    pub p99: Vec<Option<Seconds>>,
    /// What limits the design, and how much of what it can do is asked for; `None` where nothing does.
    pub bottleneck: Option<(ComponentId, f64)>,
    /// The load at which it is full.
    pub sustainable: PerSecond,
    /// What a month costs.
    pub cost: DollarsPerMonth,
    /// Objectives that are met.
    pub met: usize,
}

/// Where the bottleneck passes from one part to another as the value rises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Handover {
    /// The last value that was solved with the first.
    pub before: f64,
    /// The first with the other.
    pub after: f64,
    /// Who limits from there on.
    pub to: ComponentId,
}

/// The values to solve at, rising, about so many: today's among them. Ranges that span decades are looked at around today's value, others whole.
/// None where the parameter is no number, or unlimited today.
pub fn values_to_try(specification: &ParameterSpecification, here: f64, count: usize) -> Vec<f64> {
    let Domain::Number {
        minimum,
        maximum,
        whole,
        scale,
        ..
    } = specification.domain
    else {
        return Vec::new();
    };
    if !here.is_finite() || count < 2 {
        return Vec::new();
    }
    let along = |step: usize| step as f64 / (count - 1) as f64;
    let mut values: Vec<f64> = match scale {
        Scale::Linear => (0..count)
            .map(|step| minimum + (maximum - minimum) * along(step))
            .collect(),
        Scale::Logarithmic => {
            let middle = if here > 0.0 {
                here
            } else {
                // Nothing today: up from the smallest that means something.
                f64::max(minimum, if whole { 1.0 } else { maximum * 1e-6 })
            };
            let (from, to) = (
                f64::max(middle / REACH, minimum),
                f64::min(middle * REACH, maximum),
            );
            let from = if from > 0.0 {
                from
            } else {
                to / (REACH * REACH)
            };
            (0..count)
                .map(|step| from * libm::pow(to / from, along(step)))
                .collect()
        }
    };
    for value in &mut values {
        *value = if whole {
            value.round().clamp(minimum, maximum)
        } else {
            three_digits(*value).clamp(minimum, maximum)
        };
    }
    values.push(here);
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// As people write numbers; nothing on a curve hangs on the fourth digit.
fn three_digits(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let unit = libm::pow(10.0, (libm::log10(value.abs())).floor() - 2.0);
    if unit < 1.0 {
        let parts = (1.0 / unit).round();
        (value * parts).round() / parts
    } else {
        (value / unit).round() * unit
    }
}

impl WhatIf {
    /// Nothing solved yet; `None` where this isn't a number today.
    pub fn begin(component: &Component, parameter: Parameter) -> Option<Self> {
        let here = component.number(parameter);
        here.is_finite().then_some(WhatIf {
            component: component.id,
            parameter,
            here,
            points: Vec::new(),
        })
    }

    /// Solves the design with this value and adds the point in its place.
    pub fn extend(&mut self, solver: &mut Solver, scenario: &Scenario, value: f64) {
        let mut changed = scenario.clone();
        let Some(component) =
            (changed.components.iter_mut()).find(|candidate| candidate.id == self.component)
        else {
            return;
        };
        component
            .parameters
            .insert(self.parameter, Value::Number(value));
        let report = figures_with(solver, &changed, Precision::Fast);
        let place = self.points.partition_point(|point| point.value < value);
        self.points.insert(place, WhatIfPoint::of(value, &report));
    }

    /// What the design does today, once that has been solved.
    pub fn today(&self) -> Option<&WhatIfPoint> {
        self.points.iter().find(|point| point.value == self.here)
    }

    /// Where the bottleneck changes hands.
    pub fn handovers(&self) -> Vec<Handover> {
        let limits = |point: &WhatIfPoint| point.bottleneck.map(|(component, _)| component);
        (self.points.windows(2))
            .filter(|pair| limits(&pair[0]) != limits(&pair[1]))
            .filter_map(|pair| {
                Some(Handover {
                    before: pair[0].value,
                    after: pair[1].value,
                    to: limits(&pair[1])?,
                })
            })
            .collect()
    }

    /// Where the curve of the slowest p99 bends most: the point farthest from the straight line between the ends of what has a steady state,
    /// each axis as long as the other (Satopää, Albrecht, Irwin and Raghavan 2011, "Finding a 'Kneedle' in a haystack", section III). `None`
    /// where it hardly bends: by less than a tenth of its height.
    pub fn knee(&self) -> Option<f64> {
        self.knee_of(|point| Some(point.slowest?.1.0))
    }

    /// The same of another figure.
    pub fn knee_of(&self, figure: impl Fn(&WhatIfPoint) -> Option<f64>) -> Option<f64> {
        const LEAST: f64 = 0.1;
        let points: Vec<(f64, f64)> = (self.points.iter())
            .filter_map(|point| Some((point.value, figure(point)?)))
            .collect();
        let (&(left, first), &(right, last)) = (points.first()?, points.last()?);
        let reach = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let (low, high) = reach(&mut points.iter().map(|(_, seconds)| *seconds));
        if right <= left || high <= low * (1.0 + 1e-3) {
            return None;
        }
        let distance = |(value, seconds): (f64, f64)| {
            let straight = first + (last - first) * (value - left) / (right - left);
            (seconds - straight).abs() / (high - low)
        };
        let farthest = points
            .iter()
            .copied()
            .max_by(|one, other| distance(*one).total_cmp(&distance(*other)))?;
        (distance(farthest) >= LEAST).then_some(farthest.0)
    }
}

impl WhatIfPoint {
    fn of(value: f64, report: &Report) -> Self {
        WhatIfPoint {
            value,
            slowest: (report.slowest()).map(|(class, latency)| (class, latency.p99)),
            p99: (report.classes.iter())
                .map(|class| {
                    let answered = class.latency.filter(|_| class.goodput.0 > 0.0);
                    answered.map(|latency| latency.p99)
                })
                .collect(),
            bottleneck: (report.bottleneck.as_ref())
                .map(|bottleneck| (bottleneck.component, bottleneck.utilisation)),
            sustainable: report.sustainable,
            cost: report.cost.total,
            met: report.objectives.iter().filter(|own| own.met).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::builtin::named;
    use crate::catalog::{Kind, specification};
    use crate::scenario::read;

    fn stage(name: &str) -> Scenario {
        let builtin = named(name).expect("it is built in");
        read(builtin.text()).scenario.expect("it is sound")
    }

    fn swept(scenario: &Scenario, name: &str, parameter: Parameter, count: usize) -> WhatIf {
        let component = (scenario.components.iter())
            .find(|component| component.name == name)
            .expect("it is drawn");
        let specification = (specification(component.kind).parameters.iter())
            .find(|specification| specification.parameter == parameter)
            .expect("it has that");
        let mut what_if = WhatIf::begin(component, parameter).expect("it is a number");
        let mut solver = Solver::new();
        for value in values_to_try(specification, what_if.here, count) {
            what_if.extend(&mut solver, scenario, value);
        }
        what_if
    }

    #[test]
    fn each_point_is_what_the_changed_design_does() {
        let scenario = stage("stage-2");
        let what_if = swept(&scenario, "Users", Parameter::RequestRate, 12);
        assert!(
            what_if
                .points
                .is_sorted_by(|one, other| one.value < other.value)
        );
        for point in &what_if.points {
            let mut changed = scenario.clone();
            changed.components[0]
                .parameters
                .insert(Parameter::RequestRate, Value::Number(point.value));
            let report = analyse(&changed).report;
            assert_eq!(*point, WhatIfPoint::of(point.value, &report));
        }
        let today = what_if.today().expect("today's rate is among them");
        assert_eq!(today.cost, analyse(&scenario).report.cost.total);
    }

    #[test]
    fn an_mm1_queue_bends_where_its_formula_does() {
        // T = 1 / (mu - lambda): from 0 to b, farthest from its chord where T' is the chord's slope, 1 / (mu (mu - b)): at
        // lambda = mu - sqrt(mu (mu - b)). At p99, ln 100 times that: the same place.
        let (mu, most) = (100.0_f64, 96.0);
        let expected = mu - (mu * (mu - most)).sqrt();
        let mut what_if = WhatIf {
            component: ComponentId(1),
            parameter: Parameter::RequestRate,
            here: 50.0,
            points: Vec::new(),
        };
        for step in 0..=960 {
            let rate = f64::from(step) / 10.0;
            what_if.points.push(WhatIfPoint {
                value: rate,
                slowest: Some((ClassId(1), Seconds(100.0_f64.ln() / (mu - rate)))),
                p99: Vec::new(),
                bottleneck: None,
                sustainable: PerSecond(mu),
                cost: DollarsPerMonth(0.0),
                met: 0,
            });
        }
        let knee = what_if.knee().expect("it bends");
        assert!((knee - expected).abs() <= 0.1, "{knee} {expected}");
        // A straight line has none.
        for point in &mut what_if.points {
            point.slowest = Some((ClassId(1), Seconds(1.0 + point.value)));
        }
        assert_eq!(what_if.knee(), None);
    }

    #[test]
    fn the_bottleneck_changes_hands_where_the_solver_says_so() {
        let scenario = stage("stage-2");
        let what_if = swept(&scenario, "Replica", Parameter::Instances, 40);
        let handovers = what_if.handovers();
        let name = |id: ComponentId| {
            let component = scenario.component(id).expect("it is drawn");
            component.name.as_str()
        };
        let first = handovers.first().expect("one replica limits, many don't");
        assert_eq!(name(first.to), "Read API");
        let at = |value: f64| {
            let point = what_if.points.iter().find(|point| point.value == value);
            name(
                point
                    .expect("it was solved")
                    .bottleneck
                    .expect("it is loaded")
                    .0,
            )
        };
        assert_eq!((at(first.before), at(first.after)), ("Replica", "Read API"));
        assert!(
            what_if
                .points
                .iter()
                .all(|point| point.value.fract() == 0.0)
        );
    }

    #[test]
    fn values_keep_to_the_range_and_have_todays_among_them() {
        for kind in Kind::ALL {
            for specification in specification(*kind).parameters {
                let Domain::Number {
                    minimum, maximum, ..
                } = specification.domain
                else {
                    continue;
                };
                for here in [minimum, maximum, minimum + (maximum - minimum) / 3.0] {
                    let here = if matches!(specification.domain, Domain::Number { whole: true, .. })
                    {
                        here.round()
                    } else {
                        here
                    };
                    let values = values_to_try(specification, here, 40);
                    assert!(values.contains(&here), "{kind:?} {}", specification.label);
                    assert!(values.is_sorted_by(|one, other| one < other));
                    assert!(
                        values
                            .iter()
                            .all(|value| (minimum..=maximum).contains(value))
                    );
                    assert!(values.len() <= 41);
                }
            }
        }
    }
}

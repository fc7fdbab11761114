//! What if one setting of the design were another: the same design solved over that setting's range, or under each of its choices. It draws
//! nothing and decides nothing.

use super::setting::Setting;
use crate::analysis::figures_with;
use crate::catalog::{Domain, Scale, Unit, Unlimited, Value};
use crate::report::{ClassReport, Latency, Report};
use crate::scenario::{ClassId, ComponentId, Scenario, Target};
use crate::steady::{Precision, Solver};
use crate::units::{DollarsPerMonth, PerSecond};

/// How far to either side of today's value a range that spans decades is looked at, as a factor.
const REACH: f64 = 8.0;
/// What is counted is looked at in equal ratios from this many times its least on, however its slider moves.
const WIDE: f64 = 100.0;
/// The smallest that means something of a range that begins at nought, as a share of its largest.
const SMALLEST: f64 = 1e-6;

/// A design under other values of one of its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// Which.
    pub setting: Setting,
    /// Its value today; a number in the unit in which it is shown.
    pub here: Value,
    /// What the design does at other values: numbers rise, with no limit at all behind them where that is a value; choices stand in the catalog's
    /// order. Today's is among them once it has been solved.
    pub points: Vec<WhatIfPoint>,
}

/// The design at one value.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfPoint {
    /// The value.
    pub value: Value,
    /// The classes that are sent, in the document's order.
    pub classes: Vec<WhatIfClass>,
    /// What limits the design, and how much of what it can do is asked for; `None` where nothing does.
    pub bottleneck: Option<(ComponentId, f64)>,
    /// Utilisation of the busiest station, 0 to 1.
    pub busiest: f64,
    /// The load at which it is full.
    pub sustainable: PerSecond,
    /// What a month costs.
    pub cost: DollarsPerMonth,
    /// Objectives that are met.
    pub met: usize,
}

/// One class at one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WhatIfClass {
    /// Which.
    pub class: ClassId,
    /// How long it takes; `None` where it has no steady state, or nobody answers.
    pub latency: Option<Latency>,
    /// Share of its requests that are answered well.
    pub success: f64,
    /// Requests answered well, a second.
    pub goodput: PerSecond,
}

/// What can be looked at of each point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Mean response time, seconds.
    Mean,
    /// The median.
    Median,
    /// The 95th percentile.
    P95,
    /// The 99th.
    P99,
    /// Share of requests that are answered well.
    Success,
    /// Requests answered well, a second.
    Goodput,
    /// Utilisation of the busiest station; of no class.
    Busiest,
    /// The load at which it is full; of no class.
    Sustained,
    /// Dollars a month; of no class.
    Cost,
}

impl Measure {
    /// What an objective bounds, and by how much.
    pub fn of_target(target: Target) -> (Self, f64) {
        match target {
            Target::MeanAtMostSeconds(bound) => (Measure::Mean, bound),
            Target::P95AtMostSeconds(bound) => (Measure::P95, bound),
            Target::P99AtMostSeconds(bound) => (Measure::P99, bound),
            Target::SuccessAtLeast(bound) => (Measure::Success, bound),
            Target::GoodputAtLeastPerSecond(bound) => (Measure::Goodput, bound),
            Target::CostAtMostDollarsPerMonth(bound) => (Measure::Cost, bound),
            Target::UtilisationAtMost(bound) => (Measure::Busiest, bound),
        }
    }

    /// Whether it is a response time.
    pub fn is_time(self) -> bool {
        matches!(
            self,
            Measure::Mean | Measure::Median | Measure::P95 | Measure::P99
        )
    }

    /// Whether it is said of a class, or of all of them.
    pub fn is_of_classes(self) -> bool {
        self.is_time() || matches!(self, Measure::Success | Measure::Goodput)
    }
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

/// Whether a number's range is looked at in equal ratios: where its slider moves so, and where it counts things over decades.
pub fn in_ratios(domain: Domain) -> bool {
    match domain {
        Domain::Number {
            unit,
            minimum,
            maximum,
            scale,
            ..
        } => {
            scale == Scale::Logarithmic
                || (unit == Unit::Count && maximum >= WIDE * f64::max(minimum, 1.0))
        }
        Domain::Flag | Domain::Choice(_) => false,
    }
}

/// The values to solve at, about so many: today's among them. Numbers rise, and where there may be no limit that comes last; choices are all of
/// them, in the catalog's order. Ranges that span decades are looked at around today's value, others whole, as from no limit at all.
pub fn values_to_try(domain: Domain, here: Value, count: usize) -> Vec<Value> {
    match domain {
        Domain::Flag => vec![Value::Flag(false), Value::Flag(true)],
        Domain::Choice(choices) => {
            let all = choices.iter();
            all.map(|choice| Value::Choice(choice.choice)).collect()
        }
        Domain::Number {
            may_be_unlimited, ..
        } => {
            let here = match here {
                Value::Number(number) if number.is_finite() => Some(number),
                _ => None,
            };
            if count < 2 || (here.is_none() && !may_be_unlimited) {
                return Vec::new();
            }
            let numbers = numbers_to_try(domain, here, count).into_iter();
            let unlimited = may_be_unlimited.then_some(Value::Unlimited(Unlimited::Unlimited));
            numbers.map(Value::Number).chain(unlimited).collect()
        }
    }
}

fn numbers_to_try(domain: Domain, here: Option<f64>, count: usize) -> Vec<f64> {
    let Domain::Number {
        minimum,
        maximum,
        whole,
        scale,
        ..
    } = domain
    else {
        return Vec::new();
    };
    let along = |step: usize| step as f64 / (count - 1) as f64;
    let ratios = |from: f64, to: f64| -> Vec<f64> {
        let steps = 0..count;
        steps
            .map(|step| from * libm::pow(to / from, along(step)))
            .collect()
    };
    let mut values: Vec<f64> = match scale {
        _ if in_ratios(domain) && (here.is_none() || scale == Scale::Linear) => {
            let least = if whole || scale == Scale::Linear {
                1.0
            } else {
                maximum * SMALLEST
            };
            let mut values = ratios(f64::max(minimum, least), maximum);
            values.push(minimum);
            values
        }
        Scale::Linear => (0..count)
            .map(|step| minimum + (maximum - minimum) * along(step))
            .collect(),
        Scale::Logarithmic => {
            // Nothing today: up from the smallest that means something.
            let least = if whole { 1.0 } else { maximum * SMALLEST };
            let middle = (here.filter(|here| *here > 0.0)).unwrap_or(f64::max(minimum, least));
            let (from, to) = (
                f64::max(middle / REACH, minimum),
                f64::min(middle * REACH, maximum),
            );
            let from = if from > 0.0 {
                from
            } else {
                to / (REACH * REACH)
            };
            ratios(from, to)
        }
    };
    for value in &mut values {
        *value = if whole {
            value.round().clamp(minimum, maximum)
        } else {
            three_digits(*value).clamp(minimum, maximum)
        };
    }
    values.extend(here);
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
    /// Nothing solved yet; `None` where it has no such setting.
    pub fn begin(scenario: &Scenario, setting: Setting) -> Option<Self> {
        Some(WhatIf {
            setting,
            here: setting.value(scenario)?,
            points: Vec::new(),
        })
    }

    /// Solves the design with this value and adds the point in its place.
    pub fn extend(&mut self, solver: &mut Solver, scenario: &Scenario, value: Value) {
        let mut changed = scenario.clone();
        self.setting.set(&mut changed, value);
        let report = figures_with(solver, &changed, Precision::Fast);
        let place = match value {
            Value::Number(value) => self
                .points
                .partition_point(|point| point.number().is_some_and(|own| own < value)),
            Value::Flag(_) | Value::Choice(_) | Value::Unlimited(_) => self.points.len(),
        };
        self.points.insert(place, WhatIfPoint::of(value, &report));
    }

    /// What the design does today, once that has been solved.
    pub fn today(&self) -> Option<&WhatIfPoint> {
        self.points.iter().find(|point| point.value == self.here)
    }

    /// Where the bottleneck changes hands as the number rises; choices don't rise.
    pub fn handovers(&self) -> Vec<Handover> {
        let limits = |point: &WhatIfPoint| point.bottleneck.map(|(component, _)| component);
        (self.points.windows(2))
            .filter(|pair| limits(&pair[0]) != limits(&pair[1]))
            .filter_map(|pair| {
                Some(Handover {
                    before: pair[0].number()?,
                    after: pair[1].number()?,
                    to: limits(&pair[1])?,
                })
            })
            .collect()
    }

    /// Where the curve of a response time bends most as the number rises: the point farthest from the straight line between the ends of what
    /// has a steady state, each axis as long as the other (Satopää, Albrecht, Irwin and Raghavan 2011, "Finding a 'Kneedle' in a haystack",
    /// section III). `None` where it hardly bends, by less than a tenth of its height.
    pub fn knee(&self, measure: Measure, class: Option<ClassId>) -> Option<f64> {
        const LEAST: f64 = 0.1;
        if !measure.is_time() {
            return None;
        }
        let points: Vec<(f64, f64)> = (self.points.iter())
            .filter_map(|point| Some((point.number()?, point.figure(measure, class)?)))
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
    pub(super) fn of(value: Value, report: &Report) -> Self {
        let sent = |class: &&ClassReport| class.offered.0 > 0.0;
        WhatIfPoint {
            value,
            classes: (report.classes.iter().filter(sent))
                .map(|class| WhatIfClass {
                    class: class.class,
                    latency: class.answered(),
                    success: class.goodput.0 / class.offered.0,
                    goodput: class.goodput,
                })
                .collect(),
            bottleneck: (report.bottleneck.as_ref())
                .map(|bottleneck| (bottleneck.component, bottleneck.utilisation)),
            busiest: (report.stations.iter())
                .map(|station| station.busiest_utilisation)
                .fold(0.0, f64::max),
            sustainable: report.sustainable,
            cost: report.cost.total,
            met: report.objectives.iter().filter(|own| own.met).count(),
        }
    }

    /// The value, where it is a number.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Number(number) => Some(number),
            Value::Flag(_) | Value::Choice(_) | Value::Unlimited(_) => None,
        }
    }

    /// The figure of a class, or without one what an objective on every class grades: the worst of them, and of the goodput the sum. `None` where
    /// it isn't sent, has no steady state, or nothing is ever full.
    pub fn figure(&self, measure: Measure, class: Option<ClassId>) -> Option<f64> {
        match measure {
            Measure::Busiest => return Some(self.busiest),
            Measure::Sustained => {
                return Some(self.sustainable.0).filter(|load| load.is_finite());
            }
            Measure::Cost => return Some(self.cost.0),
            _ => {}
        }
        let of = |own: &WhatIfClass| match measure {
            Measure::Mean => own.latency.map(|latency| latency.mean.0),
            Measure::Median => own.latency.map(|latency| latency.p50.0),
            Measure::P95 => own.latency.map(|latency| latency.p95.0),
            Measure::Success => Some(own.success),
            Measure::Goodput => Some(own.goodput.0),
            _ => own.latency.map(|latency| latency.p99.0),
        };
        let wanted = |own: &&WhatIfClass| class.is_none_or(|class| class == own.class);
        let all: Option<Vec<f64>> = self.classes.iter().filter(wanted).map(of).collect();
        all?.into_iter().reduce(match measure {
            Measure::Success => f64::min,
            Measure::Goodput => |one, other| one + other,
            _ => f64::max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::builtin::named;
    use crate::catalog::{Kind, Parameter, specification};
    use crate::scenario::read;
    use crate::units::Seconds;

    /// A class that takes so many seconds, whatever is asked of it.
    fn taking(seconds: f64) -> WhatIfClass {
        let seconds = Seconds(seconds);
        WhatIfClass {
            class: ClassId(1),
            latency: Some(Latency {
                mean: seconds,
                deviation: seconds,
                p50: seconds,
                p95: seconds,
                p99: seconds,
                p999: seconds,
            }),
            success: 1.0,
            goodput: PerSecond(1.0),
        }
    }

    fn stage(name: &str) -> Scenario {
        let builtin = named(name).expect("it is built in");
        read(builtin.text()).scenario.expect("it is sound")
    }

    fn swept(scenario: &Scenario, name: &str, parameter: Parameter, count: usize) -> WhatIf {
        let component = (scenario.components.iter())
            .find(|component| component.name == name)
            .expect("it is drawn");
        turned(scenario, Setting::Component(component.id, parameter), count)
    }

    fn turned(scenario: &Scenario, setting: Setting, count: usize) -> WhatIf {
        let domain = setting.domain(scenario).expect("it has that");
        let mut what_if = WhatIf::begin(scenario, setting).expect("it has a value");
        let mut solver = Solver::new();
        for value in values_to_try(domain, what_if.here, count) {
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
                .is_sorted_by(|one, other| one.number() < other.number())
        );
        for point in &what_if.points {
            let mut changed = scenario.clone();
            changed.components[0]
                .parameters
                .insert(Parameter::RequestRate, point.value);
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
            setting: Setting::Component(ComponentId(1), Parameter::RequestRate),
            here: Value::Number(50.0),
            points: Vec::new(),
        };
        for step in 0..=960 {
            let rate = f64::from(step) / 10.0;
            what_if.points.push(WhatIfPoint {
                value: Value::Number(rate),
                classes: vec![taking(100.0_f64.ln() / (mu - rate))],
                bottleneck: None,
                busiest: rate / mu,
                sustainable: PerSecond(mu),
                cost: DollarsPerMonth(0.0),
                met: 0,
            });
        }
        let knee = what_if.knee(Measure::P99, None).expect("it bends");
        assert!((knee - expected).abs() <= 0.1, "{knee} {expected}");
        // A straight line has none.
        for point in &mut what_if.points {
            let value = point.number().expect("it is one");
            point.classes = vec![taking(1.0 + value)];
        }
        assert_eq!(what_if.knee(Measure::P99, None), None);
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
            let mut points = what_if.points.iter();
            let point = points.find(|point| point.number() == Some(value));
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
                .all(|point| point.number().is_some_and(|value| value.fract() == 0.0))
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
                    let values = values_to_try(specification.domain, Value::Number(here), 40);
                    let values: Vec<f64> = (values.into_iter())
                        .filter_map(|value| match value {
                            Value::Number(number) => Some(number),
                            Value::Unlimited(_) => None,
                            other => panic!("{other:?} is no number"),
                        })
                        .collect();
                    assert!(values.contains(&here), "{kind:?} {}", specification.label);
                    assert!(values.is_sorted_by(|one, other| one < other));
                    assert!(
                        values
                            .iter()
                            .all(|value| (minimum..=maximum).contains(value))
                    );
                    assert!(values.len() <= 42);
                }
            }
        }
    }

    #[test]
    fn what_is_counted_over_decades_is_looked_at_in_ratios() {
        let indexes = crate::catalog::parameter(Kind::SqlPrimary, Parameter::Indexes)
            .expect("a primary has indexes");
        let values = values_to_try(indexes.domain, Value::Number(2.0), 40);
        let first: Vec<Value> = [0.0, 1.0, 2.0, 3.0, 4.0].map(Value::Number).to_vec();
        assert_eq!(values[..5], first);
        assert_eq!(values.last(), Some(&Value::Number(100.0)));
        assert!(in_ratios(indexes.domain));
        let aim = crate::catalog::parameter(Kind::Service, Parameter::TargetUtilisation)
            .expect("an autoscaler aims at one");
        assert!(!in_ratios(aim.domain));
    }

    #[test]
    fn every_choice_and_both_sides_of_a_switch_are_solved() {
        let scenario = stage("stage-2");
        let choices = swept(&scenario, "Load balancer", Parameter::BalancingPolicy, 40);
        let catalog = crate::catalog::parameter(Kind::LoadBalancer, Parameter::BalancingPolicy)
            .expect("it has a policy");
        let Domain::Choice(all) = catalog.domain else {
            panic!("a policy is a choice");
        };
        assert_eq!(choices.points.len(), all.len());
        let report = analyse(&scenario).report;
        assert_eq!(
            choices.today(),
            Some(&WhatIfPoint::of(choices.here, &report))
        );
        assert_eq!(choices.knee(Measure::P99, None), None);
        let flag = swept(&scenario, "Replica", Parameter::Denormalised, 40);
        let p99 = |point: &WhatIfPoint| point.figure(Measure::P99, None).expect("it is steady");
        assert_eq!(flag.here, Value::Flag(false));
        assert!(p99(&flag.points[1]) < p99(&flag.points[0]));
    }

    #[test]
    fn what_is_looked_at_is_what_objectives_grade() {
        for name in [
            "stage-0", "stage-1", "stage-2", "stage-3", "stage-4", "stage-5", "stage-6",
        ] {
            let report = analyse(&stage(name)).report;
            let point = WhatIfPoint::of(Value::Flag(true), &report);
            for outcome in &report.objectives {
                let (measure, bound) = Measure::of_target(outcome.objective.target);
                let found = point.figure(measure, outcome.objective.class);
                assert_eq!(found, outcome.measured, "{name} {:?}", outcome.objective);
                assert_eq!(bound, outcome.objective.target.name_and_bound().1);
            }
        }
    }

    #[test]
    fn no_limit_stands_behind_all_limits_and_is_looked_at_from_there() {
        let scenario = stage("stage-2");
        let unlimited = Value::Unlimited(Unlimited::Unlimited);
        let what_if = swept(&scenario, "Web servers", Parameter::QueueLimit, 12);
        assert_eq!(what_if.here, unlimited);
        let (last, limited) = what_if.points.split_last().expect("it was solved");
        assert_eq!((last.value, what_if.today()), (unlimited, Some(last)));
        assert!(limited.is_sorted_by(|one, other| one.number() < other.number()));
        assert!(limited.iter().all(|point| point.number().is_some()));
        // Whoever has a limit today sees none, too.
        let queue = crate::catalog::parameter(Kind::Service, Parameter::QueueLimit)
            .expect("a service has a queue");
        let values = values_to_try(queue.domain, Value::Number(100.0), 12);
        assert!(values.contains(&Value::Number(100.0)));
        assert_eq!(values.last(), Some(&unlimited));
    }
}

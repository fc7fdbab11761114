//! How a run's figures went through time, as plots want them. It knows no screen.

use crate::chronicle::{Chronicle, QuantileCourse};
use loadscape_sim::des::{ComponentHistory, HistorySpan, Measure, Simulation};
use loadscape_sim::insight::Tariff;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{ClassId, ComponentId};
use loadscape_sim::units::SECONDS_PER_MONTH;
use serde::{Deserialize, Serialize};

/// Points of a course, about: as many as a plot has room for.
const POINTS: usize = 240;
/// The same of quantiles.
const QUANTILES: usize = 128;

/// Figures through time: each list has one value a point, the earliest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// Which run.
    pub run: u32,
    /// From when to when, as it was asked for; `None` for the whole run.
    pub span: Option<(f64, f64)>,
    /// Up to when the run had come, seconds since its start.
    pub reached: f64,
    /// When the first point's span begins, seconds since the start.
    pub start: f64,
    /// Length of a point's span, seconds.
    pub seconds: f64,
    /// By class, in the document's order.
    pub classes: Vec<ClassCourse>,
    /// Failures by who and why, of all classes.
    pub failures: Vec<FailureCourse>,
    /// Those that are watched and have something to tell, in the order in which they were asked for.
    pub components: Vec<ComponentCourse>,
    /// What it costs, dollars a second; machines do from the moment on at which they are started, before they serve, as clouds charge (AWS,
    /// "EC2 On-Demand pricing": from the time an instance is launched until it is terminated).
    pub cost: Vec<f64>,
    /// What it cost up to the first point, dollars.
    pub cost_before: f64,
}

/// A class's requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCourse {
    /// Which.
    pub class: ClassId,
    /// Sent a second.
    pub offered: Vec<f64>,
    /// Answered well a second.
    pub succeeded: Vec<f64>,
    /// Failed a second, whoever and whyever.
    pub failed: Vec<f64>,
    /// Response times that half, 95 % and 99 % stay below, in spans of their own.
    pub quantiles: [QuantileCourse; 3],
    /// The same, all in the longest of those spans: what is told side by side is of the same requests, and never falls from p50 to p99.
    pub common: [QuantileCourse; 3],
}

/// Failures of one cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailureCourse {
    /// Who refuses or fails; `None` for the simulation's own bound on requests in flight.
    pub component: Option<ComponentId>,
    /// Why.
    pub why: LossCause,
    /// Failures a second.
    pub per_second: Vec<f64>,
}

/// A component: what it has none of is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentCourse {
    /// Which.
    pub component: ComponentId,
    /// Share of busy servers of its busiest resource, 0 to 1 (also while servers that were taken away finish what they have); `None` while
    /// nothing serves.
    pub utilisation: Option<Vec<Option<f64>>>,
    /// Requests waiting in it.
    pub waiting: Option<Vec<f64>>,
    /// Instances that serve.
    pub instances: Option<Vec<f64>>,
    /// Instances that have been started and don't serve yet.
    pub booting: Option<Vec<f64>>,
    /// Share of look-ups that find their key, 0 to 1; `None` while nobody looks anything up.
    pub hit_ratio: Option<Vec<Option<f64>>>,
    /// Mean time from a write's commit until it is applied here, seconds; `None` while nothing is applied.
    pub lag: Option<Vec<Option<f64>>>,
    /// Share of reads that find what is out of date, 0 to 1; `None` while nobody reads.
    pub stale: Option<Vec<Option<f64>>>,
}

/// What a course is asked of.
pub(crate) struct Asked<'a> {
    pub run: u32,
    pub simulation: &'a Simulation,
    pub chronicle: &'a Chronicle,
    pub tariff: &'a Tariff,
    pub watched: &'a [ComponentId],
    pub span: Option<(f64, f64)>,
}

/// The course of a run up to now.
pub(crate) fn course(asked: &Asked<'_>) -> Course {
    let simulation = asked.simulation;
    let now = simulation.now();
    let (from, to) = asked.span.unwrap_or((0.0, now));
    let history = simulation.history(&HistorySpan {
        from,
        to,
        points: POINTS,
        components: asked.watched,
        weights: &asked.tariff.charges,
    });
    let classes = history.classes.into_iter().map(|class| {
        let own = (asked.chronicle).quantiles(class.class, (from, to), QUANTILES);
        ClassCourse {
            class: class.class,
            offered: class.offered,
            succeeded: class.succeeded,
            failed: class.failed,
            quantiles: own.own,
            common: own.common,
        }
    });
    let failures = history.failures.into_iter().map(|own| FailureCourse {
        component: own.component,
        why: own.why,
        per_second: own.per_second,
    });
    let (start, seconds, points) = (history.start, history.seconds, history.points);
    let components = history.components.into_iter().map(|own| {
        let ComponentHistory {
            component,
            utilisation,
            waiting,
            instances,
            hit_ratio,
            lag,
            stale,
        } = own;
        let scales = simulation.boot_seconds(component).is_some();
        let booting = || asked.chronicle.booting(component, start, seconds, points);
        // Servers that were taken away and still finish are busy beyond what is there.
        let at_most_all = |shares: Vec<Option<f64>>| {
            let capped = shares
                .into_iter()
                .map(|share| share.map(|share| share.min(1.0)));
            capped.collect()
        };
        ComponentCourse {
            component,
            utilisation: utilisation.map(at_most_all),
            waiting,
            instances,
            booting: scales.then(booting),
            hit_ratio,
            lag,
            stale,
        }
    });
    let fixed = asked.tariff.fixed.0 / SECONDS_PER_MONTH;
    let (boots, boots_before) = cost_of_booting(asked, start, seconds, points);
    Course {
        run: asked.run,
        span: asked.span,
        reached: now,
        start,
        seconds,
        classes: classes.collect(),
        failures: failures.collect(),
        components: components.collect(),
        cost: (history.weighted.iter().zip(boots))
            .map(|(rate, boots)| rate + boots + fixed)
            .collect(),
        cost_before: history.weighted_before + boots_before + fixed * start,
    }
}

/// What machines cost while they boot, in dollars a second in each of these points, and in dollars up to the first.
fn cost_of_booting(asked: &Asked<'_>, start: f64, seconds: f64, points: usize) -> (Vec<f64>, f64) {
    let (mut rates, mut before) = (vec![0.0; points], 0.0);
    for (measure, dollars) in &asked.tariff.charges {
        let Measure::InstanceSeconds(component) = measure else {
            continue;
        };
        let booting = asked.chronicle.booting(*component, start, seconds, points);
        for (rate, count) in rates.iter_mut().zip(booting) {
            *rate += dollars * count;
        }
        if start > 0.0 {
            let earlier = asked.chronicle.booting(*component, 0.0, start, 1);
            before += dollars * start * earlier.iter().sum::<f64>();
        }
    }
    (rates, before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::catalog::{Kind, Parameter, Value};
    use loadscape_sim::des::Settings;
    use loadscape_sim::network::compile;
    use loadscape_sim::scenario::{Component, Link, LinkId, Point, Scenario};

    #[test]
    fn machines_cost_from_their_start_on() {
        let mut scenario = Scenario::default();
        let kinds = [Kind::Clients, Kind::LoadBalancer, Kind::Service];
        for (kind, id) in kinds.into_iter().zip(1..) {
            let at = Point { x: 0.0, y: 0.0 };
            let part = Component::new(ComponentId(id), kind, "part", at);
            scenario.components.push(part);
        }
        for id in 1..=2 {
            let link = Link::new(LinkId(id), ComponentId(id), ComponentId(id + 1));
            scenario.links.push(link);
        }
        let rate = Value::Number(100.0);
        (scenario.components[0].parameters).insert(Parameter::RequestRate, rate);
        // Ten cores' work, at first for two machines of two; all that is started boots for a minute.
        let service = &mut scenario.components[2].parameters;
        service.insert(Parameter::Autoscaling, Value::Flag(true));
        for (parameter, number) in [
            (Parameter::ServiceTime, 100.0),
            (Parameter::MinimumInstances, 2.0),
            (Parameter::MaximumInstances, 30.0),
            (Parameter::TargetUtilisation, 0.5),
            (Parameter::BootTime, 60.0),
            (Parameter::MetricWindow, 60.0),
        ] {
            service.insert(parameter, Value::Number(number));
        }
        let mut simulation = Simulation::new(&compile(&scenario), &Settings::default());
        let (mut chronicle, nothing) = (Chronicle::new(2.0), Chronicle::new(2.0));
        while chronicle.next_end() < 600.0 {
            simulation.run_until(chronicle.next_end(), u64::MAX);
            chronicle.write(&simulation);
        }
        let tariff = loadscape_sim::insight::tariff(&scenario);
        let spent = |chronicle: &Chronicle, span: Option<(f64, f64)>| {
            let course = course(&Asked {
                run: 1,
                simulation: &simulation,
                chronicle,
                tariff: &tariff,
                watched: &[],
                span,
            });
            let sum = course.cost.iter().sum::<f64>() * course.seconds;
            (course.cost_before + sum, course.cost_before)
        };
        let service = ComponentId(3);
        let dollars = scenario.components[2].number(Parameter::InstancePrice) / SECONDS_PER_MONTH;
        // As many as have come, for a minute each.
        let (serving, _) = simulation.scaling(service).unwrap();
        let booted = 60.0 * f64::from(serving - 2);
        let all = simulation.boot_seconds(service).unwrap();
        assert!(serving >= 8 && all >= booted, "{serving} {all}");
        for span in [None, Some((300.0, 500.0))] {
            let with = spent(&chronicle, span);
            let without = spent(&nothing, span);
            assert_eq!(with.1 > without.1, span.is_some());
            if span.is_none() {
                let expected = dollars * simulation.boot_seconds(service).unwrap();
                let found = with.0 - without.0;
                assert!((found / expected - 1.0).abs() < 0.02, "{found} {expected}");
            }
        }
    }
}

//! Which plots there are, and what they say.

use super::*;
use crate::display::plots::{Choice, Offers, zoomed};
use loadscape_player::FailureCourse;
use loadscape_sim::builtin::named;
use loadscape_sim::network::compile;
use loadscape_sim::scenario::read;

fn offers(stage: &str) -> (Offers, Vec<(ComponentId, String)>) {
    let scenario = read(named(stage).unwrap().text()).scenario.unwrap();
    let names = scenario.components.iter();
    let names = names.map(|part| (part.id, part.kind.name().to_owned()));
    (
        Offers::of(&scenario, &compile(&scenario).network),
        names.collect(),
    )
}

#[test]
fn a_plot_is_offered_where_the_drawing_has_such_a_thing() {
    let has = |stage: &str| {
        let (offers, _) = offers(stage);
        let there = What::ALL.iter().filter(|what| offers.has(**what));
        there.map(|what| what.id()).collect::<Vec<_>>()
    };
    let common = ["rates", "times", "errors", "use", "waiting"];
    // Names are looked up, too: a resolver keeps them.
    assert_eq!(
        has("stage-1"),
        [&common[..], &["hits", "cost", "spent"]].concat()
    );
    assert_eq!(
        has("stage-3"),
        [&common[..], &["hits", "lag", "stale", "cost", "spent"]].concat()
    );
    let all: Vec<&str> = What::ALL.iter().map(|what| what.id()).collect();
    assert_eq!(has("stage-5"), all);
    let (offers, names) = offers("stage-5");
    let kinds = |what: What| {
        let parts = offers.parts(what).unwrap().iter();
        let kind = |id: &ComponentId| names.iter().find(|(own, _)| own == id).unwrap().1.clone();
        parts.map(kind).collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(What::Hits),
        ["cache", "sql_primary", "read_replica", "dns"]
    );
    assert_eq!(kinds(What::Backlog), ["queue"]);
    assert_eq!(kinds(What::Lag), ["read_replica"]);
    assert!(!kinds(What::Use).contains(&"clients".to_owned()));
    // Where work waits in a queue, that is seen before anybody asks for it.
    let first = Choice::default().shown(&offers);
    assert!(first.contains(&What::Backlog) && !first.contains(&What::Waiting));
    assert_eq!(What::Use.words(0.999_999_9), "99 %");
}

#[test]
fn a_plot_is_of_who_is_wished_for_or_of_who_has_such_a_thing() {
    let offers = Offers {
        limited: vec![ComponentId(3), ComponentId(5)],
        stores: vec![ComponentId(9)],
        ..Offers::default()
    };
    let subject = |what, wishes: &[Option<ComponentId>]| offers.subject(what, wishes);
    let (clients, service) = (Some(ComponentId(1)), Some(ComponentId(5)));
    assert_eq!(subject(What::Use, &[service, None]), service);
    // Clients have no servers: the bottleneck is shown.
    assert_eq!(subject(What::Use, &[clients, service]), service);
    assert_eq!(
        subject(What::Hits, &[service, clients]),
        Some(ComponentId(9))
    );
    assert_eq!(subject(What::Rates, &[service]), None);
    assert_eq!(subject(What::Lag, &[service]), None);
}

#[test]
fn plots_are_chosen_and_one_stays() {
    let (offers, _) = offers("stage-1");
    let mut choice = Choice::default();
    let first = [What::Rates, What::Times, What::Use, What::Waiting];
    assert_eq!(choice.shown(&offers), first);
    choice.toggle(What::Cost, &offers);
    assert_eq!(choice.shown(&offers)[4..], [What::Cost]);
    for what in first {
        choice.toggle(what, &offers);
    }
    choice.toggle(What::Cost, &offers);
    assert_eq!(choice.shown(&offers), [What::Cost]);
}

#[test]
fn a_span_grows_and_shrinks_around_a_moment_and_within_the_run() {
    assert_eq!(zoomed(None, 100.0, 20.0, 0.5), Some((10.0, 60.0)));
    assert_eq!(zoomed(Some((10.0, 60.0)), 100.0, 20.0, 2.0), None);
    assert_eq!(
        zoomed(Some((80.0, 100.0)), 100.0, 100.0, 2.0),
        Some((60.0, 100.0))
    );
    let (from, to) = zoomed(Some((5.0, 5.01)), 100.0, 5.0, 0.1).unwrap();
    assert!((from - 5.0).abs() < 1e-9 && (to - 5.01).abs() < 1e-9);
}

fn course() -> Course {
    let band = |value: f64| {
        Some(Band {
            value,
            least: 0.9 * value,
            most: 1.2 * value,
        })
    };
    let quantile = |value: f64| QuantileCourse {
        start: 0.0,
        seconds: 4.0,
        points: vec![band(value), None],
    };
    let quantiles = |scale: f64| [0.1, 0.2, 0.4].map(|value| quantile(value * scale));
    let class = |id: u32, scale: f64| ClassCourse {
        class: ClassId(id),
        offered: vec![10.0 * scale; 4],
        succeeded: vec![9.0 * scale; 4],
        failed: vec![scale; 4],
        quantiles: quantiles(scale),
        common: quantiles(scale),
    };
    let failure = |component: u32, why, rate: f64| FailureCourse {
        component: Some(ComponentId(component)),
        why,
        per_second: vec![0.0, rate, 0.0, 0.0],
    };
    Course {
        run: 1,
        span: None,
        reached: 8.0,
        start: 0.0,
        seconds: 2.0,
        classes: vec![class(1, 1.0), class(2, 3.0)],
        failures: vec![
            failure(1, LossCause::TimedOut, 1.0),
            failure(2, LossCause::Shed, 2.0),
            failure(3, LossCause::TimedOut, 3.0),
            failure(3, LossCause::Error, 0.1),
            failure(3, LossCause::NoRoute, 0.2),
            failure(3, LossCause::QueueFull, 0.3),
            failure(3, LossCause::Unreachable, 0.4),
        ],
        components: vec![ComponentCourse {
            component: ComponentId(5),
            utilisation: Some(vec![Some(0.5), None, Some(0.7), Some(0.8)]),
            waiting: Some(vec![0.0, 1.0, 2.0, 3.04]),
            instances: Some(vec![2.0; 4]),
            booting: None,
            hit_ratio: None,
            lag: None,
            stale: None,
        }],
        cost: vec![0.001; 4],
        cost_before: 0.5,
    }
}

#[test]
fn curves_say_what_was_at_a_moment() {
    let course = course();
    let read = |what, class, part: Option<u32>, moment| {
        let lines = lines(&course, what, class, part.map(ComponentId));
        let read = lines.read(what, moment);
        read.into_iter()
            .map(|own| (own.name, own.value, own.band))
            .collect::<Vec<_>>()
    };
    let plain = |name, value: &str| (name, value.to_owned(), String::new());
    assert_eq!(
        read(What::Rates, None, None, None),
        [
            plain("served", "36 /s"),
            plain("failed", "4 /s"),
            plain("sent", "40 /s")
        ]
    );
    assert_eq!(
        read(What::Rates, Some(ClassId(1)), None, None)[2],
        plain("sent", "10 /s")
    );
    // Of all classes, the slowest; where nobody answered, nothing is said.
    assert_eq!(
        read(What::Times, None, None, Some(1.0))[2],
        ("p99", "1.2 s".to_owned(), "1.08 s to 1.44 s".to_owned())
    );
    assert_eq!(read(What::Times, None, None, None)[2], plain("p99", "–"));
    assert_eq!(
        read(What::Use, None, Some(5), Some(3.0)),
        [plain("busy", "–")]
    );
    assert_eq!(
        read(What::Waiting, None, Some(5), None),
        [plain("waiting", "3")]
    );
    assert_eq!(
        read(What::Instances, None, Some(5), None),
        [plain("serving", "2")]
    );
    assert_eq!(read(What::Waiting, None, Some(7), None), []);
    assert_eq!(
        read(What::Cost, None, None, None),
        [plain("now", "$2,628 a month")]
    );
    assert_eq!(
        read(What::Spent, None, None, None),
        [plain("in all", "$0.51")]
    );
    assert_eq!(
        read(What::Spent, None, None, Some(0.5)),
        [plain("in all", "$0.50")]
    );
}

#[test]
fn percentiles_of_a_moment_are_told_of_one_span() {
    let mut course = course();
    let point = |value: f64| {
        Some(Band {
            value,
            least: value,
            most: value,
        })
    };
    // A jam at the end: the medians of the last second are above the p99 of the last eight.
    course.classes.truncate(1);
    let own = &mut course.classes[0];
    for (quantile, (seconds, last)) in
        (own.quantiles.iter_mut()).zip([(1.0, 4.19), (4.0, 1.82), (8.0, 0.724)])
    {
        quantile.seconds = seconds;
        quantile.points = vec![point(0.1); (8.0 / seconds) as usize];
        *quantile.points.last_mut().expect("one") = point(last);
    }
    for (quantile, value) in own.common.iter_mut().zip([0.1, 0.3, 0.724]) {
        quantile.seconds = 8.0;
        quantile.points = vec![point(value)];
    }
    let lines = lines(&course, What::Times, None, None);
    assert_eq!(lines.curves[0].at(7.5), Some(4.19), "it is drawn as finely");
    for moment in [None, Some(0.5), Some(7.5)] {
        let read = lines.read(What::Times, moment).into_iter();
        let values: Vec<String> = read.map(|own| own.value).collect();
        assert_eq!(values, ["100 ms", "300 ms", "724 ms"], "{moment:?}");
    }
    assert!(lines.spans().ends_with("of the same 8 s for all of them."));
}

#[test]
fn errors_are_told_by_cause_the_most_frequent_last_and_rare_ones_together() {
    let lines = lines(&course(), What::Errors, None, None);
    let told: Vec<(&str, f64)> = (lines.curves.iter())
        .map(|curve| (curve.name, curve.at(3.0).unwrap()))
        .collect();
    assert_eq!(told.len(), 5);
    assert_eq!(told[4], ("timed out", 4.0));
    assert_eq!(told[3], ("shed", 2.0));
    assert_eq!(told[2], ("unreachable", 0.4));
    assert_eq!((told[0].0, (told[0].1 * 1e9).round()), ("other", 3e8));
}

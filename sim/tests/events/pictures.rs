//! What a span of a run looked like.

use crate::support::{run, scenario, simulation};
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::des::Picture;
use loadscape_sim::network::compile;

fn all(picture: &Picture) -> Vec<f64> {
    let classes = picture.classes.iter();
    let classes =
        classes.flat_map(|class| [class.offered, class.succeeded, class.errors, class.refused]);
    let components = picture.components.iter();
    let components = components.flat_map(|part| {
        let there = part.present * picture.seconds;
        [part.arrivals, there, part.waiting * picture.seconds]
    });
    let failed = picture
        .failures
        .iter()
        .map(|failed| failed.count)
        .sum::<f64>();
    let calls = picture.links.iter().map(|link| link.calls).sum::<f64>();
    let stale = picture.stale.iter().map(|(_, count)| count).sum::<f64>();
    (classes.chain(components))
        .chain([failed, calls, stale])
        .collect()
}

#[test]
fn pictures_of_neighbouring_spans_add_up_and_looking_changes_nothing() {
    let mut simulation = simulation("scenarios/stage-5", 3);
    let mut unwatched = simulation.clone();
    let start = simulation.sums();
    let mut sum: Vec<f64> = Vec::new();
    for second in 1..=20 {
        let before = simulation.sums();
        run(&mut simulation, f64::from(second));
        let picture = simulation.picture_since(&before);
        assert!((picture.start - before.at()).abs() < 1e-12);
        let figures = all(&picture);
        sum.resize(figures.len(), 0.0);
        for (sum, figure) in sum.iter_mut().zip(figures) {
            *sum += figure;
        }
    }
    let whole = all(&simulation.picture_since(&start));
    assert!(whole.iter().filter(|figure| **figure > 0.0).count() > 20);
    for (sum, whole) in sum.iter().zip(&whole) {
        assert!(
            (sum - whole).abs() <= 1e-9 * whole.abs().max(1.0),
            "{sum} {whole}"
        );
    }
    run(&mut unwatched, 20.0);
    assert_eq!(unwatched.findings(), simulation.findings());
}

#[test]
fn reads_that_are_out_of_date_are_in_pictures_of_now_and_of_the_past() {
    let mut simulation = simulation("scenarios/stage-3", 5);
    let start = simulation.sums();
    run(&mut simulation, 64.0);
    let of = |picture: &Picture| picture.stale.iter().map(|(_, count)| count).sum::<f64>();
    let whole = of(&simulation.picture_since(&start));
    let width = simulation.window_seconds();
    let windows = (0..(64.0 / width) as usize).filter_map(|window| {
        let middle = (window as f64 + 0.5) * width;
        simulation.picture_at(middle)
    });
    let past: f64 = windows.map(|window| of(&window)).sum();
    assert_eq!(past, whole);
    let findings = simulation.findings();
    let replicas = findings.replicas.iter().map(|own| &own.reads);
    let caches = findings.caches.iter().map(|own| &own.reads);
    let shares = replicas.chain(caches).flatten();
    // The rate is of the time after the warm-up, which is a small part of the run.
    let counted = shares.map(|read| 64.0 * read.rate.unwrap().value * read.stale.unwrap().value);
    let counted: f64 = counted.sum();
    assert!(
        whole > 20.0 && (whole / counted - 1.0).abs() < 0.1,
        "{whole} {counted}"
    );
}

/// M/M/1 at 0.8: busy 0.8 of the time, 3.2 wait, a visit takes five services (Kleinrock 1975, equations 3.23 to 3.26).
#[test]
fn a_long_picture_of_a_single_server_is_what_theory_says() {
    let mut simulation = simulation("validation/scenarios/mm1-0.8", 5);
    run(&mut simulation, 1_000.0);
    let start = simulation.sums();
    run(&mut simulation, 40_000.0);
    let picture = simulation.picture_since(&start);
    let of = |kind: Kind| {
        let scenario = scenario("validation/scenarios/mm1-0.8");
        let owner = scenario
            .components
            .iter()
            .find(|part| part.kind == kind)
            .unwrap()
            .id;
        *picture
            .components
            .iter()
            .find(|part| part.component == owner)
            .unwrap()
    };
    let (station, clients) = (of(Kind::Station), of(Kind::Clients));
    let rate = clients.arrivals / picture.seconds;
    let service = station.utilisation.unwrap() / rate;
    assert!(
        (station.utilisation.unwrap() / 0.8 - 1.0).abs() < 0.02,
        "{station:?}"
    );
    assert!((station.waiting / 3.2 - 1.0).abs() < 0.1, "{station:?}");
    assert!(
        (station.sojourn.unwrap() / (5.0 * service) - 1.0).abs() < 0.1,
        "{station:?}"
    );
    assert_eq!(station.arrivals, clients.arrivals);
    assert_eq!(picture.classes[0].offered, clients.arrivals);
    assert_eq!(station.instances, Some(1.0));
}

#[test]
fn a_moment_in_the_past_looks_as_it_did() {
    let mut simulation = simulation("scenarios/stage-3", 4);
    assert_eq!(simulation.picture_at(1.0), None, "nothing is complete yet");
    run(&mut simulation, 30.0);
    let series = simulation.series(0.0);
    for point in [0, series.points / 2, series.points - 1] {
        let middle = series.start_seconds + (point as f64 + 0.5) * series.resolution_seconds;
        let picture = simulation.picture_at(middle).unwrap();
        assert!(picture.start <= middle && middle < picture.start + picture.seconds);
        let offered = picture.classes[0].offered / picture.seconds;
        assert!((offered - series.classes[0].offered[point]).abs() < 1e-9);
        // Calls of all classes along a link are the link's.
        for link in &series.links {
            let own = picture.links.iter().filter(|own| own.link == link.link);
            let calls: f64 = own.map(|own| own.calls).sum();
            assert!((calls / picture.seconds - link.per_second[point]).abs() < 1e-9);
        }
        let classes = picture.links.iter().map(|link| link.class);
        assert!(classes.collect::<std::collections::BTreeSet<_>>().len() > 1);
    }
    let last = simulation.picture_at(1e9).unwrap();
    assert!(last.start + last.seconds <= 30.0);
    assert_eq!(
        simulation.picture_at(f64::NAN).unwrap().start,
        series.start_seconds
    );
}

#[test]
fn sums_from_before_a_part_came_say_nothing_and_new_parts_are_seen() {
    let mut design = scenario("scenarios/stage-2");
    let mut simulation = simulation("scenarios/stage-2", 1);
    run(&mut simulation, 5.0);
    let before = simulation.sums();
    // Twice as many instances: the same parts, so that the sums still hold.
    let service = (design.components.iter_mut())
        .find(|part| part.kind == Kind::Service)
        .unwrap();
    let id = service.id;
    service
        .parameters
        .insert(Parameter::Instances, Value::Number(7.0));
    simulation.change(&compile(&design));
    run(&mut simulation, 10.0);
    let picture = simulation.picture_since(&before);
    let seen = picture
        .components
        .iter()
        .find(|part| part.component == id)
        .unwrap();
    assert_eq!(seen.instances.map(f64::round), Some(7.0));
    // Another drawing altogether has other columns.
    simulation.change(&compile(&scenario("scenarios/stage-5")));
    assert_eq!(simulation.picture_since(&before), Picture::default());
    let before = simulation.sums();
    run(&mut simulation, 20.0);
    let picture = simulation.picture_since(&before);
    assert!(picture.classes.iter().any(|class| class.succeeded > 0.0));
}

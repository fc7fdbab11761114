//! How much of the time drawings work, against closed forms, simulation and what kills do in a run.

use super::support::{drawing, first, put, set, solved, stage, zone};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::Kind::{
    Cache, Clients, Dns, LoadBalancer, Queue, ReadReplica, Service, SqlPrimary, Worker,
};
use loadscape_sim::catalog::{Footing, Parameter, Value, ZoneKind};
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::insight::{Cause, Chance, availability_within};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{
    ComponentFault, ComponentId, Fault, Incident, Operation, Scenario, ZoneFault,
};

/// A region and a data centre that nobody has drawn.
const GROUND: f64 = 0.9999 * 0.99982;

fn close(got: Chance, wanted: f64) {
    assert_eq!(got.interval, None, "exact");
    assert!(
        (got.share - wanted).abs() < 1e-12,
        "{} instead of {wanted}",
        got.share
    );
}

fn causes(scenario: &Scenario) -> Vec<Vec<String>> {
    let cuts = first(scenario).cuts.into_iter();
    let words = |cause: &Cause| cause.words(scenario);
    cuts.map(|cut| cut.causes.iter().map(words).collect())
        .collect()
}

#[test]
fn parts_in_series_multiply() {
    let scenario = drawing(
        Operation::Read,
        &[Clients, LoadBalancer, Service, SqlPrimary],
        &[(1, 2), (2, 3), (3, 4)],
    );
    let class = first(&scenario);
    let wanted = 0.9999 * 0.995 * 0.995 * GROUND;
    close(class.answered, wanted);
    close(class.reachable, wanted);
    assert!(class.cuts_complete);
    assert_eq!(
        causes(&scenario),
        [
            vec!["Part 3"],
            vec!["Part 4"],
            vec!["the data centre (no zone is drawn)"],
            vec!["the region (none is drawn)"],
            vec!["Part 2"]
        ]
    );
}

#[test]
fn of_watched_machines_so_many_have_to_work_as_carry_the_load() {
    // 50 requests a second of 20 ms are one busy core; machines have two, so one carries it.
    let mut scenario = drawing(
        Operation::Read,
        &[Clients, LoadBalancer, Service],
        &[(1, 2), (2, 3)],
    );
    set(&mut scenario, 3, Parameter::Instances, 4.0);
    put(&mut scenario, 2, Parameter::HealthChecks, Value::Flag(true));
    let (works, fails) = (0.995_f64, 0.005_f64);
    close(
        first(&scenario).answered,
        0.9999 * GROUND * (1.0 - fails.powi(4)),
    );
    // Five busy cores need three of the four.
    set(&mut scenario, 1, Parameter::RequestRate, 250.0);
    let three_of_four = 4.0 * works.powi(3) * fails + works.powi(4);
    let (_, found) = solved(&scenario);
    close(found.classes[0].answered, 0.9999 * GROUND * three_of_four);
    close(
        found.classes[0].reachable,
        0.9999 * GROUND * (1.0 - fails.powi(4)),
    );
    let pool = found
        .parts
        .iter()
        .find(|part| part.component == ComponentId(3));
    let pool = pool.expect("it is needed");
    assert_eq!(
        (pool.needed, pool.instances, pool.shared),
        (Some(3), 4, true)
    );
    // Nobody watches: every request needs the machine that it comes to.
    put(
        &mut scenario,
        2,
        Parameter::HealthChecks,
        Value::Flag(false),
    );
    close(first(&scenario).answered, 0.9999 * GROUND * works);
    close(
        first(&scenario).reachable,
        0.9999 * GROUND * (1.0 - fails.powi(4)),
    );
}

#[test]
fn zones_are_common_causes() {
    // Two services behind a balancer, in one data centre and in two.
    let kinds = [Clients, LoadBalancer, Service, Service];
    let mut scenario = drawing(Operation::Read, &kinds, &[(1, 2), (2, 3), (2, 4)]);
    let either = 1.0 - 0.005_f64.powi(2);
    zone(&mut scenario, ZoneKind::AvailabilityZone, 3..=4, 0.99);
    close(first(&scenario).reachable, 0.9999 * 0.9999 * 0.99 * either);
    // Half of the requests go to each.
    close(first(&scenario).answered, 0.9999 * 0.9999 * 0.99 * 0.995);
    scenario.zones.clear();
    zone(&mut scenario, ZoneKind::AvailabilityZone, 3..=3, 0.99);
    zone(&mut scenario, ZoneKind::AvailabilityZone, 4..=4, 0.98);
    let (a, b) = (0.99 * 0.995, 0.98 * 0.995);
    close(
        first(&scenario).reachable,
        0.9999 * 0.9999 * (1.0 - (1.0 - a) * (1.0 - b)),
    );
    let cuts = first(&scenario).cuts;
    let pair = |one: Cause, other: Cause| cuts.iter().any(|cut| cut.causes == [one, other]);
    let [first, second] = [0, 1].map(|place| Cause::DataCentre(Some(scenario.zones[place].id)));
    assert!(pair(first, second), "{cuts:#?}");
}

#[test]
fn targets_that_are_watched_stand_in_for_each_other_while_they_carry_the_load() {
    // A service in each of two data centres, and a database of its own behind each.
    let kinds = [
        Clients,
        LoadBalancer,
        Service,
        Service,
        SqlPrimary,
        SqlPrimary,
    ];
    let links = [(1, 2), (2, 3), (2, 4), (3, 5), (4, 6)];
    let mut scenario = drawing(Operation::Read, &kinds, &links);
    zone(&mut scenario, ZoneKind::AvailabilityZone, 3..=3, 0.99);
    zone(&mut scenario, ZoneKind::AvailabilityZone, 4..=4, 0.98);
    for database in 5..=6 {
        set(&mut scenario, database, Parameter::Availability, 0.9);
    }
    let (one, other) = (0.99 * 0.995, 0.98 * 0.995);
    let (region, ground) = (0.9999 * 0.9999, GROUND / 0.9999);
    let behind = 0.9 * ground;
    // Nobody watches: half of the requests go to each, whatever is away.
    let split = (one + other) / 2.0 * behind;
    close(first(&scenario).answered, region * split);
    // Who is away leaves his share to the other; but a dead database isn't seen, and keeps its half of the requests.
    put(&mut scenario, 2, Parameter::HealthChecks, Value::Flag(true));
    let both = one * other;
    let alone = one * (1.0 - other) + other * (1.0 - one);
    close(first(&scenario).answered, region * (both + alone) * behind);
    let some = 1.0 - (1.0 - one * 0.9) * (1.0 - other * 0.9);
    close(first(&scenario).reachable, region * some * ground);
    // Either has one and a half of its two cores to do: alone it would be too much.
    set(&mut scenario, 1, Parameter::RequestRate, 150.0);
    close(first(&scenario).answered, region * both * behind);
}

#[test]
fn a_replica_takes_over_after_the_time_that_it_takes() {
    let kinds = [Clients, Service, SqlPrimary, ReadReplica];
    let mut scenario = drawing(Operation::Write, &kinds, &[(1, 2), (2, 3), (3, 4)]);
    set(&mut scenario, 4, Parameter::Instances, 2.0);
    let alone = 0.995 * 0.995 * GROUND;
    close(first(&scenario).answered, alone);
    put(
        &mut scenario,
        3,
        Parameter::AutomaticFailover,
        Value::Flag(true),
    );
    // 60 s of each 13,140 s that the primary is away, or until a replica is there that could.
    let open = 60.0 / 13_140.0;
    let fails = 0.005_f64;
    let database = 1.0 - fails * (open + (1.0 - open) * fails.powi(2));
    close(first(&scenario).reachable, 0.995 * GROUND * database);
    let words = causes(&scenario);
    let wanted = ["Part 3", "nobody has taken over from Part 3 yet"];
    assert!(words.iter().any(|cut| cut == &wanted), "{words:?}");
    let wanted = ["Part 3", "both instances of Part 4"];
    assert!(words.iter().any(|cut| cut == &wanted), "{words:?}");
    // A longer repair means fewer failures for the same availability, and so less time in takeovers.
    set(&mut scenario, 3, Parameter::RepairTime, 131_400.0);
    let database = 1.0 - fails * (open / 10.0 + (1.0 - open / 10.0) * fails.powi(2));
    close(first(&scenario).reachable, 0.995 * GROUND * database);
}

#[test]
fn what_a_cache_holds_is_answered_without_the_store() {
    let kinds = [Clients, Service, Cache, SqlPrimary];
    let scenario = drawing(Operation::Read, &kinds, &[(1, 2), (2, 3), (2, 4)]);
    let (analysis, found) = solved(&scenario);
    let hits = analysis.report.components[2]
        .hit_ratio
        .expect("it is asked");
    assert!(hits > 0.3 && hits < 1.0, "{hits}");
    let before = 0.995 * 0.995 * GROUND;
    close(
        found.classes[0].answered,
        before * (hits + (1.0 - hits) * 0.995),
    );
    close(found.classes[0].reachable, before);
}

#[test]
fn what_is_simulated_holds_what_is_exact() {
    for number in 0..=6 {
        let scenario = stage(number);
        let (analysis, exact) = solved(&scenario);
        let simulated = availability_within(&scenario, &analysis.compiled, &analysis.report, 0);
        for (one, other) in exact.classes.iter().zip(&simulated.classes) {
            for (exact, simulated) in [
                (one.answered, other.answered),
                (one.reachable, other.reachable),
            ] {
                let (low, high) = simulated.interval.expect("it was simulated");
                // Of 58 intervals of 95 % two or three miss; none by more than half its width.
                let slack = 0.5 * (high - low);
                assert!(
                    (low - slack..=high + slack).contains(&exact.share),
                    "stage {number}: {} outside {low} to {high}",
                    exact.share
                );
                assert!(high - low < 2e-3, "stage {number}: {low} to {high}");
            }
        }
        assert_eq!(
            exact.single_points, simulated.single_points,
            "stage {number}"
        );
    }
}

/// What kills a cause for the whole of a run; `None` for regions and data centres that nobody has drawn.
fn kill(cause: Cause) -> Option<Incident> {
    match cause {
        Cause::Component { id, .. } => Some(Incident::Component {
            id,
            what: ComponentFault::Kill { instances: None },
        }),
        Cause::DataCentre(Some(id)) | Cause::Region(Some(id)) => Some(Incident::Zone {
            id,
            what: ZoneFault::Kill,
        }),
        _ => None,
    }
}

#[test]
fn single_points_are_exactly_what_brings_a_class_down_when_it_is_killed_in_a_run() {
    for number in [2, 5] {
        let mut scenario = stage(number);
        // A tenth of the users: who is lost is the same, and sooner found.
        let users = &mut scenario.components[0].parameters;
        users.insert(Parameter::RequestRate, Value::Number(60.0));
        let (_, found) = solved(&scenario);
        let parts = scenario.components.clone().into_iter();
        for part in parts.filter(|part| part.kind.footing() == Footing::Machines) {
            // All of its instances are killed.
            let brings_down = |class| {
                let of_class = found.classes.iter().find(|row| row.class == class);
                let mut cuts = of_class.into_iter().flat_map(|row| &row.cuts);
                cuts.any(
                    |cut| matches!(cut.causes[..], [Cause::Component { id, .. }] if id == part.id),
                )
            };
            let whole = Cause::Component {
                id: part.id,
                database: None,
                instances: 1,
                of: 1,
            };
            let mut broken = scenario.clone();
            broken.faults.push(Fault {
                start_seconds: 0.0,
                duration_seconds: None,
                incident: kill(whole).expect("a component"),
            });
            let mut run = Simulation::new(&compile(&broken), &Settings::default());
            for (component, instances) in analyse(&broken).first_instances(&broken) {
                run.run_instances(component, instances);
            }
            run.run_until(20.0, u64::MAX);
            for class in run.findings().classes {
                let answered = class.goodput.is_some_and(|goodput| goodput.value > 0.0);
                assert_eq!(
                    !answered,
                    brings_down(class.class),
                    "stage {number}, {} killed, class {:?}",
                    part.name,
                    class.class
                );
            }
        }
    }
}

#[test]
fn the_stages_show_their_single_points() {
    let single = |number: u32| -> Vec<String> {
        let scenario = stage(number);
        let (_, found) = solved(&scenario);
        found
            .single_points
            .iter()
            .map(|point| point.cause.words(&scenario))
            .collect()
    };
    let undrawn = [
        "the data centre (no zone is drawn)",
        "the region (none is drawn)",
    ];
    let wanted: [&[&str]; 7] = [
        &["Blog server"],
        &["Web server", "Blog database", "Images"],
        &["Primary", "Replica", "Images", "Load balancer"],
        &["Primary", "Images", "Load balancer"],
        &["Primary", "Images", "Load balancer"],
        &[
            "Primary",
            "Images",
            "Job queue",
            "Mail provider",
            "Load balancer",
        ],
        &["Primary", "Images", "Job queue", "Load balancer"],
    ];
    for (number, wanted) in (0..).zip(wanted) {
        let mut found = single(number);
        found.retain(|words| !undrawn.contains(&words.as_str()));
        assert_eq!(found, wanted, "stage {number}");
        assert_eq!(single(number).len(), wanted.len() + 2, "stage {number}");
    }
}

#[test]
fn the_stages_work_as_much_of_the_time_as_their_parts_let_them() {
    let all = |scenario: &Scenario| solved(scenario).1.answered.expect("they are sent").share;
    let reachable = |number: u32, class: usize| solved(&stage(number)).1.classes[class].reachable;
    // One box: itself and what it stands on.
    close(
        solved(&stage(0)).1.answered.expect("they are sent"),
        0.995 * GROUND,
    );
    // A part more that every page needs.
    close(reachable(1, 0), 0.995 * 0.995 * GROUND);
    // Two web servers and eight behind them: what is left is the replica that there is one of.
    assert!(reachable(2, 0).share > reachable(1, 0).share + 0.004);
    assert!(reachable(3, 0).share > reachable(2, 0).share + 0.004);
    // As long as nobody watches the machines, more of them are no better for a request.
    let mut watched = stage(2);
    assert!(all(&watched) < all(&stage(1)));
    for id in [3, 4] {
        put(&mut watched, id, Parameter::HealthChecks, Value::Flag(true));
    }
    assert!(all(&watched) > all(&stage(1)), "{}", all(&watched));
}

#[test]
fn work_that_is_done_later_waits_while_workers_are_away() {
    let kinds = [Clients, Service, Queue, Worker];
    let mut scenario = drawing(Operation::Asynchronous, &kinds, &[(1, 2), (2, 3), (3, 4)]);
    set(&mut scenario, 4, Parameter::Instances, 2.0);
    let accepted = 0.995 * 0.999 * GROUND;
    close(first(&scenario).reachable, accepted);
    let done = first(&scenario).worked_off.expect("it is handed over");
    close(done, accepted * (1.0 - 0.005_f64.powi(2)));
}

#[test]
fn of_targets_that_a_dns_fails_over_to_one_is_enough() {
    let mut scenario = drawing(
        Operation::Read,
        &[Clients, Dns, Service, Service],
        &[(1, 2), (1, 3), (1, 4)],
    );
    let single = first(&scenario).answered.share;
    put(
        &mut scenario,
        2,
        Parameter::DnsPolicy,
        Value::Choice(loadscape_sim::catalog::Choice::Failover),
    );
    let both = first(&scenario).answered.share;
    // Half of the requests need each of the two services; or either will do.
    let fails = 0.005_f64;
    let others = single / (1.0 - fails);
    assert!(
        (both / others - (1.0 - fails * fails)).abs() < 1e-9,
        "{both} {single}"
    );
}

//! What drawings leave open, that each fix closes it and opens nothing, and what the built-in stages show.

use super::support::{drawing, put, set, stage, zone};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::Kind::{
    ApiGateway, Cache, Clients, LoadBalancer, ObjectStorage, ReadReplica, ReverseProxy, Service,
    SingleBox, SqlPrimary, ThirdPartyApi,
};
use loadscape_sim::catalog::{Parameter, Value, ZoneKind};
use loadscape_sim::insight::{SecurityFinding, Weakness, security};
use loadscape_sim::scenario::{Operation, Rectangle, Scenario, Zone, ZoneId, validate};
use std::collections::BTreeSet;

fn found(scenario: &Scenario) -> Vec<SecurityFinding> {
    security(scenario, &analyse(scenario).report)
}

fn weaknesses(scenario: &Scenario) -> BTreeSet<Weakness> {
    found(scenario)
        .iter()
        .map(|finding| finding.weakness)
        .collect()
}

/// Makes every fix that there is, each alone: the finding is gone and no other has come.
fn each_fix_closes_what_it_says(scenario: &Scenario, what: &str) -> usize {
    let before = weaknesses(scenario);
    let problems = validate(scenario);
    let mut made = 0;
    for finding in found(scenario) {
        let Some(fix) = finding.fix else {
            continue;
        };
        let mut fixed = scenario.clone();
        fix.edit.apply(&mut fixed);
        let after = weaknesses(&fixed);
        let weakness = finding.weakness;
        assert!(!after.contains(&weakness), "{what}: {weakness:?} stays");
        let new: Vec<&Weakness> = after.difference(&before).collect();
        assert!(
            new.is_empty(),
            "{what}: mending {weakness:?} brings {new:?}"
        );
        assert_eq!(validate(&fixed), problems, "{what}: {weakness:?}");
        // Requests still come through.
        let (old, new) = (analyse(scenario).report, analyse(&fixed).report);
        for (old, new) in old.classes.iter().zip(&new.classes) {
            assert!(
                new.goodput.0 >= old.goodput.0 * 0.99,
                "{what}: {weakness:?}, {} instead of {}",
                new.goodput.0,
                old.goodput.0
            );
        }
        made += 1;
    }
    made
}

#[test]
fn the_stages_leave_open_what_their_drawings_say() {
    use Weakness::{
        ExposedData, NoFailover, NoRateLimit, NothingPrivate, OneDataCentre, Unwatched,
    };
    let wanted: [&[Weakness]; 7] = [
        &[ExposedData, NothingPrivate, NoRateLimit, OneDataCentre],
        &[NoRateLimit, OneDataCentre],
        &[NoRateLimit, OneDataCentre, Unwatched, NoFailover],
        &[NoRateLimit, OneDataCentre, Unwatched, NoFailover],
        &[NoRateLimit, OneDataCentre, Unwatched, NoFailover],
        &[NoRateLimit, OneDataCentre, Unwatched, NoFailover],
        &[NoRateLimit, OneDataCentre, Unwatched, NoFailover],
    ];
    for (number, wanted) in (0..).zip(wanted) {
        let scenario = stage(number);
        let found: Vec<Weakness> = found(&scenario).iter().map(|own| own.weakness).collect();
        assert_eq!(found, wanted, "stage {number}");
        each_fix_closes_what_it_says(&scenario, &format!("stage {number}"));
    }
}

#[test]
fn all_fixes_one_after_the_other_leave_nothing_that_a_click_could_mend() {
    for number in 0..=6 {
        let mut scenario = stage(number);
        for _ in 0..10 {
            let fix = found(&scenario).into_iter().find_map(|finding| finding.fix);
            let Some(fix) = fix else {
                break;
            };
            fix.edit.apply(&mut scenario);
        }
        let left = found(&scenario);
        assert!(
            left.iter().all(|finding| finding.fix.is_none()),
            "stage {number}: {left:#?}"
        );
        let spread = !left
            .iter()
            .any(|finding| finding.weakness == Weakness::OneDataCentre);
        assert!(spread, "stage {number}");
    }
}

#[test]
fn without_a_network_everything_is_open_and_one_click_draws_one() {
    let kinds = [Clients, LoadBalancer, Service, SqlPrimary, Cache];
    let scenario = drawing(Operation::Read, &kinds, &[(1, 2), (2, 3), (3, 4), (3, 5)]);
    let before = weaknesses(&scenario);
    for weakness in [
        Weakness::ExposedData,
        Weakness::ExposedProgram,
        Weakness::NothingPrivate,
    ] {
        assert!(before.contains(&weakness), "{weakness:?}");
    }
    assert!(each_fix_closes_what_it_says(&scenario, "no network") >= 4);
}

#[test]
fn a_store_in_a_public_subnet_gets_a_private_one_around_it() {
    let kinds = [Clients, Service, SqlPrimary];
    let mut scenario = drawing(Operation::Read, &kinds, &[(1, 2), (2, 3)]);
    let zone = |id: u32, kind, x: f64, width: f64, room: f64| Zone {
        id: ZoneId(id),
        kind,
        name: format!("Zone {id}"),
        rectangle: Rectangle {
            x: x - room,
            y: -40.0 - room,
            width: width + 2.0 * room,
            height: 160.0 + 2.0 * room,
        },
        parameters: Default::default(),
    };
    scenario.zones = vec![
        zone(1, ZoneKind::PublicSubnet, 560.0, 560.0, 0.0),
        zone(2, ZoneKind::Vpc, 560.0, 560.0, 30.0),
    ];
    let before = found(&scenario);
    let exposed = before
        .iter()
        .find(|own| own.weakness == Weakness::ExposedData);
    let exposed = exposed.expect("a public database");
    assert_eq!(exposed.components, [scenario.components[2].id]);
    assert!(exposed.title.contains("Part 3"), "{}", exposed.title);
    assert!(each_fix_closes_what_it_says(&scenario, "public subnet") >= 2);
}

#[test]
fn what_lies_outside_the_network_of_its_caller_is_asked_over_open_ways() {
    let kinds = [Clients, Service, ObjectStorage];
    let mut scenario = drawing(Operation::Static, &kinds, &[(1, 2), (2, 3)]);
    scenario.zones = vec![Zone {
        id: ZoneId(1),
        kind: ZoneKind::Vpc,
        name: "Network".to_owned(),
        rectangle: Rectangle {
            x: 560.0,
            y: -60.0,
            width: 260.0,
            height: 200.0,
        },
        parameters: Default::default(),
    }];
    assert!(weaknesses(&scenario).contains(&Weakness::OpenWay));
    each_fix_closes_what_it_says(&scenario, "open way");
    scenario.zones.clear();
    assert!(!weaknesses(&scenario).contains(&Weakness::OpenWay));
}

#[test]
fn a_way_out_of_the_network_is_to_be_encrypted_and_one_within_it_need_not_be() {
    let kinds = [Clients, LoadBalancer, Service, SqlPrimary, ThirdPartyApi];
    let links = [(1, 2), (2, 3), (3, 4), (3, 5)];
    let mut scenario = drawing(Operation::Read, &kinds, &links);
    zone(&mut scenario, ZoneKind::Vpc, 2..=4, 1.0);
    zone(&mut scenario, ZoneKind::PrivateSubnet, 3..=4, 1.0);
    let hop = |scenario: &Scenario| {
        let found = found(scenario).into_iter();
        let mut hops = found.filter(|own| own.weakness == Weakness::UnencryptedHop);
        hops.next()
    };
    // As it was drawn, and as a file without the field is read.
    assert_eq!(hop(&scenario), None);
    let titles = [
        Some("Part 1 → Part 2 isn't encrypted"),
        None,
        None,
        Some("Part 3 → Part 5 isn't encrypted"),
    ];
    for (place, title) in titles.into_iter().enumerate() {
        let mut bare = scenario.clone();
        bare.links[place].unencrypted = true;
        let hop = hop(&bare);
        assert_eq!(hop.as_ref().map(|hop| hop.title.as_str()), title);
        if hop.is_some() {
            each_fix_closes_what_it_says(&bare, "one bare hop");
        }
    }
    for link in &mut scenario.links {
        link.unencrypted = true;
    }
    let both = hop(&scenario).expect("two ways");
    assert_eq!(
        both.title,
        "2 ways aren't encrypted: Part 1 → Part 2, Part 3 → Part 5"
    );
    assert_eq!(both.components.len(), 4);
    each_fix_closes_what_it_says(&scenario, "all bare");
    // What lies within the network stays as somebody wanted it.
    let fix = both.fix.expect("a click");
    fix.edit.apply(&mut scenario);
    let bare: Vec<bool> = scenario.links.iter().map(|link| link.unencrypted).collect();
    assert_eq!(bare, [false, true, true, false]);
    // Without a network nothing is one's own.
    scenario.zones.clear();
    assert!(hop(&scenario).is_some());
}

#[test]
fn a_gateway_is_a_door_with_a_lock_when_it_limits_and_asks() {
    let kinds = [Clients, ApiGateway, Service];
    let mut scenario = drawing(Operation::Read, &kinds, &[(1, 2), (2, 3)]);
    assert!(weaknesses(&scenario).contains(&Weakness::NoRateLimit));
    set(&mut scenario, 2, Parameter::AuthenticationTime, 0.0);
    assert!(weaknesses(&scenario).contains(&Weakness::NoAuthentication));
    each_fix_closes_what_it_says(&scenario, "gateway");
    set(&mut scenario, 2, Parameter::RateLimit, 200.0);
    set(&mut scenario, 2, Parameter::AuthenticationTime, 0.3);
    let after = weaknesses(&scenario);
    assert!(
        !after.contains(&Weakness::NoRateLimit) && !after.contains(&Weakness::NoAuthentication)
    );
}

#[test]
fn several_doors_are_limited_by_one_click() {
    let kinds = [
        Clients,
        ApiGateway,
        LoadBalancer,
        Service,
        ReverseProxy,
        Service,
    ];
    let links = [(1, 2), (1, 3), (1, 5), (2, 4), (3, 4), (5, 6)];
    let mut scenario = drawing(Operation::Read, &kinds, &links);
    let fix = found(&scenario)
        .into_iter()
        .find(|finding| finding.weakness == Weakness::NoRateLimit)
        .and_then(|finding| finding.fix)
        .expect("each of them can be limited");
    fix.edit.apply(&mut scenario);
    assert!(!weaknesses(&scenario).contains(&Weakness::NoRateLimit));
    // Two gateways are new, and nobody is called twice as often as before.
    let gateways = scenario
        .components
        .iter()
        .filter(|part| part.kind == ApiGateway);
    assert_eq!(gateways.count(), 3);
    assert_eq!(scenario.links.len(), links.len() + 2);
}

#[test]
fn machines_in_two_data_centres_that_somebody_watches_are_fine() {
    let kinds = [
        Clients,
        LoadBalancer,
        Service,
        Service,
        SqlPrimary,
        ReadReplica,
    ];
    let links = [
        (1, 2),
        (2, 3),
        (2, 4),
        (3, 5),
        (4, 5),
        (5, 6),
        (3, 6),
        (4, 6),
    ];
    let mut scenario = drawing(Operation::Read, &kinds, &links);
    set(&mut scenario, 3, Parameter::Instances, 2.0);
    let before = weaknesses(&scenario);
    for weakness in [
        Weakness::OneDataCentre,
        Weakness::Unwatched,
        Weakness::NoFailover,
    ] {
        assert!(before.contains(&weakness), "{weakness:?}");
    }
    super::support::zone(&mut scenario, ZoneKind::AvailabilityZone, 3..=3, 0.999);
    put(&mut scenario, 2, Parameter::HealthChecks, Value::Flag(true));
    put(
        &mut scenario,
        5,
        Parameter::AutomaticFailover,
        Value::Flag(true),
    );
    let after = weaknesses(&scenario);
    for weakness in [
        Weakness::OneDataCentre,
        Weakness::Unwatched,
        Weakness::NoFailover,
    ] {
        assert!(!after.contains(&weakness), "{weakness:?}");
    }
}

/// What of a box lies where after it was taken apart: who is called from outside, and what is called from there.
fn taken_apart(scenario: &Scenario) -> Scenario {
    let finding = found(scenario)
        .into_iter()
        .find(|own| own.weakness == Weakness::ExposedData);
    let fix = finding
        .and_then(|own| own.fix)
        .expect("it can be taken apart");
    let mut apart = scenario.clone();
    fix.edit.apply(&mut apart);
    apart
}

#[test]
fn a_box_that_all_reach_is_taken_apart_and_does_the_same_work() {
    let scenario = stage(0);
    let apart = taken_apart(&scenario);
    let part = |scenario: &Scenario, kind| {
        let mut parts = scenario.components.iter();
        parts.find(|part| part.kind == kind).cloned()
    };
    let own = part(&scenario, SingleBox).expect("a box");
    assert_eq!(part(&apart, SingleBox), None);
    let parts = [ReverseProxy, Service, SqlPrimary, ObjectStorage].map(|kind| part(&apart, kind));
    let [Some(door), Some(program), Some(database), Some(files)] = parts else {
        panic!("{:?}", apart.components);
    };
    assert_eq!(door.position, own.position);
    for (of, as_it_was) in [
        (Parameter::Cores, Parameter::Cores),
        (Parameter::Threads, Parameter::Threads),
        (Parameter::ServiceTime, Parameter::ApplicationTime),
    ] {
        assert_eq!(program.value(of), own.value(as_it_was), "{of:?}");
    }
    for of in [
        Parameter::ReadTime,
        Parameter::WriteTime,
        Parameter::RowSize,
        Parameter::Memory,
    ] {
        assert_eq!(database.value(of), own.value(of), "{of:?}");
    }
    let left = weaknesses(&apart);
    assert!(!left.contains(&Weakness::NothingPrivate), "{left:?}");
    // Everybody is led to the door, and nobody past it.
    let called: Vec<_> = (apart.links.iter())
        .map(|link| (link.from, link.to))
        .collect();
    for (caller, kept) in [(&door, &program), (&door, &files), (&program, &database)] {
        assert!(called.contains(&(caller.id, kept.id)));
        assert_eq!(apart.links_to(kept.id).count(), 1);
    }
    assert_eq!(
        apart.links_to(door.id).count(),
        scenario.links_to(own.id).count()
    );

    // Behind a wall the door stands before it in the same network.
    let mut walled = scenario.clone();
    for (id, kind, room) in [(1, ZoneKind::PrivateSubnet, 32.0), (2, ZoneKind::Vpc, 56.0)] {
        walled.zones.push(Zone {
            id: ZoneId(id),
            kind,
            name: format!("Zone {id}"),
            rectangle: Rectangle {
                x: own.position.x - room,
                y: own.position.y - room,
                width: 176.0 + 2.0 * room,
                height: 70.0 + 2.0 * room,
            },
            parameters: Default::default(),
        });
    }
    each_fix_closes_what_it_says(&walled, "a box behind a wall");
    let apart = taken_apart(&walled);
    let inner = [Service, SqlPrimary, ObjectStorage].map(|kind| part(&apart, kind));
    let zones = |part: &_| {
        let zones = apart.zones_of(part).into_iter();
        let mut kinds: Vec<ZoneKind> = zones.map(|zone| zone.kind).collect();
        kinds.sort();
        kinds
    };
    for part in inner.iter().flatten() {
        assert_eq!(zones(part), [ZoneKind::Vpc, ZoneKind::PrivateSubnet]);
    }
    assert_eq!(inner.iter().flatten().count(), 3);
    let door = part(&apart, ReverseProxy).expect("a door");
    assert_eq!(zones(&door), [ZoneKind::Vpc]);
}

#[test]
fn an_empty_or_loose_drawing_leaves_nothing_open() {
    assert!(found(&Scenario::default()).is_empty());
    // What nobody calls is no design yet.
    let loose = drawing(
        Operation::Read,
        &[Clients, SingleBox, ReverseProxy, SqlPrimary],
        &[],
    );
    assert!(found(&loose).is_empty(), "{:?}", weaknesses(&loose));
}

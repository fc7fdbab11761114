//! What would move a figure: found by solving, sound, and ranked by what it brings for the money.

use super::{READ, changed, class, found, id, number, row, says, stage};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::{Kind, Parameter};
use loadscape_sim::insight::{Subject, remedies};
use loadscape_sim::scenario::generate::generate;
use loadscape_sim::scenario::{Scenario, Target};
use loadscape_sim::steady::Solver;

#[test]
fn what_a_remedy_promises_is_what_the_changed_design_does() {
    let scenario = stage("stage-2");
    let before = analyse(&scenario).report;
    let class = class(&scenario, "View post");
    let p99 = |report: &loadscape_sim::report::Report| {
        let own = report.classes.iter().find(|own| own.class == class);
        own.expect("it is sent").latency.expect("it is steady").p99
    };
    let offered = found(&scenario, Subject::Latency(class));
    assert!(offered.len() >= 4);
    for remedy in &offered {
        let design = changed(&scenario, remedy);
        let after = analyse(&design).report;
        assert_eq!(
            remedy.effect.p99,
            (Some(p99(&before)), Some(p99(&after))),
            "{}",
            remedy.title
        );
        assert_eq!(remedy.effect.cost, after.cost.total - before.cost.total);
        assert_eq!(
            remedy.effect.sustainable_ratio,
            after.sustainable.0 / before.sustainable.0
        );
        let next = after.bottleneck.as_ref().expect("something limits it");
        let name = design
            .component(next.component)
            .expect("it is drawn")
            .name
            .clone();
        assert_eq!(remedy.effect.next, Some((name, next.saturates_at)));
    }
    // By the logarithm of what p99 is divided by, for the dollars it adds, a hundredth of the bill at least.
    let least = 0.01 * before.cost.total.0;
    let worth: Vec<f64> = offered
        .iter()
        .filter(|remedy| !remedy.saves && remedy.effect.breaks == 0 && !remedy.unpriced)
        .map(|remedy| {
            let (before, after) = (
                remedy.effect.p99.0.unwrap().0,
                remedy.effect.p99.1.unwrap().0,
            );
            (before / after).ln() / remedy.effect.cost.0.max(least)
        })
        .collect();
    assert!(worth.is_sorted_by(|one, other| one >= other), "{worth:?}");
    // What the primary's index costs isn't counted at its replica, so that it stands behind whatever has a price.
    let mut unpriced = offered.iter().filter(|remedy| remedy.unpriced);
    let first = unpriced.next().expect("the replica scans");
    assert!(first.title.contains("Unindexed reads"), "{}", first.title);
    assert_eq!(first.price(), "no higher bill, but work");
}

#[test]
fn what_takes_work_that_no_bill_shows_comes_after_what_has_a_price() {
    let scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(200.0))],
        ),
        (
            Kind::Service,
            "API",
            &[
                (Parameter::Cores, number(16.0)),
                (Parameter::Threads, number(1000.0)),
                (Parameter::ServiceTime, number(1.0)),
            ],
        ),
        (
            Kind::SqlPrimary,
            "Database",
            &[
                (Parameter::JoinsPerRead, number(4.0)),
                (Parameter::JoinTime, number(2.0)),
                (Parameter::UnindexedShare, number(0.1)),
                (Parameter::ScanTime, number(60.0)),
            ],
        ),
    ]);
    let offered = found(&scenario, Subject::Bottleneck);
    let with = |words: &str| {
        let mut remedies = offered.iter();
        remedies
            .find(|remedy| remedy.title.contains(words))
            .unwrap_or_else(|| panic!("{words} isn't offered"))
    };
    let denormalised = with("Denormalised");
    assert!(denormalised.unpriced);
    assert_eq!(denormalised.price(), "no higher bill, but work");
    says(
        &denormalised.besides(),
        &["tables and queries are written anew, and writes have copies to keep in step"],
    );
    // An index is kept up by every write, which is part of what is solved.
    let index = with("Unindexed reads: 10 % → 5 %, one index more");
    assert!(!index.unpriced);
    says(&index.besides(), &["every write has to keep the index up"]);
    let database = id(&scenario, "Database");
    let indexes = |scenario: &Scenario| {
        let database = scenario.component(database).expect("it is drawn");
        database.number(Parameter::Indexes)
    };
    assert_eq!(
        indexes(&changed(&scenario, index)),
        indexes(&scenario) + 1.0
    );
    let kept: Vec<bool> = offered
        .iter()
        .filter(|remedy| !remedy.saves && remedy.effect.breaks == 0)
        .map(|remedy| remedy.unpriced)
        .collect();
    assert!(kept.is_sorted() && kept.contains(&false), "{kept:?}");
}

#[test]
fn what_mends_all_of_it_is_offered_for_success() {
    // A core that needs 20 ms each can't do 150 a second, however long they wait; three more can.
    let service = [
        (Parameter::ServiceTime, number(20.0)),
        (Parameter::Cores, number(1.0)),
    ];
    let scenario = row(&[
        (
            Kind::Clients,
            "users",
            &[(Parameter::RequestRate, number(150.0))],
        ),
        (Kind::LoadBalancer, "door", &[]),
        (Kind::Service, "server", &service),
    ]);
    let asked_for = Subject::Asked(Some(READ), Target::SuccessAtLeast(0.99));
    let offered = found(&scenario, asked_for);
    let whole = offered.iter().filter(|remedy| {
        let after = analyse(&changed(&scenario, remedy)).report;
        let row = &after.classes[0];
        row.goodput.0 > 0.9999 * row.offered.0
    });
    assert!(
        whole.count() > 0,
        "{:?}",
        offered.iter().map(|one| &one.title).collect::<Vec<_>>()
    );
}

#[test]
fn parts_are_offered_where_the_drawing_has_room_for_them() {
    // One server behind the users' door: a balancer and another one.
    let offered = found(&stage("knee"), Subject::Bottleneck);
    let balancer = offered
        .iter()
        .find(|remedy| remedy.title.starts_with("Add a balancer"))
        .expect("it is offered");
    let design = changed(&stage("knee"), balancer);
    assert!(
        design
            .components
            .iter()
            .any(|own| own.kind == Kind::LoadBalancer)
    );
    assert_eq!(loadscape_sim::scenario::validate(&design), Vec::new());
    // Images that the balancer passes on: an edge.
    let scenario = stage("stage-4");
    let offered = found(&scenario, Subject::Cost);
    let edge = offered
        .iter()
        .find(|remedy| remedy.title.ends_with("Add a CDN"))
        .expect("it is offered");
    let design = changed(&scenario, edge);
    assert_eq!(
        loadscape_sim::scenario::validate(&design).len(),
        loadscape_sim::scenario::validate(&scenario).len()
    );
}

#[test]
fn what_is_offered_for_generated_designs_is_sound_and_helps() {
    let mut solver = Solver::new();
    let (mut offered, mut given) = (0, 0);
    for seed in 0..24 {
        let scenario = generate(seed, 12);
        let analysis = analyse(&scenario);
        let before = loadscape_sim::scenario::validate(&scenario).len();
        for subject in [
            Subject::Bottleneck,
            Subject::Latency(scenario.classes[0].id),
            Subject::Cost,
        ] {
            for remedy in remedies(&mut solver, &scenario, &analysis, subject) {
                let design = changed(&scenario, &remedy);
                let problems = loadscape_sim::scenario::validate(&design);
                assert!(
                    problems.len() <= before,
                    "{seed}: {}: {problems:?}",
                    remedy.title
                );
                assert!(!remedy.gain().contains("NaN") && !remedy.besides().contains("NaN"));
                // What it costs in time or in room to grow isn't what it is offered for.
                let (gain, besides) = (remedy.gain(), remedy.besides());
                assert!(
                    !gain.starts_with("p99 +") && !gain.starts_with("limit −"),
                    "{gain}"
                );
                given += usize::from(besides.contains("p99 +"));
                offered += 1;
            }
        }
    }
    assert!(offered > 20 && given > 0, "{offered}, {given}");
}

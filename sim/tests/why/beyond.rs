//! Why, of what stands in no report: each number of an answer against the figure that the page shows, what a cause costs against a design in
//! which it never fails, and each remedy against the changed design, worked out anew.

use super::{asked, changed, class, found, id, link, number, row, says, stage};
use loadscape_sim::analysis::{Analysis, analyse};
use loadscape_sim::builtin::builtin;
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::insight::{
    Availability, Consistency, Remedy, Subject, availability, complexity, consistency, remedies,
    security,
};
use loadscape_sim::quantities::{number as written, share, time};
use loadscape_sim::scenario::{
    ClassId, Component, ComponentFault, ComponentId, Fault, Incident, Objective, Operation,
    RequestClass, Scenario, Target, read, validate,
};
use loadscape_sim::steady::Solver;
use loadscape_sim::units::{SECONDS_PER_MONTH, Seconds};

const YEAR: f64 = 12.0 * SECONDS_PER_MONTH;

fn available(scenario: &Scenario) -> Availability {
    let analysis = analyse(scenario);
    availability(scenario, &analysis.compiled, &analysis.report)
}

fn lost(scenario: &Scenario) -> f64 {
    1.0 - available(scenario).answered.expect("somebody sends").share
}

fn consistent(scenario: &Scenario) -> Consistency {
    let Analysis { compiled, report } = analyse(scenario);
    consistency(scenario, &compiled, &report)
}

fn lost_writes(scenario: &Scenario) -> f64 {
    consistent(scenario)
        .lost
        .iter()
        .map(|row| row.per_month())
        .sum::<f64>()
        + 0.0
}

fn set(scenario: &mut Scenario, name: &str, parameter: Parameter, value: Value) {
    let id = id(scenario, name);
    let mut parts = scenario.components.iter_mut();
    let part = parts.find(|part| part.id == id).expect("it is drawn");
    part.parameters.insert(parameter, value);
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-12 + 1e-9 * one.abs().max(other.abs())
}

#[test]
fn what_a_part_costs_is_what_would_be_gone_if_it_never_failed() {
    for name in ["stage-1", "stage-3", "stage-5"] {
        let scenario = stage(name);
        let words = asked(&scenario, Subject::Availability(None));
        let before = lost(&scenario);
        says(
            &words,
            &[&format!(
                "as if {} a year nothing were, {} a month",
                time(Seconds(before * YEAR)),
                time(Seconds(before * SECONDS_PER_MONTH))
            )],
        );
        // The same by another way: the part is set never to fail, and all is worked out anew.
        let mut told = 0;
        for part in &scenario.components {
            let mut without = scenario.clone();
            set(
                &mut without,
                &part.name,
                Parameter::Availability,
                number(1.0),
            );
            let gone = before - lost(&without);
            let sentence = format!(
                "{} ({}) of that would be gone if {} never failed",
                time(Seconds(gone * YEAR)),
                share(gone / before),
                part.name
            );
            told += usize::from(words.contains(&sentence));
        }
        assert!(told >= 3, "{told} of {words}");
    }
}

#[test]
fn cut_sets_bound_what_is_away_and_single_points_are_told_with_their_time() {
    for built_in in builtin() {
        let scenario = read(built_in.text()).scenario.expect("it is sound");
        let found = available(&scenario);
        for own in &found.classes {
            let away = 1.0 - own.reachable.share;
            let sum: f64 = own.cuts.iter().map(|cut| cut.share).sum();
            let most = own.cuts.iter().map(|cut| cut.share).fold(0.0, f64::max);
            // Some set is away at least as often as the likeliest is, and at most as often as all are together.
            assert!(most <= away + 1e-12, "{}: {most} {away}", scenario.title);
            if own.cuts_complete {
                assert!(away <= sum + 1e-12, "{}: {away} {sum}", scenario.title);
            }
            let words = asked(&scenario, Subject::Availability(Some(own.class)));
            let points = found.single_points.iter();
            let points: Vec<_> = points
                .filter(|point| point.classes.contains(&own.class))
                .collect();
            for point in points.iter().take(4) {
                let cause = point.cause.words(&scenario);
                let away = time(Seconds(point.share * YEAR));
                says(&words, &[&format!("{cause} ({away})")]);
            }
            if points.is_empty() && own.answered.share < 1.0 {
                says(&words, &["by itself."]);
            }
        }
    }
}

#[test]
fn a_repair_is_told_with_how_often_it_is_needed() {
    let mut scenario = stage("stage-1");
    set(
        &mut scenario,
        "Blog database",
        Parameter::AutomaticFailover,
        Value::Flag(true),
    );
    let words = asked(&scenario, Subject::Availability(None));
    // 0.5 % of 8,760 h is 43.8 h, in repairs of 3.65 h.
    says(
        &words,
        &["there is one of it, away 12 times a year for 3.65 h (it works 99.5 % of the time)"],
    );
}

/// What a run kills is told with what isn't answered meanwhile.
#[test]
fn what_a_run_takes_away_is_told_with_what_isn_t_answered_then() {
    let mut scenario = stage("stage-3");
    let kill = |name: &str, instances| Fault {
        start_seconds: 10.0,
        duration_seconds: Some(20.0),
        incident: Incident::Component {
            id: id(&scenario, name),
            what: ComponentFault::Kill { instances },
        },
    };
    let faults = vec![kill("Web servers", Some(1)), kill("Primary", None)];
    scenario.faults = faults;
    let write = class(&scenario, "Write post");
    // Nobody looks after the four web servers; every write needs the primary.
    says(
        &asked(&scenario, Subject::Availability(Some(write))),
        &[
            "With 1 instance of Web servers killed, as in a run of this, 25 % of Write post isn't answered until that is mended.",
            "With Primary killed, as in a run of this, 100 % of Write post isn't answered until that is mended.",
        ],
    );
    says(
        &asked(&scenario, Subject::Availability(None)),
        &[
            "With 1 instance of Web servers killed, as in a run of this, 25 % of all requests aren't answered until that is mended.",
        ],
    );
    set(
        &mut scenario,
        "Load balancer",
        Parameter::HealthChecks,
        Value::Flag(true),
    );
    says(
        &asked(&scenario, Subject::Availability(Some(write))),
        &[
            "With 1 instance of Web servers killed, as in a run of this, Write post would still be answered, once that has been noticed.",
        ],
    );
    let asked_for = Subject::Asked(Some(write), Target::SuccessAtLeast(0.9));
    says(
        &asked(&scenario, asked_for),
        &[
            "What goes wrong in a run of this is no part of it: 1 instance of Web servers killed, and one thing more.",
        ],
    );
}

/// What a remedy says of the figure that was asked about, and the money and the time beside it, against the changed design.
fn holds(scenario: &Scenario, remedy: &Remedy, figure: &dyn Fn(&Scenario) -> Option<f64>) {
    let design = changed(scenario, remedy);
    assert_eq!(validate(&design), validate(scenario), "{}", remedy.title);
    let (was, is) = (figure(scenario), figure(&design));
    let same = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => close(one, other),
        (one, other) => one == other,
    };
    let (before, after) = remedy.effect.measured;
    assert!(
        same(before, was) && same(after, is),
        "{}: {:?} and not {:?}",
        remedy.title,
        remedy.effect.measured,
        (was, is)
    );
    assert!(after.unwrap_or(f64::INFINITY) < before.unwrap_or(f64::INFINITY));
    let (now, then) = (analyse(scenario).report, analyse(&design).report);
    assert_eq!(remedy.effect.cost, then.cost.total - now.cost.total);
    let p99 = |report: &loadscape_sim::report::Report| report.slowest().map(|(_, all)| all.p99);
    if remedy.subject.class(scenario).is_none() {
        assert_eq!(remedy.effect.p99, (p99(&now), p99(&then)));
    }
    for (subject, [was, is]) in &remedy.effect.beside {
        let figure = |scenario: &Scenario| match subject {
            Subject::Availability(_) => Some(lost(scenario)),
            Subject::StaleReads(_) => consistent(scenario).stale,
            Subject::LostWrites => Some(lost_writes(scenario)),
            _ => *was,
        };
        let (before, after) = (figure(scenario), figure(&design));
        if !matches!(subject, Subject::LeftOpen) {
            assert!(same(*was, before) && same(*is, after), "{}", remedy.title);
        }
    }
}

/// By the logarithm of how many times less there is, for the dollars that it adds, a hundredth of the bill at least.
fn ranked(scenario: &Scenario, offered: &[Remedy], least: f64) {
    let bill = 0.01 * analyse(scenario).report.cost.total.0;
    let worth: Vec<f64> = offered
        .iter()
        .filter(|remedy| remedy.effect.breaks == 0 && !remedy.unpriced)
        .map(|remedy| {
            let (before, after) = remedy.effect.measured;
            let (before, after) = (before.unwrap().max(least), after.unwrap().max(least));
            (before / after).ln() / remedy.effect.cost.0.max(bill.max(1.0))
        })
        .collect();
    assert!(worth.is_sorted_by(|one, other| one >= other), "{worth:?}");
}

#[test]
fn remedies_of_availability_are_what_the_changed_designs_lose() {
    let mut tried = 0;
    for name in ["stage-1", "stage-2", "stage-4", "stage-5"] {
        let scenario = stage(name);
        let offered = found(&scenario, Subject::Availability(None));
        for remedy in &offered {
            holds(&scenario, remedy, &|scenario| Some(lost(scenario)));
            tried += 1;
        }
        ranked(&scenario, &offered, 0.0);
        for own in &scenario.classes {
            let of_class = |scenario: &Scenario| {
                let found = available(scenario);
                let mut classes = found.classes.iter();
                let own = classes.find(|row| row.class == own.id)?;
                Some(1.0 - own.answered.share)
            };
            for remedy in found(&scenario, Subject::Availability(Some(own.id))) {
                holds(&scenario, &remedy, &of_class);
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn a_second_machine_a_watchful_balancer_and_a_standby_are_offered() {
    let titles = |scenario: &Scenario| -> Vec<String> {
        let offered = found(scenario, Subject::Availability(None));
        offered.into_iter().map(|remedy| remedy.title).collect()
    };
    let offered = titles(&stage("stage-1"));
    let has = |words: &str| offered.iter().any(|title| title.contains(words));
    assert!(has(
        "Web server: Instances: 1 → 2, behind a balancer that watches them"
    ));
    assert!(has("Blog database: Add a read replica that takes over"));
    assert!(has("in another data centre"));
    // Where replicas stand already, that they take over is enough; and a switch at the door beats whatever adds a machine to it.
    let offered = titles(&stage("stage-5"));
    assert_eq!(offered[0], "Load balancer: Health checks: on");
    assert!(offered.contains(&"Primary: Automatic failover: on".to_owned()));
    // A failover loses writes: that stands beside it.
    let scenario = stage("stage-5");
    let offered = found(&scenario, Subject::Availability(None));
    let mut own = offered.iter();
    let failover = own.find(|own| own.title == "Primary: Automatic failover: on");
    let besides = failover.expect("it is offered").besides();
    assert!(besides.contains("lost 0 → "), "{besides}");
}

#[test]
fn what_is_out_of_date_is_told_with_where_how_much_and_how_old() {
    let scenario = stage("stage-3");
    let rows = consistent(&scenario);
    let words = asked(&scenario, Subject::StaleReads(None));
    let stale = rows.stale.expect("somebody reads");
    says(
        &words,
        &[
            // The cache is full, and how much of it is out of date is only known to be no more than that.
            &format!("At most {} of what is read is out of date.", share(stale)),
            "it keeps an answer for its time to live of 60 s",
            "10 ms is its lag",
        ],
    );
    for row in &rows.reads {
        let age = row.age.expect("it is known");
        says(
            &words,
            &[
                &share(row.share),
                &format!("for {} on average", time(age)),
                &time(row.longest.expect("it is bounded")),
            ],
        );
    }
    let view = class(&scenario, "View post");
    let words = asked(&scenario, Subject::OldestAnswer(Some(view)));
    says(
        &words,
        &["What is read by View post has been out of date for 60 s at most."],
    );
    let words = asked(&stage("stage-0"), Subject::StaleReads(None));
    says(&words, &["None of what is read is out of date"]);
}

#[test]
fn remedies_of_stale_reads_say_what_they_do_to_freshness_and_to_the_rest() {
    let mut tried = 0;
    for name in ["stage-3", "stage-4", "stage-6"] {
        let scenario = stage(name);
        let offered = found(&scenario, Subject::StaleReads(None));
        for remedy in &offered {
            holds(&scenario, remedy, &|scenario| consistent(scenario).stale);
        }
        ranked(&scenario, &offered, 1e-6);
        tried += offered.len();
        let offered = found(&scenario, Subject::OldestAnswer(None));
        for remedy in &offered {
            holds(&scenario, remedy, &|scenario| {
                consistent(scenario).oldest().map(|oldest| oldest.0)
            });
        }
        tried += offered.len();
    }
    assert!(tried >= 10, "{tried}");
    let scenario = stage("stage-3");
    let offered = found(&scenario, Subject::StaleReads(None));
    let mut own = offered.iter();
    let shorter = own.find(|own| own.title == "Post cache: Time to live: 60 s → 30 s");
    let shorter = shorter.expect("it is offered");
    // Fresher is slower: the cache finds less.
    let besides = shorter.besides();
    assert!(
        besides.contains("p99 +") && !besides.contains("older"),
        "{besides}"
    );
}

/// A primary that is written and a replica that is read.
fn replicated() -> Scenario {
    let mut scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(200.0))],
        ),
        (
            Kind::Service,
            "API",
            &[
                (Parameter::Instances, number(1.0)),
                (Parameter::Cores, number(16.0)),
            ],
        ),
        (Kind::SqlPrimary, "Primary", &[]),
        (
            Kind::ReadReplica,
            "Copy",
            &[(Parameter::ReplicationLag, number(100.0))],
        ),
    ]);
    link(&mut scenario, 2, 4);
    scenario
        .classes
        .push(RequestClass::new(ClassId(2), "write", Operation::Write));
    scenario
}

#[test]
fn copies_are_waited_for_passed_by_or_left_out() {
    let scenario = replicated();
    let offered = found(&scenario, Subject::StaleReads(Some(ClassId(1))));
    let titles: Vec<&str> = offered.iter().map(|own| own.title.as_str()).collect();
    for wanted in [
        "Primary: Replication: synchronous",
        "Read read from Primary",
        "Without Copy",
    ] {
        assert!(titles.contains(&wanted), "{wanted} isn't in {titles:?}");
    }
    for remedy in &offered {
        let design = changed(&scenario, remedy);
        let stale = consistent(&design).stale;
        assert_eq!(remedy.effect.measured.1, stale, "{}", remedy.title);
        if remedy.title.starts_with("Read ") || remedy.title.starts_with("Without") {
            assert_eq!(stale, Some(0.0));
            let primary = analyse(&design).report;
            let primary = primary
                .components
                .iter()
                .find(|own| own.component == ComponentId(3));
            assert!((primary.expect("it is there").arrival.0 - 200.0).abs() < 1e-6);
        }
    }
}

#[test]
fn quorums_that_needn_t_meet_are_told_and_made_to_meet() {
    let mut scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(200.0))],
        ),
        (Kind::Service, "API", &[(Parameter::Cores, number(16.0))]),
        (
            Kind::KeyValueStore,
            "Store",
            &[
                (Parameter::ReadQuorum, number(1.0)),
                (Parameter::WriteQuorum, number(1.0)),
                (Parameter::ReplicationLag, number(50.0)),
            ],
        ),
    ]);
    scenario
        .classes
        .push(RequestClass::new(ClassId(2), "write", Operation::Write));
    let words = asked(&scenario, Subject::StaleReads(None));
    says(
        &words,
        &[
            "a write waits for 1 of 3 copies and a read asks 1, which needn't be among those",
            "50 ms later on average",
        ],
    );
    let words = asked(&scenario, Subject::OldestAnswer(None));
    says(&words, &["Nothing bounds for how long"]);
    let offered = found(&scenario, Subject::StaleReads(None));
    let titles: Vec<&str> = offered.iter().map(|own| own.title.as_str()).collect();
    assert!(titles.contains(&"Store: Read quorum: 1 → 3"), "{titles:?}");
    for remedy in &offered {
        holds(&scenario, remedy, &|scenario| consistent(scenario).stale);
    }
}

#[test]
fn writes_that_a_failover_loses_are_counted_and_kept() {
    let mut scenario = replicated();
    set(
        &mut scenario,
        "Primary",
        Parameter::AutomaticFailover,
        Value::Flag(true),
    );
    let all = lost_writes(&scenario);
    // 100 writes a second for 0.1 s, once a month: 0.5 % of the time in repairs of 3.65 h.
    assert!((all - 10.0).abs() < 1e-6, "{all}");
    let words = asked(&scenario, Subject::LostWrites);
    says(
        &words,
        &[
            &format!(
                "{} writes a month that were confirmed are lost.",
                written(all)
            ),
            "Primary dies once a month",
            "each time 10 writes are lost",
        ],
    );
    let offered = found(&scenario, Subject::LostWrites);
    let mut own = offered.iter();
    let waits = own.find(|own| own.title == "Primary: Replication: synchronous");
    assert!(waits.is_some());
    for remedy in &offered {
        holds(&scenario, remedy, &|scenario| Some(lost_writes(scenario)));
    }
    let mut scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(100.0))],
        ),
        (Kind::Service, "API", &[(Parameter::Cores, number(16.0))]),
        (Kind::SqlPrimary, "Database", &[]),
    ]);
    let place = scenario.components[2].position;
    let mut cache = Component::new(ComponentId(4), Kind::Cache, "Cache", place);
    cache.position.y += 200.0;
    cache.parameters.extend([
        (Parameter::WriteMode, Value::Choice(Choice::WriteBehind)),
        (Parameter::WriteDelay, number(20.0)),
    ]);
    scenario.components.push(cache);
    link(&mut scenario, 2, 4);
    scenario.classes = vec![RequestClass::new(ClassId(1), "write", Operation::Write)];
    assert!(lost_writes(&scenario) > 0.0);
    let words = asked(&scenario, Subject::LostWrites);
    says(
        &words,
        &["that waited there for 20 s before they went to the store"],
    );
    let offered = found(&scenario, Subject::LostWrites);
    assert!(
        offered
            .iter()
            .any(|own| own.title == "Cache: Write mode: write-through")
    );
    for remedy in &offered {
        holds(&scenario, remedy, &|scenario| Some(lost_writes(scenario)));
    }
    let words = asked(&stage("stage-3"), Subject::LostWrites);
    says(&words, &["None is: whatever dies"]);
}

#[test]
fn what_there_is_to_run_is_counted_and_made_less_without_anything_being_lost() {
    let mut tried = 0;
    for built_in in builtin() {
        let scenario = read(built_in.text()).scenario.expect("it is sound");
        let Analysis { compiled, report } = analyse(&scenario);
        let own = complexity(&scenario, &compiled, &report);
        let words = asked(&scenario, Subject::Complexity);
        if own.stateful.len() > 1 {
            says(
                &words,
                &[
                    &format!("{} kinds of parts", own.kinds.len()),
                    &format!("{} parts that can't simply be replaced", own.stateful.len()),
                    &format!("{} parts in all", own.parts),
                ],
            );
        }
        let counts = |scenario: &Scenario| {
            let Analysis { compiled, report } = analyse(scenario);
            let own = complexity(scenario, &compiled, &report);
            Some((own.kinds.len() + own.stateful.len()) as f64 + f64::from(own.hops()))
        };
        for remedy in found(&scenario, Subject::Complexity) {
            holds(&scenario, &remedy, &counts);
            let (before, after) = remedy.effect.lost;
            assert!(after <= before + 1e-6, "{}", remedy.title);
            let after = analyse(&changed(&scenario, &remedy)).compiled.notes.len();
            assert!(after <= compiled.notes.len(), "{}", remedy.title);
            tried += 1;
        }
    }
    assert!(tried >= 8, "{tried}");
}

#[test]
fn a_plan_goes_on_where_what_stood_in_its_way_is_gone() {
    let scenario = stage("stage-3");
    let offered = found(&scenario, Subject::Complexity);
    let mut own = offered.iter();
    let direct = own.find(|own| own.title == "Without Load balancer");
    let design = changed(&scenario, direct.expect("it is offered"));
    assert!(
        design
            .components
            .iter()
            .all(|own| own.kind != Kind::LoadBalancer)
    );
    let rates = |scenario: &Scenario| {
        let report = analyse(scenario).report;
        report.classes.iter().map(|own| own.goodput.0).sum::<f64>()
    };
    assert!((rates(&design) - rates(&scenario)).abs() < 1e-6 * rates(&scenario));
}

#[test]
fn what_is_left_open_is_told_and_closed() {
    let scenario = stage("stage-0");
    let open = |scenario: &Scenario| {
        let found = security(scenario, &analyse(scenario).report);
        found.iter().filter(|own| own.weakness.lets_in()).count()
    };
    assert!(open(&scenario) > 0);
    let words = asked(&scenario, Subject::LeftOpen);
    let report = analyse(&scenario).report;
    for finding in security(&scenario, &report) {
        if finding.weakness.lets_in() {
            says(&words, &[&finding.title, &finding.why]);
        }
    }
    let scenario = row(&[
        (Kind::Clients, "Users", &[]),
        (Kind::Service, "API", &[]),
        (Kind::SqlPrimary, "Database", &[]),
    ]);
    let offered = found(&scenario, Subject::LeftOpen);
    assert!(!offered.is_empty());
    for remedy in &offered {
        holds(&scenario, remedy, &|scenario| Some(open(scenario) as f64));
    }
    says(
        &asked(&stage("stage-3"), Subject::LeftOpen),
        &["The outside gets at nothing that it needn't."],
    );
}

#[test]
fn an_objective_of_no_document_is_answered_as_one_of_it() {
    let mut scenario = stage("stage-2");
    let view = class(&scenario, "View post");
    for target in [
        Target::P95AtMostSeconds(0.05),
        Target::SuccessAtLeast(0.999),
        Target::CostAtMostDollarsPerMonth(3_500.0),
        Target::GoodputAtLeastPerSecond(1e6),
    ] {
        let class = Some(view).filter(|_| !target.is_of_whole_design());
        let objective = Objective { class, target };
        let stranger = Subject::Asked(class, target);
        let (said, offered) = (asked(&scenario, stranger), found(&scenario, stranger));
        scenario.objectives.push(objective);
        let own = Subject::Objective(scenario.objectives.len() - 1);
        assert_eq!(said, asked(&scenario, own));
        let analysis = analyse(&scenario);
        let question = stranger.question(&scenario, &analysis.report);
        assert!(question.expect("it is one").starts_with("Why is the "));
        let same = remedies(&mut Solver::new(), &scenario, &analysis, own);
        let titles = |remedies: &[Remedy]| -> Vec<String> {
            remedies.iter().map(|own| own.title.clone()).collect()
        };
        assert_eq!(titles(&offered), titles(&same));
        let _ = scenario.objectives.pop();
    }
}

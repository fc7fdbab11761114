//! Why, of a lesson's rows: what the run has shown comes first and is what was measured, then what theory says without what went wrong; and each
//! remedy says what becomes of all rows, which is what the changed design does.

use super::{READ, asked, changed, class, found, id, number, row, says, stage};
use loadscape_sim::analysis::{Analysis, analyse};
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::insight::{Remedy, Search, Subject, success, while_it_lasts};
use loadscape_sim::lesson::{
    Answer, Known, Lesson, Seen, Shelf, answer, bounds, graded, play, read_lesson, subject,
};
use loadscape_sim::network::compile;
use loadscape_sim::quantities::{number as written, share, time};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{Objective, Scenario, Target};
use loadscape_sim::steady::Solver;
use loadscape_sim::units::Seconds;
use std::path::Path;

/// A lesson that comes with the page, and its task's design.
fn lesson(file: &str) -> (Lesson, Scenario) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../src/lessons")
        .join(file);
    let text = std::fs::read_to_string(path).expect("it can be read");
    let lesson = read_lesson(&text).lesson.expect("a lesson");
    let shelf = Shelf {
        lessons: vec![lesson.clone()],
        terms: Vec::new(),
    };
    let task = shelf.task(&lesson).expect("a design");
    (lesson, task)
}

/// The answer for one of its rows, of a run or of theory alone.
fn answered(
    lesson: &Lesson,
    index: usize,
    (scenario, analysis, seen): (&Scenario, &Analysis, Option<&Seen>),
) -> Answer {
    let known = Known {
        scenario,
        report: &analysis.report,
        seen,
    };
    let row = &lesson.task.objectives[index];
    answer(&mut Solver::new(), row, &known, analysis).expect("there is an answer")
}

#[test]
fn a_row_that_was_run_tells_of_its_run_first_and_then_of_theory_without_the_fault() {
    let (lesson, scenario) = lesson("02-database.json");
    let (analysis, seen) = play(&scenario, 60.0);
    let of_run = answered(&lesson, 0, (&scenario, &analysis, Some(&seen)));
    assert_eq!(of_run.question, "Why is the p95 as it is?");
    let whole = seen.classes[0].1;
    let verdict = &seen.verdicts[0];
    let own = &verdict.classes[0];
    let p95 = |phase: loadscape_sim::des::Phase| time(Seconds(phase.p95.expect("enough ended")));
    let first = format!(
        "P95 may be 160 ms at most: in this run it was {}, so that it is missed.",
        p95(whole)
    );
    assert_eq!(of_run.paragraphs[0], first);
    let fault = format!(
        "Until 60 s p95 was {}. From 60 s to 75 s (Database slowed, service takes 1.5 times as long) it was {}, and from then on {}.",
        p95(own.before.expect("it began later")),
        p95(own.during),
        p95(own.after.expect("it is over"))
    );
    says(&of_run.paragraphs[1], &[&fault, "No request failed."]);
    // What theory says without it is what it says of a steady load.
    let steady = analysis.report.classes[0]
        .latency
        .expect("it is steady")
        .p95;
    let theory = format!(
        "Without that, under a steady load, theory says {}, which misses it",
        time(steady)
    );
    let place = of_run
        .paragraphs
        .iter()
        .position(|own| own.starts_with(&theory));
    assert!(place.is_some_and(|place| place >= 2), "{of_run:?}");
    // It doesn't say at its end that faults are no part of it, for they were.
    assert!(!of_run.paragraphs.join(" ").contains("no part of it"));
    let unrun = answered(&lesson, 0, (&scenario, &analysis, None));
    let words = unrun.paragraphs.join(" ");
    says(
        &words,
        &["P95 may be 160 ms at most: it is ", "no part of it"],
    );
    assert!(!words.contains("in this run"), "{words}");
}

/// Two faults, one after the other: what fails in the second is none of the first's.
#[test]
fn what_fails_in_the_next_fault_is_not_told_of_the_one_before() {
    let (lesson, scenario) = lesson("04a-load-balancer.json");
    let (analysis, seen) = play(&scenario, 60.0);
    let [slow, kill] = seen.verdicts.as_slice() else {
        panic!("there are two: {:?}", seen.verdicts);
    };
    let ends = |own: loadscape_sim::des::Phase| own.errors + own.refused;
    let own = &slow.classes[0];
    let after = own.after.expect("it is over");
    assert_eq!(after.seconds, 20.0);
    assert!(slow.failed <= ends(own.during) + ends(after), "{slow:?}");
    assert!(kill.failed >= ends(kill.classes[0].during) && kill.failed > 1_000.0);
    let words = answered(&lesson, 0, (&scenario, &analysis, Some(&seen))).paragraphs;
    says(
        &words[1],
        &["and from then until 100 s ", "No request failed."],
    );
    says(&words[2], &["and from then on ", " failed for it."]);
}

#[test]
fn a_backlog_that_grows_counts_as_not_answered_in_a_run_and_in_theory() {
    // Half as much again comes as the old server can do, and nobody gives up.
    let (lesson, scenario) = lesson("04b-unequal-servers.json");
    let (analysis, seen) = play(&scenario, 60.0);
    let row = &lesson.task.objectives[1];
    let known = Known {
        scenario: &scenario,
        report: &analysis.report,
        seen: Some(&seen),
    };
    assert!(!graded(row, &known).met);
    let words = answered(&lesson, 1, (&scenario, &analysis, Some(&seen))).paragraphs;
    let phase = seen.classes[0].1;
    let left = phase.offered - phase.succeeded - phase.errors - phase.refused;
    assert!(left > 0.1 * phase.offered);
    let words = words.join(" ");
    // In each span as over the whole: who waits at its end isn't answered.
    let fault = &seen.verdicts[0].classes[0];
    let [before, during, after] = [fault.before, Some(fault.during), fault.after].map(|span| {
        let span = span.expect("it was seen");
        assert!(span.offered - span.ended() > 0.1 * span.offered);
        assert_eq!(success(&span), Some(span.succeeded / span.offered));
        share(span.succeeded / span.offered)
    });
    let spans = format!(
        "Until 60 s success was {before}. From 60 s to 90 s (1.33 times as many requests from Users) it was {during}, and from then on {after}."
    );
    says(
        &words,
        &[
            &format!(
                "Success must be 99 % at least: in this run it was {}, so that it is missed.",
                share(phase.succeeded / phase.offered)
            ),
            &spans,
            &format!(
                "still waited ({}): it is a backlog, and counts as not answered.",
                share(left / phase.offered)
            ),
            "theory says 83 %, which misses it: 17 % fail, and 1 % may.",
        ],
    );
    // The bill is the same whatever a run shows.
    let of_run = answered(&lesson, 2, (&scenario, &analysis, Some(&seen)));
    assert_eq!(of_run, answered(&lesson, 2, (&scenario, &analysis, None)));
}

#[test]
fn a_run_that_is_slower_than_theory_before_anything_goes_wrong_says_why() {
    // Keys that are on their way are asked for again, which theory doubts and a run has.
    let (lesson, scenario) = lesson("06c-how-old.json");
    let (analysis, seen) = play(&scenario, 60.0);
    let before = seen.verdicts[0].classes[0].before.expect("it began later");
    let words = answered(&lesson, 1, (&scenario, &analysis, Some(&seen)));
    says(
        &words.paragraphs.join(" "),
        &[&format!(
            "A run takes longer ({} before anything went wrong): Cache: requests for a key that is on its way are fetched as well",
            time(Seconds(before.p99.expect("enough ended")))
        )],
    );
}

fn judged(lesson: &Lesson, scenario: &Scenario, index: usize) -> Vec<Remedy> {
    let analysis = analyse(scenario);
    let objectives = &lesson.task.objectives;
    let known = |scenario, report| Known {
        scenario,
        report,
        seen: None,
    };
    let asked = subject(&objectives[index], &known(scenario, &analysis.report));
    let mut solver = Solver::new();
    let mut search = Search::begin(scenario, &analysis, asked.expect("it is asked about"));
    let judge = |scenario: &Scenario, report: &Report| {
        bounds(
            objectives,
            &Known {
                scenario,
                report,
                seen: None,
            },
        )
    };
    while search.go_on_judged(&mut solver, scenario, &analysis.report, Some(&judge)) {}
    search.finish(&analysis.report)
}

#[test]
fn a_remedy_says_what_becomes_of_every_row_and_those_that_miss_none_come_first() {
    let (lesson, scenario) = lesson("02-database.json");
    let offered = judged(&lesson, &scenario, 0);
    let missed: Vec<(usize, usize)> = (offered.iter())
        .map(|remedy| {
            let own = remedy.bounds.as_ref().expect("it was judged");
            (own.missed.len(), own.strained)
        })
        .collect();
    assert!(missed.is_sorted() && missed[0] == (0, 0), "{missed:?}");
    let some = |which: fn(&(usize, usize)) -> usize| missed.iter().any(|own| which(own) > 0);
    assert!(some(|own| own.0) && some(|own| own.1), "{missed:?}");
    // What holds in calm is told with what it would be if the fault never ended.
    let first = changed(&scenario, &offered[0]);
    let strained = while_it_lasts(&mut Solver::new(), &first, &compile(&first), 0);
    let strained = strained.expect("a steady state has it").classes[0].latency;
    let calm = analyse(&first).report.classes[0].latency;
    let p95 = |own: Option<loadscape_sim::report::Latency>| time(own.expect("it is steady").p95);
    says(
        &offered[0].bounds.as_ref().expect("it was judged").words(),
        &[&format!(
            "without faults all 3 rows hold (p95 {}, {} while the fault lasts; success 100 %)",
            p95(calm),
            p95(strained)
        )],
    );
    for remedy in &offered {
        let design = changed(&scenario, remedy);
        let report = analyse(&design).report;
        let known = Known {
            scenario: &design,
            report: &report,
            seen: None,
        };
        let own = remedy.bounds.as_ref().expect("it was judged");
        assert_eq!(
            *own,
            bounds(&lesson.task.objectives, &known),
            "{}",
            remedy.title
        );
        let rows = own.hold + own.in_calm.len() + own.missed.len() + own.open.len();
        assert_eq!(rows, lesson.task.objectives.len());
        // Whoever is told row by row needn't be told how many.
        assert!(!remedy.besides().contains("met now"));
        let dear = report.cost.total.0 > 2_500.0;
        assert_eq!(
            own.words().contains("missed: cost $"),
            dear,
            "{}",
            own.words()
        );
        assert!(
            own.words().ends_with("with them a run decides"),
            "{}",
            own.words()
        );
    }
}

#[test]
fn a_faster_core_is_tried_for_its_price_and_not_where_it_would_cost_nothing() {
    let scenario = |price: f64| {
        row(&[
            (
                Kind::Clients,
                "Users",
                &[(Parameter::RequestRate, number(20.0))],
            ),
            (
                Kind::Service,
                "API",
                &[
                    (Parameter::ServiceTime, number(40.0)),
                    (Parameter::InstancePrice, number(price)),
                ],
            ),
        ])
    };
    let faster = |scenario: &Scenario| {
        let offered = found(scenario, Subject::Latency(READ));
        offered
            .into_iter()
            .find(|own| own.title == "API: Core speed: 1 → 2")
    };
    let priced = scenario(100.0);
    let remedy = faster(&priced).expect("it halves the time");
    let before = analyse(&priced).report.cost.total;
    let after = analyse(&changed(&priced, &remedy)).report.cost.total;
    // A machine twice as fast costs twice as much.
    assert!((after.0 - before.0 - 100.0).abs() < 1e-9);
    assert_eq!(remedy.price(), "+$100 a month");
    says(&remedy.besides(), &["if cores so fast are to be had"]);
    assert_eq!(faster(&scenario(0.0)), None);
}

#[test]
fn a_sentence_that_names_two_rates_names_their_ratio() {
    let mut scenario = stage("stage-2");
    let users = id(&scenario, "Users");
    let sent = scenario.component(users).expect("they are drawn");
    let twice = 2.0 * sent.number(Parameter::RequestRate);
    scenario.components[0]
        .parameters
        .insert(Parameter::RequestRate, number(twice));
    let report = analyse(&scenario).report;
    let servers = id(&scenario, "Web servers");
    let mut stations = report.stations.iter();
    let full = stations
        .find(|own| own.component == servers && own.saturation.is_some())
        .expect("what is behind them holds them");
    let passes = full.saturation.expect("it is full").passes;
    let ratio = full.arrival.0 / passes.0;
    // They are held for longer the more they wait, which says nothing of what comes.
    assert!(full.offered_load / f64::from(full.servers * full.instances) > 1.5 * ratio);
    let words = asked(&scenario, Subject::Latency(class(&scenario, "View post")));
    says(
        &words,
        &[&format!(
            "The load asks for {} of what the 2 × {} threads of Web servers can do: ",
            share(ratio),
            written(f64::from(full.servers))
        )],
    );
}

#[test]
fn who_asks_about_a_percentile_is_told_about_that_one() {
    let mut scenario = stage("knee");
    scenario.objectives = vec![Objective {
        class: None,
        target: Target::P95AtMostSeconds(0.3),
    }];
    let figures = analyse(&scenario).report.classes[0]
        .latency
        .expect("it is steady");
    // A round trip of 40 ms and 50 ms of work that varies exponentially: without a wait p95 is 40 + 50 ln 20 = 190 ms.
    let alone = 0.040 + 0.050 * 20.0_f64.ln();
    assert_eq!(time(Seconds(alone)), "190 ms");
    let words = asked(&scenario, Subject::Objective(0));
    says(
        &words,
        &[
            &format!(
                "P95 may be 300 ms at most: it is {}, so that it is missed by ",
                time(figures.p95)
            ),
            &format!(
                "{} of it is waiting for the only core of Server",
                time(Seconds(figures.p95.0 - alone))
            ),
            "(With enough of them p95 would be 190 ms.)",
        ],
    );
    assert!(!words.contains("p99"), "{words}");
    let median = asked(&scenario, Subject::Median(scenario.classes[0].id));
    says(
        &median,
        &[&format!("p50 of Request is {}, ", time(figures.p50))],
    );
}

#[test]
fn one_of_several_machines_that_is_reached_is_told_from_all_of_them() {
    let scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(220.0))],
        ),
        (
            Kind::Service,
            "API",
            &[
                (Parameter::Instances, number(4.0)),
                (Parameter::Cores, number(2.0)),
                (Parameter::ServiceTime, number(20.0)),
            ],
        ),
    ]);
    let words = asked(&scenario, Subject::Latency(READ));
    says(
        &words,
        &[
            "220 % of what the 64 threads of the one instance of API that is reached can do: 220 /s arrive, 100 /s get through, and the backlog grows by 120 /s. The other 3 instances idle: nothing spreads the load over them.",
            "the 2 cores of the one instance of API that is reached are asked for 220 % of what they can do.",
        ],
    );
}

#[test]
fn what_a_part_did_is_told_before_it_is_taken_away() {
    let scenario = stage("stage-3");
    let offered = found(&scenario, Subject::Complexity);
    let with = |title: &str| {
        let mut remedies = offered.iter();
        let own = remedies.find(|own| own.title == title);
        own.unwrap_or_else(|| panic!("{title} isn't offered"))
    };
    says(
        &with("Without Load balancer").besides(),
        &["whoever asks picks a machine for himself"],
    );
    says(
        &with("Without DNS").besides(),
        &["clients know one fixed address"],
    );
    // Where nothing else spreads the requests, only one machine would be reached.
    let mut alone = row(&[
        (Kind::Clients, "Users", &[]),
        (Kind::LoadBalancer, "Balancer", &[]),
        (Kind::Service, "API", &[(Parameter::Instances, number(3.0))]),
    ]);
    let titles = |scenario: &Scenario| -> Vec<String> {
        let offered = found(scenario, Subject::Complexity).into_iter();
        offered.map(|own| own.title).collect()
    };
    assert!(!titles(&alone).contains(&"Without Balancer".to_owned()));
    alone.components[2]
        .parameters
        .insert(Parameter::Instances, Value::Number(1.0));
    assert!(titles(&alone).contains(&"Without Balancer".to_owned()));
}

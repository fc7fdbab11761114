//! Why, in words: each mechanism of the model is named with its numbers, for whatever is asked about; and what would move it is found by
//! solving, ranked by what it brings for the money.

mod beyond;
mod remedies;
mod task;
mod work;

use loadscape_sim::analysis::{Analysis, analyse};
use loadscape_sim::builtin::{builtin, named};
use loadscape_sim::catalog::{Choice, Kind, Parameter, Value};
use loadscape_sim::insight::{Remedy, Subject, remedies, why};
use loadscape_sim::scenario::generate::generate;
use loadscape_sim::scenario::{
    Call, CallPlan, ClassId, Component, ComponentId, Link, LinkId, Objective, Operation, PlanStep,
    Point, RequestClass, Retry, Scenario, Target, read,
};
use loadscape_sim::steady::Solver;

const READ: ClassId = ClassId(1);

/// A part: its kind, its name, and what differs from the default.
type Part<'a> = (Kind, &'a str, &'a [(Parameter, Value)]);

/// Parts in a row of kinds, each calling the next, with one class of reads.
fn row(parts: &[Part]) -> Scenario {
    let mut scenario = Scenario {
        classes: vec![RequestClass::new(READ, "read", Operation::Read)],
        ..Scenario::default()
    };
    for ((kind, name, parameters), id) in parts.iter().zip(1..) {
        let position = Point {
            x: f64::from(id) * 240.0,
            y: 40.0,
        };
        let mut component = Component::new(ComponentId(id), *kind, *name, position);
        component.parameters.extend(parameters.iter().copied());
        scenario.components.push(component);
        if id > 1 {
            link(&mut scenario, id - 1, id);
        }
    }
    scenario
}

fn link(scenario: &mut Scenario, from: u32, to: u32) {
    let id = scenario.next_link_id();
    let link = Link::new(id, ComponentId(from), ComponentId(to));
    scenario.links.push(link);
}

fn number(value: f64) -> Value {
    Value::Number(value)
}

fn stage(name: &str) -> Scenario {
    let builtin = named(name).expect("it is built in");
    read(builtin.text()).scenario.expect("it is sound")
}

fn id(scenario: &Scenario, name: &str) -> ComponentId {
    let found = scenario.components.iter().find(|own| own.name == name);
    found.expect("it is drawn").id
}

fn class(scenario: &Scenario, name: &str) -> ClassId {
    let found = scenario.classes.iter().find(|own| own.name == name);
    found.expect("it is there").id
}

fn asked(scenario: &Scenario, subject: Subject) -> String {
    let sentences = why(&mut Solver::new(), scenario, &analyse(scenario), subject);
    sentences.expect("there is an answer").join(" ")
}

#[track_caller]
fn says(words: &str, parts: &[&str]) {
    for part in parts {
        assert!(words.contains(part), "\"{part}\" isn't in: {words}");
    }
}

fn found(scenario: &Scenario, subject: Subject) -> Vec<Remedy> {
    remedies(&mut Solver::new(), scenario, &analyse(scenario), subject)
}

#[test]
fn waiting_for_a_processor_is_what_p99_loses_without_it() {
    // A round trip of 40 ms, and 50 ms of work that varies exponentially: without a wait, p99 is 40 + 50 ln 100 = 270 ms.
    let scenario = stage("knee");
    let words = asked(&scenario, Subject::Latency(scenario.classes[0].id));
    let alone = 40.0 + 50.0 * 100.0_f64.ln();
    assert_eq!(alone.round(), 270.0);
    says(
        &words,
        &[
            "390 ms of it is waiting for the only core of Server, 50 % busy, because 10 /s come and each takes 50 ms.",
            "(With enough of them p99 would be 270 ms.)",
            "50 ms is work of Server",
            "40 ms is distance (farthest: Clients to Server and back, 40 ms)",
        ],
    );
}

/// Two tiers: few threads that each wait for what is below.
fn held() -> Scenario {
    row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(180.0))],
        ),
        (
            Kind::Service,
            "API",
            &[
                (Parameter::Threads, number(8.0)),
                (Parameter::ServiceTime, number(1.0)),
                (Parameter::Cores, number(4.0)),
            ],
        ),
        (
            Kind::ThirdPartyApi,
            "Payments",
            &[(Parameter::ResponseTime, number(38.0))],
        ),
    ])
}

#[test]
fn threads_are_short_because_of_what_holds_them() {
    let scenario = held();
    let report = analyse(&scenario).report;
    let threads = report
        .stations
        .iter()
        .find(|station| station.servers == 8)
        .expect("it has threads");
    assert!((0.85..1.0).contains(&threads.utilisation));
    let words = asked(&scenario, Subject::Latency(READ));
    says(
        &words,
        &[
            "of it is waiting for one of the 8 threads of API, ",
            " busy, because each is held for ",
            " of that by Payments.",
        ],
    );
    let words = asked(&scenario, Subject::Component(ComponentId(2)));
    says(
        &words,
        &["Each of its threads is held for ", "of that by Payments"],
    );
    // And it is helped by more of them.
    let first = &found(&scenario, Subject::Latency(READ))[0];
    assert_eq!(first.title, "API: Threads: 8 → 16");
    assert!(first.gain().starts_with("p99 −"), "{}", first.gain());
    assert_eq!(first.price(), "no extra cost");
}

#[test]
fn a_disk_is_named_where_the_memory_is_too_small() {
    let mut scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(150.0))],
        ),
        (
            Kind::Service,
            "API",
            &[(Parameter::ServiceTime, number(1.0))],
        ),
        (
            Kind::SqlPrimary,
            "Store",
            &[
                (Parameter::Memory, number(2.0)),
                (Parameter::StoredData, number(2_000.0)),
                (Parameter::DiskChannels, number(1.0)),
                (Parameter::DiskReadTime, number(5.0)),
            ],
        ),
    ]);
    scenario.classes[0].keys = 100_000_000.0;
    let words = asked(&scenario, Subject::Latency(READ));
    says(
        &words,
        &[
            "waiting for the only disk channel of Store",
            "Store answers ",
            "so that p99 is about the misses",
        ],
    );
    let offered: Vec<String> = found(&scenario, Subject::Latency(READ))
        .into_iter()
        .map(|remedy| remedy.title)
        .collect();
    assert!(
        offered
            .iter()
            .any(|title| title.starts_with("Store: Disk channels")),
        "{offered:?}"
    );
    assert!(
        offered.iter().any(|title| title == "Store: Add a cache"),
        "{offered:?}"
    );
}

#[test]
fn a_rate_limit_says_how_many_come_and_how_many_pass() {
    let scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(200.0))],
        ),
        (
            Kind::ApiGateway,
            "Gateway",
            &[
                (Parameter::RateLimit, number(50.0)),
                (Parameter::BurstAllowance, number(1.0)),
            ],
        ),
        (Kind::Service, "API", &[]),
    ]);
    let words = asked(&scenario, Subject::Failures(READ));
    says(
        &words,
        &["is over the rate limit of Gateway: 200 /s come and it lets "],
    );
    let first = &found(&scenario, Subject::Failures(READ))[0];
    assert!(
        first.title.starts_with("Gateway: Rate limit: 50 → 100"),
        "{}",
        first.title
    );
    assert!(first.gain().starts_with("failures "), "{}", first.gain());
}

#[test]
fn a_full_queue_says_how_much_room_there_is_and_who_keeps_it_full() {
    let scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(45.0))],
        ),
        (
            Kind::Service,
            "API",
            &[
                (Parameter::Cores, number(1.0)),
                (Parameter::Threads, number(1.0)),
                (Parameter::ServiceTime, number(20.0)),
                (Parameter::QueueLimit, number(3.0)),
            ],
        ),
    ]);
    let words = asked(&scenario, Subject::Failures(READ));
    says(
        &words,
        &["finds no room at API, which has room for 3 waiting (1 thread, "],
    );
}

#[test]
fn a_replica_says_how_far_it_lags() {
    let scenario = stage("stage-2");
    let words = asked(&scenario, Subject::Component(id(&scenario, "Replica")));
    says(
        &words,
        &[
            "It limits the whole design. The 4 cores of Replica are 91 % busy",
            "As a copy it lags: a write takes ",
        ],
    );
}

#[test]
fn cache_misses_are_the_tail_when_they_are_more_than_one_in_a_hundred() {
    let scenario = stage("stage-4");
    let words = asked(&scenario, Subject::Latency(class(&scenario, "View post")));
    says(
        &words,
        &["Post cache answers 71 % of look-ups and misses 29 %: more than one in a hundred"],
    );
    let words = asked(&scenario, Subject::Component(id(&scenario, "Post cache")));
    says(
        &words,
        &["It finds 71 % of what it is asked for at hand; 29 % of look-ups miss"],
    );
}

#[test]
fn retries_are_told_with_what_they_add() {
    let mut scenario = held();
    scenario.components[0]
        .parameters
        .insert(Parameter::RequestRate, number(40.0));
    scenario.components[2]
        .parameters
        .insert(Parameter::ErrorShare, number(0.2));
    let call = Call {
        retry: Some(Retry::new(3, 0.05)),
        ..Call::once(LinkId(2))
    };
    scenario.components[1].plans = vec![CallPlan {
        class: READ,
        steps: vec![PlanStep { calls: vec![call] }],
    }];
    let words = asked(&scenario, Subject::Latency(READ));
    says(
        &words,
        &[
            "is attempts that came to nothing and the wait before the next",
            "A call from API to Payments that fails is tried up to 3 more times",
        ],
    );
    let words = asked(&scenario, Subject::Failures(READ));
    says(&words, &["is an error answer of Payments"]);
}

#[test]
fn calls_at_once_wait_for_the_slowest() {
    let mut scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(20.0))],
        ),
        (Kind::Service, "Front", &[]),
        (Kind::Service, "One", &[]),
    ]);
    for (id, name) in [(4, "Two"), (5, "Three")] {
        let place = Point {
            x: 720.0,
            y: f64::from(id) * 100.0,
        };
        scenario
            .components
            .push(Component::new(ComponentId(id), Kind::Service, name, place));
        link(&mut scenario, 2, id);
    }
    let calls = [2, 3, 4].map(|id| Call::once(LinkId(id))).to_vec();
    scenario.components[1].plans = vec![CallPlan {
        class: READ,
        steps: vec![PlanStep { calls }],
    }];
    let words = asked(&scenario, Subject::Latency(READ));
    says(
        &words,
        &["Front makes 3 calls at once and waits for the slowest of them"],
    );
}

#[test]
fn a_hot_shard_is_told_from_the_others() {
    let mut scenario = row(&[
        (
            Kind::Clients,
            "Users",
            &[(Parameter::RequestRate, number(900.0))],
        ),
        (
            Kind::Service,
            "API",
            &[
                (Parameter::Instances, number(20.0)),
                (Parameter::ServiceTime, number(1.0)),
            ],
        ),
        (
            Kind::ShardedDatabase,
            "Shards",
            &[
                (Parameter::ShardingScheme, Value::Choice(Choice::ByRange)),
                (Parameter::Cores, number(2.0)),
            ],
        ),
    ]);
    scenario.classes[0].zipf_exponent = 1.1;
    let report = analyse(&scenario).report;
    let hot = report.stations.iter().any(|station| {
        station.component == ComponentId(3)
            && station.busiest_utilisation > 1.02 * station.utilisation
    });
    assert!(hot, "some shard is hotter than the others");
    let words = asked(&scenario, Subject::Component(ComponentId(3)));
    says(
        &words,
        &[
            "The load isn't spread evenly over its ",
            "some keys are asked for far more often than others",
        ],
    );
}

#[test]
fn users_who_wait_for_their_answers_are_told_of() {
    let scenario = row(&[
        (
            Kind::Clients,
            "Clerks",
            &[
                (Parameter::Traffic, Value::Choice(Choice::Closed)),
                (Parameter::Users, number(200.0)),
                (Parameter::ThinkTime, number(2.0)),
            ],
        ),
        (Kind::Service, "API", &[]),
    ]);
    for subject in [Subject::Latency(READ), Subject::Component(ComponentId(1))] {
        says(
            &asked(&scenario, subject),
            &["200 users", "slower answers mean fewer requests"].map(|own| {
                if subject == Subject::Component(ComponentId(1)) && own.starts_with("slower") {
                    "Slower answers mean fewer requests"
                } else {
                    own
                }
            }),
        );
    }
}

#[test]
fn above_saturation_there_is_a_backlog_and_no_percentile() {
    let mut scenario = stage("stage-2");
    let users = id(&scenario, "Users");
    let sent = scenario.component(users).expect("they are drawn");
    let twice = 2.0 * sent.number(Parameter::RequestRate);
    scenario.components[0]
        .parameters
        .insert(Parameter::RequestRate, number(twice));
    let class = class(&scenario, "View post");
    let words = asked(&scenario, Subject::Latency(class));
    says(
        &words,
        &[
            "View post has no p99",
            "the backlog grows by 851 /s",
            "the 4 cores of Replica are asked for 181 % of what they can do",
        ],
    );
    let words = asked(&scenario, Subject::Failures(class));
    says(
        &words,
        &["45 % stays in the backlog at Web servers, which grows by 851 /s"],
    );
}

#[test]
fn the_sustained_load_is_what_a_request_asks_of_the_bottleneck() {
    // One core and 50 ms of work a request: 20 a second.
    let words = asked(&stage("knee"), Subject::SustainableLoad);
    says(
        &words,
        &[
            "The design sustains 20 /s, head-room 100 %",
            "Each request that is sent asks its only core for 50 ms on average, which can be given 20 times a second.",
        ],
    );
}

#[test]
fn a_missed_objective_says_by_how_much_and_goes_on_with_the_reason() {
    let mut scenario = stage("knee");
    scenario.objectives = vec![Objective {
        class: None,
        target: Target::P99AtMostSeconds(0.5),
    }];
    let words = asked(&scenario, Subject::Objective(0));
    says(
        &words,
        &[
            "P99 may be 500 ms at most: it is 661 ms, so that it is missed by 32 %.",
            "390 ms of it is waiting for the only core of Server",
        ],
    );
    // What meets it stands before what only helps.
    let offered = found(&scenario, Subject::Objective(0));
    let meets: Vec<bool> = offered.iter().map(|remedy| remedy.effect.meets).collect();
    assert!(
        meets[0] && meets.is_sorted_by(|one, other| one >= other),
        "{meets:?}"
    );
}

#[test]
fn the_bill_is_told_by_its_largest_parts_and_nothing_is_saved_at_an_objectives_expense() {
    let scenario = stage("stage-4");
    let words = asked(&scenario, Subject::Cost);
    says(
        &words,
        &[
            "The design costs $59,046 a month.",
            "for traffic between zones and to the outside",
        ],
    );
    let before = analyse(&scenario).report;
    let savings = found(&scenario, Subject::Cost);
    assert!(
        savings
            .iter()
            .any(|remedy| remedy.title.starts_with("Replicas: Instances: 5"))
    );
    for remedy in &savings {
        assert!(
            remedy.saves && remedy.effect.cost.0 < 0.0,
            "{}",
            remedy.title
        );
        let after = analyse(&changed(&scenario, remedy)).report;
        assert!(after.cost.total.0 < before.cost.total.0);
        for (before, after) in before.objectives.iter().zip(&after.objectives) {
            assert!(
                after.met || !before.met,
                "{}: {:?}",
                remedy.title,
                after.objective
            );
        }
    }
    let saved: Vec<f64> = savings.iter().map(|remedy| remedy.effect.cost.0).collect();
    assert!(saved.is_sorted(), "{saved:?}");
}

fn changed(scenario: &Scenario, remedy: &Remedy) -> Scenario {
    let mut changed = scenario.clone();
    remedy.edit.apply(&mut changed);
    changed
}

/// Everything that can be asked of a design.
fn subjects(scenario: &Scenario) -> Vec<Subject> {
    let mut subjects = vec![Subject::Bottleneck, Subject::SustainableLoad, Subject::Cost];
    for class in &scenario.classes {
        subjects.extend([Subject::Latency(class.id), Subject::Failures(class.id)]);
    }
    subjects.extend((0..scenario.objectives.len()).map(Subject::Objective));
    subjects.extend(
        scenario
            .components
            .iter()
            .map(|own| Subject::Component(own.id)),
    );
    subjects
}

fn ask_everything(solver: &mut Solver, scenario: &Scenario, analysis: &Analysis) {
    for subject in subjects(scenario) {
        let question = subject.question(scenario, &analysis.report);
        let Some(sentences) = why(solver, scenario, analysis, subject) else {
            assert_eq!(subject, Subject::Bottleneck, "{question:?}");
            continue;
        };
        assert!(!sentences.is_empty(), "{question:?}");
        for sentence in sentences {
            assert!(
                sentence.ends_with(['.', ')'])
                    && !sentence.contains("NaN")
                    && !sentence.contains("inf "),
                "{question:?}: {sentence}"
            );
        }
    }
}

#[test]
fn whatever_is_asked_of_whatever_is_drawn_has_an_answer_in_whole_sentences() {
    let mut solver = Solver::new();
    for built_in in builtin() {
        let scenario = stage(built_in.name);
        ask_everything(&mut solver, &scenario, &analyse(&scenario));
    }
    for seed in 0..40 {
        let scenario = generate(seed, 14);
        ask_everything(&mut solver, &scenario, &analyse(&scenario));
    }
}

/// Milliseconds of "12.3 ms", or of "1.2 s".
fn milliseconds(words: &str) -> Option<f64> {
    let mut words = words.split_whitespace();
    let number: f64 = words.next()?.parse().ok()?;
    match words.next()?.trim_matches(',') {
        "ms" => Some(number),
        "s" => Some(number * 1e3),
        "µs" => Some(number / 1e3),
        _ => None,
    }
}

#[test]
fn the_parts_of_a_mean_add_up_to_it_and_a_part_says_whose_figures_it_has() {
    for name in ["knee", "stage-1", "stage-2", "stage-3"] {
        let scenario = stage(name);
        for class in &scenario.classes {
            let words = asked(&scenario, Subject::Latency(class.id));
            let from = format!("Of the mean of {}, ", class.name);
            let Some((_, list)) = words.split_once(&from) else {
                continue;
            };
            // Farthest hops stand in brackets and belong to the distance.
            let list = list.split_once(". ").map_or(list, |(list, _)| list);
            let mut spans = Vec::new();
            let mut depth = 0;
            let flat: String = (list.chars())
                .filter(|letter| {
                    depth += i32::from(*letter == '(');
                    let is_outside = depth == 0;
                    depth -= i32::from(*letter == ')');
                    is_outside
                })
                .collect();
            for clause in flat.split(", ") {
                spans.extend(milliseconds(clause));
            }
            let [mean, parts @ ..] = spans.as_slice() else {
                panic!("{words}");
            };
            let sum: f64 = parts.iter().sum();
            // Each figure is written with three digits.
            assert!((sum - mean).abs() <= 0.01 * mean, "{sum} of {mean}: {list}");
        }
    }
    let mut scenario = stage("knee");
    let alone = asked(&scenario, Subject::Latency(ClassId(1)));
    assert!(!alone.contains("of all classes"), "{alone}");
    let other = RequestClass::new(ClassId(2), "other", Operation::Read);
    scenario.classes.push(other);
    says(
        &asked(&scenario, Subject::Latency(ClassId(1))),
        &["/s of all classes together come and each takes 50 ms on average over them"],
    );
}

//! The slowest requests of a run's past.

use super::*;
use loadscape_sim::scenario::{ComponentFault, Fault, Incident};

/// Lets a paused player search until it has found what was asked.
fn search(player: &mut Player, question: Question) -> Slowest {
    order(player, Order::Slowest(Some(question)));
    assert!(player.is_busy());
    for turn in 0..100_000 {
        player.advance(2_000.0 + f64::from(turn), || true);
        if let Some(found) = player.slowest() {
            assert!(!player.is_busy());
            let telling = Telling::Slowest(Box::new(found.clone()));
            assert_eq!(
                unpack::<Telling>(&pack(&telling).unwrap()).unwrap(),
                telling
            );
            return found;
        }
        let share = frame(player).searched.unwrap();
        assert!((0.0..=1.0).contains(&share));
    }
    panic!("nothing was found");
}

#[test]
fn the_slowest_of_a_span_are_found_again_and_looking_changes_nothing() {
    let scenario = stage("stage-2");
    let mut player = Player::default();
    reach(&mut player, &scenario, 120.0);
    let before = player.simulation().unwrap().findings();
    let question = Question {
        from: 60.0,
        to: 64.0,
        class: None,
    };
    let found = search(&mut player, question);
    assert_eq!(player.simulation().unwrap().findings(), before);
    assert_eq!(
        (found.since, found.unknown, found.requests.len()),
        (60.0, 0, 20)
    );
    // The same run from its very beginning, with everybody traced.
    let mut alone = unwatched(&scenario, 50.0);
    alone.trace_next(1_000_000);
    alone.run_until(64.0, u64::MAX);
    let mut all: Vec<f64> = alone
        .traces()
        .iter()
        .filter(|trace| {
            trace
                .ended
                .is_some_and(|ended| (60.0..64.0).contains(&ended))
        })
        .map(|trace| trace.ended.unwrap() - trace.began)
        .collect();
    all.sort_by(|one, other| other.total_cmp(one));
    let took: Vec<f64> = found.requests.iter().map(|own| own.took).collect();
    assert_eq!(took, all[..20]);
    for own in &found.requests {
        assert!(!own.spans.is_empty() && own.more == 0);
        assert!(
            own.spans
                .windows(2)
                .all(|pair| pair[0].after <= pair[1].after)
        );
        assert!((60.0..64.0).contains(&(own.began + own.took)));
    }
    // Of the future nothing is known.
    order(
        &mut player,
        Order::Slowest(Some(Question {
            from: 700.0,
            to: 800.0,
            class: None,
        })),
    );
    assert!(!player.is_busy());
    let nothing = player.slowest().unwrap();
    assert_eq!((nothing.question.from, nothing.requests.len()), (700.0, 0));
    assert_eq!(player.slowest(), None, "it is told once");
}

#[test]
fn the_slowest_are_found_around_a_fault_too() {
    let mut scenario = stage("stage-2");
    let primary = scenario.components.iter();
    let primary = primary.filter(|part| part.kind == Kind::SqlPrimary);
    let primary = primary.map(|part| part.id).next().unwrap();
    scenario.faults.push(Fault {
        start_seconds: 60.0,
        duration_seconds: Some(10.0),
        incident: Incident::Component {
            id: primary,
            what: ComponentFault::Slow {
                factor: 5.0,
                instances: None,
            },
        },
    });
    let mut player = Player::default();
    reach(&mut player, &scenario, 120.0);
    let before = player.simulation().unwrap().findings();
    for (from, to) in [(40.0, 45.0), (58.0, 62.0), (66.0, 74.0), (110.0, 115.0)] {
        let question = Question {
            from,
            to,
            class: None,
        };
        let found = search(&mut player, question);
        assert_eq!((found.since, found.requests.len()), (from, 20));
        let mut alone = unwatched(&scenario, from - 20.0);
        alone.trace_next(1_000_000);
        alone.run_until(to, u64::MAX);
        let traces = alone.traces();
        let ended = traces
            .iter()
            .filter_map(|own| Some((own.began, own.ended?)));
        let took = ended.filter(|(_, end)| (from..to).contains(end));
        let most = took.map(|(began, end)| end - began).fold(0.0, f64::max);
        assert_eq!(found.requests[0].took, most, "from {from} s to {to} s");
    }
    assert_eq!(player.simulation().unwrap().findings(), before);
}

#[test]
fn what_was_before_a_change_is_run_with_the_drawing_of_then() {
    let mut scenario = stage("stage-1");
    let mut player = Player::default();
    reach(&mut player, &scenario, 100.0);
    for part in &mut scenario.components {
        if part.kind == Kind::Clients {
            part.parameters
                .insert(Parameter::RequestRate, Value::Number(5.0));
        }
    }
    order(&mut player, Order::Pace(Pace::Times(100.0)));
    order(
        &mut player,
        Order::Change {
            document: share::encode(&scenario),
        },
    );
    order(&mut player, Order::Play);
    let mut wall = 5_000.0;
    pass(&mut player, &mut wall, 1.0);
    order(&mut player, Order::Pause);
    let span = |from, to| Question {
        from,
        to,
        class: None,
    };
    let before = search(&mut player, span(50.0, 60.0));
    assert_eq!((before.since, before.requests.len()), (50.0, 20));
    let across = search(&mut player, span(90.0, 110.0));
    assert_eq!(across.since, 100.0, "from the change on");
    assert!(across.requests.iter().all(|own| own.began >= 100.0));
    let alone = {
        let mut alone = unwatched(&stage("stage-1"), 40.0);
        alone.trace_next(1_000_000);
        alone.run_until(60.0, u64::MAX);
        let traces = alone.traces();
        let took = traces
            .iter()
            .filter(|trace| trace.ended.is_some_and(|ended| ended >= 50.0))
            .map(|trace| trace.ended.unwrap() - trace.began);
        took.fold(0.0, f64::max)
    };
    assert_eq!(before.requests[0].took, alone);
}

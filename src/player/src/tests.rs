//! Runs at a pace, against runs that nobody watches.

mod designs;
mod past;

use crate::{
    Frame, Opening, Order, Pace, Player, Question, Slowest, State, Telling, Unreadable, pack,
    unpack,
};
use loadscape_sim::builtin::named;
use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::des::{ComponentPicture, Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{
    ClientsFault, Component, ComponentFault, Fault, Incident, Scenario, read,
};
use loadscape_sim::share;

fn stage(name: &str) -> Scenario {
    let builtin = named(name).unwrap();
    read(builtin.text()).scenario.unwrap()
}

fn opening(scenario: &Scenario) -> Order {
    Order::Open(Opening {
        run: 7,
        document: share::encode(scenario),
        instances: Vec::new(),
    })
}

/// Orders travel as the page sends them.
fn order(player: &mut Player, order: Order) {
    let travelled: Order = unpack(&pack(&order).unwrap()).unwrap();
    assert_eq!(travelled, order);
    player.order(travelled).unwrap();
}

fn frame(player: &mut Player) -> Frame {
    let telling = Telling::Frame(Box::new(player.frame().unwrap()));
    match unpack(&pack(&telling).unwrap()).unwrap() {
        Telling::Frame(travelled) => {
            assert_eq!(Telling::Frame(travelled.clone()), telling);
            *travelled
        }
        other => panic!("{other:?}"),
    }
}

/// Lets so many seconds pass on the wall, a sixtieth at a time.
fn pass(player: &mut Player, wall: &mut f64, seconds: f64) {
    let end = *wall + seconds;
    while *wall < end - 1e-9 {
        *wall += 1.0 / 60.0;
        player.advance(*wall, || false);
    }
}

#[test]
fn a_fault_that_the_pace_would_hardly_show_is_lingered_at_and_the_course_stays_as_it_is() {
    let mut scenario = stage("stage-2");
    let service = (scenario.components.iter()).find(|part| part.kind == Kind::Service);
    scenario.faults = vec![Fault {
        start_seconds: 20.0,
        duration_seconds: Some(4.0),
        incident: Incident::Component {
            id: service.expect("it has one").id,
            what: ComponentFault::Kill { instances: None },
        },
    }];
    scenario.run.duration_seconds = Some(60.0);
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, Order::Pace(Pace::Times(20.0)));
    order(&mut player, Order::Linger(true));
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Play);
    player.advance(wall, || false);
    let (mut down, mut pictured) = (0.0, 0);
    while frame(&mut player).state == State::Playing {
        pass(&mut player, &mut wall, 0.1);
        let frame = frame(&mut player);
        if (20.0..24.0).contains(&frame.at) {
            // It is known from the turn after the one that comes there.
            assert!(
                frame.at < 20.5 || frame.lingers && frame.speed < 4.0,
                "{}",
                frame.speed
            );
            down += 0.1;
            let serves = |part: &ComponentPicture| part.instances.unwrap_or(1.0) > 0.05;
            pictured += usize::from(!frame.picture.components.iter().all(serves));
        }
    }
    assert!((2.0..3.0).contains(&down), "{down}");
    assert!(pictured >= 15, "{pictured} frames show it down");
    assert!(wall < 3.0 + 3.0 + 1.5, "{wall}");
    let watched = player.simulation().unwrap();
    assert_eq!(watched.findings(), unwatched(&scenario, 60.0).findings());
}

fn unwatched(scenario: &Scenario, seconds: f64) -> Simulation {
    let settings = Settings {
        seed: scenario.run.seed,
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    simulation.run_until(seconds, u64::MAX);
    simulation
}

#[test]
fn a_run_goes_as_fast_as_it_is_told_and_its_course_is_that_of_one_that_nobody_watches() {
    let scenario = stage("stage-2");
    let (mut player, mut wall) = (Player::default(), 100.0);
    assert_eq!(player.frame(), None);
    order(&mut player, opening(&scenario));
    player.advance(wall, || false);
    let begun = frame(&mut player);
    assert_eq!(
        (begun.run, begun.at, begun.state, begun.speed),
        (7, 0.0, State::Paused, 0.0)
    );
    pass(&mut player, &mut wall, 1.0);
    assert_eq!(frame(&mut player).at, 0.0, "nothing goes on before play");
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 2.0);
    let played = frame(&mut player);
    assert!((played.at - 2.0).abs() < 0.03, "{}", played.at);
    assert!((played.speed - 1.0).abs() < 0.05, "{}", played.speed);
    assert_eq!(played.state, State::Playing);
    order(&mut player, Order::Pace(Pace::Times(0.01)));
    pass(&mut player, &mut wall, 1.5);
    let slow = frame(&mut player);
    assert!(
        (slow.at - played.at - 0.015).abs() < 1e-3,
        "{} {}",
        slow.at,
        played.at
    );
    assert!((slow.speed - 0.01).abs() < 1e-3, "{}", slow.speed);
    order(&mut player, Order::Pace(Pace::Times(20.0)));
    pass(&mut player, &mut wall, 2.0);
    let fast = frame(&mut player);
    assert!((fast.speed - 20.0).abs() < 1.0, "{}", fast.speed);
    assert!(
        fast.picture.seconds > 15.0 && fast.picture.start > 10.0,
        "the last second"
    );
    order(&mut player, Order::Pause);
    pass(&mut player, &mut wall, 1.0);
    let paused = frame(&mut player);
    assert_eq!(
        (paused.at, paused.speed, paused.state),
        (fast.at, 0.0, State::Paused)
    );
    assert_eq!(
        paused.picture, fast.picture,
        "what was seen last stays to be seen"
    );
    let alone = unwatched(&scenario, paused.at);
    assert_eq!(alone.findings(), player.simulation().unwrap().findings());
}

#[test]
fn at_full_speed_the_present_is_the_latest_part_of_the_run() {
    let (mut player, mut wall) = (Player::default(), 0.0);
    let mut scenario = stage("stage-2");
    scenario.run.duration_seconds = Some(120.0);
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Pace(Pace::Fastest));
    order(&mut player, Order::Play);
    while frame(&mut player).state != State::Ended {
        pass(&mut player, &mut wall, 1.0 / 60.0);
    }
    let picture = frame(&mut player).picture;
    assert!(
        picture.start >= 110.0 - 1e-9 && picture.start + picture.seconds > 119.0,
        "{} {}",
        picture.start,
        picture.seconds
    );
    let sent: f64 = picture.classes.iter().map(|class| class.offered).sum();
    let most = 950.0 * picture.seconds;
    assert!((sent / most - 1.0).abs() < 0.1, "{sent} of {most}");
}

#[test]
fn every_call_is_told_in_one_frame() {
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&stage("stage-3")));
    let start = player.simulation().unwrap().sums();
    order(&mut player, Order::Play);
    let (mut told, mut seconds) = (0.0, 0.0);
    for _ in 0..30 {
        pass(&mut player, &mut wall, 0.1);
        let flow = frame(&mut player).flow;
        told += flow.links.iter().map(|link| link.calls).sum::<f64>();
        seconds += flow.wall_seconds;
    }
    let all = player.simulation().unwrap().picture_since(&start);
    let calls: f64 = all.links.iter().map(|link| link.calls).sum();
    assert!(
        calls > 1_000.0 && (told - calls).abs() < 1e-6,
        "{told} {calls}"
    );
    assert!((seconds - wall).abs() < 1e-9);
}

#[test]
fn what_a_machine_is_too_slow_for_is_given_up_and_the_speed_says_so() {
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&stage("stage-3")));
    order(&mut player, Order::Pace(Pace::Times(1e6)));
    order(&mut player, Order::Play);
    for _ in 0..60 {
        wall += 1.0 / 60.0;
        assert!(!player.advance(wall, || true), "one slice a turn");
    }
    let slow = frame(&mut player);
    assert!(slow.speed > 0.0 && slow.speed < 1e3, "{}", slow.speed);
    // Nothing is owed from before.
    order(&mut player, Order::Pace(Pace::Times(1.0)));
    let at = frame(&mut player).at;
    pass(&mut player, &mut wall, 0.5);
    assert!((frame(&mut player).at - at - 0.5).abs() < 0.05);
}

#[test]
fn a_step_is_one_thing_and_says_what() {
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&stage("stage-1")));
    let mut last = 0.0;
    for _ in 0..50 {
        order(&mut player, Order::Step);
        pass(&mut player, &mut wall, 0.1);
        let stepped = frame(&mut player);
        let happened = stepped.happened.unwrap();
        assert_eq!(happened.at_seconds, stepped.at);
        assert!(stepped.at >= last && stepped.state == State::Paused);
        last = stepped.at;
    }
    assert!(last > 0.0);
    order(&mut player, Order::Play);
    assert_eq!(frame(&mut player).happened, None);
}

#[test]
fn a_change_while_it_runs_is_the_same_change_of_a_run_that_nobody_watches() {
    let mut scenario = stage("stage-2");
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 3.0);
    let at = frame(&mut player).at;
    let mut alone = unwatched(&scenario, at);
    for component in &mut scenario.components {
        if component.kind == Kind::Clients {
            component
                .parameters
                .insert(Parameter::RequestRate, Value::Number(40.0));
        }
    }
    let document = share::encode(&scenario);
    order(&mut player, Order::Change { document });
    alone.change(&compile(&scenario));
    pass(&mut player, &mut wall, 5.0);
    let now = frame(&mut player);
    alone.run_until(now.at, u64::MAX);
    assert_eq!(alone.findings(), player.simulation().unwrap().findings());
    let offered: f64 = now.picture.classes.iter().map(|class| class.offered).sum();
    assert!(
        (15.0..75.0).contains(&(offered / now.picture.seconds)),
        "the new rate: {offered}"
    );
}

#[test]
fn what_was_seen_last_stays_until_there_is_something_newer() {
    let mut scenario = stage("stage-2");
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 1.0);
    order(&mut player, Order::Pause);
    let paused = frame(&mut player).picture;
    assert!(paused.seconds > 0.5);
    scenario.components[0].name = "Others".to_owned();
    for component in &mut scenario.components {
        if component.kind == Kind::Clients {
            (component.parameters).insert(Parameter::RequestRate, Value::Number(40.0));
        }
    }
    let document = share::encode(&scenario);
    order(&mut player, Order::Change { document });
    assert_eq!(
        frame(&mut player).picture,
        paused,
        "nothing has happened since"
    );
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 0.03);
    assert_eq!(frame(&mut player).picture, paused, "too little has");
    pass(&mut player, &mut wall, 0.2);
    assert!(frame(&mut player).picture.start >= paused.start + paused.seconds - 1e-9);
}

#[test]
fn a_run_ends_when_the_document_says_and_play_goes_beyond() {
    let mut scenario = stage("stage-1");
    scenario.run.duration_seconds = Some(2.0);
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Pace(Pace::Fastest));
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 0.1);
    let ended = frame(&mut player);
    assert_eq!((ended.state, ended.at), (State::Ended, 2.0));
    assert!(!player.is_playing());
    order(&mut player, Order::Pace(Pace::Times(10.0)));
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 0.5);
    assert!(frame(&mut player).at > 6.0 && player.is_playing());
}

#[test]
fn one_can_look_back_and_return() {
    let scenario = stage("stage-2");
    let service = scenario
        .components
        .iter()
        .find(|part| part.kind == Kind::Service)
        .unwrap()
        .id;
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Watch(vec![service]));
    order(&mut player, Order::Pace(Pace::Times(30.0)));
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 3.0);
    order(&mut player, Order::Pause);
    let now = frame(&mut player);
    order(&mut player, Order::Look(Some(20.0)));
    let past = frame(&mut player);
    assert_eq!((past.looking, past.at), (Some(20.0), now.at));
    assert!(past.picture.start <= 20.0 && past.picture.start + past.picture.seconds > 20.0);
    order(&mut player, Order::Look(None));
    assert_eq!(frame(&mut player).picture, now.picture);
    let course = player.course().unwrap();
    assert_eq!(course.classes.len(), scenario.classes.len());
    let points = course.classes[0].offered.len();
    assert!((100..=300).contains(&points), "{points}");
    assert_eq!(course.components[0].component, service);
    let own = &course.components[0];
    assert_eq!(own.waiting.as_ref().unwrap().len(), points);
    let shares = own.utilisation.as_ref().unwrap();
    assert!(shares.iter().flatten().all(|share| *share > 0.0));
    // The course's point says the same as the picture of its time.
    let point = ((20.0 - course.start) / course.seconds) as usize;
    let rate = past.picture.classes[0].offered / past.picture.seconds;
    assert!((course.classes[0].offered[point] / rate - 1.0).abs() < 0.5);
}

#[test]
fn a_pool_whose_machines_are_taken_away_is_busy_at_most_wholly() {
    let mut scenario = stage("stage-3");
    let (mut player, mut wall) = (Player::default(), 0.0);
    let is_pool = |part: &&mut Component| part.name == "Read API";
    let pool = scenario
        .components
        .iter()
        .find(|part| part.name == "Read API");
    let pool = pool.unwrap().id;
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Watch(vec![pool]));
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 3.0);
    let part = scenario.components.iter_mut().find(is_pool).unwrap();
    part.parameters
        .insert(Parameter::Instances, Value::Number(2.0));
    let document = share::encode(&scenario);
    order(&mut player, Order::Change { document });
    pass(&mut player, &mut wall, 2.0);
    let course = player.course().unwrap();
    let shares = course.components[0].utilisation.as_ref().unwrap();
    let most = shares.iter().flatten().copied().fold(0.0, f64::max);
    assert_eq!(
        most, 1.0,
        "what finishes on machines that are gone is not more than all"
    );
}

/// Lets a run go so far, as fast as it goes.
fn reach(player: &mut Player, scenario: &Scenario, seconds: f64) {
    let mut scenario = scenario.clone();
    scenario.run.duration_seconds = Some(seconds);
    order(player, opening(&scenario));
    order(player, Order::Pace(Pace::Fastest));
    order(player, Order::Play);
    let mut wall = 1_000.0;
    while player.is_playing() {
        pass(player, &mut wall, 0.1);
    }
}

#[test]
fn quantiles_through_time_are_those_of_the_findings_and_lie_in_their_bands() {
    let scenario = stage("stage-1");
    let mut player = Player::default();
    reach(&mut player, &scenario, 1_800.0);
    let findings = player.simulation().unwrap().findings();
    let course = player.course().unwrap();
    for (class, found) in course.classes.iter().zip(&findings.classes) {
        let found = [
            found.quantiles.p50,
            found.quantiles.p95,
            found.quantiles.p99,
        ];
        for (own, found) in class.quantiles.iter().zip(found) {
            assert!(own.points.len() >= 8, "{}", own.points.len());
            assert!(own.start + own.seconds * own.points.len() as f64 <= course.reached + 1e-9);
            let bands: Vec<_> = own.points.iter().flatten().collect();
            let ordered =
                |band: &&&crate::Band| band.least <= band.value && band.value <= band.most;
            assert_eq!(bands.iter().filter(ordered).count(), bands.len());
            // What was found over the whole run lies in nearly all of them.
            let found = found.unwrap().value;
            let held = bands
                .iter()
                .filter(|band| (band.least..=band.most).contains(&found));
            let held = held.count() as f64 / bands.len() as f64;
            assert!(held >= 0.8, "{held} of {}", bands.len());
            let mean = bands.iter().map(|band| band.value).sum::<f64>() / bands.len() as f64;
            assert!((mean / found - 1.0).abs() < 0.1, "{mean} {found}");
        }
        // The further out, the longer it takes to see something.
        assert!(class.quantiles[0].seconds <= class.quantiles[2].seconds);
        let seconds = class.quantiles.iter().map(|own| own.seconds);
        told_side_by_side(class, seconds.fold(0.0, f64::max));
    }
}

/// What is told of a class side by side is of spans of this length and doesn't fall from p50 to p99.
fn told_side_by_side(class: &crate::ClassCourse, seconds: f64) {
    let [p50, p95, p99] = &class.common;
    for own in &class.common {
        let spans = (own.start, own.seconds, own.points.len());
        assert_eq!(spans, (p50.start, seconds, p50.points.len()));
    }
    let mut seen = 0;
    for ((p50, p95), p99) in p50.points.iter().zip(&p95.points).zip(&p99.points) {
        let told: Vec<f64> = [p50, p95, p99]
            .into_iter()
            .flatten()
            .map(|band| band.value)
            .collect();
        assert!(told.is_sorted(), "{told:?}");
        seen += usize::from(told.len() > 1);
    }
    assert!(seen > 0);
}

#[test]
fn percentiles_told_side_by_side_do_not_fall_while_a_jam_builds_up() {
    let mut scenario = stage("stage-1");
    // A jam after the last whole span of the p99 and before that of the p50.
    scenario.faults = vec![Fault {
        start_seconds: 290.0,
        duration_seconds: None,
        incident: Incident::Clients {
            id: None,
            what: ClientsFault::Multiply { factor: 10.0 },
        },
    }];
    let mut player = Player::default();
    reach(&mut player, &scenario, 318.0);
    let course = player.course().unwrap();
    let last = |own: &crate::QuantileCourse| own.points.last().copied().flatten();
    let mut falls = false;
    for class in &course.classes {
        let [p50, _, p99] = class.quantiles.each_ref().map(last);
        falls |= (p50.zip(p99)).is_some_and(|(p50, p99)| p50.value > p99.value);
        let seconds = class.quantiles.iter().map(|own| own.seconds);
        told_side_by_side(class, seconds.fold(0.0, f64::max));
    }
    assert!(falls, "each's own last span is of other requests");
}

#[test]
fn a_quantile_of_few_is_a_gap() {
    let mut player = Player::default();
    reach(&mut player, &stage("stage-1"), 1.0);
    let course = player.course().unwrap();
    let answered: f64 = course.classes[0].succeeded.iter().sum::<f64>() * course.seconds;
    assert!(answered < 300.0, "{answered}");
    let slow = &course.classes[0].quantiles[2];
    assert!(slow.points.iter().all(Option::is_none));
}

#[test]
fn a_span_is_told_more_closely() {
    let scenario = stage("stage-1");
    let mut player = Player::default();
    reach(&mut player, &scenario, 1_800.0);
    let whole = player.course().unwrap();
    order(&mut player, Order::Span(Some((600.0, 660.0))));
    let part = player.course().unwrap();
    assert_eq!(part.span, Some((600.0, 660.0)));
    assert!(part.seconds < 0.3 * whole.seconds);
    assert!((part.start - 600.0).abs() <= part.seconds);
    let quantile = &part.classes[0].quantiles[0];
    assert!(quantile.seconds <= whole.classes[0].quantiles[0].seconds);
    assert!(quantile.start + quantile.seconds * quantile.points.len() as f64 <= 675.0);
    // The cost goes on from what was before.
    let spent = whole.cost_before + whole.cost.iter().sum::<f64>() * whole.seconds;
    assert!(part.cost_before > 0.3 * spent && part.cost_before < 0.36 * spent);
    order(&mut player, Order::Span(None));
    assert_eq!(player.course().unwrap(), whole);
    order(&mut player, Order::Span(Some((5.0, 5.0))));
    assert_eq!(player.course().unwrap().span, None, "nothing lies between");
}

#[test]
fn estimates_become_surer_as_a_run_goes_on() {
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&stage("stage-1")));
    assert_eq!(player.estimates().unwrap().least_sure(), None);
    order(&mut player, Order::Pace(Pace::Times(600.0)));
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 1.0);
    let early = player.estimates().unwrap();
    pass(&mut player, &mut wall, 9.0);
    let late = player.estimates().unwrap();
    let (early, sure) = (early.least_sure().unwrap(), late.least_sure().unwrap());
    assert!(sure < 0.6 * early, "{early} {sure}");
    assert!(late.settled && late.stationary && late.classes[0].p99.is_some());
}

#[test]
fn a_pool_that_follows_a_day_costs_less_than_its_most_all_the_time() {
    let mut scenario = stage("stage-4");
    // A tenth of the load, on a day of ten minutes; the autoscalers look as often as that day is short.
    for component in &mut scenario.components {
        let set: &[(Parameter, f64)] = match component.name.as_str() {
            "Users" => &[
                (Parameter::RequestRate, 2_500.0),
                (Parameter::DayLength, 600.0),
            ],
            "Write API" => &[
                (Parameter::MinimumInstances, 1.0),
                (Parameter::MetricWindow, 20.0),
                (Parameter::ScalingCooldown, 30.0),
            ],
            _ => &[],
        };
        let set = set
            .iter()
            .map(|(name, number)| (*name, Value::Number(*number)));
        component.parameters.extend(set);
    }
    scenario.run.duration_seconds = Some(600.0);
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Pace(Pace::Times(300.0)));
    order(&mut player, Order::Play);
    let mut booting = None;
    while frame(&mut player).state != State::Ended {
        pass(&mut player, &mut wall, 1.0 / 60.0);
        let now = frame(&mut player);
        booting = booting.or_else(|| now.booting.first().map(|(own, _)| (now.at, *own)));
    }
    let write = scenario
        .components
        .iter()
        .find(|part| part.name == "Write API")
        .unwrap();
    let estimates = player.estimates().unwrap();
    let pool = estimates
        .pools
        .iter()
        .find(|pool| pool.component == write.id)
        .unwrap();
    assert!(
        pool.most >= 3.0 && pool.mean < 0.8 * pool.most && pool.mean > 1.0,
        "{pool:?}"
    );
    assert!((pool.price - write.number(Parameter::InstancePrice)).abs() < 1e-9);
    // A machine was seen to start, and is again when one looks back.
    let (moment, starts) = booting.unwrap();
    order(&mut player, Order::Look(Some(moment)));
    let then = frame(&mut player);
    assert!(
        then.booting.iter().any(|(own, _)| *own == starts),
        "{then:?}"
    );
    // Two pools scale; the readers, who don't, are none.
    assert_eq!(estimates.pools.len(), 2);
}

#[test]
fn what_is_no_order_is_refused_with_words_and_changes_nothing() {
    assert_eq!(unpack::<Order>(&[200, 1, 2]), Err(Unreadable));
    let mut longer = pack(&Order::Play).unwrap();
    longer.push(0);
    assert_eq!(unpack::<Order>(&longer), Err(Unreadable), "not all of it");
    let mut player = Player::default();
    let refused = player.order(Order::Play).unwrap_err();
    assert!(
        refused.contains("press play") || refused.contains("Press play"),
        "{refused}"
    );
    order(&mut player, opening(&stage("stage-1")));
    let before = frame(&mut player);
    let damaged = Order::Change {
        document: "AAAA".to_owned(),
    };
    assert!(player.order(damaged).unwrap_err().contains("damaged"));
    assert_eq!(frame(&mut player), before);
}

#[test]
fn the_length_of_a_run_may_change_while_it_runs_and_when_it_is_over() {
    let mut scenario = stage("stage-0");
    let mut player = Player::default();
    order(&mut player, opening(&scenario));
    order(&mut player, Order::Play);
    let mut wall = 0.0;
    pass(&mut player, &mut wall, 1.0);
    assert_eq!(frame(&mut player).end, None);
    let mut change = |player: &mut Player, seconds: Option<f64>| {
        scenario.run.duration_seconds = seconds;
        let document = share::encode(&scenario);
        order(player, Order::Change { document });
    };

    change(&mut player, Some(2.0));
    assert_eq!(frame(&mut player).end, Some(2.0));
    pass(&mut player, &mut wall, 3.0);
    let over = frame(&mut player);
    assert_eq!((over.state, over.at), (State::Ended, 2.0));

    // A later end: there is something left to play.
    change(&mut player, Some(4.0));
    assert_eq!(frame(&mut player).state, State::Paused);
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 3.0);
    let over = frame(&mut player);
    assert_eq!((over.state, over.at), (State::Ended, 4.0));

    // An earlier one than now: it was over before, and stays so.
    change(&mut player, Some(1.0));
    assert_eq!(frame(&mut player).state, State::Ended);

    // Played on beyond its end, no length is in the way any more.
    order(&mut player, Order::Play);
    pass(&mut player, &mut wall, 1.0);
    change(&mut player, Some(4.5));
    let on = frame(&mut player);
    assert_eq!((on.state, on.end), (State::Playing, None));
    assert!(on.at > 4.5);
}

//! Of which design a run's figures are, as it changes.

use super::{Order, Player, Scenario, frame, opening, order, pass, share, stage};
use crate::{Pace, RunOf, State};
use loadscape_sim::catalog::{Parameter, Value};
use loadscape_sim::scenario::{ComponentFault, Fault, Incident};

fn change(player: &mut Player, scenario: &Scenario) -> RunOf {
    let document = share::encode(scenario);
    order(player, Order::Change { document });
    frame(player).of
}

/// The same with another instance of every service.
fn larger(scenario: &Scenario) -> Scenario {
    let mut larger = scenario.clone();
    let mut changed = 0;
    for part in &mut larger.components {
        if part.number(Parameter::Instances) > 0.0 {
            let count = part.number(Parameter::Instances) + 1.0;
            part.parameters
                .insert(Parameter::Instances, Value::Number(count));
            changed += 1;
        }
    }
    assert!(changed > 0);
    larger
}

#[test]
fn figures_are_of_the_design_that_ran_until_time_goes_on_with_another() {
    let mut drawn = stage("stage-2");
    drawn.run.duration_seconds = Some(20.0);
    let (mut player, mut wall) = (Player::default(), 0.0);
    order(&mut player, opening(&drawn));
    order(&mut player, Order::Pace(Pace::Times(20.0)));
    let other = larger(&drawn);
    // What changes before anything has happened leaves nothing of the other.
    assert_eq!(change(&mut player, &other), RunOf::Drawn);
    assert_eq!(change(&mut player, &drawn), RunOf::Drawn);
    order(&mut player, Order::Play);
    player.advance(wall, || false);
    pass(&mut player, &mut wall, 1.5);
    let ended = frame(&mut player);
    assert_eq!((ended.state, ended.of), (State::Ended, RunOf::Drawn));
    let told = player.estimates();
    // Neither places nor names nor faults nor objectives make another design.
    let mut same = drawn.clone();
    same.components[0].position.x += 40.0;
    same.components[0].name.push('!');
    same.classes[0].name.push('!');
    same.objectives.clear();
    let id = same.components[1].id;
    let what = ComponentFault::Kill { instances: None };
    same.faults.push(Fault {
        start_seconds: 5.0,
        duration_seconds: Some(1.0),
        incident: Incident::Component { id, what },
    });
    assert_eq!(change(&mut player, &same), RunOf::Drawn);
    // A price does: money is among the figures.
    let mut dearer = drawn.clone();
    let paid = (dearer.components.iter_mut())
        .find(|part| part.number(Parameter::InstancePrice) > 0.0)
        .unwrap();
    let price = paid.number(Parameter::InstancePrice) * 2.0;
    paid.parameters
        .insert(Parameter::InstancePrice, Value::Number(price));
    assert_eq!(change(&mut player, &dearer), RunOf::Before);
    assert_eq!(change(&mut player, &other), RunOf::Before);
    assert_eq!(player.estimates(), told, "of the design that ran");
    assert_eq!(change(&mut player, &drawn), RunOf::Drawn, "undone");
    assert_eq!(
        (player.estimates(), frame(&mut player).picture),
        (told, ended.picture)
    );
    assert_eq!(change(&mut player, &other), RunOf::Before);
    // Played on, it is of both, also when it is the first again.
    order(&mut player, Order::Play);
    assert_eq!(frame(&mut player).of, RunOf::Both(20.0));
    pass(&mut player, &mut wall, 0.5);
    order(&mut player, Order::Pause);
    let paused = frame(&mut player);
    assert_eq!(paused.of, RunOf::Both(20.0));
    assert_eq!(change(&mut player, &drawn), RunOf::Before);
    assert_eq!(change(&mut player, &other), RunOf::Both(20.0), "undone");
    assert_eq!(change(&mut player, &drawn), RunOf::Before);
    order(&mut player, Order::Step);
    assert_eq!(frame(&mut player).of, RunOf::Both(paused.at));
    // Begun anew, it is of what is drawn.
    order(&mut player, opening(&drawn));
    assert_eq!(frame(&mut player).of, RunOf::Drawn);
}

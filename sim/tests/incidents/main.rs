//! Named incidents: what they come to on drawings, what they do in a run, and what becomes of them.

mod edits;
mod effects;
mod verdicts;

use loadscape_sim::analysis::analyse;
use loadscape_sim::builtin::builtin;
use loadscape_sim::des::{Findings, Settings, Simulation};
use loadscape_sim::incident::{At, INCIDENTS, Subject, Trial, named};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{Scenario, Severity, read, validate};
use loadscape_sim::share;

/// A drawing on which every incident can happen.
fn shop() -> Scenario {
    let reading = read(include_str!("shop.json"));
    assert_eq!(reading.problems, []);
    reading.scenario.unwrap()
}

fn stage(name: &str) -> Scenario {
    let builtin = loadscape_sim::builtin::named(name).unwrap();
    read(builtin.text()).scenario.unwrap()
}

fn trial(scenario: &Scenario, id: &str) -> Result<Trial, &'static str> {
    trial_at(scenario, id, None)
}

fn trial_at(scenario: &Scenario, id: &str, selected: Option<At>) -> Result<Trial, &'static str> {
    let analysis = analyse(scenario);
    named(id)
        .unwrap_or_else(|| panic!("{id}"))
        .prepare(&Subject::new(scenario, &analysis.report, selected))
}

/// A run of so many seconds with points a second apart.
fn found(scenario: &Scenario, seed: u64, seconds: f64) -> Findings {
    let settings = Settings {
        seed,
        series_seconds: Some(1.0),
        ..Settings::default()
    };
    let mut simulation = Simulation::new(&compile(scenario), &settings);
    assert!(simulation.run_until(seconds, u64::MAX));
    assert_eq!(simulation.violations(), []);
    simulation.findings()
}

#[test]
fn there_are_two_dozen_with_names_of_their_own_and_words() {
    assert!(INCIDENTS.len() >= 24, "{}", INCIDENTS.len());
    for (place, incident) in INCIDENTS.iter().enumerate() {
        let others = &INCIDENTS[place + 1..];
        let same = |other: &&loadscape_sim::incident::NamedIncident| {
            other.id == incident.id || other.name == incident.name
        };
        assert!(others.iter().find(same).is_none(), "{}", incident.id);
        assert!(incident.happens.ends_with('.') && incident.watch.ends_with('.'));
        assert!(named(incident.id).is_some());
    }
}

#[test]
fn what_it_comes_to_is_a_sound_document_that_travels() {
    let mut offered = 0;
    let stages = builtin()
        .iter()
        .map(|stage| read(stage.text()).scenario.unwrap());
    for scenario in stages.chain([shop()]) {
        let before = validate(&scenario).len();
        for incident in INCIDENTS {
            match trial(&scenario, incident.id) {
                Err(why) => assert!(why.ends_with('.') && why.len() > 10, "{why}"),
                Ok(trial) => {
                    offered += 1;
                    let id = incident.id;
                    assert!(!trial.faults.is_empty(), "{id}");
                    let after = trial.applied(&scenario);
                    let problems = validate(&after);
                    let worst = problems.iter().find(|one| one.severity == Severity::Error);
                    assert!(
                        worst.is_none() && problems.len() <= before,
                        "{id}: {problems:?}"
                    );
                    assert_eq!(
                        compile(&after).disturbances.len(),
                        trial.faults.len(),
                        "{id}"
                    );
                    let run = after.run.duration_seconds.unwrap();
                    for fault in &trial.faults {
                        assert!(
                            fault.start_seconds >= 0.2 * run,
                            "{id}: there is a time before"
                        );
                        let end = fault.end_seconds().unwrap_or(fault.start_seconds);
                        assert!(end <= 0.65 * run, "{id}: there is a time after");
                    }
                    let travelled = share::decode(&share::encode(&after)).unwrap();
                    assert_eq!(travelled.problems, [], "{id}");
                    assert_eq!(travelled.scenario.as_ref(), Some(&after), "{id}");
                    let words = trial.words(&scenario);
                    assert_eq!(words.len(), trial.faults.len() + trial.settings.len());
                    assert!(
                        words
                            .iter()
                            .all(|words| !words.is_empty() && !words.contains('?')),
                        "{words:?}"
                    );
                }
            }
        }
    }
    assert!(offered > 100, "{offered}");
}

#[test]
fn everything_can_happen_to_the_shop_and_only_some_of_it_to_one_box() {
    let shop = shop();
    for incident in INCIDENTS {
        let why = trial(&shop, incident.id).err();
        assert_eq!(why, None, "{}", incident.id);
    }
    let why = |id: &str| trial(&stage("stage-0"), id).unwrap_err();
    assert_eq!(why("cache-flush"), "There is no cache.");
    assert!(why("instance-loss").contains("one instance"));
    assert!(trial(&stage("stage-0"), "traffic-spike").is_ok());
}

#[test]
fn the_selected_part_is_taken_where_it_fits() {
    use loadscape_sim::scenario::{ComponentId, Incident};
    let shop = shop();
    let analysis = analyse(&shop);
    let place = |selected| {
        let subject = Subject::new(&shop, &analysis.report, selected);
        let trial = named("instance-loss").unwrap().prepare(&subject).unwrap();
        match trial.faults[0].incident {
            Incident::Component { id, .. } => id,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(place(Some(At::Component(ComponentId(6)))), ComponentId(6));
    // One instance alone can't be lost as one of several.
    assert_eq!(place(Some(At::Component(ComponentId(7)))), place(None));
}

//! Faults that spoil bit by bit, edited while they last: taken out they leave nothing behind, made longer they go on.

use crate::shop;
use loadscape_sim::des::{Settings, Simulation};
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{ClassId, ComponentFault, ComponentId, Fault, Incident, Scenario};

const LEAK: ComponentFault = ComponentFault::LeakConnections { per_second: 4.0 };

fn with(component: u32, what: ComponentFault, seconds: f64) -> Scenario {
    let mut scenario = shop();
    scenario.faults.push(Fault {
        start_seconds: 10.0,
        duration_seconds: Some(seconds),
        incident: Incident::Component {
            id: ComponentId(component),
            what,
        },
    });
    scenario
}

fn start(scenario: &Scenario) -> Simulation {
    let settings = Settings {
        series_seconds: Some(1.0),
        ..Settings::default()
    };
    Simulation::new(&compile(scenario), &settings)
}

fn run(simulation: &mut Simulation, seconds: f64) {
    assert!(simulation.run_until(seconds, u64::MAX));
    assert_eq!(simulation.violations(), [], "at {seconds} s");
}

/// Orders that are answered well, a second, between two seconds.
fn orders(simulation: &Simulation, from: usize, to: usize) -> f64 {
    let findings = simulation.findings();
    let series = findings.series.as_ref().unwrap();
    let class = series
        .classes
        .iter()
        .find(|own| own.class == ClassId(2))
        .unwrap();
    class.succeeded[from..to].iter().sum::<f64>() / (to - from) as f64
}

#[test]
fn what_is_taken_out_while_it_lasts_leaves_nothing_behind() {
    let whats = [
        (7, LEAK),
        (10, ComponentFault::Poison { probability: 0.5 }),
        (5, ComponentFault::StaleAddress),
        (9, ComponentFault::HotKey { share: 0.5 }),
        (5, ComponentFault::LeakConnections { per_second: 50.0 }),
    ];
    for (component, what) in whats {
        let mut broken = with(component, what, 30.0);
        let queue = broken
            .components
            .iter_mut()
            .find(|own| own.id == ComponentId(10))
            .unwrap();
        queue.parameters.insert(
            loadscape_sim::catalog::Parameter::Redelivery,
            loadscape_sim::catalog::Value::Flag(true),
        );
        let mut mended = broken.clone();
        mended.faults.clear();
        let mut simulation = start(&broken);
        run(&mut simulation, 20.0);
        simulation.change(&compile(&mended));
        run(&mut simulation, 60.0);
        assert_eq!(simulation.findings().verdicts, [], "{what:?}");
        let sent = simulation.findings();
        let class = &sent.series.as_ref().unwrap().classes[1];
        let usual = class.offered[..10].iter().sum::<f64>() / 10.0;
        let late = orders(&simulation, 40, 60);
        assert!(late > 0.75 * usual, "{what:?}: {late} of {usual}");
    }
}

#[test]
fn a_leak_goes_on_for_as_long_as_the_document_says() {
    // Twenty connections, four a second: gone after five seconds, whatever the end is.
    let short = with(7, LEAK, 3.0);
    let long = with(7, LEAK, 20.0);
    let mut simulation = start(&short);
    run(&mut simulation, 12.0);
    simulation.change(&compile(&long));
    run(&mut simulation, 60.0);
    assert_eq!(orders(&simulation, 18, 29), 0.0);
    assert!(orders(&simulation, 32, 60) > 10.0);
    let planned = {
        let mut simulation = start(&long);
        run(&mut simulation, 60.0);
        simulation.findings()
    };
    assert_eq!(
        simulation.findings(),
        planned,
        "as if it had been so from the beginning"
    );
    // And ends early where that is said in time.
    let mut simulation = start(&long);
    run(&mut simulation, 12.0);
    simulation.change(&compile(&short));
    run(&mut simulation, 60.0);
    assert!(orders(&simulation, 14, 29) > 10.0);
}

#[test]
fn a_pool_that_leaks_may_change_its_size_meanwhile() {
    use loadscape_sim::catalog::{Parameter, Value};
    let leaks = with(7, LEAK, 20.0);
    let mut larger = leaks.clone();
    let database = larger
        .components
        .iter_mut()
        .find(|own| own.id == ComponentId(7))
        .unwrap();
    database
        .parameters
        .insert(Parameter::Connections, Value::Number(40.0));
    let mut simulation = start(&leaks);
    run(&mut simulation, 14.0);
    simulation.change(&compile(&larger));
    run(&mut simulation, 18.0);
    // Thirty-two are gone of forty.
    run(&mut simulation, 24.0);
    assert_eq!(orders(&simulation, 22, 24), 0.0);
    run(&mut simulation, 60.0);
    assert!(orders(&simulation, 35, 60) > 10.0);
}

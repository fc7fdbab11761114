//! What there is to run, counted by hand.

use super::support::{drawing, stage};
use loadscape_sim::analysis::analyse;
use loadscape_sim::catalog::Kind::{
    Cache, Clients, LoadBalancer, Queue, Service, SqlPrimary, Worker,
};
use loadscape_sim::insight::{Complexity, complexity, price};
use loadscape_sim::scenario::{Operation, Scenario};

fn counted(scenario: &Scenario) -> Complexity {
    let analysis = analyse(scenario);
    complexity(scenario, &analysis.compiled, &analysis.report)
}

/// The longest way of a class by its place, in names.
fn way(scenario: &Scenario, class: usize) -> Vec<String> {
    let counted = counted(scenario);
    let names = counted.ways[class].components.iter();
    names
        .map(|id| scenario.component(*id).expect("it is drawn").name.clone())
        .collect()
}

#[test]
fn a_drawing_is_counted_by_kinds_parts_and_hops() {
    let kinds = [Clients, LoadBalancer, Service, Service, Cache, SqlPrimary];
    let links = [(1, 2), (2, 3), (3, 4), (3, 5), (4, 6)];
    let scenario = drawing(Operation::Read, &kinds, &links);
    let counted = counted(&scenario);
    assert_eq!(counted.kinds, [LoadBalancer, Service, SqlPrimary, Cache]);
    assert_eq!((counted.parts, counted.instances), (5, 5));
    let stateful: Vec<u32> = counted.stateful.iter().map(|id| id.0).collect();
    assert_eq!(stateful, [5, 6]);
    assert_eq!(counted.hops(), 4);
    assert_eq!(
        way(&scenario, 0),
        ["Part 1", "Part 2", "Part 3", "Part 4", "Part 6"]
    );
}

#[test]
fn hops_that_nobody_waits_for_don_t_count() {
    let kinds = [Clients, Service, Queue, Worker, SqlPrimary];
    let links = [(1, 2), (2, 3), (3, 4), (4, 5)];
    let scenario = drawing(Operation::Asynchronous, &kinds, &links);
    assert_eq!(way(&scenario, 0), ["Part 1", "Part 2", "Part 3"]);
}

#[test]
fn stages_grow() {
    let counted: Vec<Complexity> = (0..=6).map(|number| counted(&stage(number))).collect();
    assert_eq!(counted[0].hops(), 1);
    assert_eq!(way(&stage(1), 0), ["Users", "Web server", "Blog database"]);
    let wanted = [
        "Users",
        "Load balancer",
        "Web servers",
        "Read API",
        "Replica",
    ];
    assert_eq!(way(&stage(2), 0), wanted);
    let kinds: Vec<usize> = counted.iter().map(|own| own.kinds.len()).collect();
    assert!(kinds.is_sorted() && kinds[6] >= 10, "{kinds:?}");
    assert!(counted.iter().map(|own| own.stateful.len()).is_sorted());
}

#[test]
fn all_prices_are_plain_data_that_can_be_written() {
    let scenario = stage(5);
    let price = price(&scenario, &analyse(&scenario));
    let text = serde_json::to_string(&price).expect("plain data");
    for field in [
        "\"cost\"",
        "\"availability\"",
        "\"consistency\"",
        "\"security\"",
        "\"complexity\"",
    ] {
        assert!(text.contains(field), "{field}");
    }
}

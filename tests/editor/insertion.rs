//! Parts that are let go on a link.

use crate::harness::{Person, at, chain};
use loadscape::editor::{Item, Tool};
use loadscape_sim::catalog::Kind;
use loadscape_sim::scenario::{
    Call, CallPlan, ClassId, Component, ComponentId, Link, LinkId, PlanStep, Point, Scenario,
};

const FIRST: LinkId = LinkId(1);

/// Two services, far enough apart for a part between them.
fn far_apart() -> Scenario {
    let mut scenario = Scenario::default();
    for (number, kind, name, x) in [
        (1, Kind::Service, "Read API", 40.0),
        (2, Kind::Service, "Store", 840.0),
    ] {
        scenario.components.push(Component::new(
            ComponentId(number),
            kind,
            name.to_owned(),
            at(x, 200.0),
        ));
    }
    scenario
        .links
        .push(Link::new(FIRST, ComponentId(1), ComponentId(2)));
    scenario
}

fn middle_of_the_link(person: &Person) -> Point {
    let link = person.editor.link(FIRST).expect("there is a link");
    let curve = person.editor.curve_of(link).expect("it has both ends");
    person.screen(curve.point_at(0.5))
}

fn onto(person: &Person) -> Option<LinkId> {
    match person.editor.tool() {
        Tool::PlacingPart { onto, .. } | Tool::Dragging { onto, .. } => *onto,
        _ => None,
    }
}

fn pairs(names: &[(&str, &str)]) -> Vec<(String, String)> {
    names
        .iter()
        .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
        .collect()
}

#[test]
fn a_part_let_go_on_a_link_stands_between_its_ends_in_one_step() {
    let mut person = Person::with(far_apart());
    let before = person.text();
    let there = middle_of_the_link(&person);
    let _ = person.editor.start_placing(Kind::LoadBalancer);
    person.move_to(at(there.x, there.y + 200.0));
    assert_eq!(onto(&person), None);
    person.move_to(there);
    assert_eq!(onto(&person), Some(FIRST));
    person.release(there);
    assert_eq!(
        person.linked_names(),
        pairs(&[("Load balancer", "Store"), ("Read API", "Load balancer")])
    );
    assert_eq!(
        person.said,
        "Inserted: Read API calls Load balancer, which calls Store."
    );
    assert_eq!(person.component(person.selected()).name, "Load balancer");
    assert_eq!(person.editor.undo_label(), Some("Insert Load balancer"));
    person.primary("z");
    assert_eq!(person.text(), before);
    assert!(person.editor.undo_label().is_none());
    person.primary("y");
    assert_eq!(person.editor.scenario().links.len(), 2);
}

#[test]
fn the_caller_s_calls_and_the_classes_of_the_link_stay() {
    let mut scenario = far_apart();
    let class = scenario.classes[0].id;
    scenario.links[0].classes = vec![class];
    scenario.links[0].weight = 3.0;
    scenario.components[0].plans = vec![CallPlan {
        class,
        steps: vec![PlanStep {
            calls: vec![Call::once(FIRST)],
        }],
    }];
    let plans = scenario.components[0].plans.clone();
    let mut person = Person::with(scenario);
    person.drag_part(Kind::LoadBalancer, middle_of_the_link(&person));
    let links = &person.editor.scenario().links;
    assert_eq!(links[0].id, FIRST);
    assert_eq!(links[0].weight, 3.0);
    assert_eq!(links[1].weight, 1.0);
    let carried: Vec<Vec<ClassId>> = links.iter().map(|link| link.classes.clone()).collect();
    assert_eq!(carried, [vec![class], vec![class]]);
    assert_eq!(person.component(ComponentId(1)).plans, plans);
}

#[test]
fn a_part_that_means_nothing_there_is_put_beside_the_link() {
    let mut person = Person::with(far_apart());
    let there = middle_of_the_link(&person);
    let _ = person.editor.start_placing(Kind::Clients);
    person.move_to(there);
    assert_eq!(onto(&person), None);
    person.release(there);
    assert_eq!(person.editor.scenario().links.len(), 1);
    let link = person.editor.link(FIRST).expect("it stays");
    let curve = person.editor.curve_of(link).expect("it has both ends");
    let node =
        loadscape::editor::geometry::node_rectangle(person.component(person.newest()).position);
    assert!(!curve.crosses(node));
    let moved = (person.middle(person.newest()).y - there.y).abs();
    assert!(moved < 70.0, "{moved}");
}

#[test]
fn an_unlinked_part_that_is_dragged_onto_a_link_is_inserted_and_one_step_takes_it_back() {
    let mut scenario = far_apart();
    scenario.components.push(Component::new(
        ComponentId(3),
        Kind::LoadBalancer,
        "Spare",
        at(440.0, 500.0),
    ));
    let mut person = Person::with(scenario);
    let before = person.text();
    let (from, there) = (person.middle(ComponentId(3)), middle_of_the_link(&person));
    person.press(from);
    person.move_along(from, there);
    assert_eq!(onto(&person), Some(FIRST));
    person.move_along(there, from);
    assert_eq!(onto(&person), None);
    person.move_along(from, there);
    person.release(there);
    assert_eq!(
        person.linked_names(),
        pairs(&[("Read API", "Spare"), ("Spare", "Store")])
    );
    person.primary("z");
    assert_eq!(person.text(), before);
    assert!(person.editor.undo_label().is_none());

    // With links of its own it is only moved.
    person.drag_link(ComponentId(3), ComponentId(2));
    person.press(from);
    person.move_along(from, there);
    assert_eq!(onto(&person), None);
    person.release(there);
    assert_eq!(person.editor.scenario().links.len(), 2);
}

#[test]
fn an_inserted_part_covers_no_other() {
    let mut person = Person::with(chain(3));
    let there = middle_of_the_link(&person);
    let added = person.drag_part(Kind::LoadBalancer, there);
    assert_eq!(person.editor.scenario().links.len(), 3);
    let rectangle = |id| loadscape::editor::geometry::node_rectangle(person.component(id).position);
    for component in &person.editor.scenario().components {
        assert!(
            component.id == added
                || !loadscape::editor::geometry::overlap(rectangle(added), rectangle(component.id)),
            "{}",
            component.name
        );
    }
}

#[test]
fn a_part_added_by_key_goes_into_the_selected_link() {
    let mut person = Person::with(far_apart());
    person.does(|editor| editor.select_only(Item::Link(FIRST)));
    person.does(|editor| editor.add_part(Kind::Cache).expect("there is room"));
    assert_eq!(
        person.editor.scenario().links.len(),
        1,
        "a cache calls nobody"
    );
    person.primary("z");
    person.does(|editor| editor.select_only(Item::Link(FIRST)));
    person.does(|editor| editor.add_part(Kind::LoadBalancer).expect("there is room"));
    assert_eq!(person.editor.scenario().links.len(), 2);
}

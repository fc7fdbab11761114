//! Everything without a pointer.

use crate::harness::{Person, at, chain};
use loadscape::editor::{CommandId, Item, KeyPress, Tool, geometry};
use loadscape_sim::catalog::Kind;
use loadscape_sim::scenario::ComponentId;

fn add(person: &mut Person, kind: Kind) -> ComponentId {
    let now_ms = person.now_ms;
    person.does(
        |editor| match editor.run(CommandId::AddPart(kind), now_ms) {
            loadscape::editor::Ran::Done(effects) => effects,
            loadscape::editor::Ran::ForTheScreen(_) => panic!("adding is the editor's"),
        },
    );
    person.newest()
}

/// Goes to a part with the keys for next.
fn go_to(person: &mut Person, target: ComponentId) {
    for _ in 0..=person.editor.scenario().components.len() {
        if person.editor.selection().sole_component() == Some(target) {
            return;
        }
        person.key("]");
    }
    panic!("every part can be reached");
}

/// Connects by key: c, Tab until the target is chosen, Enter.
fn connect(person: &mut Person, from: ComponentId, to: ComponentId) {
    go_to(person, from);
    person.key("c");
    for _ in 0..=person.editor.scenario().components.len() {
        person.key("Tab");
        match person.editor.tool() {
            Tool::Connecting(connection) if connection.over == Some(to) => break,
            Tool::Connecting(_) => {}
            other => panic!("still connecting, not {other:?}"),
        }
    }
    person.key("Enter");
    assert_eq!(*person.editor.tool(), Tool::Idle, "{}", person.said);
}

#[test]
fn stage_two_is_built_from_an_empty_canvas_with_the_keyboard_alone() {
    let mut person = Person::at_an_empty_canvas();
    let clients = add(&mut person, Kind::Clients);
    let dns = add(&mut person, Kind::Dns);
    let balancer = add(&mut person, Kind::LoadBalancer);
    let reader = add(&mut person, Kind::Service);
    let writer = add(&mut person, Kind::Service);
    let primary = add(&mut person, Kind::SqlPrimary);
    let replica = add(&mut person, Kind::ReadReplica);
    let storage = add(&mut person, Kind::ObjectStorage);
    let nodes = person.editor.node_rectangles();
    for (place, node) in nodes.iter().enumerate() {
        for other in &nodes[..place] {
            assert!(!geometry::overlap(*node, *other), "parts don't overlap");
        }
    }
    let wanted = [
        (clients, dns),
        (clients, balancer),
        (balancer, reader),
        (balancer, writer),
        (reader, replica),
        (writer, primary),
        (primary, replica),
        (writer, storage),
    ];
    for (from, to) in wanted {
        connect(&mut person, from, to);
    }
    assert_eq!(
        person
            .editor
            .scenario()
            .links
            .iter()
            .map(|link| (link.from, link.to))
            .collect::<Vec<_>>(),
        wanted
    );
}

#[test]
fn an_added_part_lies_right_of_the_selected_one_and_is_in_view() {
    let mut person = Person::with(chain(1));
    person.key("]");
    let first = person.selected();
    let second = add(&mut person, Kind::Cache);
    assert_eq!(
        person.component(second).position.y,
        person.component(first).position.y
    );
    assert!(person.component(second).position.x > person.component(first).position.x);
    for _ in 0..20 {
        add(&mut person, Kind::Cache);
    }
    let visible = person.editor.viewport().visible(person.editor.canvas());
    let node = geometry::node_rectangle(person.component(person.newest()).position);
    assert!(geometry::encloses(visible, node));
}

#[test]
fn arrows_go_to_the_neighbour_in_their_direction() {
    let mut person = Person::with(chain(3));
    person.key("ArrowRight");
    assert_eq!(person.selected(), ComponentId(1));
    person.key("ArrowRight");
    assert_eq!(person.selected(), ComponentId(2));
    person.key("ArrowUp");
    assert_eq!(person.selected(), ComponentId(2), "there is nothing above");
    person.key("ArrowLeft");
    assert_eq!(person.selected(), ComponentId(1));
    person.key("ArrowLeft");
    assert_eq!(person.selected(), ComponentId(1));
    person.key_press(&KeyPress {
        shift: true,
        ..KeyPress::primary("ArrowRight")
    });
    assert!(person.is_selected(ComponentId(1)) && person.is_selected(ComponentId(2)));
    person.key("[");
    assert_eq!(person.editor.selection().len(), 1);
}

#[test]
fn a_run_of_nudges_is_one_step_and_a_pause_starts_another() {
    let mut person = Person::with(chain(2));
    let before = person.text();
    person.key("]");
    for _ in 0..5 {
        person.shift("ArrowDown");
        person.now_ms += 100.0;
    }
    assert_eq!(person.component(ComponentId(1)).position, at(40.0, 240.0));
    person.now_ms += 5_000.0;
    person.shift("ArrowRight");
    person.primary("z");
    assert_eq!(person.component(ComponentId(1)).position, at(40.0, 240.0));
    person.primary("z");
    assert_eq!(person.text(), before);
}

#[test]
fn nudging_another_part_at_once_is_a_step_of_its_own() {
    let mut person = Person::with(chain(2));
    person.key("]");
    person.shift("ArrowDown");
    person.key("]");
    person.shift("ArrowDown");
    person.primary("z");
    assert_eq!(person.component(ComponentId(1)).position.y, 208.0);
    assert_eq!(person.component(ComponentId(2)).position.y, 200.0);
}

#[test]
fn connecting_by_arrows_reaches_across_and_escape_gives_up() {
    let mut person = Person::with(chain(3));
    person.key("]");
    person.key("c");
    person.key("ArrowRight");
    assert!(person.said.contains("already connected"), "{}", person.said);
    person.key("ArrowRight");
    person.key("Enter");
    let link = person.editor.scenario().links.last().expect("it is new");
    assert_eq!((link.from, link.to), (ComponentId(1), ComponentId(3)));
    let links = person.editor.scenario().links.len();
    person.key("c");
    person.key("ArrowRight");
    person.key("Escape");
    assert_eq!(*person.editor.tool(), Tool::Idle);
    assert_eq!(person.editor.scenario().links.len(), links);
}

#[test]
fn a_refused_connection_by_key_lets_one_choose_again() {
    let mut person = Person::with(chain(2));
    person.key("]");
    person.key("c");
    person.key("ArrowRight");
    person.key("Enter");
    assert!(matches!(person.editor.tool(), Tool::Connecting(_)));
    assert_eq!(person.editor.scenario().links.len(), 1);
}

#[test]
fn connecting_begun_by_key_ends_with_a_click() {
    let mut person = Person::with(chain(3));
    person.key("]");
    person.key("c");
    person.click(person.middle(ComponentId(3)));
    let link = person.editor.scenario().links.last().expect("it is new");
    assert_eq!((link.from, link.to), (ComponentId(1), ComponentId(3)));
    person.key("c");
    person.click(at(20.0, 900.0));
    assert_eq!(*person.editor.tool(), Tool::Idle);
}

#[test]
fn delete_takes_the_links_along_and_undo_brings_back_everything_and_selects_it() {
    let mut person = Person::with(chain(3));
    let before = person.text();
    person.key("]");
    person.key("]");
    person.key("Delete");
    assert_eq!(person.editor.scenario().components.len(), 2);
    assert!(person.editor.scenario().links.is_empty());
    assert!(person.editor.selection().is_empty());
    person.primary("z");
    assert_eq!(person.text(), before);
    assert_eq!(person.selected(), ComponentId(2));
}

#[test]
fn commands_that_can_not_run_do_nothing_and_strange_keys_are_the_browsers() {
    let mut person = Person::at_an_empty_canvas();
    let before = person.text();
    for key in ["Delete", "c", "]", "ArrowLeft", "F2"] {
        assert_eq!(person.key(key), None);
    }
    for key in ["z", "y", "d", "x"] {
        assert_eq!(person.primary(key), None);
    }
    assert_eq!(person.text(), before);
    assert_eq!(person.editor.key(&KeyPress::plain("Tab"), 0.0), None);
    assert_eq!(person.editor.key(&KeyPress::primary("r"), 0.0), None);
    assert_eq!(person.primary("k"), Some(CommandId::CommandPalette));
}

#[test]
fn select_all_takes_parts_and_escape_lets_go() {
    let mut person = Person::with(chain(3));
    person.primary("a");
    assert_eq!(person.editor.selection().len(), 3);
    assert!(
        person
            .editor
            .selection()
            .contains(Item::Component(ComponentId(2)))
    );
    person.key("Escape");
    assert!(person.editor.selection().is_empty());
}

#[test]
fn keys_zoom_pan_and_fit() {
    let mut person = Person::with(chain(12));
    person.key("+");
    assert_eq!(person.editor.viewport().zoom, 1.25);
    person.key("-");
    person.key("-");
    assert_eq!(person.editor.viewport().zoom, 0.8);
    person.key("0");
    assert_eq!(person.editor.viewport().zoom, 1.0);
    let before = person.editor.viewport();
    person.key_press(&KeyPress {
        alt: true,
        ..KeyPress::plain("ArrowRight")
    });
    assert!(person.editor.viewport().x < before.x);
    person.key("f");
    let visible = person.editor.viewport().visible(person.editor.canvas());
    assert!(geometry::encloses(
        visible,
        person.editor.bounds().expect("there is something")
    ));
}

#[test]
fn every_link_is_reached_and_deleted_by_key() {
    let mut person = Person::at_an_empty_canvas();
    let clients = add(&mut person, Kind::Clients);
    let balancer = add(&mut person, Kind::LoadBalancer);
    let first = add(&mut person, Kind::Service);
    let second = add(&mut person, Kind::Service);
    person.key(".");
    assert!(person.editor.selection().links().next().is_none());
    connect(&mut person, clients, balancer);
    connect(&mut person, balancer, first);
    connect(&mut person, balancer, second);

    go_to(&mut person, balancer);
    let mut reached = Vec::new();
    for _ in 0..3 {
        person.key(".");
        let link = person.editor.selection().links().next().expect("a link");
        assert_eq!(person.editor.focus(), Some(Item::Link(link)));
        reached.push(link);
    }
    let from = |link| person.editor.link(link).map(|link| link.from);
    assert_eq!(from(reached[0]), Some(balancer), "its own first");
    reached.sort();
    reached.dedup();
    assert_eq!(reached.len(), 3);
    person.key("Delete");
    assert_eq!(person.editor.scenario().links.len(), 2);
    person.key(",");
    assert_eq!(person.editor.selection().links().count(), 1);
}

#[test]
fn choosing_the_other_end_goes_on_whatever_key_looks_about() {
    let mut person = Person::with(chain(4));
    person.key("]");
    person.key("c");
    // As Tab does: on to what can be connected, and back.
    person.key("]");
    let over = |person: &Person| match person.editor.tool() {
        Tool::Connecting(connection) => connection.over,
        other => panic!("no longer connecting: {other:?}"),
    };
    assert_eq!(over(&person), Some(ComponentId(3)));
    person.key("]");
    assert_eq!(over(&person), Some(ComponentId(4)));
    person.key("[");
    assert_eq!(over(&person), Some(ComponentId(3)));
    let before = person.text();
    for key in [".", ",", "+", "f"] {
        person.key(key);
        assert_eq!(over(&person), Some(ComponentId(3)), "{key}");
    }
    person.said.clear();
    person.shift("ArrowDown");
    assert_eq!(over(&person), Some(ComponentId(3)));
    assert!(
        person.said.starts_with("Still connecting from S1."),
        "{}",
        person.said
    );
    assert_eq!(person.text(), before);
    person.key("Enter");
    let link = person.editor.scenario().links.last().expect("it is new");
    assert_eq!((link.from, link.to), (ComponentId(1), ComponentId(3)));
}

#[test]
fn an_edit_that_ends_choosing_the_other_end_says_so() {
    let mut person = Person::with(chain(3));
    person.key("]");
    person.key("c");
    person.key("Delete");
    assert_eq!(*person.editor.tool(), Tool::Idle);
    assert!(
        person.said.starts_with("Connecting cancelled."),
        "{}",
        person.said
    );
    assert_eq!(person.editor.scenario().components.len(), 2);
}

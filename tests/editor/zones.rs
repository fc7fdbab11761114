//! Zones: they carry what lies inside, and crossing their border changes the model.

use crate::harness::{Person, at, chain};
use loadscape::editor::{Handle, Item, geometry};
use loadscape_sim::catalog::ZoneKind;
use loadscape_sim::scenario::{ComponentId, Rectangle, ZoneId};

const ONE: ComponentId = ComponentId(1);
const TWO: ComponentId = ComponentId(2);

fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Rectangle {
    Rectangle {
        x,
        y,
        width,
        height,
    }
}

/// A region around the first of two parts, with a subnet around the same part inside it.
fn with_zones() -> (Person, ZoneId, ZoneId) {
    let mut person = Person::with(chain(2));
    for (kind, rectangle) in [
        (ZoneKind::Region, rectangle(0.0, 120.0, 320.0, 240.0)),
        (
            ZoneKind::PrivateSubnet,
            rectangle(16.0, 160.0, 240.0, 160.0),
        ),
    ] {
        person.does(|editor| {
            editor
                .insert_zone(kind, rectangle)
                .expect("a zone can be added")
        });
    }
    person.does(|editor| editor.select_none());
    let zones = &person.editor.scenario().zones;
    let (outer, inner) = (zones[0].id, zones[1].id);
    (person, outer, inner)
}

#[test]
fn a_zone_moves_with_the_parts_and_zones_inside_it_and_the_model_stays() {
    let (mut person, outer, inner) = with_zones();
    let before = person.text();
    let border = at(100.0, 120.0);
    person.press(border);
    for step in 1..=10 {
        person.move_to(at(100.0, 120.0 + f64::from(step) * 16.0));
        assert!(!person.last.model, "nothing crossed a border");
    }
    person.release(at(100.0, 280.0));
    assert_eq!(person.component(ONE).position, at(40.0, 360.0));
    assert_eq!(person.component(TWO).position, at(344.0, 200.0));
    for (zone, y) in [(outer, 280.0), (inner, 320.0)] {
        assert_eq!(
            person.editor.zone(zone).expect("it is there").rectangle.y,
            y
        );
    }
    person.primary("z");
    assert_eq!(person.text(), before);
}

#[test]
fn a_part_that_crosses_a_border_changes_the_model_once() {
    let (mut person, _, _) = with_zones();
    let from = person.middle(TWO);
    person.press(from);
    let mut changes = 0;
    for step in 1..=30 {
        person.move_to(at(from.x - f64::from(step) * 8.0, from.y));
        changes += usize::from(person.last.model);
    }
    person.release(at(from.x - 240.0, from.y));
    assert_eq!(changes, 2, "one border each of the region and the subnet");
}

#[test]
fn a_zone_is_resized_by_its_handles_and_its_content_stays() {
    let (mut person, outer, _) = with_zones();
    person.does(|editor| editor.select_only(Item::Zone(outer)));
    let zone = person.editor.zone(outer).expect("it is there").rectangle;
    let handle = geometry::handle_point(zone, Handle::Right);
    person.drag(handle, at(handle.x + 243.0, handle.y + 50.0));
    assert_eq!(
        person.editor.zone(outer).expect("it is there").rectangle,
        rectangle(0.0, 120.0, 560.0, 240.0)
    );
    assert_eq!(person.component(ONE).position, at(40.0, 200.0));
    assert_eq!(person.editor.undo_label(), Some("Resize zone"));
    person.primary("z");
    assert_eq!(
        person.editor.zone(outer).expect("it is there").rectangle,
        zone
    );
}

#[test]
fn a_zone_is_drawn_with_the_pointer_or_put_around_the_selection() {
    let mut person = Person::with(chain(3));
    person.does(|editor| editor.start_drawing_zone(ZoneKind::Vpc));
    person.drag(at(10.0, 100.0), at(700.0, 420.0));
    let drawn = &person.editor.scenario().zones[0];
    assert_eq!(drawn.kind, ZoneKind::Vpc);
    assert_eq!(drawn.rectangle, rectangle(8.0, 104.0, 696.0, 320.0));
    person.primary("z");
    assert!(person.editor.scenario().zones.is_empty());
    person.click(person.middle(ONE));
    person.shift_click(person.middle(TWO));
    person.does(|editor| editor.add_zone(ZoneKind::Region).expect("it can be added"));
    let zone = &person.editor.scenario().zones[0];
    let holds = |id| zone.rectangle.contains(person.component(id).centre());
    assert!(holds(ONE) && holds(TWO) && !holds(ComponentId(3)));
}

#[test]
fn deleting_a_zone_leaves_what_lay_inside() {
    let (mut person, outer, inner) = with_zones();
    person.does(|editor| editor.select_only(Item::Zone(outer)));
    person.key("Delete");
    assert!(person.editor.zone(outer).is_none());
    assert!(person.editor.zone(inner).is_some());
    assert_eq!(person.editor.scenario().components.len(), 2);
}

#[test]
fn keys_lead_from_the_last_part_to_the_zones_and_round_again() {
    let (mut person, outer, inner) = with_zones();
    person.does(|editor| editor.focus_on(TWO, false));
    let round = [
        Item::Zone(outer),
        Item::Zone(inner),
        Item::Component(ONE),
        Item::Component(TWO),
    ];
    for wanted in round {
        person.key("]");
        assert_eq!(person.editor.focus(), Some(wanted));
        assert!(person.editor.selection().contains(wanted));
    }
    for wanted in [Item::Component(ONE), Item::Zone(inner)] {
        person.key("[");
        assert_eq!(person.editor.focus(), Some(wanted));
    }
}

//! Mouse, pen and fingers.

use crate::harness::{Person, at, chain, finger, mouse};
use loadscape::editor::{
    Button, Canvas, Device, Editor, Handle, Hit, Input, Item, Loose, Modifiers, Refusal, Tool,
    ToolKey, Verdict, Viewport,
};
use loadscape_sim::catalog::Kind;
use loadscape_sim::scenario::{ComponentId, LinkId, Scenario};

const ONE: ComponentId = ComponentId(1);
const TWO: ComponentId = ComponentId(2);
const THREE: ComponentId = ComponentId(3);

#[test]
fn stage_two_is_built_from_an_empty_canvas_with_the_mouse_alone() {
    let mut person = Person::at_an_empty_canvas();
    let clients = person.drag_part(Kind::Clients, at(150.0, 400.0));
    let dns = person.drag_part(Kind::Dns, at(150.0, 200.0));
    let balancer = person.drag_part(Kind::LoadBalancer, at(450.0, 400.0));
    let reader = person.drag_part(Kind::Service, at(750.0, 300.0));
    let writer = person.drag_part(Kind::Service, at(750.0, 500.0));
    let primary = person.drag_part(Kind::SqlPrimary, at(1_050.0, 500.0));
    let replica = person.drag_part(Kind::ReadReplica, at(1_050.0, 300.0));
    let storage = person.drag_part(Kind::ObjectStorage, at(1_050.0, 700.0));
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
        person.drag_link(from, to);
    }
    let links = &person.editor.scenario().links;
    assert_eq!(
        links
            .iter()
            .map(|link| (link.from, link.to))
            .collect::<Vec<_>>(),
        wanted
    );
    assert_eq!(person.component(reader).name, "Service");
    assert_eq!(person.component(writer).name, "Service 2");
    for component in &person.editor.scenario().components {
        assert_eq!(component.position.x % 8.0, 0.0);
        assert_eq!(component.position.y % 8.0, 0.0);
    }
    for _ in 0..16 {
        person.primary("z");
    }
    assert_eq!(*person.editor.scenario(), Scenario::default());
    assert!(person.editor.undo_label().is_none());
}

#[test]
fn a_press_that_hardly_moves_is_a_click() {
    let mut person = Person::with(chain(2));
    let before = person.text();
    let here = person.middle(ONE);
    person.press(here);
    person.move_to(at(here.x + 2.0, here.y + 3.0));
    person.release(at(here.x + 2.0, here.y + 3.0));
    assert_eq!(person.text(), before);
    assert!(person.is_selected(ONE));
    assert!(person.editor.undo_label().is_none());
}

#[test]
fn a_finger_may_wander_farther_than_a_mouse_before_it_drags() {
    let mut person = Person::with(chain(1));
    let here = person.middle(ONE);
    person.input(&Input::Down {
        pointer: finger(7, here),
        button: Button::Primary,
        target: Hit::Component(ONE),
    });
    person.input(&Input::Move(finger(7, at(here.x + 6.0, here.y))));
    assert!(matches!(person.editor.tool(), Tool::Pressing { .. }));
    person.input(&Input::Move(finger(7, at(here.x + 9.0, here.y))));
    assert!(matches!(person.editor.tool(), Tool::Dragging { .. }));
}

#[test]
fn a_drag_is_one_undo_step_and_touches_one_node() {
    let mut person = Person::with(chain(3));
    let before = person.text();
    let from = person.middle(TWO);
    person.press(from);
    for step in 1..=40 {
        person.move_to(at(from.x + f64::from(step) * 3.0, from.y + f64::from(step)));
        assert!(person.last.components_moved.len() <= 1);
        assert!(!person.last.model && !person.last.component_list && !person.last.link_list);
        assert!(person.last.links_changed.is_empty());
    }
    person.release(at(from.x + 120.0, from.y + 40.0));
    assert_eq!(person.component(TWO).position, at(344.0 + 120.0, 240.0));
    assert_eq!(person.editor.undo_label(), Some("Move part"));
    person.primary("z");
    assert_eq!(person.text(), before);
    assert!(person.editor.undo_label().is_none());
    person.shift("z");
    assert!(person.editor.redo_label().is_some(), "Shift+Z is not redo");
    person.primary("y");
    assert_eq!(person.component(TWO).position, at(344.0 + 120.0, 240.0));
}

#[test]
fn escape_takes_a_drag_back_and_leaves_no_step() {
    let mut person = Person::with(chain(2));
    let before = person.text();
    let from = person.middle(ONE);
    person.press(from);
    person.move_along(from, at(from.x + 90.0, from.y + 90.0));
    assert_ne!(person.text(), before);
    person.key("Escape");
    assert_eq!(person.text(), before);
    assert!(person.editor.undo_label().is_none());
    assert_eq!(*person.editor.tool(), Tool::Idle);
    // The button is still down: what it does now is nobody's.
    person.move_to(at(from.x + 200.0, from.y));
    person.release(at(from.x + 200.0, from.y));
    assert_eq!(person.text(), before);
}

#[test]
fn a_drag_back_to_where_it_began_leaves_no_step() {
    let mut person = Person::with(chain(2));
    let before = person.editor.state();
    let from = person.middle(ONE);
    person.press(from);
    person.move_along(from, at(from.x + 90.0, from.y));
    assert_ne!(person.editor.state(), before);
    person.move_along(at(from.x + 90.0, from.y), from);
    person.release(from);
    assert!(person.editor.undo_label().is_none());
    assert_eq!(person.editor.state(), before);
}

#[test]
fn alt_frees_a_drag_from_the_grid() {
    let mut person = Person::with(chain(1));
    let from = person.middle(ONE);
    let alt = Modifiers {
        alt: true,
        ..Modifiers::default()
    };
    person.press(from);
    person.input(&Input::Move(mouse(at(from.x + 13.0, from.y + 5.0), alt)));
    assert_eq!(person.component(ONE).position, at(53.0, 205.0));
    person.move_to(at(from.x + 13.0, from.y + 5.0));
    assert_eq!(person.component(ONE).position, at(56.0, 208.0));
}

#[test]
fn dragging_one_of_several_selected_moves_all_of_them_alike() {
    let mut person = Person::with(chain(3));
    person.click(person.middle(ONE));
    person.shift_click(person.middle(THREE));
    let from = person.middle(THREE);
    person.drag(from, at(from.x, from.y + 80.0));
    assert_eq!(person.component(ONE).position.y, 280.0);
    assert_eq!(person.component(TWO).position.y, 200.0);
    assert_eq!(person.component(THREE).position.y, 280.0);
    assert_eq!(person.editor.selection().len(), 2);
}

#[test]
fn shift_click_adds_and_takes_away_and_a_click_on_bare_canvas_selects_nothing() {
    let mut person = Person::with(chain(3));
    person.shift_click(person.middle(ONE));
    person.shift_click(person.middle(TWO));
    person.shift_click(person.middle(ONE));
    assert!(!person.is_selected(ONE) && person.is_selected(TWO));
    person.click(at(20.0, 900.0));
    assert!(person.editor.selection().is_empty());
}

#[test]
fn a_marquee_selects_what_it_touches_and_escape_gives_back_what_was_selected() {
    let mut person = Person::with(chain(3));
    person.click(person.middle(THREE));
    person.press(at(10.0, 150.0));
    person.move_along(at(10.0, 150.0), at(400.0, 400.0));
    assert!(person.is_selected(ONE) && person.is_selected(TWO) && !person.is_selected(THREE));
    person.key("Escape");
    assert!(person.is_selected(THREE) && person.editor.selection().len() == 1);
    person.release(at(400.0, 400.0));
    person.drag(at(10.0, 150.0), at(400.0, 400.0));
    assert_eq!(person.editor.selection().len(), 2);
}

#[test]
fn a_marquee_across_lines_alone_selects_the_lines() {
    let mut person = Person::with(chain(3));
    // Between the first two nodes.
    person.drag(at(250.0, 100.0), at(300.0, 400.0));
    assert_eq!(
        person.editor.selection().iter().collect::<Vec<_>>(),
        [Item::Link(LinkId(1))]
    );
    person.key("Delete");
    assert_eq!(person.linked_names(), [("S2".to_owned(), "S3".to_owned())]);
}

#[test]
fn a_click_on_a_line_selects_it() {
    let mut person = Person::with(chain(2));
    let link = person.editor.link(LinkId(1)).expect("it is there").clone();
    let curve = person.editor.curve_of(&link).expect("both ends exist");
    person.click(person.screen(curve.point_at(0.5)));
    assert!(person.editor.selection().contains(Item::Link(LinkId(1))));
}

#[test]
fn a_connection_lights_up_what_it_means_and_says_why_not() {
    let mut person = Person::at_an_empty_canvas();
    let clients = person.drag_part(Kind::Clients, at(150.0, 400.0));
    let service = person.drag_part(Kind::Service, at(600.0, 400.0));
    let port = person.screen(at(
        person.component(service).position.x + 176.0,
        person.component(service).centre().y,
    ));
    person.press(port);
    person.move_along(port, person.middle(clients));
    let Tool::Connecting(connection) = person.editor.tool() else {
        panic!("connecting");
    };
    assert_eq!(connection.over, Some(clients));
    assert!(matches!(&connection.verdict, Verdict::Refused(reason) if !reason.is_empty()));
    person.release(person.middle(clients));
    assert!(person.editor.scenario().links.is_empty());
    assert!(!person.said.is_empty());
    // From the incoming port backwards it is the clients that call.
    let port = person.screen(at(
        person.component(service).position.x,
        person.component(service).centre().y,
    ));
    person.press(port);
    person.move_along(port, person.middle(clients));
    let Tool::Connecting(connection) = person.editor.tool() else {
        panic!("connecting");
    };
    assert!(connection.verdict.is_valid());
    person.release(person.middle(clients));
    let link = &person.editor.scenario().links[0];
    assert_eq!((link.from, link.to), (clients, service));
    // A second one of the same kind is refused with a reason.
    person.drag_link(clients, service);
    assert_eq!(person.editor.scenario().links.len(), 1);
    assert!(person.said.contains("already connected"), "{}", person.said);
}

#[test]
fn a_connection_dropped_on_bare_canvas_is_cancelled() {
    let mut person = Person::with(chain(1));
    let port = person.screen(at(40.0 + 176.0, 235.0));
    person.drag(port, at(700.0, 700.0));
    assert!(person.editor.scenario().links.is_empty());
    assert_eq!(*person.editor.tool(), Tool::Idle);
    assert!(person.editor.undo_label().is_none());
}

#[test]
fn the_end_of_a_line_is_plugged_in_elsewhere_by_dragging_it() {
    let mut person = Person::with(chain(3));
    let link = |person: &Person| person.editor.link(LinkId(1)).expect("it is there").clone();
    let curve = person.editor.curve_of(&link(&person)).expect("both ends");
    let near_the_end = person.screen(curve.point_at(0.88));
    assert_eq!(
        person.editor.hit(near_the_end, Device::Mouse),
        Hit::LinkEnd(LinkId(1), Loose::Called)
    );
    person.press(near_the_end);
    person.move_along(near_the_end, person.middle(THREE));
    let Tool::Connecting(connection) = person.editor.tool() else {
        panic!("connecting");
    };
    assert!(connection.verdict.is_valid());
    person.release(person.middle(THREE));
    assert_eq!((link(&person).from, link(&person).to), (ONE, THREE));
    person.does(|editor| editor.undo());
    assert_eq!((link(&person).from, link(&person).to), (ONE, TWO));
    // A selected line has its ends before the ports that they hide.
    person.click(person.screen(curve.point_at(0.5)));
    let start = person.screen(curve.start);
    assert_eq!(
        person.editor.hit(start, Device::Mouse),
        Hit::LinkEnd(LinkId(1), Loose::Caller)
    );
    person.drag(start, person.middle(THREE));
    assert_eq!((link(&person).from, link(&person).to), (THREE, TWO));
}

#[test]
fn a_line_s_end_goes_back_where_it_is_let_go_over_nothing_or_where_it_was_or_where_another_is() {
    let mut person = Person::with(chain(3));
    let before = person.text();
    let curve = |person: &Person, id| {
        let link = person.editor.link(LinkId(id)).expect("it is there");
        person.editor.curve_of(link).expect("both ends exist")
    };
    let end = person.screen(curve(&person, 1).point_at(0.88));
    for place in [at(500.0, 800.0), person.middle(TWO), person.middle(ONE)] {
        person.drag(end, place);
        assert_eq!(person.text(), before);
        assert_eq!(*person.editor.tool(), Tool::Idle);
    }
    // S1 calls S2 already: no other line can be plugged in there as well.
    assert_eq!(
        person.editor.plug_in(LinkId(2), ONE, TWO),
        Err(Refusal::DuplicateLink)
    );
    assert_eq!(person.text(), before);
}

#[test]
fn the_drawing_comes_towards_a_drag_that_is_held_at_the_edge() {
    let mut person = Person::with(chain(2));
    let before = person.editor.viewport();
    let edge = at(1_596.0, 500.0);
    let linger = |person: &mut Person| {
        person.input(&Input::Linger {
            pointer: mouse(edge, Modifiers::default()),
            elapsed_ms: 16.0,
        });
    };
    // Without a drag nothing moves.
    linger(&mut person);
    assert!(!person.editor.lingers(edge));
    assert_eq!(person.editor.viewport(), before);
    let start = person.middle(TWO);
    person.press(start);
    person.move_along(start, edge);
    assert!(person.editor.lingers(edge));
    let reached = person.component(TWO).position.x;
    for _ in 0..30 {
        linger(&mut person);
    }
    assert!(person.editor.viewport().x < before.x - 50.0);
    assert!(person.component(TWO).position.x > reached + 50.0);
    // The part stays under the pointer, and all of it is one step.
    let off = person.middle(TWO).x - edge.x;
    assert!(off.abs() <= 8.0, "{off}");
    person.release(edge);
    person.does(|editor| editor.undo());
    assert_eq!(
        person.component(TWO).position,
        chain(2).components[1].position
    );
}

#[test]
fn a_part_let_go_outside_the_canvas_is_not_added() {
    let mut person = Person::at_an_empty_canvas();
    person.does(|editor| editor.start_placing(Kind::Cache));
    person.move_to(at(200.0, 200.0));
    person.release(at(-50.0, 200.0));
    assert!(person.editor.scenario().components.is_empty());
    assert_eq!(*person.editor.tool(), Tool::Idle);
}

#[test]
fn the_wheel_pans_and_zooms_about_the_pointer() {
    let mut person = Person::with(chain(2));
    let pixel = at(300.0, 250.0);
    person.input(&Input::Wheel {
        at: pixel,
        delta: at(30.0, 50.0),
        modifiers: Modifiers::default(),
    });
    assert_eq!(person.editor.world(at(0.0, 0.0)), at(30.0, 50.0));
    let held = person.editor.world(pixel);
    person.input(&Input::Wheel {
        at: pixel,
        delta: at(0.0, -100.0),
        modifiers: Modifiers {
            primary: true,
            ..Modifiers::default()
        },
    });
    assert!((person.editor.viewport().zoom - 1.25).abs() < 1e-3);
    let now = person.editor.world(pixel);
    assert!((now.x - held.x).abs() < 1e-9 && (now.y - held.y).abs() < 1e-9);
}

#[test]
fn the_middle_button_and_the_space_bar_pan() {
    let mut person = Person::with(chain(2));
    person.input(&Input::Down {
        pointer: mouse(at(100.0, 100.0), Modifiers::default()),
        button: Button::Middle,
        target: Hit::Canvas,
    });
    person.move_to(at(140.0, 90.0));
    person.release(at(140.0, 90.0));
    assert_eq!(person.editor.viewport().x, 40.0);
    assert_eq!(person.editor.viewport().y, -10.0);
    let space = Modifiers {
        space: true,
        ..Modifiers::default()
    };
    person.press_with(person.middle(ONE), space);
    person.move_along(person.middle(ONE), at(0.0, 0.0));
    person.release(at(0.0, 0.0));
    assert_eq!(person.component(ONE).position, at(40.0, 200.0));
    assert!(person.editor.selection().is_empty());
}

#[test]
fn one_finger_on_the_canvas_pans_two_pinch_and_a_drag_under_way_is_taken_back() {
    let mut person = Person::with(chain(1));
    let before = person.text();
    let here = person.middle(ONE);
    person.input(&Input::Down {
        pointer: finger(1, here),
        button: Button::Primary,
        target: Hit::Component(ONE),
    });
    person.input(&Input::Move(finger(1, at(here.x + 60.0, here.y))));
    assert_ne!(person.text(), before);
    person.input(&Input::Down {
        pointer: finger(2, at(here.x + 160.0, here.y)),
        button: Button::Primary,
        target: Hit::Canvas,
    });
    assert_eq!(person.text(), before);
    person.input(&Input::Move(finger(2, at(here.x + 260.0, here.y))));
    assert!((person.editor.viewport().zoom - 2.0).abs() < 1e-9);
    person.input(&Input::Up(finger(1, at(here.x + 60.0, here.y))));
    let before_pan = person.editor.viewport();
    person.input(&Input::Move(finger(2, at(here.x + 270.0, here.y))));
    assert_eq!(person.editor.viewport().x, before_pan.x + 10.0);
    person.input(&Input::Up(finger(2, at(here.x + 270.0, here.y))));
    assert_eq!(*person.editor.tool(), Tool::Idle);
}

#[test]
fn a_lost_pointer_takes_back_what_it_was_doing() {
    let mut person = Person::with(chain(1));
    let before = person.text();
    let from = person.middle(ONE);
    person.press(from);
    person.move_along(from, at(500.0, 500.0));
    person.input(&Input::Lost(1));
    assert_eq!(person.text(), before);
    assert_eq!(*person.editor.tool(), Tool::Idle);
}

#[test]
fn deleting_while_a_drag_is_under_way_takes_the_drag_back_first() {
    let mut person = Person::with(chain(2));
    let from = person.middle(ONE);
    person.press(from);
    person.move_along(from, at(500.0, 500.0));
    person.key("Delete");
    assert!(person.editor.component(ONE).is_none());
    person.primary("z");
    assert_eq!(person.component(ONE).position, at(40.0, 200.0));
    assert!(person.editor.undo_label().is_none());
}

#[test]
fn coordinates_that_are_no_numbers_are_ignored() {
    let mut person = Person::with(chain(2));
    let before = person.text();
    person.press(person.middle(ONE));
    person.move_to(at(f64::NAN, 3.0));
    person.move_to(at(f64::INFINITY, 3.0));
    person.input(&Input::Wheel {
        at: at(f64::NAN, 0.0),
        delta: at(0.0, f64::NEG_INFINITY),
        modifiers: Modifiers::default(),
    });
    person.input(&Input::Key(ToolKey::Escape));
    assert_eq!(person.text(), before);
}

#[test]
fn the_nearest_thing_is_hit_handles_before_ports_before_nodes_before_lines() {
    let mut person = Person::with(chain(2));
    let node = person.middle(ONE);
    assert_eq!(person.editor.hit(node, Device::Mouse), Hit::Component(ONE));
    assert_eq!(
        person.editor.hit(at(2_000.0, 2_000.0), Device::Mouse),
        Hit::Canvas
    );
    person.does(|editor| {
        editor
            .insert_zone(
                loadscape_sim::catalog::ZoneKind::Region,
                loadscape_sim::scenario::Rectangle {
                    x: 0.0,
                    y: 100.0,
                    width: 400.0,
                    height: 300.0,
                },
            )
            .expect("a zone can be added")
    });
    let zone = person.editor.scenario().zones[0].id;
    assert_eq!(
        person.editor.hit(at(0.0, 100.0), Device::Mouse),
        Hit::ZoneHandle(zone, Handle::TopLeft)
    );
    person.does(|editor| editor.select_none());
    assert_eq!(
        person.editor.hit(at(0.0, 100.0), Device::Mouse),
        Hit::ZoneBorder(zone)
    );
}

#[test]
fn a_drawing_that_fits_goes_on_fitting_when_the_canvas_changes_until_somebody_moves_it() {
    let mut person = Person::at_an_empty_canvas();
    person.drag_part(Kind::Clients, at(100.0, 100.0));
    person.drag_part(Kind::Service, at(1_300.0, 800.0));
    person.does(Editor::zoom_to_fit);
    let fitting = person.editor.viewport();
    let lower = Canvas {
        width: 1_600.0,
        height: 400.0,
        ..Canvas::default()
    };
    person.does(|editor| editor.set_canvas(lower));
    let bounds = person.editor.bounds().expect("something is drawn");
    assert_ne!(person.editor.viewport(), fitting);
    assert_eq!(person.editor.viewport(), Viewport::fitting(bounds, &lower));
    person.does(|editor| editor.pan_by(10.0, 0.0));
    let moved = person.editor.viewport();
    person.does(|editor| {
        editor.set_canvas(Canvas {
            height: 700.0,
            ..lower
        })
    });
    assert_eq!(person.editor.viewport(), moved);
}

#[test]
fn a_press_near_a_port_connects_on_either_side_of_the_edge_at_any_zoom() {
    use loadscape::editor::{Port, geometry};
    let mut person = Person::with(chain(2));
    for zoom in [0.5, 1.0, 2.0] {
        let viewport = Viewport {
            zoom,
            ..person.editor.viewport()
        };
        person.does(|editor| editor.set_viewport(viewport));
        let port = person.screen(geometry::port_point(
            person.component(ONE).position,
            Port::Out,
        ));
        for pixels in [-11.0, -7.0, 0.0, 7.0, 11.0] {
            assert_eq!(
                person
                    .editor
                    .hit(at(port.x + pixels, port.y), Device::Mouse),
                Hit::Port(ONE, Port::Out),
                "{pixels} px at {zoom}"
            );
        }
        assert_eq!(
            person.editor.hit(at(port.x - 14.0, port.y), Device::Mouse),
            Hit::Component(ONE)
        );
    }
    // From afar most of a node is still there to be moved by.
    let viewport = Viewport {
        zoom: 0.2,
        ..person.editor.viewport()
    };
    person.does(|editor| editor.set_viewport(viewport));
    for device in [Device::Mouse, Device::Touch] {
        for x in [70.0, 100.0, 140.0, 185.0] {
            let pixel = person.screen(at(x, 235.0));
            assert_eq!(person.editor.hit(pixel, device), Hit::Component(ONE));
        }
    }
}

#[test]
fn a_finger_hits_the_middle_of_a_line_however_far_away_the_drawing_is() {
    use loadscape::editor::{Port, geometry};
    let mut person = Person::with(chain(2));
    let link = person.editor.scenario().links[0].id;
    for zoom in [0.29, 0.35, 0.5, 1.0] {
        let viewport = Viewport {
            zoom,
            ..person.editor.viewport()
        };
        person.does(|editor| editor.set_viewport(viewport));
        let [from, to] = [(ONE, Port::Out), (TWO, Port::In)].map(|(part, port)| {
            let position = person.component(part).position;
            person.screen(geometry::port_point(position, port))
        });
        let middle = at((from.x + to.x) / 2.0, from.y);
        let hit = |pixel| person.editor.hit(pixel, Device::Touch);
        assert_eq!(hit(middle), Hit::Link(link), "at {zoom}");
        assert_eq!(hit(at(middle.x, middle.y + 10.0)), Hit::Link(link));
        let beside = at(from.x + 10.0, from.y);
        assert_eq!(hit(beside), Hit::Port(ONE, Port::Out), "at {zoom}");
        // Beside the line a finger finds the port from farther away.
        assert_eq!(
            hit(at(from.x + 10.0, from.y - 20.0)),
            Hit::Port(ONE, Port::Out)
        );
    }
}

#[test]
fn the_only_part_stays_where_it_was_put_when_the_results_unfold() {
    let mut person = Person::at_an_empty_canvas();
    let there = at(800.0, 500.0);
    person.drag_part(Kind::Clients, there);
    let unfolded = Canvas {
        height: 640.0,
        ..*person.editor.canvas()
    };
    person.does(|editor| editor.set_canvas(unfolded));
    let now = person.middle(person.newest());
    assert!((now.x - 800.0).abs() <= 4.0, "{}", now.x);
    assert!((now.y - 320.0).abs() <= 4.0, "{}", now.y);
}

#[test]
fn a_view_of_bare_ground_is_known_for_one() {
    let mut person = Person::at_an_empty_canvas();
    assert!(
        !person.editor.shows_nothing(),
        "there is nothing to be found"
    );
    person.drag_part(Kind::Clients, at(400.0, 300.0));
    assert!(!person.editor.shows_nothing());
    person.does(|editor| editor.pan_by(5_000.0, 0.0));
    assert!(person.editor.shows_nothing());
    person.key("f");
    assert!(!person.editor.shows_nothing());
}

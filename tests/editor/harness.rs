//! A person at the screen: presses, drags, types, and checks after everything that the view is right.

use crate::view::View;
use loadscape::editor::{
    Button, Canvas, CommandId, Device, Editor, Effects, Hit, Input, Item, KeyPress, Modifiers,
    Pointer, Port, Ran, geometry,
};
use loadscape_sim::catalog::Kind;
use loadscape_sim::scenario::{Component, ComponentId, Point, Scenario};

pub struct Person {
    pub editor: Editor,
    pub view: View,
    pub now_ms: f64,
    pub said: String,
    pub last: Effects,
}

pub fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

impl Person {
    pub fn with(scenario: Scenario) -> Self {
        let mut editor = Editor::new(scenario);
        let _ = editor.set_canvas(Canvas {
            width: 1_600.0,
            height: 1_000.0,
            ..Canvas::default()
        });
        let view = View::from_scratch(&editor);
        Person {
            editor,
            view,
            now_ms: 0.0,
            said: String::new(),
            last: Effects::none(),
        }
    }

    pub fn at_an_empty_canvas() -> Self {
        Person::with(Scenario::default())
    }

    /// Shows the effects and checks that the view is what it would be from scratch.
    pub fn see(&mut self, effects: Effects) {
        self.view.apply(&effects, &self.editor);
        assert_eq!(self.view, View::from_scratch(&self.editor));
        if let Some(sentence) = &effects.announcement {
            self.said.clone_from(sentence);
        }
        self.last = effects;
    }

    pub fn does(&mut self, edit: impl FnOnce(&mut Editor) -> Effects) {
        let effects = edit(&mut self.editor);
        self.see(effects);
    }

    pub fn input(&mut self, input: &Input) {
        self.does(|editor| editor.input(input));
    }

    pub fn press(&mut self, pixel: Point) {
        self.press_with(pixel, Modifiers::default());
    }

    pub fn press_with(&mut self, pixel: Point, modifiers: Modifiers) {
        let target = self.editor.hit(pixel, Device::Mouse);
        self.input(&Input::Down {
            pointer: mouse(pixel, modifiers),
            button: Button::Primary,
            target,
        });
    }

    pub fn move_to(&mut self, pixel: Point) {
        self.input(&Input::Move(mouse(pixel, Modifiers::default())));
    }

    pub fn release(&mut self, pixel: Point) {
        self.input(&Input::Up(mouse(pixel, Modifiers::default())));
    }

    pub fn click(&mut self, pixel: Point) {
        self.press(pixel);
        self.release(pixel);
    }

    pub fn shift_click(&mut self, pixel: Point) {
        let modifiers = Modifiers {
            shift: true,
            ..Modifiers::default()
        };
        self.press_with(pixel, modifiers);
        self.input(&Input::Up(mouse(pixel, modifiers)));
    }

    /// Presses here, moves there in steps, and lets go.
    pub fn drag(&mut self, from: Point, to: Point) {
        self.press(from);
        self.move_along(from, to);
        self.release(to);
    }

    pub fn move_along(&mut self, from: Point, to: Point) {
        for step in 1..=5 {
            let share = f64::from(step) / 5.0;
            self.move_to(at(
                from.x + (to.x - from.x) * share,
                from.y + (to.y - from.y) * share,
            ));
        }
    }

    /// Drags a part out of the palette and lets it go with its middle here.
    pub fn drag_part(&mut self, kind: Kind, to: Point) -> ComponentId {
        self.does(|editor| editor.start_placing(kind));
        self.move_to(at(to.x - 300.0, to.y));
        self.move_to(to);
        self.release(to);
        self.newest()
    }

    /// Drags from one node's outgoing port to the middle of another.
    pub fn drag_link(&mut self, from: ComponentId, to: ComponentId) {
        let port = self.screen(geometry::port_point(
            self.component(from).position,
            Port::Out,
        ));
        let target = self.middle(to);
        assert_eq!(
            self.editor.hit(port, Device::Mouse),
            Hit::Port(from, Port::Out)
        );
        self.drag(port, target);
    }

    /// Presses a key; what only the screen can do is the test's affair.
    pub fn key(&mut self, key: &str) -> Option<CommandId> {
        self.key_press(&KeyPress::plain(key))
    }

    pub fn primary(&mut self, key: &str) -> Option<CommandId> {
        self.key_press(&KeyPress::primary(key))
    }

    pub fn shift(&mut self, key: &str) -> Option<CommandId> {
        self.key_press(&KeyPress {
            shift: true,
            ..KeyPress::plain(key)
        })
    }

    pub fn key_press(&mut self, press: &KeyPress) -> Option<CommandId> {
        match self.editor.key(press, self.now_ms) {
            Some(Ran::Done(effects)) => {
                self.see(effects);
                None
            }
            Some(Ran::ForTheScreen(command)) => Some(command),
            None => None,
        }
    }

    pub fn component(&self, id: ComponentId) -> &Component {
        self.editor.component(id).expect("the component exists")
    }

    pub fn newest(&self) -> ComponentId {
        self.editor
            .scenario()
            .components
            .last()
            .expect("there is a component")
            .id
    }

    pub fn selected(&self) -> ComponentId {
        self.editor
            .selection()
            .sole_component()
            .expect("one component is selected")
    }

    pub fn is_selected(&self, id: ComponentId) -> bool {
        self.editor.selection().contains(Item::Component(id))
    }

    pub fn screen(&self, world: Point) -> Point {
        self.editor.viewport().to_screen(world)
    }

    pub fn middle(&self, id: ComponentId) -> Point {
        self.screen(self.component(id).centre())
    }

    /// The document as text: equal text is an equal document, bit for bit.
    pub fn text(&self) -> String {
        text_of(self.editor.scenario())
    }

    /// Pairs of names that are linked, sorted.
    pub fn linked_names(&self) -> Vec<(String, String)> {
        let mut names: Vec<(String, String)> = self
            .editor
            .scenario()
            .links
            .iter()
            .map(|link| {
                (
                    self.editor.name_of(link.from).to_owned(),
                    self.editor.name_of(link.to).to_owned(),
                )
            })
            .collect();
        names.sort();
        names
    }
}

pub fn text_of(scenario: &Scenario) -> String {
    serde_json::to_string(scenario).expect("a scenario can be written")
}

pub fn mouse(at: Point, modifiers: Modifiers) -> Pointer {
    Pointer {
        id: 1,
        device: Device::Mouse,
        at,
        modifiers,
    }
}

pub fn finger(id: i32, at: Point) -> Pointer {
    Pointer {
        id,
        device: Device::Touch,
        at,
        modifiers: Modifiers::default(),
    }
}

/// A row of services, 300 units apart, each linked to the next.
pub fn chain(length: u32) -> Scenario {
    use loadscape_sim::scenario::{Link, LinkId};
    let mut scenario = Scenario::default();
    for number in 1..=length {
        scenario.components.push(Component::new(
            ComponentId(number),
            Kind::Service,
            format!("S{number}"),
            at(f64::from(number) * 304.0 - 264.0, 200.0),
        ));
        if number > 1 {
            scenario.links.push(Link::new(
                LinkId(number - 1),
                ComponentId(number - 1),
                ComponentId(number),
            ));
        }
    }
    scenario
}

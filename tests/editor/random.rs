//! 100 seeds × 200 random operations: the view stays right, undo is exact, nothing panics.

use crate::harness::{Person, at, chain, text_of};
use loadscape::editor::{
    Button, COMMANDS, Change, CommandId, Device, Handle, Hit, Input, Item, KeyPress, Loose,
    Modifiers, Pointer, Port, Ran, Selection, StateId, ToolKey,
};
use loadscape_sim::catalog::{Kind, Parameter, Value, ZoneKind};
use loadscape_sim::scenario::{
    ClassId, ClientsFault, Component, ComponentFault, ComponentId, CurvePoint, Fault, Incident,
    Link, LinkFault, LinkId, Objective, Operation, Point, Rectangle, RunSettings, Scenario, Target,
    ZoneFault, ZoneId,
};
use std::collections::HashMap;

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    fn point(&mut self) -> Point {
        if self.chance(60) {
            let odd = [f64::NAN, f64::INFINITY, -0.0, 1e300, -1e9];
            return at(self.pick(&odd), self.pick(&odd));
        }
        at(
            self.below(1_700) as f64 - 50.0,
            self.below(1_100) as f64 - 50.0,
        )
    }

    fn component(&mut self, scenario: &Scenario) -> ComponentId {
        if scenario.components.is_empty() || self.chance(20) {
            return ComponentId(self.below(40) as u32);
        }
        scenario.components[self.below(scenario.components.len())].id
    }

    fn link(&mut self, scenario: &Scenario) -> LinkId {
        if scenario.links.is_empty() || self.chance(20) {
            return LinkId(self.below(40) as u32);
        }
        scenario.links[self.below(scenario.links.len())].id
    }

    fn zone(&mut self, scenario: &Scenario) -> ZoneId {
        if scenario.zones.is_empty() || self.chance(20) {
            return ZoneId(self.below(10) as u32);
        }
        scenario.zones[self.below(scenario.zones.len())].id
    }

    fn class(&mut self, scenario: &Scenario) -> ClassId {
        if self.chance(20) {
            return ClassId(self.below(10) as u32);
        }
        scenario.classes[self.below(scenario.classes.len())].id
    }

    fn item(&mut self, scenario: &Scenario) -> Item {
        match self.below(4) {
            0 => Item::Link(self.link(scenario)),
            1 => Item::Zone(self.zone(scenario)),
            _ => Item::Component(self.component(scenario)),
        }
    }

    fn hit(&mut self, scenario: &Scenario) -> Hit {
        match self.below(9) {
            7 => Hit::LinkEnd(
                self.link(scenario),
                self.pick(&[Loose::Called, Loose::Caller]),
            ),
            0 => Hit::Canvas,
            1 => Hit::Link(self.link(scenario)),
            2 => Hit::ZoneBorder(self.zone(scenario)),
            3 => Hit::ZoneHandle(self.zone(scenario), self.pick(&Handle::ALL)),
            4 => Hit::Port(self.component(scenario), Port::Out),
            5 => Hit::Port(self.component(scenario), Port::In),
            _ => Hit::Component(self.component(scenario)),
        }
    }

    fn modifiers(&mut self) -> Modifiers {
        Modifiers {
            shift: self.chance(4),
            alt: self.chance(6),
            primary: self.chance(8),
            space: self.chance(10),
        }
    }

    fn pointer(&mut self) -> Pointer {
        let device = self.pick(&[Device::Mouse, Device::Mouse, Device::Touch, Device::Pen]);
        Pointer {
            id: self.below(3) as i32,
            device,
            at: self.point(),
            modifiers: self.modifiers(),
        }
    }

    fn kind(&mut self) -> Kind {
        self.pick(&[
            Kind::Clients,
            Kind::Dns,
            Kind::LoadBalancer,
            Kind::Service,
            Kind::Worker,
            Kind::SqlPrimary,
            Kind::Cache,
            Kind::Queue,
        ])
    }

    fn zone_kind(&mut self) -> ZoneKind {
        self.pick(&[ZoneKind::Region, ZoneKind::Vpc, ZoneKind::PrivateSubnet])
    }

    fn rectangle(&mut self) -> Rectangle {
        let corner = self.point();
        Rectangle {
            x: corner.x,
            y: corner.y,
            width: self.below(600) as f64 - 20.0,
            height: self.below(400) as f64 - 20.0,
        }
    }

    fn change(&mut self, scenario: &Scenario) -> Change {
        match self.below(27) {
            26 => Change::SetRun(RunSettings {
                seed: self.below(3) as u64,
                duration_seconds: (!self.chance(3)).then(|| self.below(4) as f64),
            }),
            23 => Change::SetCurve {
                component: self.component(scenario),
                curve: (0..self.below(4))
                    .map(|point| CurvePoint {
                        seconds: self.below(3) as f64 + point as f64,
                        per_second: self.below(3) as f64 - 0.5,
                    })
                    .collect(),
            },
            21 => Change::SetFault {
                index: self.below(4),
                fault: self.fault(scenario),
            },
            19..=20 => Change::InsertFault {
                index: self.below(6),
                fault: self.fault(scenario),
            },
            22 => Change::RemoveFault(self.below(6)),
            0 => Change::InsertComponent {
                index: self.below(30),
                component: Box::new(Component::new(
                    ComponentId(self.below(60) as u32),
                    self.kind(),
                    "Inserted",
                    self.point(),
                )),
            },
            1 => Change::RemoveComponent(self.component(scenario)),
            2 => Change::Arrange {
                components: (0..self.below(4))
                    .map(|_| (self.component(scenario), self.point()))
                    .collect(),
                zones: (0..self.below(3))
                    .map(|_| (self.zone(scenario), self.rectangle()))
                    .collect(),
            },
            3 => Change::SetName {
                component: self.component(scenario),
                name: format!("Name {}", self.below(5)),
            },
            4 => {
                let value = Value::Number(self.below(9) as f64);
                Change::SetParameter {
                    component: self.component(scenario),
                    parameter: self.pick(&[Parameter::Cores, Parameter::Threads]),
                    value: (!self.chance(3)).then_some(value),
                }
            }
            5 => Change::SetMix {
                component: self.component(scenario),
                mix: vec![(self.class(scenario), self.below(5) as f64)],
            },
            6 => Change::InsertLink {
                index: self.below(30),
                link: Link::new(
                    LinkId(self.below(60) as u32),
                    self.component(scenario),
                    self.component(scenario),
                ),
            },
            7 => Change::RemoveLink(self.link(scenario)),
            8 => {
                let mut link = Link::new(
                    self.link(scenario),
                    self.component(scenario),
                    self.component(scenario),
                );
                link.weight = self.below(4) as f64;
                if self.chance(2) {
                    link.classes.push(self.class(scenario));
                }
                Change::SetLink(link)
            }
            9 => Change::RemoveZone(self.zone(scenario)),
            10 => Change::SetZone {
                zone: self.zone(scenario),
                kind: self.zone_kind(),
                name: format!("Zone {}", self.below(4)),
                parameters: std::collections::BTreeMap::new(),
            },
            11 => Change::RemoveClass(self.class(scenario)),
            12 => {
                let class = self.class(scenario);
                match scenario.class(class) {
                    Some(class) => {
                        let mut class = class.clone();
                        class.share = self.below(9) as f64;
                        Change::SetClass(class)
                    }
                    None => Change::RemoveClass(class),
                }
            }
            13 => Change::InsertObjective {
                index: self.below(5),
                objective: self.objective(scenario),
            },
            14 => Change::RemoveObjective(self.below(4)),
            15 => Change::SetObjective {
                index: self.below(4),
                objective: self.objective(scenario),
            },
            16 => Change::SetTitle(format!("Title {}", self.below(3))),
            17 => Change::SetNotes(format!("Notes {}", self.below(3))),
            18 => Change::ReplaceScenario(Box::new(chain(self.below(5) as u32))),
            _ => Change::Arrange {
                components: vec![(self.component(scenario), self.point())],
                zones: Vec::new(),
            },
        }
    }

    fn fault(&mut self, scenario: &Scenario) -> Fault {
        let incident = match self.below(5) {
            0 => Incident::Link {
                id: self.link(scenario),
                what: LinkFault::Delay { seconds: 1.0 },
            },
            1 => Incident::Zone {
                id: self.zone(scenario),
                what: ZoneFault::Partition {
                    from: self.chance(2).then(|| self.zone(scenario)),
                },
            },
            2 => Incident::Clients {
                id: self.chance(2).then(|| self.component(scenario)),
                what: ClientsFault::Multiply { factor: 3.0 },
            },
            _ => Incident::Component {
                id: self.component(scenario),
                what: ComponentFault::Kill { instances: None },
            },
        };
        Fault {
            start_seconds: self.below(100) as f64,
            duration_seconds: self.chance(2).then_some(10.0),
            incident,
        }
    }

    fn objective(&mut self, scenario: &Scenario) -> Objective {
        Objective {
            class: self.chance(2).then(|| self.class(scenario)),
            target: Target::P99AtMostSeconds(self.below(9) as f64 / 10.0),
        }
    }
}

/// One random thing that a person, a view or a hostile event source might do.
fn step(person: &mut Person, random: &mut Random, clipboard: &mut Option<String>) {
    person.now_ms += random.below(700) as f64;
    let now_ms = person.now_ms;
    let scenario = person.editor.scenario().clone();
    let refused = |result: Result<_, loadscape::editor::Refusal>| {
        result.unwrap_or_else(|_| loadscape::editor::Effects::none())
    };
    match random.below(30) {
        0..=3 => {
            let pointer = random.pointer();
            let target = if random.chance(3) {
                random.hit(&scenario)
            } else if pointer.at.x.is_finite() && pointer.at.y.is_finite() {
                person.editor.hit(pointer.at, pointer.device)
            } else {
                Hit::Canvas
            };
            let button = random.pick(&[
                Button::Primary,
                Button::Primary,
                Button::Primary,
                Button::Middle,
                Button::Secondary,
            ]);
            person.input(&Input::Down {
                pointer,
                button,
                target,
            });
        }
        4..=8 => person.input(&Input::Move(random.pointer())),
        9..=11 => person.input(&Input::Up(random.pointer())),
        12 => person.input(&Input::Lost(random.below(3) as i32)),
        13 => {
            let key = random.pick(&[
                ToolKey::Escape,
                ToolKey::Enter,
                ToolKey::Next,
                ToolKey::Previous,
            ]);
            person.input(&Input::Key(key));
        }
        14 if random.chance(2) => person.input(&Input::Linger {
            pointer: random.pointer(),
            elapsed_ms: random.next() as f64 % 100.0,
        }),
        14 => person.input(&Input::Wheel {
            at: random.point(),
            delta: random.point(),
            modifiers: random.modifiers(),
        }),
        15..=17 => {
            let command = COMMANDS[random.below(COMMANDS.len())];
            if let Some(keys) = command.keys.first() {
                person.key_press(&KeyPress {
                    key: keys.key.to_owned(),
                    primary: keys.primary,
                    shift: keys.shift,
                    alt: keys.alt,
                });
            }
        }
        18 => {
            let command = if random.chance(2) {
                CommandId::AddPart(random.kind())
            } else {
                CommandId::AddZone(random.zone_kind())
            };
            if let Ran::Done(effects) = person.editor.run(command, now_ms) {
                person.see(effects);
            }
        }
        19..=21 => {
            let change = random.change(&scenario);
            person.does(|editor| refused(editor.apply(change)));
        }
        22 => {
            let change = random.change(&scenario);
            person.does(|editor| refused(editor.apply_typed(change, now_ms)));
        }
        23 => {
            let selection: Selection = (0..random.below(5))
                .map(|_| random.item(&scenario))
                .collect();
            person.does(|editor| editor.select(selection));
        }
        24 => match random.below(4) {
            0 => person.does(|editor| editor.begin_gesture("Gesture")),
            1 => person.does(|editor| editor.cancel_gesture()),
            _ => person.does(|editor| editor.commit_gesture()),
        },
        25 => {
            let (from, to) = (random.component(&scenario), random.component(&scenario));
            person.does(|editor| refused(editor.connect(from, to)));
        }
        26 => match clipboard {
            Some(text) if random.chance(2) => {
                let centre = random.chance(2).then(|| at(300.0, 300.0));
                let text = text.clone();
                person.does(|editor| refused(editor.paste(&text, centre)));
            }
            _ => *clipboard = person.editor.copy().or(clipboard.take()),
        },
        27 => {
            let class = random.class(&scenario);
            if random.chance(2) {
                person.does(|editor| refused(editor.delete_class(class)));
            } else {
                person.does(|editor| refused(editor.add_class(Operation::Write)));
            }
        }
        28 => {
            if random.chance(2) {
                let kind = random.kind();
                person.does(|editor| editor.start_placing(kind));
            } else {
                let kind = random.zone_kind();
                person.does(|editor| editor.start_drawing_zone(kind));
            }
        }
        _ => {
            if random.chance(3) {
                person.does(|editor| editor.redo());
            } else {
                person.does(|editor| editor.undo());
            }
        }
    }
}

fn is_sound(scenario: &Scenario) {
    let mut ids: Vec<u32> = scenario
        .components
        .iter()
        .map(|component| component.id.0)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), scenario.components.len());
    for link in &scenario.links {
        assert!(scenario.component(link.from).is_some() && scenario.component(link.to).is_some());
    }
    assert!(!scenario.classes.is_empty());
    for fault in &scenario.faults {
        assert!(fault.has_its_place(scenario), "{fault:?}");
    }
    for component in &scenario.components {
        assert!(component.position.x.is_finite() && component.position.y.is_finite());
        for call in component
            .plans
            .iter()
            .flat_map(|plan| &plan.steps)
            .flat_map(|step| &step.calls)
        {
            assert!(scenario.link(call.link).is_some());
        }
    }
}

#[test]
fn whatever_is_done_the_view_is_right_and_undo_is_exact() {
    for seed in 0..100 {
        let mut random = Random(seed);
        let mut person = Person::with(chain(4));
        let mut clipboard = None;
        // Equal state ids promise equal documents: after an edit, its undo, its redo.
        let mut states: HashMap<StateId, String> = HashMap::new();
        states.insert(person.editor.state(), person.text());
        let start = person.text();
        for _ in 0..200 {
            step(&mut person, &mut random, &mut clipboard);
            is_sound(person.editor.scenario());
            let text = text_of(person.editor.scenario());
            let known = states
                .entry(person.editor.state())
                .or_insert_with(|| text.clone());
            assert_eq!(*known, text, "seed {seed}");
        }
        person.does(|editor| editor.cancel());
        person.does(|editor| editor.cancel_gesture());
        while person.editor.redo_label().is_some() {
            person.does(|editor| editor.redo());
        }
        let end = person.text();
        let mut texts = vec![end.clone()];
        while person.editor.undo_label().is_some() {
            person.does(|editor| editor.undo());
            texts.push(person.text());
        }
        assert_eq!(person.text(), start, "seed {seed}: undone to the start");
        while person.editor.redo_label().is_some() {
            texts.pop();
            person.does(|editor| editor.redo());
            assert_eq!(
                texts.last(),
                Some(&person.text()),
                "seed {seed}: redo leads through the same documents"
            );
        }
        assert_eq!(person.text(), end, "seed {seed}: redone to the end");
    }
}

#[test]
fn moving_one_of_a_thousand_names_that_one_and_nothing_else() {
    let mut scenario = Scenario::default();
    for number in 1..=1_000_u32 {
        scenario.components.push(Component::new(
            ComponentId(number),
            Kind::Service,
            format!("S{number}"),
            at(
                f64::from(number % 40) * 240.0,
                f64::from(number / 40) * 112.0,
            ),
        ));
    }
    for number in 1..1_000_u32 {
        for (offset, hop) in [(0, 1), (1_000, 40)] {
            if number + hop <= 1_000 {
                scenario.links.push(Link::new(
                    LinkId(number + offset),
                    ComponentId(number),
                    ComponentId(number + hop),
                ));
            }
        }
    }
    let mut person = Person::with(scenario);
    let moved = ComponentId(500);
    let component = person.component(moved).centre();
    person.does(|editor| editor.focus_on(moved, false));
    let from = person.screen(component);
    person.press(from);
    for step in 1..=50 {
        let to = at(from.x + f64::from(step) * 8.0, from.y);
        let effects = person.editor.input(&Input::Move(crate::harness::mouse(
            to,
            Modifiers::default(),
        )));
        person.view.apply(&effects, &person.editor);
        if step > 1 {
            let expected = loadscape::editor::Effects {
                document: true,
                components_moved: [moved].into(),
                ..loadscape::editor::Effects::none()
            };
            assert_eq!(effects, expected);
        }
    }
    person.release(at(from.x + 400.0, from.y));
}

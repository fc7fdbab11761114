//! Steps, gestures, typing.

use crate::harness::{Person, chain};
use loadscape::editor::{Change, Refusal};
use loadscape_sim::scenario::{ClassId, ComponentId, LinkId, Operation, Scenario};

const ONE: ComponentId = ComponentId(1);

#[test]
fn typing_a_name_is_one_step() {
    let mut person = Person::with(chain(1));
    for end in 1..="Read API".len() {
        person.now_ms += 120.0;
        let now_ms = person.now_ms;
        person.does(|editor| {
            editor
                .rename(ONE, &"Read API"[..end], now_ms)
                .expect("it exists")
        });
        assert!(!person.last.component_list);
        assert_eq!(person.last.components_changed.len(), 1);
    }
    assert_eq!(person.component(ONE).name, "Read API");
    person.primary("z");
    assert_eq!(person.component(ONE).name, "S1");
    assert!(person.editor.undo_label().is_none());
    person.primary("y");
    assert_eq!(person.component(ONE).name, "Read API");
}

#[test]
fn leaving_the_field_ends_the_step() {
    let mut person = Person::with(chain(1));
    person.does(|editor| editor.rename(ONE, "A", 0.0).expect("it exists"));
    person.editor.end_typing();
    person.does(|editor| editor.rename(ONE, "AB", 10.0).expect("it exists"));
    person.primary("z");
    assert_eq!(person.component(ONE).name, "A");
}

#[test]
fn a_gesture_over_several_things_is_one_step_however_long_it_is() {
    let mut person = Person::with(chain(3));
    let before = person.text();
    person.does(|editor| editor.begin_gesture("Drag a slider"));
    for round in 0..500 {
        for id in 1..=3 {
            let component = ComponentId(id);
            let name = format!("round {round}");
            person.does(|editor| {
                editor
                    .apply(Change::SetName { component, name })
                    .expect("it exists")
            });
        }
    }
    person.does(|editor| editor.commit_gesture());
    assert_eq!(person.editor.undo_label(), Some("Drag a slider"));
    person.primary("z");
    assert_eq!(person.text(), before);
    assert!(person.editor.undo_label().is_none());
}

#[test]
fn a_cancelled_gesture_restores_document_and_selection() {
    let mut person = Person::with(chain(2));
    person.key("]");
    let before = person.text();
    let state = person.editor.state();
    person.does(|editor| editor.begin_gesture("Anything"));
    person.does(|editor| editor.delete_selection().expect("one is selected"));
    person.does(|editor| {
        editor
            .apply(Change::SetTitle("Gone".to_owned()))
            .expect("a title can be set")
    });
    person.does(|editor| editor.cancel_gesture());
    assert_eq!(person.text(), before);
    assert_eq!(person.editor.state(), state);
    assert_eq!(person.selected(), ONE);
}

#[test]
fn undo_while_a_gesture_is_open_takes_that_back_and_nothing_else() {
    let mut person = Person::with(chain(2));
    person.does(|editor| editor.rename(ONE, "Kept", 0.0).expect("it exists"));
    person.does(|editor| editor.begin_gesture("Slide"));
    person.does(|editor| editor.rename(ONE, "Lost", 5.0).expect("it exists"));
    person.primary("z");
    assert_eq!(person.component(ONE).name, "Kept");
    assert_eq!(person.editor.undo_label(), Some("Rename"));
}

#[test]
fn a_new_edit_forgets_what_was_undone() {
    let mut person = Person::with(chain(1));
    person.does(|editor| editor.rename(ONE, "A", 0.0).expect("it exists"));
    person.primary("z");
    assert!(person.editor.redo_label().is_some());
    person.does(|editor| editor.rename(ONE, "B", 0.0).expect("it exists"));
    assert!(person.editor.redo_label().is_none());
}

#[test]
fn a_refused_step_changes_nothing_even_when_its_beginning_was_possible() {
    let mut person = Person::with(chain(2));
    let before = person.text();
    let state = person.editor.state();
    let refusal = person.editor.commit(
        "Half",
        vec![
            Change::SetTitle("Half".to_owned()),
            Change::RemoveLink(LinkId(1)),
            Change::RemoveLink(LinkId(99)),
        ],
    );
    assert_eq!(refusal, Err(Refusal::NoLink(LinkId(99))));
    assert_eq!(person.text(), before);
    assert_eq!(person.editor.state(), state);
    assert!(person.editor.undo_label().is_none());
}

#[test]
fn nothing_dangles_whatever_is_asked() {
    let mut person = Person::with(chain(2));
    let refusals = [
        (Change::RemoveComponent(ONE), Refusal::StillLinked(ONE)),
        (Change::RemoveClass(ClassId(1)), Refusal::LastClass),
        (
            Change::SetMix {
                component: ONE,
                mix: vec![(ClassId(9), 1.0)],
            },
            Refusal::NoClass(ClassId(9)),
        ),
        (
            Change::Arrange {
                components: vec![(ONE, crate::harness::at(f64::NAN, 0.0))],
                zones: Vec::new(),
            },
            Refusal::NotANumber,
        ),
    ];
    for (change, refusal) in refusals {
        assert_eq!(person.editor.apply(change), Err(refusal));
    }
}

#[test]
fn a_setting_that_sets_nothing_leaves_no_step() {
    let mut person = Person::with(chain(1));
    person.does(|editor| editor.rename(ONE, "S1", 0.0).expect("it exists"));
    assert!(person.last.is_none());
    assert!(person.editor.undo_label().is_none());
}

#[test]
fn opening_a_drawing_can_be_undone() {
    let mut person = Person::with(chain(4));
    let before = person.text();
    person.does(|editor| editor.open(Scenario::default()));
    assert!(person.editor.scenario().components.is_empty());
    assert!(person.last.model && person.last.component_list && person.last.title);
    person.primary("z");
    assert_eq!(person.text(), before);
}

#[test]
fn history_is_bounded_and_the_oldest_steps_go_first() {
    let mut person = Person::with(chain(1));
    for number in 0..1_500 {
        let name = format!("name {number}");
        person
            .editor
            .apply(Change::SetName {
                component: ONE,
                name,
            })
            .map(drop)
            .expect("it exists");
    }
    let mut steps = 0;
    while person.editor.undo_label().is_some() {
        let _ = person.editor.undo();
        steps += 1;
    }
    assert_eq!(steps, 1_000);
    assert_eq!(person.component(ONE).name, "name 499");
    // Large steps count by their size.
    for number in 0..100 {
        let scenario = Box::new(chain(1_000 + number));
        let change = Change::ReplaceScenario(scenario);
        person.editor.apply(change).map(drop).expect("it is sound");
    }
    let mut steps = 0;
    while person.editor.undo_label().is_some() {
        let _ = person.editor.undo();
        steps += 1;
    }
    assert!((10..100).contains(&steps), "{steps} steps");
}

#[test]
fn a_renamed_part_or_changed_class_is_solved_again_but_a_title_is_not() {
    let mut person = Person::with(chain(1));
    person.does(|editor| {
        editor
            .apply(Change::SetTitle("Mine".to_owned()))
            .expect("a title can be set")
    });
    assert!(!person.last.model && person.last.document);
    person.does(|editor| editor.add_class(Operation::Write).expect("it can be added"));
    assert!(person.last.model && person.last.classes);
}

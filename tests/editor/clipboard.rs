//! Copy, paste, duplicate.

use crate::harness::{Person, at, chain};
use loadscape::editor::{Change, CommandId, Refusal};
use loadscape_sim::scenario::{
    Call, CallPlan, ClassId, ComponentId, CurvePoint, LinkId, Operation, PlanStep, RequestClass,
    Scenario,
};
use std::collections::BTreeSet;

#[test]
fn duplicates_keep_the_links_between_them_and_no_others() {
    let mut person = Person::with(chain(3));
    person.click(person.middle(ComponentId(1)));
    person.shift_click(person.middle(ComponentId(2)));
    person.primary("d");
    assert_eq!(
        person.linked_names(),
        [("S1", "S2"), ("S1 2", "S2 2"), ("S2", "S3")]
            .map(|(from, to)| (from.to_owned(), to.to_owned()))
    );
    assert_eq!(person.editor.selection().len(), 2);
    let ids: BTreeSet<u32> = person
        .editor
        .scenario()
        .components
        .iter()
        .map(|component| component.id.0)
        .collect();
    assert_eq!(ids.len(), 5);
    person.primary("z");
    assert_eq!(person.text(), Person::with(chain(3)).text());
}

#[test]
fn pasting_again_and_again_never_hides_one_copy_behind_another() {
    let mut person = Person::with(chain(1));
    person.primary("a");
    assert_eq!(person.primary("c"), Some(CommandId::Copy));
    let text = person.editor.copy().expect("something is selected");
    for _ in 0..5 {
        person.does(|editor| editor.paste(&text, None).expect("it can be pasted"));
    }
    let spots: BTreeSet<String> = person
        .editor
        .scenario()
        .components
        .iter()
        .map(|component| format!("{:?}", component.position))
        .collect();
    assert_eq!(spots.len(), 6);
    let names: BTreeSet<&str> = person
        .editor
        .scenario()
        .components
        .iter()
        .map(|component| component.name.as_str())
        .collect();
    assert_eq!(names.len(), 6);
}

#[test]
fn a_paste_lands_where_the_pointer_is() {
    let mut person = Person::with(chain(1));
    person.primary("a");
    let text = person.editor.copy().expect("something is selected");
    person.does(|editor| {
        editor
            .paste(&text, Some(at(800.0, 600.0)))
            .expect("it can be pasted")
    });
    let centre = person.component(person.newest()).centre();
    assert!((centre.x - 800.0).abs() <= 8.0 && (centre.y - 600.0).abs() <= 8.0);
}

#[test]
fn copied_plans_speak_of_the_copied_links() {
    let mut person = Person::with(chain(3));
    let steps = [1, 99]
        .map(|link| PlanStep {
            calls: vec![Call::once(LinkId(link))],
        })
        .to_vec();
    person.does(|editor| {
        editor
            .set_plan(
                ComponentId(1),
                ClassId(1),
                Some(CallPlan {
                    class: ClassId(1),
                    steps: steps[..1].to_vec(),
                }),
            )
            .expect("the plan is sound")
    });
    person.primary("a");
    person.primary("d");
    let copy = person
        .editor
        .scenario()
        .components
        .iter()
        .find(|component| component.name == "S1 2")
        .expect("it was copied");
    let called = copy.plans[0].steps[0].calls[0].link;
    assert_eq!(person.editor.link(called).expect("it exists").from, copy.id);
    // Alone, the copy has no such link, and falls back to the inferred plan.
    person.click(person.middle(ComponentId(1)));
    person.primary("d");
    assert!(person.component(person.newest()).plans.is_empty());
}

#[test]
fn a_paste_from_another_drawing_brings_the_classes_it_speaks_of() {
    let mut source = chain(1);
    source
        .classes
        .push(RequestClass::new(ClassId(7), "upload", Operation::Write));
    source.components[0].mix = vec![(ClassId(1), 1.0), (ClassId(7), 2.0)];
    let mut from = Person::with(source);
    from.primary("a");
    let text = from.editor.copy().expect("something is selected");
    let mut person = Person::at_an_empty_canvas();
    person.does(|editor| editor.paste(&text, None).expect("it can be pasted"));
    let scenario = person.editor.scenario();
    assert_eq!(scenario.classes.len(), 2);
    let upload = scenario.classes[1].id;
    assert_eq!(
        scenario.components[0].mix,
        [(ClassId(1), 1.0), (upload, 2.0)]
    );
    person.primary("z");
    assert_eq!(*person.editor.scenario(), Scenario::default());
}

#[test]
fn strange_text_is_refused_and_changes_nothing() {
    let mut person = Person::with(chain(1));
    let before = person.text();
    for text in ["", "hello", "{}", "[1,2]", "{\"components\":[]}", "\u{0}"] {
        assert!(matches!(
            person.editor.paste(text, None),
            Err(Refusal::Clipboard(_))
        ));
    }
    assert_eq!(person.text(), before);
    assert!(person.editor.copy().is_none(), "nothing is selected");
}

#[test]
fn ids_at_the_end_of_their_range_are_no_obstacle() {
    let mut scenario = chain(2);
    scenario.components[1].id = ComponentId(u32::MAX);
    scenario.links[0].to = ComponentId(u32::MAX);
    let mut person = Person::with(scenario);
    let kind = loadscape_sim::catalog::Kind::Cache;
    person.does(|editor| editor.add_part(kind).expect("there is an id left"));
    assert_eq!(person.newest(), ComponentId(2));
    person.primary("a");
    person.primary("d");
}

#[test]
fn a_curve_is_copied_and_undone_and_never_one_that_goes_back_in_time() {
    let point = |seconds, per_second| CurvePoint {
        seconds,
        per_second,
    };
    let id = ComponentId(1);
    let mut person = Person::with(chain(1));
    let set = |curve| Change::SetCurve {
        component: id,
        curve,
    };
    let curve = vec![point(0.0, 5.0), point(60.0, 20.0)];
    person.does(|editor| {
        editor
            .apply(set(curve.clone()))
            .expect("it can be followed")
    });
    for wrong in [
        vec![point(5.0, 1.0), point(5.0, 1.0)],
        vec![point(-1.0, 1.0)],
        vec![point(0.0, f64::NAN)],
    ] {
        let refused = person.editor.apply(set(wrong));
        assert!(
            matches!(refused, Err(Refusal::OutOfRange(_))),
            "{refused:?}"
        );
    }
    person.primary("a");
    person.primary("d");
    assert_eq!(person.component(person.newest()).curve, curve);
    assert_eq!(person.component(id).curve, curve);
    person.does(|editor| editor.undo());
    person.does(|editor| editor.undo());
    assert!(person.component(id).curve.is_empty());
    person.does(|editor| editor.redo());
    assert_eq!(person.component(id).curve, curve);
}

//! Call plans and classes: deleting what they speak of leaves nothing dangling.

use crate::harness::{Person, chain};
use loadscape::editor::{Change, Item, Refusal};
use loadscape_sim::scenario::{
    Call, CallPlan, ClassId, ComponentId, LinkId, Objective, Operation, PlanStep, Target,
};

const ONE: ComponentId = ComponentId(1);

fn plan(class: u32, links: &[u32]) -> CallPlan {
    CallPlan {
        class: ClassId(class),
        steps: links
            .iter()
            .map(|link| PlanStep {
                calls: vec![Call::once(LinkId(*link))],
            })
            .collect(),
    }
}

#[test]
fn deleting_a_link_takes_its_calls_out_of_the_plan_and_undo_puts_them_back() {
    let mut person = Person::with(chain(3));
    person.does(|editor| {
        editor
            .connect(ONE, ComponentId(3))
            .expect("it means something")
    });
    let link = person.editor.scenario().links.last().expect("it is new").id;
    person.does(|editor| {
        editor
            .set_plan(ONE, ClassId(1), Some(plan(1, &[1, link.0])))
            .expect("the plan is sound")
    });
    let before = person.text();
    assert_eq!(
        person.editor.apply(Change::RemoveLink(link)),
        Err(Refusal::StillCalled(link))
    );
    person.does(|editor| editor.select_only(Item::Link(link)));
    person.key("Delete");
    assert_eq!(person.component(ONE).plans, [plan(1, &[1])]);
    person.primary("z");
    assert_eq!(person.text(), before);
}

#[test]
fn deleting_a_class_deletes_every_mention_of_it_and_undo_puts_all_back() {
    let mut person = Person::with(chain(3));
    person.does(|editor| editor.add_class(Operation::Write).expect("it can be added"));
    let class = person.editor.scenario().classes[1].id;
    let mut only = person.editor.link(LinkId(1)).expect("it exists").clone();
    only.classes = vec![class];
    let mut also = person.editor.link(LinkId(2)).expect("it exists").clone();
    also.classes = vec![ClassId(1), class];
    let changes = vec![
        Change::SetLink(only),
        Change::SetLink(also),
        Change::SetMix {
            component: ONE,
            mix: vec![(ClassId(1), 3.0), (class, 1.0)],
        },
        Change::SetPlans {
            component: ONE,
            plans: vec![plan(1, &[1]), plan(class.0, &[1])],
        },
        Change::InsertObjective {
            index: 0,
            objective: Objective {
                class: Some(class),
                target: Target::P99AtMostSeconds(0.2),
            },
        },
    ];
    person.does(|editor| editor.commit("Set up", changes).expect("it is sound"));
    let before = person.text();
    assert_eq!(
        person.editor.apply(Change::RemoveClass(class)),
        Err(Refusal::StillUsed(class))
    );
    person.does(|editor| editor.delete_class(class).expect("another one is left"));
    let scenario = person.editor.scenario();
    assert_eq!(scenario.classes.len(), 1);
    assert!(scenario.objectives.is_empty());
    assert!(
        person.editor.link(LinkId(1)).is_none(),
        "left behind, it would carry every class"
    );
    assert_eq!(
        person.editor.link(LinkId(2)).expect("it stays").classes,
        [ClassId(1)]
    );
    assert_eq!(person.component(ONE).mix, [(ClassId(1), 3.0)]);
    assert_eq!(person.component(ONE).plans, [plan(1, &[])]);
    assert_eq!(
        person.editor.delete_class(ClassId(1)),
        Err(Refusal::LastClass)
    );
    person.primary("z");
    assert_eq!(person.text(), before);
}

#[test]
fn what_a_caller_had_planned_along_a_line_goes_with_the_line_s_end() {
    let mut person = Person::with(chain(3));
    person.does(|editor| {
        editor
            .set_plan(ONE, ClassId(1), Some(plan(1, &[1])))
            .expect("it is sound")
    });
    person.does(|editor| {
        editor
            .plug_in(LinkId(1), ComponentId(3), ComponentId(2))
            .expect("it means something")
    });
    let planned = |person: &Person| -> usize {
        let plans = &person.component(ONE).plans;
        plans.iter().map(|plan| plan.steps.len()).sum()
    };
    assert_eq!(planned(&person), 0);
    person.does(|editor| editor.undo());
    assert_eq!(planned(&person), 1);
}

//! A proposed change of the design as changes of the document, so that it can be undone like any other; it judges nothing.

use super::Change;
use loadscape_sim::insight::Edit;
use loadscape_sim::scenario::Scenario;

/// The changes that make this edit in this document, in order.
pub fn changes(scenario: &Scenario, edit: &Edit) -> Vec<Change> {
    let mut found = Vec::new();
    let mut ends = (scenario.components.len(), scenario.links.len());
    gather(edit, &mut ends, &mut found);
    found
}

/// `ends`: how many components and links there are by then.
fn gather(edit: &Edit, ends: &mut (usize, usize), found: &mut Vec<Change>) {
    match edit {
        Edit::Set {
            component,
            parameter,
            value,
        } => found.push(Change::SetParameter {
            component: *component,
            parameter: *parameter,
            value: Some(*value),
        }),
        Edit::Add { component, links } => {
            found.push(Change::InsertComponent {
                index: ends.0,
                component: Box::new(component.clone()),
            });
            ends.0 += 1;
            for link in links {
                found.push(Change::InsertLink {
                    index: ends.1,
                    link: link.clone(),
                });
                ends.1 += 1;
            }
        }
        Edit::Link(link) => found.push(Change::SetLink(link.clone())),
        Edit::Move {
            component,
            position,
        } => found.push(Change::Arrange {
            components: vec![(*component, *position)],
            zones: Vec::new(),
        }),
        Edit::Plans { component, plans } => found.push(Change::SetPlans {
            component: *component,
            plans: plans.clone(),
        }),
        Edit::Several(edits) => edits.iter().for_each(|edit| gather(edit, ends, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::Editor;
    use loadscape_sim::analysis::analyse;
    use loadscape_sim::builtin::builtin;
    use loadscape_sim::insight::{Subject, remedies};
    use loadscape_sim::scenario::read;
    use loadscape_sim::steady::Solver;

    #[test]
    fn every_remedy_is_one_step_that_makes_the_very_design_that_was_solved_and_is_undone() {
        let mut made = 0;
        for built_in in builtin() {
            let scenario = read(built_in.text()).scenario.expect("it is sound");
            let analysis = analyse(&scenario);
            let mut solver = Solver::new();
            let class = scenario.classes[0].id;
            for subject in [Subject::Bottleneck, Subject::Cost, Subject::Latency(class)] {
                for remedy in remedies(&mut solver, &scenario, &analysis, subject) {
                    let mut expected = scenario.clone();
                    remedy.edit.apply(&mut expected);
                    let mut editor = Editor::new(scenario.clone());
                    let changes = changes(editor.scenario(), &remedy.edit);
                    let _ = editor
                        .commit(&remedy.title, changes)
                        .unwrap_or_else(|refusal| panic!("{}: {refusal}", remedy.title));
                    assert_eq!(*editor.scenario(), expected, "{}", remedy.title);
                    let _ = editor.undo();
                    assert_eq!(*editor.scenario(), scenario, "{}", remedy.title);
                    made += 1;
                }
            }
        }
        assert!(made > 30, "{made}");
    }
}

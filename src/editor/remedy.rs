//! A proposed change of the design as changes of the document, so that it can be undone like any other; it judges nothing.

use super::Change;
use loadscape_sim::insight::Edit;
use loadscape_sim::scenario::Scenario;

/// The changes that make this edit in this document, in order.
pub fn changes(scenario: &Scenario, edit: &Edit) -> Vec<Change> {
    let mut found = Vec::new();
    let mut ends = Ends {
        components: scenario.components.len(),
        links: scenario.links.len(),
        zones: scenario.zones.len(),
    };
    gather(edit, &mut ends, &mut found);
    found
}

/// How many of each there are by then.
struct Ends {
    components: usize,
    links: usize,
    zones: usize,
}

fn gather(edit: &Edit, ends: &mut Ends, found: &mut Vec<Change>) {
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
                index: ends.components,
                component: Box::new(component.clone()),
            });
            ends.components += 1;
            for link in links {
                found.push(Change::InsertLink {
                    index: ends.links,
                    link: link.clone(),
                });
                ends.links += 1;
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
        Edit::Zone(zone) => {
            found.push(Change::InsertZone {
                index: ends.zones,
                zone: zone.clone(),
            });
            ends.zones += 1;
        }
        Edit::Rezone(zone) => found.push(Change::Arrange {
            components: Vec::new(),
            zones: vec![(zone.id, zone.rectangle)],
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
    use loadscape_sim::insight::{Subject, remedies, security};
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

    #[test]
    fn a_fix_is_what_it_says_in_one_step_and_undone_in_one() {
        let mut fixed = 0;
        for stage in builtin() {
            let scenario = read(stage.text()).scenario.expect("it can be read");
            let report = analyse(&scenario).report;
            for finding in security(&scenario, &report) {
                let Some(fix) = finding.fix else {
                    continue;
                };
                let mut wanted = scenario.clone();
                fix.edit.apply(&mut wanted);
                let mut editor = Editor::new(scenario.clone());
                let made = changes(&scenario, &fix.edit);
                let _ = editor.commit(&fix.title, made).expect("it can be made");
                assert_eq!(editor.scenario(), &wanted, "{}", fix.title);
                let _ = editor.undo();
                assert_eq!(editor.scenario(), &scenario, "{}", fix.title);
                fixed += 1;
            }
        }
        assert!(fixed >= 15, "only {fixed}");
    }
}

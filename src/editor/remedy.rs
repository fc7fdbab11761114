//! A proposed change of the design as changes of the document, so that it can be undone like any other; it judges nothing.

use super::effects::Effects;
use super::geometry::{bounds, node_rectangle};
use super::refusal::Refusal;
use super::{Change, Editor};
use loadscape_sim::insight::Edit;
use loadscape_sim::scenario::{ComponentId, Fault, Link, LinkId, Rectangle, Scenario};

/// The changes that make this edit in this document, in order.
pub fn changes(scenario: &Scenario, edit: &Edit) -> Vec<Change> {
    let mut found = Vec::new();
    gather(edit, &mut scenario.clone(), &mut found);
    found
}

/// Makes this edit as one step, and brings what it adds or moves into view: all of the drawing where all of it was in sight, or where what is new
/// doesn't fit otherwise.
///
/// # Errors
/// While something is being dragged, or when the drawing is full.
pub fn make(editor: &mut Editor, title: &str, edit: &Edit) -> Result<Effects, Refusal> {
    let changes = changes(editor.scenario(), edit);
    let fitted = editor.fits();
    let nodes = changes.iter().flat_map(|change| match change {
        Change::InsertComponent { component, .. } => vec![node_rectangle(component.position)],
        Change::Arrange { components, .. } => {
            let places = components.iter();
            places.map(|(_, place)| node_rectangle(*place)).collect()
        }
        _ => Vec::new(),
    });
    let new: Option<Rectangle> = bounds(nodes.collect::<Vec<_>>());
    let mut effects = editor.commit(title, changes)?;
    if let Some(new) = new {
        effects.merge(editor.bring_into_view(new, fitted));
    }
    Ok(effects)
}

/// Adds what an edit takes to make of the document as it is by then, and makes it.
fn gather(edit: &Edit, now: &mut Scenario, found: &mut Vec<Change>) {
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
                index: now.components.len(),
                component: Box::new(component.clone()),
            });
            let places = now.links.len()..;
            found.extend(places.zip(links).map(|(index, link)| Change::InsertLink {
                index,
                link: link.clone(),
            }));
        }
        Edit::Link(link) => found.push(Change::SetLink(link.clone())),
        Edit::Connect(link) => found.push(Change::InsertLink {
            index: now.links.len(),
            link: link.clone(),
        }),
        Edit::Cut(id) => removal(now, None, |link| link.id == *id, found),
        Edit::Remove(id) => removal(
            now,
            Some(*id),
            |link| link.from == *id || link.to == *id,
            found,
        ),
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
        Edit::Zone(zone) => found.push(Change::InsertZone {
            index: now.zones.len(),
            zone: zone.clone(),
        }),
        Edit::Rezone(zone) => found.push(Change::Arrange {
            components: Vec::new(),
            zones: vec![(zone.id, zone.rectangle)],
        }),
        Edit::Several(edits) => {
            edits.iter().for_each(|edit| gather(edit, now, found));
            return;
        }
    }
    edit.apply(now);
}

/// What takes these links and this part away, in an order in which nothing is left dangling.
fn removal(
    now: &Scenario,
    component: Option<ComponentId>,
    is_meant: impl Fn(&Link) -> bool,
    found: &mut Vec<Change>,
) {
    let links = now.links.iter().filter(|link| is_meant(link));
    let links: Vec<LinkId> = links.map(|link| link.id).collect();
    for caller in &now.components {
        let mut plans = caller.plans.clone();
        for plan in &mut plans {
            for step in &mut plan.steps {
                step.calls.retain(|call| !links.contains(&call.link));
            }
            plan.steps.retain(|step| !step.calls.is_empty());
        }
        if plans != caller.plans {
            found.push(Change::SetPlans {
                component: caller.id,
                plans,
            });
        }
    }
    let faults = now.faults.iter().enumerate().rev();
    let speaks = |fault: &Fault| {
        component.is_some_and(|id| fault.speaks_of_component(id))
            || links.iter().any(|link| fault.speaks_of_link(*link))
    };
    let faults = faults.filter(|(_, fault)| speaks(fault));
    found.extend(faults.map(|(index, _)| Change::RemoveFault(index)));
    found.extend(links.iter().map(|link| Change::RemoveLink(*link)));
    found.extend(component.map(Change::RemoveComponent));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::Editor;
    use crate::editor::viewport::Canvas;
    use loadscape_sim::analysis::analyse;
    use loadscape_sim::builtin::builtin;
    use loadscape_sim::catalog::Kind;
    use loadscape_sim::insight::{Subject, remedies, security};
    use loadscape_sim::scenario::{
        Call, CallPlan, ComponentFault, Incident, LinkFault, PlanStep, read,
    };
    use loadscape_sim::steady::Solver;

    #[test]
    fn every_remedy_is_one_step_that_makes_the_very_design_that_was_solved_and_is_undone() {
        let mut made = 0;
        for built_in in builtin() {
            let scenario = read(built_in.text()).scenario.expect("it is sound");
            let analysis = analyse(&scenario);
            let mut solver = Solver::new();
            let class = scenario.classes[0].id;
            for subject in [
                Subject::Bottleneck,
                Subject::Cost,
                Subject::Latency(class),
                Subject::Availability(None),
                Subject::StaleReads(None),
                Subject::Completion(None),
                Subject::LeftOpen,
                Subject::Complexity,
            ] {
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
        assert!(made > 80, "{made}");
    }

    #[test]
    fn what_is_taken_away_goes_with_its_calls_and_faults_and_comes_back_with_them() {
        let built_in = loadscape_sim::builtin::named("stage-3").expect("it is built in");
        let mut scenario = read(built_in.text()).scenario.expect("it is sound");
        let (link, from) = {
            let link = (scenario.links.iter()).find(|link| {
                let called = scenario.component(link.to);
                called.is_some_and(|called| called.kind == Kind::Cache)
            });
            let link = link.expect("somebody asks the cache");
            (link.id, link.from)
        };
        let cache = scenario.link(link).expect("it is drawn").to;
        let class = scenario.classes[0].id;
        let caller = scenario.components.iter_mut().find(|own| own.id == from);
        caller.expect("it is drawn").plans = vec![CallPlan {
            class,
            steps: vec![PlanStep {
                calls: vec![Call::once(link)],
            }],
        }];
        let fault = |incident| Fault {
            start_seconds: 1.0,
            duration_seconds: Some(1.0),
            incident,
        };
        let kill = ComponentFault::Kill { instances: None };
        scenario.faults = vec![
            fault(Incident::Component {
                id: from,
                what: kill,
            }),
            fault(Incident::Component {
                id: cache,
                what: kill,
            }),
            fault(Incident::Link {
                id: link,
                what: LinkFault::Drop { probability: 0.5 },
            }),
        ];
        for edit in [
            Edit::Remove(cache),
            Edit::Cut(link),
            Edit::Several(vec![
                Edit::Cut(link),
                Edit::Connect(Link::new(scenario.next_link_id(), from, cache)),
                Edit::Remove(cache),
            ]),
        ] {
            let mut wanted = scenario.clone();
            edit.apply(&mut wanted);
            assert!(wanted.link(link).is_none() && wanted.faults.len() < 3);
            let mut editor = Editor::new(scenario.clone());
            let made = changes(&scenario, &edit);
            let _ = editor.commit("Change", made).expect("it can be made");
            assert_eq!(editor.scenario(), &wanted);
            let _ = editor.undo();
            assert_eq!(editor.scenario(), &scenario);
        }
    }

    #[test]
    fn what_is_added_is_brought_into_view() {
        let canvas = Canvas {
            width: 900.0,
            height: 600.0,
            ..Canvas::default()
        };
        let mut brought = 0;
        for stage in builtin() {
            let scenario = read(stage.text()).scenario.expect("it can be read");
            let report = analyse(&scenario).report;
            for fix in security(&scenario, &report)
                .into_iter()
                .filter_map(|own| own.fix)
            {
                for fitted in [true, false] {
                    let mut editor = Editor::new(scenario.clone());
                    let _ = editor.set_canvas(canvas);
                    let _ = editor.zoom_to_fit();
                    if !fitted {
                        // Somebody looks at the upper left corner from near by.
                        let at = editor.canvas().centre();
                        let _ = editor.zoom_about(at, 2.0);
                        let _ = editor.pan_by(300.0, 200.0);
                    }
                    let _ = make(&mut editor, &fix.title, &fix.edit).expect("it can be made");
                    let visible = editor.viewport().visible(editor.canvas());
                    let is_new = |id| scenario.component(id).is_none();
                    let after = editor.scenario().components.iter();
                    let new: Vec<_> = after.filter(|part| is_new(part.id)).collect();
                    for part in &new {
                        assert!(
                            visible.contains(part.centre()),
                            "{}: {}",
                            fix.title,
                            part.name
                        );
                    }
                    assert!(!fitted || new.is_empty() || editor.fits(), "{}", fix.title);
                    brought += new.len();
                }
            }
        }
        assert!(brought >= 20, "{brought}");
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

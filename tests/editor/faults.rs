//! Faults go with what they happen to, come back with it exactly, and are left alone by everything else.

use crate::harness::{Person, chain};
use loadscape::editor::{Change, Editor, Item, Refusal, Selection};
use loadscape_sim::catalog::ZoneKind;
use loadscape_sim::scenario::{
    ComponentFault, ComponentId, Fault, Incident, LinkFault, LinkId, Rectangle, Zone, ZoneFault,
    ZoneId,
};
use std::collections::BTreeMap;

fn fault(start_seconds: f64, incident: Incident) -> Fault {
    Fault {
        start_seconds,
        duration_seconds: Some(30.0),
        incident,
    }
}

/// Three parts in a row and two zones; each fault begins at its number in seconds.
fn faulty() -> Person {
    let mut scenario = chain(3);
    for id in [1, 2] {
        scenario.zones.push(Zone {
            id: ZoneId(id),
            kind: ZoneKind::Region,
            name: format!("Zone {id}"),
            rectangle: Rectangle {
                x: 2_000.0,
                y: f64::from(id) * 300.0,
                width: 200.0,
                height: 200.0,
            },
            parameters: BTreeMap::new(),
        });
    }
    let kill = |id| Incident::Component {
        id: ComponentId(id),
        what: ComponentFault::Kill { instances: None },
    };
    let cut = |id| Incident::Link {
        id: LinkId(id),
        what: LinkFault::Drop { probability: 1.0 },
    };
    let part = |id, from: Option<u32>| Incident::Zone {
        id: ZoneId(id),
        what: ZoneFault::Partition {
            from: from.map(ZoneId),
        },
    };
    let incidents = [
        kill(1),
        cut(1),
        part(1, None),
        kill(2),
        part(1, Some(2)),
        cut(2),
        kill(1),
    ];
    for (place, incident) in incidents.into_iter().enumerate() {
        scenario.faults.push(fault(place as f64, incident));
    }
    Person::with(scenario)
}

/// When the faults that are left begin.
fn left(editor: &Editor) -> Vec<f64> {
    let faults = editor.scenario().faults.iter();
    faults.map(|fault| fault.start_seconds).collect()
}

#[test]
fn deleting_a_part_a_link_or_a_zone_takes_its_faults_along_and_undo_brings_them_back() {
    let doomed = [
        // The part's link goes as well, and with it the link's fault.
        (Item::Component(ComponentId(1)), vec![2.0, 3.0, 4.0, 5.0]),
        (Item::Link(LinkId(2)), vec![0.0, 1.0, 2.0, 3.0, 4.0, 6.0]),
        (Item::Zone(ZoneId(2)), vec![0.0, 1.0, 2.0, 3.0, 5.0, 6.0]),
        (Item::Zone(ZoneId(1)), vec![0.0, 1.0, 3.0, 5.0, 6.0]),
    ];
    for (item, expected) in doomed {
        let mut person = faulty();
        let before = person.text();
        let selection: Selection = [item].into_iter().collect();
        person.does(|editor| editor.select(selection));
        person.key("Delete");
        assert_eq!(left(&person.editor), expected, "{item:?}");
        let after = person.text();
        person.does(|editor| editor.undo());
        assert_eq!(person.text(), before, "{item:?}");
        person.does(|editor| editor.redo());
        assert_eq!(person.text(), after, "{item:?}");
    }
}

#[test]
fn what_a_fault_happens_to_is_not_removed_from_under_it() {
    let mut person = faulty();
    let removals = [Change::RemoveLink(LinkId(2)), Change::RemoveZone(ZoneId(2))];
    for removal in removals {
        assert_eq!(person.editor.apply(removal), Err(Refusal::StillFaulty));
    }
    let elsewhere = fault(
        1.0,
        Incident::Component {
            id: ComponentId(77),
            what: ComponentFault::Kill { instances: None },
        },
    );
    assert_eq!(
        person.editor.apply(Change::InsertFault {
            index: 0,
            fault: elsewhere
        }),
        Err(Refusal::NoComponent(ComponentId(77)))
    );
    assert_eq!(
        person.editor.apply(Change::RemoveFault(7)),
        Err(Refusal::NoFault(7))
    );
}

#[test]
fn copies_have_no_faults_and_originals_keep_theirs() {
    let mut person = faulty();
    let before = left(&person.editor);
    person.does(|editor| editor.select_all());
    let text = person.editor.copy().expect("something is selected");
    person.does(|editor| editor.paste(&text, None).expect("it can be pasted"));
    person.does(|editor| editor.duplicate().expect("something is selected"));
    assert_eq!(left(&person.editor), before);
    assert_eq!(person.editor.scenario().components.len(), 9);
}

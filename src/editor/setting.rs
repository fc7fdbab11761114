//! One setting of a design as a change of the document, so that it can be undone like any other; what it may be is the setting's to say.

use super::Change;
use loadscape_sim::catalog::Value;
use loadscape_sim::insight::Setting;
use loadscape_sim::scenario::Scenario;

/// The change that gives a setting this value; `None` where the document has no such setting.
pub fn setting_change(scenario: &Scenario, setting: Setting, value: Value) -> Option<Change> {
    let mut changed = scenario.clone();
    setting.set(&mut changed, value);
    Some(match setting {
        Setting::Component(component, parameter) => Change::SetParameter {
            component,
            parameter,
            value: (changed.component(component)?.parameters)
                .get(&parameter)
                .copied(),
        },
        Setting::Zone(id, _) => {
            let mut zones = changed.zones.into_iter();
            let zone = zones.find(|zone| zone.id == id)?;
            Change::SetZone {
                zone: id,
                kind: zone.kind,
                name: zone.name,
                parameters: zone.parameters,
            }
        }
        Setting::Class(id, _) => Change::SetClass(changed.class(id)?.clone()),
        Setting::Mix(component, _) => Change::SetMix {
            component,
            mix: changed.component(component)?.mix.clone(),
        },
        Setting::Link(id, _) => Change::SetLink(changed.link(id)?.clone()),
        Setting::Call(place, _) => Change::SetPlans {
            component: place.component,
            plans: changed.component(place.component)?.plans.clone(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::Editor;
    use loadscape_sim::builtin::builtin;
    use loadscape_sim::catalog::ZoneKind;
    use loadscape_sim::insight::{Owner, values_to_try};
    use loadscape_sim::scenario::{Rectangle, Zone, ZoneId, read, write};
    use std::collections::BTreeMap;

    #[test]
    fn every_setting_of_every_built_in_is_set_as_one_step_and_taken_back() {
        let mut made = [0; 6];
        for built_in in builtin() {
            let mut scenario = read(built_in.text()).scenario.expect("it is sound");
            scenario.zones.push(Zone {
                id: ZoneId(1000),
                kind: ZoneKind::Region,
                name: "Europe".to_owned(),
                rectangle: Rectangle {
                    x: -1e4,
                    y: -1e4,
                    width: 1.0,
                    height: 1.0,
                },
                parameters: BTreeMap::new(),
            });
            for owner in Owner::all(&scenario) {
                for setting in owner
                    .settings(&scenario)
                    .into_iter()
                    .flat_map(|own| own.settings)
                {
                    let here = setting.value(&scenario).expect("it is there");
                    let domain = setting.domain(&scenario).expect("it is there");
                    let values = values_to_try(domain, here, 5);
                    let Some(other) = values.into_iter().find(|value| *value != here) else {
                        panic!("{setting:?} could be something else");
                    };
                    let mut editor = Editor::new(scenario.clone());
                    let change = setting_change(&scenario, setting, other).expect("it is there");
                    let _ = editor
                        .apply(change)
                        .unwrap_or_else(|refusal| panic!("{setting:?}: {refusal}"));
                    let mut expected = scenario.clone();
                    setting.set(&mut expected, other);
                    assert_eq!(*editor.scenario(), expected, "{setting:?}");
                    assert_eq!(setting.value(editor.scenario()), Some(other), "{setting:?}");
                    // What is set is still there when it is read again.
                    let again = read(&write(&expected)).scenario.expect("it is sound");
                    assert_eq!(setting.value(&again), Some(other), "{setting:?}");
                    let _ = editor.undo();
                    assert_eq!(*editor.scenario(), scenario, "{setting:?}");
                    made[match setting {
                        Setting::Component(..) => 0,
                        Setting::Zone(..) => 1,
                        Setting::Class(..) => 2,
                        Setting::Mix(..) => 3,
                        Setting::Link(..) => 4,
                        Setting::Call(..) => 5,
                    }] += 1;
                }
            }
        }
        assert!(made.iter().all(|count| *count > 0), "{made:?}");
    }
}

//! Whose settings there are: everything of a design that can be turned, found by what it belongs to.

use super::{CallPlace, Setting};
use crate::catalog::{self, Kind};
use crate::scenario::{
    CALL_NUMBERS, CLASS_NUMBERS, ClassId, Component, ComponentId, LINK_NUMBERS, LinkId, Scenario,
    ZoneId,
};

/// Whose settings they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A part's: its parameters, what it sends, and its calls.
    Component(ComponentId),
    /// A link's.
    Link(LinkId),
    /// A request class's.
    Class(ClassId),
    /// A zone's.
    Zone(ZoneId),
}

/// Settings that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingGroup {
    /// What they are; `None` where the owner says it all.
    pub title: Option<String>,
    /// Which.
    pub settings: Vec<Setting>,
}

impl Owner {
    /// Everything of the document that has settings: parts, links, classes, zones, each in the document's order.
    pub fn all(scenario: &Scenario) -> Vec<Owner> {
        let parts = scenario.components.iter();
        let links = scenario.links.iter();
        let classes = scenario.classes.iter();
        let zones = (scenario.zones.iter())
            .filter(|zone| !catalog::zone_specification(zone.kind).parameters.is_empty());
        (parts.map(|part| Owner::Component(part.id)))
            .chain(links.map(|link| Owner::Link(link.id)))
            .chain(classes.map(|class| Owner::Class(class.id)))
            .chain(zones.map(|zone| Owner::Zone(zone.id)))
            .collect()
    }

    /// What it is called, e.g. "Users" or "Users → Gateway"; `None` where it isn't there any more.
    pub fn name(self, scenario: &Scenario) -> Option<String> {
        Some(match self {
            Owner::Component(id) => scenario.component(id)?.name.clone(),
            Owner::Link(id) => {
                let link = scenario.link(id)?;
                let (from, to) = (scenario.component(link.from)?, scenario.component(link.to)?);
                format!("{} → {}", from.name, to.name)
            }
            Owner::Class(id) => scenario.class(id)?.name.clone(),
            Owner::Zone(id) => scenario.zone(id)?.name.clone(),
        })
    }

    /// What of it can be turned as it stands, without what has no effect as the rest stands.
    pub fn settings(self, scenario: &Scenario) -> Vec<SettingGroup> {
        let group =
            |title: Option<String>, settings: Vec<Setting>| SettingGroup { title, settings };
        let mut groups = match self {
            Owner::Component(id) => match scenario.component(id) {
                Some(part) => of_part(scenario, part),
                None => Vec::new(),
            },
            Owner::Link(id) => {
                let all = LINK_NUMBERS.iter();
                vec![group(None, all.map(|own| Setting::Link(id, own)).collect())]
            }
            Owner::Class(id) => {
                let all = CLASS_NUMBERS.iter();
                vec![group(
                    None,
                    all.map(|own| Setting::Class(id, own)).collect(),
                )]
            }
            Owner::Zone(id) => {
                let parameters = scenario.zone(id).map_or(&[][..], |own| {
                    catalog::zone_specification(own.kind).parameters
                });
                let all = parameters.iter();
                let all = all.map(|own| Setting::Zone(id, own.parameter));
                vec![group(None, all.collect())]
            }
        };
        groups.retain(|group| !group.settings.is_empty());
        groups
    }
}

fn of_part(scenario: &Scenario, part: &Component) -> Vec<SettingGroup> {
    let parameters = catalog::specification(part.kind).parameters.iter();
    let applying = parameters.filter(|own| part.applies(own.parameter));
    let mut groups = vec![SettingGroup {
        title: None,
        settings: applying
            .map(|own| Setting::Component(part.id, own.parameter))
            .collect(),
    }];
    if part.kind == Kind::Clients {
        let classes = scenario.classes.iter();
        groups.push(SettingGroup {
            title: Some("What they send".to_owned()),
            settings: classes
                .map(|class| Setting::Mix(part.id, class.id))
                .collect(),
        });
    }
    if part.kind.plans_calls() {
        for class in &scenario.classes {
            groups.push(SettingGroup {
                title: Some(format!("Calls for {}", class.name)),
                settings: calls(scenario, part.id, class.id),
            });
        }
    }
    groups
}

/// The numbers of every call that a part makes for a class.
fn calls(scenario: &Scenario, component: ComponentId, class: ClassId) -> Vec<Setting> {
    let all = CallPlace::all(scenario, component, class).into_iter();
    all.flat_map(|(place, call)| {
        let numbers = CALL_NUMBERS.iter();
        let there = numbers.filter(move |number| number.of(&call).is_some());
        there.map(move |number| Setting::Call(place, number))
    })
    .collect()
}

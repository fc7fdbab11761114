//! Questions about a document that an editor asks: free ids, the zones around a point, whether a parameter has an effect.

use super::limits;
use super::{ClassId, Component, ComponentId, Link, LinkId, Point, Scenario, Zone, ZoneId};
use crate::catalog::{self, Choice, Condition, Kind, LinkMeaning, Parameter, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The smallest number above all of these, from 1; a gap when the largest is taken.
fn next(used: impl Iterator<Item = u32> + Clone) -> u32 {
    match used.clone().max() {
        None => 1,
        Some(largest) => largest.checked_add(1).unwrap_or_else(|| {
            let used: BTreeSet<u32> = used.collect();
            (1..u32::MAX).find(|id| !used.contains(id)).unwrap_or(0)
        }),
    }
}

impl Scenario {
    /// An id that no component has.
    pub fn next_component_id(&self) -> ComponentId {
        ComponentId(next(self.components.iter().map(|component| component.id.0)))
    }

    /// An id that no link has.
    pub fn next_link_id(&self) -> LinkId {
        LinkId(next(self.links.iter().map(|link| link.id.0)))
    }

    /// An id that no zone has.
    pub fn next_zone_id(&self) -> ZoneId {
        ZoneId(next(self.zones.iter().map(|zone| zone.id.0)))
    }

    /// An id that no request class has.
    pub fn next_class_id(&self) -> ClassId {
        ClassId(next(self.classes.iter().map(|class| class.id.0)))
    }

    /// A name that no component has: the kind's label, numbered from the second on.
    pub fn next_component_name(&self, kind: crate::catalog::Kind) -> String {
        let label = catalog::specification(kind).label;
        let taken: BTreeSet<&str> = self
            .components
            .iter()
            .map(|component| component.name.as_str())
            .collect();
        if !taken.contains(label) {
            return label.to_owned();
        }
        // One more number than there are names: one of them is free.
        let mut numbered = (2..taken.len() + 3).map(|number| format!("{label} {number}"));
        numbered
            .find(|name| !taken.contains(name.as_str()))
            .unwrap_or_else(|| label.to_owned())
    }

    /// Client populations with a fixed number of users that are one too many to be solved and so send nothing, in drawing order.
    pub fn idle_populations(&self) -> impl Iterator<Item = &Component> {
        let most = (limits::CLOSED_FLOWS / self.classes.len().max(1)).max(1);
        let closed = self.components.iter().filter(|component| {
            component.kind == Kind::Clients
                && component.choice(Parameter::Traffic) == Some(Choice::Closed)
        });
        closed.skip(most)
    }

    /// The links that start at this component, in drawing order.
    pub fn links_from(&self, component: ComponentId) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.from == component)
    }

    /// The links that end at this component, in drawing order.
    pub fn links_to(&self, component: ComponentId) -> impl Iterator<Item = &Link> {
        self.links.iter().filter(move |link| link.to == component)
    }

    /// The zones around a component's centre, the innermost (smallest) first; of equal ones the later drawn first.
    pub fn zones_of(&self, component: &Component) -> Vec<&Zone> {
        self.zones_at(component.centre())
    }

    /// The zones around a point, the innermost (smallest) first; of equal ones the later drawn first.
    pub fn zones_at(&self, point: Point) -> Vec<&Zone> {
        let mut zones: Vec<&Zone> = self
            .zones
            .iter()
            .rev()
            .filter(|zone| zone.rectangle.contains(point))
            .collect();
        zones.sort_by(|one, other| one.rectangle.area().total_cmp(&other.rectangle.area()));
        zones
    }

    /// What a new link between these components would mean, for the editor to light its target up or say why not.
    ///
    /// # Errors
    /// Why it can't be drawn, in one sentence.
    pub fn connection(&self, from: ComponentId, to: ComponentId) -> Result<LinkMeaning, String> {
        let (Some(caller), Some(called)) = (self.component(from), self.component(to)) else {
            return Err("This part isn't in the drawing any more.".to_owned());
        };
        if from == to {
            return Err(
                "A part can't call itself: give it more time for each request instead.".to_owned(),
            );
        }
        if self
            .links
            .iter()
            .any(|link| link.from == from && link.to == to)
        {
            return Err(format!(
                "{} and {} are linked already.",
                caller.name, called.name
            ));
        }
        let meaning = catalog::connection(caller.kind, called.kind)?;
        if self.reaches(to, from) {
            return Err(format!(
                "{} leads back to {} already: a request would go round for ever.",
                called.name, caller.name
            ));
        }
        Ok(meaning)
    }

    /// Whether links lead from one component to another.
    fn reaches(&self, from: ComponentId, to: ComponentId) -> bool {
        let mut outgoing: BTreeMap<ComponentId, Vec<ComponentId>> = BTreeMap::new();
        for link in &self.links {
            outgoing.entry(link.from).or_default().push(link.to);
        }
        let mut seen = BTreeSet::from([from]);
        let mut waiting = vec![from];
        while let Some(here) = waiting.pop() {
            if here == to {
                return true;
            }
            waiting.extend(
                outgoing
                    .get(&here)
                    .into_iter()
                    .flatten()
                    .filter(|next| seen.insert(**next)),
            );
        }
        false
    }
}

impl Component {
    /// Whether the parameter has an effect as the others stand: its condition holds, and that of the parameter it depends on as well.
    pub fn applies(&self, parameter: Parameter) -> bool {
        let mut asked = parameter;
        // Conditions form chains no longer than the number of parameters.
        for _ in 0..Parameter::ALL.len() {
            let Some(specification) = catalog::parameter(self.kind, asked) else {
                return false;
            };
            asked = match specification.applies_when {
                None => return true,
                Some(Condition::FlagIsOn(flag)) if self.flag(flag) => flag,
                Some(Condition::ChoiceIs(other, choices))
                    if self
                        .choice(other)
                        .is_some_and(|choice| choices.contains(&choice)) =>
                {
                    other
                }
                Some(_) => return false,
            };
        }
        false
    }
}

impl Zone {
    /// The number in force in the parameter's own unit; 0 when the zone's kind has no such number.
    pub fn number(&self, parameter: Parameter) -> f64 {
        let default = catalog::zone_parameter(self.kind, parameter)
            .map(|specification| specification.default);
        match default.map(|default| self.parameters.get(&parameter).copied().unwrap_or(default)) {
            Some(Value::Number(number)) => number,
            _ => 0.0,
        }
    }
}

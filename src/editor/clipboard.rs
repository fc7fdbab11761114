//! Copy, paste and duplicate: parts of a drawing as the text of a small document; it doesn't know where the text is kept.

use super::Editor;
use super::change::Change;
use super::effects::{Effects, Item};
use super::geometry::{bounds, encloses, node_rectangle, snap_point};
use super::placement::{fresh_id, unique_name};
use super::refusal::Refusal;
use super::selection::Selection;
use super::set::{Set, Table, in_order};
use loadscape_sim::scenario::{
    self, CallPlan, ClassId, Component, ComponentId, Link, LinkId, Point, Rectangle, RequestClass,
    Scenario, Zone, ZoneId,
};

/// How far a copy lies from its original, to the right and down.
const OFFSET: f64 = 32.0;

/// A part of a drawing that is about to be put in.
#[derive(Default)]
struct Fragment {
    components: Vec<Component>,
    links: Vec<Link>,
    zones: Vec<Zone>,
    /// The classes that it may speak of.
    classes: Vec<RequestClass>,
}

impl Editor {
    /// What is selected as text: a document of its own, with the links between the selected components.
    /// `None` when nothing is selected that can be copied.
    pub fn copy(&self) -> Option<String> {
        let fragment = self.selected_fragment();
        if fragment.components.is_empty() && fragment.zones.is_empty() {
            return None;
        }
        let scenario = Scenario {
            title: self.scenario().title.clone(),
            components: fragment.components,
            links: fragment.links,
            zones: fragment.zones,
            classes: fragment.classes,
            ..Scenario::default()
        };
        Some(scenario::write(&scenario))
    }

    /// Puts copied text in and selects it: centred on a point of the drawing, else beside the original when that is
    /// in view, else in the middle of what is visible.
    ///
    /// # Errors
    /// When the text is no document or holds nothing to paste.
    pub fn paste(&mut self, text: &str, centre: Option<Point>) -> Result<Effects, Refusal> {
        let fragment = read(text)?;
        let extent = fragment.bounds().ok_or_else(|| {
            Refusal::Clipboard("There is nothing to paste in that document.".to_owned())
        })?;
        let visible = self.viewport().visible(self.canvas());
        let middle = |rectangle: Rectangle| Point {
            x: rectangle.x + rectangle.width / 2.0,
            y: rectangle.y + rectangle.height / 2.0,
        };
        let target = match centre {
            Some(centre) => Some(centre),
            None if encloses(visible, extent) => None,
            None => Some(middle(visible)),
        };
        let shift = match target {
            Some(target) => {
                let from = middle(extent);
                snap_point(Point {
                    x: target.x - from.x,
                    y: target.y - from.y,
                })
            }
            None => self.free_offset(&fragment),
        };
        self.put_in("Paste", fragment, shift)
    }

    /// Puts a copy of what is selected beside it and selects the copy; links between copies are kept.
    ///
    /// # Errors
    /// When no component or zone is selected.
    pub fn duplicate(&mut self) -> Result<Effects, Refusal> {
        let fragment = self.selected_fragment();
        if fragment.components.is_empty() && fragment.zones.is_empty() {
            return Err(Refusal::NothingSelected);
        }
        let shift = self.free_offset(&fragment);
        self.put_in("Duplicate", fragment, shift)
    }

    fn selected_fragment(&self) -> Fragment {
        let scenario = self.scenario();
        let components: Vec<Component> = scenario
            .components
            .iter()
            .filter(|component| self.selection().contains(Item::Component(component.id)))
            .cloned()
            .collect();
        let copied: Set<ComponentId> = components.iter().map(|component| component.id).collect();
        Fragment {
            components,
            links: scenario
                .links
                .iter()
                .filter(|link| copied.contains(&link.from) && copied.contains(&link.to))
                .cloned()
                .collect(),
            zones: scenario
                .zones
                .iter()
                .filter(|zone| self.selection().contains(Item::Zone(zone.id)))
                .cloned()
                .collect(),
            classes: scenario.classes.clone(),
        }
    }

    /// The offset down and right at which no copied component lies exactly on another one.
    fn free_offset(&self, fragment: &Fragment) -> Point {
        let taken: Set<(u64, u64)> = self
            .scenario()
            .components
            .iter()
            .map(|component| spot(component.position))
            .collect();
        let mut offset = OFFSET;
        while fragment.components.iter().any(|component| {
            taken.contains(&spot(Point {
                x: component.position.x + offset,
                y: component.position.y + offset,
            }))
        }) {
            offset += OFFSET;
        }
        Point {
            x: offset,
            y: offset,
        }
    }

    /// Puts a fragment in with fresh ids, shifted, as one step.
    fn put_in(
        &mut self,
        label: &str,
        fragment: Fragment,
        shift: Point,
    ) -> Result<Effects, Refusal> {
        let scenario = self.scenario();
        let mut changes = Vec::new();
        let classes = self.class_translation(&fragment, &mut changes);
        let mut next = fresh_id(scenario.components.iter().map(|component| component.id.0));
        let mut components: Table<ComponentId, ComponentId> = Table::new();
        for component in &fragment.components {
            components.insert(component.id, ComponentId(next));
            next = next.checked_add(1).ok_or_else(full)?;
        }
        let mut next = fresh_id(scenario.links.iter().map(|link| link.id.0));
        let mut links: Table<LinkId, LinkId> = Table::new();
        for link in &fragment.links {
            links.insert(link.id, LinkId(next));
            next = next.checked_add(1).ok_or_else(full)?;
        }
        let mut next_zone = fresh_id(scenario.zones.iter().map(|zone| zone.id.0));
        let mut selection = Vec::new();
        let mut names: Set<String> = scenario
            .components
            .iter()
            .map(|component| component.name.clone())
            .collect();
        let start = scenario.components.len();
        for (place, mut component) in fragment.components.into_iter().enumerate() {
            component.id = *components.get(&component.id).unwrap_or(&component.id);
            component.name = unique_name(
                without_number(&component.name, &names),
                names.iter().map(String::as_str),
            );
            names.insert(component.name.clone());
            component.position.x += shift.x;
            component.position.y += shift.y;
            component.mix = translated_mix(component.mix, &classes);
            component.plans = translated_plans(component.plans, &classes, &links);
            selection.push(Item::Component(component.id));
            changes.push(Change::InsertComponent {
                index: start + place,
                component: Box::new(component),
            });
        }
        let start = scenario.links.len();
        for (place, mut link) in fragment.links.into_iter().enumerate() {
            let ends = (components.get(&link.from), components.get(&link.to));
            let (Some(&from), Some(&to)) = ends else {
                continue;
            };
            link.id = *links.get(&link.id).unwrap_or(&link.id);
            (link.from, link.to) = (from, to);
            let carried_all = link.classes.is_empty();
            link.classes = link
                .classes
                .iter()
                .filter_map(|class| classes.get(class).copied())
                .collect();
            if !carried_all && link.classes.is_empty() {
                continue;
            }
            changes.push(Change::InsertLink {
                index: start + place,
                link,
            });
        }
        let start = scenario.zones.len();
        for (place, mut zone) in fragment.zones.into_iter().enumerate() {
            zone.id = ZoneId(next_zone);
            next_zone = next_zone.checked_add(1).ok_or_else(full)?;
            zone.rectangle.x += shift.x;
            zone.rectangle.y += shift.y;
            selection.push(Item::Zone(zone.id));
            changes.push(Change::InsertZone {
                index: start + place,
                zone,
            });
        }
        let count = selection.len();
        let effects =
            self.commit_selecting(label, changes, selection.into_iter().collect::<Selection>())?;
        let sentence = match count {
            1 => format!("{label}: 1 item added."),
            count => format!("{label}: {count} items added."),
        };
        Ok(effects.then(Effects::say(sentence)))
    }

    /// Which class of this document each class of the fragment becomes: the one of the same name, else a new one when
    /// the fragment speaks of it (then the change that adds it is among `changes`).
    fn class_translation(
        &self,
        fragment: &Fragment,
        changes: &mut Vec<Change>,
    ) -> Table<ClassId, ClassId> {
        let own = &self.scenario().classes;
        let mut next = fresh_id(own.iter().map(|class| class.id.0));
        let mut index = own.len();
        let spoken_of: Set<ClassId> = fragment
            .components
            .iter()
            .flat_map(|component| {
                let mixed = component.mix.iter().map(|(class, _)| *class);
                mixed.chain(component.plans.iter().map(|plan| plan.class))
            })
            .chain(fragment.links.iter().flat_map(|link| link.classes.clone()))
            .collect();
        let mut translation = Table::new();
        for class in &fragment.classes {
            if let Some(same) = own.iter().find(|own| own.name == class.name) {
                translation.insert(class.id, same.id);
            } else if spoken_of.contains(&class.id) {
                let id = ClassId(next);
                next = next.saturating_add(1);
                changes.push(Change::InsertClass {
                    index,
                    class: RequestClass {
                        id,
                        ..class.clone()
                    },
                });
                index += 1;
                translation.insert(class.id, id);
            }
        }
        translation
    }
}

impl Fragment {
    fn bounds(&self) -> Option<Rectangle> {
        let nodes = self
            .components
            .iter()
            .map(|component| node_rectangle(component.position));
        bounds(nodes.chain(self.zones.iter().map(|zone| zone.rectangle)))
    }
}

fn read(text: &str) -> Result<Fragment, Refusal> {
    // The document's own reader trusts nothing; what it had to leave out is not worth a word in a paste.
    let scenario = scenario::read(text).scenario.ok_or_else(|| {
        Refusal::Clipboard("The clipboard doesn't hold parts of a Loadscape drawing.".to_owned())
    })?;
    Ok(Fragment {
        components: scenario.components,
        links: scenario.links,
        zones: scenario.zones,
        classes: scenario.classes,
    })
}

fn full() -> Refusal {
    Refusal::Clipboard("There are no ids left for more parts.".to_owned())
}

fn spot(position: Point) -> (u64, u64) {
    // Adding 0 makes -0 and 0 the same place.
    ((position.x + 0.0).to_bits(), (position.y + 0.0).to_bits())
}

/// "Service 2" is copied as "Service 3", not as "Service 2 2", as long as it is one of a numbered family.
fn without_number<'a>(name: &'a str, taken: &Set<String>) -> &'a str {
    match name.rsplit_once(' ') {
        Some((stem, number))
            if number.parse::<u64>().is_ok() && !stem.is_empty() && taken.contains(stem) =>
        {
            stem
        }
        _ => name,
    }
}

fn translated_mix(
    mix: Vec<(ClassId, f64)>,
    classes: &Table<ClassId, ClassId>,
) -> Vec<(ClassId, f64)> {
    mix.into_iter()
        .filter_map(|(class, weight)| Some((*classes.get(&class)?, weight)))
        .collect()
}

/// Plans for the classes that are known, with the calls whose links were copied too; a plan that loses every call goes,
/// and the links that the copy is given will imply one.
fn translated_plans(
    plans: Vec<CallPlan>,
    classes: &Table<ClassId, ClassId>,
    links: &Table<LinkId, LinkId>,
) -> Vec<CallPlan> {
    let mut translated: Vec<CallPlan> = Vec::new();
    for mut plan in plans {
        let Some(&class) = classes.get(&plan.class) else {
            continue;
        };
        let had_calls = plan.steps.iter().any(|step| !step.calls.is_empty());
        plan.class = class;
        for step in &mut plan.steps {
            step.calls.retain_mut(|call| {
                links.get(&call.link).is_some_and(|link| {
                    call.link = *link;
                    true
                })
            });
        }
        plan.steps.retain(|step| !step.calls.is_empty());
        if !had_calls || !plan.steps.is_empty() {
            translated.retain(|other| other.class != class);
            translated.push(plan);
        }
    }
    in_order(translated, |left, right| left.class < right.class)
}

//! Keeps the signals in step with the editor: reads again exactly what an edit's effects name; it decides nothing.

use super::page::{
    Face, Flow, HistoryLabels, LinkSignals, Mark, NodeSignals, Page, ZoneSignals, lock,
};
use super::ui::prelude::*;
use super::{keep, labels, run, solve};
use crate::display::node::Load;
use crate::editor::{Effects, Item, Set, Tool};
use loadscape_sim::scenario::{ComponentId, LinkId, Point, ZoneId};

/// Shows what an edit changed.
pub fn show(page: Page, effects: Effects) {
    if effects.is_none() {
        return;
    }
    let is_another = effects.is_of_another_document();
    structure(page, &effects);
    settings(page, &effects);
    for &id in &effects.components_moved {
        let place = page
            .editor()
            .component(id)
            .map(|component| component.position);
        if let (Some(place), Some(node)) = (place, page.node(id)) {
            node.position.set(place);
        }
    }
    for &id in &effects.zones_moved {
        let rectangle = page.editor().zone(id).map(|zone| zone.rectangle);
        if let (Some(rectangle), Some(zone)) = (rectangle, page.zone(id)) {
            zone.rectangle.set(rectangle);
        }
    }
    for &item in &effects.selection {
        mark(page, item);
    }
    if !effects.selection.is_empty() {
        let selection: Vec<Item> = page.editor().selection().iter().collect();
        page.selection.set(selection);
    }
    if effects.focus {
        let before = page.focus.get_untracked();
        let now = page.editor().focus();
        page.focus.set(now);
        for item in [before, now].into_iter().flatten() {
            mark(page, item);
        }
    }
    if effects.viewport {
        let viewport = page.editor().viewport();
        page.viewport.set(viewport);
    }
    if effects.tool {
        tool(page);
    }
    if effects.history {
        page.steps.update(|steps| *steps = steps.wrapping_add(1));
        let history = {
            let editor = page.editor();
            HistoryLabels {
                undo: editor.undo_label().map(str::to_owned),
                redo: editor.redo_label().map(str::to_owned),
            }
        };
        if page.history.with_untracked(|before| *before != history) {
            page.history.set(history);
        }
    }
    if let Some(sentence) = effects.announcement {
        page.announcement.set(sentence);
    }
    let places = effects.component_list
        || effects.link_list
        || !effects.components_moved.is_empty()
        || !effects.links_changed.is_empty();
    if places || effects.history {
        labels::settle(page);
    }
    if effects.document {
        keep::document_changed(page);
    }
    if effects.model {
        solve::request(page);
    }
    if effects.model || effects.run {
        if is_another {
            run::end_before_another(page);
        } else {
            run::changed(page);
        }
    }
}

fn structure(page: Page, effects: &Effects) {
    if effects.component_list {
        let ids: Vec<ComponentId> = page.read(|scenario| {
            scenario
                .components
                .iter()
                .map(|component| component.id)
                .collect()
        });
        let present: Set<ComponentId> = ids.iter().copied().collect();
        {
            let editor = page.editor();
            let few = ids.len() <= super::canvas::FEW;
            let mut nodes = lock(&page.nodes);
            nodes.retain(|id, _| present.contains(id));
            for component in &editor.scenario().components {
                nodes.entry(component.id, || NodeSignals {
                    position: ArcRwSignal::new(component.position),
                    face: ArcRwSignal::new(Face {
                        kind: component.kind,
                        name: component.name.clone(),
                    }),
                    load: ArcRwSignal::new(Load::new(component, None)),
                    mark: ArcRwSignal::new(Mark {
                        selected: editor.selection().contains(Item::Component(component.id)),
                        ..Mark::default()
                    }),
                    near: ArcRwSignal::new(few),
                });
            }
        }
        page.node_ids.set(ids);
    }
    if effects.zone_list {
        let ids: Vec<ZoneId> =
            page.read(|scenario| scenario.zones.iter().map(|zone| zone.id).collect());
        {
            let editor = page.editor();
            let mut zones = lock(&page.zones);
            zones.retain(|id, _| ids.contains(id));
            for zone in &editor.scenario().zones {
                zones.entry(zone.id, || ZoneSignals {
                    rectangle: ArcRwSignal::new(zone.rectangle),
                    face: ArcRwSignal::new((zone.kind, zone.name.clone())),
                    selected: ArcRwSignal::new(editor.selection().contains(Item::Zone(zone.id))),
                });
            }
        }
        page.zone_ids.set(ids);
    }
    if effects.link_list {
        let ids: Vec<LinkId> =
            page.read(|scenario| scenario.links.iter().map(|link| link.id).collect());
        let present: Set<LinkId> = ids.iter().copied().collect();
        {
            let editor = page.editor();
            let nodes = lock(&page.nodes);
            let mut links = lock(&page.links);
            links.retain(|id, _| present.contains(id));
            let place = |id| {
                nodes.get(&id).map_or_else(
                    || ArcRwSignal::new(Point::default()),
                    |node| node.position.clone(),
                )
            };
            for link in &editor.scenario().links {
                links.entry(link.id, || LinkSignals {
                    ends: ArcRwSignal::new((place(link.from), place(link.to))),
                    flow: ArcRwSignal::new(Flow {
                        width: 1.5,
                        ..Flow::default()
                    }),
                    selected: ArcRwSignal::new(editor.selection().contains(Item::Link(link.id))),
                    label: ArcRwSignal::new(None),
                });
            }
        }
        page.link_ids.set(ids);
    }
}

fn settings(page: Page, effects: &Effects) {
    for &id in &effects.components_changed {
        let face = page.editor().component(id).map(|component| Face {
            kind: component.kind,
            name: component.name.clone(),
        });
        if let (Some(face), Some(node)) = (face, page.node(id)) {
            set_if_new(&node.face, face);
        }
    }
    for &id in &effects.zones_changed {
        let face = page
            .editor()
            .zone(id)
            .map(|zone| (zone.kind, zone.name.clone()));
        if let (Some(face), Some(zone)) = (face, page.zone(id)) {
            set_if_new(&zone.face, face);
        }
    }
    for &id in &effects.links_changed {
        let ends = page.editor().link(id).map(|link| (link.from, link.to));
        if let (Some((from, to)), Some(link)) = (ends, page.link(id))
            && let (Some(from), Some(to)) = (page.node(from), page.node(to))
        {
            link.ends.set((from.position, to.position));
        }
    }
    let inspected =
        effects.component_list || effects.link_list || effects.zone_list || effects.classes;
    if inspected
        || !effects.components_changed.is_empty()
        || !effects.links_changed.is_empty()
        || !effects.zones_changed.is_empty()
    {
        page.revision
            .update(|revision| *revision = revision.wrapping_add(1));
    }
    if effects.classes {
        page.classes
            .set(page.read(|scenario| scenario.classes.clone()));
    }
    if effects.objectives {
        page.objectives
            .set(page.read(|scenario| scenario.objectives.clone()));
    }
    if effects.faults {
        page.faults
            .set(page.read(|scenario| scenario.faults.clone()));
    }
    if effects.run {
        page.run_settings.set(page.read(|scenario| scenario.run));
    }
    if effects.title {
        page.title.set(page.read(|scenario| scenario.title.clone()));
    }
    if effects.notes {
        page.notes.set(page.read(|scenario| scenario.notes.clone()));
    }
}

/// Sets a signal only when the value differs, so that nobody wakes for nothing.
pub fn set_if_new<T: PartialEq>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|before| *before != value) {
        signal.set(value);
    }
}

fn mark(page: Page, item: Item) {
    let (selected, focused) = {
        let editor = page.editor();
        (
            editor.selection().contains(item),
            editor.focus() == Some(item),
        )
    };
    match item {
        Item::Component(id) => {
            if let Some(node) = page.node(id) {
                let mark = Mark {
                    selected,
                    focused,
                    ..node.mark.get_untracked()
                };
                set_if_new(&node.mark, mark);
            }
        }
        Item::Link(id) => {
            if let Some(link) = page.link(id) {
                set_if_new(&link.selected, selected || focused);
            }
        }
        Item::Zone(id) => {
            if let Some(zone) = page.zone(id) {
                set_if_new(&zone.selected, selected || focused);
            }
        }
    }
}

/// Shows the tool under way: what it draws, and which nodes a loose connection could end at.
fn tool(page: Page) {
    let tool = page.editor().tool().clone();
    let connecting = matches!(tool, Tool::Connecting(_));
    let was_connecting = page
        .tool
        .with_untracked(|tool| matches!(tool, Tool::Connecting(_)));
    if connecting || was_connecting {
        light(page, &tool, was_connecting);
    }
    if page.tool.with_untracked(|before| *before != tool) {
        page.tool.set(tool);
    }
}

fn light(page: Page, tool: &Tool, was_connecting: bool) {
    let (over, refused, lit) = match tool {
        Tool::Connecting(connection) => {
            // Who could be the other end doesn't change while the loose end moves.
            let lit: Option<Set<ComponentId>> = (!was_connecting)
                .then(|| page.editor().targets_of(connection).into_iter().collect());
            (
                connection.over,
                connection.over.is_some() && !connection.verdict.is_valid(),
                lit,
            )
        }
        _ => (None, false, Some(Set::new())),
    };
    let nodes: Vec<(ComponentId, ArcRwSignal<Mark>)> = lock(&page.nodes)
        .iter()
        .map(|(id, node)| (*id, node.mark.clone()))
        .collect();
    for (id, mark) in nodes {
        let before = mark.get_untracked();
        let now = Mark {
            lit: lit.as_ref().map_or(before.lit, |lit| lit.contains(&id)),
            target: over == Some(id) && !refused,
            refused: over == Some(id) && refused,
            ..before
        };
        set_if_new(&mark, now);
    }
}

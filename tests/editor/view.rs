//! A view that knows only what effects told it to read; equal to one made from scratch, or effects are wrong.

use loadscape::editor::{Editor, Effects, Item, Tool, Verdict, Viewport};
use loadscape_sim::catalog::{Kind, ZoneKind};
use loadscape_sim::scenario::{
    Component, ComponentId, Fault, Link, LinkId, Objective, Point, Rectangle, RequestClass,
    RunSettings, Zone, ZoneId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What of a tool can be seen.
#[derive(Clone, Debug, PartialEq)]
pub enum ShownTool {
    Nothing,
    Pressing,
    Dragging(Option<LinkId>),
    Panning,
    Pinching,
    Marquee(Rectangle),
    Connecting(ComponentId, Point, Option<ComponentId>, Verdict),
    Placing(Kind, Option<Point>, Option<LinkId>),
    DrawingZone(ZoneKind, Option<Rectangle>),
    Resizing(ZoneId),
}

impl ShownTool {
    fn of(tool: &Tool) -> Self {
        match tool {
            Tool::Idle => ShownTool::Nothing,
            Tool::Pressing { .. } => ShownTool::Pressing,
            Tool::Dragging { onto, .. } => ShownTool::Dragging(*onto),
            Tool::Panning { .. } => ShownTool::Panning,
            Tool::Pinching { .. } => ShownTool::Pinching,
            Tool::Marquee { .. } => {
                ShownTool::Marquee(tool.marquee().expect("a marquee has a rectangle"))
            }
            Tool::Connecting(connection) => ShownTool::Connecting(
                connection.fixed,
                connection.at,
                connection.over,
                connection.verdict.clone(),
            ),
            Tool::PlacingPart { kind, at, onto } => ShownTool::Placing(*kind, *at, *onto),
            Tool::DrawingZone { kind, .. } => {
                ShownTool::DrawingZone(*kind, tool.drawn_zone().map(|(_, rectangle)| rectangle))
            }
            Tool::ResizingZone { zone, .. } => ShownTool::Resizing(*zone),
        }
    }
}

/// Everything that a view shows.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    components: Vec<ComponentId>,
    positions: BTreeMap<ComponentId, Point>,
    details: BTreeMap<ComponentId, Component>,
    links: Vec<LinkId>,
    link_details: BTreeMap<LinkId, Link>,
    zones: Vec<ZoneId>,
    rectangles: BTreeMap<ZoneId, Rectangle>,
    zone_details: BTreeMap<ZoneId, Zone>,
    classes: Vec<RequestClass>,
    objectives: Vec<Objective>,
    title: String,
    notes: String,
    faults: Vec<Fault>,
    run: RunSettings,
    selected: BTreeSet<Item>,
    focus: Option<Item>,
    viewport: Viewport,
    tool: ShownTool,
    undo: Option<String>,
    redo: Option<String>,
}

fn without_position(component: &Component) -> Component {
    Component {
        position: Point::default(),
        ..component.clone()
    }
}

fn without_rectangle(zone: &Zone) -> Zone {
    Zone {
        rectangle: Rectangle {
            x: 0.0,
            y: 0.0,
            width: 0.0,
            height: 0.0,
        },
        ..zone.clone()
    }
}

impl View {
    /// Reads everything.
    pub fn from_scratch(editor: &Editor) -> Self {
        let scenario = editor.scenario();
        let components = &scenario.components;
        let zones = &scenario.zones;
        View {
            components: components.iter().map(|component| component.id).collect(),
            positions: components
                .iter()
                .map(|component| (component.id, component.position))
                .collect(),
            details: components
                .iter()
                .map(|component| (component.id, without_position(component)))
                .collect(),
            links: scenario.links.iter().map(|link| link.id).collect(),
            link_details: scenario
                .links
                .iter()
                .map(|link| (link.id, link.clone()))
                .collect(),
            zones: zones.iter().map(|zone| zone.id).collect(),
            rectangles: zones.iter().map(|zone| (zone.id, zone.rectangle)).collect(),
            zone_details: zones
                .iter()
                .map(|zone| (zone.id, without_rectangle(zone)))
                .collect(),
            classes: scenario.classes.clone(),
            objectives: scenario.objectives.clone(),
            title: scenario.title.clone(),
            notes: scenario.notes.clone(),
            faults: scenario.faults.clone(),
            run: scenario.run,
            selected: editor.selection().iter().collect(),
            focus: editor.focus(),
            viewport: editor.viewport(),
            tool: ShownTool::of(editor.tool()),
            undo: editor.undo_label().map(str::to_owned),
            redo: editor.redo_label().map(str::to_owned),
        }
    }

    /// Reads what the effects name, and nothing else.
    pub fn apply(&mut self, effects: &Effects, editor: &Editor) {
        let scenario = editor.scenario();
        if effects.component_list {
            self.components = scenario
                .components
                .iter()
                .map(|component| component.id)
                .collect();
            let listed: BTreeSet<ComponentId> = self.components.iter().copied().collect();
            self.positions.retain(|id, _| listed.contains(id));
            self.details.retain(|id, _| listed.contains(id));
        }
        for id in &effects.components_moved {
            if let Some(component) = editor.component(*id) {
                self.positions.insert(*id, component.position);
            }
        }
        for id in &effects.components_changed {
            if let Some(component) = editor.component(*id) {
                self.details.insert(*id, without_position(component));
            }
        }
        if effects.link_list {
            self.links = scenario.links.iter().map(|link| link.id).collect();
            let listed: BTreeSet<LinkId> = self.links.iter().copied().collect();
            self.link_details.retain(|id, _| listed.contains(id));
        }
        for id in &effects.links_changed {
            if let Some(link) = editor.link(*id) {
                self.link_details.insert(*id, link.clone());
            }
        }
        if effects.zone_list {
            self.zones = scenario.zones.iter().map(|zone| zone.id).collect();
            let listed: BTreeSet<ZoneId> = self.zones.iter().copied().collect();
            self.rectangles.retain(|id, _| listed.contains(id));
            self.zone_details.retain(|id, _| listed.contains(id));
        }
        for id in &effects.zones_moved {
            if let Some(zone) = editor.zone(*id) {
                self.rectangles.insert(*id, zone.rectangle);
            }
        }
        for id in &effects.zones_changed {
            if let Some(zone) = editor.zone(*id) {
                self.zone_details.insert(*id, without_rectangle(zone));
            }
        }
        if effects.classes {
            self.classes.clone_from(&scenario.classes);
        }
        if effects.objectives {
            self.objectives.clone_from(&scenario.objectives);
        }
        if effects.title {
            self.title.clone_from(&scenario.title);
        }
        if effects.faults {
            self.faults.clone_from(&scenario.faults);
        }
        if effects.run {
            self.run = scenario.run;
        }
        if effects.notes {
            self.notes.clone_from(&scenario.notes);
        }
        for item in &effects.selection {
            if editor.selection().contains(*item) {
                self.selected.insert(*item);
            } else {
                self.selected.remove(item);
            }
        }
        if effects.focus {
            self.focus = editor.focus();
        }
        if effects.viewport {
            self.viewport = editor.viewport();
        }
        if effects.tool {
            self.tool = ShownTool::of(editor.tool());
        }
        if effects.history {
            self.undo = editor.undo_label().map(str::to_owned);
            self.redo = editor.redo_label().map(str::to_owned);
        }
    }
}

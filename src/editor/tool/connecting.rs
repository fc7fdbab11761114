//! A connection under way: where its loose end looks, by pointer or key, and how it ends.

use super::super::Editor;
use super::super::connect::Verdict;
use super::super::effects::Effects;
use super::super::input::{Direction, ToolKey};
use super::{Connection, Tool};
use loadscape_sim::scenario::{ComponentId, Point};

impl Connection {
    /// The same connection with its loose end elsewhere.
    pub(super) fn looking_at(self, at: Point, over: Option<ComponentId>, editor: &Editor) -> Self {
        let over = over.filter(|over| *over != self.fixed || self.grip.is_none());
        let verdict = match over {
            Some(other) => editor.verdict_for(&self, other),
            None => Verdict::Nowhere,
        };
        Connection {
            at,
            over,
            verdict,
            ..self
        }
    }
}

pub(super) fn connecting_by_key(
    connection: Connection,
    key: ToolKey,
    editor: &mut Editor,
) -> (Tool, Effects) {
    let chosen = match key {
        ToolKey::Escape => return Tool::Connecting(connection).cancelled(editor),
        ToolKey::Enter if connection.over.is_some() => {
            return finish_connection(connection, editor);
        }
        ToolKey::Enter => {
            let effects = Effects::say("Choose a part with the arrow keys or Tab first.");
            return (Tool::Connecting(connection), effects);
        }
        ToolKey::Arrow(direction) => neighbour(&connection, direction, editor),
        ToolKey::Next => editor.next_target(&connection, true),
        ToolKey::Previous => editor.next_target(&connection, false),
    };
    let Some(chosen) = chosen else {
        let effects = Effects::say("There is no part in that direction.");
        return (Tool::Connecting(connection), effects);
    };
    let at = editor
        .component(chosen)
        .map_or(connection.at, loadscape_sim::scenario::Component::centre);
    let connection = connection.looking_at(at, Some(chosen), editor);
    let effects = editor
        .reveal_component(chosen)
        .then(Effects::of_tool())
        .then(Effects::say(editor.describe_connection(&connection)));
    (Tool::Connecting(connection), effects)
}

fn neighbour(
    connection: &Connection,
    direction: Direction,
    editor: &Editor,
) -> Option<ComponentId> {
    let start = connection.over.unwrap_or(connection.fixed);
    editor.neighbour(start, direction, |id| id != connection.fixed)
}

/// Makes the link, or says why not. By pointer the attempt is over either way; by key one may choose again.
pub(super) fn finish_connection(connection: Connection, editor: &mut Editor) -> (Tool, Effects) {
    let Some(other) = connection.over else {
        return (Tool::Connecting(connection), Effects::none());
    };
    let (from, to) = connection.loose.ends(connection.fixed, other);
    let connected = match connection.moved {
        Some(link) => editor.plug_in(link, from, to),
        None => editor.connect(from, to),
    };
    match connected {
        Ok(effects) => (Tool::Idle, effects.then(Effects::of_tool())),
        Err(refusal) => {
            let effects = Effects::say(refusal.to_string()).then(Effects::of_tool());
            if connection.grip.is_some() {
                (Tool::Idle, effects)
            } else {
                (Tool::Connecting(connection), effects)
            }
        }
    }
}

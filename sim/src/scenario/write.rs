//! Writing documents as JSON that people can read and compare; it judges nothing.

use super::{FORMAT_VERSION, Scenario};
use serde::Serialize;

/// The document as its file has it: the version first, so that a reader knows what follows.
#[derive(Serialize)]
struct File<'a> {
    format_version: u32,
    #[serde(flatten)]
    scenario: &'a Scenario,
}

/// The document as pretty-printed JSON with a newline at the end; [`super::read`] gives the same document back, bit for bit, as long as
/// every number is finite (one that isn't becomes null, which reading reports).
pub fn write(scenario: &Scenario) -> String {
    let file = File {
        format_version: FORMAT_VERSION,
        scenario,
    };
    // Plain data with string keys always serialises; an empty text would be reported by whoever reads it.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

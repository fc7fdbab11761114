//! Request classes: what clients ask for, how large it is and how popular its keys are; nothing of who answers.

use super::ClassId;
use serde::{Deserialize, Serialize};

/// What a request does to the data it touches; decides how the inferred call plans treat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Reads data; may be answered by a cache or a replica.
    Read,
    /// Changes data; goes to a primary and invalidates caches.
    Write,
    /// Fetches an immutable file; may be answered by a CDN or object storage.
    Static,
    /// Accepted now and worked off later through a queue where there is one.
    Asynchronous,
}

impl Operation {
    /// All of them, in the order of their codes in share links, which start at 0 and never change.
    pub const ALL: [Operation; 4] = [
        Operation::Read,
        Operation::Write,
        Operation::Static,
        Operation::Asynchronous,
    ];

    /// The name under which files have it.
    pub const fn name(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Write => "write",
            Operation::Static => "static",
            Operation::Asynchronous => "asynchronous",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Operation> {
        Operation::ALL
            .into_iter()
            .find(|operation| operation.name() == name)
    }
}

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestClass {
    /// Stable across edits, saves and links.
    pub id: ClassId,
    /// What the user calls it.
    pub name: String,
    /// What it does to data.
    pub operation: Operation,
    /// Relative weight among the classes; not negative, and at least one class has more than 0.
    pub share: f64,
    /// Mean size of the request in bytes; not negative.
    pub request_bytes: f64,
    /// Mean size of the response in bytes; not negative.
    pub response_bytes: f64,
    /// Number of distinct keys (rows, files) that it touches; at least 1.
    pub keys: f64,
    /// Zipf exponent of the keys' popularity: 0 is uniform, 1 the classic web, from 0 to 3.
    pub zipf_exponent: f64,
    /// Queueing priority where a station has priorities: 0 is served first.
    #[serde(default)]
    pub priority: u8,
}

impl RequestClass {
    /// How much of it a population with this mix sends, by weight: a mix that says nothing leaves it to the classes' own shares.
    pub fn weight_in(&self, mix: &[(ClassId, f64)]) -> f64 {
        if mix.is_empty() {
            return self.share;
        }
        let own = mix.iter().find(|(id, _)| *id == self.id);
        own.map_or(0.0, |(_, weight)| *weight)
    }

    /// A class with the sizes and popularity of a small web request (1 kB up, 10 kB down, 100,000 keys at Zipf 0.9).
    pub fn new(id: ClassId, name: impl Into<String>, operation: Operation) -> Self {
        RequestClass {
            id,
            name: name.into(),
            operation,
            share: 1.0,
            request_bytes: 1_000.0,
            response_bytes: 10_000.0,
            keys: 100_000.0,
            zipf_exponent: 0.9,
            priority: 0,
        }
    }
}

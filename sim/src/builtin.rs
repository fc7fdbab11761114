//! The built-in scenarios, each a document in a file of its own under `scenarios/`; it knows their texts, not what is in them.

/// A scenario that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// What the command line calls it; also its file's name.
    pub name: &'static str,
    /// What menus call it.
    pub title: &'static str,
    /// One line: what it shows, without giving the answer away.
    pub summary: &'static str,
    /// The document, as its file has it.
    pub text: &'static str,
}

macro_rules! builtin {
    ($name:literal, $title:literal, $summary:literal) => {
        Builtin {
            name: $name,
            title: $title,
            summary: $summary,
            text: include_str!(concat!("../scenarios/", $name, ".json")),
        }
    };
}

/// Every built-in scenario: seven stages of one growing system, then two small ones to learn on.
pub fn builtin() -> &'static [Builtin] {
    const ALL: &[Builtin] = &[
        builtin!(
            "stage-0",
            "Stage 0 · single box",
            "Web server, application, database and files on one machine."
        ),
        builtin!(
            "stage-1",
            "Stage 1 · users +",
            "Database and files move out, into a private subnet."
        ),
        builtin!(
            "stage-2",
            "Stage 2 · users ++",
            "A balancer, proxies, an API to write and one to read, and a replica."
        ),
        builtin!(
            "stage-3",
            "Stage 3 · users +++",
            "Several replicas and a cache; nearly every request reads."
        ),
        builtin!(
            "stage-4",
            "Stage 4 · users ++++",
            "Tiers that scale by themselves, and one that doesn't."
        ),
        builtin!(
            "stage-5",
            "Stage 5 · users +++++",
            "A queue and workers: what has to be done now, and what later?"
        ),
        builtin!(
            "stage-6",
            "Stage 6 · beyond",
            "Everything that can be copied has been copied. Four ways lead out."
        ),
        builtin!(
            "knee",
            "The knee",
            "Clients and one server: how full is too full?"
        ),
        builtin!(
            "erlang-delay",
            "M/M/8 of the theory books",
            "One queue, eight servers, and the formula."
        ),
    ];
    ALL
}

/// The built-in scenario of this name.
pub fn named(name: &str) -> Option<&'static Builtin> {
    builtin().iter().find(|builtin| builtin.name == name)
}

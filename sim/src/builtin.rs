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
}

/// Every built-in scenario: seven stages of one growing system, then two small ones to learn on.
pub fn builtin() -> &'static [Builtin] {
    const ALL: &[Builtin] = &[
        Builtin {
            name: "stage-0",
            title: "Stage 0 · single box",
            summary: "Web server, application, database and files on one machine.",
        },
        Builtin {
            name: "stage-1",
            title: "Stage 1 · users +",
            summary: "Database and files move out, into a private subnet.",
        },
        Builtin {
            name: "stage-2",
            title: "Stage 2 · users ++",
            summary: "A balancer, proxies, an API to write and one to read, and a replica.",
        },
        Builtin {
            name: "stage-3",
            title: "Stage 3 · users +++",
            summary: "Several replicas and a cache; nearly every request reads.",
        },
        Builtin {
            name: "stage-4",
            title: "Stage 4 · users ++++",
            summary: "Tiers that scale by themselves, and one that doesn't.",
        },
        Builtin {
            name: "stage-5",
            title: "Stage 5 · users +++++",
            summary: "A queue and workers: what has to be done now, and what later?",
        },
        Builtin {
            name: "stage-6",
            title: "Stage 6 · beyond",
            summary: "Everything that can be copied has been copied. Four ways lead out.",
        },
        Builtin {
            name: "knee",
            title: "The knee",
            summary: "Clients and one server: how full is too full?",
        },
        Builtin {
            name: "erlang-delay",
            title: "M/M/8 of the theory books",
            summary: "One queue, eight servers, and the formula.",
        },
    ];
    ALL
}

/// The built-in scenario of this name.
pub fn named(name: &str) -> Option<&'static Builtin> {
    builtin().iter().find(|builtin| builtin.name == name)
}

impl Builtin {
    /// The document, as its file has it. Not a field: a page can hold the list without the documents, and fetch these later.
    pub fn text(&self) -> &'static str {
        macro_rules! texts {
            ($($name:literal),* $(,)?) => {
                match self.name {
                    $($name => include_str!(concat!("../scenarios/", $name, ".json")),)*
                    // There is no other: a test reads every one.
                    _ => "",
                }
            };
        }
        texts!(
            "stage-0",
            "stage-1",
            "stage-2",
            "stage-3",
            "stage-4",
            "stage-5",
            "stage-6",
            "knee",
            "erlang-delay",
        )
    }
}

//! The lessons and the glossary that come with Loadscape, so that a lesson elsewhere may begin with one of them and use its words. It
//! doesn't know who builds on them.

use loadscape_sim::lesson::{Lesson, Term, read_lesson};

macro_rules! files {
    ($($name:literal,)*) => {
        /// The files' names, without their endings, and their texts, in the order of the menu.
        const FILES: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../src/lessons/", $name, ".json"))),)*
        ];
    };
}

files![
    "01-client-and-server",
    "02-database",
    "03a-vertical-scaling",
    "03b-horizontal-scaling",
    "04a-load-balancer",
    "04b-unequal-servers",
    "04c-who-remembers",
    "05a-sharding",
    "05b-replication",
    "05c-questions-to-all",
    "06a-cache",
    "06b-writes",
    "06c-how-old",
    "07-cdn",
    "08-microservices",
    "08b-one-of-four",
    "09a-message-queue",
    "09b-dead-letters",
    "10a-api-gateway",
    "10b-rate-limit",
    "stage-0",
    "stage-1",
    "stage-2",
    "stage-3",
    "stage-4",
    "stage-5",
    "stage-6",
];

const GLOSSARY: &str = include_str!("../../src/lessons/glossary.json");

/// The lessons, in the order of the menu.
pub fn lessons() -> impl Iterator<Item = Lesson> {
    (FILES.iter()).filter_map(|(_, text)| read_lesson(text).lesson)
}

/// The words that they explain.
pub fn terms() -> Vec<Term> {
    // A test reads them.
    serde_json::from_str(GLOSSARY).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{FILES, lessons, terms};
    use std::path::Path;

    #[test]
    fn all_that_the_page_has_is_here() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons");
        let entries = std::fs::read_dir(folder).expect("there are lessons");
        let mut files: Vec<String> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .filter(|name| name != "glossary")
            .collect();
        files.sort();
        let own: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(own, files);
        assert_eq!(lessons().count(), files.len());
        assert!(!terms().is_empty());
    }
}

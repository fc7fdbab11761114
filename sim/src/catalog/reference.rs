//! The catalog as a page of Markdown: every kind and zone with its parameters, and what may be linked with what; it knows no document.

use super::{
    Condition, Confidence, Domain, Group, KINDS, Kind, KindSpecification, LinkMeaning,
    ParameterSpecification, Value, ZONE_KINDS, connection, format_value,
};
use std::fmt::Write;

impl Group {
    /// All of them, in the palette's order.
    pub const ALL: [Group; 6] = [
        Group::Traffic,
        Group::Edge,
        Group::Compute,
        Group::Data,
        Group::Messaging,
        Group::Theory,
    ];

    /// Its name on the palette.
    pub const fn label(self) -> &'static str {
        match self {
            Group::Traffic => "Traffic",
            Group::Edge => "Edge",
            Group::Compute => "Compute",
            Group::Data => "Data",
            Group::Messaging => "Messaging",
            Group::Theory => "Theory",
        }
    }
}

/// The reference page. `cargo xtask docs` writes it to `docs/catalog.md`.
pub fn reference_markdown() -> String {
    let mut page = String::from(
        "# The catalog: every part and its parameters\n\n\
         Generated from `sim/src/catalog` by `cargo xtask docs`; change it there.\n\n\
         Files name kinds, parameters and choices by the words in `code`. Every number is stored in the unit shown, except that shares \
         shown in percent are stored from 0 to 1. A default marked *recalled* rests on memory or is a modelling choice, not on a page that \
         was read: change it to what you measure.\n",
    );
    for group in Group::ALL {
        // Writing to a text never fails.
        let _ = write!(page, "\n## {}\n", group.label());
        for kind in KINDS.iter().filter(|kind| kind.group == group) {
            let _ = write!(
                page,
                "\n### {} `{}`\n\n{}\n",
                kind.label,
                kind.kind.name(),
                kind.summary
            );
            parameters(&mut page, kind.parameters);
            links(&mut page, kind);
        }
    }
    page.push_str("\n## Zones\n");
    for zone in ZONE_KINDS {
        let _ = write!(
            page,
            "\n### {} `{}`\n\n{}\n",
            zone.label,
            zone.kind.name(),
            zone.summary
        );
        parameters(&mut page, zone.parameters);
    }
    page
}

fn parameters(page: &mut String, specifications: &[ParameterSpecification]) {
    if specifications.is_empty() {
        page.push_str("\nIt has no parameters.\n");
        return;
    }
    page.push_str("\n| parameter | default | allowed | what it means | source of the default |\n|---|---|---|---|---|\n");
    for specification in specifications {
        let recalled = match specification.confidence {
            Confidence::Read => "",
            Confidence::Recalled => " (*recalled*)",
        };
        let _ = writeln!(
            page,
            "| {}<br>`{}` | {} | {} | {}{} | {}{recalled} |",
            specification.label,
            specification.parameter.name(),
            default(specification),
            allowed(specification),
            cell(specification.help()),
            condition(specification, specifications),
            cell(specification.source()),
        );
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn default(specification: &ParameterSpecification) -> String {
    match specification.default {
        Value::Choice(choice) => format!("`{}`", choice.name()),
        other => format_value(specification, other),
    }
}

fn allowed(specification: &ParameterSpecification) -> String {
    match specification.domain {
        Domain::Choice(choices) => choices
            .iter()
            .map(|choice| format!("`{}`: {}", choice.choice.name(), cell(choice.help)))
            .collect::<Vec<_>>()
            .join("<br>"),
        Domain::Flag => "`true` or `false`".to_owned(),
        Domain::Number { .. } => specification.allowed(),
    }
}

fn condition(
    specification: &ParameterSpecification,
    specifications: &[ParameterSpecification],
) -> String {
    let mut text = only_while(specification, specifications);
    if specification.of_failures() {
        text.push_str(" *For when it fails: no load and no run depends on it.*");
    } else if specification.through_time {
        text.push_str(" *Seen by the event simulation alone.*");
    }
    text
}

fn only_while(
    specification: &ParameterSpecification,
    specifications: &[ParameterSpecification],
) -> String {
    let label = |parameter| {
        specifications
            .iter()
            .find(|known| known.parameter == parameter)
            .map_or("", |known| known.label)
    };
    match specification.applies_when {
        None => String::new(),
        Some(Condition::FlagIsOn(flag)) => format!(" *Only while {} is on.*", label(flag)),
        Some(Condition::ChoiceIs(parameter, choices)) => {
            let names: Vec<String> = choices
                .iter()
                .map(|choice| format!("`{}`", choice.name()))
                .collect();
            format!(
                " *Only while {} is {}.*",
                label(parameter),
                names.join(" or ")
            )
        }
    }
}

/// What a link from this kind may lead to, by meaning.
fn links(page: &mut String, kind: &KindSpecification) {
    let mut meanings: Vec<(LinkMeaning, Vec<&str>)> = Vec::new();
    for target in KINDS {
        if let Ok(meaning) = connection(kind.kind, target.kind) {
            match meanings.iter_mut().find(|(known, _)| *known == meaning) {
                Some((_, targets)) => targets.push(target.label),
                None => meanings.push((meaning, vec![target.label])),
            }
        }
    }
    let text: Vec<String> = meanings
        .iter()
        .map(|(meaning, targets)| format!("{} {}", meaning.verb(), targets.join(", ")))
        .collect();
    if text.is_empty() {
        let reason = connection(kind.kind, Kind::Service)
            .err()
            .unwrap_or_default();
        let _ = write!(page, "\nLinks from it: none. {reason}\n");
    } else {
        let _ = write!(page, "\nLinks from it: {}.\n", text.join("; "));
    }
}

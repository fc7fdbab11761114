//! The catalog on a terminal: kinds and their parameters; every word of it stands in the catalog.

use crate::terminal;
use loadscape_sim::catalog::{self, Confidence, Domain, KindSpecification, ParameterSpecification};

/// Every kind, a line each.
pub fn list() -> String {
    let width = catalog::KINDS
        .iter()
        .map(|kind| key(kind).len())
        .max()
        .unwrap_or(0);
    catalog::KINDS
        .iter()
        .map(|kind| format!("{:width$}  {}: {}\n", key(kind), kind.label, kind.summary))
        .collect()
}

/// One kind with its parameters.
///
/// # Errors
/// When there is no kind of this name.
pub fn describe(name: &str) -> Result<String, String> {
    let kind = catalog::KINDS
        .iter()
        .find(|kind| key(kind) == name || kind.label.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            format!(
                "there is no kind '{}'; 'loadscape kinds' lists them",
                terminal::line(name)
            )
        })?;
    let mut text = format!("{} ({})\n{}\n", kind.label, key(kind), kind.summary);
    for parameter in kind.parameters {
        text.push_str(&describe_parameter(parameter));
    }
    Ok(text)
}

fn describe_parameter(specification: &ParameterSpecification) -> String {
    let key = serde_word(&specification.parameter);
    let default = catalog::format_value(specification, specification.default);
    let range = match specification.domain {
        Domain::Number {
            minimum,
            maximum,
            may_be_unlimited,
            ..
        } => {
            let bound = |value| catalog::format_value(specification, catalog::Value::Number(value));
            format!(
                "{} to {}{}",
                bound(minimum),
                bound(maximum),
                if may_be_unlimited {
                    ", or unlimited"
                } else {
                    ""
                }
            )
        }
        Domain::Flag => "true or false".to_owned(),
        Domain::Choice(choices) => choices
            .iter()
            .map(|choice| serde_word(&choice.choice))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let trust = match specification.confidence {
        Confidence::Read => "",
        Confidence::Recalled => " (recalled, not confirmed)",
    };
    format!(
        "\n  {key}: {}\n    {}\n    {range}; default {default}\n    source: {}{trust}\n",
        specification.label,
        specification.help(),
        specification.source()
    )
}

fn key(kind: &KindSpecification) -> String {
    serde_word(&kind.kind)
}

/// The word that a file uses for this kind, parameter or choice.
fn serde_word<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

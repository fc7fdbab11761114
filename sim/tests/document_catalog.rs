//! The catalog's tables keep their promises: every default lies in its range, and every name means something.

use loadscape_sim::catalog::{
    Choice, Condition, Domain, KINDS, Parameter, ParameterSpecification, Value, ZONE_KINDS,
    specification, zone_specification,
};
use std::collections::{BTreeMap, BTreeSet};

/// Every table of parameters with the name of its kind.
fn tables() -> Vec<(&'static str, &'static [ParameterSpecification])> {
    let kinds = KINDS.iter().map(|kind| (kind.label, kind.parameters));
    let zones = ZONE_KINDS.iter().map(|kind| (kind.label, kind.parameters));
    kinds.chain(zones).collect()
}

#[test]
fn every_default_lies_in_its_range() {
    for (kind, parameters) in tables() {
        for parameter in parameters {
            let place = format!("{kind}, {}", parameter.label);
            match (parameter.domain, parameter.default) {
                (
                    Domain::Number {
                        minimum,
                        maximum,
                        whole,
                        ..
                    },
                    Value::Number(number),
                ) => {
                    assert!(minimum <= number && number <= maximum, "{place}: {number}");
                    assert!(
                        !whole || number.fract() == 0.0,
                        "{place}: {number} isn't whole"
                    );
                }
                (
                    Domain::Number {
                        may_be_unlimited, ..
                    },
                    Value::Unlimited(_),
                ) => {
                    assert!(may_be_unlimited, "{place}: unlimited isn't allowed");
                }
                (Domain::Flag, Value::Flag(_)) => {}
                (Domain::Choice(choices), Value::Choice(default)) => {
                    assert!(
                        choices.iter().any(|choice| choice.choice == default),
                        "{place}"
                    );
                }
                (domain, default) => panic!("{place}: {default:?} in {domain:?}"),
            }
        }
    }
}

#[test]
fn every_range_is_finite_and_not_empty() {
    for (kind, parameters) in tables() {
        for parameter in parameters {
            if let Domain::Number {
                minimum,
                maximum,
                whole,
                ..
            } = parameter.domain
            {
                let place = format!("{kind}, {}", parameter.label);
                assert!(
                    minimum.is_finite() && maximum.is_finite() && minimum < maximum,
                    "{place}"
                );
                assert!(minimum >= 0.0, "{place}: no parameter is negative");
                assert!(
                    !whole || (minimum.fract() == 0.0 && maximum.fract() == 0.0),
                    "{place}"
                );
            }
        }
    }
}

#[test]
fn every_parameter_says_what_it_is_and_where_its_default_is_from() {
    for (kind, parameters) in tables() {
        for parameter in parameters {
            let place = format!("{kind}, {}", parameter.label);
            assert!(
                !parameter.label.is_empty(),
                "{kind}: {:?} has no label",
                parameter.parameter
            );
            assert!(
                parameter.help().len() > 20 && parameter.help().ends_with('.'),
                "{place}: help"
            );
            assert!(!parameter.source().is_empty(), "{place}: source");
            if let Domain::Choice(choices) = parameter.domain {
                assert!(choices.len() > 1, "{place}: nothing to choose");
                for choice in choices {
                    assert!(
                        !choice.label.is_empty() && !choice.help.is_empty(),
                        "{place}"
                    );
                }
            }
        }
    }
}

#[test]
fn labels_are_unique_within_their_kind_and_among_kinds() {
    let mut kinds = BTreeSet::new();
    for (kind, parameters) in tables() {
        assert!(kinds.insert(kind), "{kind} twice");
        let mut labels = BTreeSet::new();
        let mut names = BTreeSet::new();
        for parameter in parameters {
            assert!(
                labels.insert(parameter.label),
                "{kind}: {} twice",
                parameter.label
            );
            assert!(
                names.insert(parameter.parameter),
                "{kind}: {:?} twice",
                parameter.parameter
            );
            if let Domain::Choice(choices) = parameter.domain {
                let distinct: BTreeSet<&str> = choices.iter().map(|choice| choice.label).collect();
                assert_eq!(distinct.len(), choices.len(), "{kind}, {}", parameter.label);
            }
        }
    }
}

#[test]
fn conditions_refer_to_parameters_of_the_same_kind() {
    for (kind, parameters) in tables() {
        let find = |wanted| {
            parameters
                .iter()
                .find(|candidate| candidate.parameter == wanted)
        };
        for parameter in parameters {
            let place = format!("{kind}, {}", parameter.label);
            match parameter.applies_when {
                None => {}
                Some(Condition::FlagIsOn(flag)) => {
                    let flag = find(flag).unwrap_or_else(|| panic!("{place}: {flag:?}"));
                    assert!(matches!(flag.domain, Domain::Flag), "{place}");
                }
                Some(Condition::ChoiceIs(other, wanted)) => {
                    let other = find(other).unwrap_or_else(|| panic!("{place}: {other:?}"));
                    let Domain::Choice(choices) = other.domain else {
                        panic!("{place}: {} isn't a choice", other.label)
                    };
                    for choice in wanted {
                        assert!(
                            choices.iter().any(|known| known.choice == *choice),
                            "{place}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_kind_is_listed_once_where_it_is_looked_up() {
    for listed in KINDS {
        assert_eq!(specification(listed.kind).label, listed.label);
        assert!(listed.summary.ends_with('.'), "{}", listed.label);
    }
    for listed in ZONE_KINDS {
        assert_eq!(zone_specification(listed.kind).label, listed.label);
        assert!(listed.summary.ends_with('.'), "{}", listed.label);
    }
}

#[test]
fn every_parameter_and_every_choice_belongs_to_some_kind() {
    let mut choices = BTreeSet::new();
    let mut parameters: BTreeMap<Parameter, usize> = BTreeMap::new();
    for (_, table) in tables() {
        for parameter in table {
            *parameters.entry(parameter.parameter).or_default() += 1;
            if let Domain::Choice(specifications) = parameter.domain {
                choices.extend(
                    specifications
                        .iter()
                        .map(|specification| specification.choice),
                );
            }
        }
    }
    for parameter in Parameter::ALL {
        assert!(
            parameters.contains_key(parameter),
            "{parameter:?} belongs to no kind"
        );
    }
    for choice in Choice::ALL {
        assert!(
            choices.contains(choice),
            "{choice:?} belongs to no parameter"
        );
    }
}

#[test]
fn the_reference_page_is_what_the_catalog_says() {
    let committed = include_str!("../../docs/catalog.md");
    let generated = loadscape_sim::catalog::reference_markdown();
    let lines = committed.lines().zip(generated.lines());
    for (index, (committed, generated)) in lines.enumerate() {
        assert_eq!(
            committed,
            generated,
            "line {}: `cargo xtask docs` writes it anew",
            index + 1
        );
    }
    // All common lines agree, so that only their number or the end of the text is left to differ.
    assert!(
        committed == generated,
        "{} lines instead of {}: `cargo xtask docs` writes it anew",
        committed.lines().count(),
        generated.lines().count()
    );
}

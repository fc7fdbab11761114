//! Parameters: what the catalog takes, and nothing else.

use crate::harness::{Person, chain};
use loadscape::editor::{Refusal, accepted};
use loadscape_sim::catalog::{Choice, Domain, KINDS, Kind, Parameter, Unlimited, Value};
use loadscape_sim::scenario::{Component, ComponentId, limits, read, write};

const ONE: ComponentId = ComponentId(1);

#[test]
fn a_slider_is_one_step_and_solves_at_every_stop() {
    let mut person = Person::with(chain(1));
    let before = person.text();
    person.does(|editor| editor.begin_gesture("Change threads"));
    for threads in 20..60 {
        let value = Some(Value::Number(f64::from(threads)));
        person.does(|editor| {
            editor
                .set_parameter(ONE, Parameter::Threads, value)
                .expect("the catalog takes it")
        });
        assert!(person.last.model);
        assert!(person.last.components_changed.contains(&ONE));
    }
    person.does(|editor| editor.commit_gesture());
    assert_eq!(person.component(ONE).number(Parameter::Threads), 59.0);
    person.primary("z");
    assert_eq!(person.text(), before);
}

#[test]
fn what_equals_the_default_is_not_stored() {
    let mut person = Person::with(chain(1));
    let set = |person: &mut Person, value: f64| {
        person.does(|editor| {
            editor
                .set_parameter(ONE, Parameter::Cores, Some(Value::Number(value)))
                .expect("the catalog takes it")
        });
    };
    let default = person.component(ONE).number(Parameter::Cores);
    set(&mut person, default + 1.0);
    assert_eq!(person.component(ONE).parameters.len(), 1);
    set(&mut person, default);
    assert!(person.component(ONE).parameters.is_empty());
}

#[test]
fn what_the_catalog_does_not_take_is_refused_with_what_it_takes() {
    let mut person = Person::with(chain(1));
    let before = person.text();
    let refused = [
        Value::Number(-1.0),
        Value::Number(1e300),
        Value::Flag(true),
        Value::Choice(Choice::Poisson),
        Value::Unlimited(Unlimited::Unlimited),
    ];
    for value in refused {
        let result = person
            .editor
            .set_parameter(ONE, Parameter::Cores, Some(value));
        assert!(
            matches!(&result, Err(Refusal::OutOfRange(sentence)) if sentence.contains(" to ")),
            "{result:?}"
        );
    }
    for number in [f64::NAN, f64::INFINITY] {
        let value = Some(Value::Number(number));
        let result = person.editor.set_parameter(ONE, Parameter::Cores, value);
        assert_eq!(result, Err(Refusal::NotANumber));
    }
    assert_eq!(
        person
            .editor
            .set_parameter(ONE, Parameter::EdgeLocations, None),
        Err(Refusal::NoParameter)
    );
    assert_eq!(person.text(), before);
}

#[test]
fn whole_numbers_are_rounded() {
    let mut person = Person::with(chain(1));
    person.does(|editor| {
        editor
            .set_parameter(ONE, Parameter::Threads, Some(Value::Number(37.4)))
            .expect("the catalog takes it")
    });
    assert_eq!(person.component(ONE).number(Parameter::Threads), 37.0);
}

#[test]
fn every_bound_of_every_parameter_is_accepted_and_what_lies_beyond_is_not() {
    for kind in KINDS {
        for specification in kind.parameters {
            if let Domain::Number {
                minimum, maximum, ..
            } = specification.domain
            {
                for bound in [minimum, maximum] {
                    assert!(accepted(specification, Some(Value::Number(bound))).is_ok());
                }
                for beyond in [minimum - 1.0, maximum * 2.0 + 1.0] {
                    assert!(accepted(specification, Some(Value::Number(beyond))).is_err());
                }
            }
            assert_eq!(
                accepted(specification, Some(specification.default)),
                Ok(None)
            );
        }
    }
}

#[test]
fn every_kind_can_be_added_and_what_was_drawn_is_read_back_without_a_problem() {
    let mut person = Person::at_an_empty_canvas();
    for kind in KINDS {
        person.does(|editor| editor.add_part(kind.kind).expect("there is room"));
        assert_eq!(person.component(person.newest()).name, kind.label);
    }
    let reading = read(&write(person.editor.scenario()));
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    assert_eq!(reading.scenario.as_ref(), Some(person.editor.scenario()));
}

#[test]
fn a_drawing_never_outgrows_what_files_hold() {
    let mut scenario = chain(1);
    for number in 2..=limits::COMPONENTS {
        scenario.components.push(Component::new(
            ComponentId(number as u32),
            Kind::Service,
            "Service",
            crate::harness::at(0.0, 0.0),
        ));
    }
    let mut person = Person::with(scenario);
    assert!(matches!(
        person
            .editor
            .insert_part(Kind::Cache, crate::harness::at(0.0, 0.0)),
        Err(Refusal::OutOfRange(_))
    ));
    let long = "x".repeat(limits::CHARACTERS + 1);
    assert!(matches!(
        person.editor.rename(ONE, long, 0.0),
        Err(Refusal::OutOfRange(_))
    ));
}

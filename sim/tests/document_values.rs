//! Values are shown as people write them, and what people type is understood, bit for bit.

use loadscape_sim::catalog::{
    Domain, KINDS, Kind, Parameter, ParameterSpecification, Unlimited, Value, ZONE_KINDS,
    format_value, parameter, parse_value,
};
use loadscape_sim::scenario::generate::Random;

fn specification(kind: Kind, wanted: Parameter) -> &'static ParameterSpecification {
    parameter(kind, wanted).expect("the kind has it")
}

fn typed(kind: Kind, wanted: Parameter, text: &str) -> f64 {
    match parse_value(specification(kind, wanted), text) {
        Ok(Value::Number(number)) => number,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn values_are_shown_with_their_units() {
    let shown =
        |kind, wanted, number| format_value(specification(kind, wanted), Value::Number(number));
    assert_eq!(shown(Kind::Service, Parameter::ServiceTime, 20.0), "20 ms");
    assert_eq!(
        shown(Kind::Service, Parameter::ServiceTime, 0.0001),
        "0.0001 ms"
    );
    assert_eq!(shown(Kind::SqlPrimary, Parameter::Memory, 1.5), "1.5 GB");
    assert_eq!(
        shown(Kind::Clients, Parameter::RequestRate, 5000.0),
        "5,000 /s"
    );
    assert_eq!(
        shown(Kind::Clients, Parameter::RequestRate, 1_234_567.25),
        "1,234,567.25 /s"
    );
    assert_eq!(shown(Kind::Clients, Parameter::NightShare, 0.4), "40 %");
    assert_eq!(shown(Kind::Clients, Parameter::NightShare, 0.07), "7 %");
    assert_eq!(
        shown(Kind::Service, Parameter::InstancePrice, 59.57),
        "$59.57/month"
    );
    assert_eq!(
        shown(Kind::Queue, Parameter::MillionCallsPrice, 0.4),
        "$0.40/million"
    );
    assert_eq!(shown(Kind::Service, Parameter::Instances, 12.0), "12");
    let limit = specification(Kind::Service, Parameter::QueueLimit);
    assert_eq!(
        format_value(limit, Value::Unlimited(Unlimited::Unlimited)),
        "unlimited"
    );
    let autoscaling = specification(Kind::Service, Parameter::Autoscaling);
    assert_eq!(format_value(autoscaling, Value::Flag(true)), "on");
    let policy = specification(Kind::LoadBalancer, Parameter::BalancingPolicy);
    assert_eq!(format_value(policy, policy.default), "Round robin");
}

#[test]
fn typed_values_are_understood_in_every_fitting_unit() {
    for text in [
        "20",
        "20ms",
        "20 ms",
        "0.02 s",
        "0.02s",
        "20000 us",
        "20,000 µs",
        "2e1 ms",
        " 20 MS ",
    ] {
        assert_eq!(
            typed(Kind::Service, Parameter::ServiceTime, text),
            20.0,
            "{text}"
        );
    }
    for text in ["300", "300 s", "5 min", "5m", "300000 ms"] {
        assert_eq!(
            typed(Kind::Cache, Parameter::TimeToLive, text),
            300.0,
            "{text}"
        );
    }
    assert_eq!(typed(Kind::Cdn, Parameter::TimeToLive, "1 day"), 86_400.0);
    for text in [
        "5000",
        "5k",
        "5k/s",
        "5,000 /s",
        "5000 rps",
        "5 k req/s",
        "300000/min",
        "5000 requests per second",
    ] {
        assert_eq!(
            typed(Kind::Clients, Parameter::RequestRate, text),
            5000.0,
            "{text}"
        );
    }
    for text in ["50", "50%", "50 %", "500‰"] {
        assert_eq!(
            typed(Kind::Clients, Parameter::NightShare, text),
            0.5,
            "{text}"
        );
    }
    assert_eq!(typed(Kind::SqlPrimary, Parameter::Memory, "512 MB"), 0.512);
    assert_eq!(typed(Kind::SqlPrimary, Parameter::Memory, "1.5"), 1.5);
    assert_eq!(typed(Kind::SqlPrimary, Parameter::Memory, "2 TB"), 2000.0);
    assert_eq!(typed(Kind::SqlPrimary, Parameter::RowSize, "4k"), 4000.0);
    assert_eq!(typed(Kind::SqlPrimary, Parameter::RowSize, "4 KiB"), 4096.0);
    for text in [
        "59.57",
        "$59.57",
        "$59.57/month",
        "59.57 $",
        "$ 59.57 / month",
    ] {
        assert_eq!(
            typed(Kind::Service, Parameter::InstancePrice, text),
            59.57,
            "{text}"
        );
    }
    assert_eq!(typed(Kind::Clients, Parameter::Users, "2 million"), 2e6);
    let limit = specification(Kind::Service, Parameter::QueueLimit);
    assert_eq!(
        parse_value(limit, "Unlimited"),
        Ok(Value::Unlimited(Unlimited::Unlimited))
    );
    assert_eq!(
        parse_value(limit, "∞"),
        Ok(Value::Unlimited(Unlimited::Unlimited))
    );
}

#[test]
fn what_does_not_fit_is_refused_with_the_allowed_range() {
    let refused =
        |kind, wanted, text| parse_value(specification(kind, wanted), text).expect_err(text);
    let below = refused(Kind::Service, Parameter::ServiceTime, "-5");
    assert!(below.contains("0.0001 ms to 600,000 ms"), "{below}");
    assert!(refused(Kind::Service, Parameter::Instances, "2.5").contains("whole"));
    assert!(refused(Kind::Service, Parameter::Instances, "unlimited").contains("1 to 10,000"));
    for text in [
        "", "ms", "twenty", "20 GB", "1,5", "20,00", "1.2.3", "--1", "1e", "NaN", "$",
    ] {
        refused(Kind::Service, Parameter::ServiceTime, text);
    }
    assert!(refused(Kind::Service, Parameter::ServiceTime, "1,5").contains("point"));
    refused(Kind::Service, Parameter::ServiceTime, "1e400");
    refused(Kind::LoadBalancer, Parameter::BalancingPolicy, "sideways");
    refused(Kind::Service, Parameter::Autoscaling, "maybe");
}

#[test]
fn what_is_shown_is_understood_as_the_same_value_bit_for_bit() {
    let mut random = Random(7);
    let kinds = KINDS.iter().flat_map(|kind| kind.parameters);
    let zones = ZONE_KINDS.iter().flat_map(|kind| kind.parameters);
    for specification in kinds.chain(zones) {
        let mut values = vec![specification.default];
        match specification.domain {
            Domain::Flag => values.extend([Value::Flag(false), Value::Flag(true)]),
            Domain::Choice(choices) => {
                values.extend(choices.iter().map(|choice| Value::Choice(choice.choice)))
            }
            Domain::Number {
                minimum,
                maximum,
                whole,
                may_be_unlimited,
                ..
            } => {
                values.extend([Value::Number(minimum), Value::Number(maximum)]);
                if may_be_unlimited {
                    values.push(Value::Unlimited(Unlimited::Unlimited));
                }
                for _ in 0..200 {
                    let drawn = minimum + (maximum - minimum) * random.unit().powi(8);
                    values.push(Value::Number(if whole { drawn.round() } else { drawn }));
                }
            }
        }
        for value in values {
            let shown = format_value(specification, value);
            let back = parse_value(specification, &shown);
            let same = match (value, &back) {
                (Value::Number(one), Ok(Value::Number(other))) => one.to_bits() == other.to_bits(),
                (one, Ok(other)) => one == *other,
                _ => false,
            };
            assert!(
                same,
                "{}: {value:?} is shown as {shown}, which reads as {back:?}",
                specification.label
            );
        }
    }
}

#[test]
fn no_typed_text_panics() {
    let mut random = Random(99);
    let pieces = [
        "1",
        "0",
        ".",
        ",",
        "e",
        "-",
        "+",
        "ms",
        "µs",
        "s",
        "%",
        "$",
        "/",
        "k",
        "∞",
        " ",
        "_",
        "é",
        "9999999999",
        "unlimited",
    ];
    let specifications: Vec<_> = KINDS.iter().flat_map(|kind| kind.parameters).collect();
    for _ in 0..20_000 {
        let text: String = (0..random.below(8))
            .filter_map(|_| random.pick(&pieces).copied())
            .collect();
        if let Some(specification) = random.pick(&specifications)
            && let Ok(value) = parse_value(specification, &text)
        {
            assert!(specification.admit(value).is_ok(), "{text}");
        }
    }
}

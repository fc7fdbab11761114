//! What a document takes: numbers within the limits that files keep to, so that nothing that is drawn is lost when it is read again.

use super::refusal::Refusal;
use loadscape_sim::catalog::{ParameterSpecification, Value};
use loadscape_sim::quantities::Decimal;
use loadscape_sim::scenario::{
    Call, CallPlan, CurvePoint, Fault, Link, Objective, Point, Rectangle, RequestClass,
    RunSettings, Target, limits,
};
use std::ops::RangeInclusive;

fn within(what: &str, number: f64, range: &RangeInclusive<f64>) -> Result<(), Refusal> {
    if !number.is_finite() {
        Err(Refusal::NotANumber)
    } else if range.contains(&number) {
        Ok(())
    } else {
        Err(Refusal::OutOfRange(format!(
            "{what} lies between {} and {}.",
            Decimal::up_to(*range.start(), 9),
            Decimal::up_to(*range.end(), 9)
        )))
    }
}

/// Whether a position is one that a file may hold.
pub(super) fn position(point: Point) -> Result<(), Refusal> {
    within("A position", point.x, &limits::COORDINATE)?;
    within("A position", point.y, &limits::COORDINATE)
}

/// Whether a zone may lie here.
pub(super) fn rectangle(rectangle: Rectangle) -> Result<(), Refusal> {
    within("A position", rectangle.x, &limits::COORDINATE)?;
    within("A position", rectangle.y, &limits::COORDINATE)?;
    within("A zone's width", rectangle.width, &limits::EXTENT)?;
    within("A zone's height", rectangle.height, &limits::EXTENT)
}

/// Whether a name or text isn't too long.
pub(super) fn text(text: &str) -> Result<(), Refusal> {
    if text.len() <= limits::CHARACTERS || text.chars().count() <= limits::CHARACTERS {
        Ok(())
    } else {
        Err(Refusal::OutOfRange(format!(
            "A text has at most {} characters.",
            limits::CHARACTERS
        )))
    }
}

/// Whether a fault begins and lasts as a file may say.
pub(super) fn fault(fault: &Fault) -> Result<(), Refusal> {
    within(
        "A fault's start in seconds",
        fault.start_seconds,
        &limits::FAULT_START_SECONDS,
    )?;
    match fault.duration_seconds {
        Some(duration) => within(
            "A fault's duration in seconds",
            duration,
            &limits::FAULT_SECONDS,
        ),
        None => Ok(()),
    }
}

/// Whether a run lasts as a file may say.
pub(super) fn run(run: &RunSettings) -> Result<(), Refusal> {
    match run.duration_seconds {
        Some(duration) => within("A run's length in seconds", duration, &limits::RUN_SECONDS),
        None => Ok(()),
    }
}

/// Whether there is room for one more.
pub(super) fn room(what: &str, count: usize, most: usize) -> Result<(), Refusal> {
    if count < most {
        Ok(())
    } else {
        Err(Refusal::OutOfRange(format!(
            "A drawing has at most {most} {what}."
        )))
    }
}

/// Whether a weight in a mix is one that a file may hold.
pub(super) fn weight(weight: f64) -> Result<(), Refusal> {
    within("A weight", weight, &limits::WEIGHT)
}

/// Whether a curve is one that a file may hold.
pub(super) fn curve(curve: &[CurvePoint]) -> Result<(), Refusal> {
    loadscape_sim::scenario::check_curve(curve)
        .map_err(|wrong| Refusal::OutOfRange(format!("The curve can't be followed: {wrong}.")))
}

/// Whether a link's numbers are ones that a file may hold.
pub(super) fn link(link: &Link) -> Result<(), Refusal> {
    weight(link.weight)?;
    link.round_trip_seconds.map_or(Ok(()), |seconds| {
        within(
            "A round trip in seconds",
            seconds,
            &limits::ROUND_TRIP_SECONDS,
        )
    })
}

/// Whether a request class's numbers are ones that a file may hold.
pub(super) fn class(class: &RequestClass) -> Result<(), Refusal> {
    text(&class.name)?;
    within("A class's share", class.share, &limits::WEIGHT)?;
    within("A size in bytes", class.request_bytes, &limits::BYTES)?;
    within("A size in bytes", class.response_bytes, &limits::BYTES)?;
    within("The number of keys", class.keys, &limits::KEYS)?;
    within(
        "The Zipf exponent",
        class.zipf_exponent,
        &limits::ZIPF_EXPONENT,
    )
}

/// Whether plans are ones that a file may hold.
pub(super) fn plans(plans: &[CallPlan]) -> Result<(), Refusal> {
    for (place, plan) in plans.iter().enumerate() {
        if plans[..place].iter().any(|other| other.class == plan.class) {
            return Err(Refusal::OutOfRange(
                "A component has at most one call plan for each request class.".to_owned(),
            ));
        }
        let most = plan.steps.iter().map(|step| step.calls.len()).max();
        if plan.steps.len() > limits::STEPS || most > Some(limits::STEPS) {
            return Err(Refusal::OutOfRange(format!(
                "A call plan has at most {0} steps of at most {0} calls.",
                limits::STEPS
            )));
        }
        for step in &plan.steps {
            step.calls.iter().try_for_each(call)?;
        }
    }
    Ok(())
}

fn call(call: &Call) -> Result<(), Refusal> {
    let numbers = call.numbers();
    let mut numbers = numbers.iter();
    numbers.try_for_each(|number| within(number.words, number.value, &number.range))
}

/// Whether an objective asks for something that a file may hold.
pub(super) fn objective(objective: &Objective) -> Result<(), Refusal> {
    match objective.target {
        Target::MeanAtMostSeconds(seconds)
        | Target::P95AtMostSeconds(seconds)
        | Target::P99AtMostSeconds(seconds) => {
            within("A latency in seconds", seconds, &limits::OBJECTIVE_SECONDS)
        }
        Target::SuccessAtLeast(share) | Target::UtilisationAtMost(share) => {
            within("A share", share, &limits::PROBABILITY)
        }
        Target::GoodputAtLeastPerSecond(rate) => within("A rate", rate, &limits::OBJECTIVE_RATE),
        Target::CostAtMostDollarsPerMonth(dollars) => within(
            "A cost in dollars a month",
            dollars,
            &limits::OBJECTIVE_DOLLARS,
        ),
    }
}

/// The value as the document stores it: rounded where only whole numbers make sense, absent where it is the default.
///
/// # Errors
/// When the catalog doesn't take it; the sentence says what it takes.
pub fn accepted(
    specification: &ParameterSpecification,
    value: Option<Value>,
) -> Result<Option<Value>, Refusal> {
    let Some(mut value) = value else {
        return Ok(None);
    };
    if let Value::Number(number) = value {
        if !number.is_finite() {
            return Err(Refusal::NotANumber);
        }
        // Only where the catalog objects to the fraction and to nothing else is rounding what the person meant.
        let rounded = Value::Number(number.round());
        if specification.admit(value).is_err() && specification.admit(rounded).is_ok() {
            value = rounded;
        }
    }
    match specification.admit(value) {
        Ok(()) => Ok((value != specification.default).then_some(value)),
        Err(rejected) => Err(Refusal::OutOfRange(format!(
            "{}: {}. It takes {}.",
            specification.label,
            rejected.reason,
            specification.allowed()
        ))),
    }
}

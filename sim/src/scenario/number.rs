//! The plain numbers of request classes, links and calls: each with its name, unit and range, and how it is read and set. Inspector, command line
//! and whatever turns such a number read it here; the ranges are those that files keep to.

use super::resilience::{BreakerWindow, CircuitBreaker, RetryBudget};
use super::{Call, Link, RequestClass, limits};
use crate::catalog::{Domain, Scale, Unit};
use std::ops::RangeInclusive;

/// Milliseconds in a second.
const MILLISECONDS: f64 = 1e3;

/// One number of a `T`.
#[derive(Debug)]
pub struct Number<T: 'static> {
    /// What the command line calls it; no other number of a `T` has this name.
    pub name: &'static str,
    /// Its name, e.g. "Response size".
    pub label: &'static str,
    /// The unit in which it is shown.
    pub unit: Unit,
    /// Whether only whole numbers are values.
    pub whole: bool,
    /// How a range of it is gone through.
    pub scale: Scale,
    /// Whether only what happens through time depends on it: a steady state is the same for every value.
    pub through_time: bool,
    /// How many of what is shown make one of the document's.
    per: f64,
    /// What it may be, as the document has it.
    range: RangeInclusive<f64>,
    /// As the document has it; `None` where this one has no such number.
    get: fn(&T) -> Option<f64>,
    /// Without effect where this one has no such number.
    set: fn(&mut T, f64),
}

impl<T> Number<T> {
    /// As it is shown; `None` where this one has no such number.
    pub fn of(&self, holder: &T) -> Option<f64> {
        (self.get)(holder).map(|own| self.shown(own))
    }

    /// What the document has, as it is shown.
    pub fn shown(&self, own: f64) -> f64 {
        if self.per == 1.0 {
            own
        } else {
            // 0.0007 s are 0.7 ms, not 0.7000000000000001.
            let shown = own * self.per;
            format!("{shown:.11e}").parse().unwrap_or(shown)
        }
    }

    /// Sets it to what is shown. What has no such number goes without, but a link gets a round trip of its own.
    pub fn set(&self, holder: &mut T, shown: f64) {
        (self.set)(holder, shown / self.per);
    }

    /// The smallest that it may be, as it is shown.
    pub fn minimum(&self) -> f64 {
        self.shown(*self.range.start())
    }

    /// The largest.
    pub fn maximum(&self) -> f64 {
        self.shown(*self.range.end())
    }

    /// What it may be, as it is shown.
    pub fn domain(&self) -> Domain {
        Domain::Number {
            unit: self.unit,
            minimum: self.minimum(),
            maximum: self.maximum(),
            whole: self.whole,
            scale: self.scale,
            may_be_unlimited: false,
        }
    }
}

impl<T> PartialEq for Number<T> {
    /// Of the numbers of a `T` each has a name of its own.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// A number in the document's own unit, over which one goes in equal ratios.
const fn plain<T>(
    (name, label): (&'static str, &'static str),
    unit: Unit,
    range: RangeInclusive<f64>,
    get: fn(&T) -> Option<f64>,
    set: fn(&mut T, f64),
) -> Number<T> {
    Number {
        name,
        label,
        unit,
        whole: false,
        scale: Scale::Logarithmic,
        through_time: false,
        per: 1.0,
        range,
        get,
        set,
    }
}

impl<T> Number<T> {
    /// In equal steps.
    const fn evenly(mut self) -> Self {
        self.scale = Scale::Linear;
        self
    }

    const fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    const fn in_runs(mut self) -> Self {
        self.through_time = true;
        self
    }

    /// Seconds that are shown as milliseconds.
    const fn in_milliseconds(mut self) -> Self {
        self.unit = Unit::Milliseconds;
        self.per = MILLISECONDS;
        self
    }
}

/// The numbers of a request class, in the order in which the inspector shows them.
pub static CLASS_NUMBERS: [Number<RequestClass>; 6] = [
    plain(
        ("share", "Weight"),
        Unit::None,
        limits::WEIGHT,
        |class: &RequestClass| Some(class.share),
        |class, value| class.share = value,
    ),
    plain(
        ("request_size", "Request size"),
        Unit::Bytes,
        limits::BYTES,
        |class: &RequestClass| Some(class.request_bytes),
        |class, value| class.request_bytes = value,
    ),
    plain(
        ("response_size", "Response size"),
        Unit::Bytes,
        limits::BYTES,
        |class: &RequestClass| Some(class.response_bytes),
        |class, value| class.response_bytes = value,
    ),
    plain(
        ("keys", "Distinct keys"),
        Unit::Count,
        limits::KEYS,
        |class: &RequestClass| Some(class.keys),
        |class, value| class.keys = value,
    )
    .whole(),
    plain(
        ("zipf_exponent", "Zipf exponent"),
        Unit::None,
        limits::ZIPF_EXPONENT,
        |class: &RequestClass| Some(class.zipf_exponent),
        |class, value| class.zipf_exponent = value,
    )
    .evenly(),
    plain(
        ("priority", "Priority (0 is first)"),
        Unit::Count,
        limits::PRIORITY,
        |class: &RequestClass| Some(f64::from(class.priority)),
        |class, value| class.priority = value as u8,
    )
    .whole()
    .evenly(),
];

/// How much of what its clients send is of a class: [`CLASS_NUMBERS`]' first.
pub static CLASS_SHARE: &Number<RequestClass> = &CLASS_NUMBERS[0];

/// A link's share of its caller's traffic where that is split by weight.
pub static LINK_WEIGHT: &Number<Link> = &LINK_NUMBERS[0];

/// A link's round trip; where it has none of its own, the zones of its ends imply one.
pub static ROUND_TRIP: &Number<Link> = &LINK_NUMBERS[1];

/// The numbers of a link.
pub static LINK_NUMBERS: [Number<Link>; 2] = [
    plain(
        ("weight", "Weight"),
        Unit::None,
        limits::WEIGHT,
        |link: &Link| Some(link.weight),
        |link, value| link.weight = value,
    ),
    plain(
        ("round_trip", "Round trip"),
        Unit::Seconds,
        limits::ROUND_TRIP_SECONDS,
        |link: &Link| link.round_trip_seconds,
        |link, value| link.round_trip_seconds = Some(value),
    )
    .in_milliseconds(),
];

/// The numbers of a call. Those of a protection that the call hasn't are none of its own.
pub static CALL_NUMBERS: [Number<Call>; 14] = [
    plain(
        ("count", "Times"),
        Unit::None,
        limits::CALL_COUNT,
        |call: &Call| Some(call.count),
        |call, value| call.count = value,
    ),
    plain(
        ("probability", "Probability"),
        Unit::Share,
        limits::PROBABILITY,
        |call: &Call| Some(call.probability),
        |call, value| call.probability = value,
    )
    .evenly(),
    plain(
        ("timeout", "Time-out"),
        Unit::Seconds,
        limits::TIMEOUT_SECONDS,
        |call: &Call| call.timeout_seconds,
        |call, value| {
            if call.timeout_seconds.is_some() {
                call.timeout_seconds = Some(value);
            }
        },
    )
    .in_milliseconds(),
    plain(
        ("retries", "Further attempts"),
        Unit::Count,
        limits::RETRIES,
        |call: &Call| call.retry.map(|retry| f64::from(retry.retries)),
        |call, value| {
            if let Some(retry) = &mut call.retry {
                retry.retries = value as u32;
            }
        },
    )
    .whole()
    .evenly(),
    plain(
        ("backoff", "Wait before a further attempt"),
        Unit::Seconds,
        limits::BACKOFF_SECONDS,
        |call: &Call| call.retry.map(|retry| retry.backoff_seconds),
        |call, value| {
            if let Some(retry) = &mut call.retry {
                retry.backoff_seconds = value;
            }
        },
    )
    .in_milliseconds(),
    plain(
        ("budget_share", "Calls that may be tried again"),
        Unit::Share,
        limits::PROBABILITY,
        |call: &Call| budget(call).map(|budget| budget.share),
        |call, value| with_budget(call, |budget| budget.share = value),
    )
    .evenly(),
    plain(
        ("budget_minimum", "Further attempts that are always allowed"),
        Unit::PerSecond,
        limits::BUDGET_RATE,
        |call: &Call| budget(call).map(|budget| budget.minimum_per_second),
        |call, value| with_budget(call, |budget| budget.minimum_per_second = value),
    ),
    plain(
        ("hedge_after", "Sent again after"),
        Unit::Seconds,
        limits::HEDGE_SECONDS,
        |call: &Call| call.hedge_after_seconds,
        |call, value| {
            if call.hedge_after_seconds.is_some() {
                call.hedge_after_seconds = Some(value);
            }
        },
    )
    .in_milliseconds()
    .in_runs(),
    plain(
        ("breaker_calls", "Calls that the breaker counts"),
        Unit::Count,
        limits::BREAKER_CALLS,
        |call: &Call| match call.circuit_breaker?.window {
            BreakerWindow::Calls(calls) => Some(f64::from(calls)),
            BreakerWindow::Seconds(_) => None,
        },
        |call, value| {
            with_breaker(call, |breaker| {
                if let BreakerWindow::Calls(calls) = &mut breaker.window {
                    *calls = value as u32;
                }
            });
        },
    )
    .whole()
    .in_runs(),
    plain(
        ("breaker_seconds", "Time over which the breaker counts"),
        Unit::Seconds,
        limits::BREAKER_SECONDS,
        |call: &Call| match call.circuit_breaker?.window {
            BreakerWindow::Calls(_) => None,
            BreakerWindow::Seconds(seconds) => Some(seconds),
        },
        |call, value| {
            with_breaker(call, |breaker| {
                if let BreakerWindow::Seconds(seconds) = &mut breaker.window {
                    *seconds = value;
                }
            });
        },
    )
    .in_runs(),
    plain(
        ("breaker_failures", "Failures that open the breaker"),
        Unit::Share,
        limits::FAILURE_SHARE,
        |call: &Call| call.circuit_breaker.map(|breaker| breaker.failure_share),
        |call, value| with_breaker(call, |breaker| breaker.failure_share = value),
    )
    .evenly()
    .in_runs(),
    plain(
        ("breaker_minimum", "Fewest calls of the breaker"),
        Unit::Count,
        limits::BREAKER_CALLS,
        |call: &Call| {
            let breaker = call.circuit_breaker;
            breaker.map(|breaker| f64::from(breaker.minimum_calls))
        },
        |call, value| with_breaker(call, |breaker| breaker.minimum_calls = value as u32),
    )
    .whole()
    .in_runs(),
    plain(
        ("breaker_open", "Time for which the breaker stays open"),
        Unit::Seconds,
        limits::BREAKER_SECONDS,
        |call: &Call| call.circuit_breaker.map(|breaker| breaker.open_seconds),
        |call, value| with_breaker(call, |breaker| breaker.open_seconds = value),
    )
    .in_runs(),
    plain(
        ("breaker_trials", "Calls that the breaker tries"),
        Unit::Count,
        limits::BREAKER_CALLS,
        |call: &Call| {
            let breaker = call.circuit_breaker;
            breaker.map(|breaker| f64::from(breaker.trials))
        },
        |call, value| with_breaker(call, |breaker| breaker.trials = value as u32),
    )
    .whole()
    .in_runs(),
];

/// The call's number of this name.
pub fn call_number(name: &str) -> Option<&'static Number<Call>> {
    CALL_NUMBERS.iter().find(|number| number.name == name)
}

fn budget(call: &Call) -> Option<RetryBudget> {
    call.retry.and_then(|retry| retry.budget)
}

fn with_budget(call: &mut Call, change: impl FnOnce(&mut RetryBudget)) {
    if let Some(budget) = call.retry.as_mut().and_then(|retry| retry.budget.as_mut()) {
        change(budget);
    }
}

fn with_breaker(call: &mut Call, change: impl FnOnce(&mut CircuitBreaker)) {
    if let Some(breaker) = &mut call.circuit_breaker {
        change(breaker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Kind, Value};
    use crate::scenario::{
        CallPlan, ClassId, Component, ComponentId, LinkId, Operation, PlanStep, Point, Retry,
        Scenario, validate,
    };

    /// A call with every protection, whose breaker counts so.
    fn protected(window: BreakerWindow) -> Call {
        let mut retry = Retry::new(2, 0.1);
        retry.budget = Some(RetryBudget::USUAL);
        Call {
            timeout_seconds: Some(1.0),
            retry: Some(retry),
            hedge_after_seconds: Some(0.1),
            circuit_breaker: Some(CircuitBreaker {
                window,
                ..CircuitBreaker::USUAL
            }),
            ..Call::once(LinkId(1))
        }
    }

    fn scenario(call: Call) -> Scenario {
        let component = |id, kind, name: &str| {
            Component::new(ComponentId(id), kind, name, Point { x: 0.0, y: 0.0 })
        };
        let mut scenario = Scenario {
            components: vec![
                component(1, Kind::Service, "App"),
                component(2, Kind::SqlPrimary, "Database"),
            ],
            links: vec![Link::new(LinkId(1), ComponentId(1), ComponentId(2))],
            ..Scenario::default()
        };
        // Some class has to be sent.
        let other = RequestClass::new(ClassId(2), "other", Operation::Read);
        scenario.classes.push(other);
        scenario.components[0].plans.push(CallPlan {
            class: ClassId(1),
            steps: vec![PlanStep { calls: vec![call] }],
        });
        scenario
    }

    fn call(scenario: &mut Scenario) -> &mut Call {
        &mut scenario.components[0].plans[0].steps[0].calls[0]
    }

    /// Its ends are taken as the document's checks take them, and nothing beyond.
    fn reaches_as_far_as_the_document<T>(
        number: &Number<T>,
        scenario: &Scenario,
        holder: fn(&mut Scenario) -> &mut T,
    ) {
        let Domain::Number {
            minimum, maximum, ..
        } = number.domain()
        else {
            panic!("{} is a number", number.name);
        };
        let before = validate(scenario).len();
        for bound in [minimum, maximum] {
            let mut changed = scenario.clone();
            number.set(holder(&mut changed), bound);
            assert_eq!(
                number.of(holder(&mut changed)),
                Some(bound),
                "{}",
                number.name
            );
            assert!(
                number
                    .domain()
                    .parse(&number.domain().format(Value::Number(bound)))
                    .is_ok()
            );
            assert_eq!(
                validate(&changed).len(),
                before,
                "{} at {bound}",
                number.name
            );
        }
        // A whole number that fits into its field can't be beyond it.
        let fits = number.whole && number.name == "priority";
        if !fits {
            let mut changed = scenario.clone();
            number.set(holder(&mut changed), 2.0 * maximum + 1.0);
            assert!(validate(&changed).len() > before, "{}", number.name);
        }
    }

    #[test]
    fn every_number_reaches_as_far_as_the_document_does() {
        let calls = scenario(protected(BreakerWindow::Calls(100)));
        for number in &CLASS_NUMBERS {
            reaches_as_far_as_the_document(number, &calls, |scenario| &mut scenario.classes[0]);
        }
        for number in &LINK_NUMBERS {
            let mut own = calls.clone();
            own.links[0].round_trip_seconds = Some(0.1);
            reaches_as_far_as_the_document(number, &own, |scenario| &mut scenario.links[0]);
        }
        let seconds = scenario(protected(BreakerWindow::Seconds(10.0)));
        for number in &CALL_NUMBERS {
            let counts = number.name != "breaker_seconds";
            let scenario = if counts { &calls } else { &seconds };
            reaches_as_far_as_the_document(number, scenario, call);
        }
    }

    #[test]
    fn every_number_that_a_call_has_can_be_turned() {
        for window in [BreakerWindow::Calls(100), BreakerWindow::Seconds(10.0)] {
            let call = protected(window);
            let there = CALL_NUMBERS
                .iter()
                .filter(|number| number.of(&call).is_some());
            assert_eq!(there.count(), call.numbers().len());
        }
    }

    #[test]
    fn nothing_is_protected_by_setting_numbers_alone() {
        let plain = Call::once(LinkId(1));
        for number in &CALL_NUMBERS {
            let mut call = plain.clone();
            if number.of(&plain).is_none() {
                number.set(&mut call, 1.0);
                assert_eq!(call, plain, "{}", number.name);
            }
        }
    }

    #[test]
    fn names_tell_numbers_apart_and_milliseconds_are_read_as_they_were_written() {
        let mut names: Vec<&str> = CALL_NUMBERS.iter().map(|number| number.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CALL_NUMBERS.len());
        for number in &CALL_NUMBERS {
            assert_eq!(call_number(number.name), Some(number));
        }
        let mut link = Link::new(LinkId(1), ComponentId(1), ComponentId(2));
        assert_eq!(ROUND_TRIP.of(&link), None);
        for shown in [0.7, 0.3, 1.1, 0.25, 1e-3] {
            ROUND_TRIP.set(&mut link, shown);
            assert_eq!(ROUND_TRIP.of(&link), Some(shown));
        }
        assert_eq!((CLASS_SHARE.name, LINK_WEIGHT.name), ("share", "weight"));
    }
}

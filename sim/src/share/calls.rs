//! What protects calls, in a section of its own: each call that has something beyond the first compact form, by its place in the document.

use super::ShareError;
use super::bytes::Writer;
use super::unpack::{ENTRY, OBJECT, Result, Unpacker, unknown};
use crate::scenario::{BreakerWindow, Call, Jitter, Scenario};
use serde_json::{Map, Value, json};

/// What a call has.
const HAS_HEDGE: u64 = 1;
const HAS_BREAKER: u64 = 2;
const HAS_JITTER: u64 = 4;
const HAS_BUDGET: u64 = 8;
/// All that this build knows.
const KNOWN: u64 = 15;
/// What a breaker counts.
const OF_CALLS: u8 = 0;
const OF_SECONDS: u8 = 1;

/// Where a call stands: component, plan, step, and place in it.
type Path = [usize; 4];

fn has(call: &Call) -> u64 {
    let flag = |there: bool, flag: u64| if there { flag } else { 0 };
    let jitter = |retry: &crate::scenario::Retry| retry.jitter != Jitter::Exponential;
    flag(call.hedge_after_seconds.is_some(), HAS_HEDGE)
        | flag(call.circuit_breaker.is_some(), HAS_BREAKER)
        | flag(call.retry.as_ref().is_some_and(jitter), HAS_JITTER)
        | flag(
            call.retry.is_some_and(|retry| retry.budget.is_some()),
            HAS_BUDGET,
        )
}

/// The calls that the first compact form doesn't hold as a whole.
pub(super) fn protected(scenario: &Scenario) -> Vec<(Path, &Call)> {
    let mut found = Vec::new();
    for (component, of) in scenario.components.iter().enumerate() {
        for (plan, of) in of.plans.iter().enumerate() {
            for (step, of) in of.steps.iter().enumerate() {
                for (place, call) in of.calls.iter().enumerate() {
                    if has(call) != 0 {
                        found.push(([component, plan, step, place], call));
                    }
                }
            }
        }
    }
    found
}

pub(super) fn write(writer: &mut Writer, calls: &[(Path, &Call)]) {
    writer.count(calls.len());
    for (path, call) in calls {
        path.iter().for_each(|place| writer.count(*place));
        writer.measured(&|writer: &mut Writer| self::call(writer, call));
    }
}

fn call(writer: &mut Writer, call: &Call) {
    writer.unsigned(has(call));
    if let Some(seconds) = call.hedge_after_seconds {
        writer.number(seconds);
    }
    if let Some(breaker) = call.circuit_breaker {
        writer.number(breaker.failure_share);
        match breaker.window {
            BreakerWindow::Calls(calls) => {
                writer.byte(OF_CALLS);
                writer.unsigned(u64::from(calls));
            }
            BreakerWindow::Seconds(seconds) => {
                writer.byte(OF_SECONDS);
                writer.number(seconds);
            }
        }
        writer.unsigned(u64::from(breaker.minimum_calls));
        writer.number(breaker.open_seconds);
        writer.unsigned(u64::from(breaker.trials));
    }
    if let Some(retry) = call.retry {
        if retry.jitter != Jitter::Exponential {
            let code = Jitter::ALL.iter().position(|known| *known == retry.jitter);
            writer.count(code.unwrap_or(0));
        }
        if let Some(budget) = retry.budget {
            writer.number(budget.share);
            writer.number(budget.minimum_per_second);
        }
    }
}

impl Unpacker<'_> {
    /// Puts the section's fields into the calls of the document; says how many calls have more than this build knows.
    pub(super) fn protected_calls(&mut self, document: &mut Map<String, Value>) -> Result<usize> {
        let mut newer = 0;
        // Every call takes its bytes, so there are never more than those of the document.
        for _ in 0..self.reader.unsigned()? {
            self.spend(OBJECT)?;
            let mut path = [0; 4];
            for place in &mut path {
                let number = self.reader.unsigned()?;
                *place = usize::try_from(number).map_err(|_| ShareError::Damaged)?;
            }
            let bytes = self.reader.measured()?;
            let fields = call_at(document, path).ok_or(ShareError::Damaged)?;
            newer += usize::from(!self.inside(bytes, |unpacker| unpacker.protection(fields))?);
        }
        Ok(newer)
    }

    /// One call's fields; whether they were all.
    fn protection(&mut self, call: &mut Map<String, Value>) -> Result<bool> {
        self.spend(4 * ENTRY)?;
        let has = self.reader.unsigned()?;
        if has & HAS_HEDGE != 0 {
            call.insert("hedge_after_seconds".to_owned(), self.number()?);
        }
        if has & HAS_BREAKER != 0 {
            self.spend(OBJECT)?;
            let share = self.number()?;
            let window = match self.reader.byte()? {
                OF_CALLS => json!({"calls": self.reader.unsigned()?}),
                OF_SECONDS => json!({"seconds": self.number()?}),
                code => json!({ unknown(u64::from(code)): null }),
            };
            let breaker = json!({
                "failure_share": share,
                "window": window,
                "minimum_calls": self.reader.unsigned()?,
                "open_seconds": self.number()?,
                "trials": self.reader.unsigned()?,
            });
            call.insert("circuit_breaker".to_owned(), breaker);
        }
        let mut into_retry = |name: &str, value: Value| match call.get_mut("retry") {
            Some(Value::Object(retry)) => {
                retry.insert(name.to_owned(), value);
                Ok(())
            }
            _ => Err(ShareError::Damaged),
        };
        if has & HAS_JITTER != 0 {
            let code = self.reader.unsigned()?;
            let known = Jitter::ALL.get(usize::try_from(code).unwrap_or(usize::MAX));
            let jitter = known.map_or_else(|| unknown(code), |jitter| jitter.name().to_owned());
            into_retry("jitter", Value::from(jitter))?;
        }
        if has & HAS_BUDGET != 0 {
            let budget = json!({"share": self.number()?, "minimum_per_second": self.number()?});
            into_retry("budget", budget)?;
        }
        Ok(has & !KNOWN == 0)
    }
}

/// The fields of a call of the document.
fn call_at(
    document: &mut Map<String, Value>,
    [component, plan, step, place]: Path,
) -> Option<&mut Map<String, Value>> {
    let component = document.get_mut("components")?.get_mut(component)?;
    let plan = component.get_mut("plans")?.get_mut(plan)?;
    let step = plan.get_mut("steps")?.get_mut(step)?;
    step.get_mut("calls")?.get_mut(place)?.as_object_mut()
}

//! The exact entry of a number, with its unit, range and what is wrong with what was typed; it knows no parameter.

use super::super::ui::prelude::*;
use crate::display::timeline::{moment_words, read_moment};
use loadscape_sim::catalog::{Unit, format_number, parse_number};
use loadscape_sim::scenario::Number;
use web_sys::KeyboardEvent;

/// What an entry accepts.
#[derive(Clone, Copy, Debug)]
pub struct Accepts {
    /// The unit in which it is written.
    pub unit: Unit,
    /// Smallest value.
    pub minimum: f64,
    /// Largest value.
    pub maximum: f64,
    /// Whether only whole numbers are values.
    pub whole: bool,
}

impl Accepts {
    /// What a number of the document's may be, as it is shown.
    pub fn of<T>(number: &Number<T>) -> Self {
        Accepts {
            unit: number.unit,
            minimum: number.minimum(),
            maximum: number.maximum(),
            whole: number.whole,
        }
    }

    /// The number in this text, or what would be accepted instead.
    pub fn check(&self, text: &str) -> Result<f64, String> {
        let number = parse_number(self.unit, text)?;
        if number < self.minimum || number > self.maximum {
            return Err(format!(
                "\"{}\" is out of range: from {} to {}.",
                text.trim(),
                format_number(self.unit, self.minimum),
                format_number(self.unit, self.maximum)
            ));
        }
        Ok(if self.whole {
            number.round().clamp(self.minimum, self.maximum)
        } else {
            number
        })
    }
}

/// How numbers are written in a field.
#[derive(Clone, Copy)]
struct Manner {
    check: fn(&Accepts, &str) -> Result<f64, String>,
    written: fn(f64, Unit) -> String,
    kept: fn(Unit, f64) -> String,
    unit: &'static str,
}

/// A field for a number. `set` is called for each text that makes sense, as it is typed; `wrong` says what is the matter meanwhile.
pub fn number_entry(
    id: String,
    label: String,
    accepts: Accepts,
    value: Signal<f64>,
    set: Callback<f64>,
    wrong: RwSignal<Option<String>>,
) -> AnyView {
    let manner = Manner {
        check: Accepts::check,
        written,
        kept: format_number,
        unit: accepts.unit.symbol(),
    };
    field(id, label, accepts, manner, value, set, wrong)
}

/// The same for a moment of the run, in seconds, as its clock writes it.
pub fn moment_entry(
    id: String,
    label: String,
    accepts: Accepts,
    value: Signal<f64>,
    set: Callback<f64>,
    wrong: RwSignal<Option<String>>,
) -> AnyView {
    let manner = Manner {
        check: |accepts, text| {
            let moment = read_moment(text)?;
            if moment < accepts.minimum || moment > accepts.maximum {
                return Err(format!("\"{}\" is beyond every run.", text.trim()));
            }
            Ok(moment)
        },
        written: |moment, _| moment_words(moment),
        kept: |_, moment| moment_words(moment),
        unit: "",
    };
    field(id, label, accepts, manner, value, set, wrong)
}

fn field(
    id: String,
    label: String,
    accepts: Accepts,
    manner: Manner,
    value: Signal<f64>,
    set: Callback<f64>,
    wrong: RwSignal<Option<String>>,
) -> AnyView {
    // While somebody types, the field shows what they type, not what it means.
    let draft = RwSignal::new(None::<String>);
    // What was set before: where somebody leaves something that makes no sense, its first letters may have made some.
    let before = RwSignal::new(None::<f64>);
    let shown = move || {
        draft
            .get()
            .unwrap_or_else(|| (manner.written)(value.get(), accepts.unit))
    };
    let typed = move |text: String| {
        if draft.with_untracked(Option::is_none) {
            before.set(Some(value.get_untracked()));
        }
        match (manner.check)(&accepts, &text) {
            Ok(number) => {
                wrong.set(None);
                if number != value.get_untracked() {
                    set.run(number);
                }
            }
            Err(allowed) => wrong.set(Some(allowed)),
        }
        draft.set(Some(text));
    };
    let mistyped = move || draft.read().is_some() && wrong.read().is_some();
    let left = move || {
        let mistyped = draft.with_untracked(Option::is_some);
        draft.set(None);
        let Some(problem) = wrong.get_untracked().filter(|_| mistyped) else {
            return;
        };
        if let Some(before) = before.get_untracked()
            && before != value.get_untracked()
        {
            set.run(before);
        }
        // The number is put back; what was wrong stays to be read until something is typed again.
        let kept = (manner.kept)(accepts.unit, value.get_untracked());
        wrong.set(Some(format!("{problem} It stays {kept}.")));
    };
    let keys = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowUp" => 1.0,
            "ArrowDown" => -1.0,
            _ => {
                super::super::dom::blur_on_enter(event);
                return;
            }
        };
        event.prevent_default();
        let next = stepped(value.get_untracked(), step, &accepts);
        draft.set(None);
        wrong.set(None);
        set.run(next);
    };
    view! {
        <span class="entry" class:wrong=mistyped>
            <input
                id=id.clone()
                type="text"
                inputmode="decimal"
                autocomplete="off"
                spellcheck="false"
                aria-label=label
                aria-invalid=move || mistyped().to_string()
                data-testid=id
                prop:value=shown
                on:input:target=move |event| typed(event.target().value())
                on:blur=move |_| left()
                on:keydown=keys
            />
            <span class="unit">{manner.unit}</span>
        </span>
    }
    .into_any()
}

/// The number without the unit that stands beside the field.
fn written(value: f64, unit: Unit) -> String {
    if value.is_infinite() {
        return "∞".to_owned();
    }
    // Nine digits are more than anybody typed; what binary fractions add behind them is noise.
    let rounded = if value == 0.0 {
        0.0
    } else {
        format!("{value:.8e}").parse().unwrap_or(value)
    };
    let text = format_number(unit, rounded);
    text.strip_suffix(unit.symbol())
        .map_or(text.clone(), |number| number.trim_end().to_owned())
}

/// One step of the arrow keys: 1 for whole numbers below ten, else a tenth of the leading digit's place.
fn stepped(value: f64, direction: f64, accepts: &Accepts) -> f64 {
    let value = if value.is_finite() {
        value
    } else {
        accepts.maximum
    };
    let size = value.abs().max(if accepts.whole { 1.0 } else { 1e-9 });
    let mut step = 10f64.powf((size.log10() + 1e-9).floor() - 1.0);
    if accepts.whole {
        step = step.max(1.0);
    }
    // Rounding to the step keeps 0.1 + 0.2 from showing.
    let next = ((value + direction * step) / step).round() * step;
    next.clamp(accepts.minimum, accepts.maximum)
}

//! Where a slider's thumb stands for a value, and the value for a thumb; it knows ranges and scales, no parameter.

use loadscape_sim::catalog::Scale;

/// Steps of every slider: fine enough for a thumb of a pixel a step on a wide inspector.
pub const STEPS: f64 = 240.0;

/// A slider's range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Smallest value.
    pub minimum: f64,
    /// Largest value.
    pub maximum: f64,
    /// Whether only whole numbers are values.
    pub whole: bool,
    /// How the thumb moves.
    pub scale: Scale,
}

impl Range {
    /// The thumb's place for this value, 0 to [`STEPS`].
    pub fn position(&self, value: f64) -> f64 {
        let value = value.clamp(self.minimum, self.maximum);
        let share = match self.scale {
            Scale::Linear => (value - self.minimum) / (self.maximum - self.minimum),
            Scale::Logarithmic => {
                let least = self.least_positive();
                if value < least {
                    0.0
                } else {
                    (value / least).ln() / (self.maximum / least).ln() * (1.0 - self.first_stop())
                        + self.first_stop()
                }
            }
        };
        if share.is_finite() {
            (share * STEPS).clamp(0.0, STEPS)
        } else {
            0.0
        }
    }

    /// The value for this place of the thumb, rounded to what a person would have typed.
    pub fn value(&self, position: f64) -> f64 {
        let share = (position / STEPS).clamp(0.0, 1.0);
        if share >= 1.0 {
            return self.maximum;
        }
        let value = match self.scale {
            Scale::Linear => {
                let exact = self.minimum + share * (self.maximum - self.minimum);
                round_to(exact, (self.maximum - self.minimum) / 100.0)
            }
            Scale::Logarithmic => {
                let least = self.least_positive();
                let first = self.first_stop();
                if first > 0.0 && share < first / 2.0 {
                    return self.minimum;
                }
                let exponent = ((share - first) / (1.0 - first)).max(0.0);
                let exact = least * (self.maximum / least).powf(exponent);
                round_to(exact, exact / 30.0)
            }
        };
        let value = if self.whole { value.round() } else { value };
        value.clamp(self.minimum, self.maximum)
    }

    // A logarithmic range that begins at zero has its own leftmost stop for zero; decades begin above it.
    fn first_stop(&self) -> f64 {
        if self.minimum > 0.0 { 0.0 } else { 6.0 / STEPS }
    }

    fn least_positive(&self) -> f64 {
        if self.minimum > 0.0 {
            self.minimum
        } else if self.whole {
            1.0
        } else {
            // A rate may reach a hundred million a second, and most are tens: decades begin at 1 at the latest.
            (self.maximum * 1e-5).min(1.0)
        }
    }
}

// Rounds to 1, 2 or 5 times a power of ten that is not coarser than the grain.
fn round_to(value: f64, grain: f64) -> f64 {
    if grain <= 0.0 || !grain.is_finite() {
        return value;
    }
    let exponent = grain.log10().floor() as i32;
    let power = 10f64.powi(exponent);
    let step = match grain / power {
        ratio if ratio >= 5.0 => 5.0,
        ratio if ratio >= 2.0 => 2.0,
        _ => 1.0,
    };
    // Dividing by a whole number instead of multiplying by a fraction keeps 0.3 from becoming 0.30000000000000004.
    if exponent < 0 {
        (value * 10f64.powi(-exponent) / step).round() * step / 10f64.powi(-exponent)
    } else {
        (value / (step * power)).round() * step * power
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGES: [Range; 4] = [
        Range {
            minimum: 1.0,
            maximum: 1_000_000.0,
            whole: true,
            scale: Scale::Logarithmic,
        },
        Range {
            minimum: 0.0,
            maximum: 60_000.0,
            whole: false,
            scale: Scale::Logarithmic,
        },
        Range {
            minimum: 0.0,
            maximum: 1.0,
            whole: false,
            scale: Scale::Linear,
        },
        Range {
            minimum: 1.0,
            maximum: 64.0,
            whole: true,
            scale: Scale::Logarithmic,
        },
    ];

    #[test]
    fn both_ends_of_a_slider_are_the_ends_of_the_range() {
        for range in RANGES {
            assert_eq!(range.value(0.0), range.minimum, "{range:?}");
            assert_eq!(range.value(STEPS), range.maximum, "{range:?}");
            assert_eq!(range.position(range.minimum), 0.0, "{range:?}");
            assert!(
                (range.position(range.maximum) - STEPS).abs() < 1e-9,
                "{range:?}"
            );
        }
    }

    #[test]
    fn moving_right_never_lowers_the_value() {
        for range in RANGES {
            let mut last = f64::NEG_INFINITY;
            for step in 0..=STEPS as u32 {
                let value = range.value(f64::from(step));
                assert!(value >= last, "{range:?} at {step}: {value} after {last}");
                assert!(!range.whole || value.fract() == 0.0);
                last = value;
            }
        }
    }

    #[test]
    fn a_value_set_by_the_slider_leaves_the_thumb_near_where_it_was() {
        for range in RANGES.into_iter().filter(|range| !range.whole) {
            for step in 0..=STEPS as u32 {
                let back = range.position(range.value(f64::from(step)));
                assert!(
                    (back - f64::from(step)).abs() <= 6.0,
                    "{range:?} at {step}: {back}"
                );
            }
        }
    }

    #[test]
    fn values_are_what_a_person_would_have_typed() {
        for step in 0..=STEPS as u32 {
            let text = format!("{}", RANGES[2].value(f64::from(step)));
            assert!(text.len() <= 5, "{text}");
        }
    }
}

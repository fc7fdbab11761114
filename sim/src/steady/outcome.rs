//! How steps may end, and the moments of the times until then. It knows no routes.
//!
//! The moments of a time with probability mass `p` are the first terms of its transform, p − s `E[T]` + s² `E[T²]` / 2, so that adding,
//! multiplying and delaying act on both alike, and a mean can never disagree with the percentiles beside it.

/// A (possibly defective) law of a time, seen through its moments or through its transform at one point.
pub(super) trait Law: Copy {
    /// Never happens.
    const NEVER: Self;
    /// Happens at once, surely.
    const AT_ONCE: Self;
    /// Either of two exclusive cases.
    fn or(self, other: Self) -> Self;
    /// One after the other.
    fn then(self, other: Self) -> Self;
    /// With this probability.
    fn weighted(self, probability: f64) -> Self;
}

/// Probability mass with the first and second moment it contributes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moments {
    /// Probability.
    pub mass: f64,
    /// `E[T; it happens]`, seconds.
    pub first: f64,
    /// `E[T²; it happens]`, seconds².
    pub second: f64,
}

impl Moments {
    /// A sure time with these moments.
    pub fn sure(first: f64, second: f64) -> Self {
        Moments {
            mass: 1.0,
            first,
            second,
        }
    }

    /// A constant time.
    pub fn constant(seconds: f64) -> Self {
        Moments {
            mass: 1.0,
            first: seconds,
            second: seconds * seconds,
        }
    }

    /// The time multiplied by this factor.
    pub fn scaled(self, factor: f64) -> Self {
        Moments {
            mass: self.mass,
            first: self.first * factor,
            second: self.second * factor * factor,
        }
    }

    /// Mean of the time given that it happens.
    pub fn mean(&self) -> f64 {
        if self.mass > 0.0 {
            self.first / self.mass
        } else {
            0.0
        }
    }

    /// Variance of the time given that it happens.
    pub fn variance(&self) -> f64 {
        if self.mass > 0.0 {
            let mean = self.mean();
            (self.second / self.mass - mean * mean).max(0.0)
        } else {
            0.0
        }
    }
}

impl Law for Moments {
    const NEVER: Self = Moments {
        mass: 0.0,
        first: 0.0,
        second: 0.0,
    };
    const AT_ONCE: Self = Moments {
        mass: 1.0,
        first: 0.0,
        second: 0.0,
    };

    #[inline]
    fn or(self, other: Self) -> Self {
        Moments {
            mass: self.mass + other.mass,
            first: self.first + other.first,
            second: self.second + other.second,
        }
    }

    #[inline]
    fn then(self, other: Self) -> Self {
        Moments {
            mass: self.mass * other.mass,
            first: self.mass * other.first + self.first * other.mass,
            second: self.mass * other.second
                + 2.0 * self.first * other.first
                + self.second * other.mass,
        }
    }

    #[inline]
    fn weighted(self, probability: f64) -> Self {
        Moments {
            mass: self.mass * probability,
            first: self.first * probability,
            second: self.second * probability,
        }
    }
}

/// How a step may end, with the time until then. What is missing from a total mass of 1 stays in a backlog for ever.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome<L> {
    /// Done well.
    pub success: L,
    /// Ended by an error answer or a time-out.
    pub error: L,
    /// Refused: no room, or over the limit.
    pub refused: L,
}

impl<L: Law> Outcome<L> {
    /// Nothing to do.
    pub const AT_ONCE: Self = Outcome {
        success: L::AT_ONCE,
        error: L::NEVER,
        refused: L::NEVER,
    };

    /// Surely ends well.
    #[inline]
    pub fn sure(time: L) -> Self {
        Outcome {
            success: time,
            ..Self::AT_ONCE
        }
    }

    /// Whether it surely doesn't end otherwise than well, if it ends.
    #[inline]
    pub fn is_sure(&self) -> bool
    where
        L: PartialEq,
    {
        self.error == L::NEVER && self.refused == L::NEVER
    }

    /// However it ends.
    #[inline]
    pub fn ended(self) -> L {
        self.success.or(self.error).or(self.refused)
    }

    /// What a client calls an answer: everything but a refusal.
    #[inline]
    pub fn answered(self) -> L {
        self.success.or(self.error)
    }
}

impl Outcome<Moments> {
    /// The same chances with this (sure) time, however it ends.
    pub fn with_time(self, time: Moments) -> Self {
        Outcome {
            success: time.weighted(self.success.mass),
            error: time.weighted(self.error.mass),
            refused: time.weighted(self.refused.mass),
        }
    }

    /// All that a time has beyond a constant part (seconds) multiplied by this factor.
    pub fn stretched(self, constant: f64, factor: f64) -> Self {
        let stretch = |law: Moments| {
            let (first, second) = (
                law.first - constant * law.mass,
                law.second - 2.0 * constant * law.first + constant * constant * law.mass,
            );
            Moments {
                mass: law.mass,
                first,
                second,
            }
            .scaled(factor)
            .then(Moments::constant(constant))
        };
        Outcome {
            success: stretch(self.success),
            error: stretch(self.error),
            refused: stretch(self.refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_a_sequence_add_as_means_and_variances() {
        let service = Moments::sure(2.0, 8.0);
        let both = service.then(Moments::constant(3.0)).then(service);
        assert_eq!(both.mean(), 7.0);
        assert_eq!(both.variance(), 8.0);
    }
}

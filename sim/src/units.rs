//! Quantities with their unit in the type, so that a latency can't be added to a rate; it knows nothing of what they measure.

use serde::{Deserialize, Serialize};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl std::ops::Add for $name {
            type Output = $name;
            fn add(self, other: $name) -> $name {
                $name(self.0 + other.0)
            }
        }

        impl std::ops::Sub for $name {
            type Output = $name;
            fn sub(self, other: $name) -> $name {
                $name(self.0 - other.0)
            }
        }

        impl std::ops::Mul<f64> for $name {
            type Output = $name;
            fn mul(self, factor: f64) -> $name {
                $name(self.0 * factor)
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = $name>>(quantities: I) -> $name {
                $name(quantities.map(|quantity| quantity.0).sum())
            }
        }
    };
}

quantity! {
    /// A span of time in seconds.
    Seconds
}
quantity! {
    /// A rate in events (requests, calls, messages) per second.
    PerSecond
}
quantity! {
    /// An amount of money in US dollars a month of 730 hours.
    DollarsPerMonth
}

/// Hours in the month that prices are quoted for (365 × 24 / 12), as cloud price lists do.
pub const HOURS_PER_MONTH: f64 = 730.0;

/// Seconds in the month that prices are quoted for.
pub const SECONDS_PER_MONTH: f64 = HOURS_PER_MONTH * 3600.0;

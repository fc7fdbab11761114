//! Ids that can't be mistaken for one another; they know nothing of what they name.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

id! {
    /// Names a component within its document.
    ComponentId
}
id! {
    /// Names a link within its document.
    LinkId
}
id! {
    /// Names a zone within its document.
    ZoneId
}
id! {
    /// Names a request class within its document.
    ClassId
}

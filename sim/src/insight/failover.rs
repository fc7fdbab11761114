//! What has become of a failover, in words. It doesn't know how it went.

use crate::des::FailoverFindings;
use crate::quantities::{time, whole};
use crate::scenario::{ComponentId, Scenario};
use crate::units::Seconds;

/// Who took over, how late, and what was lost; and that the two machines have changed parts, so that the figures of each are of what it does
/// now.
pub fn failover_words(scenario: &Scenario, failover: &FailoverFindings) -> String {
    let name = |id: ComponentId| {
        let part = scenario.component(id);
        part.map_or_else(String::new, |part| part.name.clone())
    };
    let primary = name(failover.primary);
    let (Some(successor), Some(taken_over)) = (failover.successor, failover.taken_over_seconds)
    else {
        return format!("{primary} was given up, and nobody has taken over yet.");
    };
    let successor = name(successor);
    let after = time(Seconds(taken_over - failover.failed_seconds));
    let lost = match failover.writes_lost {
        0 => "no write was lost".to_owned(),
        1 => "1 write was lost".to_owned(),
        many => format!("{} writes were lost", whole(many as f64)),
    };
    format!(
        "{primary} was given up: a machine of {successor} took over {after} after {primary} was last heard of, and {lost}. Both have changed parts: the machine of {primary} is busy with what that of {successor} did, once it is back."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Kind;
    use crate::scenario::{Component, Point};

    #[test]
    fn a_failover_says_who_acts_as_whom() {
        let part = |id, kind, name| Component::new(ComponentId(id), kind, name, Point::default());
        let scenario = Scenario {
            components: vec![
                part(1, Kind::SqlPrimary, "Orders"),
                part(2, Kind::ReadReplica, "Copies"),
            ],
            ..Scenario::default()
        };
        let mut failover = FailoverFindings {
            primary: ComponentId(1),
            failed_seconds: 15.0,
            taken_over_seconds: Some(22.5),
            successor: Some(ComponentId(2)),
            instance: Some(0),
            writes_lost: 1_200,
        };
        let words = failover_words(&scenario, &failover);
        assert!(
            words.starts_with("Orders was given up: a machine of Copies took over 7.5 s after Orders was last heard of, and 1,200 writes were lost."),
            "{words}"
        );
        (failover.successor, failover.taken_over_seconds) = (None, None);
        assert!(failover_words(&scenario, &failover).ends_with("nobody has taken over yet."));
    }
}

//! What balancers watch of the instances behind them: probes, failures, how long one has been there. It doesn't know how requests spread.

use crate::scenario::{ComponentId, LinkId};
use crate::units::Seconds;

/// How a balancer picks among the instances of a component, apart from its policy. A steady state is that of all instances taking part.
///
/// Instances behind one common queue can't be told apart: they are watched as a whole, as is one that is alone. When none takes part, requests
/// go to any of them (as AWS's balancers "fail open"); a balancer with several components to choose from ([`super::Balancing`]) leaves out those
/// of which none takes part, as long as there is another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    /// Whose instances.
    pub component: ComponentId,
    /// The balancer's link to them, along which it probes and calls them.
    pub link: Option<LinkId>,
    /// Leaves out those that don't answer probes.
    pub health: Option<HealthChecks>,
    /// Leaves out those that fail.
    pub outliers: Option<OutlierEjection>,
    /// How long one that comes, or takes part again, takes until it gets its full share, which grows from a tenth in proportion to the time
    /// (Envoy, `slow_start_config` with aggression 1 and `min_weight_percent` 10); 0 is at once. Of those with the fewest requests it is
    /// looked at so often.
    pub slow_start: Seconds,
}

/// Probes of all instances at once, from an interval after the start on, which take no time; one that is away doesn't answer. Nor does one whose
/// probe is lost on the balancer's link, as calls are lost there, or is delayed there for longer than the interval (as Envoy's and AWS's
/// time-outs of probes, which are no longer than that). Who comes takes part at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HealthChecks {
    /// From one probe to the next; above 0.
    pub interval: Seconds,
    /// Probes in a row without an answer until an instance is left out; at least 1.
    pub unhealthy_after: u32,
    /// Answers in a row until it takes part again; at least 1.
    pub healthy_after: u32,
}

impl HealthChecks {
    /// Those of a DNS that fails over: every ten seconds, three times in a row (Amazon Route 53, developer guide, "Values that you specify when you
    /// create or update health checks": fast interval and default threshold).
    pub const BY_DNS: HealthChecks = HealthChecks {
        interval: Seconds(10.0),
        unhealthy_after: 3,
        healthy_after: 3,
    };
}

/// Leaves out instances that fail again and again, as Envoy does (`outlier_detection.consecutive_5xx`): for the ejection time, times how
/// often it has happened lately (ten seconds without make up for one), at most 300 s or the ejection time. Whatever comes back as a
/// failure counts, also of what the instance has called, but for refusals by its own rate limit. A call that is given up counts at that
/// moment as a failure of the instance that was asked (as a time-out of the balancer's own, which Envoy answers with 504), and no more when it
/// ends: so instances that are too slow are ejected, too, where somebody has set a time-out. A call that is lost on the balancer's link, or
/// given up while it is still on its way there, is a failure of the instance that it would have come to (Envoy: `consecutive_5xx` counts
/// connect failures and time-outs alike).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlierEjection {
    /// Failures in a row; at least 1.
    pub failures: u32,
    /// How long the first time.
    pub time: Seconds,
    /// Most instances left out for this at once, as a share of all, 0 to 1; one may be in any case.
    pub most: f64,
}

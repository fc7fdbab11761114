//! How autoscalers decide: the utilisation that they aim at, or the steps that they take. It knows no instances that serve.

/// How many instances an autoscaler wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScalingPolicy {
    /// As many as bring the utilisation to a target.
    TargetTracking {
        /// The utilisation aimed at, above 0 and below 1.
        utilisation: f64,
    },
    /// So many more above a threshold, so many fewer below another.
    Steps(ScalingSteps),
}

/// The steps of step scaling: where the utilisation lies above the upper threshold by less than a width, one step of instances is added; by
/// less than two widths, two steps; and so on. Below the lower threshold one step is removed at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalingSteps {
    /// Above this utilisation instances are added; above 0 and below 1.
    pub upper: f64,
    /// Below this utilisation instances are removed; below `upper`.
    pub lower: f64,
    /// How much further the utilisation has to be out for one more step; above 0.
    pub width: f64,
    /// Instances in a step; at least 1.
    pub instances: u32,
}

impl ScalingPolicy {
    /// The utilisation above which there are soon more instances.
    pub fn most_utilisation(&self) -> f64 {
        match self {
            ScalingPolicy::TargetTracking { utilisation } => *utilisation,
            ScalingPolicy::Steps(steps) => steps.upper,
        }
    }
}

impl ScalingSteps {
    /// Instances that are added at this utilisation; 0 when none are.
    pub fn added_at(&self, utilisation: f64) -> u32 {
        if utilisation <= self.upper {
            return 0;
        }
        let further = libm::floor((utilisation - self.upper) / self.width + 1e-9);
        let steps = (further as u32).saturating_add(1);
        steps.saturating_mul(self.instances)
    }
}

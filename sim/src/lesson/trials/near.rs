//! How far a row is from its bound, in a run and by theory, and what two changes come to as one. It chooses nothing.

use crate::catalog::Parameter;
use crate::insight::{Change, Edit};
use crate::lesson::figure::Known;
use crate::lesson::forms::{Bound, Objective};
use crate::lesson::grade::graded;
use crate::scenario::ComponentId;

/// A row that gets nearer to its bound by less than this hasn't got nearer: the logarithm of a ratio.
pub(super) const LEAST: f64 = 0.01;
/// The farthest that a row is from its bound.
const FARTHEST: f64 = 8.0;

pub(super) fn bound(objective: &Objective) -> f64 {
    match objective.bound() {
        Bound::AtMost(bound) | Bound::AtLeast(bound) => bound,
    }
}

/// How far a value is from where the objective wants it, as the logarithm of a ratio: of times, rates and money to the bound, of shares from what is
/// left out to what may be; 0 where it holds.
pub(super) fn far(objective: &Objective, measured: Option<f64>) -> f64 {
    /// Less isn't told from none.
    const NONE: f64 = 1e-4;
    let Some(value) = measured else {
        return FARTHEST;
    };
    if objective.is_kept_by(value) {
        return 0.0;
    }
    let is_share = !objective.figure.measure.spans_decades();
    let ratio = match objective.bound() {
        Bound::AtMost(bound) if bound <= 0.0 => 1.0 + value,
        Bound::AtMost(bound) => value / bound,
        Bound::AtLeast(bound) if is_share => (1.0 - value).max(NONE) / (1.0 - bound).max(NONE),
        Bound::AtLeast(bound) => bound / value.max(NONE),
    };
    // What is missed by next to nothing is missed.
    ratio.ln().clamp(NONE, FARTHEST)
}

/// How far it is in a steady state; where it has none, by how much too much is asked.
pub(super) fn expected(objective: &Objective, known: &Known) -> f64 {
    let limit = known.report.bottleneck.as_ref();
    let asked = limit.map_or(0.0, |own| own.utilisation);
    match graded(objective, known).measured {
        Some(value) if value.is_finite() && !objective.figure.measure.needs_a_run() => {
            // Nearer than it has to be is better still.
            let far = far(objective, Some(value));
            if far > 0.0 { far } else { 0.01 * asked }
        }
        _ => FARTHEST + asked,
    }
}

/// Both changes as one.
pub(super) fn whole(first: Option<&Change>, then: &Change) -> Change {
    let Some(first) = first else {
        return then.clone();
    };
    further(first, then).unwrap_or_else(|| Change {
        title: format!("{}; {}", first.title, then.title),
        edit: Edit::Several(vec![first.edit.clone(), then.edit.clone()]),
        saves: first.saves && then.saves,
        far: then.far,
    })
}

/// What is set where one thing is.
pub(super) type Knob = (ComponentId, Parameter);

/// The one that a change sets; `None` of other changes.
pub(super) fn knob(edit: &Edit) -> Option<Knob> {
    match edit {
        Edit::Set {
            component,
            parameter,
            ..
        } => Some((*component, *parameter)),
        _ => None,
    }
}

/// The same knob turned further, as one turn; `None` where it is another.
pub(super) fn further(first: &Change, then: &Change) -> Option<Change> {
    let same = knob(&first.edit).is_some() && knob(&first.edit) == knob(&then.edit);
    let (from, to) = (
        first.title.rsplit_once(" → ")?,
        then.title.rsplit_once(" → ")?,
    );
    same.then(|| Change {
        title: format!("{} → {}", from.0, to.1),
        edit: then.edit.clone(),
        saves: first.saves && then.saves,
        far: then.far,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Value;
    use crate::lesson::Figure;

    fn row(figure: &str, at_most: Option<f64>, at_least: Option<f64>) -> Objective {
        Objective {
            figure: Figure::parse(figure).expect("it is one"),
            at_most,
            at_least,
        }
    }

    #[test]
    fn a_row_is_as_far_from_its_bound_as_a_ratio_says() {
        let near = |far: f64, ratio: f64| assert!((far - ratio.ln()).abs() < 1e-12, "{far}");
        let p99 = row("p99", Some(0.1), None);
        near(far(&p99, Some(0.4)), 4.0);
        assert_eq!(far(&p99, Some(0.1)), 0.0);
        assert_eq!(far(&p99, Some(f64::INFINITY)), FARTHEST);
        assert_eq!(far(&p99, None), FARTHEST);
        // Of ten that fail where two may.
        near(far(&row("success", None, Some(0.98)), Some(0.9)), 5.0);
        near(far(&row("goodput", None, Some(100.0)), Some(50.0)), 2.0);
        near(far(&row("lost writes", Some(0.0), None), Some(3.0)), 4.0);
        // What is missed by next to nothing is missed.
        assert!(far(&p99, Some(0.1 + 1e-9)) > 0.0);
    }

    fn turned(parameter: Parameter, from: &str, to: f64) -> Change {
        Change {
            title: format!("Server: Cores: {from} → {to}"),
            edit: Edit::Set {
                component: ComponentId(1),
                parameter,
                value: Value::Number(to),
            },
            saves: false,
            far: 0,
        }
    }

    #[test]
    fn a_knob_that_is_turned_twice_is_turned_once_and_others_are_turned_one_after_the_other() {
        let first = turned(Parameter::Cores, "2", 4.0);
        let then = turned(Parameter::Cores, "4", 8.0);
        let one = whole(Some(&first), &then);
        assert_eq!(one.title, "Server: Cores: 2 → 8");
        assert_eq!(one.edit, then.edit);
        let other = turned(Parameter::Memory, "4", 8.0);
        let both = whole(Some(&first), &other);
        assert_eq!(both.title, "Server: Cores: 2 → 4; Server: Cores: 4 → 8");
        assert_eq!(both.edit, Edit::Several(vec![first.edit, other.edit]));
    }
}

//! Grades what an engine found out against the document's objectives; it knows bounds and figures, not how either came about.

use super::reach::out_of_reach;
use super::subject::Subject;
use crate::des::{Estimate, Findings};
use crate::quantities::{beside, number, share};
use crate::report::{ObjectiveOutcome, Report};
use crate::scenario::{ClassId, Objective, Scenario, Target};

/// Each objective of the document with its grade, in its order.
pub fn grade(scenario: &Scenario, report: &Report) -> Vec<ObjectiveOutcome> {
    let figures = Figures::solved(report);
    let graded = scenario
        .objectives
        .iter()
        .map(|objective| outcome(scenario, objective, &figures, report).outcome);
    graded.collect()
}

/// The same of figures that a simulation has shown. `report` is the solver's of the same scenario: nothing of what costs money is
/// simulated, and what is out of reach is a question of theory.
pub fn grade_findings(scenario: &Scenario, findings: &Findings, report: &Report) -> Vec<Graded> {
    let figures = Figures::simulated(findings, report);
    let graded = scenario
        .objectives
        .iter()
        .map(|objective| outcome(scenario, objective, &figures, report));
    graded.collect()
}

/// What a run has measured for each of the document's objectives, in its order; `None` where that is too little, and for cost, which no run
/// measures.
pub fn measured(scenario: &Scenario, findings: &Findings) -> Vec<Option<Estimate>> {
    let figures = Figures::simulated(findings, &Report::default());
    let objectives = scenario.objectives.iter();
    let of = |objective: &Objective| match objective.target {
        Target::CostAtMostDollarsPerMonth(_) => None,
        _ => measure(objective, &figures).2,
    };
    objectives.map(of).collect()
}

/// Whether a figure keeps an objective's bound, and how far it lies on that side of it, as a share of it.
pub fn judged(objective: &Objective, value: f64) -> (bool, f64) {
    let nothing = Figures {
        classes: Vec::new(),
        busiest: None,
        cost: 0.0,
    };
    let (side, bound, _) = measure(objective, &nothing);
    let distance = side.distance(bound, value);
    (distance >= 0.0, relative(distance, bound))
}

/// The objective that is asked about with its grade; `None` where none is.
pub(super) fn asked(
    scenario: &Scenario,
    report: &Report,
    subject: Subject,
) -> Option<ObjectiveOutcome> {
    match subject {
        Subject::Objective(place) => report.objectives.get(place).cloned(),
        Subject::Asked(class, target) => {
            let objective = Objective { class, target };
            Some(outcome(scenario, &objective, &Figures::solved(report), report).outcome)
        }
        _ => None,
    }
}

/// How far its figure is from the bound, as a sentence that names it goes on: " with 42 % to spare", " by 32 %", ": 2 % fail, and 1 % may". Empty
/// where there is nothing to say.
pub fn distance_words(outcome: &ObjectiveOutcome) -> String {
    // Of what succeeds nobody sees how far that is from its bound; of what fails one does.
    if let (Target::SuccessAtLeast(bound), Some(measured)) =
        (outcome.objective.target, outcome.measured)
    {
        let (fails, may) = (1.0 - measured, 1.0 - bound);
        return match fails > 0.0 {
            true => format!(
                ": {} fail, and {} may",
                beside(fails, may, share),
                share(may)
            ),
            false => String::new(),
        };
    }
    let margin = outcome.margin.filter(|margin| margin.is_finite());
    margin.map_or(String::new(), |margin| match margin {
        0.0 => " with nothing to spare".to_owned(),
        more if more > 0.0 => format!(" with {} to spare", share(more)),
        // Of what is several times too much, how many times says more.
        less if less <= -1.0 && !at_least(outcome.objective.target) => {
            format!(" by a factor of {}", number(1.0 - less))
        }
        less => format!(" by {}", share(-less)),
    })
}

fn at_least(target: Target) -> bool {
    matches!(
        target,
        Target::SuccessAtLeast(_) | Target::GoodputAtLeastPerSecond(_)
    )
}

/// An objective graded by a figure that isn't sure.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    /// The grade by the figure itself; nothing is measured where there were too few samples to say.
    pub outcome: ObjectiveOutcome,
    /// Half the width of the figure's 95 % confidence interval, in the objective's unit; 0 for what nothing is drawn for, `None` where there
    /// is no interval.
    pub half_width: Option<f64>,
    /// Whether there is an interval and the bound lies outside it, so that another seed would hardly give another grade.
    pub sure: bool,
    /// Whether too little was seen to say whether it is met: it counts as not met, and isn't missed.
    pub undecided: bool,
}

/// What objectives speak of, whoever found it out.
struct Figures {
    classes: Vec<ClassFigures>,
    /// Utilisation of the busiest station, 0 to 1; `None` when nothing was seen.
    busiest: Option<Estimate>,
    /// Dollars a month.
    cost: f64,
}

struct ClassFigures {
    class: ClassId,
    /// Whether anybody sends it.
    sent: bool,
    /// Whether it is known that nobody of it is answered, however long one looks.
    unanswered: bool,
    /// Requests answered well, a second.
    goodput: Option<Estimate>,
    /// The same as a share of those sent.
    success: Option<Estimate>,
    /// Response times, seconds.
    mean: Option<Estimate>,
    p95: Option<Estimate>,
    p99: Option<Estimate>,
}

impl Figures {
    fn solved(report: &Report) -> Self {
        let sure = |value| Estimate {
            value,
            half_width: None,
        };
        let classes = report.classes.iter().map(|class| {
            let latency = class.answered();
            ClassFigures {
                class: class.class,
                sent: class.offered.0 > 0.0,
                unanswered: latency.is_none(),
                goodput: Some(sure(class.goodput.0)),
                success: Some(sure(class.goodput.0 / class.offered.0)),
                mean: latency.map(|latency| sure(latency.mean.0)),
                p95: latency.map(|latency| sure(latency.p95.0)),
                p99: latency.map(|latency| sure(latency.p99.0)),
            }
        });
        let busiest = report
            .stations
            .iter()
            .map(|station| station.busiest_utilisation)
            .fold(0.0, f64::max);
        Figures {
            classes: classes.collect(),
            busiest: Some(sure(busiest)),
            cost: report.cost.total.0,
        }
    }

    fn simulated(findings: &Findings, report: &Report) -> Self {
        let classes = findings.classes.iter().map(|class| {
            let is_refused = class.refused.is_some_and(|refused| refused.value > 0.0);
            let mut solved = report.classes.iter();
            let hangs =
                solved.any(|solved| solved.class == class.class && solved.answered().is_none());
            ClassFigures {
                class: class.class,
                // Before anything was seen, nobody can tell that nobody sends.
                sent: class.offered.is_none_or(|offered| offered.value > 0.0),
                unanswered: class.mean.is_none() && (is_refused || hangs),
                goodput: class.goodput,
                success: class.success,
                mean: class.mean,
                p95: class.quantiles.p95,
                p99: class.quantiles.p99,
            }
        });
        let busiest = findings
            .stations
            .iter()
            .filter_map(|station| station.utilisation)
            .max_by(|one, other| one.value.total_cmp(&other.value));
        Figures {
            classes: classes.collect(),
            busiest,
            cost: report.cost.total.0,
        }
    }

    /// The classes that an objective speaks of, as far as they are sent.
    fn sent<'a>(&'a self, objective: &Objective) -> impl Iterator<Item = &'a ClassFigures> {
        let wanted = objective.class;
        self.classes
            .iter()
            .filter(move |class| class.sent && wanted.is_none_or(|wanted| wanted == class.class))
    }

    /// The figure of the class that has the most extreme one; a class without it leaves nothing to measure.
    fn extreme(
        &self,
        objective: &Objective,
        figure: fn(&ClassFigures) -> Option<Estimate>,
        is_worse: fn(f64, f64) -> bool,
    ) -> Option<Estimate> {
        let mut worst: Option<Estimate> = None;
        for class in self.sent(objective) {
            let own = figure(class)?;
            if worst.is_none_or(|worst| is_worse(own.value, worst.value)) {
                worst = Some(own);
            }
        }
        worst
    }
}

/// Which way a figure has to lie from its bound.
enum Side {
    AtMost,
    AtLeast,
}

impl Side {
    /// How far a value lies on this side of its bound; beyond it, negative.
    fn distance(&self, bound: f64, value: f64) -> f64 {
        match self {
            Side::AtMost => bound - value,
            Side::AtLeast => value - bound,
        }
    }
}

fn outcome(
    scenario: &Scenario,
    objective: &Objective,
    figures: &Figures,
    report: &Report,
) -> Graded {
    let (side, bound, measured) = measure(objective, figures);
    let distance = |value: f64| side.distance(bound, value);
    let met = measured.is_some_and(|measured| distance(measured.value) >= 0.0);
    // An objective on a class that nobody sends has nothing to miss.
    let silent = speaks_of_latency(objective) && figures.sent(objective).next().is_none();
    let met = met || silent;
    let out_of_reach = if met {
        None
    } else {
        let is_sent = |id| figures.sent(objective).any(|class| class.class == id);
        let sent = report.classes.iter().filter(|class| is_sent(class.class));
        out_of_reach(scenario, report, objective.target, sent)
    };
    let half_width = measured.and_then(|measured| measured.half_width);
    let hopeless =
        speaks_of_latency(objective) && figures.sent(objective).any(|class| class.unanswered);
    Graded {
        outcome: ObjectiveOutcome {
            objective: objective.clone(),
            met,
            measured: measured.map(|measured| measured.value),
            margin: measured.map(|measured| relative(distance(measured.value), bound)),
            out_of_reach,
        },
        half_width,
        sure: measured.is_some_and(|measured| {
            half_width.is_some_and(|half_width| {
                half_width <= 0.0 || distance(measured.value).abs() > half_width
            })
        }),
        undecided: !met && measured.is_none() && !hopeless,
    }
}

fn relative(distance: f64, bound: f64) -> f64 {
    if bound > 0.0 {
        distance / bound
    } else {
        distance
    }
}

fn speaks_of_latency(objective: &Objective) -> bool {
    matches!(
        objective.target,
        Target::MeanAtMostSeconds(_)
            | Target::P95AtMostSeconds(_)
            | Target::P99AtMostSeconds(_)
            | Target::SuccessAtLeast(_)
    )
}

fn measure(objective: &Objective, figures: &Figures) -> (Side, f64, Option<Estimate>) {
    // The slowest class counts.
    let slowest = |figure| figures.extreme(objective, figure, |one, other| one > other);
    match objective.target {
        Target::MeanAtMostSeconds(bound) => (Side::AtMost, bound, slowest(|class| class.mean)),
        Target::P95AtMostSeconds(bound) => (Side::AtMost, bound, slowest(|class| class.p95)),
        Target::P99AtMostSeconds(bound) => (Side::AtMost, bound, slowest(|class| class.p99)),
        Target::SuccessAtLeast(bound) => {
            let least = figures.extreme(objective, |class| class.success, |one, other| one < other);
            (Side::AtLeast, bound, least)
        }
        Target::GoodputAtLeastPerSecond(bound) => {
            let all: Option<Vec<Estimate>> =
                figures.sent(objective).map(|class| class.goodput).collect();
            (Side::AtLeast, bound, all.map(|all| sum(&all)))
        }
        Target::CostAtMostDollarsPerMonth(bound) => {
            let cost = Estimate {
                value: figures.cost,
                half_width: Some(0.0),
            };
            (Side::AtMost, bound, Some(cost))
        }
        Target::UtilisationAtMost(bound) => (Side::AtMost, bound, figures.busiest),
    }
}

/// The sum; as sure as if the figures were independent, and without an interval where one has none.
fn sum(figures: &[Estimate]) -> Estimate {
    let squares: Option<f64> = figures
        .iter()
        .map(|figure| figure.half_width.map(|half_width| half_width * half_width))
        .sum();
    Estimate {
        value: figures.iter().map(|figure| figure.value).sum(),
        half_width: squares.map(libm::sqrt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::des::{ClassFindings, Quantiles};
    use crate::report::{ClassReport, Latency};
    use crate::units::{PerSecond, Seconds};

    fn report(p99: Option<f64>) -> Report {
        let latency = p99.map(|p99| Latency {
            mean: Seconds(0.1),
            deviation: Seconds(0.1),
            p50: Seconds(0.1),
            p95: Seconds(0.15),
            p99: Seconds(p99),
            p999: Seconds(0.5),
        });
        let class = ClassReport {
            class: ClassId(1),
            offered: PerSecond(100.0),
            throughput: PerSecond(100.0),
            goodput: PerSecond(99.0),
            latency,
            breakdown: Vec::new(),
            completion: None,
            hands_over: false,
            losses: Vec::new(),
            losses_later: Vec::new(),
        };
        Report {
            classes: vec![class],
            ..Report::default()
        }
    }

    fn graded(target: Target, p99: Option<f64>) -> ObjectiveOutcome {
        let scenario = Scenario {
            objectives: vec![Objective {
                class: None,
                target,
            }],
            ..Scenario::default()
        };
        grade(&scenario, &report(p99)).remove(0)
    }

    #[test]
    fn a_bound_that_is_kept_has_a_positive_margin() {
        let outcome = graded(Target::P99AtMostSeconds(0.25), Some(0.2));
        assert!(outcome.met && (outcome.margin.unwrap() - 0.2).abs() < 1e-12);
        let outcome = graded(Target::SuccessAtLeast(0.999), Some(0.2));
        assert!(!outcome.met && outcome.margin.unwrap() < 0.0);
    }

    #[test]
    fn the_distance_from_a_bound_is_said_so_that_one_sees_it() {
        let words = |target, p99| distance_words(&graded(target, p99));
        let within = Target::P99AtMostSeconds;
        assert_eq!(words(within(0.25), Some(0.2)), " with 20 % to spare");
        assert_eq!(words(within(0.25), Some(0.25)), " with nothing to spare");
        assert_eq!(words(within(0.25), Some(0.33)), " by 32 %");
        assert_eq!(words(within(0.1), Some(0.771)), " by a factor of 7.71");
        assert_eq!(words(within(0.1), None), "");
        // 99 of 100 are answered well.
        let success = Target::SuccessAtLeast;
        assert_eq!(words(success(0.999), None), ": 1 % fail, and 0.1 % may");
        assert_eq!(words(success(0.990_1), None), ": 1 % fail, and 0.99 % may");
        let goodput = Target::GoodputAtLeastPerSecond(300.0);
        assert_eq!(words(goodput, None), " by 67 %");
    }

    #[test]
    fn where_nobody_is_answered_a_latency_objective_is_missed() {
        let mut nobody = report(Some(0.0));
        nobody.classes[0].goodput = PerSecond(0.0);
        for target in [
            Target::MeanAtMostSeconds(0.25),
            Target::P95AtMostSeconds(0.25),
            Target::P99AtMostSeconds(0.25),
        ] {
            let scenario = Scenario {
                objectives: vec![Objective {
                    class: None,
                    target,
                }],
                ..Scenario::default()
            };
            let outcome = grade(&scenario, &nobody).remove(0);
            assert!(!outcome.met && outcome.measured.is_none(), "{target:?}");
        }
    }

    #[test]
    fn without_a_steady_state_a_latency_objective_is_missed() {
        let outcome = graded(Target::P99AtMostSeconds(0.25), None);
        assert!(!outcome.met && outcome.measured.is_none() && outcome.margin.is_none());
    }

    /// A class of which 100 requests a second are sent, with this 99th percentile.
    fn findings(p99: Option<Estimate>) -> Findings {
        let estimate = |value| {
            Some(Estimate {
                value,
                half_width: Some(0.01 * value),
            })
        };
        let class = ClassFindings {
            class: ClassId(1),
            offered: estimate(100.0),
            throughput: estimate(100.0),
            goodput: estimate(99.0),
            refused: None,
            success: Some(Estimate {
                value: 0.99,
                half_width: Some(0.0099),
            }),
            answered: 1_000,
            mean: estimate(0.1),
            in_flight: estimate(10.0),
            deviation: None,
            quantiles: Quantiles {
                p99,
                ..Quantiles::default()
            },
            completion: None,
            failures: Vec::new(),
            times: crate::des::Histogram::default(),
        };
        Findings {
            seconds: 10.0,
            warm_up: 0.0,
            stationary: true,
            settled: true,
            events: 2_000,
            classes: vec![class],
            stations: Vec::new(),
            components: Vec::new(),
            links: Vec::new(),
            stores: Vec::new(),
            replicas: Vec::new(),
            quorums: Vec::new(),
            caches: Vec::new(),
            failovers: Vec::new(),
            write_behind: Vec::new(),
            calls: Vec::new(),
            watches: Vec::new(),
            unseated: Vec::new(),
            messages: Vec::new(),
            faults: Vec::new(),
            verdicts: Vec::new(),
            recovery: Vec::new(),
            series: None,
        }
    }

    fn graded_findings(target: Target, p99: Option<Estimate>) -> Graded {
        let scenario = Scenario {
            objectives: vec![Objective {
                class: None,
                target,
            }],
            ..Scenario::default()
        };
        grade_findings(&scenario, &findings(p99), &report(Some(0.2))).remove(0)
    }

    #[test]
    fn a_simulated_figure_is_graded_with_how_sure_it_is() {
        let p99 = |half_width| {
            Some(Estimate {
                value: 0.2,
                half_width,
            })
        };
        let target = Target::P99AtMostSeconds(0.25);
        let far = graded_findings(target, p99(Some(0.04)));
        assert!(far.outcome.met && far.sure);
        let near = graded_findings(target, p99(Some(0.06)));
        assert!(near.outcome.met && !near.sure);
        let success = graded_findings(Target::SuccessAtLeast(0.9), None);
        assert!((success.outcome.measured.unwrap() - 0.99).abs() < 1e-12);
        assert!((success.half_width.unwrap() - 0.0099).abs() < 1e-12);
    }

    #[test]
    fn what_too_few_samples_leave_open_is_not_missed_and_what_nobody_answers_is() {
        let open = graded_findings(Target::P99AtMostSeconds(0.25), None);
        assert!(open.undecided && !open.outcome.met && !open.sure);
        let late = Estimate {
            value: 0.3,
            half_width: None,
        };
        let missed = graded_findings(Target::P99AtMostSeconds(0.25), Some(late));
        assert!(!missed.undecided && !missed.outcome.met);
        let scenario = Scenario {
            objectives: vec![Objective {
                class: None,
                target: Target::P99AtMostSeconds(0.25),
            }],
            ..Scenario::default()
        };
        let mut refused = findings(None);
        refused.classes[0].mean = None;
        refused.classes[0].refused = refused.classes[0].offered;
        let grade = |findings: &Findings, solved| {
            grade_findings(&scenario, findings, &report(solved)).remove(0)
        };
        assert!(!grade(&refused, Some(0.2)).undecided);
        // Nor is it open where the solver knows that everybody waits for ever.
        refused.classes[0].refused = None;
        assert!(grade(&refused, Some(0.2)).undecided);
        assert!(!grade(&refused, None).undecided);
    }

    #[test]
    fn what_a_run_measures_is_held_against_the_same_bounds_and_cost_is_no_runs_to_say() {
        let objectives = [
            Target::P99AtMostSeconds(0.25),
            Target::SuccessAtLeast(0.9),
            Target::GoodputAtLeastPerSecond(110.0),
            Target::CostAtMostDollarsPerMonth(1.0),
        ];
        let objectives = objectives.map(|target| Objective {
            class: None,
            target,
        });
        let scenario = Scenario {
            objectives: objectives.to_vec(),
            ..Scenario::default()
        };
        let p99 = Estimate {
            value: 0.2,
            half_width: Some(0.01),
        };
        let found = measured(&scenario, &findings(Some(p99)));
        let values: Vec<Option<f64>> = found.iter().map(|own| own.map(|own| own.value)).collect();
        assert_eq!(values, [Some(0.2), Some(0.99), Some(99.0), None]);
        assert_eq!(found[0].and_then(|own| own.half_width), Some(0.01));
        let (met, margin) = judged(&objectives[0], 0.2);
        assert!(met && (margin - 0.2).abs() < 1e-12);
        let (met, margin) = judged(&objectives[2], 99.0);
        assert!(!met && (margin + 0.1).abs() < 1e-12);
    }

    #[test]
    fn too_few_samples_meet_no_objective() {
        let graded = graded_findings(Target::P99AtMostSeconds(0.25), None);
        assert!(!graded.outcome.met && graded.outcome.measured.is_none() && !graded.sure);
    }
}

//! The solver's figures beside a run's: what each says, how far they are apart, and why they may be; it works out neither.

use loadscape_player::{Course, Estimates};
use loadscape_sim::des::{Estimate, Phase, Picture};
use loadscape_sim::insight::success;
use loadscape_sim::quantities::{Decimal, number, rate, share, time};
use loadscape_sim::report::{Assumption, ClassReport, Report, Standing};
use loadscape_sim::scenario::{ClassId, Scenario};
use loadscape_sim::units::{PerSecond, Seconds};

/// The precision at which a run is good, as a share of the mean.
const GOOD: f64 = 0.01;
/// An interval wider than this share of its figure agrees with nearly everything, and so says nothing.
const VAGUE: f64 = 0.1;
/// A narrower one isn't told in digits.
const NARROW: f64 = 0.000_5;
/// Most reasons that are given for figures that part.
const MOST_REASONS: usize = 3;

/// Whether two figures agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No further apart than chance explains.
    Agrees,
    /// The run is too short to say.
    Unsure,
    /// Further apart.
    Apart,
}

impl Verdict {
    /// What it means.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Agrees => "No further apart than chance explains.",
            Verdict::Unsure => "The run is still too short to say.",
            Verdict::Apart => "Further apart than chance explains: the reasons stand below.",
        }
    }
}

/// One figure from both, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Which.
    pub figure: &'static str,
    /// The solver's.
    pub solved: String,
    /// The run's, with half of its interval.
    pub simulated: String,
    /// The run's less the solver's, as a share of the solver's.
    pub apart: String,
    /// Whether they agree.
    pub verdict: Verdict,
}

/// The figures of a class of which either says something.
pub fn pairs(report: &Report, estimates: &Estimates, class: ClassId) -> Vec<Pair> {
    let solved = report.classes.iter().find(|own| own.class == class);
    let seen = estimates.classes.iter().find(|own| own.class == class);
    let (Some(solved), Some(seen)) = (solved, seen) else {
        return Vec::new();
    };
    // Where nobody was answered well, the times are those of refusals.
    let answered = seen.goodput.is_some_and(|goodput| goodput.value > 0.0);
    let of = |time: Option<Estimate>| time.filter(|_| answered);
    let times = [seen.mean, seen.p50, seen.p95, seen.p99].map(of);
    told(solved, seen.goodput, times)
}

/// The figures of a class at one moment of the run beside the solver's: those of the span that was looked at.
pub fn pairs_then(
    report: &Report,
    picture: &Picture,
    course: &Course,
    class: ClassId,
) -> Vec<Pair> {
    let solved = report.classes.iter().find(|own| own.class == class);
    let seen = picture.classes.iter().find(|own| own.class == class);
    let (Some(solved), Some(seen)) = (solved, seen.filter(|_| picture.seconds > 0.0)) else {
        return Vec::new();
    };
    let moment = picture.start + 0.5 * picture.seconds;
    let plain = |value: f64| Estimate {
        value,
        half_width: None,
    };
    let own = course.classes.iter().find(|own| own.class == class);
    let quantile = |place: usize| {
        let own = &own?.common[place];
        let at = (moment - own.start) / own.seconds;
        let band = own.points.get(at as usize).copied().flatten()?;
        (at >= 0.0).then_some(Estimate {
            value: band.value,
            half_width: Some(0.5 * (band.most - band.least)),
        })
    };
    let mean = seen.mean.filter(|_| seen.succeeded > 0.0).map(plain);
    let times = [mean, quantile(0), quantile(1), quantile(2)];
    let mut pairs = told(solved, Some(plain(seen.succeeded / picture.seconds)), times);
    // One moment neither agrees with a steady state nor doesn't.
    for pair in &mut pairs {
        pair.verdict = Verdict::Unsure;
    }
    pairs
}

fn told(
    solved: &ClassReport,
    goodput: Option<Estimate>,
    [mean, p50, p95, p99]: [Option<Estimate>; 4],
) -> Vec<Pair> {
    let latency = solved.latency.as_ref().filter(|_| solved.goodput.0 > 0.0);
    let a_rate: fn(f64) -> String = |value| rate(PerSecond(value));
    let a_time: fn(f64) -> String = |value| time(Seconds(value));
    let figures = [
        ("served", Some(solved.goodput.0), goodput, a_rate),
        ("mean", latency.map(|own| own.mean.0), mean, a_time),
        ("p50", latency.map(|own| own.p50.0), p50, a_time),
        ("p95", latency.map(|own| own.p95.0), p95, a_time),
        ("p99", latency.map(|own| own.p99.0), p99, a_time),
    ];
    figures
        .into_iter()
        .filter(|(_, solved, seen, _)| solved.is_some() || seen.is_some())
        .map(|(figure, solved, seen, words)| pair(figure, solved, seen, words))
        .collect()
}

fn pair(
    figure: &'static str,
    solved: Option<f64>,
    seen: Option<Estimate>,
    words: fn(f64) -> String,
) -> Pair {
    let both = seen.zip(solved);
    let vague = seen.is_some_and(|seen| seen.relative().is_some_and(|share| share > VAGUE));
    let verdict = match both.and_then(|(seen, solved)| seen.parts_from(solved)) {
        Some(true) => Verdict::Apart,
        Some(false) if !vague => Verdict::Agrees,
        Some(false) | None => Verdict::Unsure,
    };
    let difference = both
        .filter(|(_, solved)| *solved > 0.0)
        .map(|(seen, solved)| (seen.value - solved) / solved);
    Pair {
        figure,
        solved: solved.map_or_else(|| "without end".to_owned(), words),
        simulated: match seen {
            None => "too few".to_owned(),
            Some(seen) => with_interval(seen, words),
        },
        apart: difference.map_or_else(String::new, signed),
        verdict,
    }
}

/// A figure of a run with half of its interval as a share of it, e.g. "12 ms ± 3 %".
pub fn with_interval(Estimate { value, half_width }: Estimate, words: fn(f64) -> String) -> String {
    match half_width {
        Some(half_width) => format!("{} ± {}", words(value), part(half_width, value)),
        None => words(value),
    }
}

/// What success means, wherever it stands.
pub const SUCCESS: &str = "The share of the requests sent that are answered well, of the class that fares worst. Who is still on the way at the end is left out, unless a backlog grows.";

/// What a run has measured of one of the key figures of the results, by what that is called there; `None` where no run shows it, or not yet.
pub fn measured_figure(estimates: &Estimates, label: &str) -> Option<String> {
    let seen = &estimates.seen;
    let sum = |get: fn(&Phase) -> f64| {
        let phases = seen.classes.iter().map(|(_, phase)| get(phase));
        phases.fold(0.0, |sum, own| sum + own)
    };
    if seen.seconds <= 0.0 {
        return None;
    }
    match label {
        "Sent" => Some(rate(PerSecond(sum(|own| own.offered) / seen.seconds))),
        "Served" => Some(rate(PerSecond(sum(|own| own.succeeded) / seen.seconds))),
        "Success" => {
            let sent = seen.classes.iter().filter(|(_, own)| own.offered > 0.0);
            let worst = sent.filter_map(|(_, own)| success(own)).reduce(f64::min);
            worst.map(share)
        }
        "Slowest p99" => {
            let all = estimates.classes.iter().filter_map(|own| own.p99);
            let slowest = all.max_by(|one, other| one.value.total_cmp(&other.value))?;
            Some(with_interval(slowest, |value| time(Seconds(value))))
        }
        "Done later" => {
            let all = seen.completions.iter().map(|own| own.1);
            all.reduce(f64::max).map(|own| time(Seconds(own)))
        }
        _ => None,
    }
}

/// Half an interval as a share of its figure.
fn part(half_width: f64, value: f64) -> String {
    match half_width / value {
        part if part >= NARROW => share(part),
        part if part > 0.0 => "< 0.1 %".to_owned(),
        _ => share(0.0),
    }
}

fn signed(difference: f64) -> String {
    // Ten times as much and more is said as that.
    if difference >= 9.0 {
        return format!("× {}", number(1.0 + difference));
    }
    let percent = difference * 100.0;
    let digits = if percent.abs() < 9.95 { 1 } else { 0 };
    let sign = match percent {
        percent if percent.abs() < 0.05 => "±",
        percent if percent < 0.0 => "−",
        _ => "+",
    };
    format!("{sign}{} %", Decimal::fixed(percent.abs(), digits))
}

/// The same figures where they are of two designs: how far they are apart says nothing.
pub fn uncompared(pairs: Vec<Pair>) -> Vec<Pair> {
    let bare = |pair: Pair| Pair {
        apart: String::new(),
        verdict: Verdict::Unsure,
        ..pair
    };
    pairs.into_iter().map(bare).collect()
}

/// How much a run with so many faults has to say by now.
pub fn standing(estimates: &Estimates, faults: usize) -> String {
    if faults > 0 {
        return "Faults are in these figures; theory speaks of the design without them.".to_owned();
    }
    let sure = estimates.least_sure();
    if !estimates.stationary {
        return "Traffic changes through time: these are the figures of the whole run, not of a steady state.".to_owned();
    }
    match sure {
        None => "Too short a run to say how sure it is.".to_owned(),
        Some(_) if !estimates.settled => {
            "The system still fills: there is no steady state yet.".to_owned()
        }
        Some(sure) if sure <= GOOD => format!("Every mean is good to {}.", share(sure)),
        Some(sure) => format!(
            "The least sure mean is good to {}; a longer run makes it surer.",
            share(sure)
        ),
    }
}

/// Which assumptions fail where the two part, each in a sentence that names the part; what the drawing itself tells comes first.
pub fn doubts(
    report: &Report,
    scenario: &Scenario,
    estimates: &Estimates,
    faults: usize,
) -> Vec<String> {
    let mut reasons = Vec::new();
    if faults > 0 {
        reasons.push("The run has faults in it: theory knows of none.".to_owned());
    } else if !estimates.stationary {
        reasons.push("Traffic isn't stationary: theory speaks of its daily peak.".to_owned());
    } else if !estimates.settled {
        reasons.push("The run hasn't settled: theory speaks of what it settles to.".to_owned());
    }
    let doubtful = report
        .assumptions
        .iter()
        .filter(|assumption| assumption.standing == Standing::Doubtful)
        .map(|assumption| doubt(assumption, scenario));
    reasons.extend(doubtful);
    reasons.truncate(MOST_REASONS);
    if reasons.is_empty() {
        reasons.push("No assumption of theory is known to fail here: the approximations on the page of assumptions are a few percent off.".to_owned());
    }
    reasons
}

/// What is doubtful, where, and why.
fn doubt(assumption: &Assumption, scenario: &Scenario) -> String {
    let Assumption {
        rests_on, because, ..
    } = assumption;
    let place = assumption.component.and_then(|id| scenario.component(id));
    match place {
        Some(component) => format!(
            "At {} theory rests on “{rests_on}”, which is doubtful there: {because}.",
            component.name
        ),
        None => format!("Theory rests on “{rests_on}”, which is doubtful here: {because}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_player::ClassEstimates;
    use loadscape_sim::analysis::analyse;
    use loadscape_sim::builtin::named;
    use loadscape_sim::scenario::read;

    fn drawn() -> Scenario {
        read(named("stage-1").unwrap().text()).scenario.unwrap()
    }

    fn solved() -> Report {
        analyse(&drawn()).report
    }

    fn seen(report: &Report, factor: f64, half_width: Option<f64>) -> Estimates {
        let estimate = |value: f64| {
            Some(Estimate {
                value: value * factor,
                half_width: half_width.map(|share| share * value),
            })
        };
        let classes = report.classes.iter().map(|class| {
            let latency = class.latency.unwrap();
            ClassEstimates {
                class: class.class,
                goodput: estimate(class.goodput.0),
                mean: estimate(latency.mean.0),
                p50: estimate(latency.p50.0),
                p95: estimate(latency.p95.0),
                p99: None,
            }
        });
        Estimates {
            run: 1,
            seconds: 60.0,
            warm_up: 1.0,
            stationary: true,
            settled: true,
            verdicts: Vec::new(),
            failovers: Vec::new(),
            classes: classes.collect(),
            pools: Vec::new(),
            objectives: Vec::new(),
            stale: Vec::new(),
            seen: Default::default(),
        }
    }

    #[test]
    fn figures_part_when_chance_does_not_explain_it() {
        let report = solved();
        let class = report.classes[0].class;
        let verdicts = |factor, half_width| -> Vec<Verdict> {
            let pairs = pairs(&report, &seen(&report, factor, half_width), class);
            pairs.iter().map(|pair| pair.verdict).collect()
        };
        assert_eq!(verdicts(1.01, Some(0.01))[1], Verdict::Agrees);
        assert_eq!(verdicts(1.08, Some(0.01))[1], Verdict::Apart);
        assert_eq!(verdicts(1.08, None)[1], Verdict::Unsure);
        let pairs = pairs(&report, &seen(&report, 1.08, Some(0.01)), class);
        assert_eq!(
            (pairs[1].figure, pairs[1].apart.as_str()),
            ("mean", "+8.0 %")
        );
        assert!(
            pairs[1].simulated.contains(" ± 0.9"),
            "{}",
            pairs[1].simulated
        );
        assert_eq!(
            (
                pairs[4].figure,
                pairs[4].simulated.as_str(),
                pairs[4].apart.as_str()
            ),
            ("p99", "too few", "")
        );
    }

    #[test]
    fn a_wide_interval_says_nothing_and_a_narrow_one_no_digits() {
        let report = solved();
        let class = report.classes[0].class;
        let mean =
            |half_width| pairs(&report, &seen(&report, 1.0, Some(half_width)), class)[1].clone();
        assert_eq!(mean(0.3).verdict, Verdict::Unsure);
        assert_eq!(mean(0.05).verdict, Verdict::Agrees);
        assert!(mean(1e-6).simulated.ends_with("± < 0.1 %"));
        assert!(mean(0.0).simulated.ends_with("± 0 %"));
        // Nobody was answered well: there is no response time to speak of.
        let mut none = seen(&report, 1.0, Some(0.01));
        none.classes[0].goodput = Some(Estimate {
            value: 0.0,
            half_width: None,
        });
        let pairs = pairs(&report, &none, class);
        assert_eq!(
            (pairs[1].simulated.as_str(), pairs[2].simulated.as_str()),
            ("too few", "too few")
        );
    }

    #[test]
    fn a_run_says_how_sure_it_is() {
        let report = solved();
        assert!(standing(&seen(&report, 1.0, None), 0).contains("Too short"));
        assert!(standing(&seen(&report, 1.0, Some(0.004)), 0).contains("good to 0.4 %"));
        assert!(standing(&seen(&report, 1.0, Some(0.1)), 0).contains("surer"));
        let mut changing = seen(&report, 1.0, Some(0.1));
        changing.stationary = false;
        assert!(standing(&changing, 0).contains("changes through time"));
        assert!(doubts(&report, &drawn(), &changing, 0)[0].contains("stationary"));
        assert!(standing(&changing, 1).contains("Faults"));
        assert!(doubts(&report, &drawn(), &changing, 1)[0].contains("faults"));
    }

    #[test]
    fn a_doubt_names_its_part_in_a_whole_sentence() {
        let (scenario, mut report) = (drawn(), solved());
        let component = scenario.components.last().unwrap();
        report.assumptions = [Some(component.id), None]
            .map(|component| Assumption {
                rests_on: "Streams inside come at random",
                component,
                standing: Standing::Doubtful,
                because: "they leave in bunches".to_owned(),
            })
            .into();
        let told = doubts(&report, &scenario, &seen(&report, 1.0, Some(0.1)), 0);
        let name = &component.name;
        let expected = [
            format!("At {name} theory rests on “Streams inside come at random”, which is doubtful there: they leave in bunches."),
            "Theory rests on “Streams inside come at random”, which is doubtful here: they leave in bunches.".to_owned(),
        ];
        assert_eq!(told, expected);
    }
}

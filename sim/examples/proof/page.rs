//! The page of proofs, as Markdown. It knows what was measured, and not how.

use crate::answers::answer;
use crate::case::Case;
use crate::measure::cases::{Effort, Figure, Known, Outcome, Standing, Verdict, simulated};
use crate::measure::changing;
use crate::measure::coverage::{self, Coverage};
use crate::measure::through_time::{self, Escape, HORIZON};
use crate::measure::together::{self, Together};
use crate::quorums::quorums;
use loadscape_sim::des::Estimate;
use loadscape_sim::theory::multi_server;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// How much a case may cost. As long as the slowest tails need for intervals within the tolerance: `p999` of M/M/1 at 0.9, a thousand servers at 0.99.
const EFFORT: Effort = Effort {
    half_widths: 3.0,
    most_events: 1_000_000_000,
};
/// Runs that are ten times as long, so that they have a p999; and some that are short, or far too short.
const OTHER_LENGTHS: [(&str, u64); 7] = [
    ("mm1-0.8", 2_400_000),
    ("mm1-0.8", 3_200),
    ("mm1-0.8", 16_000),
    ("mm1-0.8", 48_000),
    ("mmc-8-0.8", 12_800),
    ("jackson-3tier", 4_000),
    ("jackson-3tier", 40_000),
];
/// The seconds of each of several runs, beside those that are tested: enough for the 99th percentile, and a network's.
const OTHER_LENGTHS_TOGETHER: [(&str, &[f64]); 2] = [
    ("mm1-0.8", &[32_000.0]),
    ("jackson-3tier", &[10.0, 40.0, 160.0]),
];
/// Times at which the transient case looks.
const MOMENTS: [f64; 4] = [1.0, 5.0, 10.0, 50.0];
/// Rounds of five hundred servers each.
const ROUNDS: usize = 400;
/// Seeds of the retrying system, and its rates.
const SEEDS: usize = 40;
const RATES: [f64; 4] = [50.0, 60.0, 70.0, 80.0];

/// Measures everything, or the sections and cases of these names, and writes the page.
pub fn written(names: &[String]) -> String {
    let wanted = |section: &str| names.is_empty() || names.iter().any(|name| name == section);
    let mut page = if names.is_empty() {
        OPENING.to_owned()
    } else {
        String::new()
    };
    let ids: Vec<&str> = names.iter().map(String::as_str).collect();
    let outcomes = simulated(EFFORT, &|id| wanted("cases") || ids.contains(&id));
    if !outcomes.is_empty() {
        cases(&mut page, &outcomes);
    }
    if wanted("engines") {
        crate::engines_page::section(&mut page);
    }
    if wanted("coverage") {
        let runs = [&coverage::RUNS[..], &OTHER_LENGTHS[..]].concat();
        let all = coverage::measured(&runs, coverage::SEEDS);
        coverage_section(&mut page, &all);
    }
    if wanted("together") {
        let lengths = [&together::LENGTHS[..], &OTHER_LENGTHS_TOGETHER[..]].concat();
        let all = together::measured(&lengths, coverage::SEEDS);
        together_section(&mut page, &all);
    }
    if wanted("empty") {
        from_empty(&mut page);
    }
    if wanted("day") {
        day(&mut page);
    }
    if wanted("ramp") {
        ramp(&mut page);
    }
    if wanted("escapes") {
        escapes(&mut page, &through_time::escapes(&RATES, SEEDS));
    }
    if wanted("little") {
        little(&mut page);
    }
    page
}

const OPENING: &str = "\
<!-- Written by `cargo xtask proof`; change the program, not the page. -->

# How right the event simulation is, and the solver beside it

Everything on this page comes out of the general engine (`sim/src/des`), run on networks as the compiler makes them. `cargo xtask proof` measures
it anew, figure by figure, and writes this page. Nothing is chosen by its outcome: all cases run with seed 2, and their lengths follow from a
pilot with seed 1. Parts with the same name draw the same random numbers in all cases, so that misses of similar cases go together.

";

fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e7).contains(&size) {
        format!("{value:.3e}")
    } else {
        let digits = (5 - size.log10().floor() as i32).clamp(0, 8) as usize;
        let text = format!("{value:.digits$}");
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    }
}

fn with_width(estimate: &Estimate) -> String {
    match estimate.half_width {
        Some(width) => format!(
            "{} ± {width:.2}",
            number(estimate.value),
            width = Short(width)
        ),
        None => number(estimate.value),
    }
}

/// Two significant digits.
struct Short(f64);

impl std::fmt::Display for Short {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0.0 {
            return formatter.write_str("0");
        }
        let digits = (1 - self.0.abs().log10().floor() as i32).max(0);
        if digits > 7 {
            write!(formatter, "{:.1e}", self.0)
        } else {
            write!(formatter, "{:.*}", digits as usize, self.0)
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:+.2} %", 1e2 * share)
}

/// What the theory library says of each figure.
fn analytic(case: &Case) -> Vec<(String, f64)> {
    if let Some(drawn) = quorums(case) {
        return drawn
            .into_iter()
            .map(|(name, value, _)| (name, value))
            .collect();
    }
    answer(case).unwrap_or_default()
}

fn cases(page: &mut String, outcomes: &[Outcome]) {
    let figures = || {
        outcomes
            .iter()
            .flat_map(|outcome| outcome.figures.iter().map(move |figure| (outcome, figure)))
    };
    let count = |verdict: Verdict| {
        figures()
            .filter(|(outcome, figure)| {
                figure.simulated.is_ok() && outcome.verdict(figure) == verdict
            })
            .count()
    };
    let simulated = outcomes
        .iter()
        .filter(|outcome| {
            outcome
                .figures
                .iter()
                .any(|figure| figure.simulated.is_ok())
        })
        .count();
    let (holds, near, off) = (
        count(Verdict::Holds),
        count(Verdict::Near),
        count(Verdict::Off),
    );
    let _ = write!(
        page,
        "\
## Known answers

All {} cases of `sim/validation/cases.json`; {simulated} of them are simulated here, four more (the one from empty, the
retrying ones) in the sections on time below, and {left} not, for the reasons beside them. *Analytic* is what
the theory library says (`sim/src/theory`). A run is as long as it takes for every figure's 95 % interval to be a third of the case's tolerance
on either side, by the pilot's intervals, but no longer than a billion events; *events* are arrivals and ended services.

The rule: an exact answer lies within two half-widths of the estimate, and within the tolerance where the half-width is below half of that. One
in twenty intervals misses by chance; those are marked *beside* and stay. For approximations (Che, Kingman, Allen-Cunneen, Nelson-Tantawi,
mean field) only the tolerance is promised, since the simulation isn't wrong where the formula is.

Of {} figures {holds} are within the interval (or the approximation's tolerance), {near} beside it, {off} off.

| case | figure | kind | expected | analytic | simulated ± 95 % | error | tolerance | events | simulated time | |
|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|
",
        outcomes.len(),
        holds + near + off,
        left = outcomes.len().saturating_sub(simulated + 4),
    );
    for outcome in outcomes {
        let known = &outcome.known;
        let expected: Map<String, Value> = known
            .expected
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(*value)))
            .collect();
        let case = Case {
            id: &known.id,
            kind: &known.kind,
            inputs: &known.inputs,
            expected: &Value::Object(expected),
        };
        let analytic = analytic(&case);
        for figure in &outcome.figures {
            let said = analytic.iter().find(|(name, _)| *name == figure.name);
            row(page, &case, outcome, figure, said.map(|(_, value)| *value));
        }
    }
    page.push_str("\nWhere the cases come from:\n\n");
    for outcome in outcomes {
        let Known {
            id, group, source, ..
        } = &outcome.known;
        let _ = writeln!(page, "- `{id}` ({group}): {source}");
    }
    page.push_str(AFTER_CASES);
}

const AFTER_CASES: &str = "
Some cases are simulated by a detour that is the same process: breakdowns are the work of one user of a preemptive priority who thinks between
them; a hit takes one second and a miss none, so that the mean time is the hit ratio; a call that fails takes one second, so that the mean time is
the number of attempts; an outage is somebody more urgent at every worker; keys found and missed are counted by who stays for ever after.
`mc-pow2-10-0.9` draws its two servers with replacement, the balancer here draws two different ones, and so its queues
are shorter: the figure is shown beside it and not judged. The mean field (`pow2-*`) is of infinitely many servers; a thousand stand in.

";

fn row(page: &mut String, case: &Case, outcome: &Outcome, figure: &Figure, analytic: Option<f64>) {
    let known = &outcome.known;
    let kind = match figure.standing {
        Standing::Exact => case.kind,
        Standing::Simulated => "mc",
        Standing::Approximate => "approx",
        Standing::Other => "other",
    };
    let analytic = analytic.map_or_else(|| "–".to_owned(), number);
    let _ = write!(
        page,
        "| {} | {} | {kind} | {} | {analytic} | ",
        known.id,
        figure.name.replace('_', "\\_"),
        number(figure.expected)
    );
    match &figure.simulated {
        Ok(simulated) => {
            let verdict = match outcome.verdict(figure) {
                Verdict::Holds => "",
                Verdict::Near => "beside",
                Verdict::Shown => "shown",
                Verdict::Off => "**off**",
            };
            let tolerance = known
                .tolerance
                .map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", 1e2 * share));
            let _ = writeln!(
                page,
                "{} | {} | {tolerance} | {:.1} M | {} s | {verdict} |",
                with_width(&simulated.estimate),
                figure.error().map_or_else(String::new, percent),
                simulated.events as f64 / 1e6,
                number(simulated.seconds.round()),
            );
        }
        Err(why) => {
            let _ = writeln!(page, "analytic only | | | | | {why} |");
        }
    }
}

fn coverage_section(page: &mut String, all: &[Coverage]) {
    let _ = write!(
        page,
        "\
## Intervals that hold what they promise

Over {} seeds, how often the 95 % interval held the exact answer, of those runs that gave one. *Spread* is the standard deviation of the estimates over that which their
intervals claim: above 1 the intervals are too narrow. *Silent* runs gave no interval, for want of samples beyond the percentile.

| case | figure | exact | events a run | held | silent | mean half-width | bias | spread | left out as warm-up |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
",
        coverage::SEEDS
    );
    for one in all {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {:.0} | {} |",
            one.case,
            one.figure.replace('_', "\\_"),
            number(one.exact),
            one.events,
            held(one)
        );
    }
    page.push_str(AFTER_COVERAGE);
}

/// The columns from `held` on.
fn held(one: &Coverage) -> String {
    // Where no run gave an interval there is nothing to say of them.
    let given = |words: String| {
        if one.silent < 1.0 {
            words
        } else {
            String::new()
        }
    };
    // Nor of a figure that no run has.
    let bias = match one.bias.is_nan() {
        true => String::new(),
        false => format!("{:+.2} %", 1e2 * one.bias),
    };
    format!(
        "{} | {:.1} % | {} | {bias} | {} | {:.1} %",
        given(format!("{:.1} %", 1e2 * one.held_of_given())),
        1e2 * one.silent,
        given(format!("{:.2} %", 1e2 * one.half_width)),
        given(format!("{:.2}", one.optimism)),
        1e2 * one.warm_up
    )
}

fn together_section(page: &mut String, all: &[Together]) {
    let _ = write!(
        page,
        "\
## Intervals of several runs

What `loadscape simulate --replications` gives: five or ten runs put together, over {} sets of them, for runs that are far too short and for runs that aren't.

| case | runs | seconds each | events each | figure | exact | held | silent | mean half-width | bias | spread | left out as warm-up |
|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|
",
        coverage::SEEDS
    );
    for one in all {
        let coverage = &one.coverage;
        let _ = writeln!(
            page,
            "| {} | {} | {} | {:.0} | {} | {} | {} |",
            coverage.case,
            one.runs,
            one.seconds,
            coverage.events,
            coverage.figure.replace('_', "\\_"),
            number(coverage.exact),
            held(coverage)
        );
    }
    page.push_str(AFTER_TOGETHER);
}

const AFTER_TOGETHER: &str = "
Before, ten runs of 2,000 s of M/M/1 held the mean eight times of ten and `p95` seven. Measured apart, on runs of Lindley's recursion: most of what was missing was each
run's own warm-up. It was cut by whole thirty-seconds of the figures' room, of which such runs filled two, so that many of them lost a half, and it ends where what is left is
quiet by chance: the mean was 6 % too short. Windows are now shorter in short runs, all runs leave out the same beginning (until their sum has warmed up, and a tenth at
least), and the bias is gone. The mean of the runs' means, instead of the ratio of their sums, made it 0.2 % shorter; the percentiles of single runs
were biased as well, and are now those of all times together with a jackknife over the runs. The rest is that few runs which all met little scatter little too: 6.8 %
of the intervals then lay too low and 0.6 % too high. A run's mean scatters like the square of what it is where it is busy, so that times and queues
have the interval of their reciprocal. Refusing intervals by how many independent requests lie beyond a percentile made it worse: runs that met no large crowds think that there are none. So
it is by their bare number (200 in each run), and by the width (half of the figure).

What is left: over runs of 10 s of the three tiers, of which their filling up takes a good part, times hold in 91 to 93 of 100, and `p99` of M/M/1 over five runs of 32,000 s,
each with some 256 requests beyond it, in 92.

";

const AFTER_COVERAGE: &str = "
What this has changed: plain MSER-5 cuts right behind early busy periods, which made the rest of an M/M/1 run at 0.8 of 60,000 services 0.8 %
too quiet, and its interval held only nine times of ten. A beginning now only counts as warm-up where it is quieter than the rest, or busier than all
of it. Thirty batches of such a run resembled their neighbours; there are now twenty, and the correlation from each to the next is allowed for,
which makes intervals of uncorrelated figures a few per cent wider than they need be. Percentiles have their interval from the share below
them, no longer from percentiles of short segments (in runs half as long `p99` of M/M/1 then held 81 %). Slow requests come in crowds, and a run that met
few large ones put its percentile too low and its interval was narrow besides (of 3,000 runs of M/M/8 6.9 % lay too low, 0.3 % too high). So half of
the variance is now from crowds as large as those beyond twice the share, of which more are seen. Where those beyond a percentile come to fewer than five independent ones, by
the size of the crowds beyond a milder one, there is no interval, nor where fewer than 200 lie beyond and come to fewer than ten: before, a fifth of the short runs of M/M/1 gave one for `p999`,
and it held three times of four, and with five alone one in sixty still did, of which half held. `U_max` is 1 to eight digits in every run.

The short runs at the end are why a run gives no interval for a time as long as it has lasted less than a hundred relaxation times of a queue that the time is spent in (Morse 1955;
`sim/src/des/findings/lasting.rs`), unless it is within a tenth of the figure: of 3,200 steps of M/M/1 at 0.8 the interval of the mean had held in 84 of 100 runs, of 16,000
in 90. Times and queues also have somewhat wider intervals where they are wide, and a beginning that is busier than the rest counts as chance where nothing but filling up takes
time. What is left: where the wait is a small part of the time, the tenth lets some through that hold less often (M/M/8: 81 to 84 of 100), and so do percentiles that few runs give.

";

fn from_empty(page: &mut String) {
    let moments = through_time::from_empty(0.8, 1.0, &MOMENTS, ROUNDS);
    let _ = write!(
        page,
        "\
## One server from empty

Case `mm1-transient-0.8`: 0.8 requests a second, one served a second on average, nobody there at first. Exact by the Kolmogorov equations
(`sim/src/theory/transient.rs`), simulated as {} independent servers. A steady state would say 4 requests and 0.2.

| seconds | requests there, exact | simulated ± 95 % | error | empty, exact | simulated ± 95 % | error |
|--:|--:|--:|--:|--:|--:|--:|
",
        500 * ROUNDS
    );
    for moment in moments {
        let figure = |(exact, estimate): (f64, Estimate)| {
            let error = percent(estimate.value / exact - 1.0);
            format!("{} | {} | {error}", number(exact), with_width(&estimate))
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            moment.elapsed,
            figure(moment.number),
            figure(moment.empty)
        );
    }
    page.push('\n');
}

/// Times of the day at which its queue is looked at, and rounds of two hundred and fifty queues each.
const TIMES: [f64; 9] = [25.0, 50.0, 75.0, 100.0, 115.0, 125.0, 150.0, 175.0, 200.0];
const DAYS: usize = 400;

fn day(page: &mut String) {
    let course = changing::exact_course();
    let steps = (course.len() - 1) as f64;
    let (highest, most) =
        course.iter().enumerate().fold(
            (0, 0.0),
            |best, (step, mean)| {
                if *mean > best.1 { (step, *mean) } else { best }
            },
        );
    let at_rest = multi_server::MultiServer::new(changing::PEAK, 1.0, changing::SERVERS)
        .map_or(f64::NAN, |queue| queue.mean_number());
    let _ = write!(
        page,
        "\
## The queue of a day

M(t)/M/{}: a second of work for each request, and a day of {} s whose rate is a sinusoid between a fifth of {} a second at night, when nobody is there, and
that in the middle. Exact by Kolmogorov's forward equations of the birth–death process, integrated by the classical Runge–Kutta method in steps
of 10 ms (`exact_course` in `sim/examples/proof/measure/changing.rs`; the equations as in Green & Kolesar 1991, section 2), simulated as {}
independent queues whose arrivals are thinned. A steady state at the peak would have {} requests there; the queue never gets that far, and is
longest, {}, at {} s, {} s after the rate.

| seconds | rate | requests there, exact | simulated ± 95 % | error |
|--:|--:|--:|--:|--:|
",
        changing::SERVERS,
        changing::DAY,
        changing::PEAK,
        250 * DAYS,
        number(at_rest),
        number(most),
        number((highest as f64 / steps * changing::DAY).round()),
        number((highest as f64 / steps * changing::DAY - 0.5 * changing::DAY).round()),
    );
    for moment in changing::day(&TIMES, DAYS) {
        let (exact, estimate) = moment.number;
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            moment.elapsed,
            number(moment.rate),
            number(exact),
            with_width(&estimate),
            percent(estimate.value / exact - 1.0)
        );
    }
    page.push('\n');
}

fn ramp(page: &mut String) {
    let (low, high, length) = changing::RAMP;
    let (by_hand, simulated) = (changing::by_hand(), changing::simulated());
    let _ = write!(
        page,
        "\
## An autoscaler on a ramp

From {low} to {high} requests a second within {length} s, by clockwork, each exactly {} s of one of an instance's two cores; target tracking at {} with a
point every {} s, and instances that serve {} s after they are asked for. By hand (`by_hand` in `sim/examples/proof/measure/changing.rs`) requests
are a fluid, and the rule is applied to its work minute by minute: when the last three points are above the target, the instances that would bring
the last to it. The load is always ahead of them by the window and the boot time.

| by hand: seconds | instances | simulated: seconds | instances |
|--:|--:|--:|--:|
",
        changing::WORK,
        percent(changing::TARGET).trim_start_matches('+'),
        changing::POINT,
        changing::BOOT,
    );
    for place in 0..by_hand.len().max(simulated.len()) {
        let cells = |changes: &[changing::Change]| match changes.get(place) {
            Some((seconds, instances)) => format!("{seconds} | {instances}"),
            None => "– | –".to_owned(),
        };
        let _ = writeln!(page, "| {} | {} |", cells(&by_hand), cells(&simulated));
    }
    page.push('\n');
}

fn escapes(page: &mut String, all: &[Escape]) {
    let _ = write!(
        page,
        "\
## A system that collapses by itself

Case `mc-metastable-escape`: a server of 100 requests a second; callers give up after 200 ms and send again at once, up to three times, while the
server goes on with what was given up. The mean-field equation has a healthy root at 50, 60 and 80 requests a second; the simulation shows how
long it lasts. Seconds until the backlog is beyond twenty seconds of work, nothing else happening, over {SEEDS} seeds; at most {HORIZON:.0} s are
watched.

| requests a second | share of capacity | collapsed | earliest | quarter | median | three quarters | latest |
|--:|--:|--:|--:|--:|--:|--:|--:|
"
    );
    for escape in all {
        let mut times: Vec<f64> = escape
            .times
            .iter()
            .map(|time| time.unwrap_or(f64::INFINITY))
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let time = times[((times.len() - 1) as f64 * share).round() as usize];
            if time.is_finite() {
                format!("{time:.0} s")
            } else {
                format!("> {HORIZON:.0} s")
            }
        };
        let _ = writeln!(
            page,
            "| {} | {:.0} % | {} of {} | {} | {} | {} | {} | {} |",
            escape.rate,
            escape.rate,
            escape.times.iter().flatten().count(),
            escape.times.len(),
            at(0.0),
            at(0.25),
            at(0.5),
            at(0.75),
            at(1.0)
        );
    }
    page.push_str(
        "
The case's own five seeds each gave 4,898 s and more at 50 (two of them nothing within the horizon), 365 to 1,426 s at 60, 13 to 352 s at 70, 11 to
69 s at 80. Escape times are close to exponential, so that five of them say little more than the order of magnitude. Health that lasts minutes
is what a steady state calls stable.

",
    );
}

fn little(page: &mut String) {
    page.push_str(
        "\
## Little's law and balanced books

`Simulation::violations` checks, to the rounding of a sum, that at every station the integral of the number present is the sum of the times of
those who left and of those who are there (Little 1961, as an identity of the run), that everybody who arrived has left, been refused or is
still there, and that every request sent has ended or is in flight. Every run of the cases and of the tests that simulate scenarios ends with that check.
",
    );
}

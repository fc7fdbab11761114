//! The section of the page on both engines over the same designs. It knows what was compared, and not how.

use crate::measure::agreement::{Comparison, Extent, Figure, Kind, measured};
use crate::measure::cases::Effort;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The section's title, by which it is found in the page.
pub const TITLE: &str = "## Both engines on the same designs";

/// How long the runs may be.
const EFFORT: Effort = Effort {
    half_widths: 3.0,
    most_events: 1_000_000,
};

/// What the seeds of each set are, and what the set is for.
const SETS: [(&str, std::ops::Range<u64>); 12] = [
    ("looked at while the solver was mended", 0..240),
    ("looked at while it was mended again", 10_000..10_240),
    ("looked at while it was mended a third time", 20_000..20_240),
    (
        "looked at while marks were made of what was left",
        40_000..40_240,
    ),
    (
        "looked at while queues below pools were mended",
        50_000..50_240,
    ),
    (
        "looked at while the instances of pools were told apart",
        60_000..60_240,
    ),
    (
        "looked at while the instances of pools were told apart, too",
        70_000..70_240,
    ),
    (
        "looked at while copies, and keys behind doors, were told apart",
        80_000..80_240,
    ),
    (
        "looked at while holders and others at a station were told apart",
        97_000..97_240,
    ),
    (
        "looked at while calls that are made at once were marked",
        98_000..98_240,
    ),
    ("looked at by nobody before", 99_000..99_240),
    ("looked at by nobody before, either", 100_000..100_240),
];

/// What is known of single designs that differ without a mark.
const WHY_UNMARKED: [(u64, &str); 2] = [
    (
        99_201,
        "users wait for one of four threads, each held for a constant time; 8 % of them wait, and the longest of these waits are solved 40 % too short.",
    ),
    (
        100_059,
        "requests that come in step are sent on to the better of two instances that are drawn by lot, which makes them irregular again: they wait 25 ms for \
         constant services, solved as 4 ms.",
    ),
];

const OPENING: &str = "
Designs made up as people draw them (`sim/examples/proof/measure/agreement/designs.rs`): every kind of part, every balancing policy, pools of
tokens, stores, queues with workers, open, bursty, regular, batched and closed clients, several classes, calls at once, retries and time-outs. Each
resource is set to a level of its own between a tenth and nine tenths. Both engines get the same compiled network; a run is as long as a pilot
says that its intervals need to be a third of the tolerance, but no longer than a million events.

The rule: a figure differs when the solver's is off by more than the tolerance (10 % for p99, 5 % for all others, and 0.01 more for
utilisations) and the half-width of the simulation's 95 % interval together. A class is *marked* when the solver says itself that an assumption is
doubtful at a part that its requests reach. Nobody promises anything of a figure of a marked class; an unmarked one may not differ.
*Undecided* figures have an interval wider than the tolerance: the run was too short for them to agree or differ by little. So are those of a class
that spends over a hundredth of its time in services of which the run had less than a hundred, one after the other or in all, and of a station that
does a hundredth of its work in such: an interval knows nothing of what the run never saw.

Of thousands of figures some lie far outside of intervals that are right nineteen times in twenty, above all percentiles of busy queues, whose slow requests come
in bunches, of which a short run has few. So a design with a figure that differs and isn't marked is run once more, with another seed and sixteen
times as long, and all of its figures are judged by that run alone. What differs in marked classes isn't asked again.

";

/// Why each assumption fails where it is marked.
const WHY: &[(&str, &str)] = &[
    (
        "Holders of tokens",
        "a pool counts its holders, not where they are: instances that crowd each other below, and pools that are nearly full, depend on both",
    ),
    (
        "A key is fetched",
        "a popular key is asked for again while it is on its way",
    ),
    (
        "A function starts cold",
        "executions that overlap need environments that are used too rarely to be kept",
    ),
    (
        "Interruptions at several",
        "what is left of an interrupted service isn't like a new one",
    ),
    (
        "Parallel calls",
        "calls of one request arrive everywhere at once and so find the same bursts; their times go together",
    ),
    (
        "Retries arrive",
        "retries come soon after what failed, while what made it fail is still there, and an overload may keep itself up",
    ),
    (
        "Mean, variance and batches",
        "what comes out of stations behind such arrivals is described by its variance alone, and bursts longer than a service time don't add up as variances do",
    ),
    (
        "Queues behind the balancer",
        "the surplus of several queues over one is known for exponential services",
    ),
    (
        "The mean wait behind several servers",
        "rare long services decide the wait, and three moments don't tell them",
    ),
    (
        "Users of all priorities",
        "mean-value analysis of closed users knows no priorities",
    ),
    (
        "Closed users wait",
        "the law of a closed user's wait is that of exponential services",
    ),
    (
        "Streams split",
        "bursts longer than a service time reach several stations one after the other, and their variance alone doesn't tell how",
    ),
    (
        "What users leave",
        "each of them sends nothing more before a cycle is over, so that what few of them leave comes more regularly than at random",
    ),
    (
        "Open traffic beside",
        "mean-value analysis of closed users knows open traffic that comes at random",
    ),
    (
        "Others at a station below a pool",
        "holders are few, and who else is at a station below them comes and goes: what is left to the holders isn't a fixed part of it",
    ),
    (
        "Tokens are asked for",
        "a pool's chain takes its arrivals for Poisson, and bursts take all tokens sooner",
    ),
    (
        "A request that comes",
        "visits of one request come while the queue still remembers it: in a row, or one after the other with services that differ",
    ),
    (
        "Priorities share",
        "who is refused depends on who waits, and so on priorities",
    ),
    (
        "Sharing slows closed users down as it does those who come at random",
        "services that hardly vary end as those present come to them, and who is served sends nothing meanwhile",
    ),
    (
        "Sharing slows few",
        "few users can't crowd as much as the law of the slowdown, of a station open to all, allows",
    ),
    (
        "Solving again",
        "what one part refuses another doesn't get, round and round, and the rounds don't come to rest",
    ),
    (
        "Balancers see",
        "a balancer counts all that an instance has begun, and most of that may be elsewhere",
    ),
    (
        "Copies apply",
        "writes that were held up go on together, and what they meet next finds a batch",
    ),
    (
        "Regular streams",
        "a stream that was regular is known by its variance and by how far its requests have been displaced, and not by its law",
    ),
    (
        "Closed users find room",
        "mean-value analysis of closed users knows no room that is full",
    ),
    (
        "How many calls are late",
        "two moments don't tell a tail, and whoever is late to the end decides how many answers are good",
    ),
    (
        "Users below pools",
        "users who wait somewhere don't come meanwhile, which open traffic doesn't know",
    ),
    (
        "Priorities share out",
        "among others a class's requests come more or less at random, whatever all together do",
    ),
    (
        "Streams inside",
        "a queue lets its requests out in step or in bunches where its services don't vary like an exponential",
    ),
    (
        "Keys are asked for",
        "a store of few keys that expire forgets how often they were used",
    ),
];

/// Measures both sets and writes the section.
pub fn section(page: &mut String) {
    page.push_str(TITLE);
    page.push('\n');
    page.push_str(OPENING);
    for (what, seeds) in SETS {
        let all = measured(&Extent {
            seeds: seeds.clone(),
            effort: EFFORT,
        });
        let _ = writeln!(
            page,
            "### Seeds {} to {}, {what}\n",
            seeds.start,
            seeds.end - 1
        );
        summary(page, &all);
        figures(page, &all);
        causes(page, &all);
        unmarked(page, &all);
    }
}

/// The figures of each class of a design.
fn by_class(design: &Comparison) -> BTreeMap<u32, Vec<&Figure>> {
    let mut classes: BTreeMap<u32, Vec<&Figure>> = BTreeMap::new();
    for figure in &design.figures {
        if let Some(class) = figure.class {
            classes.entry(class.0).or_default().push(figure);
        }
    }
    classes
}

fn is_marked(figures: &[&Figure]) -> bool {
    figures.iter().any(|figure| !figure.marks.is_empty())
}

fn differ(figures: &[&Figure]) -> bool {
    figures.iter().any(|figure| figure.differs())
}

fn percent(part: usize, of: usize) -> String {
    format!("{:.1} %", 1e2 * part as f64 / of.max(1) as f64)
}

fn summary(page: &mut String, all: &[Comparison]) {
    let classes: Vec<Vec<&Figure>> = all
        .iter()
        .flat_map(|design| by_class(design).into_values())
        .collect();
    let count = |marked: bool, off: bool| {
        classes
            .iter()
            .filter(|figures| is_marked(figures) == marked && differ(figures) == off)
            .count()
    };
    let total = classes.len();
    let stations = all.iter().flat_map(|design| &design.figures);
    let mut levels: Vec<f64> = stations
        .filter(|figure| figure.kind == Kind::Utilisation)
        .map(|figure| figure.steady)
        .collect();
    levels.sort_by(f64::total_cmp);
    let at = |share: f64| levels[((levels.len() - 1) as f64 * share) as usize];
    let _ = write!(
        page,
        "\
{} designs with parts of {} kinds, {total} classes, {} stations, {:.0} million events; {} of the designs were run once more. A tenth of the stations are busy less than {:.0} %, half more than {:.0} %, a tenth more
than {:.0} %.

| | agree in every figure | differ in some |
|---|--:|--:|
| not marked | {} ({}) | **{}** |
| marked | {} ({}) | {} ({}) |

",
        all.len(),
        all.iter()
            .flat_map(|design| &design.kinds)
            .collect::<BTreeSet<_>>()
            .len(),
        levels.len(),
        all.iter().map(|design| design.events).sum::<u64>() as f64 / 1e6,
        all.iter().filter(|design| design.again).count(),
        1e2 * at(0.1),
        1e2 * at(0.5),
        1e2 * at(0.9),
        count(false, false),
        percent(count(false, false), total),
        count(false, true),
        count(true, false),
        percent(count(true, false), total),
        count(true, true),
        percent(count(true, true), total),
    );
}

fn figures(page: &mut String, all: &[Comparison]) {
    page.push_str(
        "\
| figure | compared | within the tolerance | median error | differ, marked | differ, not marked | worst not marked | undecided |
|---|--:|--:|--:|--:|--:|--:|--:|
",
    );
    for kind in Kind::ALL {
        let of: Vec<&Figure> = all
            .iter()
            .flat_map(|design| &design.figures)
            .filter(|figure| figure.kind == kind)
            .collect();
        let mut errors: Vec<f64> = of.iter().map(|figure| figure.error().abs()).collect();
        errors.sort_by(f64::total_cmp);
        let within = of.iter().filter(|figure| figure.is_within()).count();
        let off = |marked: bool| {
            of.iter()
                .filter(|figure| figure.differs() && figure.marks.is_empty() != marked)
                .count()
        };
        let worst = of
            .iter()
            .filter(|figure| figure.marks.is_empty() && figure.is_decided())
            .filter(|figure| figure.steady > figure.kind.least())
            .map(|figure| figure.error())
            .max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let _ = writeln!(
            page,
            "| {} | {} | {} | {:.2} % | {} | {} | {} | {} |",
            kind.name(),
            of.len(),
            percent(within, of.len()),
            1e2 * errors.get(errors.len() / 2).copied().unwrap_or(0.0),
            off(true),
            off(false),
            worst.map_or_else(|| "–".to_owned(), |worst| format!("{:+.1} %", 1e2 * worst)),
            of.iter().filter(|figure| !figure.is_decided()).count()
        );
    }
    page.push('\n');
}

fn causes(page: &mut String, all: &[Comparison]) {
    let mut causes: BTreeMap<&str, (usize, usize, f64)> = BTreeMap::new();
    for design in all {
        for figures in by_class(design).into_values() {
            let marks: BTreeSet<&str> = figures
                .iter()
                .flat_map(|figure| figure.marks.iter().copied())
                .collect();
            let worst = figures
                .iter()
                .filter(|figure| figure.differs())
                .map(|figure| figure.error())
                .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            for mark in marks {
                let cause = causes.entry(mark).or_default();
                cause.0 += 1;
                cause.1 += usize::from(differ(&figures));
                if worst.abs() > cause.2.abs() {
                    cause.2 = worst;
                }
            }
        }
    }
    page.push_str(
        "\
| doubtful assumption | classes marked | of these differ | worst | why it fails there |
|---|--:|--:|--:|---|
",
    );
    for (rests_on, (marked, off, worst)) in causes {
        let why = WHY.iter().find(|(begins, _)| rests_on.starts_with(begins));
        let _ = writeln!(
            page,
            "| {rests_on} | {marked} | {off} | {:+.0} % | {} |",
            1e2 * worst,
            why.map_or("", |(_, why)| why)
        );
    }
    page.push('\n');
}

fn unmarked(page: &mut String, all: &[Comparison]) {
    let off: Vec<(u64, &Figure)> = all
        .iter()
        .flat_map(|design| design.figures.iter().map(|figure| (design.seed, figure)))
        .filter(|(_, figure)| figure.differs() && figure.marks.is_empty())
        .collect();
    if off.is_empty() {
        page.push_str("No figure differs without a mark.\n\n");
        return;
    }
    page.push_str(
        "\
Figures that differ without a mark:

| seed | figure | of | solved | simulated ± 95 % | error |
|--:|---|---|--:|--:|--:|
",
    );
    for (seed, figure) in &off {
        let _ = writeln!(
            page,
            "| {seed} | {} | {} | {:.5} | {:.5} ± {:.1} % | {:+.1} % |",
            figure.kind.name(),
            figure.place,
            figure.steady,
            figure.simulated.value,
            1e2 * figure.half_width(),
            1e2 * figure.error()
        );
    }
    page.push('\n');
    for (seed, why) in WHY_UNMARKED {
        if off.iter().any(|(own, _)| *own == seed) {
            let _ = writeln!(page, "{seed}: {why}\n");
        }
    }
}

//! The result as tables for people; it computes nothing.

use crate::price;
use crate::terminal;
use loadscape_sim::analysis::Analysis;
use loadscape_sim::insight;
use loadscape_sim::network::Role;
use loadscape_sim::quantities::{beside, dollars, number, rate, share, time};
use loadscape_sim::report::{Assumption, Report, Standing, StationReport};
use loadscape_sim::scenario::{ClassId, ComponentId, Objective, Scenario, Target};
use loadscape_sim::units::{DollarsPerMonth, PerSecond, Seconds};

/// Everything that a person wants to know first, top down: verdict, classes, stations, objectives, cost, what it rests on.
pub fn render(scenario: &Scenario, analysis: &Analysis) -> String {
    let report = &analysis.report;
    let mut text = format!("{}\n\n", terminal::line(&scenario.title));
    text.push_str(&classes(scenario, report));
    text.push_str(&stations(scenario, report));
    if let Some(why) = insight::why_bottleneck(scenario, report) {
        text.push_str(&format!("Bottleneck: {}\n", terminal::line(&why)));
    }
    if let Some(next) = &report.next_bottleneck {
        text.push_str(&format!(
            "Next: {}, at {}.\n",
            component_name(scenario, next.component),
            rate(next.saturates_at)
        ));
    }
    text.push_str(&format!("Sustainable load: {}\n", rate(report.sustainable)));
    text.push_str(&price::render(
        scenario,
        &insight::price(scenario, analysis),
    ));
    text.push_str(&objectives(scenario, report));
    text.push_str(&assumptions(scenario, report));
    text
}

fn classes(scenario: &Scenario, report: &Report) -> String {
    let header = [
        "class", "offered", "goodput", "mean", "p50", "p95", "p99", "p99.9",
    ]
    .map(str::to_owned);
    let rows = report
        .classes
        .iter()
        .filter(|class| class.offered.0 > 0.0)
        .map(|class| {
            let times = match class.latency {
                Some(latency) => [
                    latency.mean,
                    latency.p50,
                    latency.p95,
                    latency.p99,
                    latency.p999,
                ]
                .map(time),
                None => ["no steady state", "–", "–", "–", "–"].map(str::to_owned),
            };
            let [mean, p50, p95, p99, p999] = times;
            [
                class_name(scenario, class.class),
                rate(class.offered),
                rate(class.goodput),
                mean,
                p50,
                p95,
                p99,
                p999,
            ]
        });
    align(header, rows.collect())
}

fn stations(scenario: &Scenario, report: &Report) -> String {
    let header = [
        "station", "servers", "arrivals", "busy", "waiting", "wait", "service", "",
    ]
    .map(str::to_owned);
    let rows = report
        .stations
        .iter()
        .filter(|station| station.arrival.0 > 0.0)
        .map(|station| {
            let note = station.saturation.map_or(String::new(), |saturation| {
                if saturation.growth.0 > 0.0 {
                    format!("saturated, backlog +{}", rate(saturation.growth))
                } else if saturation.passes.0 < station.arrival.0 * (1.0 - 1e-6) {
                    let refused = PerSecond(station.arrival.0 - saturation.passes.0);
                    format!("saturated, {} turned away", rate(refused))
                } else {
                    "exactly at its limit".to_owned()
                }
            });
            [
                format!(
                    "{} {}",
                    component_name(scenario, station.component),
                    role(station.role)
                ),
                servers(station),
                rate(station.arrival),
                share(station.utilisation),
                station.queue_length.map_or("–".to_owned(), length),
                station.waiting.map_or("–".to_owned(), time),
                time(station.service),
                note,
            ]
        });
    align(header, rows.collect())
}

/// A mean queue length; less than a thousandth of a request is nobody.
pub fn length(mean: f64) -> String {
    if mean < 0.001 {
        "0".to_owned()
    } else {
        number(mean)
    }
}

fn servers(station: &StationReport) -> String {
    match (station.role, station.instances) {
        (Role::RateLimit, _) => "–".to_owned(),
        (_, 1) => station.servers.to_string(),
        (_, instances) => format!("{instances} × {}", station.servers),
    }
}

fn objectives(scenario: &Scenario, report: &Report) -> String {
    if report.objectives.is_empty() {
        return String::new();
    }
    let header = ["objective", "target", "measured", ""].map(str::to_owned);
    let rows = report.objectives.iter().map(|outcome| {
        let Wording {
            what,
            target,
            figure,
        } = wording(scenario, &outcome.objective);
        let verdict = if outcome.met { "met" } else { "MISSED" };
        [
            what,
            target,
            outcome
                .measured
                .map_or("no steady state".to_owned(), |value| {
                    let bound = outcome.objective.target.name_and_bound().1;
                    beside(value, bound, figure)
                }),
            verdict.to_owned(),
        ]
    });
    let mut text = align(header, rows.collect());
    for outcome in &report.objectives {
        if let Some(reason) = &outcome.out_of_reach {
            text.push_str(&format!("{}\n\n", terminal::line(reason)));
        }
    }
    text
}

/// An objective in words.
pub struct Wording {
    /// Whose figure, and which.
    pub what: String,
    /// Its bound.
    pub target: String,
    /// How a figure of its kind is written.
    pub figure: fn(f64) -> String,
}

/// What an objective asks for.
pub fn wording(scenario: &Scenario, objective: &Objective) -> Wording {
    let whose = objective.class.map_or("every class".to_owned(), |class| {
        class_name(scenario, class)
    });
    let seconds: fn(f64) -> String = |value| time(Seconds(value));
    let per_second: fn(f64) -> String = |value| rate(PerSecond(value));
    let money: fn(f64) -> String = |value| dollars(DollarsPerMonth(value));
    let design = "the design".to_owned();
    let (whose, figure_name, sign, bound, figure) = match objective.target {
        Target::MeanAtMostSeconds(bound) => (whose, "mean", "≤", bound, seconds),
        Target::P95AtMostSeconds(bound) => (whose, "p95", "≤", bound, seconds),
        Target::P99AtMostSeconds(bound) => (whose, "p99", "≤", bound, seconds),
        Target::SuccessAtLeast(bound) => (whose, "success", "≥", bound, share as fn(f64) -> String),
        Target::GoodputAtLeastPerSecond(bound) => (whose, "goodput", "≥", bound, per_second),
        Target::CostAtMostDollarsPerMonth(bound) => (design, "cost", "≤", bound, money),
        Target::UtilisationAtMost(bound) => (
            design,
            "utilisation",
            "≤",
            bound,
            share as fn(f64) -> String,
        ),
    };
    Wording {
        what: format!("{whose}: {figure_name}"),
        target: format!("{sign} {}", figure(bound)),
        figure,
    }
}

fn assumptions(scenario: &Scenario, report: &Report) -> String {
    let shown: Vec<String> = report
        .assumptions
        .iter()
        .filter(|assumption| assumption.standing != Standing::Exact)
        .map(|rests| assumption(scenario, rests))
        .collect();
    if shown.is_empty() {
        "Every figure is exact under the model.\n".to_owned()
    } else {
        format!("What the figures rest on:\n{}", shown.concat())
    }
}

/// What the figures rest on at one place, as a line of its own.
pub fn assumption(scenario: &Scenario, assumption: &Assumption) -> String {
    let whose = assumption.component.map_or(String::new(), |component| {
        format!("{}: ", component_name(scenario, component))
    });
    let standing = match assumption.standing {
        Standing::Exact => "exact",
        Standing::Approximate => "approximate",
        Standing::Doubtful => "doubtful here",
    };
    format!(
        "  {standing}: {whose}{} {}\n",
        assumption.rests_on,
        terminal::line(&assumption.because)
    )
}

/// A resource's name.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Cores => "cores",
        Role::Threads => "threads",
        Role::Connections => "connections",
        Role::Disk => "disk",
        Role::Replay => "replay",
        Role::RateLimit => "rate limit",
        Role::Servers => "servers",
    }
}

/// A component's name, fit for a terminal.
pub fn component_name(scenario: &Scenario, id: ComponentId) -> String {
    let component = scenario.component(id);
    component.map_or("?".to_owned(), |component| terminal::line(&component.name))
}

/// A class's name, fit for a terminal.
pub fn class_name(scenario: &Scenario, id: ClassId) -> String {
    let class = scenario.class(id);
    class.map_or("?".to_owned(), |class| terminal::line(&class.name))
}

/// A table with its first column to the left and the others to the right, the last one (if it has no header) to the left again; a blank
/// line behind it.
pub fn align<const COLUMNS: usize>(
    header: [String; COLUMNS],
    rows: Vec<[String; COLUMNS]>,
) -> String {
    let mut widths = [0; COLUMNS];
    for row in std::iter::once(&header).chain(&rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&header).chain(&rows) {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            let padding = " ".repeat(width - cell.chars().count());
            if column == 0 || (column == COLUMNS - 1 && header[column].is_empty()) {
                line.push_str(&format!("{cell}{padding}  "));
            } else {
                line.push_str(&format!("{padding}{cell}  "));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
    text
}

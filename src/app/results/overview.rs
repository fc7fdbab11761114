//! The results at a glance: key figures, a line for each class with where its time goes, and the two charts.

use super::super::page::Page;
use super::super::run::run_of;
use super::super::ui::prelude::*;
use super::super::why;
use super::{chart, load_chart};
use crate::display::beside::{SUCCESS, measured_figure};
use loadscape_player::RunOf;
use loadscape_sim::insight::Subject;
use loadscape_sim::quantities::{dollars, head_room, rate, share, time};
use loadscape_sim::report::{BreakdownPart, ClassReport, LossCause, Report, TimeCause};
use loadscape_sim::scenario::{ClassId, Scenario};
use loadscape_sim::units::PerSecond;

/// The overview.
pub fn overview(page: Page) -> AnyView {
    let chosen = RwSignal::new(None::<ClassId>);
    view! {
        <div class="overview">
            <section>{key_figures(page)}</section>
            <section class="scrolls">{times(page)}</section>
            <section>{load_chart::load(page)}</section>
            <section>{chart::distribution(page, chosen)}</section>
        </div>
    }
    .into_any()
}

fn key_figures(page: Page) -> AnyView {
    let rows = Memo::new(move |_| {
        page.answer.with(|answer| {
            answer
                .as_ref()
                .map(|answer| figures(&answer.report, page.run.open.get()))
                .unwrap_or_default()
        })
    });
    view! {
        <h3>"Result"{in_theory(page)}</h3>
        {move || rows.get().into_iter().map(|(label, figure, class)| view! {
            <div class="key-figure" title=move || (label == "Success").then_some(SUCCESS)><span>{label}{asks(page, label)}</span>{run_beside(page, label)}<b class=class data-testid=format!("figure-{}", label.to_lowercase().replace(' ', "-"))>{figure}</b></div>
        }).collect_view()}
    }
    .into_any()
}

/// Where a run is open, that these figures aren't its own.
pub fn in_theory(page: Page) -> AnyView {
    let runs = page.run.open;
    (move || {
        runs.get()
            .then(|| view! { <span class="in-theory">" in theory"</span> })
    })
    .into_any()
}

/// What the run that is open has measured of a key figure.
fn run_beside(page: Page, label: &'static str) -> AnyView {
    let own = Memo::new(move |_| {
        // Some of these are of the whole run, and so would be of two designs.
        if run_of(page) != Some(RunOf::Drawn) {
            return None;
        }
        (page.run.estimates).with(|estimates| measured_figure(estimates.as_ref()?, label))
    });
    (move || {
        own.get().map(|own| view! { <small class="run-figure" title="As the run has measured it so far">{format!("run {own}")}</small> })
    })
    .into_any()
}

/// Who wonders about a key figure asks here.
fn asks(page: Page, label: &'static str) -> Option<AnyView> {
    let slowest = |report: &Report| {
        let sent = report.classes.iter().filter(|class| class.offered.0 > 0.0);
        let p99 =
            |class: &&ClassReport| class.latency.map_or(f64::INFINITY, |latency| latency.p99.0);
        sent.max_by(|one, other| p99(one).total_cmp(&p99(other)))
            .map(|class| class.class)
    };
    let failing = |report: &Report| {
        let sent = report.classes.iter().filter(|class| class.offered.0 > 0.0);
        let success = |class: &&ClassReport| class.goodput.0 / class.offered.0;
        sent.min_by(|one, other| success(one).total_cmp(&success(other)))
            .map(|class| class.class)
    };
    let subject = page.answer.with_untracked(|answer| {
        let report = &answer.as_ref()?.report;
        match label {
            "Success" => failing(report).map(Subject::Failures),
            "Slowest p99" => slowest(report).map(Subject::Latency),
            "Sustains" => Some(Subject::SustainableLoad),
            "Cost a month" => Some(Subject::Cost),
            "Done later" => Some(Subject::Completion(None)),
            _ => None,
        }
    })?;
    Some(why::button(page, subject, label.to_lowercase()))
}

/// Whether a run is open decides whether it is worth saying that theory loses nothing.
fn figures(report: &Report, runs: bool) -> Vec<(&'static str, String, &'static str)> {
    let sum = |get: fn(&ClassReport) -> f64| report.classes.iter().map(get).sum::<f64>();
    let (offered, goodput) = (sum(|class| class.offered.0), sum(|class| class.goodput.0));
    if offered <= 0.0 {
        return vec![
            ("Sent", rate(PerSecond(0.0)), "mute"),
            ("Cost", dollars(report.cost.total), ""),
        ];
    }
    let worst = report
        .classes
        .iter()
        .filter(|class| class.offered.0 > 0.0)
        .map(|class| class.answered().map(|latency| latency.p99.0))
        .try_fold(0.0_f64, |worst, p99| Some(worst.max(p99?)));
    // What nobody answers sustains no load and has no room, however idle it is.
    let answered = goodput > 0.0;
    let sent = report.classes.iter().filter(|class| class.offered.0 > 0.0);
    let least = sent.fold(1.0, |least, class| {
        f64::min(least, class.goodput.0 / class.offered.0)
    });
    // Less than one in a million is what the solver leaves of a difference of two equal rates.
    let lost = goodput < offered * (1.0 - 1e-6);
    let mut rows = vec![
        ("Sent", rate(PerSecond(offered)), ""),
        (
            "Served",
            rate(PerSecond(goodput)),
            if goodput < offered * 0.999 { "bad" } else { "" },
        ),
    ];
    if lost || runs {
        rows.push((
            "Success",
            share(least),
            if least < 0.999 { "bad" } else { "" },
        ));
    }
    rows.push((
        "Slowest p99",
        worst.map_or_else(
            || "none".to_owned(),
            |p99| time(loadscape_sim::units::Seconds(p99)),
        ),
        if worst.is_none() { "bad" } else { "" },
    ));
    // What was handed over is done when nobody waits for it any more; of several classes the last counts.
    let handing = || report.classes.iter().filter(|class| class.hands_over);
    if handing().next().is_some() {
        let mut times = handing().map(|class| class.completion);
        let latest = times.try_fold(0.0_f64, |latest, own| Some(latest.max(own?.0)));
        rows.push((
            "Done later",
            latest.map_or_else(
                || "ever later".to_owned(),
                |latest| time(loadscape_sim::units::Seconds(latest)),
            ),
            if latest.is_none() { "bad" } else { "" },
        ));
    }
    rows.push((
        "Sustains",
        if !answered {
            "nothing".to_owned()
        } else if report.sustainable.0.is_finite() {
            rate(report.sustainable)
        } else {
            "any load".to_owned()
        },
        if answered { "" } else { "bad" },
    ));
    let room = report.head_room;
    rows.push((
        "Head-room",
        if answered {
            head_room(room)
        } else {
            "none".to_owned()
        },
        if !answered || room < 0.1 {
            "bad"
        } else if room < 0.3 {
            "fair"
        } else {
            "good"
        },
    ));
    rows.push(("Cost a month", dollars(report.cost.total), ""));
    rows
}

/// The style of a cause.
fn cause_class(cause: TimeCause) -> &'static str {
    match cause {
        TimeCause::Network => "cause-network",
        TimeCause::Service => "cause-service",
        TimeCause::Waiting => "cause-waiting",
        TimeCause::WaitingForToken => "cause-token",
        TimeCause::Retrying => "cause-retry",
    }
}

fn cause_words(cause: TimeCause) -> &'static str {
    match cause {
        TimeCause::Network => "network",
        TimeCause::Service => "service",
        TimeCause::Waiting => "waiting",
        TimeCause::WaitingForToken => "waiting for a thread or connection",
        TimeCause::Retrying => "retrying",
    }
}

/// One class's line.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    class: ClassId,
    name: String,
    segments: Vec<Segment>,
    /// Share of the widest bar.
    length: f64,
    figures: Result<[String; 4], String>,
    goodput: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Segment {
    class: &'static str,
    share: f64,
    short: String,
    title: String,
}

fn times(page: Page) -> AnyView {
    let rows = Memo::new(move |_| {
        page.answer.with(|answer| {
            answer
                .as_ref()
                .map(|answer| page.read(|scenario| rows(scenario, &answer.report)))
                .unwrap_or_default()
        })
    });
    let causes = Memo::new(move |_| {
        page.answer.with(|answer| {
            let Some(answer) = answer else {
                return Vec::new();
            };
            let parts = || {
                answer
                    .report
                    .classes
                    .iter()
                    .flat_map(|class| &class.breakdown)
                    .filter(|part| part.mean.0 > 0.0)
            };
            [
                TimeCause::Network,
                TimeCause::Service,
                TimeCause::Waiting,
                TimeCause::WaitingForToken,
                TimeCause::Retrying,
            ]
            .into_iter()
            .filter(|cause| parts().any(|part| part.cause == *cause))
            .collect::<Vec<_>>()
        })
    });
    view! {
        <table class="times" data-testid="times">
            <thead>
                <tr><th class="panel-title">"Where the time goes"{in_theory(page)}</th><th></th><th>"mean"</th><th>"p50"</th><th>"p95"</th><th>"p99"</th><th>"served"</th></tr>
            </thead>
            <tbody>
                <For each=move || rows.get() key=|row| (row.class, row.figures.is_ok(), format!("{:?}{:?}{}", row.figures, row.segments.len(), row.length)) children=move |row| line(page, row) />
            </tbody>
        </table>
        {move || rows.read().is_empty().then(|| view! { <p class="empty">{super::NOTHING_SENT}</p> })}
        <div class="legend">
            {move || causes.get().into_iter().map(|cause| view! { <span><i class=cause_class(cause)></i>{cause_words(cause)}</span> }).collect_view()}
        </div>
    }
    .into_any()
}

fn line(page: Page, row: Row) -> AnyView {
    let asks = why::button(
        page,
        Subject::Latency(row.class),
        format!("the time of {}", row.name),
    );
    let bar = view! {
        <div class="bar" style:width=format!("{:.2}%", row.length * 100.0)>
            {row.segments.into_iter().map(|segment| {
                let short = (segment.share * row.length > 0.1).then(|| view! { <span>{segment.short}</span> });
                view! { <i class=segment.class title=segment.title style:flex-grow=format!("{:.4}", segment.share)>{short}</i> }
            }).collect_view()}
        </div>
    };
    match row.figures {
        Ok([mean, p50, p95, p99]) => view! {
            <tr data-testid=format!("times-{}", row.class)>
                <th scope="row"><div class="named"><span>{row.name}</span>{asks}</div></th>
                <td class="bar-cell">{bar}</td>
                <td>{mean}</td>
                <td>{p50}</td>
                <td>{p95}</td>
                <td class="p99">{p99}</td>
                <td class="served">{row.goodput}</td>
            </tr>
        }
        .into_any(),
        Err(sentence) => view! {
            <tr data-testid=format!("times-{}", row.class)>
                <th scope="row"><div class="named"><span>{row.name}</span>{asks}</div></th>
                <td class="no-steady" colspan="5">{sentence}</td>
                <td class="served">{row.goodput}</td>
            </tr>
        }
        .into_any(),
    }
}

fn rows(scenario: &Scenario, report: &Report) -> Vec<Row> {
    let longest = report
        .classes
        .iter()
        .filter_map(|class| class.latency.map(|latency| latency.mean.0))
        .fold(0.0, f64::max);
    report
        .classes
        .iter()
        .filter(|class| class.offered.0 > 0.0)
        .map(|class| {
            let name = scenario
                .class(class.class)
                .map(|class| class.name.clone())
                .unwrap_or_default();
            let figures = match class.answered() {
                Some(latency) => {
                    Ok([latency.mean, latency.p50, latency.p95, latency.p99].map(time))
                }
                None => Err(no_steady_state(scenario, report, class)),
            };
            let mean = class.latency.map_or(0.0, |latency| latency.mean.0);
            Row {
                class: class.class,
                name,
                segments: segments(scenario, &class.breakdown),
                length: if longest > 0.0 {
                    (mean / longest).max(0.01)
                } else {
                    0.0
                },
                figures,
                goodput: rate(class.goodput),
            }
        })
        .collect()
}

/// Parts of a bar below this share are drawn together, by what they are spent on: a thousand slivers say nothing.
const SLIVER: f64 = 0.012;

fn segments(scenario: &Scenario, breakdown: &[BreakdownPart]) -> Vec<Segment> {
    let total: f64 = breakdown.iter().map(|part| part.mean.0).sum();
    let mut segments: Vec<Segment> = Vec::new();
    let mut slivers: Vec<(TimeCause, f64, usize)> = Vec::new();
    for part in breakdown.iter().filter(|part| part.mean.0 > 0.0) {
        let own_share = part.mean.0 / total;
        let name = part
            .component
            .and_then(|id| scenario.component(id))
            .map(|component| component.name.clone());
        if own_share < SLIVER {
            match slivers.iter_mut().find(|(cause, ..)| *cause == part.cause) {
                Some((_, sum, count)) => {
                    *sum += own_share;
                    *count += 1;
                }
                None => slivers.push((part.cause, own_share, 1)),
            }
            continue;
        }
        let title = match &name {
            Some(name) => format!(
                "{name}, {}: {} ({})",
                cause_words(part.cause),
                time(part.mean),
                share(own_share)
            ),
            None => format!("network: {} ({})", time(part.mean), share(own_share)),
        };
        segments.push(Segment {
            class: cause_class(part.cause),
            share: own_share,
            short: name.unwrap_or_else(|| "network".to_owned()),
            title,
        });
    }
    segments.extend(slivers.into_iter().filter(|(_, sum, _)| *sum > 5e-4).map(
        |(cause, sum, count)| Segment {
            class: cause_class(cause),
            share: sum,
            short: format!("{count} others"),
            title: format!(
                "{count} others, {}: {} ({})",
                cause_words(cause),
                time(loadscape_sim::units::Seconds(sum * total)),
                share(sum)
            ),
        },
    ));
    segments
}

/// What to say instead of a latency: who can't keep up, how fast the backlog grows, when it overflows, what gets through.
fn no_steady_state(scenario: &Scenario, report: &Report, class: &ClassReport) -> String {
    let culprit = report
        .stations
        .iter()
        .filter(|station| {
            station
                .by_class
                .iter()
                .any(|figures| figures.class == class.class && figures.arrival.0 > 0.0)
        })
        .filter_map(|station| station.saturation.map(|saturation| (station, saturation)))
        .max_by(|(left, _), (right, _)| left.offered_load.total_cmp(&right.offered_load));
    let through = if class.offered.0 > 0.0 {
        class.goodput.0 / class.offered.0
    } else {
        0.0
    };
    let Some((station, saturation)) = culprit else {
        let no_route = class
            .losses
            .iter()
            .any(|loss| loss.cause == LossCause::NoRoute && loss.share > 0.999);
        return if no_route {
            "no link leads on to anything that could answer".to_owned()
        } else {
            format!("no steady state: {} is answered well", share(through))
        };
    };
    let name = scenario
        .component(station.component)
        .map(|component| component.name.as_str())
        .unwrap_or_default();
    let mut sentence = format!("no steady state: the backlog at {name} grows");
    if saturation.growth.0 > 0.0 {
        sentence.push_str(&format!(" by {}", rate(saturation.growth)));
    }
    if let Some(overflow) = saturation.time_to_overflow {
        sentence.push_str(&format!(", its queue is full in {}", time(overflow)));
    }
    sentence.push_str(&format!(", {} get through", share(through)));
    crate::display::unbroken(&sentence)
}

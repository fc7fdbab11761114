//! Traced requests as waterfalls for people: what was done, when, and for how long. It computes nothing.

use crate::table::{class_name, component_name};
use loadscape_sim::des::{Activity, Span, Trace};
use loadscape_sim::quantities::time;
use loadscape_sim::report::TimeCause;
use loadscape_sim::scenario::Scenario;
use loadscape_sim::units::Seconds;

/// Characters that stand for a request's whole time.
const WIDTH: usize = 40;

/// Each request with its spans below it, by their beginning, what holds others first.
pub fn render(scenario: &Scenario, traces: &[Trace]) -> String {
    let mut text = String::new();
    for (number, trace) in traces.iter().enumerate() {
        let outcome = match (trace.ended, trace.succeeded) {
            (None, _) => "still under way when the run ended".to_owned(),
            (Some(ended), succeeded) => format!(
                "{} after {}",
                if succeeded { "answered" } else { "failed" },
                time(Seconds(ended - trace.began))
            ),
        };
        text.push_str(&format!(
            "Request {}: {}, {outcome}\n",
            number + 1,
            class_name(scenario, trace.class)
        ));
        text.push_str(&spans(scenario, trace));
        text.push('\n');
    }
    text
}

fn spans(scenario: &Scenario, trace: &Trace) -> String {
    let mut spans: Vec<&Span> = trace.spans.iter().collect();
    spans.sort_by(|one, other| {
        one.start
            .total_cmp(&other.start)
            .then(other.end.total_cmp(&one.end))
    });
    let last = spans
        .iter()
        .map(|span| span.end)
        .fold(trace.began, f64::max);
    let whole = trace.ended.unwrap_or(last).max(last) - trace.began;
    let rows: Vec<(String, String, String)> = spans
        .iter()
        .map(|span| {
            let place = |moment: f64| {
                let share = (moment - trace.began) / whole;
                ((share * WIDTH as f64).round() as usize).min(WIDTH)
            };
            let (start, end) = (place(span.start), place(span.end));
            let start = start.min(WIDTH - 1);
            let bar = format!(
                "{}{}{}",
                " ".repeat(start),
                mark(span.activity)
                    .to_string()
                    .repeat(end.max(start + 1) - start),
                " ".repeat(WIDTH - end.max(start + 1))
            );
            let whose = span.component.map_or_else(String::new, |component| {
                format!("{}: ", component_name(scenario, component))
            });
            let what = format!("{whose}{}", word(span.activity));
            (bar, time(Seconds(span.end - span.start)), what)
        })
        .collect();
    let longest = rows
        .iter()
        .map(|(_, length, _)| length.chars().count())
        .max()
        .unwrap_or(0);
    rows.iter()
        .map(|(bar, length, what)| {
            let padding = " ".repeat(longest - length.chars().count());
            format!("  |{bar}|  {padding}{length}  {what}\n")
        })
        .collect()
}

/// Waiting and working look different without colour.
fn mark(activity: Activity) -> char {
    match activity {
        Activity::Visit => '-',
        Activity::Part(TimeCause::Service) => '#',
        Activity::Part(TimeCause::Network) => '~',
        Activity::Part(TimeCause::Waiting | TimeCause::WaitingForToken | TimeCause::Retrying) => {
            '.'
        }
    }
}

fn word(activity: Activity) -> &'static str {
    match activity {
        Activity::Visit => "visit, with all below it",
        Activity::Part(TimeCause::Service) => "service",
        Activity::Part(TimeCause::Network) => "network",
        Activity::Part(TimeCause::Waiting) => "waiting",
        Activity::Part(TimeCause::WaitingForToken) => "waiting for a thread or connection",
        Activity::Part(TimeCause::Retrying) => "waiting before a retry",
    }
}

//! What went wrong in a simulation, and how requests fared before, meanwhile and afterwards, as tables for people; it computes nothing.

use crate::table::{Wording, align, class_name, wording};
use crate::terminal;
use loadscape_sim::catalog::{Unit, format_number};
use loadscape_sim::des::{Findings, Phase, Recovery, Verdict};
use loadscape_sim::insight::{
    Figure, KeptAs, because, failover_words, fault_words, kept, lost_words, outcome_words,
};
use loadscape_sim::quantities::{share, time, whole};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::units::Seconds;

/// Nothing without faults.
pub fn render(scenario: &Scenario, findings: &Findings) -> String {
    if findings.faults.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for happened in &findings.faults {
        let number = happened.number.unwrap_or_default();
        let Some(fault) = scenario.faults.get(number.wrapping_sub(1)) else {
            continue;
        };
        let at = |seconds: f64| format_number(Unit::Seconds, seconds);
        let when = match (happened.began_seconds, happened.ended_seconds) {
            (None, _) => format!(
                "would begin at {}, after the end of the run",
                at(fault.start_seconds)
            ),
            (Some(began), Some(ended)) if ended > began => {
                format!("from {} to {}", at(began), at(ended))
            }
            (Some(began), Some(_)) => format!("at {}", at(began)),
            (Some(began), None) => format!("from {} to the end of the run", at(began)),
        };
        text.push_str(&format!(
            "Fault {}: {}, {when}.\n",
            number,
            terminal::line(&fault_words(scenario, fault))
        ));
        let mut verdicts = findings.verdicts.iter();
        if let Some(verdict) = verdicts.find(|verdict| verdict.number == number) {
            text.push_str(&of_verdict(scenario, verdict, findings.seconds));
        }
    }
    for failover in &findings.failovers {
        text.push_str(&format!(
            "Failover: {}\n",
            failover_words(scenario, failover)
        ));
    }
    text.push('\n');
    text.push_str(&phases(scenario, &findings.recovery));
    for recovery in &findings.recovery {
        text.push_str(&format!(
            "{}: {}\n",
            class_name(scenario, recovery.class),
            outcome(recovery)
        ));
    }
    if !findings.recovery.is_empty() {
        text.push('\n');
    }
    text
}

fn of_verdict(scenario: &Scenario, verdict: &Verdict, end: f64) -> String {
    let mut text = format!(
        "  {} {}\n",
        outcome_words(scenario, verdict, end),
        lost_words(scenario, verdict)
    );
    let fault = &scenario.faults[verdict.number - 1];
    for words in because(scenario, fault, verdict, end) {
        text.push_str(&format!("  {words}\n"));
    }
    for kept in kept(scenario, verdict) {
        let Wording {
            what,
            target,
            figure,
        } = wording(scenario, &scenario.objectives[kept.objective]);
        let said = |of: Figure| match of {
            Figure::Met(value) => format!("met ({})", figure(value)),
            Figure::MetByTheAnswered { seconds, success } => format!(
                "{} ({}, while {} succeeded)",
                match of.kept_as() {
                    KeptAs::Missed => "MISSED by most",
                    _ => "met by those that were answered",
                },
                figure(seconds),
                share(success)
            ),
            Figure::Missed(value) => format!("MISSED ({})", figure(value)),
            Figure::Unseen => "not enough requests".to_owned(),
        };
        text.push_str(&format!(
            "  {what} {target}: {} meanwhile, {} afterwards.\n",
            said(kept.during),
            said(kept.after)
        ));
    }
    text
}

fn phases(scenario: &Scenario, recoveries: &[Recovery]) -> String {
    if recoveries.is_empty() {
        return String::new();
    }
    let header = [
        "class",
        "",
        "time",
        "sent",
        "success",
        "p50",
        "p99",
        "errors",
        "unanswered",
    ]
    .map(str::to_owned);
    let mut rows = Vec::new();
    for recovery in recoveries {
        let mut name = class_name(scenario, recovery.class);
        let phases = [
            ("before", recovery.before),
            ("during", Some(recovery.during)),
            ("after", recovery.after),
        ];
        for (when, phase) in phases {
            if let Some(phase) = phase {
                rows.push(row(std::mem::take(&mut name), when, &phase));
            }
        }
    }
    align(header, rows)
}

fn row(class: String, when: &str, phase: &Phase) -> [String; 9] {
    let span =
        |seconds: Option<f64>| seconds.map_or("–".to_owned(), |seconds| time(Seconds(seconds)));
    [
        class,
        when.to_owned(),
        format_number(Unit::Seconds, phase.seconds),
        whole(phase.offered),
        phase.success.map_or("–".to_owned(), share),
        span(phase.p50),
        span(phase.p99),
        whole(phase.errors),
        whole(phase.refused),
    ]
}

fn outcome(recovery: &Recovery) -> String {
    let lost = recovery.during.errors
        + recovery.during.refused
        + recovery
            .after
            .map_or(0.0, |after| after.errors + after.refused);
    let lost = match lost {
        0.0 => "no request failed from the first fault on".to_owned(),
        lost => format!("{} requests failed from the first fault on", whole(lost)),
    };
    let back = match (recovery.after, recovery.recovered_after_seconds) {
        (None, _) => "the faults weren't over at the end of the run".to_owned(),
        (Some(_), Some(seconds)) => format!(
            "p99 and success were back to what they had been {} after the faults were over",
            time(Seconds(seconds))
        ),
        (Some(_), None) if recovery.before.is_none() => {
            "nothing was seen before the faults to compare with".to_owned()
        }
        (Some(_), None) => "did not recover by the end of the run".to_owned(),
    };
    format!("{lost}; {back}.")
}

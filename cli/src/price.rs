//! The price of a design as tables for people: failures, what is out of date, what is left open, what there is to run. It computes nothing.

use crate::table::{align, class_name, component_name};
use crate::terminal;
use loadscape_sim::insight::{
    Availability, Chance, Complexity, Consistency, Price, Risk, SecurityFinding,
};
use loadscape_sim::quantities::{dollars, number, share, time};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::units::{SECONDS_PER_MONTH, Seconds};

/// Rows of cut sets that are printed.
const MOST_CUTS: usize = 5;

/// Everything that is paid, in every coin.
pub fn render(scenario: &Scenario, price: &Price) -> String {
    let mut text = cost(scenario, price);
    text.push_str(&availability(scenario, &price.availability));
    text.push_str(&consistency(scenario, &price.consistency));
    text.push_str(&security(&price.security));
    text.push_str(&complexity(scenario, &price.complexity));
    text
}

fn cost(scenario: &Scenario, price: &Price) -> String {
    let mut rows: Vec<[String; 2]> = price
        .cost
        .components
        .iter()
        .map(|(id, own)| [component_name(scenario, *id), dollars(*own)])
        .collect();
    if price.cost.traffic.0 > 0.0 {
        rows.push([
            "answers and traffic".to_owned(),
            dollars(price.cost.traffic),
        ]);
    }
    let total = format!("Cost: {} a month\n", dollars(price.cost.total));
    if rows.is_empty() {
        return total + "\n";
    }
    total + "\n" + &align(["part", "a month"].map(str::to_owned), rows)
}

fn chance(chance: Chance) -> String {
    match chance.interval {
        None => share(chance.share),
        Some((low, high)) => format!("{} to {}", share(low), share(high)),
    }
}

/// Of a month, the time that a share of it stands for.
fn a_month(part: f64) -> String {
    time(Seconds(part.max(0.0) * SECONDS_PER_MONTH))
}

fn availability(scenario: &Scenario, found: &Availability) -> String {
    let Some(answered) = found.answered else {
        return String::new();
    };
    let header = [
        "class",
        "answered",
        "reachable",
        "away a month",
        "worked off",
    ];
    let rows = found.classes.iter().map(|row| {
        [
            class_name(scenario, row.class),
            chance(row.answered),
            chance(row.reachable),
            a_month(1.0 - row.reachable.share),
            row.worked_off.map_or("–".to_owned(), chance),
        ]
    });
    let mut text = format!("Availability: {} of the requests\n\n", chance(answered));
    text.push_str(&align(header.map(str::to_owned), rows.collect()));
    let mut cuts: Vec<(f64, String)> = Vec::new();
    for class in &found.classes {
        for cut in &class.cuts {
            let words: Vec<String> = (cut.causes.iter())
                .map(|cause| terminal::line(&cause.words(scenario)))
                .collect();
            let words = words.join(" and ");
            if cuts.iter().all(|(_, known)| *known != words) {
                cuts.push((cut.share, words));
            }
        }
    }
    let is_single = |words: &str| {
        let mut points = found.single_points.iter();
        points.any(|point| terminal::line(&point.cause.words(scenario)) == words)
    };
    cuts.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let header = ["brings a class down", "away a month"].map(str::to_owned);
    let (single, together): (Vec<_>, Vec<_>) =
        cuts.into_iter().partition(|(_, words)| is_single(words));
    let rows = single
        .into_iter()
        .chain(together.into_iter().take(MOST_CUTS));
    let rows = rows.map(|(part, words)| [words, a_month(part)]);
    text + &align(header, rows.collect())
}

fn consistency(scenario: &Scenario, found: &Consistency) -> String {
    let Some(stale) = found.stale else {
        return String::new();
    };
    let mut text = format!("Stale reads: {}\n", share(stale));
    for row in &found.reads {
        let age = row.age.map_or(String::new(), |age| {
            format!(", {} old on average", time(age))
        });
        let longest = match row.longest {
            Some(longest) => format!(", at most {}", time(longest)),
            None if row.falls_behind => ", ever older".to_owned(),
            None => String::new(),
        };
        text.push_str(&format!(
            "  {} of {} at {}{age}{longest}\n",
            share(row.share),
            class_name(scenario, row.class),
            component_name(scenario, row.component)
        ));
    }
    for row in &found.lost {
        text.push_str(&format!(
            "  {} writes lost when {} dies, {} a month\n",
            number(row.per_failure),
            component_name(scenario, row.component),
            number(row.per_month())
        ));
    }
    text + "\n"
}

fn security(findings: &[SecurityFinding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut text = "Security findings:\n".to_owned();
    for finding in findings {
        let risk = match finding.risk {
            Risk::High => "grave",
            Risk::Medium => "medium",
            Risk::Low => "minor",
        };
        let fix = (finding.fix.as_ref()).map_or(String::new(), |fix| format!(" ({})", fix.title));
        text.push_str(&format!(
            "  {risk}: {}{fix}\n",
            terminal::line(&finding.title)
        ));
    }
    text + "\n"
}

fn complexity(scenario: &Scenario, found: &Complexity) -> String {
    let mut text = format!(
        "To run: {} kinds, {} parts, {} machines, {} of the parts stateful\n",
        found.kinds.len(),
        found.parts,
        found.instances,
        found.stateful.len()
    );
    for way in &found.ways {
        let names: Vec<String> = (way.components.iter())
            .map(|id| component_name(scenario, *id))
            .collect();
        text.push_str(&format!(
            "  {}: {} hops, {}\n",
            class_name(scenario, way.class),
            way.hops(),
            names.join(" → ")
        ));
    }
    text + "\n"
}

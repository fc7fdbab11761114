//! What a component's stations do under load, as a table with the formula that gave the figures.

use super::super::page::Page;
use super::super::ui::prelude::*;
use loadscape_sim::network::Role;
use loadscape_sim::quantities::{number, percent, rate, share, time};
use loadscape_sim::report::StationReport;
use loadscape_sim::scenario::ComponentId;

/// The stations of one component, with their figures.
pub fn figures(page: Page, id: ComponentId) -> AnyView {
    let stations = Memo::new(move |_| {
        page.answer.with(|answer| match answer {
            Some(answer) => answer
                .report
                .stations
                .iter()
                .filter(|station| station.component == id)
                .cloned()
                .collect::<Vec<_>>(),
            None => Vec::new(),
        })
    });
    (move || {
        stations.with(|stations| {
            let names = page.classes.with(|classes| {
                classes
                    .iter()
                    .map(|class| (class.id, class.name.clone()))
                    .collect::<Vec<_>>()
            });
            // What the bottleneck is asked for when nothing before it holds requests back, of which its own figures know nothing.
            let asked = page.answer.with(|answer| {
                let report = &answer.as_ref()?.report;
                let first = report.bottleneck.as_ref()?;
                (first.utilisation >= 1.0).then_some((first.station, first.utilisation))
            });
            stations
                .iter()
                .map(|station| {
                    let asked = asked.filter(|(limiting, _)| *limiting == station.station);
                    table(station, asked.map(|(_, asked)| asked), &names)
                })
                .collect_view()
        })
    })
    .into_any()
}

/// What a role's servers are called.
fn role_word(role: Role) -> &'static str {
    match role {
        Role::Cores => "Cores",
        Role::Threads => "Threads",
        Role::Connections => "Connections",
        Role::Disk => "Disk",
        Role::Replay => "Replay",
        Role::RateLimit => "Rate limit",
        Role::Servers => "Servers",
    }
}

fn table(
    station: &StationReport,
    asked: Option<f64>,
    names: &[(loadscape_sim::scenario::ClassId, String)],
) -> AnyView {
    let title = role_word(station.role);
    let size = if station.instances > 1 {
        format!(
            "{} × {}",
            number(f64::from(station.instances)),
            number(f64::from(station.servers))
        )
    } else {
        number(f64::from(station.servers))
    };
    let mut rows: Vec<(&'static str, String)> = vec![
        ("Arrivals", rate(station.arrival)),
        (
            "Offered load",
            format!("{} busy", number(station.offered_load)),
        ),
        ("Utilisation", percent(station.utilisation)),
    ];
    if let Some(asked) = asked {
        rows.push(("Asked for", share(asked)));
    }
    if station.busiest_utilisation > station.utilisation * 1.005 {
        rows.push(("Busiest instance", percent(station.busiest_utilisation)));
    }
    if station.service.0 > 0.0 {
        rows.push(("Service time", time(station.service)));
    }
    if let Some(waiting) = station.waiting {
        rows.push(("Waiting time", time(waiting)));
    }
    if let Some(sojourn) = station.sojourn {
        rows.push(("Sojourn time", time(sojourn)));
    }
    if let Some(length) = station.queue_length {
        rows.push(("Queue length", number(length)));
    }
    if let Some(probability) = station.wait_probability {
        rows.push(("Has to wait", share(probability)));
    }
    rows.push(("Throughput", rate(station.throughput)));
    if station.loss > 0.0 {
        rows.push(("Refused", share(station.loss)));
    }
    if let Some(saturation) = station.saturation {
        if saturation.growth.0 > 0.0 {
            rows.push(("Backlog grows", rate(saturation.growth)));
        }
        if let Some(overflow) = saturation.time_to_overflow {
            rows.push(("Queue full in", time(overflow)));
        }
        rows.push(("Gets through", rate(saturation.passes)));
    }
    let classes: Vec<_> = station
        .by_class
        .iter()
        .filter(|class| class.arrival.0 > 0.0)
        .map(|class| {
            let name = names
                .iter()
                .find(|(id, _)| *id == class.class)
                .map(|(_, name)| name.clone())
                .unwrap_or_default();
            view! {
                <tr>
                    <th>{name}</th>
                    <td>{rate(class.arrival)}</td>
                    <td>{time(class.service)}</td>
                    <td>{class.waiting.map_or_else(|| "–".to_owned(), time)}</td>
                </tr>
            }
        })
        .collect();
    let several = classes.len() > 1;
    view! {
        <div class="station" data-testid="station">
            <h4 class="station-title">{title}" "<span class="mute">{size}</span></h4>
            <table class="figures">
                <tbody>
                    {rows.into_iter().map(|(label, figure)| view! { <tr><th>{label}</th><td>{figure}</td></tr> }).collect_view()}
                </tbody>
            </table>
            {several.then(move || view! {
                <table class="figures by-class">
                    <thead><tr><th>"by class"</th><th>"arrivals"</th><th>"service"</th><th>"waiting"</th></tr></thead>
                    <tbody>{classes}</tbody>
                </table>
            })}
            <p class="formula">{station.formula}</p>
        </div>
    }
    .into_any()
}

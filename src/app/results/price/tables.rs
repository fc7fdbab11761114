//! What a design pays in time, in freshness, in safety and in things to run: rows that point at the drawing, and fixes to press.

use super::super::super::page::Page;
use super::super::super::run::counts;
use super::super::super::ui::prelude::*;
use super::super::super::why;
use super::{found, pointer};
use crate::display::beside::with_interval;
use crate::display::price::{
    CauseRow, StaleRow, availability_rows, counted, cut_rows, loss_rows, part_rows, singles,
    stale_rows, to_run, way_rows,
};
use crate::editor::remedy;
use loadscape_sim::catalog::specification;
use loadscape_sim::insight::{Fix, Risk, SecurityFinding, Subject};
use loadscape_sim::quantities::share;
use loadscape_sim::scenario::ComponentId;

/// Rows of cut sets that are shown.
const MOST_CUTS: usize = 12;

/// How much of the time each class is answered, what brings it down, and what of each part may fail.
pub fn availability(page: Page) -> AnyView {
    let classes = found(page, |scenario, price| {
        availability_rows(scenario, &price.availability)
    });
    let parts_alone = found(page, |scenario, price| {
        singles(scenario, &price.availability).parts
    });
    let places_alone = found(page, |scenario, price| {
        singles(scenario, &price.availability).places
    });
    let rows = move |rows: Vec<CauseRow>| {
        let rows = rows.into_iter().map(|row| view! {
            <tr><td>{pointer(page, row.cause, row.components)}</td><td class="number">{row.away}" a month"</td><td class="mute">{row.classes}</td></tr>
        });
        rows.collect_view()
    };
    let cuts = found(page, |scenario, price| {
        let rows = cut_rows(scenario, &price.availability);
        // Single points stand by themselves.
        let single = singles(scenario, &price.availability);
        let single = [single.parts, single.places].concat();
        let is_single = |causes: &str| single.iter().any(|row| row.cause == causes);
        rows.into_iter()
            .filter(|row| !is_single(&row.causes))
            .take(MOST_CUTS)
            .collect()
    });
    let parts = found(page, |scenario, price| {
        part_rows(scenario, &price.availability)
    });
    let later =
        Memo::new(move |_| classes.with(|rows| rows.iter().any(|row| row.worked_off.is_some())));
    view! {
        <section>
            <h3>"How much of it is answered"{why::button(page, Subject::Availability(None), "how much of it is answered".to_owned())}</h3>
            <table>
                <thead><tr><th>"Class"</th><th class="number" title="Of all its requests, those that find everything that they need">"Requests"</th><th class="number" title="Of the time, when some of its requests are answered">"Some, of the time"</th><th class="number">"None, a month"</th>{move || later.get().then(|| view! { <th class="number">"Worked off"</th> })}</tr></thead>
                <tbody>
                    {move || classes.get().into_iter().map(|row| view! {
                        <tr><td><div class="named"><span>{row.class.clone()}</span>{why::button(page, Subject::Availability(Some(row.id)), format!("how much of {} is answered", row.class))}</div></td><td class="number"><b>{row.answered}</b></td><td class="number">{row.reachable}</td><td class="number">{row.away}</td>{later.get().then(|| view! { <td class="number">{row.worked_off.unwrap_or_default()}</td> })}</tr>
                    }).collect_view()}
                </tbody>
            </table>
        </section>
        <section>
            <h3>"Single points of failure"</h3>
            <table data-testid="single-points">
                <tbody>{move || rows(parts_alone.get())}</tbody>
            </table>
            {move || parts_alone.with(Vec::is_empty).then(|| view! { <p class="empty">"No part by itself."</p> })}
            {move || (!places_alone.with(Vec::is_empty)).then(|| view! { <h3>"Places that bring it down by themselves"</h3> })}
            <table data-testid="single-places">
                <tbody>{move || rows(places_alone.get())}</tbody>
            </table>
            {move || (!cuts.with(Vec::is_empty)).then(|| view! { <h3>"Only together"</h3> })}
            <table data-testid="cut-sets">
                <tbody>
                    {move || cuts.get().into_iter().map(|row| view! {
                        <tr><td>{pointer(page, row.causes, row.components)}</td><td class="number">{row.away}" a month"</td><td class="mute">{row.classes}</td></tr>
                    }).collect_view()}
                </tbody>
            </table>
        </section>
        <section>
            <h3>"What may fail"</h3>
            <table>
                <tbody>
                    {move || parts.get().into_iter().map(|row| view! {
                        <tr><td>{pointer(page, row.name, vec![row.component])}</td><td class="number">{row.instance}</td><td class=if row.is_thin { "fair" } else { "mute" }>{row.needs}</td></tr>
                    }).collect_view()}
                </tbody>
            </table>
        </section>
    }
    .into_any()
}

/// Which reads are out of date, and which writes may be lost.
pub fn consistency(page: Page) -> AnyView {
    let reads = found(page, |scenario, price| {
        stale_rows(scenario, &price.consistency)
    });
    let lost = found(page, |scenario, price| {
        loss_rows(scenario, &price.consistency)
    });
    let runs = Memo::new(move |_| counts(page));
    // How sure the run is of it stands with it.
    let measured = move |row: &StaleRow| {
        page.run.estimates.with(|estimates| {
            let stale = &estimates.as_ref()?.stale;
            let own = stale
                .iter()
                .find(|own| (own.0, own.1) == (row.component, row.reader))?;
            Some(with_interval(own.2, share))
        })
    };
    // Where only one class reads, all that is read is what it reads.
    let several =
        Memo::new(move |_| reads.with(|rows| rows.iter().any(|row| row.reader != rows[0].reader)));
    let of_reader = move |row: &StaleRow| {
        let about = format!("what {} reads out of date", row.class);
        (several.get()).then(|| why::button(page, Subject::StaleReads(Some(row.reader)), about))
    };
    view! {
        <section>
            <h3>"Reads that are out of date"{move || (!reads.with(Vec::is_empty)).then(|| why::button(page, Subject::StaleReads(None), "reads that are out of date".to_owned()))}</h3>
            {move || reads.with(Vec::is_empty).then(|| view! { <p class="empty">"None: every read sees the latest write."</p> })}
            <table data-testid="stale-reads">
                {move || (runs.get() && !reads.with(Vec::is_empty)).then(|| view! { <thead><tr><th></th><th></th><th class="number">"In the run"</th><th class="number">"In theory"</th><th></th></tr></thead> })}
                <tbody>
                    {move || reads.get().into_iter().map(|row| view! {
                        <tr><td>{pointer(page, row.name.clone(), vec![row.component])}</td><td><div class="named"><span>{row.class.clone()}</span>{of_reader(&row)}</div></td>{runs.get().then(|| view! { <td class="number"><b>{measured(&row).unwrap_or_else(|| "too few yet".to_owned())}</b></td> })}<td class="number"><b>{row.share}</b></td><td class="mute">{row.age}</td></tr>
                    }).collect_view()}
                </tbody>
            </table>
        </section>
        <section>
            <h3>"Writes that are lost"{move || (!lost.with(Vec::is_empty)).then(|| why::button(page, Subject::LostWrites, "writes that are lost".to_owned()))}</h3>
            {move || lost.with(Vec::is_empty).then(|| view! { <p class="empty">"None: whatever dies, what was confirmed is kept. A replica that takes over, or a cache that writes later, would lose some."</p> })}
            <table data-testid="lost-writes">
                <tbody>
                    {move || lost.get().into_iter().map(|row| view! {
                        <tr><td>{pointer(page, row.name, vec![row.component])}</td><td class="number"><b>{row.each}</b>" each time"</td><td class="mute">{row.often}</td></tr>
                    }).collect_view()}
                </tbody>
            </table>
        </section>
    }
    .into_any()
}

/// What is left open, each with what closes it.
pub fn security(page: Page) -> AnyView {
    let findings = found(page, |_, price| price.security.clone());
    view! {
        <section class="findings" data-testid="findings">
            {move || findings.with(Vec::is_empty).then(|| view! { <p class="empty">"Nothing that the drawing tells of."</p> })}
            {move || findings.get().into_iter().map(|finding| row(page, finding)).collect_view()}
        </section>
    }
    .into_any()
}

fn row(page: Page, finding: SecurityFinding) -> AnyView {
    let (word, class) = match finding.risk {
        Risk::High => ("grave", "bad"),
        Risk::Medium => ("medium", "fair"),
        Risk::Low => ("minor", "mute"),
    };
    let fix = finding.fix.map(|fix| {
        let title = fix.title.clone();
        view! {
            <button type="button" class="remedy fix" data-testid=format!("fix-{:?}", finding.weakness) on:click=move |_| make(page, &fix)><b>{title}</b></button>
        }
    });
    view! {
        <article class="finding" data-testid=format!("finding-{:?}", finding.weakness)>
            <span class=format!("risk {class}")>{word}</span>
            <div>
                <h4>{pointer(page, finding.title, finding.components)}</h4>
                <p>{finding.why}</p>
            </div>
            {fix}
        </article>
    }
    .into_any()
}

/// Makes the change as one step, and not of a design that has changed since.
fn make(page: Page, fix: &Fix) {
    if page.stale.get_untracked() {
        return;
    }
    page.try_act(|editor| remedy::make(editor, &fix.title, &fix.edit));
}

/// What there is to run.
pub fn complexity(page: Page) -> AnyView {
    let ways = found(page, |scenario, price| {
        way_rows(scenario, &price.complexity)
    });
    let kinds = found(page, |_, price| price.complexity.kinds.clone());
    let stateful = found(page, |scenario, price| -> Vec<(ComponentId, String)> {
        let own = price.complexity.stateful.iter();
        own.filter_map(|id| Some((*id, scenario.component(*id)?.name.clone())))
            .collect()
    });
    let all = Memo::new(move |_| {
        page.price.with(|price| {
            price.as_ref().map_or((0, 0), |price| {
                (price.complexity.parts, price.complexity.instances)
            })
        })
    });
    let words = move || {
        let names: Vec<&str> = kinds.with(|kinds| {
            kinds
                .iter()
                .map(|kind| specification(*kind).label)
                .collect()
        });
        names.join(", ")
    };
    view! {
        <section>
            <h3>{move || counted(kinds.with(Vec::len), "kind to know", "kinds to know")}{why::button(page, Subject::Complexity, "what there is to run".to_owned())}</h3>
            <p>{words}</p>
            <p class="mute">{move || { let (parts, instances) = all.get(); to_run(parts, instances) }}</p>
        </section>
        <section>
            <h3>{move || counted(stateful.with(Vec::len), "stateful part", "stateful parts")}</h3>
            <p class="mute">"They keep data, keys or messages: they can't simply be replaced."</p>
            <ul class="plain">{move || stateful.get().into_iter().map(|(id, name)| view! { <li>{pointer(page, name, vec![id])}</li> }).collect_view()}</ul>
        </section>
        <section>
            <h3>"The longest way of each class"</h3>
            <table data-testid="longest-ways">
                <tbody>
                    {move || ways.get().into_iter().map(|row| view! {
                        <tr><td>{row.class}</td><td class="number"><b>{row.hops}</b></td><td>{pointer(page, row.way, row.components)}</td></tr>
                    }).collect_view()}
                </tbody>
            </table>
        </section>
    }
    .into_any()
}

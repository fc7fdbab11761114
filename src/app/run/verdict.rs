//! What became of each fault in the run, beside its figures: whether objectives were kept, what was lost, whether all is as before. It judges
//! nothing by itself.

use super::super::icons::icon;
use super::super::page::Page;
use super::super::results::target_words;
use super::super::ui::prelude::*;
use super::Control;
use super::timeline::remove_fault;
use crate::display::run::clock;
use crate::display::timeline::moment_words;
use loadscape_player::{Pace, State};
use loadscape_sim::des::{Outcome, Verdict};
use loadscape_sim::insight::{
    Figure, KeptAs, because, failover_words, fault_words, kept, lost_words, outcome_words,
    was_no_better,
};
use loadscape_sim::quantities::share;
use loadscape_sim::scenario::Fault;

/// One objective's line: what it asks for, and how it was meanwhile and afterwards.
type Line = (String, String, String, String, String);

/// The verdicts; nothing while the drawing has no faults.
pub fn verdicts(page: Page) -> AnyView {
    let count = Memo::new(move |_| page.faults.with(Vec::len));
    let goes_on = Memo::new(move |_| {
        let pace = page.run.pace.get();
        page.run.frame.with(|frame| {
            frame.as_ref().is_some_and(|frame| {
                frame.end.is_some() && frame.state != State::Ended && pace != Pace::Fastest
            })
        })
    });
    // What is said here takes longer to find out than what is drawn, and where time goes fast that is some time ago.
    let by = Memo::new(move |_| {
        let frame = page.run.frame;
        let at = frame.with(|frame| {
            let playing = frame.as_ref().filter(|frame| frame.state == State::Playing);
            playing.map(|frame| frame.at)
        })?;
        let estimates = page.run.estimates;
        let told = estimates.with(|own| own.as_ref().map(|own| own.seconds))?;
        (at - told > 1.0).then(|| format!("by {}", clock(told, page.run.pace.get())))
    });
    let to_the_end = move |_| super::control(page, Control::ToTheEnd);
    (move || {
        (count.get() > 0).then(|| {
            view! {
                <div class="verdicts" data-testid="verdicts">
                    <h3>
                        <span>"What became of it "<small class="mute" data-testid="verdicts-by">{move || by.get()}</small></span>
                        {move || goes_on.get().then(|| view! { <button type="button" class="link" data-testid="run-to-the-end" on:click=to_the_end>"Run to the end"</button> })}
                    </h3>
                    <For each=move || 0..count.get() key=|index| *index children=move |index| one(page, index) />
                </div>
            }
        })
    })
    .into_any()
}

/// Since when everything is as before the faults, for each after which it is; seconds.
pub fn recovered(page: Page) -> Vec<f64> {
    page.run.estimates.with(|estimates| {
        let verdicts = estimates.as_ref().map_or(&[][..], |own| &own.verdicts);
        let all = verdicts
            .iter()
            .filter(|own| own.outcome == Outcome::Recovered);
        all.filter_map(|own| own.recovered_seconds).collect()
    })
}

/// A verdict's mark, its word and its colour.
fn mark(outcome: Option<Outcome>, no_better: bool) -> (&'static str, &'static str, &'static str) {
    match outcome {
        _ if no_better => ("◐", "no better than before", "fair"),
        None => ("○", "to come", "mute"),
        Some(Outcome::Lasting) => ("●", "lasts", "fair"),
        Some(Outcome::Unharmed) => ("✓", "unharmed", "good"),
        Some(Outcome::Recovered) => ("✓", "recovered", "good"),
        Some(Outcome::Recovering) => ("◐", "recovering", "fair"),
        Some(Outcome::Draining) => ("◐", "still draining", "fair"),
        Some(Outcome::Unsettled) => ("?", "too short to say", "fair"),
        Some(Outcome::Impaired) => ("◐", "impaired", "fair"),
        Some(Outcome::Down) => ("✗", "metastable", "bad"),
        Some(Outcome::Busier) => ("◐", "busier than before", "fair"),
        Some(Outcome::Interrupted) => ("◐", "the next fault came too soon to say", "mute"),
        Some(Outcome::Growing) => ("◐", "grew before it, too", "fair"),
        Some(Outcome::Unknown) => ("?", "can't say", "mute"),
    }
}

fn one(page: Page, index: usize) -> AnyView {
    let fault = Memo::new(move |_| page.faults.with(|faults| faults.get(index).cloned()));
    let verdict = Memo::new(move |_| {
        page.run.estimates.with(|estimates| {
            let verdicts = &estimates.as_ref()?.verdicts;
            verdicts
                .iter()
                .find(|verdict| verdict.number == index + 1)
                .cloned()
        })
    });
    let now = Memo::new(move |_| {
        page.run.estimates.with(|estimates| {
            estimates
                .as_ref()
                .map_or(0.0, |estimates| estimates.seconds)
        })
    });
    let outcome =
        Memo::new(move |_| verdict.with(|verdict| verdict.as_ref().map(|own| own.outcome)));
    let no_better = Memo::new(move |_| {
        page.revision.track();
        verdict.with(|verdict| {
            let verdict = verdict.as_ref();
            verdict.is_some_and(|own| page.read(|scenario| was_no_better(scenario, own)))
        })
    });
    let marked = move || mark(outcome.get(), no_better.get());
    // Those whose primary died while this fault lasted.
    let failovers = Memo::new(move |_| {
        let (from, to) = verdict.with(|verdict| {
            let verdict = verdict.as_ref()?;
            Some((
                verdict.began_seconds,
                verdict.ended_seconds.unwrap_or(f64::INFINITY),
            ))
        })?;
        page.run.estimates.with(|estimates| {
            let all = estimates.as_ref()?.failovers.iter();
            let own = all.filter(|own| (from..=to).contains(&own.failed_seconds));
            Some(page.read(|scenario| {
                own.map(|own| failover_words(scenario, own))
                    .collect::<Vec<_>>()
            }))
        })
    });
    let missed = Memo::new(move |_| {
        let start = fault.with(|fault| fault.as_ref().map_or(0.0, |fault| fault.start_seconds));
        outcome.get().is_none() && now.get() > start + 1.0
    });
    let title = move || {
        let fault = fault.get()?;
        page.revision.track();
        Some(title(page, &fault))
    };
    let lines = move || {
        verdict.with(|verdict| {
            verdict
                .as_ref()
                .map_or_else(Vec::new, |verdict| objectives(page, verdict))
        })
    };
    let words = move || {
        verdict.with(|verdict| match verdict {
            Some(verdict) => {
                let words = page.read(|scenario| {
                    let outcome = outcome_words(scenario, verdict, now.get());
                    [outcome, lost_words(scenario, verdict)]
                });
                let more = fault.with(|fault| {
                    let fault = fault.as_ref()?;
                    Some(page.read(|scenario| because(scenario, fault, verdict, now.get())))
                });
                let failovers = failovers.get().unwrap_or_default();
                let all = words
                    .into_iter()
                    .chain(more.unwrap_or_default())
                    .chain(failovers);
                all.collect::<Vec<_>>().join(" ")
            }
            None if missed.get() => {
                "It was over before the run heard of it. Begin the run again to see it.".to_owned()
            }
            None => "The run hasn't come so far.".to_owned(),
        })
    };
    let remove = move |_| remove_fault(page, index);
    view! {
        <article class="verdict-card" data-testid=format!("verdict-{index}") data-outcome=move || marked().1>
            <div class="card-head">
                <b class="fault-words">{title}</b>
                <button type="button" class="icon-button" aria-label="Remove this fault" title="Remove this fault" data-testid=format!("verdict-{index}-remove") on:click=remove>{icon("bin")}</button>
            </div>
            <p>
                <span class=move || format!("standing {}", marked().2) title=move || marked().1>{move || marked().0}</span>
                " "<span data-testid=format!("verdict-{index}-words")>{words}</span>
            </p>
            {move || {
                let lines = lines();
                (!lines.is_empty()).then(|| view! {
                    <table class="verdict-objectives">
                        <thead><tr><th>"Objective"</th><th>"Meanwhile"</th><th>"Afterwards"</th></tr></thead>
                        <tbody>{lines.into_iter().map(|(asks, during, at_that_time, after, later)| view! {
                            <tr><td>{asks}</td><td class=during>{at_that_time}</td><td class=after>{later}</td></tr>
                        }).collect_view()}</tbody>
                    </table>
                })
            }}
        </article>
    }
    .into_any()
}

/// What goes wrong, and when.
pub fn title(page: Page, fault: &Fault) -> String {
    let words = page.read(|scenario| fault_words(scenario, fault));
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    let from = moment_words(fault.start_seconds);
    let when = match fault.end_seconds() {
        Some(end) => format!("{from} to {}", moment_words(end)),
        None if fault.duration_seconds.is_none()
            && !crate::display::faults::ends_by_itself(fault) =>
        {
            format!("from {from} on")
        }
        None => format!("at {from}"),
    };
    format!("{}{}, {when}", first.unwrap_or_default(), letters.as_str())
}

fn objectives(page: Page, verdict: &Verdict) -> Vec<Line> {
    page.read(|scenario| {
        let all = kept(scenario, verdict).into_iter();
        all.filter_map(|kept| {
            let objective = scenario.objectives.get(kept.objective)?;
            let (what, bound, written) = target_words(objective.target);
            let class = objective.class.and_then(|class| scenario.class(class));
            let whose = class.map_or("Every class", |class| class.name.as_str());
            let said = |figure: Figure| {
                let (class, mark) = match figure.kept_as() {
                    KeptAs::Met => ("number good", "✓"),
                    KeptAs::InPart => ("number fair", "◐"),
                    KeptAs::Missed => ("number bad", "✗"),
                    KeptAs::Unseen => ("number mute", "–"),
                };
                match figure {
                    Figure::Met(value) | Figure::Missed(value) => {
                        (class.to_owned(), format!("{mark} {}", written(value)))
                    }
                    Figure::MetByTheAnswered { seconds, success } => {
                        let (time, share) = (written(seconds), share(success));
                        let words = format!("{mark} {time}, while {share} succeeded");
                        (format!("{class} wraps"), words)
                    }
                    Figure::Unseen => (class.to_owned(), mark.to_owned()),
                }
            };
            let ((during, meanwhile), (after, later)) = (said(kept.during), said(kept.after));
            Some((
                format!("{whose}: {what} {bound}"),
                during,
                meanwhile,
                after,
                later,
            ))
        })
        .collect()
    })
}

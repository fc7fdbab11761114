//! A lesson's texts on the screen: numbers stand out, and terms can be asked what they mean.

use super::super::dom;
use super::super::ui::prelude::*;
use super::state::Open;
use loadscape_sim::lesson::{Span, Speaks, words};
use std::rc::Rc;

/// A text with its numbers and terms; what a term means appears below it when it is pressed.
pub fn text(open: &Rc<Open>, source: &str, speaks: &Speaks) -> AnyView {
    let spans = match words(source, speaks) {
        Ok(spans) => spans,
        // A lesson that was checked has none of these; one that wasn't still says what it can.
        Err(why) => vec![Span::Plain(format!("{source} ({why})"))],
    };
    let asked = ArcRwSignal::new(None::<String>);
    let mut spans = spans.into_iter().peekable();
    let mut pieces = Vec::new();
    let mut opening = String::new();
    while let Some(span) = spans.next() {
        pieces.push(match span {
        Span::Plain(mut words) => {
            // Nor does a line end with the bracket before a term.
            if matches!(spans.peek(), Some(Span::Term { .. })) {
                opening = words.split_off(words.trim_end_matches('(').len());
            }
            words.into_any()
        }
        Span::Number(words) => view! { <b class="lesson-number">{unbroken(&words)}</b> },
        Span::Term { shown, term } => {
            let (press, pressed) = (asked.clone(), asked.clone());
            let own = term.clone();
            // A line that ends with a term ends with its point, too.
            let stop = match spans.peek_mut() {
                Some(Span::Plain(words)) => {
                    let rest = words.trim_start_matches(|sign| ".,;:?!)".contains(sign));
                    let stop = words[..words.len() - rest.len()].to_owned();
                    *words = rest.to_owned();
                    stop
                }
                _ => String::new(),
            };
            view! {
                <span class="term-whole">{std::mem::take(&mut opening)}<button
                    type="button"
                    class="term"
                    title="What does it mean?"
                    aria-expanded=move || (pressed.with(|asked| asked.as_deref() == Some(own.as_str()))).to_string()
                    on:click=move |_| press.update(|asked| *asked = (asked.as_deref() != Some(term.as_str())).then(|| term.clone()))
                >{shown}</button>{stop}</span>
            }
        }
        });
    }
    let open = open.clone();
    let meaning = move || {
        let asked = asked.get()?;
        let entry = open.shelf.term(&asked)?.clone();
        Some(view! {
            <div class="term-meaning" role="note" data-testid="term" mounted=|meaning| dom::bring_into_view(&meaning)>
                <b>{entry.term}</b>
                <p>{entry.means}</p>
                {(!entry.formula.is_empty()).then(|| view! { <p class="term-formula">{entry.formula.clone()}</p> })}
                {(!entry.source.is_empty()).then(|| view! { <p class="mute">{entry.source.clone()}</p> })}
            </div>
        })
    };
    view! { <p class="lesson-text">{pieces}</p>{meaning} }
}

fn unbroken(words: &str) -> String {
    words.replace(' ', "\u{a0}")
}

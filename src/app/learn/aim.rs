//! What goes wrong in a task where the learner's design no longer has what it names: before a run the document's faults are set to what they hit
//! there, and the task says so. What that is, is the core's to say.

use super::super::page::Page;
use super::super::ui::prelude::*;
use super::state::{Open, learning};
use crate::display::lesson::Step;
use crate::editor::Change;
use loadscape_sim::lesson::{aim_words, aimed_anew, aims};
use std::rc::Rc;

/// Lets what is drawn go wrong as the open task wants it, as one step that can be undone; called before a run begins.
pub fn take_aim(page: Page) {
    let learning = learning();
    let Some(open) = learning.open.get_untracked() else {
        return;
    };
    if learning.record_now().step != Step::Task {
        return;
    }
    let task = &open.task.scenario;
    let (there, wanted) = page.read(|drawn| (drawn.faults.len(), aimed_anew(task, drawn)));
    let Some(wanted) = wanted else {
        return;
    };
    let taken_away = (0..there).rev().map(Change::RemoveFault);
    let wanted = wanted.into_iter().enumerate();
    let added = wanted.map(|(index, fault)| Change::InsertFault { index, fault });
    page.change_all(
        "What goes wrong in the task",
        taken_away.chain(added).collect(),
    );
}

/// What hits something else than the task names, or nothing, in what is drawn now.
pub fn said(page: Page, open: &Rc<Open>) -> AnyView {
    let open = open.clone();
    let lines = Memo::new(move |_| {
        page.answer.track();
        let task = &open.task.scenario;
        page.read(|drawn| {
            let aims = aims(task, drawn).into_iter();
            let lines = aims.filter_map(|aim| aim_words(task, drawn, &aim));
            lines.collect::<Vec<String>>()
        })
    });
    let shown = move || {
        let lines = lines.get().into_iter();
        lines.map(|line| view! { <p>{line}</p> }).collect_view()
    };
    view! { <div class="lesson-aim" role="status" data-testid="lesson-aim">{shown}</div> }
        .into_any()
}

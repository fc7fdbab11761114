//! Keeping work safe: when to save it, and when to ask before something replaces it; it knows no storage and no clock.
//!
//! Two kinds of safe are told apart. *Stored* work is in the browser and survives a crash or reload. *Kept* work is
//! also somewhere the next document won't overwrite: in a file, behind a copied link, or simply untouched since it was
//! opened. Opening something asks first unless the work is kept.

use super::history::StateId;
use loadscape_sim::scenario::Scenario;

/// Save this long after the last change, in milliseconds.
const QUIET_MS: f64 = 400.0;
/// And at the latest this long after the first unsaved one.
const LATEST_MS: f64 = 2_000.0;

/// Where a document came from that wants to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A share link.
    Link,
    /// A file.
    File,
    /// A built-in scenario.
    BuiltIn,
    /// A lesson.
    Lesson,
    /// The wish for an empty drawing.
    New,
}

/// A document that waits for an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What would be opened.
    pub scenario: Scenario,
    /// Where it came from.
    pub source: Source,
}

/// What to do with a document that wants to be opened.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
#[allow(
    clippy::large_enum_variant,
    reason = "there is one at a time, and it is taken apart at once"
)]
pub enum Opening {
    /// Open it; nothing is lost by it.
    Now(Scenario),
    /// Ask first ([`Session::question`]).
    Ask,
    /// It is what is open already.
    AlreadyOpen,
}

/// The answer to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Replace the work.
    Replace,
    /// Leave the work and forget the document.
    KeepMine,
}

/// What the title bar says about the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything is stored.
    Stored,
    /// There are changes that will be stored in a moment.
    Changed,
    /// Storing failed, for this reason.
    Failed(String),
}

/// What was found when the page was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The document to show.
    pub scenario: Scenario,
    /// Something to tell, e.g. that the link is damaged.
    pub notice: Option<String>,
}

/// The safety of the work in one window.
#[derive(Clone, Debug, Default)]
pub struct Session {
    kept: Option<StateId>,
    stored: Option<StateId>,
    first_change_ms: Option<f64>,
    last_change_ms: f64,
    failure: Option<String>,
    question: Option<Question>,
}

impl Session {
    /// Decides what to show when the page opens. `stored` is the work that the browser holds and whether it was kept;
    /// `link` is what the address holds, read or with the reason why it couldn't be. `state` is that of the editor
    /// which will show the document. Without either, `first` is shown.
    pub fn start(
        stored: Option<(Scenario, bool)>,
        link: Option<Result<Scenario, String>>,
        first: Scenario,
        state: StateId,
    ) -> (Session, Start) {
        let mut session = Session::default();
        let (own, kept, is_stored) = match stored {
            Some((scenario, kept)) => (scenario, kept, true),
            None => (first, true, false),
        };
        let mut start = Start {
            scenario: own,
            notice: None,
        };
        session.kept = kept.then_some(state);
        session.stored = is_stored.then_some(state);
        match link {
            None => {}
            Some(Err(reason)) => {
                start.notice = Some(if is_stored {
                    format!("The link can't be opened. {reason} Your own work is as you left it.")
                } else {
                    format!("The link can't be opened. {reason}")
                });
            }
            Some(Ok(linked)) => match session.open(linked, Source::Link, &start.scenario, state) {
                Opening::Now(linked) => {
                    start.scenario = linked;
                    session.kept = Some(state);
                    session.stored = None;
                }
                Opening::Ask | Opening::AlreadyOpen => {}
            },
        }
        (session, start)
    }

    /// A document wants to be opened over the current one.
    pub fn open(
        &mut self,
        scenario: Scenario,
        source: Source,
        current: &Scenario,
        state: StateId,
    ) -> Opening {
        self.question = None;
        if scenario == *current {
            // The very same work arrives by another way: then it is safe there.
            if source != Source::New {
                self.kept = Some(state);
            }
            return Opening::AlreadyOpen;
        }
        if self.is_kept(state) || is_blank(current) {
            return Opening::Now(scenario);
        }
        self.question = Some(Question { scenario, source });
        Opening::Ask
    }

    /// The question that waits for an answer.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// Answers the question; the document to open now, if that was the answer.
    pub fn answer(&mut self, answer: Answer) -> Option<Scenario> {
        let question = self.question.take()?;
        match answer {
            Answer::Replace => Some(question.scenario),
            Answer::KeepMine => None,
        }
    }

    /// A document was opened: nobody has changed it yet, so it is as safe as where it came from.
    pub fn opened(&mut self, state: StateId) {
        self.kept = Some(state);
    }

    /// The window goes on with other work that the browser holds already.
    pub fn took_over(&mut self, state: StateId, kept: bool) {
        self.kept = kept.then_some(state);
        self.stored(state);
    }

    /// The work was saved to a file or its link was copied.
    pub fn exported(&mut self, state: StateId) {
        self.kept = Some(state);
    }

    /// Whether opening something over the work in this state would lose nothing.
    pub fn is_kept(&self, state: StateId) -> bool {
        self.kept == Some(state)
    }

    /// The document changed.
    pub fn changed(&mut self, now_ms: f64) {
        self.first_change_ms.get_or_insert(now_ms);
        self.last_change_ms = now_ms;
    }

    /// Whether to store the work now: a little after the last change, and while changes never pause, every so often.
    pub fn storing_is_due(&self, state: StateId, now_ms: f64) -> bool {
        let Some(first) = self.first_change_ms else {
            return false;
        };
        self.must_store(state)
            && (now_ms - self.last_change_ms >= QUIET_MS || now_ms - first >= LATEST_MS)
    }

    /// Whether the page may not go away without storing the work.
    pub fn must_store(&self, state: StateId) -> bool {
        self.stored != Some(state)
    }

    /// The work was stored in the browser.
    pub fn stored(&mut self, state: StateId) {
        self.stored = Some(state);
        self.first_change_ms = None;
        self.failure = None;
    }

    /// Storing failed; the next attempt waits for another quiet moment.
    pub fn storing_failed(&mut self, reason: impl Into<String>, now_ms: f64) {
        self.failure = Some(reason.into());
        self.first_change_ms = Some(now_ms);
        self.last_change_ms = now_ms;
    }

    /// What to say about the work.
    pub fn standing(&self, state: StateId) -> Standing {
        match &self.failure {
            Some(reason) => Standing::Failed(reason.clone()),
            None if self.must_store(state) => Standing::Changed,
            None => Standing::Stored,
        }
    }
}

/// Whether there is nothing in the drawing that anybody would miss.
pub fn is_blank(scenario: &Scenario) -> bool {
    scenario.components.is_empty() && scenario.zones.is_empty() && scenario.notes.is_empty()
}

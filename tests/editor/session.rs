//! Nobody's work is overwritten without a question.

use crate::harness::{Person, chain};
use loadscape::editor::Change;
use loadscape::editor::session::{Answer, Opening, Session, Source, Standing};
use loadscape_sim::scenario::Scenario;

fn rename(person: &mut Person, title: &str) {
    let change = Change::SetTitle(title.to_owned());
    person.does(|editor| editor.apply(change).expect("a title can be set"));
}

#[test]
fn a_link_opens_at_once_when_there_is_no_work_to_lose() {
    let person = Person::at_an_empty_canvas();
    let (session, start) = Session::start(
        None,
        Some(Ok(chain(3))),
        Scenario::default(),
        person.editor.state(),
    );
    assert_eq!(start.scenario, chain(3));
    assert!(session.question().is_none() && start.notice.is_none());
}

#[test]
fn a_link_never_overwrites_unkept_work_without_asking() {
    let person = Person::with(chain(2));
    let (mut session, start) = Session::start(
        Some((chain(2), false)),
        Some(Ok(chain(3))),
        Scenario::default(),
        person.editor.state(),
    );
    assert_eq!(start.scenario, chain(2), "own work is shown");
    assert_eq!(
        session.question().map(|question| &question.scenario),
        Some(&chain(3))
    );
    assert_eq!(session.answer(Answer::Replace), Some(chain(3)));
    assert!(session.question().is_none());
}

#[test]
fn keeping_ones_own_work_forgets_the_link() {
    let person = Person::with(chain(2));
    let (mut session, _) = Session::start(
        Some((chain(2), false)),
        Some(Ok(chain(3))),
        Scenario::default(),
        person.editor.state(),
    );
    assert_eq!(session.answer(Answer::KeepMine), None);
    assert!(session.question().is_none());
    assert!(!session.is_kept(person.editor.state()));
}

#[test]
fn a_damaged_link_says_so_and_leaves_the_work() {
    let person = Person::with(chain(2));
    let (session, start) = Session::start(
        Some((chain(2), false)),
        Some(Err("it ends too early".to_owned())),
        Scenario::default(),
        person.editor.state(),
    );
    assert_eq!(start.scenario, chain(2));
    assert!(session.question().is_none());
    let notice = start.notice.expect("it says so");
    assert!(notice.contains("it ends too early"), "{notice}");
}

#[test]
fn the_link_of_the_very_work_is_no_question() {
    let person = Person::with(chain(2));
    let (session, start) = Session::start(
        Some((chain(2), false)),
        Some(Ok(chain(2))),
        Scenario::default(),
        person.editor.state(),
    );
    assert_eq!(start.scenario, chain(2));
    assert!(session.question().is_none());
    assert!(session.is_kept(person.editor.state()));
}

#[test]
fn exported_work_may_be_replaced_and_edited_work_may_not() {
    let mut person = Person::with(chain(2));
    let (mut session, _) = Session::start(
        Some((chain(2), false)),
        None,
        Scenario::default(),
        person.editor.state(),
    );
    let opening = |session: &mut Session, person: &Person| {
        session.open(
            chain(5),
            Source::BuiltIn,
            person.editor.scenario(),
            person.editor.state(),
        )
    };
    assert_eq!(opening(&mut session, &person), Opening::Ask);
    assert_eq!(session.answer(Answer::KeepMine), None);
    session.exported(person.editor.state());
    assert_eq!(opening(&mut session, &person), Opening::Now(chain(5)));
    rename(&mut person, "Mine");
    assert_eq!(opening(&mut session, &person), Opening::Ask);
    // Undone, the work is again what was exported.
    person.primary("z");
    assert_eq!(opening(&mut session, &person), Opening::Now(chain(5)));
    // Opened over it, undo brings back work that is now kept nowhere else.
    person.does(|editor| editor.open(chain(5)));
    session.opened(person.editor.state());
    assert!(session.is_kept(person.editor.state()));
    person.primary("z");
    assert_eq!(opening(&mut session, &person), Opening::Ask);
}

#[test]
fn a_blank_drawing_is_nobodys_work() {
    let mut person = Person::at_an_empty_canvas();
    let (mut session, _) = Session::start(
        Some((Scenario::default(), false)),
        None,
        Scenario::default(),
        person.editor.state(),
    );
    rename(&mut person, "Only a title");
    assert_eq!(
        session.open(
            chain(1),
            Source::File,
            person.editor.scenario(),
            person.editor.state()
        ),
        Opening::Now(chain(1))
    );
}

#[test]
fn work_is_stored_a_moment_after_the_last_change_and_at_the_latest_after_two_seconds() {
    let mut person = Person::with(chain(1));
    let (mut session, _) = Session::start(
        Some((chain(1), true)),
        None,
        Scenario::default(),
        person.editor.state(),
    );
    assert_eq!(session.standing(person.editor.state()), Standing::Stored);
    rename(&mut person, "A");
    session.changed(1_000.0);
    let state = person.editor.state();
    assert!(!session.storing_is_due(state, 1_100.0));
    assert!(session.must_store(state));
    assert!(session.storing_is_due(state, 1_400.0));
    for tick in 0..19 {
        session.changed(1_000.0 + f64::from(tick) * 100.0);
    }
    assert!(!session.storing_is_due(state, 2_900.0));
    assert!(session.storing_is_due(state, 3_000.0));
    session.stored(state);
    assert!(!session.storing_is_due(state, 9_000.0));
    assert_eq!(session.standing(state), Standing::Stored);
    rename(&mut person, "B");
    session.changed(10_000.0);
    session.storing_failed("the browser is out of room", 10_400.0);
    let state = person.editor.state();
    assert_eq!(
        session.standing(state),
        Standing::Failed("the browser is out of room".to_owned())
    );
    assert!(session.storing_is_due(state, 10_900.0), "it tries again");
}

#[test]
fn work_taken_over_from_another_tab_is_stored_and_only_as_safe_as_it_was_there() {
    let person = Person::with(chain(2));
    let state = person.editor.state();
    let mut session = Session::default();
    session.took_over(state, false);
    assert!(!session.must_store(state) && !session.is_kept(state));
    assert_eq!(
        session.open(chain(3), Source::BuiltIn, &chain(2), state),
        Opening::Ask
    );
    session.took_over(state, true);
    assert!(session.is_kept(state));
}

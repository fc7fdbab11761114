//! What goes wrong at each part of a running drawing, and why, for the mark that stands beside its node; it knows no canvas.

use super::faults::ends_by_itself;
use super::flow::Failing;
use loadscape_player::Frame;
use loadscape_sim::catalog::Kind;
use loadscape_sim::insight::fault_words;
use loadscape_sim::quantities::rate;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{ComponentId, Fault, Incident, Scenario};
use loadscape_sim::units::PerSecond;

/// What goes wrong at one part.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// Where.
    pub component: ComponentId,
    /// Failures there, a second.
    pub a_second: f64,
    /// The ways in which they fail, as letters that look like their marks, the most frequent first.
    pub marks: String,
    /// A line for each cause, the most frequent first, e.g. "✕ 12 /s refused: its queue was full".
    pub lines: Vec<String>,
}

/// What stands above what went wrong until a moment ago.
const OVER: &str = "Until just now:";

impl Trouble {
    /// It no longer goes wrong: it has no rate any more.
    pub fn is_over(&mut self) {
        self.a_second = 0.0;
        if self.lines.first().is_none_or(|line| line != OVER) {
            self.lines.insert(0, OVER.to_owned());
        }
    }

    /// What the mark says before somebody asks why, e.g. "✕○ 12 /s".
    pub fn label(&self) -> String {
        if self.a_second > 0.0 {
            format!("{} {}", self.marks, rate(PerSecond(self.a_second)))
        } else {
            self.marks.clone()
        }
    }
}

/// The letter of an attempt that is made again.
pub const AGAIN: char = '◌';
/// The letter of what was broken on purpose.
pub const BROKEN: char = '↯';

impl Failing {
    /// The letter that looks like its mark.
    pub fn letter(self) -> char {
        match self {
            Failing::Refused => '✕',
            Failing::TimedOut => '○',
            Failing::Errored => '■',
            Failing::Lost => '▲',
            Failing::Stale => '◆',
        }
    }
}

/// A cause in a clause, after the word for what happened.
fn why(cause: LossCause) -> &'static str {
    match cause {
        LossCause::QueueFull => "its queue was full",
        LossCause::RateLimited => "more came than its rate limit lets through",
        LossCause::Error => "it failed at them by itself, or by a fault",
        LossCause::TimedOut => "no answer came within the time-out",
        LossCause::Backlog => "they wait in a backlog that only grows",
        LossCause::NoRoute => "nobody was there to send them on to",
        LossCause::BreakerOpen => "who calls it had a circuit breaker open after too many failures",
        LossCause::QueueTimedOut => "they had waited for longer than they may",
        LossCause::Shed => "it sheds load to protect the rest",
        LossCause::Unreachable => "it was down, or cut off from who called it",
        LossCause::InstanceLost => "the instance that had them died",
        LossCause::TooManyInFlight => {
            "the backlog here is longer than a run can hold; what comes on top is turned away"
        }
        LossCause::DeadLetter => "handed out as often as may be, and never worked off in time",
    }
}

/// What goes wrong now, by part: those with most failures first, then those where attempts are made again or answers are out of date.
pub fn troubles(frame: &Frame) -> Vec<Trouble> {
    /// Causes of a part that are said.
    const CAUSES: usize = 4;
    let picture = &frame.picture;
    let mut sums: Vec<(ComponentId, LossCause, f64)> = Vec::new();
    for failed in picture.failures.iter().filter(|own| own.count > 0.0) {
        let Some(component) = failed.component else {
            continue;
        };
        match sums
            .iter_mut()
            .find(|own| (own.0, own.1) == (component, failed.why))
        {
            Some((_, _, sum)) => *sum += failed.count,
            None => sums.push((component, failed.why, failed.count)),
        }
    }
    sums.sort_by(|one, other| other.2.total_cmp(&one.2));
    let mut troubles: Vec<Trouble> = Vec::new();
    for (component, cause, count) in sums {
        let how = Failing::of(cause);
        let a_second = if picture.seconds > 0.0 {
            count / picture.seconds
        } else {
            0.0
        };
        let own = of_part(&mut troubles, component);
        own.a_second += a_second;
        mark(own, how.letter());
        if own.lines.len() < CAUSES {
            let rate = rate(PerSecond(a_second));
            let (letter, words, why) = (how.letter(), how.words(), why(cause));
            own.lines.push(format!("{letter} {rate} {words}: {why}."));
        }
    }
    for (component, cause, _) in &frame.flow.returned {
        let how = Failing::of(*cause);
        let own = of_part(&mut troubles, *component);
        mark(own, how.letter());
        let why = match cause {
            LossCause::DeadLetter => "it can't be worked off",
            cause => why(*cause),
        };
        let (letter, words) = (how.letter(), how.words());
        own.lines.push(format!(
            "{letter} {words}, and handed out again by the queue that had it: {why}."
        ));
    }
    for again in frame.flow.retries.iter().filter(|own| own.count > 0.0) {
        let own = of_part(&mut troubles, again.component);
        // Along several links at once it is still one thing to say.
        if !own.marks.contains(AGAIN) {
            mark(own, AGAIN);
            own.lines.push(format!(
                "{AGAIN} tried again: it calls once more after an attempt that failed."
            ));
        }
    }
    // Of the present it is what came since the last frame, so that it goes out when there are no more.
    let stale = match frame.looking {
        Some(_) => &picture.stale,
        None => &frame.flow.stale,
    };
    for (component, _) in stale.iter().filter(|(_, count)| *count > 0.0) {
        let own = of_part(&mut troubles, *component);
        let (letter, words) = (Failing::Stale.letter(), Failing::Stale.words());
        mark(own, letter);
        own.lines
            .push(format!("{letter} {words}: this copy had missed a write."));
    }
    troubles.sort_by(|one, other| other.a_second.total_cmp(&one.a_second));
    troubles
}

/// The parts at which something of the document is broken in what this frame shows, with what it is in words. What is over at once counts for as
/// long as it can be seen to have happened.
pub fn broken(scenario: &Scenario, frame: &Frame) -> Vec<(ComponentId, String)> {
    let to = frame.looking.unwrap_or(frame.at);
    let from = to - frame.picture.seconds;
    let is_seen = |fault: &&Fault| {
        let end = fault.end_seconds();
        let lasts = fault.duration_seconds.is_some() || !ends_by_itself(fault);
        let end = end.or((!lasts).then_some(fault.start_seconds));
        fault.start_seconds <= to && end.is_none_or(|end| end >= from)
    };
    let mut found = Vec::new();
    for fault in scenario.faults.iter().filter(is_seen) {
        let words = fault_words(scenario, fault);
        let parts = scenario.components.iter();
        let at: Vec<ComponentId> = match fault.incident {
            Incident::Component { id, .. } | Incident::Clients { id: Some(id), .. } => vec![id],
            Incident::Clients { id: None, .. } => parts
                .filter(|part| part.kind == Kind::Clients)
                .map(|part| part.id)
                .collect(),
            // Whoever calls along it feels it.
            Incident::Link { id, .. } => scenario
                .link(id)
                .map(|link| link.from)
                .into_iter()
                .collect(),
            Incident::Zone { id, .. } => parts
                .filter(|part| scenario.zones_of(part).iter().any(|zone| zone.id == id))
                .map(|part| part.id)
                .collect(),
        };
        found.extend(at.into_iter().map(|id| (id, words.clone())));
    }
    found
}

/// Adds to what goes wrong what was broken for it, before all else of that part.
pub fn with_broken(mut troubles: Vec<Trouble>, broken: Vec<(ComponentId, String)>) -> Vec<Trouble> {
    for (component, words) in broken.into_iter().rev() {
        let own = of_part(&mut troubles, component);
        if !own.marks.contains(BROKEN) {
            own.marks.insert(0, BROKEN);
        }
        own.lines
            .insert(0, format!("{BROKEN} Broken on purpose: {words}."));
    }
    troubles
}

fn of_part(troubles: &mut Vec<Trouble>, component: ComponentId) -> &mut Trouble {
    let place = troubles.iter().position(|own| own.component == component);
    let place = place.unwrap_or_else(|| {
        troubles.push(Trouble {
            component,
            a_second: 0.0,
            marks: String::new(),
            lines: Vec::new(),
        });
        troubles.len() - 1
    });
    &mut troubles[place]
}

fn mark(trouble: &mut Trouble, letter: char) {
    if !trouble.marks.contains(letter) {
        trouble.marks.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_player::{Flow, RetryPicture, State};
    use loadscape_sim::des::{FailurePicture, Picture};
    use loadscape_sim::scenario::ClassId;

    fn failed(component: Option<u32>, why: LossCause, count: f64) -> FailurePicture {
        FailurePicture {
            class: ClassId(1),
            component: component.map(ComponentId),
            why,
            count,
        }
    }

    fn frame(failures: Vec<FailurePicture>, flow: Flow) -> Frame {
        Frame {
            run: 1,
            at: 9.0,
            end: None,
            state: State::Playing,
            speed: 1.0,
            lingers: false,
            events: 1,
            of: Default::default(),
            picture: Picture {
                seconds: 2.0,
                failures,
                ..Picture::default()
            },
            booting: Vec::new(),
            warming: Vec::new(),
            looking: None,
            flow,
            searched: None,
            happened: None,
        }
    }

    #[test]
    fn each_part_says_what_fails_there_and_why_the_most_frequent_first() {
        let frame = frame(
            vec![
                failed(Some(7), LossCause::TimedOut, 2.0),
                failed(Some(4), LossCause::QueueFull, 20.0),
                failed(Some(4), LossCause::QueueFull, 4.0),
                failed(Some(4), LossCause::InstanceLost, 50.0),
                failed(None, LossCause::TooManyInFlight, 9.0),
                failed(Some(8), LossCause::Shed, 0.0),
            ],
            Flow::default(),
        );
        let troubles = troubles(&frame);
        assert_eq!(troubles.len(), 2);
        assert_eq!(troubles[0].component, ComponentId(4));
        assert_eq!(troubles[0].label(), "▲✕ 37 /s");
        assert_eq!(
            troubles[0].lines,
            [
                "▲ 25 /s lost on the way: the instance that had them died.",
                "✕ 12 /s refused: its queue was full.",
            ]
        );
        assert_eq!(troubles[1].label(), "○ 1 /s");
    }

    #[test]
    fn what_is_tried_again_or_out_of_date_is_marked_without_a_rate() {
        let again = |component| RetryPicture {
            component: ComponentId(component),
            link: None,
            count: 3.0,
        };
        let flow = Flow {
            retries: vec![again(4), again(4)],
            stale: vec![(ComponentId(9), 2.0), (ComponentId(5), 0.0)],
            ..Flow::default()
        };
        let troubles = troubles(&frame(
            vec![failed(Some(4), LossCause::TimedOut, 2.0)],
            flow,
        ));
        assert_eq!(troubles.len(), 2);
        assert_eq!(troubles[0].label(), "○◌ 1 /s");
        assert_eq!(troubles[0].lines.len(), 2);
        assert_eq!(troubles[1].component, ComponentId(9));
        assert_eq!(troubles[1].label(), "◆");
    }

    #[test]
    fn work_that_a_queue_hands_out_again_is_marked_where_it_failed() {
        let flow = Flow {
            returned: vec![
                (ComponentId(5), LossCause::Error, 3.0),
                (ComponentId(3), LossCause::DeadLetter, 1.0),
            ],
            ..Flow::default()
        };
        let troubles = troubles(&frame(Vec::new(), flow));
        assert_eq!(troubles[0].component, ComponentId(5));
        assert_eq!(troubles[0].label(), "■");
        assert!(troubles[0].lines[0].contains("handed out again by the queue"));
        assert!(troubles[1].lines[0].contains("can't be worked off"));
    }

    #[test]
    fn what_is_broken_on_purpose_is_marked_for_as_long_as_the_picture_shows_it() {
        let text = loadscape_sim::builtin::named("stage-2")
            .expect("it is there")
            .text();
        let mut scenario = loadscape_sim::scenario::read(text)
            .scenario
            .expect("a design");
        let service = (scenario.components.iter())
            .find(|part| part.kind == Kind::Service)
            .expect("it has one");
        let (id, name) = (service.id, service.name.clone());
        scenario.faults = vec![Fault {
            start_seconds: 5.0,
            duration_seconds: Some(3.0),
            incident: Incident::Component {
                id,
                what: loadscape_sim::scenario::ComponentFault::Kill { instances: None },
            },
        }];
        // The picture is of two seconds.
        let marked = |at: f64| {
            let frame = Frame {
                at,
                ..frame(
                    vec![failed(Some(id.0), LossCause::Unreachable, 4.0)],
                    Flow::default(),
                )
            };
            let troubles = with_broken(troubles(&frame), broken(&scenario, &frame));
            (troubles[0].label(), troubles[0].lines.clone())
        };
        assert_eq!(marked(4.9).1.len(), 1);
        let (label, lines) = marked(6.0);
        assert!(
            label.starts_with(BROKEN) && label.ends_with("2 /s"),
            "{label}"
        );
        assert_eq!(lines[0], format!("↯ Broken on purpose: {name} killed."));
        assert_eq!(marked(9.5).1.len(), 2);
        assert_eq!(marked(10.5).1.len(), 1);
    }

    #[test]
    fn every_cause_says_why_in_words_of_its_own() {
        let causes = [
            LossCause::QueueFull,
            LossCause::RateLimited,
            LossCause::Error,
            LossCause::TimedOut,
            LossCause::Backlog,
            LossCause::NoRoute,
            LossCause::BreakerOpen,
            LossCause::QueueTimedOut,
            LossCause::Shed,
            LossCause::Unreachable,
            LossCause::InstanceLost,
            LossCause::TooManyInFlight,
            LossCause::DeadLetter,
        ];
        for (place, cause) in causes.iter().enumerate() {
            assert!(
                causes[..place]
                    .iter()
                    .all(|other| why(*other) != why(*cause))
            );
        }
    }
}

//! How a run's pictures, clock and pace are put into words and marks; it knows no DOM and runs nothing.

use super::node::Load;
use loadscape_player::{Frame, Pace};
use loadscape_sim::des::{ComponentPicture, Happening, Picture, What};
use loadscape_sim::quantities::{Decimal, percent, rate, whole};
use loadscape_sim::report::{ComponentReport, ComponentState};
use loadscape_sim::scenario::{Component, ComponentId};
use loadscape_sim::units::{PerSecond, Seconds};

/// The paces to choose from, in simulated seconds a second; the last is as fast as the machine can.
pub const PACES: [Pace; 9] = [
    Pace::Times(0.01),
    Pace::Times(0.1),
    Pace::Times(1.0),
    Pace::Times(5.0),
    Pace::Times(20.0),
    Pace::Times(60.0),
    Pace::Times(600.0),
    Pace::Times(3_600.0),
    Pace::Fastest,
];

/// The pace at which a run begins that lasts so long, seconds: real time where that is a minute or less, else what shows it in about a minute.
pub fn usual_pace(run_seconds: Option<f64>) -> Pace {
    const A_MINUTE: f64 = 60.0;
    pace_for(run_seconds.unwrap_or(0.0), A_MINUTE)
}

/// The slowest of the paces, from real time on, that shows so many seconds of a run within so many on the wall.
pub fn pace_for(run_seconds: f64, wall_seconds: f64) -> Pace {
    let fits = |pace: &&Pace| matches!(pace, Pace::Times(times) if *times >= 1.0 && run_seconds <= times * wall_seconds);
    *PACES.iter().find(fits).unwrap_or(&Pace::Fastest)
}

/// A pace in words, e.g. "× 1/100".
pub fn pace_words(pace: Pace) -> String {
    match pace {
        Pace::Fastest => "full speed".to_owned(),
        Pace::Times(times) if times < 1.0 => format!("× 1/{}", whole(1.0 / times)),
        Pace::Times(1.0) => "real time".to_owned(),
        Pace::Times(times) => format!("× {}", whole(times)),
    }
}

/// The speed that is reached, e.g. "× 59".
pub fn speed_words(speed: f64) -> String {
    if speed <= 0.0 {
        return String::new();
    }
    if speed < 0.95 {
        return format!(
            "× {}",
            Decimal::up_to(speed, if speed < 0.095 { 3 } else { 2 })
        );
    }
    let shown = if speed < 9.5 {
        Decimal::up_to(speed, 1).to_string()
    } else {
        let step = 10_f64.powf(speed.log10().floor() - 1.0).max(1.0);
        whole((speed / step).round() * step)
    };
    format!("× {shown}")
}

/// Whether so much less than the chosen pace is reached that it should be said why.
pub fn falls_behind(pace: Pace, speed: f64) -> bool {
    matches!(pace, Pace::Times(times) if speed > 0.0 && speed < 0.8 * times)
}

/// Simulated time as a clock shows it, e.g. "0:12.4", "1:02:03", "2 d 03:00:00"; the slower the run, the finer.
pub fn clock(seconds: f64, pace: Pace) -> String {
    let digits = match pace {
        Pace::Times(times) if times <= 0.02 => 4,
        Pace::Times(times) if times < 1.0 => 3,
        Pace::Times(times) if times <= 5.0 => 1,
        _ => 0,
    };
    let unit = 10_f64.powi(digits);
    // Rounded down: a clock shows what is over.
    let ticks = (seconds.max(0.0) * unit + 1e-6).floor();
    let full = (ticks / unit).floor();
    let (days, hours) = ((full / 86_400.0).floor(), (full / 3_600.0).floor() % 24.0);
    let (minutes, rest) = ((full / 60.0).floor() % 60.0, full % 60.0);
    let fraction = if digits > 0 {
        let digits = digits as usize;
        format!(".{:0digits$}", (ticks - full * unit) as u64)
    } else {
        String::new()
    };
    let (hours, minutes, rest) = (hours as u64, minutes as u64, rest as u64);
    if days >= 1.0 {
        format!(
            "{} d {hours:02}:{minutes:02}:{rest:02}{fraction}",
            whole(days)
        )
    } else if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}{fraction}")
    } else {
        format!("{minutes}:{rest:02}{fraction}")
    }
}

/// Instances that aren't fully at work yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joining {
    /// Those that have been started and don't serve yet.
    pub starting: u32,
    /// Those that serve a part of their share only, since they have just come (slow start).
    pub warming: u32,
}

impl Joining {
    /// How many of this component there are in this frame.
    pub fn of(frame: &Frame, component: ComponentId) -> Self {
        let count = |list: &[(ComponentId, u32)]| {
            let own = list.iter().find(|(own, _)| *own == component);
            own.map_or(0, |(_, count)| *count)
        };
        Joining {
            starting: count(&frame.booting),
            warming: count(&frame.warming),
        }
    }
}

/// What a node shows of a span of a run of so many seconds; without a picture, that nothing reaches it.
pub fn seen(
    component: &Component,
    picture: Option<&ComponentPicture>,
    joining: Joining,
    seconds: f64,
) -> Load {
    let a_second = |count: f64| if seconds > 0.0 { count / seconds } else { 0.0 };
    let report = picture.map_or_else(
        || ComponentReport::idle(component.id),
        |picture| ComponentReport {
            arrival: PerSecond(a_second(picture.arrivals)),
            utilisation: picture.utilisation.map(|share| share.min(1.0)),
            queue_length: Some(picture.waiting),
            sojourn: picture.sojourn.map(Seconds),
            hit_ratio: picture.hit_ratio,
            instances: picture.instances.map(|instances| instances.round() as u32),
            state: state_of(picture),
            ..ComponentReport::idle(component.id)
        },
    );
    let mut load = Load::new(component, Some(&report));
    if picture.is_some_and(|picture| picture.instances.is_some_and(|there| there < 0.05)) {
        load.time = "down".to_owned();
    }
    if joining != Joining::default() {
        load.secondary = with_joining(&load.secondary, joining);
    }
    load
}

/// A part's size with the instances that start, and how many of those that serve are warming, e.g. "6 (1 warming) + 2 starting × 2 cores";
/// what else stands there gives way to them.
fn with_joining(size: &str, joining: Joining) -> String {
    let size = size.split(" · ").next().unwrap_or_default();
    let (mut count, each) = match size.split_once(" × ") {
        Some((serving, each)) => (serving.to_owned(), each),
        None => ("1".to_owned(), size),
    };
    if joining.warming > 0 {
        count.push_str(&format!(" ({} warming)", joining.warming));
    }
    if joining.starting > 0 {
        count.push_str(&format!(" + {} starting", joining.starting));
    }
    format!("{count} × {each}")
}

/// What stands out in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct StandsOut {
    /// Where.
    pub component: ComponentId,
    /// For what.
    pub how: Outstanding,
    /// How busy it is, how many wait there, and what fails anywhere.
    pub words: String,
    /// Whether anything fails.
    pub fails: bool,
}

/// For what a part stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outstanding {
    /// Nothing of it serves, and requests fail for that.
    Down,
    /// It is the busiest.
    Busiest,
    /// Most fails there, and nothing is busy.
    Failing,
}

impl Outstanding {
    /// The words before its name, now or at a moment in the past.
    pub fn words(self, past: bool) -> &'static str {
        match (self, past) {
            (Outstanding::Down, false) => "Down now: ",
            (Outstanding::Down, true) => "Down then: ",
            (Outstanding::Busiest, false) => "Busiest now: ",
            (Outstanding::Busiest, true) => "Busiest then: ",
            (Outstanding::Failing, false) => "Most fails now at ",
            (Outstanding::Failing, true) => "Most failed then at ",
        }
    }
}

/// The part of this picture that is down and for which most fails, else the one that is busiest, else the one where most fails; `None` where
/// nothing happens.
pub fn stands_out(picture: &Picture) -> Option<StandsOut> {
    /// Mean instances that serve, below which none does: the picture may begin a little before.
    const NONE: f64 = 0.05;
    let failing: f64 = picture.failures.iter().map(|failure| failure.count).sum();
    let fails = failing > 0.0 && picture.seconds > 0.0;
    let fail = || failing_words(picture, failing);
    let most = |is_meant: &dyn Fn(ComponentId) -> bool| {
        let named = picture
            .failures
            .iter()
            .filter(|own| own.component.is_some_and(is_meant));
        let worst = named.max_by(|one, other| one.count.total_cmp(&other.count));
        worst.filter(|_| fails)?.component
    };
    let is_down = |id: ComponentId| {
        let own = picture.components.iter().find(|own| own.component == id);
        own.is_some_and(|own| own.instances.is_some_and(|serving| serving < NONE))
    };
    if let Some(component) = most(&is_down) {
        return Some(StandsOut {
            component,
            how: Outstanding::Down,
            words: fail(),
            fails,
        });
    }
    let busy = |part: &&ComponentPicture| part.utilisation.is_some_and(|share| share > 0.0);
    let busiest = (picture.components.iter().filter(busy)).max_by(|one, other| {
        let rank = |part: &ComponentPicture| (part.utilisation.unwrap_or(0.0), part.waiting);
        let ((one, waits), (other, wait)) = (rank(one), rank(other));
        one.total_cmp(&other).then(waits.total_cmp(&wait))
    });
    let Some(busiest) = busiest else {
        return Some(StandsOut {
            component: most(&|_| true)?,
            how: Outstanding::Failing,
            words: fail(),
            fails,
        });
    };
    // As the node has it.
    let busy = busiest.utilisation.unwrap_or(0.0).min(1.0);
    let mut words = format!("{} busy", percent(busy));
    if busiest.waiting >= 0.95 {
        words.push_str(&format!(", {} waiting", whole(busiest.waiting.round())));
    }
    if fails {
        words.push_str(&format!("; {}", fail()));
    }
    Some(StandsOut {
        component: busiest.component,
        how: Outstanding::Busiest,
        words,
        fails,
    })
}

/// How much of all that fails are requests, and how much is work that nobody waits for.
fn failing_words(picture: &Picture, failing: f64) -> String {
    let classes = picture.classes.iter();
    let requests: f64 = classes.map(|class| class.errors + class.refused).sum();
    let a_second = |count: f64| rate(PerSecond(count / picture.seconds));
    match (requests, failing - requests) {
        (requests, aside) if aside < 0.5 => format!("{} fail", a_second(requests)),
        (requests, aside) if requests > 0.0 => format!(
            "{} fail, and {} that nobody waits for",
            a_second(requests),
            a_second(aside)
        ),
        (_, aside) => format!("{} fail that nobody waits for", a_second(aside)),
    }
}

/// When a fault begins that is added to what runs now, in seconds: at the moment of the past that is looked at, as the clock has it; else so soon
/// that it is felt at once, and so late that the run hasn't passed it when it hears of it. Rounded up, as people say times.
pub fn begins(frame: &Frame) -> f64 {
    /// From a press to the run's hearing of it, on the wall, at most; seconds.
    const HEARS: f64 = 0.4;
    if let Some(moment) = frame.looking {
        return (moment * 10.0).round() / 10.0;
    }
    let ahead = frame.at + frame.speed * HEARS;
    let digits = if frame.speed < 0.05 {
        4
    } else if frame.speed <= 2.0 {
        1
    } else {
        0
    };
    let unit = 10_f64.powi(digits);
    (ahead * unit).ceil() / unit
}

/// As the solver's words have it, of what was seen: who is busy all the time while somebody waits can do no more.
pub fn state_of(picture: &ComponentPicture) -> ComponentState {
    match picture.utilisation.unwrap_or(0.0) {
        busy if busy <= 0.0 && picture.arrivals <= 0.0 => ComponentState::Idle,
        busy if busy >= 0.995 && picture.waiting >= 1.0 => ComponentState::Saturated,
        busy if busy >= 0.9 => ComponentState::Hot,
        busy if busy >= 0.7 => ComponentState::Busy,
        _ => ComponentState::Healthy,
    }
}

/// What happened in a step, e.g. "Orders: a service ended. One request was answered."
pub fn happened(happening: &Happening, name: Option<&str>) -> String {
    let what = match happening.what {
        What::Arrival => "a request was sent".to_owned(),
        What::ServiceEnd => "a service ended".to_owned(),
        What::DelayEnd => "a wait that needs no server ended".to_owned(),
        What::Delivery => "a message reached the other end of a link".to_owned(),
        What::Deadline => "somebody waited for too long".to_owned(),
        What::Fault => "a fault begins, goes on or ends".to_owned(),
        What::Scaling { instances } => {
            format!("the autoscaler has {instances} instances serve")
        }
    };
    let mut words = match name {
        Some(name) => format!("{name}: {what}."),
        None => {
            let mut letters = what.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            format!("{}{}.", first.unwrap_or_default(), letters.as_str())
        }
    };
    for (count, one, many) in [
        (happening.answered, "was answered", "were answered"),
        (happening.failed, "failed", "failed"),
        (happening.retried, "is tried again", "are tried again"),
    ] {
        match count {
            0 => {}
            1 => words.push_str(&format!(" One request {one}.")),
            count => words.push_str(&format!(" {count} requests {many}.")),
        }
    }
    words
}

/// How far along the scrubber a moment stands, 0 to 1: over the whole run where that has an end, else over what has been played.
pub fn along(frame: &Frame, moment: f64) -> f64 {
    let whole = frame.end.unwrap_or(0.0).max(frame.at);
    if whole > 0.0 {
        (moment / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// The moment at this place along the scrubber; `None` for the present, and for what is still to come.
pub fn moment(frame: &Frame, along: f64) -> Option<f64> {
    let whole = frame.end.unwrap_or(0.0).max(frame.at);
    let moment = whole * along.clamp(0.0, 1.0);
    (moment < frame.at * (1.0 - 1e-3)).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_player::{Flow, State};
    use loadscape_sim::catalog::Kind;
    use loadscape_sim::des::ClassPicture;
    use loadscape_sim::scenario::{ClassId, Point};

    #[test]
    fn a_long_run_begins_at_a_pace_that_shows_it_in_a_minute() {
        assert_eq!(usual_pace(None), Pace::Times(1.0));
        assert_eq!(usual_pace(Some(60.0)), Pace::Times(1.0));
        assert_eq!(usual_pace(Some(61.0)), Pace::Times(5.0));
        assert_eq!(usual_pace(Some(3_600.0)), Pace::Times(60.0));
        assert_eq!(usual_pace(Some(1e9)), Pace::Fastest);
    }

    #[test]
    fn the_clock_shows_what_is_over_and_finer_the_slower_it_goes() {
        let real = Pace::Times(1.0);
        assert_eq!(clock(0.0, real), "0:00.0");
        assert_eq!(clock(12.46, real), "0:12.4");
        assert_eq!(clock(0.3, real), "0:00.3");
        assert_eq!(clock(59.99, Pace::Times(60.0)), "0:59");
        assert_eq!(clock(3_723.0, Pace::Fastest), "1:02:03");
        assert_eq!(clock(180_000.0, Pace::Fastest), "2 d 02:00:00");
        assert_eq!(clock(0.01234, Pace::Times(0.01)), "0:00.0123");
        assert_eq!(clock(-1.0, Pace::Times(0.1)), "0:00.000");
    }

    #[test]
    fn paces_and_speeds_read_as_one_says_them() {
        let words: Vec<String> = PACES.iter().map(|pace| pace_words(*pace)).collect();
        assert_eq!(words[0], "× 1/100");
        assert_eq!(words[2], "real time");
        assert_eq!(words[7], "× 3,600");
        assert_eq!(speed_words(0.0), "");
        assert_eq!(speed_words(0.0100), "× 0.01");
        assert_eq!(speed_words(0.98), "× 1");
        assert_eq!(speed_words(59.4), "× 59");
        assert!(falls_behind(Pace::Times(600.0), 100.0));
        assert!(!falls_behind(Pace::Times(60.0), 59.0) && !falls_behind(Pace::Fastest, 3.0));
    }

    #[test]
    fn a_node_shows_rates_of_the_span_and_its_state() {
        let component = Component::new(ComponentId(4), Kind::Service, "Orders", Point::default());
        let picture = ComponentPicture {
            component: ComponentId(4),
            arrivals: 60.0,
            utilisation: Some(1.0),
            waiting: 12.0,
            present: 16.0,
            sojourn: Some(0.25),
            hit_ratio: None,
            instances: Some(2.0),
        };
        let load = seen(&component, Some(&picture), Joining::default(), 2.0);
        assert_eq!(
            (load.rate.as_str(), load.queue.as_str(), load.time.as_str()),
            ("30 /s", "12 wait", "250 ms")
        );
        assert_eq!(
            (load.percent.as_str(), load.state),
            ("100 %", Some(ComponentState::Saturated))
        );
        let joining = |starting, warming| Joining { starting, warming };
        assert_eq!(
            with_joining("6 × 2 cores · 64 threads", joining(2, 0)),
            "6 + 2 starting × 2 cores"
        );
        assert_eq!(
            with_joining("6 × 2 cores", joining(2, 1)),
            "6 (1 warming) + 2 starting × 2 cores"
        );
        assert_eq!(
            with_joining("2 cores", joining(0, 1)),
            "1 (1 warming) × 2 cores"
        );
        assert_eq!(
            with_joining("2 cores", joining(1, 0)),
            "1 + 1 starting × 2 cores"
        );
        let quiet = seen(&component, None, Joining::default(), 2.0);
        assert_eq!(
            (quiet.state, quiet.time.as_str()),
            (Some(ComponentState::Idle), "")
        );
        let mut dead = picture;
        dead.instances = Some(0.0);
        assert_eq!(
            seen(&component, Some(&dead), Joining::default(), 2.0).time,
            "down"
        );
        // Nothing is over yet.
        assert_eq!(
            seen(&component, Some(&picture), Joining::default(), 0.0).rate,
            "0 /s"
        );
    }

    #[test]
    fn the_busiest_part_is_named_with_who_waits_and_what_fails() {
        let part = |id: u32, utilisation: Option<f64>, waiting: f64| ComponentPicture {
            component: ComponentId(id),
            arrivals: 1.0,
            utilisation,
            waiting,
            present: waiting,
            sojourn: None,
            hit_ratio: None,
            instances: Some(1.0),
        };
        let mut picture = Picture {
            seconds: 2.0,
            classes: vec![ClassPicture {
                class: ClassId(1),
                offered: 100.0,
                succeeded: 76.0,
                errors: 0.0,
                refused: 24.0,
                mean: None,
            }],
            components: vec![
                part(1, None, 90.0),
                part(2, Some(1.0), 3.0),
                part(3, Some(1.0), 40.2),
                part(4, Some(0.7), 0.0),
            ],
            ..Picture::default()
        };
        let own = stands_out(&picture).unwrap();
        assert_eq!(
            (own.component, own.words.as_str(), own.fails),
            (ComponentId(3), "100 % busy, 40 waiting", false)
        );
        picture.failures.push(loadscape_sim::des::FailurePicture {
            class: ClassId(1),
            component: Some(ComponentId(2)),
            why: loadscape_sim::report::LossCause::QueueFull,
            count: 24.0,
        });
        let own = stands_out(&picture).unwrap();
        assert_eq!(
            (own.words.as_str(), own.fails, own.how),
            (
                "100 % busy, 40 waiting; 12 /s fail",
                true,
                Outstanding::Busiest
            )
        );
        // Some of what failed was work that nobody waited for, or all of it.
        for (refused, words) in [
            (10.0, "5 /s fail, and 7 /s that nobody waits for"),
            (0.0, "12 /s fail that nobody waits for"),
        ] {
            picture.classes[0].refused = refused;
            let own = stands_out(&picture).unwrap();
            assert_eq!(own.words, format!("100 % busy, 40 waiting; {words}"));
        }
        picture.classes[0].refused = 24.0;
        // A part of which nothing serves comes before one that is busy.
        picture.components[1].instances = Some(0.0);
        let own = stands_out(&picture).unwrap();
        assert_eq!(
            (own.component, own.words.as_str(), own.how),
            (ComponentId(2), "12 /s fail", Outstanding::Down)
        );
        // Where nothing is busy, it is where most fails.
        picture.components.truncate(1);
        let own = stands_out(&picture).unwrap();
        assert_eq!(
            (own.component, own.how),
            (ComponentId(2), Outstanding::Failing)
        );
        assert_eq!(stands_out(&Picture::default()), None);
    }

    #[test]
    fn a_step_says_where_what_and_what_came_of_it() {
        let mut happening = Happening {
            at_seconds: 1.0,
            component: Some(ComponentId(4)),
            what: What::ServiceEnd,
            answered: 1,
            failed: 0,
            retried: 0,
        };
        assert_eq!(
            happened(&happening, Some("Orders")),
            "Orders: a service ended. One request was answered."
        );
        (happening.what, happening.answered, happening.failed) = (What::Fault, 0, 3);
        assert_eq!(
            happened(&happening, None),
            "A fault begins, goes on or ends. 3 requests failed."
        );
    }

    #[test]
    fn the_scrubber_reaches_over_the_run_and_only_back() {
        let mut frame = Frame {
            run: 1,
            at: 50.0,
            end: Some(200.0),
            state: State::Paused,
            speed: 0.0,
            lingers: false,
            events: 0,
            of: Default::default(),
            picture: Picture::default(),
            booting: Vec::new(),
            warming: Vec::new(),
            looking: None,
            searched: None,
            flow: Flow::default(),
            happened: None,
        };
        assert_eq!(along(&frame, 50.0), 0.25);
        assert_eq!(moment(&frame, 0.125), Some(25.0));
        assert_eq!(moment(&frame, 0.25), None, "the present");
        assert_eq!(moment(&frame, 0.9), None, "what is to come");
        assert_eq!(begins(&frame), 50.0, "nothing passes while it stands still");
        (frame.at, frame.speed) = (50.013, 20.0);
        assert_eq!(begins(&frame), 59.0);
        frame.looking = Some(12.34);
        assert_eq!(begins(&frame), 12.3, "the moment that is looked at");
        frame.looking = None;
        (frame.at, frame.speed) = (50.0, 0.0);
        frame.end = None;
        assert_eq!(
            (along(&frame, 50.0), moment(&frame, 0.5)),
            (1.0, Some(25.0))
        );
        frame.at = 0.0;
        assert_eq!((along(&frame, 0.0), moment(&frame, 0.5)), (0.0, None));
    }
}

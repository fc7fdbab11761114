//! The traffic of a population as a curve over time with points to take hold of, and what moving one sets; it draws nothing.

use crate::editor::Change;
use loadscape_sim::catalog::{self, Choice, Domain, Kind, Parameter, Value};
use loadscape_sim::network::{Arrivals, Pattern, Profile, arrivals};
use loadscape_sim::scenario::{Component, CurvePoint, Rows, limits, read_rows};

/// How long a span is shown where nothing else says so, seconds.
const USUAL_SPAN: f64 = 600.0;
/// Places at which a bent curve is drawn.
const PLACES: u32 = 96;
/// Points of a curve that a sinusoid, or a list of arrivals, is turned into.
const POINTS: u32 = 24;

/// The traffic as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// Joined by straight lines: seconds since the beginning, requests a second.
    pub line: Vec<(f64, f64)>,
    /// Between bursts and in them, as multiples of the line, where traffic comes in long bursts.
    pub bursts: Option<[f64; 2]>,
    /// What can be taken hold of, from left to right.
    pub handles: Vec<Handle>,
    /// How far the time axis reaches.
    pub scale: Scale,
    /// Seconds from one repetition to the next, where it repeats.
    pub period: Option<f64>,
}

/// How far both axes reach from nought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The time axis.
    pub seconds: f64,
    /// The rate axis, requests a second.
    pub per_second: f64,
}

/// A point of the curve that can be moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Handle {
    /// What it stands for.
    pub grip: Grip,
    /// Where it is.
    pub seconds: f64,
    /// And how high.
    pub per_second: f64,
}

/// What a handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// The rate, of traffic that doesn't change; or the highest of a day, with half the day's length.
    Peak,
    /// The lowest rate: of the night, or before and beside a change.
    Low,
    /// Where the change begins.
    Begin,
    /// Where it is over.
    End,
    /// A point of a curve, by its place.
    Point(usize),
}

impl Grip {
    /// Its name.
    pub fn words(self) -> String {
        match self {
            Grip::Peak => "Peak".to_owned(),
            Grip::Low => "Low".to_owned(),
            Grip::Begin => "Beginning".to_owned(),
            Grip::End => "End".to_owned(),
            Grip::Point(index) => format!("Point {}", index + 1),
        }
    }
}

/// The traffic of this population, for a run of so many seconds; `None` for users who wait for their answers, and whoever sends nothing.
pub fn traffic(clients: &Component, run_seconds: Option<f64>) -> Option<Traffic> {
    if clients.kind != Kind::Clients {
        return None;
    }
    let Arrivals::Open {
        peak,
        pattern,
        profile,
        ..
    } = arrivals(clients)
    else {
        return None;
    };
    let shape = shape(clients);
    let mut handles = handles(clients, shape, peak.0);
    let last = handles
        .iter()
        .fold(0.0, |last: f64, handle| last.max(handle.seconds));
    let period = match profile {
        Profile::Daily { period, .. } => Some(period.0),
        _ => None,
    };
    let wanted = run_seconds.unwrap_or(if last > 0.0 { 0.0 } else { USUAL_SPAN });
    let seconds = match (period, shape) {
        (Some(period), _) => period,
        (None, Shape::Constant) => wanted,
        (None, _) => wanted.max(last * 1.2),
    };
    if shape == Shape::Constant {
        handles[0].seconds = seconds / 2.0;
    }
    let bursts = match pattern {
        Pattern::Bursts(bursts) => Some(bursts.rates()),
        _ => None,
    };
    let highest = bursts.map_or(1.0, |[_, burst]| burst) * peak.0;
    Some(Traffic {
        line: line(&profile, peak.0, seconds),
        bursts,
        handles,
        scale: Scale {
            seconds: seconds.max(1e-3),
            per_second: if highest > 0.0 { highest * 1.15 } else { 1.0 },
        },
        period,
    })
}

/// How the rate goes through time, as the population's parameters have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Constant,
    Daily,
    Ramp,
    Step,
    Spike,
    Curve,
}

fn shape(clients: &Component) -> Shape {
    match clients.choice(Parameter::TrafficProfile) {
        Some(Choice::Daily) => Shape::Daily,
        Some(Choice::Ramp) => Shape::Ramp,
        Some(Choice::Step) => Shape::Step,
        Some(Choice::Spike) => Shape::Spike,
        Some(Choice::Curve) if !clients.curve.is_empty() => Shape::Curve,
        _ => Shape::Constant,
    }
}

fn line(profile: &Profile, peak: f64, seconds: f64) -> Vec<(f64, f64)> {
    let at = |moment: f64| (moment, profile.share_at(moment) * peak);
    match profile {
        Profile::Constant => vec![at(0.0), at(seconds)],
        Profile::Daily { .. } => (0..=PLACES)
            .map(|place| at(seconds * f64::from(place) / f64::from(PLACES)))
            .collect(),
        Profile::Lines(points) => {
            let first = points.first().map_or(1.0, |first| first.share);
            let inner = points.iter().map(|point| (point.at.0, point.share * peak));
            std::iter::once((0.0, first * peak))
                .chain(inner)
                .chain(std::iter::once(at(seconds)))
                .collect()
        }
    }
}

fn handles(clients: &Component, shape: Shape, peak: f64) -> Vec<Handle> {
    let number = |parameter| clients.number(parameter).max(0.0);
    let handle = |grip, seconds, per_second| Handle {
        grip,
        seconds,
        per_second,
    };
    // A product of two decimal fractions is none in binary: what nobody sees of it is left out.
    let of_peak = |share| (number(share).min(1.0) * peak * 1e4).round() / 1e4;
    let low = of_peak(Parameter::LowTraffic);
    let start = number(Parameter::ChangeStart);
    let end = start + number(Parameter::ChangeLength);
    match shape {
        Shape::Constant => vec![handle(Grip::Peak, 0.0, peak)],
        Shape::Daily => {
            let night = of_peak(Parameter::NightShare);
            let noon = number(Parameter::DayLength) / 2.0;
            vec![
                handle(Grip::Low, 0.0, night),
                handle(Grip::Peak, noon, peak),
            ]
        }
        Shape::Ramp => vec![
            handle(Grip::Begin, start, low),
            handle(Grip::End, end, peak),
        ],
        Shape::Step => vec![
            handle(Grip::Low, 0.0, low),
            handle(Grip::Begin, start, peak),
        ],
        Shape::Spike => vec![
            handle(Grip::Low, 0.0, low),
            handle(Grip::Begin, start, peak),
            handle(Grip::End, end, peak),
        ],
        Shape::Curve => (clients.curve.iter().enumerate())
            .map(|(index, point)| handle(Grip::Point(index), point.seconds, point.per_second))
            .collect(),
    }
}

/// What to set so that this handle is at this moment and this high, as near as may be. Numbers are rounded to what the eye tells apart on
/// this scale.
pub fn moved(
    clients: &Component,
    grip: Grip,
    (seconds, per_second): (f64, f64),
    scale: Scale,
) -> Vec<Change> {
    let seconds = rounded(seconds.max(0.0), scale.seconds);
    let per_second = rounded(per_second.max(0.0), scale.per_second).min(*limits::CURVE_RATE.end());
    let set = |parameter, number: f64| Change::SetParameter {
        component: clients.id,
        parameter,
        value: Some(Value::Number(within_range(clients.kind, parameter, number))),
    };
    let number = |parameter| clients.number(parameter).max(0.0);
    let (start, length) = (
        number(Parameter::ChangeStart),
        number(Parameter::ChangeLength),
    );
    let peak = number(Parameter::RequestRate);
    // The low is kept as a share of the peak: moved by the one, it stays where it is by the other.
    let higher = |share: Parameter| {
        let low = number(share) * peak;
        let kept = (per_second > 0.0).then(|| set(share, rounded_share(low / per_second)));
        std::iter::once(set(Parameter::RequestRate, per_second)).chain(kept)
    };
    let lower =
        |share: Parameter| (peak > 0.0).then(|| set(share, rounded_share(per_second / peak)));
    let begin = set(Parameter::ChangeStart, seconds);
    match (shape(clients), grip) {
        (Shape::Constant, _) => vec![set(Parameter::RequestRate, per_second)],
        (Shape::Daily, Grip::Low) => lower(Parameter::NightShare).into_iter().collect(),
        (Shape::Daily, _) => higher(Parameter::NightShare)
            .chain([set(Parameter::DayLength, 2.0 * seconds)])
            .collect(),
        (Shape::Ramp, Grip::Begin) => {
            // Its end stays where it is.
            let length = set(Parameter::ChangeLength, start + length - seconds);
            lower(Parameter::LowTraffic)
                .into_iter()
                .chain([begin, length])
                .collect()
        }
        (Shape::Step | Shape::Spike, Grip::Low) => {
            lower(Parameter::LowTraffic).into_iter().collect()
        }
        // A spike keeps its length.
        (Shape::Step | Shape::Spike, Grip::Begin) => {
            higher(Parameter::LowTraffic).chain([begin]).collect()
        }
        (Shape::Ramp | Shape::Spike, _) => higher(Parameter::LowTraffic)
            .chain([set(Parameter::ChangeLength, seconds - start)])
            .collect(),
        (Shape::Step, _) => Vec::new(),
        (Shape::Curve, Grip::Point(index)) => {
            let mut curve = clients.curve.clone();
            let Some(before) = curve.get(index).copied() else {
                return Vec::new();
            };
            // Between its neighbours, and never at the same moment.
            let least = step(scale.seconds);
            let from = index
                .checked_sub(1)
                .map_or(0.0, |before| curve[before].seconds + least);
            let to = curve
                .get(index + 1)
                .map_or(*limits::CURVE_SECONDS.end(), |after| after.seconds - least);
            curve[index] = CurvePoint {
                seconds: if from <= to {
                    seconds.clamp(from, to)
                } else {
                    before.seconds
                },
                per_second,
            };
            vec![set_curve(clients, curve)]
        }
        (Shape::Curve, _) => Vec::new(),
    }
}

/// What to set so that the traffic follows points of its own from now on, and goes as it went before.
pub fn drawn_freely(clients: &Component, traffic: &Traffic) -> Vec<Change> {
    let least = step(traffic.scale.seconds);
    let mut curve: Vec<CurvePoint> = Vec::new();
    let sparse = (traffic.line.len() as u32).div_ceil(POINTS + 1).max(1) as usize;
    let last = traffic.line.len().saturating_sub(1);
    for (place, (seconds, per_second)) in traffic.line.iter().enumerate() {
        if place % sparse != 0 && place != last {
            continue;
        }
        let after = curve.last().map_or(0.0, |before| before.seconds + least);
        curve.push(CurvePoint {
            seconds: seconds.max(after),
            per_second: rounded(*per_second, traffic.scale.per_second),
        });
    }
    following(clients, curve)
}

/// What to set so that the traffic follows this curve.
pub fn following(clients: &Component, curve: Vec<CurvePoint>) -> Vec<Change> {
    let follow = Change::SetParameter {
        component: clients.id,
        parameter: Parameter::TrafficProfile,
        value: Some(Value::Choice(Choice::Curve)),
    };
    vec![follow, set_curve(clients, curve)]
}

/// What to set so that the curve has one more point: here, or where nothing says so, in the middle of the longest way between two. With the
/// place of the new point; nothing where the traffic follows no curve, or there is no room.
pub fn with_point(
    clients: &Component,
    at: Option<(f64, f64)>,
    scale: Scale,
) -> Option<(usize, Change)> {
    if shape(clients) != Shape::Curve || clients.curve.len() >= limits::CURVE_POINTS {
        return None;
    }
    let (seconds, per_second) = at.unwrap_or_else(|| middle_of_the_longest(&clients.curve, scale));
    let (seconds, per_second) = (
        rounded(seconds, scale.seconds).clamp(0.0, *limits::CURVE_SECONDS.end()),
        rounded(per_second, scale.per_second).clamp(0.0, *limits::CURVE_RATE.end()),
    );
    let place = clients
        .curve
        .partition_point(|point| point.seconds < seconds);
    if clients
        .curve
        .get(place)
        .is_some_and(|point| point.seconds == seconds)
    {
        return None;
    }
    let mut curve = clients.curve.clone();
    curve.insert(
        place,
        CurvePoint {
            seconds,
            per_second,
        },
    );
    Some((place, set_curve(clients, curve)))
}

fn middle_of_the_longest(curve: &[CurvePoint], scale: Scale) -> (f64, f64) {
    let widest = curve.windows(2).max_by(|one, other| {
        let length = |pair: &[CurvePoint]| pair[1].seconds - pair[0].seconds;
        length(one).total_cmp(&length(other))
    });
    match (widest, curve.last()) {
        (Some(pair), _) => (
            (pair[0].seconds + pair[1].seconds) / 2.0,
            (pair[0].per_second + pair[1].per_second) / 2.0,
        ),
        (None, Some(only)) => (only.seconds + scale.seconds / 2.0, only.per_second),
        (None, None) => (0.0, 0.0),
    }
}

/// What to set so that this point is gone; nothing where it is the last one.
pub fn without_point(clients: &Component, index: usize) -> Option<Change> {
    if clients.curve.len() < 2 || index >= clients.curve.len() {
        return None;
    }
    let mut curve = clients.curve.clone();
    curve.remove(index);
    Some(set_curve(clients, curve))
}

fn set_curve(clients: &Component, curve: Vec<CurvePoint>) -> Change {
    Change::SetCurve {
        component: clients.id,
        curve,
    }
}

/// The curve in rows of text, and a sentence about what was made of them.
///
/// # Errors
/// What is wrong with the first row that can't be meant.
pub fn curve_of_rows(text: &str) -> Result<(Vec<CurvePoint>, String), String> {
    match read_rows(text).map_err(|problem| format!("In {problem}."))? {
        Rows::Rates(curve) => {
            let points = match curve.len() {
                1 => "1 point".to_owned(),
                many => format!("{many} points"),
            };
            let said = format!("The traffic follows {points} now.");
            Ok((curve, said))
        }
        Rows::Moments(moments) => {
            let (were, each) = match moments.len() {
                1 => ("arrival was turned into its", "replays it"),
                _ => ("arrivals were turned into their", "replays each of them"),
            };
            let said = format!(
                "{} {were} rate in {POINTS} equal spans. The command line {each}.",
                moments.len()
            );
            Ok((rates_of(&moments)?, said))
        }
    }
}

/// The rate of these arrivals in equal spans, each span's at its middle.
fn rates_of(moments: &[f64]) -> Result<Vec<CurvePoint>, String> {
    let last = moments.last().copied().unwrap_or(0.0);
    if last <= 0.0 {
        return Err("All arrivals are at 0 s: that is no rate.".to_owned());
    }
    let width = last / f64::from(POINTS);
    let points = (0..POINTS).map(|span| {
        let (from, to) = (f64::from(span) * width, f64::from(span + 1) * width);
        let until = |moment: f64| moments.partition_point(|arrival| *arrival < moment);
        // The last arrival is in the last span.
        let to_count = if span + 1 == POINTS {
            moments.len()
        } else {
            until(to)
        };
        CurvePoint {
            seconds: (from + to) / 2.0,
            per_second: (to_count - until(from)) as f64 / width,
        }
    });
    Ok(points.collect())
}

/// The least that an arrow key moves along an axis that reaches so far: a round number about a hundredth of it.
pub fn step(reach: f64) -> f64 {
    let rough = reach / 200.0;
    let decade = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0]
        .into_iter()
        .map(|factor| factor * decade)
        .find(|step| *step >= rough * (1.0 - 1e-9));
    step.unwrap_or(10.0 * decade)
}

fn rounded(value: f64, reach: f64) -> f64 {
    let step = step(reach);
    // Divided by a whole number where the step is below one, so that no noise of binary fractions shows.
    if step < 1.0 {
        let parts = (1.0 / step).round();
        (value * parts).round() / parts
    } else {
        (value / step).round() * step
    }
}

/// The number brought into the parameter's range.
fn within_range(kind: Kind, parameter: Parameter, number: f64) -> f64 {
    let known = (catalog::specification(kind).parameters.iter())
        .find(|specification| specification.parameter == parameter);
    match known.map(|specification| specification.domain) {
        Some(Domain::Number {
            minimum, maximum, ..
        }) => number.clamp(minimum, maximum),
        _ => number,
    }
}

fn rounded_share(share: f64) -> f64 {
    (share.min(1.0) * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::Editor;
    use loadscape_sim::scenario::{ComponentId, Point, Scenario};

    fn clients(set: &[(Parameter, Value)]) -> Component {
        let mut clients = Component::new(ComponentId(1), Kind::Clients, "Users", Point::default());
        clients.parameters.extend(set.iter().copied());
        clients
    }

    fn profile(choice: Choice) -> Component {
        clients(&[
            (Parameter::TrafficProfile, Value::Choice(choice)),
            (Parameter::RequestRate, Value::Number(1_000.0)),
            (Parameter::NightShare, Value::Number(0.2)),
            (Parameter::DayLength, Value::Number(3_600.0)),
        ])
    }

    /// The population after these changes, made as the page makes them.
    fn after(clients: &Component, changes: Vec<Change>) -> Component {
        let mut editor = Editor::new(Scenario {
            components: vec![clients.clone()],
            ..Scenario::default()
        });
        for change in changes {
            let _ = editor.apply(change).unwrap();
        }
        editor.scenario().components[0].clone()
    }

    fn find(traffic: &Traffic, grip: Grip) -> Handle {
        *(traffic.handles.iter())
            .find(|handle| handle.grip == grip)
            .unwrap()
    }

    #[test]
    fn handles_lie_on_the_line_that_the_engine_draws() {
        for choice in [
            Choice::Constant,
            Choice::Daily,
            Choice::Ramp,
            Choice::Step,
            Choice::Spike,
        ] {
            let clients = profile(choice);
            let traffic = traffic(&clients, None).unwrap();
            let Arrivals::Open { peak, profile, .. } = arrivals(&clients) else {
                panic!("open traffic");
            };
            for handle in &traffic.handles {
                // At a jump the engine says what it jumps to; the end of a spike is what it jumps from.
                let at = handle.seconds - if handle.grip == Grip::End { 1e-9 } else { 0.0 };
                let expected = profile.share_at(at) * peak.0;
                assert!(
                    (handle.per_second - expected).abs() < 1e-6,
                    "{choice:?} {handle:?}"
                );
                assert!(handle.seconds <= traffic.scale.seconds);
                assert!(handle.per_second <= traffic.scale.per_second);
            }
        }
    }

    #[test]
    fn a_moved_handle_is_where_it_was_let_go_and_the_others_stay() {
        for (choice, grip, to) in [
            (Choice::Constant, Grip::Peak, (300.0, 400.0)),
            (Choice::Daily, Grip::Low, (0.0, 500.0)),
            (Choice::Daily, Grip::Peak, (600.0, 800.0)),
            (Choice::Ramp, Grip::Begin, (100.0, 50.0)),
            (Choice::Ramp, Grip::End, (650.0, 2_000.0)),
            (Choice::Step, Grip::Low, (0.0, 100.0)),
            (Choice::Step, Grip::Begin, (150.0, 3_000.0)),
            (Choice::Spike, Grip::Low, (0.0, 0.0)),
            (Choice::Spike, Grip::Begin, (200.0, 2_000.0)),
            (Choice::Spike, Grip::End, (400.0, 2_000.0)),
        ] {
            let before = profile(choice);
            let drawn = traffic(&before, None).unwrap();
            let moved = after(&before, moved(&before, grip, to, drawn.scale));
            let now = traffic(&moved, None).unwrap();
            let handle = find(&now, grip);
            let reached = (handle.seconds, handle.per_second);
            let expected = if choice == Choice::Constant {
                (drawn.scale.seconds / 2.0, to.1)
            } else {
                to
            };
            assert_eq!(reached, expected, "{choice:?} {grip:?}");
            if grip != Grip::Low && !matches!(choice, Choice::Constant | Choice::Ramp) {
                let low = |traffic: &Traffic| find(traffic, Grip::Low).per_second;
                assert!((low(&now) - low(&drawn)).abs() < 1.0, "{choice:?} {grip:?}");
            }
        }
        // The end of a ramp stays when its beginning is moved.
        let before = profile(Choice::Ramp);
        let drawn = traffic(&before, None).unwrap();
        let moved = after(
            &before,
            moved(&before, Grip::Begin, (100.0, 50.0), drawn.scale),
        );
        let end = find(&traffic(&moved, None).unwrap(), Grip::End);
        assert_eq!((end.seconds, end.per_second), (600.0, 1_000.0));
    }

    #[test]
    fn a_curve_drawn_freely_goes_as_before_and_its_points_keep_their_order() {
        for choice in [Choice::Constant, Choice::Daily, Choice::Ramp, Choice::Spike] {
            let before = profile(choice);
            let drawn = traffic(&before, None).unwrap();
            let free = after(&before, drawn_freely(&before, &drawn));
            let now = traffic(&free, None).unwrap();
            let share = |clients: &Component, moment: f64| match arrivals(clients) {
                Arrivals::Open { peak, profile, .. } => peak.0 * profile.share_at(moment),
                Arrivals::Closed { .. } => panic!("open traffic"),
            };
            for place in 0..=40 {
                let moment = drawn.scale.seconds * f64::from(place) / 40.0 + 0.37;
                let (old, new) = (share(&before, moment), share(&free, moment));
                let near_a_jump = drawn.line.windows(2).any(|pair| {
                    pair[0].0 == pair[1].0
                        && (moment - pair[0].0).abs() <= 2.0 * step(drawn.scale.seconds)
                });
                assert!(
                    (old - new).abs() < 20.0 || near_a_jump,
                    "{choice:?} at {moment}: {old} {new}"
                );
            }
            let places: Vec<Grip> = now.handles.iter().map(|handle| handle.grip).collect();
            assert_eq!(places[0], Grip::Point(0));

            // Pushed beyond its neighbour, a point stops before it.
            let pushed = moved(&free, Grip::Point(0), (1e9, 10.0), now.scale);
            let pushed = after(&free, pushed);
            assert!(pushed.curve[0].seconds < pushed.curve[1].seconds);
        }
    }

    #[test]
    fn points_come_and_go() {
        let mut clients = profile(Choice::Curve);
        clients.curve = vec![
            CurvePoint {
                seconds: 0.0,
                per_second: 100.0,
            },
            CurvePoint {
                seconds: 100.0,
                per_second: 300.0,
            },
            CurvePoint {
                seconds: 150.0,
                per_second: 0.0,
            },
        ];
        let scale = traffic(&clients, None).unwrap().scale;
        let (place, change) = with_point(&clients, None, scale).unwrap();
        let more = after(&clients, vec![change]);
        assert_eq!(place, 1);
        assert_eq!(
            more.curve[1],
            CurvePoint {
                seconds: 50.0,
                per_second: 200.0
            }
        );
        // Two at one moment would be none.
        assert_eq!(with_point(&more, Some((50.0, 7.0)), scale), None);
        let fewer = after(&more, vec![without_point(&more, 1).unwrap()]);
        assert_eq!(fewer.curve, clients.curve);
        let one = profile(Choice::Curve);
        assert_eq!(without_point(&one, 0), None);
    }

    #[test]
    fn rows_become_a_curve_and_arrivals_their_rate() {
        let (curve, _) = curve_of_rows("time,rate\n0,10\n60,20\n").unwrap();
        assert_eq!(
            curve[1],
            CurvePoint {
                seconds: 60.0,
                per_second: 20.0
            }
        );
        // Ten a second for 24 seconds, then none, then one last.
        let moments: Vec<String> = (0..240)
            .map(|arrival| format!("{}", f64::from(arrival) / 10.0))
            .collect();
        let text = moments.join("\n") + "\n48\n";
        let (curve, said) = curve_of_rows(&text).unwrap();
        assert!(said.starts_with("241 arrivals"));
        let arrivals: f64 = curve.iter().map(|point| point.per_second * 2.0).sum();
        assert_eq!(arrivals, 241.0);
        assert_eq!(
            curve[0],
            CurvePoint {
                seconds: 1.0,
                per_second: 10.0
            }
        );
        assert!(curve_of_rows("one\ntwo\nthree").is_err());
        assert!(curve_of_rows("0\n0\n").is_err());
    }

    #[test]
    fn users_who_wait_have_no_curve() {
        let closed = clients(&[(Parameter::Traffic, Value::Choice(Choice::Closed))]);
        assert_eq!(traffic(&closed, None), None);
    }
}

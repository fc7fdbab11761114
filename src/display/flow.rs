//! Requests on their way as particles: when each sets out, where it is, and for how many it stands. It knows no canvas.
//!
//! Every call that the run tells of is owed to its link; for each so many a particle sets out. That is one for each call as long as the eye
//! can follow, and the same number on all links beyond, so that density follows the rate everywhere.

use super::curves::cause;
use crate::editor::geometry::Curve;
use loadscape_player::Flow;
use loadscape_sim::des::Picture;
use loadscape_sim::quantities::rate;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{ClassId, ComponentId, LinkId, Point};
use loadscape_sim::units::PerSecond;
use std::collections::BTreeMap;

/// How fast particles go, in drawing units a millisecond.
const SPEED: f64 = 0.17;
/// Least time on the way, milliseconds: on the shortest link one still sees something pass.
const LEAST_MS: f64 = 320.0;
/// Particles of a link that set out in a second, at most.
const MOST_A_SECOND: f64 = 30.0;
/// Particles on the drawing, about, at most.
const MOST: f64 = 3_000.0;
/// How long something that fails is seen to fall, milliseconds.
pub const FALL_MS: f64 = 700.0;
/// Points of a track.
const POINTS: usize = 24;

/// The way along a link, at equal speed.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    points: [Point; POINTS + 1],
    /// Length up to each point, in drawing units.
    lengths: [f64; POINTS + 1],
    /// The share of the way, from and to, on which its label lies.
    label: (f64, f64),
}

impl Track {
    /// The way along this curve.
    pub fn along(curve: &Curve) -> Self {
        let mut points = [Point::default(); POINTS + 1];
        let mut lengths = [0.0; POINTS + 1];
        for place in 0..=POINTS {
            points[place] = curve.point_at(place as f64 / POINTS as f64);
            if place > 0 {
                let (from, to) = (points[place - 1], points[place]);
                lengths[place] = lengths[place - 1] + (to.x - from.x).hypot(to.y - from.y);
            }
        }
        Track {
            points,
            lengths,
            label: (0.0, 0.0),
        }
    }

    /// The same way, on which a label of this width and height lies around a place: what passes there goes on unseen.
    pub fn under_label(mut self, middle: Point, (width, height): (f64, f64)) -> Self {
        /// Steps in which the way is tried.
        const STEPS: usize = 96;
        let under = |step: &usize| {
            let place = self.at(*step as f64 / STEPS as f64);
            (place.x - middle.x).abs() < 0.5 * width && (place.y - middle.y).abs() < 0.5 * height
        };
        let first = (0..=STEPS).find(under);
        let last = (0..=STEPS).rev().find(under);
        if let (Some(first), Some(last)) = (first, last) {
            self.label = (first as f64 / STEPS as f64, last as f64 / STEPS as f64);
        }
        self
    }

    /// Whether what has this share of the way behind it passes under the label.
    pub fn is_hidden(&self, share: f64) -> bool {
        self.label.0 < share && share < self.label.1
    }

    /// Time on the way, milliseconds.
    pub fn lasts_ms(&self) -> f64 {
        (self.lengths[POINTS] / SPEED).max(LEAST_MS)
    }

    /// The place at a share of the way, 0 to 1.
    pub fn at(&self, share: f64) -> Point {
        let length = self.lengths[POINTS] * share.clamp(0.0, 1.0);
        let next = self
            .lengths
            .partition_point(|own| *own < length)
            .clamp(1, POINTS);
        let (from, to) = (self.points[next - 1], self.points[next]);
        let step = self.lengths[next] - self.lengths[next - 1];
        let along = if step > 0.0 {
            (length - self.lengths[next - 1]) / step
        } else {
            0.0
        };
        Point {
            x: from.x + (to.x - from.x) * along,
            y: from.y + (to.y - from.y) * along,
        }
    }
}

/// How something failed, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failing {
    /// It was turned away.
    Refused,
    /// Somebody waited for too long.
    TimedOut,
    /// It was answered with an error.
    Errored,
    /// Whoever had it is gone.
    Lost,
    /// It was answered, with what is out of date.
    Stale,
}

impl Failing {
    /// All of them.
    pub const ALL: [Failing; 5] = [
        Failing::Refused,
        Failing::TimedOut,
        Failing::Errored,
        Failing::Lost,
        Failing::Stale,
    ];

    /// What it means, in a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Failing::Refused => "refused",
            Failing::TimedOut => "timed out",
            Failing::Errored => "answered with an error",
            Failing::Lost => "lost on the way",
            Failing::Stale => "answered out of date",
        }
    }

    /// What tests and style sheets call it.
    pub fn id(self) -> &'static str {
        match self {
            Failing::Refused => "refused",
            Failing::TimedOut => "timed-out",
            Failing::Errored => "errored",
            Failing::Lost => "lost",
            Failing::Stale => "stale",
        }
    }

    /// What it means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Failing::Refused => {
                "Turned away: a queue was full, a limit reached, a breaker open, or load was shed."
            }
            Failing::TimedOut => "Somebody waited for too long and gave up.",
            Failing::Errored => "Answered with an error, or there was no way on.",
            Failing::Lost => {
                "An instance died with it, nobody listened there, or it became a dead letter."
            }
            Failing::Stale => "A copy answered that had missed a write.",
        }
    }

    /// How this cause looks.
    pub fn of(why: LossCause) -> Self {
        match why {
            LossCause::TimedOut | LossCause::QueueTimedOut => Failing::TimedOut,
            LossCause::Error | LossCause::NoRoute => Failing::Errored,
            LossCause::InstanceLost | LossCause::Unreachable | LossCause::DeadLetter => {
                Failing::Lost
            }
            LossCause::QueueFull
            | LossCause::RateLimited
            | LossCause::Backlog
            | LossCause::BreakerOpen
            | LossCause::Shed
            | LossCause::TooManyInFlight => Failing::Refused,
        }
    }
}

/// What went wrong in the span of a picture in one of these ways, by whom and why, the most frequent first, e.g. "Orders: queue full, 12 /s".
pub fn reasons(
    picture: &Picture,
    how: Failing,
    name: impl Fn(ComponentId) -> String,
) -> Vec<String> {
    /// More aren't read.
    const MOST: usize = 4;
    if picture.seconds <= 0.0 {
        return Vec::new();
    }
    let mut sums: Vec<(Option<ComponentId>, LossCause, f64)> = Vec::new();
    for failed in &picture.failures {
        if Failing::of(failed.why) != how {
            continue;
        }
        match sums
            .iter_mut()
            .find(|(component, why, _)| (*component, *why) == (failed.component, failed.why))
        {
            Some((_, _, sum)) => *sum += failed.count,
            None => sums.push((failed.component, failed.why, failed.count)),
        }
    }
    sums.sort_by(|one, other| other.2.total_cmp(&one.2));
    sums.truncate(MOST);
    sums.into_iter()
        .map(|(component, why, count)| {
            let whose = component.map_or_else(|| "the simulation".to_owned(), &name);
            let rate = rate(PerSecond(count / picture.seconds));
            format!("{whose}: {}, {rate}", cause(why))
        })
        .collect()
}

/// How many dots of a queue are drawn in a node in which so many wait: one each for the first few, then one for each doubling.
pub fn queue_dots(waiting: f64) -> u8 {
    /// As many as a node has room for.
    const MOST: f64 = 12.0;
    /// Up to here, each stands for one.
    const SINGLE: f64 = 4.0;
    let dots = match waiting {
        waiting if waiting < 0.5 => 0.0,
        waiting if waiting <= SINGLE => waiting.round(),
        waiting => SINGLE + (waiting / SINGLE).log2().ceil(),
    };
    dots.min(MOST) as u8
}

/// Where a particle goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// Along a link.
    Along(LinkId),
    /// Along a link once more, after an attempt that failed.
    Again(LinkId),
    /// Down from where it failed.
    Falling(ComponentId, Failing),
}

/// One particle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Particle {
    /// Where it goes.
    pub course: Course,
    /// Whose request it is.
    pub class: ClassId,
    /// When it sets out, milliseconds.
    leaves_ms: f64,
    lasts_ms: f64,
}

impl Particle {
    /// How much of its way is behind it at this moment; `None` before it sets out.
    pub fn share(&self, now_ms: f64) -> Option<f64> {
        let share = (now_ms - self.leaves_ms) / self.lasts_ms;
        (share >= 0.0).then_some(share)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owed {
    Along(LinkId, ClassId),
    Again(LinkId),
    Falling(ComponentId, Failing, ClassId),
}

/// The particles on a drawing.
#[derive(Debug, Default)]
pub struct Particles {
    all: Vec<Particle>,
    /// Requests for which no particle has set out yet.
    owed: BTreeMap<Owed, f64>,
    /// For how many each stands.
    each: f64,
    /// Calls a second along each link lately. Moments alone are too rough to go by where little happens, and of many links one always seems
    /// busy. Empty before anything has happened.
    lately: BTreeMap<LinkId, f64>,
}

impl Particles {
    /// Nothing is on its way.
    pub fn new() -> Self {
        Particles {
            each: 1.0,
            ..Particles::default()
        }
    }

    /// For how many requests each stands.
    pub fn each(&self) -> f64 {
        self.each
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// The run tells what happened since it told last; it is seen to happen from now on for as long as that took on the wall.
    pub fn tell(&mut self, flow: &Flow, tracks: &BTreeMap<LinkId, Track>, now_ms: f64) {
        let span = (flow.wall_seconds * 1e3).clamp(1.0, 1_000.0);
        self.choose_each(flow, tracks, span);
        for link in &flow.links {
            if let Some(track) = tracks.get(&link.link) {
                let lasts_ms = track.lasts_ms();
                let course = Course::Along(link.link);
                let owed = Owed::Along(link.link, link.class);
                self.set_out(
                    owed,
                    course,
                    link.class,
                    link.calls,
                    (now_ms, span, lasts_ms),
                );
            }
        }
        for again in &flow.retries {
            if let Some(link) = again.link
                && let Some(track) = tracks.get(&link)
            {
                let times = (now_ms, span, track.lasts_ms());
                let course = Course::Again(link);
                self.set_out(Owed::Again(link), course, ClassId(0), again.count, times);
            }
        }
        for (component, count) in &flow.stale {
            let course = Course::Falling(*component, Failing::Stale);
            let owed = Owed::Falling(*component, Failing::Stale, ClassId(0));
            self.set_out(owed, course, ClassId(0), *count, (now_ms, span, FALL_MS));
        }
        for failed in &flow.failures {
            let Some(component) = failed.component else {
                continue;
            };
            let how = Failing::of(failed.why);
            let course = Course::Falling(component, how);
            let owed = Owed::Falling(component, how, failed.class);
            self.set_out(
                owed,
                course,
                failed.class,
                failed.count,
                (now_ms, span, FALL_MS),
            );
        }
    }

    fn set_out(
        &mut self,
        owed: Owed,
        course: Course,
        class: ClassId,
        count: f64,
        (now_ms, span, lasts_ms): (f64, f64, f64),
    ) {
        let owed = self.owed.entry(owed).or_default();
        *owed += count / self.each;
        let leave = owed.floor().max(0.0);
        *owed -= leave;
        let leave = leave as usize;
        for place in 0..leave {
            self.all.push(Particle {
                course,
                class,
                leaves_ms: now_ms + span * (place as f64 + 0.5) / leave as f64,
                lasts_ms,
            });
        }
    }

    /// The fewest for which each can stand without there being too many, of 1, 2, 5, 10 and so on. It changes only when it has to, so that
    /// one can get used to it.
    fn choose_each(&mut self, flow: &Flow, tracks: &BTreeMap<LinkId, Track>, span: f64) {
        /// Weight of the last moment.
        const NEW: f64 = 0.25;
        /// Less isn't worth remembering, calls a second.
        const NOTHING: f64 = 1e-6;
        let mut now: BTreeMap<LinkId, f64> = BTreeMap::new();
        for link in &flow.links {
            *now.entry(link.link).or_default() += link.calls / span * 1e3;
        }
        let begins = self.lately.is_empty();
        if begins && now.values().all(|rate| *rate <= 0.0) {
            return;
        }
        self.lately.retain(|link, rate| {
            *rate += NEW * (now.remove(link).unwrap_or(0.0) - *rate);
            *rate > NOTHING
        });
        let share = if begins { 1.0 } else { NEW };
        for (link, rate) in now {
            self.lately.insert(link, share * rate);
        }
        let (mut most, mut all) = (0.0_f64, 0.0);
        for (link, rate) in &self.lately {
            if let Some(track) = tracks.get(link) {
                most = most.max(*rate);
                all += rate * track.lasts_ms() / 1e3;
            }
        }
        let load = (most / MOST_A_SECOND).max(all / MOST);
        let wanted = load.max(1.0);
        let one_will_do = self.each > 1.0 && load < 0.7;
        if begins || wanted > self.each || wanted < 0.2 * self.each || one_will_do {
            let before = self.each;
            // Some room above, as the next moments differ from this one.
            self.each = nice(if wanted > 1.0 { 1.1 * wanted } else { 1.0 });
            for owed in self.owed.values_mut() {
                *owed *= before / self.each;
            }
        }
    }

    /// Shows each that is on its way to the function, with the share of it, 0 to 1, and forgets those that have arrived.
    pub fn show(&mut self, now_ms: f64, mut draw: impl FnMut(&Particle, f64)) {
        self.all.retain(|particle| match particle.share(now_ms) {
            Some(share) if share > 1.0 => false,
            Some(share) => {
                draw(particle, share);
                true
            }
            None => true,
        });
    }
}

/// The next of 1, 2 and 5 times a power of ten.
fn nice(wanted: f64) -> f64 {
    let ten = 10_f64.powf(wanted.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * ten)
        .find(|each| *each >= wanted * (1.0 - 1e-9))
        .unwrap_or(10.0 * ten)
}

#[cfg(test)]
mod tests;

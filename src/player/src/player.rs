//! A run at a pace. It is told how late it is on the wall, runs as far as that asks for and as it is let, and says how it stands.

use crate::chronicle::Chronicle;
use crate::course::{Asked, Course, course};
use crate::designs::{Design, RunOf};
use crate::estimates::{Estimates, estimates};
use crate::linger::Linger;
use crate::message::{Flow, Frame, Opening, Order, Pace, RetryPicture, State};
use crate::past::{Closer, Past, Question, Slowest};
use loadscape_sim::des::{FailurePicture, Happening, Picture, Settings, Simulation, Sums};
use loadscape_sim::insight::{Tariff, tariff};
use loadscape_sim::network::compile;
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{ComponentId, LinkId, Scenario};
use loadscape_sim::share;
use std::collections::VecDeque;

/// A moment, where a span is asked for; seconds.
const AT_ONCE: f64 = 1e-3;
/// So many steps happen before somebody may ask for a stop.
const SLICE: u64 = 2_000;
/// A picture is of the last second on the wall, in this many parts.
const PARTS: usize = 10;
/// At full speed and at the end, what is shown as the present is no longer than this share of the run so far, or than so many of its seconds.
const RECENT_SHARE: f64 = 1.0 / 24.0;
const RECENT_SECONDS: f64 = 2.0;
const PART_SECONDS: f64 = 1.0 / PARTS as f64;
/// Where a run that never ends by itself is over, seconds.
const LONGEST_RUN: f64 = 1e9;
/// Longest time on the wall that is made up for, seconds: what wasn't reached by then is given up, and the run is slower than asked.
const LONGEST_DEBT: f64 = 0.25;

/// Plays runs, one at a time.
#[derive(Debug)]
pub struct Player {
    pace: Pace,
    /// Whether what is broken is to be seen, see [`Order::Linger`].
    lingers: bool,
    watched: Vec<ComponentId>,
    span: Option<(f64, f64)>,
    run: Option<Run>,
}

impl Default for Player {
    fn default() -> Self {
        Player {
            pace: Pace::Times(1.0),
            lingers: false,
            watched: Vec::new(),
            span: None,
            run: None,
        }
    }
}

#[derive(Debug)]
struct Run {
    number: u32,
    /// The document by which it goes.
    scenario: Scenario,
    /// The design that it is of, and since when it is, seconds.
    design: Design,
    since: f64,
    /// The document that it is to go on with, where that shows another design and time stands still: until time goes on, all of the run is of the
    /// design that ran, and stays as it is.
    waiting: Option<Scenario>,
    /// How fast time goes where; `None` where it goes as fast as it can.
    linger: Option<Linger>,
    /// Whether it goes slower than it was asked to.
    is_slow: bool,
    simulation: Simulation,
    chronicle: Chronicle,
    tariff: Tariff,
    past: Past,
    closer: Option<Closer>,
    /// What was asked for and can't be looked at.
    unseen: Option<Question>,
    state: State,
    /// When the document wants it to end, seconds; `None` where it never does.
    wanted_end: Option<f64>,
    /// Whether it was played on when it was over.
    goes_beyond: bool,
    /// How far it should be by now, seconds.
    due: f64,
    /// What had been counted, and how late it was on the wall, some moments ago.
    marks: VecDeque<(f64, Sums)>,
    /// How late it is on the wall, seconds.
    wall: f64,
    /// The same at the last frame.
    told: (f64, Sums),
    /// Further attempts up to then.
    told_retries: Retries,
    /// Work on messages that had failed up to then.
    told_returned: Returned,
    /// What was seen last, for as long as there is nothing newer to see.
    seen: Picture,
    looking: Option<f64>,
    happened: Option<Happening>,
}

/// Further attempts over the whole run, by who calls and along which link.
type Retries = Vec<((ComponentId, Option<LinkId>), u64)>;

/// Work on messages that failed over the whole run, by who failed and why.
type Returned = Vec<(ComponentId, LossCause, u64)>;

/// What came after this.
fn returned_since(before: &Returned, now: &Returned) -> Vec<(ComponentId, LossCause, f64)> {
    let all = now.iter().map(|(component, why, count)| {
        let own = before
            .iter()
            .find(|own| (own.0, own.1) == (*component, *why));
        let before = own.map_or(0, |own| own.2);
        (*component, *why, count.saturating_sub(before) as f64)
    });
    all.filter(|own| own.2 > 0.0).collect()
}

fn retries(simulation: &Simulation) -> Retries {
    let calls = simulation.calls().into_iter();
    calls
        .map(|call| ((call.component, call.link), call.retries))
        .filter(|(_, retries)| *retries > 0)
        .collect()
}

/// Those that came after these.
fn retries_since(before: &Retries, now: &Retries) -> Vec<RetryPicture> {
    let all = now.iter().map(|((component, link), count)| {
        let before = before
            .iter()
            .find(|(own, _)| *own == (*component, *link))
            .map_or(0, |(_, before)| *before);
        RetryPicture {
            component: *component,
            link: *link,
            count: count.saturating_sub(before) as f64,
        }
    });
    all.filter(|own| own.count > 0.0).collect()
}

impl Player {
    /// Does what the page asks for.
    ///
    /// # Errors
    /// Why nothing could be done, and what to do.
    pub fn order(&mut self, order: Order) -> Result<(), String> {
        match order {
            Order::Open(opening) => {
                self.run = Some(Run::open(&opening)?);
                self.span = None;
                self.pace_anew();
            }
            Order::Change { document } => {
                let scenario = read(&document)?;
                let run = self.run()?;
                run.hear_of(scenario);
                self.pace_anew();
            }
            Order::Play => {
                let run = self.run()?;
                run.go_on_with_what_waits();
                run.goes_beyond |= run.state == State::Ended;
                run.state = State::Playing;
                run.closer = None;
                run.due = run.simulation.now();
                (run.looking, run.happened) = (None, None);
                run.begin_marks();
            }
            Order::Pause => self.run()?.pause(),
            Order::Step => {
                let run = self.run()?;
                run.pause();
                run.go_on_with_what_waits();
                run.looking = None;
                run.happened = run.simulation.step();
                while run.chronicle.next_end() <= run.simulation.now() {
                    run.chronicle.write(&run.simulation);
                }
            }
            Order::Pace(pace) => {
                self.pace = pace;
                if let Some(run) = &mut self.run {
                    run.due = run.simulation.now();
                    run.begin_marks();
                }
                self.pace_anew();
            }
            Order::Linger(lingers) => {
                self.lingers = lingers;
                self.pace_anew();
            }
            Order::Look(moment) => self.run()?.looking = moment,
            Order::Watch(components) => self.watched = components,
            Order::Span(span) => {
                self.span = span.filter(|(from, to)| *from >= 0.0 && from < to);
            }
            Order::Slowest(question) => self.run()?.look_closer(question),
            Order::Shown => {}
        }
        Ok(())
    }

    /// Says anew where time goes how fast.
    fn pace_anew(&mut self) {
        let Some(run) = &mut self.run else {
            return;
        };
        run.linger = match self.pace {
            Pace::Fastest => None,
            Pace::Times(times) if self.lingers => Some(Linger::at(&run.scenario, times)),
            Pace::Times(times) => Some(Linger::at(&Scenario::default(), times)),
        };
    }

    fn run(&mut self) -> Result<&mut Run, String> {
        self.run
            .as_mut()
            .ok_or_else(|| "Nothing runs yet. Press play first.".to_owned())
    }

    /// Whether time goes on.
    pub fn is_playing(&self) -> bool {
        self.run
            .as_ref()
            .is_some_and(|run| run.state == State::Playing)
    }

    /// Whether there is something to do: time goes on, or a part of the past is run again.
    pub fn is_busy(&self) -> bool {
        self.is_playing() || self.run.as_ref().is_some_and(|run| run.closer.is_some())
    }

    /// It is so late on the wall (seconds since any moment, never less than before): lets everything happen that is due, unless it has to
    /// stop before. Returns whether all of it has happened.
    pub fn advance(&mut self, wall: f64, mut must_stop: impl FnMut() -> bool) -> bool {
        let Some(run) = self.run.as_mut() else {
            return true;
        };
        let passed = (wall - run.wall).clamp(0.0, LONGEST_DEBT);
        run.wall = wall;
        if run.state != State::Playing {
            return run.advance_closer(must_stop);
        }
        let now = run.simulation.now();
        let is_slow = (run.linger.as_ref()).is_some_and(|linger| linger.lingers(now));
        if std::mem::replace(&mut run.is_slow, is_slow) != is_slow {
            run.begin_marks();
        }
        run.due = run.linger.as_ref().map_or(f64::INFINITY, |linger| {
            (linger.reached(run.due, passed)).min(linger.reached(now, LONGEST_DEBT))
        });
        let end = run.end().unwrap_or(LONGEST_RUN);
        let due = run.due.min(end);
        loop {
            // However a run is cut, its course is the same.
            let piece = run.chronicle.next_end();
            let mut reached = run.simulation.run_until(due.min(piece), SLICE);
            if reached && piece <= due {
                run.chronicle.write(&run.simulation);
                reached = false;
            }
            run.past.note(&mut run.simulation);
            if reached && due >= end {
                run.state = State::Ended;
            }
            if reached || must_stop() {
                run.note();
                return reached;
            }
        }
    }

    /// How the run stands, and what happened since this was asked last; `None` before there is one.
    pub fn frame(&mut self) -> Option<Frame> {
        let pace = self.pace;
        self.run.as_mut().map(|run| run.frame(pace))
    }

    /// How its figures went; `None` before there is one.
    pub fn course(&self) -> Option<Course> {
        let run = self.run.as_ref()?;
        Some(course(&Asked {
            run: run.number,
            simulation: &run.simulation,
            chronicle: &run.chronicle,
            tariff: &run.tariff,
            watched: &self.watched,
            span: self.span,
        }))
    }

    /// What can be said about its steady state; `None` before there is one.
    pub fn estimates(&self) -> Option<Estimates> {
        let run = self.run.as_ref()?;
        let Run {
            number,
            simulation,
            tariff,
            scenario,
            ..
        } = run;
        Some(estimates(*number, simulation, tariff, scenario))
    }

    /// The slowest requests of the span that was asked for, once and as soon as they are known.
    pub fn slowest(&mut self) -> Option<Slowest> {
        let run = self.run.as_mut()?;
        if let Some(question) = run.unseen.take() {
            return Some(Closer::nothing(run.number, question));
        }
        let closer = run.closer.take_if(|closer| closer.is_through())?;
        Some(closer.found(run.number))
    }

    /// Up to when the run has come, seconds; `None` before there is one.
    pub fn now(&self) -> Option<f64> {
        self.run.as_ref().map(|run| run.simulation.now())
    }

    /// The simulation that runs.
    pub fn simulation(&self) -> Option<&Simulation> {
        self.run.as_ref().map(|run| &run.simulation)
    }
}

impl Run {
    fn open(opening: &Opening) -> Result<Self, String> {
        let scenario = read(&opening.document)?;
        let settings = Settings {
            seed: scenario.run.seed,
            ..Settings::default()
        };
        let compiled = compile(&scenario);
        let tariff = tariff(&scenario);
        let mut simulation = Simulation::new(&compiled, &settings);
        for (component, instances) in &opening.instances {
            simulation.run_instances(*component, *instances);
        }
        let mut run = Run {
            number: opening.run,
            linger: None,
            is_slow: false,
            told: (0.0, simulation.sums()),
            told_retries: Retries::new(),
            told_returned: Returned::new(),
            seen: Picture::default(),
            chronicle: Chronicle::new(simulation.window_seconds()),
            design: Design::new(&compiled.network, &tariff),
            since: 0.0,
            waiting: None,
            tariff,
            past: Past::new(&mut simulation),
            closer: None,
            unseen: None,
            simulation,
            state: State::Paused,
            wanted_end: scenario.run.duration_seconds,
            scenario,
            goes_beyond: false,
            due: 0.0,
            marks: VecDeque::with_capacity(PARTS + 1),
            wall: 0.0,
            looking: None,
            happened: None,
        };
        run.begin_marks();
        Ok(run)
    }

    /// The document has become another one.
    fn hear_of(&mut self, scenario: Scenario) {
        let compiled = compile(&scenario);
        let design = Design::new(&compiled.network, &tariff(&scenario));
        let waits = self.state != State::Playing && self.simulation.now() > 0.0;
        if waits && !design.is(&self.design) {
            // What goes wrong and what is asked for may be other things at once.
            let same_design = Scenario {
                faults: scenario.faults.clone(),
                objectives: scenario.objectives.clone(),
                run: scenario.run,
                ..self.scenario.clone()
            };
            self.go_by(same_design);
            self.waiting = Some(scenario);
        } else {
            self.waiting = None;
            self.go_by(scenario);
        }
    }

    fn go_on_with_what_waits(&mut self) {
        if let Some(scenario) = self.waiting.take() {
            self.go_by(scenario);
        }
    }

    /// Goes by this document from now on.
    fn go_by(&mut self, scenario: Scenario) {
        // What is due at this very moment happens before, so that nothing is left between.
        self.simulation.run_until(self.simulation.now(), u64::MAX);
        let compiled = compile(&scenario);
        self.simulation.change(&compiled);
        self.past.change(&mut self.simulation);
        // The copies from which somebody looks may be others now.
        if let Some(closer) = self.closer.take() {
            self.look_closer(Some(closer.question()));
        }
        self.tariff = tariff(&scenario);
        let design = Design::new(&compiled.network, &self.tariff);
        if !design.is(&self.design) {
            (self.design, self.since) = (design, self.simulation.now());
            self.begin_marks();
        }
        self.wanted_end = scenario.run.duration_seconds;
        // Where it was over, it may no longer be.
        if self.state == State::Ended && self.end().is_none_or(|end| end > self.simulation.now()) {
            self.state = State::Paused;
        }
        self.scenario = scenario;
    }

    /// Of which design its figures are.
    fn of(&self) -> RunOf {
        match self.waiting {
            Some(_) => RunOf::Before,
            None if self.since > 0.0 => RunOf::Both(self.since),
            None => RunOf::Drawn,
        }
    }

    /// When it is over, seconds; `None` once it was played on beyond that, and where the document wants no end.
    fn end(&self) -> Option<f64> {
        self.wanted_end.filter(|_| !self.goes_beyond)
    }

    fn look_closer(&mut self, question: Option<Question>) {
        // What hasn't happened yet can't be looked at.
        let now = self.simulation.now();
        self.closer = question.and_then(|question| {
            let to = question.to.min(now);
            Closer::new(&self.past, Question { to, ..question })
        });
        self.unseen = question.filter(|_| self.closer.is_none());
    }

    /// Runs a part of the past again, if somebody wants that; true when there is nothing left to do.
    fn advance_closer(&mut self, must_stop: impl FnMut() -> bool) -> bool {
        match &mut self.closer {
            Some(closer) => closer.advance(&self.past, must_stop),
            None => true,
        }
    }

    fn pause(&mut self) {
        if self.state == State::Playing {
            self.state = State::Paused;
        }
    }

    /// Pictures begin here: what was noted before was of another network, or of another pace.
    fn begin_marks(&mut self) {
        self.marks.clear();
        let sums = self.simulation.sums();
        self.told = (self.wall, sums.clone());
        self.marks.push_back((self.wall, sums));
    }

    /// Notes what has been counted, every part of a second.
    fn note(&mut self) {
        let last = self
            .marks
            .back()
            .map_or(f64::NEG_INFINITY, |(wall, _)| *wall);
        if self.wall - last < PART_SECONDS {
            return;
        }
        if self.marks.len() > PARTS {
            self.marks.pop_front();
        }
        self.marks.push_back((self.wall, self.simulation.sums()));
    }

    fn frame(&mut self, pace: Pace) -> Frame {
        let sums = self.simulation.sums();
        let mut flow = self.flow(&sums);
        let now = self.simulation.now();
        let first = self.marks.front();
        let speed = match first {
            Some((wall, sums)) if self.state == State::Playing && self.wall > *wall => {
                (now - sums.at()) / (self.wall - wall)
            }
            _ => 0.0,
        };
        // Less than a part of a second on the wall says little.
        let long_enough =
            |wall: f64| self.state != State::Playing || self.wall - wall >= PART_SECONDS;
        let recent = first
            .filter(|(wall, _)| long_enough(*wall))
            .and_then(|(_, before)| {
                // At full speed a second on the wall may be all of a run: what is there now is the latest part of that. So it is at the end,
                // where the last picture stays.
                let recent = (now * RECENT_SHARE).max(RECENT_SECONDS);
                let hurries = pace == Pace::Fastest || self.state == State::Ended;
                let latest = (hurries && now - before.at() > recent)
                    .then(|| self.simulation.picture_of_windows_since(now - recent))
                    .flatten();
                latest.or_else(|| Some(self.simulation.picture_between(before, &sums)))
            })
            .filter(|picture| picture.seconds > 0.0);
        if let Some(picture) = recent {
            self.seen = picture;
        }
        let past = self
            .looking
            .and_then(|moment| self.simulation.picture_at(moment));
        let then = self.looking.filter(|_| past.is_some());
        let booting = (self.simulation.autoscaled().into_iter())
            .map(|component| (component, self.booting(component, then)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let warming = match then {
            Some(_) => Vec::new(),
            None => self.simulation.warming(),
        };
        let mut picture = past.unwrap_or_else(|| self.seen.clone());
        let fullest = fullest(&picture);
        for failures in [&mut picture.failures, &mut flow.failures] {
            name_the_backlog(failures, fullest);
        }
        Frame {
            run: self.number,
            at: now,
            end: self.end(),
            state: self.state,
            speed,
            lingers: self.is_slow && self.state == State::Playing,
            events: self.simulation.events(),
            of: self.of(),
            picture,
            booting,
            warming,
            looking: self.looking,
            searched: self.closer.as_ref().map(Closer::share),
            flow,
            happened: self.happened,
        }
    }

    /// Instances of a component that boot at a moment, or now.
    fn booting(&self, component: ComponentId, moment: Option<f64>) -> u32 {
        match moment {
            Some(moment) => {
                let then = self.chronicle.booting(component, moment, AT_ONCE, 1);
                // A mean over the span around it: who boots for a part of that was there.
                then.first().map_or(0, |count| (count - 1e-9).ceil() as u32)
            }
            None => self.simulation.booting(component).unwrap_or(0),
        }
    }

    /// What happened since the last frame, up to these sums.
    fn flow(&mut self, now: &Sums) -> Flow {
        let before = std::mem::replace(&mut self.told, (self.wall, now.clone()));
        let passed = self.simulation.passed_between(&before.1, now);
        let so_far = retries(&self.simulation);
        let retries_before = std::mem::replace(&mut self.told_retries, so_far);
        let so_far = self.simulation.returned().collect();
        let returned_before = std::mem::replace(&mut self.told_returned, so_far);
        Flow {
            returned: returned_since(&returned_before, &self.told_returned),
            wall_seconds: self.wall - before.0,
            links: passed.links,
            failures: passed.failures,
            retries: retries_since(&retries_before, &self.told_retries),
            stale: passed.stale,
        }
    }
}

/// Where most wait; `None` while hardly anybody does.
fn fullest(picture: &Picture) -> Option<ComponentId> {
    let waiting = picture.components.iter().filter(|own| own.waiting >= 1.0);
    let most = waiting.max_by(|one, other| one.waiting.total_cmp(&other.waiting))?;
    Some(most.component)
}

/// What a run turned away because it holds no more requests stands where most of those wait that it holds: in a run without a bound they would
/// wait there, too.
fn name_the_backlog(failures: &mut [FailurePicture], fullest: Option<ComponentId>) {
    let bound = failures
        .iter_mut()
        .filter(|own| own.component.is_none() && own.why == LossCause::TooManyInFlight);
    for failure in bound {
        failure.component = fullest;
    }
}

fn read(document: &str) -> Result<Scenario, String> {
    let reading = share::decode(document).map_err(|error| error.to_string())?;
    reading.scenario.ok_or_else(|| {
        "The drawing can't be read by its own run. Save it as a file and reload the page."
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::des::ComponentPicture;
    use loadscape_sim::scenario::ClassId;

    #[test]
    fn what_a_run_has_no_room_for_is_told_where_most_wait() {
        let part = |id, waiting| ComponentPicture {
            component: ComponentId(id),
            arrivals: 1.0,
            utilisation: None,
            waiting,
            present: waiting,
            sojourn: None,
            hit_ratio: None,
            instances: None,
        };
        let failed = |component: Option<u32>, why| FailurePicture {
            class: ClassId(1),
            component: component.map(ComponentId),
            why,
            count: 5.0,
        };
        let mut picture = Picture {
            components: vec![part(1, 30.0), part(2, 900.0), part(3, 0.0)],
            ..Picture::default()
        };
        let mut failures = vec![
            failed(None, LossCause::TooManyInFlight),
            failed(Some(1), LossCause::QueueFull),
            failed(None, LossCause::NoRoute),
        ];
        name_the_backlog(&mut failures, fullest(&picture));
        let named: Vec<_> = failures.iter().map(|own| own.component).collect();
        assert_eq!(named, [Some(ComponentId(2)), Some(ComponentId(1)), None]);
        // Nobody is blamed where nobody waits.
        picture.components.retain(|own| own.waiting < 1.0);
        assert_eq!(fullest(&picture), None);
    }
}

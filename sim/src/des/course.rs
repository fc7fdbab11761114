//! How a run went, point by point, against how it usually was before its first fault: whether everything is as before, and since when. It
//! doesn't know which faults there were.
//!
//! As before is a point of time at which, in each class, the share of successes, the mean response time and the mean time until detached work
//! that was handed over is done, and over all the number of requests in the system and the lag of copies, lie within their control limits: three standard deviations from the mean
//! (Shewhart 1931, "Economic Control of Quality of Manufactured Product") of the points in the second half of the time before the first
//! fault, and a little slack; and at which reads that find what is out of date and work that fails later are no more than usual, as
//! [`super::harm`] says. Limits of times and of numbers of requests are as much wider as so few points call for ([`Limits::of_next`]); and
//! since whoever waits makes others wait, so that neighbours are alike, only a row of points beyond them is more than chance. A point at which
//! nobody of a class was answered tells nothing of its successes where nobody waited all through it: the next one that tells says what it was.
//! A system that was pushed out of its usual state and stays out when the push is over is metastable
//! (Bronson, Aghayev, Charapko & Zhu 2021, "Metastable Failures in Distributed Systems"; Huang et al. 2022). How long one has to look to say
//! so, and how much worse it has to be, are modelling choices. That it stays out has to be seen in the run: a backlog that shrinks, however
//! slowly, keeps nothing going, nor is it known of one that grows but may turn ([`super::trend`]).

use super::Simulation;
use super::columns::OfClass;
use super::estimate::student_t;
use super::harm::{Harm, Usually};
use super::trend::{Heading, heading, lessens};
use super::verdict::{Outcome, Worse};
use crate::network::Arrivals;

/// Standard deviations from the mean at which the control limits lie.
pub(super) const SIGMAS: f64 = 3.0;
/// The probability below so many standard deviations from the mean of a normal law.
const BELOW: f64 = 0.998_650_102;
/// A class's times are said to be longer than before only where so many requests were answered in the points before: fewer don't tell what is usual.
const LEAST_REQUESTS: f64 = 20.0;
/// What a time, or a number of requests, may be above its limit, as a share; and a share of successes below its own.
const SLACK: f64 = 1.05;
const LESS_SUCCESS: f64 = 0.002;
/// Points of the time before the first fault; so many requests come at a point at least, and there are no fewer points than these.
const POINTS_BEFORE: f64 = 40.0;
const REQUESTS_A_POINT: f64 = 40.0;
const LEAST_POINTS: usize = 4;
/// So many points in a row have to be as before; and so many out of their limits where that may be chance, which lasts for longer than a point.
const STEADY_POINTS: usize = 3;
/// So many points are looked at, at least, until a system is called down.
const PATIENT_POINTS: usize = 12;
/// Down is what answers so much less well than before, or in which so many times as much as the limit waits.
const DEGRADED_SUCCESS: f64 = 0.05;
const DEGRADED_PRESENT: f64 = 2.0;

/// A figure's usual range.
#[derive(Clone, Copy, Debug)]
struct Limits {
    mean: f64,
    deviation: f64,
    /// How many standard deviations from the mean they lie.
    sigmas: f64,
}

impl Limits {
    /// Of these values; `None` without any.
    fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let count = values.clone().count() as f64;
        if count == 0.0 {
            return None;
        }
        let mean = values.clone().sum::<f64>() / count;
        let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
        Some(Limits {
            mean,
            deviation: libm::sqrt(squares / (count - 1.0).max(1.0)),
            sigmas: SIGMAS,
        })
    }

    /// Those within which one more value lies as surely as within three standard deviations where mean and deviation are known: they are taken
    /// from so few values themselves (the prediction interval for a single further observation of a normal law, with Student's t: Hahn & Meeker
    /// 1991, "Statistical Intervals", section 4.7). `None` with fewer than two.
    fn of_next(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let count = values.clone().count() as u32;
        let limits = Limits::of(values)?;
        (count > 1).then(|| Limits {
            sigmas: student_t(BELOW, count - 1) * libm::sqrt(1.0 + 1.0 / f64::from(count)),
            ..limits
        })
    }

    fn upper(&self) -> f64 {
        (self.mean + self.sigmas * self.deviation) * SLACK
    }

    fn lower(&self) -> f64 {
        self.mean - self.sigmas * self.deviation
    }
}

/// One point of a class.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    /// Requests that were under way when it began.
    waits: f64,
    /// Requests that were answered, and pieces of detached work that were done.
    answered: f64,
    detached: f64,
    success: Option<f64>,
    mean: Option<f64>,
    completion: Option<f64>,
}

/// Whether something is so, point by point, where not every point tells.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// By point: which one from there on is the first that tells, and what.
    next: Vec<Option<(usize, bool)>>,
    /// By point: what the last one until there tells.
    last: Vec<Option<bool>>,
}

impl Told {
    /// What these points tell.
    pub fn of(points: &[Option<bool>]) -> Self {
        let mut last = Vec::with_capacity(points.len());
        let mut before = None;
        for told in points {
            before = told.or(before);
            last.push(before);
        }
        let mut next = vec![None; points.len()];
        let mut after = None;
        for (point, told) in points.iter().enumerate().rev() {
            after = told.map(|is_so| (point, is_so)).or(after);
            next[point] = after;
        }
        Told { next, last }
    }

    /// Whether it is so by what this very point tells.
    fn is_seen(&self, point: usize) -> bool {
        self.next[point] == Some((point, true))
    }

    /// Whether it is so by what the points up to `end` tell: where this one doesn't, the next that does, or else the last.
    pub fn is_so(&self, point: usize, end: usize) -> bool {
        let next = self.next[point].filter(|(teller, _)| *teller < end);
        next.map(|(_, is_so)| is_so)
            .or(self.last[point])
            .unwrap_or(false)
    }
}

/// How the run went, point by point, with what is usual.
pub(super) struct Course {
    start: f64,
    seconds: f64,
    /// By point and class.
    classes: Vec<Vec<Figures>>,
    /// By point: requests in the system, and the share of all that ended which ended well.
    present: Vec<f64>,
    success: Vec<Option<f64>>,
    /// By class: response time, time until detached work is done.
    usual: Vec<[Option<Limits>; 2]>,
    /// By class: whether fewer requests succeed than before.
    fails: Vec<Told>,
    /// By point: requests sent, all classes together.
    offered: Vec<f64>,
    usual_offered: Limits,
    usual_present: Limits,
    /// Whether ever more waited before the first fault.
    grew: bool,
    usual_success: f64,
    /// By point: how long writes took until copies showed them.
    lags: Vec<Option<f64>>,
    usual_lag: Option<Limits>,
    /// By point: what else was worse.
    harms: Vec<Harm>,
    usually: Usually,
    /// Whether there are users who wait for an answer before they send again.
    closed: bool,
    /// Whether an autoscaler hasn't come to rest.
    scales: bool,
}

/// How things stand with a fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    pub outcome: Outcome,
    /// Since when everything is as before, seconds.
    pub recovered: Option<f64>,
    /// In how many seconds nothing will wait any more that didn't before, at the rate at which it becomes less.
    pub drained_in: Option<f64>,
    /// What was worse than before last, or is.
    pub worse: Option<Worse>,
}

impl Standing {
    pub fn of(outcome: Outcome) -> Self {
        Standing {
            outcome,
            recovered: None,
            drained_in: None,
            worse: None,
        }
    }
}

/// Whether it is a figure that chance alone can take beyond its limits for more than one point, since it is large where it just was.
fn moves_by_chance(worse: Worse) -> bool {
    match worse {
        Worse::Times | Worse::Waiting | Worse::Completion | Worse::Lag => true,
        Worse::Success | Worse::Stale | Worse::Later => false,
    }
}

/// How many of these points, which ascend, follow one upon the other at most.
fn longest_row(points: impl Iterator<Item = usize>) -> usize {
    let (mut longest, mut row) = (0, 0);
    let mut last: Option<usize> = None;
    for point in points {
        row = match last {
            Some(last) if last + 1 == point => row + 1,
            _ => 1,
        };
        longest = longest.max(row);
        last = Some(point);
    }
    longest
}

fn is_fast(now: Option<f64>, usual: Option<Limits>) -> bool {
    match (now, usual) {
        (Some(time), Some(usual)) => time <= usual.upper(),
        _ => true,
    }
}

impl Course {
    /// The whole run's, against the time before the first fault (seconds); `None` when too little was seen of that.
    pub fn of(simulation: &Simulation, first: f64) -> Option<Self> {
        let engine = &simulation.engine;
        let (windows, columns) = (&engine.tally.windows, engine.tally.columns());
        let sum_of = |column: usize, from: usize, to: usize| -> f64 {
            (from..to).map(|window| windows.cell(window, column)).sum()
        };
        let classes = &simulation.places.classes;
        let before = (first - windows.origin) / 2.0;
        let half = ((before / windows.width) as usize).min(windows.complete);
        let offered: f64 = classes
            .iter()
            .map(|place| {
                sum_of(
                    columns.class(*place as usize, OfClass::Offered),
                    half,
                    (2 * half).min(windows.complete),
                )
            })
            .sum();
        let rate = offered / before;
        if before <= 0.0 || offered <= 0.0 {
            return None;
        }
        let wanted = (2.0 * before / POINTS_BEFORE).max(REQUESTS_A_POINT / rate);
        let wanted = wanted.min(before / LEAST_POINTS as f64);
        let in_point = (libm::ceil(wanted / windows.width - 1e-9) as usize).max(1);
        let seconds = windows.width * in_point as f64;
        let points = windows.complete / in_point;
        let span = |point: usize| (point * in_point, (point + 1) * in_point);
        let figures = |point: usize, place: usize, under_way: &mut f64| {
            let (from, to) = span(point);
            let sum = |of| sum_of(columns.class(place, of), from, to);
            let (well, badly) = (sum(OfClass::Succeeded), sum(OfClass::Errors));
            let all = well + badly + sum(OfClass::Refused);
            let detached = sum(OfClass::Detached);
            let waits = *under_way;
            *under_way += sum(OfClass::Offered) - all;
            Figures {
                waits,
                answered: well + badly,
                detached,
                success: (all > 0.0).then(|| well / all),
                mean: (well + badly > 0.0).then(|| sum(OfClass::Sum) / (well + badly)),
                completion: (detached > 0.0).then(|| sum(OfClass::DetachedSum) / detached),
            }
        };
        let mut under_way = vec![0.0; classes.len()];
        let all: Vec<Vec<Figures>> = (0..points)
            .map(|point| {
                let places = classes.iter().zip(&mut under_way);
                places
                    .map(|(place, under_way)| figures(point, *place as usize, under_way))
                    .collect()
            })
            .collect();
        let present = (0..points).map(|point| {
            let (from, to) = span(point);
            let stations = simulation.places.stations.iter();
            let sums = stations.map(|place| sum_of(columns.present(*place as usize), from, to));
            sums.sum::<f64>() / seconds
        });
        let present: Vec<f64> = present.collect();
        let sum_at = |point: usize, of: OfClass| -> f64 {
            let (from, to) = span(point);
            let places = classes.iter();
            places
                .map(|place| sum_of(columns.class(*place as usize, of), from, to))
                .sum()
        };
        let offered: Vec<f64> = (0..points)
            .map(|point| sum_at(point, OfClass::Offered))
            .collect();
        let success = (0..points).map(|point| {
            let well = sum_at(point, OfClass::Succeeded);
            let ended = well + sum_at(point, OfClass::Errors) + sum_at(point, OfClass::Refused);
            (ended > 0.0).then(|| well / ended)
        });
        let success: Vec<Option<f64>> = success.collect();
        let copies: Vec<(usize, usize)> = simulation
            .copies_read()
            .map(|(_, place)| columns.lags(place))
            .collect();
        let lags = (0..points).map(|point| {
            let (from, to) = span(point);
            let sum = |column: fn(&(usize, usize)) -> usize| -> f64 {
                copies.iter().map(|own| sum_of(column(own), from, to)).sum()
            };
            let (applied, lag) = (sum(|own| own.0), sum(|own| own.1));
            (applied > 0.0).then(|| lag / applied)
        });
        let lags: Vec<Option<f64>> = lags.collect();
        let mut sources = simulation.network.sources.iter();
        let begins = |point: usize| windows.origin + seconds * point as f64;
        let is_before = |point: &usize| {
            begins(*point) >= windows.origin + before - 1e-9 && begins(*point + 1) <= first + 1e-9
        };
        let usual_points: Vec<usize> = (0..points).filter(is_before).collect();
        if usual_points.len() < LEAST_POINTS - 1 {
            return None;
        }
        let values = |get: &dyn Fn(usize) -> Option<f64>| -> Vec<f64> {
            let points = usual_points.iter();
            points.filter_map(|point| get(*point)).collect()
        };
        let limits = |get: &dyn Fn(usize) -> Option<f64>| Limits::of(values(get).iter().copied());
        let limits_of_next =
            |get: &dyn Fn(usize) -> Option<f64>| Limits::of_next(values(get).iter().copied());
        let are_enough = |count: &dyn Fn(usize) -> f64| {
            let counts = usual_points.iter().map(|point| count(*point));
            counts.sum::<f64>() >= LEAST_REQUESTS
        };
        let usual = (0..classes.len()).map(|class| {
            let mean = limits_of_next(&|point| all[point][class].mean);
            let completion = limits_of_next(&|point| all[point][class].completion);
            [
                mean.filter(|_| are_enough(&|point| all[point][class].answered)),
                completion.filter(|_| are_enough(&|point| all[point][class].detached)),
            ]
        });
        let usual: Vec<[Option<Limits>; 2]> = usual.collect();
        let fails = (0..classes.len()).map(|class| {
            let success = limits(&|point| all[point][class].success);
            let waits = limits(&|point| Some(all[point][class].waits));
            let told = all.iter().map(|point| {
                let now = &point[class];
                match now.success {
                    Some(share) => Some(share < success?.lower() - LESS_SUCCESS),
                    // Nobody was answered. That is a failure where somebody has waited for it all the time, more than usually do; but where
                    // nobody has, it tells nothing.
                    None => (success.is_some() && now.waits > waits?.upper()).then_some(true),
                }
            });
            Told::of(&told.collect::<Vec<Option<bool>>>())
        });
        let fails: Vec<Told> = fails.collect();
        let harms: Vec<Harm> = (0..points)
            .map(|point| {
                let (from, to) = span(point);
                Harm::of(simulation, from, to)
            })
            .collect();
        let usual_harms: Vec<&Harm> = usual_points.iter().map(|point| &harms[*point]).collect();
        let before: Vec<f64> = usual_points.iter().map(|point| present[*point]).collect();
        Some(Course {
            start: windows.origin,
            seconds,
            usual,
            fails,
            usual_offered: limits(&|point| Some(offered[point]))?,
            usual_present: limits_of_next(&|point| Some(present[point]))?,
            grew: matches!(heading(&before), Heading::Up | Heading::UpForNow),
            usual_success: limits(&|point| success[point])?.mean,
            usual_lag: limits_of_next(&|point| lags[point]),
            closed: sources.any(|source| matches!(source.arrivals, Arrivals::Closed { .. })),
            lags,
            usually: Usually::of(&usual_harms),
            harms,
            classes: all,
            offered,
            present,
            success,
            scales: (engine.scalers.iter()).any(|scaler| scaler.is_under_way(engine.now)),
        })
    }

    fn begins(&self, point: usize) -> f64 {
        self.start + self.seconds * point as f64
    }

    /// Most requests that are usually in the system.
    fn most_present(&self) -> f64 {
        self.usual_present.upper() + 1.0
    }

    /// What is worse at a point than before, if anything is, by what the points up to `end` tell; the first that is in the order of the list.
    fn worse(&self, point: usize, end: usize) -> Option<Worse> {
        match self.fails.iter().any(|told| told.is_so(point, end)) {
            true => Some(Worse::Success),
            false => self.worse_beside(point),
        }
    }

    /// The same by what this point alone tells.
    fn seen_worse(&self, point: usize) -> Option<Worse> {
        match self.fails.iter().any(|told| told.is_seen(point)) {
            true => Some(Worse::Success),
            false => self.worse_beside(point),
        }
    }

    /// What is worse at a point than before beside the share of successes.
    fn worse_beside(&self, point: usize) -> Option<Worse> {
        let classes = || self.classes[point].iter().zip(&self.usual);
        if classes().any(|(now, usual)| !is_fast(now.mean, usual[0])) {
            return Some(Worse::Times);
        }
        if self.present[point] > self.most_present() {
            return Some(Worse::Waiting);
        }
        // Detached work that isn't done at all shows in what is there.
        if classes().any(|(now, usual)| !is_fast(now.completion, usual[1])) {
            return Some(Worse::Completion);
        }
        if !is_fast(self.lags[point], self.usual_lag) {
            return Some(Worse::Lag);
        }
        self.usually.worse(&self.harms[point])
    }

    /// How things stand with a fault that began and ended then, and after which the next one began, where one has. What comes after that is its
    /// doing, too: of this fault is known what was seen until then, and whether all was as before in the end.
    pub fn outcome(&self, began: f64, ended: f64, next: Option<f64>) -> Standing {
        let all = self.standing(began, ended, self.present.len());
        let Some(next) = next else {
            return all;
        };
        let until = (0..self.present.len()).rfind(|point| self.begins(point + 1) <= next + 1e-9);
        let alone = self.standing(began, ended, until.map_or(0, |point| point + 1));
        match alone.outcome {
            // As before by then, or down for so long that it is its own doing.
            Outcome::Unharmed | Outcome::Recovered | Outcome::Down => alone,
            Outcome::Busier if alone.recovered.is_some() => alone,
            _ => Standing {
                recovered: all.recovered,
                worse: all.worse,
                ..Standing::of(Outcome::Interrupted)
            },
        }
    }

    /// The same by so many of the points.
    fn standing(&self, began: f64, ended: f64, points: usize) -> Standing {
        let first = (0..points).find(|point| self.begins(*point) >= ended - 1e-9);
        let Some(first) = first else {
            return Standing::of(Outcome::Recovering);
        };
        let steady = |point: &usize| {
            let row = *point..(*point + STEADY_POINTS).min(points);
            row.len() == STEADY_POINTS
                && row.clone().all(|point| self.worse(point, points).is_none())
        };
        if let Some(point) = (first..points).find(steady) {
            let start = (0..points).rfind(|point| self.begins(*point) <= began + 1e-9);
            let while_it_lasted = start.unwrap_or(0)..point;
            let out = while_it_lasted.filter(|point| self.seen_worse(*point).is_some());
            let last_out = out.clone().next_back();
            let worse = last_out.and_then(|point| self.seen_worse(point));
            let by_chance = (out.clone())
                .filter_map(|point| self.seen_worse(point))
                .all(moves_by_chance);
            let row = longest_row(out);
            if (row < 2 && point == first) || (row < STEADY_POINTS && by_chance) {
                return Standing {
                    recovered: Some(ended),
                    ..Standing::of(Outcome::Unharmed)
                };
            }
            let since = if point == first {
                ended
            } else {
                self.begins(point)
            };
            // What was different for as long as more was sent than before may be due to that.
            let sent = &self.offered[first..point];
            let mean = sent.iter().sum::<f64>() / sent.len().max(1) as f64;
            let outcome = if point > first && mean > self.usual_offered.upper() {
                Outcome::Busier
            } else {
                Outcome::Recovered
            };
            return Standing {
                recovered: Some(since.max(ended)),
                worse,
                ..Standing::of(outcome)
            };
        }
        let mut latest = (first..points).rev();
        let worse = latest.find_map(|point| self.worse(point, points));
        let seen = points - first;
        let passed = self.seconds * seen as f64;
        // Capacity that still changes is no state to stay in.
        if seen < PATIENT_POINTS || passed < ended - began || self.scales {
            return Standing {
                worse,
                ..Standing::of(Outcome::Recovering)
            };
        }
        Standing {
            worse,
            ..self.without_end(first, points)
        }
    }

    /// Whether what is worse than before in the last of these points becomes better lately.
    fn mends(&self, first: usize, end: usize) -> bool {
        let third = (end - first) / 3;
        let lessens_of = |get: &dyn Fn(usize) -> Option<f64>, usual: Option<Limits>| {
            let is_out = (end - third..end).any(|point| !is_fast(get(point), usual));
            let values: Vec<f64> = (first + third..end).filter_map(get).collect();
            is_out && lessens(&values)
        };
        let of_class = |(class, usual): (usize, &[Option<Limits>; 2])| {
            lessens_of(&|point| self.classes[point][class].mean, usual[0])
                || lessens_of(&|point| self.classes[point][class].completion, usual[1])
        };
        self.usual.iter().enumerate().any(of_class)
            || lessens_of(&|point| self.lags[point], self.usual_lag)
            || self.usually.mends(&self.harms[first + third..end])
    }

    /// What to call a system that isn't as before from this point on, up to that one.
    fn without_end(&self, first: usize, end: usize) -> Standing {
        let third = (end - first) / 3;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        // To be called metastable, a system has to be out of its state at a load that it carried before.
        let sent = mean(&self.offered[end - third..end]);
        if sent > self.usual_offered.upper() {
            return Standing::of(Outcome::Busier);
        }
        // Nor is it pushed out of a state in which it wasn't.
        if self.grew {
            return Standing::of(Outcome::Growing);
        }
        // Where nothing ends, nothing ends well.
        let ended: Vec<f64> = self.success[end - third..end]
            .iter()
            .flatten()
            .copied()
            .collect();
        let present = mean(&self.present[end - third..end]);
        let fails = mean(&ended) < self.usual_success - DEGRADED_SUCCESS;
        let crowded = present > DEGRADED_PRESENT * self.most_present();
        let failing = self.success[first..end].iter().flatten();
        let failing: Vec<f64> = failing.map(|share| 1.0 - share).collect();
        let heals = lessens(&failing);
        // Where stores fill, what fails or waits since they were empty does so for a while.
        let fills = || self.usually.fills(&self.harms[first + third..end]);
        let outcome = match heading(&self.present[first..end]) {
            Heading::Down(rate) if present > self.most_present() => {
                let left = self.present[end - 1] - self.most_present();
                return Standing {
                    drained_in: rate.map(|rate| left.max(0.0) / rate * self.seconds),
                    ..Standing::of(Outcome::Draining)
                };
            }
            Heading::Down(_) | Heading::Level if heals || ((fails || crowded) && fills()) => {
                Outcome::Recovering
            }
            Heading::Down(_) | Heading::Level if fails => Outcome::Down,
            // Users who wait send nothing meanwhile, so that what waits doesn't grow, however little is done.
            Heading::Level if crowded && self.closed && sent < self.usual_offered.lower() => {
                Outcome::Down
            }
            Heading::Level if crowded => Outcome::Unsettled,
            Heading::Up if (fails || crowded) && !heals && !fills() => Outcome::Down,
            Heading::Up | Heading::UpForNow if fails || crowded => Outcome::Unsettled,
            _ if self.mends(first, end) => Outcome::Recovering,
            _ => Outcome::Impaired,
        };
        Standing::of(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewer_values_there_were_the_wider_are_the_limits_of_the_next() {
        // Student's t within which 99.73 % lie: JCGM 100:2008 (GUM), table G.2.
        for (count, t) in [
            (2_u32, 235.80),
            (3, 19.21),
            (5, 6.62),
            (11, 3.96),
            (21, 3.42),
        ] {
            let values = (0..count).map(f64::from);
            let limits = Limits::of_next(values.clone()).unwrap();
            let sigmas = t * libm::sqrt(1.0 + 1.0 / f64::from(count));
            assert!((limits.sigmas / sigmas - 1.0).abs() < 0.002, "{limits:?}");
            let plain = Limits::of(values).unwrap();
            assert!(limits.upper() > plain.upper() && limits.lower() < plain.lower());
        }
        assert!(Limits::of_next(std::iter::once(1.0)).is_none());
    }

    #[test]
    fn a_row_is_of_points_that_follow_one_another() {
        assert_eq!(longest_row([].into_iter()), 0);
        assert_eq!(longest_row([0, 2, 4].into_iter()), 1);
        assert_eq!(longest_row([1, 2, 5, 6, 7, 9].into_iter()), 3);
    }

    #[test]
    fn what_a_point_does_not_tell_the_next_one_tells_or_else_the_last() {
        let told = Told::of(&[
            None,
            Some(false),
            None,
            Some(true),
            None,
            Some(false),
            Some(true),
            None,
        ]);
        let so = |end: usize| (0..end).map(|point| told.is_so(point, end)).collect();
        let all: Vec<bool> = so(8);
        assert_eq!(all, [false, false, true, true, false, false, true, true]);
        // By the first five alone it isn't known what comes then.
        let first: Vec<bool> = so(5);
        assert_eq!(first, [false, false, true, true, true]);
        let seen: Vec<usize> = (0..8).filter(|point| told.is_seen(*point)).collect();
        assert_eq!(seen, [3, 6]);
        assert!(!Told::of(&[None, None]).is_so(1, 2));
    }
}

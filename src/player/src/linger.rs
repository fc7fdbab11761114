//! Time that goes slower while something is broken, so that what happens in a few seconds of a run is seen at a pace that shows minutes in
//! seconds. It changes when what happens is told, never what happens.

use loadscape_sim::scenario::Scenario;

/// How long what is broken is seen at least, and how long what comes at once after it, seconds on the wall.
const SEEN: f64 = 2.5;
const AFTERWARDS: f64 = 1.0;
/// How much slower time goes afterwards, and where what is broken is over as soon as it begins, times.
const SLOWER: f64 = 4.0;

/// From when to when time goes slower, seconds of the run, and how fast it goes then at most.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Slow {
    from: f64,
    to: f64,
    times: f64,
}

/// Where time goes slower than this pace, simulated seconds a second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linger {
    slow: Vec<Slow>,
    times: f64,
}

impl Linger {
    /// Where nothing is broken time goes at its pace, and so it does where that is slow enough to see what is.
    pub fn at(scenario: &Scenario, times: f64) -> Self {
        let mut slow = Vec::new();
        for fault in &scenario.faults {
            let from = fault.start_seconds;
            let lasts = fault.duration_seconds.unwrap_or(0.0);
            // What goes on to the end is seen anyway, and what is over at once is seen by what comes of it.
            let end = if lasts > 0.0 {
                slow.push(Slow {
                    from,
                    to: from + lasts,
                    times: lasts / SEEN,
                });
                from + lasts
            } else {
                let to = from + SEEN * times / SLOWER;
                slow.push(Slow {
                    from,
                    to,
                    times: times / SLOWER,
                });
                to
            };
            slow.push(Slow {
                from: end,
                to: end + AFTERWARDS * times / SLOWER,
                times: times / SLOWER,
            });
        }
        slow.retain(|own| own.times < times && own.times > 0.0);
        Linger { slow, times }
    }

    /// Whether time goes slower at this moment.
    pub fn lingers(&self, moment: f64) -> bool {
        self.pace_at(moment).0 < self.times
    }

    /// How fast time goes from a moment on, and until when.
    fn pace_at(&self, moment: f64) -> (f64, f64) {
        let mut times = self.times;
        let mut until = f64::INFINITY;
        for own in &self.slow {
            if own.from <= moment && moment < own.to {
                times = times.min(own.times);
            }
            for edge in [own.from, own.to] {
                if edge > moment {
                    until = until.min(edge);
                }
            }
        }
        (times, until)
    }

    /// How far a run comes from a moment on in so many seconds on the wall.
    pub fn reached(&self, mut moment: f64, mut wall: f64) -> f64 {
        while wall > 0.0 {
            let (times, until) = self.pace_at(moment);
            let needs = (until - moment) / times;
            if needs >= wall {
                return moment + times * wall;
            }
            wall -= needs;
            moment = until;
        }
        moment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::{ComponentFault, ComponentId, Fault, Incident};

    fn with(faults: &[(f64, Option<f64>)]) -> Scenario {
        let kill = |(start_seconds, duration_seconds): &(f64, Option<f64>)| Fault {
            start_seconds: *start_seconds,
            duration_seconds: *duration_seconds,
            incident: Incident::Component {
                id: ComponentId(1),
                what: ComponentFault::Kill { instances: None },
            },
        };
        Scenario {
            faults: faults.iter().map(kill).collect(),
            ..Scenario::default()
        }
    }

    /// When on the wall this moment of the run is reached.
    fn wall(linger: &Linger, moment: f64) -> f64 {
        let step = 1.0 / 64.0;
        let mut at = 0.0;
        let mut steps = 0;
        while at < moment {
            at = linger.reached(at, step);
            steps += 1;
        }
        f64::from(steps) * step
    }

    #[test]
    fn a_short_fault_is_seen_for_seconds_and_a_run_gets_hardly_longer() {
        let linger = Linger::at(&with(&[(60.0, Some(5.0))]), 20.0);
        let (before, broken, after) = (
            wall(&linger, 60.0),
            wall(&linger, 65.0),
            wall(&linger, 180.0),
        );
        assert!((before - 3.0).abs() < 0.05, "{before}");
        assert!((broken - before - SEEN).abs() < 0.05, "{broken}");
        assert!(after < 180.0 / 20.0 + SEEN + AFTERWARDS, "{after}");
        assert!(
            linger.lingers(62.0)
                && linger.lingers(66.0)
                && !linger.lingers(59.0)
                && !linger.lingers(120.0)
        );
    }

    #[test]
    fn what_is_long_enough_is_seen_at_the_pace_and_what_is_over_at_once_by_what_comes_of_it() {
        let long = Linger::at(&with(&[(60.0, Some(90.0))]), 20.0);
        assert!(!long.lingers(100.0) && long.lingers(152.0));
        let at_once = Linger::at(&with(&[(60.0, None)]), 20.0);
        let seen = wall(&at_once, 72.5) - wall(&at_once, 60.0);
        assert!((seen - SEEN).abs() < 0.05, "{seen}");
        // A pace at which it is seen anyway stays as it is.
        let slow = Linger::at(&with(&[(60.0, Some(5.0))]), 2.0);
        assert!(!slow.lingers(62.0));
    }

    #[test]
    fn it_comes_as_far_in_one_go_as_in_many() {
        let linger = Linger::at(
            &with(&[(1.0, Some(0.5)), (1.2, Some(3.0)), (40.0, None)]),
            60.0,
        );
        let mut at = 0.0;
        for _ in 0..640 {
            at = linger.reached(at, 1.0 / 64.0);
        }
        assert!((at - linger.reached(0.0, 10.0)).abs() < 1e-6, "{at}");
        // Without faults it is the pace.
        assert!((Linger::at(&Scenario::default(), 60.0).reached(3.0, 2.0) - 123.0).abs() < 1e-9);
    }
}

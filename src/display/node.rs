//! What a node says in one glance: size, how busy, how fast; it knows documents and reports, no element.

use loadscape_sim::catalog::{self, Choice, Domain, Kind, Parameter};
use loadscape_sim::quantities::{Decimal, number as count, percent, rate, time};
use loadscape_sim::report::{ComponentReport, ComponentState};
use loadscape_sim::scenario::Component;
use loadscape_sim::units::PerSecond;

/// Slots that a queue's node draws.
pub const SLOTS: u8 = 14;

/// Letters that the line below a node's name has room for.
const LONGEST_SECONDARY: usize = 24;

/// Letters that the line of its figures has room for: then the rate is left out, which the links say, too.
const LONGEST_FIGURES: usize = 25;

/// What a node shows of its load, ready to be put on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// Its size or setting in a few words, e.g. "4 × 2 cores · 16 threads".
    pub secondary: String,
    /// How it stands; `None` before the first answer.
    pub state: Option<ComponentState>,
    /// Filled share of its bar, 0 to 1; `None` for parts without a limit.
    pub fill: Option<f64>,
    /// The same as a number, e.g. "94 %"; empty for parts without a limit.
    pub percent: String,
    /// What reaches it, e.g. "220 /s".
    pub rate: String,
    /// What waits in it, e.g. "41 wait"; empty where (almost) nothing does.
    pub queue: String,
    /// Time of a visit, e.g. "48 ms"; "backlog grows", "too much" or "held up" where there is no steady state.
    pub time: String,
    /// For queues: how many of [`SLOTS`] are taken.
    pub slots: Option<u8>,
}

/// The word for a state.
pub fn state_word(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Idle => "idle",
        ComponentState::Healthy => "healthy",
        ComponentState::Busy => "busy",
        ComponentState::Hot => "hot",
        ComponentState::Saturated => "saturated",
    }
}

impl Load {
    /// What the node of this component shows under this report; without one, only what stands in the document.
    pub fn new(component: &Component, report: Option<&ComponentReport>) -> Self {
        let mut load = Load {
            secondary: secondary(component, report),
            ..Load::default()
        };
        let Some(report) = report else { return load };
        load.state = Some(report.state);
        load.rate = rate(report.arrival);
        if let Some(utilisation) = report.utilisation {
            load.fill = Some(utilisation.clamp(0.0, 1.0));
            // What is asked for too much says how much: busy it is all of its time, whatever more comes.
            let asked = report.asked.filter(|asked| *asked >= 1.0);
            load.percent = percent(asked.unwrap_or(utilisation));
        }
        load.queue = match report.queue_length {
            Some(length) if length >= 0.95 => format!("{} wait", waiting(length)),
            _ => String::new(),
        };
        load.time = match report.sojourn {
            Some(sojourn) => time(sojourn),
            None if report.backlog_growth.is_some() => "backlog grows".to_owned(),
            None if report.asked.is_some_and(|asked| asked >= 1.0) => "too much".to_owned(),
            // All that it has is taken by requests that wait for something below it.
            None if report.utilisation.is_some_and(|busy| busy >= 0.9) => "held up".to_owned(),
            None => String::new(),
        };
        if component.kind == Kind::Queue {
            load.slots = Some(slots(
                report.queue_length,
                component.number(Parameter::DepthLimit),
            ));
        }
        load
    }

    /// Whether not all figures have room beside each other.
    pub fn is_crowded(&self) -> bool {
        let all = [&self.percent, &self.rate, &self.queue, &self.time];
        all.iter().map(|figure| figure.len()).sum::<usize>() > LONGEST_FIGURES
    }

    /// The node in one sentence, for those who listen.
    pub fn spoken(&self, kind: Kind, name: &str, bottleneck: bool) -> String {
        let label = catalog::specification(kind).label;
        let mut parts = vec![name.to_owned()];
        if !name.eq_ignore_ascii_case(label) {
            parts.push(label.to_owned());
        }
        if bottleneck {
            parts.push("bottleneck".to_owned());
        }
        if let Some(state) = self.state {
            parts.push(state_word(state).to_owned());
        }
        if !self.percent.is_empty() {
            parts.push(format!("{} used", self.percent));
        }
        for part in [&self.rate, &self.queue, &self.time, &self.secondary] {
            if !part.is_empty() {
                parts.push(part.clone());
            }
        }
        parts.join(", ")
    }
}

// A mean queue of 41.7 says no more at a glance than 42.
fn brief(length: f64) -> f64 {
    if length < 9.95 {
        (length * 10.0).round() / 10.0
    } else {
        length.round()
    }
}

// Seven digits don't fit on a node, and nobody reads them there.
fn waiting(length: f64) -> String {
    const LONG: f64 = 9_999.5;
    let brief = brief(length);
    if length < LONG {
        count(brief)
    } else if length < 999_500.0 {
        format!("{} k", count((length / 1e3).round()))
    } else {
        format!("{} M", Decimal::fixed(length / 1e6, 1))
    }
}

// A limited queue fills its slots in proportion; an unlimited one doubles its content with each slot.
fn slots(length: Option<f64>, limit: f64) -> u8 {
    let Some(length) = length else { return SLOTS };
    let share = if limit.is_finite() && limit > 0.0 {
        length / limit
    } else {
        (1.0 + length).log2() / f64::from(SLOTS)
    };
    let taken = (share * f64::from(SLOTS)).clamp(0.0, f64::from(SLOTS));
    if taken < 0.2 { 0 } else { taken.ceil() as u8 }
}

fn secondary(component: &Component, report: Option<&ComponentReport>) -> String {
    let number = |parameter| component.number(parameter);
    let has = |parameter| component.value(parameter).is_some();
    let instances = report
        .and_then(|report| report.instances)
        .map_or_else(|| number(Parameter::Instances).max(1.0), f64::from);
    let times = |inner: String| {
        if instances > 1.0 || component.flag(Parameter::Autoscaling) {
            format!("{} × {inner}", count(instances))
        } else {
            inner
        }
    };
    let some = |many: f64, one: &str, more: &str| {
        format!("{} {}", count(many), if many == 1.0 { one } else { more })
    };
    let counted = |parameter, one, more| some(number(parameter), one, more);
    let cores = || counted(Parameter::Cores, "core", "cores");
    let hit = || {
        report
            .and_then(|report| report.hit_ratio)
            .map(|hit| format!("hit {}", percent(hit)))
    };
    let mut parts: Vec<String> = Vec::new();
    match component.kind {
        Kind::Clients => {
            if component.choice(Parameter::Traffic) == Some(Choice::Closed) {
                parts.push(counted(Parameter::Users, "user", "users"));
                parts.push(format!(
                    "think {}",
                    time(component.seconds(Parameter::ThinkTime))
                ));
            } else {
                let of_curve = component.choice(Parameter::TrafficProfile) == Some(Choice::Curve);
                let points = component.curve.iter().filter(|_| of_curve);
                let peak = (points.map(|point| point.per_second).reduce(f64::max))
                    .unwrap_or_else(|| number(Parameter::RequestRate));
                parts.push(format!("{} at the peak", rate(PerSecond(peak))));
            }
        }
        Kind::Dns => {
            parts.push(format!(
                "TTL {}",
                time(component.seconds(Parameter::TimeToLive))
            ));
            parts.extend(choice_label(component, Parameter::DnsPolicy));
        }
        Kind::Cdn => {
            parts.push(counted(Parameter::EdgeLocations, "edge", "edges"));
            parts.extend(hit());
        }
        Kind::LoadBalancer => parts.extend(choice_label(component, Parameter::BalancingPolicy)),
        Kind::ApiGateway => {
            if has(Parameter::Cores) {
                parts.push(times(cores()));
            }
            let limit = number(Parameter::RateLimit);
            if limit.is_finite() && limit > 0.0 {
                parts.push(format!("limit {}", rate(PerSecond(limit))));
            }
        }
        Kind::ReverseProxy | Kind::Service => {
            parts.push(times(cores()));
            parts.push(counted(Parameter::Threads, "thread", "threads"));
        }
        Kind::Worker => {
            parts.push(times(counted(Parameter::Threads, "slot", "slots")));
            parts.push(cores());
        }
        Kind::Function => {
            parts.push(format!("{} GB", count(number(Parameter::Memory))));
            parts.push(format!(
                "{} at once",
                count(number(Parameter::ConcurrencyLimit))
            ));
        }
        Kind::SqlPrimary => {
            parts.push(cores());
            parts.push(counted(Parameter::Connections, "conn", "conns"));
        }
        Kind::ReadReplica => {
            parts.push(times(cores()));
            parts.push(format!(
                "lag {}",
                time(component.seconds(Parameter::ReplicationLag))
            ));
        }
        Kind::ShardedDatabase => parts.push(format!(
            "{} × {}",
            counted(Parameter::Shards, "shard", "shards"),
            cores()
        )),
        Kind::FederatedDatabase => parts.push(format!(
            "{} × {}",
            counted(Parameter::Databases, "database", "databases"),
            cores()
        )),
        Kind::KeyValueStore => {
            parts.push(some(instances, "node", "nodes"));
            parts.push(counted(Parameter::ReplicationFactor, "copy", "copies"));
        }
        Kind::Cache => {
            parts.push(times(format!("{} GB", count(number(Parameter::CacheSize)))));
            parts.extend(hit());
        }
        Kind::ObjectStorage => parts.push(format!(
            "first byte {}",
            time(component.seconds(Parameter::FirstByteTime))
        )),
        Kind::Queue => match report.and_then(|report| report.queue_length) {
            Some(length) => parts.push(format!("{} waiting", count(brief(length)))),
            None if report.is_some() => parts.push("backlog grows".to_owned()),
            None => parts.push("holds messages".to_owned()),
        },
        Kind::Topic => parts.push("a copy to each".to_owned()),
        Kind::ThirdPartyApi => {
            parts.push(format!(
                "answers in {}",
                time(component.seconds(Parameter::ResponseTime))
            ));
        }
        Kind::SingleBox => {
            parts.push(cores());
            parts.push(format!("{} GB", count(number(Parameter::Memory))));
        }
        Kind::Station => {
            let servers = number(Parameter::Servers);
            let servers = format!(
                "{} {}",
                count(servers),
                if servers == 1.0 { "server" } else { "servers" }
            );
            parts.push(times(servers));
            parts.push(format!(
                "{} each",
                time(component.seconds(Parameter::ServiceTime))
            ));
        }
    }
    // What doesn't fit is left out whole rather than cut: the inspector has it.
    while parts.len() > 1 && letters(&parts) > LONGEST_SECONDARY {
        parts.pop();
    }
    parts.join(" · ")
}

fn letters(parts: &[String]) -> usize {
    parts
        .iter()
        .map(|part| part.chars().count() + 3)
        .sum::<usize>()
        - 3
}

/// The label of the choice in force, in lower case where it isn't a name.
pub fn choice_label(component: &Component, parameter: Parameter) -> Option<String> {
    let specification = catalog::parameter(component.kind, parameter)?;
    let Domain::Choice(choices) = specification.domain else {
        return None;
    };
    let choice = component.choice(parameter)?;
    choices
        .iter()
        .find(|candidate| candidate.choice == choice)
        .map(|candidate| candidate.label.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::{ComponentId, Point};
    use loadscape_sim::units::Seconds;

    fn component(kind: Kind) -> Component {
        Component::new(ComponentId(1), kind, "Part", Point::default())
    }

    fn report(state: ComponentState, utilisation: Option<f64>) -> ComponentReport {
        ComponentReport {
            component: ComponentId(1),
            arrival: PerSecond(220.0),
            utilisation,
            asked: utilisation,
            busiest: None,
            backlog_growth: None,
            queue_length: Some(9.0),
            sojourn: Some(Seconds(0.048)),
            hit_ratio: None,
            instances: None,
            state,
        }
    }

    #[test]
    fn every_kind_says_something_about_itself_before_it_is_solved() {
        for specification in catalog::KINDS {
            let load = Load::new(&component(specification.kind), None);
            assert!(!load.secondary.is_empty(), "{:?}", specification.kind);
            assert!(
                load.secondary.chars().count() <= LONGEST_SECONDARY,
                "{:?}: {}",
                specification.kind,
                load.secondary
            );
        }
    }

    #[test]
    fn a_busy_node_gives_bar_number_rate_queue_and_time() {
        let load = Load::new(
            &component(Kind::SqlPrimary),
            Some(&report(ComponentState::Hot, Some(0.942))),
        );
        assert_eq!(
            (
                load.percent.as_str(),
                load.rate.as_str(),
                load.queue.as_str(),
                load.time.as_str()
            ),
            ("94 %", "220 /s", "9 wait", "48 ms")
        );
        assert!(!load.is_crowded());
        let long = Load {
            rate: "1,670 /s".to_owned(),
            queue: "992 k wait".to_owned(),
            ..load.clone()
        };
        assert!(long.is_crowded());
        assert!(
            load.spoken(Kind::SqlPrimary, "Orders", true)
                .starts_with("Orders, SQL primary, bottleneck, hot, 94 % used, 220 /s")
        );
    }

    #[test]
    fn a_long_queue_is_said_in_as_few_letters_as_a_short_one() {
        assert_eq!(waiting(0.97), "1");
        assert_eq!(waiting(41.7), "42");
        assert_eq!(waiting(9_999.0), "9,999");
        assert_eq!(waiting(771_372.0), "771 k");
        assert_eq!(waiting(999_600.0), "1.0 M");
        assert_eq!(waiting(2_097_152.0), "2.1 M");
    }

    #[test]
    fn without_a_steady_state_no_time_is_shown() {
        let mut saturated = report(ComponentState::Saturated, Some(1.0));
        saturated.sojourn = None;
        saturated.queue_length = None;
        saturated.backlog_growth = Some(PerSecond(20.0));
        let load = Load::new(&component(Kind::Service), Some(&saturated));
        assert_eq!(load.time, "backlog grows");
        assert!(load.queue.is_empty());
    }

    #[test]
    fn what_is_asked_for_too_much_says_how_much_and_what_waits_below_it_says_so() {
        let mut saturated = report(ComponentState::Saturated, Some(0.99999));
        (saturated.sojourn, saturated.queue_length) = (None, None);
        saturated.asked = Some(1.81);
        let load = Load::new(&component(Kind::ReadReplica), Some(&saturated));
        assert_eq!(
            (load.percent.as_str(), load.time.as_str(), load.fill),
            ("181 %", "too much", Some(0.99999))
        );
        let mut holding = report(ComponentState::Hot, Some(0.998));
        (holding.sojourn, holding.queue_length) = (None, None);
        let load = Load::new(&component(Kind::Service), Some(&holding));
        assert_eq!(
            (load.percent.as_str(), load.time.as_str()),
            ("99 %", "held up")
        );
    }

    #[test]
    fn a_queue_fills_its_slots_as_messages_gather() {
        assert_eq!(slots(Some(0.0), f64::INFINITY), 0);
        assert_eq!(slots(Some(50.0), 100.0), SLOTS / 2);
        assert_eq!(slots(None, 100.0), SLOTS);
        assert!(slots(Some(1e9), f64::INFINITY) == SLOTS);
    }
}

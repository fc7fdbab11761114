//! What a drawing leaves open: what the outside can reach and needn't, doors that let everything in, machines that stand or fall together;
//! and the change that closes it, where there is one. It goes by zones and settings, and knows no load but what a limit has to let through.
//!
//! The rules are those of the AWS Well-Architected Framework (security pillar: "Protecting networks"; reliability pillar: "Deploy the workload to
//! multiple locations", "Monitor all components"; SEC09-BP02 "Enforce encryption in transit"), of OWASP's API Security Top 10 of 2023 (API2 broken
//! authentication, API4 unrestricted resource consumption, API8 security misconfiguration: "Transport Layer Security is missing"), and of the catalog: the outside reaches only what lies in a public subnet, or in no network at all.

mod apart;
mod fixes;
mod grounds;

use super::remedy::Edit;
use crate::catalog::{Footing, Kind, Parameter, ZoneKind};
use crate::report::Report;
use crate::scenario::{Component, ComponentId, Link, Scenario};
use grounds::Grounds;
use serde::Serialize;

/// How much harm it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Data, or everything, may be lost or stolen.
    High,
    /// A part may be.
    Medium,
    /// Good to know.
    Low,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weakness {
    /// The outside reaches what keeps data.
    ExposedData,
    /// What leaves the network can be read on its way.
    UnencryptedHop,
    /// Nobody is asked who he is.
    NoAuthentication,
    /// Nothing lies in a private subnet.
    NothingPrivate,
    /// The outside reaches a part that only other parts call.
    ExposedProgram,
    /// What the inside asks for travels over the open internet.
    OpenWay,
    /// Whoever sends most gets most.
    NoRateLimit,
    /// All machines share a data centre.
    OneDataCentre,
    /// A machine that has died keeps getting its share.
    Unwatched,
    /// Nobody takes the place of a primary, though there are replicas.
    NoFailover,
}

impl Weakness {
    /// Whether the outside gets at something by it that it needn't; the others let in too much, or break too easily.
    pub fn lets_in(self) -> bool {
        matches!(
            self,
            Weakness::ExposedData
                | Weakness::NoAuthentication
                | Weakness::NothingPrivate
                | Weakness::ExposedProgram
                | Weakness::OpenWay
                | Weakness::UnencryptedHop
        )
    }
}

/// Something that a drawing leaves open.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SecurityFinding {
    /// What.
    pub weakness: Weakness,
    /// How bad.
    pub risk: Risk,
    /// Where, in the document's order.
    pub components: Vec<ComponentId>,
    /// What is wrong, in a few words.
    pub title: String,
    /// Why it matters and what would mend it, in one or two sentences.
    pub why: String,
    /// What mends it at once; `None` where that takes a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A change that mends it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fix {
    /// What it does, e.g. "Draw a private subnet around it".
    pub title: String,
    /// The change.
    #[serde(skip)]
    pub edit: Edit,
}

/// Everything that a drawing leaves open, the worst first. Of a finding that concerns several parts there is one.
pub fn security(scenario: &Scenario, report: &Report) -> Vec<SecurityFinding> {
    let grounds = Grounds::of(scenario);
    let mut found: Vec<SecurityFinding> = [
        exposed_data(scenario, &grounds),
        unencrypted_hops(scenario, &grounds),
        no_authentication(scenario),
        nothing_private(scenario, &grounds),
        exposed_programs(scenario, &grounds),
        open_ways(scenario, &grounds),
        no_rate_limit(scenario, report),
        one_data_centre(scenario, &grounds),
        unwatched(scenario, report),
        no_failover(scenario),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.sort_by_key(|finding| (finding.risk, finding.weakness));
    found
}

/// Names in a sentence: "A", "A and B", "A, B and C".
fn names(parts: &[&Component]) -> String {
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

fn ids(parts: &[&Component]) -> Vec<ComponentId> {
    parts.iter().map(|part| part.id).collect()
}

/// Whether the kind keeps data that somebody would steal.
fn keeps_data(kind: Kind) -> bool {
    kind.is_database() || matches!(kind, Kind::Cache | Kind::SingleBox)
}

/// Whether it works for others and is no door.
fn works(kind: Kind) -> bool {
    matches!(kind, Kind::Service | Kind::Worker)
}

/// Whether clients, or who stands before the door for them, call it.
fn is_called_from_outside(scenario: &Scenario, part: &Component) -> bool {
    scenario.links_to(part.id).any(|link| {
        let caller = scenario.component(link.from);
        caller.is_some_and(|caller| matches!(caller.kind, Kind::Clients | Kind::Dns | Kind::Cdn))
    })
}

/// Whether a door that lies in no network, as a provider's does, has to reach into the network for it.
fn is_called_by_a_far_door(scenario: &Scenario, grounds: &Grounds, part: &Component) -> bool {
    scenario.links_to(part.id).any(|link| {
        let caller = scenario.component(link.from);
        let door = caller.is_some_and(|caller| {
            matches!(
                caller.kind,
                Kind::LoadBalancer | Kind::ApiGateway | Kind::ReverseProxy
            )
        });
        door && grounds.network(link.from).is_none() && grounds.network(part.id).is_some()
    })
}

/// Whether anybody calls it.
fn is_called(scenario: &Scenario, part: &Component) -> bool {
    scenario.links_to(part.id).next().is_some()
}

fn exposed_data(scenario: &Scenario, grounds: &Grounds) -> Option<SecurityFinding> {
    let open: Vec<ComponentId> = grounds.open(scenario).map(|part| part.id).collect();
    // Whoever is called from outside is reached from there, wherever it is drawn.
    let exposed: Vec<&Component> = (scenario.components.iter())
        .filter(|part| keeps_data(part.kind) && is_called(scenario, part))
        .filter(|part| open.contains(&part.id) || is_called_from_outside(scenario, part))
        .collect();
    if exposed.is_empty() {
        return None;
    }
    // A box has its door and its data on one machine: no subnet parts them.
    let (boxes, stores): (Vec<&Component>, Vec<&Component>) = exposed
        .iter()
        .partition(|part| part.kind == Kind::SingleBox);
    let names = names(&exposed);
    let why = if stores.is_empty() {
        format!(
            "The internet reaches the very machine that holds the database and the files: one hole in {names}, and all of it is gone. Move the data to parts of their own in a private subnet."
        )
    } else {
        format!(
            "Whoever finds a password or a hole in {names} has the data, for nothing stands between it and the internet. What keeps data belongs into a private subnet, which only the network itself reaches."
        )
    };
    let fix = match (boxes.as_slice(), stores.as_slice()) {
        ([], stores) => fixes::make_private(scenario, stores),
        ([own], []) => apart::take_apart(scenario, grounds, own),
        _ => None,
    };
    Some(SecurityFinding {
        weakness: Weakness::ExposedData,
        risk: Risk::High,
        components: ids(&exposed),
        title: format!("The outside reaches {names}"),
        why,
        fix,
    })
}

fn unencrypted_hops(scenario: &Scenario, grounds: &Grounds) -> Option<SecurityFinding> {
    // Whom nobody has a network around is reached over somebody else's, wherever it is drawn.
    let is_outside = |id: ComponentId| {
        scenario.component(id).is_some_and(|part| {
            matches!(
                part.kind,
                Kind::Clients | Kind::Dns | Kind::Cdn | Kind::ThirdPartyApi
            )
        })
    };
    let bare: Vec<&Link> = (scenario.links.iter())
        .filter(|link| link.unencrypted)
        .filter(|link| {
            is_outside(link.from) || is_outside(link.to) || grounds.leaves(link.from, link.to)
        })
        .collect();
    let way = |link: &&Link| {
        let name = |id| scenario.component(id).map_or("", |part| part.name.as_str());
        format!("{} → {}", name(link.from), name(link.to))
    };
    let ways: Vec<String> = bare.iter().map(way).collect();
    let is_end =
        |part: &&Component| (bare.iter()).any(|link| link.from == part.id || link.to == part.id);
    let ends: Vec<&Component> = scenario.components.iter().filter(is_end).collect();
    let title = match ways.as_slice() {
        [] => return None,
        [way] => format!("{way} isn't encrypted"),
        ways => format!("{} ways aren't encrypted: {}", ways.len(), ways.join(", ")),
    };
    Some(SecurityFinding {
        weakness: Weakness::UnencryptedHop,
        risk: Risk::High,
        components: ids(&ends),
        title,
        why: "It leaves the network, and whoever carries it can read and change it, passwords and tokens with it (OWASP API8:2023). TLS prevents both. What it takes is a handshake for each connection, which Loadscape doesn't count.".to_owned(),
        fix: Some(fixes::encrypt(&bare)),
    })
}

fn no_authentication(scenario: &Scenario) -> Option<SecurityFinding> {
    let unasked: Vec<&Component> = scenario
        .components
        .iter()
        .filter(|part| {
            part.kind == Kind::ApiGateway && part.number(Parameter::AuthenticationTime) <= 0.0
        })
        .filter(|part| is_called_from_outside(scenario, part))
        .collect();
    if unasked.is_empty() {
        return None;
    }
    let names = names(&unasked);
    Some(SecurityFinding {
        weakness: Weakness::NoAuthentication,
        risk: Risk::High,
        components: ids(&unasked),
        title: format!("{names} asks nobody who he is"),
        why: format!(
            "{names} takes no time to authenticate, so it lets everybody do everything (OWASP API2:2023). Checking a signed token costs a fraction of a millisecond."
        ),
        fix: fixes::default_number(
            &unasked,
            Parameter::AuthenticationTime,
            "Check a token on every request",
        ),
    })
}

fn nothing_private(scenario: &Scenario, grounds: &Grounds) -> Option<SecurityFinding> {
    let machines = || {
        let parts = scenario.components.iter();
        parts.filter(|part| part.kind.footing() == Footing::Machines && is_called(scenario, part))
    };
    let private = machines().any(|part| grounds.is_in(part.id, ZoneKind::PrivateSubnet));
    let all: Vec<&Component> = machines().collect();
    if all.is_empty() || private {
        return None;
    }
    // What has to be reached stays outside: doors, and whatever clients call.
    let inner: Vec<&Component> = machines()
        .filter(|part| {
            (keeps_data(part.kind) || works(part.kind)) && !is_called_from_outside(scenario, part)
        })
        .collect();
    let why = if inner.is_empty() {
        "All there is has to be reached from outside, so nothing can be kept from it. Give the data a part of its own, and put that into a private subnet.".to_owned()
    } else {
        format!(
            "Only the network itself reaches what lies in a private subnet: whoever breaks into a door hasn't got {} yet. Only doors belong outside.",
            names(&inner)
        )
    };
    Some(SecurityFinding {
        weakness: Weakness::NothingPrivate,
        risk: Risk::High,
        components: ids(&all),
        title: "Nothing lies in a private subnet".to_owned(),
        why,
        fix: fixes::make_private(scenario, &inner),
    })
}

fn exposed_programs(scenario: &Scenario, grounds: &Grounds) -> Option<SecurityFinding> {
    let exposed: Vec<&Component> = grounds
        .open(scenario)
        .filter(|part| works(part.kind) && !is_called_by_a_far_door(scenario, grounds, part))
        .filter(|part| is_called(scenario, part) && !is_called_from_outside(scenario, part))
        .collect();
    if exposed.is_empty() {
        return None;
    }
    let names = names(&exposed);
    Some(SecurityFinding {
        weakness: Weakness::ExposedProgram,
        risk: Risk::Medium,
        components: ids(&exposed),
        title: format!("The outside reaches {names}"),
        why: format!(
            "Only other parts call {names}, so the outside needn't reach it: a private subnet makes the way around the door impossible."
        ),
        fix: fixes::make_private(scenario, &exposed),
    })
}

fn open_ways(scenario: &Scenario, grounds: &Grounds) -> Option<SecurityFinding> {
    let far: Vec<&Component> = scenario
        .components
        .iter()
        .filter(|part| {
            keeps_data(part.kind)
                || matches!(part.kind, Kind::ObjectStorage | Kind::Queue | Kind::Topic)
        })
        .filter(|part| {
            let network = grounds.network(part.id);
            // What lies in no network is the business of other findings, unless somebody in one calls it.
            scenario.links_to(part.id).any(|link| {
                let caller = grounds.network(link.from);
                caller.is_some() && caller != network
            })
        })
        .collect();
    if far.is_empty() {
        return None;
    }
    let names = names(&far);
    Some(SecurityFinding {
        weakness: Weakness::OpenWay,
        risk: Risk::Medium,
        components: ids(&far),
        title: format!("The way to {names} leaves the network"),
        why: format!(
            "Requests from inside the network travel to {names} over the open internet and back, where they can be cut off or rerouted, and read where they aren't encrypted. Inside the same network they don't leave it."
        ),
        fix: fixes::widen(scenario, grounds, &far),
    })
}

fn no_rate_limit(scenario: &Scenario, report: &Report) -> Option<SecurityFinding> {
    let limits = |part: &Component| {
        part.kind == Kind::ApiGateway && part.number(Parameter::RateLimit).is_finite()
    };
    let is_guarded = |part: &Component| {
        let mut behind = scenario.links_from(part.id).peekable();
        limits(part)
            || (behind.peek().is_some()
                && behind.all(|link| scenario.component(link.to).is_some_and(limits)))
    };
    let open: Vec<&Component> = scenario
        .components
        .iter()
        .filter(|part| {
            matches!(
                part.kind,
                Kind::LoadBalancer
                    | Kind::ApiGateway
                    | Kind::ReverseProxy
                    | Kind::Service
                    | Kind::Function
                    | Kind::SingleBox
            )
        })
        .filter(|part| is_called_from_outside(scenario, part) && !is_guarded(part))
        .collect();
    if open.is_empty() {
        return None;
    }
    let names = names(&open);
    Some(SecurityFinding {
        weakness: Weakness::NoRateLimit,
        risk: Risk::Medium,
        components: ids(&open),
        title: format!("{names} lets everything in"),
        why: format!(
            "Nothing limits what a single sender may ask of {names}: one flood, meant or not, takes the capacity that all others need and runs up the bill (OWASP API4:2023). A gateway refuses what is too much before it costs anything."
        ),
        fix: fixes::limits(scenario, report, &open),
    })
}

fn one_data_centre(scenario: &Scenario, grounds: &Grounds) -> Option<SecurityFinding> {
    let machines: Vec<&Component> = scenario
        .components
        .iter()
        .filter(|part| part.kind.footing() == Footing::Machines && is_called(scenario, part))
        .collect();
    let first = grounds.data_centre(machines.first()?.id);
    if machines
        .iter()
        .any(|part| grounds.data_centre(part.id) != first)
    {
        return None;
    }
    let zone = first.and_then(|id| scenario.zone(id));
    let title = match zone {
        Some(zone) => format!("All machines stand in {}", zone.name),
        None => "All machines stand in one data centre".to_owned(),
    };
    Some(SecurityFinding {
        weakness: Weakness::OneDataCentre,
        risk: Risk::Medium,
        components: ids(&machines),
        title,
        why: "A fire, a flood or a cut cable takes all of them at once, however many there are. Draw two availability zones and a copy of each part in both, with a balancer in front.".to_owned(),
        fix: fixes::spread(scenario, grounds, |spread| opens_nothing(scenario, spread)),
    })
}

/// Whether the outside gets at no more parts of the one design than of the other, and nothing travels farther.
fn opens_nothing(before: &Scenario, after: &Scenario) -> bool {
    let open = |scenario: &Scenario| {
        let grounds = Grounds::of(scenario);
        let found = [
            exposed_data(scenario, &grounds),
            exposed_programs(scenario, &grounds),
            open_ways(scenario, &grounds),
            unencrypted_hops(scenario, &grounds),
        ];
        found.map(|finding| finding.map_or(0, |finding| finding.components.len()))
    };
    (open(before).iter().zip(open(after))).all(|(before, after)| after <= *before)
}

fn unwatched(scenario: &Scenario, report: &Report) -> Option<SecurityFinding> {
    let instances = |id: ComponentId| {
        let row = report.components.iter().find(|row| row.component == id);
        row.and_then(|row| row.instances).unwrap_or(1)
    };
    let behind = |door: &Component| -> Vec<ComponentId> {
        let links = scenario.links_from(door.id).map(|link| link.to);
        let machines = links.filter(|id| {
            let part = scenario.component(*id);
            part.is_some_and(|part| part.kind.footing() == Footing::Machines)
        });
        machines.filter(|id| instances(*id) > 1).collect()
    };
    let doors: Vec<&Component> = scenario
        .components
        .iter()
        .filter(|part| {
            matches!(
                part.kind,
                Kind::LoadBalancer | Kind::ApiGateway | Kind::ReverseProxy
            )
        })
        .filter(|part| {
            !part.flag(Parameter::HealthChecks) && !part.flag(Parameter::OutlierEjection)
        })
        .filter(|part| !behind(part).is_empty())
        .collect();
    if doors.is_empty() {
        return None;
    }
    let pools: Vec<&Component> = doors
        .iter()
        .flat_map(|door| behind(door))
        .filter_map(|id| scenario.component(id))
        .collect();
    let (names, pools) = (names(&doors), self::names(&pools));
    Some(SecurityFinding {
        weakness: Weakness::Unwatched,
        risk: Risk::Medium,
        components: ids(&doors),
        title: format!("Nobody watches the machines of {pools}"),
        why: format!(
            "An instance that has died keeps getting its share of the requests from {names}, and each of them fails: several machines are then no safer than one. Health checks leave it out within a minute."
        ),
        fix: Some(fixes::switch_on(
            &doors,
            Parameter::HealthChecks,
            "Turn on health checks",
        )),
    })
}

fn no_failover(scenario: &Scenario) -> Option<SecurityFinding> {
    let alone: Vec<&Component> = scenario
        .components
        .iter()
        .filter(|part| part.kind == Kind::SqlPrimary && !part.flag(Parameter::AutomaticFailover))
        .filter(|part| {
            scenario.links_from(part.id).any(|link| {
                let replica = scenario.component(link.to);
                replica.is_some_and(|replica| replica.kind == Kind::ReadReplica)
            })
        })
        .collect();
    if alone.is_empty() {
        return None;
    }
    let names = names(&alone);
    Some(SecurityFinding {
        weakness: Weakness::NoFailover,
        risk: Risk::Medium,
        components: ids(&alone),
        title: format!("Nobody takes over when {names} dies"),
        why: format!(
            "Replicas hold the same data, but no write gets through until {names} is back: hours instead of a minute. What a replica hadn't received when it takes over is lost."
        ),
        fix: Some(fixes::switch_on(
            &alone,
            Parameter::AutomaticFailover,
            "Let a replica take over",
        )),
    })
}

//! The changes that close what a drawing leaves open. They draw zones around parts where they stand, and move nothing.

use super::super::remedy::{Edit, copies_elsewhere, place_between};
use super::grounds::Grounds;
use super::{Fix, is_called_from_outside};
use crate::catalog::{self, Kind, Parameter, Value, ZoneKind};
use crate::report::Report;
use crate::scenario::{
    Component, ComponentId, Link, LinkId, NODE_HEIGHT, NODE_WIDTH, Rectangle, Scenario, Zone,
    ZoneId,
};

/// Room between a node and the zone drawn around it: a subnet's, and a network's around that.
const SUBNET_ROOM: f64 = 32.0;
pub(super) const NETWORK_ROOM: f64 = 56.0;
/// Room above for the zone's name.
const NAME_ROOM: f64 = 8.0;
/// How much of its cores a gateway should be busy with the load that it limits.
const GATEWAY_UTILISATION: f64 = 0.5;
/// The limit as a multiple of the load at the peak: twice as many users still get in, a flood doesn't.
const LIMIT_OVER_PEAK: f64 = 2.0;

/// Sets flags.
pub(super) fn switch_on(parts: &[&Component], parameter: Parameter, title: &str) -> Fix {
    let edits = parts.iter().map(|part| Edit::Set {
        component: part.id,
        parameter,
        value: Value::Flag(true),
    });
    Fix {
        title: title.to_owned(),
        edit: Edit::Several(edits.collect()),
    }
}

/// Encrypts links.
pub(super) fn encrypt(links: &[&Link]) -> Fix {
    let encrypted = |link: &&Link| {
        Edit::Link(Link {
            unencrypted: false,
            ..(*link).clone()
        })
    };
    Fix {
        title: match links {
            [_] => "Encrypt it (TLS)".to_owned(),
            _ => "Encrypt them (TLS)".to_owned(),
        },
        edit: Edit::Several(links.iter().map(encrypted).collect()),
    }
}

/// Sets numbers to what the catalog has.
pub(super) fn default_number(
    parts: &[&Component],
    parameter: Parameter,
    title: &str,
) -> Option<Fix> {
    let edits = parts.iter().map(|part| {
        Some(Edit::Set {
            component: part.id,
            parameter,
            value: catalog::parameter(part.kind, parameter)?.default,
        })
    });
    Some(Fix {
        title: title.to_owned(),
        edit: Edit::Several(edits.collect::<Option<Vec<Edit>>>()?),
    })
}

/// Zones to be drawn, with ids that are free.
struct Drawn<'a> {
    scenario: &'a Scenario,
    next: u32,
    zones: Vec<Zone>,
}

impl Drawn<'_> {
    fn add(&mut self, kind: ZoneKind, rectangle: Rectangle) {
        let label = catalog::zone_specification(kind).label;
        let taken = |name: &str| {
            let mut zones = self.scenario.zones.iter().chain(&self.zones);
            zones.any(|zone| zone.name == name)
        };
        let mut names = (1..).map(|number| match number {
            1 => label.to_owned(),
            _ => format!("{label} {number}"),
        });
        let name = names.find(|name| !taken(name)).unwrap_or_default();
        self.zones.push(Zone {
            id: ZoneId(self.next),
            kind,
            name,
            rectangle,
            parameters: Default::default(),
        });
        self.next += 1;
    }

    /// Around all of these where nothing else would be enclosed, else around each.
    fn around(&mut self, kind: ZoneKind, parts: &[&Component], room: f64) {
        let Some(all) = bounds(parts, room) else {
            return;
        };
        let is_meant = |id: ComponentId| parts.iter().any(|part| part.id == id);
        let others = self.scenario.components.iter();
        let mut others = others.filter(|part| !is_meant(part.id));
        if !others.any(|part| overlaps(all, part)) {
            return self.add(kind, all);
        }
        for part in parts {
            if let Some(own) = bounds(&[part], room.min(SUBNET_ROOM / 2.0)) {
                self.add(kind, own);
            }
        }
    }
}

/// Whether a node lies inside a rectangle, be it in part.
fn overlaps(rectangle: Rectangle, part: &Component) -> bool {
    let (x, y) = (part.position.x, part.position.y);
    x < rectangle.x + rectangle.width
        && x + NODE_WIDTH > rectangle.x
        && y < rectangle.y + rectangle.height
        && y + NODE_HEIGHT > rectangle.y
}

/// The rectangle around these nodes with some room; `None` of none.
pub(super) fn bounds(parts: &[&Component], room: f64) -> Option<Rectangle> {
    let least = |of: fn(&Component) -> f64| parts.iter().map(|part| of(part)).reduce(f64::min);
    let most = |of: fn(&Component) -> f64| parts.iter().map(|part| of(part)).reduce(f64::max);
    let (left, right) = (
        least(|part| part.position.x)?,
        most(|part| part.position.x)?,
    );
    let (top, bottom) = (
        least(|part| part.position.y)?,
        most(|part| part.position.y)?,
    );
    Some(Rectangle {
        x: left - room,
        y: top - room - NAME_ROOM,
        width: right - left + NODE_WIDTH + 2.0 * room,
        height: bottom - top + NODE_HEIGHT + 2.0 * room + NAME_ROOM,
    })
}

/// Draws a private subnet around these, and where there is no network one around everything of one's own.
pub(super) fn make_private(scenario: &Scenario, parts: &[&Component]) -> Option<Fix> {
    if parts.is_empty() {
        return None;
    }
    let mut drawn = Drawn {
        scenario,
        next: scenario.next_zone_id().0,
        zones: Vec::new(),
    };
    drawn.around(ZoneKind::PrivateSubnet, parts, SUBNET_ROOM);
    let has_network = scenario.zones.iter().any(|zone| zone.kind == ZoneKind::Vpc);
    let mut title = "Draw a private subnet around it".to_owned();
    if !has_network {
        // Doors lie in a public subnet of the same network, so that they are still reached.
        let own: Vec<&Component> = scenario
            .components
            .iter()
            .filter(|part| {
                !matches!(
                    part.kind,
                    Kind::Clients | Kind::Dns | Kind::Cdn | Kind::ThirdPartyApi | Kind::Station
                )
            })
            .collect();
        let doors: Vec<&Component> = own
            .iter()
            .copied()
            .filter(|part| !parts.iter().any(|inner| inner.id == part.id))
            .filter(|part| {
                is_called_from_outside(scenario, part)
                    || matches!(
                        part.kind,
                        Kind::LoadBalancer | Kind::ApiGateway | Kind::ReverseProxy
                    )
            })
            .collect();
        drawn.around(ZoneKind::PublicSubnet, &doors, SUBNET_ROOM);
        drawn.around(ZoneKind::Vpc, &own, NETWORK_ROOM);
        title = "Draw a network with a private and a public subnet".to_owned();
    }
    Some(Fix {
        title,
        edit: Edit::Several(drawn.zones.into_iter().map(Edit::Zone).collect()),
    })
}

/// Makes the callers' network wide enough for these; `None` where that would take in what isn't one's own.
pub(super) fn widen(scenario: &Scenario, grounds: &Grounds, parts: &[&Component]) -> Option<Fix> {
    let networks = |part: &Component| {
        let callers = scenario.links_to(part.id);
        callers.filter_map(|link| grounds.network(link.from)).next()
    };
    let mut wider: Vec<Zone> = Vec::new();
    for part in parts {
        let id = networks(part)?;
        let place = match wider.iter().position(|zone| zone.id == id) {
            Some(place) => place,
            None => {
                wider.push(scenario.zone(id)?.clone());
                wider.len() - 1
            }
        };
        let own = bounds(&[part], SUBNET_ROOM)?;
        let zone = &mut wider[place].rectangle;
        *zone = around_both(*zone, own);
    }
    let foreign = |zone: &Zone| {
        scenario.components.iter().any(|part| {
            matches!(
                part.kind,
                Kind::Clients | Kind::Dns | Kind::Cdn | Kind::ThirdPartyApi
            ) && zone.rectangle.contains(part.centre())
        })
    };
    // Two networks that grew into each other would leave it open which of them a part is in.
    if wider.len() > 1 || wider.iter().any(foreign) {
        return None;
    }
    Some(Fix {
        title: "Widen the network around it".to_owned(),
        edit: Edit::Several(wider.into_iter().map(Edit::Rezone).collect()),
    })
}

/// Limits what comes in at these doors, one after the other; `None` where one of them can't be.
pub(super) fn limits(scenario: &Scenario, report: &Report, doors: &[&Component]) -> Option<Fix> {
    let mut limited = scenario.clone();
    let mut fixes: Vec<Fix> = Vec::new();
    for door in doors {
        let fix = limit(&limited, report, door)?;
        fix.edit.apply(&mut limited);
        fixes.push(fix);
    }
    match fixes.len() {
        0 | 1 => fixes.pop(),
        _ => Some(Fix {
            title: "Limit each of them, by a gateway where it has no limit of its own".to_owned(),
            edit: Edit::Several(fixes.into_iter().map(|fix| fix.edit).collect()),
        }),
    }
}

/// Limits what comes in at this door: by its own setting where it has one, else by a gateway before it.
fn limit(scenario: &Scenario, report: &Report, door: &Component) -> Option<Fix> {
    let row = report
        .components
        .iter()
        .find(|row| row.component == door.id)?;
    // Two figures are enough for a limit.
    let limit = round_up(row.arrival.0 * LIMIT_OVER_PEAK).max(10.0);
    let number = |parameter, value| (parameter, Value::Number(value));
    if door.kind == Kind::ApiGateway {
        return Some(Fix {
            title: "Limit it to twice the peak".to_owned(),
            edit: Edit::Set {
                component: door.id,
                parameter: Parameter::RateLimit,
                value: Value::Number(limit),
            },
        });
    }
    let callers: Vec<&Link> = scenario
        .links_to(door.id)
        .filter(|link| {
            let caller = scenario.component(link.from);
            caller.is_some_and(|caller| matches!(caller.kind, Kind::Clients | Kind::Cdn))
        })
        .collect();
    // An address that a name leads to is the document's own business.
    if callers.is_empty() || callers.len() != scenario.links_to(door.id).count() {
        return None;
    }
    // Between those who call it and it: a provider's gateway stands before the network, not in it.
    let caller = scenario.component(callers[0].from)?;
    let mut gateway = Component::new(
        scenario.next_component_id(),
        Kind::ApiGateway,
        scenario.next_component_name(Kind::ApiGateway),
        place_between(scenario, caller, door),
    );
    let work =
        gateway.seconds(Parameter::ServiceTime) + gateway.seconds(Parameter::AuthenticationTime);
    let cores = gateway.number(Parameter::Cores).max(1.0);
    let instances = (row.arrival.0 * work.0 / cores / GATEWAY_UTILISATION).ceil();
    let instances = instances.max(gateway.number(Parameter::Instances));
    gateway.parameters.extend([
        number(Parameter::RateLimit, limit),
        number(Parameter::BurstAllowance, (limit * 0.5).ceil().max(1.0)),
        number(Parameter::Instances, instances),
    ]);
    let mut classes: Vec<_> = callers
        .iter()
        .flat_map(|link| link.classes.clone())
        .collect();
    classes.sort_unstable();
    classes.dedup();
    if callers.iter().any(|link| link.classes.is_empty()) {
        classes.clear();
    }
    let on = Link {
        classes,
        ..Link::new(LinkId(scenario.next_link_id().0), gateway.id, door.id)
    };
    let moved = callers.into_iter().map(|link| {
        Edit::Link(Link {
            to: gateway.id,
            ..link.clone()
        })
    });
    let moved: Vec<Edit> = moved.collect();
    let added = Edit::Add {
        component: gateway,
        links: vec![on],
    };
    Some(Fix {
        title: "Put a gateway with a limit before it".to_owned(),
        edit: Edit::Several([added].into_iter().chain(moved).collect()),
    })
}

/// Copies in another data centre of what can have any, in the network and behind the walls of what they are copies of; `None` where nothing can have
/// one, or where that would move something else or leave it open.
pub(super) fn spread(
    scenario: &Scenario,
    grounds: &Grounds,
    may: impl Fn(&Scenario) -> bool,
) -> Option<Fix> {
    let copies = copies_elsewhere(scenario)?;
    let mut spread = scenario.clone();
    copies.apply(&mut spread);
    let mut edits = vec![copies];
    let is_new = |part: &&Component| scenario.component(part.id).is_none();
    let new: Vec<&Component> = spread.components.iter().filter(is_new).collect();
    let mut walls = Drawn {
        scenario: &spread,
        next: spread.next_zone_id().0,
        zones: Vec::new(),
    };
    let all = || scenario.components.iter().map(|part| part.id);
    if all().any(|id| grounds.is_in(id, ZoneKind::PrivateSubnet)) {
        walls.around(ZoneKind::PrivateSubnet, &new, SUBNET_ROOM / 2.0);
    }
    let walls = walls.zones.into_iter().map(Edit::Zone);
    if let Some(network) = all().find_map(|id| grounds.network(id)) {
        let mut zone = scenario.zone(network)?.clone();
        zone.rectangle = around_both(zone.rectangle, bounds(&new, NETWORK_ROOM)?);
        edits.push(Edit::Rezone(zone));
    }
    edits.extend(walls);
    let edit = Edit::Several(edits);
    let mut spread = scenario.clone();
    edit.apply(&mut spread);
    let after = Grounds::of(&spread);
    let stays = |id| {
        let lies = |grounds: &Grounds| {
            let is_in = |kind| grounds.is_in(id, kind);
            let subnets = [ZoneKind::PublicSubnet, ZoneKind::PrivateSubnet].map(is_in);
            (grounds.network(id), grounds.data_centre(id), subnets)
        };
        lies(grounds) == lies(&after)
    };
    (all().all(stays) && may(&spread)).then(|| Fix {
        title: "Add copies in another data centre".to_owned(),
        edit,
    })
}

/// The smallest rectangle around both.
pub(super) fn around_both(one: Rectangle, other: Rectangle) -> Rectangle {
    let (x, y) = (one.x.min(other.x), one.y.min(other.y));
    Rectangle {
        x,
        y,
        width: (one.x + one.width).max(other.x + other.width) - x,
        height: (one.y + one.height).max(other.y + other.height) - y,
    }
}

/// The next number of two figures.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(value)) - 1.0);
    (value / unit - 1e-9).ceil() * unit
}

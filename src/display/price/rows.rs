//! The price in rows: what it is made of, with the parts that a row is about, so that a drawing can point at them.

use super::{away, chance, counted, works};
use loadscape_sim::catalog::{Domain, Footing, Kind, Parameter, Unit, ZoneKind, specification};
use loadscape_sim::insight::{
    Availability, Cause, Complexity, Consistency, OverTheDay, SinglePoint, StaleReads,
};
use loadscape_sim::quantities::{dollars, number, share, time};
use loadscape_sim::report::Cost;
use loadscape_sim::scenario::{ClassId, Component, ComponentId, Scenario, ZoneId};
use loadscape_sim::units::DollarsPerMonth;

fn component_name(scenario: &Scenario, id: ComponentId) -> String {
    let component = scenario.component(id);
    component.map_or("?".to_owned(), |component| component.name.clone())
}

fn class_name(scenario: &Scenario, id: ClassId) -> String {
    let class = scenario.class(id);
    class.map_or("?".to_owned(), |class| class.name.clone())
}

/// What a component, or traffic, costs.
#[derive(Clone, Debug, PartialEq)]
pub struct CostRow {
    /// Whose; `None` for traffic.
    pub component: Option<ComponentId>,
    /// Its name.
    pub name: String,
    /// Dollars a month.
    pub cost: String,
    /// Share of the whole, 0 to 1.
    pub part: f64,
    /// The prices that it goes by, to be changed: whose, and which.
    pub prices: Vec<(ComponentId, Parameter)>,
}

/// What everything costs in the document's order, and traffic last; parts without a price are left out.
pub fn cost_rows(scenario: &Scenario, cost: &Cost) -> Vec<CostRow> {
    let total = if cost.total.0 > 0.0 {
        cost.total.0
    } else {
        1.0
    };
    let row = |component, name: String, own: DollarsPerMonth, prices| CostRow {
        component,
        name,
        cost: dollars(own),
        part: own.0 / total,
        prices,
    };
    let mut rows = Vec::new();
    let mut of_traffic = Vec::new();
    for component in &scenario.components {
        let prices = prices(component);
        if component.kind == Kind::Clients {
            // What leaves for clients is traffic, at their price.
            of_traffic.extend(prices);
            continue;
        }
        let known = cost.components.iter().find(|(id, _)| *id == component.id);
        let own = known.map_or(DollarsPerMonth(0.0), |(_, own)| *own);
        if own.0 > 0.0 || !prices.is_empty() {
            rows.push(row(Some(component.id), component.name.clone(), own, prices));
        }
    }
    if cost.traffic.0 > 0.0 || !of_traffic.is_empty() {
        let name = "Traffic".to_owned();
        rows.push(row(None, name, cost.traffic, of_traffic));
    }
    rows
}

/// What of it follows the load through the day, which the bill is the average of; `None` where nothing does.
pub fn pool_over_the_day(over: &OverTheDay, component: ComponentId) -> Option<String> {
    let own = over.pools.iter().find(|own| own.component == component)?;
    let average = (own.average * 10.0).round() / 10.0;
    let many = |count: f64| {
        if count == 1.0 {
            "instance"
        } else {
            "instances"
        }
    };
    Some(if own.average == own.peak {
        format!("{} {} all day", number(own.peak), many(own.peak))
    } else {
        format!(
            "average over the day: {} {}, of {} at the peak",
            number(average),
            many(average),
            number(own.peak)
        )
    })
}

/// How many parts there are to run, and machines of them.
pub fn to_run(parts: u32, machines: u32) -> String {
    format!(
        "{}, {} in all at this load.",
        counted(parts as usize, "part", "parts"),
        counted(machines as usize, "machine", "machines")
    )
}

/// Of which load the bill is.
pub fn load_of_the_bill(over: &OverTheDay) -> String {
    match over.load {
        load if load < 1.0 => format!(
            "The bill is of the day's average load, {} of the peak's. What the drawing and all times say is of the peak.",
            share(load)
        ),
        _ => "Traffic is the same all day, and so is the bill.".to_owned(),
    }
}

/// The parameters of a component that are prices.
fn prices(component: &Component) -> Vec<(ComponentId, Parameter)> {
    let own = specification(component.kind).parameters.iter();
    let own = own.filter(|known| {
        matches!(
            known.domain,
            Domain::Number {
                unit: Unit::DollarsPerMonth
                    | Unit::DollarsPerMillion
                    | Unit::DollarsPerGigabyte
                    | Unit::DollarsPerGigabyteMonth,
                ..
            }
        )
    });
    own.map(|known| (component.id, known.parameter)).collect()
}

/// One class's availability.
#[derive(Clone, Debug, PartialEq)]
pub struct AvailabilityRow {
    /// Which.
    pub id: ClassId,
    /// Its name.
    pub class: String,
    /// Share of its requests that are answered.
    pub answered: String,
    /// Share of the time in which some are.
    pub reachable: String,
    /// Of a month, the time in which none are.
    pub away: String,
    /// Share of the time in which handed over work is done, where there is any.
    pub worked_off: Option<String>,
}

/// By class that is sent.
pub fn availability_rows(scenario: &Scenario, found: &Availability) -> Vec<AvailabilityRow> {
    let rows = found.classes.iter().map(|row| AvailabilityRow {
        id: row.class,
        class: class_name(scenario, row.class),
        answered: chance(row.answered),
        reachable: chance(row.reachable),
        away: away(row.reachable.share),
        worked_off: row.worked_off.map(chance),
    });
    rows.collect()
}

/// Something that brings classes down by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct CauseRow {
    /// What.
    pub cause: String,
    /// Of a month, the time in which it is away.
    pub away: String,
    /// Whom it brings down.
    pub classes: String,
    /// The parts concerned.
    pub components: Vec<ComponentId>,
}

/// What brings classes down by itself, the likeliest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Singles {
    /// Parts of the drawing: its single points of failure, as they are counted.
    pub parts: Vec<CauseRow>,
    /// Where parts stand: a data centre, a region.
    pub places: Vec<CauseRow>,
}

/// The parts and the places that bring classes down by themselves.
pub fn singles(scenario: &Scenario, found: &Availability) -> Singles {
    let row = |point: &SinglePoint| {
        let names: Vec<String> = (point.classes.iter())
            .map(|class| class_name(scenario, *class))
            .collect();
        let classes = match names.len() {
            count if count == found.classes.len() && count > 1 => "everything".to_owned(),
            _ => names.join(", "),
        };
        CauseRow {
            cause: point.cause.words(scenario),
            away: away(1.0 - point.share),
            classes,
            components: concerned(scenario, point.cause),
        }
    };
    let points = found.single_points.iter();
    let (parts, places): (Vec<_>, Vec<_>) =
        points.partition(|point| point.cause.component().is_some());
    Singles {
        parts: parts.into_iter().map(row).collect(),
        places: places.into_iter().map(row).collect(),
    }
}

/// Things that bring a class down together.
#[derive(Clone, Debug, PartialEq)]
pub struct CutRow {
    /// Whom.
    pub classes: String,
    /// What, in words.
    pub causes: String,
    /// Of a month, the time in which all of it is away.
    pub away: String,
    /// The parts concerned.
    pub components: Vec<ComponentId>,
}

/// The likeliest minimal cut sets of all classes, those of one thing with the rest; classes that a set brings down share its row.
pub fn cut_rows(scenario: &Scenario, found: &Availability) -> Vec<CutRow> {
    let mut rows: Vec<(f64, Vec<Cause>, Vec<ClassId>)> = Vec::new();
    for class in &found.classes {
        for cut in &class.cuts {
            match rows.iter_mut().find(|(_, causes, _)| *causes == cut.causes) {
                Some((_, _, classes)) => classes.push(class.class),
                None => rows.push((cut.share, cut.causes.clone(), vec![class.class])),
            }
        }
    }
    rows.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
    let rows = rows.into_iter().map(|(away_share, causes, classes)| {
        let words: Vec<String> = causes.iter().map(|cause| cause.words(scenario)).collect();
        let names: Vec<String> = classes
            .iter()
            .map(|class| class_name(scenario, *class))
            .collect();
        CutRow {
            classes: match names.len() {
                count if count == found.classes.len() && count > 1 => "everything".to_owned(),
                _ => names.join(", "),
            },
            causes: words.join(" and "),
            away: away(1.0 - away_share),
            components: causes
                .iter()
                .flat_map(|cause| concerned(scenario, *cause))
                .collect(),
        }
    });
    rows.collect()
}

/// The parts that something takes with it.
fn concerned(scenario: &Scenario, cause: Cause) -> Vec<ComponentId> {
    let inside = |kind: ZoneKind, zone: Option<ZoneId>, services: bool| {
        let parts = scenario
            .components
            .iter()
            .filter(|part| match part.kind.footing() {
                Footing::Machines => true,
                Footing::Region => services,
                Footing::World | Footing::Nothing => false,
            });
        let parts = parts.filter(|part| {
            let zones = scenario.zones_of(part);
            let own = zones.iter().find(|zone| zone.kind == kind);
            own.map(|zone| zone.id) == zone
        });
        parts.map(|part| part.id).collect()
    };
    match cause {
        Cause::Component { id, .. } | Cause::Takeover(id) => vec![id],
        Cause::DataCentre(zone) => inside(ZoneKind::AvailabilityZone, zone, false),
        Cause::Region(zone) => inside(ZoneKind::Region, zone, true),
    }
}

/// What may fail of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct PartRow {
    /// Which.
    pub component: ComponentId,
    /// Its name.
    pub name: String,
    /// Share of the time in which one of it works.
    pub instance: String,
    /// How many there are, and how many have to work.
    pub needs: String,
    /// Whether losing one loses requests.
    pub is_thin: bool,
}

/// By part that somebody needs.
pub fn part_rows(scenario: &Scenario, found: &Availability) -> Vec<PartRow> {
    let rows = found.parts.iter().map(|part| {
        let (needs, is_thin) = match (part.needed, part.instances) {
            (None, _) => ("its provider keeps spares".to_owned(), false),
            (Some(_), 1) => ("the only one".to_owned(), true),
            (Some(_), of) if !part.shared => {
                (format!("{of}, each with its share of the requests"), true)
            }
            (Some(needed), of) if needed > of => {
                (format!("{of}, of which the load wants {needed}"), true)
            }
            (Some(needed), of) => {
                let spare = of - needed;
                let words = match spare {
                    0 => "none may fail".to_owned(),
                    1 => "one may fail".to_owned(),
                    _ => format!("{spare} may fail"),
                };
                (
                    format!("{needed} of {of} carry the load, {words}"),
                    spare == 0,
                )
            }
        };
        PartRow {
            component: part.component,
            name: component_name(scenario, part.component),
            instance: works(part.instance),
            needs,
            is_thin,
        }
    });
    rows.collect()
}

/// Reads of copies.
#[derive(Clone, Debug, PartialEq)]
pub struct StaleRow {
    /// Where.
    pub component: ComponentId,
    /// Its name.
    pub name: String,
    /// Who reads.
    pub reader: ClassId,
    /// His name.
    pub class: String,
    /// Share of the reads there that are out of date.
    pub share: String,
    /// For how long they have been, and at most.
    pub age: String,
}

/// For how long reads may find what is out of date, where nothing bounds it.
pub fn unbounded_words(row: &StaleReads) -> &'static str {
    match row.falls_behind {
        true => "longer and longer",
        false => "until it has spread",
    }
}

/// By place and class.
pub fn stale_rows(scenario: &Scenario, found: &Consistency) -> Vec<StaleRow> {
    let rows = found.reads.iter().map(|row| {
        let stale = share(row.share);
        let age = match (row.age, row.longest) {
            (Some(age), Some(longest)) => {
                format!("{} on average, at most {}", time(age), time(longest))
            }
            (Some(age), None) => format!("{} on average", time(age)),
            (None, Some(longest)) => format!("at most {}", time(longest)),
            (None, None) => unbounded_words(row).to_owned(),
        };
        StaleRow {
            component: row.component,
            name: component_name(scenario, row.component),
            reader: row.class,
            class: class_name(scenario, row.class),
            share: if row.at_most {
                format!("at most {stale}")
            } else {
                stale
            },
            age,
        }
    });
    rows.collect()
}

/// Writes that are lost when something dies.
#[derive(Clone, Debug, PartialEq)]
pub struct LossRow {
    /// What dies.
    pub component: ComponentId,
    /// Its name.
    pub name: String,
    /// How many writes each time.
    pub each: String,
    /// How often, and how many in all.
    pub often: String,
}

/// By part whose death loses writes.
pub fn loss_rows(scenario: &Scenario, found: &Consistency) -> Vec<LossRow> {
    let rows = found.lost.iter().map(|row| LossRow {
        component: row.component,
        name: component_name(scenario, row.component),
        each: number(row.per_failure),
        often: format!(
            "{} times a month, {} writes in all",
            number(row.failures_per_month),
            number(row.per_month())
        ),
    });
    rows.collect()
}

/// A class's longest way.
#[derive(Clone, Debug, PartialEq)]
pub struct WayRow {
    /// Whose.
    pub class: String,
    /// How many hops.
    pub hops: String,
    /// Whom it passes.
    pub way: String,
    /// The same as parts.
    pub components: Vec<ComponentId>,
}

/// By class that is sent.
pub fn way_rows(scenario: &Scenario, found: &Complexity) -> Vec<WayRow> {
    let rows = found.ways.iter().map(|row| {
        let names: Vec<String> = (row.components.iter())
            .map(|id| component_name(scenario, *id))
            .collect();
        WayRow {
            class: class_name(scenario, row.class),
            hops: counted(row.hops() as usize, "hop", "hops"),
            way: names.join(" → "),
            components: row.components.clone(),
        }
    });
    rows.collect()
}

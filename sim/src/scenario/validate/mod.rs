//! Whether a readable document makes sense as a design: values out of range, links that mean nothing, parts that nobody reaches. It solves nothing.

mod faults;
mod reach;
mod values;

pub(super) use faults::impossible as impossible_fault;
pub(super) use values::contradictory_parameters;

use super::problem::{Place, Problem};
use super::{ClassId, ComponentId, LinkId, Scenario, cycles};
use crate::catalog::{Kind, connection};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is wrong with the design itself, errors first. An empty document has no problems.
pub fn validate(scenario: &Scenario) -> Vec<Problem> {
    let index = Index::of(scenario);
    let mut problems = Vec::new();
    identities(scenario, &mut problems);
    values::check(scenario, &mut problems);
    links(scenario, &index, &mut problems);
    plans(scenario, &mut problems);
    objectives(scenario, &mut problems);
    faults::check(scenario, &mut problems);
    circles(scenario, &index, &mut problems);
    reach::check(scenario, &index, &mut problems);
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    problems
}

/// The document by id, so that checks stay linear in its size.
struct Index<'a> {
    kinds: BTreeMap<ComponentId, Kind>,
    names: BTreeMap<ComponentId, &'a str>,
    outgoing: BTreeMap<ComponentId, Vec<&'a super::Link>>,
    incoming: BTreeMap<ComponentId, Vec<&'a super::Link>>,
}

impl<'a> Index<'a> {
    fn of(scenario: &'a Scenario) -> Self {
        let mut index = Index {
            kinds: BTreeMap::new(),
            names: BTreeMap::new(),
            outgoing: BTreeMap::new(),
            incoming: BTreeMap::new(),
        };
        for component in &scenario.components {
            index.kinds.insert(component.id, component.kind);
            index.names.insert(component.id, &component.name);
        }
        for link in &scenario.links {
            index.outgoing.entry(link.from).or_default().push(link);
            index.incoming.entry(link.to).or_default().push(link);
        }
        index
    }

    fn name(&self, id: ComponentId) -> String {
        self.names
            .get(&id)
            .map_or_else(|| format!("component {id}"), |name| (*name).to_owned())
    }

    fn place(&self, link: &super::Link) -> Place {
        Place::Link {
            id: link.id,
            name: format!("{} → {}", self.name(link.from), self.name(link.to)),
        }
    }

    /// The links that leave a component, with the kind at their other end.
    fn leaving(&self, id: ComponentId) -> impl Iterator<Item = (&'a super::Link, Kind)> + '_ {
        self.outgoing
            .get(&id)
            .into_iter()
            .flatten()
            .filter_map(|link| Some((*link, *self.kinds.get(&link.to)?)))
    }

    /// The links that arrive at a component, with the kind at their other end.
    fn arriving(&self, id: ComponentId) -> impl Iterator<Item = (&'a super::Link, Kind)> + '_ {
        self.incoming
            .get(&id)
            .into_iter()
            .flatten()
            .filter_map(|link| Some((*link, *self.kinds.get(&link.from)?)))
    }
}

fn identities(scenario: &Scenario, problems: &mut Vec<Problem>) {
    let remedy = "Remove one of the two.";
    let mut components = BTreeSet::new();
    for component in scenario
        .components
        .iter()
        .filter(|component| !components.insert(component.id))
    {
        problems.push(Problem::error(
            Place::component(component),
            format!("Another component has the id {} as well.", component.id),
            remedy,
        ));
    }
    let mut links = BTreeSet::new();
    for link in scenario.links.iter().filter(|link| !links.insert(link.id)) {
        problems.push(Problem::error(
            Place::link(scenario, link),
            format!("Another link has the id {} as well.", link.id),
            remedy,
        ));
    }
    let mut zones = BTreeSet::new();
    for zone in scenario.zones.iter().filter(|zone| !zones.insert(zone.id)) {
        problems.push(Problem::error(
            Place::zone(zone),
            format!("Another zone has the id {} as well.", zone.id),
            remedy,
        ));
    }
    let mut classes = BTreeSet::new();
    for class in scenario
        .classes
        .iter()
        .filter(|class| !classes.insert(class.id))
    {
        problems.push(Problem::error(
            Place::class(class),
            format!("Another class has the id {} as well.", class.id),
            remedy,
        ));
    }
    if scenario.classes.is_empty() {
        problems.push(
            Problem::error(
                Place::Document,
                "There is no request class, so that clients have nothing to send.",
                "Add a class.",
            )
            .of_field("classes"),
        );
    } else if scenario.classes.iter().all(|class| class.share <= 0.0) {
        problems.push(
            Problem::error(
                Place::class(&scenario.classes[0]),
                "Every class has a share of 0, so that nothing is sent.",
                "Give at least one class a share above 0.",
            )
            .of_field("share"),
        );
    }
}

fn links(scenario: &Scenario, index: &Index, problems: &mut Vec<Problem>) {
    let classes: BTreeSet<ClassId> = scenario.classes.iter().map(|class| class.id).collect();
    let mut pairs = BTreeSet::new();
    for link in &scenario.links {
        let place = || index.place(link);
        let missing = [link.from, link.to]
            .into_iter()
            .find(|end| !index.kinds.contains_key(end));
        if let Some(end) = missing {
            problems.push(Problem::error(
                place(),
                format!("Its end, component {end}, isn't in the document."),
                "Remove the link, or draw it anew.",
            ));
            continue;
        }
        if link.from == link.to {
            problems.push(Problem::error(
                place(),
                "It leads back to where it starts, which means nothing.",
                "Remove it.",
            ));
            continue;
        }
        if !pairs.insert((link.from, link.to)) {
            problems.push(Problem::warning(
                place(),
                "There is a second link between the same two parts.",
                "Remove one, and set the classes and weight of the other.",
            ));
        }
        if let Some(unknown) = link.classes.iter().find(|class| !classes.contains(class)) {
            problems.push(
                Problem::error(
                    place(),
                    format!("It carries class {unknown}, which isn't in the document."),
                    "Choose the classes of the link anew.",
                )
                .of_field("classes"),
            );
        }
        if let (Some(from), Some(to)) = (index.kinds.get(&link.from), index.kinds.get(&link.to))
            && let Err(reason) = connection(*from, *to)
        {
            problems.push(Problem::warning(
                place(),
                format!("This link means nothing. {reason}"),
                "Remove it.",
            ));
        }
    }
}

fn plans(scenario: &Scenario, problems: &mut Vec<Problem>) {
    let classes: BTreeMap<ClassId, &str> = scenario
        .classes
        .iter()
        .map(|class| (class.id, class.name.as_str()))
        .collect();
    let ends: BTreeMap<LinkId, ComponentId> = scenario
        .links
        .iter()
        .map(|link| (link.id, link.from))
        .collect();
    for component in scenario
        .components
        .iter()
        .filter(|component| !component.plans.is_empty() || !component.mix.is_empty())
    {
        let place = || Place::component(component);
        let mut planned = BTreeSet::new();
        for plan in &component.plans {
            let Some(name) = classes.get(&plan.class) else {
                problems.push(
                    Problem::error(
                        place(),
                        format!(
                            "It has a call plan for class {}, which isn't in the document.",
                            plan.class
                        ),
                        "Remove the plan.",
                    )
                    .of_field("plans"),
                );
                continue;
            };
            if !planned.insert(plan.class) {
                problems.push(
                    Problem::error(
                        place(),
                        format!(
                            "It has several call plans for class \"{name}\"; the first counts."
                        ),
                        "Remove all but one.",
                    )
                    .of_field("plans"),
                );
            }
            let foreign = plan
                .steps
                .iter()
                .flat_map(|step| &step.calls)
                .find(|call| ends.get(&call.link) != Some(&component.id));
            if let Some(call) = foreign {
                problems.push(
                    Problem::error(place(), format!("Its call plan for class \"{name}\" takes link {}, which isn't one of its own outgoing links.", call.link), "Choose one of its own links, or remove the call.")
                        .of_field("plans"),
                );
            }
        }
        if let Some((unknown, _)) = component
            .mix
            .iter()
            .find(|(class, _)| !classes.contains_key(class))
        {
            problems.push(
                Problem::error(
                    place(),
                    format!("Its mix has class {unknown}, which isn't in the document."),
                    "Set the mix anew.",
                )
                .of_field("mix"),
            );
        } else if !component.mix.is_empty()
            && component.mix.iter().all(|(_, weight)| *weight <= 0.0)
        {
            problems.push(
                Problem::warning(
                    place(),
                    "Every class has weight 0 in its mix, so that it sends nothing.",
                    "Give at least one class a weight above 0.",
                )
                .of_field("mix"),
            );
        } else if !component.mix.is_empty() && component.kind != Kind::Clients {
            problems.push(
                Problem::warning(
                    place(),
                    "It has a mix of classes, which only clients send; it has no effect.",
                    "Remove the mix.",
                )
                .of_field("mix"),
            );
        }
    }
}

fn objectives(scenario: &Scenario, problems: &mut Vec<Problem>) {
    for (index, objective) in scenario.objectives.iter().enumerate() {
        let place = Place::Objective { number: index + 1 };
        match objective.class {
            Some(class) if scenario.class(class).is_none() => problems.push(
                Problem::error(
                    place,
                    format!("It speaks of class {class}, which isn't in the document."),
                    "Choose a class that is there, or all.",
                )
                .of_field("class"),
            ),
            Some(_) if objective.target.is_of_whole_design() => problems.push(
                Problem::warning(
                    place,
                    "It speaks of the whole design; its class has no effect.",
                    "Let it speak of all classes.",
                )
                .of_field("class"),
            ),
            _ => {}
        }
    }
}

fn circles(scenario: &Scenario, index: &Index, problems: &mut Vec<Problem>) {
    for cycle in cycles(scenario) {
        let Some(first) = cycle.components.first() else {
            continue;
        };
        let mut names: Vec<String> = cycle.components.iter().map(|id| index.name(*id)).collect();
        names.push(index.name(*first));
        let class = scenario
            .class(cycle.class)
            .map_or_else(String::new, |class| class.name.clone());
        let what = if cycle.synchronous {
            "each waits for the next, and none would ever answer"
        } else {
            "each message begets another, without end"
        };
        problems.push(Problem::error(
            Place::Component {
                id: *first,
                name: index.name(*first),
            },
            format!(
                "Requests of class \"{class}\" go round in a circle: {}; {what}.",
                names.join(" → ")
            ),
            "Remove one of these links, or let it carry other classes only.",
        ));
    }
}

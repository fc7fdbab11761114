//! Which setting of a scenario a word means: a component's parameter, or what classes, zones, links, mixes and calls have. It reads no values.

use super::names::{class, component, suggestion, zone};
use crate::terminal;
use loadscape_sim::catalog::{self, Condition, Domain, Kind, ParameterSpecification};
use loadscape_sim::insight::{CallPlace, Setting};
use loadscape_sim::scenario::{
    CALL_NUMBERS, CLASS_NUMBERS, CLASS_SHARE, ClassId, Component, ComponentId, LINK_NUMBERS, Link,
    LinkId, Number, RequestClass, Scenario, Zone,
};

/// What a setting looks like.
pub const FORM: &str = "write it like --set COMPONENT.PARAMETER=FROM..TO:STEPS; 'loadscape --help' says how classes, zones, links and calls are named";

/// A setting, and what is said of it.
#[derive(Debug)]
pub struct Target {
    /// What it is called: whose it is, and its own name.
    pub name: String,
    /// Which.
    pub setting: Setting,
    /// When it has an effect.
    pub condition: Option<Condition>,
    /// What values it takes.
    pub domain: Domain,
}

/// Whose setting it is.
#[derive(Debug, PartialEq)]
enum Holder<'a> {
    Component(&'a Component),
    Zone(&'a Zone),
    Class(&'a RequestClass),
    Mix(&'a Component, &'a RequestClass),
    Link(&'a Link),
    Call(CallPlace),
}

/// The setting of this name of whatever is called so.
///
/// # Errors
/// What there isn't, and what there is.
pub fn target(scenario: &Scenario, owner: &str, name: &str) -> Result<Target, String> {
    let holder = holder(scenario, owner)?;
    let called = holder.called(scenario);
    let (own, setting, condition) = match holder {
        Holder::Component(part) => {
            let kind = catalog::specification(part.kind);
            let whose = format!("{called} ({})", kind.label);
            let lists = format!("; 'loadscape help {}' lists all", part.kind.name());
            let found = parameter(kind.parameters, name, &whose, &lists)?;
            let setting = Setting::Component(part.id, found.parameter);
            (found.parameter.name(), setting, found.applies_when)
        }
        Holder::Zone(zone) => {
            let kind = catalog::zone_specification(zone.kind);
            let whose = format!("{called} ({})", kind.label);
            let found = parameter(kind.parameters, name, &whose, "")?;
            let setting = Setting::Zone(zone.id, found.parameter);
            (found.parameter.name(), setting, found.applies_when)
        }
        Holder::Class(class) => {
            let found = number(CLASS_NUMBERS.iter(), name, &called)?;
            (found.name, Setting::Class(class.id, found), None)
        }
        Holder::Mix(part, class) => {
            let found = number([CLASS_SHARE].into_iter(), name, &called)?;
            (found.name, Setting::Mix(part.id, class.id), None)
        }
        Holder::Link(link) => {
            let found = number(LINK_NUMBERS.iter(), name, &called)?;
            (found.name, Setting::Link(link.id, found), None)
        }
        Holder::Call(place) => {
            // What a call isn't protected by has no numbers.
            let there = CALL_NUMBERS.iter().filter(|number| {
                let setting = Setting::Call(place, number);
                setting.value(scenario).is_some()
            });
            let found = number(there, name, &called)?;
            (found.name, Setting::Call(place, found), None)
        }
    };
    let name = format!("{called}.{own}");
    let domain = setting
        .domain(scenario)
        .ok_or_else(|| format!("{name} has no values"))?;
    Ok(Target {
        name,
        setting,
        condition,
        domain,
    })
}

impl Holder<'_> {
    /// What it is called, in the form in which it is written: by names, or by ids where those mean something else.
    fn called(&self, scenario: &Scenario) -> String {
        let named = terminal::line(&self.written(scenario, &|_, name| name.to_owned()));
        let is_clear = holder(scenario, &named).is_ok_and(|other| other == *self);
        // A single thing that shares its name is still told by that.
        if is_clear
            || matches!(
                self,
                Holder::Component(_) | Holder::Zone(_) | Holder::Class(_)
            )
        {
            named
        } else {
            self.written(scenario, &|id, _| id.to_string())
        }
    }

    fn written(&self, scenario: &Scenario, name: &dyn Fn(u32, &str) -> String) -> String {
        let part = |id: ComponentId| {
            let part = scenario.component(id);
            part.map_or_else(String::new, |part| name(id.0, &part.name))
        };
        let class = |id: ClassId| {
            let class = scenario.class(id);
            class.map_or_else(String::new, |class| name(id.0, &class.name))
        };
        match self {
            Holder::Component(own) => own.name.clone(),
            Holder::Zone(own) => format!("zone:{}", own.name),
            Holder::Class(own) => format!("class:{}", own.name),
            Holder::Mix(own, of) => format!("{}[{}]", part(own.id), class(of.id)),
            Holder::Link(own) => format!("{}->{}", part(own.from), part(own.to)),
            Holder::Call(place) => {
                let of = class(place.class);
                let mut all = CallPlace::all(scenario, place.component, place.class).into_iter();
                let link = all.find(|(own, _)| own == place).map(|(_, call)| call.link);
                let target = link.and_then(|link| scenario.link(link));
                let target = target.map_or_else(String::new, |link| part(link.to));
                let before = link.map_or_else(Vec::new, |link| {
                    along(scenario, place.component, place.class, link)
                });
                let number = before.iter().position(|other| other == place).unwrap_or(0) + 1;
                let number = if before.len() > 1 {
                    format!("#{number}")
                } else {
                    String::new()
                };
                format!("{}[{of}]->{target}{number}", part(place.component))
            }
        }
    }
}

/// Where calls along this link stand in the plan in force.
fn along(
    scenario: &Scenario,
    component: ComponentId,
    class: ClassId,
    link: LinkId,
) -> Vec<CallPlace> {
    let all = CallPlace::all(scenario, component, class).into_iter();
    let own = all.filter(|(_, call)| call.link == link);
    own.map(|(place, _)| place).collect()
}

/// Whoever is called so. A component of that very name comes first; everything has an id by which it can be named instead.
fn holder<'a>(scenario: &'a Scenario, text: &str) -> Result<Holder<'a>, String> {
    let whole = component(scenario, text);
    if let Ok(part) = whole {
        return Ok(Holder::Component(part));
    }
    if let Some(name) = text.strip_prefix("class:") {
        return class(scenario, name.trim()).map(Holder::Class);
    }
    if let Some(name) = text.strip_prefix("zone:") {
        return zone(scenario, name.trim()).map(Holder::Zone);
    }
    // Names may hold what stands between them: every way to read it is tried.
    let arrows = ["->", "→"]
        .into_iter()
        .flat_map(|arrow| text.match_indices(arrow));
    let mut read: Vec<Result<Holder<'a>, String>> = arrows
        .map(|(at, arrow)| {
            let (from, to) = (text[..at].trim(), text[at + arrow.len()..].trim());
            let simple = link(scenario, from, to).map(Holder::Link);
            match (simple, from.strip_suffix(']')) {
                (Err(_), Some(from)) => call(scenario, from, to).map(Holder::Call),
                (simple, _) => simple,
            }
        })
        .collect();
    if read.is_empty()
        && let Some(inner) = text.strip_suffix(']')
    {
        read = each_bracket(inner)
            .map(|(name, of)| mix(scenario, name, of))
            .collect();
    }
    let sound = read.iter().filter(|holder| holder.is_ok()).count();
    match sound {
        0 => match read.into_iter().next_back() {
            Some(unsound) => unsound,
            None => whole.map(Holder::Component),
        },
        1 => read
            .into_iter()
            .find(Result::is_ok)
            .unwrap_or_else(|| Err(FORM.to_owned())),
        _ => Err(format!(
            "'{}' can be read in {sound} ways; name its ends by their ids",
            terminal::line(text)
        )),
    }
}

/// Wherever a bracket may begin that ends with the text: what stands before it, and in it.
fn each_bracket(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('[')
        .map(|(at, _)| (text[..at].trim(), text[at + 1..].trim()))
}

fn link<'a>(scenario: &'a Scenario, from: &str, to: &str) -> Result<&'a Link, String> {
    let (caller, called) = (component(scenario, from)?, component(scenario, to)?);
    let mut links = scenario.links.iter();
    let found = links.find(|link| (link.from, link.to) == (caller.id, called.id));
    found.ok_or_else(|| {
        let targets = scenario.links_from(caller.id);
        let names = targets.filter_map(|link| scenario.component(link.to));
        format!(
            "no link leads from '{}' to '{}'; {}",
            terminal::line(&caller.name),
            terminal::line(&called.name),
            suggestion(to, names.map(|part| part.name.as_str()), "it calls nobody")
        )
    })
}

fn mix<'a>(scenario: &'a Scenario, name: &str, of: &str) -> Result<Holder<'a>, String> {
    let (part, of) = (component(scenario, name)?, class(scenario, of)?);
    if part.kind == Kind::Clients {
        Ok(Holder::Mix(part, of))
    } else {
        Err(format!(
            "'{0}' sends nothing by itself; write '{0}[{1}]->TARGET' for a call that it makes",
            terminal::line(&part.name),
            terminal::line(&of.name)
        ))
    }
}

/// The call of `COMPONENT[CLASS` to `TARGET`, or to `TARGET#2` where a plan calls the same twice.
fn call(scenario: &Scenario, from: &str, to: &str) -> Result<CallPlace, String> {
    let mut error = None;
    for (name, of) in each_bracket(from) {
        match (component(scenario, name), class(scenario, of)) {
            (Ok(part), Ok(of)) => return call_of(scenario, part, of, to),
            (Err(wrong), _) | (_, Err(wrong)) => error = Some(wrong),
        }
    }
    Err(error.unwrap_or_else(|| FORM.to_owned()))
}

fn call_of(
    scenario: &Scenario,
    part: &Component,
    of: &RequestClass,
    to: &str,
) -> Result<CallPlace, String> {
    let numbered = to.rsplit_once('#').and_then(|(name, number)| {
        let number = number.trim().parse::<usize>().ok().filter(|own| *own > 0)?;
        Some((name.trim(), number))
    });
    let (to, number) = match (component(scenario, to), numbered) {
        (Err(_), Some((name, number))) => (name, Some(number)),
        _ => (to, None),
    };
    let link = link(scenario, &part.id.0.to_string(), to)?;
    let there = along(scenario, part.id, of.id, link.id);
    let names = || {
        let called = scenario.component(link.to);
        (
            terminal::line(&part.name),
            terminal::line(called.map_or("", |called| called.name.as_str())),
            terminal::line(&of.name),
        )
    };
    match (there.as_slice(), number) {
        ([], _) => {
            let calls = CallPlace::all(scenario, part.id, of.id).into_iter();
            let targets =
                calls.filter_map(|(_, call)| scenario.component(scenario.link(call.link)?.to));
            let (from, to, of) = names();
            Err(format!(
                "'{from}' doesn't call '{to}' for '{of}'; {}",
                suggestion(
                    &to,
                    targets.map(|part| part.name.as_str()),
                    "it calls nobody for it"
                )
            ))
        }
        ([only], None) => Ok(*only),
        (several, Some(number)) if number <= several.len() => Ok(several[number - 1]),
        (several, _) => {
            let (from, to, of) = names();
            Err(format!(
                "'{from}' calls '{to}' {} times for '{of}'; name the one you mean, from '{from}[{of}]->{to}#1' to '#{}'",
                several.len(),
                several.len()
            ))
        }
    }
}

fn parameter(
    all: &'static [ParameterSpecification],
    name: &str,
    whose: &str,
    lists: &str,
) -> Result<&'static ParameterSpecification, String> {
    let is = |known: &&ParameterSpecification| {
        known.parameter.name() == name || known.label.eq_ignore_ascii_case(name)
    };
    all.iter().find(is).ok_or_else(|| {
        let names = all.iter().map(|known| known.parameter.name());
        format!(
            "{whose} has no parameter '{}'; {}{lists}",
            terminal::line(name),
            suggestion(name, names, "it has none"),
        )
    })
}

fn number<T>(
    all: impl Iterator<Item = &'static Number<T>> + Clone,
    name: &str,
    whose: &str,
) -> Result<&'static Number<T>, String> {
    let is = |known: &&Number<T>| known.name == name || known.label.eq_ignore_ascii_case(name);
    all.clone().find(is).ok_or_else(|| {
        format!(
            "{whose} has no number '{}'; {}",
            terminal::line(name),
            suggestion(name, all.map(|known| known.name), "it has none")
        )
    })
}

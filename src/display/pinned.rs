//! A pinned design beside the present one: figures then and now, and the parts and links that differ, in words; it knows no screen.

use super::compared::{Row, signed};
use loadscape_sim::catalog::{self, format_value};
use loadscape_sim::quantities::{dollars, percent, rate, share, time};
use loadscape_sim::report::Report;
use loadscape_sim::scenario::{Component, ComponentId, Link, Point, Scenario};
use loadscape_sim::units::{DollarsPerMonth, PerSecond, Seconds};

/// How a part differs from the pinned design.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// It wasn't there.
    New,
    /// It is set otherwise, in these words.
    Changed(Vec<String>),
    /// It isn't there any more; it was called this and stood here.
    Gone(String, Point),
}

/// A design with what it does.
#[derive(Clone, Copy, Debug)]
pub struct Design<'a> {
    /// What is drawn.
    pub scenario: &'a Scenario,
    /// What the solver says of it.
    pub report: &'a Report,
}

/// A change of less than this share isn't shown as one.
const SAME: f64 = 1e-4;

/// Every figure of both; classes are the same when they are called the same.
pub fn lines(then: Design, now: Design) -> Vec<Row> {
    let mut lines = Vec::new();
    for class in &now.scenario.classes {
        let p99 = |design: Design| {
            let mut classes = design.scenario.classes.iter();
            let place = classes.position(|own| own.name == class.name)?;
            let report = design.report.classes.get(place)?;
            (report.offered.0 > 0.0).then(|| report.answered().map(|latency| latency.p99.0))
        };
        if let (Some(then), Some(now)) = (p99(then), p99(now)) {
            let what = format!("p99 of {}", class.name);
            lines.push(figure(what, then, now, false, |span| time(Seconds(span))));
        }
    }
    let goodput = |design: Design| {
        let classes = design.report.classes.iter();
        Some(classes.map(|class| class.goodput.0).sum::<f64>())
    };
    lines.push(figure(
        "Served".to_owned(),
        goodput(then),
        goodput(now),
        true,
        |own| rate(PerSecond(own)),
    ));
    let sustained =
        |design: Design| Some(design.report.sustainable.0).filter(|own| own.is_finite());
    lines.push(figure(
        "Sustains".to_owned(),
        sustained(then),
        sustained(now),
        true,
        |own| rate(PerSecond(own)),
    ));
    lines.push(figure(
        "Cost a month".to_owned(),
        Some(then.report.cost.total.0),
        Some(now.report.cost.total.0),
        false,
        |own| dollars(DollarsPerMonth(own)),
    ));
    let limit = |design: Design| {
        let found = design.report.bottleneck.as_ref();
        found.map_or_else(
            || "none".to_owned(),
            |found| {
                let part = design.scenario.component(found.component);
                let name = part.map_or("?", |part| part.name.as_str());
                format!("{name}, {}", percent(found.utilisation))
            },
        )
    };
    lines.push(Row {
        label: "Bottleneck".to_owned(),
        before: limit(then),
        after: limit(now),
        change: String::new(),
        better: None,
    });
    lines
}

/// How many of its objectives each of them keeps, where either has any.
pub fn objectives_met(then: Design, now: Design) -> Option<Row> {
    let met = |design: Design| {
        let own = &design.report.objectives;
        (own.iter().filter(|own| own.met).count(), own.len())
    };
    let (before, after) = (met(then), met(now));
    let words = |(met, all): (usize, usize)| format!("{met} of {all}");
    (before.1 > 0 || after.1 > 0).then(|| Row {
        label: "Objectives met".to_owned(),
        before: words(before),
        after: words(after),
        change: String::new(),
        better: (before.1 == after.1 && before.0 != after.0).then_some(after.0 > before.0),
    })
}

fn figure(
    label: String,
    then: Option<f64>,
    now: Option<f64>,
    more_is_better: bool,
    write: fn(f64) -> String,
) -> Row {
    let words = |value: Option<f64>| {
        value.map_or_else(
            || {
                if more_is_better {
                    "any load"
                } else {
                    "no steady state"
                }
                .to_owned()
            },
            write,
        )
    };
    let (change, better) = match (then, now) {
        (Some(then), Some(now)) if (now - then).abs() <= SAME * then.abs() => {
            ("the same".to_owned(), None)
        }
        (Some(then), Some(now)) => {
            let mut change = signed(then, now, &write);
            if then > 0.0 {
                let part = signed(1.0, now / then, &share);
                change.push_str(&format!(" ({part})"));
            }
            (change, Some((now > then) == more_is_better))
        }
        (None, None) => ("the same".to_owned(), None),
        // No steady state is worse than any; no limit is better than any.
        (None, Some(_)) => (String::new(), Some(!more_is_better)),
        (Some(_), None) => (String::new(), Some(more_is_better)),
    };
    Row {
        label,
        before: words(then),
        after: words(now),
        change,
        better,
    }
}

/// Whether one design has come from the other: of the parts that both number alike, half at least are of the same kind and name. Documents
/// number their parts from 1 on, so that a number alone says nothing.
pub fn are_related(then: &Scenario, now: &Scenario) -> bool {
    let (mut alike, mut both) = (0, 0);
    for own in &now.components {
        if let Some(before) = then.component(own.id) {
            both += 1;
            alike += usize::from(is_same(before, own));
        }
    }
    // Where there was nothing to compare yet, it has come from that.
    2 * alike >= both && (both > 0 || then.components.is_empty() || now.components.is_empty())
}

fn is_same(before: &Component, after: &Component) -> bool {
    before.kind == after.kind && before.name == after.name
}

/// Which parts of two designs are the same.
struct Matches<'a> {
    then: &'a Scenario,
    now: &'a Scenario,
    related: bool,
}

impl<'a> Matches<'a> {
    fn of(then: &'a Scenario, now: &'a Scenario) -> Self {
        Matches {
            then,
            now,
            related: are_related(then, now),
        }
    }

    /// What this part was. Of a design that has come from the other a number tells, also of a part that was renamed since.
    fn before(&self, own: &Component) -> Option<&'a Component> {
        let before = self.then.component(own.id)?;
        (self.related || is_same(before, own)).then_some(before)
    }

    /// Whether it is there still.
    fn stays(&self, before: &Component) -> bool {
        (self.now.component(before.id)).is_some_and(|own| self.before(own).is_some())
    }

    /// What this link was: between what was the same parts.
    fn link_before(&self, own: &Link) -> Option<&'a Link> {
        let before = self.then.link(own.id)?;
        let ends = [(before.from, own.from), (before.to, own.to)];
        let same = |(then, now): (ComponentId, ComponentId)| {
            let part = self.now.component(now);
            then == now && part.is_some_and(|part| self.before(part).is_some())
        };
        (self.related || ends.into_iter().all(same)).then_some(before)
    }

    /// Whether it is there still.
    fn link_stays(&self, before: &Link) -> bool {
        (self.now.link(before.id)).is_some_and(|own| self.link_before(own).is_some())
    }
}

/// The parts that differ, those of today first, in drawing order. Where a part stands makes no difference.
pub fn parts(then: &Scenario, now: &Scenario) -> Vec<(ComponentId, Part)> {
    let matches = Matches::of(then, now);
    let mut found = Vec::new();
    for component in &now.components {
        match matches.before(component) {
            None => found.push((component.id, Part::New)),
            Some(before) => {
                let words = changes(before, component);
                if !words.is_empty() {
                    found.push((component.id, Part::Changed(words)));
                }
            }
        }
    }
    let gone = (then.components.iter()).filter(|before| !matches.stays(before));
    found.extend(gone.map(|before| (before.id, Part::Gone(before.name.clone(), before.position))));
    found
}

/// The parts that both designs have, in drawing order.
pub fn same_parts(then: &Scenario, now: &Scenario) -> Vec<ComponentId> {
    let matches = Matches::of(then, now);
    let both = (now.components.iter()).filter(|own| matches.before(own).is_some());
    both.map(|own| own.id).collect()
}

fn changes(before: &Component, after: &Component) -> Vec<String> {
    let mut words = Vec::new();
    if before.kind != after.kind {
        let label = |own: &Component| catalog::specification(own.kind).label;
        words.push(format!("{} → {}", label(before), label(after)));
        return words;
    }
    if before.name != after.name {
        words.push(format!("was called {}", before.name));
    }
    for specification in catalog::specification(after.kind).parameters {
        let (then, now) = (
            before.value(specification.parameter),
            after.value(specification.parameter),
        );
        if let (Some(then), Some(now)) = (then, now)
            && then != now
        {
            words.push(format!(
                "{}: {} → {}",
                specification.label,
                format_value(specification, then),
                format_value(specification, now)
            ));
        }
    }
    for (differs, what) in [
        (before.mix != after.mix, "other classes"),
        (before.curve != after.curve, "another curve"),
        (before.plans != after.plans, "other calls"),
    ] {
        if differs {
            words.push(what.to_owned());
        }
    }
    words
}

/// The links that differ, in words.
pub fn links(then: &Scenario, now: &Scenario) -> Vec<String> {
    let words = |scenario: &Scenario, link: &Link| {
        let name = |id| {
            scenario
                .component(id)
                .map_or_else(|| "?".to_owned(), |own| own.name.clone())
        };
        format!("{} → {}", name(link.from), name(link.to))
    };
    let matches = Matches::of(then, now);
    let mut found = Vec::new();
    for link in &now.links {
        match matches.link_before(link) {
            None => found.push(format!("{}: new", words(now, link))),
            Some(before) if before != link => {
                found.push(format!("{}: changed", words(now, link)));
            }
            Some(_) => {}
        }
    }
    let gone = (then.links.iter()).filter(|before| !matches.link_stays(before));
    found.extend(gone.map(|link| format!("{}: gone", words(then, link))));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::analysis::analyse;
    use loadscape_sim::builtin::named;
    use loadscape_sim::catalog::{Kind, Parameter, Value};
    use loadscape_sim::scenario::read;

    fn stage() -> Scenario {
        let builtin = named("stage-2").expect("it is built in");
        read(builtin.text()).scenario.expect("it is sound")
    }

    fn replica(scenario: &mut Scenario) -> &mut Component {
        let mut parts = scenario.components.iter_mut();
        parts
            .find(|own| own.name == "Replica")
            .expect("it is drawn")
    }

    #[test]
    fn a_design_beside_itself_is_the_same() {
        let scenario = stage();
        let report = analyse(&scenario).report;
        let design = Design {
            scenario: &scenario,
            report: &report,
        };
        for line in lines(design, design) {
            assert_eq!(
                (line.before, line.better),
                (line.after, None),
                "{}",
                line.label
            );
        }
        assert_eq!(parts(&scenario, &scenario), Vec::new());
        assert_eq!(links(&scenario, &scenario), Vec::<String>::new());
    }

    #[test]
    fn figures_stand_beside_each_other_with_what_they_differ_by() {
        let (then, mut now) = (stage(), stage());
        replica(&mut now)
            .parameters
            .insert(Parameter::Cores, Value::Number(8.0));
        let (before, after) = (analyse(&then).report, analyse(&now).report);
        let then = Design {
            scenario: &then,
            report: &before,
        };
        let now = Design {
            scenario: &now,
            report: &after,
        };
        let lines = lines(then, now);
        let line = |what: &str| {
            lines
                .iter()
                .find(|line| line.label == what)
                .unwrap_or_else(|| panic!("{what} isn't in {lines:?}"))
        };
        let p99 = line("p99 of View post");
        assert_eq!((p99.before.as_str(), p99.better), ("311 ms", Some(true)));
        assert!(p99.change.starts_with("−145 ms (−47 %)"), "{p99:?}");
        let cost = line("Cost a month");
        assert_eq!(cost.better, Some(false));
        assert!(cost.change.starts_with("+$349"), "{cost:?}");
        assert_eq!(line("Bottleneck").after, "Read API, 65 %");
        let met = objectives_met(then, now).expect("there are some");
        assert_eq!((met.before.as_str(), met.better), ("3 of 4", Some(true)));
    }

    #[test]
    fn parts_and_links_that_differ_are_told() {
        let (then, mut now) = (stage(), stage());
        let id = replica(&mut now).id;
        replica(&mut now)
            .parameters
            .insert(Parameter::Cores, Value::Number(8.0));
        let images = now
            .components
            .iter()
            .find(|own| own.name == "Images")
            .expect("it is drawn")
            .clone();
        now.components.retain(|own| own.id != images.id);
        now.links
            .retain(|link| link.from != images.id && link.to != images.id);
        let added = now.next_component_id();
        now.components.push(Component::new(
            ComponentId(added.0 + 1),
            Kind::Cache,
            "Cache",
            images.position,
        ));
        assert_eq!(
            parts(&then, &now),
            [
                (id, Part::Changed(vec!["Cores: 4 → 8".to_owned()])),
                (ComponentId(added.0 + 1), Part::New),
                (images.id, Part::Gone("Images".to_owned(), images.position)),
            ]
        );
        assert_eq!(links(&then, &now), ["Web servers → Images: gone"]);
    }

    #[test]
    fn parts_of_another_drawing_are_told_apart_though_they_are_numbered_alike() {
        let builtin = |name: &str| {
            let text = named(name).expect("it is built in").text();
            read(text).scenario.expect("it is sound")
        };
        let (then, now) = (builtin("stage-2"), builtin("knee"));
        assert!(!are_related(&then, &now) && are_related(&then, &then));
        let told = parts(&then, &now);
        let new = told.iter().filter(|(_, part)| *part == Part::New).count();
        let gone = told
            .iter()
            .filter(|(_, part)| matches!(part, Part::Gone(..)));
        assert_eq!(new, now.components.len());
        assert_eq!(gone.count(), then.components.len());
        assert_eq!(links(&then, &now).len(), then.links.len() + now.links.len());
        // The next stage has come from this one, and so has what was renamed.
        assert!(are_related(&then, &builtin("stage-3")));
        let mut renamed = then.clone();
        replica(&mut renamed).name = "Copy".to_owned();
        let told = parts(&then, &renamed);
        let words = vec!["was called Replica".to_owned()];
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].1, Part::Changed(words));
        // What is drawn on an empty canvas has come from that.
        assert!(are_related(&Scenario::default(), &then));
    }
}

//! What a sweep varies: from `component.parameter=from..to:steps` to values that the parameter takes. It solves nothing.

use super::target::{FORM, target};
use crate::terminal;
use loadscape_sim::catalog::{self, Condition, Domain, Value};
use loadscape_sim::insight;
use loadscape_sim::scenario::Scenario;

/// Values of one setting of the design.
#[derive(Debug)]
pub struct Setting {
    /// What it is called: whose it is, and its own name.
    pub name: String,
    /// Which.
    pub setting: insight::Setting,
    /// When it has an effect.
    pub condition: Option<Condition>,
    /// The values, in the order of the rows; each is one that it takes.
    pub values: Vec<Value>,
}

/// Most values of one setting.
const MOST_VALUES: usize = 100_000;

/// Reads one `--set`.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub fn parse(scenario: &Scenario, text: &str) -> Result<Setting, String> {
    let shown = terminal::line(text);
    let (named, values) = text
        .rsplit_once('=')
        .ok_or_else(|| format!("'{shown}' says no values; {FORM}"))?;
    let (owner, name) = named
        .rsplit_once('.')
        .ok_or_else(|| format!("'{shown}' names no parameter; {FORM}"))?;
    let target = target(scenario, owner.trim(), name.trim())?;
    let values = parse_values(target.domain, values.trim())
        .map_err(|error| format!("--set {shown}: {}", terminal::line(&error)))?;
    Ok(Setting {
        name: target.name,
        setting: target.setting,
        condition: target.condition,
        values,
    })
}

fn parse_values(domain: Domain, text: &str) -> Result<Vec<Value>, String> {
    let Domain::Number { unit, whole, .. } = domain else {
        // Choices and flags have no steps between them.
        return text.split(',').map(|word| domain.parse(word)).collect();
    };
    let Some((from, rest)) = text.split_once("..") else {
        return Ok(vec![domain.parse(text)?]);
    };
    let (rest, logarithmic) = match rest.strip_suffix(":log") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let (to, steps) = rest
        .rsplit_once(':')
        .ok_or("the number of points is missing; write FROM..TO:STEPS, as in 10..100:10")?;
    let steps: usize = steps
        .trim()
        .parse()
        .ok()
        .filter(|steps| (2..=MOST_VALUES).contains(steps))
        .ok_or_else(|| {
            format!("'{steps}' isn't a number of points; write a whole number from 2 to {MOST_VALUES} after the colon")
        })?;
    // The ends are checked as values, and all between two that are taken is taken, too.
    let end = |text: &str| match domain.parse(text)? {
        Value::Number(number) => Ok(number),
        _ => Err(format!("'{text}' is no end of a range; write a number")),
    };
    let (from, to) = (end(from)?, end(to)?);
    if logarithmic && (from <= 0.0 || to <= 0.0) {
        return Err(format!(
            "equal ratios need both ends above 0, and one is {}; leave :log out for equal steps",
            catalog::format_number(unit, from.min(to))
        ));
    }
    let last = (steps - 1) as f64;
    let mut values: Vec<f64> = (0..steps)
        .map(|step| match step {
            // The ends are met exactly.
            0 => from,
            step if step + 1 == steps => to,
            step if logarithmic => from * (to / from).powf(step as f64 / last),
            step => from + (to - from) * (step as f64 / last),
        })
        .map(tidy)
        .collect();
    if whole {
        for value in &mut values {
            *value = value.round();
        }
        values.dedup();
    }
    Ok(values.into_iter().map(Value::Number).collect())
}

/// The number at twelve significant digits: 0.3, not 0.30000000000000004.
fn tidy(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::catalog::{Kind, ZoneKind};
    use loadscape_sim::scenario::{
        Call, CallPlan, ClassId, Component, ComponentId, Link, LinkId, PlanStep, Point, Rectangle,
        Zone, ZoneId,
    };
    use std::collections::BTreeMap;

    fn scenario() -> Scenario {
        let component = |id, kind, name: &str| {
            Component::new(ComponentId(id), kind, name, Point { x: 0.0, y: 0.0 })
        };
        Scenario {
            components: vec![
                component(1, Kind::Clients, "Users.eu"),
                component(2, Kind::Service, "App"),
                component(3, Kind::Service, "Twin"),
                component(4, Kind::Service, "Twin"),
                component(5, Kind::LoadBalancer, "Door"),
            ],
            ..Scenario::default()
        }
    }

    /// A part that reads through a cache, and what is named so that it is hard to tell apart.
    fn calling() -> Scenario {
        let mut scenario = scenario();
        let component = |id, kind, name: &str| {
            Component::new(ComponentId(id), kind, name, Point { x: 0.0, y: 0.0 })
        };
        scenario.components.extend([
            component(6, Kind::SqlPrimary, "Data.base"),
            component(7, Kind::Service, "App->Data.base"),
            component(8, Kind::Service, "A"),
            component(9, Kind::Service, "B->C"),
            component(10, Kind::Service, "A->B"),
            component(11, Kind::Service, "C"),
        ]);
        let link = |id, from, to| Link::new(LinkId(id), ComponentId(from), ComponentId(to));
        scenario.links = vec![
            link(1, 1, 2),
            link(2, 2, 6),
            link(3, 7, 6),
            link(4, 8, 9),
            link(5, 10, 11),
        ];
        scenario.classes[0].name = "view [all]".to_owned();
        let twice = [Call::once(LinkId(3)), Call::once(LinkId(3))];
        scenario.components[6].plans.push(CallPlan {
            class: ClassId(1),
            steps: twice.map(|call| PlanStep { calls: vec![call] }).to_vec(),
        });
        scenario.zones.push(Zone {
            id: ZoneId(1),
            kind: ZoneKind::Region,
            name: "EU".to_owned(),
            rectangle: Rectangle {
                x: -10.0,
                y: -10.0,
                width: 500.0,
                height: 500.0,
            },
            parameters: BTreeMap::new(),
        });
        scenario
    }

    #[test]
    fn classes_zones_mixes_links_and_calls_are_named_by_form() {
        let scenario = calling();
        for (text, name, values) in [
            (
                "class:view [all].response_size=1kB..3kB:3",
                "class:view [all].response_size",
                3,
            ),
            (
                "class:1.Zipf exponent=0..1:2",
                "class:view [all].zipf_exponent",
                2,
            ),
            ("zone:EU.location=ireland,us_east", "zone:EU.location", 2),
            (
                "Users.eu[view [all]].share=1..2:2",
                "Users.eu[view [all]].share",
                2,
            ),
            ("1[1].share=1..2:2", "Users.eu[view [all]].share", 2),
            (
                "Users.eu->App.round_trip=1ms..0.1s:4",
                "Users.eu->App.round_trip",
                4,
            ),
            // There is a part that is called so.
            ("app → 6.weight=1..2:2", "2->6.weight", 2),
            (
                "App[view [all]]->Data.base.count=1..5:5",
                "App[view [all]]->Data.base.count",
                5,
            ),
            (
                "2[1]->6.probability=10%..100%:4",
                "App[view [all]]->Data.base.probability",
                4,
            ),
            // A part of that very name comes first, and its ends' ids name the link.
            (
                "App->Data.base.instances=1..2:2",
                "App->Data.base.instances",
                2,
            ),
            (
                "7[1]->6#2.count=1..2:2",
                "App->Data.base[view [all]]->Data.base#2.count",
                2,
            ),
            // Two links could be meant.
            ("8->9.weight=1", "8->9.weight", 1),
        ] {
            let setting = parse(&scenario, text).expect(text);
            assert_eq!(
                (setting.name.as_str(), setting.values.len()),
                (name, values),
                "{text}"
            );
            // What it is called names it.
            let again = parse(&scenario, &format!("{name}=1"));
            let numeric = !text.contains("location");
            assert_eq!(again.is_ok(), numeric, "{name} {again:?}");
            if let Ok(again) = again {
                assert_eq!(again.setting, setting.setting, "{name}");
            }
        }
        let times = parse(&scenario, "1->2.round_trip=1ms..0.1s:2").expect("it is well written");
        assert_eq!(times.values, [Value::Number(1.0), Value::Number(100.0)]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_what_there_is() {
        let scenario = calling();
        for (text, cause) in [
            ("class:order.keys=1", "there are 'view [all]'"),
            (
                "class:1.size=1",
                "did you mean 'request_size' or 'response_size'?",
            ),
            ("zone:US.location=ireland", "there are 'EU'"),
            ("zone:EU.place=ireland", "there are 'location'"),
            (
                "Users.eu->Door.weight=1",
                "no link leads from 'Users.eu' to 'Door'; there are 'App'",
            ),
            ("Door->App.weight=1", "it calls nobody"),
            ("Users.eu->Ap.weight=1", "did you mean 'App' or 'A'?"),
            (
                "Users.eu->App.latency=1",
                "there are 'weight', 'round_trip'",
            ),
            (
                "App[view]->6.count=1",
                "there is no class 'view'; did you mean 'view [all]'?",
            ),
            ("App[1]->6.timeout=1", "there are 'count', 'probability'"),
            ("3[1]->6.count=1", "no link leads from 'Twin'"),
            ("7[1]->6.count=1", "2 times"),
            ("7[1]->6#3.count=1", "'#2'"),
            ("App[1].share=1", "sends nothing by itself"),
            ("A->B->C.weight=1", "2 ways"),
            ("1[1].count=1", "there are 'share'"),
            ("class:1.share=-1", "below the smallest value"),
        ] {
            let error = parse(&scenario, text).expect_err(text);
            assert!(error.contains(cause), "{text}: {error}");
        }
    }

    fn numbers(text: &str) -> Vec<f64> {
        let setting = parse(&scenario(), text).expect("it is well written");
        let number = |value: &Value| match value {
            Value::Number(number) => *number,
            other => panic!("{other:?} is no number"),
        };
        setting.values.iter().map(number).collect()
    }

    #[test]
    fn steps_are_even_or_in_equal_ratios_and_meet_both_ends() {
        assert_eq!(
            numbers("Users.eu.request_rate=100..300:3"),
            [100.0, 200.0, 300.0]
        );
        let ratios = numbers("1.request_rate=10..1000:3:log");
        assert!((ratios[1] - 100.0).abs() < 1e-9, "{ratios:?}");
        assert_eq!([ratios[0], ratios[2]], [10.0, 1000.0]);
        assert_eq!(
            numbers("app.service_time=10ms..0.03s:3"),
            [10.0, 20.0, 30.0]
        );
        assert_eq!(numbers("app.service_time=0.1..0.9:5")[1], 0.3);
        assert_eq!(numbers("App.instances=1..3:9"), [1.0, 2.0, 3.0]);
        assert_eq!(numbers("App.instances=4"), [4.0]);
    }

    #[test]
    fn choices_are_listed() {
        let setting = parse(
            &scenario(),
            "Door.balancing_policy=random,Two random choices",
        );
        assert_eq!(setting.map(|setting| setting.values.len()), Ok(2));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        for (text, cause) in [
            ("App.instances", "COMPONENT.PARAMETER=FROM..TO:STEPS"),
            ("App=1..2:3", "COMPONENT.PARAMETER=FROM..TO:STEPS"),
            ("Ap.instances=1..2:2", "did you mean 'App'?"),
            (
                "Cache.instances=1..2:2",
                "there are 'App', 'Twin', 'Door', 'Users.eu'",
            ),
            ("App.instance=1..2:2", "did you mean 'instances'"),
            ("Twin.instances=1..2:2", "3, 4"),
            ("App.instances=0..2:2", "below the smallest value"),
            ("App.instances=1..2", "number of points"),
            ("App.instances=1..2:1", "from 2 to"),
            ("App.instances=1..many:3", "isn't a number"),
            ("App.service_variability=0..4:5:log", "leave :log out"),
            ("Door.balancing_policy=fair", "isn't one of"),
        ] {
            let error = parse(&scenario(), text).expect_err(text);
            assert!(error.contains(cause), "{text}: {error}");
        }
    }
}

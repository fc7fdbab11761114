//! Named incidents as a menu has them, and what trying one changes in the document. It changes nothing itself.

use crate::editor::{Change, Item};
use loadscape_sim::analysis::Analysis;
use loadscape_sim::incident::{At, INCIDENTS, NamedIncident, Setting, Subject, Trial};
use loadscape_sim::scenario::{RunSettings, Scenario};

/// An incident as a menu has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// By which it is tried.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Where the menu has it.
    pub group: &'static str,
    /// What happens, and what to watch.
    pub happens: &'static str,
    /// See [`Entry::happens`].
    pub watch: &'static str,
    /// What it does to this drawing, in phrases; or why this drawing has none.
    pub here: Result<String, &'static str>,
}

impl Entry {
    /// Whether all of these words (in small letters) are in what is said of it.
    pub fn matches(&self, words: &[String]) -> bool {
        let here = match &self.here {
            Ok(words) => words.as_str(),
            Err(why) => why,
        };
        let all = [self.name, self.group, self.happens, here]
            .join(" ")
            .to_lowercase();
        words.iter().all(|word| all.contains(word.as_str()))
    }
}

/// Every incident on a drawing with its answer, group by group; `selection` is what is selected there.
pub fn entries(scenario: &Scenario, answer: &Analysis, selection: &[Item]) -> Vec<Entry> {
    let subject = subject(scenario, answer, selection);
    INCIDENTS
        .iter()
        .map(|incident| Entry {
            id: incident.id,
            name: incident.name,
            group: incident.group.name(),
            happens: incident.happens,
            watch: incident.watch,
            here: incident
                .prepare(&subject)
                .map(|trial| here(&trial, scenario)),
        })
        .collect()
}

fn subject<'a>(scenario: &'a Scenario, answer: &'a Analysis, selection: &[Item]) -> Subject<'a> {
    let selected = match selection {
        [Item::Component(id)] => Some(At::Component(*id)),
        [Item::Link(id)] => Some(At::Link(*id)),
        [Item::Zone(id)] => Some(At::Zone(*id)),
        _ => None,
    };
    Subject::new(scenario, &answer.report, selected)
}

fn here(trial: &Trial, scenario: &Scenario) -> String {
    let words = trial.words(scenario).join("; ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// What trying an incident changes, as the parts of one step.
///
/// # Errors
/// Why this drawing has none.
pub fn changes(
    incident: &NamedIncident,
    scenario: &Scenario,
    answer: &Analysis,
    selection: &[Item],
) -> Result<Vec<Change>, &'static str> {
    let trial = incident.prepare(&subject(scenario, answer, selection))?;
    let run = trial.run_seconds(scenario).map(|seconds| {
        Change::SetRun(RunSettings {
            duration_seconds: Some(seconds),
            ..scenario.run
        })
    });
    let settings = trial.settings.into_iter().map(|setting| match setting {
        Setting::Parameter {
            component,
            parameter,
            value,
        } => Change::SetParameter {
            component,
            parameter,
            value: Some(value),
        },
        Setting::Plans { component, plans } => Change::SetPlans { component, plans },
    });
    let there = scenario.faults.len();
    let faults = trial.faults.into_iter().enumerate();
    let faults = faults.map(|(place, fault)| Change::InsertFault {
        index: there + place,
        fault,
    });
    Ok(settings.chain(faults).chain(run).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::analysis::analyse;
    use loadscape_sim::builtin::named as stage;
    use loadscape_sim::catalog::Kind;
    use loadscape_sim::scenario::read;

    fn scenario(name: &str) -> Scenario {
        read(stage(name).unwrap().text()).scenario.unwrap()
    }

    #[test]
    fn each_is_offered_with_its_part_or_not_with_the_reason() {
        let scenario = scenario("stage-3");
        let answer = analyse(&scenario);
        let all = entries(&scenario, &answer, &[]);
        assert!(all.len() >= 24);
        let find = |id: &str| all.iter().find(|entry| entry.id == id).unwrap();
        assert_eq!(
            find("cache-flush").here.as_deref(),
            Ok("Post cache flushed.")
        );
        assert!(find("consumer-stopped").here.is_err());
        let words = |text: &str| vec![text.to_owned()];
        assert!(find("cache-flush").matches(&words("forgets")));
        assert!(!find("cache-flush").matches(&words("worker")));
        let service = scenario
            .components
            .iter()
            .find(|part| part.kind == Kind::Service)
            .unwrap();
        let chosen = entries(&scenario, &answer, &[Item::Component(service.id)]);
        let loss = chosen
            .iter()
            .find(|entry| entry.id == "instance-loss")
            .unwrap();
        assert!(loss.here.as_ref().unwrap().contains(&service.name));
    }
}

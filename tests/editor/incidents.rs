//! Incidents are tried as one step, which undo takes back exactly.

use crate::harness::{Person, text_of};
use loadscape::display::incidents::changes;
use loadscape_sim::analysis::analyse;
use loadscape_sim::builtin::builtin;
use loadscape_sim::incident::{INCIDENTS, Subject};
use loadscape_sim::scenario::read;

#[test]
fn trying_is_one_step_and_undo_leaves_nothing_of_it() {
    let mut tried = 0;
    for stage in builtin() {
        let scenario = read(stage.text()).scenario.unwrap();
        let answer = analyse(&scenario);
        for incident in INCIDENTS {
            let Ok(changes) = changes(incident, &scenario, &answer, &[]) else {
                continue;
            };
            tried += 1;
            let mut person = Person::with(scenario.clone());
            let before = person.text();
            person.does(|editor| editor.commit("Try it", changes).expect("it can be tried"));
            let subject = Subject::new(&scenario, &answer.report, None);
            let trial = incident.prepare(&subject).unwrap();
            let after = person.text();
            assert_eq!(after, text_of(&trial.applied(&scenario)), "{}", incident.id);
            person.does(|editor| editor.undo());
            assert_eq!(person.text(), before, "{}", incident.id);
            person.does(|editor| editor.redo());
            assert_eq!(person.text(), after, "{}", incident.id);
        }
    }
    assert!(tried > 80, "{tried}");
}

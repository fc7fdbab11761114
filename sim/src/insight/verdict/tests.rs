//! What is said of verdicts that are made up.

use super::*;
use crate::catalog::{Kind, Value};
use crate::scenario::{ClassId, Component, ComponentId, Point};

fn phase(success: f64, p95: f64) -> Phase {
    Phase {
        seconds: 10.0,
        offered: 100.0,
        succeeded: 100.0 * success,
        errors: 100.0 * (1.0 - success),
        refused: 0.0,
        success: Some(success),
        mean: Some(p95 / 3.0),
        p50: Some(p95 / 4.0),
        p95: Some(p95),
        p99: None,
    }
}

fn verdict() -> Verdict {
    let class = |id, during, after| ClassVerdict {
        class: ClassId(id),
        before: None,
        during,
        after,
    };
    Verdict {
        number: 1,
        began_seconds: 10.0,
        ended_seconds: Some(20.0),
        outcome: Outcome::Recovered,
        recovered_seconds: Some(22.5),
        drained_in_seconds: None,
        overlapped: false,
        failed: 12.0,
        lost: 10.0,
        beyond_bound: 0.0,
        stale_before: Some(0.004),
        stale_during: Some(0.005),
        stale_seconds_before: None,
        stale_seconds_during: None,
        dead_letters: 0.0,
        failed_later: 0.0,
        writes_lost: 0,
        worse: None,
        classes: vec![
            class(1, phase(0.99, 0.1), Some(phase(1.0, 0.1))),
            class(2, phase(0.8, 0.5), Some(phase(1.0, 0.2))),
        ],
    }
}

#[test]
fn the_worst_class_decides_and_another_objective_is_not_asked() {
    let objective = |class, target| Objective { class, target };
    let scenario = Scenario {
        objectives: vec![
            objective(None, Target::P95AtMostSeconds(0.25)),
            objective(Some(ClassId(1)), Target::SuccessAtLeast(0.95)),
            objective(None, Target::UtilisationAtMost(0.7)),
            objective(None, Target::P99AtMostSeconds(1.0)),
            objective(None, Target::GoodputAtLeastPerSecond(18.0)),
        ],
        ..Scenario::default()
    };
    let kept = kept(&scenario, &verdict());
    let found: Vec<_> = kept
        .iter()
        .map(|own| (own.objective, own.during, own.after))
        .collect();
    assert_eq!(
        found,
        [
            (0, Figure::Missed(0.5), Figure::Met(0.2)),
            (1, Figure::Met(0.99), Figure::Met(1.0)),
            (3, Figure::Unseen, Figure::Unseen),
            (4, Figure::Missed(17.9), Figure::Met(20.0)),
        ]
    );
}

#[test]
fn it_is_said_how_long_and_how_many() {
    let mut verdict = verdict();
    assert_eq!(
        outcome_words(&Scenario::default(), &verdict, 60.0),
        "Recovered 2.5 s after it was over."
    );
    assert_eq!(
        lost_words(&Scenario::default(), &verdict),
        "12 requests failed, 10 more than usual. While it lasted, 10 % of what was sent failed."
    );
    // 21 of 200 failed meanwhile.
    let meanwhile = failing_meanwhile(&verdict).unwrap();
    assert!((meanwhile - 21.0 / 200.0).abs() < 1e-12);
    (verdict.beyond_bound, verdict.stale_during) = (4.0, Some(0.17));
    let words = lost_words(&Scenario::default(), &verdict);
    assert!(
        words.contains("4 of the failed were turned away"),
        "{words}"
    );
    assert!(
        words.ends_with("17 % of the reads of copies were out of date meanwhile, 0.4 % before."),
        "{words}"
    );
    verdict.stale_seconds_during = Some(27.0);
    let words = lost_words(&Scenario::default(), &verdict);
    assert!(
        words.ends_with("out of date meanwhile (for 27 s on average), 0.4 % before."),
        "{words}"
    );
    (verdict.beyond_bound, verdict.stale_during) = (0.0, None);
    (verdict.dead_letters, verdict.failed_later) = (30.8, 30.8);
    let words = lost_words(&Scenario::default(), &verdict);
    assert!(
        words.contains(" 31 messages became dead letters"),
        "{words}"
    );
    assert!(!words.contains("piece"), "{words}");
    (verdict.dead_letters, verdict.failed_later) = (30.8, 42.8);
    let words = lost_words(&Scenario::default(), &verdict);
    assert!(
        words.ends_with("12 further pieces of work failed after their requests had been answered."),
        "{words}"
    );
    (verdict.dead_letters, verdict.failed_later) = (0.0, 0.0);
    for (lost, said) in [
        (
            1_200,
            "1,200 acknowledged writes were lost with a cache's memory, before its store had them.",
        ),
        (
            1,
            "1 acknowledged write was lost with a cache's memory, before its store had it.",
        ),
    ] {
        verdict.writes_lost = lost;
        let words = lost_words(&Scenario::default(), &verdict);
        assert!(words.ends_with(said), "{words}");
    }
    verdict.writes_lost = 0;
    verdict.classes[0].during.offered = 200.0;
    let words = lost_words(&Scenario::default(), &verdict);
    assert!(
        words.ends_with("100 requests still waited when it was over."),
        "{words}"
    );
    verdict.classes[0].during.offered = 100.0;
    verdict.ended_seconds = None;
    assert!(
        lost_words(&Scenario::default(), &verdict)
            .ends_with("So far that is 10 % of what was sent.")
    );
    verdict.ended_seconds = Some(20.0);
    (verdict.failed, verdict.lost) = (1.0, 1.0);
    assert!(lost_words(&Scenario::default(), &verdict).starts_with("1 request failed for it."));
    verdict.outcome = Outcome::Down;
    verdict.overlapped = true;
    let words = outcome_words(&Scenario::default(), &verdict, 80.0);
    assert!(
        words.starts_with("Metastable: it ended 60") && words.ends_with("meanwhile."),
        "{words}"
    );
}

#[test]
fn what_was_missed_before_is_not_called_recovered() {
    let objective = |bound| Objective {
        class: Some(ClassId(1)),
        target: Target::P95AtMostSeconds(bound),
    };
    let asks = |bound| Scenario {
        objectives: vec![objective(bound)],
        ..Scenario::default()
    };
    let mut verdict = verdict();
    verdict.classes[0].before = Some(phase(1.0, 0.2));
    verdict.recovered_seconds = Some(20.0);
    // Afterwards it is 0.1: kept, or missed as before, or missed and kept before.
    let words = |verdict: &Verdict, bound| outcome_words(&asks(bound), verdict, 60.0);
    assert_eq!(words(&verdict, 0.15), "Recovered as soon as it was over.");
    let no_better = words(&verdict, 0.05);
    assert!(
        no_better.starts_with("As it was before, as soon as it was over;")
            && no_better.ends_with("was missed before it, too."),
        "{no_better}"
    );
    assert!(was_no_better(&asks(0.05), &verdict));
    verdict.classes[0].before = Some(phase(1.0, 0.04));
    assert_eq!(words(&verdict, 0.05), "Recovered as soon as it was over.");
    verdict.classes[0].before = Some(phase(1.0, 0.2));
    verdict.outcome = Outcome::Unharmed;
    let unharmed = words(&verdict, 0.05);
    assert!(unharmed.ends_with("missed before it, too."), "{unharmed}");
    // Without anything before it nothing is known of that.
    verdict.classes[0].before = None;
    assert!(!was_no_better(&asks(0.05), &verdict));
}

#[test]
fn what_drains_is_said_to_with_the_time_that_it_takes_where_that_is_known() {
    let mut verdict = verdict();
    verdict.outcome = Outcome::Draining;
    let words = |verdict: &Verdict| outcome_words(&Scenario::default(), verdict, 60.0);
    assert!(
        words(&verdict).ends_with("less and less is waiting."),
        "{}",
        words(&verdict)
    );
    verdict.drained_in_seconds = Some(1217.0);
    assert!(
        words(&verdict).ends_with("in about 20 min."),
        "{}",
        words(&verdict)
    );
    verdict.outcome = Outcome::Unsettled;
    assert!(
        words(&verdict).contains("too short to say"),
        "{}",
        words(&verdict)
    );
}

#[test]
fn a_time_of_those_who_were_answered_is_none_of_all() {
    let objective = |class, target| Objective { class, target };
    let scenario = Scenario {
        objectives: vec![
            objective(Some(ClassId(2)), Target::P95AtMostSeconds(0.6)),
            objective(Some(ClassId(2)), Target::P95AtMostSeconds(0.4)),
            objective(Some(ClassId(1)), Target::P95AtMostSeconds(0.6)),
            objective(Some(ClassId(2)), Target::SuccessAtLeast(0.5)),
        ],
        ..Scenario::default()
    };
    let found: Vec<_> = (kept(&scenario, &verdict()).iter())
        .map(|own| own.during)
        .collect();
    let by_the_answered = Figure::MetByTheAnswered {
        seconds: 0.5,
        success: 0.8,
    };
    let others = [Figure::Missed(0.5), Figure::Met(0.1), Figure::Met(0.8)];
    assert_eq!(found[0], by_the_answered);
    assert_eq!(found[1..], others);
    let few = Figure::MetByTheAnswered {
        seconds: 0.5,
        success: 0.4,
    };
    let kept = [by_the_answered, few, others[0], others[1]].map(Figure::kept_as);
    let wanted = [KeptAs::InPart, KeptAs::Missed, KeptAs::Missed, KeptAs::Met];
    assert_eq!(kept, wanted);
}

#[test]
fn booting_machines_make_a_fault_longer_than_it_was_set() {
    let kill = Incident::Component {
        id: ComponentId(1),
        what: ComponentFault::Kill { instances: None },
    };
    let mut fault = Fault {
        start_seconds: 10.0,
        duration_seconds: Some(4.0),
        incident: kill,
    };
    let mut verdict = verdict();
    let words = mended_words(&fault, &verdict, 60.0).unwrap();
    assert!(words.starts_with("It lasted 6 s longer"), "{words}");
    verdict.ended_seconds = None;
    let words = mended_words(&fault, &verdict, 17.0).unwrap();
    assert!(words.starts_with("It was mended 3 s ago"), "{words}");
    // What lasts no longer needs no words.
    assert_eq!(mended_words(&fault, &verdict, 12.0), None);
    fault.duration_seconds = None;
    assert_eq!(mended_words(&fault, &verdict, 60.0), None);
}

#[test]
fn a_deploy_of_what_scales_by_itself_waits_for_each_machine() {
    let mut part = Component::new(ComponentId(1), Kind::Service, "API", Point::default());
    part.parameters
        .insert(Parameter::BootTime, Value::Number(40.0));
    let mut scenario = Scenario {
        components: vec![part],
        ..Scenario::default()
    };
    let fault = Fault {
        start_seconds: 10.0,
        duration_seconds: None,
        incident: Incident::Component {
            id: ComponentId(1),
            what: ComponentFault::RollingDeploy {
                restart_seconds: 1.0,
            },
        },
    };
    assert_eq!(because(&scenario, &fault, &verdict(), 60.0), [""; 0]);
    let parameters = &mut scenario.components[0].parameters;
    parameters.insert(Parameter::Autoscaling, Value::Flag(true));
    let words = because(&scenario, &fault, &verdict(), 60.0).join(" ");
    assert!(words.contains("each machine boots for 40 s"), "{words}");
}

#[test]
fn what_kept_it_from_recovering_is_said() {
    let mut verdict = verdict();
    verdict.worse = Some(Worse::Stale);
    assert_eq!(
        outcome_words(&Scenario::default(), &verdict, 60.0),
        "Recovered 2.5 s after it was over: until then more reads of copies were out of date, or for longer, than before it."
    );
}

#[test]
fn reads_are_spoiled_where_far_more_are_old_or_where_they_are_far_older() {
    let mut verdict = verdict();
    let mut is = |before, during, older| {
        (verdict.stale_before, verdict.stale_during) = (Some(before), Some(during));
        (verdict.stale_seconds_before, verdict.stale_seconds_during) = (Some(1.0), Some(older));
        verdict.spoiled_reads()
    };
    assert!(is(0.004, 0.97, 1.0));
    // Too few to matter, however many more they are.
    assert!(!is(0.001, 0.009, 9.0));
    // Where nearly all are out of date anyway, it is by how much.
    assert!(is(0.9, 0.99, 30.0) && !is(0.9, 0.99, 1.5));
    assert!(!is(0.9, 0.5, 30.0));
}

#[test]
fn what_stays_somewhat_worse_is_held_against_the_objectives() {
    let mut verdict = verdict();
    (verdict.outcome, verdict.recovered_seconds) = (Outcome::Impaired, None);
    let objective = |target| Objective {
        class: None,
        target,
    };
    let said = |verdict: &Verdict, targets: &[Target]| {
        let scenario = Scenario {
            objectives: targets.iter().copied().map(objective).collect(),
            ..Scenario::default()
        };
        outcome_words(&scenario, verdict, 60.0)
    };
    // The 95th percentile is 200 ms afterwards, and nobody knows the 99th.
    let (kept, missed) = (
        Target::P95AtMostSeconds(0.25),
        Target::P95AtMostSeconds(0.15),
    );
    let unseen = Target::P99AtMostSeconds(1.0);
    let ends = |targets: &[Target], end: &str| {
        let said = said(&verdict, targets);
        assert!(said.ends_with(end), "{said}");
    };
    ends(&[], "worse than before it.");
    ends(&[kept], " The objective is kept all the same.");
    ends(&[missed], " The objective is missed.");
    ends(&[kept, kept], " All 2 objectives are kept all the same.");
    ends(&[kept, missed, unseen], " 1 of 3 objectives is missed.");
    ends(&[missed, missed], " 2 of 2 objectives are missed.");
    ends(
        &[unseen],
        " Too few requests ended to say whether objectives are kept.",
    );
    ends(
        &[kept, unseen],
        " only 1 of 2 surely kept: the others by those that were answered, or too few were seen.",
    );
    verdict.outcome = Outcome::Recovering;
    assert!(!said(&verdict, &[kept]).contains("objective"));
}

#[test]
fn what_is_worse_than_before_is_named_with_both_figures() {
    let mut verdict = verdict();
    (verdict.outcome, verdict.recovered_seconds) = (Outcome::Impaired, None);
    verdict.classes[0].before = Some(phase(1.0, 0.1));
    verdict.classes[1].before = Some(phase(0.998, 0.2));
    verdict.classes[1].after = Some(phase(0.71, 0.2));
    let words = |verdict: &Verdict| outcome_words(&Scenario::default(), verdict, 60.0);
    assert!(
        words(&verdict).ends_with("Since then 71 % succeeded, 99.8 % before it."),
        "{}",
        words(&verdict)
    );
    // Where as many succeed as before, it is the time.
    verdict.classes[1].after = Some(phase(0.998, 0.9));
    assert!(
        words(&verdict).ends_with("mean response time is 300 ms, 66.7 ms before it."),
        "{}",
        words(&verdict)
    );
    // Of a handful of requests it may be chance.
    let few = |p95: f64| Phase {
        offered: 9.0,
        succeeded: 9.0,
        errors: 0.0,
        ..phase(1.0, p95)
    };
    verdict.classes[1].before = Some(few(0.2));
    verdict.classes[1].after = Some(few(0.25));
    assert!(words(&verdict).ends_with("worse than before it."));
    // What is as before isn't named, nor anything of what has recovered.
    verdict.classes[1].after = verdict.classes[1].before;
    assert!(words(&verdict).ends_with("worse than before it."));
    verdict.outcome = Outcome::Recovered;
    verdict.classes[1].after = Some(phase(0.71, 0.2));
    assert!(!words(&verdict).contains("Since then"));
}

#[test]
fn of_a_fault_that_the_next_one_cut_short_no_more_is_said_than_is_known() {
    let fault = |start_seconds| Fault {
        start_seconds,
        duration_seconds: Some(10.0),
        incident: Incident::Component {
            id: ComponentId(1),
            what: ComponentFault::Kill { instances: None },
        },
    };
    let scenario = Scenario {
        faults: vec![fault(90.0), fault(10.0), fault(40.0)],
        ..Scenario::default()
    };
    let mut verdict = verdict();
    (verdict.outcome, verdict.overlapped) = (Outcome::Interrupted, true);
    verdict.recovered_seconds = Some(100.0);
    (verdict.dead_letters, verdict.lost) = (12.0, 0.0);
    let words = outcome_words(&scenario, &verdict, 200.0);
    assert!(
        words.starts_with("The next fault began 20 s after it was over,")
            && words.ends_with("With both, all is as before 80 s after it was over."),
        "{words}"
    );
    verdict.recovered_seconds = None;
    let words = outcome_words(&scenario, &verdict, 200.0);
    assert!(words.ends_with("takes isn't known."), "{words}");
    let lost = lost_words(&scenario, &verdict);
    assert!(
        lost.contains("12 messages became dead letters between its beginning and the next fault's"),
        "{lost}"
    );
    // The last one has none after it.
    verdict.ended_seconds = Some(100.0);
    assert!(lost_words(&scenario, &verdict).contains("dead letters since it began"));
}

//! What each incident does that no other does, in the event simulation of a drawing where it can happen.

use crate::{found, shop, trial_at};
use loadscape_sim::catalog::{Parameter, Value};
use loadscape_sim::des::{Findings, Verdict};
use loadscape_sim::incident::{At, Setting, Trial};
use loadscape_sim::report::LossCause;
use loadscape_sim::scenario::{
    ClassId, ClientsFault, ComponentFault, ComponentId, Incident, Scenario,
};

const SECONDS: f64 = 60.0;
const LETTER: u32 = 3;
const SEARCH: u32 = 5;

struct Tried {
    scenario: Scenario,
    trial: Trial,
    findings: Findings,
}

fn tried(id: &str) -> Tried {
    tried_at(id, None)
}

/// The same with a component selected.
fn tried_at(id: &str, selected: Option<u32>) -> Tried {
    let shop = shop();
    let selected = selected.map(|id| At::Component(ComponentId(id)));
    let trial = trial_at(&shop, id, selected).unwrap();
    let scenario = trial.applied(&shop);
    assert_eq!(scenario.run.duration_seconds, Some(SECONDS));
    let findings = found(&scenario, 1, SECONDS);
    assert!(!findings.verdicts.is_empty(), "{id}");
    Tried {
        scenario,
        trial,
        findings,
    }
}

impl Tried {
    fn verdict(&self) -> &Verdict {
        &self.findings.verdicts[0]
    }

    /// A class's mean response time while it lasted, times that of before.
    fn slower(&self, class: u32) -> f64 {
        let all = &self.verdict().classes;
        let own = all.iter().find(|own| own.class == ClassId(class)).unwrap();
        own.during.mean.unwrap() / own.before.unwrap().mean.unwrap()
    }

    /// Failures of a cause in a component between two times, of all classes.
    fn failed(&self, component: u32, why: &[LossCause], from: f64, to: f64) -> f64 {
        let series = self.findings.series.as_ref().unwrap();
        let all = series.classes.iter().flat_map(|class| &class.failures);
        all.filter(|failure| {
            failure.component == Some(ComponentId(component)) && why.contains(&failure.why)
        })
        .map(|failure| {
            failure.per_second[from as usize..to as usize]
                .iter()
                .sum::<f64>()
        })
        .sum()
    }

    /// A store's hit ratio between two times.
    fn hits(&self, component: u32, from: f64, to: f64) -> f64 {
        let series = self.findings.series.as_ref().unwrap();
        let mut stores = series.stores.iter();
        let store = stores
            .find(|store| store.component == ComponentId(component))
            .unwrap();
        let span = from as usize..to as usize;
        let hits: Vec<f64> = store.hit_ratio[span].iter().flatten().copied().collect();
        hits.iter().sum::<f64>() / hits.len() as f64
    }

    /// The most that was in a component's resources at a point between two times.
    fn most_present(&self, component: u32, from: f64, to: f64) -> f64 {
        let series = self.findings.series.as_ref().unwrap();
        let own = series
            .stations
            .iter()
            .filter(|own| own.component == ComponentId(component));
        own.map(|own| {
            own.present[from as usize..to as usize]
                .iter()
                .copied()
                .fold(0.0, f64::max)
        })
        .fold(0.0, f64::max)
    }

    fn instances(&self, component: u32, at: f64) -> f64 {
        let series = self.findings.series.as_ref().unwrap();
        let mut own = series.stations.iter();
        let own = own
            .find(|own| own.component == ComponentId(component))
            .unwrap();
        own.instances[at as usize]
    }
}

const GONE: &[LossCause] = &[LossCause::Unreachable, LossCause::InstanceLost];

#[test]
fn a_lost_instance_takes_its_share_of_the_requests_with_it() {
    let tried = tried("instance-loss");
    let Incident::Component { id, .. } = tried.trial.faults[0].incident else {
        panic!();
    };
    // Who was in it fails at the very moment at which the point before ends.
    assert_eq!(tried.failed(id.0, GONE, 0.0, 14.0), 0.0);
    assert!(tried.failed(id.0, GONE, 15.0, 25.0) > 20.0);
    assert!(tried.instances(id.0, 20.0) < tried.instances(id.0, 10.0));
}

#[test]
fn a_lost_zone_or_region_answers_nobody() {
    let zone = tried("zone-loss");
    assert!(zone.failed(5, GONE, 15.0, 25.0) > 500.0);
    assert_eq!(zone.failed(13, GONE, 15.0, 25.0), 0.0, "it lies outside");
    let region = tried("region-loss");
    assert!(region.failed(13, GONE, 15.0, 25.0) > 300.0);
}

#[test]
fn a_slow_disk_makes_those_wait_who_use_it() {
    let tried = tried_at("slow-disk", Some(7));
    assert!(tried.slower(2) > 3.0, "{}", tried.slower(2));
    assert!(tried.slower(SEARCH) < 1.2, "{}", tried.slower(SEARCH));
}

#[test]
fn a_gray_failure_shows_in_the_tail() {
    let tried = tried("gray-failure");
    let class = &tried.verdict().classes[0];
    let (before, during) = (class.before.unwrap(), class.during);
    let ratio = |get: fn(&loadscape_sim::des::Phase) -> Option<f64>| {
        get(&during).unwrap() / get(&before).unwrap()
    };
    let (median, tail) = (ratio(|phase| phase.p50), ratio(|phase| phase.p99));
    assert!(tail > 3.0 && median < 1.5, "{median} {tail}");
}

#[test]
fn a_slower_network_adds_what_it_adds_and_a_lossy_one_loses_one_in_twenty() {
    let slow = tried("network-delay");
    let added = slow
        .verdict()
        .classes
        .iter()
        .filter_map(|class| Some(class.during.mean? - class.before?.mean?));
    let most = added.fold(0.0, f64::max);
    assert!((0.15..0.6).contains(&most), "{most}");
    let lossy = tried("network-loss");
    let failed: f64 = (1..15)
        .map(|part| lossy.failed(part, GONE, 15.0, 31.0))
        .sum();
    let called = lossy
        .verdict()
        .classes
        .iter()
        .map(|class| class.during.offered);
    let share = failed / called.sum::<f64>();
    assert!((0.01..0.06).contains(&share), "{share}");
}

#[test]
fn a_partition_parts_two_sides() {
    let tried = tried("partition");
    let during = tried.verdict().classes[0].during;
    // Who hangs for the connect time-out fails later.
    assert!(during.succeeded < 0.2 * during.offered, "{during:?}");
}

#[test]
fn stale_names_lead_half_of_the_requests_astray_while_they_are_forgotten() {
    let tried = tried("dns-stale");
    let lasts = tried.trial.faults[0].duration_seconds.unwrap();
    let called = 4;
    // Lost calls fail five seconds after they were made.
    let failed = tried.failed(called, GONE, 15.0, 15.0 + lasts + 8.0);
    let series = tried.findings.series.as_ref().unwrap();
    let link = series.links.iter().find(|link| link.link.0 == 3).unwrap();
    let calls: f64 = link.per_second[15..(15.0 + lasts) as usize].iter().sum();
    let share = failed / calls;
    assert!((share - 0.5).abs() < 0.05, "{share}");
    let early = tried.failed(called, GONE, 20.0, 24.0);
    let late = tried.failed(called, GONE, 15.0 + lasts, 19.0 + lasts);
    assert!(early > 2.0 * late, "{early} {late}");
}

#[test]
fn a_third_party_that_is_down_costs_what_waits_for_it() {
    let tried = tried("third-party-down");
    // Two instances of four threads, each of which waits for five seconds at a time.
    let failed = tried.failed(12, GONE, 15.0, 31.0);
    assert!((8.0..=24.0).contains(&failed), "{failed}");
    assert_eq!(tried.failed(12, GONE, 0.0, 15.0), 0.0);
    assert!(
        tried.most_present(11, 15.0, 27.0) > 60.0,
        "twelve more come each second"
    );
}

#[test]
fn a_replica_takes_the_dead_primarys_place() {
    let tried = tried("primary-failover");
    let failover = &tried.findings.failovers[0];
    assert_eq!(failover.primary, ComponentId(7));
    assert_eq!(failover.successor, Some(ComponentId(8)));
    assert!(tried.failed(7, GONE, 15.0, 20.0) > 20.0);
    assert_eq!(
        tried.failed(7, GONE, 22.0, 24.0),
        0.0,
        "somebody else takes the writes"
    );
}

#[test]
fn replicas_fall_behind_for_as_long_as_replication_stands() {
    let tried = tried("replication-stopped");
    let lag = tried.findings.replicas[0].longest_lag;
    assert!((9.0..13.0).contains(&lag), "{lag}");
}

#[test]
fn caches_forget_and_learn_again() {
    for (id, component, soon) in [
        ("cache-flush", 6, 17.0),
        ("cold-cache", 6, 25.0),
        ("stampede", 6, 17.0),
        ("cdn-purge", 3, 17.0),
    ] {
        let tried = tried(id);
        let before = tried.hits(component, 8.0, 15.0);
        let after = tried.hits(component, 15.0, soon);
        let late = tried.hits(component, 50.0, 60.0);
        assert!(after < before - 0.1, "{id}: {before} {after}");
        assert!(late > after, "{id}: {after} {late}");
    }
    let stampede = tried("stampede");
    let alone = |setting: &Setting| {
        matches!(
            setting,
            Setting::Parameter {
                parameter: Parameter::Coalescing,
                value: Value::Flag(false),
                ..
            }
        )
    };
    assert!(stampede.trial.settings.iter().any(alone));
    let store = stampede
        .findings
        .stores
        .iter()
        .find(|store| store.component == ComponentId(6));
    assert!(
        store
            .unwrap()
            .waited
            .is_none_or(|waited| waited.value == 0.0),
        "nobody waits for another's fetch"
    );
}

#[test]
fn leaked_connections_are_gone_when_they_are_counted_to_be() {
    let tried = tried_at("connection-leak", Some(7));
    let class = tried
        .verdict()
        .classes
        .iter()
        .find(|class| class.class == ClassId(2))
        .unwrap();
    let series = tried.findings.series.as_ref().unwrap();
    let done = series
        .classes
        .iter()
        .find(|class| class.class == ClassId(2))
        .unwrap();
    let rate =
        |from: usize, to: usize| done.succeeded[from..to].iter().sum::<f64>() / (to - from) as f64;
    let usual = class.before.unwrap().offered / 15.0;
    // The last one is gone two thirds of the way, after 6.7 of 10 seconds; before that nothing shows.
    assert!(rate(15, 19) > 0.7 * usual, "{} of {usual}", rate(15, 19));
    assert_eq!(rate(23, 25), 0.0);
    assert!(rate(30, 60) > 0.8 * usual);
}

#[test]
fn a_stopped_consumer_leaves_its_messages_waiting() {
    let tried = tried("consumer-stopped");
    let waiting = tried.most_present(11, 15.0, 27.0);
    let expected = 240.0 * 0.05 * 10.0;
    assert!(
        (waiting / expected - 1.0).abs() < 0.4,
        "{waiting} of {expected}"
    );
    let letters = tried
        .verdict()
        .classes
        .iter()
        .find(|class| class.class == ClassId(LETTER))
        .unwrap();
    assert_eq!(letters.during.errors, 0.0, "senders notice nothing");
}

#[test]
fn poison_comes_back_until_it_is_put_aside() {
    let tried = tried("poison-message");
    let messages = &tried.findings.messages[0];
    let second = |rate: Option<loadscape_sim::des::Estimate>| rate.unwrap().value;
    // A fifth of twelve messages a second for ten seconds, four times each; duplicates aside.
    let poisoned = 0.2 * 12.0 * 10.0;
    let dead = second(messages.dead_letters) * 60.0;
    let again = second(messages.redeliveries) * 60.0;
    assert!((dead / poisoned - 1.0).abs() < 0.6, "{dead} of {poisoned}");
    assert!((again / dead - 3.0).abs() < 1.0, "{again} {dead}");
}

#[test]
fn a_spike_is_as_high_as_it_says_and_a_herd_comes_after_an_outage() {
    let spike = tried("traffic-spike");
    let sent = |tried: &Tried, from: usize, to: usize| -> f64 {
        let series = tried.findings.series.as_ref().unwrap();
        let classes = series.classes.iter();
        classes
            .map(|class| class.offered[from..to].iter().sum::<f64>() / (to - from) as f64)
            .sum()
    };
    let ratio = sent(&spike, 15, 25) / sent(&spike, 0, 15);
    let wanted = match spike.trial.faults[0].incident {
        Incident::Clients {
            what: ClientsFault::Multiply { factor },
            ..
        } => factor,
        other => panic!("{other:?}"),
    };
    assert!((ratio / wanted - 1.0).abs() < 0.1, "{ratio} {wanted}");
    let herd = tried("thundering-herd");
    assert_eq!(herd.findings.verdicts.len(), 2);
    assert!(herd.findings.verdicts[0].failed > 100.0);
    let ratio = sent(&herd, 20, 22) / sent(&herd, 0, 15);
    assert!((ratio / 3.0 - 1.0).abs() < 0.2, "{ratio}");
}

#[test]
fn a_storm_is_made_of_retries() {
    let tried = tried("retry-storm");
    let retries: u64 = tried.findings.calls.iter().map(|calls| calls.retries).sum();
    assert!(retries > 500, "{retries}");
    assert!(tried.findings.calls.iter().all(|calls| calls.withheld == 0));
}

#[test]
fn a_bad_version_answers_a_third_with_errors() {
    let tried = tried("bad-deploy");
    let bad = &tried.findings.verdicts[1];
    let began = bad.began_seconds;
    let failed = tried.failed(5, &[LossCause::Error], began, began + 10.0)
        + tried.failed(13, &[LossCause::Error], began, began + 10.0);
    let classes = bad.classes.iter();
    let sent: f64 = classes
        .filter(|class| class.class.0 <= 3)
        .map(|class| class.during.offered)
        .sum();
    assert!(
        (failed / sent - 1.0 / 3.0).abs() < 0.05,
        "{failed} of {sent}"
    );
}

#[test]
fn a_limit_refuses_while_everything_has_room() {
    let tried = tried("rate-limit-too-low");
    let refused = |from, to| tried.failed(4, &[LossCause::RateLimited], from, to);
    assert_eq!(refused(0.0, 15.0), 0.0);
    assert!(refused(16.0, 25.0) > 200.0, "{}", refused(16.0, 25.0));
}

#[test]
fn a_slow_clock_leaves_the_instances_as_they_are() {
    let slow = tried("slow-autoscaler");
    let mut quick = slow.scenario.clone();
    let scaled = slow.trial.settings.first().map(|setting| match setting {
        Setting::Parameter { component, .. } => *component,
        Setting::Plans { .. } => panic!(),
    });
    let component = quick
        .components
        .iter_mut()
        .find(|own| Some(own.id) == scaled)
        .unwrap();
    component
        .parameters
        .insert(Parameter::MetricWindow, Value::Number(3.0));
    let quick = Tried {
        findings: found(&quick, 1, SECONDS),
        ..Tried {
            scenario: quick,
            trial: slow.trial.clone(),
            findings: slow.findings.clone(),
        }
    };
    assert!(quick.instances(13, 34.0) > slow.instances(13, 34.0) + 0.9);
    assert!(
        slow.slower(SEARCH) > quick.slower(SEARCH),
        "{} {}",
        slow.slower(SEARCH),
        quick.slower(SEARCH)
    );
}

#[test]
fn a_hot_key_fills_one_instance() {
    let tried = tried("hot-key");
    assert_eq!(tried.trial.faults[0].incident, {
        let what = ComponentFault::HotKey { share: 0.5 };
        Incident::Component {
            id: ComponentId(9),
            what,
        }
    });
    // 48 searches a second, of which one of four instances, which serves 25, gets a half and its share of the rest.
    let queue = tried.most_present(9, 15.0, 26.0);
    let before = tried.most_present(9, 5.0, 14.0);
    assert!(
        (20.0..90.0).contains(&queue) && before < 15.0,
        "{before} {queue}"
    );
}

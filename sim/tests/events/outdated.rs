//! Caches that some writers don't tell: which share of their hits is out of date and for how long it has been, against closed forms and
//! against a little simulation of its own.
//!
//! A key that is kept for T after its fetch is hit at ages that are uniform over T while reads are Poisson (Jung, Berger & Balakrishnan 2003,
//! "Modeling TTL-based Internet caches", section 3); of writes at the rate w none has fallen into the last a seconds with probability
//! e^(−w a). What was d old when it was kept is hit at ages from d to d + T.

use crate::support::close;
use loadscape_sim::analysis::analyse;
use loadscape_sim::des::{CacheFindings, Findings, Settings, Simulation, StaleFindings, Stores};
use loadscape_sim::insight::consistency;
use loadscape_sim::network::compile;
use loadscape_sim::scenario::{
    ClassId, ComponentFault, ComponentId, Fault, Incident, LinkId, Scenario, read, write,
};

const CACHE: u32 = 3;

/// What is drawn: rates of reads and of writes, keys and their exponent, and what stands in the parameters of the cache.
struct Drawn<'a> {
    reads: f64,
    writes: f64,
    keys: f64,
    exponent: f64,
    cache: &'a str,
    /// From the readers to their cache and back, seconds.
    way: f64,
    /// Whom the readers ask for what the cache doesn't hold, with what else there is.
    store: Store<'a>,
    told: bool,
}

enum Store<'a> {
    Primary,
    /// A replica that is so many milliseconds behind.
    Replica(f64),
    /// A key-value store with these parameters.
    KeyValue(&'a str),
}

impl Drawn<'_> {
    fn scenario(&self) -> Scenario {
        let class = |id: u32, operation: &str, share: f64| {
            format!(
                r#"{{"id": {id}, "name": "{operation}", "operation": "{operation}", "share": {share}, "request_bytes": 0, "response_bytes": 1000000, "keys": {}, "zipf_exponent": {}, "priority": 0}}"#,
                self.keys, self.exponent
            )
        };
        let part = |id: u32, kind: &str, parameters: &str| {
            format!(
                r#"{{"id": {id}, "kind": "{kind}", "name": "{id}", "position": {{"x": 0, "y": 0}}, "parameters": {{{parameters}}}}}"#
            )
        };
        let link = |id: u32, from: u32, to: u32, class: u32, way: f64| {
            format!(
                r#"{{"id": {id}, "from": {from}, "to": {to}, "classes": [{class}], "round_trip_seconds": {way}}}"#
            )
        };
        let program = r#""cores": 64, "threads": 100000, "service_time": 0.1"#;
        let all = self.reads + self.writes;
        let (database, more, asked) = match self.store {
            Store::Primary => (part(4, "sql_primary", r#""cores": 64"#), None, 4),
            Store::Replica(lag) => {
                let parameters = format!(r#""cores": 64, "replication_lag": {lag}"#);
                let replica = part(6, "read_replica", &parameters);
                let feed = r#"{"id": 6, "from": 4, "to": 6, "round_trip_seconds": 0}"#.to_owned();
                let primary = part(4, "sql_primary", r#""cores": 64"#);
                (primary, Some((replica, feed)), 6)
            }
            Store::KeyValue(parameters) => (part(4, "key_value_store", parameters), None, 4),
        };
        let clients = format!(r#""request_rate": {all}, "client_round_trip": 0"#);
        let cache = format!(r#""service_time": 0.001, {}"#, self.cache);
        let mut parts = vec![
            part(1, "clients", &clients),
            part(2, "service", program),
            part(CACHE, "cache", &cache),
            database,
            part(5, "service", program),
        ];
        let mut links = vec![
            link(1, 1, 2, 1, 0.0),
            link(2, 2, CACHE, 1, self.way),
            link(3, 2, asked, 1, 0.0),
            link(4, 1, 5, 2, 0.0),
            link(5, 5, 4, 2, 0.0),
        ];
        if let Some((replica, feed)) = more {
            parts.push(replica);
            links.push(feed);
        }
        if self.told {
            links.push(link(7, 5, CACHE, 2, 0.0));
        }
        let classes = [
            class(1, "read", self.reads / all),
            class(2, "write", self.writes / all),
        ];
        let text = format!(
            r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [], "classes": [{}], "components": [{}], "links": [{}]}}"#,
            classes.join(","),
            parts.join(","),
            links.join(",")
        );
        let reading = read(&text);
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        reading.scenario.expect("a design")
    }
}

const PLAIN: Drawn<'_> = Drawn {
    reads: 1_000.0,
    writes: 15.0,
    keys: 50.0,
    exponent: 0.0,
    cache: r#""time_to_live": 5"#,
    way: 0.0,
    store: Store::Primary,
    told: false,
};

/// One key that is fetched once, in a cache that never forgets it: read a hundred times a second and written every second.
const KEPT: Drawn<'_> = Drawn {
    reads: 100.0,
    writes: 1.0,
    keys: 1.0,
    cache: r#""time_to_live": 1000000"#,
    ..PLAIN
};

fn cold() -> Settings {
    Settings {
        stores: Stores::Cold,
        ..Settings::default()
    }
}

fn run(scenario: &Scenario, settings: &Settings, seconds: f64) -> Findings {
    let mut simulation = Simulation::new(&compile(scenario), settings);
    assert!(simulation.run_until(seconds, u64::MAX));
    assert_eq!(simulation.violations(), []);
    simulation.findings()
}

fn reads_of(findings: &Findings, cache: u32) -> StaleFindings {
    let mut caches = findings.caches.iter();
    let own: &CacheFindings = caches
        .find(|own| own.component == ComponentId(cache))
        .expect("a cache that isn't told");
    own.reads[0]
}

/// Share of the hits that are out of date, and how old these are on average, seconds.
fn stale_hits(findings: &Findings) -> (f64, f64) {
    let reads = reads_of(findings, CACHE);
    let mut stores = findings.stores.iter();
    let store = stores.find(|store| store.component == ComponentId(CACHE));
    let hits = store.and_then(|store| store.hit_ratio).expect("look-ups");
    let stale = reads.stale.expect("reads").value;
    (stale / hits.value, reads.age.map_or(0.0, |age| age.value))
}

/// Of hits at ages that are uniform from `young` on for `life`, of a key that is written at this rate: the share out of date and its mean
/// age, by the trapezoidal rule over the ages.
fn of_ages(rate: f64, young: f64, life: f64) -> (f64, f64) {
    const STEPS: u32 = 20_000;
    let (mut share, mut mass) = (0.0, 0.0);
    for step in 0..=STEPS {
        let weight = if step == 0 || step == STEPS { 0.5 } else { 1.0 };
        let age = young + life * f64::from(step) / f64::from(STEPS);
        let unwritten = (-rate * age).exp();
        share += weight * (1.0 - unwritten);
        // The first write fell s ago, s below the age: the integral of s w e^(−w (age − s)).
        mass += weight * (age - (1.0 - unwritten) / rate);
    }
    (share / f64::from(STEPS), mass / share)
}

#[test]
fn a_key_that_is_kept_for_a_time_is_hit_at_uniform_ages() {
    for (life, writes) in [(5.0, 15.0), (2.0, 100.0), (20.0, 2.5)] {
        let cache = format!(r#""time_to_live": {life}"#);
        let drawn = Drawn {
            writes,
            cache: &cache,
            ..PLAIN
        };
        let findings = run(&drawn.scenario(), &Settings::default(), 1_000.0);
        let (share, age) = stale_hits(&findings);
        let rate = writes / drawn.keys;
        let (exact, exact_age) = of_ages(rate, 0.0, life);
        let x = rate * life;
        close(exact, 1.0 - (1.0 - (-x).exp()) / x, 1e-6);
        close(share, exact, 0.02);
        close(age, exact_age, 0.02);
        let longest = reads_of(&findings, CACHE).age_longest.expect("some");
        assert!(longest < life, "{longest}");
    }
}

#[test]
fn what_was_old_when_it_was_kept_is_hit_at_later_ages() {
    // The way back from the cache's filling takes half a second, and who asks meanwhile waits.
    let cache = r#""time_to_live": 2, "coalescing": true"#;
    let slow = Drawn {
        writes: 25.0,
        way: 0.5,
        cache,
        ..PLAIN
    };
    let behind = Drawn {
        writes: 25.0,
        cache,
        store: Store::Replica(1_000.0),
        ..PLAIN
    };
    for (drawn, old) in [(slow, 0.5), (behind, 1.0)] {
        let findings = run(&drawn.scenario(), &Settings::default(), 1_000.0);
        let (share, age) = stale_hits(&findings);
        let (exact, exact_age) = of_ages(0.5, old, 2.0);
        close(share, exact, 0.02);
        close(age, exact_age, 0.02);
        let longest = reads_of(&findings, CACHE).age_longest.expect("some");
        assert!(longest > 2.0 && longest < old + 2.1, "{longest}");
    }
}

#[test]
fn what_comes_from_quorums_that_needn_t_meet_is_as_old_as_there() {
    let store = r#""instances": 3, "cores": 16, "replication_factor": 3, "read_quorum": 1, "write_quorum": 1, "replication_lag": 2000"#;
    // Kept for so short a time that nearly all that is out of date was it already.
    let drawn = Drawn {
        writes: 5.0,
        cache: r#""time_to_live": 0.1"#,
        store: Store::KeyValue(store),
        ..PLAIN
    };
    let findings = run(&drawn.scenario(), &Settings::default(), 1_000.0);
    let there = findings.quorums[0].reads[0];
    let (share, age) = stale_hits(&findings);
    let (kept, _) = of_ages(0.1, 0.0, 0.1);
    close(share, there.stale.expect("reads").value + kept, 0.05);
    close(age, there.age.expect("some").value, 0.05);
}

/// A cache of so many equal keys that keeps each for `life` and pushes the least recently used out, drawn by another generator than the
/// engine's: the share of all reads that find what is out of date, and its mean age.
fn drawn_cache(drawn: &Drawn<'_>, room: usize, life: f64) -> (f64, f64) {
    // Marsaglia 2003, xorshift with a multiplier (Vigna 2016).
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut uniform = || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let keys = drawn.keys as usize;
    let powers = (1..=keys).map(|rank| (rank as f64).powf(-drawn.exponent));
    let mut sums: Vec<f64> = powers
        .scan(0.0, |sum, power| {
            *sum += power;
            Some(*sum)
        })
        .collect();
    let total = sums[keys - 1];
    sums.iter_mut().for_each(|sum| *sum /= total);
    // The last used last: the key, when it was fetched, and its first write since.
    let mut held: Vec<(usize, f64, f64)> = Vec::new();
    let (mut now, mut stale, mut ages) = (0.0, 0_u32, 0.0);
    const READS: u32 = 1_000_000;
    let (mut reads, all) = (0, drawn.reads + drawn.writes);
    while reads < READS {
        now -= (1.0 - uniform()).ln() / all;
        let is_read = uniform() * all < drawn.reads;
        let point = uniform();
        let key = sums.partition_point(|sum| *sum <= point);
        let place = held.iter().position(|own| own.0 == key);
        if !is_read {
            if let Some(place) = place {
                held[place].2 = held[place].2.min(now);
            }
            continue;
        }
        reads += 1;
        let mut own = place.map_or((key, f64::NEG_INFINITY, 0.0), |place| held.remove(place));
        if now - own.1 >= life {
            own = (key, now, f64::INFINITY);
        } else if own.2 < now {
            stale += 1;
            ages += now - own.2;
        }
        held.push(own);
        if held.len() > room {
            held.remove(0);
        }
    }
    (f64::from(stale) / f64::from(READS), ages / f64::from(stale))
}

#[test]
fn a_cache_without_room_for_all_is_as_stale_as_one_that_is_drawn_and_no_more_than_said() {
    let drawn = Drawn {
        reads: 500.0,
        writes: 50.0,
        keys: 200.0,
        exponent: 0.8,
        // Sixty of a megabyte each.
        cache: r#""time_to_live": 6, "cache_size": 0.06"#,
        ..PLAIN
    };
    let scenario = drawn.scenario();
    let findings = run(&scenario, &Settings::default(), 2_000.0);
    let reads = reads_of(&findings, CACHE);
    let (share, age) = drawn_cache(&drawn, 60, 6.0);
    let seen = reads.stale.expect("reads").value;
    close(seen, share, 0.02);
    close(reads.age.expect("some").value, age, 0.02);
    let analysis = analyse(&scenario);
    let said = consistency(&scenario, &analysis.compiled, &analysis.report).reads[0];
    assert!(said.at_most && seen < said.share, "{seen} of {said:?}");
}

#[test]
fn whoever_is_told_holds_nothing_old_and_nothing_is_counted_of_it() {
    for mode in ["cache_aside", "write_through", "write_behind"] {
        let cache = format!(r#""time_to_live": 5, "write_mode": "{mode}""#);
        let drawn = Drawn {
            cache: &cache,
            told: true,
            ..PLAIN
        };
        let scenario = drawn.scenario();
        let compiled = compile(&scenario);
        assert_eq!(compiled.network.originals, []);
        assert_eq!(run(&scenario, &Settings::default(), 20.0).caches, []);
    }
}

#[test]
fn only_what_a_cache_is_not_told_makes_it_stale() {
    // A second class writes three times as often, and its service clears the cache.
    let mut scenario = PLAIN.scenario();
    let mut class = scenario.classes[1].clone();
    class.id = ClassId(3);
    class.share *= 3.0;
    scenario.classes.push(class);
    // They go where the readers go.
    for link in &mut scenario.links {
        if link.classes == [ClassId(1)] {
            link.classes.push(ClassId(3));
        }
    }
    let findings = run(&scenario, &Settings::default(), 1_000.0);
    let reads = reads_of(&findings, CACHE);
    let share = reads.stale.expect("reads").value;
    // Per key and second, of 1,015 requests: reads, removals, and writes that nobody tells of.
    let all = 1_015.0 / (1_000.0 + 15.0 + 45.0) / 50.0;
    let (asked, removed, untold) = (1_000.0 * all, 45.0 * all, 15.0 * all);
    // A key that isn't there is fetched by the next read, and stays for five seconds or until it is removed. The age at a hit has the density
    // of what is still there, e^(−removed a) up to five.
    let stays = (1.0 - (-removed * 5.0_f64).exp()) / removed;
    let found = asked * stays / (1.0 + asked * stays);
    let fresh = (1.0 - (-(removed + untold) * 5.0_f64).exp()) / (removed + untold);
    close(share, found * (1.0 - fresh / stays), 0.03);
}

#[test]
fn a_cdn_with_many_edges_is_as_stale_as_each_of_them() {
    let text = r#"{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [], "classes": [
        {"id": 1, "name": "read", "operation": "read", "share": 0.95, "request_bytes": 0, "response_bytes": 1000, "keys": 400, "zipf_exponent": 0.9, "priority": 0},
        {"id": 2, "name": "write", "operation": "write", "share": 0.05, "request_bytes": 0, "response_bytes": 1000, "keys": 400, "zipf_exponent": 0.9, "priority": 0}],
        "components": [
        {"id": 1, "kind": "clients", "name": "1", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 1000, "client_round_trip": 0}},
        {"id": 2, "kind": "cdn", "name": "2", "position": {"x": 0, "y": 0}, "parameters": {"edge_locations": 150, "time_to_live": 30}},
        {"id": 3, "kind": "service", "name": "3", "position": {"x": 0, "y": 0}, "parameters": {"cores": 64, "threads": 10000, "service_time": 1}},
        {"id": 4, "kind": "sql_primary", "name": "4", "position": {"x": 0, "y": 0}, "parameters": {"cores": 64}}],
        "links": [{"id": 1, "from": 1, "to": 2, "classes": [1]}, {"id": 2, "from": 2, "to": 3, "classes": [1]}, {"id": 3, "from": 3, "to": 4}, {"id": 4, "from": 1, "to": 3, "classes": [2]}]}"#;
    let scenario = read(text).scenario.expect("a design");
    let findings = run(&scenario, &Settings::default(), 1_000.0);
    let reads = reads_of(&findings, 2);
    let analysis = analyse(&scenario);
    let said = consistency(&scenario, &analysis.compiled, &analysis.report).reads[0];
    close(reads.stale.expect("reads").value, said.share, 0.03);
    close(
        reads.age.expect("some").value,
        said.age.expect("known").0,
        0.03,
    );
}

#[test]
fn what_a_cache_gives_another_one_goes_on_being_old_there() {
    // An edge in front of the service whose cache isn't told.
    let mut scenario = PLAIN.scenario();
    let edge = r#"{"id": 9, "kind": "cdn", "name": "9", "position": {"x": 0, "y": 0}, "parameters": {"edge_locations": 1, "time_to_live": 4}}"#;
    let text = write(&scenario);
    let text = text.replacen(
        r#""components": ["#,
        &format!(r#""components": [{edge},"#),
        1,
    );
    scenario = read(&text).scenario.expect("a design");
    let mut link = scenario.links[0].clone();
    link.id = LinkId(9);
    link.to = ComponentId(9);
    scenario.links[0].from = ComponentId(9);
    scenario.links.push(link);
    let findings = run(&scenario, &Settings::default(), 4_000.0);
    let (inner, outer) = (reads_of(&findings, CACHE), reads_of(&findings, 9));
    let longest = |reads: StaleFindings| reads.age_longest.expect("some");
    assert!(longest(inner) < 5.0, "{inner:?}");
    assert!(longest(outer) > 5.0 && longest(outer) < 9.0, "{outer:?}");
    // What the edge gets was fetched some time ago: nothing for the share of misses of the cache, else up to five seconds. It is asked by the
    // edge alone, once every four seconds and a bit for each key, so that it answers at most once.
    let rate = 15.0 / 50.0;
    let (fresh, _) = of_ages(rate, 0.0, 4.0);
    let seen = outer.stale.expect("reads").value;
    let inner_stale = inner.stale.expect("reads").value;
    // With probability `inner_stale` it was old from the first, else as fresh as it gets or with writes still to come.
    assert!(
        seen > fresh + 0.5 * inner_stale * (1.0 - fresh),
        "{seen}, {fresh}, {inner_stale}"
    );
}

#[test]
fn a_run_that_goes_on_from_a_snapshot_is_the_unbroken_run() {
    let compiled = compile(&PLAIN.scenario());
    let mut whole = Simulation::new(&compiled, &Settings::default());
    whole.run_until(40.0, u64::MAX);
    let mut part = Simulation::new(&compiled, &Settings::default());
    while !part.run_until(17.0, 1_000) {}
    let mut resumed = part.clone();
    part.run_until(25.0, u64::MAX);
    resumed.run_until(40.0, u64::MAX);
    assert_eq!(resumed.findings(), whole.findings());
}

#[test]
fn a_cache_that_is_emptied_is_up_to_date_again() {
    let longest = |faults: Vec<Fault>| {
        let mut scenario = KEPT.scenario();
        scenario.faults = faults;
        let findings = run(&scenario, &cold(), 100.0);
        reads_of(&findings, CACHE).age_longest.expect("some")
    };
    assert!(longest(Vec::new()) > 90.0);
    let whats = [
        ComponentFault::Flush { instances: None },
        ComponentFault::LoseMemory { instances: None },
    ];
    for what in whats {
        let fault = Fault {
            start_seconds: 50.0,
            duration_seconds: Some(1.0),
            incident: Incident::Component {
                id: ComponentId(CACHE),
                what,
            },
        };
        let longest = longest(vec![fault]);
        assert!(longest > 40.0 && longest < 51.0, "{longest}");
    }
}

#[test]
fn a_changed_design_knows_what_its_caches_have_missed_before() {
    let scenario = KEPT.scenario();
    let mut simulation = Simulation::new(&compile(&scenario), &cold());
    simulation.run_until(50.0, u64::MAX);
    // A larger cache holds what it held.
    let larger = Drawn {
        cache: r#""time_to_live": 1000000, "cache_size": 100"#,
        ..KEPT
    };
    simulation.change(&compile(&larger.scenario()));
    simulation.run_until(100.0, u64::MAX);
    let findings = simulation.findings();
    assert!(reads_of(&findings, CACHE).age_longest.expect("some") > 90.0);
    // From now on the writers tell it.
    let told = Drawn { told: true, ..KEPT };
    simulation.change(&compile(&told.scenario()));
    simulation.run_until(110.0, u64::MAX);
    assert_eq!(simulation.findings().caches, []);
    // And no more.
    simulation.change(&compile(&scenario));
    simulation.run_until(150.0, u64::MAX);
    let findings = simulation.findings();
    assert!(reads_of(&findings, CACHE).stale.expect("reads").value > 0.5);
    assert_eq!(simulation.violations(), []);
}

#[test]
fn caches_that_each_see_a_part_of_the_keys_miss_the_writes_of_their_part() {
    let part = |id: u32, kind: &str, parameters: &str| {
        format!(
            r#"{{"id": {id}, "kind": "{kind}", "name": "{id}", "position": {{"x": 0, "y": 0}}, "parameters": {{{parameters}}}}}"#
        )
    };
    let program = r#""cores": 64, "threads": 10000, "service_time": 1"#;
    let parts = [
        part(
            1,
            "clients",
            r#""request_rate": 1000, "client_round_trip": 0"#,
        ),
        part(
            2,
            "load_balancer",
            r#""balancing_policy": "consistent_hash""#,
        ),
        part(3, "service", program),
        part(4, "service", program),
        part(5, "cache", r#""time_to_live": 10"#),
        part(6, "cache", r#""time_to_live": 10"#),
        part(7, "sql_primary", r#""cores": 64"#),
        part(8, "service", program),
    ];
    let links = [
        (1, 2, "[1]"),
        (2, 3, "[1]"),
        (2, 4, "[1]"),
        (3, 5, "[1]"),
        (4, 6, "[1]"),
        (3, 7, "[1]"),
        (4, 7, "[1]"),
        (1, 8, "[2]"),
        (8, 7, "[2]"),
    ];
    let links: Vec<String> = (1..)
        .zip(links)
        .map(|(id, (from, to, classes))| {
            format!(r#"{{"id": {id}, "from": {from}, "to": {to}, "classes": {classes}}}"#)
        })
        .collect();
    let class = |id: u32, operation: &str, share: f64| {
        format!(
            r#"{{"id": {id}, "name": "{operation}", "operation": "{operation}", "share": {share}, "request_bytes": 0, "response_bytes": 1000, "keys": 1000, "zipf_exponent": 0, "priority": 0}}"#
        )
    };
    let text = format!(
        r#"{{"format_version": 1, "title": "", "notes": "", "zones": [], "objectives": [], "classes": [{}, {}], "components": [{}], "links": [{}]}}"#,
        class(1, "read", 0.9),
        class(2, "write", 0.1),
        parts.join(","),
        links.join(",")
    );
    let reading = read(&text);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let scenario = reading.scenario.expect("a design");
    let findings = run(&scenario, &Settings::default(), 1_000.0);
    let analysis = analyse(&scenario);
    let said = consistency(&scenario, &analysis.compiled, &analysis.report).reads;
    assert_eq!(said.len(), 2);
    // Each key is read 0.9 times a second and written 0.1 times, wherever it is: found with 9 / 10, at ages up to ten seconds.
    let (share, age) = of_ages(0.1, 0.0, 10.0);
    for row in said {
        let seen = reads_of(&findings, row.component.0);
        close(seen.stale.expect("reads").value, 0.9 * share, 0.03);
        close(seen.age.expect("some").value, age, 0.03);
        close(row.share, 0.9 * share, 1e-6);
        close(seen.rate.expect("reads").value, row.rate.0, 0.1);
    }
}

//! Share links: the whole document comes back bit for bit, small enough for an address bar, and a damaged link says so.

use loadscape_sim::catalog::{Choice, Kind, Parameter, Unlimited, Value, ZoneKind};
use loadscape_sim::lesson::dense;
use loadscape_sim::scenario::generate::{generate, generate_with_faults};
use loadscape_sim::scenario::{
    Call, CallPlan, Component, ComponentFault, ComponentId, CurvePoint, Fault, Incident, Link,
    Operation, PlanStep, Point, Scenario, Target,
};
use loadscape_sim::share::{
    LONGEST_LINK, ShareError, decode, decode_lesson, encode, encode_lesson,
};

/// Debug text tells -0 from 0, which equality doesn't.
fn bits(scenario: &Scenario) -> String {
    format!("{scenario:?}")
}

fn round_trip(scenario: &Scenario) -> Scenario {
    let reading = decode(&encode(scenario)).expect("readable");
    assert_eq!(reading.problems, []);
    reading.scenario.expect("a document")
}

#[test]
fn every_document_comes_back_bit_for_bit() {
    for seed in 0..400 {
        let scenario = generate(seed, seed as usize % 50);
        assert_eq!(bits(&round_trip(&scenario)), bits(&scenario), "seed {seed}");
    }
}

#[test]
fn awkward_numbers_come_back_bit_for_bit() {
    let awkward = [
        0.0,
        -0.0,
        0.1,
        -0.1,
        1.0 / 3.0,
        1e-300,
        5e-324,
        999_999.999_999_9,
        0.1 + 0.2,
        123_456.789,
        2f64.powi(-40),
        f64::from_bits(0x3ff0_0000_0000_0001),
    ];
    let mut scenario = Scenario::default();
    for (index, number) in awkward.iter().enumerate() {
        let id = ComponentId((index as u32).wrapping_mul(1_000_000_007));
        scenario.components.push(Component::new(
            id,
            Kind::Service,
            "",
            Point {
                x: *number,
                y: -number,
            },
        ));
    }
    assert_eq!(bits(&round_trip(&scenario)), bits(&scenario));
}

#[test]
fn text_of_any_script_comes_back() {
    let scenario = Scenario {
        title: "Überlast 検索 🦀 \u{0} \"\\\n".to_owned(),
        notes: "é".repeat(5_000),
        ..Scenario::default()
    };
    assert_eq!(round_trip(&scenario), scenario);
}

/// A design as people draw it: named parts on a grid, a few parameters each, two links for each part.
fn drawn(components: usize) -> Scenario {
    let kinds = [
        Kind::Service,
        Kind::LoadBalancer,
        Kind::SqlPrimary,
        Kind::Cache,
        Kind::Queue,
        Kind::Worker,
        Kind::ReadReplica,
    ];
    let mut scenario = Scenario {
        title: "Stage 2: proxies, two APIs, a replica".to_owned(),
        notes: "Double the users and see which part saturates.".to_owned(),
        ..Scenario::default()
    };
    for index in 0..components {
        let kind = if index == 0 {
            Kind::Clients
        } else {
            kinds[index * 7 % 11 % kinds.len()]
        };
        let name = format!(
            "{} {index}",
            loadscape_sim::catalog::specification(kind).label
        );
        let position = Point {
            x: (index % 25) as f64 * 230.0 + (index * 37 % 50) as f64,
            y: (index / 25) as f64 * 130.0 + (index * 53 % 40) as f64,
        };
        let mut component = Component::new(ComponentId(index as u32 + 1), kind, name, position);
        for specification in loadscape_sim::catalog::specification(kind)
            .parameters
            .iter()
            .skip(index % 3)
            .take(3)
        {
            if let Value::Number(default) = specification.default {
                component.parameters.insert(
                    specification.parameter,
                    Value::Number((default * 1.5).round().max(1.0)),
                );
            }
        }
        scenario.components.push(component);
        for step in [1, 5] {
            if index >= step {
                let id = scenario.next_link_id();
                scenario.links.push(Link::new(
                    id,
                    ComponentId((index + 1 - step) as u32),
                    ComponentId(index as u32 + 1),
                ));
            }
        }
    }
    scenario
}

#[test]
fn twelve_components_fit_into_a_thousand_characters_and_a_thousand_into_forty_thousand() {
    let (small, large) = (encode(&drawn(12)).len(), encode(&drawn(1_000)).len());
    println!("12 components: {small} characters; 1,000 components: {large} characters");
    assert!(small < 1_000, "{small}");
    assert!(large < 40_000, "{large}");
    assert!(encode(&drawn(500)).len() < LONGEST_LINK);
}

#[test]
fn a_link_holds_nothing_that_an_address_bar_would_change() {
    for seed in 0..20 {
        let link = encode(&generate(seed, 10));
        assert!(
            link.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        );
    }
}

#[test]
fn the_hash_and_stray_blanks_around_a_link_do_no_harm() {
    let scenario = drawn(3);
    let link = format!("  #{}\n", encode(&scenario));
    assert_eq!(
        decode(&link).ok().and_then(|reading| reading.scenario),
        Some(scenario)
    );
}

#[test]
fn a_damaged_link_says_so_and_what_to_do() {
    let scenario = drawn(12);
    let link = encode(&scenario);
    assert_eq!(decode(""), Err(ShareError::Empty));
    assert_eq!(decode("#"), Err(ShareError::Empty));
    for cut in [1, 2, 5, link.len() / 2, link.len() - 1] {
        assert!(decode(&link[..cut]).is_err(), "cut at {cut}");
    }
    for place in 0..link.len() {
        let mut changed = link.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("still text");
        // Bits that stand for nothing, at the end of the compressed stream, may change without harm; nothing else may.
        if let Ok(reading) = decode(&changed) {
            assert_eq!(
                reading.scenario.as_ref(),
                Some(&scenario),
                "changed at {place}"
            );
        }
    }
    assert_eq!(
        decode("AX<>"),
        Err(ShareError::Character {
            character: '<',
            position: 3
        })
    );
    for error in [
        ShareError::Empty,
        ShareError::Character {
            character: ' ',
            position: 4,
        },
        ShareError::NewerVersion { version: 9 },
        ShareError::Damaged,
        ShareError::TooLarge,
    ] {
        let text = error.to_string();
        assert!(
            ["Copy it again", "Reload the page", "Ask for the file"]
                .iter()
                .any(|remedy| text.contains(remedy)),
            "{text}"
        );
    }
}

#[test]
fn a_link_of_a_newer_format_names_its_version() {
    // The first byte is the version: "AX" begins version 1, "Cn" version 10.
    let link = encode(&drawn(3)).replacen("AX", "Cn", 1);
    assert_eq!(decode(&link), Err(ShareError::NewerVersion { version: 10 }));
}

#[test]
fn what_is_plainly_no_link_is_called_damaged_and_not_newer() {
    let link = encode(&drawn(3));
    let newer_but_cut = &link.replacen("AX", "Cn", 1)[..link.len() / 2];
    let of_version_200 = link.replacen("AX", "yH", 1);
    for text in [
        "abc",
        "a",
        "ab",
        "section-2",
        "results",
        "deadbeefdeadbeef",
        "AgAAAAAAAAAA",
        newer_but_cut,
        &of_version_200,
    ] {
        assert_eq!(decode(text), Err(ShareError::Damaged), "{text}");
    }
}

#[test]
fn a_document_with_an_impossible_number_is_shared_without_panic_and_reported() {
    let mut scenario = drawn(2);
    scenario.components[1].position.x = f64::NAN;
    scenario.classes[0].share = f64::INFINITY;
    let reading = decode(&encode(&scenario)).expect("readable");
    assert!(
        reading.problems.len() >= 2 && reading.scenario.is_some(),
        "{:?}",
        reading.problems
    );
}

/// A link of the first wire form with one of every kind, and the same document as JSON; every later build has to read both alike.
const FIRST_LINK: &str = include_str!("share_first_link.txt");
const FIRST_DOCUMENT: &str = include_str!("share_first_document.json");

#[test]
fn the_codes_in_links_never_change() {
    // Spelled out, so that a reordered table fails here and not in somebody's old link.
    let pinned = [
        (Kind::Clients.code(), 1),
        (Kind::ReadReplica.code(), 11),
        (Kind::Station.code(), 21),
        (ZoneKind::Region.code(), 1),
        (ZoneKind::PrivateSubnet.code(), 5),
        (Parameter::Traffic.code(), 1),
        (Parameter::Instances.code(), 10),
        (Choice::Open.code(), 1),
        (Choice::Singapore.code(), 41),
    ];
    for (code, expected) in pinned {
        assert_eq!(code, expected);
    }
    let names = |parameters: &[Parameter]| {
        parameters
            .iter()
            .map(|parameter| format!("{}={}", parameter.code(), parameter.name()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let codes = [
        Kind::ALL
            .iter()
            .map(|kind| format!("{}={}", kind.code(), kind.name()))
            .collect::<Vec<_>>()
            .join(" "),
        ZoneKind::ALL
            .iter()
            .map(|kind| format!("{}={}", kind.code(), kind.name()))
            .collect::<Vec<_>>()
            .join(" "),
        names(Parameter::ALL),
        Choice::ALL
            .iter()
            .map(|choice| format!("{}={}", choice.code(), choice.name()))
            .collect::<Vec<_>>()
            .join(" "),
        Operation::ALL
            .iter()
            .map(|operation| operation.name())
            .collect::<Vec<_>>()
            .join(" "),
        Target::NAMES.join(" "),
    ]
    .join("\n");
    let pinned = include_str!("share_codes.txt");
    for (line, (now, then)) in codes.lines().zip(pinned.lines()).enumerate() {
        assert!(
            now.starts_with(then),
            "line {}: codes may be added at the end, never changed:\n{now}\n{then}",
            line + 1
        );
    }
    assert_eq!(codes.lines().count(), pinned.lines().count());
}

#[test]
fn names_and_codes_lead_back_to_what_they_name() {
    for kind in Kind::ALL {
        assert_eq!(
            (Kind::from_code(kind.code()), Kind::from_name(kind.name())),
            (Some(*kind), Some(*kind))
        );
        assert_eq!(
            serde_json::to_value(kind).ok(),
            Some(serde_json::json!(kind.name()))
        );
    }
    for parameter in Parameter::ALL {
        assert_eq!(
            (
                Parameter::from_code(parameter.code()),
                Parameter::from_name(parameter.name())
            ),
            (Some(*parameter), Some(*parameter))
        );
        assert_eq!(
            serde_json::to_value(parameter).ok(),
            Some(serde_json::json!(parameter.name()))
        );
    }
    for choice in Choice::ALL {
        assert_eq!(
            (
                Choice::from_code(choice.code()),
                Choice::from_name(choice.name())
            ),
            (Some(*choice), Some(*choice))
        );
        assert_eq!(
            serde_json::to_value(choice).ok(),
            Some(serde_json::json!(choice.name()))
        );
    }
    for kind in ZoneKind::ALL {
        assert_eq!(
            (
                ZoneKind::from_code(kind.code()),
                ZoneKind::from_name(kind.name())
            ),
            (Some(*kind), Some(*kind))
        );
        assert_eq!(
            serde_json::to_value(kind).ok(),
            Some(serde_json::json!(kind.name()))
        );
    }
    assert_eq!(
        serde_json::to_value(Value::Unlimited(Unlimited::Unlimited)).ok(),
        Some(serde_json::json!("unlimited"))
    );
}

#[test]
fn a_link_of_the_first_wire_form_still_opens_as_the_same_document() {
    let link = decode(FIRST_LINK.trim()).expect("readable");
    let file = loadscape_sim::scenario::read(FIRST_DOCUMENT);
    assert_eq!(link.problems, []);
    assert_eq!(link, file);
    let kinds = link.scenario.map(|scenario| scenario.components.len());
    assert!(kinds >= Some(Kind::ALL.len()), "{kinds:?}");
}

#[test]
fn faults_and_the_settings_of_the_run_come_back_bit_for_bit() {
    let (mut faults, mut protected) = (0, 0);
    for seed in 0..400 {
        let scenario = generate_with_faults(seed, seed as usize % 50);
        faults += scenario.faults.len();
        let calls = scenario
            .components
            .iter()
            .flat_map(|component| &component.plans)
            .flat_map(|plan| &plan.steps)
            .flat_map(|step| &step.calls);
        let is_protected = |call: &Call| {
            let budget = call.retry.and_then(|retry| retry.budget);
            call.hedge_after_seconds.is_some() && call.circuit_breaker.is_some() && budget.is_some()
        };
        protected += calls.filter(|call| is_protected(call)).count();
        assert_eq!(bits(&round_trip(&scenario)), bits(&scenario), "seed {seed}");
    }
    assert!(faults > 1000, "only {faults} faults were tried");
    assert!(protected > 5, "only {protected} calls had everything");
}

#[test]
fn a_call_with_something_that_nobody_knows_keeps_the_rest_and_says_so() {
    let mut scenario = drawn(3);
    scenario.components[1].plans.push(CallPlan {
        class: scenario.classes[0].id,
        steps: vec![PlanStep {
            calls: vec![Call::once(scenario.links[1].id)],
        }],
    });
    let (_, mut bytes) = unpacked(&encode(&scenario));
    // The call of component 1, plan 0, step 0, place 0: a second call after 5 seconds (1) and something else (64) in two bytes more.
    bytes.extend([3, 10, 1, 1, 0, 0, 0, 4, 65, 40, 1, 2]);
    let reading = decode(&packed(2, &bytes)).expect("readable");
    assert_eq!(reading.problems.len(), 1, "{:?}", reading.problems);
    assert!(reading.problems[0].message.contains("1 calls"));
    scenario.components[1].plans[0].steps[0].calls[0].hedge_after_seconds = Some(5.0);
    assert_eq!(reading.scenario, Some(scenario));
    // A call that isn't there.
    bytes.extend([3, 6, 1, 7, 0, 0, 0, 0]);
    assert_eq!(decode(&packed(2, &bytes)), Err(ShareError::Damaged));
}

#[test]
fn curves_come_back_bit_for_bit_and_with_their_component() {
    let mut scenario = drawn(6);
    for (place, points) in [(0, 3), (4, 1)] {
        scenario.components[place].curve = (0..points)
            .map(|point| CurvePoint {
                seconds: 0.1 * f64::from(point),
                per_second: 1.0 / (3.0 + f64::from(point)),
            })
            .collect();
    }
    assert_eq!(bits(&round_trip(&scenario)), bits(&scenario));
    // One that belongs to nobody isn't made up.
    let (version, mut bytes) = unpacked(&encode(&drawn(2)));
    assert_eq!(version, 1);
    bytes.extend([4, 3, 1, 14, 0]);
    assert_eq!(decode(&packed(2, &bytes)), Err(ShareError::Damaged));
}

/// The bytes behind the checksum, as `encode` packs them.
fn unpacked(link: &str) -> (u8, Vec<u8>) {
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, link)
        .expect("base64");
    let (version, compressed) = bytes.split_first().expect("a version");
    (
        *version,
        miniz_oxide::inflate::decompress_to_vec_zlib(compressed).expect("zlib"),
    )
}

fn packed(version: u8, bytes: &[u8]) -> String {
    let mut link = vec![version];
    link.extend(miniz_oxide::deflate::compress_to_vec_zlib(bytes, 8));
    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, link)
}

#[test]
fn a_document_without_anything_new_is_a_link_of_the_first_form_and_others_only_add_to_it() {
    for seed in 0..40 {
        let mut plain = generate(seed, 5);
        for component in &mut plain.components {
            component.curve.clear();
        }
        let mut eventful = plain.clone();
        eventful.run.seed = 77;
        let (version, first) = unpacked(&encode(&plain));
        let (newer, more) = unpacked(&encode(&eventful));
        assert_eq!((version, newer), (1, 2));
        assert!(more.starts_with(&first) && more.len() > first.len());
    }
    // And as the first build wrote it, to the byte.
    let first = decode(FIRST_LINK.trim()).expect("readable");
    assert_eq!(
        encode(&first.scenario.expect("a document")),
        FIRST_LINK.trim()
    );
}

#[test]
fn a_section_that_nobody_knows_is_left_out_and_said() {
    let scenario = generate_with_faults(3, 6);
    let (_, bytes) = unpacked(&encode(&scenario));
    let mut newer = bytes.clone();
    newer.extend([100, 3, 1, 2, 3]);
    let reading = decode(&packed(2, &newer)).expect("readable");
    assert_eq!(reading.scenario.as_ref(), Some(&scenario));
    assert_eq!(reading.problems.len(), 1, "{:?}", reading.problems);
    assert!(reading.problems[0].message.contains("Section 100"));
    // One that says that it is longer than it is.
    let mut cut = bytes;
    cut.extend([100, 3, 1, 2]);
    assert_eq!(decode(&packed(2, &cut)), Err(ShareError::Damaged));
}

#[test]
fn a_fault_that_nobody_knows_is_left_out_and_said_and_the_others_stay() {
    let mut scenario = drawn(3);
    let (_, mut bytes) = unpacked(&encode(&scenario));
    // Two faults at 5 seconds: one in component 1 of kind 200 with two more bytes, and a kill of all of it.
    bytes.extend([2, 16, 2]);
    bytes.extend([7, 40, 3, 0, 2, 200, 1, 2]);
    bytes.extend([6, 40, 3, 0, 2, 0, 3]);
    let reading = decode(&packed(2, &bytes)).expect("readable");
    assert_eq!(reading.problems.len(), 1, "{:?}", reading.problems);
    assert!(reading.problems[0].message.contains("Fault 1"));
    scenario.faults.push(Fault {
        start_seconds: 5.0,
        duration_seconds: None,
        incident: Incident::Component {
            id: ComponentId(1),
            what: ComponentFault::Kill { instances: None },
        },
    });
    assert_eq!(reading.scenario, Some(scenario));
}

#[test]
fn a_lesson_comes_back_from_its_link_as_it_was_and_fits_into_one() {
    let page = include_str!("../../docs/lessons.md");
    let (_, from) = page.split_once("```json lesson\n").expect("an example");
    let example = dense(from.split_once("```").expect("it ends").0);
    let link = encode_lesson(&example);
    assert!(link.len() < LONGEST_LINK / 10, "{}", link.len());
    assert_eq!(decode_lesson(&link), Ok(example.clone()));
    assert_eq!(
        loadscape_sim::lesson::read_lesson(&example).mistakes,
        Vec::new()
    );
    assert_eq!(
        decode_lesson(&link[..link.len() - 9]),
        Err(ShareError::Damaged)
    );
    assert_eq!(decode_lesson(""), Err(ShareError::Empty));
    // Of a drawing's link something comes out that is no lesson, and of a lesson's no drawing.
    let drawn = decode_lesson(&encode(&drawn(3)));
    assert!(
        drawn.is_err()
            || loadscape_sim::lesson::read_lesson(&drawn.unwrap_or_default())
                .lesson
                .is_none()
    );
    assert!(
        decode(&link).is_ok_and(|reading| !reading.problems.is_empty()) || decode(&link).is_err()
    );
}

#[test]
fn links_that_are_not_encrypted_come_back_so_and_all_others_take_no_room() {
    let mut scenario = generate(7, 12);
    let before = encode(&scenario);
    assert!(scenario.links.len() > 2, "{}", scenario.links.len());
    let last = scenario.links.len() - 1;
    for place in [0, last] {
        scenario.links[place].unencrypted = true;
    }
    let reading = decode(&encode(&scenario)).expect("readable");
    assert_eq!(reading.problems, []);
    assert_eq!(reading.scenario.as_ref(), Some(&scenario));
    // As a file, too, in which only those say anything.
    let text = loadscape_sim::scenario::write(&scenario);
    assert_eq!(text.matches("\"unencrypted\"").count(), 2);
    assert_eq!(
        loadscape_sim::scenario::read(&text).scenario.as_ref(),
        Some(&scenario)
    );
    let wrong = text.replacen("\"unencrypted\": true", "\"unencrypted\": 1", 1);
    let reading = loadscape_sim::scenario::read(&wrong);
    assert_eq!(reading.problems.len(), 1, "{:?}", reading.problems);
    assert!(reading.problems[0].message.contains("True or false"));
    for link in &mut scenario.links {
        link.unencrypted = false;
    }
    assert_eq!(encode(&scenario), before);
}

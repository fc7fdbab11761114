//! Whatever a file holds: what is readable is kept, what isn't is named with its remedy, and nothing panics.

use loadscape_sim::catalog::{Kind, Parameter, Value};
use loadscape_sim::scenario::generate::{Random, generate};
use loadscape_sim::scenario::{
    self, ComponentId, Place, Problem, Reading, Scenario, Severity, limits,
};
use serde_json::{Value as Json, json};

/// A small design that is read without problems, to be broken.
fn sound() -> Json {
    json!({
        "format_version": 1,
        "title": "Shop",
        "notes": "",
        "components": [
            {"id": 1, "kind": "clients", "name": "Shoppers", "position": {"x": 0, "y": 0}, "parameters": {"request_rate": 250.5}},
            {"id": 2, "kind": "service", "name": "API", "position": {"x": 240, "y": 0}, "parameters": {"service_time": 12, "queue_limit": "unlimited"}},
            {"id": 3, "kind": "sql_primary", "name": "Orders", "position": {"x": 480, "y": 0}}
        ],
        "links": [{"id": 1, "from": 1, "to": 2}, {"id": 2, "from": 2, "to": 3, "weight": 2}],
        "zones": [{"id": 1, "kind": "region", "name": "EU", "rectangle": {"x": -50, "y": -50, "width": 900, "height": 400}, "parameters": {"location": "frankfurt"}}],
        "classes": [{"id": 1, "name": "browse", "operation": "read", "share": 1, "request_bytes": 500, "response_bytes": 2000, "keys": 1000, "zipf_exponent": 0.8}],
        "objectives": [{"class": 1, "target": {"p99_at_most_seconds": 0.3}}]
    })
}

fn read(document: &Json) -> Reading {
    scenario::read(&document.to_string())
}

/// Reads a document that has to be readable, and returns it with its problems.
fn partly(document: &Json) -> (Scenario, Vec<Problem>) {
    let reading = read(document);
    (reading.scenario.expect("readable"), reading.problems)
}

/// The only problem, as text, with the scenario.
fn one_problem(document: &Json) -> (Scenario, String) {
    let (scenario, problems) = partly(document);
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert!(!problems[0].remedy.is_empty(), "{texts:?}");
    (scenario, texts[0].clone())
}

#[test]
fn a_sound_document_is_read_without_problems() {
    let (scenario, problems) = partly(&sound());
    assert_eq!(problems, []);
    assert_eq!(scenario.components.len(), 3);
    assert_eq!(
        scenario
            .component(ComponentId(1))
            .map(|clients| clients.number(Parameter::RequestRate)),
        Some(250.5)
    );
    assert_eq!(scenario::validate(&scenario), []);
}

#[test]
fn a_newer_version_is_reported_and_read_as_far_as_it_is_known() {
    let mut document = sound();
    document["format_version"] = json!(7);
    document["weather"] = json!("sunny");
    let (scenario, problems) = partly(&document);
    assert_eq!(scenario.components.len(), 3);
    let text = problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        text.contains("version 7") && text.contains("Update Loadscape") && text.contains("weather"),
        "{text}"
    );
}

#[test]
fn a_missing_version_is_assumed_and_a_wrong_one_reported() {
    let mut document = sound();
    document
        .as_object_mut()
        .expect("object")
        .remove("format_version");
    let (_, problems) = partly(&document);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].severity, Severity::Warning);
    for wrong in [json!(0), json!(-1), json!("1"), json!(1.5)] {
        document["format_version"] = wrong;
        assert!(one_problem(&document).1.contains("version"));
    }
}

#[test]
fn an_unknown_kind_is_left_out_with_its_links_and_the_rest_is_kept() {
    let mut document = sound();
    document["components"][2]["kind"] = json!("quantum_database");
    let (scenario, problems) = partly(&document);
    assert_eq!(scenario.components.len(), 2);
    assert_eq!(scenario.links.len(), 1);
    let text = problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        text.contains("\"Orders\" (3)")
            && text.contains("quantum_database")
            && text.contains("sql_primary"),
        "{text}"
    );
    assert!(text.contains("API → component 3"), "{text}");
}

#[test]
fn an_unknown_parameter_or_choice_is_left_out_and_named() {
    let mut document = sound();
    document["components"][1]["parameters"]["colour"] = json!(3);
    assert!(
        one_problem(&document)
            .1
            .contains("Component \"API\" (2), colour: Service has no parameter \"colour\"")
    );
    let mut document = sound();
    document["components"][2]["parameters"] = json!({"replication": "telepathic"});
    let (scenario, text) = one_problem(&document);
    assert!(
        text.contains("Orders")
            && text.contains("Replication")
            && text.contains("\"asynchronous\", \"synchronous\" or \"quorum\""),
        "{text}"
    );
    assert!(scenario.components[2].parameters.is_empty());
    // A parameter that exists, but not of this kind.
    let mut document = sound();
    document["components"][1]["parameters"]["replication"] = json!("quorum");
    assert!(
        one_problem(&document)
            .1
            .contains("Service has no parameter \"replication\"")
    );
}

#[test]
fn a_number_outside_its_range_is_clamped_and_the_range_named() {
    let mut document = sound();
    document["components"][0]["parameters"]["request_rate"] = json!(-20);
    let (scenario, text) = one_problem(&document);
    assert!(text.contains("Component \"Shoppers\" (1), Request rate: -20 /s is below the smallest value; allowed is 0 /s to 100,000,000 /s"), "{text}");
    assert_eq!(
        scenario.components[0]
            .parameters
            .get(&Parameter::RequestRate),
        Some(&Value::Number(0.0))
    );
    let mut document = sound();
    document["classes"][0]["zipf_exponent"] = json!(9);
    let (scenario, text) = one_problem(&document);
    assert!(
        text.contains("Class \"browse\" (1), zipf_exponent: 9 lies outside 0 to 3; 3 is used"),
        "{text}"
    );
    assert_eq!(scenario.classes[0].zipf_exponent, 3.0);
    let mut document = sound();
    document["components"][1]["parameters"]["instances"] = json!(2.4);
    assert_eq!(
        one_problem(&document).0.components[1].count(Parameter::Instances),
        2
    );
}

#[test]
fn a_value_of_the_wrong_type_keeps_its_default() {
    for wrong in [
        json!("fast"),
        json!([1]),
        json!({}),
        json!(null),
        json!(true),
    ] {
        let mut document = sound();
        document["components"][1]["parameters"]["service_time"] = wrong;
        let (scenario, text) = one_problem(&document);
        assert!(
            text.contains("Service time") && text.contains("0.0001 ms to 600,000 ms"),
            "{text}"
        );
        assert_eq!(scenario.components[1].number(Parameter::ServiceTime), 20.0);
    }
}

#[test]
fn nan_and_infinity_are_reported_where_they_stand() {
    for bad in ["NaN", "-Infinity", "1e999"] {
        let text = sound().to_string().replace("250.5", bad);
        let reading = scenario::read(&text);
        let scenario = reading.scenario.expect("readable");
        assert_eq!(scenario.components[0].number(Parameter::RequestRate), 50.0);
        let problems = reading
            .problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n");
        assert!(
            problems.contains("finite") && problems.contains("\"Shoppers\" (1), Request rate"),
            "{problems}"
        );
    }
}

#[test]
fn a_dangling_link_and_a_link_to_itself_are_left_out() {
    let mut document = sound();
    document["links"][1]["to"] = json!(77);
    let (scenario, text) = one_problem(&document);
    assert_eq!(scenario.links.len(), 1);
    assert!(text.contains("component 77"), "{text}");
    document["links"][1]["to"] = json!(2);
    let (scenario, text) = one_problem(&document);
    assert_eq!(scenario.links.len(), 1);
    assert!(text.contains("API → API"), "{text}");
}

#[test]
fn a_duplicate_id_is_replaced_and_links_mean_the_first() {
    let mut document = sound();
    document["components"][2]["id"] = json!(2);
    document["links"][1]["from"] = json!(1);
    document["links"][1]["to"] = json!(2);
    let (scenario, text) = one_problem(&document);
    assert!(
        text.contains("Component \"Orders\" (3), id: The id 2 belongs to an earlier one"),
        "{text}"
    );
    assert_eq!(scenario.components[2].id, ComponentId(3));
    assert_eq!(
        scenario
            .component(ComponentId(2))
            .map(|component| component.kind),
        Some(Kind::Service)
    );
    for list in ["links", "zones", "classes"] {
        let mut document = sound();
        let first = document[list][0].clone();
        document[list].as_array_mut().expect("list").push(first);
        let (scenario, text) = one_problem(&document);
        assert!(text.contains("belongs to an earlier one"), "{text}");
        let counts = [
            scenario.links.len(),
            scenario.zones.len(),
            scenario.classes.len(),
        ];
        assert_eq!(counts.iter().sum::<usize>(), 5);
    }
}

#[test]
fn missing_fields_are_filled_in_and_named() {
    let mut document = sound();
    document["components"][1]
        .as_object_mut()
        .expect("object")
        .remove("name");
    assert!(one_problem(&document).1.contains("name"));
    let mut document = sound();
    document["components"][1]
        .as_object_mut()
        .expect("object")
        .remove("position");
    assert!(one_problem(&document).1.contains("position"));
    let mut document = sound();
    document["components"][1]
        .as_object_mut()
        .expect("object")
        .remove("id");
    let (scenario, problems) = partly(&document);
    assert_eq!(scenario.components.len(), 3);
    assert!(problems.len() > 1, "its links dangle now: {problems:?}");
    let (scenario, problems) = partly(&json!({"format_version": 1}));
    assert_eq!(scenario.classes.len(), 1, "never without a class");
    assert!(!problems.is_empty());
}

#[test]
fn without_classes_one_is_added_and_without_shares_one_is_sent() {
    let mut document = sound();
    document["classes"] = json!([]);
    document["objectives"] = json!([]);
    let (scenario, text) = one_problem(&document);
    assert_eq!(scenario.classes.len(), 1);
    assert!(text.contains("no request class"), "{text}");
    let mut document = sound();
    document["classes"][0]["share"] = json!(0);
    assert_eq!(one_problem(&document).0.classes[0].share, 1.0);
}

#[test]
fn points_of_a_curve_that_go_back_in_time_or_are_none_are_left_out() {
    let mut document = sound();
    document["components"][0]["curve"] = json!([
        {"seconds": 0, "per_second": 10},
        {"seconds": 60, "per_second": 30.5},
        {"seconds": 60, "per_second": 40},
        {"seconds": 90, "per_second": -1},
        {"seconds": 120},
        [180, 20],
        {"seconds": 240, "per_second": 5}
    ]);
    let (scenario, problems) = partly(&document);
    let points: Vec<(f64, f64)> = scenario.components[0]
        .curve
        .iter()
        .map(|point| (point.seconds, point.per_second))
        .collect();
    assert_eq!(points, [(0.0, 10.0), (60.0, 30.5), (240.0, 5.0)]);
    let said: Vec<&str> = problems.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    for (message, expected) in said.iter().zip([
        "Point 3 of the curve is left out: 60 s doesn't come after 60 s",
        "Point 4 of the curve is left out: a rate of -1",
        "Point 5 of the curve is left out: seconds and per_second",
        "Point 6 of the curve is left out: it has to be an object",
    ]) {
        assert!(message.starts_with(expected), "{message}");
    }
    // What was kept is written and read again as it is.
    let again = scenario::read(&scenario::write(&scenario));
    assert_eq!(again.scenario, Some(scenario));
    assert_eq!(again.problems, []);
}

#[test]
fn plans_keep_to_known_classes_and_own_links() {
    let plan = |class: u32, link: u32| json!([{"class": class, "steps": [{"calls": [{"link": link, "count": 2}]}]}]);
    let mut document = sound();
    document["components"][1]["plans"] = plan(1, 2);
    let (scenario, problems) = partly(&document);
    assert_eq!(problems, []);
    assert_eq!(scenario.components[1].plans[0].steps[0].calls[0].count, 2.0);
    document["components"][1]["plans"] = plan(9, 2);
    assert!(one_problem(&document).1.contains("no class 9"));
    document["components"][1]["plans"] = plan(1, 1);
    let (scenario, text) = one_problem(&document);
    assert!(
        text.contains("link 1, which isn't one of its own"),
        "{text}"
    );
    assert_eq!(scenario.components[1].plans[0].steps, []);
    document["components"][1]["plans"] =
        json!([{"class": 1, "steps": []}, {"class": 1, "steps": []}]);
    let (scenario, text) = one_problem(&document);
    assert!(text.contains("second call plan"), "{text}");
    assert_eq!(scenario.components[1].plans.len(), 1);
}

#[test]
fn an_objective_on_an_unknown_class_or_target_is_left_out() {
    let mut document = sound();
    document["objectives"][0]["class"] = json!(5);
    assert!(
        one_problem(&document)
            .1
            .contains("Objective 1, class: There is no class 5")
    );
    let mut document = sound();
    document["objectives"][0]["target"] = json!({"happiness_at_least": 1});
    assert!(one_problem(&document).1.contains("p99_at_most_seconds"));
}

#[test]
fn absurd_sizes_are_cut_and_said_so() {
    let mut document = sound();
    document["title"] = json!("x".repeat(50_000));
    let (scenario, text) = one_problem(&document);
    assert_eq!(scenario.title.len(), limits::CHARACTERS);
    assert!(text.contains("10,000 characters"), "{text}");
    let component =
        |id: usize| json!({"id": id, "kind": "service", "name": "s", "position": {"x": 0, "y": 0}});
    let many: Vec<Json> = (1..limits::COMPONENTS + 10).map(component).collect();
    document = sound();
    document["components"] = json!(many);
    document["links"] = json!([]);
    let (scenario, text) = one_problem(&document);
    assert_eq!(scenario.components.len(), limits::COMPONENTS);
    assert!(text.contains("5,000"), "{text}");
}

#[test]
fn what_exceeds_a_limit_is_counted_without_being_kept() {
    let mut document = sound();
    let calls = json!(vec![json!({"link": 2}); 1000]);
    let steps = json!(vec![json!({ "calls": calls }); 1000]);
    document["components"][1]["plans"] = json!([{"class": 1, "steps": steps}]);
    let (scenario, problems) = partly(&document);
    let plan = &scenario.components[1].plans[0];
    assert_eq!(plan.steps.len(), limits::STEPS);
    assert!(
        plan.steps
            .iter()
            .all(|step| step.calls.len() == limits::STEPS)
    );
    assert_eq!(
        problems[0].to_string(),
        "Component \"API\" (2), steps: There are 1,000; the first 100 are read. Keep to 100."
    );
    let calls = json!(vec![json!({"link": 2}); limits::STEPS]);
    let steps = json!(vec![json!({ "calls": calls }); limits::STEPS]);
    let plans: Vec<Json> = (0..limits::CLASSES)
        .map(|class| json!({"class": class, "steps": steps}))
        .collect();
    document["components"][1]["plans"] = json!(plans);
    let (_, problems) = partly(&document);
    assert!(
        problems
            .iter()
            .any(|problem| problem.to_string().contains("Keep to 1,000,000 numbers")),
        "{problems:?}"
    );
}

#[test]
fn twenty_thousand_links_of_the_largest_id_get_ids_of_their_own() {
    let mut document = sound();
    let link = json!({"id": u32::MAX, "from": 1, "to": 2});
    document["links"] = json!(vec![link; limits::LINKS]);
    let (scenario, _) = partly(&document);
    let ids: std::collections::BTreeSet<_> = scenario.links.iter().map(|link| link.id).collect();
    assert_eq!(ids.len(), limits::LINKS);
}

#[test]
fn a_file_full_of_errors_lists_the_first_and_counts_the_rest() {
    let broken: Vec<Json> = (0..3000).map(|_| json!(0)).collect();
    let mut document = sound();
    document["links"] = json!(broken);
    let (_, problems) = partly(&document);
    assert!(problems.len() < 250);
    assert!(
        problems
            .last()
            .is_some_and(|last| last.message.contains("2800 more")),
        "{:?}",
        problems.last()
    );
}

/// Why a text can't be read at all, and what to do.
fn refusal(text: &str) -> String {
    let reading = scenario::read(text);
    assert_eq!(reading.scenario, None, "{text}");
    assert_eq!(reading.problems.len(), 1, "{text}");
    reading.problems[0].to_string()
}

#[test]
fn a_text_that_breaks_off_is_called_incomplete_wherever_it_does() {
    let whole = sound().to_string();
    for end in 1..whole.len() {
        let text = refusal(&whole[..end]);
        assert!(text.contains("the rest of it is missing"), "{end}: {text}");
    }
}

#[test]
fn other_documents_are_no_empty_scenarios() {
    for text in [
        "{}",
        r#"{"hello": "world"}"#,
        r#"{"name": "x", "version": "1.0"}"#,
    ] {
        assert!(refusal(text).contains("no scenario"), "{text}");
    }
    for text in ["[]", "42", "null", "\"text\""] {
        assert!(refusal(text).contains("something else"), "{text}");
    }
}

#[test]
fn what_is_nested_without_end_is_said_to_be() {
    let text = format!("{}1{}", "{\"a\": ".repeat(5_000), "}".repeat(5_000));
    assert!(refusal(&text).contains("nested deeper than any scenario"));
}

#[test]
fn an_id_that_is_none_is_named_by_whose_it_is() {
    let mut document = sound();
    document["components"][2]["id"] = json!(-4);
    let texts: Vec<String> = partly(&document)
        .1
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("that of \"Orders\" is -4")),
        "{texts:?}"
    );
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let reading = scenario::read("{\n  \"title\": \"x\",\n  oops\n}");
    assert_eq!(reading.scenario, None);
    let text = reading.problems[0].to_string();
    assert!(text.contains("line 3, column 3"), "{text}");
    for nothing in ["", "null", "[]", "3", "\"text\"", "{", "\u{0}", "<html>"] {
        let reading = scenario::read(nothing);
        assert_eq!(reading.scenario, None, "{nothing}");
        assert_eq!(reading.problems.len(), 1, "{nothing}");
        assert_eq!(reading.problems[0].place, Place::Document);
    }
    let deep = "[".repeat(200_000);
    assert_eq!(scenario::read(&deep).scenario, None);
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    let text = format!("\u{feff}{}", sound());
    assert_eq!(scenario::read(&text).problems, []);
}

#[test]
fn what_is_written_is_read_back_bit_for_bit() {
    for seed in 0..150 {
        let scenario = generate(seed, seed as usize % 60);
        let text = scenario::write(&scenario);
        assert!(
            text.starts_with("{\n  \"format_version\": 1,"),
            "{}",
            &text[..60]
        );
        let reading = scenario::read(&text);
        assert_eq!(reading.problems, [], "seed {seed}");
        // Debug text tells -0 from 0, which equality doesn't.
        assert_eq!(
            format!("{:?}", reading.scenario),
            format!("{:?}", Some(&scenario)),
            "seed {seed}"
        );
    }
}

#[test]
fn mutated_files_are_read_without_panic_and_leave_a_document_that_can_be_written() {
    let mut random = Random(41);
    let texts: Vec<Vec<u8>> = (0..10)
        .map(|seed| scenario::write(&generate(seed, 6)).into_bytes())
        .collect();
    for _ in 0..5_000 {
        let mut bytes = random.pick(&texts).cloned().unwrap_or_default();
        for _ in 0..1 + random.below(3) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes.truncate(at.max(bytes.len() - 20)),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(
                    at,
                    *random.pick(b"0123456789-.eE\"[]{},:ntf").unwrap_or(&b'0'),
                ),
                _ => bytes[at] = *random.pick(b"0123456789-.eE\"[]{},:ntf").unwrap_or(&b'0'),
            }
        }
        if let Some(scenario) = scenario::read(&String::from_utf8_lossy(&bytes)).scenario {
            let again = scenario::read(&scenario::write(&scenario));
            assert_eq!(again.problems, [], "what was kept is sound");
            assert_eq!(again.scenario, Some(scenario));
        }
    }
}

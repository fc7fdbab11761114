//! Every lesson holds what it says: its designs open, its texts find their numbers, doing nothing fails, and each of its ways does what is
//! said of it, by the solver and the event simulation.

use loadscape_sim::insight::drawn_to_the_dead;
use loadscape_sim::lesson::{
    Bound, Graded, Lesson, Mistake, ReadLesson, Shelf, Term, check, glance, is_lesson, play,
    read_lesson,
};
use serde_json::{Value, json};
use std::path::Path;

/// The lessons as the page has them, in the order of their files, and the glossary.
fn shelf() -> Shelf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons");
    let entries = std::fs::read_dir(&folder).expect("there are lessons");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("it is listed").path())
        .collect();
    paths.sort();
    let mut shelf = Shelf::default();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        if path.ends_with("glossary.json") {
            shelf.terms = serde_json::from_str(&text).expect("a glossary");
            continue;
        }
        let ReadLesson { lesson, mistakes } = read_lesson(&text);
        assert!(mistakes.is_empty(), "{}: {mistakes:?}", path.display());
        shelf.lessons.push(lesson.expect("a lesson"));
    }
    shelf
}

/// How far from its bound a figure has to be, as docs/lessons.md asks for, so that another seed gives the same grade.
const A_SIXTH: f64 = 1.0 / 6.0;

/// How far a figure stays within its bound, as a share of it; beyond it, negative. Of requests that succeed, it is those that don't that count.
fn room(graded: &Graded) -> Option<f64> {
    let measured = graded.measured?;
    let (is, most) = match graded.objective.bound() {
        Bound::AtMost(most) => (measured, most),
        Bound::AtLeast(least) if least > 0.5 && least <= 1.0 => (1.0 - measured, 1.0 - least),
        Bound::AtLeast(least) => (least, measured),
    };
    Some(if most > 0.0 {
        1.0 - is / most
    } else if is <= 0.0 {
        1.0
    } else {
        -1.0
    })
}

#[test]
fn every_lesson_holds_what_it_says() {
    let shelf = shelf();
    // Each is some runs of a minute or more: side by side they take half as long.
    std::thread::scope(|scope| {
        let checks: Vec<_> = (shelf.lessons.iter())
            .map(|lesson| {
                let shelf = &shelf;
                scope.spawn(move || (&lesson.name, check(shelf, lesson)))
            })
            .collect();
        for checking in checks {
            let (name, checked) = checking.join().expect("it ends");
            let mistakes: Vec<String> =
                (checked.mistakes.iter()).map(ToString::to_string).collect();
            assert!(mistakes.is_empty(), "{name}: {}", mistakes.join("\n"));
            for grade in checked.nothing.iter().chain(checked.ways.iter().flatten()) {
                let all = || grade.objectives.iter().filter_map(room);
                let tightest = all().fold(f64::INFINITY, f64::min);
                let is_clear = match grade.passed() {
                    true => tightest >= A_SIXTH,
                    // What couldn't be measured misses as clearly as can be.
                    false => tightest <= -A_SIXTH || all().count() < grade.objectives.len(),
                };
                let figures: Vec<String> =
                    (grade.objectives.iter()).map(ToString::to_string).collect();
                assert!(is_clear, "{name} is tight: {}", figures.join("; "));
            }
        }
    });
}

#[test]
fn no_two_lessons_have_one_name() {
    let shelf = shelf();
    let mut names: Vec<&str> = (shelf.lessons.iter())
        .map(|lesson| lesson.name.as_str())
        .collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn a_lesson_is_about_the_class_that_its_objectives_name() {
    let shelf = shelf();
    let of = |name: &str| {
        let lesson = shelf.lesson(name).expect("it is there");
        let task = shelf.task(lesson).expect("it can be made");
        let class = lesson.subject(&task)?;
        task.class(class).map(|class| class.name.clone())
    };
    assert_eq!(of("cache").as_deref(), Some("View product"));
    let all: Vec<Option<String>> = (shelf.lessons.iter()).map(|own| of(&own.name)).collect();
    let several = all.iter().filter(|class| class.is_none()).count();
    assert!(several > 0 && several < all.len(), "{all:?}");
}

#[test]
fn every_term_says_how_it_is_measured_and_where_that_is_from() {
    for entry in shelf().terms {
        let is_said = !entry.formula.is_empty() && !entry.source.is_empty();
        assert!(is_said, "{}", entry.term);
    }
}

#[test]
fn no_term_is_explained_that_no_lesson_uses() {
    let shelf = shelf();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons");
    let entries = std::fs::read_dir(folder).expect("there are lessons");
    let all: String = entries
        .map(|entry| entry.expect("it is listed").path())
        .filter(|path| !path.ends_with("glossary.json"))
        .map(|path| {
            std::fs::read_to_string(path)
                .expect("it can be read")
                .to_lowercase()
        })
        .collect();
    for entry in &shelf.terms {
        let term = entry.term.to_lowercase();
        let used = all.contains(&format!("[{term}]")) || all.contains(&format!("|{term}]"));
        assert!(used, "{term}");
    }
}

/// Whether a text has these words as words of their own, in the singular or with an s.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(place, _)| {
        let letter = |end: Option<char>| end.is_some_and(char::is_alphanumeric);
        let rest = &text[place + words.len()..];
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        !letter(text[..place].chars().next_back()) && !letter(rest.chars().next())
    })
}

/// A lesson's texts in the order in which they are read, without the names of figures and parameters.
fn texts_in_order(lesson: &Lesson) -> Vec<String> {
    let mut texts = vec![
        &lesson.situation,
        &lesson.prediction.question,
        &lesson.reveal,
        &lesson.task.says,
    ];
    texts.extend(&lesson.hints);
    texts.extend(lesson.ways.iter().map(|way| &way.because));
    let words = texts.into_iter().map(|text| {
        let outside = text.split('{').map(|piece| piece.split_once('}'));
        let pieces = outside.zip(text.split('{'));
        pieces
            .map(|(after, whole)| after.map_or(whole, |(_, rest)| rest))
            .collect::<String>()
            .to_lowercase()
    });
    words.collect()
}

#[test]
fn a_term_is_explained_where_it_first_appears() {
    let shelf = shelf();
    let mut late = Vec::new();
    // Somebody may go through the stages without the other lessons.
    let is_stage = |lesson: &Lesson| lesson.row.starts_with("stage");
    let stages: Vec<&Lesson> = shelf.lessons.iter().filter(|own| is_stage(own)).collect();
    for entry in &shelf.terms {
        let term = entry.term.to_lowercase();
        let first_of = |lessons: &[&Lesson]| {
            lessons.iter().find_map(|lesson| {
                let mut texts = texts_in_order(lesson).into_iter();
                let text = texts.find(|text| has_words(text, &term))?;
                Some((lesson.name.clone(), text))
            })
        };
        let all: Vec<&Lesson> = shelf.lessons.iter().collect();
        let first = first_of(&all).expect("a lesson uses it");
        for (lesson, text) in [Some(first), first_of(&stages)].into_iter().flatten() {
            if !text.contains(&format!("[{term}]")) && !text.contains(&format!("|{term}]")) {
                late.push(format!("{term} in {lesson}: {text}"));
            }
        }
    }
    assert!(late.is_empty(), "{late:#?}");
}

#[test]
fn every_row_of_the_ground_to_cover_is_one_lesson() {
    let shelf = shelf();
    let rows: Vec<&str> = (shelf.lessons.iter())
        .map(|lesson| lesson.row.as_str())
        .collect();
    // In the order of the files, which is that of the menu.
    assert_eq!(
        rows,
        [
            "1", "2", "3a", "3b", "4a", "4b", "4c", "5a", "5b", "5c", "6a", "6b", "6c", "7", "8",
            "8b", "9a", "9b", "10a", "10b", "stage 0", "stage 1", "stage 2", "stage 3", "stage 4",
            "stage 5", "stage 6"
        ]
    );
}

#[test]
fn each_stage_begins_with_the_solution_of_the_one_before() {
    let shelf = shelf();
    let start = |name: &str| shelf.lesson(name).expect("there is one").start.clone();
    assert_eq!(start("stage-0").built_in.as_deref(), Some("stage-0"));
    for stage in 1..=6 {
        let before = format!("stage-{}", stage - 1);
        let own = start(&format!("stage-{stage}"));
        assert_eq!(own.solution_of, Some(before));
    }
    let last = shelf.lesson("stage-6").expect("there is one");
    assert!(last.task.shows_ways);
    // Its four moves, and the larger machine that puts them off.
    assert_eq!(last.ways.iter().filter(|way| way.passes).count(), 5);
}

/// The part that is full itself, and not one whose threads or machines are all held by what lies below it.
#[test]
fn the_parts_give_way_that_the_rows_say() {
    let shelf = shelf();
    for (name, part) in [
        ("stage-0", "Blog server"),
        ("stage-1", "Blog server"),
        ("stage-2", "Web server"),
        ("stage-3", "Replica"),
        ("stage-4", "Read API"),
        ("stage-5", "Write API"),
        ("stage-6", "Primary"),
    ] {
        let lesson = shelf.lesson(name).expect("there is one");
        let [_, event, _] = shelf.designs(lesson).expect("they can be made");
        let limit = loadscape_sim::analysis::analyse(&event).report.bottleneck;
        let full = limit.and_then(|limit| event.component(limit.component));
        assert_eq!(full.map(|full| full.name.as_str()), Some(part), "{name}");
    }
}

#[test]
fn all_kinds_of_bets_are_placed_and_whoever_breaks_something_says_what() {
    let shelf = shelf();
    let bets: Vec<String> = (shelf.lessons.iter())
        .map(|lesson| format!("{:?}", lesson.prediction.guess))
        .collect();
    for kind in ["Curve", "Part", "Number"] {
        assert!(bets.iter().any(|bet| bet.starts_with(kind)), "{kind}");
    }
    for row in [
        "3b", "4a", "5b", "6a", "6b", "7", "8", "9a", "10b", "stage 2",
    ] {
        let mut lessons = shelf.lessons.iter();
        let lesson = lessons.find(|lesson| lesson.row == row).expect("a lesson");
        let task = shelf.task(lesson).expect("a design");
        assert!(!task.faults.is_empty(), "{row}");
    }
}

#[test]
fn what_a_row_names_is_set_in_one_of_its_designs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons");
    let text = |file: &str| std::fs::read_to_string(folder.join(file)).expect("it can be read");
    let named: [(&[&str], &[&str]); 5] = [
        (
            &[
                "04a-load-balancer.json",
                "04b-unequal-servers.json",
                "04c-who-remembers.json",
            ],
            &[
                "\"two_choices\"",
                "\"least_connections\"",
                "\"weighted\"",
                "\"random\"",
                "\"consistent_hash\"",
                "\"health_checks\"",
            ],
        ),
        (
            &["05a-sharding.json", "05c-questions-to-all.json"],
            &["\"by_range\"", "\"cross_shard_share\""],
        ),
        (
            &["06a-cache.json", "06b-writes.json", "06c-how-old.json"],
            &[
                "\"write_through\"",
                "\"write_behind\"",
                "\"coalescing\"",
                "\"flush\"",
                "\"oldest answer\"",
            ],
        ),
        (
            &["09a-message-queue.json", "09b-dead-letters.json"],
            &[
                "\"depth_limit\"",
                "\"poison_share\"",
                "\"maximum_receives\"",
            ],
        ),
        (
            &["stage-4.json"],
            &["\"scaling_cooldown\"", "\"metric_window\"", "\"daily\""],
        ),
    ];
    for (files, words) in named {
        let all: String = files.iter().map(|file| text(file)).collect();
        for word in words {
            assert!(all.contains(word), "{files:?}: {word}");
        }
    }
}

#[test]
fn names_fit_onto_the_drawing_and_no_part_covers_another() {
    let shelf = shelf();
    for lesson in &shelf.lessons {
        let mut designs = shelf.designs(lesson).expect("designs").to_vec();
        let alone = [shelf.start(lesson), shelf.event(lesson), shelf.task(lesson)];
        for (one, other) in designs.iter().zip(alone) {
            assert_eq!(Ok(one), other.as_ref(), "{}", lesson.name);
        }
        for way in &lesson.ways {
            designs.push(shelf.way(lesson, way).expect("a design"));
        }
        for design in designs {
            for (place, part) in design.components.iter().enumerate() {
                let letters = part.name.chars().count();
                assert!(letters <= 16, "{}: {}", lesson.name, part.name);
                for other in &design.components[place + 1..] {
                    // A node is 176 by 70.
                    let (x, y) = (
                        (part.position.x - other.position.x).abs(),
                        (part.position.y - other.position.y).abs(),
                    );
                    let apart = x >= 176.0 || y >= 70.0;
                    assert!(apart, "{}: {} and {}", lesson.name, part.name, other.name);
                }
            }
        }
    }
}

/// The first lesson as a document, with one thing about it changed.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/lessons/01-client-and-server.json");
    let text = std::fs::read_to_string(path).expect("it can be read");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut document);
    document.to_string()
}

fn words(mistakes: &[Mistake]) -> String {
    let all: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    all.join("\n")
}

/// What reading and checking the lesson by itself say.
fn mistakes(text: &str) -> String {
    let ReadLesson {
        lesson,
        mut mistakes,
    } = read_lesson(text);
    if let Some(lesson) = lesson {
        let terms = ["utilisation", "knee", "percentile", "thread"].map(|term| Term {
            term: term.to_owned(),
            means: String::new(),
            formula: String::new(),
            source: String::new(),
        });
        let shelf = Shelf {
            lessons: vec![lesson.clone()],
            terms: terms.to_vec(),
        };
        mistakes.extend(check(&shelf, &lesson).mistakes);
    }
    words(&mistakes)
}

/// Something wrong that somebody might write.
type Slip = fn(&mut Value);

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_place_and_a_remedy() {
    assert_eq!(mistakes(&changed(|_| {})), "");
    let cases: [(&str, Slip); 34] = [
        (
            "situation: It has 3 sentences, and 2 are read before a bet: leave out what nobody needs for it.",
            |lesson| lesson["situation"] = json!("One is v1.5 old. Is it? It is."),
        ),
        (
            "event: \"50\" is written by hand. Numbers are worked out: write the figure in braces, or a word.",
            |lesson| lesson["event"]["says"] = json!("50 % more come"),
        ),
        ("event: {run: p99}: nothing has been run there.", |lesson| {
            lesson["event"]["says"] = json!("Then it takes {run: p99}")
        }),
        (
            "objective 1: There is no class \"Nobody\"; there are: ",
            |lesson| lesson["task"]["objectives"][0]["figure"] = json!("p99 of Nobody"),
        ),
        ("ways: There are three to seven ways.", |lesson| {
            lesson["ways"].as_array_mut().expect("ways").truncate(2);
        }),
        (
            "task: Nothing bounds \"success\" or \"goodput\": a design that refuses most requests would pass.",
            |lesson| {
                let objectives = lesson["task"]["objectives"].as_array_mut();
                objectives
                    .expect("a list")
                    .retain(|own| own["figure"] != "success");
                lesson["task"]["says"] = json!("Mend it.");
            },
        ),
        (
            "task: \"asks\" names the part \"Servant\", which isn't there.",
            |lesson| lesson["task"]["asks"] = json!({ "Request": ["Server", "Servant"] }),
        ),
        (
            "reveal: \"300\" is written by hand. Numbers are worked out: write the figure in braces, or a word.",
            |lesson| lesson["reveal"] = json!("It was 300 ms."),
        ),
        (
            "(task, objectives 1, at_most): \"at_most\" needs a number, and there is the text \"soon\".",
            |lesson| lesson["task"]["objectives"][0]["at_most"] = json!("soon"),
        ),
        (
            "(task, objectives 1, at_most): \"at_most\" needs a number, and there is a list.",
            |lesson| lesson["task"]["objectives"][0]["at_most"] = json!([1]),
        ),
        (
            "(prediction, guess, number, from): \"from\" needs a number, and there is true.",
            |lesson| {
                lesson["prediction"]["guess"] =
                    json!({ "number": { "figure": "p99", "from": true, "to": 1 } })
            },
        ),
        (
            "(title): \"title\" needs a text in quotation marks, and there is the number 5.",
            |lesson| lesson["title"] = json!(5),
        ),
        (
            "(ways 2): \"ways\" lacks its field \"because\": write it there.",
            |lesson| {
                let way = lesson["ways"][1].as_object_mut().expect("a way");
                way.remove("because");
            },
        ),
        (
            "(ways 1, changes 1, set): There is no field \"of\" here. There are: \"part\", \"to\".",
            |lesson| lesson["ways"][0]["changes"] = json!([{ "set": { "of": "Server" } }]),
        ),
        (
            "There is no word \"put\" here. There are: \"set\", ",
            |lesson| lesson["ways"][0]["changes"] = json!([{ "put": { "part": "Server" } }]),
        ),
        (
            "(hints): \"hints\" needs 3 entries, and there are 2.",
            |lesson| lesson["hints"] = json!(["One.", "Two."]),
        ),
        (
            "(ways): \"ways\" needs a list in brackets [ ], and there is an object in braces.",
            |lesson| lesson["ways"] = json!({}),
        ),
        ("line 1, column ", |lesson| {
            lesson["task"]["objectives"][0]["figure"] = json!("latency")
        }),
        (
            "\"latency\" is no figure. There are: mean, p50,",
            |lesson| lesson["task"]["objectives"][0]["figure"] = json!("latency"),
        ),
        (
            "situation: {p42}: \"p42\" is no figure. There are: mean, p50,",
            |lesson| lesson["situation"] = json!("It takes {p42}."),
        ),
        ("objective 2: Say either at_most or at_least.", |lesson| {
            lesson["task"]["objectives"][1] = json!({ "figure": "cost" })
        }),
        ("task: Its run lasts 5.56 h and sends ", |lesson| {
            lesson["task"]["run"] = json!({ "seed": 1, "duration_seconds": 20_000 })
        }),
        (
            "event: Its run lasts 30 min and sends 180,000,000,000 requests, which nobody waits for: 60 min and 20,000,000 are the most.",
            |lesson| {
                lesson["event"]["changes"] =
                    json!([{ "set": { "part": "Users", "to": { "request_rate": 1e8 } } }]);
            },
        ),
        (
            "allowed is 0 /s to 100,000,000 /s, and 0 /s is used. Set 0 /s to 100,000,000 /s.",
            |lesson| {
                lesson["event"]["changes"] =
                    json!([{ "set": { "part": "Users", "to": { "request_rate": -1 } } }]);
            },
        ),
        ("objective 1: Say either at_most or at_least.", |lesson| {
            lesson["task"]["objectives"][0]["at_least"] = json!(0.001)
        }),
        (
            "start: there is no built-in scenario \"nowhere\".",
            |lesson| lesson["start"] = json!({ "built_in": "nowhere" }),
        ),
        (
            "start: \"client-and-server\" begins, in the end, with itself.",
            |lesson| lesson["start"] = json!({ "solution_of": "client-and-server" }),
        ),
        ("start: there is no lesson \"nothing\".", |lesson| {
            lesson["start"] = json!({ "solution_of": "nothing" })
        }),
        (
            "event: change 1 can't be made: there is no part \"Servant\"; there are: Users, Server.",
            |lesson| lesson["event"]["changes"] = json!([{ "remove": "Servant" }]),
        ),
        (
            "reveal: \"queue\" isn't in the glossary: write it there, or take the brackets away.",
            |lesson| lesson["reveal"] = json!("A [queue] grows."),
        ),
        (
            "task: Doing nothing passes: make an objective stricter, or the load higher.",
            |lesson| {
                lesson["task"]["objectives"] = json!([
                    { "figure": "p99", "at_most": 1000 },
                    { "figure": "success", "at_least": 0.001 },
                ]);
            },
        ),
        (
            "way 3: It fails, though it is said to pass. p99: ",
            |lesson| lesson["ways"][2]["passes"] = json!(true),
        ),
        (
            "way 1: It changes what isn't the learner's to change. The service time of Server was changed.",
            |lesson| {
                lesson["ways"][0]["changes"] =
                    json!([{ "set": { "part": "Server", "to": { "service_time": 5 } } }]);
            },
        ),
        (
            "prediction: It comes to 771 ms, which nobody could bet: widen the range.",
            |lesson| {
                lesson["prediction"]["guess"] = json!({ "number": { "figure": "p99", "from": 0.01, "to": 0.1, "in_a_run": true } });
            },
        ),
    ];
    for (expected, change) in cases {
        let said = mistakes(&changed(change));
        assert!(said.contains(expected), "{expected}\nbut: {said}");
        assert!(!said.contains(".."), "{said}");
    }
}

#[test]
fn the_example_for_teachers_is_a_lesson() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lessons.md");
    let text = std::fs::read_to_string(path).expect("it can be read");
    let (_, from) = text.split_once("```json lesson\n").expect("an example");
    let (example, _) = from.split_once("```").expect("it ends");
    let ReadLesson { lesson, mistakes } = read_lesson(example);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let lesson = lesson.expect("a lesson");
    let mut shelf = shelf();
    shelf.lessons.push(lesson.clone());
    let checked = check(&shelf, &lesson);
    assert!(checked.mistakes.is_empty(), "{}", words(&checked.mistakes));
    // Every figure, change and field that there is stands on the page.
    for figure in loadscape_sim::lesson::Measure::all() {
        assert!(
            text.contains(&format!("`{}", figure.name())),
            "{}",
            figure.name()
        );
    }
}

#[test]
fn what_shows_without_a_run_is_told_without_one() {
    let mut shelf = shelf();
    for lesson in &shelf.lessons {
        assert_eq!(words(&glance(&shelf, lesson)), "", "{}", lesson.name);
    }
    let glanced = |change: Slip| {
        let lesson = read_lesson(&changed(change)).lesson.expect("a lesson");
        words(&glance(&shelf, &lesson))
    };
    let unnamed = glanced(|lesson| lesson["reveal"] = json!("{run: p99 of Nobody} of a [queue]."));
    assert_eq!(
        unnamed,
        "reveal: {p99 of Nobody}: there is no class \"Nobody\"; there are: Request.\nreveal: \"queue\" isn't in the glossary: write it there, or take the brackets away."
    );
    let long = glanced(|lesson| lesson["task"]["run"]["duration_seconds"] = json!(20_000));
    assert!(long.contains("which nobody waits for"), "{long}");
    // What only a run shows, it doesn't know.
    let claimed = glanced(|lesson| lesson["ways"][0]["passes"] = json!(false));
    assert_eq!(
        claimed,
        "ways: There are two ways or more that pass, and one or more that fails."
    );
    shelf.terms.clear();
    let lesson = shelf.lesson("client-and-server").expect("it is there");
    assert!(words(&glance(&shelf, lesson)).contains("isn't in the glossary"));
}

#[test]
fn a_lesson_is_told_from_a_document() {
    assert!(is_lesson(&changed(|_| {})));
    let cut = changed(|_| {});
    assert!(is_lesson(&cut[..cut.len() - 1]));
    for builtin in loadscape_sim::builtin::builtin() {
        assert!(!is_lesson(builtin.text()));
        assert!(!is_lesson(&builtin.text()[1..]));
    }
    for other in ["", "[]", "{}", "{\"components\": [], \"hints\": 1}"] {
        assert!(!is_lesson(other), "{other}");
    }
}

#[test]
fn a_balancer_that_asks_a_dead_machine_most_is_told_of() {
    let shelf = shelf();
    let lesson = shelf.lesson("load-balancer").expect("there is one");
    for way in &lesson.ways {
        let design = shelf.way(lesson, way).expect("a design");
        let said = (design.faults.iter()).find_map(|fault| drawn_to_the_dead(&design, fault));
        let is_drawn = way.title == "Fewest connections alone";
        assert_eq!(said.is_some(), is_drawn, "{}: {said:?}", way.title);
        if let Some(said) = said {
            assert!(said.starts_with("At Balancer each request goes"), "{said}");
            // One of four machines is away for 60 s of 200 s: turns would lose it some 7.5 % of the requests, and it draws several times that.
            let (_, seen) = play(&design, 0.0);
            let failed = 1.0 - seen.classes[0].1.success.expect("some were sent");
            assert!(failed > 2.0 * 0.25 * 60.0 / 200.0, "{failed}");
        }
    }
}

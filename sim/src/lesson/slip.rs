//! A slip in a lesson's file, in the words of whoever writes one: which field it is about, what belongs there and what stands there. It knows
//! JSON and serde's messages, not what lessons mean.

use super::read::Mistake;

/// What is wrong with a text that couldn't be read as a lesson.
pub(super) fn slip(text: &str, error: &serde_json::Error) -> Mistake {
    let (line, column) = (error.line(), error.column());
    let whole = error.to_string();
    // The place stands in front already.
    let said = whole.split(" at line ").next().unwrap_or_default();
    let lines = text.split_inclusive('\n');
    let before: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
    let end = (before + column).min(text.len());
    let mut path = path(&text.as_bytes()[..end]);
    // A field that there isn't has no place of its own.
    let of_a_name = ["unknown field", "duplicate field"];
    if of_a_name.iter().any(|begins| said.starts_with(begins)) {
        path.pop();
    }
    let field = path.iter().rev().find_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Place(_) => None,
    });
    let message = message(said, field);
    let place = match path.is_empty() {
        true => format!("line {line}, column {column}"),
        false => format!("line {line}, column {column} ({})", written(&path)),
    };
    Mistake::new(place, message)
}

/// A step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// The field of this name.
    Field(String),
    /// The entry at this place of a list, from 1.
    Place(usize),
}

/// "task, objectives 2, at_most".
fn written(path: &[Step]) -> String {
    let mut words = String::new();
    for step in path {
        match step {
            Step::Field(name) if words.is_empty() => words.push_str(name),
            Step::Field(name) => words.push_str(&format!(", {name}")),
            Step::Place(place) => words.push_str(&format!(" {place}")),
        }
    }
    words
}

/// The way to what stands at the end of a text that breaks off there.
fn path(text: &[u8]) -> Vec<Step> {
    let mut path: Vec<Step> = Vec::new();
    // Of each object or list that is open, whether it is a list.
    let mut open: Vec<bool> = Vec::new();
    let mut awaits_name = false;
    let mut place = 0;
    while let Some(byte) = text.get(place) {
        place += 1;
        match byte {
            b'{' => {
                open.push(false);
                awaits_name = true;
            }
            b'[' => {
                open.push(true);
                path.push(Step::Place(1));
                awaits_name = false;
            }
            b'}' | b']' => {
                // An object that ends before it has a field has added no step.
                if *byte == b']' || !awaits_name {
                    path.pop();
                }
                open.pop();
                awaits_name = false;
            }
            b',' => {
                let is_list = open.last() == Some(&true);
                match path.last_mut().filter(|_| is_list) {
                    Some(Step::Place(count)) => *count += 1,
                    _ if !open.is_empty() => {
                        path.pop();
                        awaits_name = true;
                    }
                    _ => {}
                }
            }
            b'"' => {
                let begin = place;
                while let Some(byte) = text.get(place).filter(|byte| **byte != b'"') {
                    place += if *byte == b'\\' { 2 } else { 1 };
                }
                let inside = text.get(begin..place.min(text.len())).unwrap_or_default();
                place += 1;
                if awaits_name {
                    path.push(Step::Field(String::from_utf8_lossy(inside).into_owned()));
                    awaits_name = false;
                }
            }
            _ => {}
        }
    }
    path
}

/// A sentence or two of what is wrong, and what to do.
fn message(said: &str, field: Option<&str>) -> String {
    let here = field.map_or("The file".to_owned(), |field| format!("\"{field}\""));
    let quoted = |text: &str| text.replace('`', "\"");
    if let Some(rest) = said.strip_prefix("missing field ") {
        let lacks = field.map_or("The lesson".to_owned(), |field| format!("\"{field}\""));
        return format!("{lacks} lacks its field {}: write it there.", quoted(rest));
    }
    if let Some(rest) = said.strip_prefix("duplicate field ") {
        return format!(
            "The field {} stands there twice: take one away.",
            quoted(rest)
        );
    }
    for (begins, what) in [("unknown field ", "field"), ("unknown variant ", "word")] {
        let Some(rest) = said.strip_prefix(begins) else {
            continue;
        };
        let (unknown, known) = rest.split_once(", ").unwrap_or((rest, ""));
        let known = known
            .trim_start_matches("expected ")
            .trim_start_matches("one of ");
        return format!(
            "There is no {what} {} here. There are: {}.",
            quoted(unknown),
            quoted(known).replace(" or ", ", ")
        );
    }
    for begins in ["invalid type: ", "invalid value: "] {
        let parts = said
            .strip_prefix(begins)
            .and_then(|rest| rest.split_once(", expected "));
        if let Some((there, wanted)) = parts {
            return format!(
                "{here} needs {}, and there is {}.",
                needed(wanted),
                found(there)
            );
        }
    }
    if let Some((there, wanted)) = said
        .strip_prefix("invalid length ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        let wanted = wanted.trim_start_matches("an array of length ");
        return format!("{here} needs {wanted} entries, and there are {there}.");
    }
    match said {
        "trailing comma" => "A comma stands before a closing bracket or brace: take it away.".to_owned(),
        "expected `,` or `}`" | "expected `,` or `]`" => {
            "A comma or a closing bracket is missing before this place.".to_owned()
        }
        "expected `:`" => "A colon is missing after a field's name.".to_owned(),
        "key must be a string" => "A field's name stands in quotation marks.".to_owned(),
        "expected value" => "A value is missing here: a number, a text in quotation marks, true or false, a list in [ ], or fields in { }.".to_owned(),
        "trailing characters" => "The lesson has ended before this place: take away what follows.".to_owned(),
        _ if said.starts_with("EOF while parsing") => {
            "The file ends before the lesson does: a closing bracket, brace or quotation mark is missing.".to_owned()
        }
        // What the parts of a lesson say of themselves are sentences already.
        _ => said.to_owned(),
    }
}

/// What belongs there.
fn needed(wanted: &str) -> &str {
    match wanted {
        "f64" | "f32" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" => {
            "a whole number, not below nought"
        }
        "a string" | "str" | "string" | "a borrowed string" => "a text in quotation marks",
        "a boolean" => "true or false",
        "a sequence" => "a list in brackets [ ]",
        wanted if wanted.starts_with("an array of length") => "a list in brackets [ ]",
        "a map" => "fields in braces { }",
        wanted
            if ["struct", "enum", "internally", "adjacently"]
                .iter()
                .any(|begins| wanted.starts_with(begins)) =>
        {
            "fields in braces { }"
        }
        other => other,
    }
}

/// What stands there.
fn found(there: &str) -> String {
    if let Some(text) = there.strip_prefix("string ") {
        return format!("the text {text}");
    }
    for (begins, what) in [
        ("integer `", "the number"),
        ("floating point `", "the number"),
        ("boolean `", ""),
    ] {
        if let Some(value) = there.strip_prefix(begins) {
            return format!("{what} {}", value.trim_end_matches('`'))
                .trim()
                .to_owned();
        }
    }
    match there {
        "sequence" => "a list".to_owned(),
        "map" => "an object in braces".to_owned(),
        "null" | "unit" | "unit value" | "Option value" => "nothing (null)".to_owned(),
        other => other.replace('`', "\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        written(&path(text.as_bytes()))
    }

    #[test]
    fn the_way_to_a_place_is_what_is_open_there() {
        assert_eq!(
            at(r#"{"task": {"objectives": [{"figure": "p99", "at_most": 1}, {"at_most": "2""#),
            "task, objectives 2, at_most"
        );
        assert_eq!(
            at(r#"{"ways": [{"changes": [{"add": {"at": [1, 2], "with": {}"#),
            "ways 1, changes 1, add, with"
        );
        assert_eq!(at(r#"{"ways": [{"title": "a \"b\", {c"}]"#), "ways");
        assert_eq!(at(r#"{"start": {}, "hints": ["one", "#), "hints 2");
        assert_eq!(at("{"), "");
    }
}

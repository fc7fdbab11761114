//! Text of unknown origin made fit for a terminal; it knows no scenario.
//!
//! Names in a stranger's file may hold escape sequences that move the cursor, rename the window or hide what stands before them.

/// The text on one line, without anything that a terminal would obey.
pub fn line(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
            character if is_obeyed(character) => char::REPLACEMENT_CHARACTER,
            character => character,
        })
        .collect()
}

/// JSON text of the same meaning, without anything that a terminal would obey: escaping leaves the codes above ASCII as they are.
pub fn json(text: &str) -> String {
    let mut fit = String::with_capacity(text.len());
    for character in text.chars() {
        // All of these lie within strings (JSON has no others between its tokens) and below 0x10000.
        if character != '\n' && is_obeyed(character) {
            fit.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            fit.push(character);
        }
    }
    fit
}

/// Control characters of both sets (C0 and C1), and those that change the direction of text or start a line.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_keeps_its_letters() {
        assert_eq!(
            line("Kö\nnig\u{1b}[2J\u{9b}A\u{202e}x → 注"),
            "Kö nig\u{fffd}[2J\u{fffd}A\u{fffd}x → 注"
        );
    }

    #[test]
    fn json_keeps_its_meaning() {
        let name = "a\u{7f}b\u{9b}c\u{202e}d\ne";
        let text = serde_json::to_string_pretty(&[name]).expect("a text is JSON");
        let fit = json(&text);
        assert!(fit.chars().all(|c| c == '\n' || !is_obeyed(c)), "{fit:?}");
        let back: Vec<String> = serde_json::from_str(&fit).expect("it is still JSON");
        assert_eq!(back, [name]);
    }
}

//! A source file as the rules see it: its text, and its code with comments and literals blanked out.

/// One file.
pub struct Source {
    /// Path from the top of the repository, with forward slashes.
    pub path: String,
    /// The text as it stands.
    pub text: String,
    /// For Rust: the text with every comment, string and character literal replaced by spaces, line by line as long as
    /// the original. For anything else the text itself.
    pub code: String,
}

impl Source {
    /// Reads the code out of the text.
    pub fn new(path: &str, text: String) -> Self {
        let code = if path.ends_with(".rs") {
            blank(&text)
        } else {
            text.clone()
        };
        Self {
            path: path.to_owned(),
            text,
            code,
        }
    }

    /// Whether this is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The lines of code with their numbers, from 1.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// The line, from 1, on which this byte of the code stands.
    pub fn line_of(&self, byte: usize) -> usize {
        self.code.as_bytes()[..byte]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1
    }
}

/// The words of a line of code: runs of letters, digits and underscores, with the byte each begins at.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    code.char_indices().filter_map(move |(at, character)| {
        let begins = is_word(character) && !code[..at].chars().next_back().is_some_and(is_word);
        let end = code[at..]
            .find(|character| !is_word(character))
            .map_or(code.len(), |length| at + length);
        begins.then(|| (at, &code[at..end]))
    })
}

/// Replaces comments and literals by spaces, byte for byte, so that lines and columns stay.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => block_comment_end(bytes, at),
            b'"' => string_end(bytes, at + 1),
            b'r' if !follows_word(bytes, at) => match raw_string_end(bytes, at + 1) {
                Some(end) => end,
                None => at,
            },
            b'b' if !follows_word(bytes, at) && bytes[at..].starts_with(b"br") => {
                raw_string_end(bytes, at + 2).unwrap_or(at)
            }
            b'\'' => character_end(text, at),
            _ => at,
        };
        if end == at {
            at += 1;
            continue;
        }
        let end = end.min(bytes.len());
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    // Whole characters were replaced, never parts of one.
    String::from_utf8_lossy(&code).into_owned()
}

fn follows_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_')
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| at + length)
}

fn block_comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// The end of a raw string whose hashes begin at `at`; `None` when none begins there.
fn raw_string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at..].iter().take_while(|byte| **byte == b'#').count();
    if bytes.get(at + hashes) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    let from = at + hashes + 1;
    let length = bytes[from..]
        .windows(close.len())
        .position(|window| window == close);
    Some(length.map_or(bytes.len(), |length| from + length + close.len()))
}

/// The end of a character literal at `at`, or `at` itself when this is a lifetime.
fn character_end(text: &str, at: usize) -> usize {
    let mut characters = text[at + 1..].char_indices();
    match characters.next() {
        Some((_, '\\')) => text[at + 3..]
            .find('\'')
            .map_or(at, |length| at + 3 + length + 1),
        Some(_) => match characters.next() {
            Some((length, '\'')) => at + 1 + length + 1,
            _ => at,
        },
        None => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::new("a.rs", text.to_owned()).code
    }

    #[test]
    fn comments_and_literals_are_blank_and_lines_stay() {
        let text =
            "let a = \"x // y\"; // z\n/* b /* c */\n d */ e('\"', '\\'', r#\"f\"g\"#, b\"h\")\n";
        let code = code(text);
        assert_eq!(code.len(), text.len());
        assert_eq!(code.lines().count(), text.lines().count());
        for gone in ["x", "y", "z", "c", "f", "g", "h"] {
            assert!(
                !words(&code).any(|(_, word)| word == gone),
                "{gone} in {code:?}"
            );
        }
        assert!(words(&code).any(|(_, word)| word == "e"));
    }

    #[test]
    fn a_lifetime_is_not_a_literal() {
        let code = code("fn a<'b>(c: &'b str) -> &'b str { c } // d");
        assert!(code.contains("&'b str { c }"));
        assert!(!code.contains('d'));
    }

    #[test]
    fn letters_beyond_ascii_survive() {
        assert_eq!(code("let é = 'é'; // é").trim_end(), "let é =     ;");
    }
}

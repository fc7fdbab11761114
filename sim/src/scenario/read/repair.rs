//! Text that is JSON but for numbers that JSON doesn't have; it knows tokens, not documents.

/// The text with every NaN, infinity and number beyond the largest `f64` replaced by `null`, and how many there were; `None` when
/// there were none, so that something else is wrong with it.
pub(super) fn without_impossible_numbers(text: &str) -> Option<(String, usize)> {
    let mut result = String::with_capacity(text.len());
    let mut count = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '-' | '+' | '0'..='9' | 'a'..='z' | 'A'..='Z' => {
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')));
                end.unwrap_or(rest.len())
            }
            other => other.len_utf8(),
        };
        let (token, remainder) = rest.split_at(length);
        if is_impossible_number(token) {
            count += 1;
            result.push_str("null");
        } else {
            result.push_str(token);
        }
        rest = remainder;
    }
    (count > 0).then_some((result, count))
}

/// Bytes of the string at the start, with both quotes; everything when it isn't closed.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_impossible_number(token: &str) -> bool {
    match token
        .trim_start_matches(['+', '-'])
        .to_ascii_lowercase()
        .as_str()
    {
        "nan" | "inf" | "infinity" => true,
        digits if digits.starts_with(|c: char| c.is_ascii_digit()) => {
            digits.parse::<f64>().is_ok_and(f64::is_infinite)
        }
        _ => false,
    }
}

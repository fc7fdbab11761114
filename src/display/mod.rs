//! How quantities, states and findings are put into words and marks for people; it knows no DOM and changes nothing.

pub mod abreast;
pub mod beside;
pub mod compared;
pub mod curves;
pub mod faults;
pub mod flow;
pub mod incidents;
pub mod lesson;
pub mod load_curve;
pub mod node;
pub mod paired;
pub mod pinned;
pub mod plots;
pub mod pools;
pub mod price;
pub mod protection;
pub mod ran;
pub mod room;
pub mod run;
pub mod slider;
pub mod timeline;
pub mod traffic;
pub mod trouble;
pub mod waterfall;
pub mod what_if;

/// The same words as a row is headed with them: “Cost” rather than “cost”, and “p95” as it is.
pub fn headed(words: &str) -> String {
    let mut letters = words.chars();
    let (first, second) = (letters.next(), words.chars().nth(1));
    match first {
        Some(first) if !second.is_some_and(|second| second.is_ascii_digit()) => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => words.to_owned(),
    }
}

/// The same words with every number held together with what follows it, so that no line ends between "87" and "%".
pub fn unbroken(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut after_digit = false;
    for letter in words.chars() {
        text.push(if letter == ' ' && after_digit {
            '\u{a0}'
        } else {
            letter
        });
        after_digit = letter.is_ascii_digit();
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_row_is_headed_with_a_capital_and_a_percentile_with_its_p() {
        assert_eq!(super::headed("cost"), "Cost");
        assert_eq!(super::headed("p95 of View post"), "p95 of View post");
        assert_eq!(super::headed(""), "");
    }

    #[test]
    fn numbers_stay_with_their_units() {
        assert_eq!(
            super::unbroken("Its 4 cores are 87 % busy."),
            "Its 4\u{a0}cores are 87\u{a0}% busy."
        );
    }
}

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
    fn numbers_stay_with_their_units() {
        assert_eq!(
            super::unbroken("Its 4 cores are 87 % busy."),
            "Its 4\u{a0}cores are 87\u{a0}% busy."
        );
    }
}

//! Prints the page of proofs: every known answer beside what the event simulation says of it; `cargo xtask proof` writes it to
//! `docs/proof.md`. With words behind it, it prints the sections of these names alone (`cases`, `engines`, `coverage`, `together`, `empty`, `day`, `ramp`, `escapes`,
//! `little`), and of the cases those that are named by their ids, where any are.

#[path = "../../tests/theory_cases/answers.rs"]
mod answers;
#[path = "../../tests/theory_cases/case.rs"]
mod case;
mod engines_page;
mod measure;
mod page;
#[path = "../../tests/theory_cases/quorums.rs"]
mod quorums;

use case::Case;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    print!("{}", page::written(&words));
}

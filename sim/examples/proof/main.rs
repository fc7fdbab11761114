//! Prints the page of proofs: every known answer beside what the event simulation says of it; `cargo xtask proof` writes it to
//! `docs/proof.md`.

#[path = "../../tests/theory_cases/answers.rs"]
mod answers;
#[path = "../../tests/theory_cases/case.rs"]
mod case;
mod measure;
mod page;
#[path = "../../tests/theory_cases/quorums.rs"]
mod quorums;

use case::Case;

fn main() {
    print!("{}", page::written());
}

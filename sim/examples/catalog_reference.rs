//! Prints the catalog's reference page; `cargo xtask docs` writes it to `docs/catalog.md`.

fn main() {
    print!("{}", loadscape_sim::catalog::reference_markdown());
}

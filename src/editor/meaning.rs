//! What a link between two kinds of part means, in words for the canvas.

use loadscape_sim::catalog::Kind;

/// What a link from one kind to another means.
///
/// # Errors
/// Why there can be none.
pub fn of_link(from: Kind, to: Kind) -> Result<String, &'static str> {
    match (from, to) {
        (_, Kind::Clients) => Err("Clients only send requests; nothing calls them."),
        (Kind::ObjectStorage | Kind::ThirdPartyApi | Kind::Dns, _) => {
            Err("This part answers by itself and calls nothing.")
        }
        _ => Ok("calls".to_owned()),
    }
}

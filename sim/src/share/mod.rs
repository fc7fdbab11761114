//! Share links: a whole document, or the text of a lesson, as text for the URL's fragment, and back. It knows bytes and documents, not browsers.
//!
//! A link is base64url of a version byte followed by a zlib stream (deflate with a checksum) of the document in the compact form of
//! `wire`; what came after the first version stands in sections of their own (`sections`). Every version keeps the stream and its checksum, so that a link of a newer version can be told from a damaged one.
//! Decoding trusts nothing: sizes are capped before anything is allocated, and whatever comes out goes through the
//! same reading as a file.

mod bytes;
mod calls;
#[cfg(test)]
mod fuzz;
mod sections;
mod unpack;
mod wire;

use crate::scenario::{Reading, Scenario};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// Characters above which a link is unlikely to survive address bars and chat programs; offer a file instead.
pub const LONGEST_LINK: usize = 30_000;

/// Most bytes that a link may decompress to.
pub const LARGEST_DOCUMENT: usize = 4 * 1024 * 1024;

/// Most characters of a link that are looked at; a document of [`LARGEST_DOCUMENT`] bytes that doesn't compress at all is shorter.
const LONGEST_INPUT: usize = 6 * 1024 * 1024;

/// The first compact form, which documents without anything newer still have.
const FIRST: u8 = 1;

/// The compact form with tagged sections behind the first one. Whatever is new becomes a section, so that there needn't be a third.
const SECTIONED: u8 = 2;

/// The last version that is believed; a first byte beyond it is chance, not a version.
const LATEST_PLAUSIBLE_VERSION: u8 = 32;

/// How hard to compress, from 0 to 10; above 8 the miniz author's lazy matching brings next to nothing for text this small.
const COMPRESSION: u8 = 8;

/// Why a link couldn't be read at all. Each says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareError {
    /// There is nothing behind the `#`.
    Empty,
    /// It holds a character that links don't have, at this place from 1.
    Character {
        /// The character.
        character: char,
        /// Its place, counted in characters from 1.
        position: usize,
    },
    /// It was made by a newer Loadscape.
    NewerVersion {
        /// The version of its compact form.
        version: u8,
    },
    /// Part of it is missing or was changed.
    Damaged,
    /// It holds more than any design has.
    TooLarge,
}

impl fmt::Display for ShareError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShareError::Empty => formatter
                .write_str("This link holds no scenario. Copy it again with Share, to its very end."),
            ShareError::Character { character, position } => write!(
                formatter,
                "This link is damaged: character {position} is {character:?}, which no link has. Copy it again where it was made, or ask for the file."
            ),
            ShareError::NewerVersion { version } => write!(
                formatter,
                "This link was made by a newer Loadscape (link format {version}; this one reads up to {SECTIONED}). Reload the page to update it, or ask for the file."
            ),
            ShareError::Damaged => formatter.write_str(
                "This link is damaged: part of it is missing or was changed on the way. Copy it again where it was made, to its very end, or ask for the file.",
            ),
            ShareError::TooLarge => write!(
                formatter,
                "This link holds more than the {} MiB that a scenario may have. Ask for the file instead.",
                LARGEST_DOCUMENT / 1024 / 1024
            ),
        }
    }
}

impl std::error::Error for ShareError {}

/// The document as text of letters, digits, `-` and `_`, for the URL's fragment. Above [`LONGEST_LINK`] characters offer a file instead.
pub fn encode(scenario: &Scenario) -> String {
    let (version, packed) = wire::pack(scenario);
    seal(version, &packed)
}

/// The text of a lesson's file as text for a link; without blank space ([`crate::lesson::dense`]) it is shorter.
pub fn encode_lesson(text: &str) -> String {
    seal(FIRST, text.as_bytes())
}

/// The lesson's text that [`encode_lesson`] has packed. It is as little to be trusted as a file.
///
/// # Errors
/// Why nothing could be read, and what to do.
pub fn decode_lesson(packed: &str) -> Result<String, ShareError> {
    match unseal(packed)? {
        (FIRST, packed) => String::from_utf8(packed).map_err(|_| ShareError::Damaged),
        (version, _) => Err(ShareError::NewerVersion { version }),
    }
}

fn seal(version: u8, packed: &[u8]) -> String {
    let mut bytes = vec![version];
    bytes.extend(miniz_oxide::deflate::compress_to_vec_zlib(
        packed,
        COMPRESSION,
    ));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what stands behind the `#` of a link (with or without the `#` itself). What [`encode`] wrote comes back bit for bit.
///
/// # Errors
/// Why nothing could be read, and what to do. A link that can be read but holds unknown parts gives a [`Reading`] with problems.
pub fn decode(fragment: &str) -> Result<Reading, ShareError> {
    match unseal(fragment)? {
        (version @ (FIRST | SECTIONED), packed) => unpack::unpack(version, &packed),
        (version, _) => Err(ShareError::NewerVersion { version }),
    }
}

/// The version that a link says, and what it has packed.
fn unseal(fragment: &str) -> Result<(u8, Vec<u8>), ShareError> {
    let text = fragment.trim();
    let text = text.strip_prefix('#').unwrap_or(text).trim_end_matches('=');
    if text.is_empty() {
        return Err(ShareError::Empty);
    }
    if text.len() > LONGEST_INPUT {
        return Err(ShareError::TooLarge);
    }
    let foreign = text.chars().enumerate().find(|(_, character)| {
        !character.is_ascii_alphanumeric() && !matches!(character, '-' | '_')
    });
    if let Some((index, character)) = foreign {
        return Err(ShareError::Character {
            character,
            position: index + 1,
        });
    }
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| ShareError::Damaged)?;
    let (version, compressed) = bytes.split_first().ok_or(ShareError::Empty)?;
    if !(FIRST..=LATEST_PLAUSIBLE_VERSION).contains(version) {
        return Err(ShareError::Damaged);
    }
    let packed =
        miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(compressed, LARGEST_DOCUMENT)
            .map_err(|error| match error.status {
                miniz_oxide::inflate::TINFLStatus::HasMoreOutput => ShareError::TooLarge,
                _ => ShareError::Damaged,
            })?;
    Ok((*version, packed))
}

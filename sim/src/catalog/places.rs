//! Where each parameter stands in its kind's table, worked out at compile time, so that reading a value needs no search; it knows no parameter.

use super::tables::{KINDS, specification};
use super::{Kind, Parameter};

/// Room for every parameter and kind there is; a compile-time error says when it gets too small.
const PARAMETERS: usize = 160;
const ABSENT: u8 = u8::MAX;

static PLACES: [[u8; PARAMETERS]; KINDS.len()] = places();

const fn places() -> [[u8; PARAMETERS]; KINDS.len()] {
    let mut places = [[ABSENT; PARAMETERS]; KINDS.len()];
    let mut kind = 0;
    while kind < KINDS.len() {
        let parameters = specification(KINDS[kind].kind).parameters;
        // From the last to the first: where one were listed twice, the first would hold.
        let mut place = parameters.len();
        while place > 0 {
            place -= 1;
            places[KINDS[kind].kind as usize][parameters[place].parameter as usize] = place as u8;
        }
        kind += 1;
    }
    places
}

/// The place of a parameter in the table of a kind, if the kind has it.
pub(super) fn place(kind: Kind, parameter: Parameter) -> Option<usize> {
    let place = PLACES[kind as usize][parameter as usize];
    (place != ABSENT).then_some(place as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_found_where_it_stands() {
        for kind in KINDS {
            for (index, specification) in kind.parameters.iter().enumerate() {
                assert_eq!(place(kind.kind, specification.parameter), Some(index));
            }
        }
        assert_eq!(place(Kind::Clients, Parameter::Shards), None);
    }
}

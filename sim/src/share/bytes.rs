//! Numbers and texts as few bytes, and back without trusting a single one; it knows no document.

use super::ShareError;

/// Bytes in the making.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

/// How a number is written, in the two lowest bits of its first varint.
const WHOLE: u64 = 0;
const DECIMAL: u64 = 1;
const RAW: u64 = 2;
/// Not a number at all: the rest of the varint says what.
const WORD: u64 = 3;

/// Whole numbers and mantissas up to this are exact in an `f64`.
const LARGEST_EXACT: u64 = 1 << 53;

/// Small numbers of either sign as small numbers without one: 0, -1, 1, -2, …
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

impl Writer {
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Seven bits a byte, the lowest first (LEB128).
    pub(super) fn unsigned(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    pub(super) fn count(&mut self, count: usize) {
        self.unsigned(count as u64);
    }

    /// An id as its distance from the one that was expected, so that ids in sequence are zeros.
    pub(super) fn id(&mut self, id: u32, expected: u32) {
        self.unsigned(zigzag(i64::from(id.wrapping_sub(expected).cast_signed())));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Any number bit for bit: whole ones and short decimals in a few bytes, the rest in nine.
    pub(super) fn number(&mut self, number: f64) {
        let whole = number as i64;
        if whole.unsigned_abs() <= LARGEST_EXACT && (whole as f64).to_bits() == number.to_bits() {
            self.unsigned(zigzag(whole) << 2 | WHOLE);
        } else if let Some((mantissa, exponent)) = decimal(number) {
            self.unsigned(zigzag(mantissa) << 2 | DECIMAL);
            self.unsigned(zigzag(i64::from(exponent)));
        } else {
            self.unsigned(RAW);
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// What is written meanwhile, behind its length in bytes, so that it can be skipped.
    pub(super) fn measured(&mut self, fill: &dyn Fn(&mut Writer)) {
        let mut inside = Writer::default();
        fill(&mut inside);
        self.count(inside.bytes.len());
        self.bytes.extend(inside.bytes);
    }

    /// Something else where a number could stand, as a code.
    pub(super) fn word(&mut self, code: u64) {
        self.unsigned(code << 2 | WORD);
    }
}

/// The shortest decimal that reads back as the same bits, where it is shorter than the bits.
fn decimal(number: f64) -> Option<(i64, i32)> {
    if !number.is_finite() {
        return None;
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let decimals = mantissa
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len());
    let mantissa: i64 = mantissa.replace('.', "").parse().ok()?;
    let exponent = exponent.parse::<i32>().ok()? - i32::try_from(decimals).ok()?;
    let short = mantissa.unsigned_abs() < 1 << 45;
    (short && from_decimal(mantissa, exponent).to_bits() == number.to_bits())
        .then_some((mantissa, exponent))
}

/// The nearest number, by the standard library's correctly rounding parser.
fn from_decimal(mantissa: i64, exponent: i32) -> f64 {
    format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// What stands where a number may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NumberOrWord {
    Number(f64),
    Word(u64),
}

/// Bytes to be taken one after the other. Every method fails at the end of them.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes }
    }

    /// Succeeds when nothing is left.
    pub(super) fn finish(&self) -> Result<(), ShareError> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(ShareError::Damaged)
        }
    }

    pub(super) fn is_at_the_end(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What [`Writer::measured`] wrote.
    pub(super) fn measured(&mut self) -> Result<&'a [u8], ShareError> {
        let length = self.count(usize::MAX)?;
        let (inside, rest) = self
            .bytes
            .split_at_checked(length)
            .ok_or(ShareError::Damaged)?;
        self.bytes = rest;
        Ok(inside)
    }

    pub(super) fn byte(&mut self) -> Result<u8, ShareError> {
        let (first, rest) = self.bytes.split_first().ok_or(ShareError::Damaged)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, ShareError> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(ShareError::Damaged);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ShareError::Damaged)
    }

    /// A count of things of which each takes at least one byte: never more than there are bytes left, nor than the limit.
    pub(super) fn count(&mut self, limit: usize) -> Result<usize, ShareError> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| ShareError::TooLarge)?;
        if count > limit {
            Err(ShareError::TooLarge)
        } else if count > self.bytes.len() {
            Err(ShareError::Damaged)
        } else {
            Ok(count)
        }
    }

    pub(super) fn id(&mut self, expected: u32) -> Result<u32, ShareError> {
        let distance =
            i32::try_from(unzigzag(self.unsigned()?)).map_err(|_| ShareError::Damaged)?;
        Ok(expected.wrapping_add(distance.cast_unsigned()))
    }

    pub(super) fn text(&mut self) -> Result<&'a str, ShareError> {
        std::str::from_utf8(self.measured()?).map_err(|_| ShareError::Damaged)
    }

    pub(super) fn number_or_word(&mut self) -> Result<NumberOrWord, ShareError> {
        let head = self.unsigned()?;
        let rest = head >> 2;
        Ok(match head & 3 {
            WHOLE => NumberOrWord::Number(unzigzag(rest) as f64),
            DECIMAL => {
                let exponent =
                    i32::try_from(unzigzag(self.unsigned()?)).map_err(|_| ShareError::Damaged)?;
                NumberOrWord::Number(from_decimal(unzigzag(rest), exponent))
            }
            RAW => {
                let (bits, rest) = self
                    .bytes
                    .split_first_chunk::<8>()
                    .ok_or(ShareError::Damaged)?;
                self.bytes = rest;
                NumberOrWord::Number(f64::from_le_bytes(*bits))
            }
            _ => NumberOrWord::Word(rest),
        })
    }

    pub(super) fn number(&mut self) -> Result<f64, ShareError> {
        match self.number_or_word()? {
            NumberOrWord::Number(number) => Ok(number),
            NumberOrWord::Word(_) => Err(ShareError::Damaged),
        }
    }
}

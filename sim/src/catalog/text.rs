//! Values as people write them, with units: formatting for labels and parsing of what is typed; it knows no document.

use super::{Domain, ParameterSpecification, Unit, Unlimited, Value};

impl Unit {
    /// What stands behind a number of this unit, e.g. "ms" or "/s"; empty for counts and plain numbers. Money has its sign in front.
    pub const fn symbol(self) -> &'static str {
        match self {
            Unit::None | Unit::Count => "",
            Unit::Milliseconds => "ms",
            Unit::Seconds => "s",
            Unit::PerSecond => "/s",
            Unit::Share => "%",
            Unit::Bytes => "B",
            Unit::Gigabytes => "GB",
            Unit::Megabytes => "MB",
            Unit::MegabytesPerSecond => "MB/s",
            Unit::DollarsPerMonth => "/month",
            Unit::DollarsPerMillion => "/million",
            Unit::DollarsPerGigabyte => "/GB",
            Unit::DollarsPerGigabyteMonth => "/GB-month",
        }
    }

    const fn is_money(self) -> bool {
        matches!(
            self,
            Unit::DollarsPerMonth
                | Unit::DollarsPerMillion
                | Unit::DollarsPerGigabyte
                | Unit::DollarsPerGigabyteMonth
        )
    }
}

/// The value as people read it, always in the parameter's own unit and without rounding: "20 ms", "1.5 GB", "5,000 /s", "40 %",
/// "$59.57/month", "on", "Round robin", "unlimited". [`parse_value`] gives the same value back, bit for bit.
pub fn format_value(specification: &ParameterSpecification, value: Value) -> String {
    specification.domain.format(value)
}

impl Domain {
    /// The value as people read it: see [`format_value`].
    pub fn format(&self, value: Value) -> String {
        match value {
            Value::Number(number) => match self {
                Domain::Number { unit, .. } => format_number(*unit, number),
                Domain::Flag | Domain::Choice(_) => format_number(Unit::None, number),
            },
            Value::Flag(on) => if on { "on" } else { "off" }.to_owned(),
            Value::Choice(choice) => match self {
                Domain::Choice(choices) => choices
                    .iter()
                    .find(|known| known.choice == choice)
                    .map_or(choice.name(), |known| known.label)
                    .to_owned(),
                Domain::Number { .. } | Domain::Flag => choice.name().to_owned(),
            },
            Value::Unlimited(_) => "unlimited".to_owned(),
        }
    }

    /// What somebody typed, as a value of these: see [`parse_value`].
    ///
    /// # Errors
    /// What is wrong and what would be right, in one sentence.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let typed = text.trim();
        let lower = typed.to_lowercase();
        let value = match *self {
            Domain::Flag => match lower.as_str() {
                "on" | "yes" | "true" | "1" => Value::Flag(true),
                "off" | "no" | "false" | "0" => Value::Flag(false),
                _ => return Err(format!("\"{typed}\" is neither on nor off.")),
            },
            Domain::Choice(choices) => {
                let found = choices.iter().find(|known| {
                    known.label.to_lowercase() == lower || known.choice.name() == lower
                });
                match found {
                    Some(known) => Value::Choice(known.choice),
                    None => {
                        return Err(format!("\"{typed}\" isn't one of {}.", self.allowed()));
                    }
                }
            }
            Domain::Number { unit, .. } => match lower.as_str() {
                "unlimited" | "no limit" | "none" | "inf" | "infinity" | "infinite" | "∞" => {
                    Value::Unlimited(Unlimited::Unlimited)
                }
                _ => Value::Number(parse_number(unit, typed)?),
            },
        };
        match self.refuses(value) {
            None => Ok(value),
            Some(refused) => Err(format!(
                "{}; allowed is {}.",
                refused.reason,
                self.allowed()
            )),
        }
    }
}

/// A number with its unit, as [`format_value`] writes it; shares are shown in percent.
pub fn format_number(unit: Unit, number: f64) -> String {
    let shift = if unit == Unit::Share { 2 } else { 0 };
    let plain = plain_decimal(number, shift);
    if unit.is_money() {
        let (sign, digits) = plain
            .strip_prefix('-')
            .map_or(("", plain.as_str()), |digits| ("-", digits));
        let padded = match digits.find('.') {
            Some(point) if digits.len() - point == 2 => format!("{digits}0"),
            _ => digits.to_owned(),
        };
        return format!("{sign}${padded}{}", unit.symbol());
    }
    match unit.symbol() {
        "" => plain,
        symbol => format!("{plain} {symbol}"),
    }
}

/// From this power of ten on nobody counts zeros.
const UNCOUNTED: i32 = 21;

/// The shortest decimal that stands for the number times 10^shift, with commas between thousands; what is beyond all ranges has an exponent.
fn plain_decimal(number: f64, shift: i32) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "NaN"
        } else if number > 0.0 {
            "infinity"
        } else {
            "-infinity"
        }
        .to_owned();
    }
    // The shortest digits come from the standard library; the point is moved in the text, where it costs no precision.
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa
        .chars()
        .filter(|character| *character != '.')
        .collect();
    // Nought has no place to move its point to.
    let shift = if number == 0.0 { 0 } else { shift };
    let exponent = exponent.parse::<i32>().unwrap_or(0) + shift;
    if exponent >= UNCOUNTED {
        let sign = if number < 0.0 { "-" } else { "" };
        return format!("{sign}{mantissa}e{exponent}");
    }
    let (whole, fraction) = if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1).unsigned_abs() as usize);
        ("0".to_owned(), format!("{zeros}{digits}"))
    } else {
        let before = exponent.unsigned_abs() as usize + 1;
        if digits.len() <= before {
            (
                format!("{digits}{}", "0".repeat(before - digits.len())),
                String::new(),
            )
        } else {
            (digits[..before].to_owned(), digits[before..].to_owned())
        }
    };
    let mut text = String::new();
    if number.is_sign_negative() {
        text.push('-');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// What somebody typed, as a value that the parameter takes. A bare number is in the parameter's own unit (shares in percent);
/// other units of the same dimension are converted: "20ms", "0.02 s", "5k", "50%", "2 min", "512 MB", "300/min", "$0.40", "unlimited".
///
/// # Errors
/// What is wrong and what would be right, in one sentence.
pub fn parse_value(specification: &ParameterSpecification, text: &str) -> Result<Value, String> {
    specification.domain.parse(text)
}

/// A typed number with or without a unit, in the given unit.
///
/// # Errors
/// What is wrong and what would be right, in one sentence.
pub fn parse_number(unit: Unit, text: &str) -> Result<f64, String> {
    let typed = text.trim();
    let mut rest: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_')
        .collect();
    if unit.is_money() {
        rest = rest.replacen('$', "", 1);
    }
    let digits = number_length(&rest);
    let (number, suffix) = rest.split_at(digits);
    if !number.bytes().any(|byte| byte.is_ascii_digit()) {
        let example = format_number(unit, 1.5);
        return Err(format!(
            "\"{typed}\" isn't a number; write it like {example}."
        ));
    }
    let number = without_commas(number).ok_or_else(|| {
        format!(
            "\"{typed}\" has a comma that isn't between thousands; write decimals with a point."
        )
    })?;
    let Some(Factor { ten, times }) = factor(unit, suffix) else {
        let own = if unit.symbol().is_empty() {
            "no unit".to_owned()
        } else {
            format!("\"{}\"", unit.symbol())
        };
        return Err(format!(
            "\"{suffix}\" isn't a unit that fits here; write {own}."
        ));
    };
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((&number, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or(0).saturating_add(ten);
    match format!("{mantissa}e{exponent}").parse::<f64>() {
        Ok(parsed) if parsed.is_finite() => Ok(if times == 1.0 { parsed } else { parsed * times }),
        _ => Err(format!("\"{typed}\" is too large a number.")),
    }
}

/// Bytes at the start that spell a number: sign, digits, commas, one point, and an exponent if digits follow it.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    while at < bytes.len() && (bytes[at].is_ascii_digit() || matches!(bytes[at], b'.' | b',')) {
        at += 1;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let mut end = at + 1 + sign;
        while bytes.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        if end > at + 1 + sign {
            at = end;
        }
    }
    at
}

/// The number without the commas between its thousands; `None` when a comma stands elsewhere.
fn without_commas(number: &str) -> Option<String> {
    let whole = number.split(['.', 'e', 'E']).next().unwrap_or("");
    if number[whole.len()..].contains(',') {
        return None;
    }
    let mut groups = whole.trim_start_matches(['+', '-']).split(',');
    let first = groups.next().unwrap_or("");
    let mut grouped = false;
    for group in groups {
        grouped = true;
        if group.len() != 3 {
            return None;
        }
    }
    if grouped && !(1..=3).contains(&first.len()) {
        return None;
    }
    Some(number.replace(',', ""))
}

/// What a typed number is multiplied with: a power of ten, which loses nothing, and the rest.
struct Factor {
    ten: i32,
    times: f64,
}

const fn ten(ten: i32) -> Option<Factor> {
    Some(Factor { ten, times: 1.0 })
}

const fn times(times: f64) -> Option<Factor> {
    Some(Factor { ten: 0, times })
}

fn factor(unit: Unit, suffix: &str) -> Option<Factor> {
    let suffix = suffix.to_lowercase();
    match unit {
        Unit::None | Unit::Count => thousands(&suffix),
        Unit::Milliseconds => time(&suffix, -3),
        Unit::Seconds => time(&suffix, 0),
        Unit::Share => match suffix.as_str() {
            "" | "%" | "percent" => ten(-2),
            "‰" => ten(-3),
            _ => None,
        },
        Unit::PerSecond => rate(&suffix),
        Unit::Bytes => bytes(&suffix, 0),
        Unit::Megabytes => bytes(&suffix, 6),
        Unit::Gigabytes => bytes(&suffix, 9),
        Unit::MegabytesPerSecond => bytes(suffix.trim_end_matches("ps").trim_end_matches("/s"), 6),
        Unit::DollarsPerMonth
        | Unit::DollarsPerMillion
        | Unit::DollarsPerGigabyte
        | Unit::DollarsPerGigabyteMonth => match suffix.trim_start_matches('$') {
            "" => ten(0),
            other if other == unit.symbol().to_lowercase() => ten(0),
            "/h" | "/hour" if unit == Unit::DollarsPerMonth => times(crate::units::HOURS_PER_MONTH),
            other => thousands(other),
        },
    }
}

fn thousands(suffix: &str) -> Option<Factor> {
    match suffix {
        "" => ten(0),
        "k" => ten(3),
        "m" | "million" => ten(6),
        "g" | "bn" | "billion" => ten(9),
        _ => None,
    }
}

/// `own` is the power of ten of the parameter's own unit in seconds.
fn time(suffix: &str, own: i32) -> Option<Factor> {
    let seconds = |seconds: f64| {
        Some(Factor {
            ten: -own,
            times: seconds,
        })
    };
    match suffix {
        "" => ten(0),
        "ns" => ten(-9 - own),
        "us" | "µs" | "μs" => ten(-6 - own),
        "ms" => ten(-3 - own),
        "s" | "sec" | "second" | "seconds" => ten(-own),
        "m" | "min" | "minute" | "minutes" => seconds(60.0),
        "h" | "hour" | "hours" => seconds(3600.0),
        "d" | "day" | "days" => seconds(86_400.0),
        _ => None,
    }
}

fn rate(suffix: &str) -> Option<Factor> {
    let spelled = suffix
        .replace("requests", "req")
        .replace("per", "/")
        .replace("second", "s")
        .replace("sec", "s");
    let (many, per) = match spelled.split_once('/') {
        Some((many, per)) => (many.trim_end_matches("req"), per),
        None => (spelled.trim_end_matches("rps").trim_end_matches("req"), "s"),
    };
    let many = thousands(many)?;
    match per {
        "s" => Some(many),
        "min" | "minute" | "m" => Some(Factor {
            ten: many.ten,
            times: 1.0 / 60.0,
        }),
        "h" | "hour" => Some(Factor {
            ten: many.ten,
            times: 1.0 / 3600.0,
        }),
        "d" | "day" => Some(Factor {
            ten: many.ten,
            times: 1.0 / 86_400.0,
        }),
        _ => None,
    }
}

/// `own` is the power of ten of the parameter's own unit in bytes.
fn bytes(suffix: &str, own: i32) -> Option<Factor> {
    let binary = |bytes: f64| {
        Some(Factor {
            ten: -own,
            times: bytes,
        })
    };
    match suffix {
        "" => ten(0),
        "b" | "byte" | "bytes" => ten(-own),
        "k" | "kb" => ten(3 - own),
        "m" | "mb" => ten(6 - own),
        "g" | "gb" => ten(9 - own),
        "t" | "tb" => ten(12 - own),
        "kib" => binary(1024.0),
        "mib" => binary(1_048_576.0),
        "gib" => binary(1_073_741_824.0),
        "tib" => binary(1_099_511_627_776.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nought_is_nought_percent() {
        assert_eq!(format_number(Unit::Share, 0.0), "0 %");
        assert_eq!(format_number(Unit::Share, 0.005), "0.5 %");
        assert_eq!(format_number(Unit::Share, 1.0), "100 %");
        assert_eq!(format_number(Unit::None, -1.5e300), "-1.5e300");
        assert_eq!(
            format_number(Unit::None, 1e20),
            "100,000,000,000,000,000,000"
        );
    }
}

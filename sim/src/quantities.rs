//! Numbers as people read them: three significant figures with a fitting unit; it knows nothing of what they measure.

mod beside;
mod decimal;

pub use beside::beside;
pub use decimal::Decimal;

use crate::units::{DollarsPerMonth, PerSecond, Seconds};

/// A number at three significant figures without an exponent, e.g. "0.0123", "41.3", "1,950".
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return if value > 0.0 {
            "∞".to_owned()
        } else {
            "–".to_owned()
        };
    }
    if value.abs() >= 1e15 {
        return with_exponent(value);
    }
    let magnitude = value.abs().log10().floor() as i32;
    let decimals = (2 - magnitude).clamp(0, 9) as u32;
    group_thousands(&Decimal::up_to(value, decimals).to_string())
}

/// Where nobody counts the zeros, e.g. "1.5e17" as "1.50e17".
fn with_exponent(value: f64) -> String {
    let mut exponent = value.abs().log10().floor() as i32;
    let mut mantissa = value / 10_f64.powi(exponent);
    if mantissa.abs() >= 9.995 {
        mantissa /= 10.0;
        exponent += 1;
    }
    let digits = Decimal::fixed(mantissa, 2).to_string();
    let digits = digits.strip_suffix(".00").unwrap_or(&digits);
    format!("{digits}e{exponent}").replace('-', "−")
}

/// A whole number with its thousands grouped, e.g. "12,000".
pub fn whole(value: f64) -> String {
    if value.abs() >= 1e18 {
        return number(value);
    }
    group_thousands(&Decimal::fixed(value, 0).to_string())
}

/// A time in the unit that suits it: "0.25 ms", "41.3 ms", "2.4 s", "300 s", "70 min", "3.2 h", "12 days". Up to ten minutes seconds are counted, as
/// settings and the clock of a run do.
pub fn time(span: Seconds) -> String {
    let seconds = span.0;
    match seconds.abs() {
        // Less than a nanosecond is the residue of a formula, not a time that anyone could measure.
        absolute if absolute < 1e-9 => "0 ms".to_owned(),
        absolute if absolute < 0.000_999_5 => format!("{} µs", number(seconds * 1e6)),
        absolute if absolute < 0.9995 => format!("{} ms", number(seconds * 1e3)),
        absolute if absolute < 599.5 => format!("{} s", number(seconds)),
        absolute if absolute < 7170.0 => format!("{} min", number(seconds / 60.0)),
        absolute if absolute < 172_000.0 => format!("{} h", number(seconds / 3600.0)),
        _ => format!("{} days", number(seconds / 86_400.0)),
    }
}

/// A rate at three figures: "0.5 /s", "184 /s", "2,470 /s", "3.4 M/s"; thousands are written out, as settings have them.
pub fn rate(rate: PerSecond) -> String {
    match rate.0.abs() {
        absolute if absolute < 999.5 => format!("{} /s", number(rate.0)),
        absolute if absolute < 999_500.0 => {
            let unit = if absolute < 9_995.0 {
                10.0
            } else if absolute < 99_950.0 {
                100.0
            } else {
                1_000.0
            };
            format!("{} /s", whole(libm::round(rate.0 / unit) * unit))
        }
        _ => format!("{} M/s", number(rate.0 / 1e6)),
    }
}

/// How busy something is, in whole percent: 99.6 % must not read as 100 %, which would look saturated; and nobody counts its nines.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let whole = libm::round(percent);
    let shown = if percent < 100.0 {
        whole.min(99.0)
    } else {
        whole
    };
    if shown == 0.0 && percent > 0.0 {
        return "<1 %".to_owned();
    }
    format!("{} %", self::whole(shown))
}

/// A share as a percentage: "0.03 %", "41 %", "99.95 %" (close to 1 it keeps the distance to 100 at two figures). What isn't all or
/// nothing never reads as such: ">99.999 %", "<0.0001 %".
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    if !percent.is_finite() {
        return format!("{} %", number(percent));
    }
    if percent > 99.9995 && percent < 100.0 {
        return ">99.999 %".to_owned();
    }
    if percent != 0.0 && percent.abs() < 0.000_05 {
        return if percent > 0.0 { "<0.0001 %" } else { "0 %" }.to_owned();
    }
    let decimals = if percent > 99.0 && percent < 100.0 {
        ((1.0 - (100.0 - percent).log10().floor()) as u32).min(3)
    } else if percent.abs() >= 10.0 || percent == 0.0 {
        0
    } else {
        (1 - percent.abs().log10().floor() as i32).clamp(0, 4) as u32
    };
    let digits = Decimal::up_to(percent, decimals).to_string();
    format!("{} %", group_thousands(&digits))
}

/// How much the load can grow, as a share of today's: "40 %", "none" at the limit, "−45 %" above it, "over 10,000 %", "unlimited".
pub fn head_room(room: f64) -> String {
    match room {
        room if room.is_nan() || room == f64::INFINITY => "unlimited".to_owned(),
        room if room > 100.0 => "over 10,000 %".to_owned(),
        // Less than that is the tolerance of the search for the limit.
        room if room.abs() < 5e-5 => "none".to_owned(),
        room => share(room),
    }
}

/// An amount of money a month: "$0", "$59.57", "$1,946".
pub fn dollars(amount: DollarsPerMonth) -> String {
    let sign = if amount.0 < 0.0 { "−" } else { "" };
    let absolute = amount.0.abs();
    if absolute > 0.0 && absolute < 99.995 {
        let text = Decimal::fixed(absolute, 2).to_string();
        format!("{sign}${}", text.strip_suffix(".00").unwrap_or(&text))
    } else {
        format!("{sign}${}", whole(absolute))
    }
}

fn group_thousands(text: &str) -> String {
    let (sign, rest) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("−", rest));
    let (integer, fraction) = rest
        .split_once('.')
        .map_or((rest, None), |(integer, fraction)| {
            (integer, Some(fraction))
        });
    let mut grouped = String::with_capacity(text.len() + integer.len() / 3);
    grouped.push_str(sign);
    for (position, digit) in integer.chars().enumerate() {
        if position > 0 && (integer.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_figures_and_no_trailing_zeros() {
        assert_eq!(number(0.0), "0");
        assert_eq!(number(0.012_345), "0.0123");
        assert_eq!(number(41.34), "41.3");
        assert_eq!(number(40.0), "40");
        assert_eq!(number(1949.6), "1,950");
        assert_eq!(number(-12_345_678.0), "−12,345,678");
        assert_eq!(number(f64::INFINITY), "∞");
        assert_eq!(number(1e300), "1e300");
        assert_eq!(number(-1.234e20), "−1.23e20");
    }

    #[test]
    fn times_choose_their_unit() {
        assert_eq!(time(Seconds(0.0)), "0 ms");
        assert_eq!(time(Seconds(8.2e-14)), "0 ms");
        assert_eq!(time(Seconds(0.000_25)), "250 µs");
        assert_eq!(time(Seconds(0.0413)), "41.3 ms");
        assert_eq!(time(Seconds(0.9999)), "1 s");
        assert_eq!(time(Seconds(300.0)), "300 s");
        assert_eq!(time(Seconds(600.0)), "10 min");
        assert_eq!(time(Seconds(86_400.0 * 12.0)), "12 days");
    }

    #[test]
    fn rates_shares_and_money_read_well() {
        assert_eq!(rate(PerSecond(1234.0)), "1,230 /s");
        assert_eq!(rate(PerSecond(999.7)), "1,000 /s");
        assert_eq!(rate(PerSecond(2_500.0)), "2,500 /s");
        assert_eq!(rate(PerSecond(12_345.0)), "12,300 /s");
        assert_eq!(rate(PerSecond(999_600.0)), "1 M/s");
        assert_eq!(percent(0.99967), "99 %");
        assert_eq!(percent(0.414), "41 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(12.0), "1,200 %");
        assert_eq!(percent(0.001), "<1 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(rate(PerSecond(0.5)), "0.5 /s");
        assert_eq!(share(0.9995), "99.95 %");
        assert_eq!(share(0.414), "41 %");
        assert_eq!(share(0.0003), "0.03 %");
        assert_eq!(share(1.0), "100 %");
        assert_eq!(share(1.3), "130 %");
        assert_eq!(share(0.99999), "99.999 %");
        assert_eq!(dollars(DollarsPerMonth(1946.2)), "$1,946");
        assert_eq!(dollars(DollarsPerMonth(59.57)), "$59.57");
        assert_eq!(dollars(DollarsPerMonth(70.0)), "$70");
        assert_eq!(dollars(DollarsPerMonth(-70.0)), "−$70");
    }

    #[test]
    fn almost_all_never_reads_as_all_nor_with_more_nines_than_anyone_counts() {
        assert_eq!(share(0.999_999_9), ">99.999 %");
        assert_eq!(share(0.999_995_1), ">99.999 %");
        assert_eq!(share(0.999_99), "99.999 %");
        assert_eq!(share(1e-9), "<0.0001 %");
        assert_eq!(share(-1e-9), "0 %");
        assert_eq!(share(0.0), "0 %");
    }

    #[test]
    fn no_room_is_none_and_not_a_rounding_error() {
        assert_eq!(head_room(-1e-7), "none");
        assert_eq!(head_room(0.0), "none");
        assert_eq!(head_room(0.1), "10 %");
        assert_eq!(head_room(-0.45), "−45 %");
        assert_eq!(head_room(2000.0), "over 10,000 %");
        assert_eq!(head_room(f64::INFINITY), "unlimited");
    }
}

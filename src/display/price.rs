//! The price of a design in every coin: each in a line for a strip, in rows for a page, and two designs' beside one another as before and
//! after. It works out none of them.

mod rows;

use super::compared::{self, Row};
use loadscape_sim::insight::{Chance, Consistency, Price, Risk};
use loadscape_sim::quantities::{Decimal, dollars, number, share, time, whole};
use loadscape_sim::scenario::Scenario;
use loadscape_sim::units::{DollarsPerMonth, SECONDS_PER_MONTH, Seconds};

pub use rows::{
    AvailabilityRow, CauseRow, CostRow, CutRow, LossRow, PartRow, Singles, StaleRow, WayRow,
    availability_rows, cost_rows, cut_rows, load_of_the_bill, loss_rows, part_rows,
    pool_over_the_day, singles, stale_rows, to_run, unbounded_words, way_rows,
};

/// What a price is paid in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coin {
    /// Dollars a month.
    Money,
    /// Time in which it doesn't work.
    Availability,
    /// Answers out of date.
    Consistency,
    /// What is left open, and what else lets in too much or breaks too easily.
    Security,
    /// What there is to run.
    Complexity,
}

impl Coin {
    /// All of them, in the order in which they stand.
    pub const ALL: [Coin; 5] = [
        Coin::Money,
        Coin::Availability,
        Coin::Consistency,
        Coin::Security,
        Coin::Complexity,
    ];

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Coin::Money => "Cost",
            Coin::Availability => "Availability",
            Coin::Consistency => "Stale reads",
            Coin::Security => "Security",
            Coin::Complexity => "To run",
        }
    }

    /// Its name for tests and styles.
    pub const fn name(self) -> &'static str {
        match self {
            Coin::Money => "cost",
            Coin::Availability => "availability",
            Coin::Consistency => "consistency",
            Coin::Security => "security",
            Coin::Complexity => "complexity",
        }
    }
}

/// How good a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say.
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Fair,
    /// Worth a change.
    Bad,
}

impl Tone {
    /// Its style.
    pub const fn class(self) -> &'static str {
        match self {
            Tone::Plain => "",
            Tone::Good => "good",
            Tone::Fair => "fair",
            Tone::Bad => "bad",
        }
    }
}

/// One coin in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Which.
    pub coin: Coin,
    /// How much, e.g. "$1,946".
    pub figure: String,
    /// What that is made of, e.g. "4 single points".
    pub note: String,
    /// How good that is.
    pub tone: Tone,
}

/// "1 thing", "3 things".
pub fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{} {many}", whole(count as f64))
    }
}

/// How much of something works: to a hundredth of a per cent, and finer where only that tells it from all.
pub fn works(part: f64) -> String {
    if (0.5..0.999).contains(&part) {
        format!("{} %", Decimal::fixed(part * 100.0, 2))
    } else {
        share(part)
    }
}

/// A share that may be off by as much.
pub fn chance(chance: Chance) -> String {
    match chance.interval {
        None => works(chance.share),
        Some((low, high)) if works(low) == works(high) => works(chance.share),
        Some((low, high)) => format!("{} to {}", works(low), works(high)),
    }
}

/// For how much of a month nothing happens, given the share of the time in which something does.
pub fn away(works: f64) -> String {
    time(Seconds((1.0 - works).max(0.0) * SECONDS_PER_MONTH))
}

/// Every coin in a line.
pub fn figures(scenario: &Scenario, price: &Price) -> Vec<Figure> {
    Coin::ALL
        .into_iter()
        .map(|coin| figure(scenario, price, coin))
        .collect()
}

fn figure(scenario: &Scenario, price: &Price, coin: Coin) -> Figure {
    let (figure, note, tone) = match coin {
        Coin::Money => {
            let rows = cost_rows(scenario, &price.cost);
            let most = rows.iter().filter(|row| row.part > 0.0);
            let most = most.max_by(|one, other| one.part.total_cmp(&other.part));
            let note = most.map_or_else(
                || "nothing is paid for".to_owned(),
                |most| match most.component {
                    Some(_) => format!("a month, {} of it {}", share(most.part), most.name),
                    None => format!("a month, {} of it traffic", share(most.part)),
                },
            );
            (dollars(price.cost.total), note, Tone::Plain)
        }
        Coin::Availability => match price.availability.answered {
            None => (
                "–".to_owned(),
                "nobody sends anything".to_owned(),
                Tone::Plain,
            ),
            Some(answered) => {
                let own = singles(scenario, &price.availability).parts.len();
                let note = match own {
                    0 => "no part by itself".to_owned(),
                    count => counted(count, "single point of failure", "single points of failure"),
                };
                (
                    chance(answered),
                    note,
                    match own {
                        _ if answered.share <= 0.0 => Tone::Bad,
                        0 => Tone::Good,
                        _ => Tone::Fair,
                    },
                )
            }
        },
        Coin::Consistency => {
            let lost: f64 = price
                .consistency
                .lost
                .iter()
                .map(|row| row.per_month())
                .sum();
            let mut notes = Vec::new();
            let mut rows = price.consistency.reads.iter();
            match (price.consistency.oldest(), price.consistency.stale) {
                (_, None) => notes.push("nobody reads data".to_owned()),
                (_, Some(0.0)) => notes.push("every read is fresh".to_owned()),
                (Some(oldest), _) => notes.push(format!("up to {} old", time(oldest))),
                (None, _) if rows.any(|row| row.falls_behind) => {
                    notes.push("copies that fall behind".to_owned());
                }
                (None, _) => notes.push("copies that spread".to_owned()),
            }
            if lost > 0.0 {
                notes.push(format!("{} writes lost a month", number(lost)));
            }
            let stale = price.consistency.stale;
            let tone = match stale {
                Some(stale) if stale >= 0.05 => Tone::Fair,
                _ => Tone::Plain,
            };
            (stale.map_or("–".to_owned(), share), notes.join(", "), tone)
        }
        Coin::Security => {
            let count = price.security.len();
            let high = price
                .security
                .iter()
                .filter(|own| own.risk == Risk::High)
                .count();
            let fixes = price
                .security
                .iter()
                .filter(|own| own.fix.is_some())
                .count();
            let note = match (count, high, fixes) {
                (0, ..) => "no findings".to_owned(),
                (_, 0, fixes) => format!("{fixes} with a fix"),
                (_, high, fixes) => format!("{high} grave, {fixes} with a fix"),
            };
            let tone = match (count, high) {
                (0, _) => Tone::Good,
                (_, 0) => Tone::Fair,
                _ => Tone::Bad,
            };
            (counted(count, "finding", "findings"), note, tone)
        }
        Coin::Complexity => {
            let own = &price.complexity;
            let note = format!(
                "{}, {} stateful",
                counted(own.hops() as usize, "hop", "hops"),
                own.stateful.len()
            );
            (counted(own.kinds.len(), "kind", "kinds"), note, Tone::Plain)
        }
    };
    Figure {
        coin,
        figure,
        note,
        tone,
    }
}

/// What the row of the cost is called.
pub const COST: &str = "Cost a month";

/// Two designs' prices beside one another, a row for each figure of which either has any. Less is better, of everything that a price is
/// paid in.
pub fn beside(before: &Price, after: &Price) -> Vec<Row> {
    let money = |value: f64| dollars(DollarsPerMonth(value));
    let answered = |price: &Price| price.availability.answered.map(|chance| chance.share);
    let month: fn(f64) -> String = |seconds| time(Seconds(seconds));
    let count: fn(f64) -> String = whole;
    let unavailable =
        |price: &Price| answered(price).map(|works| (1.0 - works) * SECONDS_PER_MONTH);
    let singles = |price: &Price| {
        let points = price.availability.single_points.iter();
        Some(
            points
                .filter(|point| point.cause.component().is_some())
                .count() as f64,
        )
    };
    let lost = |price: &Price| {
        Some(
            price
                .consistency
                .lost
                .iter()
                .map(|row| row.per_month())
                .sum::<f64>(),
        )
    };
    let of = |value: usize| Some(value as f64);
    let row = |label: &str, get: &dyn Fn(&Price) -> Option<f64>, words: &dyn Fn(f64) -> String| {
        let (was, is) = (get(before), get(after));
        let none = |value: Option<f64>| value.is_none_or(|value| value == 0.0);
        // Where nothing is copied nothing can be stale: of that neither has anything to tell.
        (!none(was) || !none(is)).then(|| compared::row(label, was, is, false, words))
    };
    let rows = [
        row(COST, &|price| Some(price.cost.total.0), &money),
        row(
            "Requests lost to failures",
            &|price| answered(price).map(|works| 1.0 - works),
            &share,
        ),
        row("As time of a month", &unavailable, &month),
        row("Single points of failure", &singles, &count),
        row("Stale reads", &|price| price.consistency.stale, &share),
        oldest_beside(&before.consistency, &after.consistency),
        row("Writes lost a month", &lost, &number),
        row(
            "Security findings",
            &|price| of(price.security.len()),
            &count,
        ),
        row(
            "Kinds of parts",
            &|price| of(price.complexity.kinds.len()),
            &count,
        ),
        row(
            "Hops at most",
            &|price| of(price.complexity.hops() as usize),
            &count,
        ),
        row(
            "Stateful parts",
            &|price| of(price.complexity.stateful.len()),
            &count,
        ),
    ];
    rows.into_iter().flatten().collect()
}

/// How old what is read may be; where nothing bounds that, until when it is. `None` where neither reads what is out of date.
fn oldest_beside(before: &Consistency, after: &Consistency) -> Option<Row> {
    let words = |found: &Consistency| {
        let mut rows = found.reads.iter().filter(|row| row.longest.is_none());
        match found.oldest() {
            Some(oldest) => time(oldest),
            // What is ever older is older than what only takes its time.
            None => {
                let behind = found.reads.iter().find(|row| row.falls_behind);
                let row = behind.or_else(|| rows.next());
                row.map_or_else(String::new, |row| unbounded_words(row).to_owned())
            }
        }
    };
    // A bound is better than none, and what is out of date until it has spread is better than what is ever older.
    let rank = |found: &Consistency| match found.oldest() {
        Some(oldest) => oldest.0,
        None if found.reads.iter().any(|row| row.falls_behind) => f64::INFINITY,
        None => f64::MAX,
    };
    let (was, is) = (rank(before), rank(after));
    if was == 0.0 && is == 0.0 {
        return None;
    }
    let (said_before, said_now) = (words(before), words(after));
    let both = before.oldest().zip(after.oldest());
    let both = both.filter(|_| said_before != said_now);
    Some(Row {
        label: "At most out of date".to_owned(),
        change: both.map_or_else(String::new, |(was, is)| {
            compared::signed(was.0, is.0, &|seconds| time(Seconds(seconds)))
        }),
        better: (said_before != said_now).then_some(is < was),
        before: said_before,
        after: said_now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::analysis::analyse;
    use loadscape_sim::builtin::named;
    use loadscape_sim::insight::price;
    use loadscape_sim::scenario::read;

    fn stage(number: u32) -> (Scenario, Price) {
        let builtin = named(&format!("stage-{number}")).expect("it is built in");
        let scenario = read(builtin.text()).scenario.expect("it can be read");
        let price = price(&scenario, &analyse(&scenario));
        (scenario, price)
    }

    #[test]
    fn one_of_a_thing_isnt_said_in_the_plural() {
        assert_eq!(
            counted(1, "stateful part", "stateful parts"),
            "1 stateful part"
        );
        assert_eq!(
            counted(0, "stateful part", "stateful parts"),
            "0 stateful parts"
        );
        assert_eq!(to_run(1, 1), "1 part, 1 machine in all at this load.");
        assert_eq!(
            to_run(7, 1_200),
            "7 parts, 1,200 machines in all at this load."
        );
    }

    #[test]
    fn as_many_single_points_are_counted_as_are_listed_as_parts() {
        let of = |label: &str, price: &Price| {
            let rows = beside(price, price).into_iter();
            let mut rows = rows.filter(|row| row.label == label);
            rows.next().map(|row| row.after)
        };
        for number in 0..=6 {
            let (scenario, price) = stage(number);
            let listed = singles(&scenario, &price.availability);
            let count = listed.parts.len();
            let figure = figure(&scenario, &price, Coin::Availability);
            let said = counted(count, "single point of failure", "single points of failure");
            assert!(count > 0 && figure.note == said, "{} {said}", figure.note);
            let told = of("Single points of failure", &price);
            assert_eq!(told, Some(count.to_string()));
            // What isn't counted stands in a list of its own.
            let all = price.availability.single_points.len();
            assert_eq!(count + listed.places.len(), all);
            for place in &listed.places {
                assert!(place.cause.starts_with("the "), "{place:?}");
            }
            // A lesson's "left open" is only what lets the outside in: what is counted here is called otherwise.
            assert_eq!(of("Left open", &price), None);
            let findings = price.security.len();
            let findings = (findings > 0).then(|| findings.to_string());
            assert_eq!(of("Security findings", &price), findings);
        }
        let (scenario, price) = stage(5);
        let listed = singles(&scenario, &price.availability);
        let places: Vec<&str> = (listed.places.iter())
            .map(|row| row.cause.as_str())
            .collect();
        let expected = [
            "the data centre (no zone is drawn)",
            "the region (none is drawn)",
        ];
        assert_eq!(places, expected);
    }

    #[test]
    fn an_availability_of_nothing_is_nothing_good() {
        let (scenario, mut price) = stage(2);
        let answered = price.availability.answered.as_mut();
        answered.expect("somebody sends").share = 0.0;
        assert_eq!(
            figure(&scenario, &price, Coin::Availability).tone,
            Tone::Bad
        );
    }

    #[test]
    fn the_single_box_is_cheap_and_open_and_one_of_everything() {
        let (scenario, price) = stage(0);
        let words: Vec<(String, String)> = figures(&scenario, &price)
            .into_iter()
            .map(|own| (own.figure, own.note))
            .collect();
        let [cost, availability, consistency, security, complexity] = &words[..] else {
            panic!("five coins: {words:?}");
        };
        assert!(
            cost.0.starts_with('$') && cost.1.starts_with("a month, "),
            "{cost:?}"
        );
        assert_eq!(availability.0, "99.47 %");
        assert_eq!(availability.1, "1 single point of failure");
        assert_eq!(
            (consistency.0.as_str(), consistency.1.as_str()),
            ("0 %", "every read is fresh")
        );
        assert_eq!(security.0, "4 findings");
        assert_eq!(complexity.0, "2 kinds");
        assert_eq!(complexity.1, "1 hop, 1 stateful");
    }

    #[test]
    fn before_and_after_say_what_a_stage_buys_and_what_it_costs() {
        let ((_, before), (_, after)) = (stage(2), stage(3));
        let rows = beside(&before, &after);
        let find = |label: &str| {
            rows.iter()
                .find(|row| row.label == label)
                .expect("every row")
        };
        assert!(find("Cost a month").change.starts_with('+'));
        assert_eq!(find("Cost a month").better, Some(false));
        // A second replica: reads have one single point fewer.
        assert_eq!(find("Single points of failure").change, "−1");
        assert_eq!(find("Single points of failure").better, Some(true));
        // The cache's price.
        assert_eq!(find("Stale reads").better, Some(false));
        assert_eq!(find("At most out of date").after, "60 s");
        let same = beside(&before, &before);
        assert!(
            same.iter()
                .all(|row| row.change.is_empty() && row.better.is_none())
        );
        assert_eq!(same.len(), rows.len());
    }

    #[test]
    fn reads_that_nothing_bounds_are_not_said_to_be_fresh() {
        let ((scenario, before), (_, after)) = (stage(2), stage(3));
        let mut behind = before.clone();
        behind.consistency.reads = after.consistency.reads.clone();
        for row in &mut behind.consistency.reads {
            (row.age, row.longest, row.falls_behind) = (None, None, true);
        }
        behind.consistency.stale = Some(0.8);
        let mut spread = behind.clone();
        for row in &mut spread.consistency.reads {
            row.falls_behind = false;
        }
        let oldest = |one: &Price, other: &Price| {
            let rows = beside(one, other).into_iter();
            let mut rows = rows.filter(|row| row.label == "At most out of date");
            rows.next().map(|row| (row.before, row.after, row.better))
        };
        let row = |was: &str, is: &str, better| Some((was.to_owned(), is.to_owned(), better));
        let (ever, spreads) = ("longer and longer", "until it has spread");
        assert_eq!(oldest(&behind, &after), row(ever, "60 s", Some(true)));
        assert_eq!(oldest(&after, &behind), row("60 s", ever, Some(false)));
        assert_eq!(oldest(&spread, &after), row(spreads, "60 s", Some(true)));
        assert_eq!(oldest(&spread, &behind), row(spreads, ever, Some(false)));
        assert_eq!(oldest(&behind, &behind), row(ever, ever, None));
        let note = |price: &Price| figure(&scenario, price, Coin::Consistency).note;
        assert!(note(&behind).starts_with("copies that fall behind"));
        assert!(note(&spread).starts_with("copies that spread"));
    }

    #[test]
    fn every_stage_has_words_for_every_coin() {
        for number in 0..=6 {
            let (scenario, price) = stage(number);
            for own in figures(&scenario, &price) {
                assert!(
                    !own.figure.is_empty() && !own.note.is_empty(),
                    "stage {number}: {own:?}"
                );
            }
            let rows = cost_rows(&scenario, &price.cost);
            let sum: f64 = rows.iter().map(|row| row.part).sum();
            assert!((sum - 1.0).abs() < 1e-9, "stage {number}: {sum}");
            assert!(!cut_rows(&scenario, &price.availability).is_empty());
            assert!(!part_rows(&scenario, &price.availability).is_empty());
            assert!(!way_rows(&scenario, &price.complexity).is_empty());
        }
    }
}

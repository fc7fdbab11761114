//! Where the time of one slow request went, as a waterfall: a row for each span, and what each sort of time comes to. It draws nothing.

use loadscape_player::{SlowRequest, SlowSpan};
use loadscape_sim::quantities::time;
use loadscape_sim::report::TimeCause;
use loadscape_sim::scenario::{ComponentId, LinkId};
use loadscape_sim::units::Seconds;

/// Most rows; of more spans the shortest are left out.
const ROWS: usize = 60;
/// Times closer than this share of the whole are the same moment.
const SAME: f64 = 1e-9;

/// A sort of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    /// In a queue, or waiting for a thread or connection.
    Queueing,
    /// Being served.
    Service,
    /// Travelling.
    Network,
    /// Before another attempt, and in attempts that came to nothing.
    Retrying,
    /// Waiting for what is done for somebody else, or what isn't drawn.
    Elsewhere,
}

impl Spent {
    /// All of them, in the order in which they are told.
    pub const ALL: [Spent; 5] = [
        Spent::Queueing,
        Spent::Service,
        Spent::Network,
        Spent::Retrying,
        Spent::Elsewhere,
    ];

    fn of(cause: TimeCause) -> Self {
        match cause {
            TimeCause::Network => Spent::Network,
            TimeCause::Service => Spent::Service,
            TimeCause::Waiting | TimeCause::WaitingForToken => Spent::Queueing,
            TimeCause::Retrying => Spent::Retrying,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Spent::Queueing => "queueing",
            Spent::Service => "service",
            Spent::Network => "network",
            Spent::Retrying => "retrying",
            Spent::Elsewhere => "held up",
        }
    }

    /// What style sheets call it.
    pub fn id(self) -> &'static str {
        match self {
            Spent::Elsewhere => "elsewhere",
            other => other.name(),
        }
    }
}

/// One span as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose it is, e.g. "Orders", or "Orders → Database" on the way.
    pub label: String,
    /// On what.
    pub spent: Spent,
    /// From the request's beginning, seconds.
    pub after: f64,
    /// How long, seconds.
    pub lasted: f64,
}

impl Row {
    /// The row in words.
    pub fn words(&self) -> String {
        format!(
            "{}: {} {}, from {} on",
            self.label,
            self.spent.name(),
            time(Seconds(self.lasted)),
            time(Seconds(self.after))
        )
    }
}

/// A request's waterfall.
#[derive(Clone, Debug, PartialEq)]
pub struct Waterfall {
    /// The spans, in the order in which they began.
    pub rows: Vec<Row>,
    /// Spans that are left out, being the shortest.
    pub hidden: usize,
    /// What each sort of time comes to, seconds: together the whole response time. Of spans at once, the one counts that ends last: it is
    /// what the request waited for.
    pub sums: Vec<(Spent, f64)>,
}

/// The waterfall of a request, whose parts and links have these names.
pub fn waterfall(
    request: &SlowRequest,
    part: impl Fn(ComponentId) -> String,
    link: impl Fn(LinkId) -> String,
) -> Waterfall {
    let pieces = pieces(request);
    let sums = Spent::ALL.iter().filter_map(|spent| {
        let own = pieces.iter().filter(|piece| piece.spent == *spent);
        let sum: f64 = own.map(|piece| piece.to - piece.from).sum();
        (sum > 0.0).then_some((*spent, sum))
    });
    let sums = sums.collect();
    let label = |span: &SlowSpan| match (span.component, span.link) {
        (Some(own), _) => part(own),
        (None, Some(own)) => link(own),
        (None, None) if span.cause == TimeCause::Retrying => "before the next attempt".to_owned(),
        (None, None) => "network".to_owned(),
    };
    let spans = request.spans.iter().map(|span| Row {
        label: label(span),
        spent: Spent::of(span.cause),
        after: span.after,
        lasted: span.lasted,
    });
    let gaps = pieces.iter().filter(|piece| !piece.known).map(|piece| Row {
        label: match piece.spent {
            Spent::Retrying => "attempt given up".to_owned(),
            _ => "held up".to_owned(),
        },
        spent: piece.spent,
        after: piece.from,
        lasted: piece.to - piece.from,
    });
    let mut rows: Vec<Row> = spans.chain(gaps).collect();
    let hidden = rows.len().saturating_sub(ROWS);
    if hidden > 0 {
        rows.sort_by(|one, other| other.lasted.total_cmp(&one.lasted));
        rows.truncate(ROWS);
    }
    rows.sort_by(|one, other| one.after.total_cmp(&other.after));
    Waterfall {
        rows,
        hidden: hidden + request.more as usize,
        sums,
    }
}

/// A piece of a request's time, on one thing.
struct Piece {
    from: f64,
    to: f64,
    spent: Spent,
    /// Whether a span says so.
    known: bool,
}

/// All of a request's time, one piece after the other.
fn pieces(request: &SlowRequest) -> Vec<Piece> {
    let same = SAME * request.took;
    let mut moments: Vec<f64> = request
        .spans
        .iter()
        .flat_map(|span| [span.after, span.after + span.lasted])
        .map(|moment| moment.clamp(0.0, request.took))
        .chain([0.0, request.took])
        .collect();
    moments.sort_unstable_by(f64::total_cmp);
    let mut pieces: Vec<Piece> = Vec::new();
    for pair in moments.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        if to <= from {
            continue;
        }
        let middle = 0.5 * (from + to);
        let there = request
            .spans
            .iter()
            .filter(|span| (span.after..span.after + span.lasted).contains(&middle));
        let last = there.max_by(|one, other| {
            let end = |span: &SlowSpan| span.after + span.lasted;
            end(one).total_cmp(&end(other))
        });
        // What is too short to be anything but rounding belongs to what was before.
        if last.is_none()
            && to - from <= same
            && let Some(before) = pieces.last_mut()
        {
            before.to = to;
            continue;
        }
        let spent = last.map_or(Spent::Elsewhere, |span| Spent::of(span.cause));
        match pieces.last_mut() {
            Some(before) if before.spent == spent && before.known == last.is_some() => {
                before.to = to
            }
            _ => pieces.push(Piece {
                from,
                to,
                spent,
                known: last.is_some(),
            }),
        }
    }
    // What was begun and given up leaves no span: the next attempt, or the request's failure, follows at once.
    for place in 0..pieces.len() {
        let followed = match pieces.get(place + 1) {
            Some(next) => next.spent == Spent::Retrying,
            None => !request.succeeded,
        };
        if !pieces[place].known && followed {
            pieces[place].spent = Spent::Retrying;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadscape_sim::scenario::ClassId;

    fn span(component: Option<u32>, cause: TimeCause, after: f64, lasted: f64) -> SlowSpan {
        SlowSpan {
            component: component.map(ComponentId),
            link: component.is_none().then_some(LinkId(4)),
            cause,
            after,
            lasted,
        }
    }

    fn request(took: f64, succeeded: bool, spans: Vec<SlowSpan>) -> SlowRequest {
        SlowRequest {
            class: ClassId(1),
            began: 10.0,
            took,
            succeeded,
            spans,
            more: 0,
        }
    }

    fn of(request: &SlowRequest) -> Waterfall {
        waterfall(request, |id| format!("part {id}"), |_| "A → B".to_owned())
    }

    fn sums(waterfall: &Waterfall) -> Vec<(&'static str, f64)> {
        let rounded = |sum: f64| (sum * 1e9).round() / 1e9;
        let sums = waterfall.sums.iter();
        sums.map(|(spent, sum)| (spent.name(), rounded(*sum)))
            .collect()
    }

    #[test]
    fn one_span_after_the_other_adds_up_to_the_response_time() {
        let own = request(
            0.1,
            true,
            vec![
                span(None, TimeCause::Network, 0.0, 0.01),
                span(Some(2), TimeCause::Waiting, 0.01, 0.04),
                span(Some(2), TimeCause::Service, 0.05, 0.05),
            ],
        );
        let waterfall = of(&own);
        assert_eq!(
            sums(&waterfall),
            [("queueing", 0.04), ("service", 0.05), ("network", 0.01)]
        );
        let labels: Vec<&str> = waterfall
            .rows
            .iter()
            .map(|row| row.label.as_str())
            .collect();
        assert_eq!(labels, ["A → B", "part 2", "part 2"]);
        assert_eq!(
            waterfall.rows[1].words(),
            "part 2: queueing 40 ms, from 10 ms on"
        );
    }

    #[test]
    fn of_calls_at_once_the_one_counts_that_ends_last() {
        let own = request(
            0.2,
            true,
            vec![
                span(Some(1), TimeCause::Service, 0.0, 0.1),
                span(Some(2), TimeCause::Waiting, 0.0, 0.2),
                // Nobody waits for this one.
                span(Some(3), TimeCause::Service, 0.15, 1.0),
            ],
        );
        let waterfall = of(&own);
        let all: f64 = waterfall.sums.iter().map(|(_, sum)| sum).sum();
        assert!((all - 0.2).abs() < 1e-12);
        assert_eq!(sums(&waterfall), [("queueing", 0.15), ("service", 0.05)]);
    }

    #[test]
    fn what_was_given_up_is_time_for_retries_and_what_nobody_tells_is_told() {
        let own = request(
            1.0,
            false,
            vec![
                span(None, TimeCause::Network, 0.0, 0.1),
                span(None, TimeCause::Retrying, 0.4, 0.1),
                span(Some(5), TimeCause::Service, 0.6, 0.2),
            ],
        );
        let waterfall = of(&own);
        // 0.1 to 0.4 was given up, 0.5 to 0.6 isn't known, 0.8 to 1 ended in failure.
        assert_eq!(
            sums(&waterfall),
            [
                ("service", 0.2),
                ("network", 0.1),
                ("retrying", 0.6),
                ("held up", 0.1)
            ]
        );
        assert_eq!(waterfall.rows.len(), 6);
    }

    #[test]
    fn of_many_spans_the_shortest_are_left_out() {
        let spans = (0..100).map(|place| {
            let length = if place % 2 == 0 { 0.001 } else { 0.009 };
            let after = 0.01 * f64::from(place / 2) + if place % 2 == 0 { 0.0 } else { 0.001 };
            span(Some(place), TimeCause::Service, after, length)
        });
        let waterfall = of(&request(0.5, true, spans.collect()));
        assert_eq!((waterfall.rows.len(), waterfall.hidden), (60, 40));
        assert!(
            waterfall
                .rows
                .iter()
                .filter(|row| row.lasted > 0.005)
                .count()
                == 50
        );
        assert!(
            waterfall
                .rows
                .windows(2)
                .all(|pair| pair[0].after <= pair[1].after)
        );
    }
}

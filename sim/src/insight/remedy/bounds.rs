//! What becomes of bounds that stand in no document with a changed design, in words. Whose bounds they are, and how they are judged, is theirs to say
//! who set them.

/// What becomes of somebody's bounds, a lesson's say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// How many hold whatever goes wrong.
    pub hold: usize,
    /// Those that hold as long as nothing does, e.g. "p99 80 ms, 110 ms while the fault lasts".
    pub in_calm: Vec<String>,
    /// How many of these wouldn't hold in a steady state in which what goes wrong never ends.
    pub strained: usize,
    /// Those that don't hold even then, e.g. "cost $1,430 a month (at most $1,200 a month)".
    pub missed: Vec<String>,
    /// Those of which theory says nothing, e.g. "lost requests".
    pub open: Vec<String>,
    /// What a run of it has made of the figure that was asked about, e.g. "p95 17 s → 90 ms", where the bounds are judged by that.
    pub ran: Option<String>,
}

impl Bounds {
    /// E.g. "without faults 3 of 4 rows hold (p99 80 ms; success 100 %); missed: cost $1,430 (at most $1,200); with them a run decides".
    pub fn words(&self) -> String {
        let all = self.hold + self.in_calm.len() + self.missed.len() + self.open.len();
        let kept = self.hold + self.in_calm.len();
        let hold = match (kept, all) {
            (1, 1) => "it holds".to_owned(),
            (2, 2) => "both rows hold".to_owned(),
            (kept, all) if kept == all => format!("all {all} rows hold"),
            (0, all) => format!("none of {all} rows holds"),
            (1, all) => format!("1 of {all} rows holds"),
            (kept, all) => format!("{kept} of {all} rows hold"),
        };
        let mut clauses = vec![match (self.ran.is_some(), self.in_calm.is_empty()) {
            (true, _) => format!("in the run {hold}"),
            (_, true) => format!("then {hold}"),
            (_, false) => format!("without faults {hold} ({})", self.in_calm.join("; ")),
        }];
        if !self.missed.is_empty() {
            clauses.push(format!("missed: {}", self.missed.join(", ")));
        }
        if !self.open.is_empty() {
            clauses.push(format!("only a run shows {}", self.open.join(", ")));
        }
        if !self.in_calm.is_empty() {
            clauses.push("with them a run decides".to_owned());
        }
        clauses.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(hold: usize, in_calm: &[&str], missed: &[&str], open: &[&str]) -> String {
        let own = |words: &[&str]| words.iter().map(|own| (*own).to_owned()).collect();
        Bounds {
            hold,
            in_calm: own(in_calm),
            strained: 0,
            missed: own(missed),
            open: own(open),
            ran: None,
        }
        .words()
    }

    #[test]
    fn what_holds_what_does_not_and_what_nobody_knows_yet_is_said() {
        assert_eq!(words(3, &[], &[], &[]), "then all 3 rows hold");
        assert_eq!(words(1, &[], &[], &[]), "then it holds");
        let dear = "cost $1,430 (at most $1,200)";
        assert_eq!(
            words(3, &[], &[dear], &[]),
            "then 3 of 4 rows hold; missed: cost $1,430 (at most $1,200)"
        );
        assert_eq!(
            words(1, &["p99 80 ms", "success 100 %"], &[], &[]),
            "without faults all 3 rows hold (p99 80 ms; success 100 %); with them a run decides"
        );
        let ran = Bounds {
            hold: 3,
            missed: vec![dear.to_owned()],
            ran: Some("p99 2 s → 80 ms".to_owned()),
            ..Bounds::default()
        };
        assert_eq!(
            ran.words(),
            "in the run 3 of 4 rows hold; missed: cost $1,430 (at most $1,200)"
        );
        assert_eq!(
            words(0, &["p99 80 ms"], &[dear], &["lost requests"]),
            "without faults 1 of 3 rows holds (p99 80 ms); missed: cost $1,430 (at most $1,200); only a run shows lost requests; with them a run decides"
        );
    }
}

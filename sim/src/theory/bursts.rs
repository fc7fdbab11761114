//! One exponential server behind a Poisson process whose rate jumps up now and then (MMPP/M/1). It knows nothing of networks.

use super::special::increasing_root;

/// Requests at a server, waiting and in service, on average, that serves `service` of them a second, when they come at the rate `arrivals[0]` while it is
/// calm and `arrivals[1]` in a burst, and calm ends at the rate `ends[0]` and a burst at `ends[1]` (all a second); `None` where more come than it can serve, or where
/// a rate isn't positive.
///
/// Yechiali & Naor 1971 ("Queueing problems with heterogeneous arrivals and service"), with one rate of service: the probabilities that nobody is there follow
/// from the root between 0 and 1 of the generating functions' determinant, and the means from its derivative at 1.
pub fn mean_present(arrivals: [f64; 2], ends: [f64; 2], service: f64) -> Option<f64> {
    let [calm, burst] = arrivals;
    let [begin, end] = ends;
    let all_positive = [calm, burst, begin, end, service]
        .iter()
        .all(|rate| *rate > 0.0);
    let bursting = begin / (begin + end);
    let rate = calm * (1.0 - bursting) + burst * bursting;
    let busy = rate / service;
    if !all_positive || busy >= 1.0 || busy.is_nan() {
        return None;
    }
    let determinant = |z: f64| {
        let (of_calm, of_burst) = (service - calm * z, service - burst * z);
        (z - 1.0) * of_calm * of_burst + z * (end * of_calm + begin * of_burst)
    };
    let z = increasing_root(determinant, 0.0, 1.0, 1e-14)?;
    // The probability that it is calm and nobody is there.
    let empty = end * z * (1.0 - busy) / ((1.0 - z) * (service - burst * z));
    let surplus = service * empty - (1.0 - bursting) * (service - calm);
    let in_bursts = (rate - (service - calm) * surplus / begin) * bursting / (service - rate);
    let in_calm = (surplus + end * in_bursts) / begin;
    let present = in_calm + in_bursts;
    (present >= busy && present.is_finite()).then_some(present)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same from the chain of states itself, with room for so many, by going on in small steps until nothing changes.
    fn by_steps(arrivals: [f64; 2], ends: [f64; 2], service: f64, room: usize) -> f64 {
        let step = 0.9 / (arrivals[0].max(arrivals[1]) + ends[0].max(ends[1]) + service);
        let mut now = vec![[0.0_f64; 2]; room + 1];
        now[0][0] = 1.0;
        for _ in 0..60_000 {
            let mut next = now.clone();
            for level in 0..=room {
                for phase in 0..2 {
                    let here = now[level][phase] * step;
                    let mut moves = |to: usize, other: usize, rate: f64| {
                        next[to][other] += here * rate;
                        next[level][phase] -= here * rate;
                    };
                    moves(level, 1 - phase, ends[phase]);
                    if level < room {
                        moves(level + 1, phase, arrivals[phase]);
                    }
                    if level > 0 {
                        moves(level - 1, phase, service);
                    }
                }
            }
            now = next;
        }
        let numbers = now.iter().enumerate();
        numbers
            .map(|(level, own)| level as f64 * (own[0] + own[1]))
            .sum()
    }

    #[test]
    fn a_server_behind_bursts_holds_as_many_as_its_chain_says() {
        for (arrivals, ends, service) in [
            ([0.5, 1.5], [0.05, 0.2], 1.0),
            ([0.2, 0.9], [0.3, 0.1], 1.0),
            ([0.1, 4.0], [0.02, 0.5], 1.5),
        ] {
            let found = mean_present(arrivals, ends, service).unwrap();
            let expected = by_steps(arrivals, ends, service, 300);
            assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn bursts_that_are_none_leave_a_poisson_process_and_too_much_has_no_mean() {
        let found = mean_present([0.8, 0.8], [0.01, 0.1], 1.0).unwrap();
        assert!((found - 4.0).abs() < 1e-9, "{found}");
        assert_eq!(mean_present([0.8, 2.0], [0.5, 0.5], 1.0), None);
        assert_eq!(mean_present([0.8, 2.0], [0.0, 0.5], 1.0), None);
    }
}

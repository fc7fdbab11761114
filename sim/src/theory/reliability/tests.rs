//! Closed forms for what the diagrams and sums say.

use super::*;

fn close(got: f64, wanted: f64) {
    assert!((got - wanted).abs() < 1e-13, "{got} instead of {wanted}");
}

/// Works of parts 0, 1, …
const WORKS: [f64; 6] = [0.9, 0.8, 0.7, 0.6, 0.95, 0.99];

fn parts<const N: usize>(diagram: &mut Diagram) -> [Function; N] {
    std::array::from_fn(|part| diagram.works(part as u32).expect("there is room"))
}

fn probability(diagram: &Diagram, function: Function) -> f64 {
    diagram.probability(function, |part| WORKS[part as usize])
}

#[test]
fn k_of_n_is_the_binomial_sum() {
    // 3 p² (1 − p) + p³ at 0.9.
    close(at_least(2, 3, 0.9).expect("a probability"), 0.972);
    close(at_least(1, 3, 0.9).expect("a probability"), 0.999);
    close(at_least(3, 3, 0.9).expect("a probability"), 0.729);
    // 1 − 0.005^4: the distance from one is kept.
    let missing = 1.0 - at_least(1, 4, 0.995).expect("a probability");
    assert!((missing / 6.25e-10 - 1.0).abs() < 1e-5, "{missing}");
    assert_eq!(at_least(0, 3, 0.2), Some(1.0));
    assert_eq!(at_least(4, 3, 0.2), Some(0.0));
    assert_eq!(at_least(4, 3, 1.0), Some(0.0));
    assert_eq!(at_least(1, 3, 1.2), None);
}

#[test]
fn failures_and_repairs_make_an_availability() {
    close(availability(99.0, 1.0).expect("positive"), 0.99);
    close(failure_rate(0.99, 1.0).expect("positive"), 0.01);
    assert_eq!(availability(0.0, 1.0), None);
    assert_eq!(failure_rate(0.5, 0.0), None);
}

#[test]
fn series_and_parallel_are_products() {
    let mut diagram = Diagram::new(1_000);
    let [a, b, c] = parts(&mut diagram);
    let ab = diagram.both(a, b).expect("room");
    let series = diagram.both(ab, c).expect("room");
    close(probability(&diagram, series), 0.9 * 0.8 * 0.7);
    let ab = diagram.either(a, b).expect("room");
    let parallel = diagram.either(ab, c).expect("room");
    close(probability(&diagram, parallel), 1.0 - 0.1 * 0.2 * 0.3);
    assert_eq!(
        diagram.minimal_cuts(series, 5),
        (vec![vec![0], vec![1], vec![2]], true)
    );
    assert_eq!(
        diagram.minimal_cuts(parallel, 5),
        (vec![vec![0, 1, 2]], true)
    );
    // Of sets no larger than two there is none, and that isn't all.
    assert_eq!(diagram.minimal_cuts(parallel, 2), (vec![], false));
}

#[test]
fn the_bridge_is_what_its_closed_form_says() {
    // Barlow & Proschan 1975, chapter 1: two rows of two, joined in the middle by part 2. By factoring on it:
    // h = p2 (1 − q0 q1)(1 − q3 q4) + q2 (1 − (1 − p0 p3)(1 − p1 p4)).
    let mut diagram = Diagram::new(1_000);
    let [left_up, left_down, middle, right_up, right_down] = parts(&mut diagram);
    let paths = [
        vec![left_up, right_up],
        vec![left_down, right_down],
        vec![left_up, middle, right_down],
        vec![left_down, middle, right_up],
    ];
    let mut bridge = Function::FAILS;
    for path in paths {
        let mut all = Function::WORKS;
        for part in path {
            all = diagram.both(all, part).expect("room");
        }
        bridge = diagram.either(bridge, all).expect("room");
    }
    let [p0, p1, p2, p3, p4, _] = WORKS;
    let (q0, q1, q2, q3, q4) = (1.0 - p0, 1.0 - p1, 1.0 - p2, 1.0 - p3, 1.0 - p4);
    let wanted =
        p2 * (1.0 - q0 * q1) * (1.0 - q3 * q4) + q2 * (1.0 - (1.0 - p0 * p3) * (1.0 - p1 * p4));
    close(probability(&diagram, bridge), wanted);
    assert_eq!(
        diagram.minimal_cuts(bridge, 5),
        (
            vec![vec![0, 1], vec![3, 4], vec![0, 2, 4], vec![1, 2, 3]],
            true
        )
    );
}

#[test]
fn a_threshold_of_equal_parts_is_k_of_n_and_its_cuts_are_all_sets_of_that_size() {
    let mut diagram = Diagram::new(10_000);
    let five: [Function; 5] = parts(&mut diagram);
    for needed in 0..=6 {
        let function = diagram.at_least(needed, &five).expect("room");
        let got = diagram.probability(function, |_| 0.9);
        close(got, at_least(needed as u32, 5, 0.9).expect("a probability"));
    }
    let function = diagram.at_least(3, &five).expect("room");
    // Any three of five: C(5, 3) = 10.
    let (cuts, complete) = diagram.minimal_cuts(function, 5);
    assert!(complete && cuts.len() == 10 && cuts.iter().all(|cut| cut.len() == 3));
}

#[test]
fn a_common_cause_is_a_part_that_both_need() {
    // Two machines of 0.9 and 0.8 in one data centre of 0.95: 0.95 (1 − 0.1 × 0.2).
    let mut diagram = Diagram::new(1_000);
    let [a, b, _, _, centre] = parts(&mut diagram);
    let a = diagram.both(a, centre).expect("room");
    let b = diagram.both(b, centre).expect("room");
    let either = diagram.either(a, b).expect("room");
    close(probability(&diagram, either), 0.95 * 0.98);
    assert_eq!(
        diagram.minimal_cuts(either, 5),
        (vec![vec![4], vec![0, 1]], true)
    );
}

#[test]
fn no_more_nodes_are_made_than_there_is_room_for() {
    let mut diagram = Diagram::new(4);
    let [a, b] = parts(&mut diagram);
    assert_eq!(diagram.both(a, b), None);
    assert_eq!(diagram.size(), 4);
}

#[test]
fn wilson_s_interval_holds_the_probability() {
    // Of 10 in 100 (Newcombe 1998 gives such tables): 0.0552 to 0.1744.
    let (low, high) = wilson_interval(10, 100);
    assert!(
        (low - 0.0552).abs() < 5e-5 && (high - 0.1744).abs() < 5e-5,
        "{low} {high}"
    );
    let (low, high) = wilson_interval(0, 100);
    assert!(low < 1e-15 && (high - 0.037).abs() < 5e-4, "{high}");
}

//! What copies show, and what is remembered for them.

use super::*;
use crate::network::{LogCopies, WrittenKeys};
use crate::scenario::{ComponentId, LinkId};

fn copies(instances: u32, keys: f64) -> Copies {
    let log = Log {
        primary: ComponentId(1),
        replicas: vec![LogCopies {
            component: ComponentId(2),
            instances,
            link: LinkId(1),
        }],
        keys: vec![Some(WrittenKeys {
            share: 1.0,
            keys,
            zipf_exponent: 0.0,
        })],
        failover: None,
    };
    Copies::new(1, &log, &mut Laws::default())
}

/// Applies a write and says how long the copy took for those that it shows with it.
fn apply(copies: &mut Copies, instance: u32, number: u32, now: f64) -> Vec<f64> {
    let mut lags = Vec::new();
    copies.apply(instance, number, NONE, now, |lag, _| lags.push(lag));
    lags
}

#[test]
fn a_key_is_out_of_date_from_the_write_until_it_is_shown() {
    let mut copies = copies(2, 1.0);
    assert_eq!(copies.read(0, 0, 0, 0.0), None);
    let first = copies.write(1.0, false);
    let second = copies.write(2.0, false);
    assert_eq!(copies.read(0, 0, 0, 3.0), Some(2.0));
    assert_eq!(apply(&mut copies, 0, first, 4.0), [3.0]);
    assert_eq!(copies.read(0, 0, 0, 5.0), Some(3.0));
    assert_eq!(copies.read(0, 1, 0, 5.0), Some(4.0));
    assert_eq!(apply(&mut copies, 0, second, 6.0), [4.0]);
    assert_eq!(copies.read(0, 0, 0, 7.0), None);
    assert_eq!(copies.behind(), 2, "the other copy has neither");
    assert!(apply(&mut copies, 1, second, 8.0).is_empty(), "not in turn");
    assert_eq!(copies.read(0, 1, 0, 8.0), Some(7.0));
    assert_eq!(apply(&mut copies, 1, first, 9.0), [8.0, 7.0]);
    assert_eq!(copies.behind(), 0);
    assert_eq!(copies.read(0, 1, 0, 9.0), None);
}

#[test]
fn a_write_that_never_comes_is_given_up() {
    let mut copies = copies(1, 1.0);
    let lost = copies.write(0.0, false);
    let mut shown = 0;
    for _ in 0..MOST_AHEAD + 10 {
        let write = copies.write(0.0, false);
        shown += apply(&mut copies, 0, write, 1.0).len();
    }
    assert_eq!(shown, MOST_AHEAD + 10);
    assert_eq!(copies.behind(), 0);
    assert!(apply(&mut copies, 0, lost, 2.0).is_empty());
}

#[test]
fn a_write_that_waits_counts_when_it_is_confirmed() {
    let mut copies = copies(1, 1.0);
    let write = copies.write(1.0, true);
    assert_eq!(copies.read(0, 0, 0, 2.0), None);
    copies.confirm(write, 3.0);
    assert_eq!(copies.read(0, 0, 0, 3.5), Some(0.5));
}

#[test]
fn only_what_some_copy_lacks_is_remembered() {
    let mut copies = copies(3, 100.0);
    for round in 0..1_000 {
        let write = copies.write(f64::from(round), false);
        for instance in 0..3 {
            apply(&mut copies, instance, write, f64::from(round) + 0.5);
        }
    }
    assert_eq!(copies.behind(), 0);
    assert!(copies.of_key.is_empty());
    assert!(copies.writes.capacity() <= 1_024);
}

#[test]
fn what_is_lost_makes_nothing_stale_and_the_rest_stays_as_it_was() {
    let mut copies = copies(1, 1.0);
    let kept = copies.write(1.0, false);
    copies.write(2.0, false);
    let unanswered = copies.write(3.0, true);
    assert_eq!(copies.read(0, 0, 0, 4.0), Some(3.0));
    assert_eq!(
        copies.lose(kept.wrapping_add(1), 4.0),
        1,
        "one was answered"
    );
    assert_eq!(copies.read(0, 0, 0, 5.0), Some(4.0));
    assert_eq!(apply(&mut copies, 0, kept, 6.0), [5.0]);
    assert_eq!(copies.read(0, 0, 0, 7.0), None);
    assert!(copies.is_lost(unanswered));
    copies.write(8.0, false);
    assert_eq!(copies.read(0, 0, 0, 9.0), Some(1.0));
    copies.catch_up_copy(0, 9.0, |_, _| {});
    assert_eq!((copies.behind(), copies.of_key.len()), (0, 0));
    assert_eq!(copies.lose(kept, 9.0), 0);
}

#[test]
fn the_writes_of_a_key_are_found_however_many_there_are() {
    let mut copies = copies(2, 30.0);
    let (mut state, mut shown, mut were_many) = (7, [0_u32; 2], 0);
    for round in 0..20_000_u32 {
        state = scramble(state);
        // Few for a while, then many.
        let most = if round / 1_000 % 2 == 0 { 6 } else { 60 };
        let written = copies.first.wrapping_add(copies.writes.len() as u32);
        if copies.writes.len() < most && state % 3 != 0 {
            copies.write(f64::from(round), false);
        } else {
            let copy = usize::from(shown[1] < shown[0]);
            if shown[copy] != written {
                apply(&mut copies, copy as u32, shown[copy], f64::from(round));
                shown[copy] += 1;
            }
        }
        if round % 997 == 0 {
            let last = copies.first.wrapping_add(copies.writes.len() as u32 / 2);
            copies.lose(last, f64::from(round));
        }
        were_many += u32::from(copies.is_many);
        for key in 1..=30 {
            let of_key = |write: &Write| write.key == key;
            let place = |place: usize| copies.first.wrapping_add(place as u32);
            let first = copies.writes.iter().position(of_key).map(place);
            let last = copies.writes.iter().rposition(of_key).map(place);
            assert_eq!(copies.ends(key), first.zip(last), "round {round}");
            // From the first each leads to the next.
            let mut number = first.unwrap_or_default();
            while Some(number) != last && first.is_some() {
                let next = copies.get(number).unwrap().next;
                assert!(next > number && of_key(copies.get(next).unwrap()));
                number = next;
            }
        }
    }
    assert!((2_000..18_000).contains(&were_many), "{were_many}");
}

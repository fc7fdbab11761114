//! A million random and mutated inputs: none may panic, hang, or take more memory than a document may.

use super::{ShareError, decode, encode, unpack, wire};
use crate::scenario::generate::{Random, generate, generate_with_faults};
use crate::scenario::limits;

/// Random text of the alphabet, some of it with a proper version byte in front.
fn random_link(random: &mut Random) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let length = random.below(120);
    let mut link = String::from(*random.pick(&["AXja", "Anja", ""]).unwrap_or(&""));
    link.extend(
        (0..length)
            .filter_map(|_| random.pick(ALPHABET))
            .map(|byte| char::from(*byte)),
    );
    if random.chance(0.05) {
        link.extend(char::from_u32(random.below(0x11_0000) as u32));
    }
    link
}

/// A few bytes changed, dropped, doubled or cut off.
fn mutate(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + random.below(8) / 6 {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => bytes.insert(at, random.bits() as u8),
            3 => {
                let end = (at + random.below(8)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
            4 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = *random.pick(&[0, 1, 0x7f, 0x80, 0xff]).unwrap_or(&0);
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes
}

fn assert_within_limits(reading: &crate::scenario::Reading) {
    if let Some(scenario) = &reading.scenario {
        assert!(scenario.components.len() <= limits::COMPONENTS);
        assert!(scenario.links.len() <= limits::LINKS);
        assert!(!scenario.classes.is_empty() && scenario.classes.len() <= limits::CLASSES);
        assert!(scenario.faults.len() <= limits::FAULTS);
        assert!(
            scenario
                .faults
                .iter()
                .all(|fault| fault.has_its_place(scenario))
        );
    }
}

/// Tries this many inputs, and counts those that could be read.
fn try_inputs(seed: u64, rounds: u32) -> u32 {
    let mut random = Random(seed);
    let scenarios: Vec<_> = (0..40)
        .map(|seed| match seed % 2 {
            0 => generate(seed, 1 + seed as usize % 3),
            _ => generate_with_faults(seed, 1 + seed as usize % 3),
        })
        .collect();
    let links: Vec<String> = scenarios.iter().map(encode).collect();
    let packed: Vec<(u8, Vec<u8>)> = scenarios.iter().map(wire::pack).collect();
    let mut read = 0;
    for round in 0..rounds {
        let outcome = match round % 4 {
            // Random text, mutated links, and mutated documents behind the checksum, where the mutations reach every field.
            0 => decode(&random_link(&mut random)),
            1 => {
                let link = random.pick(&links).cloned().unwrap_or_default();
                decode(&String::from_utf8_lossy(&mutate(
                    &mut random,
                    link.as_bytes(),
                )))
            }
            _ => {
                let (version, bytes) = random.pick(&packed).cloned().unwrap_or_default();
                unpack::unpack(version, &mutate(&mut random, &bytes))
            }
        };
        if let Ok(reading) = outcome {
            assert_within_limits(&reading);
            read += 1;
        }
    }
    read
}

#[test]
fn a_million_random_and_mutated_inputs_neither_panic_nor_hang() {
    let read: u32 = std::thread::scope(|scope| {
        let halves = [2_024, 2_025].map(|seed| scope.spawn(move || try_inputs(seed, 500_000)));
        halves
            .into_iter()
            .map(|half| half.join().expect("no input panics"))
            .sum()
    });
    // Enough of them have to get through for the fields' own checks to be tried.
    assert!(read > 100_000, "only {read} inputs reached the fields");
}

#[test]
fn a_bomb_is_refused_before_it_unfolds() {
    for size in [super::LARGEST_DOCUMENT + 1, 16 * 1024 * 1024] {
        let mut bytes = vec![super::FIRST];
        bytes.extend(miniz_oxide::deflate::compress_to_vec_zlib(
            &vec![0; size],
            1,
        ));
        let link = base64::Engine::encode(&super::URL_SAFE_NO_PAD, bytes);
        assert_eq!(decode(&link), Err(ShareError::TooLarge));
    }
}

#[test]
fn counts_beyond_the_limits_are_refused_before_anything_is_allocated() {
    let mut writer = super::bytes::Writer::default();
    writer.text("");
    writer.text("");
    writer.unsigned(u64::MAX);
    assert_eq!(
        unpack::unpack(super::FIRST, &writer.finish()),
        Err(ShareError::TooLarge)
    );
}

#[test]
fn a_link_of_many_nested_calls_is_refused_for_its_size() {
    // A document whose compact form fits but whose calls, a few bytes each, would fill the memory.
    let mut scenario = generate(1, 3);
    let link = scenario.links[0].id;
    let step = crate::scenario::PlanStep {
        calls: vec![crate::scenario::Call::once(link); 100],
    };
    for component in &mut scenario.components {
        let plan = |class| crate::scenario::CallPlan {
            class: crate::scenario::ClassId(class),
            steps: vec![step.clone(); 100],
        };
        component.plans = (0..100).map(plan).collect();
    }
    let (version, bytes) = wire::pack(&scenario);
    assert_eq!(unpack::unpack(version, &bytes), Err(ShareError::TooLarge));
}

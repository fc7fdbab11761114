//! The command table.

use loadscape::editor::{COMMANDS, CommandId, Editor, KeyPress, Keys, Ran};

#[test]
fn no_two_commands_match_one_key() {
    for (place, command) in COMMANDS.iter().enumerate() {
        for keys in command.keys {
            let press = KeyPress {
                key: keys.key.to_owned(),
                primary: keys.primary,
                shift: keys.shift,
                alt: keys.alt,
            };
            for (other_place, other) in COMMANDS.iter().enumerate() {
                let matches = other
                    .keys
                    .iter()
                    .filter(|keys| keys.matches(&press))
                    .count();
                let expected = usize::from(place == other_place);
                assert_eq!(
                    matches,
                    expected,
                    "{} and {} on {}",
                    command.label,
                    other.label,
                    keys.label(false)
                );
            }
        }
    }
}

#[test]
fn every_command_is_in_the_table_once() {
    for (place, command) in COMMANDS.iter().enumerate() {
        assert!(
            COMMANDS[..place]
                .iter()
                .all(|other| other.id != command.id && other.label != command.label),
            "{}",
            command.label
        );
    }
}

#[test]
fn a_question_mark_is_help_on_any_keyboard() {
    for shift in [false, true] {
        let press = KeyPress {
            shift,
            ..KeyPress::plain("?")
        };
        let mut editor = Editor::new(loadscape_sim::scenario::Scenario::default());
        assert_eq!(
            editor.key(&press, 0.0),
            Some(Ran::ForTheScreen(CommandId::Help))
        );
    }
}

#[test]
fn keys_are_written_as_each_system_writes_them() {
    let redo = Keys {
        key: "z",
        primary: true,
        shift: true,
        alt: false,
    };
    assert_eq!(redo.label(false), "Ctrl+Shift+Z");
    assert_eq!(redo.label(true), "⌘⇧Z");
}

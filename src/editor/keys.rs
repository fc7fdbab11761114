//! Keys and how they are written; it knows no command and no keyboard layout.

use super::input::{Direction, ToolKey};

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The key as a browser names it (`KeyboardEvent.key`), letters in lower case.
    pub key: &'static str,
    /// With Control, or Command on a Mac.
    pub primary: bool,
    /// With Shift; told apart only for letters and named keys, for "?" is shifted on some keyboards and not on others.
    pub shift: bool,
    /// With Alt or Option.
    pub alt: bool,
}

pub(super) const fn plain(key: &'static str) -> Keys {
    Keys {
        key,
        primary: false,
        shift: false,
        alt: false,
    }
}

pub(super) const fn primary(key: &'static str) -> Keys {
    Keys {
        primary: true,
        ..plain(key)
    }
}

impl Keys {
    pub(super) const fn shift(self) -> Keys {
        Keys {
            shift: true,
            ..self
        }
    }

    pub(super) const fn alt(self) -> Keys {
        Keys { alt: true, ..self }
    }

    /// Whether the shift key tells this key from another.
    fn heeds_shift(key: &str) -> bool {
        let mut letters = key.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => letter.is_ascii_alphabetic() || letter == ' ',
            _ => true,
        }
    }

    /// Whether this is the key that was pressed.
    pub fn matches(&self, press: &KeyPress) -> bool {
        self.key.eq_ignore_ascii_case(&press.key)
            && self.primary == press.primary
            && self.alt == press.alt
            && (self.shift == press.shift || !Keys::heeds_shift(self.key))
    }

    /// How menus and help write it.
    pub fn label(&self, mac: bool) -> String {
        let mut label = String::new();
        let modifiers = [
            (self.primary, "⌘", "Ctrl+"),
            (self.alt, "⌥", "Alt+"),
            (self.shift, "⇧", "Shift+"),
        ];
        for (held, on_mac, elsewhere) in modifiers {
            if held {
                label.push_str(if mac { on_mac } else { elsewhere });
            }
        }
        match self.key {
            "ArrowLeft" => label.push('←'),
            "ArrowRight" => label.push('→'),
            "ArrowUp" => label.push('↑'),
            "ArrowDown" => label.push('↓'),
            "Escape" => label.push_str("Esc"),
            key if key.chars().count() == 1 => label.push_str(&key.to_ascii_uppercase()),
            key => label.push_str(key),
        }
        label
    }
}

/// A key that was pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPress {
    /// As a browser names it (`KeyboardEvent.key`).
    pub key: String,
    /// With Control, or Command on a Mac.
    pub primary: bool,
    /// With Shift.
    pub shift: bool,
    /// With Alt or Option.
    pub alt: bool,
}

impl KeyPress {
    /// A key without modifiers.
    pub fn plain(key: impl Into<String>) -> Self {
        KeyPress {
            key: key.into(),
            ..KeyPress::default()
        }
    }

    /// A key with Control or Command.
    pub fn primary(key: impl Into<String>) -> Self {
        KeyPress {
            primary: true,
            ..KeyPress::plain(key)
        }
    }

    pub(super) fn tool_key(&self) -> Option<ToolKey> {
        if self.primary || self.alt {
            return None;
        }
        Some(match (self.key.as_str(), self.shift) {
            ("Escape", _) => ToolKey::Escape,
            ("Enter", false) => ToolKey::Enter,
            ("Tab", false) | ("]", _) => ToolKey::Next,
            ("Tab", true) | ("[", _) => ToolKey::Previous,
            ("ArrowLeft", false) => ToolKey::Arrow(Direction::Left),
            ("ArrowRight", false) => ToolKey::Arrow(Direction::Right),
            ("ArrowUp", false) => ToolKey::Arrow(Direction::Up),
            ("ArrowDown", false) => ToolKey::Arrow(Direction::Down),
            _ => return None,
        })
    }
}

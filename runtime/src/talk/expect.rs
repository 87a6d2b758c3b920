//! What a talk expects the session to ask for, and how it is compared with what the session did ask for.

use crate::command::{Command, Part};
use crate::phrases;
use crate::speak::bidi::without_isolates;

/// Something that is asked for.
#[derive(Clone, Debug)]
pub enum Expect {
    /// Something is said or shown.
    Say(Words),
    /// Input is taken, with these choices.
    Listen(Vec<String>),
    /// A service is asked.
    Call(String),
    /// The contact is handed over to this address.
    Connect(String),
    /// The outside is told.
    Note(String),
    /// Something is recorded.
    Record,
}

/// How words are compared. White space never counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Words {
    /// What is said begins so.
    Starts(String),
    /// What is said is exactly this.
    Exactly(String),
    /// What is said has mostly these words.
    Like(String),
}

/// The share of a `like:` text's words that must be said.
const ALIKE_PERCENT: usize = 75;

/// White space does not count, nor do the marks that keep a value's direction to itself.
fn squeeze(text: &str) -> String {
    without_isolates(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Words {
    /// The words as written.
    pub fn text(&self) -> &str {
        match self {
            Words::Starts(text) | Words::Exactly(text) | Words::Like(text) => text,
        }
    }

    /// Whether what was said meets them.
    pub fn meet(&self, said: &str) -> bool {
        match self {
            Words::Starts(text) => squeeze(said).starts_with(&squeeze(text)),
            Words::Exactly(text) => squeeze(said) == squeeze(text),
            Words::Like(text) => {
                let said = phrases::normalise(said);
                let said: Vec<&str> = said.split(' ').collect();
                let wanted = phrases::normalise(text);
                let wanted: Vec<&str> = wanted.split(' ').collect();
                let met = wanted.iter().filter(|word| said.contains(word)).count();
                met * 100 >= wanted.len() * ALIKE_PERCENT
            }
        }
    }
}

/// What a command is to a talk: a word for messages, and the text that an update would write.
pub(super) fn describe(command: &Command) -> (&'static str, String) {
    match command {
        Command::Say(say) => ("say", say.parts.iter().map(Part::words).collect::<Vec<_>>().join(" ")),
        Command::Listen(listen) => {
            ("listen", listen.choices.iter().map(|choice| choice.id.as_str()).collect::<Vec<_>>().join(", "))
        }
        Command::Call(call) => ("call", call.service.clone()),
        Command::Connect(connect) => ("connect", connect.to.clone()),
        Command::Note(note) => ("note", note.name.clone()),
        Command::Record(_) => ("record", String::new()),
        Command::End(end) => ("end", end.reason.clone()),
    }
}

impl Expect {
    /// The word under which a talk writes it.
    pub fn word(&self) -> &'static str {
        match self {
            Expect::Say(_) => "say",
            Expect::Listen(_) => "listen",
            Expect::Call(_) => "call",
            Expect::Connect(_) => "connect",
            Expect::Note(_) => "note",
            Expect::Record => "record",
        }
    }

    /// Whether a command is what is expected.
    pub fn meets(&self, command: &Command) -> bool {
        match (self, command) {
            (Expect::Say(words), Command::Say(say)) => {
                words.meet(&describe(command).1) || say.parts.iter().any(|part| words.meet(&part.words()))
            }
            (Expect::Listen(ids), Command::Listen(listen)) => {
                ids.is_empty() || listen.choices.iter().map(|choice| &choice.id).eq(ids)
            }
            (Expect::Call(service), Command::Call(call)) => *service == call.service,
            (Expect::Connect(to), Command::Connect(connect)) => *to == connect.to,
            (Expect::Note(name), Command::Note(note)) => *name == note.name,
            (Expect::Record, Command::Record(_)) => true,
            _ => false,
        }
    }

    /// Whether a text that is said elsewhere in place of another is what is expected.
    pub(super) fn meets_text(&self, said: &str) -> bool {
        matches!(self, Expect::Say(words) if words.meet(said))
    }

    /// The expectation in words.
    pub fn text(&self) -> String {
        match self {
            Expect::Say(words) => format!("say {:?}", words.text()),
            Expect::Listen(ids) => format!("listen [{}]", ids.join(", ")),
            Expect::Call(what) | Expect::Connect(what) | Expect::Note(what) => format!("{} {what}", self.word()),
            Expect::Record => "record".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_as_written() {
        assert!(Words::Starts("Hello,  this".into()).meet("Hello, this is the clinic."));
        assert!(!Words::Starts("hello".into()).meet("Hello"));
        assert!(Words::Exactly("a b".into()).meet(" a\nb "));
        assert!(!Words::Exactly("a".into()).meet("a b"));
        assert!(Words::Like("your order is on the way".into()).meet("Good news: your order is now on its way!"));
        assert!(!Words::Like("your order is on the way".into()).meet("We could not find it."));
    }
}

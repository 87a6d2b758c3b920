//! What a question remembers while it waits. Most sessions wait at their first try, so that state is the smallest: one
//! number where prompts are heard, and nothing at all elsewhere.

use offhook_runtime::CommandId;
use serde::{Deserialize, Serialize};

/// The state of one question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(crate) struct Turn {
    /// The command that took input last; 0 where nobody needs to know.
    pub(crate) listen: CommandId,
    /// How many tries went wrong.
    pub(crate) tries: u32,
    /// Keys of an entry that is not complete.
    pub(crate) keys: String,
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    First(CommandId),
    Later(CommandId, u32),
    Entering(CommandId, u32, String),
}

impl From<Turn> for Written {
    fn from(turn: Turn) -> Self {
        match (turn.tries, turn.keys.is_empty()) {
            (0, true) => Written::First(turn.listen),
            (tries, true) => Written::Later(turn.listen, tries),
            (tries, false) => Written::Entering(turn.listen, tries, turn.keys),
        }
    }
}

impl From<Written> for Turn {
    fn from(written: Written) -> Self {
        let (listen, tries, keys) = match written {
            Written::First(listen) => (listen, 0, String::new()),
            Written::Later(listen, tries) => (listen, tries, String::new()),
            Written::Entering(listen, tries, keys) => (listen, tries, keys),
        };
        Turn { listen, tries, keys }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_comes_back_and_the_first_is_one_number() {
        let turns = [
            (Turn { listen: 7, ..Turn::default() }, "7"),
            (Turn { listen: 7, tries: 2, keys: String::new() }, "[7,2]"),
            (Turn { listen: 0, tries: 0, keys: "12".into() }, r#"[0,0,"12"]"#),
        ];
        for (turn, written) in turns {
            let json = serde_json::to_string(&turn).expect("it is plain data");
            assert_eq!(json, written);
            assert_eq!(serde_json::from_str::<Turn>(&json).ok(), Some(turn));
        }
    }
}

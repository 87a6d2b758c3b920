//! What a contact answered in confidence does not leave the server: where it was entered, and wherever something repeats it.

use crate::limits::MASK_FROM;
use offhook_runtime::replay::Entry;
use offhook_runtime::{Command, Event};
use serde_json::Value;

/// What stands for an answer that was given in confidence.
pub(crate) const MASK: &str = "•";

/// A journal with what was answered in confidence taken out, and those answers.
pub(crate) struct Masked {
    pub(crate) journal: Vec<Entry>,
    /// Longest first, since what is longer holds what is shorter.
    answers: Vec<String>,
}

impl Masked {
    /// Takes the answers out of anything that was worked out of the session, such as its variables: where a value is one, and where a text
    /// holds one.
    pub(crate) fn hide(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.hide_in(text),
            Value::Number(number) => {
                let told = number.to_string();
                if self.answers.iter().any(|answer| is_number(answer, &told)) {
                    *value = Value::from(MASK);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide(item)),
            Value::Object(map) => map.values_mut().for_each(|value| self.hide(value)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn hide_in(&self, text: &mut String) {
        for answer in &self.answers {
            if *text == *answer {
                MASK.clone_into(text);
            } else if answer.len() >= MASK_FROM && text.contains(answer.as_str()) {
                *text = text.replace(answer.as_str(), MASK);
            }
        }
    }
}

/// `0042` and `42` are the same number.
fn is_number(answer: &str, told: &str) -> bool {
    answer == told || (answer.starts_with('0') && answer.trim_start_matches('0') == told)
}

/// The journal with what was answered in confidence taken out: where it was entered, and wherever a command repeats it.
pub(crate) fn masked(journal: Vec<Entry>) -> Masked {
    let mut confidential = false;
    let mut entering = String::new();
    let mut answers: Vec<String> = Vec::new();
    let mut keep = |entered: String| {
        let digits = entered.trim_end_matches(['#', '*']).to_owned();
        answers.extend([entered, digits].into_iter().filter(|text| !text.is_empty()));
        answers.sort_by_key(|text| std::cmp::Reverse(text.len()));
        answers.dedup();
        answers.clone()
    };
    let mut known: Vec<String> = Vec::new();
    let journal = journal
        .into_iter()
        .map(|mut entry| {
            if confidential {
                match &mut entry.event {
                    Event::Keys(text) | Event::Text(text) => {
                        entering.push_str(&std::mem::replace(text, MASK.to_owned()))
                    }
                    Event::Speech(speech) => entering.push_str(&std::mem::replace(&mut speech.text, MASK.to_owned())),
                    _ => {}
                }
            }
            let asks_again = entry.commands.iter().any(|command| !matches!(command, Command::Note(_)));
            if asks_again && !entering.is_empty() {
                known = keep(std::mem::take(&mut entering));
            }
            if !known.is_empty() {
                entry.commands = without(&entry.commands, &known);
            }
            for command in &entry.commands {
                match command {
                    Command::Listen(listen) => confidential = listen.sensitive,
                    Command::Record(_) | Command::Connect(_) | Command::End(_) => confidential = false,
                    _ => {}
                }
            }
            entry
        })
        .collect();
    if !entering.is_empty() {
        known = keep(entering);
    }
    Masked { journal, answers: known }
}

/// The commands with each of these texts masked.
fn without(commands: &[Command], known: &[String]) -> Vec<Command> {
    let text = serde_json::to_string(commands).expect("commands are plain data");
    let text = known.iter().filter(|text| text.len() >= MASK_FROM).fold(text, |text, secret| {
        let quoted = Value::from(secret.as_str()).to_string();
        text.replace(quoted.trim_matches('"'), MASK)
    });
    // A number among the commands that equals the answer cannot be masked in place; then the commands go as a whole.
    serde_json::from_str(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use offhook_runtime::Listen;

    #[test]
    fn a_command_does_not_tell_what_was_entered_in_confidence() {
        let call = Command::Call(offhook_runtime::Call {
            id: 2,
            node: "check".into(),
            service: "http".into(),
            request: offhook_runtime::Value::map([("pin", "4711".into())]),
            timeout_ms: 1,
        });
        let keys = ["4", "7", "1", "1"].map(|key| entry(Event::Keys(key.into()), None));
        let mut journal = vec![entry(Event::Timer, Some(true))];
        journal.extend(keys);
        journal.last_mut().unwrap().commands = vec![call];
        let text = serde_json::to_string(&masked(journal).journal).unwrap();
        assert!(!text.contains("4711") && text.contains(MASK), "{text}");
    }

    fn entry(event: Event, sensitive: Option<bool>) -> Entry {
        let listen = sensitive.map(|sensitive| Command::Listen(Listen { id: 1, sensitive, ..Listen::default() }));
        Entry { at_ms: 0, event, commands: listen.into_iter().collect() }
    }

    #[test]
    fn what_is_entered_in_confidence_is_masked_until_the_next_question() {
        let journal = vec![
            entry(Event::Timer, Some(true)),
            entry(Event::Keys("1".into()), None),
            entry(Event::Keys("2".into()), Some(false)),
            entry(Event::Text("hello".into()), None),
        ];
        let events: Vec<Event> = masked(journal).journal.into_iter().map(|entry| entry.event).collect();
        let expected = [Event::Timer, Event::Keys(MASK.into()), Event::Keys(MASK.into()), Event::Text("hello".into())];
        assert_eq!(events, expected);
    }

    #[test]
    fn nothing_worked_out_of_it_tells_it_either() {
        let keys = ["0", "4", "2", "#"].map(|key| entry(Event::Keys(key.into()), None));
        let mut journal = vec![entry(Event::Timer, Some(true))];
        journal.extend(keys);
        // The last key is the answer's end: something else is asked then.
        journal.push(entry(Event::Timer, Some(false)));
        let mut variables = serde_json::json!({ "pin": "042", "number": 42, "told": "It is 042.", "list": ["042", 7] });
        masked(journal).hide(&mut variables);
        let expected = serde_json::json!({ "pin": MASK, "number": MASK, "told": "It is •.", "list": [MASK, 7] });
        assert_eq!(variables, expected);
    }
}

//! From a journal to messages. A turn gives the contact's own message, if it had one, and what the flow said.

use crate::host::{Host, HostError};
use crate::store::JournalEntry;
use offhook_runtime::{Choice, Command, Event, Part, moment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Messages of one turn that a cursor can count.
const PER_TURN: u64 = 4096;

/// How many turns before a page are looked at for the choices that its first message answers.
const LOOK_BACK: u64 = 8;

/// Turns that one answer covers at most.
const PAGE: usize = 200;

/// What stands for an answer that was given in confidence.
const MASK: &str = "••••";

/// A message in a chat window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its place in the conversation; grows strictly.
    pub cursor: u64,
    /// `flow` or `contact`.
    pub from: String,
    /// When (RFC 3339).
    pub at: String,
    /// What the client called it, for the contact's own messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What it holds, in order.
    pub parts: Vec<MessagePart>,
    /// Quick replies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<MessageChoice>,
    /// The locale of the words; empty for the contact's own.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub locale: String,
    /// Whether the answer to it is confidential, so that a window should hide it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessagePart {
    /// Words.
    Text(String),
    /// The address of an audio file.
    Audio(String),
    /// The address of a video file.
    Video(String),
}

/// A quick reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageChoice {
    /// What is sent as `button`.
    pub id: String,
    /// What the button shows.
    pub label: String,
    /// The telephone keys that mean the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub keys: String,
}

/// What a window gets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page {
    pub(super) messages: Vec<Message>,
    /// Where the next page begins.
    pub(super) cursor: u64,
    /// Why the conversation has ended, if it has within this page.
    pub(super) ended: Option<String>,
}

/// The cursor behind everything of a turn.
pub(super) fn cursor_after(turn: u64) -> u64 {
    turn.saturating_mul(PER_TURN).saturating_add(PER_TURN - 1)
}

/// The messages after a cursor.
pub(super) async fn after(host: &Host, conversation: &str, flow: &str, cursor: u64) -> Result<Page, HostError> {
    let turn = cursor / PER_TURN;
    let from = i64::try_from(turn.saturating_sub(LOOK_BACK)).unwrap_or(i64::MAX) - 1;
    let entries = host.store().journal(host.tenant(), conversation, from, PAGE).await?;
    Ok(page(&entries, flow, cursor))
}

fn page(entries: &[JournalEntry], flow: &str, cursor: u64) -> Page {
    let mut page = Page { cursor, ..Page::default() };
    let mut choices: Vec<Choice> = Vec::new();
    let mut sensitive = false;
    for entry in entries {
        let turn = u64::try_from(entry.seq).unwrap_or_default();
        let event: Option<Event> = serde_json::from_str(&entry.event).ok();
        let commands: Vec<Command> = serde_json::from_str(&entry.commands).unwrap_or_default();
        let at = moment(entry.at_ms);
        let mut messages: Vec<Message> = Vec::new();
        if let Some(words) = event.and_then(|event| own_words(event, &choices, sensitive)) {
            messages.push(Message {
                cursor: 0,
                from: "contact".to_owned(),
                at: at.clone(),
                client_id: entry.key.clone(),
                parts: vec![MessagePart::Text(words)],
                choices: Vec::new(),
                locale: String::new(),
                sensitive: false,
            });
        }
        let spoken = |parts, choices, locale, sensitive| Message {
            cursor: 0,
            from: "flow".to_owned(),
            at: at.clone(),
            client_id: None,
            parts,
            choices,
            locale,
            sensitive,
        };
        for command in commands {
            match command {
                Command::Say(say) => {
                    let parts = say.parts.iter().map(|part| shown(part, flow)).collect();
                    messages.push(spoken(parts, Vec::new(), say.locale, false));
                }
                Command::Listen(listen) => {
                    sensitive = listen.sensitive;
                    let buttons: Vec<MessageChoice> = listen
                        .choices
                        .iter()
                        .map(|choice| MessageChoice {
                            id: choice.id.clone(),
                            label: choice.label.clone(),
                            keys: choice.keys.clone(),
                        })
                        .collect();
                    choices = listen.choices;
                    match messages.last_mut().filter(|message| message.from == "flow") {
                        Some(message) => {
                            message.choices = buttons;
                            message.sensitive = sensitive;
                        }
                        None if !buttons.is_empty() => {
                            messages.push(spoken(Vec::new(), buttons, String::new(), sensitive));
                        }
                        None => {}
                    }
                }
                Command::End(end) => page.ended = Some(end.reason),
                _ => {}
            }
        }
        for (message, index) in messages.iter_mut().zip(0..PER_TURN) {
            message.cursor = turn.saturating_mul(PER_TURN).saturating_add(index);
        }
        let fresh = messages.into_iter().filter(|message| message.cursor > cursor || cursor == 0);
        page.messages.extend(fresh);
        page.cursor = page.cursor.max(cursor_after(turn).max(cursor));
    }
    if let Some(last) = entries.last()
        && cursor_after(u64::try_from(last.seq).unwrap_or_default()) <= cursor
    {
        page.cursor = cursor;
    }
    page
}

/// What the contact wrote, or the label of the button that was pressed.
fn own_words(event: Event, choices: &[Choice], sensitive: bool) -> Option<String> {
    let words = match event {
        Event::Text(text) | Event::Keys(text) => text,
        Event::Speech(speech) => speech.text,
        Event::Button(id) => {
            let label = choices.iter().find(|choice| choice.id == id).map(|choice| choice.label.clone());
            return Some(label.filter(|label| !label.is_empty()).unwrap_or(id));
        }
        _ => return None,
    };
    Some(if sensitive { MASK.to_owned() } else { words })
}

fn shown(part: &Part, flow: &str) -> MessagePart {
    let address = |reference: &str| match reference {
        far if far.starts_with("https://") => far.to_owned(),
        near => format!("/chat/v1/media/{}/{near}", flow.replace('/', "%2F")),
    };
    match part {
        Part::Text(text) => MessagePart::Text(text.clone()),
        Part::Ssml(markup) => MessagePart::Text(without_markup(markup)),
        Part::Audio(reference) => MessagePart::Audio(address(reference)),
        Part::Video(reference) => MessagePart::Video(address(reference)),
    }
}

/// The words of SSML.
fn without_markup(markup: &str) -> String {
    let mut words = String::with_capacity(markup.len());
    let mut inside = false;
    for char in markup.chars() {
        match char {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                words.push(' ');
            }
            _ if !inside => words.push(char),
            _ => {}
        }
    }
    let words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    words.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: i64, event: &str, commands: &str, key: Option<&str>) -> JournalEntry {
        JournalEntry { seq, at_ms: 0, event: event.into(), commands: commands.into(), key: key.map(str::to_owned) }
    }

    fn journal() -> Vec<JournalEntry> {
        vec![
            entry(
                1,
                r#"{"start":{"session":"c","channel":"webchat"}}"#,
                r#"[{"say":{"id":1,"parts":[{"text":"Hello"}],"locale":"en-US"}},{"say":{"id":2,"parts":[{"ssml":"<speak>Book <emphasis>or</emphasis> not?</speak>"}],"locale":"en-US"}},{"listen":{"id":3,"choices":[{"id":"book","label":"Book it","keys":"1"}]}}]"#,
                None,
            ),
            entry(
                2,
                r#"{"button":"book"}"#,
                r#"[{"say":{"id":4,"parts":[{"audio":"bye.wav"}],"locale":"en-US"}},{"end":{"id":5,"reason":"completed"}}]"#,
                Some("k1"),
            ),
        ]
    }

    #[test]
    fn a_window_gets_each_message_once_wherever_it_goes_on() {
        let whole = page(&journal(), "a/b", 0);
        let texts: Vec<&MessagePart> = whole.messages.iter().flat_map(|message| &message.parts).collect();
        let expected = [
            &MessagePart::Text("Hello".into()),
            &MessagePart::Text("Book or not?".into()),
            &MessagePart::Text("Book it".into()),
            &MessagePart::Audio("/chat/v1/media/a%2Fb/bye.wav".into()),
        ];
        assert_eq!(texts, expected);
        assert_eq!(whole.ended.as_deref(), Some("completed"));
        assert_eq!(whole.messages[1].choices[0].label, "Book it");
        assert_eq!(whole.messages[2].client_id.as_deref(), Some("k1"));
        for (place, message) in whole.messages.iter().enumerate() {
            let rest = page(&journal(), "a/b", message.cursor);
            assert_eq!(rest.messages, whole.messages[place + 1..], "after {}", message.cursor);
        }
        assert!(page(&journal(), "a/b", whole.cursor).messages.is_empty());
        assert!(whole.messages.windows(2).all(|pair| pair[0].cursor < pair[1].cursor));
    }

    #[test]
    fn what_is_entered_in_confidence_is_not_shown_again() {
        let entries = vec![
            entry(
                1,
                r#"{"start":{"session":"c","channel":"webchat"}}"#,
                r#"[{"listen":{"id":1,"sensitive":true}}]"#,
                None,
            ),
            entry(2, r#"{"text":"4711"}"#, r#"[{"listen":{"id":2}}]"#, None),
            entry(3, r#"{"text":"hello"}"#, "[]", None),
        ];
        let page = page(&entries, "a", 0);
        let texts: Vec<&MessagePart> = page.messages.iter().flat_map(|message| &message.parts).collect();
        assert_eq!(texts, [&MessagePart::Text(MASK.into()), &MessagePart::Text("hello".into())]);
    }
}

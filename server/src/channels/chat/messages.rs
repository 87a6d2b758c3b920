//! From a journal to messages. A turn gives the contact's own message, if it had one, and what the flow said.

use crate::host::{Host, HostError};
use crate::store::JournalEntry;
use offhook_runtime::{Card, CardButton, Choice, Command, Event, File, Image, Location, Part, moment};
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
    /// An image.
    Image(MessageImage),
    /// A file to download.
    File(MessageFile),
    /// A place on the map.
    Location(MessageLocation),
    /// Cards, side by side where there are several.
    Cards(Vec<MessageCard>),
    /// Links, each a button.
    Links(Vec<MessageButton>),
}

/// An image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageImage {
    /// Its address.
    pub url: String,
    /// What it shows, for people who do not see it; empty when it says nothing.
    pub alt: String,
}

/// A file to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageFile {
    /// Its address.
    pub url: String,
    /// What it is called.
    pub name: String,
}

/// A place on the map (WGS 84).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageLocation {
    /// Degrees north, as a decimal number.
    pub latitude: String,
    /// Degrees east, as a decimal number.
    pub longitude: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its street and town.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

/// A card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageCard {
    /// Its heading.
    pub title: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Its image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<MessageImage>,
    /// Its buttons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<MessageButton>,
}

/// A button: an answer, which is also among the message's quick replies, or a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageButton {
    /// The id of the quick reply; absent for a link.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// What it shows.
    pub label: String,
    /// Where a link leads (`https:`, `http:`, `mailto:` or `tel:`); absent for an answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
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
        Part::Image(image) => MessagePart::Image(image_of(image, &address)),
        Part::File(File { url, name }) => MessagePart::File(MessageFile { url: address(url), name: name.clone() }),
        Part::Location(Location { latitude, longitude, name, address }) => MessagePart::Location(MessageLocation {
            latitude: latitude.clone(),
            longitude: longitude.clone(),
            name: name.clone(),
            address: address.clone(),
        }),
        Part::Cards(cards) => MessagePart::Cards(cards.iter().map(|card| card_of(card, &address)).collect()),
        Part::Links(links) => MessagePart::Links(links.iter().map(button_of).collect()),
    }
}

fn card_of(card: &Card, address: &dyn Fn(&str) -> String) -> MessageCard {
    MessageCard {
        title: card.title.clone(),
        text: card.text.clone(),
        image: card.image.as_ref().map(|image| image_of(image, address)),
        buttons: card.buttons.iter().map(button_of).collect(),
    }
}

fn image_of(image: &Image, address: &dyn Fn(&str) -> String) -> MessageImage {
    MessageImage { url: address(&image.url), alt: image.alt.clone() }
}

fn button_of(button: &CardButton) -> MessageButton {
    MessageButton { id: button.id.clone(), label: button.label.clone(), url: button.url.clone() }
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
    fn what_is_shown_comes_with_addresses_that_a_window_can_ask_for() {
        let commands = r#"[{"say":{"id":1,"locale":"en-US","parts":[
            {"cards":[{"title":"Small","image":{"url":"s.png","alt":"A pizza"},"buttons":[{"id":"small","label":"Small"},{"label":"More","url":"https://x.example"}]}]},
            {"image":{"url":"https://x.example/i.png","alt":""}},{"file":{"url":"menu.pdf","name":"Menu"}},
            {"location":{"latitude":"48.2","longitude":"16.3","name":"Shop"}},{"links":[{"label":"Call","url":"tel:+431"}]}]}},
            {"listen":{"id":2,"choices":[{"id":"small","label":"Small"}]}}]"#;
        let start = r#"{"start":{"session":"c","channel":"webchat"}}"#;
        let page = page(&[entry(1, start, commands, None)], "shop", 0);
        let message = serde_json::to_value(&page.messages[0]).expect("a message is plain data");
        let expected = serde_json::json!([
            { "cards": [{ "title": "Small", "image": { "url": "/chat/v1/media/shop/s.png", "alt": "A pizza" },
                "buttons": [{ "id": "small", "label": "Small" }, { "label": "More", "url": "https://x.example" }] }] },
            { "image": { "url": "https://x.example/i.png", "alt": "" } },
            { "file": { "url": "/chat/v1/media/shop/menu.pdf", "name": "Menu" } },
            { "location": { "latitude": "48.2", "longitude": "16.3", "name": "Shop" } },
            { "links": [{ "label": "Call", "url": "tel:+431" }] },
        ]);
        assert_eq!(message["parts"], expected);
        assert_eq!(message["choices"], serde_json::json!([{ "id": "small", "label": "Small" }]));
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

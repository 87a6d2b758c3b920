//! A visitor of a web chat, over REST.

use crate::eventually;
use crate::http::{Answer, request};
use crate::server::Server;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A conversation.
pub struct Visitor {
    /// Where the server is.
    pub to: SocketAddr,
    /// The conversation's id.
    pub id: String,
    token: String,
    cursor: u64,
    sent: usize,
}

impl Visitor {
    /// Begins a conversation by a chat key.
    #[track_caller]
    pub fn new(server: &Server, key: &str, client_id: &str) -> Visitor {
        Visitor::of(server, key, client_id, client_id)
    }

    /// Begins a conversation of a contact who may have had others.
    #[track_caller]
    pub fn of(server: &Server, key: &str, client_id: &str, contact: &str) -> Visitor {
        Visitor::start(server, &json!({ "key": key, "client_id": client_id, "contact": { "id": contact } }))
    }

    /// Begins a conversation with a flow that no key leads to.
    #[track_caller]
    pub fn with(server: &Server, flow: &str, client_id: &str) -> Visitor {
        Visitor::start(server, &json!({ "flow": flow, "client_id": client_id, "contact": { "id": client_id } }))
    }

    #[track_caller]
    fn start(server: &Server, body: &Value) -> Visitor {
        let started = server.post("/chat/v1/conversations", body).ok();
        let text = |name: &str| started[name].as_str().expect("a start has it").to_owned();
        let (id, token) = (text("conversation"), text("token"));
        Visitor { to: server.http, id, token, cursor: 0, sent: 0 }
    }

    /// Sends `{"text": …}` or `{"button": …}` under an id of its own. Fails when nobody answers.
    pub fn send(&self, client_id: &str, mut message: Value) -> std::io::Result<Answer> {
        message["client_id"] = client_id.into();
        request(self.to, "POST", &self.at("messages"), Some(&self.token), Some(&message))
    }

    /// Messages after a cursor.
    pub fn messages(&self, after: u64, wait_s: u64) -> std::io::Result<Answer> {
        let path = format!("{}?after={after}&wait={wait_s}", self.at("messages"));
        request(self.to, "GET", &path, Some(&self.token), None)
    }

    /// Says something: a button where the words begin with `#`, a text otherwise.
    #[track_caller]
    pub fn say(&mut self, words: &str) {
        self.sent += 1;
        let message = match words.strip_prefix('#') {
            Some(button) => json!({ "button": button }),
            None => json!({ "text": words }),
        };
        self.send(&format!("m{}", self.sent), message).expect("the server answers").ok();
    }

    /// Reads until the flow has said something that contains these words.
    #[track_caller]
    pub fn hear(&mut self, words: &str) {
        let (mut heard, end) = (Vec::new(), Instant::now() + Duration::from_secs(60));
        loop {
            let page = self.messages(self.cursor, 5).expect("the server answers").ok();
            for message in page["messages"].as_array().expect("a page has messages") {
                self.cursor = message["cursor"].as_u64().expect("a message has a place");
                let text = spoken(message);
                let found = message["from"] == "flow" && text.contains(words);
                heard.push(text);
                if found {
                    return;
                }
            }
            assert!(page["ended"] != true, "it is over and {words:?} was not said, but {heard:?}");
            assert!(Instant::now() < end, "{words:?} was not said within 60 s, but {heard:?}");
        }
    }

    /// Waits for the end; the reason.
    #[track_caller]
    pub fn ended(&self) -> String {
        eventually("the end", Duration::from_secs(60), || {
            let page = self.messages(self.cursor, 5).expect("the server answers").ok();
            (page["ended"] == true).then(|| page["reason"].as_str().unwrap_or_default().to_owned())
        })
    }

    /// Ends the conversation from this side.
    #[track_caller]
    pub fn leave(&self) {
        let answer = request(self.to, "POST", &self.at("end"), Some(&self.token), None).expect("the server answers");
        assert_eq!(answer.status, 204, "{}", answer.text);
    }

    fn at(&self, what: &str) -> String {
        format!("/chat/v1/conversations/{}/{what}", self.id)
    }
}

/// The words of a message.
pub fn spoken(message: &Value) -> String {
    let parts = message["parts"].as_array().cloned().unwrap_or_default();
    let cards = parts.iter().filter_map(|part| part["cards"].as_array()).flatten();
    let cards = cards.flat_map(|card| [&card["title"], &card["text"]]);
    parts.iter().map(|part| &part["text"]).chain(cards).filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
}

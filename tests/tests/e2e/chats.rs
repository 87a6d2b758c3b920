//! A visitor in the chat of every example that has one.

use offhook_tests::chat::Visitor;
use offhook_tests::server::{Place, Server};

/// What is said, and what must then be heard.
type Lines<'a> = &'a [(&'a str, &'a str)];

/// Chats, and replays what came of it. Without a reason it is the visitor who ends it.
#[track_caller]
fn converse(server: &Server, key: &str, greeting: &str, lines: Lines<'_>, reason: Option<&str>) {
    let mut visitor = Visitor::new(server, key, &format!("visitor-{key}"));
    visitor.hear(greeting);
    for (say, hear) in lines {
        visitor.say(say);
        visitor.hear(hear);
    }
    match reason {
        Some(reason) => assert_eq!(visitor.ended(), reason, "{key}"),
        None => visitor.leave(),
    }
    let ended = visitor.ended();
    assert!(!server.replayed(&visitor.id).is_empty(), "{key} ended with {ended}");
}

#[test]
fn every_example_chats() {
    let place = Place::new();
    let server = place.serve();
    let table: &[(&str, &str, Lines<'_>, Option<&str>)] = &[
        (
            "clinic",
            "What can we do for you?",
            &[
                ("#book", "What is the telephone number"),
                ("+1 555 123 0001", "For which day"),
                ("12/03/2090", "Morning or afternoon?"),
                ("#afternoon", "You are booked with Dr. Lindqvist"),
            ],
            Some("completed"),
        ),
        (
            "pizza",
            "Which pizza would you like?",
            &[
                ("the spicy one please", "Medium, or large"),
                ("#medium", "How many"),
                ("1", "Anything else?"),
                ("#done", "Shall I send that to the kitchen?"),
                ("yes", "Where shall we bring it?"),
                ("12 Harbor Street", "at which number"),
                ("555 123 0001", "Is that right?"),
                ("yes", "A17"),
            ],
            Some("ordered"),
        ),
        (
            "bank",
            "eight-digit account number",
            &[
                ("12345678", "telephone PIN"),
                ("1111", "do not belong together"),
                ("12345678", "telephone PIN"),
                ("2468", "Good day, Ann Miller."),
                ("#balance", "1,204.50"),
                ("#movements", "Harbor Market"),
                ("#done", "Thank you for banking"),
            ],
            Some("completed"),
        ),
        (
            "delivery",
            "What is your order number?",
            &[("482910", "I do not find"), ("482914", "J. Doe signed"), ("#done", "Enjoy your parcel")],
            Some("completed"),
        ),
        (
            "survey",
            "One question about our service",
            &[("5", "What did we do well"), ("All of it.", "Thank you for your time")],
            Some("completed"),
        ),
        (
            "help",
            "For English",
            &[("#english", "How can I help you?"), ("#hours", "Monday to Saturday"), ("repeat", "How can I help you?")],
            None,
        ),
        ("ayuda", "Para español", &[("#spanish", "¿")], None),
        (
            "orders",
            "If you have a customer number",
            &[
                ("20415", "What would you like to do?"),
                ("#order", "Which pizza would you like?"),
                ("#funghi", "Medium, or large"),
            ],
            None,
        ),
        (
            "password",
            "Which e-mail address",
            &[
                ("nobody", "does not look like"),
                ("ana@example.com", "Is that right?"),
                ("yes", "a message with a link"),
            ],
            None,
        ),
    ];
    for (key, greeting, lines, reason) in table {
        converse(&server, key, greeting, lines, *reason);
    }
    let entries = std::fs::read_to_string(place.flows().join("offhook.toml")).expect("it was copied");
    let keys = entries
        .lines()
        .filter_map(|line| line.strip_prefix("chat = \"")?.strip_suffix('"'))
        .filter(|key| *key != "parrot");
    let untested: Vec<&str> = keys.filter(|key| !table.iter().any(|row| row.0 == *key)).collect();
    assert!(untested.is_empty(), "nobody chats with {untested:?}");
    server.stop();
}

#[test]
fn a_pin_stays_a_secret() {
    let place = Place::new();
    let server = place.serve();
    let mut visitor = Visitor::new(&server, "bank", "careful");
    visitor.hear("account number");
    visitor.say("12345678");
    visitor.hear("PIN");
    visitor.say("2468");
    visitor.hear("Good day");
    let journal = server.get(&format!("/api/v1/sessions/{}/journal", visitor.id));
    let shown = visitor.messages(0, 0).expect("the server answers");
    for (where_, text) in [("the journal", &journal.text), ("the chat", &shown.text), ("the log", &place.log())] {
        assert!(!text.contains("2468"), "the PIN is in {where_}: {text}");
        assert!(!text.contains("demo-key"), "a secret is in {where_}: {text}");
    }
    assert!(journal.text.contains("12345678"), "the account is no secret: {}", journal.text);
    server.stop();
}

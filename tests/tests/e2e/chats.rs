//! A visitor in the chat of every example that has one.

use offhook_tests::chat::Visitor;
use offhook_tests::eventually;
use offhook_tests::server::{Place, Server};
use serde_json::json;
use std::time::Duration;

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
        (
            "hotel",
            "When would you like to come",
            &[
                ("12/12/2090, 3 nights, 2 guests", "Which room"),
                ("a question", "What would you like to know?"),
                ("#pets", "Dogs and cats"),
                ("#double", "Is that right?"),
                ("no, 2 nights", "2 nights from Tuesday"),
                ("yes", "259.00"),
                ("#book", "What is your name"),
                ("Ann Miller", "Which mobile number"),
                ("+1 555 123 0001", "LV482"),
            ],
            Some("booked"),
        ),
        (
            "claim",
            "is anybody hurt?",
            &[
                ("no", "policy number"),
                ("12345678", "On which day"),
                ("11/11/2025", "Where did it happen?"),
                ("Springfield", "What happened?"),
                ("Somebody drove into my door.", "Can your Golf"),
                ("yes", "C-1041"),
            ],
            Some("reported"),
        ),
        (
            "outage",
            "postal code",
            &[
                ("60601", "1,240 homes"),
                ("#please", "Which mobile number"),
                ("+1 555 123 0001", "You have a message from us"),
            ],
            Some("informed"),
        ),
        // What it costs stands in a table, what is taken from it in another system.
        (
            "pharmacy",
            "prescription number",
            &[("482914", "date of birth"), ("12/12/1985", "$12.40"), ("#prepare", "You have 1 refill left")],
            Some("ordered"),
        ),
        (
            "it",
            "What is it about?",
            &[
                ("#computer", "What exactly is wrong?"),
                ("My screen flickers.", "Can you work"),
                ("yes", "T512"),
                ("no", "have a good day"),
            ],
            Some("completed"),
        ),
        (
            "museum",
            "For which day",
            &[
                ("2 adults and 3 children on 12/12/2090", "€32.00 with a family ticket"),
                ("#buy", "Please pay here"),
                ("#done", "Your 5 tickets"),
            ],
            Some("sold"),
        ),
        // A real database answers.
        (
            "leave",
            "employee number",
            &[
                ("E1024", "PIN"),
                ("1111", "do not belong together"),
                ("e1024", "PIN"),
                ("2468", "Hello, Ann Miller."),
                ("#planned", "From Feb 4, 2030 to Feb 8, 2030."),
                ("#done", "You are signed out."),
            ],
            Some("completed"),
        ),
        (
            "subscription",
            "Which e-mail address",
            &[
                ("ann@example.com", "May I ask why?"),
                ("#content", "Shall I cancel it now?"),
                ("yes", "you have that in writing"),
            ],
            Some("cancelled"),
        ),
        (
            "admissions",
            "What would you like to know?",
            &[
                ("#programs", "These programs begin"),
                ("#back", "What would you like to know?"),
                ("#brochure", "Here you are."),
                ("#done", "Good luck"),
            ],
            Some("completed"),
        ),
        (
            "admissions-ar",
            "ماذا تود أن تعرف؟",
            &[("#visit", "نرحب بالمتقدمين"), ("#done", "بالتوفيق")],
            Some("completed"),
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

#[test]
fn who_is_too_fast_is_told_when_to_come_back() {
    let mut place = Place::new();
    place.set("OFFHOOK_LIMITS__CHAT_MESSAGES_PER_SECOND", "1");
    let server = place.serve();
    let visitor = Visitor::new(&server, "parrot", "hasty");
    let mut sent = 0;
    let mut send = || {
        sent += 1;
        visitor.send(&format!("m{sent}"), json!({ "text": "quick" })).expect("the server answers")
    };
    // Two at once are the most that may be sent; the machine may be slow, so that one or two more are.
    let refused = eventually("to be too fast", Duration::from_secs(60), || {
        let answer = send();
        (answer.status != 202).then_some(answer)
    });
    // RFC 6585 §4, RFC 9110 §10.2.3.
    assert_eq!((refused.status, refused.retry_after_s), (429, Some(1)), "{}", refused.text);
    eventually("to be let in again", Duration::from_secs(60), || (send().status == 202).then_some(()));
    server.stop();
}

//! What talks cannot show: the flags of commands, several keys in one event, events that come late, and how little is kept
//! while a session waits.

use offhook_builtins::catalog;
use offhook_runtime::flow_schemas::read_flow;
use offhook_runtime::{
    Card, CardButton, Choice, Command, ConnectMode, Event, FlowSource, Image, Limits, Listen, Part, Program, Record,
    Say, Session, Start, Value, compile,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;

const NOW_MS: i64 = 1_795_424_400_000;

fn program(vars: &Json, nodes: &Json) -> Program {
    let start = nodes.as_object().and_then(|nodes| nodes.keys().next()).expect("there is a node").clone();
    let flow = json!({ "offhook": 1, "id": "t", "kind": "ivr", "vars": vars, "start": start, "nodes": nodes });
    let read = read_flow("t.json", flow.to_string().as_bytes());
    let document = Arc::new(read.document.expect("the flow reads"));
    let compiled = compile(&[FlowSource { document, texts: Vec::new(), version: 1 }], &catalog(), &Limits::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    compiled.program("t").expect("the flow runs")
}

struct Line {
    program: Program,
    session: Session,
    now_ms: i64,
    commands: Vec<Command>,
}

impl Line {
    fn on(channel: &str, vars: &Json, nodes: &Json) -> Self {
        let program = program(vars, nodes);
        let start = Start { session: "s".into(), channel: channel.into(), ..Start::default() };
        let (session, turn) = Session::start(&program, &start, NOW_MS).expect("it begins");
        Line { program, session, now_ms: NOW_MS, commands: turn.commands }
    }

    fn happens(&mut self, event: &Event) -> &mut Self {
        self.commands = self.session.handle(&self.program, event, self.now_ms).commands;
        self
    }

    fn keys(&mut self, keys: &str) -> &mut Self {
        self.happens(&Event::Keys(keys.into()))
    }

    fn wakes_in(&self) -> Option<i64> {
        self.session.wakes_at(&self.program).map(|at| at - self.now_ms)
    }

    fn variable(&self, name: &str) -> Value {
        self.session.look_up(&self.program, name).expect("the variable is declared")
    }

    fn node(&self) -> &str {
        self.session.position(&self.program).1
    }

    fn listens(&self) -> &Listen {
        let found = self.commands.iter().find_map(|command| match command {
            Command::Listen(listen) => Some(listen),
            _ => None,
        });
        found.expect("it listens")
    }

    fn says(&self) -> &Say {
        let found = self.commands.iter().find_map(|command| match command {
            Command::Say(say) => Some(say),
            _ => None,
        });
        found.expect("it says something")
    }

    /// What the node keeps while it waits.
    fn kept(&self) -> Json {
        let saved: Json = serde_json::from_str(&self.session.save(&self.program)).expect("a saved session is JSON");
        saved.pointer("/frames/0/local").cloned().unwrap_or_default()
    }
}

#[test]
fn the_flags_of_commands_are_the_parameters() {
    let nodes = json!({
        "a": { "type": "say", "text": "Ringing.", "barge_in": false, "early_media": true, "next": "b" },
        "b": { "type": "ask", "text": "PIN?", "expects": "digits", "keys": { "max": 6 }, "barge_in": false, "sensitive": true, "next": "end" },
    });
    let line = Line::on("voice", &json!({}), &nodes);
    let says: Vec<(bool, bool)> = line
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Say(say) => Some((say.barge_in, say.early)),
            _ => None,
        })
        .collect();
    assert_eq!(says, [(false, true), (false, false)]);
    let listen = line.listens();
    assert_eq!((listen.max_keys, listen.expects.as_str(), listen.sensitive), (6, "digits", true));
}

#[test]
fn a_menu_gives_its_choices_to_the_channel() {
    let nodes = json!({ "m": { "type": "menu", "text": "?", "choices": [
        { "id": "find-patient", "keys": "12", "phrases": ["find", "patient"], "next": "end" },
        { "id": "x", "label": "No. {{ 40 + 2 }}", "next": "end" },
    ] } });
    let line = Line::on("webchat", &json!({}), &nodes);
    assert_eq!(
        line.listens().choices,
        [
            Choice {
                id: "find-patient".into(),
                label: "Find patient".into(),
                keys: "12".into(),
                phrases: vec!["find".into(), "patient".into()]
            },
            Choice { id: "x".into(), label: "No. 42".into(), ..Choice::default() },
        ]
    );
    assert_eq!(line.listens().max_keys, 2);
    assert!(line.says().barge_in);
}

#[test]
fn a_card_is_a_card_only_where_it_can_be_shown() {
    let nodes = json!({ "s": { "type": "show", "text": "Look.", "card": {
        "title": "Small", "text": "For {{ 1 + 1 }}", "image": { "url": "s.png", "alt": "A pizza" },
        "buttons": [{ "id": "order", "label": "Order", "next": "end" }, { "label": "More", "url": "https://shop.example" }],
    } } });
    let parts = |channel: &str| Line::on(channel, &json!({}), &nodes).says().parts.clone();
    let card = Card {
        title: "Small".into(),
        text: "For 2".into(),
        image: Some(Image { url: "s.png".into(), alt: "A pizza".into() }),
        buttons: vec![
            CardButton { id: "order".into(), label: "Order".into(), url: String::new() },
            CardButton { id: String::new(), label: "More".into(), url: "https://shop.example".into() },
        ],
    };
    assert_eq!(parts("webchat"), [Part::Text("Look.".into()), Part::Cards(vec![card])]);
    let heard = [Part::Text("Look.".into()), Part::Text("Small. For 2. Order.".into())];
    assert_eq!(parts("voice"), heard);
    assert_eq!(parts("video"), heard);
    let read = "Small\nFor 2\n- Order\nMore: https://shop.example";
    assert_eq!(parts("messaging"), [Part::Text("Look.".into()), Part::Text(read.into())]);
}

#[test]
fn the_keys_of_an_entry_are_as_many_as_its_type_or_its_author_says() {
    for (ask, max_keys) in [
        (json!({ "expects": "date" }), 8),
        (json!({ "expects": "bool" }), 1),
        (json!({ "expects": "email" }), 0),
        (json!({ "expects": "digits" }), 64),
        (json!({ "expects": "digits", "validate": { "max_length": 4 } }), 4),
        (json!({ "expects": "int", "keys": { "max": 2 } }), 2),
    ] {
        let mut ask = ask;
        for (key, value) in [("type", "ask"), ("text", "?"), ("next", "end")] {
            ask[key] = value.into();
        }
        let line = Line::on("voice", &json!({}), &json!({ "a": ask }));
        assert_eq!(line.listens().max_keys, max_keys, "{ask}");
    }
}

#[test]
fn keys_of_one_event_go_as_far_as_they_reach() {
    let menu =
        |next: &str| json!({ "type": "menu", "text": "?", "choices": [{ "id": "go", "keys": "1", "next": next }] });
    let nodes = json!({
        "one": menu("two"),
        "two": menu("pin"),
        "pin": { "type": "ask", "text": "PIN?", "expects": "digits", "keys": { "max": 4 }, "save": "pin", "next": "last" },
        "last": { "type": "listen", "text": "Last." },
    });
    let mut line = Line::on("voice", &json!({ "pin": "" }), &nodes);
    line.keys("1112");
    assert_eq!((line.node(), line.wakes_in()), ("pin", Some(3_000)), "two menus, then the entry has begun");
    assert!(
        !line.commands.iter().any(|command| matches!(command, Command::Say(_))),
        "nothing is said to who types ahead"
    );
    line.keys("34#5");
    assert_eq!((line.node(), line.variable("pin")), ("last", Value::text("1234")));
}

#[test]
fn keys_after_one_that_is_no_answer_are_dropped() {
    let nodes = json!({
        "m": { "type": "menu", "text": "?", "choices": [{ "id": "go", "keys": "1", "next": "end" }] },
    });
    let mut line = Line::on("voice", &json!({}), &nodes);
    line.keys("91");
    assert_eq!(line.node(), "m");
    assert_eq!(line.session.ended(), None);
}

#[test]
fn silence_counts_from_the_end_of_the_last_prompt() {
    let nodes = json!({ "a": { "type": "ask", "text": "?", "expects": "int", "timeout": "7s", "next": "end" } });
    let mut line = Line::on("voice", &json!({}), &nodes);
    let first = line.listens().id;
    assert_eq!(line.wakes_in(), None);
    line.happens(&Event::Listening(first));
    assert_eq!(line.wakes_in(), Some(7_000));
    line.happens(&Event::Speech(offhook_runtime::Speech { text: "hm".into(), confidence: None }));
    let second = line.listens().id;
    assert_eq!(line.wakes_in(), None);
    line.happens(&Event::Listening(first));
    assert_eq!(line.wakes_in(), None, "the end of an earlier prompt says nothing about this one");
    line.happens(&Event::Listening(second));
    assert_eq!(line.wakes_in(), Some(7_000));
    line.keys("4");
    assert_eq!(line.wakes_in(), Some(3_000));
}

#[test]
fn where_prompts_are_read_silence_counts_at_once() {
    let nodes = json!({ "a": { "type": "listen", "text": "?", "timeout": "1m", "next": "end" } });
    assert_eq!(Line::on("webchat", &json!({}), &nodes).wakes_in(), Some(60_000));
    let nodes = json!({ "a": { "type": "listen", "text": "?", "next": "end" } });
    assert_eq!(Line::on("webchat", &json!({}), &nodes).wakes_in(), None);
}

#[test]
fn a_form_takes_keys_for_one_slot_after_the_other_and_bounds_what_is_taken_back() {
    let nodes = json!({ "f": { "type": "form", "confirm": {}, "slots": [
        { "id": "a", "text": "A?", "expects": "int", "keys": { "max": 2 } },
        { "id": "b", "text": "B?", "choices": [{ "id": "x", "keys": "1" }, { "id": "y", "keys": "2" }] },
        { "id": "pin", "text": "PIN?", "expects": "digits", "sensitive": true, "validate": { "max_length": 4 } },
    ], "next": "end" } });
    let mut line = Line::on("voice", &json!({}), &nodes);
    assert_eq!((line.listens().max_keys, line.listens().expects.as_str()), (2, "int"));
    line.keys("421");
    assert_eq!((line.listens().max_keys, line.listens().sensitive), (4, true), "two slots by three keys");
    line.keys("1234");
    assert!(matches!(&line.says().parts[..], [Part::Text(text)] if text.starts_with("A: 42. B: X. If")), "no PIN");
    for _ in 0..10 {
        // No; the first one; its value anew.
        line.keys("2").keys("1").keys("42");
        if line.session.ended().is_some() {
            break;
        }
    }
    assert_eq!(line.session.ended(), Some("error"), "who never agrees is not asked for ever");
}

#[test]
fn little_is_kept() {
    let menu =
        json!({ "m": { "type": "menu", "text": "?", "choices": [{ "id": "go", "keys": "12", "next": "end" }] } });
    let mut chat = Line::on("webchat", &json!({}), &menu);
    assert_eq!(chat.kept(), Json::Null);
    chat.happens(&Event::Text("hm".into()));
    assert_eq!(chat.kept(), json!([0, 1]));
    let mut call = Line::on("voice", &json!({}), &menu);
    assert_eq!(call.kept(), json!(call.listens().id));
    call.keys("1");
    assert_eq!(call.kept(), json!([2, 0, "1"]));
    let listen = json!({ "l": { "type": "listen", "next": "end" } });
    assert_eq!(Line::on("messaging", &json!({}), &listen).kept(), Json::Null);
}

#[test]
fn a_recording_has_its_bounds() {
    let nodes = json!({ "r": { "type": "record", "text": "Speak.", "max": "10s", "silence": "2s", "terminators": "*", "beep": false, "next": "end" } });
    let mut line = Line::on("voice", &json!({}), &nodes);
    let Some(Command::Record(record)) = line.commands.last() else { panic!("{:?}", line.commands) };
    let expected = Record { id: record.id, max_ms: 10_000, silence_ms: 2_000, terminators: "*".into(), beep: false };
    assert_eq!(*record, expected);
    let recorded = |id| {
        Event::Recorded(offhook_runtime::Recorded {
            id,
            media: "a.wav".into(),
            duration_ms: 5_000,
            ended_by: "key".into(),
        })
    };
    let id = record.id;
    line.happens(&recorded(id + 7));
    assert_eq!(line.session.ended(), None, "another recording is not this one");
    line.happens(&recorded(id));
    assert_eq!(line.session.ended(), Some("completed"));
}

#[test]
fn a_request_has_everything_and_no_secret() {
    let flow = json!({
        "offhook": 1, "id": "t", "kind": "ivr", "secrets": ["KEY"], "vars": { "name": "Ann Lee" }, "start": "h",
        "nodes": { "h": { "type": "http", "next": "end", "request": {
            "post": "https://x.example/a?b=1", "query": { "name": "= name", "none": null }, "json": { "n": "= 1 + 1" },
            "headers": { "Authorization": "Bearer {{ secrets.KEY }}" }, "timeout": "4s",
        } } },
    });
    let read = read_flow("t.json", flow.to_string().as_bytes());
    let source =
        FlowSource { document: Arc::new(read.document.expect("the flow reads")), texts: Vec::new(), version: 1 };
    let compiled = compile(&[source], &catalog(), &Limits::default());
    let program = compiled.program("t").unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let (session, turn) =
        Session::start(&program, &Start { session: "s".into(), channel: "voice".into(), ..Start::default() }, NOW_MS)
            .expect("it begins");
    let [Command::Call(call)] = turn.commands.as_slice() else { panic!("{:?}", turn.commands) };
    assert_eq!((call.service.as_str(), call.node.as_str(), call.timeout_ms), ("http", "h", 4_000));
    assert_eq!(session.wakes_at(&program), Some(NOW_MS + 4_000));
    let request = call.request.to_json();
    assert_eq!(request["method"], "POST");
    assert_eq!(request["url"], "https://x.example/a?b=1&name=Ann%20Lee");
    assert_eq!(request["json"], json!({ "n": 2 }));
    assert_eq!(request["timeout_ms"], 4_000);
    let header = request["headers"]["authorization"].as_str().expect("a header is a text");
    assert!(header.starts_with("Bearer ") && header.contains("KEY"), "{header:?}");
}

#[test]
fn a_transfer_says_how_long_it_may_ring() {
    let nodes = json!({ "t": { "type": "transfer", "to": "+15551230000", "mode": "attended", "timeout": "20s", "next": "end" } });
    let mut line = Line::on("voice", &json!({}), &nodes);
    let [Command::Connect(connect)] = line.commands.as_slice() else { panic!("{:?}", line.commands) };
    assert_eq!((connect.mode, connect.timeout_ms), (ConnectMode::Attended, 20_000));
    let other = offhook_runtime::Connected {
        id: connect.id + 1,
        outcome: offhook_runtime::Outcome::Busy,
        detail: String::new(),
    };
    line.happens(&Event::Connected(other));
    assert_eq!(line.session.ended(), None, "the outcome of another attempt is not this one's");
}

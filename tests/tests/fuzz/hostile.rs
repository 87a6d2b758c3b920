//! Flows that mean harm: each ends in a fault within the work of one turn, and sessions beside it go on as if it were not
//! there. Work is counted, not timed.

use offhook_builtins::catalog;
use offhook_flow_schemas::read_flow;
use offhook_runtime::{Event, FlowSource, Limits, Program, Session, Start, Turn, compile};
use serde_json::{Value as Json, json};
use std::sync::Arc;

fn program(flow: &Json) -> Program {
    under(&Limits::default(), flow)
}

fn under(limits: &Limits, flow: &Json) -> Program {
    let read = read_flow("t.json", flow.to_string().as_bytes());
    let document = Arc::new(read.document.unwrap_or_else(|| panic!("{:#?}", read.diagnostics)));
    let compiled = compile(&[FlowSource { document, texts: Vec::new(), version: 1 }], &catalog(), limits);
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    compiled.program("t").expect("the flow runs")
}

fn flow(vars: &Json, nodes: &Json) -> Json {
    let start = nodes.as_object().and_then(|nodes| nodes.keys().next()).expect("there is a node").clone();
    json!({ "offhook": 1, "id": "t", "kind": "ivr", "vars": vars, "start": start, "nodes": nodes })
}

fn begin(program: &Program) -> (Session, Turn) {
    let start = Start { session: "s".into(), channel: "webchat".into(), ..Start::default() };
    Session::start(program, &start, 0).expect("it begins")
}

fn bytes(turn: &Turn) -> usize {
    serde_json::to_string(&turn.commands).expect("commands are plain data").len()
}

/// A node that goes round with one that does the harm, so that a turn would do it hundreds of times.
fn round(harm: Json) -> Json {
    let mut harm = harm;
    harm["next"] = "again".into();
    harm["exits"] = json!({ "error": "stopped" });
    flow(
        &json!({ "n": 0, "t": "", "l": [], "big": { "type": "any" } }),
        &json!({
            "fill": { "type": "script", "script": "t = pad_left('', 60000, 'x'); l = range(0, 5000)", "next": "harm", "exits": { "error": "stopped" } },
            "harm": harm,
            "again": { "type": "branch", "cases": [{ "when": "n >= 0", "next": "harm" }], "else": "stopped" },
            "stopped": { "type": "end", "reason": "stopped" },
        }),
    )
}

#[test]
fn a_turn_of_many_evaluations_has_one_budget() {
    for (what, harm) in [
        ("loops that end just in time", json!({ "type": "script", "script": "for i in 0..15000 { n = i }" })),
        (
            "sorting again and again",
            json!({ "type": "set", "values": { "big": "= len(sort(l)) + len(sort(l)) + len(sort(l)) + len(sort(l))" } }),
        ),
        ("texts that grow", json!({ "type": "set", "values": { "big": "= [t + t, t + t]" } })),
        (
            "long prompts",
            json!({ "type": "say", "text": "{% for i in l %}{{ t }}{% if loop.index > 14 %}{% break %}{% endif %}{% endfor %}" }),
        ),
        ("long prompts without a value", json!({ "type": "say", "text": "x".repeat(60_000) })),
        ("large events", json!({ "type": "emit", "event": "e", "data": ["= t", "= t", "= t"] })),
    ] {
        // A tenth of the usual, so that a test run need not do it all.
        let program = under(&Limits { turn_work: 5_000_000, ..Limits::default() }, &round(harm));
        let (session, turn) = begin(&program);
        // By the fault's exit, or by the handler of the flow, which it has none of.
        let reason = session.ended().unwrap_or_default();
        assert!(["stopped", "error"].contains(&reason), "{what}: {reason} after {} nodes", turn.visited.len());
        let error = session.look_up(&program, "last.error.code").expect("there is an error");
        assert_eq!(error.as_text(), Some("script.limit"), "{what}");
        assert!(turn.visited.len() < 900, "{what} took {} nodes", turn.visited.len());
        assert!(bytes(&turn) < 4 << 20, "{what} gave {} bytes of commands", bytes(&turn));
    }
}

#[test]
fn what_handles_the_fault_may_still_speak() {
    let flow = json!({
        "offhook": 1, "id": "t", "kind": "ivr", "vars": { "n": 0 }, "start": "work", "interrupts": { "error": "sorry" },
        "nodes": {
            "work": { "type": "script", "script": "for i in 0..15000 { n = i }", "next": "again" },
            "again": { "type": "branch", "cases": [{ "when": "n > 0", "next": "work" }], "else": "sorry" },
            "sorry": { "type": "say", "text": "Sorry, {{ n }}.", "next": "end" },
        },
    });
    let (session, turn) = begin(&under(&Limits { turn_work: 5_000_000, ..Limits::default() }, &flow));
    assert_eq!(session.ended(), Some("completed"));
    assert!(serde_json::to_string(&turn.commands).expect("plain data").contains("Sorry, 14999."));
}

#[test]
fn a_budget_is_a_turns_own() {
    // Heavy work, but within one turn's measure, is done in every turn anew.
    let flow = flow(
        &json!({ "n": 0, "turns": 0 }),
        &json!({
            "work": { "type": "script", "script": "for i in 0..15000 { n = i } turns += 1", "next": "ask" },
            "ask": { "type": "listen", "next": "work", "exits": { "no_input": "end" } },
        }),
    );
    // One turn takes about a million.
    let program = under(&Limits { turn_work: 3_000_000, ..Limits::default() }, &flow);
    let (mut session, _) = begin(&program);
    for now_ms in 1..=6 {
        session.handle(&program, &Event::Text("more".into()), now_ms);
    }
    assert_eq!(session.look_up(&program, "turns"), Some(7.into()));
}

#[test]
fn sessions_beside_a_hostile_one_do_what_they_always_do() {
    let harm = program(&round(json!({ "type": "script", "script": "while true { n += 1 }" })));
    let plain = program(&flow(
        &json!({ "n": 0 }),
        &json!({
            "ask": { "type": "listen", "text": "{{ n }}?", "next": "count", "exits": { "no_input": "end" } },
            "count": { "type": "script", "script": "n += 1", "next": "ask" },
        }),
    ));
    let (mut alone, first) = begin(&plain);
    let mut expected = vec![first];
    for now_ms in 1..6 {
        expected.push(alone.handle(&plain, &Event::Text("x".into()), now_ms));
    }
    let (mut beside, first) = begin(&plain);
    let mut turns = vec![first];
    for now_ms in 1..6 {
        // On the same thread, with nothing in between.
        let (hostile, _) = begin(&harm);
        assert_eq!(hostile.ended(), Some("stopped"));
        turns.push(beside.handle(&plain, &Event::Text("x".into()), now_ms));
    }
    assert_eq!(turns, expected);
}

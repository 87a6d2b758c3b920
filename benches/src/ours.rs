//! The house's side of W1: the real document reader, compiler and interpreter, and a turn written down as the host does.

use crate::workload::{self, Digest, INPUTS, Sources};
use offhook_flow_schemas::{Document, read_flow};
use offhook_runtime::expr::Limits;
use offhook_runtime::{
    Catalog, Command, Compiled, Contact, Event, FlowSource, Part, Program, Session, Start, Turn, compile,
};
use offhook_server::store;
use std::sync::Arc;

/// The moment at which everything begins: 2026-11-23T09:00:00Z.
pub const BEGAN_MS: i64 = 1_795_424_400_000;

/// Milliseconds between two turns of one session.
pub const PACE_MS: i64 = 4_000;

/// Reads a document. Panics on one with mistakes: the generator writes none.
pub fn document(name: &str, text: &str) -> Document {
    let read = read_flow(name, text.as_bytes());
    assert!(!read.has_errors(), "{}", offhook_flow_schemas::render(&read.diagnostics, false));
    read.document.expect("a flow without errors is there")
}

/// Checks and compiles a document.
pub fn compiled(document: Arc<Document>, catalog: &Catalog) -> Compiled {
    let source = FlowSource { document, texts: Vec::new(), version: 1 };
    let compiled = compile(&[source], catalog, &Limits::default());
    assert!(!compiled.has_errors(), "{}", offhook_flow_schemas::render(&compiled.diagnostics, false));
    compiled
}

/// W1 as a program of one block.
pub fn program() -> Program {
    let text = workload::yaml(14, Sources::Alike);
    let compiled = compiled(Arc::new(document("menu-loop.yaml", &text)), &offhook_builtins::catalog());
    compiled.program("bench/menu-loop").expect("it compiled")
}

/// The first event of a session: a visitor of a web chat.
pub fn start(number: usize) -> Start {
    Start {
        session: format!("s_{:032x}", 0x019a_b000_0000_7000_8000_0000_0000_0000_u128 + number as u128),
        channel: "webchat".to_owned(),
        to: "bench".to_owned(),
        contact: Contact { address: format!("visitor-{number}"), ..Contact::default() },
        seed: 0x5eed + number as u64,
        ..Start::default()
    }
}

/// Begins a session.
pub fn begin(program: &Program, number: usize) -> (Session, Start, Turn) {
    let start = start(number);
    let (session, turn) = Session::start(program, &start, BEGAN_MS).expect("W1 needs no inputs");
    (session, start, turn)
}

/// The event of a turn, counted from 0.
pub fn event(turn: u64) -> Event {
    Event::Text(INPUTS[(turn % 4) as usize].to_owned())
}

/// The moment of a turn, counted from 0.
pub fn moment(turn: u64) -> i64 {
    BEGAN_MS + PACE_MS * (turn as i64 + 1)
}

/// Takes what was said into the digest.
pub fn hear(commands: &[Command], digest: &mut Digest) {
    for command in commands {
        if let Command::Say(say) = command {
            for part in &say.parts {
                if let Part::Text(text) = part {
                    digest.message(text);
                }
            }
        }
    }
}

/// A turn as the host hands it to the store.
pub fn stored(session: &Session, program: &Program, event: &Event, turn: &Turn, at_ms: i64) -> store::Turn {
    store::Turn {
        seq: i64::try_from(session.turns()).unwrap_or(i64::MAX),
        at_ms,
        event: serde_json::to_string(event).expect("an event is plain data").into(),
        commands: serde_json::to_string(&turn.commands).expect("commands are plain data").into(),
        snapshot: session.save(program).into_bytes().into(),
        wakes_at_ms: session.wakes_at(program),
        ended: session.ended().map(Into::into),
        key: None,
    }
}

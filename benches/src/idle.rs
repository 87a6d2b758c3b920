//! M3: memory of a session that waits. 100,000 sessions that were greeted and took one turn.

use crate::floor;
use crate::measure::{Row, resident};
use crate::ours;
use crate::workload::{self, Digest, INPUTS};

const SESSIONS: usize = 100_000;

/// Measures. The floor comes second, so that it does not hand freed memory to ours; each is measured once, since the
/// figure does not depend on the load of the machine.
pub fn measure(rows: &mut Vec<Row>) {
    let wanted = workload::reference(1);
    let program = ours::program();
    let mut waiting = Vec::with_capacity(SESSIONS);
    let before = resident();
    for number in 0..SESSIONS {
        let (mut session, _, first) = ours::begin(&program, number);
        let turn = session.handle(&program, &ours::event(0), ours::moment(0));
        let mut digest = Digest::new();
        ours::hear(&first.commands, &mut digest);
        ours::hear(&turn.commands, &mut digest);
        assert_eq!(digest, wanted, "wrong words: the figure is void");
        waiting.push(session);
    }
    let ours = resident().saturating_sub(before) / SESSIONS as u64;
    let saved = waiting.iter().map(|session| session.save(&program).len()).sum::<usize>() / SESSIONS;
    let graph = floor::Graph::load(&workload::floor(14));
    let mut text = String::new();
    let mut floors = Vec::with_capacity(SESSIONS);
    let before = resident();
    for number in 0..SESSIONS {
        let (mut session, mut digest) = (graph.session(), Digest::new());
        graph.advance(&mut session, None, &mut text, &mut digest);
        graph.advance(&mut session, Some(INPUTS[number % 4]), &mut text, &mut digest);
        floors.push(session);
    }
    let floor = resident().saturating_sub(before) / SESSIONS as u64;
    println!(
        "{{\"metric\":\"M3\",\"who\":\"ours\",\"sessions\":{SESSIONS},\"bytes_per_session\":{ours},\"snapshot_bytes\":{saved}}}"
    );
    println!("{{\"metric\":\"M3\",\"who\":\"floor\",\"sessions\":{SESSIONS},\"bytes_per_session\":{floor}}}");
    drop((waiting, floors));
    rows.push(Row::told("M3 floor: six variables in a vector", format!("{floor} bytes"), floor as f64 / 1024.0));
    rows.push(Row::of_limit("M3 resident bytes an idle session", format!("{ours} bytes"), ours as f64 / 1024.0));
    rows.push(Row::told("M3 snapshot of an idle session", format!("{saved} bytes"), saved as f64 / 1024.0));
}

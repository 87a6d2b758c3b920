//! M1: node executions a CPU-second, one session, in memory. The floor hashes what it says; ours also writes the event and
//! the commands down as the journal wants them, with all limits on, and once more with the snapshot of every turn.

use crate::floor;
use crate::measure::{Row, Spent, median, spent};
use crate::ours;
use crate::workload::{self, Digest, INPUTS, STEPS};
use offhook_runtime::Program;
use std::hint::black_box;

/// Turns of one round. The digest after them is known by arithmetic.
const TURNS: u64 = 40_000;

/// How much is written down.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    Nothing,
    Journal,
    JournalAndSnapshot,
}

fn run_floor(graph: &floor::Graph, turns: u64) -> (Digest, Spent) {
    let (mut session, mut text, mut digest) = (graph.session(), String::new(), Digest::new());
    graph.advance(&mut session, None, &mut text, &mut digest);
    let (steps, spent) = spent(|| {
        (0..turns).fold(0, |steps, turn| {
            steps + graph.advance(&mut session, Some(INPUTS[(turn % 4) as usize]), &mut text, &mut digest)
        })
    });
    assert_eq!(steps, turns * STEPS, "a turn is ten steps");
    (digest, spent)
}

fn run_ours(program: &Program, turns: u64, written: Written) -> (Digest, Spent) {
    let (mut session, _, first) = ours::begin(program, 0);
    let mut digest = Digest::new();
    ours::hear(&first.commands, &mut digest);
    let (steps, spent) = spent(|| {
        let mut steps = 0;
        for number in 0..turns {
            let event = ours::event(number);
            let turn = session.handle(program, &event, ours::moment(number));
            if written != Written::Nothing {
                black_box(serde_json::to_string(&event).expect("an event is plain data"));
                black_box(serde_json::to_string(&turn.commands).expect("commands are plain data"));
            }
            if written == Written::JournalAndSnapshot {
                black_box(session.save(program));
            }
            ours::hear(&turn.commands, &mut digest);
            steps += turn.visited.len() as u64;
        }
        steps
    });
    assert_eq!(steps, turns * STEPS, "a turn is ten steps");
    (digest, spent)
}

/// Measures.
pub fn measure(rounds: usize, rows: &mut Vec<Row>) {
    let (graph, program) = (floor::Graph::load(&workload::floor(14)), ours::program());
    for (turns, wanted) in workload::DIGESTS {
        for digest in [run_floor(&graph, turns).0, run_ours(&program, turns, Written::Journal).0] {
            assert_eq!(digest, Digest(wanted), "wrong words after {turns} turns");
        }
    }
    let wanted = workload::reference(TURNS);
    let mut rates: [Vec<f64>; 4] = Default::default();
    for round in 0..rounds {
        let mut line = |place: usize, who: &str, (digest, spent): (Digest, Spent)| {
            assert_eq!(digest, wanted, "wrong words: the figure is void");
            let rate = (TURNS * STEPS) as f64 / spent.cpu;
            rates[place].push(rate);
            println!(
                "{{\"metric\":\"M1\",\"who\":\"{who}\",\"round\":{round},\"turns\":{TURNS},\"cpu_s\":{:.4},\"wall_s\":{:.4},\"steps_per_cpu_s\":{rate:.0},\"digest\":\"{:016x}\"}}",
                spent.cpu, spent.wall, digest.0
            );
        };
        line(0, "floor", run_floor(&graph, TURNS));
        line(1, "journal", run_ours(&program, TURNS, Written::Journal));
        line(2, "journal+snapshot", run_ours(&program, TURNS, Written::JournalAndSnapshot));
        line(3, "interpreter alone", run_ours(&program, TURNS, Written::Nothing));
    }
    let of = |place: usize| median(rates[place].iter().zip(&rates[0]).map(|(ours, floor)| ours / floor));
    let figure = |place: usize| format!("{:.0} steps/CPU-s", median(rates[place].iter().copied()));
    rows.push(Row::told("M1 floor: lean graph with Rhai expressions", figure(0), 1.0));
    rows.push(Row::told("M1 interpreter alone, limits on", figure(3), of(3)));
    rows.push(Row::of_floor("M1 limits and journal on", figure(1), of(1), 0.5));
    rows.push(Row::of_floor("M1 limits, journal and a snapshot a turn", figure(2), of(2), 0.5));
}

/// Runs ours alone, for a profiler.
pub fn profile(turns: u64) {
    black_box(run_ours(&ours::program(), turns, Written::JournalAndSnapshot));
}

//! M5: 10,000 turns replayed from the text of their journal. Once as the host does it (entries are read and every command
//! is compared), once down to the byte (every turn's commands are written anew and compared as text). And sessions held
//! against another version, as `offhook replay --against` does, beside the plain interpreter on the same events.

use crate::measure::{Row, Spent, median, spent};
use crate::ours;
use crate::workload::{self, Digest};
use offhook_runtime::replay::{Entry, Outcome, Recording, against, replay};
use offhook_runtime::{Event, Program, Session};

const TURNS: u64 = 10_000;
const LIMIT_S: f64 = 0.2;

/// One line of a journal, as the store holds it.
struct Line {
    at_ms: i64,
    event: String,
    commands: String,
}

fn record(program: &Program) -> (Vec<Line>, Digest) {
    let (mut session, start, first) = ours::begin(program, 0);
    let mut digest = Digest::new();
    let line = |event: &Event, turn: &offhook_runtime::Turn, at_ms: i64| Line {
        at_ms,
        event: serde_json::to_string(event).expect("an event is plain data"),
        commands: serde_json::to_string(&turn.commands).expect("commands are plain data"),
    };
    ours::hear(&first.commands, &mut digest);
    let mut lines = vec![line(&Event::Start(Box::new(start)), &first, ours::BEGAN_MS)];
    for number in 0..TURNS {
        let (event, now) = (ours::event(number), ours::moment(number));
        let turn = session.handle(program, &event, now);
        ours::hear(&turn.commands, &mut digest);
        lines.push(line(&event, &turn, now));
    }
    (lines, digest)
}

fn by_command(program: &Program, lines: &[Line]) -> Spent {
    let (turns, spent) = spent(|| {
        let entries: Vec<Entry> = lines
            .iter()
            .map(|line| Entry {
                at_ms: line.at_ms,
                event: serde_json::from_str(&line.event).expect("it was written above"),
                commands: serde_json::from_str(&line.commands).expect("it was written above"),
            })
            .collect();
        replay(program, &entries).expect("the same program does the same").turns
    });
    assert_eq!(turns as u64, TURNS + 1, "every turn is replayed");
    spent
}

fn by_byte(program: &Program, lines: &[Line]) -> Spent {
    let (equal, spent) = spent(|| {
        let mut session: Option<Session> = None;
        lines.iter().all(|line| {
            let event: Event = serde_json::from_str(&line.event).expect("it was written above");
            let turn = match (&mut session, &event) {
                (Some(session), event) => session.handle(program, event, line.at_ms),
                (None, Event::Start(start)) => {
                    let (begun, turn) = Session::start(program, start, line.at_ms).expect("it began before");
                    session = Some(begun);
                    turn
                }
                (None, _) => return false,
            };
            serde_json::to_string(&turn.commands).expect("commands are plain data") == line.commands
        })
    });
    assert!(equal, "the replay wrote other bytes");
    spent
}

/// Sessions that are held against another version, and the turns of each.
const SESSIONS: usize = 200;
const SESSION_TURNS: u64 = 50;

/// Sessions as journals, each with its own seed.
fn journals(program: &Program) -> Vec<Vec<Entry>> {
    let one = |number| {
        let (mut session, start, first) = ours::begin(program, number);
        let mut journal =
            vec![Entry { at_ms: ours::BEGAN_MS, event: Event::Start(Box::new(start)), commands: first.commands }];
        for turn in 0..SESSION_TURNS {
            let (event, at_ms) = (ours::event(turn), ours::moment(turn));
            let commands = session.handle(program, &event, at_ms).commands;
            journal.push(Entry { at_ms, event, commands });
        }
        journal
    };
    (0..SESSIONS).map(one).collect()
}

/// The plain interpreter: the events go in, what comes out is dropped.
fn plain(program: &Program, journals: &[Vec<Entry>]) -> Spent {
    let (turns, spent) = spent(|| {
        let mut turns = 0;
        for journal in journals {
            let Event::Start(start) = &journal[0].event else { return 0 };
            let (mut session, _) = Session::start(program, start, journal[0].at_ms).expect("it began before");
            for entry in &journal[1..] {
                session.handle(program, &entry.event, entry.at_ms);
            }
            turns += session.turns();
        }
        turns
    });
    assert_eq!(turns, SESSIONS as u64 * (SESSION_TURNS + 1));
    spent
}

/// On its own version and on the other, everything compared.
fn on_another(own: &Program, other: &Program, journals: &[Vec<Entry>]) -> Spent {
    let (same, spent) = spent(|| {
        let is_same = |journal: &&Vec<Entry>| {
            let recording = Recording::of(own, "bench", (*journal).clone()).expect("it is its own version");
            matches!(against(Some(other), &recording), Outcome::Same { .. })
        };
        journals.iter().filter(is_same).count()
    });
    assert_eq!(same, SESSIONS, "the other version is the same flow");
    spent
}

fn measure_against(rounds: usize, program: &Program, rows: &mut Vec<Row>) {
    let other = ours::program();
    let journals = journals(program);
    let (mut seconds, mut ratios) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let (plain, against) = (plain(program, &journals), on_another(program, &other, &journals));
        println!(
            "{{\"metric\":\"M5\",\"who\":\"against\",\"round\":{round},\"sessions\":{SESSIONS},\"plain_cpu_s\":{:.4},\"cpu_s\":{:.4}}}",
            plain.cpu, against.cpu
        );
        seconds.push(against.cpu);
        ratios.push(plain.cpu / against.cpu);
    }
    let figure = format!("{:.0} sessions/CPU-s", SESSIONS as f64 / median(seconds));
    rows.push(Row::told("M5 on another version, of the plain interpreter", figure, median(ratios)));
}

/// Measures.
pub fn measure(rounds: usize, rows: &mut Vec<Row>) {
    let program = ours::program();
    let (lines, digest) = record(&program);
    assert_eq!(digest, workload::reference(TURNS), "wrong words: the figure is void");
    let mut figures: [Vec<f64>; 2] = Default::default();
    for round in 0..rounds {
        let ways = [("by command", by_command(&program, &lines)), ("by byte", by_byte(&program, &lines))];
        for (figures, (who, spent)) in figures.iter_mut().zip(ways) {
            println!(
                "{{\"metric\":\"M5\",\"who\":\"{who}\",\"round\":{round},\"turns\":{TURNS},\"cpu_s\":{:.4},\"digest\":\"{:016x}\"}}",
                spent.cpu, digest.0
            );
            figures.push(spent.cpu);
        }
    }
    for (figures, what) in figures.into_iter().zip(["every command compared", "every byte compared"]) {
        let middle = median(figures);
        let figure = format!("{middle:.3} CPU-s");
        rows.push(Row::of_limit(&format!("M5 10,000 turns replayed, {what}"), figure, middle / LIMIT_S));
    }
    measure_against(rounds, &program, rows);
}

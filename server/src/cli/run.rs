//! `offhook run`: a conversation in the terminal. The terminal is one more channel: it hands in events and shows
//! commands. Services are asked for real.

use super::{FAILED, FOUND, FlowPaths, OK, Stop, World, print};
use crate::host::now_ms;
use crate::observe::Metrics;
use crate::services::{Asker, Services};
use clap::{Args, ValueEnum};
use offhook_flow_schemas::{Diagnostic, parse_duration, render};
use offhook_runtime::{
    Command, Connected, Contact, Event, Hangup, Named, Outcome, Part, Program, Recorded, Session, Speech, Start, Turn,
    Value,
};
use std::collections::VecDeque;
use std::io::{BufRead as _, IsTerminal as _};
use tokio::sync::mpsc;

/// Arguments of `run`.
#[derive(Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    flows: FlowPaths,
    /// Which flow, by id, where there are several.
    #[arg(long)]
    flow: Option<String>,
    /// As which channel.
    #[arg(long, value_enum, default_value_t = Kind::Webchat)]
    channel: Kind,
    /// In which locale.
    #[arg(long, default_value = "")]
    locale: String,
    /// The contact's address.
    #[arg(long, default_value = "terminal")]
    from: String,
    /// An input of the flow; the value is JSON, or else a text.
    #[arg(long = "input", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Voice,
    Video,
    Webchat,
    Messaging,
}

const HELP: &str = "Type what you would say or write. On voice, digits, * and # are keys.
/keys 12#   /say words   /text words   /button id   /event name [json]   /silence 6s   /hangup   /vars   /help";

pub(super) fn run(world: &World, args: &RunArgs) -> Result<u8, Stop> {
    let project = args.flows.load(world)?;
    let id = match &args.flow {
        Some(id) => Some(id.clone()),
        None => project.files.iter().find_map(|file| Some(file.document.as_ref()?.flow.id.clone())),
    };
    let Some(program) = id.and_then(|id| project.compiled.program(&id)) else {
        let errors: Vec<Diagnostic> = project.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        eprint!("{}", render(&errors, world.colour));
        return Ok(FOUND);
    };
    let config = world.config(Vec::new())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Stop::new(FAILED, error.to_string()))?;
    let outcome = runtime.block_on(async {
        let services = Services::new(&config, None, &Metrics::new(), project.tables.clone(), None)
            .map_err(|error| Stop::new(FAILED, error.to_string()))?;
        converse(world, args, &program, services).await
    });
    // The thread that reads the terminal may still be waiting for a line.
    runtime.shutdown_background();
    outcome
}

async fn converse(world: &World, args: &RunArgs, program: &Program, services: Services) -> Result<u8, Stop> {
    let channel = match args.channel {
        Kind::Voice => "voice",
        Kind::Video => "video",
        Kind::Webchat => "webchat",
        Kind::Messaging => "messaging",
    };
    let mut start = Start {
        session: crate::host::new_id("t"),
        channel: channel.to_owned(),
        contact: Contact { address: args.from.clone(), ..Contact::default() },
        locale: args.locale.clone(),
        seed: uuid::Uuid::new_v4().as_u64_pair().0,
        ..Start::default()
    };
    for input in &args.inputs {
        let (name, value) = input
            .split_once('=')
            .ok_or_else(|| Stop::new(super::USAGE, format!("--input {input}: expected NAME=VALUE")))?;
        let value = serde_json::from_str(value).map_or_else(|_| Value::text(value), |json| Value::from_json(&json));
        start.inputs.insert(name.to_owned(), value);
    }
    let asker = Asker {
        session: start.session.clone(),
        channel,
        address: start.contact.address.clone(),
        contact: String::new(),
    };
    let (session, turn) = Session::start(program, &start, now_ms()).map_err(|fault| Stop::new(FOUND, fault.message))?;
    let (answers, mut answered) = mpsc::channel(16);
    let (typed, mut lines) = mpsc::channel::<String>(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if typed.blocking_send(line).is_err() {
                break;
            }
        }
    });
    if std::io::stdin().is_terminal() {
        print(&format!("{} ({channel}). /help tells what you can do.\n", program.entry().title));
    }
    let mut terminal = Terminal {
        world,
        program,
        session,
        asker,
        services,
        answers,
        spoken: matches!(args.channel, Kind::Voice | Kind::Video),
        soon: VecDeque::new(),
        recording: None,
    };
    terminal.show(turn);
    loop {
        while let Some(event) = terminal.soon.pop_front() {
            terminal.handle(event);
        }
        if let Some(reason) = terminal.session.ended() {
            print(&format!("— {reason}"));
            return Ok(OK);
        }
        let wakes_at = terminal.session.wakes_at(program);
        let sleep =
            wakes_at.map(|at| std::time::Duration::from_millis(at.saturating_sub(now_ms()).try_into().unwrap_or(0)));
        tokio::select! {
            Some(event) = answered.recv() => terminal.handle(event),
            line = lines.recv() => match line {
                Some(line) => terminal.line(&line),
                None => terminal.handle(Event::Hangup(Hangup::default())),
            },
            () = async {
                match sleep {
                    Some(sleep) => tokio::time::sleep(sleep).await,
                    None => std::future::pending().await,
                }
            } => terminal.handle(Event::Timer),
        }
    }
}

struct Terminal<'a> {
    world: &'a World,
    program: &'a Program,
    session: Session,
    asker: Asker,
    services: Services,
    answers: mpsc::Sender<Event>,
    spoken: bool,
    soon: VecDeque<Event>,
    recording: Option<(u64, i64)>,
}

impl Terminal<'_> {
    fn handle(&mut self, event: Event) {
        let turn = self.session.handle(self.program, &event, now_ms());
        self.show(turn);
    }

    fn show(&mut self, turn: Turn) {
        for command in turn.commands {
            match command {
                Command::Say(say) => {
                    let words: Vec<_> = say.parts.iter().map(Part::words).collect();
                    let words = words.join(" ");
                    print(&if self.world.colour { format!("\x1b[36m{words}\x1b[0m") } else { words });
                }
                Command::Listen(listen) => {
                    if !self.spoken && !listen.choices.is_empty() {
                        let buttons: Vec<String> =
                            listen.choices.iter().map(|choice| format!("[{}]", choice.label)).collect();
                        print(&format!("  {}", buttons.join(" ")));
                    }
                    if self.spoken {
                        self.soon.push_back(Event::Listening(listen.id));
                    }
                }
                Command::Record(record) => {
                    print("  (recording; type what you say)");
                    self.recording = Some((record.id, now_ms()));
                }
                Command::Call(call) => {
                    let (services, asker, answers) = (self.services.clone(), self.asker.clone(), self.answers.clone());
                    tokio::spawn(async move {
                        let event = services.perform(&asker, &call).await;
                        // The conversation may be over meanwhile.
                        let _ = answers.send(event).await;
                    });
                }
                Command::Connect(connect) => {
                    print(&format!("  (connected to {})", connect.to));
                    let outcome = Connected { id: connect.id, outcome: Outcome::Answered, detail: String::new() };
                    self.soon.push_back(Event::Connected(outcome));
                }
                Command::Note(note) => {
                    self.services.tell(self.session.id(), self.program.id(), &note);
                    print(&format!("  (event {} {})", note.name, note.data.to_json()));
                }
                Command::End(_) => {}
            }
        }
    }

    fn line(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some((id, since)) = self.recording.take() {
            let duration_ms = u64::try_from(now_ms().saturating_sub(since)).unwrap_or_default();
            let recorded = Recorded { id, media: line.to_owned(), duration_ms, ended_by: "key".to_owned() };
            return self.handle(Event::Recorded(recorded));
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let event = match word {
            "/help" => return print(HELP),
            "/vars" => {
                for (name, value) in self.session.variables(self.program) {
                    print(&format!("  {name} = {}", value.to_json()));
                }
                return;
            }
            "/keys" => Event::Keys(rest.to_owned()),
            "/say" => Event::Speech(Speech { text: rest.to_owned(), confidence: None }),
            "/text" => Event::Text(rest.to_owned()),
            "/button" => Event::Button(rest.to_owned()),
            "/hangup" => Event::Hangup(Hangup::default()),
            "/event" => {
                let (name, data) = rest.split_once(' ').unwrap_or((rest, "null"));
                let data = serde_json::from_str(data).unwrap_or(serde_json::Value::Null);
                Event::Event(Named { name: name.to_owned(), data: Value::from_json(&data) })
            }
            "/silence" => match parse_duration(rest) {
                Ok(ms) => {
                    std::thread::sleep(std::time::Duration::from_millis(ms));
                    return;
                }
                Err(error) => return print(&format!("  {error}")),
            },
            _ if self.spoken && !line.is_empty() && line.chars().all(|key| "0123456789*#".contains(key)) => {
                for key in line.chars() {
                    self.handle(Event::Keys(key.to_string()));
                }
                return;
            }
            _ if self.spoken => Event::Speech(Speech { text: line.to_owned(), confidence: None }),
            _ => Event::Text(line.to_owned()),
        };
        self.handle(event);
    }
}

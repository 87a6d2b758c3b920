//! `offhook publish | rollback | promote | releases`: what is live on a server that runs, through its API.

use super::client::Client;
use super::{Format, OK, Stop, World, print};
use clap::Args;
use offhook_editor_api::{
    CanarySetting, FlowReleases, GuardSetting, PromoteRequest, PublishRequest, ReleasePreview, RollBackRequest,
    ShadowReport, ShadowRequest, ShadowState, StopShadowRequest,
};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Which server, and who asks.
#[derive(Args)]
struct Desk {
    /// The server's address; where it is not given, the one of the configuration.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Who decides; your user name where it is not given.
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// What is new, or why.
    #[arg(long, short = 'm', value_name = "TEXT", default_value = "")]
    note: String,
}

/// Arguments of `publish`.
#[derive(Args)]
pub(super) struct PublishArgs {
    /// The flow's id.
    flow: String,
    /// When it becomes live, such as 2026-12-24T08:00:00Z; at once where it is not given.
    #[arg(long, value_name = "MOMENT", conflicts_with = "canary")]
    at: Option<String>,
    /// For this share of the contacts (percent) only; each contact stays on the same side.
    #[arg(long, value_name = "PERCENT")]
    canary: Option<u8>,
    /// Take the canary back when more than this share (percent) of its conversations ends in an error.
    #[arg(long, value_name = "PERCENT", requires = "canary")]
    guard: Option<u8>,
    /// Ended conversations from which on the guard looks.
    #[arg(long, value_name = "COUNT", requires = "guard", default_value_t = 20)]
    guard_after: u32,
    /// Publish nothing: tell who waits where, and which of the last conversations would have gone another way.
    #[arg(long)]
    preview: bool,
    /// Publish nothing: let the draft, or this release, run beside the conversations that begin from now on, and count where it would have
    /// done something else. Nothing that it asks for is done.
    #[arg(
        long,
        value_name = "RELEASE",
        num_args = 0..=1,
        require_equals = true,
        conflicts_with_all = ["at", "canary", "preview"]
    )]
    shadow: Option<Option<i64>>,
    /// End the shadow of the flow.
    #[arg(long, conflicts_with_all = ["at", "canary", "preview", "shadow"])]
    stop_shadow: bool,
    /// How many conversations a preview replays.
    #[arg(long, value_name = "COUNT", requires = "preview", default_value_t = 200)]
    sessions: usize,
    /// How many days a preview looks back.
    #[arg(long, value_name = "DAYS", requires = "preview", default_value_t = 7)]
    days: u32,
    #[command(flatten)]
    desk: Desk,
}

/// Arguments of `rollback`.
#[derive(Args)]
pub(super) struct RollBackArgs {
    /// The flow's id.
    flow: String,
    /// To this release; where it is not given: the canary goes, or else the release before becomes live.
    #[arg(long, value_name = "NUMBER")]
    to: Option<i64>,
    #[command(flatten)]
    desk: Desk,
}

/// Arguments of `releases`.
#[derive(Args)]
pub(super) struct ReleasesArgs {
    /// The flow's id.
    flow: String,
    /// Quote conversations from which the shadow diverged.
    #[arg(long)]
    examples: bool,
    #[command(flatten)]
    desk: Desk,
}

/// Arguments of `promote`.
#[derive(Args)]
pub(super) struct FlowArgs {
    /// The flow's id.
    flow: String,
    #[command(flatten)]
    desk: Desk,
}

pub(super) fn publish(world: &World, args: &PublishArgs) -> Result<u8, Stop> {
    if args.preview {
        let query = [("sessions", args.sessions.to_string()), ("days", args.days.to_string())];
        let told: ReleasePreview = ask(world, &args.desk, Method::GET, &[&args.flow, "preview"], &query, None::<&()>)?;
        match world.format {
            Format::Json => world.json(&serde_json::to_value(&told).expect("a preview is plain data")),
            _ => print(describe_preview(&told).trim_end()),
        }
        return Ok(OK);
    }
    let (author, note) = (args.desk.author(), args.desk.note.clone());
    if let Some(release) = args.shadow {
        let request = ShadowRequest { author, note, release };
        return change(world, &args.desk, Method::POST, &args.flow, &["shadow"], Some(&request));
    }
    if args.stop_shadow {
        let request = StopShadowRequest { author, note };
        return change(world, &args.desk, Method::POST, &args.flow, &["shadow", "stop"], Some(&request));
    }
    let guard = args.guard.map(|percent| GuardSetting { percent, after: args.guard_after });
    let request = PublishRequest {
        author,
        note,
        at: args.at.clone(),
        canary: args.canary.map(|percent| CanarySetting { percent, guard }),
    };
    change(world, &args.desk, Method::POST, &args.flow, &["releases"], Some(&request))
}

pub(super) fn roll_back(world: &World, args: &RollBackArgs) -> Result<u8, Stop> {
    let request = RollBackRequest { author: args.desk.author(), note: args.desk.note.clone(), to: args.to };
    change(world, &args.desk, Method::POST, &args.flow, &["rollback"], Some(&request))
}

pub(super) fn promote(world: &World, args: &FlowArgs) -> Result<u8, Stop> {
    let request = PromoteRequest { author: args.desk.author(), note: args.desk.note.clone() };
    change(world, &args.desk, Method::POST, &args.flow, &["promote"], Some(&request))
}

pub(super) fn releases(world: &World, args: &ReleasesArgs) -> Result<u8, Stop> {
    if args.examples {
        let told: ShadowReport = ask(world, &args.desk, Method::GET, &[&args.flow, "shadow"], &[], None::<&()>)?;
        match world.format {
            Format::Json => world.json(&serde_json::to_value(&told).expect("a report is plain data")),
            _ => print(format!("{}{}", describe_shadow(&told.state), describe_examples(&told.examples)).trim_end()),
        }
        return Ok(OK);
    }
    change(world, &args.desk, Method::GET, &args.flow, &["releases"], None::<&()>)
}

impl Desk {
    fn author(&self) -> String {
        let of_system = || ["USER", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        self.author.clone().or_else(of_system).unwrap_or_else(|| "command line".to_owned())
    }
}

/// Asks, and tells what is live.
fn change(
    world: &World,
    desk: &Desk,
    method: Method,
    flow: &str,
    what: &[&str],
    body: Option<&impl Serialize>,
) -> Result<u8, Stop> {
    let told: FlowReleases = ask(world, desk, method, &[&[flow], what].concat(), &[], body)?;
    match world.format {
        Format::Json => world.json(&serde_json::to_value(&told).expect("releases are plain data")),
        _ => print(describe(&told).trim_end()),
    }
    Ok(OK)
}

fn ask<T: DeserializeOwned>(
    world: &World,
    desk: &Desk,
    method: Method,
    path: &[&str],
    query: &[(&str, String)],
    body: Option<&impl Serialize>,
) -> Result<T, Stop> {
    let client = Client::new(world, desk.server.as_deref(), None)?;
    client.ask(method, &[&["flows"], path].concat(), query, body)
}

fn describe_preview(told: &ReleasePreview) -> String {
    let count = |name: &str| told.totals[name].as_u64().unwrap_or_default();
    let mut text = if told.same { format!("{}: the draft is what is live\n", told.flow) } else { String::new() };
    for change in &told.changes {
        text += &format!("{}:\n", change.flow);
        text += &match change.sentences.is_empty() {
            true => "  nobody who calls notices\n".to_owned(),
            false => change.sentences.iter().map(|sentence| format!("  {sentence}\n")).collect(),
        };
    }
    text += &offhook_flow_schemas::render(&told.rules, false);
    text += &format!(
        "{}: of the last {} conversations {} would have gone another way\n",
        told.flow,
        count("sessions"),
        count("differ")
    );
    for node in told.totals["nodes"].as_array().into_iter().flatten() {
        let (flow, name) = (node["flow"].as_str().unwrap_or_default(), node["node"].as_str().unwrap_or_default());
        text += &format!("  {flow}:{name}  {} of {} that came there\n", node["differ"], node["came"]);
    }
    for one in &told.differing {
        let word = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        text += &match one["outcome"].as_str() {
            Some("broken") => format!("  {}: {}\n", word("session"), word("message")),
            _ => format!(
                "  {} turn {}: {}\n    was {}\n    now {}\n",
                word("session"),
                one["turn"],
                word("event"),
                word("recorded"),
                word("candidate")
            ),
        };
    }
    for waiting in &told.waiting {
        let fate = match (&waiting.moves_to, &waiting.stays_because) {
            (Some(to), _) if waiting.asked_anew => format!("are asked anew at {}:{}", to.flow, to.node),
            (Some(to), _) => format!("go on at {}:{} and notice nothing", to.flow, to.node),
            (None, Some(why)) => format!("end on version {}: {why}", waiting.version),
            (None, None) => format!("end on version {}", waiting.version),
        };
        text += &format!("{} wait at {}:{} and {fate}\n", waiting.sessions, waiting.flow, waiting.node);
    }
    text
}

fn describe_shadow(told: &ShadowState) -> String {
    let what = told.release.map_or_else(|| "a draft".to_owned(), |number| format!("release {number}"));
    let mut text = match (&told.ended_at, &told.ended_because) {
        (Some(at), because) => {
            format!("{what} ran in shadow from {} to {at}: {}\n", told.since, because.as_deref().unwrap_or("it ended"))
        }
        (None, _) => format!("{what} runs in shadow since {}, beside {} conversations\n", told.since, told.following),
    };
    let failed: u64 = told.failed.values().sum();
    text += &format!(
        "  of {} conversations {} the same, {} diverged, {failed} failed",
        told.sessions, told.same, told.diverged
    );
    text += &if told.skipped == 0 { "\n".to_owned() } else { format!("; {} not followed\n", told.skipped) };
    for at in &told.nodes {
        text += &format!("  {}:{}  {} ({})\n", at.flow, at.node, at.sessions, at.kind);
    }
    for (reason, sessions) in &told.failed {
        text += &format!("  failed  {sessions} ({reason})\n");
    }
    text
}

fn describe_examples(examples: &[serde_json::Value]) -> String {
    let told = examples.iter().map(|one| {
        let word = |name: &str| one[name].as_str().unwrap_or_default();
        let at = |name: &str| one["place"][name].as_str().unwrap_or_default();
        format!(
            "  {} turn {} at {}:{}: {}\n    was {}\n    would be {}\n",
            word("session"),
            one["turn"],
            at("flow"),
            at("node"),
            word("event"),
            word("recorded"),
            word("candidate")
        )
    });
    told.collect()
}

fn describe(told: &FlowReleases) -> String {
    let mut text = match told.live {
        Some(number) => format!("{}: release {number} is live\n", told.flow),
        None => format!("{}: nothing is live\n", told.flow),
    };
    if let Some(canary) = &told.canary {
        text += &format!("release {} goes to {} % of the contacts", canary.number, canary.setting.percent);
        if let Some(guard) = canary.setting.guard {
            text += &format!(", until more than {} % of at least {} conversations fail", guard.percent, guard.after);
        }
        text.push('\n');
    }
    if let Some(next) = &told.next {
        text += &match &next.held_because {
            None => format!("release {} will be live at {}\n", next.number, next.at),
            Some(why) => format!("release {} should be live since {} and cannot run: {why}\n", next.number, next.at),
        };
    }
    if let Some(moves) = &told.moves {
        text += &match moves.done {
            true => format!("{} conversations moved to it, {} end on their version", moves.moved, moves.stayed),
            false => format!("{} conversations moved to it so far", moves.moved),
        };
        text += &if moves.failed == 0 {
            "\n".to_owned()
        } else {
            format!(", {} of them against the rules\n", moves.failed)
        };
    }
    text += &told.shadow.as_ref().map(describe_shadow).unwrap_or_default();
    for release in &told.releases {
        let here = if told.live == Some(release.number) { "*" } else { " " };
        let hash: String = release.hash.chars().take(12).collect();
        text += &format!("{here} {:>4}  {}  {hash}  {}", release.number, release.created_at, release.author);
        text += &if release.note.is_empty() { "\n".to_owned() } else { format!(": {}\n", release.note) };
    }
    text
}

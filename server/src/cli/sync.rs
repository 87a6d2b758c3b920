//! `offhook pull | push | sync`: a folder of flows and a server, three-way by node. What one side alone changed goes to the other; what both
//! changed is merged as `offhook merge` does, and what cannot be merged is marked in the folder and stays there until somebody has decided. Files
//! beside flows go as wholes.

mod assets;
mod compare;
mod one;
mod state;

use super::client::Client;
use super::{FAILED, FOUND, Format, OK, Stop, World, catalog_of, print};
use crate::folder::{self, FlowParts};
use assets::Assets;
use clap::Args;
use offhook_editor_api::{FlowFiles, Folder};
use one::{Flow, There};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use state::{Bases, Tags};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Arguments of `pull`, `push` and `sync`.
#[derive(Args)]
pub(super) struct SyncArgs {
    /// The folder of flows.
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// The server's address; where it is not given, the one of the configuration.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The server's API token; where it is not given, the one of the configuration.
    #[arg(long, value_name = "TOKEN", env = "OFFHOOK_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Only these flows, and nothing that lies beside flows.
    #[arg(long = "flow", value_name = "ID")]
    flows: Vec<String>,
    /// Where both sides have changed this file beside flows, such as tables/rates.csv: the folder's version shall be it.
    #[arg(long, value_name = "PATH")]
    ours: Vec<String>,
    /// Where both sides have changed this file beside flows: the server's version shall be it.
    #[arg(long, value_name = "PATH")]
    theirs: Vec<String>,
    /// Change nothing on either side: tell what would happen.
    #[arg(long)]
    dry_run: bool,
}

/// Which ways changes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From the server into the folder.
    Pull,
    /// From the folder to the server.
    Push,
    /// Both.
    Sync,
}

/// What happened to a file, or to a flow as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    Pulled,
    Pushed,
    Merged,
    RemovedHere,
    RemovedThere,
    Conflict,
    Kept,
    Refused,
}

impl Deed {
    fn needs_somebody(self) -> bool {
        matches!(self, Deed::Conflict | Deed::Kept | Deed::Refused)
    }
}

/// A line of what is told.
#[derive(Debug, Serialize)]
struct Told {
    deed: Deed,
    /// The flow; nothing for a file beside flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<String>,
    /// The path of a file beside flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl Told {
    fn new(deed: Deed, flow: &str, part: Option<&str>, why: Option<String>) -> Told {
        Told { deed, flow: Some(flow.to_owned()), file: None, part: part.map(str::to_owned), why }
    }

    fn file(deed: Deed, path: &str, why: Option<&str>) -> Told {
        Told { deed, flow: None, file: Some(path.to_owned()), part: None, why: why.map(str::to_owned) }
    }
}

pub(super) fn sync(world: &World, args: &SyncArgs, way: Way) -> Result<u8, Stop> {
    if !args.folder.is_dir() {
        return Err(Stop::new(FAILED, format!("{}: there is no such folder", args.folder.display())));
    }
    let at_folder = |error: std::io::Error| Stop::io(&args.folder, &error);
    if !args.dry_run {
        folder::recover(&args.folder).map_err(at_folder)?;
    }
    let client = Client::new(world, args.server.as_deref(), args.token.as_deref())?;
    let mut bases = Bases::open(&args.folder, client.base().as_str())?;
    let here = folder::all(&args.folder).map_err(at_folder)?;
    let there: Folder = client.ask(Method::GET, &["files"], &[], None::<&()>)?;
    let mut told = Vec::new();
    let mut assets = Assets::new(&client, args, way, &mut bases)?;
    assets.take(&mut bases, &mut told)?;
    let (catalog, _) = catalog_of(world, std::slice::from_ref(&args.folder))?;
    let knowledge = catalog.knowledge(None);

    let mut flows = differing(&client, &mut bases, args, &here, &there)?;
    for flow in &mut flows {
        flow.take(way, &bases, &knowledge, &args.folder, &mut told)?;
    }
    if !args.dry_run {
        write_here(&args.folder, &mut bases, &flows)?;
    }
    assets.give(&mut bases, &mut told)?;
    if way != Way::Pull {
        for flow in &mut flows {
            give(&client, &mut bases, args, flow, &mut told)?;
        }
    }
    assets.drop(&mut bases, &mut told)?;
    if !args.dry_run {
        bases.tidy();
    }
    tell(world, args, &told);
    Ok(if told.iter().any(|told| told.deed.needs_somebody()) { FOUND } else { OK })
}

/// The flows whose sides are not the same, with their texts. What is the same on both sides is agreed on.
fn differing(
    client: &Client,
    bases: &mut Bases,
    args: &SyncArgs,
    here: &[FlowParts],
    there: &Folder,
) -> Result<Vec<Flow>, Stop> {
    let mut ids: BTreeSet<String> = here.iter().map(|flow| flow.id.clone()).collect();
    ids.extend(there.flows.iter().map(|flow| flow.flow.clone()));
    ids.extend(bases.flows().cloned());
    let mut flows = Vec::new();
    for id in ids.into_iter().filter(|id| args.flows.is_empty() || args.flows.contains(id)) {
        let ours = here.iter().find(|flow| flow.id == id);
        let theirs = there.flows.iter().find(|flow| flow.flow == id);
        let our_tags = ours.map(one::tags).unwrap_or_default();
        let their_tags: Tags = theirs
            .into_iter()
            .flat_map(|flow| &flow.files)
            .map(|file| (file.part.clone(), file.etag.clone()))
            .collect();
        let there = if theirs.is_some() && our_tags != their_tags { fetch(client, &id)? } else { None };
        let same = our_tags == their_tags;
        flows.push(Flow::new(id.clone(), ours.cloned(), bases.of(&id), there, same));
    }
    Ok(flows)
}

fn fetch(client: &Client, id: &str) -> Result<Option<There>, Stop> {
    let answer = client.send(Method::GET, &["flows", id, "files"], &[], &[], None::<&()>)?;
    // It was removed since it was listed.
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let files: FlowFiles = client.read(&answer)?;
    let parts = files.files.into_iter().map(|file| {
        (
            file.head.part.clone(),
            one::File { name: file.head.name, etag: file.head.etag, bytes: file.text.into_bytes() },
        )
    });
    Ok(Some(There { path: files.path, etag: files.etag, parts: parts.collect() }))
}

/// What the folder gets from the server, together with what is agreed on by then.
fn write_here(root: &Path, bases: &mut Bases, flows: &[Flow]) -> Result<(), Stop> {
    let mut ops = Vec::new();
    let mut changed = false;
    for flow in flows {
        ops.extend(flow.ops());
        let tags = flow.base().clone();
        if bases.of(&flow.id) != tags {
            for bytes in flow.base_texts() {
                bases.keep(bytes)?;
            }
            bases.set(&flow.id, tags);
            changed = true;
        }
    }
    if changed || !ops.is_empty() {
        ops.push(bases.op());
        folder::apply(root, &ops).map_err(|error| Stop::io(root, &error))?;
    }
    Ok(())
}

/// What the server gets of a flow: all of it, or none.
fn give(
    client: &Client,
    bases: &mut Bases,
    args: &SyncArgs,
    flow: &mut Flow,
    told: &mut Vec<Told>,
) -> Result<(), Stop> {
    let Some(request) = flow.request(told) else { return Ok(()) };
    if args.dry_run {
        told.extend(request.told);
        return Ok(());
    }
    let path = ["flows", &flow.id, "files"];
    let answer = match &request.body {
        None => client.send(Method::DELETE, &path, &[], &[("if-match", &request.based_on)], None::<&()>)?,
        Some(body) if request.based_on.is_empty() => {
            client.send(Method::PUT, &path, &[], &[("if-none-match", "*")], Some(body))?
        }
        Some(body) => client.send(Method::PUT, &path, &[], &[("if-match", &request.based_on)], Some(body))?,
    };
    match answer.status {
        StatusCode::PRECONDITION_FAILED => {
            let why = "it was changed there meanwhile; run this again";
            told.push(Told::new(Deed::Refused, &flow.id, None, Some(why.to_owned())));
            return Ok(());
        }
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => {
            told.push(Told::new(Deed::Refused, &flow.id, None, Some(client.refused(&answer).message)));
            return Ok(());
        }
        status if !status.is_success() => return Err(client.refused(&answer)),
        _ => {}
    }
    told.extend(request.told);
    // Agreed on only now: whoever is killed before it finds both sides the same next time.
    flow.agree();
    for bytes in flow.base_texts() {
        bases.keep(bytes)?;
    }
    bases.set(&flow.id, flow.base().clone());
    folder::apply(&args.folder, &[bases.op()]).map_err(|error| Stop::io(&args.folder, &error))
}

fn tell(world: &World, args: &SyncArgs, told: &[Told]) {
    if world.format == Format::Json {
        world.json(&serde_json::json!({ "dry_run": args.dry_run, "changes": told }));
        return;
    }
    if told.is_empty() {
        print("the folder and the server are the same");
    }
    let words = BTreeMap::from([
        ("pulled", "pulled"),
        ("pushed", "pushed"),
        ("merged", "merged"),
        ("removed-here", "removed here"),
        ("removed-there", "removed there"),
        ("conflict", "CONFLICT"),
        ("kept", "KEPT"),
        ("refused", "NOT PUSHED"),
    ]);
    for one in told {
        let deed = serde_json::to_value(one.deed).expect("a word");
        let word = deed.as_str().and_then(|name| words.get(name)).copied().unwrap_or_default();
        let part = one.part.as_ref().map(|part| format!(" {part}")).unwrap_or_default();
        let why = one.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let would = if args.dry_run && !one.deed.needs_somebody() { "would be " } else { "" };
        let what = one.flow.as_ref().or(one.file.as_ref()).map(String::as_str).unwrap_or_default();
        print(&format!("{would}{word} {what}{part}{why}"));
    }
}

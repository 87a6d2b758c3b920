//! `offhook diff`: what differs between two versions of flows, node by node, and what that changes for callers. Versions are files, folders,
//! or `REV:PATH` of a git repository.

mod revision;

use super::{FAILED, FOUND, Format, OK, Stop, USAGE, World, catalog_of, print};
use crate::host::{FlowFile, read_folder};
use clap::Args;
use offhook_flow_schemas::diff::{Difference, Version, diff, markdown, text};
use offhook_flow_schemas::edit::{File, Files};
use offhook_flow_schemas::picture;
use offhook_runtime::{Catalog, Limits, compile};
use revision::Place;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Arguments of `diff`.
#[derive(Args)]
pub(super) struct DiffArgs {
    /// The older version: a flow file, a folder of flows, or `REV:PATH` of a git repository.
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer version, likewise.
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Where to write the result; standard output where it is not given. For SVG with several flows, a folder.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What git hands to a `diff.NAME.command` after the path: for `offhook diff --git`. The exit code is then always 0.
    #[arg(long)]
    git: bool,
    /// Further arguments of git.
    #[arg(hide = true)]
    more: Vec<String>,
}

/// The flows of one side by id.
struct Side {
    versions: BTreeMap<String, Version>,
    catalog: Catalog,
}

pub(super) fn diff_flows(world: &World, args: &DiffArgs) -> Result<u8, Stop> {
    if args.git {
        return from_git(world, args);
    }
    if !args.more.is_empty() {
        return Err(Stop::new(USAGE, "two versions can be compared, not more"));
    }
    let (old, new) = (Place::resolve(&args.old)?, Place::resolve(&args.new)?);
    let (old, new) = (read(world, old.path())?, read(world, new.path())?);
    if old.versions.is_empty() && new.versions.is_empty() {
        return Err(Stop::new(FAILED, "there is no flow on either side"));
    }
    let found = compare(&old, &new);
    tell(world, args.output.as_deref(), &old, &new, &found)?;
    Ok(if found.is_empty() { OK } else { FOUND })
}

/// Every flow that differs.
enum Found {
    Both(Difference),
    Added(String),
    Removed(String),
}

impl Found {
    fn id(&self) -> &str {
        match self {
            Found::Both(difference) => &difference.flow,
            Found::Added(id) | Found::Removed(id) => id,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Found::Both(_) => "changed",
            Found::Added(_) => "added",
            Found::Removed(_) => "removed",
        }
    }
}

/// Reads the flows of a path. Those with mistakes are compared, too, as long as they can be read at all.
fn read(world: &World, path: &Path) -> Result<Side, Stop> {
    let (files, diagnostics) = read_folder(path).map_err(|error| Stop::io(path, &error))?;
    if let Some(broken) = files.iter().find(|file| file.document.is_none()) {
        let about: Vec<_> = diagnostics.iter().filter(|found| Path::new(&found.file) == broken.path).cloned().collect();
        return Err(Stop::new(FAILED, offhook_flow_schemas::render(&about, world.colour)));
    }
    let (catalog, _) = catalog_of(world, &[path.to_owned()])?;
    let sources: Vec<_> = files.iter().filter_map(FlowFile::source).collect();
    let compiled = compile(&sources, &catalog, &Limits::default());
    let mut versions = BTreeMap::new();
    for file in &files {
        let files = beside(file)?;
        let version = Version::read(&files, |flow| compiled.facts(&flow.id).cloned().unwrap_or_default())
            .map_err(|found| Stop::new(FAILED, offhook_flow_schemas::render(&found, world.colour)))?;
        versions.insert(version.flow.id.clone(), version);
    }
    Ok(Side { versions, catalog })
}

/// A flow with its texts and its layout.
fn beside(flow: &FlowFile) -> Result<Files, Stop> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path).map_err(|error| Stop::io(path, &error))?;
        Ok(File { name: path.display().to_string(), text })
    };
    let layout = ["layout.yaml", "layout.yml", "layout.json"]
        .iter()
        .map(|ending| flow.path.with_extension(ending))
        .find(|path| path.is_file());
    let texts = flow.texts.iter().map(|texts| {
        let source = texts.tree.source();
        File { name: source.name.to_string(), text: source.text.to_string() }
    });
    Ok(Files {
        flow: read(&flow.path)?,
        layout: layout.map(|path| read(&path)).transpose()?,
        texts: texts.collect(),
        talks: Vec::new(),
    })
}

fn compare(old: &Side, new: &Side) -> Vec<Found> {
    let knowledge = new.catalog.with(old.catalog.types().iter().cloned()).knowledge(None);
    let mut found = Vec::new();
    for (id, version) in &new.versions {
        let before = old.versions.get(id).or_else(|| only(old, new));
        match before {
            None => found.push(Found::Added(id.clone())),
            Some(before) => {
                let difference = diff(before, version, &knowledge);
                if !difference.is_empty() {
                    found.push(Found::Both(difference));
                }
            }
        }
    }
    let alone = only(old, new).is_some();
    let gone = old.versions.keys().filter(|id| !alone && !new.versions.contains_key(*id));
    found.extend(gone.map(|id| Found::Removed(id.clone())));
    found
}

/// Two files are compared also when the id of the flow has changed.
fn only<'s>(old: &'s Side, new: &Side) -> Option<&'s Version> {
    (old.versions.len() == 1 && new.versions.len() == 1).then(|| old.versions.values().next()).flatten()
}

fn tell(world: &World, output: Option<&Path>, old: &Side, new: &Side, found: &[Found]) -> Result<(), Stop> {
    let told = match world.format {
        Format::Json => {
            let flows: Vec<_> = found
                .iter()
                .map(|one| match one {
                    Found::Both(difference) => {
                        serde_json::json!({ "flow": one.id(), "state": one.word(), "difference": difference })
                    }
                    _ => serde_json::json!({ "flow": one.id(), "state": one.word() }),
                })
                .collect();
            format!("{:#}\n", serde_json::json!({ "same": found.is_empty(), "flows": flows }))
        }
        Format::Svg => return draw(output, old, new, found),
        Format::Markdown => found
            .iter()
            .map(|one| match one {
                Found::Both(difference) => markdown(difference) + "\n",
                _ => format!("### `{}` ({})\n\n", one.id().replace('`', ""), one.word()),
            })
            .collect(),
        _ => found
            .iter()
            .map(|one| match one {
                Found::Both(difference) => text(difference, world.colour && output.is_none()) + "\n",
                _ => format!("{} ({})\n\n", one.id(), one.word()),
            })
            .collect(),
    };
    match output {
        Some(path) => std::fs::write(path, told).map_err(|error| Stop::io(path, &error)),
        None => {
            if !told.is_empty() {
                print(told.trim_end());
            }
            Ok(())
        }
    }
}

/// One picture; of several flows, one in each file of a folder.
fn draw(output: Option<&Path>, old: &Side, new: &Side, found: &[Found]) -> Result<(), Stop> {
    let pictures = found.iter().filter_map(|one| {
        let Found::Both(difference) = one else { return None };
        let now = new.versions.get(&difference.flow)?;
        let before = old.versions.get(&difference.flow).or_else(|| only(old, new))?;
        Some((difference.flow.clone(), picture::difference(before, now, difference)))
    });
    let pictures: Vec<(String, String)> = pictures.collect();
    match (output, pictures.as_slice()) {
        (_, []) => Ok(()),
        (None, [(_, picture)]) => {
            print(picture.trim_end());
            Ok(())
        }
        (None, _) => Err(Stop::new(USAGE, "several flows differ: `--output FOLDER` takes a picture of each")),
        (Some(path), [(_, picture)]) if !path.is_dir() => {
            std::fs::write(path, picture).map_err(|error| Stop::io(path, &error))
        }
        (Some(folder), pictures) => {
            std::fs::create_dir_all(folder).map_err(|error| Stop::io(folder, &error))?;
            for (id, picture) in pictures {
                let path = folder.join(format!("{}.svg", id.replace('/', "-")));
                std::fs::write(&path, picture).map_err(|error| Stop::io(&path, &error))?;
            }
            Ok(())
        }
    }
}

/// As git's external differ: `PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE`. What is no flow is compared line by line.
fn from_git(world: &World, args: &DiffArgs) -> Result<u8, Stop> {
    let (path, old) = (&args.old, &args.new);
    let Some(new) = args.more.get(2).map(PathBuf::from) else {
        return Err(Stop::new(USAGE, "`--git` is for `diff.NAME.command` of git, which hands over seven arguments"));
    };
    let side = |file: &Path| match file.extension() {
        // The files that git makes end as the path does; a flow that is not there is nothing.
        Some(_) if file != Path::new("/dev/null") => read(world, file).ok(),
        _ => None,
    };
    print(&format!("offhook diff {}", path.display()));
    if let (Some(before), Some(now)) = (side(old), side(&new))
        && !before.versions.is_empty()
        && !now.versions.is_empty()
    {
        let found = compare(&before, &now);
        if found.is_empty() {
            print("  the same flow, written otherwise");
        }
        tell(world, None, &before, &now, &found)?;
        return Ok(OK);
    }
    let text =
        |file: &Path| std::fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    print(offhook_flow_schemas::diff::lines(&text(old), &text(&new)).trim_end());
    Ok(OK)
}

//! `offhook merge`: git's merge driver for flows and what lies beside them. Changes to different things always merge; what both sides
//! changed is marked at its field, and `offhook check` refuses it until it is decided.

use super::fmt::write_whole;
use super::{FAILED, FOUND, Format, OK, Stop, World, catalog_of, print};
use clap::Args;
use offhook_flow_schemas::merge::{Conflict, Unmerged, lines, merge};
use std::path::{Path, PathBuf};

/// Bytes of one version. The reader of documents has a smaller limit of its own.
const FILE_BYTES: u64 = 16 << 20;

/// Arguments of `merge`.
#[derive(Args)]
pub(super) struct MergeArgs {
    /// The version that both sides come from; git's `%O`.
    base: PathBuf,
    /// Our version, which the result replaces; git's `%A`.
    ours: PathBuf,
    /// Their version; git's `%B`.
    theirs: PathBuf,
    /// What the file is called; git's `%P`. Its ending says whether it is YAML or JSON.
    #[arg(short, long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// The length of conflict markers; git's `%L`. Used only where a version cannot be read as a document.
    #[arg(short = 'L', long, value_name = "LENGTH", default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=64))]
    markers: u8,
    /// Write the result here instead.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn merge_files(world: &World, args: &MergeArgs) -> Result<u8, Stop> {
    let [base, ours, theirs] = [&args.base, &args.ours, &args.theirs].map(|path| read(path));
    let (base, ours, theirs) = (base?, ours?, theirs?);
    let path = args.path.as_ref().unwrap_or(&args.ours);
    let name = path.display().to_string();
    let around = match path.parent() {
        Some(parent) if parent.is_dir() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    // Own node types say what their parameters mean; without them, or where they cannot be read, the built-in ones do.
    let own = catalog_of(world, &[around]).ok().map(|(catalog, _)| catalog);
    let knowledge = own.as_ref().unwrap_or(&world.catalog).knowledge(None);
    let output = args.output.as_ref().unwrap_or(&args.ours);
    match merge(&name, &base, &ours, &theirs, &knowledge) {
        Ok(merged) => {
            write_whole(output, &merged.text)?;
            tell(world, &name, &merged.conflicts);
            Ok(if merged.conflicts.is_empty() { OK } else { FOUND })
        }
        Err(reason) => {
            let why = match reason {
                Unmerged::Unreadable(side, _) => format!("{side} cannot be read as a document"),
                Unmerged::CannotKeep => "no way was found to keep what both sides wrote".to_owned(),
            };
            eprintln!("offhook: {name}: {why}; merged line by line");
            let (text, clean) = lines(&base, &ours, &theirs, usize::from(args.markers));
            write_whole(output, &text)?;
            Ok(if clean { OK } else { FOUND })
        }
    }
}

fn tell(world: &World, name: &str, conflicts: &[Conflict]) {
    if world.format == Format::Json {
        world.json(&serde_json::json!({ "file": name, "conflicts": conflicts }));
        return;
    }
    for conflict in conflicts {
        print(&format!("CONFLICT {name}: {}", conflict.pointer));
    }
}

fn read(path: &Path) -> Result<String, Stop> {
    let size = std::fs::metadata(path).map_err(|error| Stop::io(path, &error))?.len();
    if size > FILE_BYTES {
        return Err(Stop::new(FAILED, format!("{}: larger than {FILE_BYTES} bytes", path.display())));
    }
    let bytes = std::fs::read(path).map_err(|error| Stop::io(path, &error))?;
    String::from_utf8(bytes).map_err(|_| Stop::new(FAILED, format!("{}: not UTF-8", path.display())))
}

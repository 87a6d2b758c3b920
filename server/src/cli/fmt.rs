//! `offhook fmt`: the canonical form of flows and of what lies beside them. A document is written only when its new text is proved to say
//! the very same, with every comment and anchor.

use super::{FAILED, FOUND, Format, OK, Stop, World, print};
use crate::host::documents;
use clap::Args;
use offhook_flow_schemas::format::{Unformatted, format};
use offhook_flow_schemas::render;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Bytes of a document that is read from standard input.
const INPUT_BYTES: u64 = 16 << 20;

/// Arguments of `fmt`.
#[derive(Args)]
pub(super) struct FmtArgs {
    /// Files, or folders of flows: in a folder flows, texts, layouts, talks and node types are formatted, and nothing else.
    #[arg(required_unless_present = "stdin", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; name what is not in canonical form, and end with exit code 1 if there is any.
    #[arg(long)]
    check: bool,
    /// Format standard input to standard output. A path says what it is called; YAML where there is none.
    #[arg(long)]
    stdin: bool,
    /// Print the canonical form and write nothing: for `diff.NAME.textconv` of git. What cannot be read is printed as it is.
    #[arg(long, conflicts_with_all = ["check", "stdin"])]
    print: bool,
}

pub(super) fn fmt(world: &World, args: &FmtArgs) -> Result<u8, Stop> {
    if args.stdin {
        return from_stdin(world, args);
    }
    if args.print {
        for path in &args.paths {
            let bytes = std::fs::read(path).map_err(|error| Stop::io(path, &error))?;
            let text = String::from_utf8_lossy(&bytes);
            let formatted = format(&path.display().to_string(), &text).unwrap_or_else(|_| text.into_owned());
            let _ = std::io::stdout().write_all(formatted.as_bytes());
        }
        return Ok(OK);
    }
    let (mut changed, mut refused, mut same) = (Vec::new(), Vec::new(), 0);
    for path in &args.paths {
        for file in documents(path).map_err(|error| Stop::io(path, &error))? {
            let bytes = std::fs::read(&file).map_err(|error| Stop::io(&file, &error))?;
            let name = file.display().to_string();
            let formatted = match std::str::from_utf8(&bytes) {
                Ok(text) => format(&name, text).map(|new| (new != text).then_some(new)),
                Err(_) => Err(Unformatted::Strange(0)),
            };
            match formatted {
                Ok(None) => same += 1,
                Ok(Some(new)) => {
                    if !args.check {
                        write_whole(&file, &new)?;
                    }
                    changed.push(name);
                }
                Err(reason) => refused.push((name, reason)),
            }
        }
    }
    if world.format == Format::Json {
        let told: Vec<_> = refused
            .iter()
            .map(|(file, reason)| serde_json::json!({ "file": file, "reason": reason.to_string() }))
            .collect();
        world.json(
            &serde_json::json!({ "changed": changed, "unchanged": same, "refused": told, "written": !args.check }),
        );
    } else {
        for file in &changed {
            print(&if args.check { format!("{file}: not in canonical form") } else { file.clone() });
        }
        for (file, reason) in &refused {
            tell(world, file, reason);
        }
        let word = if args.check { "to format" } else { "formatted" };
        print(&format!("{} {word}, {same} unchanged, {} refused", changed.len(), refused.len()));
    }
    Ok(if !refused.is_empty() || args.check && !changed.is_empty() { FOUND } else { OK })
}

fn tell(world: &World, file: &str, reason: &Unformatted) {
    match reason {
        Unformatted::Unreadable(found) => eprint!("{}", render(found, world.colour)),
        Unformatted::Strange(_) => eprintln!("{file}: {reason}"),
    }
}

fn from_stdin(world: &World, args: &FmtArgs) -> Result<u8, Stop> {
    let mut text = String::new();
    let failed = |error: std::io::Error| Stop::new(FAILED, format!("standard input: {error}"));
    std::io::stdin().take(INPUT_BYTES).read_to_string(&mut text).map_err(failed)?;
    let name = args.paths.first().map_or_else(|| "standard input.yaml".to_owned(), |path| path.display().to_string());
    match format(&name, &text) {
        Ok(new) => {
            if !args.check {
                let _ = std::io::stdout().write_all(new.as_bytes());
            }
            Ok(if args.check && new != text { FOUND } else { OK })
        }
        Err(reason) => {
            tell(world, &name, &reason);
            Ok(FOUND)
        }
    }
}

/// Replaces a file as a whole: whoever reads it meanwhile, or after a crash, finds the old text or the new one.
pub(super) fn write_whole(file: &Path, text: &str) -> Result<(), Stop> {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", std::process::id()));
    let beside = file.with_file_name(name);
    let written = std::fs::File::create(&beside).and_then(|mut new| {
        new.write_all(text.as_bytes())?;
        if let Ok(old) = std::fs::metadata(file) {
            new.set_permissions(old.permissions())?;
        }
        new.sync_all()?;
        std::fs::rename(&beside, file)
    });
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        Stop::io(file, &error)
    })
}

//! `offhook texts`: hands the texts of flows to translators, takes them back into the catalogues, and says how far each
//! locale is. A catalogue is changed only where a translation is: no other byte of it, and no comment, is touched.

mod merge;
mod status;
#[cfg(test)]
mod tests;

use super::{FAILED, FlowPaths, Format, OK, Project, Stop, USAGE, World, print};
use crate::translate::{Exchange, Translatable, is_tag, po, xliff};
use clap::{Args, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

/// Arguments of `texts`.
#[derive(Args)]
pub(super) struct TextsArgs {
    #[command(subcommand)]
    command: TextsCommand,
}

#[derive(Subcommand)]
enum TextsCommand {
    /// Write the texts of flows for translators: a file a flow and locale.
    Extract(ExtractArgs),
    /// Take translations back into the catalogues beside the flows.
    Merge(merge::MergeArgs),
    /// Say how far each locale is; exit code 1 when something is missing, stale or unused.
    Status(StatusArgs),
}

/// A format that translators use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    /// Gettext PO.
    Po,
    /// XLIFF 2.1.
    Xliff,
}

#[derive(Args)]
struct ExtractArgs {
    #[command(flatten)]
    flows: FlowPaths,
    /// The locale to translate into; all that a flow declares where it is not given.
    #[arg(long, value_name = "LOCALE")]
    locale: Vec<String>,
    /// The format of the files.
    #[arg(long, value_enum, default_value_t = FileFormat::Po)]
    to: FileFormat,
    /// The folder for the files: `FLOW.LOCALE.po`, `FLOW.LOCALE.xlf`.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Leave out what is translated and not stale.
    #[arg(long)]
    open: bool,
}

#[derive(Args)]
struct StatusArgs {
    #[command(flatten)]
    flows: FlowPaths,
    /// Only this locale.
    #[arg(long, value_name = "LOCALE")]
    locale: Vec<String>,
    /// Name every missing, stale and unused text.
    #[arg(long)]
    list: bool,
}

pub(super) fn texts(world: &World, args: &TextsArgs) -> Result<u8, Stop> {
    match &args.command {
        TextsCommand::Extract(args) => extract(world, args),
        TextsCommand::Merge(args) => merge::merge(world, args),
        TextsCommand::Status(args) => status::status(world, args),
    }
}

impl Project {
    /// The flows that could be read; catalogues do not need a flow without errors.
    fn translatable(&self) -> impl Iterator<Item = Translatable<'_>> {
        self.files.iter().filter_map(|file| {
            let document = file.document.as_deref()?;
            let fields = self.compiled.texts(&document.flow.id)?;
            Some(Translatable { document, texts: &file.texts, fields })
        })
    }
}

fn extract(world: &World, args: &ExtractArgs) -> Result<u8, Stop> {
    let project = args.flows.load(world)?;
    let mut written = Vec::new();
    for flow in project.translatable() {
        for locale in flow.locales(&args.locale) {
            if !is_tag(&locale) {
                return Err(Stop::new(USAGE, format!("`{locale}` is no language tag such as es-ES")));
            }
            let mut exchange = flow.exchange(&locale);
            if args.open {
                exchange.entries.retain(|entry| entry.needs_work || entry.target.is_none());
            }
            let (ending, text) = match args.to {
                FileFormat::Po => ("po", po::write(&exchange)),
                FileFormat::Xliff => ("xlf", xliff::write(&exchange)),
            };
            let path = args.out.join(format!("{}.{locale}.{ending}", flow.id()));
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|error| Stop::io(folder, &error))?;
            }
            std::fs::write(&path, text).map_err(|error| Stop::io(&path, &error))?;
            written.push((path, exchange.entries.len()));
        }
    }
    if world.format == Format::Json {
        let files: Vec<_> =
            written.iter().map(|(path, texts)| serde_json::json!({ "file": path, "texts": texts })).collect();
        world.json(&serde_json::json!({ "files": files }));
    } else {
        written.iter().for_each(|(path, texts)| print(&format!("{}: {texts} texts", path.display())));
        if written.is_empty() {
            print("No flow declares a second locale; `--locale` names one.");
        }
    }
    Ok(OK)
}

/// Reads a translator's file.
fn read_exchange(path: &Path) -> Result<Exchange, Stop> {
    let bytes = std::fs::read(path).map_err(|error| Stop::io(path, &error))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Stop::new(FAILED, format!("{}: the file is not UTF-8", path.display())))?;
    let read = match path.extension().and_then(|ending| ending.to_str()) {
        Some("po" | "pot") => po::read(&text),
        Some("xlf" | "xliff") => xliff::read(&text),
        _ => Err("only .po and .xlf files are read".to_owned()),
    };
    read.map_err(|what| Stop::new(FAILED, format!("{}: {what}", path.display())))
}

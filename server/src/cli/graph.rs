//! `offhook graph`: a flow as a picture.

use super::{FAILED, FOUND, FlowPaths, OK, Stop, World, print};
use clap::{Args, ValueEnum};
use offhook_flow_schemas::{Diagnostic, picture, read_layout, render};
use std::path::PathBuf;

/// Arguments of `graph`.
#[derive(Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    flows: FlowPaths,
    /// Which flow, by id, where there are several.
    #[arg(long)]
    flow: Option<String>,
    /// The kind of picture.
    #[arg(long = "as", value_enum, default_value_t = Picture::Svg)]
    picture: Picture,
    /// Where to write it; standard output where it is not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Picture {
    /// For browsers.
    Svg,
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
}

pub(super) fn graph(world: &World, args: &GraphArgs) -> Result<u8, Stop> {
    let project = args.flows.load(world)?;
    let mut candidates = project.files.iter().filter_map(|file| Some((file, file.document.as_ref()?)));
    let chosen = match &args.flow {
        Some(id) => candidates.find(|(_, document)| document.flow.id == *id),
        None => candidates.next(),
    };
    let Some((file, document)) = chosen else {
        let errors: Vec<Diagnostic> = project.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        eprint!("{}", render(&errors, world.colour));
        return Ok(FOUND);
    };
    let Some(facts) = project.compiled.facts(&document.flow.id) else {
        return Err(Stop::new(FOUND, format!("{} could not be read", document.flow.id)));
    };
    let beside = file.path.with_extension("layout.yaml");
    let layout =
        std::fs::read(&beside).ok().and_then(|bytes| read_layout(&beside.display().to_string(), &bytes).layout);
    let text = match args.picture {
        Picture::Svg => picture::svg(&document.flow, facts, layout.as_ref()),
        Picture::Mermaid => picture::mermaid(&document.flow, facts),
        Picture::Dot => picture::dot(&document.flow, facts),
    };
    match &args.output {
        Some(path) => {
            std::fs::write(path, text).map_err(|error| Stop::new(FAILED, format!("{}: {error}", path.display())))?
        }
        None => print(text.trim_end()),
    }
    Ok(OK)
}

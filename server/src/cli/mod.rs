//! The command line. Each command says what it found, for people or (with `--format json`) for machines, and ends with
//! an exit code that a script can rely on.

mod check;
mod client;
mod diff;
mod fmt;
mod graph;
mod junit;
mod keys;
mod merge;
mod people;
mod release;
mod replay;
mod run;
mod sarif;
mod secrets;
mod serve;
mod sync;
mod talk;
mod texts;

use crate::config::{Config, Flag, Sources};
use crate::services::Tables;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use offhook_flow_schemas::{Diagnostic, Severity, all_codes, explain, render, schema};
use offhook_runtime::params::ResourceKind;
use offhook_runtime::{Catalog, Compiled, Environment, Limits, compile};
use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// All went well.
pub const OK: u8 = 0;
/// The command did its work and found something wrong: errors in a flow, a talk that fails, a replay that differs.
pub const FOUND: u8 = 1;
/// The command line or the configuration is wrong.
pub const USAGE: u8 = 2;
/// A file, a port or the store failed.
pub const FAILED: u8 = 3;

/// Runs conversations: IVR, chatbots and routing as flows in YAML.
///
/// Exit codes: 0 all went well; 1 something is wrong with a flow, a talk or a replay; 2 the command line or the
/// configuration is wrong; 3 a file, a port or the store failed.
#[derive(Parser)]
#[command(name = "offhook", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The configuration; `offhook.toml` in the working folder where it is not given.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// For people or for machines.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Whether to use colour; `auto` does where the output is a terminal and NO_COLOR is not set.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For machines: one JSON document.
    Json,
    /// For a review (`diff`).
    Markdown,
    /// A picture (`diff`).
    Svg,
    /// For code scanning: SARIF 2.1.0 (`check`).
    Sarif,
    /// For CI servers: JUnit XML (`talk`).
    Junit,
}

/// When colour is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    /// Where the output is a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Subcommand)]
enum Command {
    /// Answer telephones and chats.
    Serve(serve::ServeArgs),
    /// Look for mistakes in flows.
    Check(check::CheckArgs),
    /// Compare two versions of flows; exit code 0 when they say the same, 1 when they differ.
    Diff(diff::DiffArgs),
    /// Bring flows, and what lies beside them, into their canonical form.
    Fmt(fmt::FmtArgs),
    /// Merge two versions of a document; a merge driver for git. Exit code 0 when all is merged, 1 when something must be decided.
    Merge(merge::MergeArgs),
    /// Perform talks: the tests beside the flows.
    Talk(talk::TalkArgs),
    /// Hand texts to translators, take them back, and say how far each locale is.
    Texts(texts::TextsArgs),
    /// Converse with a flow in the terminal.
    Run(run::RunArgs),
    /// Run a recorded session again and compare every command.
    Replay(replay::ReplayArgs),
    /// Publish the draft of a flow on a server that runs: at once, at a moment, or to a share of the contacts.
    Publish(release::PublishArgs),
    /// Take a canary back, or make an earlier release live again.
    Rollback(release::RollBackArgs),
    /// Make the canary of a flow live.
    Promote(release::FlowArgs),
    /// Tell what is live of a flow, and what was.
    Releases(release::ReleasesArgs),
    /// Bring what changed on a server into a folder of flows, merged by node. Exit code 0 when all is taken, 1 when something must be decided.
    Pull(sync::SyncArgs),
    /// Bring what changed in a folder of flows to a server; refused for flows that changed there, too. Exit codes as of `pull`.
    Push(sync::SyncArgs),
    /// Pull, then push: afterwards the folder and the server are the same. Exit codes as of `pull`.
    Sync(sync::SyncArgs),
    /// Make, list and remove API keys on a server that runs.
    Keys(keys::KeysArgs),
    /// Add, list, change and remove the people who sign in to a server that runs.
    People(people::PeopleArgs),
    /// Keep secrets of flows in the vault of a server that runs.
    Secrets(secrets::SecretsArgs),
    /// Print the JSON Schema of the flow document.
    Schema {
        /// Folders of flows whose own node types belong to it.
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Explain a diagnostic code; without one, list them all.
    Explain {
        /// The code, such as OH0301, or its name.
        code: Option<String>,
    },
    /// Serve an editor on standard input and output (Language Server Protocol): mistakes while typing, completion, help,
    /// going to nodes and flows, renaming, formatting.
    Lsp,
    /// Draw a flow.
    Graph(graph::GraphArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What every command is given.
struct World {
    sources: Sources,
    format: Format,
    colour: bool,
    catalog: Arc<Catalog>,
}

impl World {
    fn config(&self, flags: Vec<Flag>) -> Result<Config, Stop> {
        let sources = Sources { flags, ..self.sources.clone() };
        Config::load(&sources).map_err(|errors| Stop::new(USAGE, errors.to_string()))
    }

    /// What people call the environment of this process: its configuration.
    fn environment_name(&self) -> String {
        let file = self.sources.file.clone().unwrap_or_else(|| PathBuf::from(crate::config::DEFAULT_FILE));
        file.display().to_string()
    }

    fn limits(&self, config: &Config) -> Limits {
        Limits { operations: config.limits.script_operations, ..Limits::default() }
    }

    fn json(&self, value: &serde_json::Value) {
        print(&format!("{value:#}"));
    }
}

/// Why a command ends early.
#[derive(Debug)]
struct Stop {
    code: u8,
    message: String,
}

impl Stop {
    fn new(code: u8, message: impl Into<String>) -> Self {
        Stop { code, message: message.into() }
    }

    fn io(path: &Path, error: &std::io::Error) -> Self {
        Stop::new(FAILED, format!("{}: {error}", path.display()))
    }
}

/// Writes a line; a reader that has gone (`| head`) is no error.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // rustls asks for a provider once a process; an error would mean that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let colour = match cli.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    let world = World {
        sources: Sources { file: cli.config, ..Sources::of_process() },
        format: cli.format,
        colour,
        catalog: Arc::new(offhook_builtins::catalog()),
    };
    let known: &[Format] = match &cli.command {
        Command::Diff(_) => &[Format::Markdown, Format::Svg],
        Command::Check(_) => &[Format::Sarif],
        Command::Talk(_) => &[Format::Junit],
        _ => &[],
    };
    if !matches!(world.format, Format::Text | Format::Json) && !known.contains(&world.format) {
        eprintln!("offhook: this command does not write `{:?}`", world.format);
        return ExitCode::from(USAGE);
    }
    let outcome = match cli.command {
        Command::Serve(args) => serve::serve(&world, &args),
        Command::Check(args) => check::check(&world, &args),
        Command::Diff(args) => diff::diff_flows(&world, &args),
        Command::Fmt(args) => fmt::fmt(&world, &args),
        Command::Merge(args) => merge::merge_files(&world, &args),
        Command::Talk(args) => talk::talk(&world, &args),
        Command::Texts(args) => texts::texts(&world, &args),
        Command::Run(args) => run::run(&world, &args),
        Command::Replay(args) => replay::replay(&world, &args),
        Command::Publish(args) => release::publish(&world, &args),
        Command::Rollback(args) => release::roll_back(&world, &args),
        Command::Promote(args) => release::promote(&world, &args),
        Command::Releases(args) => release::releases(&world, &args),
        Command::Pull(args) => sync::sync(&world, &args, sync::Way::Pull),
        Command::Push(args) => sync::sync(&world, &args, sync::Way::Push),
        Command::Sync(args) => sync::sync(&world, &args, sync::Way::Sync),
        Command::Keys(args) => keys::keys(&world, &args),
        Command::People(args) => people::people(&world, &args),
        Command::Secrets(args) => secrets::secrets(&world, &args),
        Command::Schema { paths } => print_schema(&world, &paths),
        Command::Explain { code } => explain_code(&world, code.as_deref()),
        Command::Lsp => {
            crate::lsp::serve(world.catalog.clone()).map(|()| OK).map_err(|error| Stop::new(FAILED, error.to_string()))
        }
        Command::Graph(args) => graph::graph(&world, &args),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "offhook", &mut std::io::stdout());
            Ok(OK)
        }
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(stop) => {
            eprintln!("offhook: {}", stop.message.trim_end());
            ExitCode::from(stop.code)
        }
    }
}

fn print_schema(world: &World, paths: &[PathBuf]) -> Result<u8, Stop> {
    let (catalog, found) = catalog_of(world, paths)?;
    if !found.is_empty() {
        eprint!("{}", render(&found, world.colour));
    }
    print(&format!("{:#}", schema::flow_schema(&catalog.schemas())));
    Ok(if found.is_empty() { OK } else { FOUND })
}

/// The catalog with the own node types that lie beside flows.
fn catalog_of(world: &World, paths: &[PathBuf]) -> Result<(Catalog, Vec<Diagnostic>), Stop> {
    let (mut catalog, mut diagnostics) = (world.catalog.with([]), Vec::new());
    for path in paths {
        let (own, found) =
            crate::host::read_own_types(path, &Default::default()).map_err(|error| Stop::io(path, &error))?;
        catalog = catalog.with(own.into_values());
        diagnostics.extend(found);
    }
    Ok((catalog, diagnostics))
}

fn explain_code(world: &World, code: Option<&str>) -> Result<u8, Stop> {
    let Some(code) = code else {
        if world.format == Format::Json {
            let rows: Vec<_> = all_codes()
                .map(|row| serde_json::json!({ "code": row.code, "name": row.name, "title": row.title, "severity": row.severity }))
                .collect();
            world.json(&rows.into());
        } else {
            all_codes().for_each(|row| print(&format!("{}  {:24} {}", row.code, row.name, row.title)));
        }
        return Ok(OK);
    };
    let row = explain(code).ok_or_else(|| {
        let names: Vec<&str> = all_codes().map(|row| row.name).collect();
        let near = offhook_flow_schemas::nearest(code, names).map(|name| format!("; did you mean {name}?"));
        Stop::new(USAGE, format!("there is no code {code}{}", near.unwrap_or_default()))
    })?;
    if world.format == Format::Json {
        world.json(&serde_json::json!({
            "code": row.code, "name": row.name, "severity": row.severity, "title": row.title, "text": row.text,
            "wrong": row.wrong, "right": row.right
        }));
        return Ok(OK);
    }
    print(&format!("{}: {} ({})\n\n{}", row.code, row.title, row.name, row.text));
    for (title, example) in [("Wrong", row.wrong), ("Right", row.right)] {
        if !example.is_empty() {
            let indented: String = example.lines().map(|line| format!("    {line}\n")).collect();
            print(&format!("\n{title}:\n\n{}", indented.trim_end()));
        }
    }
    Ok(OK)
}

/// The flows that a command works on.
#[derive(Args)]
struct FlowPaths {
    /// Flow files, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Flows that were read and compiled.
struct Project {
    files: Vec<crate::host::FlowFile>,
    sources: Vec<offhook_runtime::FlowSource>,
    /// The node types, with those of these folders.
    catalog: Catalog,
    compiled: Compiled,
    diagnostics: Vec<Diagnostic>,
    /// The data tables beside the flows.
    tables: Tables,
}

impl Project {
    /// What these flows name and an environment does not bind.
    fn unbound(&self, mut environment: Environment) -> Vec<Diagnostic> {
        self.tables.names().into_iter().for_each(|name| environment.bind(ResourceKind::Table, name));
        environment.check(&self.sources, &self.compiled)
    }
}

impl FlowPaths {
    fn load(&self, world: &World) -> Result<Project, Stop> {
        // Limits are all that is wanted of it.
        let sources = Sources { names_only: true, ..world.sources.clone() };
        let config = Config::load(&sources).map_err(|errors| Stop::new(USAGE, errors.to_string()))?;
        let (mut files, mut diagnostics) = (Vec::new(), Vec::new());
        for path in &self.paths {
            let (found, read) = crate::host::read_folder(path).map_err(|error| Stop::io(path, &error))?;
            if found.is_empty() {
                return Err(Stop::new(FAILED, format!("{}: there is no flow here", path.display())));
            }
            files.extend(found);
            diagnostics.extend(read);
        }
        let (catalog, found) = catalog_of(world, &self.paths)?;
        diagnostics.extend(found);
        // The tables of one folder: a project is one.
        let tables = Tables::default();
        let folder = self.paths.iter().find(|path| path.join("tables").is_dir());
        diagnostics.extend(folder.map(|folder| tables.load(folder)).unwrap_or_default());
        let sources: Vec<_> = files.iter().filter_map(crate::host::FlowFile::source).collect();
        let compiled = compile(&sources, &catalog, &world.limits(&config));
        diagnostics.extend(compiled.diagnostics.iter().cloned());
        offhook_flow_schemas::sort_diagnostics(&mut diagnostics);
        Ok(Project { files, sources, catalog, compiled, diagnostics, tables })
    }
}

/// How many of each severity.
fn tally(diagnostics: &[Diagnostic]) -> (usize, usize, usize) {
    let count = |severity| diagnostics.iter().filter(|found| found.severity == severity).count();
    (count(Severity::Error), count(Severity::Warning), count(Severity::Hint))
}

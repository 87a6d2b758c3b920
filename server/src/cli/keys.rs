//! `offhook keys`: API keys of a tenant of a server that runs. A key is shown once, when it is made.

use super::client::Client;
use super::{Format, OK, Stop, World, print};
use clap::{Args, Subcommand, ValueEnum};
use offhook_editor_api::{KeyList, KeyRequest, NewKey, Scope};
use reqwest::Method;
use serde_json::json;

/// Arguments of `keys`.
#[derive(Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
    /// The server's address; where it is not given, the one of the configuration.
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// The tenant's API token, or a key with the scope `keys`; where it is not given, the token of the configuration.
    #[arg(long, global = true, value_name = "TOKEN", env = "OFFHOOK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make a key; it is shown this once.
    Create {
        /// What people call it.
        name: String,
        /// What may be done with it.
        #[arg(long = "scope", value_enum, required = true)]
        scopes: Vec<ScopeWord>,
    },
    /// Tell the keys, without their secret parts.
    List,
    /// Remove a key; it opens nothing any more.
    Remove {
        /// Its id.
        id: String,
    },
}

/// A scope as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScopeWord {
    /// Read flows, releases and the catalog; check and perform talks.
    Read,
    /// Read recorded sessions, and replay them.
    Sessions,
    /// Write and remove flows.
    Edit,
    /// Publish, roll back, promote.
    Publish,
    /// Set and remove secrets.
    Secrets,
    /// Make and remove keys.
    Keys,
    /// Add, change and remove people.
    People,
    /// Write, answer and resolve comments.
    Comment,
    /// Approve what others want to publish, or ask them for changes.
    Review,
    /// Read the audit log.
    Audit,
}

impl From<ScopeWord> for Scope {
    fn from(word: ScopeWord) -> Scope {
        match word {
            ScopeWord::Read => Scope::Read,
            ScopeWord::Sessions => Scope::Sessions,
            ScopeWord::Edit => Scope::Edit,
            ScopeWord::Publish => Scope::Publish,
            ScopeWord::Secrets => Scope::Secrets,
            ScopeWord::Keys => Scope::Keys,
            ScopeWord::People => Scope::People,
            ScopeWord::Comment => Scope::Comment,
            ScopeWord::Review => Scope::Review,
            ScopeWord::Audit => Scope::Audit,
        }
    }
}

fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

pub(super) fn keys(world: &World, args: &KeysArgs) -> Result<u8, Stop> {
    let client = Client::new(world, args.server.as_deref(), args.token.as_deref())?;
    let is_json = world.format == Format::Json;
    match &args.command {
        KeysCommand::Create { name, scopes } => {
            let scopes = scopes.iter().copied().map(Scope::from).collect();
            let request = KeyRequest { name: name.clone(), scopes };
            let made: NewKey = client.ask(Method::POST, &["keys"], &[], Some(&request))?;
            match is_json {
                true => world.json(&serde_json::to_value(&made).expect("a key is plain data")),
                false => print(&format!("{}\n{}: {}", made.key, made.head.id, words(&made.head.scopes))),
            }
        }
        KeysCommand::List => {
            let list: KeyList = client.ask(Method::GET, &["keys"], &[], None::<&()>)?;
            if is_json {
                world.json(&serde_json::to_value(&list).expect("a list is plain data"));
                return Ok(OK);
            }
            for key in &list.keys {
                print(&format!("{}  {}  {}  {}", key.id, key.created_at, key.name, words(&key.scopes)));
            }
        }
        KeysCommand::Remove { id } => {
            let answer = client.send(Method::DELETE, &["keys", id], &[], &[], None::<&()>)?;
            if !answer.status.is_success() {
                return Err(client.refused(&answer));
            }
            match is_json {
                true => world.json(&json!({ "removed": id })),
                false => print(&format!("{id} is gone")),
            }
        }
    }
    Ok(OK)
}

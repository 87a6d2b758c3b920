//! `offhook secrets`: the vault of a server that runs. A value is read from standard input, so that it is in no list of processes and no history
//! of a shell; none is ever shown.

use super::client::Client;
use super::{FAILED, Format, OK, Stop, USAGE, World, print};
use clap::{Args, Subcommand};
use offhook_editor_api::{Rotated, SecretList, SecretSource};
use reqwest::Method;
use serde_json::json;
use std::io::{IsTerminal as _, Read as _};

/// Bytes that are read: the longest secret, and one more to see that there is more.
const INPUT_BYTES: u64 = 64 * 1024 + 3;

/// Arguments of `secrets`.
#[derive(Args)]
pub(super) struct SecretsArgs {
    #[command(subcommand)]
    command: SecretsCommand,
    /// The server's address; where it is not given, the one of the configuration.
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// The server's API token; where it is not given, the one of the configuration.
    #[arg(long, global = true, value_name = "TOKEN", env = "OFFHOOK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[derive(Subcommand)]
enum SecretsCommand {
    /// Keep a secret; its value is read from standard input, without a line break at its end.
    Set {
        /// Its name, as flows have it in `secrets`.
        name: String,
    },
    /// Tell the names.
    List,
    /// Forget a secret.
    Remove {
        /// Its name.
        name: String,
    },
    /// Seal every secret by the `key` of `[vault]`; afterwards `previous_key` is not needed any more.
    RotateKey,
}

pub(super) fn secrets(world: &World, args: &SecretsArgs) -> Result<u8, Stop> {
    let client = Client::new(world, args.server.as_deref(), args.token.as_deref())?;
    match &args.command {
        SecretsCommand::Set { name } => {
            let body = json!({ "value": value()? });
            done(&client, &client.send(Method::PUT, &["secrets", name], &[], &[], Some(&body))?)?;
            say(world, &format!("{name} is kept"), &json!({ "set": name }));
        }
        SecretsCommand::Remove { name } => {
            done(&client, &client.send(Method::DELETE, &["secrets", name], &[], &[], None::<&()>)?)?;
            say(world, &format!("{name} is gone"), &json!({ "removed": name }));
        }
        SecretsCommand::RotateKey => {
            let rotated: Rotated = client.ask(Method::POST, &["secret-keys"], &[], None::<&()>)?;
            let text = format!("{} secrets were sealed by the newest key", rotated.rotated);
            say(world, &text, &json!({ "rotated": rotated.rotated }));
        }
        SecretsCommand::List => {
            let list: SecretList = client.ask(Method::GET, &["secrets"], &[], None::<&()>)?;
            if world.format == Format::Json {
                world.json(&serde_json::to_value(&list).expect("a list is plain data"));
                return Ok(OK);
            }
            for secret in &list.secrets {
                let source = match secret.source {
                    SecretSource::Vault => "vault",
                    SecretSource::Configuration => "configuration",
                };
                let since = secret.updated_at.as_deref().unwrap_or_default();
                let key = if secret.old_key { "  by the key of before" } else { "" };
                print(format!("{:32} {source:14} {since}{key}", secret.name).trim_end());
            }
            if !list.vault {
                print("the vault has no key: set `key` in `[vault]`");
            }
        }
    }
    Ok(OK)
}

fn say(world: &World, text: &str, value: &serde_json::Value) {
    match world.format {
        Format::Json => world.json(value),
        _ => print(text),
    }
}

fn done(client: &Client, answer: &super::client::Answer) -> Result<(), Stop> {
    if answer.status.is_success() { Ok(()) } else { Err(client.refused(answer)) }
}

fn value() -> Result<String, Stop> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        let how = "the value is read from standard input: printf %s \"$VALUE\" | offhook secrets set NAME";
        return Err(Stop::new(USAGE, how));
    }
    let mut text = String::new();
    input
        .by_ref()
        .take(INPUT_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| Stop::new(FAILED, format!("standard input: {error}")))?;
    let value = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    if value.is_empty() {
        return Err(Stop::new(USAGE, "the value is empty"));
    }
    Ok(value.to_owned())
}

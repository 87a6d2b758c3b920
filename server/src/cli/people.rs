//! `offhook people`: who may sign in to a server that runs. A password is shown once, when it is made.

use super::client::Client;
use super::{Format, OK, Stop, World, print};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use offhook_editor_api::{Invited, Person, PersonChange, PersonList, PersonRequest, Role};
use reqwest::Method;
use serde::Serialize;
use serde_json::json;

/// Arguments of `people`.
#[derive(Args)]
pub(super) struct PeopleArgs {
    #[command(subcommand)]
    command: PeopleCommand,
    /// The server's address; where it is not given, the one of the configuration.
    #[arg(long, global = true, value_name = "URL")]
    server: Option<String>,
    /// The tenant's API token, or a key with the scope `people`; where it is not given, the token of the configuration.
    #[arg(long, global = true, value_name = "TOKEN", env = "OFFHOOK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[derive(Subcommand)]
enum PeopleCommand {
    /// Add somebody; the password to sign in with once is shown this once.
    Add {
        /// What they sign in with.
        login: String,
        /// What they are here for.
        #[arg(long, value_parser = roles())]
        role: Role,
        /// What people call them.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Tell who may sign in.
    List,
    /// Change somebody's role or name.
    Change {
        /// What they sign in with.
        login: String,
        /// What they are here for from now on.
        #[arg(long, value_parser = roles(), required_unless_present = "name")]
        role: Option<Role>,
        /// What people call them from now on.
        #[arg(long)]
        name: Option<String>,
    },
    /// Give somebody a new password to sign in with once; they are signed out.
    Reset {
        /// What they sign in with.
        login: String,
    },
    /// Remove somebody; they are signed out.
    Remove {
        /// What they sign in with.
        login: String,
    },
}

fn roles() -> impl clap::builder::TypedValueParser<Value = Role> {
    let known = |word: String| Role::ALL.into_iter().find(|role| role.as_str() == word).ok_or("this is no role");
    PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(known)
}

fn line(person: &Person) -> String {
    let given = if person.one_time { "  (has not chosen a password yet)" } else { "" };
    format!("{}  {}  {}{given}", person.login, person.role.as_str(), person.name)
}

fn tell(world: &World, what: &impl Serialize, words: &str) {
    match world.format {
        Format::Json => world.json(&serde_json::to_value(what).expect("an answer is plain data")),
        _ => print(words),
    }
}

pub(super) fn people(world: &World, args: &PeopleArgs) -> Result<u8, Stop> {
    let client = Client::new(world, args.server.as_deref(), args.token.as_deref())?;
    let invited = |made: &Invited| format!("{}\n{}", made.password, line(&made.person));
    match &args.command {
        PeopleCommand::Add { login, role, name } => {
            let request = PersonRequest { login: login.clone(), name: name.clone(), role: *role };
            let made: Invited = client.ask(Method::POST, &["people"], &[], Some(&request))?;
            tell(world, &made, &invited(&made));
        }
        PeopleCommand::List => {
            let list: PersonList = client.ask(Method::GET, &["people"], &[], None::<&()>)?;
            tell(world, &list, &list.people.iter().map(line).collect::<Vec<_>>().join("\n"));
        }
        PeopleCommand::Change { login, role, name } => {
            let change = PersonChange { name: name.clone(), role: *role };
            let person: Person = client.ask(Method::PUT, &["people", login], &[], Some(&change))?;
            tell(world, &person, &line(&person));
        }
        PeopleCommand::Reset { login } => {
            let made: Invited = client.ask(Method::POST, &["people", login, "password"], &[], None::<&()>)?;
            tell(world, &made, &invited(&made));
        }
        PeopleCommand::Remove { login } => {
            let answer = client.send(Method::DELETE, &["people", login], &[], &[], None::<&()>)?;
            if !answer.status.is_success() {
                return Err(client.refused(&answer));
            }
            tell(world, &json!({ "removed": login }), &format!("{login} is gone"));
        }
    }
    Ok(OK)
}

//! People through the editor's API.

use super::house::{StoreHouse, failed};
use crate::host::now_ms;
use crate::people::{self, People, is_admin};
use crate::store::{self, Person as Kept, audit};
use async_trait::async_trait;
use offhook_editor_api::{HouseError, Invited, Person, PersonChange, PersonHolder, PersonList, PersonRequest, Role};
use offhook_runtime::moment;

/// Bytes of a login and of a name.
const LOGIN_BYTES: usize = 100;
const NAME_BYTES: usize = 200;

impl From<people::Error> for HouseError {
    fn from(error: people::Error) -> Self {
        match error {
            people::Error::Password(why) => HouseError::Senseless(why),
            people::Error::Store(error) => refused(error),
            other => HouseError::Failed(other.to_string()),
        }
    }
}

fn refused(error: store::Error) -> HouseError {
    match error {
        store::Error::Exists { .. } | store::Error::TooMany { .. } => HouseError::Conflict(error.to_string()),
        other => failed(other),
    }
}

/// The role of a word; of one that a newer build has written, the least.
pub(super) fn role(word: &str) -> Role {
    Role::ALL.into_iter().find(|role| role.as_str() == word).unwrap_or(Role::Viewer)
}

pub(super) fn told(kept: &Kept) -> Person {
    Person {
        login: kept.login.clone(),
        name: kept.name.clone(),
        role: role(&kept.role),
        one_time: kept.one_time,
        created_at: moment(kept.created_at_ms),
    }
}

fn name(name: &str, login: &str) -> Result<String, HouseError> {
    let name = name.trim();
    if name.len() > NAME_BYTES || name.chars().any(char::is_control) {
        return Err(HouseError::Senseless(format!("a name has at most {NAME_BYTES} bytes, and no control characters")));
    }
    Ok(if name.is_empty() { login.to_owned() } else { name.to_owned() })
}

impl StoreHouse {
    fn people_here(&self) -> People {
        People::new(self.host().store().clone())
    }

    async fn of_login(&self, login: &str) -> Result<Kept, HouseError> {
        let found = self.host().store().person(login).await.map_err(failed)?;
        let found = found.filter(|person| person.tenant == self.host().tenant());
        found.ok_or_else(|| HouseError::NotFound(format!("person `{login}`")))
    }

    /// That an admin is left when this one is none any more.
    async fn another_admin(&self, kept: &Kept) -> Result<(), HouseError> {
        let people = self.host().store().people(self.host().tenant()).await.map_err(failed)?;
        if is_admin(kept) && !people.iter().any(|other| is_admin(other) && other.login != kept.login) {
            return Err(HouseError::Conflict(format!("`{}` is the only admin", kept.login)));
        }
        Ok(())
    }
}

#[async_trait]
impl PersonHolder for StoreHouse {
    async fn people(&self) -> Result<PersonList, HouseError> {
        let people = self.host().store().people(self.host().tenant()).await.map_err(failed)?;
        Ok(PersonList { people: people.iter().map(told).collect() })
    }

    async fn add_person(&self, request: PersonRequest) -> Result<Invited, HouseError> {
        let login = request.login;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@+".contains(c);
        if login.is_empty() || login.len() > LOGIN_BYTES || !login.chars().all(plain) {
            let why = format!("one signs in with 1 to {LOGIN_BYTES} lower-case letters, digits and `. _ - @ +`");
            return Err(HouseError::Senseless(why));
        }
        let name = name(&request.name, &login)?;
        let (password, hash) = self.people_here().one_time().await?;
        let new = Kept {
            login,
            tenant: self.host().tenant().to_owned(),
            name,
            role: request.role.as_str().to_owned(),
            hash,
            one_time: true,
            created_at_ms: now_ms(),
        };
        let person = told(&new);
        audit::about(person.login.clone());
        audit::detail(person.role.as_str());
        self.host().store().add_person(new).await.map_err(refused)?;
        tracing::info!(login = person.login, role = person.role.as_str(), "somebody may sign in now");
        Ok(Invited { person, password })
    }

    async fn change_person(&self, login: &str, change: PersonChange) -> Result<Person, HouseError> {
        let _one_at_a_time = self.saving.lock().await;
        let mut kept = self.of_login(login).await?;
        if let Some(new) = change.name {
            kept.name = name(&new, login)?;
        }
        let new_role = change.role.filter(|new| new.as_str() != kept.role);
        if let Some(new) = new_role {
            self.another_admin(&kept).await?;
            kept.role = new.as_str().to_owned();
        }
        let person = told(&kept);
        if new_role.is_some() {
            audit::detail(person.role.as_str());
        }
        let found = self.host().store().put_person(kept, new_role.is_some()).await.map_err(refused)?;
        if !found {
            return Err(HouseError::NotFound(format!("person `{login}`")));
        }
        tracing::info!(login, role = person.role.as_str(), "somebody was changed");
        Ok(person)
    }

    async fn reset_password(&self, login: &str) -> Result<Invited, HouseError> {
        let kept = self.of_login(login).await?;
        let (password, hash) = self.people_here().one_time().await?;
        let kept = Kept { hash, one_time: true, ..kept };
        let person = told(&kept);
        if !self.host().store().put_person(kept, true).await.map_err(refused)? {
            return Err(HouseError::NotFound(format!("person `{login}`")));
        }
        tracing::info!(login, "somebody was given a new password");
        Ok(Invited { person, password })
    }

    async fn remove_person(&self, login: &str) -> Result<(), HouseError> {
        let _one_at_a_time = self.saving.lock().await;
        let kept = self.of_login(login).await?;
        self.another_admin(&kept).await?;
        if !self.host().store().remove_person(self.host().tenant(), login).await.map_err(failed)? {
            return Err(HouseError::NotFound(format!("person `{login}`")));
        }
        tracing::info!(login, "somebody was removed");
        Ok(())
    }
}

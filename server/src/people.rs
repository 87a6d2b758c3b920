//! Passwords and the tokens of those who are signed in. A password is kept as its Argon2id hash (RFC 9106), a token as its SHA-256: it is random
//! and long, so there is nothing to guess. Guessing passwords is slowed down by name and address; what each may do is not decided here.

use crate::host::{Host, now_ms};
use crate::store::{self, Person, SignIn, Store};
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use offhook_editor_api::Role;
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Characters of a password that people choose (NIST SP 800-63B §3.1.1.2 asks for 15 where nothing else is asked for, and allows 8 with more).
const PASSWORD_CHARACTERS: usize = 12;

/// Bytes of a password: what a password manager makes, and a sentence.
const PASSWORD_BYTES: usize = 256;

/// Memory, passes and lanes of Argon2id: the first recommendation of OWASP's password storage cheat sheet, KiB.
const ARGON2: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Passwords that are looked at at a time: each takes a core and 19 MiB.
const AT_A_TIME: usize = 2;

/// Wrong passwords for one name from one address, after which the next is not looked at until the first of them is as old as [`FORGIVEN`].
const GUESSES: usize = 5;

/// After which time a wrong password is forgiven.
const FORGIVEN: Duration = Duration::from_secs(15 * 60);

/// Names and addresses whose wrong passwords are counted; the one that was wrong longest ago is forgotten first.
const COUNTED: usize = 10_000;

/// How long somebody stays signed in who asks for nothing, and however much is asked for.
const IDLE: Duration = Duration::from_secs(12 * 3600);
/// How long somebody stays signed in at most.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// How often it is noted that somebody is still there.
const NOTED_EVERY_MS: i64 = 60_000;

/// Why somebody cannot sign in, or cannot have this password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many wrong passwords.
    #[error("too many wrong passwords; the next is looked at in a while")]
    Later(Duration),
    /// A password that cannot be chosen.
    #[error("{0}")]
    Password(String),
    /// The system has no random numbers, or the hash cannot be made.
    #[error("a password cannot be kept: {0}")]
    Hash(String),
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(#[from] store::Error),
}

/// Who is signed in, and where.
pub struct Known {
    /// They.
    pub person: Person,
    /// Where.
    pub place: SignIn,
}

/// A new place where somebody is signed in.
pub struct Token {
    /// What the cookie holds.
    pub token: String,
    /// What changes must say.
    pub csrf: String,
}

/// Whoever may sign in to a server.
#[derive(Clone)]
pub struct People {
    store: Store,
    busy: Arc<Semaphore>,
    wrong: Arc<Mutex<Wrong>>,
}

/// When a password was wrong, by name and address.
type Wrong = HashMap<(String, IpAddr), Vec<Instant>>;

impl People {
    /// The people of a store.
    pub fn new(store: Store) -> People {
        People { store, busy: Arc::new(Semaphore::new(AT_A_TIME)), wrong: Arc::default() }
    }

    /// Who signs in with this name and password; nobody where either is wrong, and the same time passes then.
    ///
    /// # Errors
    /// [`Error::Later`] after too many wrong ones.
    pub async fn check(&self, login: &str, password: &str, from: IpAddr) -> Result<Option<Person>, Error> {
        let key = (login.to_owned(), from);
        if let Some(wait) = self.wait(&key) {
            return Err(Error::Later(wait));
        }
        let found = self.store.person(login).await?;
        let hash = found.as_ref().map_or_else(nobodys_hash, |person| person.hash.clone());
        let is_right = self.verify(hash, password.to_owned()).await;
        let found = found.filter(|_| is_right);
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if found.is_some() {
            wrong.remove(&key);
        } else {
            if wrong.len() >= COUNTED && !wrong.contains_key(&key) {
                let oldest = wrong.iter().min_by_key(|(_, times)| times.last().copied()).map(|(key, _)| key.clone());
                oldest.map(|oldest| wrong.remove(&oldest));
            }
            wrong.entry(key).or_default().push(Instant::now());
        }
        Ok(found)
    }

    /// How long this name must wait at this address.
    fn wait(&self, key: &(String, IpAddr)) -> Option<Duration> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let times = wrong.get_mut(key)?;
        times.retain(|time| time.elapsed() < FORGIVEN);
        let first = times.len().checked_sub(GUESSES).and_then(|first| times.get(first))?;
        Some(FORGIVEN.saturating_sub(first.elapsed()))
    }

    async fn verify(&self, hash: String, password: String) -> bool {
        let Ok(_permit) = self.busy.acquire().await else { return false };
        let verified = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
        });
        verified.await.unwrap_or(false)
    }

    /// The hash of a password that somebody chose.
    ///
    /// # Errors
    /// [`Error::Password`] for one that is too short, too long, or the name itself.
    pub async fn chosen(&self, login: &str, password: &str) -> Result<String, Error> {
        if password.chars().count() < PASSWORD_CHARACTERS || password.len() > PASSWORD_BYTES {
            let why =
                format!("a password has {PASSWORD_CHARACTERS} characters or more, and at most {PASSWORD_BYTES} bytes");
            return Err(Error::Password(why));
        }
        if password.to_lowercase().contains(login) && login.len() > 3 {
            return Err(Error::Password("a password does not hold the name that one signs in with".to_owned()));
        }
        self.hashed(password.to_owned()).await
    }

    async fn hashed(&self, password: String) -> Result<String, Error> {
        let _permit = self.busy.acquire().await.map_err(|error| Error::Hash(error.to_string()))?;
        let salt = SaltString::encode_b64(&random::<16>()?).map_err(|error| Error::Hash(error.to_string()))?;
        let made = tokio::task::spawn_blocking(move || {
            argon2().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
        });
        made.await.map_err(|error| Error::Hash(error.to_string()))?.map_err(|error| Error::Hash(error.to_string()))
    }

    /// A password to sign in with once, and its hash.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub async fn one_time(&self) -> Result<(String, String), Error> {
        // Letters and digits that are not taken for others when they are read aloud or typed over: 32 of them, 100 bits.
        const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let signs: Vec<u8> = random::<20>()?.iter().map(|byte| SIGNS[usize::from(byte % 32)]).collect();
        let groups: Vec<String> = signs.chunks(5).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
        let password = groups.join("-");
        let hash = self.hashed(password.clone()).await?;
        Ok((password, hash))
    }

    /// Signs somebody in at a new place.
    ///
    /// # Errors
    /// When there are no random numbers, or the store fails.
    pub async fn sign_in(&self, person: &Person) -> Result<Token, Error> {
        let (token, csrf) = (hex(&random::<32>()?), hex(&random::<16>()?));
        let now = now_ms();
        let place = SignIn {
            token_hash: sha256(&token),
            login: person.login.clone(),
            csrf: csrf.clone(),
            created_at_ms: now,
            seen_at_ms: now,
        };
        self.store.put_sign_in(place).await?;
        Ok(Token { token, csrf })
    }

    /// Who is signed in by a token; nobody by one that is too old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn known(&self, token: &str) -> Result<Option<Known>, Error> {
        let Some(place) = self.store.sign_in(&sha256(token)).await? else { return Ok(None) };
        let now = now_ms();
        let (created_before, seen_before) = ended_before(now);
        if place.created_at_ms < created_before || place.seen_at_ms < seen_before {
            return Ok(None);
        }
        if now.saturating_sub(place.seen_at_ms) > NOTED_EVERY_MS {
            self.store.seen(&place.token_hash, now).await?;
        }
        let person = self.store.person(&place.login).await?;
        Ok(person.map(|person| Known { person, place }))
    }

    /// Keeps what has changed about somebody, and signs them out everywhere; whether there is such a one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put(&self, person: Person) -> Result<bool, Error> {
        Ok(self.store.put_person(person, true).await?)
    }

    /// Signs a place out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        Ok(self.store.remove_sign_in(&sha256(token)).await?)
    }

    /// The admin with whom a tenant begins, and the password to sign in with once: where nobody who may do everything has ever chosen a
    /// password. Told at each start until somebody has, so that one that was not read is not lost for ever.
    ///
    /// # Errors
    /// When there are no random numbers, or the store fails.
    pub async fn first(&self, host: &Host) -> Result<Option<(String, String)>, Error> {
        let tenant = host.tenant();
        let admins: Vec<Person> = self.store.people(tenant).await?.into_iter().filter(is_admin).collect();
        if admins.iter().any(|admin| !admin.one_time) {
            return Ok(None);
        }
        let (password, hash) = self.one_time().await?;
        if let Some(admin) = admins.into_iter().next() {
            let login = admin.login.clone();
            self.store.put_person(Person { hash, ..admin }, true).await?;
            return Ok(Some((login, password)));
        }
        let is_first = host.config().flows.tenant == crate::config::Flows::default().tenant;
        let login = if is_first { "admin".to_owned() } else { format!("admin@{tenant}") };
        let new = Person {
            login: login.clone(),
            tenant: tenant.to_owned(),
            name: "Admin".to_owned(),
            role: Role::Admin.as_str().to_owned(),
            hash,
            one_time: true,
            created_at_ms: now_ms(),
        };
        self.store.add_person(new).await?;
        Ok(Some((login, password)))
    }
}

/// Whether somebody may do everything.
pub fn is_admin(person: &Person) -> bool {
    person.role == Role::Admin.as_str()
}

/// Before which moments somebody must have signed in, or been seen last, to be signed in no more.
pub fn ended_before(now_ms: i64) -> (i64, i64) {
    let ago = |time: Duration| now_ms.saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    (ago(LONGEST), ago(IDLE))
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = ARGON2;
    let params = Params::new(memory, passes, lanes, None).expect("these are parameters that there are");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What the password of somebody who does not exist is compared with, so that it takes as long.
fn nobodys_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    let make = || {
        let salt = SaltString::encode_b64(&[0; 16]).expect("sixteen bytes are a salt");
        argon2().hash_password(&[0], &salt).map(|hash| hash.to_string()).unwrap_or_default()
    };
    HASH.get_or_init(make).clone()
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::Hash("the system has no random numbers".to_owned()))?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of something that is random and long, hexadecimal.
pub fn sha256(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Metrics;

    async fn people() -> (People, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("offhook.db").display());
        let store = Store::open(&url, &Metrics::new()).await.unwrap();
        (People::new(store), folder)
    }

    async fn add(people: &People, login: &str) -> (Person, String) {
        let (password, hash) = people.one_time().await.unwrap();
        let person = Person {
            login: login.to_owned(),
            tenant: "default".to_owned(),
            name: login.to_owned(),
            role: "author".to_owned(),
            hash,
            one_time: true,
            created_at_ms: now_ms(),
        };
        people.store.add_person(person.clone()).await.unwrap();
        (person, password)
    }

    #[tokio::test]
    async fn guessing_is_slowed_down_for_a_name_and_an_address() {
        let (people, _folder) = people().await;
        let (ann, password) = add(&people, "ann").await;
        let (here, there): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        for guess in 0..GUESSES {
            assert!(people.check("ann", &format!("guess {guess}"), here).await.unwrap().is_none());
        }
        let Err(Error::Later(wait)) = people.check("ann", &password, here).await else {
            panic!("even the right one must wait")
        };
        assert!(wait > Duration::ZERO && wait <= FORGIVEN);
        assert_eq!(people.check("ann", &password, there).await.unwrap(), Some(ann));
        assert!(people.check("nobody", &password, here).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn nothing_that_is_kept_opens_anything() {
        let (people, _folder) = people().await;
        let (ann, password) = add(&people, "ann").await;
        let token = people.sign_in(&ann).await.unwrap();
        let place = people.store.sign_in(&sha256(&token.token)).await.unwrap().unwrap();
        assert!(!format!("{ann:?}{place:?}").contains(&password));
        assert!(ann.hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", ann.hash);
        assert!(people.known(&place.token_hash).await.unwrap().is_none(), "the hash is no token");
        assert_eq!(people.known(&token.token).await.unwrap().map(|known| known.person), Some(ann.clone()));
        // Another password ends every place.
        let hash = people.chosen("ann", "correct horse battery").await.unwrap();
        assert!(people.put(Person { hash, one_time: false, ..ann }).await.unwrap());
        assert!(people.known(&token.token).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn whoever_asks_for_nothing_is_signed_out_and_only_so_many_places_are_kept() {
        let (people, _folder) = people().await;
        let (ann, _) = add(&people, "ann").await;
        let (old, first) = (people.sign_in(&ann).await.unwrap(), people.sign_in(&ann).await.unwrap());
        let idle = now_ms() - i64::try_from(IDLE.as_millis()).unwrap() - 1_000;
        people.store.seen(&sha256(&old.token), idle).await.unwrap();
        assert!(people.known(&old.token).await.unwrap().is_none());
        let (created_before, seen_before) = ended_before(now_ms());
        assert_eq!(people.store.prune_sign_ins(created_before, seen_before).await.unwrap(), 1);
        for n in 0..crate::store::limits::SIGN_INS {
            let later = SignIn {
                token_hash: sha256(&n.to_string()),
                login: "ann".to_owned(),
                csrf: String::new(),
                created_at_ms: now_ms() + 1 + n as i64,
                seen_at_ms: now_ms(),
            };
            people.store.put_sign_in(later).await.unwrap();
        }
        assert!(people.known(&first.token).await.unwrap().is_none(), "the oldest place ends");
        assert!(people.known("0").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn passwords_that_are_none_are_refused() {
        let (people, _folder) = people().await;
        let long = "x".repeat(PASSWORD_BYTES + 1);
        for (password, is_fine) in [
            ("short", false),
            ("my-name-is-ann-smith", false),
            ("correct horse battery", true),
            ("éééééééééééé", true),
            (&*long, false),
        ] {
            assert_eq!(people.chosen("ann-smith", password).await.is_ok(), is_fine, "{password}");
        }
    }
}

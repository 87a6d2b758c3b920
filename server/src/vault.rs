//! The vault: secrets of flows, sealed at rest. The database holds ciphertext only; the key is in a file or in the environment, never beside it.
//! Values go in and out to services; nothing here, and nothing that asks it, shows one.
//!
//! A secret is sealed by ChaCha20-Poly1305 (RFC 8439) under a fresh random nonce, bound to its tenant and its name, so that a row that was
//! moved to another place does not open. Each row tells which key sealed it; two keys are known while one replaces the other.

use crate::config::{Secret, VaultKey};
use crate::store::{self, SealedSecret, Store};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Bytes of a secret: a private key in PEM fits, a file sent by mistake does not.
const VALUE_BYTES: usize = 64 * 1024;

/// Secrets of one tenant: far more than an organisation has services.
const SECRETS: usize = 1_000;

/// Why the vault refused.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no key, so nothing can be sealed or opened.
    #[error("the vault has no key: set `key` in `[vault]`")]
    Locked,
    /// A name that flows cannot use.
    #[error("`{0}` cannot be a secret's name: capital letters, digits and `_`, beginning with a letter")]
    Name(String),
    /// A value that is none.
    #[error("a secret has 1 to {VALUE_BYTES} bytes")]
    Value,
    /// As many as are kept.
    #[error("more than {SECRETS} secrets are not kept")]
    TooMany,
    /// A row that no key opens: it was sealed by a key that is not configured, or was tampered with.
    #[error("the secret {0} cannot be opened with the keys of `[vault]`")]
    Unopened(String),
    /// The system gave no randomness.
    #[error("the system gave no random bytes")]
    Random,
    /// The store failed; nothing has changed.
    #[error("the store failed: {0}")]
    Store(#[from] store::Error),
}

/// What can be told of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// When it was set, milliseconds since 1970-01-01 UTC.
    pub updated_at_ms: i64,
    /// Whether it is sealed by the newest key.
    pub newest_key: bool,
}

struct Key {
    id: String,
    key: LessSafeKey,
}

impl Key {
    fn new(key: &VaultKey) -> Key {
        let unbound = UnboundKey::new(&CHACHA20_POLY1305, key.bytes()).expect("a key has 32 bytes");
        let digest = Sha256::new().chain_update("offhook vault key\0").chain_update(key.bytes()).finalize();
        let id = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Key { id, key: LessSafeKey::new(unbound) }
    }
}

/// The vault of one tenant.
pub struct Vault {
    tenant: Arc<str>,
    store: Store,
    /// The newest first; none where there is no vault.
    keys: Vec<Key>,
    open: RwLock<BTreeMap<String, Secret>>,
    /// Held while what is kept changes, from the store to memory.
    changing: tokio::sync::Mutex<()>,
}

impl Vault {
    /// Opens what a tenant keeps. What no key opens is logged by its name, and is not there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        store: Store,
        tenant: &str,
        key: Option<&VaultKey>,
        previous: Option<&VaultKey>,
    ) -> Result<Vault, VaultError> {
        let keys = key.into_iter().chain(previous).map(Key::new).collect();
        let vault = Vault {
            tenant: tenant.into(),
            store,
            keys,
            open: RwLock::default(),
            changing: tokio::sync::Mutex::default(),
        };
        for sealed in vault.store.secrets(&vault.tenant).await? {
            match vault.unseal(&sealed) {
                Ok(secret) => {
                    vault.map_mut().insert(sealed.name, secret);
                }
                Err(error) => tracing::error!(tenant, "{error}"),
            }
        }
        Ok(vault)
    }

    /// The secret of this name.
    pub fn get(&self, name: &str) -> Option<Secret> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The names that can be asked for.
    pub fn names(&self) -> Vec<String> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Whether anything can be kept.
    pub fn has_key(&self) -> bool {
        !self.keys.is_empty()
    }

    /// What is kept, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn kept(&self) -> Result<Vec<Kept>, VaultError> {
        let newest = self.keys.first().map(|key| key.id.as_str());
        let kept = self.store.secrets(&self.tenant).await?.into_iter().map(|sealed| Kept {
            newest_key: Some(sealed.key_id.as_str()) == newest,
            name: sealed.name,
            updated_at_ms: sealed.updated_at_ms,
        });
        Ok(kept.collect())
    }

    /// Keeps a secret, in place of one of that name. Says whether it is new.
    ///
    /// # Errors
    /// Without a key, for a name or a value that is none, and when the store fails.
    pub async fn set(&self, name: &str, value: &str, now_ms: i64) -> Result<bool, VaultError> {
        if !is_name(name) {
            return Err(VaultError::Name(name.to_owned()));
        }
        if value.is_empty() || value.len() > VALUE_BYTES {
            return Err(VaultError::Value);
        }
        let _alone = self.changing.lock().await;
        let sealed = self.seal(name, value, now_ms)?;
        let known = self.store.secrets(&self.tenant).await?;
        let is_new = !known.iter().any(|known| known.name == name);
        if is_new && known.len() >= SECRETS {
            return Err(VaultError::TooMany);
        }
        self.store.put_secrets(&self.tenant, vec![sealed]).await?;
        self.map_mut().insert(name.to_owned(), Secret::new(value));
        Ok(is_new)
    }

    /// Forgets a secret. Says whether there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove(&self, name: &str) -> Result<bool, VaultError> {
        let _alone = self.changing.lock().await;
        let was = self.store.remove_secret(&self.tenant, name).await?;
        self.map_mut().remove(name);
        Ok(was)
    }

    /// Seals everything by the newest key, in one transaction. Says how many secrets that were.
    ///
    /// # Errors
    /// Without a key; when a secret cannot be opened by any key, and then nothing has changed; when the store fails.
    pub async fn rotate(&self) -> Result<usize, VaultError> {
        let _alone = self.changing.lock().await;
        let newest = self.keys.first().ok_or(VaultError::Locked)?;
        let mut again = Vec::new();
        for sealed in self.store.secrets(&self.tenant).await? {
            if sealed.key_id != newest.id {
                let secret = self.unseal(&sealed)?;
                again.push(self.seal(&sealed.name, secret.reveal(), sealed.updated_at_ms)?);
            }
        }
        let count = again.len();
        if count > 0 {
            self.store.put_secrets(&self.tenant, again).await?;
        }
        Ok(count)
    }

    fn map_mut(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Secret>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn bound_to(&self, name: &str) -> String {
        format!("offhook secret\0{}\0{name}", self.tenant)
    }

    fn seal(&self, name: &str, value: &str, now_ms: i64) -> Result<SealedSecret, VaultError> {
        let key = self.keys.first().ok_or(VaultError::Locked)?;
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| VaultError::Random)?;
        let mut sealed = value.as_bytes().to_vec();
        let aad = Aad::from(self.bound_to(name));
        key.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .expect("a secret is far shorter than the cipher allows");
        Ok(SealedSecret {
            name: name.to_owned(),
            key_id: key.id.clone(),
            nonce: nonce.to_vec(),
            sealed,
            updated_at_ms: now_ms,
        })
    }

    fn unseal(&self, sealed: &SealedSecret) -> Result<Secret, VaultError> {
        let unopened = || VaultError::Unopened(sealed.name.clone());
        let key = self.keys.iter().find(|key| key.id == sealed.key_id).ok_or_else(unopened)?;
        let nonce = Nonce::try_assume_unique_for_key(&sealed.nonce).map_err(|_| unopened())?;
        let mut bytes = sealed.sealed.clone();
        let aad = Aad::from(self.bound_to(&sealed.name));
        let plain = key.key.open_in_place(nonce, aad, &mut bytes).map_err(|_| unopened())?;
        Ok(Secret::new(std::str::from_utf8(plain).map_err(|_| unopened())?))
    }
}

/// The names that flows use: `[A-Z][A-Z0-9_]*`.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.len() <= offhook_flow_schemas::limits::NAME_CHARS
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Metrics;

    const VALUE: &str = "correct-horse-battery-staple";

    fn key(digit: &str) -> VaultKey {
        VaultKey::parse(&digit.repeat(64)).unwrap()
    }

    async fn vault(store: &Store, tenant: &str, newest: &str, previous: Option<&str>) -> Vault {
        let previous = previous.map(key);
        Vault::open(store.clone(), tenant, Some(&key(newest)), previous.as_ref()).await.unwrap()
    }

    #[tokio::test]
    async fn a_secret_comes_out_only_with_its_key_at_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("x.db").display());
        let store = Store::open(&url, &Metrics::new()).await.unwrap();
        let ours = vault(&store, "a", "1", None).await;
        assert!(ours.set("API_KEY", VALUE, 1).await.unwrap());
        assert!(!ours.set("API_KEY", VALUE, 2).await.unwrap(), "it is there already");
        assert_eq!(ours.get("API_KEY").unwrap().reveal(), VALUE);
        let again = vault(&store, "a", "1", None).await;
        assert_eq!(again.get("API_KEY").unwrap().reveal(), VALUE);
        assert!(vault(&store, "a", "2", None).await.get("API_KEY").is_none(), "another key");
        assert!(vault(&store, "b", "1", None).await.get("API_KEY").is_none(), "another tenant");

        // A row that is moved to another name or tenant does not open.
        let mut row = store.secrets("a").await.unwrap().remove(0);
        row.name = "OTHER".to_owned();
        store.put_secrets("a", vec![row.clone()]).await.unwrap();
        row.name = "API_KEY".to_owned();
        store.put_secrets("b", vec![row]).await.unwrap();
        assert_eq!(vault(&store, "a", "1", None).await.names(), ["API_KEY"]);
        assert!(vault(&store, "b", "1", None).await.names().is_empty());
        store.remove_secret("a", "OTHER").await.unwrap();

        // A new key takes over while the old one is still known; then it is enough.
        let both = vault(&store, "a", "3", Some("1")).await;
        assert_eq!((both.get("API_KEY").unwrap().reveal(), both.kept().await.unwrap()[0].newest_key), (VALUE, false));
        assert_eq!((both.rotate().await.unwrap(), both.rotate().await.unwrap()), (1, 0));
        assert_eq!(vault(&store, "a", "3", None).await.get("API_KEY").unwrap().reveal(), VALUE);
        assert!(vault(&store, "a", "1", None).await.get("API_KEY").is_none(), "the old key opens nothing more");
        assert!(matches!(vault(&store, "a", "5", None).await.rotate().await, Err(VaultError::Unopened(_))));

        store.close().await;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(VALUE.len()).any(|window| window == VALUE.as_bytes()), "it is in the file");
        }
    }

    #[tokio::test]
    async fn what_is_no_secret_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("x.db").display());
        let store = Store::open(&url, &Metrics::new()).await.unwrap();
        let ours = vault(&store, "a", "1", None).await;
        for name in ["", "a", "1A", "A-B", "A B", "Ä", &"A".repeat(100)] {
            assert!(matches!(ours.set(name, "x", 1).await, Err(VaultError::Name(_))), "{name}");
        }
        assert!(matches!(ours.set("A", "", 1).await, Err(VaultError::Value)));
        assert!(matches!(ours.set("A", &"x".repeat(VALUE_BYTES + 1), 1).await, Err(VaultError::Value)));
        let locked = Vault::open(store, "a", None, None).await.unwrap();
        assert!(matches!(locked.set("A", "x", 1).await, Err(VaultError::Locked)));
    }
}

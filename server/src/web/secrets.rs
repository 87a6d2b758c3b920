//! Secrets through the editor's API: names go out, values only in.

use super::house::{StoreHouse, failed};
use crate::host::now_ms;
use crate::vault::{Vault, VaultError};
use async_trait::async_trait;
use offhook_editor_api::{HouseError, Rotated, SecretHead, SecretHolder, SecretList, SecretSource};
use offhook_runtime::moment;
use std::sync::Arc;

impl From<VaultError> for HouseError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Locked | VaultError::Unopened(_) | VaultError::TooMany => {
                HouseError::Conflict(error.to_string())
            }
            VaultError::Name(_) | VaultError::Value => HouseError::Senseless(error.to_string()),
            VaultError::Random | VaultError::Store(_) => HouseError::Failed(error.to_string()),
        }
    }
}

impl StoreHouse {
    fn vault(&self) -> Result<&Arc<Vault>, HouseError> {
        self.host().vault().ok_or_else(|| VaultError::Locked.into())
    }

    /// What a flow names and nothing binds is told with its diagnostics; that changes with the secrets.
    async fn look_again(&self) -> Result<(), HouseError> {
        self.host().library().load(self.host().store(), self.host().tenant()).await.map(|_| ()).map_err(failed)
    }
}

#[async_trait]
impl SecretHolder for StoreHouse {
    async fn secrets(&self) -> Result<SecretList, HouseError> {
        let mut secrets = Vec::new();
        if let Some(vault) = self.host().vault() {
            let kept = vault.kept().await?;
            secrets.extend(kept.into_iter().map(|kept| SecretHead {
                source: SecretSource::Vault,
                updated_at: Some(moment(kept.updated_at_ms)),
                old_key: !kept.newest_key,
                name: kept.name,
            }));
        }
        let configured = self.host().config().secrets.clone();
        for name in configured.names() {
            if !secrets.iter().any(|known| known.name == name) {
                let name = name.to_owned();
                secrets.push(SecretHead {
                    name,
                    source: SecretSource::Configuration,
                    updated_at: None,
                    old_key: false,
                });
            }
        }
        secrets.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(SecretList { vault: self.host().vault().is_some_and(|vault| vault.has_key()), secrets })
    }

    async fn set_secret(&self, name: &str, value: &str) -> Result<bool, HouseError> {
        let is_new = self.vault()?.set(name, value, now_ms()).await?;
        tracing::info!(name, "a secret was set");
        self.look_again().await?;
        Ok(is_new)
    }

    async fn remove_secret(&self, name: &str) -> Result<(), HouseError> {
        if !self.vault()?.remove(name).await? {
            return Err(HouseError::NotFound(format!("secret `{name}` in the vault")));
        }
        tracing::info!(name, "a secret was removed");
        self.look_again().await
    }

    async fn rotate_secrets(&self) -> Result<Rotated, HouseError> {
        let rotated = self.vault()?.rotate().await?;
        tracing::info!(rotated, "secrets were sealed by the newest key");
        Ok(Rotated { rotated })
    }
}

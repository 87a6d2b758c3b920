//! Where a secret's mark becomes the secret: at the last moment, in what leaves for a service, and nowhere else.

use crate::config::{Secret, Secrets};
use crate::vault::Vault;
use offhook_runtime::Fault;
use offhook_runtime::expr::{SECRET_CLOSE, SECRET_OPEN};
use std::sync::Arc;

/// The secrets of flows: those of the vault, and those of the configuration where the vault has none of that name.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub vault: Option<Arc<Vault>>,
    pub configured: Secrets,
}

impl Known {
    fn get(&self, name: &str) -> Option<Secret> {
        let kept = self.vault.as_ref().and_then(|vault| vault.get(name));
        kept.or_else(|| self.configured.get(name).cloned())
    }
}

/// The text with every mark replaced. Fails when a secret has no value here.
pub(super) fn reveal(text: &str, secrets: &Known) -> Result<String, Fault> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(SECRET_OPEN) {
        let Some((name, after)) = after.split_once(SECRET_CLOSE) else { break };
        let Some(secret) = secrets.get(name) else {
            return Err(Fault::new("secret.missing", format!("the secret {name} has no value in this environment")));
        };
        out.push_str(before);
        out.push_str(secret.reveal());
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

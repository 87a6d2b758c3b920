//! Where a secret's mark becomes the secret: at the last moment, in what leaves for a service, and nowhere else.

use crate::config::Secrets;
use offhook_runtime::Fault;
use offhook_runtime::expr::{SECRET_CLOSE, SECRET_OPEN};

/// The text with every mark replaced. Fails when a secret has no value here.
pub(super) fn reveal(text: &str, secrets: &Secrets) -> Result<String, Fault> {
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

//! Secrets: passwords and keys that the configuration points to. They are never shown: not by `Debug`, not in an error.
//!
//! In the file and in flags a secret is a pointer, `env:NAME` or `file:PATH`, so that a configuration can be committed and
//! a process list read. In an environment variable of ours it may be the value itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Place;
use super::read::Table;
use super::tree::Node;
use super::value;

/// Bytes of a secret: a private key in PEM fits, a file named by mistake does not.
const SECRET_BYTES: u64 = 64 * 1024;

/// What stands for a secret where only names are asked for. Long enough for every rule.
const NAMED: &str = "this secret was not looked up";

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a value.
    pub fn new(value: &str) -> Self {
        Secret(value.into())
    }

    /// The value, for the one who must send or compare it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `other` is the same text, in a time that does not tell how much of it is right.
    pub fn matches(&self, other: &str) -> bool {
        let (ours, theirs) = (self.0.as_bytes(), other.as_bytes());
        let mut differ = u8::from(ours.len() != theirs.len());
        for (n, byte) in theirs.iter().enumerate() {
            differ |= byte ^ ours.get(n).copied().unwrap_or(0);
        }
        std::hint::black_box(differ) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("‹secret›")
    }
}

/// The vault of the tenant: what flows may use by name inside HTTP requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// The secret of this name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// The names, for checking flows.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl FromIterator<(String, Secret)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (String, Secret)>>(pairs: I) -> Self {
        Secrets(pairs.into_iter().collect())
    }
}

/// A key of the vault: 32 bytes that are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultKey([u8; 32]);

impl VaultKey {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<VaultKey> {
        let digits: Option<Vec<u8>> =
            text.trim().chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
        let bytes: Vec<u8> =
            digits?.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        (text.trim().len() == 64).then_some(())?;
        Some(VaultKey(bytes.try_into().ok()?))
    }

    /// The key, for the cipher.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for VaultKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("‹key›")
    }
}

/// Reads an optional key of the vault.
pub(super) fn vault_key(table: &mut Table<'_, '_>, name: &str) -> Option<VaultKey> {
    let secret = optional(table, name)?;
    let key = VaultKey::parse(secret.reveal());
    if key.is_none() && !table.reader.names_only {
        let help = "`openssl rand -hex 32` makes one".to_owned();
        table.problem(name, "a key of the vault is 64 hexadecimal digits", Some(help));
    }
    key
}

/// Reads an optional secret of a table.
pub(super) fn optional(table: &mut Table<'_, '_>, name: &str) -> Option<Secret> {
    let node = table.find(name)?;
    resolve(table, name, node)
}

/// Reads `[secrets]`.
pub(super) fn all(table: &mut Table<'_, '_>) -> Secrets {
    let mut found = Vec::new();
    for (name, node) in table.entries() {
        // The environment knows no case; flows name their secrets in capitals.
        let name_in_flow = if matches!(node.place, Place::Variable(_)) { name.to_uppercase() } else { name.to_owned() };
        if let Some(secret) = resolve(table, name, node) {
            found.push((name_in_flow, secret));
        }
    }
    found.into_iter().collect()
}

fn resolve(table: &mut Table<'_, '_>, name: &str, node: &Node) -> Option<Secret> {
    let pointer = match value::text(node) {
        Ok(pointer) => pointer.trim(),
        Err(message) => {
            table.problem(name, message, None);
            return None;
        }
    };
    let points = pointer.starts_with("env:") || pointer.starts_with("file:");
    if table.reader.names_only && points {
        return Some(Secret::new(NAMED));
    }
    let value = if let Some(variable) = pointer.strip_prefix("env:") {
        let found = table.reader.env.iter().find(|(name, _)| name == variable).map(|(_, value)| value.clone());
        found.ok_or_else(|| format!("environment variable {variable} is not set"))
    } else if let Some(path) = pointer.strip_prefix("file:") {
        let path = table.reader.folder.join(path);
        let size = std::fs::metadata(&path).map(|meta| meta.len());
        match size {
            Ok(size) if size > SECRET_BYTES => {
                Err(format!("{} is larger than a secret may be ({SECRET_BYTES} bytes)", path.display()))
            }
            _ => std::fs::read_to_string(&path)
                .map(|text| text.trim_end_matches(['\n', '\r']).to_owned())
                .map_err(|error| format!("cannot read {}: {error}", path.display())),
        }
    } else if matches!(node.place, Place::Variable(_)) {
        Ok(pointer.to_owned())
    } else {
        Err("a secret is not written here; point to it with `env:NAME` or `file:PATH`".to_owned())
    };
    match value {
        Ok(value) if value.is_empty() => {
            table.problem(name, "the secret is empty", None);
            None
        }
        Ok(value) => Some(Secret::new(&value)),
        Err(message) => {
            table.problem(name, message, None);
            None
        }
    }
}

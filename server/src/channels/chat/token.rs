//! Who may speak in a conversation: whoever holds its token, which is the conversation's id under a key that only this
//! server has. Nothing has to be kept for it.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Bytes of the key.
const KEY_BYTES: usize = 32;

/// The key that tokens are made with.
#[derive(Clone)]
pub struct Key(Arc<[u8]>);

impl Key {
    /// The key that is kept in a folder; made when there is none yet.
    pub fn of(folder: &Path) -> io::Result<Key> {
        let path = folder.join("chat.key");
        match std::fs::read(&path) {
            Ok(bytes) if bytes.len() == KEY_BYTES => return Ok(Key(bytes.into())),
            Ok(_) => {
                return Err(io::Error::other(format!("{} is damaged; without it a new one is made", path.display())));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) => {}
        }
        std::fs::create_dir_all(folder)?;
        let mut bytes = Vec::with_capacity(KEY_BYTES);
        bytes.extend_from_slice(uuid::Uuid::new_v4().as_bytes());
        bytes.extend_from_slice(uuid::Uuid::new_v4().as_bytes());
        write_private(&path, &bytes)?;
        Ok(Key(bytes.into()))
    }

    fn mac(&self, what: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac
    }

    fn hex(mac: Hmac<Sha256>) -> String {
        use std::fmt::Write as _;
        mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
            hex
        })
    }

    /// A conversation's token.
    pub fn token(&self, conversation: &str) -> String {
        Self::hex(self.mac("token", conversation))
    }

    /// Whether a token is the conversation's; in constant time.
    pub fn opens(&self, conversation: &str, token: &str) -> bool {
        let bytes: Option<Vec<u8>> =
            (0..token.len()).step_by(2).map(|at| u8::from_str_radix(token.get(at..at + 2)?, 16).ok()).collect();
        bytes.is_some_and(|bytes| self.mac("token", conversation).verify_slice(&bytes).is_ok())
    }

    /// The id of the conversation that a client began under an id of its own: the same each time.
    pub fn conversation(&self, client: &str) -> String {
        let hex = Self::hex(self.mac("conversation", client));
        format!("c_{}", &hex[..32])
    }
}

#[cfg(unix)]
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    std::fs::write(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_own_conversation_only_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::of(folder.path()).unwrap();
        let token = key.token("c_1");
        let again = Key::of(folder.path()).unwrap();
        assert!(again.opens("c_1", &token));
        assert!(!again.opens("c_2", &token));
        for bad in ["", "zz", "é", &token[..10]] {
            assert!(!again.opens("c_1", bad), "{bad:?}");
        }
        assert_eq!(key.conversation("x"), again.conversation("x"));
    }
}

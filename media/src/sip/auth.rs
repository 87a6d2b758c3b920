//! Digest authentication, both sides (RFC 3261 §22, RFC 7616, RFC 8760): MD5 and SHA-256, `qop=auth`.
//!
//! Nonces carry their own proof, so a flood of challenges costs no memory; only nonces that were used rightly are
//! remembered, to refuse a replay. Secrets stay inside; nothing here is printed.

use super::limits;
use super::message::{Message, split_outside};
use sha2::Digest as _;
use std::collections::{HashMap, VecDeque};
use std::fmt;

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// MD5, which most telephones still need.
    Md5,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    fn hash(self, text: &str) -> String {
        match self {
            Algorithm::Md5 => hex(&md5::Digest::finalize(<md5::Md5 as md5::Digest>::new_with_prefix(text))),
            Algorithm::Sha256 => hex(&sha2::Sha256::digest(text)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// What proves a user: never shown, neither by Debug.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The password itself.
    Password(String),
    /// `H(user:realm:password)` in hexadecimal, by algorithm, for those who keep no passwords.
    Ha1 {
        /// The MD5 form.
        md5: Option<String>,
        /// The SHA-256 form.
        sha256: Option<String>,
    },
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    fn ha1(&self, algorithm: Algorithm, user: &str, realm: &str) -> Option<String> {
        match (self, algorithm) {
            (Secret::Password(password), _) => Some(algorithm.hash(&format!("{user}:{realm}:{password}"))),
            (Secret::Ha1 { md5, .. }, Algorithm::Md5) => md5.clone(),
            (Secret::Ha1 { sha256, .. }, Algorithm::Sha256) => sha256.clone(),
        }
        .map(|h| h.to_ascii_lowercase())
    }
}

/// The parameters of a `Digest` header value, names in lower case.
fn parameters(value: &str) -> Option<HashMap<String, String>> {
    let (scheme, rest) = value.trim().split_once([' ', '\t'])?;
    if !scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let mut found = HashMap::new();
    for part in split_outside(rest, b',').filter(|p| !p.is_empty()) {
        let (name, value) = part.split_once('=')?;
        let value = value.trim();
        let value = match value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
            None => value.to_owned(),
        };
        found.insert(name.trim().to_ascii_lowercase(), value);
    }
    Some(found)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A challenge received from a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    qop: bool,
    /// The server knows the user but found the nonce too old.
    pub stale: bool,
}

impl Challenge {
    /// The strongest challenge of a 401 or 407 we can answer.
    pub fn strongest(response: &Message) -> Option<Challenge> {
        let name = if response.status() == 407 { "Proxy-Authenticate" } else { "WWW-Authenticate" };
        let mut found: Vec<Challenge> = response.all(name).filter_map(Challenge::parse).collect();
        found.sort_by_key(|c| c.algorithm == Algorithm::Md5);
        found.into_iter().next()
    }

    fn parse(value: &str) -> Option<Challenge> {
        let mut p = parameters(value)?;
        let algorithm = match p.get("algorithm").map(|a| a.to_ascii_uppercase()).as_deref() {
            None | Some("MD5") => Algorithm::Md5,
            Some("SHA-256") => Algorithm::Sha256,
            Some(_) => return None,
        };
        let qop = match p.get("qop") {
            None => false,
            Some(list) if list.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth")) => true,
            Some(_) => return None,
        };
        let stale = p.get("stale").is_some_and(|s| s.eq_ignore_ascii_case("true"));
        Some(Challenge {
            realm: p.remove("realm")?,
            nonce: p.remove("nonce")?,
            opaque: p.remove("opaque"),
            algorithm,
            qop,
            stale,
        })
    }

    /// The value of Authorization or Proxy-Authorization. `cnonce` is random; `count` is how often this nonce was used, from 1.
    pub fn answer(
        &self,
        user: &str,
        secret: &Secret,
        method: &str,
        uri: &str,
        cnonce: &str,
        count: u32,
    ) -> Option<String> {
        let ha1 = secret.ha1(self.algorithm, user, &self.realm)?;
        let ha2 = self.algorithm.hash(&format!("{method}:{uri}"));
        let count = format!("{count:08x}");
        let response = if self.qop {
            self.algorithm.hash(&format!("{ha1}:{}:{count}:{cnonce}:auth:{ha2}", self.nonce))
        } else {
            self.algorithm.hash(&format!("{ha1}:{}:{ha2}", self.nonce))
        };
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri=\"{uri}\", response=\"{response}\", algorithm={}",
            quoted(user),
            quoted(&self.realm),
            quoted(&self.nonce),
            self.algorithm.name()
        );
        if self.qop {
            value.push_str(&format!(", cnonce=\"{cnonce}\", nc={count}, qop=auth"));
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(", opaque={}", quoted(opaque)));
        }
        Some(value)
    }
}

/// Why a request is not authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// No credentials for our realm: challenge.
    Missing,
    /// Right or wrong, the nonce is too old or was used before: challenge with `stale=true`.
    Stale,
    /// Wrong user or password.
    Wrong,
}

/// Checks the credentials of others.
pub struct Authenticator {
    realm: String,
    key: [u8; 32],
    used: HashMap<String, u32>,
    order: VecDeque<String>,
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("realm", &self.realm)
            .field("used", &self.used.len())
            .finish_non_exhaustive()
    }
}

impl Authenticator {
    /// `key` is random and secret; with another key all nonces become stale.
    pub fn new(realm: impl Into<String>, key: [u8; 32]) -> Self {
        Self { realm: realm.into(), key, used: HashMap::new(), order: VecDeque::new() }
    }

    /// The value of WWW-Authenticate. `salt` makes the nonce unique.
    ///
    /// It asks for MD5 only, against RFC 8760: many telephones give up where any challenge names another algorithm,
    /// wherever in the list it stands. Who answers with SHA-256 nevertheless is understood.
    pub fn challenge(&self, salt: u64, stale: bool, now_ms: u64) -> String {
        let nonce = self.nonce(salt, now_ms);
        let stale = if stale { ", stale=true" } else { "" };
        format!("Digest realm={}, nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"{stale}", quoted(&self.realm))
    }

    fn nonce(&self, salt: u64, now_ms: u64) -> String {
        let stamp = format!("{now_ms:x}.{salt:016x}");
        let proof = self.proof(&stamp);
        format!("{stamp}.{proof}")
    }

    fn proof(&self, stamp: &str) -> String {
        let inner = sha2::Sha256::new().chain_update(self.key).chain_update(stamp).finalize();
        hex(&sha2::Sha256::new().chain_update(self.key).chain_update(inner).finalize()[..16])
    }

    /// Checks one Authorization value; the user's name on success.
    pub fn verify(
        &mut self,
        value: &str,
        method: &str,
        request_uri: &str,
        secret_of: impl Fn(&str) -> Option<Secret>,
        now_ms: u64,
    ) -> Result<String, Unproven> {
        let p = parameters(value).ok_or(Unproven::Missing)?;
        let get = |name: &str| p.get(name).map(String::as_str);
        if get("realm") != Some(self.realm.as_str()) {
            return Err(Unproven::Missing);
        }
        let algorithm = match get("algorithm").map(|a| a.to_ascii_uppercase()).as_deref() {
            None | Some("MD5") => Algorithm::Md5,
            Some("SHA-256") => Algorithm::Sha256,
            Some(_) => return Err(Unproven::Wrong),
        };
        let (Some(user), Some(nonce), Some(uri), Some(response)) =
            (get("username"), get("nonce"), get("uri"), get("response"))
        else {
            return Err(Unproven::Wrong);
        };
        let (stamp, proof) = nonce.rsplit_once('.').ok_or(Unproven::Stale)?;
        if !same(proof, &self.proof(stamp)) {
            return Err(Unproven::Stale);
        }
        let issued = stamp.split('.').next().and_then(|t| u64::from_str_radix(t, 16).ok()).ok_or(Unproven::Stale)?;
        if now_ms.saturating_sub(issued) > limits::NONCE_LIFE_MS || !same_target(uri, request_uri) {
            return Err(Unproven::Stale);
        }
        // An unknown user costs the same work as a known one, so that time does not tell them apart.
        let known = secret_of(user).and_then(|s| s.ha1(algorithm, user, &self.realm));
        let ha1 = known.clone().unwrap_or_else(|| algorithm.hash(&format!("{user}:{}:{nonce}", self.realm)));
        let ha2 = algorithm.hash(&format!("{method}:{uri}"));
        let (count, expected) = match get("qop") {
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let (Some(nc), Some(cnonce)) = (get("nc"), get("cnonce")) else { return Err(Unproven::Wrong) };
                let count = u32::from_str_radix(nc, 16).map_err(|_| Unproven::Wrong)?;
                (count, algorithm.hash(&format!("{ha1}:{nonce}:{nc}:{cnonce}:{qop}:{ha2}")))
            }
            Some(_) => return Err(Unproven::Wrong),
            None => (1, algorithm.hash(&format!("{ha1}:{nonce}:{ha2}"))),
        };
        if !same(&response.to_ascii_lowercase(), &expected) || known.is_none() {
            return Err(Unproven::Wrong);
        }
        match self.used.get_mut(nonce) {
            Some(last) if count <= *last => return Err(Unproven::Stale),
            Some(last) => *last = count,
            None => {
                if self.order.len() >= limits::MAX_NONCES
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.used.remove(&oldest);
                }
                self.used.insert(nonce.to_owned(), count);
                self.order.push_back(nonce.to_owned());
            }
        }
        Ok(user.to_owned())
    }
}

/// Equality in time that depends on the lengths only.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |d, (x, y)| d | (x ^ y)) == 0
}

/// The digest URI names the request's target; telephones write ports and parameters differently there.
fn same_target(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    match (super::address::SipUri::parse(a), super::address::SipUri::parse(b)) {
        (Ok(a), Ok(b)) => a.host == b.host && a.user_decoded() == b.user_decoded(),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn secret(user: &str) -> Option<Secret> {
        (user == "anna").then(|| Secret::Password("correct horse".into()))
    }

    fn challenge(auth: &Authenticator, algorithm: Algorithm, now: u64) -> Challenge {
        Challenge { algorithm, ..Challenge::parse(&auth.challenge(7, false, now)).unwrap() }
    }

    /// sipp 3.6 takes the first challenge for the only one, baresip 1.0 stops at an algorithm it does not know.
    #[test]
    fn a_challenge_names_the_one_algorithm_that_every_telephone_knows() {
        let value = Authenticator::new("example.com", [1; 32]).challenge(7, false, 1);
        assert!(value.contains("algorithm=MD5"), "{value}");
    }

    /// RFC 7616 §3.9.1, with the method and URI of that example.
    #[test]
    fn known_answers() {
        for (algorithm, expected) in [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let c = Challenge {
                realm: "http-auth@example.org".into(),
                nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".into(),
                opaque: None,
                algorithm,
                qop: true,
                stale: false,
            };
            let secret = Secret::Password("Circle of Life".into());
            let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let value = c.answer("Mufasa", &secret, "GET", "/dir/index.html", cnonce, 1).unwrap();
            assert!(value.contains(expected), "{value}");
        }
    }

    #[test]
    fn right_wrong_replayed_and_old() {
        let mut auth = Authenticator::new("example.com", [1; 32]);
        for (algorithm, now) in [(Algorithm::Md5, 1_000), (Algorithm::Sha256, 1_001)] {
            let c = challenge(&auth, algorithm, now);
            let good = c
                .answer("anna", &Secret::Password("correct horse".into()), "REGISTER", "sip:example.com", "cn", 1)
                .unwrap();
            assert_eq!(auth.verify(&good, "REGISTER", "sip:example.com", secret, 2_000), Ok("anna".into()));
            assert_eq!(auth.verify(&good, "REGISTER", "sip:example.com", secret, 2_000), Err(Unproven::Stale));
            let next = c
                .answer("anna", &Secret::Password("correct horse".into()), "REGISTER", "sip:example.com", "cn", 2)
                .unwrap();
            assert!(auth.verify(&next, "REGISTER", "sip:example.com", secret, 2_000).is_ok());
            assert_eq!(auth.verify(&next, "INVITE", "sip:example.com", secret, 2_000), Err(Unproven::Wrong));
            let bad = c.answer("anna", &Secret::Password("x".into()), "REGISTER", "sip:example.com", "cn", 3).unwrap();
            assert_eq!(auth.verify(&bad, "REGISTER", "sip:example.com", secret, 2_000), Err(Unproven::Wrong));
            let late = c
                .answer("anna", &Secret::Password("correct horse".into()), "REGISTER", "sip:example.com", "cn", 4)
                .unwrap();
            assert_eq!(
                auth.verify(&late, "REGISTER", "sip:example.com", secret, 2_000 + limits::NONCE_LIFE_MS),
                Err(Unproven::Stale)
            );
        }
        assert_eq!(auth.verify("NoOneKnows x=1", "REGISTER", "sip:example.com", secret, 0), Err(Unproven::Missing));
    }

    #[test]
    fn a_forged_nonce_is_not_ours() {
        let mut auth = Authenticator::new("r", [1; 32]);
        let other = Authenticator::new("r", [2; 32]);
        let c = challenge(&other, Algorithm::Md5, 5);
        let value = c.answer("anna", &Secret::Password("correct horse".into()), "BYE", "sip:h", "c", 1).unwrap();
        assert_eq!(auth.verify(&value, "BYE", "sip:h", secret, 6), Err(Unproven::Stale));
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", Secret::Password("hunter2".into())).contains("hunter2"));
    }
}

//! Where users can be reached: the bindings of RFC 3261 §10.
//!
//! It keeps the address a registration came from beside the Contact, because behind a NAT only the former works.
//! It does not authenticate; who calls it has done so.

use super::address::NameAddr;
use super::check::Transport;
use super::limits;
use super::message::{Message, digits};
use std::collections::HashMap;
use std::net::SocketAddr;

/// One telephone of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The Contact URI: the Request-URI of a call to it.
    pub contact: String,
    /// Where its registration came from: the destination of a call to it.
    pub source: SocketAddr,
    /// Over what it came.
    pub transport: Transport,
    /// When it ends, in milliseconds.
    pub expires_ms: u64,
    call_id: String,
    cseq: u32,
    priority: u16,
}

/// Why a registration is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: &'static str,
}

/// The bindings of all users.
#[derive(Debug, Default)]
pub struct Registrar {
    table: HashMap<String, Vec<Binding>>,
}

impl Registrar {
    /// Applies a REGISTER of `user`; all or nothing. Returns the user's bindings as values of Contact.
    pub fn register(
        &mut self,
        user: &str,
        message: &Message,
        source: SocketAddr,
        transport: Transport,
        now_ms: u64,
    ) -> Result<Vec<String>, Refused> {
        let refused = |status, reason| Refused { status, reason };
        let Some((cseq, _)) = message.cseq() else { return Err(refused(400, "Malformed CSeq")) };
        let call_id = message.call_id();
        let mut bindings: Vec<Binding> = self.table.get(user).cloned().unwrap_or_default();
        bindings.retain(|b| b.expires_ms > now_ms);
        let out_of_order = |b: &Binding| b.call_id == call_id && b.cseq >= cseq;
        let default = message.get("Expires").map_or(Some(u64::from(limits::MAX_REGISTRATION_S)), digits);
        for value in message.list("Contact") {
            if value == "*" {
                if bindings.iter().any(out_of_order) {
                    return Err(refused(500, "Out Of Order"));
                }
                bindings.clear();
                continue;
            }
            let contact = NameAddr::parse(value).map_err(|reason| refused(400, reason))?;
            let uri = contact.sip_uri().map_err(|reason| refused(400, reason))?;
            if uri.scheme == "tel" {
                return Err(refused(400, "Unsupported Contact"));
            }
            // RFC 3261 §20.19: a malformed value counts as 3600.
            let seconds = match contact.param("expires") {
                Some(text) => digits(text).unwrap_or(3_600),
                None => default.unwrap_or(3_600),
            };
            if seconds != 0 && seconds < u64::from(limits::MIN_REGISTRATION_S) {
                return Err(refused(423, "Interval Too Brief"));
            }
            let seconds = seconds.min(u64::from(limits::MAX_REGISTRATION_S));
            let at = bindings.iter().position(|b| b.contact == contact.uri);
            if at.is_some_and(|at| out_of_order(&bindings[at])) {
                return Err(refused(500, "Out Of Order"));
            }
            if let Some(at) = at {
                bindings.remove(at);
            }
            if seconds > 0 {
                let expires_ms = now_ms + seconds * 1000;
                let priority = contact
                    .param("q")
                    .and_then(|q| q.parse::<f32>().ok())
                    .map_or(1000, |q| (q.clamp(0.0, 1.0) * 1000.0) as u16);
                bindings.push(Binding {
                    contact: contact.uri,
                    source,
                    transport,
                    expires_ms,
                    call_id: call_id.into(),
                    cseq,
                    priority,
                });
            }
        }
        if bindings.len() > limits::MAX_BINDINGS_PER_USER {
            return Err(refused(403, "Too Many Bindings"));
        }
        // Highest preference first, then the newest.
        bindings.sort_by_key(|b| (std::cmp::Reverse(b.priority), std::cmp::Reverse(b.expires_ms)));
        let values =
            bindings.iter().map(|b| format!("<{}>;expires={}", b.contact, (b.expires_ms - now_ms) / 1000)).collect();
        if bindings.is_empty() {
            self.table.remove(user);
        } else {
            self.table.insert(user.to_owned(), bindings);
        }
        Ok(values)
    }

    /// The bindings of a user that still hold, best first.
    pub fn lookup(&self, user: &str, now_ms: u64) -> Vec<Binding> {
        let bindings = self.table.get(user).into_iter().flatten();
        bindings.filter(|b| b.expires_ms > now_ms).cloned().collect()
    }

    /// Forgets what has expired.
    pub fn sweep(&mut self, now_ms: u64) {
        self.table.retain(|_, bindings| {
            bindings.retain(|b| b.expires_ms > now_ms);
            !bindings.is_empty()
        });
    }

    /// Users with at least one binding, in order of name.
    pub fn users(&self, now_ms: u64) -> Vec<String> {
        let mut users: Vec<String> = self
            .table
            .iter()
            .filter(|(_, b)| b.iter().any(|b| b.expires_ms > now_ms))
            .map(|(u, _)| u.clone())
            .collect();
        users.sort();
        users
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn send(r: &mut Registrar, cseq: u32, contact: &str, expires: &str, now: u64) -> Result<Vec<String>, u16> {
        let mut m = Message::request("REGISTER", "sip:h");
        m.push("Call-ID", "c").push("CSeq", format!("{cseq} REGISTER"));
        if !contact.is_empty() {
            m.push("Contact", contact);
        }
        if !expires.is_empty() {
            m.push("Expires", expires);
        }
        r.register("anna", &m, "192.0.2.1:5060".parse().unwrap(), Transport::Udp, now).map_err(|e| e.status)
    }

    #[test]
    fn bindings_come_stay_and_go() {
        let mut r = Registrar::default();
        assert_eq!(send(&mut r, 1, "<sip:a@1.1.1.1>;q=0.5", "120", 0).unwrap(), ["<sip:a@1.1.1.1>;expires=120"]);
        send(&mut r, 2, "<sip:a@2.2.2.2>;expires=90", "", 0).unwrap();
        assert_eq!(r.lookup("anna", 0)[0].contact, "sip:a@2.2.2.2");
        assert_eq!(send(&mut r, 3, "", "", 30_000).unwrap().len(), 2);
        assert_eq!(r.lookup("anna", 91_000).len(), 1);
        assert_eq!(send(&mut r, 2, "<sip:a@1.1.1.1>", "60", 91_000), Ok(vec!["<sip:a@1.1.1.1>;expires=60".into()]));
        assert_eq!(send(&mut r, 2, "<sip:a@1.1.1.1>", "60", 91_000), Err(500));
        assert_eq!(send(&mut r, 9, "*", "0", 91_000), Ok(vec![]));
        assert!(r.users(91_000).is_empty());
    }

    #[test]
    fn refusals() {
        let mut r = Registrar::default();
        assert_eq!(send(&mut r, 1, "<sip:a@h>", "10", 0), Err(423));
        assert_eq!(send(&mut r, 1, "<tel:123>", "100", 0), Err(400));
        for i in 0..limits::MAX_BINDINGS_PER_USER as u32 {
            send(&mut r, 10 + i, &format!("<sip:a@h{i}>"), "100", 0).unwrap();
        }
        assert_eq!(send(&mut r, 99, "<sip:a@more>", "100", 0), Err(403));
    }
}

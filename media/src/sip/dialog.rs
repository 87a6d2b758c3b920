//! A dialog (RFC 3261 §12): the identifiers, sequence numbers and route that tie requests together.
//!
//! Route sets are always treated as loose; strict routers of RFC 2543 are not served.

use super::address::NameAddr;
use super::check::{ALLOW, NO_TAG, SUPPORTED};
use super::message::Message;

/// One side's view of a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// The Call-ID.
    pub call_id: String,
    /// Our address with our tag: the From of our requests.
    pub local: String,
    /// Our tag.
    pub local_tag: String,
    /// The peer's address with its tag.
    pub remote: String,
    /// The peer's tag.
    pub remote_tag: String,
    /// Where requests go: the peer's Contact.
    pub remote_target: String,
    /// Route values, nearest first.
    pub routes: Vec<String>,
    /// What the peer allows, when it said so.
    pub remote_allow: Option<String>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
}

/// The URI inside a Contact value; the fallback when there is none is the peer's From (RFC 2543 peers).
fn target(message: &Message, fallback: &str) -> String {
    let contact = message.list("Contact").next().and_then(|c| NameAddr::parse(c).ok());
    contact.or_else(|| NameAddr::parse(fallback).ok()).map(|c| c.uri).unwrap_or_default()
}

fn allow_of(message: &Message) -> Option<String> {
    let methods: Vec<&str> = message.list("Allow").collect();
    (!methods.is_empty()).then(|| methods.join(","))
}

impl Dialog {
    /// As UAS: from the INVITE received and the tag we put into To (RFC 3261 §12.1.1).
    pub fn accepted(invite: &Message, local_tag: &str) -> Self {
        let remote = invite.get("From").unwrap_or_default().to_owned();
        Self {
            call_id: invite.call_id().to_owned(),
            local: format!("{};tag={local_tag}", invite.get("To").unwrap_or_default()),
            local_tag: local_tag.to_owned(),
            remote_tag: invite.from_tag().unwrap_or(NO_TAG).to_owned(),
            remote_target: target(invite, &remote),
            remote,
            routes: invite.list("Record-Route").map(Into::into).collect(),
            remote_allow: allow_of(invite),
            local_cseq: 0,
            remote_cseq: invite.cseq().map(|(n, _)| n),
        }
    }

    /// As UAC: from the INVITE sent and a response with a To tag (RFC 3261 §12.1.2).
    pub fn opened(invite: &Message, response: &Message) -> Option<Self> {
        let remote = response.get("To")?.to_owned();
        let mut routes: Vec<String> = response.list("Record-Route").map(Into::into).collect();
        routes.reverse();
        Some(Self {
            call_id: invite.call_id().to_owned(),
            local: invite.get("From")?.to_owned(),
            local_tag: invite.from_tag()?.to_owned(),
            remote_tag: response.to_tag()?.to_owned(),
            remote_target: if response.get("Contact").is_some() {
                target(response, &remote)
            } else {
                invite.uri().to_owned()
            },
            remote,
            routes,
            remote_allow: allow_of(response),
            local_cseq: invite.cseq()?.0,
            remote_cseq: None,
        })
    }

    /// The next request inside the dialog. Via and Contact are the sender's to add.
    pub fn request(&mut self, method: &str) -> Message {
        let cseq = self.next_cseq();
        let mut m = Message::request(method, &self.remote_target);
        for route in &self.routes {
            m.push("Route", route.as_str());
        }
        m.push("Max-Forwards", "70").push("From", self.local.as_str()).push("To", self.remote.as_str());
        m.push("Call-ID", self.call_id.as_str()).push("CSeq", format!("{cseq} {method}"));
        if matches!(method, "INVITE" | "UPDATE" | "REFER") {
            m.push("Allow", ALLOW).push("Supported", SUPPORTED);
        }
        m
    }

    /// The next sequence number, for a request that is sent again with credentials.
    pub fn next_cseq(&mut self) -> u32 {
        self.local_cseq += 1;
        self.local_cseq
    }

    /// Whether a request is newer than all before it (RFC 3261 §12.2.2); it then becomes the measure.
    pub fn in_order(&mut self, request: &Message) -> bool {
        let Some((n, _)) = request.cseq() else { return false };
        if self.remote_cseq.is_some_and(|last| n <= last) {
            return false;
        }
        self.remote_cseq = Some(n);
        true
    }

    /// Whether the request belongs here: Call-ID and both tags.
    pub fn matches(&self, request: &Message) -> bool {
        request.call_id() == self.call_id
            && request.from_tag() == Some(&self.remote_tag)
            && request.to_tag() == Some(&self.local_tag)
    }

    /// Takes over the Contact of a target refresh: INVITE or UPDATE, request or 2xx.
    pub fn refresh_target(&mut self, message: &Message) {
        if message.get("Contact").is_some() {
            self.remote_target = target(message, &self.remote);
        }
        if let Some(allow) = allow_of(message) {
            self.remote_allow = Some(allow);
        }
    }

    /// The URI whose host the next request is sent to.
    pub fn next_hop(&self) -> String {
        let route = self.routes.first().and_then(|r| NameAddr::parse(r).ok()).map(|r| r.uri);
        route.unwrap_or_else(|| self.remote_target.clone())
    }

    /// Whether the peer said that it takes this method.
    pub fn peer_allows(&self, method: &str) -> bool {
        self.remote_allow.as_ref().is_some_and(|list| list.split(',').any(|m| m.trim() == method))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn invite() -> Message {
        let mut m = Message::request("INVITE", "sip:b@h");
        m.push("From", "<sip:a@h>;tag=1").push("To", "<sip:b@h>").push("Call-ID", "c").push("CSeq", "5 INVITE");
        m.push("Contact", "<sip:a@10.0.0.1:5070>").push("Record-Route", "<sip:p1;lr>, <sip:p2;lr>");
        m
    }

    #[test]
    fn the_uas_side() {
        let mut d = Dialog::accepted(&invite(), "x");
        assert_eq!(d.next_hop(), "sip:p1;lr");
        let bye = d.request("BYE");
        assert_eq!(
            (bye.uri(), bye.get("CSeq"), bye.get("From")),
            ("sip:a@10.0.0.1:5070", Some("1 BYE"), Some("<sip:b@h>;tag=x"))
        );
        let mut info = Message::request("INFO", "sip:b@h");
        info.push("CSeq", "5 INFO");
        assert!(!d.in_order(&info));
        info.set("CSeq", "9 INFO");
        assert!(d.in_order(&info));
        assert!(!d.in_order(&info));
    }

    #[test]
    fn the_uac_side_reverses_the_route() {
        let sent = invite();
        let mut ok = Message::response(&sent, 200, "OK", Some("y"));
        ok.push("Contact", "<sip:b@10.0.0.2>");
        let mut d = Dialog::opened(&sent, &ok).unwrap();
        assert_eq!(d.next_hop(), "sip:p2;lr");
        assert_eq!(d.request("BYE").get("CSeq"), Some("6 BYE"));
    }
}

//! The screen in front of the stack: every datagram and every stream message passes here first.
//!
//! `screen` is a function of (octets, source, now): it lets a message pass in normalised form, answers it from a template
//! without any state, or drops it. Sockets, framing and logging belong to its callers; a log line is part of the verdict,
//! already thinned to one a minute for each source.

use super::address::Via;
use super::admission::{Admission, Entry, Sources};
use super::check::{self, NO_TAG, Refusal, Transport};
use super::limits;
use super::message::{Message, Start, scan};
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};

/// What to do with a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Hand this message to the stack.
    Pass(Message),
    /// Send these octets back to the source.
    Answer(Vec<u8>),
    /// Do nothing.
    Drop,
}

/// A verdict, what it was about, and whether to write a log line.
#[derive(Debug, PartialEq, Eq)]
pub struct Screened {
    /// What to do.
    pub verdict: Verdict,
    /// The status answered, or 0.
    pub status: u16,
    /// Why it did not pass; empty when it did.
    pub reason: &'static str,
    /// Whether this is the first trouble with that source in a while.
    pub notice: bool,
}

/// Numbers for metrics; they only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GuardCounters {
    /// Messages handed to the stack.
    pub passed: u64,
    /// Malformed or unsupported messages answered.
    pub refused: u64,
    /// New calls answered 503.
    pub overload: u64,
    /// Messages dropped, floods included.
    pub dropped: u64,
}

/// Settings of the guard.
#[derive(Debug, Clone)]
pub struct GuardLimits {
    /// Messages a second from one address; twice that may come at once.
    pub source_messages_per_s: f32,
    /// Canned answers a second to one address; four times that may go at once.
    pub source_answers_per_s: f32,
    /// Messages a second from everybody; twice that may come at once.
    pub messages_per_s: f32,
    /// New calls a second.
    pub calls_per_s: f32,
    /// Calls at a time.
    pub calls: u32,
    /// Addresses of trunks: no limit per address holds for them.
    pub trusted: Vec<IpAddr>,
}

impl Default for GuardLimits {
    fn default() -> Self {
        Self {
            source_messages_per_s: 2_000.0,
            source_answers_per_s: 50.0,
            messages_per_s: 20_000.0,
            calls_per_s: 1_000.0,
            calls: 10_000,
            trusted: Vec::new(),
        }
    }
}

/// The guard of one endpoint, shared by its sockets.
#[derive(Debug)]
pub struct Guard {
    limits: GuardLimits,
    sources: Sources,
    all: super::admission::Bucket,
    /// The admission of new calls; the call layer reports openings and ends to it.
    pub admission: Admission,
    /// What happened so far.
    pub counters: GuardCounters,
    branch_prefix: String,
    server: String,
    tags: RandomState,
}

impl Guard {
    /// `branch_prefix` begins every branch we send; responses with another are not ours. `server` names us in answers.
    pub fn new(limits: GuardLimits, branch_prefix: String, server: String, now_ms: u64) -> Self {
        Self {
            sources: Sources::new(limits.source_messages_per_s, limits.source_answers_per_s),
            all: super::admission::Bucket::full(limits.messages_per_s * 2.0, now_ms),
            admission: Admission::new(limits.calls, limits.calls_per_s, now_ms),
            counters: GuardCounters::default(),
            limits,
            branch_prefix,
            server,
            tags: RandomState::new(),
        }
    }

    /// Exempts an address from the limits per source (a trunk's, once its name is resolved).
    pub fn trust(&mut self, ip: IpAddr) {
        if !self.limits.trusted.contains(&ip) {
            self.limits.trusted.push(ip);
        }
    }

    /// Judges one message.
    pub fn screen(&mut self, bytes: &[u8], source: SocketAddr, transport: Transport, now_ms: u64) -> Screened {
        let trusted = self.limits.trusted.contains(&source.ip());
        if !trusted && !self.sources.may_send(source.ip(), now_ms) {
            return self.drop(source, "Too Many Messages", now_ms);
        }
        if !self.all.take(self.limits.messages_per_s, self.limits.messages_per_s * 2.0, now_ms) {
            return self.drop(source, "Too Many Messages From All", now_ms);
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            // A keep-alive (RFC 5626 §3.5.1): double CRLF asks for a single one, on streams only.
            let ping = transport == Transport::Tcp && bytes == b"\r\n\r\n";
            let verdict = if ping { Verdict::Answer(b"\r\n".to_vec()) } else { Verdict::Drop };
            return Screened { verdict, status: 0, reason: "", notice: false };
        }
        let Some(scanned) = scan(bytes) else {
            return self.drop(source, "Not SIP", now_ms);
        };
        let mut message = scanned.message;
        if matches!(message.start, Start::Response { .. }) {
            return match check::response(&mut message, scanned.flaw, &self.branch_prefix, transport) {
                Ok(()) => self.pass(message),
                Err(reason) => self.drop(source, reason, now_ms),
            };
        }
        let checked = check::request(&mut message, scanned.flaw, transport);
        if message.method() == "ACK" {
            // An ACK is never answered; one for our own canned answer has done its work by arriving.
            return match checked {
                Ok(()) if message.to_tag().is_some_and(|t| t == self.tag(&message)) => {
                    Screened { verdict: Verdict::Drop, status: 0, reason: "", notice: false }
                }
                Ok(()) => self.pass(message),
                Err(refusal) => self.drop(source, refusal.reason, now_ms),
            };
        }
        if let Err(refusal) = checked {
            return self.refuse(&message, refusal, source, now_ms);
        }
        if bytes.len() > limits::MAX_DATAGRAM && transport == Transport::Udp {
            let refusal = Refusal { status: 513, reason: "Message Too Large", fields: Vec::new() };
            return self.refuse(&message, refusal, source, now_ms);
        }
        if message.method() == "INVITE" && message.to_tag().is_none() {
            let via = message.get("Via").unwrap_or("").to_owned();
            let cseq = message.get("CSeq").unwrap_or("").to_owned();
            let entry = self.admission.enter((&via, message.call_id(), &cseq), now_ms);
            let retry_after_s = match entry {
                Entry::Refused { retry_after_s } => Some(retry_after_s),
                Entry::Admitted | Entry::Again => None,
            };
            if let Some(seconds) = retry_after_s {
                self.counters.overload += 1;
                let fields = vec![("Retry-After", seconds.to_string())];
                let refusal = Refusal { status: 503, reason: "Service Unavailable", fields };
                let notice = self.sources.may_log(source.ip(), now_ms);
                let answer = self.answer(&message, &refusal, source);
                return Screened { verdict: Verdict::Answer(answer), status: 503, reason: "Overload", notice };
            }
        }
        self.pass(message)
    }

    fn pass(&mut self, message: Message) -> Screened {
        self.counters.passed += 1;
        Screened { verdict: Verdict::Pass(message), status: 0, reason: "", notice: false }
    }

    fn drop(&mut self, source: SocketAddr, reason: &'static str, now_ms: u64) -> Screened {
        self.counters.dropped += 1;
        Screened { verdict: Verdict::Drop, status: 0, reason, notice: self.sources.may_log(source.ip(), now_ms) }
    }

    fn refuse(&mut self, message: &Message, refusal: Refusal, source: SocketAddr, now_ms: u64) -> Screened {
        let trusted = self.limits.trusted.contains(&source.ip());
        if !trusted && !self.sources.may_answer(source.ip(), now_ms) {
            return self.drop(source, refusal.reason, now_ms);
        }
        self.counters.refused += 1;
        let notice = self.sources.may_log(source.ip(), now_ms);
        let answer = self.answer(message, &refusal, source);
        Screened { verdict: Verdict::Answer(answer), status: refusal.status, reason: refusal.reason, notice }
    }

    /// The To tag of a stateless answer: the same for every retransmission (RFC 3261 §8.2.7).
    fn tag(&self, message: &Message) -> String {
        let cseq = message.get("CSeq").unwrap_or("").split([' ', '\t']).next().unwrap_or("").to_owned();
        format!("g{:016x}", self.tags.hash_one((message.call_id(), message.from_tag().unwrap_or(""), cseq)))
    }

    fn answer(&self, message: &Message, refusal: &Refusal, source: SocketAddr) -> Vec<u8> {
        let tag = self.tag(message);
        let mut answer = Message::response(message, refusal.status, refusal.reason, Some(&tag));
        if let Some(top) = answer.fields.iter_mut().find(|f| f.name == "Via") {
            let mut values: Vec<String> = super::message::split_list(&top.value).map(Into::into).collect();
            if let Some(first) = values.first_mut()
                && let Ok(mut via) = Via::parse(first)
            {
                stamp(&mut via, source);
                *first = via.to_string();
            }
            top.value = values.join(", ");
        }
        for (name, value) in &refusal.fields {
            answer.push(name, value.as_str());
        }
        answer.push("Server", self.server.as_str());
        without_substitute_tag(answer.to_bytes())
    }
}

/// Notes where a request really came from (RFC 3261 §18.2.1, RFC 3581 §4).
pub fn stamp(via: &mut Via, source: SocketAddr) {
    let ip = source.ip().to_canonical();
    if via.host.parse::<IpAddr>().ok() != Some(ip) || via.param("rport").is_some() {
        via.set_param("received", Some(ip.to_string()));
    }
    if via.param("rport").is_some() {
        via.set_param("rport", Some(source.port().to_string()));
    }
}

/// Takes out the From tag that stands for "none" (peers of RFC 2543), so that they see their own header again.
pub fn without_substitute_tag(bytes: Vec<u8>) -> Vec<u8> {
    let mark = format!(";tag={NO_TAG}");
    match super::message::find(&bytes, mark.as_bytes()) {
        None => bytes,
        Some(at) => {
            let mut out = bytes;
            out.drain(at..at + mark.len());
            out
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn guard(limits: GuardLimits) -> Guard {
        Guard::new(limits, "z9hG4bKoh".into(), "Offhook".into(), 0)
    }

    fn source() -> SocketAddr {
        "192.0.2.9:5062".parse().unwrap()
    }

    fn invite(i: u32) -> Vec<u8> {
        let mut m = Message::request("INVITE", "sip:b@h");
        m.push("Via", format!("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{i};rport")).push("From", "<sip:a@h>;tag=1");
        m.push("To", "<sip:b@h>")
            .push("Call-ID", format!("c{i}"))
            .push("CSeq", "1 INVITE")
            .push("Contact", "<sip:a@h>");
        m.to_bytes()
    }

    fn answer(s: Screened) -> Message {
        let Verdict::Answer(bytes) = s.verdict else { panic!("{s:?}") };
        scan(&bytes).unwrap().message
    }

    #[test]
    fn overload_is_answered_with_tag_and_retry_after_and_its_ack_vanishes() {
        let mut g = guard(GuardLimits { calls: 0, ..Default::default() });
        let m = answer(g.screen(&invite(1), source(), Transport::Udp, 5));
        assert_eq!((m.status(), m.get("Retry-After")), (503, Some("10")));
        assert_eq!(m.get("Via"), Some("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport=5062;received=192.0.2.9"));
        let mut ack = scan(&invite(1)).unwrap().message;
        ack.start = Start::Request { method: "ACK".into(), uri: "sip:b@h".into(), version: "SIP/2.0".into() };
        ack.set("To", m.get("To").unwrap()).set("CSeq", "1 ACK");
        assert_eq!(g.screen(&ack.to_bytes(), source(), Transport::Udp, 6).verdict, Verdict::Drop);
        assert_eq!(g.counters.dropped, 0);
    }

    #[test]
    fn a_broken_ack_is_never_answered() {
        let mut g = guard(GuardLimits::default());
        let text = b"ACK sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n";
        assert_eq!(g.screen(text, source(), Transport::Udp, 0).verdict, Verdict::Drop);
    }

    #[test]
    fn floods_of_garbage_are_answered_a_few_times_only() {
        let mut g = guard(GuardLimits { source_answers_per_s: 5.0, ..Default::default() });
        let bad = String::from_utf8(invite(1)).unwrap().replace("CSeq: 1 INVITE", "CSeq: 1 BYE");
        let answered = (0..1000)
            .filter(|_| matches!(g.screen(bad.as_bytes(), source(), Transport::Udp, 1).verdict, Verdict::Answer(_)))
            .count();
        assert_eq!(answered, 20);
    }

    #[test]
    fn a_peer_without_from_tag_gets_its_own_header_back() {
        let mut g = guard(GuardLimits::default());
        let text = String::from_utf8(invite(1)).unwrap().replace(";tag=1", "");
        let Verdict::Pass(passed) = g.screen(text.as_bytes(), source(), Transport::Udp, 0).verdict else { panic!() };
        assert_eq!(passed.from_tag(), Some(NO_TAG));
        let answer = Message::response(&passed, 486, "Busy Here", Some("x"));
        let sent = without_substitute_tag(answer.to_bytes());
        assert_eq!(scan(&sent).unwrap().message.get("From"), Some("<sip:a@h>"));
    }

    #[test]
    fn keep_alives() {
        let mut g = guard(GuardLimits::default());
        assert_eq!(g.screen(b"\r\n\r\n", source(), Transport::Tcp, 0).verdict, Verdict::Answer(b"\r\n".to_vec()));
        assert_eq!(g.screen(b"\r\n\r\n", source(), Transport::Udp, 0).verdict, Verdict::Drop);
    }
}

//! Symmetric RTP: which source address a call believes (RFC 4961, RFC 7362).
//!
//! A caller behind a NAT sends from an address its session description could not know, so we learn it; but media
//! accepted from anybody is how calls are overheard and spoken into ("RTP bleed"). The rule:
//! * the signalled address is believed at once;
//! * while it is silent, the first other source that sends [`LATCH_PACKETS`] packets in order and with one SSRC is
//!   locked;
//! * a locked source is never replaced by a third party. Only the signalled address itself may still take over (it
//!   proved itself by signalling), and a new session description starts afresh.

use std::net::{IpAddr, SocketAddr};

use crate::limits::LATCH_PACKETS;

/// Whose packets may be learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LatchPolicy {
    /// Any source that passes probation: callers behind NATs work. The default.
    #[default]
    Learn,
    /// Only the signalled IP address, any port: for trunks with fixed media addresses.
    SameAddress,
    /// Only the signalled address and port.
    Signalled,
}

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// From our peer.
    Accept,
    /// From our peer, and this packet just locked its address.
    Locked,
    /// On probation: do not use.
    Probation,
    /// From somebody else: do not use, count.
    Foreign,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    next: u16,
    count: u32,
}

/// The source lock of one call.
#[derive(Debug, Clone)]
pub struct Latch {
    policy: LatchPolicy,
    signalled: Option<SocketAddr>,
    locked: Option<SocketAddr>,
    candidate: Option<Candidate>,
}

impl Latch {
    /// An open lock that has heard of no peer yet and accepts nothing.
    pub fn new(policy: LatchPolicy) -> Latch {
        Latch { policy, signalled: None, locked: None, candidate: None }
    }

    /// Sets the address of a session description. The same address again changes nothing, so that a re-INVITE
    /// does not open the door; another one starts afresh.
    pub fn signal(&mut self, remote: SocketAddr) {
        if self.signalled != Some(remote) {
            self.signalled = Some(remote);
            self.locked = None;
            self.candidate = None;
        }
    }

    /// Where to send: the locked source, else the signalled address. `None` before any description, and for the
    /// unspecified address or port 0, which mean "send nothing".
    pub fn destination(&self) -> Option<SocketAddr> {
        self.locked.or(self.signalled).filter(|a| !a.ip().is_unspecified() && a.port() != 0)
    }

    /// The locked source.
    pub fn locked(&self) -> Option<SocketAddr> {
        self.locked
    }

    /// Whether RTCP from this address belongs to our peer.
    pub fn same_host(&self, ip: IpAddr) -> bool {
        self.destination().is_some_and(|peer| peer.ip() == ip)
    }

    /// Judges an RTP packet by its source and its numbers.
    pub fn admit(&mut self, source: SocketAddr, ssrc: u32, sequence: u16) -> Verdict {
        if self.locked == Some(source) {
            return Verdict::Accept;
        }
        let Some(signalled) = self.signalled else { return Verdict::Foreign };
        if source == signalled {
            self.locked = Some(source);
            self.candidate = None;
            return Verdict::Locked;
        }
        let allowed = match self.policy {
            LatchPolicy::Learn => true,
            LatchPolicy::SameAddress => source.ip() == signalled.ip(),
            LatchPolicy::Signalled => false,
        };
        if self.locked.is_some() || !allowed {
            return Verdict::Foreign;
        }
        match &mut self.candidate {
            // Another source has to wait until the present candidate breaks its row, or two senders taking turns
            // would keep the caller out for ever; the first to complete an unbroken row wins.
            Some(c) if c.source == source && c.ssrc == ssrc && sequence == c.next => {
                c.count += 1;
                c.next = sequence.wrapping_add(1);
                if c.count >= LATCH_PACKETS {
                    self.locked = Some(source);
                    self.candidate = None;
                    return Verdict::Locked;
                }
                Verdict::Probation
            }
            // A repeated or late packet of the candidate does not restart its row.
            Some(c) if c.source == source && c.ssrc == ssrc && c.next.wrapping_sub(sequence) < 16 => Verdict::Probation,
            _ => {
                self.candidate = Some(Candidate { source, ssrc, next: sequence.wrapping_add(1), count: 1 });
                Verdict::Probation
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn signalled() -> Latch {
        let mut latch = Latch::new(LatchPolicy::Learn);
        latch.signal(at("10.0.0.1:4000"));
        latch
    }

    #[test]
    fn the_signalled_source_is_believed_at_once_and_kept() {
        let mut latch = signalled();
        assert_eq!(latch.admit(at("10.0.0.1:4000"), 1, 5), Verdict::Locked);
        for n in 0..1_000 {
            assert_eq!(latch.admit(at("6.6.6.6:6666"), 1, 6 + n), Verdict::Foreign); // same SSRC, right numbers
        }
        assert_eq!(latch.admit(at("10.0.0.1:4000"), 1, 6), Verdict::Accept);
        assert_eq!(latch.destination(), Some(at("10.0.0.1:4000")));
    }

    #[test]
    fn a_caller_behind_a_nat_is_learned_after_a_row() {
        let mut latch = signalled();
        let nat = at("192.0.2.9:31000");
        for n in 0..LATCH_PACKETS - 1 {
            assert_eq!(latch.admit(nat, 7, 65_534u16.wrapping_add(n as u16)), Verdict::Probation);
            assert_eq!(latch.destination(), Some(at("10.0.0.1:4000")));
        }
        assert_eq!(latch.admit(nat, 7, 65_534u16.wrapping_add(4)), Verdict::Locked);
        assert_eq!(latch.destination(), Some(nat));
        for n in 0..100 {
            assert_eq!(latch.admit(at("6.6.6.6:1"), 7, 3 + n), Verdict::Foreign);
        }
    }

    #[test]
    fn scattered_packets_never_pass_probation() {
        let mut latch = signalled();
        for n in 0..200u16 {
            let v = latch.admit(at("6.6.6.6:1"), u32::from(n), n.wrapping_mul(7_919));
            assert_eq!(v, Verdict::Probation);
        }
        assert_eq!(latch.locked(), None);
    }

    #[test]
    fn the_signalled_source_overrides_a_faster_attacker() {
        let mut latch = signalled();
        for n in 0..10 {
            latch.admit(at("6.6.6.6:1"), 1, n);
        }
        assert_eq!(latch.locked(), Some(at("6.6.6.6:1")));
        assert_eq!(latch.admit(at("10.0.0.1:4000"), 9, 77), Verdict::Locked);
        assert_eq!(latch.admit(at("6.6.6.6:1"), 1, 10), Verdict::Foreign);
    }

    #[test]
    fn a_re_invite_with_the_same_address_keeps_the_lock_and_a_new_one_moves_it() {
        let mut latch = signalled();
        let nat = at("192.0.2.9:31000");
        (0..5).for_each(|n| {
            latch.admit(nat, 7, n);
        });
        latch.signal(at("10.0.0.1:4000"));
        assert_eq!(latch.locked(), Some(nat));
        latch.signal(at("10.0.0.2:5000"));
        assert_eq!(latch.destination(), Some(at("10.0.0.2:5000")));
        assert_eq!(latch.admit(nat, 7, 5), Verdict::Probation);
    }

    #[test]
    fn nothing_is_accepted_before_signalling_and_policies_hold() {
        let mut latch = Latch::new(LatchPolicy::Learn);
        assert_eq!(latch.admit(at("1.1.1.1:1"), 1, 1), Verdict::Foreign);
        let mut latch = Latch::new(LatchPolicy::SameAddress);
        latch.signal(at("10.0.0.1:4000"));
        assert_eq!(latch.admit(at("10.0.0.2:4000"), 1, 1), Verdict::Foreign);
        assert_eq!(latch.admit(at("10.0.0.1:4002"), 1, 1), Verdict::Probation);
        let mut latch = Latch::new(LatchPolicy::Signalled);
        latch.signal(at("10.0.0.1:4000"));
        assert_eq!(latch.admit(at("10.0.0.1:4002"), 1, 1), Verdict::Foreign);
        latch.signal(at("0.0.0.0:4000"));
        assert_eq!(latch.destination(), None);
    }
}

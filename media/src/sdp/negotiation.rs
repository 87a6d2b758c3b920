//! The offer/answer exchange of one dialog (RFC 3264): remembers what was said, so that versions only rise when
//! something changed (§8) and no `m=` line ever disappears.

use super::read::{Codecs, Description, Line, Stream, parse};
use super::write::{Audio, TELEPHONE_EVENT, write};
use super::{Codec, Direction, Local, Negotiated, SdpError};

/// One end of the exchange. Feed it every description of the dialog.
#[derive(Debug, Clone)]
pub struct Negotiation {
    local: Local,
    version: u64,
    /// Our last description, as written with version 0, to see whether the next one differs.
    last: Option<String>,
    /// The lines of the session so far and which of them is our audio.
    lines: Vec<Line>,
    live: usize,
    /// Payload types agreed on; later offers of ours keep them (§8.3.2).
    codecs: Codecs,
    telephone_event: Option<u8>,
    /// Codecs and event type of our offer that waits for an answer.
    pending: Option<(Codecs, Option<u8>)>,
}

impl Negotiation {
    /// Before the first description.
    pub fn new(local: Local) -> Negotiation {
        Negotiation {
            local,
            version: 0,
            last: None,
            lines: Vec::new(),
            live: 0,
            codecs: Vec::new(),
            telephone_event: None,
            pending: None,
        }
    }

    /// Our end.
    pub fn local(&self) -> &Local {
        &self.local
    }

    /// What we want from the next description on: `SendOnly` puts the peer on hold, `SendRecv` resumes.
    pub fn set_direction(&mut self, direction: Direction) {
        self.local.direction = direction;
    }

    /// Answers an offer, first or later. On error nothing has changed and the old session goes on.
    ///
    /// # Errors
    /// See [`SdpError`].
    pub fn answer(&mut self, offer: &str) -> Result<Negotiated, SdpError> {
        let description = parse(offer)?;
        let (live, stream, codecs) = self.choose(&description)?;
        let telephone_event = stream.telephone_event.filter(|_| self.local.telephone_event);
        let direction = meet(stream.direction, self.local.direction);
        // One codec in the answer: the peer then cannot switch behind our back.
        let chosen = codecs[0];
        let audio = Audio {
            proto: &description.lines[live].proto,
            codecs: &[chosen],
            telephone_event,
            direction,
            rtcp_mux: stream.rtcp_mux,
        };
        let answer = self.say(&description.lines, live, &audio);
        self.lines = description.lines;
        self.live = live;
        self.codecs = codecs.clone();
        self.telephone_event = telephone_event;
        self.pending = None;
        Ok(Negotiated {
            answer,
            remote: stream.remote,
            rtcp: stream.rtcp,
            rtcp_mux: stream.rtcp_mux,
            codec: chosen.1,
            payload_type: chosen.0,
            accepted: codecs,
            telephone_event,
            telephone_event_in: telephone_event,
            ptime_ms: stream.ptime_ms,
            direction,
        })
    }

    /// Our offer: for our own INVITE, for a late offer in a 200, or to change the session.
    pub fn offer(&mut self) -> String {
        let mut codecs: Codecs = Vec::new();
        for &codec in &self.local.codecs {
            let known = self.codecs.iter().find(|(_, c)| *c == codec).map(|(p, _)| *p);
            codecs.push((known.unwrap_or(codec.static_payload_type()), codec));
        }
        // The peer may have given our usual number to a codec.
        let free = (TELEPHONE_EVENT..128).find(|p| codecs.iter().all(|(c, _)| c != p)).unwrap_or(TELEPHONE_EVENT);
        let telephone_event = self.local.telephone_event.then_some(self.telephone_event.unwrap_or(free));
        let lines = if self.lines.is_empty() {
            vec![Line { media: "audio".into(), proto: "RTP/AVP".into(), fmt: String::new(), port: 1 }]
        } else {
            self.lines.clone()
        };
        let proto = lines[self.live].proto.clone();
        let audio =
            Audio { proto: &proto, codecs: &codecs, telephone_event, direction: self.local.direction, rtcp_mux: false };
        let text = self.say(&lines, self.live, &audio);
        self.lines = lines;
        self.pending = Some((codecs, telephone_event));
        text
    }

    /// Takes the peer's answer to our offer.
    ///
    /// # Errors
    /// When no offer waits, or the answer does not fit it. The old session goes on.
    pub fn accept(&mut self, answer: &str) -> Result<Negotiated, SdpError> {
        let (offered, event_in) = self.pending.clone().ok_or(SdpError::Mismatch("no offer waits for an answer"))?;
        let description = parse(answer)?;
        if description.lines.len() != self.lines.len() {
            return Err(SdpError::Mismatch("another number of m= lines"));
        }
        if !description.is_audio(self.live) {
            return Err(SdpError::NoAudio);
        }
        let stream = description.stream(self.live)?;
        self.reachable(&stream)?;
        let usable = |(_, codec): &(u8, Codec)| offered.iter().any(|(_, o)| o == codec);
        let chosen = stream.codecs.iter().copied().find(usable).ok_or(SdpError::NoCodec)?;
        let telephone_event = stream.telephone_event.filter(|_| event_in.is_some());
        self.pending = None;
        self.codecs = vec![chosen];
        self.telephone_event = event_in;
        Ok(Negotiated {
            answer: String::new(),
            remote: stream.remote,
            rtcp: stream.rtcp,
            // Not offered by us, so not agreed on, whatever the answer says.
            rtcp_mux: false,
            codec: chosen.1,
            payload_type: chosen.0,
            accepted: offered,
            telephone_event,
            telephone_event_in: telephone_event.and(event_in),
            ptime_ms: stream.ptime_ms,
            direction: meet(stream.direction, self.local.direction),
        })
    }

    /// Gives up an offer that was refused (488, 491) so that it can be made again.
    pub fn offer_refused(&mut self) {
        self.pending = None;
    }

    /// The first audio line with a codec of ours. A later line may serve when an earlier one cannot.
    fn choose(&self, description: &Description) -> Result<(usize, Stream, Codecs), SdpError> {
        let mut error = SdpError::NoAudio;
        for n in (0..description.lines.len()).filter(|&n| description.is_audio(n)) {
            let tried = description.stream(n).and_then(|stream| {
                self.reachable(&stream)?;
                let mut codecs = stream.codecs.clone();
                codecs.retain(|(_, c)| self.local.codecs.contains(c));
                if codecs.is_empty() { Err(SdpError::NoCodec) } else { Ok((n, stream, codecs)) }
            });
            match tried {
                Ok(found) => return Ok(found),
                Err(e) => error = e,
            }
        }
        Err(error)
    }

    fn reachable(&self, stream: &Stream) -> Result<(), SdpError> {
        let same_family = stream.remote.is_ipv4() == self.local.ip.is_ipv4();
        if same_family { Ok(()) } else { Err(SdpError::Address(stream.remote.ip().to_string())) }
    }

    /// Writes a description with the right version: one more than the last if anything differs, else the same.
    fn say(&mut self, lines: &[Line], live: usize, audio: &Audio<'_>) -> String {
        let unversioned = write(&self.local, 0, lines, live, audio);
        if self.last.as_ref() != Some(&unversioned) {
            self.version += 1;
            self.last = Some(unversioned);
        }
        write(&self.local, self.version, lines, live, audio)
    }
}

/// What we do, given what the peer said it does and what we want (RFC 3264 §6.1).
fn meet(peer: Direction, wanted: Direction) -> Direction {
    Direction::new(peer.receives() && wanted.sends(), peer.sends() && wanted.receives())
}

//! Writing our descriptions: offers and answers, one `m=` line for each of the peer's.

use sdp_types::{Connection, Media, MediaType, Origin, Session, Time, TransportProto};

use super::read::Line;
use super::{Codec, Direction, Local};

/// The payload type we offer telephone events with.
pub(super) const TELEPHONE_EVENT: u8 = 101;

/// Our audio line.
pub(super) struct Audio<'a> {
    pub proto: &'a str,
    pub codecs: &'a [(u8, Codec)],
    pub telephone_event: Option<u8>,
    pub direction: Direction,
    pub rtcp_mux: bool,
}

/// Writes a description in which line `live` of `lines` is our audio and all others are refused by port 0.
pub(super) fn write(local: &Local, version: u64, lines: &[Line], live: usize, audio: &Audio<'_>) -> String {
    let mut session = Session::new(Origin::with_ip_addr(local.session_id, version, local.ip), "-");
    session.set_connection(Connection::from_ip_addr(local.ip));
    session.add_time(Time::new(0, 0));
    for (n, line) in lines.iter().enumerate() {
        if n == live {
            session.add_media(live_audio(local, audio));
        } else {
            let mut refused = Media::new(MediaType::Audio, 0, TransportProto::RtpAvp, &line.fmt);
            refused.media.clone_from(&line.media);
            refused.proto.clone_from(&line.proto);
            session.add_media(refused);
        }
    }
    let mut bytes = Vec::with_capacity(512);
    session.write(&mut bytes).expect("writing into memory cannot fail");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn live_audio(local: &Local, audio: &Audio<'_>) -> Media {
    let mut fmt: Vec<String> = audio.codecs.iter().map(|(p, _)| p.to_string()).collect();
    fmt.extend(audio.telephone_event.map(|p| p.to_string()));
    let mut media = Media::new(MediaType::Audio, local.port, TransportProto::RtpAvp, fmt.join(" "));
    media.proto = audio.proto.to_string();
    for (payload_type, codec) in audio.codecs {
        media.add_attribute_with_value("rtpmap", format!("{payload_type} {}/8000", codec.name()));
    }
    if let Some(p) = audio.telephone_event {
        media.add_attribute_with_value("rtpmap", format!("{p} telephone-event/8000"));
        media.add_attribute_with_value("fmtp", format!("{p} 0-15"));
    }
    media.add_attribute_with_value("ptime", 20);
    if audio.rtcp_mux {
        media.add_attribute_from_str("rtcp-mux");
    } else if local.rtcp_port != local.port.wrapping_add(1) {
        media.add_attribute_with_value("rtcp", local.rtcp_port);
    }
    media.add_attribute_from_str(audio.direction.name());
    media
}

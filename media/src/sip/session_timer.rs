//! Session timers (RFC 4028): who refreshes, how often, and when a call that went silent is over.
//!
//! Numbers only; sending the refresh or the BYE is the call's business.

use super::limits::{MIN_SESSION_S, SESSION_S};
use super::message::{Message, digits};

/// What both sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimer {
    /// The session interval in seconds.
    pub interval_s: u32,
    /// Whether we send the refreshes.
    pub we_refresh: bool,
}

impl SessionTimer {
    /// After how many milliseconds without refresh to act: refresh at half the interval, or give the call up shortly
    /// before its end (RFC 4028 §10).
    pub fn due_ms(self) -> u64 {
        let interval = u64::from(self.interval_s) * 1000;
        if self.we_refresh { interval / 2 } else { interval - 32_000.min(interval / 3) }
    }
}

/// The interval asked for is below our minimum: answer 422 with Min-SE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooSmall;

fn interval(message: &Message) -> Option<(u32, Option<bool>)> {
    let value = message.get("Session-Expires")?;
    let mut parts = value.split(';').map(str::trim);
    let seconds = u32::try_from(digits(parts.next()?)?).ok()?;
    let refresher = parts.find_map(|p| {
        let (name, who) = p.split_once('=')?;
        name.trim().eq_ignore_ascii_case("refresher").then(|| who.trim().eq_ignore_ascii_case("uac"))
    });
    Some((seconds, refresher))
}

/// As UAS of an INVITE or UPDATE: the timer to put into the 2xx (RFC 4028 §9).
pub fn answer(request: &Message) -> Result<Option<SessionTimer>, TooSmall> {
    let peer_supports = request.has_token("Supported", "timer") || request.has_token("Require", "timer");
    let Some((seconds, uac_refreshes)) = interval(request) else {
        // Nobody asked; a peer that can refresh is asked to, so that a call it lost does not live for ever.
        return Ok(peer_supports.then_some(SessionTimer { interval_s: SESSION_S, we_refresh: false }));
    };
    if seconds < MIN_SESSION_S {
        if peer_supports {
            return Err(TooSmall);
        }
        return Ok(Some(SessionTimer { interval_s: MIN_SESSION_S, we_refresh: true }));
    }
    Ok(Some(SessionTimer { interval_s: seconds, we_refresh: !(peer_supports && uac_refreshes.unwrap_or(true)) }))
}

/// Writes the timer into our 2xx. `peer_supports` decides whether the peer must obey.
pub fn write_answer(response: &mut Message, timer: SessionTimer, peer_supports: bool) {
    let who = if timer.we_refresh { "uas" } else { "uac" };
    response.set("Session-Expires", format!("{};refresher={who}", timer.interval_s));
    if peer_supports && !timer.we_refresh {
        response.push("Require", "timer");
    }
}

/// As UAC: what the 2xx says (RFC 4028 §7.2).
pub fn agreed(response: &Message) -> Option<SessionTimer> {
    let (seconds, uac_refreshes) = interval(response)?;
    Some(SessionTimer { interval_s: seconds.max(MIN_SESSION_S), we_refresh: uac_refreshes.unwrap_or(true) })
}

/// As UAC after a 422: the interval to ask for instead.
pub fn raised(response: &Message) -> Option<u32> {
    let seconds = u32::try_from(digits(response.get("Min-SE")?.split(';').next()?.trim())?).ok()?;
    (seconds <= 24 * 3600).then_some(seconds.max(SESSION_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(supported: &str, expires: &str) -> Message {
        let mut m = Message::request("INVITE", "sip:h");
        if !supported.is_empty() {
            m.push("Supported", supported);
        }
        if !expires.is_empty() {
            m.push("Session-Expires", expires);
        }
        m
    }

    #[test]
    fn table_of_answers() {
        let timer = |interval_s, we_refresh| Ok(Some(SessionTimer { interval_s, we_refresh }));
        for (supported, expires, expected) in [
            ("", "", Ok(None)),
            ("timer", "", timer(SESSION_S, false)),
            ("timer", "60", Err(TooSmall)),
            ("", "60", timer(90, true)),
            ("timer", "300", timer(300, false)),
            ("timer", "300;refresher=uac", timer(300, false)),
            ("timer", "300;refresher=uas", timer(300, true)),
            ("", "300", timer(300, true)),
            ("timer", "no number", timer(SESSION_S, false)),
        ] {
            assert_eq!(answer(&request(supported, expires)), expected, "{supported} {expires}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(SessionTimer { interval_s: 90, we_refresh: true }.due_ms(), 45_000);
        assert_eq!(SessionTimer { interval_s: 90, we_refresh: false }.due_ms(), 60_000);
        assert_eq!(SessionTimer { interval_s: 1800, we_refresh: false }.due_ms(), 1_768_000);
    }
}

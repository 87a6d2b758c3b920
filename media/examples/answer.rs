//! An answering agent without media, for load tests: `answer 127.0.0.1:5075 [calls-per-second]`.
//!
//! It answers every call at once and waits for the other side to hang up; with `--bye` it hangs up on the first key.
//! Every five seconds it prints what the endpoint is doing.

use offhook_media::sip::check::Transport;
use offhook_media::sip::guard::GuardLimits;
use offhook_media::sip::stack::{CallEvent, Endpoint, SipConfig};
use std::net::SocketAddr;
use std::time::Duration;

const ANSWER: &str = "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let address: SocketAddr = args.first().ok_or("usage: answer ADDRESS:PORT [CALLS-PER-SECOND] [--bye]")?.parse()?;
    let calls_per_s: f32 = args.get(1).and_then(|a| a.parse().ok()).unwrap_or(1_000.0);
    let hang_up = args.iter().any(|a| a == "--bye");
    let limits = GuardLimits {
        source_messages_per_s: 100_000.0,
        messages_per_s: 100_000.0,
        calls_per_s,
        ..GuardLimits::default()
    };
    let config =
        SipConfig { bind: vec![(Transport::Udp, address), (Transport::Tcp, address)], limits, ..SipConfig::default() };
    let (endpoint, mut calls) = Endpoint::start(config).await?;
    let watched = endpoint.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            println!("{:?}", watched.stats());
        }
    });
    while let Some(call) = calls.recv().await {
        tokio::spawn(async move {
            if call.ringing().await.is_err() {
                return;
            }
            let Ok(mut call) = call.accept(ANSWER).await else { return };
            while let Some(event) = call.next().await {
                if hang_up && matches!(event, CallEvent::Dtmf { .. }) {
                    let _ = call.bye().await;
                }
            }
        });
    }
    Ok(())
}

//! Where emitted events go: each is posted as JSON to one address, signed, and tried again with growing pauses. A
//! receiver recognises a repeat by its id. What cannot be delivered stays in the journal.

use crate::config;
use crate::config::Secret;
use hmac::{Hmac, Mac};
use offhook_runtime::Note;
use reqwest::Client;
use serde_json::json;
use sha2::Sha256;
use std::time::Duration;
use tokio::sync::mpsc;

/// Events that wait to be posted. Beyond that the oldest deliveries are behind by minutes, and a log line says so.
const QUEUE: usize = 10_000;

/// The first pause before another try; each doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

struct Posting {
    id: String,
    body: String,
}

/// The poster. Without an address it does nothing.
pub(super) struct Webhooks {
    queue: Option<mpsc::Sender<Posting>>,
}

impl Webhooks {
    pub(super) fn start(config: &config::Webhooks) -> Result<Self, reqwest::Error> {
        let Some(url) = config.url.clone() else { return Ok(Webhooks { queue: None }) };
        let client = Client::builder().timeout(config.timeout).no_proxy().build()?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let task = Task { client, url, secret: config.secret.clone(), attempts: config.attempts.max(1) };
        tokio::spawn(task.run(waiting));
        Ok(Webhooks { queue: Some(queue) })
    }

    pub(super) fn post(&self, session: &str, flow: &str, note: &Note) {
        let Some(queue) = &self.queue else { return };
        let id = format!("{session}/{}", note.id);
        let body = json!({
            "id": id, "event": note.name, "session": session, "flow": flow, "data": note.data.to_json()
        });
        if queue.try_send(Posting { id, body: body.to_string() }).is_err() {
            tracing::warn!(
                session,
                event = note.name,
                "too many events wait to be posted; this one stays in the journal"
            );
        }
    }
}

struct Task {
    client: Client,
    url: String,
    secret: Option<Secret>,
    attempts: u32,
}

impl Task {
    async fn run(self, mut waiting: mpsc::Receiver<Posting>) {
        while let Some(posting) = waiting.recv().await {
            self.deliver(&posting).await;
        }
    }

    async fn deliver(&self, posting: &Posting) {
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=self.attempts {
            let mut request = self
                .client
                .post(&self.url)
                .header("content-type", "application/json")
                .header("idempotency-key", &posting.id)
                .body(posting.body.clone());
            if let Some(secret) = &self.secret {
                request = request.header("x-offhook-signature", sign(secret, &posting.body));
            }
            match request.send().await {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => {
                    tracing::debug!(id = posting.id, attempt, status = answer.status().as_u16(), "event refused")
                }
                Err(_) => tracing::debug!(id = posting.id, attempt, "event not delivered"),
            }
            if attempt < self.attempts {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        tracing::warn!(
            id = posting.id,
            attempts = self.attempts,
            "an event could not be delivered; it stays in the journal"
        );
    }
}

/// `sha256=` and the HMAC-SHA256 of the body in hexadecimal.
fn sign(secret: &Secret, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body.as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().fold("sha256=".to_owned(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha256() {
        // RFC 4231, test case 2.
        let signature = sign(&Secret::new("Jefe"), "what do ya want for nothing?");
        assert_eq!(signature, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}

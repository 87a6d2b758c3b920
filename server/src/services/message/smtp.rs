//! E-mail (RFC 5321, RFC 5322). The `Message-ID` is made of the message's key, so that a repeat of the same message is
//! known for one; mail servers and readers keep one of two.

use super::Message;
use crate::config::{Smtp, Tls};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as Protection, TlsParameters};
use lettre::transport::smtp::{Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use offhook_runtime::Fault;
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// A mail server.
pub(super) struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    name: String,
    pub(super) timeout: Duration,
}

impl Server {
    pub(super) fn new(config: &Smtp) -> Result<Self, String> {
        let parameters = || TlsParameters::new(config.host.clone()).map_err(|error| error.to_string());
        let (usual, protection) = match config.tls {
            Tls::Starttls => (SUBMISSION_PORT, Protection::Required(parameters()?)),
            Tls::Tls => (SUBMISSIONS_PORT, Protection::Wrapper(parameters()?)),
            Tls::None => (SMTP_PORT, Protection::None),
        };
        let mut building = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port.unwrap_or(usual))
            .tls(protection)
            .timeout(Some(config.timeout));
        if let Some(password) = &config.password {
            building = building.credentials(Credentials::new(config.user.clone(), password.reveal().to_owned()));
        }
        let from: Mailbox = config.from.parse().map_err(|_| "`from` is no address".to_owned())?;
        let transport = building.build();
        Ok(Server { transport, from, name: config.host.clone(), timeout: config.timeout })
    }

    pub(super) async fn send(&self, message: &Message<'_>) -> Result<String, Fault> {
        let refused = |what: &str| Fault::new("message.address", what.to_owned());
        let to: Mailbox = message.to.parse().map_err(|_| refused("the message does not go to an e-mail address"))?;
        let id = self.id(&message.key);
        let building = lettre::Message::builder()
            .message_id(Some(id.clone()))
            .from(self.from.clone())
            .to(to)
            .subject(message.subject.replace(['\r', '\n'], " "));
        let plain = || SinglePart::plain(message.text.to_owned());
        let html = || SinglePart::html(message.html.to_owned());
        let built = match (message.text.is_empty(), message.html.is_empty()) {
            (false, false) => building.multipart(MultiPart::alternative().singlepart(plain()).singlepart(html())),
            (true, false) => building.singlepart(html()),
            _ => building.singlepart(plain()),
        };
        let mail = built.map_err(|_| refused("the message cannot be put together"))?;
        self.transport.send(mail).await.map_err(|error| self.failed(&error))?;
        Ok(id)
    }

    /// The `Message-ID`. The key itself stays at home: it names a conversation.
    fn id(&self, key: &str) -> String {
        let digest = Sha256::digest(key.as_bytes());
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("<{name}@{}>", self.from.email.domain())
    }

    /// Why it was not sent. A server's own words may quote the message, so only its code is told.
    fn failed(&self, error: &Error) -> Fault {
        let status = error.status().map(|code| format!(" ({code})")).unwrap_or_default();
        let name = &self.name;
        if error.is_permanent() {
            Fault::new("message.refused", format!("the mail server {name} refuses the message{status}"))
        } else if error.is_transient() {
            Fault::new("message.busy", format!("the mail server {name} does not take the message now{status}"))
        } else if error.is_timeout() {
            Fault::new("message.timeout", format!("the mail server {name} did not answer in time"))
        } else {
            Fault::new(
                "message.network",
                format!("the mail server {name} cannot be reached, or its connection not protected"),
            )
        }
    }
}

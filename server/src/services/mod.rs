//! Services: what flows ask of the world by name. Each answers with an event, never with an error.

mod contact;
mod http;
mod limits;
mod message;
mod network;
mod query;
mod secrets;
mod table;
mod webhook;

pub(crate) use limits::TABLE_BYTES;
pub use table::Tables;

use crate::config::Config;
use crate::observe::Metrics;
use crate::store::Store;
use crate::vault::Vault;
use offhook_runtime::{Answer, Call, Contact, Event, Failure, Fault, Note, Value};
use std::sync::Arc;
use std::time::Duration;

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    /// The session's id; with the command's number it makes the idempotency key.
    pub session: String,
    /// The channel kind.
    pub channel: &'static str,
    /// The contact's address on it.
    pub address: String,
    /// The contact's lasting id, if it has one.
    pub contact: String,
}

/// Time that a service is given beyond what the session waits, so that the session's own clock decides.
const GRACE: Duration = Duration::from_secs(5);

/// Every service. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    http: http::Http,
    contacts: contact::Contacts,
    messages: message::Messages,
    queries: query::Queries,
    tables: Tables,
    webhooks: webhook::Webhooks,
    vault: Option<Arc<Vault>>,
}

impl Services {
    /// The services of a configuration, with the tables that lie beside its flows and the secrets of a vault.
    pub fn new(
        config: &Config,
        store: Option<Store>,
        metrics: &Metrics,
        tables: Tables,
        vault: Option<Arc<Vault>>,
    ) -> Result<Self, reqwest::Error> {
        let known = secrets::Known { vault: vault.clone(), configured: config.secrets.clone() };
        Ok(Services {
            inner: Arc::new(Inner {
                http: http::Http::new(config, known, metrics)?,
                contacts: contact::Contacts::new(config.flows.tenant.as_str().into(), store),
                messages: message::Messages::new(&config.messages),
                queries: query::Queries::new(&config.sources),
                tables,
                webhooks: webhook::Webhooks::start(&config.webhooks)?,
                vault,
            }),
        })
    }

    /// The vault behind the secrets of flows.
    pub fn vault(&self) -> Option<&Arc<Vault>> {
        self.inner.vault.as_ref()
    }

    /// Asks the service that a call names, and gives its answer, or its failure, as the event for the session.
    pub async fn perform(&self, asker: &Asker, call: &Call) -> Event {
        let limit = Duration::from_millis(call.timeout_ms).saturating_add(GRACE);
        let answer = tokio::time::timeout(limit, async {
            match call.service.as_str() {
                "http" => self.inner.http.perform(&format!("{}/{}", asker.session, call.id), &call.request).await,
                "contact" => self.inner.contacts.perform(asker, &call.request).await,
                "message" => self.inner.messages.perform(asker, &call.request, &self.inner.http).await,
                "query" => self.inner.queries.perform(&call.request).await,
                "table" => self.inner.tables.perform(&call.request),
                other => Err(Fault::new("service.unknown", format!("there is no service `{other}`"))),
            }
        });
        match answer.await {
            Ok(Ok(value)) => Event::Result(Answer { id: call.id, value }),
            Ok(Err(fault)) => Event::Failed(Failure { id: call.id, fault }),
            Err(_) => {
                let fault =
                    Fault::new("service.timeout", format!("the service `{}` did not answer in time", call.service));
                Event::Failed(Failure { id: call.id, fault })
            }
        }
    }

    /// Passes on what a session tells the outside.
    pub fn tell(&self, session: &str, flow: &str, note: &Note) {
        self.inner.webhooks.post(session, flow, note);
    }

    /// Fills in what is known of a contact.
    pub async fn recognise(&self, channel: &str, contact: &mut Contact) {
        self.inner.contacts.recognise(channel, contact).await;
    }
}

/// A map with one entry, for answers.
fn one(key: &str, value: Value) -> Value {
    Value::map([(key, value)])
}

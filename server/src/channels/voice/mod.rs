//! The telephone: SIP calls become sessions. A called number leads to a flow by its entry; the flow's commands become
//! sound and signalling, and what the caller does becomes events. The rules of the media and of SIP are `media`'s.

mod call;
mod performer;

use crate::config::{self, Config, Entry, Network};
use crate::host::Host;
use crate::observe::{CallOutcome, Metrics, Readiness};
use crate::speech::PromptAudio;
use offhook_media::engine::{Engine, EngineConfig, EngineError};
use offhook_media::sip::auth::Secret;
use offhook_media::sip::check::Transport;
use offhook_media::sip::guard::GuardLimits;
use offhook_media::sip::stack::{Endpoint, IncomingCall, SipConfig, SipError, Trunk, User};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

/// How long a caller is told to wait when there is no room (seconds).
const RETRY_AFTER_S: u32 = 5;

/// Messages that a busy call sends in its whole life: invitation, acknowledgement, keys, the end, and some of them twice.
const MESSAGES_A_CALL: f32 = 20.0;

/// How long a trunk registration is asked to hold.
const TRUNK_EXPIRES: Duration = Duration::from_secs(600);

/// Why the telephone cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// The signalling could not be opened.
    #[error("SIP: {0}")]
    Sip(#[from] SipError),
    /// The media could not be opened.
    #[error("RTP: {0}")]
    Media(#[from] EngineError),
    /// A folder could not be made.
    #[error("the folder for recordings {0}: {1}")]
    Folder(PathBuf, std::io::Error),
}

/// What every call is given.
struct Office {
    host: Host,
    engine: Engine,
    endpoint: Endpoint,
    speech: PromptAudio,
    recordings: PathBuf,
    metrics: Metrics,
}

/// The telephone of this server.
pub struct Telephone {
    /// One a tenant, the first one's being that of the configuration itself; they share ports, phones and trunks.
    offices: Arc<[Arc<Office>]>,
    calls: TaskTracker,
}

impl Telephone {
    /// Opens the ports that the configuration names and answers calls from then on.
    pub async fn start(
        hosts: &[Host],
        speech: PromptAudio,
        metrics: &Metrics,
        readiness: &Readiness,
    ) -> Result<Telephone, VoiceError> {
        let config = hosts.first().expect("there is always the first tenant").config().clone();
        let engine = Engine::start(EngineConfig {
            bind_ip: config.rtp.bind,
            advertised_ip: config.sip.advertise.unwrap_or(config.rtp.bind),
            ports: config.rtp.ports.first..=config.rtp.ports.last,
            max_calls: config.sip.max_calls as usize,
            threads: usize::from(config.rtp.threads),
        })?;
        let (endpoint, incoming) = Endpoint::start(sip_config(&config)).await?;
        let recordings = config.server.data_dir.join("recordings");
        std::fs::create_dir_all(&recordings).map_err(|error| VoiceError::Folder(recordings.clone(), error))?;
        let office = |host: &Host| {
            Arc::new(Office {
                host: host.clone(),
                engine: engine.clone(),
                endpoint: endpoint.clone(),
                speech: speech.clone(),
                recordings: recordings.clone(),
                metrics: metrics.clone(),
            })
        };
        let offices: Arc<[Arc<Office>]> = hosts.iter().map(office).collect();
        let calls = TaskTracker::new();
        tokio::spawn(answer(offices.clone(), incoming, calls.clone()));
        let places: Vec<String> = endpoint
            .local_addrs()
            .iter()
            .map(|(transport, address)| format!("{address} {transport:?}").to_lowercase())
            .collect();
        readiness.ok("sip", places.join(", "));
        Ok(Telephone { offices, calls })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Vec<(Transport, SocketAddr)> {
        self.offices[0].endpoint.local_addrs()
    }

    /// Calls that are up.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Waits for the calls that are up to end, for so long; then ends them, and closes the ports.
    pub async fn stop(&self, patience: Duration) {
        self.calls.close();
        if tokio::time::timeout(patience, self.calls.wait()).await.is_err() {
            tracing::info!(calls = self.calls.len(), "calls are cut off by the shutdown");
        }
        self.offices[0].endpoint.shutdown().await;
    }
}

fn sip_config(config: &Config) -> SipConfig {
    let sip = &config.sip;
    let bind: Vec<(Transport, SocketAddr)> =
        [sip.udp.map(|at| (Transport::Udp, at)), sip.tcp.map(|at| (Transport::Tcp, at))]
            .into_iter()
            .flatten()
            .collect();
    let trusted = sip.trunks.iter().flat_map(|trunk| &trunk.allow).filter_map(single).collect();
    // Every caller from outside proves who it is, unless the administrator has named whom to believe.
    let is_default = sip.allow == config::Sip::default().allow;
    let require_auth = is_default && bind.iter().any(|(_, at)| !at.ip().is_loopback());
    let password = |secret: &Option<config::Secret>| {
        Secret::Password(secret.as_ref().map(|secret| secret.reveal().to_owned()).unwrap_or_default())
    };
    SipConfig {
        bind,
        advertised: sip.advertise,
        domain: sip.realm.clone(),
        user_agent: concat!("Offhook/", env!("CARGO_PKG_VERSION")).to_owned(),
        limits: GuardLimits {
            calls_per_s: sip.calls_per_second as f32,
            // One exchange may bring all the calls that are taken at all.
            source_messages_per_s: MESSAGES_A_CALL * sip.calls_per_second as f32,
            messages_per_s: (2.0 * MESSAGES_A_CALL * sip.calls_per_second as f32)
                .max(GuardLimits::default().messages_per_s),
            calls: sip.max_calls,
            trusted,
            ..GuardLimits::default()
        },
        users: sip
            .phones
            .iter()
            .map(|phone| User { name: phone.user.clone(), secret: password(&phone.password) })
            .collect(),
        require_auth_for_invite: require_auth,
        trunks: sip
            .trunks
            .iter()
            .map(|trunk| Trunk {
                name: trunk.name.clone(),
                registrar: match trunk.transport {
                    config::Transport::Tcp => format!("sip:{};transport=tcp", trunk.host),
                    config::Transport::Udp => format!("sip:{}", trunk.host),
                },
                username: trunk.user.clone(),
                secret: password(&trunk.password),
                expires: TRUNK_EXPIRES,
                register: trunk.register,
                addresses: trunk.allow.iter().filter_map(single).collect(),
            })
            .collect(),
        ..SipConfig::default()
    }
}

/// The address of a network that is one address.
fn single(network: &Network) -> Option<std::net::IpAddr> {
    network.to_string().split('/').next().and_then(|address| address.parse().ok())
}

/// Answers incoming calls until the endpoint closes.
async fn answer(offices: Arc<[Arc<Office>]>, mut incoming: mpsc::Receiver<IncomingCall>, calls: TaskTracker) {
    while let Some(call) = incoming.recv().await {
        let offices = offices.clone();
        calls.spawn(async move { take(&offices, call).await });
    }
}

async fn take(offices: &[Arc<Office>], call: IncomingCall) {
    let office = &offices[0];
    if office.host.stopping().is_cancelled() {
        return refuse(office, call, 503, "Service Unavailable", true).await;
    }
    let config = office.host.config().clone();
    let is_known = call.trunk.is_some() || call.authenticated.is_some();
    if !is_known && !config.sip.allow.iter().any(|network| network.contains(call.source.ip())) {
        return refuse(office, call, 403, "Forbidden", false).await;
    }
    let found = offices.iter().filter_map(|office| Some((office, entry(&office.host.entries(), &call.called)?)));
    let Some((office, entry)) = found.max_by_key(|(_, entry)| length(entry)) else {
        tracing::info!(target: "offhook::sip", called = call.called, "no entry leads to this number");
        return refuse(office, call, 404, "Not Found", false).await;
    };
    let flow = entry.flow_for(contact(&call)).to_owned();
    let Some(program) = office.host.program(&flow) else {
        tracing::error!(target: "offhook::sip", flow, "a number leads to a flow that cannot run");
        return refuse(office, call, 480, "Temporarily Unavailable", false).await;
    };
    let folders = office.host.library().serving().folders(program.id());
    call::serve(office.clone(), call, (flow, entry.locale.clone()), folders).await;
}

/// By what a caller is told from others: his number, or the call where he withholds it (RFC 3323 §4.1.1.3).
fn contact(call: &IncomingCall) -> &str {
    let user = call.from.user.as_str();
    if user.is_empty() || user == "anonymous" { &call.call_id } else { user }
}

/// The entry of a called number: as it came, else without its `+`.
fn entry(entries: &[Entry], called: &str) -> Option<Entry> {
    let plain = called.trim_start_matches('+');
    let best = |number: &str| config::entry_for_number(entries, number);
    let best = match (best(called), best(plain)) {
        (Some(a), Some(b)) if length(b) > length(a) => Some(b),
        (Some(a), _) => Some(a),
        (None, b) => b,
    };
    best.cloned()
}

fn length(entry: &Entry) -> usize {
    match &entry.channel {
        config::Channel::Number(prefix) => prefix.len(),
        config::Channel::Chat(_) | config::Channel::Webhook(_) | config::Channel::Event(_) => 0,
    }
}

async fn refuse(office: &Office, call: IncomingCall, status: u16, reason: &str, come_back: bool) {
    office.metrics.call(CallOutcome::Rejected(status));
    call.reject(status, reason, come_back.then_some(RETRY_AFTER_S)).await;
}

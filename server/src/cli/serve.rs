//! `offhook serve`: the telephone, the chat, the API and the page, until it is told to stop.

use super::{FAILED, OK, Stop, USAGE, World, print};
use crate::channels::{chat, voice::Telephone};
use crate::config::{Config, Flag, SignIn};
use crate::host::{Host, Library, take_up_entries};
use crate::observe::{self, Metrics, Readiness};
use crate::people::People;
use crate::services::Services;
use crate::speech::PromptAudio;
use crate::store::Store;
use crate::vault::Vault;
use crate::{watch, web};
use clap::Args;
use offhook_flow_schemas::render;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often what is old is removed.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// Arguments of `serve`.
#[derive(Args)]
pub(super) struct ServeArgs {
    /// The folder of flows.
    #[arg(long, value_name = "DIR")]
    flows: Option<String>,
    /// The folder of the database, recordings and the speech cache.
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Where HTTP is served.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<String>,
    /// Where SIP is served, over UDP and TCP.
    #[arg(long, value_name = "ADDRESS")]
    sip: Option<String>,
    /// Take no telephone calls.
    #[arg(long, conflicts_with = "sip")]
    no_sip: bool,
    /// What is logged: a level, or a filter such as `info,offhook_server=debug`.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

impl ServeArgs {
    fn flags(&self) -> Vec<Flag> {
        let mut flags = Vec::new();
        let mut add = |name: &str, keys: &[&str], value: &Option<String>| {
            for key in keys {
                if let Some(value) = value {
                    flags.push(Flag { name: name.to_owned(), key: (*key).to_owned(), value: value.clone() });
                }
            }
        };
        add("--flows", &["flows.folder"], &self.flows);
        add("--data", &["server.data_dir"], &self.data);
        add("--http", &["server.bind"], &self.http);
        add("--sip", &["sip.udp", "sip.tcp"], &self.sip);
        add("--log", &["log.level"], &self.log);
        if self.no_sip {
            add("--no-sip", &["sip.enabled"], &Some("false".to_owned()));
        }
        flags
    }
}

pub(super) fn serve(world: &World, args: &ServeArgs) -> Result<u8, Stop> {
    let config = Arc::new(world.config(args.flags())?);
    let logging = observe::Logging { filter: config.log.level.clone(), format: format(config.log.format) };
    observe::init(&logging).map_err(|error| Stop::new(USAGE, error.to_string()))?;
    // As many calls as the system allows; with fewer files than that, later calls are refused, and said so.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Stop::new(FAILED, error.to_string()))?;
    runtime.block_on(run(world, config))
}

fn format(format: crate::config::LogFormat) -> observe::Format {
    match format {
        crate::config::LogFormat::Text => observe::Format::Text,
        crate::config::LogFormat::Json => observe::Format::Json,
    }
}

async fn run(world: &World, config: Arc<Config>) -> Result<u8, Stop> {
    let failed = |error: &dyn std::fmt::Display| Stop::new(FAILED, error.to_string());
    let metrics = if config.tenants.is_empty() { Metrics::new() } else { Metrics::of_tenants() };
    let readiness = Readiness::new();
    for check in ["store", "flows", "speech"] {
        readiness.expect(check);
    }
    if config.sip.enabled {
        readiness.expect("sip");
    }
    std::fs::create_dir_all(&config.server.data_dir).map_err(|error| Stop::io(&config.server.data_dir, &error))?;
    let store = Store::open(&config.store_url(), &metrics).await.map_err(|error| failed(&error))?;
    readiness.ok("store", store.file().display().to_string());
    let speech = PromptAudio::start(&config.speech, &config.speech_folder(), &metrics, &readiness).await;
    let mut hosts = Vec::new();
    for config in config.of_tenants() {
        hosts.push(open(world, Arc::new(config), &store, &metrics).await?);
    }
    let hosts: Arc<[Host]> = hosts.into();
    take_up_entries(&hosts).await.map_err(|error| failed(&error))?;
    watch::report(&hosts, &readiness);
    let library = hosts[0].library().clone();
    let telephone = if config.sip.enabled {
        let telephone = Telephone::start(&hosts, speech, &metrics, &readiness).await;
        Some(telephone.map_err(|error| failed(&error))?)
    } else {
        None
    };
    let key = chat::Key::of(&config.server.data_dir).map_err(|error| failed(&error))?;
    let sip: Vec<(String, SocketAddr)> = telephone
        .iter()
        .flat_map(Telephone::addresses)
        .map(|(transport, address)| (format!("{transport:?}").to_lowercase(), address))
        .collect();
    let listener = tokio::net::TcpListener::bind(config.server.bind)
        .await
        .map_err(|error| Stop::new(FAILED, format!("cannot serve HTTP on {}: {error}", config.server.bind)))?;
    let http = listener.local_addr().map_err(|error| failed(&error))?;
    let router = web::router(&hosts, key, readiness.clone(), metrics.clone(), &sip);
    let stop = CancellationToken::new();
    let graceful = stop.clone();
    let serving_http = tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(graceful.cancelled_owned()).await
    });
    let watched = hosts.iter().filter(|_| config.flows.watch).map(|host| watch::folder(host, &hosts, &readiness));
    let watching = watched.collect::<Result<Vec<_>, _>>().map_err(|error| failed(&error))?;
    let tidying = tokio::spawn(tidy(hosts.clone()));
    // Whoever reads the addresses may ask it to stop from then on.
    let stopped = signals().map_err(|error| failed(&error))?;
    if config.server.sign_in == SignIn::Password {
        let people = People::new(store.clone());
        for host in hosts.iter() {
            if let Some((login, password)) = people.first(host).await.map_err(|error| failed(&error))? {
                // On the screen alone: a log is read by others, and kept.
                print(&format!("first sign in as {login} with the password {password}, once: then choose your own"));
            }
        }
    }
    announce(&hosts[0], http, &sip, &library);

    stopped.await.map_err(|error| failed(&error))?;
    print("stopping: conversations reach their next wait");
    drop(watching);
    tidying.abort();
    if let Some(telephone) = &telephone {
        telephone.stop(config.server.drain_timeout).await;
    }
    for host in hosts.iter() {
        host.stop().await;
    }
    stop.cancel();
    // Windows that hold a socket open are told to go by the host's stop; the rest is cut off.
    let _ = tokio::time::timeout(Duration::from_secs(5), serving_http).await;
    store.close().await;
    Ok(OK)
}

/// The host of one tenant: his flows, his secrets, his connections, and his sessions of before.
async fn open(world: &World, config: Arc<Config>, store: &Store, metrics: &Metrics) -> Result<Host, Stop> {
    let failed = |error: &dyn std::fmt::Display| Stop::new(FAILED, error.to_string());
    let metrics = &metrics.of(&config.flows.tenant);
    let (folder, tenant) = (config.flows.folder.clone(), config.flows.tenant.as_str());
    if crate::folder::prepare(&folder).map_err(|error| Stop::io(&folder, &error))? {
        tracing::info!(tenant, folder = %folder.display(), "the folder of flows was missing and is there now");
    }
    let finished = crate::folder::recover(&folder).map_err(|error| Stop::io(&folder, &error))?;
    if finished > 0 {
        tracing::info!(
            tenant,
            writes = finished,
            "documents that were being written when the server ended are whole now"
        );
    }
    let environment = config.environment(&world.environment_name());
    let vault = Vault::open(store.clone(), tenant, config.vault.key.as_ref(), config.vault.previous_key.as_ref());
    let vault = Arc::new(vault.await.map_err(|error| failed(&error))?);
    let library = Library::new(world.catalog.clone(), world.limits(&config), folder);
    let library = library.within(environment).with_vault(vault.clone());
    let library = Arc::new(library);
    let serving = library.load(store, tenant).await.map_err(|error| failed(&error))?;
    let errors: Vec<_> = serving.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
    if !errors.is_empty() {
        eprint!("{}", render(&errors, world.colour));
    }
    if serving.ids().is_empty() {
        tracing::warn!(tenant, "no flow is served yet: {}", first_flow(&config, library.folder()));
    }
    let led_to = config.entries.iter().flat_map(|entry| entry.leads.flows());
    for flow in led_to.filter(|flow| serving.program(flow).is_none()) {
        tracing::warn!(tenant, flow, "an entry leads to a flow that cannot run");
    }
    let services = Services::new(&config, Some(store.clone()), metrics, library.tables().clone(), Some(vault));
    let services = services.map_err(|error| failed(&error))?;
    let host = Host::new(store.clone(), library, services, metrics.clone(), config.clone());
    let unpublished = host.take_up_releases().await.map_err(|error| failed(&error))?;
    if !unpublished.is_empty() {
        tracing::warn!(
            tenant,
            flows = unpublished.join(", "),
            "not published yet, so nobody reaches them: offhook publish FLOW"
        );
    }
    let recovered = host.recover().await.map_err(|error| failed(&error))?;
    if recovered != Default::default() {
        tracing::info!(
            tenant,
            waiting = recovered.waiting,
            calls_closed = recovered.hung_up,
            asked_again = recovered.asked_again,
            "sessions of before"
        );
    }
    host.run_clock();
    host.run_releases();
    Ok(host)
}

/// The addresses, one a line, for people and for scripts.
fn announce(host: &Host, http: SocketAddr, sip: &[(String, SocketAddr)], library: &Library) {
    let config = host.config();
    let base = config.server.public_url.clone().unwrap_or_else(|| format!("http://{http}"));
    print(&format!("http  {base}"));
    print(&format!("chat  {base}/"));
    print(&format!("api   {base}/docs"));
    if let Some((_, address)) = sip.first() {
        let transports: Vec<&str> = sip.iter().map(|(transport, _)| transport.as_str()).collect();
        print(&format!("sip   {address}  ({})", transports.join(", ")));
        for entry in host.entries().iter() {
            if let crate::config::Channel::Number(number) = &entry.channel {
                let flows: Vec<&str> = entry.leads.flows().collect();
                print(&format!("      call sip:{number}@{address}  {}", flows.join(", ")));
            }
        }
    }
    let flows = library.serving().ids().len();
    print(&format!("flows {flows} in {}", library.folder().display()));
    if flows == 0 {
        let editor = if config.flows.editing { format!(" (the editor is at {base}/editor)") } else { String::new() };
        print(&format!("      no flow is served yet: {}{editor}", first_flow(config, library.folder())));
    }
}

/// How a server without flows gets its first one.
fn first_flow(config: &Config, folder: &std::path::Path) -> String {
    let file = format!("put one into {}", folder.display());
    let file = if config.flows.watch { file } else { format!("{file} and start the server again") };
    if config.flows.editing {
        format!("make one in the editor, push some with `offhook push`, or {file}")
    } else {
        file
    }
}

async fn tidy(hosts: Arc<[Host]>) {
    let mut every = tokio::time::interval(TIDY_EVERY);
    loop {
        every.tick().await;
        for host in hosts.iter() {
            if let Err(error) = host.tidy_up().await {
                tracing::error!(tenant = host.tenant(), %error, "what is old could not be removed");
            }
        }
    }
}

/// Hears from now on when it is told to stop.
#[cfg(unix)]
fn signals() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    })
}

#[cfg(not(unix))]
fn signals() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}

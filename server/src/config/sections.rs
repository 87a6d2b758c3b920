//! The sections of the configuration: every key, its type, its default and what it must agree with.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use offhook_runtime::Environment;
use offhook_runtime::params::ResourceKind;

use super::bindings;
use super::entries::{self, Entry, Seen};
use super::flows::{self, Flows};
use super::read::{Reader, Table};
use super::secret::{self, Secret, Secrets, VaultKey};
use super::tenants::{self, Tenant};
use super::value::{Bytes, Network, Ports, is_special};

/// The whole configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[store]`
    pub store: Store,
    /// `[flows]`
    pub flows: Flows,
    /// `[sip]`
    pub sip: Sip,
    /// `[rtp]`
    pub rtp: Rtp,
    /// `[speech]`
    pub speech: Speech,
    /// `[[entry]]`
    pub entries: Vec<Entry>,
    /// `[secrets]`
    pub secrets: Secrets,
    /// `[vault]`
    pub vault: Vault,
    /// `[sources.NAME]`
    pub sources: BTreeMap<String, bindings::Source>,
    /// `[messages.NAME]`
    pub messages: BTreeMap<String, bindings::MessageChannel>,
    /// `[numbers]`
    pub numbers: BTreeMap<String, String>,
    /// `[limits]`
    pub limits: Limits,
    /// `[http]`
    pub http: Http,
    /// `[webhooks]`
    pub webhooks: Webhooks,
    /// `[log]`
    pub log: Log,
    /// `[tenants.NAME]`
    pub tenants: BTreeMap<String, Tenant>,
}

macro_rules! section {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

section! {
    /// The HTTP door and the process.
    Server {
        /// Where HTTP is served.
        bind: SocketAddr = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 8080),
        /// The address under which others reach it, for links; without a trailing slash.
        public_url: Option<String> = None,
        /// The folder of the database, recordings and the speech cache.
        data_dir: PathBuf = "data".into(),
        /// How long a shutdown waits for conversations to reach their next wait.
        drain_timeout: Duration = Duration::from_secs(30),
        /// The bearer token of the administrative API. Required when `bind` is not a loopback address, unless people sign in.
        api_token: Option<Secret> = None,
        /// Whether people sign in to the editor.
        sign_in: SignIn = SignIn::Off,
    }
}

/// Whether people sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignIn {
    /// Nobody does; whoever reaches the server has the API token, or needs none on a loopback address.
    #[default]
    Off,
    /// With a password. The first admin is made at the first start.
    Password,
}

section! {
    /// Where things are kept.
    Store {
        /// The database; absent means a file in the data folder.
        url: Option<String> = None,
        /// How long ended sessions and their journals are kept; `0s` keeps them for ever.
        retention: Duration = Duration::from_secs(90 * 86_400),
    }
}

section! {
    /// The telephone's signalling.
    Sip {
        /// Whether calls are taken at all.
        enabled: bool = true,
        /// Where SIP over UDP is served; absent turns it off.
        udp: Option<SocketAddr> = Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5060)),
        /// Where SIP over TCP is served; absent turns it off.
        tcp: Option<SocketAddr> = Some(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 5060)),
        /// The address that others see in our messages, when it is not the one we bind.
        advertise: Option<IpAddr> = None,
        /// The realm of digest authentication (RFC 3261 §22).
        realm: String = "offhook".into(),
        /// Networks whose calls are taken without a password.
        allow: Vec<Network> = vec!["127.0.0.0/8".parse().expect("a network"), "::1/128".parse().expect("a network")],
        /// New calls a second beyond which callers are told to come back (503).
        calls_per_second: u32 = 300,
        /// Calls at one time beyond which callers are told to come back (503).
        max_calls: u32 = 1_000,
        /// Phones that may register and call.
        phones: Vec<Phone> = Vec::new(),
        /// Lines to other exchanges.
        trunks: Vec<Trunk> = Vec::new(),
    }
}

/// A phone that registers here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Phone {
    /// Its user name, which is also its number.
    pub user: String,
    /// Its password.
    pub password: Option<Secret>,
}

/// How SIP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Datagrams.
    #[default]
    Udp,
    /// Streams.
    Tcp,
}

/// A line to another exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trunk {
    /// Its name in flows and logs.
    pub name: String,
    /// The other exchange: host, or host and port.
    pub host: String,
    /// How to reach it.
    pub transport: Transport,
    /// Our user name there.
    pub user: String,
    /// Our password there.
    pub password: Option<Secret>,
    /// Whether to register there, so that it sends us calls.
    pub register: bool,
    /// The numbers that go out by it begin so; the longest match wins.
    pub prefixes: Vec<String>,
    /// Networks its calls come from; they need no password.
    pub allow: Vec<Network>,
}

section! {
    /// The telephone's sound.
    Rtp {
        /// The address that sound is sent from and received at.
        bind: IpAddr = Ipv4Addr::LOCALHOST.into(),
        /// The ports for it.
        ports: Ports = Ports { first: 20_000, last: 29_999 },
        /// Threads that carry it; each serves some hundreds of calls.
        threads: u16 = 1,
    }
}

/// What turns text into sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SynthesizerKind {
    /// The espeak-ng program.
    #[default]
    EspeakNg,
    /// Nothing: flows must bring audio files.
    None,
}

section! {
    /// Text to speech.
    Speech {
        /// What speaks.
        synthesizer: SynthesizerKind = SynthesizerKind::EspeakNg,
        /// The program to run; a name is looked up in `PATH`.
        program: PathBuf = "espeak-ng".into(),
        /// Words a minute.
        words_per_minute: u32 = 165,
        /// How long one text may take.
        timeout: Duration = Duration::from_secs(10),
        /// Texts spoken at one time.
        parallel: u16 = 2,
        /// Bytes of sound kept in memory.
        memory_cache: u64 = 64 << 20,
        /// Bytes of sound kept on the disk.
        disk_cache: u64 = 512 << 20,
        /// Voice by locale, over the built-in table.
        voices: Vec<(String, String)> = Vec::new(),
    }
}

section! {
    /// What a conversation may use.
    Limits {
        /// Sessions at one time; more are refused.
        sessions: u32 = 100_000,
        /// After how long without an event a session leaves memory (it stays in the store).
        idle_in_memory: Duration = Duration::from_secs(300),
        /// After how long without an event a chat session is ended.
        chat_idle: Duration = Duration::from_secs(86_400),
        /// Operations one script may run.
        script_operations: u64 = 100_000,
        /// Messages a second one chat visitor may send.
        chat_messages_per_second: u32 = 5,
        /// New chat sessions a minute from one address.
        chat_sessions_per_minute: u32 = 30,
    }
}

section! {
    /// The HTTP service of flows.
    Http {
        /// Networks that may be reached though they are not public.
        allow: Vec<Network> = Vec::new(),
        /// Networks that may not be reached, whatever else says so.
        deny: Vec<Network> = Vec::new(),
        /// How long a connection may take.
        connect_timeout: Duration = Duration::from_secs(5),
        /// The longest a whole request may take, whatever a flow asks.
        timeout: Duration = Duration::from_secs(30),
        /// Bytes of an answer.
        max_body: u64 = 1 << 20,
        /// Requests at one time.
        parallel: u16 = 64,
    }
}

section! {
    /// Where emitted events go.
    Webhooks {
        /// The address each event is posted to; absent keeps events in the journal only.
        url: Option<String> = None,
        /// The key that signs each post (HMAC-SHA256).
        secret: Option<Secret> = None,
        /// How long one post may take.
        timeout: Duration = Duration::from_secs(10),
        /// How often a post is tried before it is given up.
        attempts: u32 = 8,
    }
}

section! {
    /// Where secrets are kept that are set while the server runs.
    Vault {
        /// The key that seals them; without one nothing is kept.
        key: Option<VaultKey> = None,
        /// The key of before, as long as something is sealed by it.
        previous_key: Option<VaultKey> = None,
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

section! {
    /// Logs.
    Log {
        /// A level, or a filter like `info,offhook_server::store=debug`.
        level: String = "info".into(),
        /// How lines look.
        format: LogFormat = LogFormat::Text,
    }
}

impl Config {
    pub(super) fn read(reader: &mut Reader<'_>) -> Config {
        let server = reader.section("server", Server::read);
        // On an address that others reach, what they may send must be known to come from whom it says.
        let is_public = !server.bind.ip().is_loopback();
        let sign_in = server.sign_in;
        let mut seen = Seen::new();
        let mut config = Config {
            server,
            store: reader.section("store", |t| {
                let d = Store::default();
                Store { url: t.optional("url"), retention: t.get("retention", d.retention) }
            }),
            flows: reader.section("flows", |t| {
                let flows = Flows::read(t);
                if let Some((why, remedy)) = flows::wrong_review(flows.live, flows.review, sign_in) {
                    t.problem("review", why, Some(remedy.into()));
                }
                flows
            }),
            sip: reader.section("sip", Sip::read),
            rtp: reader.section("rtp", |t| {
                let d = Rtp::default();
                let rtp = Rtp {
                    bind: t.get("bind", d.bind),
                    ports: t.get("ports", d.ports),
                    threads: t.get("threads", d.threads),
                };
                positive(t, "threads", rtp.threads.into());
                rtp
            }),
            speech: reader.section("speech", Speech::read),
            entries: reader
                .sections("entry", |t| entries::entry(t, &mut seen, is_public))
                .into_iter()
                .flatten()
                .collect(),
            secrets: reader.section("secrets", secret::all),
            vault: reader.section("vault", |t| {
                let (key, previous_key) = (secret::vault_key(t, "key"), secret::vault_key(t, "previous_key"));
                if key.is_none() && previous_key.is_some() {
                    t.problem("previous_key", "there must be a `key` that takes its place", None);
                }
                Vault { key, previous_key }
            }),
            sources: reader.section("sources", bindings::sources),
            messages: reader.section("messages", bindings::messages),
            numbers: reader.section("numbers", bindings::numbers),
            limits: reader.section("limits", |t| {
                let d = Limits::default();
                Limits {
                    sessions: t.get("sessions", d.sessions),
                    idle_in_memory: t.get("idle_in_memory", d.idle_in_memory),
                    chat_idle: t.get("chat_idle", d.chat_idle),
                    script_operations: t.get("script_operations", d.script_operations),
                    chat_messages_per_second: t.get("chat_messages_per_second", d.chat_messages_per_second),
                    chat_sessions_per_minute: t.get("chat_sessions_per_minute", d.chat_sessions_per_minute),
                }
            }),
            http: reader.section("http", |t| {
                let d = Http::default();
                let http = Http {
                    allow: t.get("allow", d.allow),
                    deny: t.get("deny", d.deny),
                    connect_timeout: t.get("connect_timeout", d.connect_timeout),
                    timeout: t.get("timeout", d.timeout),
                    max_body: t.get("max_body", Bytes(d.max_body)).0,
                    parallel: t.get("parallel", d.parallel),
                };
                positive(t, "parallel", http.parallel.into());
                http
            }),
            webhooks: reader.section("webhooks", webhooks),
            log: reader.section("log", |t| Log {
                level: t.get("level", Log::default().level),
                format: one_of(t, "format", &[("text", LogFormat::Text), ("json", LogFormat::Json)], LogFormat::Text),
            }),
            tenants: BTreeMap::new(),
        };
        config.tenants = reader.section("tenants", |t| {
            let found = tenants::all(t, &mut seen, is_public);
            tenants::check(t, &found, &config.server, &config.flows);
            found
        });
        config
    }

    /// The database's address: the one set, or a file in the data folder.
    pub fn store_url(&self) -> String {
        self.store
            .url
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}", self.server.data_dir.join("offhook.db").display()))
    }

    /// Where synthesized speech is kept.
    pub fn speech_folder(&self) -> PathBuf {
        self.server.data_dir.join("speech")
    }

    /// The flow folder, seen from `base` when it is relative.
    pub fn flows_folder(&self, base: &Path) -> PathBuf {
        base.join(&self.flows.folder)
    }
}

impl Config {
    /// What this configuration binds, for checking flows against it; tables are not its own.
    pub fn environment(&self, name: &str) -> Environment {
        let mut environment = Environment::new(name);
        self.secrets.names().for_each(|name| environment.bind(ResourceKind::Secret, name));
        self.sources.keys().for_each(|name| environment.bind(ResourceKind::Source, name));
        self.messages.keys().for_each(|name| environment.bind(ResourceKind::MessageChannel, name));
        self.numbers.keys().for_each(|name| environment.bind(ResourceKind::Number, name));
        environment
    }
}

/// Reads `[webhooks]`.
pub(super) fn webhooks(t: &mut Table<'_, '_>) -> Webhooks {
    let d = Webhooks::default();
    Webhooks {
        url: web_address(t, "url"),
        secret: secret::optional(t, "secret"),
        timeout: t.get("timeout", d.timeout),
        attempts: t.get("attempts", d.attempts),
    }
}

impl Server {
    fn read(t: &mut Table<'_, '_>) -> Server {
        let d = Server::default();
        let server = Server {
            bind: t.get("bind", d.bind),
            public_url: web_address(t, "public_url").map(|url| url.trim_end_matches('/').to_owned()),
            data_dir: t.get("data_dir", d.data_dir),
            drain_timeout: t.get("drain_timeout", d.drain_timeout),
            api_token: secret::optional(t, "api_token"),
            sign_in: one_of(t, "sign_in", &[("off", SignIn::Off), ("password", SignIn::Password)], d.sign_in),
        };
        if !server.bind.ip().is_loopback() && server.api_token.is_none() && server.sign_in == SignIn::Off {
            t.problem(
                "bind",
                format!("{} can be reached by others, so `server.api_token` must be set", server.bind),
                Some("api_token = \"env:OFFHOOK_API_TOKEN\", or sign_in = \"password\"".into()),
            );
        }
        if server.api_token.as_ref().is_some_and(|token| token.reveal().len() < 16) {
            t.problem(
                "api_token",
                "a token must have at least 16 characters",
                Some("`openssl rand -hex 24` makes one".into()),
            );
        }
        server
    }
}

impl Sip {
    fn read(t: &mut Table<'_, '_>) -> Sip {
        let d = Sip::default();
        Sip {
            enabled: t.get("enabled", d.enabled),
            udp: socket_or_off(t, "udp", d.udp),
            tcp: socket_or_off(t, "tcp", d.tcp),
            advertise: t.optional("advertise"),
            realm: t.get("realm", d.realm),
            allow: t.get("allow", d.allow),
            calls_per_second: t.get("calls_per_second", d.calls_per_second),
            max_calls: t.get("max_calls", d.max_calls),
            phones: t.tables("phone", |t| {
                let phone = Phone { user: t.required("user"), password: secret::optional(t, "password") };
                if t.find("password").is_none() {
                    t.problem("password", "is missing", Some("password = \"env:NAME\"".into()));
                }
                phone
            }),
            trunks: t.tables("trunk", |t| Trunk {
                name: t.required("name"),
                host: t.required("host"),
                transport: one_of(t, "transport", &[("udp", Transport::Udp), ("tcp", Transport::Tcp)], Transport::Udp),
                user: t.get("user", String::new()),
                password: secret::optional(t, "password"),
                register: t.get("register", false),
                prefixes: t.get("prefixes", Vec::new()),
                allow: t.get("allow", Vec::new()),
            }),
        }
    }
}

impl Speech {
    fn read(t: &mut Table<'_, '_>) -> Speech {
        let d = Speech::default();
        let kinds = [("espeak-ng", SynthesizerKind::EspeakNg), ("none", SynthesizerKind::None)];
        let speech = Speech {
            synthesizer: one_of(t, "synthesizer", &kinds, d.synthesizer),
            program: t.get("program", d.program),
            words_per_minute: t.get("words_per_minute", d.words_per_minute),
            timeout: t.get("timeout", d.timeout),
            parallel: t.get("parallel", d.parallel),
            memory_cache: t.get("memory_cache", Bytes(d.memory_cache)).0,
            disk_cache: t.get("disk_cache", Bytes(d.disk_cache)).0,
            voices: t.map("voices"),
        };
        positive(t, "parallel", speech.parallel.into());
        if !(80..=450).contains(&speech.words_per_minute) {
            t.problem("words_per_minute", "expected 80 to 450", None);
        }
        speech
    }
}

impl Http {
    /// Whether a flow may reach this address: what is denied never, what is allowed always, else the public internet only.
    pub fn permits(&self, address: IpAddr) -> bool {
        let within = |networks: &[Network]| networks.iter().any(|network| network.contains(address));
        !within(&self.deny) && (within(&self.allow) || !is_special(address))
    }
}

pub(super) fn positive(t: &mut Table<'_, '_>, name: &str, value: u64) {
    if value == 0 {
        t.problem(name, "must be at least 1", None);
    }
}

/// An address, or `off`.
fn socket_or_off(t: &mut Table<'_, '_>, name: &str, default: Option<SocketAddr>) -> Option<SocketAddr> {
    let off = t.find(name).is_some_and(|node| super::value::text(node).is_ok_and(|text| text == "off"));
    if off { None } else { t.optional(name).or(default) }
}

fn web_address(t: &mut Table<'_, '_>, name: &str) -> Option<String> {
    let url: String = t.optional(name)?;
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if host.is_none_or(|host| host.is_empty() || host.starts_with('/') || host.contains(char::is_whitespace)) {
        t.problem(name, "expected an address like https://talk.example", None);
        return None;
    }
    Some(url)
}

pub(super) fn one_of<T: Copy>(t: &mut Table<'_, '_>, name: &str, words: &[(&str, T)], default: T) -> T {
    let Some(word) = t.optional::<String>(name) else { return default };
    match words.iter().find(|(it, _)| *it == word) {
        Some((_, value)) => *value,
        None => {
            let known = words.iter().map(|(it, _)| *it).collect::<Vec<_>>().join(", ");
            t.problem(name, format!("unknown value `{word}`"), Some(format!("known: {known}")));
            default
        }
    }
}

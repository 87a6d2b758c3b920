//! Counters and histograms, in the Prometheus text format (OpenMetrics 1.0) under `/metrics`.
//!
//! Labels take only values from closed sets, from the configuration, or from the flows that are served; nothing an outsider sends becomes a label,
//! or he could fill the memory with series. Flows come and go, so that even of those only so many are told apart.
//!
//! Where there is one tenant, no series has his name. Where there are several, what is of a session has the label `tenant`.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabel, EncodeLabelSet, LabelSetEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Flows of all tenants, and ends of flows, that are told apart: a large company's. Each is some series of a few hundred bytes.
const TOLD_APART: usize = 4_000;

/// What is counted beyond them. No flow can be called so.
const OTHERS: &str = "_other";

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct FlowLabel {
    tenant: Option<Arc<str>>,
    flow: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct EndLabels {
    at: FlowLabel,
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TenantLabel {
    tenant: String,
}

// A label without a value would not be the same series as none; the derived ones always write it.
impl EncodeLabelSet for FlowLabel {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        if let Some(tenant) = &self.tenant {
            ("tenant", &**tenant).encode(encoder.encode_label())?;
        }
        ("flow", self.flow.as_str()).encode(encoder.encode_label())
    }
}

impl EncodeLabelSet for EndLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        self.at.encode(encoder)?;
        ("reason", self.reason.as_str()).encode(encoder.encode_label())
    }
}

/// Labels that have been used; past so many there is one for all others. Whatever was told apart once always is, so that what goes up
/// under a name also goes down under it.
#[derive(Debug)]
struct Known<L>(Mutex<HashSet<L>>);

impl<L: Clone + Eq + Hash> Known<L> {
    fn new() -> Self {
        Known(Mutex::default())
    }

    fn label(&self, wanted: L, others: impl FnOnce(L) -> L) -> L {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&wanted) {
            return wanted;
        }
        if known.len() >= TOLD_APART {
            return others(wanted);
        }
        known.insert(wanted.clone());
        wanted
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ShadowLabels {
    at: FlowLabel,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct DivergenceLabels {
    at: FlowLabel,
    node: String,
    kind: &'static str,
}

impl EncodeLabelSet for ShadowLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        self.at.encode(encoder)?;
        ("result", self.result).encode(encoder.encode_label())
    }
}

impl EncodeLabelSet for DivergenceLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> std::fmt::Result {
        self.at.encode(encoder)?;
        ("node", self.node.as_str()).encode(encoder.encode_label())?;
        ("kind", self.kind).encode(encoder.encode_label())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabel {
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DirectionLabel {
    direction: &'static str,
}

/// How an offered call was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// It is being served; [`Metrics::call_ended`] must follow.
    Accepted,
    /// It was refused with this SIP status.
    Rejected(u16),
}

/// All metrics of the server; cloning it is cheap and all clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
    /// Whose sessions are counted, where there are several tenants.
    tenant: Option<Arc<str>>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    sessions_active: Family<FlowLabel, Gauge>,
    sessions_started: Family<FlowLabel, Counter>,
    sessions_ended: Family<EndLabels, Counter>,
    turns: Counter,
    /// In place of `turns` where there are several tenants.
    turns_of: Option<Family<TenantLabel, Counter>>,
    flows: Known<FlowLabel>,
    ends: Known<EndLabels>,
    turn_seconds: Histogram,
    commit_turns: Histogram,
    commit_seconds: Histogram,
    calls_active: Gauge,
    calls_accepted: Counter,
    calls_rejected: Family<StatusLabel, Counter>,
    rtp_packets: Family<DirectionLabel, Counter>,
    rtp_received: Counter,
    rtp_sent: Counter,
    speech: Family<ResultLabel, Counter>,
    speech_seconds: Histogram,
    http_calls: Family<ResultLabel, Counter>,
    http_seconds: Histogram,
    shadow_sessions: Family<ShadowLabels, Counter>,
    shadow_divergences: Family<DivergenceLabels, Counter>,
}

// From a memory answer to a slow service; each step about 2.5 times the last.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
// Powers of two up to the largest batch the store writes.
const TURNS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A fresh set, all at nought, of a server with one tenant.
    pub fn new() -> Self {
        Self::with(None)
    }

    /// A fresh set of a server with several tenants.
    pub fn of_tenants() -> Self {
        Self::with(Some(Family::default()))
    }

    /// The same set, counting for one of several tenants; where there is one only, he is not named.
    #[must_use]
    pub fn of(&self, tenant: &str) -> Self {
        let tenant = self.inner.turns_of.is_some().then(|| tenant.into());
        Self { inner: self.inner.clone(), tenant }
    }

    fn with(turns_of: Option<Family<TenantLabel, Counter>>) -> Self {
        let mut registry = Registry::with_prefix("offhook");
        let rtp_packets = Family::<DirectionLabel, Counter>::default();
        // Taken out once: the media engine reports often and must not look up a label each time.
        let counter = |direction| Counter::clone(&rtp_packets.get_or_create(&DirectionLabel { direction }));
        let (rtp_received, rtp_sent) = (counter("in"), counter("out"));
        let mut inner = Inner {
            sessions_active: Family::default(),
            sessions_started: Family::default(),
            sessions_ended: Family::default(),
            turns: Counter::default(),
            turns_of,
            flows: Known::new(),
            ends: Known::new(),
            turn_seconds: seconds(),
            commit_turns: Histogram::new(TURNS),
            commit_seconds: seconds(),
            calls_active: Gauge::default(),
            calls_accepted: Counter::default(),
            calls_rejected: Family::default(),
            rtp_received,
            rtp_sent,
            rtp_packets,
            speech: Family::default(),
            speech_seconds: seconds(),
            http_calls: Family::default(),
            http_seconds: seconds(),
            shadow_sessions: Family::default(),
            shadow_divergences: Family::default(),
            registry: Registry::default(),
        };
        let r = &mut registry;
        r.register("sessions_active", "Sessions that wait for an event", inner.sessions_active.clone());
        r.register("sessions_started", "Sessions begun, by the flow they began in", inner.sessions_started.clone());
        r.register("sessions_ended", "Sessions over, by flow and reason", inner.sessions_ended.clone());
        match &inner.turns_of {
            Some(turns) => r.register("turns", "Events handled, by tenant", turns.clone()),
            None => r.register("turns", "Events handled", inner.turns.clone()),
        }
        r.register_with_unit(
            "turn",
            "From an event's arrival to its commands, with the commit",
            Unit::Seconds,
            inner.turn_seconds.clone(),
        );
        r.register("commit_turns", "Turns in one transaction", inner.commit_turns.clone());
        r.register_with_unit(
            "commit",
            "Time of one transaction, with the sync",
            Unit::Seconds,
            inner.commit_seconds.clone(),
        );
        r.register("calls_active", "Telephone calls in progress", inner.calls_active.clone());
        r.register("calls_accepted", "Telephone calls taken", inner.calls_accepted.clone());
        r.register("calls_rejected", "Telephone calls refused, by SIP status", inner.calls_rejected.clone());
        r.register("rtp_packets", "RTP packets by direction", inner.rtp_packets.clone());
        r.register("speech_requests", "Texts to be spoken: hit (memory), disk, made, failed", inner.speech.clone());
        r.register_with_unit("speech", "Time of one synthesis", Unit::Seconds, inner.speech_seconds.clone());
        r.register("http_calls", "Calls of the HTTP service: ok, status, refused, failed", inner.http_calls.clone());
        r.register_with_unit(
            "http_call",
            "Time of one call of the HTTP service",
            Unit::Seconds,
            inner.http_seconds.clone(),
        );
        r.register(
            "shadow_sessions",
            "Sessions that had a shadow: same, diverged, failed, skipped",
            inner.shadow_sessions.clone(),
        );
        r.register(
            "shadow_divergences",
            "First divergences from a shadow, by node and kind",
            inner.shadow_divergences.clone(),
        );
        inner.registry = registry;
        Self { inner: Arc::new(inner), tenant: None }
    }

    /// The whole set as text, for `/metrics`; content type [`Metrics::CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(8 * 1024);
        text::encode(&mut out, &self.inner.registry).expect("writing to a string cannot fail");
        out
    }

    /// What [`Metrics::render`] returns.
    pub const CONTENT_TYPE: &'static str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    fn flow(&self, flow: &str) -> FlowLabel {
        let label = FlowLabel { tenant: self.tenant.clone(), flow: flow.to_owned() };
        self.inner.flows.label(label, |label| FlowLabel { flow: OTHERS.to_owned(), ..label })
    }

    /// A session began.
    pub fn session_started(&self, flow: &str) {
        let label = self.flow(flow);
        self.inner.sessions_started.get_or_create(&label).inc();
        self.inner.sessions_active.get_or_create(&label).inc();
    }

    /// Sessions of `flow` that a restart brought back.
    pub fn sessions_recovered(&self, flow: &str, count: i64) {
        self.inner.sessions_active.get_or_create(&self.flow(flow)).inc_by(count);
    }

    /// A session that began in `flow` is over. `reason` must come from a closed set, or from a flow.
    pub fn session_ended(&self, flow: &str, reason: &str) {
        let at = self.flow(flow);
        self.inner.sessions_active.get_or_create(&at).dec();
        let label = EndLabels { at, reason: reason.to_owned() };
        let label = self.inner.ends.label(label, |label| EndLabels { reason: OTHERS.to_owned(), ..label });
        self.inner.sessions_ended.get_or_create(&label).inc();
    }

    /// A turn was handled and committed.
    pub fn turn(&self, took: Duration) {
        match (&self.inner.turns_of, &self.tenant) {
            (Some(turns), Some(tenant)) => {
                turns.get_or_create(&TenantLabel { tenant: tenant.to_string() }).inc();
            }
            _ => {
                self.inner.turns.inc();
            }
        }
        self.inner.turn_seconds.observe(took.as_secs_f64());
    }

    /// A transaction of `turns` turns was tried.
    pub fn commit(&self, turns: usize, took: Duration) {
        self.inner.commit_turns.observe(turns as f64);
        self.inner.commit_seconds.observe(took.as_secs_f64());
    }

    /// A call was offered and answered so.
    pub fn call(&self, outcome: CallOutcome) {
        match outcome {
            CallOutcome::Accepted => {
                self.inner.calls_accepted.inc();
                self.inner.calls_active.inc();
            }
            CallOutcome::Rejected(status) => {
                self.inner.calls_rejected.get_or_create(&StatusLabel { status }).inc();
            }
        }
    }

    /// An accepted call is over.
    pub fn call_ended(&self) {
        self.inner.calls_active.dec();
    }

    /// RTP packets since the last call of this function.
    pub fn rtp(&self, received: u64, sent: u64) {
        self.inner.rtp_received.inc_by(received);
        self.inner.rtp_sent.inc_by(sent);
    }

    /// A text was asked for: `hit` in memory, `disk`, `made` or `failed`.
    pub fn speech(&self, result: &'static str) {
        self.inner.speech.get_or_create(&ResultLabel { result }).inc();
    }

    /// One synthesis took so long.
    pub fn speech_made(&self, took: Duration) {
        self.inner.speech_seconds.observe(took.as_secs_f64());
    }

    /// A call of the HTTP service: `ok`, `status` (an answer of 400 or above), `refused` (by policy) or `failed`.
    pub fn http_call(&self, result: &'static str, took: Duration) {
        self.inner.http_calls.get_or_create(&ResultLabel { result }).inc();
        self.inner.http_seconds.observe(took.as_secs_f64());
    }

    /// A session of `flow` that had a shadow is over: `same`, `diverged` or `failed`; or it was `skipped`.
    pub fn shadowed(&self, flow: &str, result: &'static str) {
        self.inner.shadow_sessions.get_or_create(&ShadowLabels { at: self.flow(flow), result }).inc();
    }

    /// A session of `flow` and its shadow parted at a node (`FLOW:NODE`) in a way.
    pub fn shadow_diverged(&self, flow: &str, node: &str, kind: &'static str) {
        let labels = DivergenceLabels { at: self.flow(flow), node: node.to_owned(), kind };
        self.inner.shadow_divergences.get_or_create(&labels).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::new();
        metrics.session_started("clinic/reception");
        metrics.session_started("clinic/reception");
        metrics.session_ended("clinic/reception", "hangup");
        metrics.commit(64, Duration::from_millis(2));
        metrics.turn(Duration::from_millis(3));
        metrics.call(CallOutcome::Accepted);
        metrics.call(CallOutcome::Rejected(503));
        metrics.rtp(10, 20);
        metrics.speech("hit");
        metrics.http_call("ok", Duration::from_millis(1));
        metrics.shadowed("clinic/reception", "diverged");
        metrics.shadow_diverged("clinic/reception", "clinic/hours:open", "command");
        let text = metrics.render();
        for line in [
            r#"offhook_sessions_active{flow="clinic/reception"} 1"#,
            r#"offhook_sessions_started_total{flow="clinic/reception"} 2"#,
            r#"offhook_sessions_ended_total{flow="clinic/reception",reason="hangup"} 1"#,
            r#"offhook_commit_turns_bucket{le="64.0"} 1"#,
            r#"offhook_commit_turns_bucket{le="32.0"} 0"#,
            "offhook_turns_total 1",
            "offhook_calls_active 1",
            r#"offhook_calls_rejected_total{status="503"} 1"#,
            r#"offhook_rtp_packets_total{direction="out"} 20"#,
            r#"offhook_speech_requests_total{result="hit"} 1"#,
            r#"offhook_http_calls_total{result="ok"} 1"#,
            r#"offhook_shadow_sessions_total{flow="clinic/reception",result="diverged"} 1"#,
            r#"offhook_shadow_divergences_total{flow="clinic/reception",node="clinic/hours:open",kind="command"} 1"#,
            "offhook_commit_seconds_count 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn each_tenant_is_counted_for_himself() {
        let metrics = Metrics::of_tenants();
        let (ours, theirs) = (metrics.of("default"), metrics.of("acme"));
        ours.session_started("line");
        theirs.session_started("line");
        theirs.session_started("line");
        theirs.session_ended("line", "completed");
        theirs.turn(Duration::from_millis(1));
        let text = metrics.render();
        for line in [
            r#"offhook_sessions_started_total{tenant="default",flow="line"} 1"#,
            r#"offhook_sessions_started_total{tenant="acme",flow="line"} 2"#,
            r#"offhook_sessions_active{tenant="acme",flow="line"} 1"#,
            r#"offhook_sessions_ended_total{tenant="acme",flow="line",reason="completed"} 1"#,
            r#"offhook_turns_total{tenant="acme"} 1"#,
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is missing in\n{text}");
        }
        // Where there is one tenant, nobody is named.
        let single = Metrics::new();
        single.of("default").session_started("line");
        assert!(single.render().contains("offhook_sessions_started_total{flow=\"line\"} 1"), "{}", single.render());
    }

    #[test]
    fn flows_that_come_and_go_do_not_fill_the_memory() {
        let metrics = Metrics::of_tenants().of("acme");
        for number in 0..TOLD_APART + 50 {
            metrics.session_started(&format!("flow-{number}"));
        }
        metrics.session_started("flow-1");
        metrics.session_ended(&format!("flow-{}", TOLD_APART + 1), "completed");
        let text = metrics.render();
        let series = text.lines().filter(|line| line.starts_with("offhook_sessions_started_total{")).count();
        assert_eq!(series, TOLD_APART + 1);
        for line in [
            r#"offhook_sessions_started_total{tenant="acme",flow="flow-1"} 2"#,
            r#"offhook_sessions_started_total{tenant="acme",flow="_other"} 50"#,
            r#"offhook_sessions_active{tenant="acme",flow="_other"} 49"#,
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is missing");
        }
    }
}

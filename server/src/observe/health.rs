//! Health: *live* is that the process answers at all (`/healthz`); *ready* is that it can do its work (`/readyz`).
//!
//! A part of the server reports its own check when it changes; nothing here asks. An HTTP handler renders the
//! [`Report`]: 200 if it is ready, 503 if not.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

/// One named check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Whether this part works.
    pub ok: bool,
    /// Whether the server is of no use without it. A check that is not required is shown and does no harm.
    pub required: bool,
    /// What an operator should know; empty when there is nothing to say. Never a secret.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// The checks of a running server; cloning it is cheap and all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    checks: Arc<RwLock<BTreeMap<&'static str, Check>>>,
}

/// The state of all checks at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every required check is well.
    pub ready: bool,
    /// The checks by name.
    pub checks: BTreeMap<&'static str, Check>,
}

impl Readiness {
    /// No checks yet; that is not ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names a part that must work and does not yet.
    pub fn expect(&self, name: &'static str) {
        self.set(name, Check { ok: false, required: true, detail: "starting".into() });
    }

    /// A part works.
    pub fn ok(&self, name: &'static str, detail: impl Into<String>) {
        let required = self.required(name);
        self.set(name, Check { ok: true, required, detail: detail.into() });
    }

    /// A part fails; if it was named by [`Readiness::expect`] the server is not ready until it works again.
    pub fn fail(&self, name: &'static str, detail: impl Into<String>) {
        let required = self.required(name);
        self.set(name, Check { ok: false, required, detail: detail.into() });
    }

    /// The whole picture.
    pub fn report(&self) -> Report {
        let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner).clone();
        let ready = !checks.is_empty() && checks.values().all(|check| check.ok || !check.required);
        Report { ready, checks }
    }

    fn required(&self, name: &str) -> bool {
        self.checks.read().unwrap_or_else(PoisonError::into_inner).get(name).is_some_and(|check| check.required)
    }

    fn set(&self, name: &'static str, check: Check) {
        self.checks.write().unwrap_or_else(PoisonError::into_inner).insert(name, check);
    }
}

impl Report {
    /// The HTTP status that says it: 200 or 503.
    pub fn status(&self) -> u16 {
        if self.ready { 200 } else { 503 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_when_all_that_is_required_works() {
        let readiness = Readiness::new();
        assert!(!readiness.report().ready, "nothing has reported yet");
        readiness.expect("store");
        readiness.expect("sip");
        assert_eq!(readiness.report().status(), 503);
        readiness.ok("store", "");
        readiness.ok("sip", "udp 0.0.0.0:5070");
        readiness.fail("speech", "espeak-ng is not installed");
        let report = readiness.report();
        assert_eq!(report.status(), 200, "speech was never required: {report:?}");
        assert!(!report.checks["speech"].ok);
        readiness.fail("store", "disk full");
        assert_eq!(readiness.clone().report().status(), 503);
        let json = serde_json::to_value(readiness.report()).expect("plain data");
        assert_eq!(json["checks"]["store"]["detail"], "disk full");
        assert!(json["checks"]["store"]["required"].as_bool().expect("kept"));
    }
}

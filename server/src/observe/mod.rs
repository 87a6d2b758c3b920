//! What an operator sees of a running server: logs, metrics, health. It counts and shows; it decides nothing.

mod health;
mod logging;
mod metrics;

pub use health::{Check, Readiness, Report};
pub use logging::{Format, LogError, Logging, init};
pub use metrics::{CallOutcome, Metrics};

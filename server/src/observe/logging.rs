//! Logs through `tracing`: text for people, with colour where it is a terminal, or one JSON object a line for machines.
//! Written to standard error, so that what a command prints stays clean.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What to log and how.
#[derive(Debug, Clone, Default)]
pub struct Logging {
    /// A level (`info`) or a filter in the syntax of `tracing-subscriber` (`info,offhook_server::store=debug`).
    pub filter: String,
    /// How lines look.
    pub format: Format,
}

/// Why logging cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter is not understood.
    #[error("log filter `{filter}`: {reason}")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A second set-up in one process.
    #[error("logging has been set up already")]
    Twice,
}

/// Libraries that say more than an operator wants at `info`; a filter that names them wins.
const QUIET: [&str; 5] =
    ["rsipstack=warn", "sqlx=warn", "hyper=warn", "symphonia_core=warn", "symphonia_format_ogg=warn"];

fn filter(text: &str) -> Result<EnvFilter, LogError> {
    let text = if text.trim().is_empty() { "info" } else { text };
    let mut whole = QUIET
        .iter()
        .filter(|quiet| !names(text, quiet.split('=').next().unwrap_or(quiet)))
        .copied()
        .collect::<Vec<_>>()
        .join(",");
    whole.push(',');
    whole.push_str(text);
    EnvFilter::try_new(&whole).map_err(|error| LogError::Filter { filter: text.to_owned(), reason: error.to_string() })
}

fn names(filter: &str, library: &str) -> bool {
    filter.split(',').any(|part| {
        part.trim().strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ':', '[']))
    })
}

fn subscriber<W>(
    logging: &Logging,
    colour: bool,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, LogError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter(&logging.filter)?).with_writer(writer).with_ansi(colour);
    Ok(match logging.format {
        Format::Text => Box::new(builder.with_target(true).finish()),
        Format::Json => {
            Box::new(builder.json().flatten_event(true).with_current_span(true).with_span_list(false).finish())
        }
    })
}

/// Sets up logging for the whole process; once. `NO_COLOR` (no-color.org) is heeded.
pub fn init(logging: &Logging) -> Result<(), LogError> {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    subscriber(logging, colour, std::io::stderr)?.try_init().map_err(|_| LogError::Twice)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("one thread").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(filter: &str, format: Format) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber =
            subscriber(&Logging { filter: filter.into(), format }, false, move || writer.clone()).expect("filter");
        tracing::subscriber::with_default(subscriber, || {
            let _in = tracing::info_span!("session", id = "s1").entered();
            tracing::info!(seq = 3, "turn");
            tracing::info!(target: "rsipstack::transaction", "noise");
        });
        String::from_utf8(sink.0.lock().expect("one thread").clone()).expect("text")
    }

    #[test]
    fn text_and_json() {
        let text = logged("info", Format::Text);
        assert!(text.contains("turn") && text.contains("seq=3") && !text.contains("noise"), "{text}");
        let json: serde_json::Value = serde_json::from_str(logged("info", Format::Json).trim()).expect("one object");
        assert_eq!(
            (json["message"].as_str(), json["seq"].as_i64(), json["span"]["id"].as_str()),
            (Some("turn"), Some(3), Some("s1"))
        );
    }

    #[test]
    fn filters() {
        assert!(logged("warn", Format::Text).is_empty());
        assert!(logged("info,rsipstack=info", Format::Text).contains("noise"), "a library that is named speaks");
        assert!(filter("inf o=what=").is_err());
    }
}

//! Which addresses a flow may reach. A name is resolved once, and the connection goes to the very address that was
//! checked, so that a name which changes its mind between check and use gains nothing.

use crate::config;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A resolver that only yields permitted addresses.
pub(super) struct Guard {
    pub(super) config: Arc<config::Http>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let config = self.config.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let permitted: Vec<SocketAddr> =
                found.iter().copied().filter(|address| config.permits(address.ip())).collect();
            if permitted.is_empty() && !found.is_empty() {
                return Err(denied(&host).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// Whether a flow may reach the host of an address. Names are judged when they are resolved; addresses here.
pub(super) fn check(url: &reqwest::Url, config: &config::Http) -> Result<(), io::Error> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{} is not http or https", url.scheme())));
    }
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) if !config.permits(address) => Err(denied(host)),
        _ => Ok(()),
    }
}

fn denied(host: &str) -> io::Error {
    let message = format!("{host} is not a public address; `[http] allow` in offhook.toml can permit its network");
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

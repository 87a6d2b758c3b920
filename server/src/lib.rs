//! Server.

pub mod config;
pub mod host;
pub mod observe;
pub mod services;
pub mod speech;
pub mod store;

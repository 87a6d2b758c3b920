//! Server.

pub mod config;
pub mod observe;
pub mod store;

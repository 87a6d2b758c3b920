//! Server.

pub mod observe;
pub mod store;

#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails where something is missing"))]

pub mod channels;
pub mod cli;
pub mod config;
pub mod folder;
pub mod host;
pub mod lsp;
pub mod observe;
pub mod people;
pub mod replays;
pub mod services;
mod share;
pub mod speech;
pub mod store;
mod translate;
pub mod vault;
mod watch;
mod web;

//! Channels: what turns a telephone line or a chat window into events, and commands into sound or messages.

pub mod chat;
pub mod events;
pub mod hooks;
pub mod voice;

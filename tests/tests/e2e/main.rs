//! The real server over real sockets, with peers that nobody here wrote.

mod baresip;
mod chats;
mod contract;
mod coverage;
mod crash;
mod documents;
mod editor;
mod hooks;
mod migrate;
mod releases;
mod reload;
mod replay;
mod secrets;
mod services;
mod sipp;
mod stub;
mod sync;
mod tenants;

//! The real server over real sockets, with peers that nobody here wrote.

mod assets;
mod baresip;
mod chats;
mod contract;
mod coverage;
mod crash;
mod documents;
mod editor;
mod entries;
mod first_flow;
mod hooks;
mod migrate;
mod people;
mod releases;
mod reload;
mod replay;
mod secrets;
mod services;
mod shadows;
mod sipp;
mod stub;
mod sync;
mod tenant_calls;
mod tenants;

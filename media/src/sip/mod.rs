//! SIP signalling (RFC 3261 and friends): calls as plain values and events.
//!
//! Pure parts: [`message`], [`address`], [`check`], [`guard`], [`admission`], [`auth`], [`registrar`], [`dialog`],
//! [`session_timer`], [`frame`]. Everything with sockets, clocks and randomness is in [`stack`], on top of the transactions
//! of `rsipstack`, of which no type is visible outside. Media, flows and routing decisions are not here.

pub mod address;
pub mod admission;
pub mod auth;
pub mod check;
pub mod dialog;
pub mod frame;
pub mod guard;
pub mod limits;
pub mod message;
pub mod registrar;
pub mod session_timer;
pub mod stack;

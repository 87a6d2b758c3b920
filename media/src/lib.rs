#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails where something is missing"))]

pub mod audio;
pub mod call;
pub mod dtmf;
pub mod engine;
pub mod g711;
pub mod limits;
pub mod play;
pub mod record;
pub mod resample;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod tone;
pub mod vad;
pub mod wav;

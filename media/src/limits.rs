//! Every bound of this room, each with its reason. Anything that an outsider can make large is listed here.

/// Samples a second of all call audio. G.711 knows no other rate.
pub const SAMPLE_RATE: u32 = 8_000;

/// Samples of one pacing tick: 20 ms, the packet time every G.711 peer supports (RFC 3551 §4.2).
pub const FRAME_SAMPLES: usize = 160;

/// Milliseconds of one pacing tick.
pub const FRAME_MS: u64 = 20;

/// Longest G.711 payload taken from one packet, in bytes: 200 ms is more than any peer sends, and it bounds a copy.
pub const MAX_AUDIO_PAYLOAD: usize = 1_600;

/// Longest datagram read from a socket: the Ethernet MTU leaves no room for more without fragments.
pub const MAX_DATAGRAM: usize = 1_600;

/// Longest packet we send: RTP header and 60 ms of G.711.
pub const MAX_PACKET_OUT: usize = 12 + 3 * FRAME_SAMPLES;

/// Largest encoded audio file accepted for decoding, in bytes. Prompts are seconds long; this stops a memory bomb.
pub const MAX_ENCODED_BYTES: usize = 32 * 1024 * 1024;

/// Longest decoded clip in milliseconds: half an hour of music on hold; a compressed file may claim much more.
pub const MAX_CLIP_MS: u64 = 30 * 60 * 1_000;

/// Most channels of an audio file that are mixed down to one.
pub const MAX_CHANNELS: usize = 8;

/// Lowest and highest sample rate accepted in an audio file, in hertz.
pub const SAMPLE_RATES_IN: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// Longest session description read, in bytes. Browser offers stay below 8 KiB.
pub const MAX_SDP_BYTES: usize = 16 * 1024;

/// Most `m=` lines of a session description; each costs a line of our answer.
pub const MAX_SDP_MEDIA: usize = 16;

/// Most attributes of one `m=` line or of the session: ICE candidates of a browser stay below 100.
pub const MAX_SDP_ATTRIBUTES: usize = 256;

/// Most formats on one `m=` line: there are only 128 payload types.
pub const MAX_SDP_FORMATS: usize = 128;

/// Items waiting in one call's play queue. A flow that queues more has lost its head.
pub const MAX_PLAY_ITEMS: usize = 256;

/// Digits waiting to be sent: longer than any number with its access code.
pub const MAX_DIGITS_OUT: usize = 64;

/// Packets from one unknown source, in order and with one SSRC, before we believe it to be our caller behind a NAT.
/// Long enough that a stray packet or a blind scan never wins, short enough to be a tenth of a second.
pub const LATCH_PACKETS: u32 = 5;

/// Samples the jitter buffer can hold (about one second): a later packet is of no use to a conversation.
pub const JITTER_CAPACITY: usize = 8_192;

/// Longest recording in milliseconds, whatever a command asks: two hours are 115 MB.
pub const MAX_RECORDING_MS: u64 = 2 * 60 * 60 * 1_000;

/// Silence allowed before the caller has begun to speak, in milliseconds. People need longer to begin than to pause.
pub const INITIAL_SILENCE_MS: u64 = 5_000;

/// Most terminator keys of one recording: there are only sixteen digits.
pub const MAX_TERMINATORS: usize = 16;

/// Recorded seconds that may wait for a slow disk before samples are dropped and counted.
pub const MAX_RECORD_BACKLOG: usize = 8;

/// Events of one call that wait inside the engine when its reader stalls.
pub const MAX_EVENT_BACKLOG: usize = 1_024;

/// Commands of one call that wait for the pacing thread.
pub const MAX_COMMAND_BACKLOG: usize = 256;

/// Datagrams read from one socket in one wake, so that a flood on one call cannot starve the others.
pub const MAX_READS_PER_WAKE: usize = 16;

/// Missed ticks that are caught up one by one after a stall of the machine; beyond that the stream jumps ahead.
pub const MAX_CATCH_UP: u64 = 3;

/// How long a closed call may wait for its reader or its recording, in milliseconds, before it is forgotten.
pub const MAX_LINGER_MS: u64 = 30_000;

//! One pacing thread: reads sockets, ticks its legs every 20 ms on absolute times, carries out commands.

use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use mio::{Events, Interest, Poll, Token, Waker};

use super::files::FileJob;
use super::outbox::Outbox;
use super::ports::Sockets;
use super::wheel::Wheel;
use super::{Permit, Shared};
use crate::call::{Call, CallOptions, LegCommand, LegEvent, Piece};
use crate::limits::{
    FRAME_MS, MAX_CATCH_UP, MAX_DATAGRAM, MAX_LINGER_MS, MAX_PACKET_OUT, MAX_READS_PER_WAKE, MAX_RECORD_BACKLOG,
};
use crate::rtp::rtcp::MAX_COMPOUND;

/// From this many legs on, packets are collected for a millisecond before they are read: one wake for many.
const BATCH_LEGS: usize = 16;
/// Ticks between two looks at the report timer: half a second.
const REPORT_TICKS: u64 = 25;
/// Token of the waker; sockets use twice the leg number, plus one for RTCP.
const WAKE: Token = Token(usize::MAX);
/// How long a stopping thread waits for recordings and readers.
const STOP_MS: u64 = 2_000;

pub(super) enum Message {
    Open(Box<NewLeg>),
    Command(u64, LegCommand),
    FileDone(u64, LegEvent),
    Shutdown,
}

pub(super) struct NewLeg {
    pub id: u64,
    pub call: Call,
    pub sockets: Sockets,
    pub events: tokio::sync::mpsc::Sender<LegEvent>,
    pub shared: Arc<Shared>,
    pub permit: Permit,
}

/// The way to a worker.
#[derive(Clone)]
pub(super) struct Link {
    sender: Sender<Message>,
    waker: Arc<Waker>,
    /// Set while a wake-up is on its way, to spare system calls.
    woken: Arc<AtomicBool>,
    legs: Arc<AtomicUsize>,
}

impl Link {
    /// False when the worker has ended.
    pub fn send(&self, message: Message) -> bool {
        if matches!(message, Message::Open(_)) {
            self.legs.fetch_add(1, Ordering::Relaxed);
        }
        let sent = self.sender.send(message).is_ok();
        if sent && !self.woken.swap(true, Ordering::AcqRel) {
            // A waker that fails leaves the message to the next tick.
            let _ = self.waker.wake();
        }
        sent
    }

    pub fn legs(&self) -> usize {
        self.legs.load(Ordering::Relaxed)
    }
}

struct Leg {
    id: u64,
    call: Call,
    /// Gone once the call is closed: ports are free again while events may still wait.
    live: Option<(Sockets, Permit)>,
    outbox: Outbox,
    shared: Arc<Shared>,
    slot: usize,
    ticks: u64,
    pieces: VecDeque<Piece>,
    files_open: usize,
    record_lost: u64,
    closed_at_ms: Option<u64>,
    closed_told: bool,
}

struct Worker {
    poll: Poll,
    link: Link,
    files: SyncSender<FileJob>,
    legs: Vec<Option<Leg>>,
    free: Vec<usize>,
    by_id: HashMap<u64, usize>,
    wheel: Wheel,
    start: Instant,
    /// Sockets that still have packets after their share of reads.
    unread: Vec<usize>,
    out: [u8; MAX_PACKET_OUT],
}

/// Starts worker number `n`.
pub(super) fn start(n: usize, files: SyncSender<FileJob>) -> std::io::Result<(Link, JoinHandle<()>)> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    let (sender, receiver) = channel();
    let link = Link { sender, waker, woken: Arc::default(), legs: Arc::default() };
    let worker = Worker {
        poll,
        link: link.clone(),
        files,
        legs: Vec::new(),
        free: Vec::new(),
        by_id: HashMap::new(),
        wheel: Wheel::default(),
        start: Instant::now(),
        unread: Vec::new(),
        out: [0; MAX_PACKET_OUT],
    };
    let thread = std::thread::Builder::new().name(format!("media-{n}")).spawn(move || worker.run(&receiver))?;
    Ok((link, thread))
}

impl Worker {
    fn now_ms(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }

    fn run(mut self, messages: &Receiver<Message>) {
        let mut events = Events::with_capacity(1_024);
        let mut next_ms = 0;
        let mut stop_at = None;
        loop {
            if let Err(e) = self.wait(&mut events, next_ms)
                && e.kind() != ErrorKind::Interrupted
            {
                tracing::error!("media poller: {e}");
            }
            let now_ms = self.now_ms();
            if self.by_id.is_empty() {
                next_ms = now_ms;
            }
            let unread = std::mem::take(&mut self.unread);
            for token in events.iter().map(|e| e.token()).filter(|t| *t != WAKE).map(|t| t.0).chain(unread) {
                self.read(now_ms, token);
            }
            self.link.woken.store(false, Ordering::Release);
            while let Ok(message) = messages.try_recv() {
                match message {
                    Message::Open(leg) => self.open(now_ms, *leg),
                    Message::Command(id, command) => self.command(now_ms, id, command),
                    Message::FileDone(id, event) => self.file_done(now_ms, id, event),
                    Message::Shutdown => {
                        stop_at = Some(now_ms + STOP_MS);
                        let ids: Vec<u64> = self.by_id.keys().copied().collect();
                        ids.into_iter().for_each(|id| self.command(now_ms, id, LegCommand::Close));
                    }
                }
            }
            self.turn(&mut next_ms);
            if stop_at.is_some_and(|at| self.by_id.is_empty() || now_ms >= at) {
                return;
            }
        }
    }

    /// Sleeps until a packet, a message or the next tick.
    fn wait(&mut self, events: &mut Events, next_ms: u64) -> std::io::Result<()> {
        let timeout = self.wheel.until_due(next_ms).map(|ms| {
            let due = self.start + Duration::from_millis(next_ms + ms);
            due.saturating_duration_since(Instant::now())
        });
        match timeout {
            _ if !self.unread.is_empty() => self.poll.poll(events, Some(Duration::ZERO)),
            Some(timeout) if self.by_id.len() >= BATCH_LEGS => {
                std::thread::sleep(timeout);
                self.poll.poll(events, Some(Duration::ZERO))
            }
            timeout => self.poll.poll(events, timeout),
        }
    }

    /// Runs every tick that is due. A short delay is caught up, after a long one the streams jump ahead.
    fn turn(&mut self, next_ms: &mut u64) {
        let now_ms = self.now_ms();
        let missed = now_ms.saturating_sub(*next_ms) / FRAME_MS;
        if missed > MAX_CATCH_UP {
            *next_ms += missed * FRAME_MS;
            self.legs.iter_mut().flatten().for_each(|leg| leg.call.skip(missed));
        }
        while *next_ms <= now_ms {
            // By number, because a leg may leave the wheel during its tick; the next one then waits 20 ms.
            let mut n = 0;
            while let Some(&leg) = self.wheel.due(*next_ms).get(n) {
                self.tick(now_ms, leg);
                n += 1;
            }
            *next_ms += 1;
        }
    }

    fn open(&mut self, now_ms: u64, mut new: NewLeg) {
        let index = self.free.pop().unwrap_or_else(|| {
            self.legs.push(None);
            self.legs.len() - 1
        });
        let registry = self.poll.registry();
        let registered = registry
            .register(&mut new.sockets.rtp, Token(index * 2), Interest::READABLE)
            .and_then(|()| registry.register(&mut new.sockets.rtcp, Token(index * 2 + 1), Interest::READABLE));
        self.by_id.insert(new.id, index);
        self.legs[index] = Some(Leg {
            id: new.id,
            call: new.call,
            live: Some((new.sockets, new.permit)),
            outbox: Outbox::new(new.events),
            shared: new.shared,
            slot: self.wheel.add(index),
            ticks: 0,
            pieces: VecDeque::new(),
            files_open: 0,
            record_lost: 0,
            closed_at_ms: None,
            closed_told: false,
        });
        if let Err(e) = registered {
            tracing::error!("a media socket cannot be watched: {e}");
            self.command(now_ms, new.id, LegCommand::Close);
        }
    }

    fn command(&mut self, now_ms: u64, id: u64, command: LegCommand) {
        let Some(&index) = self.by_id.get(&id) else { return };
        let Some(leg) = &mut self.legs[index] else { return };
        leg.shared.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).ok();
        guarded(leg, |leg| leg.call.command(now_ms, command));
        self.settle(now_ms, index);
    }

    fn file_done(&mut self, now_ms: u64, id: u64, event: LegEvent) {
        let Some(&index) = self.by_id.get(&id) else { return };
        let Some(leg) = &mut self.legs[index] else { return };
        leg.files_open -= 1;
        leg.outbox.push(event);
        self.settle(now_ms, index);
    }

    fn read(&mut self, now_ms: u64, token: usize) {
        let index = token / 2;
        let Some(Some(leg)) = self.legs.get_mut(index) else { return };
        if guarded(leg, |leg| drain(leg, now_ms, token % 2 == 1)) == Some(false) {
            self.unread.push(token);
        }
        self.settle(now_ms, index);
    }

    fn tick(&mut self, now_ms: u64, index: usize) {
        let Some(leg) = &mut self.legs[index] else { return };
        leg.ticks += 1;
        let out = &mut self.out;
        guarded(leg, |leg| {
            let Some((sockets, _)) = &leg.live else { return };
            if let Some(packet) = leg.call.tick(now_ms, out)
                && sockets.rtp.send_to(&out[..packet.len], packet.to).is_err()
            {
                leg.call.send_failed();
            }
            if leg.ticks.is_multiple_of(REPORT_TICKS) {
                report(leg, now_ms);
            }
        });
        self.settle(now_ms, index);
    }

    /// Moves what a call produced to where it belongs, and buries a call that is over.
    fn settle(&mut self, now_ms: u64, index: usize) {
        let Some(leg) = &mut self.legs[index] else { return };
        while let Some(piece) = leg.call.piece() {
            leg.files_open += usize::from(piece.end.is_some());
            leg.pieces.push_back(piece);
            if leg.pieces.len() > MAX_RECORD_BACKLOG {
                // The oldest sound goes, never the end of a recording.
                for waiting in &mut leg.pieces {
                    if !waiting.samples.is_empty() {
                        leg.record_lost += std::mem::take(&mut waiting.samples).len() as u64;
                        break;
                    }
                }
                leg.pieces.retain(|p| !p.samples.is_empty() || p.end.is_some());
            }
        }
        while let Some(piece) = leg.pieces.pop_front() {
            let job = FileJob { leg: leg.id, link: self.link.clone(), piece };
            match self.files.try_send(job) {
                Ok(()) => {}
                Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => {
                    leg.pieces.push_front(job.piece);
                    break;
                }
            }
        }
        while let Some(event) = leg.call.event() {
            leg.outbox.push(event);
        }
        if !leg.outbox.is_empty() {
            leg.outbox.flush();
        }
        if !leg.call.is_closed() {
            return;
        }
        let closed_at_ms = *leg.closed_at_ms.get_or_insert(now_ms);
        if leg.live.is_some() {
            report(leg, now_ms);
            leg.shared.closed.store(true, Ordering::Relaxed);
            if let Some((mut sockets, _)) = leg.live.take() {
                // A socket that cannot be deregistered is closed a moment later anyway.
                let _ = self.poll.registry().deregister(&mut sockets.rtp);
                let _ = self.poll.registry().deregister(&mut sockets.rtcp);
            }
            self.link.legs.fetch_sub(1, Ordering::Relaxed);
        }
        let late = now_ms.saturating_sub(closed_at_ms) > MAX_LINGER_MS;
        if !leg.closed_told && (leg.files_open == 0 || late) {
            leg.closed_told = true;
            let mut stats = leg.call.stats();
            stats.record_lost_ms = leg.record_lost / 8;
            leg.outbox.push(LegEvent::Closed { stats });
        }
        if leg.closed_told && (leg.outbox.is_empty() || late) {
            self.wheel.remove(leg.slot, index);
            self.by_id.remove(&leg.id);
            self.legs[index] = None;
            self.free.push(index);
            if self.by_id.is_empty() {
                // The memory of a busy hour is given back.
                self.legs = Vec::new();
                self.free = Vec::new();
                self.wheel = Wheel::default();
            }
        }
    }
}

/// Runs one leg. A bug in its machine ends this call and no other.
fn guarded<R>(leg: &mut Leg, run: impl FnOnce(&mut Leg) -> R) -> Option<R> {
    let result = catch_unwind(AssertUnwindSafe(|| run(leg)));
    if result.is_err() {
        tracing::error!("a call ended because its machine failed");
        leg.call = Call::new(CallOptions::from_seed(0));
        leg.call.command(0, LegCommand::Close);
    }
    result.ok()
}

/// Reads a socket until it is empty (true) or had its share (false).
fn drain(leg: &mut Leg, now_ms: u64, rtcp: bool) -> bool {
    let Some((sockets, _)) = &leg.live else { return true };
    let socket = if rtcp { &sockets.rtcp } else { &sockets.rtp };
    let mut buffer = [0; MAX_DATAGRAM];
    for _ in 0..MAX_READS_PER_WAKE {
        match socket.recv_from(&mut buffer) {
            Ok((n, source)) if rtcp => leg.call.rtcp_in(now_ms, source, &buffer[..n]),
            Ok((n, source)) => leg.call.packet_in(now_ms, source, &buffer[..n]),
            Err(e) if e.kind() == ErrorKind::WouldBlock => return true,
            // What ICMP said about an earlier packet; reading it clears it.
            Err(_) => {}
        }
    }
    false
}

/// Sends the report that is due, if one is; on a closed call, the last one with BYE.
fn report(leg: &mut Leg, now_ms: u64) {
    let Some((sockets, _)) = &leg.live else { return };
    let mut out = [0; MAX_COMPOUND];
    if let Some((packet, mux)) = leg.call.rtcp_out(now_ms, ntp(), &mut out) {
        let socket = if mux { &sockets.rtp } else { &sockets.rtcp };
        // Nobody depends on a report; the next one comes in seconds.
        let _ = socket.send_to(&out[..packet.len], packet.to);
    }
}

/// The time of day as NTP counts it: seconds since 1900 in 32.32 fixed point.
fn ntp() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
    ((since_1970.as_secs() + 2_208_988_800) << 32) | fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_in_one_call_ends_that_call() {
        let (events, _receiver) = tokio::sync::mpsc::channel(1);
        let mut leg = Leg {
            id: 1,
            call: Call::new(CallOptions::from_seed(1)),
            live: None,
            outbox: Outbox::new(events),
            shared: Arc::new(Shared { waiting: AtomicUsize::new(0), closed: AtomicBool::new(false) }),
            slot: 0,
            ticks: 0,
            pieces: VecDeque::new(),
            files_open: 0,
            record_lost: 0,
            closed_at_ms: None,
            closed_told: false,
        };
        assert_eq!(guarded(&mut leg, |leg| leg.id), Some(1));
        assert!(!leg.call.is_closed());
        assert_eq!(guarded(&mut leg, |_| -> u64 { panic!("a bug") }), None);
        assert!(leg.call.is_closed());
    }
}

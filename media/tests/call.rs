//! Two calls talk to each other over a bad network under a virtual clock. Nothing sleeps.
#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use offhook_media::audio::Audio;
use offhook_media::call::{Call, CallOptions, LegCommand, LegEvent};
use offhook_media::limits::MAX_PACKET_OUT;
use offhook_media::record::EndedBy;
use offhook_media::rtp::packet::{HEADER_BYTES, Header};
use offhook_media::rtp::rtcp::MAX_COMPOUND;
use offhook_media::sdp::{Direction, Local, Negotiated, Negotiation};

/// A network that loses, doubles and delays by a seed.
struct Network {
    random: u64,
    loss_percent: u64,
    jitter_ms: u64,
    on_the_way: BTreeMap<(u64, u64), (usize, Vec<u8>)>,
    count: u64,
}

impl Network {
    fn new(loss_percent: u64, jitter_ms: u64) -> Network {
        Network { random: 0x1234_5678_9abc, loss_percent, jitter_ms, on_the_way: BTreeMap::new(), count: 0 }
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random >> 8
    }

    fn send(&mut self, now: u64, to: usize, bytes: &[u8]) {
        if self.random() % 100 < self.loss_percent {
            return;
        }
        for _ in 0..1 + u64::from(self.loss_percent > 0 && self.random().is_multiple_of(50)) {
            let at = now + 5 + if self.jitter_ms > 0 { self.random() % self.jitter_ms } else { 0 };
            self.count += 1;
            self.on_the_way.insert((at, self.count), (to, bytes.to_vec()));
        }
    }

    fn due(&mut self, now: u64) -> Option<(usize, Vec<u8>)> {
        let entry = self.on_the_way.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }
}

/// Two ends, a network and the time.
struct World {
    now: u64,
    calls: [Call; 2],
    network: Network,
    events: [Vec<(u64, LegEvent)>; 2],
    recorded: [Vec<i16>; 2],
}

const ADDRESS: [&str; 2] = ["192.0.2.1:4000", "192.0.2.2:5000"];

fn address(n: usize) -> SocketAddr {
    ADDRESS[n].parse().unwrap()
}

fn agree(edit: impl Fn(usize, &mut Local)) -> [Negotiated; 2] {
    let mut ends = [0, 1].map(|n| {
        let mut local = Local::new(address(n), 1);
        edit(n, &mut local);
        Negotiation::new(local)
    });
    let offer = ends[0].offer();
    let at_1 = ends[1].answer(&offer).unwrap();
    let at_0 = ends[0].accept(&at_1.answer).unwrap();
    [at_0, at_1]
}

impl World {
    fn new(network: Network, sessions: [Negotiated; 2]) -> World {
        let calls = [77, 99].map(|seed: u64| {
            // Near the wrap of every counter, so that each test crosses it.
            let options = CallOptions {
                sequence: 65_500,
                timestamp: u32::MAX - 30_000,
                no_media_ms: 2_000,
                ..CallOptions::from_seed(seed << 20 | seed)
            };
            Call::new(options)
        });
        let mut world = World { now: 1_000, calls, network, events: Default::default(), recorded: Default::default() };
        for (n, session) in sessions.into_iter().enumerate() {
            world.tell(n, LegCommand::Remote(session));
        }
        world
    }

    fn tell(&mut self, n: usize, command: LegCommand) {
        self.calls[n].command(self.now, command);
        self.collect();
    }

    fn collect(&mut self) {
        for n in 0..2 {
            while let Some(piece) = self.calls[n].piece() {
                self.recorded[n].extend(piece.samples);
                self.events[n].extend(piece.end.map(|e| (self.now, e)));
            }
            while let Some(event) = self.calls[n].event() {
                self.events[n].push((self.now, event));
            }
        }
    }

    fn run(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.now < end {
            self.now += 1;
            while let Some((to, bytes)) = self.network.due(self.now) {
                self.calls[to].packet_in(self.now, address(1 - to), &bytes);
            }
            for n in 0..2 {
                if self.now % 20 == 7 * n as u64 {
                    let mut out = [0; MAX_PACKET_OUT];
                    if let Some(packet) = self.calls[n].tick(self.now, &mut out) {
                        assert_eq!(packet.to, address(1 - n));
                        self.network.send(self.now, 1 - n, &out[..packet.len]);
                    }
                    let mut out = [0; MAX_COMPOUND];
                    let ntp = (self.now / 1_000) << 32 | (((self.now % 1_000) << 32) / 1_000);
                    if let Some((packet, _)) = self.calls[n].rtcp_out(self.now, ntp, &mut out) {
                        let (to, source) = (1 - n, SocketAddr::new(address(n).ip(), address(n).port() + 1));
                        self.calls[to].rtcp_in(self.now, source, &out[..packet.len]);
                    }
                }
            }
            self.collect();
        }
    }

    fn digits(&self, n: usize) -> String {
        let key = |e: &(u64, LegEvent)| match e.1 {
            LegEvent::Digit { digit, .. } => Some(digit),
            _ => None,
        };
        self.events[n].iter().filter_map(key).collect()
    }

    fn only(&self, n: usize) -> Vec<LegEvent> {
        self.events[n].iter().map(|e| e.1.clone()).collect()
    }
}

fn ramp(ms: usize) -> Arc<Audio> {
    Arc::new(Audio::from_samples((0..ms * 8).map(|n| ((n % 4_000) * 4) as i16 - 8_000).collect()))
}

fn record(id: u64, terminators: &str, silence_ms: u64) -> LegCommand {
    LegCommand::Record {
        id,
        path: PathBuf::from("x.wav"),
        max_ms: 60_000,
        silence_ms,
        terminators: terminators.into(),
        beep: false,
    }
}

#[test]
fn what_one_plays_the_other_records_sample_for_sample() {
    let mut world = World::new(Network::new(0, 30), agree(|_, _| ()));
    world.run(200);
    world.tell(1, record(1, "", 0));
    world.run(500); // the buffer finds its delay
    let clip = ramp(3_000);
    world.tell(0, LegCommand::Play { id: 5, clip: clip.clone(), interruptible: true });
    world.run(4_000);
    world.tell(1, LegCommand::StopRecord { id: 1 });
    let codec = offhook_media::g711::Codec::Pcma;
    let want: Vec<i16> = clip.samples().iter().map(|&s| codec.decode(codec.encode(s))).collect();
    let at = world.recorded[1].windows(64).position(|w| w == &want[..64]).expect("the clip is in the recording");
    assert_eq!(&world.recorded[1][at..at + want.len()], &want[..]);
    assert!(world.only(0).contains(&LegEvent::Played { id: 5, heard_ms: 3_000, completed: true }));
    let stats = world.calls[1].stats();
    assert_eq!((stats.packets_lost, stats.packets_foreign, stats.packets_malformed), (0, 0, 0));
}

#[test]
fn digits_survive_a_bad_network_each_exactly_once() {
    for (loss, jitter) in [(0, 0), (0, 60), (10, 40), (20, 60)] {
        let mut world = World::new(Network::new(loss, jitter), agree(|_, _| ()));
        world.run(100);
        world.tell(0, LegCommand::SendDigits("1123*0##".into()));
        world.run(4_000);
        assert_eq!(world.digits(1), "1123*0##", "loss {loss} jitter {jitter}");
        assert_eq!(world.calls[1].stats().digits, 8);
    }
}

#[test]
fn without_telephone_events_digits_travel_as_tones() {
    let mut world = World::new(Network::new(0, 20), agree(|n, l| l.telephone_event = n == 0));
    world.run(200);
    world.tell(0, LegCommand::SendDigits("159*#0".into()));
    world.run(3_000);
    assert_eq!(world.digits(1), "159*#0");
    // The same presses by signalling are not new ones.
    world.tell(0, LegCommand::SendDigits("7".into()));
    world.run(200);
    world.tell(1, LegCommand::InjectDigit('7'));
    world.run(1_000);
    assert_eq!(world.digits(1), "159*#07");
}

#[test]
fn a_digit_barges_in_within_one_frame_and_spares_what_must_be_heard() {
    let mut world = World::new(Network::new(0, 0), agree(|_, _| ()));
    world.tell(1, LegCommand::Listen(true));
    for (id, interruptible) in [(1, true), (2, false), (3, true)] {
        world.tell(1, LegCommand::Play { id, clip: ramp(1_000), interruptible });
    }
    world.tell(1, LegCommand::Mark { id: 9 });
    world.run(410);
    world.tell(0, LegCommand::SendDigits("4".into()));
    let pressed = world.now;
    world.run(2_000);
    let barged = world.events[1].iter().find(|e| e.1 == LegEvent::BargedIn).unwrap().0;
    assert!(barged <= pressed + 20 + 5, "{barged} after {pressed}"); // one tick of the sender and the way
    let events = world.only(1);
    assert!(matches!(events[0], LegEvent::BargedIn));
    assert!(matches!(events[1], LegEvent::Played { id: 1, heard_ms: 400..=460, completed: false }), "{events:?}");
    assert_eq!(events[2], LegEvent::Played { id: 3, heard_ms: 0, completed: false });
    assert_eq!(events[3], LegEvent::Digit { digit: '4', duration_ms: 100 });
    assert_eq!(events[4..], [LegEvent::Played { id: 2, heard_ms: 1_000, completed: true }, LegEvent::Marked { id: 9 }]);
}

#[test]
fn without_listening_a_digit_interrupts_nothing_and_injected_digits_barge_in_too() {
    let mut world = World::new(Network::new(0, 0), agree(|_, _| ()));
    world.tell(1, LegCommand::Play { id: 1, clip: ramp(400), interruptible: true });
    world.tell(1, LegCommand::InjectDigit('5'));
    world.run(600);
    assert_eq!(
        world.only(1),
        [LegEvent::Digit { digit: '5', duration_ms: 0 }, LegEvent::Played { id: 1, heard_ms: 400, completed: true }]
    );
    world.tell(1, LegCommand::Listen(true));
    world.tell(1, LegCommand::Play { id: 2, clip: ramp(400), interruptible: true });
    world.tell(1, LegCommand::InjectDigit('6'));
    assert!(world.only(1)[2..].contains(&LegEvent::BargedIn));
}

#[test]
fn a_recording_ends_by_key_without_its_tone_and_begins_after_the_beep() {
    let mut world = World::new(Network::new(0, 10), agree(|n, l| l.telephone_event = n == 0));
    world.run(200);
    world.tell(1, LegCommand::Play { id: 1, clip: ramp(500), interruptible: false });
    world.tell(
        1,
        LegCommand::Record {
            id: 7,
            path: "a.wav".into(),
            max_ms: 60_000,
            silence_ms: 0,
            terminators: "#".into(),
            beep: true,
        },
    );
    world.run(500 + 440 + 100);
    assert!(world.recorded[1].is_empty());
    world.run(2_000);
    world.tell(0, LegCommand::SendDigits("#".into()));
    world.run(1_000);
    let ended = world.only(1).into_iter().find_map(|e| match e {
        LegEvent::Recorded { id: 7, duration_ms, ended_by, .. } => Some((duration_ms, ended_by)),
        _ => None,
    });
    let (duration_ms, ended_by) = ended.expect("the key ends the recording");
    assert_eq!(ended_by, EndedBy::Key('#'));
    assert_eq!(duration_ms, world.recorded[1].len() as u64 / 8);
    assert!((1_900..2_300).contains(&duration_ms), "{duration_ms}");
    assert!(world.recorded[1].iter().all(|s| s.abs() <= 16), "the tone of the key is in the recording");
}

#[test]
fn silence_stop_and_hangup_end_recordings_and_a_second_one_is_refused() {
    let mut world = World::new(Network::new(0, 0), agree(|_, _| ()));
    let ends = |world: &World| -> Vec<EndedBy> {
        world
            .only(1)
            .into_iter()
            .filter_map(|e| if let LegEvent::Recorded { ended_by, .. } = e { Some(ended_by) } else { None })
            .collect()
    };
    world.tell(1, record(1, "", 1_000));
    world.tell(1, record(2, "", 1_000));
    assert!(matches!(world.only(1)[0], LegEvent::Refused { id: 2, .. }));
    world.run(6_000);
    assert_eq!(ends(&world), [EndedBy::Silence]);
    world.tell(1, record(3, "", 0));
    world.run(100);
    world.tell(1, LegCommand::StopRecord { id: 3 });
    world.tell(1, record(4, "", 0));
    world.tell(1, LegCommand::Close);
    assert_eq!(ends(&world), [EndedBy::Silence, EndedBy::Stop, EndedBy::Hangup]);
    assert!(world.calls[1].is_closed());
}

#[test]
fn hold_pauses_playing_and_resumes_where_it_was() {
    let mut world = World::new(Network::new(0, 0), agree(|_, _| ()));
    world.tell(0, LegCommand::Play { id: 1, clip: ramp(1_000), interruptible: true });
    world.run(300);
    let sent = world.calls[0].stats().packets_sent;
    let mut hold = agree(|_, _| ())[0].clone();
    hold.direction = Direction::RecvOnly;
    let resumed = Negotiated { direction: Direction::SendRecv, ..hold.clone() };
    world.tell(0, LegCommand::Remote(hold));
    world.run(5_000);
    assert_eq!(world.calls[0].stats().packets_sent, sent);
    assert!(world.only(0).iter().all(|e| !matches!(e, LegEvent::Played { .. })));
    world.tell(0, LegCommand::Remote(resumed));
    world.run(800);
    assert!(world.only(0).contains(&LegEvent::Played { id: 1, heard_ms: 1_000, completed: true }));
    world.tell(0, LegCommand::Hold(true));
    let sent = world.calls[0].stats().packets_sent;
    world.run(300);
    assert_eq!(world.calls[0].stats().packets_sent, sent);
}

#[test]
fn a_stranger_is_neither_heard_nor_sent_to() {
    let mut world = World::new(Network::new(0, 0), agree(|_, _| ()));
    world.run(200);
    world.tell(1, LegCommand::Listen(true));
    world.tell(1, record(1, "", 0));
    let stranger: SocketAddr = "203.0.113.66:6666".parse().unwrap();
    let ssrc = CallOptions::from_seed(77 << 20 | 77).ssrc;
    for n in 0..500u32 {
        // Right SSRC, right payload types, plausible numbers: a digit and loud audio.
        for (payload_type, payload) in [(101, vec![5, 0x8a, 3, 0x20]), (8, vec![0x2a; 160])] {
            let mut packet = vec![0x80, payload_type];
            packet.extend((n as u16).to_be_bytes());
            packet.extend((n * 160).to_be_bytes());
            packet.extend(ssrc.to_be_bytes());
            packet.extend(payload);
            world.calls[1].packet_in(world.now, stranger, &packet);
        }
        world.run(5); // `run` asserts where packets go
    }
    assert_eq!(world.digits(1), "");
    world.tell(1, LegCommand::StopRecord { id: 1 });
    assert!(world.recorded[1].iter().all(|s| s.abs() <= 16));
    assert_eq!(world.calls[1].stats().packets_foreign, 1_000);
}

#[test]
fn silence_of_the_peer_is_told_once_until_it_speaks_again() {
    let mut world = World::new(Network::new(0, 0), agree(|_, _| ()));
    world.run(1_000);
    let healthy = world.network.loss_percent;
    world.network.loss_percent = 100;
    world.run(6_000);
    let told = |w: &World| w.only(0).iter().filter(|e| **e == LegEvent::NoMedia).count();
    assert_eq!(told(&world), 1);
    world.network.loss_percent = healthy;
    world.run(1_000);
    world.network.loss_percent = 100;
    world.run(3_000);
    assert_eq!(told(&world), 2);
}

#[test]
fn reports_tell_loss_and_round_trip() {
    let mut world = World::new(Network::new(20, 0), agree(|_, _| ()));
    world.run(30_000);
    let stats = world.calls[0].stats();
    assert!((25..80).contains(&stats.peer_loss), "{}", stats.peer_loss); // 20 % of 256 is 51
    assert!(stats.round_trip_ms.is_some_and(|ms| ms < 20), "{:?}", stats.round_trip_ms);
    assert!((200..400).contains(&stats.packets_lost), "{}", stats.packets_lost);
}

#[test]
fn packet_time_keep_alive_and_marker() {
    let mut sessions = agree(|_, _| ());
    sessions[0].ptime_ms = 60;
    let mut call = Call::new(CallOptions { send_silence: false, ..CallOptions::from_seed(5) });
    call.command(0, LegCommand::Remote(sessions[0].clone()));
    call.command(0, LegCommand::Play { id: 1, clip: ramp(1_200), interruptible: true });
    let mut lengths = Vec::new();
    let mut markers = 0;
    let mut timestamps = Vec::new();
    for n in 0..600u64 {
        let mut out = [0; MAX_PACKET_OUT];
        if let Some(packet) = call.tick(n * 20, &mut out) {
            lengths.push(packet.len - 12);
            markers += usize::from(out[1] & 0x80 != 0);
            timestamps.push(u32::from_be_bytes(out[4..8].try_into().unwrap()));
        }
    }
    assert!(lengths.iter().all(|&l| l == 480));
    assert!(timestamps.windows(2).all(|w| w[1].wrapping_sub(w[0]) % 160 == 0 && w[1].wrapping_sub(w[0]) >= 480));
    assert_eq!(lengths.len(), 20 + 4 + 10, "sound, tail, keep-alives"); // 1.2 s, 200 ms, then one a second
    assert!(markers >= 10);
}

#[test]
fn the_play_queue_refuses_and_says_so() {
    let mut call = Call::new(CallOptions::from_seed(5));
    for id in 0..300 {
        call.command(0, LegCommand::Play { id, clip: ramp(20), interruptible: true });
    }
    let refused = std::iter::from_fn(|| call.event()).filter(|e| matches!(e, LegEvent::Refused { .. })).count();
    assert_eq!(refused, 300 - 256);
}

#[test]
fn keys_that_come_as_a_stream_beside_the_sound_count_once() {
    let [here, _] = agree(|_, _| {});
    let mut call = Call::new(CallOptions::from_seed(7));
    call.command(0, LegCommand::Remote(here.clone()));
    let key_type = here.telephone_event_in.unwrap();
    let sound_type = here.accepted[0].0;
    let mut digits = String::new();
    let mut now = 0;
    for n in 0..40_u16 {
        now += 20;
        let sound =
            Header { marker: false, payload_type: sound_type, sequence: n, timestamp: u32::from(n) * 160, ssrc: 1 };
        let mut packet = [0; HEADER_BYTES].to_vec();
        sound.write((&mut packet[..]).try_into().unwrap());
        packet.extend([0xd5; 160]);
        call.packet_in(now, address(1), &packet);
        // One press of 5: ten packets, the last three of which say that it ended.
        if (10..20).contains(&n) {
            let key = Header { marker: n == 10, payload_type: key_type, sequence: n, timestamp: 5_000, ssrc: 2 };
            let mut packet = [0; HEADER_BYTES].to_vec();
            key.write((&mut packet[..]).try_into().unwrap());
            let duration = (n - 9) * 160;
            packet.extend([5, if n >= 17 { 0x8a } else { 0x0a }, (duration >> 8) as u8, duration as u8]);
            call.packet_in(now, address(1), &packet);
        }
        call.tick(now, &mut [0; MAX_PACKET_OUT]);
        while let Some(event) = call.event() {
            if let LegEvent::Digit { digit, .. } = event {
                digits.push(digit);
            }
        }
    }
    assert_eq!(digits, "5");
}

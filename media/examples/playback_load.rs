//! How much does a playing call cost? Opens N legs on the loopback interface, plays for S seconds to one sink socket
//! that counts and timestamps packets, and prints CPU milliseconds per call-second and the send jitter.
//!
//! `cargo run --release -p offhook-media --example playback_load -- [legs] [seconds] [threads]`
//!
//! The sink runs in a thread of its own whose CPU time is not counted. Linux only: it reads `/proc`.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use offhook_media::audio::Audio;
use offhook_media::engine::{Engine, EngineConfig, LegCommand, LegEvent, LegOptions};
use offhook_media::sdp::{Local, Negotiation, answer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>());
    let legs = arguments.next().transpose()?.unwrap_or(200);
    let seconds = arguments.next().transpose()?.unwrap_or(10);
    let threads = arguments.next().transpose()?.unwrap_or(1);

    let sink = UdpSocket::bind("127.0.0.1:0")?;
    let to = sink.local_addr()?;
    let stop = Arc::new(AtomicBool::new(false));
    let counting = std::thread::Builder::new().name("sink".into()).spawn({
        let stop = stop.clone();
        move || count(&sink, &stop)
    })?;

    let rss_before = rss_kib();
    let engine =
        Engine::start(EngineConfig { max_calls: legs, threads, ..EngineConfig::new("127.0.0.1".parse()?, 0..=0) })?;
    let clip = Arc::new(Audio::from_samples(
        (0..seconds * 8_000 + 80_000).map(|n| ((n * 37) % 16_000) as i16 - 8_000).collect(),
    ));
    let offer = Negotiation::new(Local::new(to, 1)).offer();
    let mut open = Vec::with_capacity(legs);
    for id in 0..legs as u64 {
        let leg = engine.open(LegOptions::default())?;
        leg.send(LegCommand::Remote(answer(&offer, &leg.local())?))?;
        leg.send(LegCommand::Play { id, clip: clip.clone(), interruptible: true })?;
        open.push(leg);
    }
    std::thread::sleep(Duration::from_secs(1)); // settle
    let (cpu, began) = (media_cpu_ms(), Instant::now());
    std::thread::sleep(Duration::from_secs(seconds as u64));
    let (cpu, wall) = (media_cpu_ms() - cpu, began.elapsed());
    let rss = rss_kib();
    stop.store(true, Ordering::Relaxed);
    let mut gaps = counting.join().map_err(|_| "the sink failed")?;
    // What was really sent, from the machines themselves: the sink may have missed some.
    let mut sent = 0;
    for mut leg in open {
        leg.send(LegCommand::Close)?;
        while let Some(event) = leg.events.blocking_recv() {
            if let LegEvent::Closed { stats } = event {
                sent += stats.packets_sent;
            }
        }
    }
    let cpu_all = media_cpu_ms();
    let packets = gaps.len();
    gaps.sort_unstable();
    let off = |share: f64| gaps.get((packets as f64 * share) as usize).copied().unwrap_or_default();
    let call_seconds = legs as f64 * wall.as_secs_f64();
    println!("legs {legs}, threads {threads}, {:.1} s, {sent} packets sent, {packets} timed", wall.as_secs_f64());
    println!(
        "CPU {:.3} ms per call-second, {:.1} us per packet sent",
        cpu / call_seconds,
        cpu_all * 1_000.0 / sent as f64
    );
    println!(
        "distance from 20 ms between packets of a call: p50 {} us, p99 {} us, worst {} us",
        off(0.5),
        off(0.99),
        off(0.999_999)
    );
    println!("memory {:.1} KiB per call (clip included once)", (rss - rss_before) as f64 / legs as f64);
    Ok(())
}

/// Receives until told to stop; the deviation of every packet distance from 20 ms, in microseconds.
fn count(sink: &UdpSocket, stop: &AtomicBool) -> Vec<u64> {
    let _ = sink.set_read_timeout(Some(Duration::from_millis(200)));
    let mut last: HashMap<SocketAddr, Instant> = HashMap::new();
    let mut gaps = Vec::with_capacity(1 << 20);
    let mut buffer = [0; 2_048];
    while !stop.load(Ordering::Relaxed) {
        if let Ok((n, source)) = sink.recv_from(&mut buffer)
            && n == 172
        {
            let now = Instant::now();
            if let Some(before) = last.insert(source, now) {
                gaps.push((now - before).as_micros().abs_diff(20_000) as u64);
            }
        }
    }
    gaps
}

/// CPU time of the media threads, in milliseconds, from the scheduler's own count in nanoseconds.
fn media_cpu_ms() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let media =
        tasks.filter(|t| std::fs::read_to_string(t.path().join("comm")).is_ok_and(|name| name.starts_with("media-")));
    let nanos = media.filter_map(|t| {
        std::fs::read_to_string(t.path().join("schedstat")).ok()?.split(' ').next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() / 1e6
}

/// Resident memory in KiB.
fn rss_kib() -> i64 {
    std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|s| s.split(' ').nth(1)?.parse::<i64>().ok())
        .map_or(0, |pages| pages * 4)
}

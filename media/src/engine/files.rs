//! The thread that writes recordings, so that a slow disk never delays a packet.
//!
//! Samples are appended first and the header is rewritten after each second: after a crash the file is a valid WAV
//! that lacks at most the last second. When a recording ends the file is synced before the event goes out.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::worker::{Link, Message};
use crate::call::{LegEvent, Piece};
use crate::wav;

/// Pieces that may wait for the disk over all calls; each call keeps a few more itself.
const QUEUE: usize = 256;

/// A piece and whom to tell when its file is complete.
pub(super) struct FileJob {
    pub leg: u64,
    pub link: Link,
    pub piece: Piece,
}

struct Open {
    /// `None` after the first failure: the rest is dropped.
    file: Result<File, String>,
    samples: u64,
    bytes: Vec<u8>,
}

/// Starts the thread; it ends when all senders are gone and everything is written.
pub(super) fn start() -> std::io::Result<(SyncSender<FileJob>, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(QUEUE);
    let thread = std::thread::Builder::new().name("media-files".into()).spawn(move || run(&receiver))?;
    Ok((sender, thread))
}

fn run(jobs: &Receiver<FileJob>) {
    let mut files: HashMap<(u64, u64), Open> = HashMap::new();
    while let Ok(FileJob { leg, link, piece }) = jobs.recv() {
        let key = (leg, piece.id);
        let open = files.entry(key).or_insert_with(|| Open {
            file: File::create(&piece.path).map_err(|e| e.to_string()),
            samples: 0,
            bytes: Vec::new(),
        });
        let last = piece.end.is_some();
        if let Ok(file) = &mut open.file {
            open.bytes.clear();
            let first = open.samples == 0;
            open.samples += piece.samples.len() as u64;
            wav::append(&piece.samples, &mut open.bytes);
            if let Err(e) = write(file, first, &open.bytes, open.samples, last) {
                open.file = Err(e.to_string());
            }
        }
        if let Some(event) = piece.end {
            let event = match files.remove(&key).map(|open| open.file) {
                Some(Err(reason)) => LegEvent::RecordFailed { id: piece.id, reason },
                _ => event,
            };
            link.send(Message::FileDone(leg, event));
        }
    }
}

fn write(file: &mut File, first: bool, bytes: &[u8], samples: u64, last: bool) -> std::io::Result<()> {
    if first {
        file.write_all(&wav::header(0))?;
    }
    file.write_all(bytes)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&wav::header(samples.min(u64::from(u32::MAX / 2)) as u32))?;
    file.seek(SeekFrom::End(0))?;
    if last { file.sync_data() } else { Ok(()) }
}

//! Synthesized sound on the disk, as WAV files named by their key, so that a restart does not speak everything anew. Bounded
//! by bytes; the least recently used file goes first. A disk that fails costs time, never a call: what cannot be read or
//! kept is made again.
//!
//! All functions block; callers run them off the async threads.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use hashlink::LruCache;

use super::limits;
use super::synthesizer::Sound;

#[derive(Debug)]
pub(super) struct DiskCache {
    folder: PathBuf,
    limit: u64,
    files: Mutex<Files>,
}

#[derive(Debug)]
struct Files {
    sizes: LruCache<String, u64>,
    bytes: u64,
    next: u64,
}

impl DiskCache {
    /// Opens the folder, makes it when it is missing, removes what a crash left half written, and forgets the oldest
    /// files past the limit.
    pub fn open(folder: &Path, limit: u64) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.ends_with(".part") {
                let _ = std::fs::remove_file(entry.path());
            } else if let Some(key) = name.strip_suffix(".wav").filter(|key| is_key(key)) {
                let meta = entry.metadata()?;
                found.push((meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), key.to_owned(), meta.len()));
            }
        }
        found.sort();
        let mut files = Files { sizes: LruCache::new_unbounded(), bytes: 0, next: 0 };
        for (_, key, size) in found {
            files.bytes += size;
            files.sizes.insert(key, size);
        }
        let cache = Self { folder: folder.to_path_buf(), limit, files: Mutex::new(files) };
        cache.shrink();
        Ok(cache)
    }

    /// The sound kept under this key.
    pub fn get(&self, key: &str) -> Option<Sound> {
        self.lock().sizes.get(key)?;
        let path = self.path(key);
        match read(&path) {
            Ok(sound) => {
                // The order of use outlives the process; a file system that refuses keeps the order of making.
                let _ = std::fs::File::options()
                    .write(true)
                    .open(&path)
                    .and_then(|file| file.set_modified(SystemTime::now()));
                Some(sound)
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a kept sound cannot be read; it is made again");
                self.forget(key);
                None
            }
        }
    }

    /// Keeps a sound. It appears under its name only when it is whole.
    pub fn put(&self, key: &str, sound: &Sound) -> io::Result<()> {
        debug_assert!(is_key(key), "keys are hashes");
        let size = sound.samples.len() as u64 * 2 + 44;
        if size > self.limit {
            return Ok(());
        }
        let number = {
            let mut files = self.lock();
            files.next += 1;
            files.next
        };
        let part = self.folder.join(format!("{key}.{number}.part"));
        let written = write(&part, sound).and_then(|()| std::fs::rename(&part, self.path(key)));
        if let Err(error) = written {
            let _ = std::fs::remove_file(&part);
            return Err(error);
        }
        {
            let mut files = self.lock();
            files.bytes += size;
            if let Some(old) = files.sizes.insert(key.to_owned(), size) {
                files.bytes -= old;
            }
        }
        self.shrink();
        Ok(())
    }

    fn shrink(&self) {
        loop {
            let oldest = {
                let mut files = self.lock();
                if files.bytes <= self.limit && files.sizes.len() <= limits::DISK_FILES {
                    return;
                }
                let Some((key, size)) = files.sizes.remove_lru() else { return };
                files.bytes -= size;
                key
            };
            let _ = std::fs::remove_file(self.path(&oldest));
        }
    }

    fn forget(&self, key: &str) {
        let mut files = self.lock();
        if let Some(size) = files.sizes.remove(key) {
            files.bytes -= size;
        }
        let _ = std::fs::remove_file(self.path(key));
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.wav"))
    }

    fn lock(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_key(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn write(path: &Path, sound: &Sound) -> io::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: sound.rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).map_err(io::Error::other)?;
    let mut block = writer.get_i16_writer(u32::try_from(sound.samples.len()).map_err(io::Error::other)?);
    sound.samples.iter().for_each(|sample| block.write_sample(*sample));
    block.flush().map_err(io::Error::other)?;
    writer.finalize().map_err(io::Error::other)
}

fn read(path: &Path) -> io::Result<Sound> {
    let mut reader = hound::WavReader::open(path).map_err(io::Error::other)?;
    let spec = reader.spec();
    if (spec.channels, spec.bits_per_sample, spec.sample_format) != (1, 16, hound::SampleFormat::Int) {
        return Err(io::Error::other("not a sound of ours"));
    }
    let samples = reader.samples::<i16>().collect::<Result<_, _>>().map_err(io::Error::other)?;
    Ok(Sound { samples, rate: spec.sample_rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> String {
        format!("{n:02x}").repeat(32)
    }

    fn sound(samples: usize) -> Sound {
        Sound { samples: (0..samples).map(|n| n as i16).collect(), rate: 22_050 }
    }

    #[test]
    fn kept_over_a_restart_and_bounded() {
        let folder = tempfile::tempdir().expect("a folder");
        let limit = 3 * (2 * 100 + 44);
        let cache = DiskCache::open(folder.path(), limit).expect("open");
        for n in 0..3 {
            cache.put(&key(n), &sound(100)).expect("room");
        }
        assert_eq!(cache.get(&key(0)), Some(sound(100)), "used: now the youngest");
        cache.put(&key(3), &sound(100)).expect("room is made");
        assert_eq!((cache.get(&key(1)), cache.get(&key(0)).is_some()), (None, true));
        std::fs::write(folder.path().join(format!("{}.7.part", key(9))), b"half").expect("write");
        std::fs::write(folder.path().join("README"), b"not ours").expect("write");
        drop(cache);

        let cache = DiskCache::open(folder.path(), limit).expect("open again");
        assert_eq!(cache.get(&key(3)), Some(sound(100)));
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).expect("list").map(|entry| entry.expect("entry").file_name()).collect();
        assert_eq!(names.len(), 4, "three sounds and what is not ours; the half file is gone: {names:?}");
        let smaller = DiskCache::open(folder.path(), 250).expect("open with less");
        assert_eq!(smaller.lock().sizes.len(), 1);
    }

    #[test]
    fn a_broken_file_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = DiskCache::open(folder.path(), 1 << 20).expect("open");
        cache.put(&key(1), &sound(100)).expect("kept");
        std::fs::write(cache.path(&key(1)), b"RIFF").expect("broken");
        assert_eq!(cache.get(&key(1)), None);
        assert!(!cache.path(&key(1)).exists() && cache.lock().bytes == 0);
    }
}

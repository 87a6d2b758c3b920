//! Clips kept in memory, least recently used out first, bounded by bytes; and *single flight*: while a clip is being made,
//! everybody else who wants it waits for that one.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use hashlink::LruCache;
use offhook_media::audio::Audio;

use super::SpeechError;

type Made = Result<Arc<Audio>, SpeechError>;

#[derive(Clone)]
pub(super) struct ClipCache {
    state: Arc<Mutex<State>>,
}

struct State {
    clips: LruCache<String, Arc<Audio>>,
    bytes: usize,
    limit: usize,
    making: HashMap<String, Shared<BoxFuture<'static, Made>>>,
}

/// A clip and its two G.711 forms.
fn bytes(clip: &Audio) -> usize {
    clip.samples().len() * 4 + 256
}

impl ClipCache {
    pub fn new(limit: usize) -> Self {
        let state = State { clips: LruCache::new_unbounded(), bytes: 0, limit, making: HashMap::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// The clip, if it is in memory.
    pub fn get(&self, key: &str) -> Option<Arc<Audio>> {
        self.lock().clips.get(key).cloned()
    }

    /// The clip from memory, or from whoever makes it already, or made now. The making goes on when the caller gives up,
    /// because others may wait for it. An error is told to all who waited and is not kept.
    pub async fn get_or_make<F>(&self, key: &str, make: impl FnOnce() -> F) -> Made
    where
        F: Future<Output = Made> + Send + 'static,
    {
        let made = {
            let mut state = self.lock();
            if let Some(clip) = state.clips.get(key) {
                return Ok(clip.clone());
            }
            match state.making.get(key) {
                Some(making) => making.clone(),
                None => {
                    let task = tokio::spawn(finish(self.clone(), key.to_owned(), make()));
                    let making =
                        async { task.await.unwrap_or_else(|_| Err(SpeechError::Engine("it broke off".into()))) }
                            .boxed()
                            .shared();
                    state.making.insert(key.to_owned(), making.clone());
                    making
                }
            }
        };
        made.await
    }

    fn insert(&self, key: String, clip: Arc<Audio>) {
        let mut state = self.lock();
        let size = bytes(&clip);
        if size > state.limit {
            return;
        }
        state.bytes += size;
        if let Some(old) = state.clips.insert(key, clip) {
            state.bytes -= bytes(&old);
        }
        while state.bytes > state.limit {
            let Some((_, old)) = state.clips.remove_lru() else { break };
            state.bytes -= bytes(&old);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves at worst a wrong byte count.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the clip, keeps it, and takes the flight off the board, in this order, so that nobody finds neither.
async fn finish(cache: ClipCache, key: String, make: impl Future<Output = Made> + Send) -> Made {
    struct Landed(ClipCache, String);
    impl Drop for Landed {
        fn drop(&mut self) {
            self.0.lock().making.remove(&self.1);
        }
    }
    let landed = Landed(cache, key);
    let made = make.await;
    if let Ok(clip) = &made {
        landed.0.insert(landed.1.clone(), clip.clone());
    }
    made
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn clip(samples: usize) -> Made {
        Ok(Arc::new(Audio::from_samples(vec![0; samples])))
    }

    #[tokio::test]
    async fn many_ask_and_one_makes() {
        let cache = ClipCache::new(1 << 20);
        let made = Arc::new(AtomicUsize::new(0));
        let (go, gate) = tokio::sync::watch::channel(false);
        let ask = || {
            let (made, mut gate, cache) = (made.clone(), gate.clone(), cache.clone());
            async move {
                cache
                    .get_or_make("hello", || async move {
                        gate.wait_for(|open| *open).await.expect("the sender lives");
                        made.fetch_add(1, Ordering::SeqCst);
                        clip(80)
                    })
                    .await
            }
        };
        let (all, ()) = tokio::join!(futures_util::future::join_all((0..50).map(|_| ask())), async {
            go.send(true).expect("receivers live");
        });
        assert!(all.iter().all(|it| it.is_ok()));
        assert_eq!(made.load(Ordering::SeqCst), 1);
        assert!(ask().await.is_ok() && cache.get("hello").is_some());
        assert_eq!(made.load(Ordering::SeqCst), 1, "the second time it is in memory");
    }

    #[tokio::test]
    async fn an_error_or_a_panic_is_told_and_not_kept() {
        let cache = ClipCache::new(1 << 20);
        assert_eq!(cache.get_or_make("x", || async { Err(SpeechError::Busy) }).await.err(), Some(SpeechError::Busy));
        assert!(matches!(cache.get_or_make("x", || async { panic!("on purpose") }).await, Err(SpeechError::Engine(_))));
        assert!(cache.get_or_make("x", || async { clip(1) }).await.is_ok());
    }

    #[tokio::test]
    async fn memory_is_bounded_and_the_oldest_goes_first() {
        let cache = ClipCache::new(10 * (4 * 100 + 256));
        for n in 0..10 {
            cache.get_or_make(&n.to_string(), || async { clip(100) }).await.expect("a clip");
        }
        assert!(cache.get("0").is_some(), "all ten fit; this one is now the youngest");
        cache.get_or_make("10", || async { clip(100) }).await.expect("a clip");
        assert!(cache.get("0").is_some() && cache.get("1").is_none() && cache.get("10").is_some());
        cache.get_or_make("huge", || async { clip(100_000) }).await.expect("made");
        assert!(cache.get("huge").is_none() && cache.get("10").is_some(), "what does not fit drives nothing out");
    }
}

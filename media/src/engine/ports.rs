//! Port pairs: even for RTP, the next for RTCP (RFC 3550 §11). A port that was given back rests longest before it is
//! used again, so that late packets of an old call do not reach a new one.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use mio::net::UdpSocket;

use super::EngineError;

/// The free pairs of a range.
pub(super) struct PortPool {
    /// Empty and `any` set: the system chooses.
    free: VecDeque<u16>,
    any: bool,
}

impl PortPool {
    pub fn new(range: RangeInclusive<u16>) -> PortPool {
        let any = range == (0..=0);
        let pairs = range.clone().filter(|p| p % 2 == 0 && *p != 0 && range.contains(&(p + 1)));
        PortPool { free: if any { VecDeque::new() } else { pairs.collect() }, any }
    }
}

/// The two sockets of a leg; the pair returns to the pool when they are dropped.
pub(super) struct Sockets {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub rtp_port: u16,
    pub rtcp_port: u16,
    _pair: Pair,
}

struct Pair {
    port: u16,
    pool: Arc<Mutex<PortPool>>,
}

impl Drop for Pair {
    fn drop(&mut self) {
        if self.port != 0 {
            self.pool.lock().unwrap_or_else(PoisonError::into_inner).free.push_back(self.port);
        }
    }
}

/// Binds a pair. Ports that another program holds are passed over and stay in the pool.
pub(super) fn open(pool: &Arc<Mutex<PortPool>>, ip: IpAddr) -> Result<Sockets, EngineError> {
    let tries = {
        let pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.any { 1 } else { pool.free.len() }
    };
    for _ in 0..tries {
        let port = {
            let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
            if pool.any { 0 } else { pool.free.pop_front().ok_or(EngineError::NoPort)? }
        };
        let pair = Pair { port, pool: pool.clone() };
        match bind(ip, port, pair) {
            Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => continue,
            result => return result.map_err(EngineError::Io),
        }
    }
    Err(EngineError::NoPort)
}

fn bind(ip: IpAddr, port: u16, pair: Pair) -> std::io::Result<Sockets> {
    let rtp = UdpSocket::bind(SocketAddr::new(ip, port))?;
    let rtcp = UdpSocket::bind(SocketAddr::new(ip, if port == 0 { 0 } else { port + 1 }))?;
    let (rtp_port, rtcp_port) = (rtp.local_addr()?.port(), rtcp.local_addr()?.port());
    Ok(Sockets { rtp, rtcp, rtp_port, rtcp_port, _pair: pair })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(range: RangeInclusive<u16>) -> Vec<u16> {
        PortPool::new(range).free.into()
    }

    #[test]
    fn only_whole_pairs_beginning_even() {
        assert_eq!(free(10_000..=10_005), [10_000, 10_002, 10_004]);
        assert_eq!(free(10_001..=10_004), [10_002]);
        assert_eq!(free(65_533..=65_535), [65_534]);
        assert_eq!(free(0..=0), [0u16; 0]);
        assert_eq!(free(10_000..=10_000), [0u16; 0]);
    }

    #[test]
    fn a_taken_port_is_passed_over_and_a_closed_pair_comes_back_last() {
        let ip: IpAddr = "127.0.0.1".parse().unwrap();
        // Find three neighbouring pairs the system would give, then occupy the first.
        let (pool, _held) = loop {
            let held = std::net::UdpSocket::bind((ip, 0)).unwrap();
            let port = held.local_addr().unwrap().port() & !1;
            if port < 60_000 && held.local_addr().unwrap().port() == port {
                break (Arc::new(Mutex::new(PortPool::new(port..=port + 5))), held);
            }
        };
        let first = pool.lock().unwrap().free[0];
        let Ok(sockets) = open(&pool, ip) else { return }; // the neighbours are in use by somebody else
        assert_ne!(sockets.rtp_port, first);
        let got = sockets.rtp_port;
        drop(sockets);
        assert_eq!(pool.lock().unwrap().free.back(), Some(&got));
    }
}

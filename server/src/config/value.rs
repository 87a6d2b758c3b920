//! The types a setting may have, and how each is written. A value from the environment is always a text, so every type
//! is read from a text too.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::tree::{Data, Node};

/// A type that a setting can have; the error says what was expected.
pub(super) trait Value: Sized {
    fn read(node: &Node) -> Result<Self, String>;
}

pub(super) fn text(node: &Node) -> Result<&str, String> {
    match &node.data {
        Data::Word(text) | Data::Text(text) => Ok(text),
        Data::List(_) | Data::Table(_) => Err(format!("expected a single value, found {}", node.kind())),
    }
}

/// Reads by `FromStr`, telling what was expected and what was found.
pub(super) fn parsed<T: FromStr>(node: &Node, expected: &str) -> Result<T, String> {
    let text = text(node)?;
    text.trim().parse().map_err(|_| format!("expected {expected}, found `{}`", shorten(text)))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

macro_rules! by_from_str {
    ($($type:ty => $expected:literal),* $(,)?) => {
        $(impl Value for $type {
            fn read(node: &Node) -> Result<Self, String> {
                parsed(node, $expected)
            }
        })*
    };
}

by_from_str! {
    bool => "true or false",
    u16 => "a whole number from 0 to 65535",
    u32 => "a whole number, not negative",
    u64 => "a whole number, not negative",
    usize => "a whole number, not negative",
    SocketAddr => "an address with a port, like 127.0.0.1:8080 or [::1]:8080",
    IpAddr => "an IP address",
    Network => "a network, like 10.0.0.0/8 or fd00::/8",
    Ports => "a range of ports, like 20000-29999, at least two and beginning even",
}

impl Value for String {
    fn read(node: &Node) -> Result<Self, String> {
        match &node.data {
            Data::Text(text) => Ok(text.clone()),
            Data::Word(word) => Err(format!("expected a text, found {word}; put it in quotes")),
            _ => Err(format!("expected a text, found {}", node.kind())),
        }
    }
}

impl Value for PathBuf {
    fn read(node: &Node) -> Result<Self, String> {
        let path = String::read(node)?;
        if path.is_empty() { Err("expected a path".into()) } else { Ok(path.into()) }
    }
}

impl<T: Value> Value for Vec<T> {
    fn read(node: &Node) -> Result<Self, String> {
        match &node.data {
            Data::List(items) => items.iter().map(T::read).collect(),
            // From the environment: comma separated.
            Data::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| T::read(&Node { data: Data::Text(part.to_owned()), place: node.place.clone() }))
                .collect(),
            _ => Err(format!("expected a list, found {}", node.kind())),
        }
    }
}

/// `300ms 5s 10m 2h 3d`, as in flows; nought is `0s`.
impl Value for Duration {
    fn read(node: &Node) -> Result<Self, String> {
        let text = text(node)?.trim();
        let refuse = || format!("expected a duration like 300ms, 5s, 10m, 2h or 3d, found `{}`", shorten(text));
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
        let number: u64 = text[..split].parse().map_err(|_| refuse())?;
        let unit_ms = match &text[split..] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(refuse()),
        };
        number.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(refuse)
    }
}

/// A number of bytes: `64MiB`, `512KiB`, `1GiB`, or a plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bytes(pub u64);

impl Value for Bytes {
    fn read(node: &Node) -> Result<Self, String> {
        let text = text(node)?.trim();
        let refuse = || format!("expected a size like 512KiB, 64MiB or 1GiB, found `{}`", shorten(text));
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let number: u64 = text[..split].parse().map_err(|_| refuse())?;
        let unit: u64 = match &text[split..] {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(refuse()),
        };
        number.checked_mul(unit).map(Bytes).ok_or_else(refuse)
    }
}

/// A block of addresses in CIDR notation (RFC 4632, RFC 4291 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address lies in it. An IPv4 address inside IPv6 (`::ffff:a.b.c.d`) counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(it)) => {
                u32::from(ours) & mask32(self.bits) == u32::from(it) & mask32(self.bits)
            }
            (IpAddr::V6(ours), IpAddr::V6(it)) => {
                u128::from(ours) & mask128(self.bits) == u128::from(it) & mask128(self.bits)
            }
            _ => false,
        }
    }
}

fn mask32(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
}

fn mask128(bits: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| ())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(()) } else { Ok(Network { address, bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.bits)
    }
}

/// A range of UDP ports for RTP; each call takes an even one and the next (RFC 3550 §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// The first, even.
    pub first: u16,
    /// The last, included.
    pub last: u16,
}

impl FromStr for Ports {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (first, last) = text.split_once('-').ok_or(())?;
        let ports = Ports { first: first.trim().parse().map_err(|_| ())?, last: last.trim().parse().map_err(|_| ())? };
        if ports.first < 2 || !ports.first.is_multiple_of(2) || ports.last <= ports.first { Err(()) } else { Ok(ports) }
    }
}

/// Addresses that are not the public internet: what an HTTP request from a flow must not reach unless the operator says
/// so (IANA special-purpose registries, RFC 6890). Includes loopback, private, link-local (cloud metadata), shared,
/// multicast, documentation, translation prefixes that could smuggle any of these.
pub(super) fn is_special(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => {
            let [a, b, c, _] = it.octets();
            it.is_private()
                || it.is_loopback()
                || it.is_link_local()
                || it.is_multicast()
                || it.is_broadcast()
                || it.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b))
        }
        IpAddr::V6(it) => {
            let s = it.segments();
            it.is_loopback()
                || it.is_unspecified()
                || it.is_multicast()
                || s[0] & 0xfe00 == 0xfc00 // unique local
                || s[0] & 0xffc0 == 0xfe80 // link-local
                || s[0] & 0xffc0 == 0xfec0 // site-local, withdrawn
                || s[..2] == [0x2001, 0xdb8]
                || s[0] == 0x2002 // 6to4
                || (s[0] == 0x2001 && s[1] < 0x200) // Teredo and other protocol assignments
                || s[..2] == [0x64, 0xff9b] // NAT64
                || Ipv6Addr::from(u128::from(it) & !0xffff_ffff) == Ipv6Addr::UNSPECIFIED // IPv4-compatible, withdrawn
        }
    }
}

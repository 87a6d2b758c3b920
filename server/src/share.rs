//! Where a contact stands in a share of contacts: evenly spread, the same each time, and anew for each share.

/// Places that there are.
pub(crate) const PLACES: u64 = 10_000;

/// Where a contact stands among ten thousand, in the share of this name and number.
pub(crate) fn share_of(name: &str, number: i64, contact: &str) -> u64 {
    // FNV-1a (RFC 9923), with a finish that lets the last characters of an address reach every bit.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let bytes = name.bytes().chain([0]).chain(number.to_le_bytes()).chain([0]).chain(contact.bytes());
    for byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    (hash ^ (hash >> 32)) % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_stays_and_shares_are_kept() {
        let of = |canary: i64| -> Vec<bool> {
            (0..10_000).map(|n| share_of("clinic/reception", canary, &format!("+1555{n:07}")) < 1_000).collect()
        };
        let (first, second) = (of(4), of(5));
        assert_eq!(first, of(4));
        let count = |chosen: &[bool]| chosen.iter().filter(|chosen| **chosen).count();
        for chosen in [&first, &second] {
            assert!((900..1_100).contains(&count(chosen)), "{} of 10000 for ten percent", count(chosen));
        }
        // The next canary does not fall on the same people again.
        let both = first.iter().zip(&second).filter(|(a, b)| **a && **b).count();
        assert!(both < 200, "{both} of 1000 get both");
    }
}

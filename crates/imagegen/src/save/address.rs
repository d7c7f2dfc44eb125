//! Which hosts are on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Whether a URL's host is, or resolves to, an address that is not public.
pub(super) async fn leads_inside(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    if let Ok(address) = host.parse::<IpAddr>() {
        return !is_global(address);
    }
    // RFC 6761: these names are this machine, whatever a resolver or a proxy says.
    let host = host.to_ascii_lowercase();
    if host == "localhost" || host.ends_with(".localhost") {
        return true;
    }
    // A name that does not resolve here may still do so at a proxy; then its answer decides.
    match tokio::net::lookup_host((host.as_str(), 443)).await {
        Ok(mut addresses) => addresses.any(|address| !is_global(address.ip())),
        Err(_) => false,
    }
}

fn is_global(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_global_v4(v4),
        IpAddr::V6(v6) => is_global_v6(v6),
    }
}

/// All but the blocks that IANA's registry of special addresses has as not global (2026-11).
fn is_global_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [(Ipv4Addr, u32); 15] = [
        (Ipv4Addr::new(0, 0, 0, 0), 8),
        (Ipv4Addr::new(10, 0, 0, 0), 8),
        (Ipv4Addr::new(100, 64, 0, 0), 10),
        (Ipv4Addr::new(127, 0, 0, 0), 8),
        (Ipv4Addr::new(169, 254, 0, 0), 16),
        (Ipv4Addr::new(172, 16, 0, 0), 12),
        (Ipv4Addr::new(192, 0, 0, 0), 24),
        (Ipv4Addr::new(192, 0, 2, 0), 24),
        (Ipv4Addr::new(192, 88, 99, 0), 24),
        (Ipv4Addr::new(192, 168, 0, 0), 16),
        (Ipv4Addr::new(198, 18, 0, 0), 15),
        (Ipv4Addr::new(198, 51, 100, 0), 24),
        (Ipv4Addr::new(203, 0, 113, 0), 24),
        (Ipv4Addr::new(224, 0, 0, 0), 4),
        (Ipv4Addr::new(240, 0, 0, 0), 4),
    ];
    let bits = address.to_bits();
    !SPECIAL
        .iter()
        .any(|(block, length)| (bits ^ block.to_bits()) >> (32 - length) == 0)
}

/// Global unicast without what is carved out of it: documentation, tunnels that lead to an address
/// of another kind, and the block for protocols.
fn is_global_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let is_unicast = segments[0] & 0xe000 == 0x2000;
    let is_special = matches!(
        (segments[0], segments[1]),
        (0x2001, 0..0x200 | 0xdb8) | (0x2002, _) | (0x3fff, 0..0x1000)
    );
    is_unicast && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_spelling() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.9.9",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "::10.0.0.1",
            "fec0::1",
            "2001:db8::1",
            "0.1.2.3",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!is_global(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "100.128.0.1", "2606:4700::1111"] {
            assert!(is_global(outside.parse().unwrap()), "{outside}");
        }
    }
}

use super::*;

/// The key of the sample in the distribution of Crypto-PAn.
const SAMPLE_KEY: [u8; 32] = [
    21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121,
    121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
];

fn replaced(address: &str) -> String {
    let address: IpAddr = address.parse().unwrap();
    CryptoPan::new(&SAMPLE_KEY).replace(address).to_string()
}

#[test]
fn addresses_of_version_4_are_those_of_the_sample() {
    // The sample trace in the distribution of Crypto-PAn, raw and sanitized; the last two by yacryptopan 1.0.2, which
    // agrees on all others.
    for (address, expected) in [
        ("128.11.68.132", "135.242.180.132"),
        ("129.118.74.4", "134.136.186.123"),
        ("130.132.252.244", "133.68.164.234"),
        ("141.223.7.43", "141.167.8.160"),
        ("141.233.145.108", "141.129.237.235"),
        ("152.163.225.39", "151.140.114.167"),
        ("156.29.3.236", "147.225.12.42"),
        ("165.247.96.84", "162.9.99.234"),
        ("166.107.77.190", "160.132.178.185"),
        ("192.102.249.13", "252.138.62.131"),
        ("24.0.250.221", "100.15.198.226"),
        ("38.15.67.68", "64.3.66.187"),
        ("4.3.88.225", "124.60.155.63"),
        ("64.39.15.238", "0.219.7.41"),
        ("0.0.0.0", "120.255.240.1"),
        ("255.255.255.255", "206.120.97.255"),
    ] {
        assert_eq!(replaced(address), expected, "{address}");
    }
}

#[test]
fn addresses_of_version_6_are_those_of_another_implementation() {
    // Right: yacryptopan 1.0.2, CryptoPAn(bytes(SAMPLE_KEY)).anonymize(address).
    for (address, expected) in [
        ("::", "78ff:f001:9fc0:20df:8380:b1f1:704:ec"),
        ("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"),
        ("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"),
        ("2001:db8::2", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"),
        ("2001:db8:ffff::1", "4401:2bc:c696:18de:9c0f:51ff:1eff:de11"),
        (
            "fe80::1059:a858:f9e7:cf94",
            "cf7f:c0e:1fc3:da1c:1fde:5658:87b8:486b",
        ),
        ("ff02::fb", "cef2:fc0c:1fff:dffe:ff8f:de7f:10f9:3fb8"),
        ("::ffff:192.0.2.1", "78ff:f001:9fc0:20df:8380:7db:c808:def2"),
        (
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "ce78:61ff:387e:8078:38c4:407:c3bf:f781",
        ),
    ] {
        assert_eq!(replaced(address), expected, "{address}");
    }
}

#[test]
fn common_prefixes_stay_as_long_as_they_are() {
    let crypto_pan = CryptoPan::new(&[9; 32]);
    let v4 = |bits: u32| match crypto_pan.replace(Ipv4Addr::from_bits(bits).into()) {
        IpAddr::V4(address) => address.to_bits(),
        IpAddr::V6(address) => panic!("{address}"),
    };
    let v6 = |bits: u128| match crypto_pan.replace(Ipv6Addr::from_bits(bits).into()) {
        IpAddr::V4(address) => panic!("{address}"),
        IpAddr::V6(address) => address.to_bits(),
    };
    let (short, long) = (
        0xc000_0201_u32,
        0x2001_0db8_0000_0000_1059_a858_f9e7_cf94_u128,
    );
    for bit in 0..32 {
        // The last bits differ as well where there are some.
        let other = short ^ (1 << 31 | 1) >> bit;
        assert_eq!((v4(short) ^ v4(other)).leading_zeros(), bit);
    }
    for bit in 0..128 {
        let other = long ^ (1 << 127 | 1) >> bit;
        assert_eq!((v6(long) ^ v6(other)).leading_zeros(), bit);
    }
}

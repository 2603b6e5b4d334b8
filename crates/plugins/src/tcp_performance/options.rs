//! The options of a SYN.

/// What a SYN tells in its options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SynOptions {
    /// In bytes (RFC 9293 §3.7.1).
    pub(super) max_segment_size: Option<u16>,
    /// How many bits later windows are shifted by (RFC 7323 §2.2).
    pub(super) window_scale: Option<u8>,
}

impl SynOptions {
    /// Reads options until they end or make no sense (RFC 9293 §3.2: kind, length with both, value). The first of a kind counts.
    pub(super) fn read(mut options: &[u8]) -> Self {
        const END: u8 = 0;
        const NO_OPERATION: u8 = 1;
        const MAX_SEGMENT_SIZE: u8 = 2;
        const WINDOW_SCALE: u8 = 3;
        let mut found = Self::default();
        loop {
            match *options {
                [] | [END, ..] => return found,
                [NO_OPERATION, ref rest @ ..] => options = rest,
                [_, length, ..] => {
                    let Some((option, rest)) = options.split_at_checked(length.into()) else {
                        return found;
                    };
                    match *option {
                        // A length of less than its own two bytes would never end.
                        [] | [_] => return found,
                        [MAX_SEGMENT_SIZE, _, high, low] => {
                            let size = u16::from_be_bytes([high, low]);
                            found.max_segment_size = found.max_segment_size.or(Some(size));
                        }
                        [WINDOW_SCALE, _, shift] => {
                            found.window_scale = found.window_scale.or(Some(shift));
                        }
                        _ => {}
                    }
                    options = rest;
                }
                [_] => return found,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[u8]) -> (Option<u16>, Option<u8>) {
        let options = SynOptions::read(options);
        (options.max_segment_size, options.window_scale)
    }

    #[test]
    fn the_options_of_linux() {
        let options = [
            2, 4, 5, 0xb4, // maximum segment size 1460
            4, 2, // selective acknowledgments
            8, 10, 0, 0, 0, 1, 0, 0, 0, 0, // timestamps
            1, // no operation
            3, 3, 7, // window scale 7
        ];
        assert_eq!(read(&options), (Some(1_460), Some(7)));
        assert_eq!(read(&options[..4]), (Some(1_460), None));
    }

    #[test]
    fn nothing_is_read_behind_the_end_or_nonsense() {
        for before in [&[0][..], &[8, 1], &[8, 0], &[8, 40], &[8]] {
            let options = [before, &[3, 3, 7]].concat();
            assert_eq!(read(&options), (None, None), "{before:?}");
        }
        assert_eq!(read(&[3, 3]), (None, None));
        assert_eq!(read(&[3]), (None, None));
    }

    #[test]
    fn options_of_another_length_are_passed_over_and_the_first_counts() {
        assert_eq!(
            read(&[2, 3, 5, 3, 4, 7, 7, 3, 3, 2, 3, 3, 9]),
            (None, Some(2))
        );
    }
}

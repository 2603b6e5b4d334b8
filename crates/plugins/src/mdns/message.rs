//! A message of multicast DNS and the names in it.

/// Identifier, flags and four counts (RFC 1035 §4.1.1).
const HEADER_LEN: usize = 12;
/// Flags that must not be set: the other operations than a query, and errors (RFC 6762 §18.3, §18.11).
const OPCODE_AND_RESPONSE_CODE: u16 = 0x780f;
/// Type and class of a question (RFC 1035 §4.1.2).
const QUESTION_LEN: usize = 4;
/// The type of records that point to a name (RFC 1035 §3.2.2).
const PTR: u16 = 12;
/// Longest text of a name: its 255 bytes without the first length and the root (RFC 1035 §3.1, §2.3.4).
const MAX_NAME_BYTES: usize = 253;
/// Labels and pointers that are followed in a message: enough for a hundred names, few of which have more than eight.
const MAX_STEPS: usize = 1_024;

/// The names that the PTR records in the answers of a message point to. It ends at the first record that is not whole.
#[derive(Clone, Debug)]
pub(super) struct PtrAnswers<'a> {
    message: &'a [u8],
    /// From the next answer on.
    rest: &'a [u8],
    answers: u16,
    steps: usize,
}

impl<'a> PtrAnswers<'a> {
    /// `None`: it is no message, or of another kind.
    pub(super) fn of(message: &'a [u8]) -> Option<Self> {
        let (header, mut rest) = message.split_first_chunk::<HEADER_LEN>()?;
        let [_identifier, flags, questions, answers, ..] = header.as_chunks().0 else {
            return None;
        };
        let [flags, questions, answers] =
            [flags, questions, answers].map(|field| u16::from_be_bytes(*field));
        if flags & OPCODE_AND_RESPONSE_CODE != 0 {
            return None;
        }
        for _ in 0..questions {
            rest = behind_name(rest)?.get(QUESTION_LEN..)?;
        }
        Some(Self {
            message,
            rest,
            answers,
            steps: MAX_STEPS,
        })
    }

    /// The type of the next answer, and where its data begin in the message (RFC 1035 §4.1.3).
    fn next_answer(&mut self) -> Option<(u16, usize)> {
        self.answers = self.answers.checked_sub(1)?;
        // Type, class, time to live, length of the data.
        let (fixed, data) = behind_name(self.rest)?.split_first_chunk::<10>()?;
        let [a, b, .., y, z] = *fixed;
        self.rest = data.get(usize::from(u16::from_be_bytes([y, z]))..)?;
        Some((u16::from_be_bytes([a, b]), self.message.len() - data.len()))
    }
}

impl Iterator for PtrAnswers<'_> {
    type Item = Name;

    fn next(&mut self) -> Option<Name> {
        loop {
            let (record_type, start) = self.next_answer()?;
            if record_type == PTR
                && let Some(name) = Name::read(self.message, start, &mut self.steps)
            {
                return Some(name);
            }
        }
    }
}

/// A name with at least one label, as text: labels with dots between them.
#[derive(Clone, Debug)]
pub(super) struct Name {
    bytes: [u8; MAX_NAME_BYTES],
    len: usize,
}

impl Name {
    /// The name at `start` of a message. It may go on earlier in the message, several times (RFC 1035 §4.1.4), but each time
    /// before all of what was read so far, so that it has an end. Each label and each jump is a step.
    fn read(message: &[u8], mut start: usize, steps: &mut usize) -> Option<Self> {
        let mut name = Self {
            bytes: [0; MAX_NAME_BYTES],
            len: 0,
        };
        let mut rest = message.get(start..)?;
        loop {
            *steps = steps.checked_sub(1)?;
            match *rest {
                [0, ..] => return (name.len > 0).then_some(name),
                [length @ 1..=63, ref behind @ ..] => {
                    let (label, behind) = behind.split_at_checked(usize::from(length))?;
                    name.push(label)?;
                    rest = behind;
                }
                [high @ 0xc0..=0xff, low, ..] => {
                    let target = usize::from(u16::from_be_bytes([high & 0x3f, low]));
                    if target >= start {
                        return None;
                    }
                    start = target;
                    rest = message.get(start..)?;
                }
                _ => return None,
            }
        }
    }

    /// `None`: it would be too long.
    fn push(&mut self, label: &[u8]) -> Option<()> {
        if self.len > 0 {
            *self.bytes.get_mut(self.len)? = b'.';
            self.len += 1;
        }
        let end = self.len + label.len();
        self.bytes.get_mut(self.len..end)?.copy_from_slice(label);
        self.len = end;
        Some(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// What follows a name, which is not followed itself.
fn behind_name(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        match bytes {
            [0, rest @ ..] | [0xc0..=0xff, _, rest @ ..] => return Some(rest),
            [length @ 1..=63, rest @ ..] => bytes = rest.get(usize::from(*length)..)?,
            _ => return None,
        }
    }
}

//! Texts of a flow, copied out of nDPI's memory.

use std::ops::Range;

/// Copies of texts, as valid UTF-8, in a buffer that is used again and again.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    buffer: String,
}

/// Where a copy stands.
pub(crate) type Place = Range<usize>;

impl Texts {
    /// Forgets all texts.
    pub(crate) fn clear(&mut self) {
        self.buffer.clear();
    }

    /// Copies at most `max_bytes` of a text, without what is not UTF-8.
    pub(crate) fn push(&mut self, text: &[u8], max_bytes: usize) -> Place {
        let start = self.buffer.len();
        let text = text.get(..max_bytes).unwrap_or(text);
        match str::from_utf8(text) {
            Ok(text) => self.buffer.push_str(text),
            Err(_) => {
                for chunk in text.utf8_chunks() {
                    self.buffer.push_str(chunk.valid());
                }
            }
        }
        start..self.buffer.len()
    }

    pub(crate) fn get(&self, place: Place) -> &str {
        self.buffer.get(place).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_made_valid() {
        let mut texts = Texts::default();
        let whole = texts.push(b"example.com", 79);
        let cut = texts.push(b"example.com", 7);
        let dropped = texts.push(b"a\xff\xc3\xa4\xc3", 79);
        let cut_inside = texts.push("ää".as_bytes(), 3);
        assert_eq!(texts.get(whole), "example.com");
        assert_eq!(texts.get(cut), "example");
        assert_eq!(texts.get(dropped), "aä");
        assert_eq!(texts.get(cut_inside), "ä");
        texts.clear();
        assert_eq!(texts.push(b"", 1), 0..0);
    }
}

//! Texts from packets, made harmless to read.

/// Characters that are shown of a text.
const LONGEST_TEXT: usize = 72;

/// A text as it can be shown: characters that cannot be seen, combine with others or change the order of reading stand there by
/// their numbers (`\u{202e}`), and what is long is cut. It is not escaped: the template does that.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::new();
    let mut length = 0;
    for character in text.chars() {
        let is_plain = matches!(character, '"' | '\'' | '\\');
        let shown = if is_plain {
            String::from(character)
        } else {
            character.escape_debug().collect()
        };
        length += shown.chars().count();
        if length > LONGEST_TEXT {
            clean.push('…');
            break;
        }
        clean.push_str(&shown);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_seen_stays() {
        for text in [
            "",
            "TLS.Google",
            "it's \"so\\",
            "пример.рф",
            "例え.jp",
            "<script>&amp;",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_stands_there_by_its_number() {
        for (text, shown) in [
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\u{2066}b", "a\\u{2066}b"),
            ("\u{200b}", "\\u{200b}"),
            ("\u{feff}", "\\u{feff}"),
            ("\u{2028}", "\\u{2028}"),
            ("a\0\n\x1b[31m", "a\\0\\n\\u{1b}[31m"),
            ("z\u{0334}", "z\\u{334}"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(clean(text), shown);
        }
    }

    #[test]
    fn what_is_long_is_cut() {
        let fits = "x".repeat(LONGEST_TEXT);
        assert_eq!(clean(&fits), fits);
        let long = clean(&"é".repeat(LONGEST_TEXT + 1));
        assert_eq!(long.chars().count(), LONGEST_TEXT + 1);
        assert!(long.ends_with('…'));
        // Nothing is cut inside of a number.
        assert!(clean(&"\u{202e}".repeat(100)).ends_with("}…"));
    }
}

//! Texts from packets, made harmless to read.

/// Characters that are shown of a name.
const LONGEST_NAME: usize = 72;

/// Characters that are shown of a path or a sentence.
const LONGEST_SENTENCE: usize = 160;

/// A name as it can be shown: characters that cannot be seen, combine with others or change the order of reading stand there by
/// their numbers (`\u{202e}`), and what is long is cut. It is not escaped: the template does that.
pub(crate) fn clean(name: &str) -> String {
    cut(name, LONGEST_NAME)
}

/// The same for a path or a sentence.
pub(crate) fn clean_sentence(sentence: &str) -> String {
    cut(sentence, LONGEST_SENTENCE)
}

fn cut(text: &str, longest: usize) -> String {
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
        if length > longest {
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
        let fits = "x".repeat(LONGEST_NAME);
        assert_eq!(clean(&fits), fits);
        let long = clean(&"é".repeat(LONGEST_NAME + 1));
        assert_eq!(long.chars().count(), LONGEST_NAME + 1);
        assert!(long.ends_with('…'));
        assert_eq!(clean_sentence(&long), long);
        // Nothing is cut inside of a number.
        assert!(clean(&"\u{202e}".repeat(100)).ends_with("}…"));
    }
}

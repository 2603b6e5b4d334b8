//! Text in cells and in lists.

use std::io::Write;

/// Appends a cell, in quotes where it needs them: where it contains a comma, a quote or a line end (RFC 4180 §2). Quotes
/// inside are doubled.
pub(super) fn push_cell(out: &mut Vec<u8>, text: &[u8]) {
    let special = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if !text.iter().any(special) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for (index, piece) in text.split(|&byte| byte == b'"').enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(piece);
    }
    out.push(b'"');
}

/// Appends a text that stands in a list, as Python's `repr` writes it: in single quotes, or in double quotes where that
/// saves escapes.
pub(super) fn push_item(out: &mut Vec<u8>, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut utf8 = [0; 4];
    let mut push_char = |out: &mut Vec<u8>, c: char| {
        out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    };
    push_char(out, quote);
    for c in text.chars() {
        // Writing to a `Vec` cannot fail.
        let _ = match c {
            '\\' => out.write_all(br"\\"),
            '\t' => out.write_all(br"\t"),
            '\n' => out.write_all(br"\n"),
            '\r' => out.write_all(br"\r"),
            _ if c == quote => write!(out, "\\{c}"),
            _ if is_printable(c) => {
                push_char(out, c);
                Ok(())
            }
            ..='\u{ff}' => write!(out, "\\x{:02x}", u32::from(c)),
            ..='\u{ffff}' => write!(out, "\\u{:04x}", u32::from(c)),
            _ => write!(out, "\\U{:08x}", u32::from(c)),
        };
    }
    push_char(out, quote);
}

/// Whether Python's `repr` leaves a character as it is: one that is neither a control nor a separator nor unassigned.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    // `escape_debug` goes by the same rule, but escapes combining marks at the start of a text: put something before.
    let mut utf8 = [b'.', 0, 0, 0, 0];
    let [_, rest @ ..] = &mut utf8;
    c.encode_utf8(rest);
    str::from_utf8(&utf8).is_ok_and(|text| text.escape_debug().nth(1) == Some(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut out = Vec::new();
        push_cell(&mut out, text.as_bytes());
        String::from_utf8(out).unwrap()
    }

    fn item(text: &str) -> String {
        let mut out = Vec::new();
        push_item(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_are_quoted_only_where_they_must_be() {
        // Bare in Python's csv module, too.
        for bare in [
            "",
            " a ",
            "it's",
            "a\tb",
            "a;b",
            "\0",
            "\u{b}",
            "é\u{2028}",
            "\u{feff}",
            "[1]",
        ] {
            assert_eq!(cell(bare), bare);
        }
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("a\rb"), "\"a\rb\"");
        assert_eq!(cell("a\nb"), "\"a\nb\"");
        assert_eq!(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(cell("\""), "\"\"\"\"");
    }

    #[test]
    fn items_are_written_as_python_does() {
        // Right: what repr() of Python 3.11 makes of it.
        for (text, expected) in [
            ("", "''"),
            ("x", "'x'"),
            ("it's", "\"it's\""),
            ("say \"hi\"", "'say \"hi\"'"),
            ("it's \"x\"", r#"'it\'s "x"'"#),
            ("\n\r\t\\", r"'\n\r\t\\'"),
            ("\0\u{1b}\u{7f}", r"'\x00\x1b\x7f'"),
            ("é😀\u{301}", "'é😀\u{301}'"),
            ("\u{301}", "'\u{301}'"),
            ("\u{a0}\u{ad}\u{200b}\u{e000}", r"'\xa0\xad\u200b\ue000'"),
            ("\u{e0001}", r"'\U000e0001'"),
        ] {
            assert_eq!(item(text), expected);
        }
    }
}

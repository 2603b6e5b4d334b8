//! Licence expressions (SPDX specification 2.3, annex D).

use std::iter::Peekable;

/// Licences that a dependency may have.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    // Of LLVM, which libFuzzer is part of.
    "NCSA",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether an expression leaves a choice of listed licences. One that cannot be read leaves none.
pub(super) fn is_compatible(expression: &str) -> bool {
    // Before it was an expression, a choice was written with a slash.
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words) == Some(true) && words.next().is_none()
}

/// Terms between OR, which binds less than AND.
fn any<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>) -> Option<bool> {
    let mut fine = all(words)?;
    while words.next_if_eq(&"OR").is_some() {
        fine |= all(words)?;
    }
    Some(fine)
}

/// Terms between AND.
fn all<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>) -> Option<bool> {
    let mut fine = one(words)?;
    while words.next_if_eq(&"AND").is_some() {
        fine &= one(words)?;
    }
    Some(fine)
}

/// A licence, perhaps with an exception, or an expression in parentheses.
fn one<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>) -> Option<bool> {
    let word = words.next()?;
    match word {
        "(" => {
            let fine = any(words)?;
            words.next_if_eq(&")").map(|_| fine)
        }
        ")" | "AND" | "OR" | "WITH" => None,
        licence if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next()?;
            Some(LICENCES.contains(&format!("{licence} WITH {exception}").as_str()))
        }
        licence => Some(LICENCES.contains(&licence)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_of_listed_licences_is_needed() {
        for fine in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "MIT AND (GPL-3.0 OR ISC)",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
            "GPL-3.0 AND ISC OR MIT",
        ] {
            assert!(is_compatible(fine), "{fine}");
        }
        for refused in [
            "none",
            "",
            "GPL-3.0",
            "(MIT OR Apache-2.0) AND GPL-3.0",
            "GPL-3.0 AND (MIT OR Apache-2.0)",
            "MIT AND GPL-3.0",
            "MIT WITH LLVM-exception",
            "(MIT",
            "MIT)",
            "MIT OR",
            "MIT Apache-2.0",
        ] {
            assert!(!is_compatible(refused), "{refused}");
        }
    }
}

//! What a misspelt name may have been meant to be.

/// Names less alike than this are different ones (Jaro similarity, from 0 to 1).
const ALIKE: f64 = 0.7;

/// The name that is most like `wrong`, if one is: to be told where there is no such column, or option.
///
/// # Examples
///
/// ```
/// use nfstream_flow::record::nearest_name;
///
/// let names = ["src_ip", "dst_ip", "protocol"];
/// assert_eq!(nearest_name("source_ip", names), Some("src_ip"));
/// assert_eq!(nearest_name("bytes", names), None);
/// ```
pub fn nearest_name<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let names = names.into_iter();
    let alike = names.map(|name| (strsim::jaro(wrong, name), name));
    alike
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

//! Applications of flows, held against other programs: nDPI's own, NFStream and Wireshark.
//!
//! A difference is not an error as such: it has a class, which a rule finds in the packets or the values, and a
//! difference without a class fails the test. What nDPI says depends on its version, so figures are kept for each.

mod classes;
mod dissected;
mod hellos;
mod nfstream;
mod reader;
mod threads;

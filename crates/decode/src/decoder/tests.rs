//! The walk as a whole.

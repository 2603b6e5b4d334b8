//! The metering process against small worlds.

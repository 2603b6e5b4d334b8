//! The options that columns are made of.

use core::fmt::Write as _;
use core::net::Ipv4Addr;
use std::borrow::Cow;

use super::DhcpMessageType;
use super::message::Message;

/// Codes of options (RFC 2132; 77: RFC 3004).
mod code {
    pub(super) const HOST_NAME: u8 = 12;
    pub(super) const REQUESTED_ADDRESS: u8 = 50;
    pub(super) const MESSAGE_TYPE: u8 = 53;
    pub(super) const PARAMETER_REQUESTS: u8 = 55;
    pub(super) const MAX_MESSAGE_SIZE: u8 = 57;
    pub(super) const VENDOR_CLASS: u8 = 60;
    pub(super) const USER_CLASS: u8 = 77;
}

/// Of a long option, the bytes that count: more than the 312 that every client and server must take (RFC 2131 §2).
const MAX_VALUE_BYTES: usize = 512;

/// The options that columns are made of, empty where the message has them not. What is in several parts is one (RFC 3396).
#[derive(Clone, Debug, Default)]
pub(super) struct Values<'a> {
    message_type: Cow<'a, [u8]>,
    host_name: Cow<'a, [u8]>,
    requested_address: Cow<'a, [u8]>,
    parameter_requests: Cow<'a, [u8]>,
    max_message_size: Cow<'a, [u8]>,
    vendor_class: Cow<'a, [u8]>,
    user_class: Cow<'a, [u8]>,
}

impl<'a> Values<'a> {
    pub(super) fn of(message: &Message<'a>) -> Self {
        let mut values = Self::default();
        for (code, part) in message.options() {
            let value = match code {
                code::MESSAGE_TYPE => &mut values.message_type,
                code::HOST_NAME => &mut values.host_name,
                code::REQUESTED_ADDRESS => &mut values.requested_address,
                code::PARAMETER_REQUESTS => &mut values.parameter_requests,
                code::MAX_MESSAGE_SIZE => &mut values.max_message_size,
                code::VENDOR_CLASS => &mut values.vendor_class,
                code::USER_CLASS => &mut values.user_class,
                _ => continue,
            };
            if value.is_empty() {
                *value = Cow::Borrowed(part);
            } else {
                let room = MAX_VALUE_BYTES.saturating_sub(value.len());
                value.to_mut().extend(part.iter().take(room));
            }
        }
        values
    }

    pub(super) fn message_type(&self) -> Option<DhcpMessageType> {
        self.message_type.first().copied().map(DhcpMessageType)
    }

    pub(super) fn requested_address(&self) -> Option<Ipv4Addr> {
        self.requested_address
            .first_chunk::<4>()
            .map(|octets| Ipv4Addr::from(*octets))
    }

    /// The codes, with commas between them.
    pub(super) fn parameter_requests(&self) -> Option<Box<str>> {
        let mut text = String::with_capacity(4 * self.parameter_requests.len());
        for code in &*self.parameter_requests {
            let comma = if text.is_empty() { "" } else { "," };
            write!(text, "{comma}{code}").ok()?;
        }
        (!text.is_empty()).then(|| text.into())
    }

    pub(super) fn max_message_size(&self) -> Option<u16> {
        self.max_message_size
            .first_chunk::<2>()
            .map(|octets| u16::from_be_bytes(*octets))
    }

    pub(super) fn host_name(&self) -> Option<Box<str>> {
        text(&self.host_name)
    }

    pub(super) fn vendor_class(&self) -> Option<Box<str>> {
        text(&self.vendor_class)
    }

    /// The classes, with commas between them; the option as it is where a client does without their lengths, as many do.
    pub(super) fn user_class(&self) -> Option<Box<str>> {
        match user_classes(&self.user_class) {
            Some(classes) => text(&classes.join(&b',')),
            None => text(&self.user_class),
        }
    }
}

/// The user classes of an option, each with its length before it (RFC 3004 §4).
fn user_classes(mut option: &[u8]) -> Option<Vec<&[u8]>> {
    let mut classes = Vec::new();
    while let [length @ 1..=255, rest @ ..] = option {
        let (class, rest) = rest.split_at_checked(usize::from(*length))?;
        classes.push(class);
        option = rest;
    }
    option.is_empty().then_some(classes)
}

/// A text without the zeros behind it, which receivers must be ready to take off (RFC 2132 §2); `None` if it is empty.
fn text(bytes: &[u8]) -> Option<Box<str>> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches('\0');
    (!text.is_empty()).then(|| text.into())
}

//! The applications of flows, as the table keeps them.

use crate::application::{Application, Confidence, Risks};
use crate::slab::{Slab, Slot};

/// One application a flow.
#[derive(Debug)]
pub(crate) struct Applications {
    stored: Slab<StoredApplication>,
    pool: TextPool,
}

impl Applications {
    pub(crate) const fn new() -> Self {
        Self {
            stored: Slab::new(),
            pool: TextPool::new(),
        }
    }

    /// Adds room for one segment of flows.
    pub(crate) fn grow(&mut self) {
        self.stored.grow();
    }

    /// Forgets what is known about the flow in a slot; others use the memory of its texts.
    pub(crate) fn clear(&mut self, slot: Slot) {
        let stored = self.stored.get_mut(slot);
        stored.was_dissected = false;
        self.pool.give_back(core::mem::take(&mut stored.texts));
    }

    pub(crate) fn set(&mut self, slot: Slot, application: &Application<'_>) {
        self.stored.get_mut(slot).store(application, &mut self.pool);
    }

    pub(crate) fn get(&self, slot: Slot) -> &StoredApplication {
        self.stored.get(slot)
    }
}

/// Texts that an [`Application`] has.
const TEXTS: usize = 9;

/// The length of a text that is not there.
const ABSENT: u32 = u32::MAX;

/// An [`Application`] with its texts one behind the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredApplication {
    texts: String,
    lengths: [u32; TEXTS],
    risks: Risks,
    confidence: Confidence,
    is_guessed: bool,
    /// Whether the flow was looked into at all.
    was_dissected: bool,
}

const _: () = assert!(
    size_of::<StoredApplication>() == 88,
    "what the table says that a flow takes"
);

impl StoredApplication {
    fn store(&mut self, application: &Application<'_>, pool: &mut TextPool) {
        // Every field, so that none is forgotten.
        let Application {
            name,
            category,
            is_guessed,
            confidence,
            server_name,
            client_fingerprint,
            server_fingerprint,
            user_agent,
            content_type,
            ja3,
            ja4,
            risks,
        } = *application;
        let texts: [Option<&str>; TEXTS] = [
            Some(name),
            Some(category),
            Some(server_name),
            Some(client_fingerprint),
            Some(server_fingerprint),
            Some(user_agent),
            Some(content_type),
            ja3,
            ja4,
        ];
        let total = texts.iter().flatten().map(|text| text.len()).sum();
        pool.make_room(&mut self.texts, total);
        for (text, length) in texts.into_iter().zip(&mut self.lengths) {
            *length = match text.map(|text| (text, u32::try_from(text.len()))) {
                Some((text, Ok(length))) => {
                    self.texts.push_str(text);
                    length
                }
                // Not there, or longer than any packet.
                _ => ABSENT,
            };
        }
        self.risks = risks;
        self.confidence = confidence;
        self.is_guessed = is_guessed;
        self.was_dissected = true;
    }

    /// What is known, if the flow was looked into.
    pub(crate) fn get(&self) -> Option<Application<'_>> {
        if !self.was_dissected {
            return None;
        }
        let mut rest = self.texts.as_str();
        let texts = self.lengths.map(|length| {
            let length = (length != ABSENT).then_some(length as usize)?;
            let (text, behind) = rest.split_at_checked(length)?;
            rest = behind;
            Some(text)
        });
        let [
            name,
            category,
            server_name,
            client_fingerprint,
            server_fingerprint,
            user_agent,
            content_type,
            ja3,
            ja4,
        ] = texts;
        Some(Application {
            name: name.unwrap_or_default(),
            category: category.unwrap_or_default(),
            is_guessed: self.is_guessed,
            confidence: self.confidence,
            server_name: server_name.unwrap_or_default(),
            client_fingerprint: client_fingerprint.unwrap_or_default(),
            server_fingerprint: server_fingerprint.unwrap_or_default(),
            user_agent: user_agent.unwrap_or_default(),
            content_type: content_type.unwrap_or_default(),
            ja3,
            ja4,
            risks: self.risks,
        })
    }
}

/// The smallest capacity of a text: a name, a category and a server name mostly fit.
const MIN_CAPACITY: usize = 64;

/// Texts that no flow uses, by the power of two that their capacity reaches: memory grows with the flows that are alive
/// and what is known about them, and no flow allocates once there are enough.
#[derive(Debug)]
struct TextPool {
    unused: [Vec<String>; usize::BITS as usize],
}

impl TextPool {
    const fn new() -> Self {
        Self {
            unused: [const { Vec::new() }; usize::BITS as usize],
        }
    }

    /// Leaves `text` empty, with room for this many bytes.
    fn make_room(&mut self, text: &mut String, bytes: usize) {
        text.clear();
        if text.capacity() < bytes {
            let capacity = bytes.max(MIN_CAPACITY).next_power_of_two();
            let unused = self.unused.get_mut(capacity.ilog2() as usize);
            let larger = unused
                .and_then(Vec::pop)
                .unwrap_or_else(|| String::with_capacity(capacity));
            self.give_back(core::mem::replace(text, larger));
        }
    }

    fn give_back(&mut self, mut text: String) {
        if let Some(power) = text.capacity().checked_ilog2()
            && let Some(unused) = self.unused.get_mut(power as usize)
        {
            text.clear();
            unused.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(server_name: &str) -> Application<'_> {
        Application {
            name: "TLS.Example",
            server_name,
            confidence: Confidence::Packets,
            ja3: Some(""),
            risks: Risks::new(1, &["risk"]),
            ..Application::UNKNOWN
        }
    }

    #[test]
    fn what_is_stored_comes_back() {
        let mut pool = TextPool::new();
        let mut stored = StoredApplication::default();
        assert_eq!(stored.get(), None);
        let long = "ä".repeat(1_000);
        let full = Application {
            name: "a",
            category: "b",
            is_guessed: true,
            confidence: Confidence::Port,
            server_name: &long,
            client_fingerprint: "d",
            server_fingerprint: "e",
            user_agent: "f",
            content_type: "g",
            ja3: Some("h"),
            ja4: Some("i"),
            risks: Risks::NONE,
        };
        for application in [application("x.example"), full, Application::UNKNOWN] {
            stored.store(&application, &mut pool);
            assert_eq!(stored.get(), Some(application));
        }
    }

    #[test]
    fn texts_are_used_again() {
        let mut pool = TextPool::new();
        let mut first = StoredApplication::default();
        first.store(&application("short"), &mut pool);
        let address = first.texts.as_ptr();
        first.store(&application(&"long".repeat(50)), &mut pool);
        assert_eq!(pool.unused.iter().flatten().count(), 1);

        let mut second = StoredApplication::default();
        second.store(&application("other"), &mut pool);
        assert_eq!(second.texts.as_ptr(), address, "the short one's");
        assert_eq!(second.get(), Some(application("other")));
        assert_eq!(pool.unused.iter().flatten().count(), 0);
    }
}

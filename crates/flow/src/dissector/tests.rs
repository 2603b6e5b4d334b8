use super::*;

/// Cannot be shared out, as nothing is said about it.
struct Alone;

impl Dissector for Alone {
    type State = ();

    fn start(&mut self, _key: &FlowKey) -> Option<()> {
        None
    }

    fn dissect<'a>(&'a mut self, _: &Packet<'_>, (): &'a mut ()) -> Dissection<'a> {
        Dissection::Done
    }

    fn finish<'a>(&'a mut self, (): &'a mut ()) -> Application<'a> {
        Application::UNKNOWN
    }
}

/// Has a number of shards, and knows which part it is of how many.
#[derive(Debug, PartialEq, Eq)]
struct Shared {
    shards: NonZeroU32,
    part: [u32; 2],
}

impl Dissector for Shared {
    type State = ();

    fn start(&mut self, _key: &FlowKey) -> Option<()> {
        None
    }

    fn dissect<'a>(&'a mut self, _: &Packet<'_>, (): &'a mut ()) -> Dissection<'a> {
        Dissection::Done
    }

    fn finish<'a>(&'a mut self, (): &'a mut ()) -> Application<'a> {
        Application::UNKNOWN
    }

    fn max_parts(&self) -> NonZeroU32 {
        self.shards
    }

    fn share_out(self, parts: NonZeroU32) -> Vec<Self> {
        let (shards, parts) = (self.shards, parts.min(self.shards).get());
        let part = |part| Self {
            shards,
            part: [part, parts],
        };
        (0..parts).map(part).collect()
    }
}

fn count(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

#[test]
fn a_dissector_is_for_one_meter_unless_it_says_otherwise() {
    assert_eq!(Alone.max_parts(), NonZeroU32::MIN);
    assert_eq!(Alone.share_out(count(4)).len(), 1);
    assert_eq!(Some(Alone).max_parts(), NonZeroU32::MIN);
    let shared_out = Some(Alone).share_out(count(4));
    assert!(matches!(shared_out[..], [Some(Alone)]));
}

#[test]
fn nothing_can_be_shared_out_without_limit() {
    assert_eq!(().max_parts(), NonZeroU32::MAX);
    assert_eq!(().share_out(count(5)), [(); 5]);
    let off: Option<Alone> = None;
    assert_eq!(off.max_parts(), NonZeroU32::MAX);
    let shared_out = off.share_out(count(5));
    assert_eq!(shared_out.len(), 5);
    assert!(shared_out.iter().all(Option::is_none));
}

#[test]
fn an_option_is_shared_out_as_what_is_in_it() {
    let dissector = || Shared {
        shards: count(3),
        part: [0, 1],
    };
    assert_eq!(Some(dissector()).max_parts(), count(3));
    for parts in 1..5 {
        let inner = dissector().share_out(count(parts));
        assert_eq!(inner.len(), parts.min(3) as usize);
        let outer = Some(dissector()).share_out(count(parts));
        assert!(outer.into_iter().eq(inner.into_iter().map(Some)));
    }
}

//! What a table asks its dissector, when, and what becomes of the answers: dissectors that follow a script.

use core::convert::Infallible;
use core::num::NonZeroU32;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use nfstream_decode::{Direction, PacketFields, Timestamp};

use super::*;
use crate::testing::{A, B, C, Kept, end, packet, timeouts};
use crate::{
    Confidence, Endpoint, Flow, FlowEnd, FlowRecord, FlowTable, FlowTableConfig, NFPlugin,
    OwnedFlowRecord, Risks, sink_fn,
};

/// What dissector and plugin were asked. Flows have numbers, in the order in which the dissector was asked for them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Start(u32),
    /// With the time in milliseconds.
    Dissect(u32, u64),
    Finish(u32),
    Release(u32),
    /// The plugin's calls, with the name of the application that it sees.
    Init(Option<String>),
    Update(Option<String>),
    Expire(Option<String>),
}

use Call::{Dissect, Finish, Release, Start};

fn init(name: &str) -> Call {
    Call::Init(Some(name.to_owned()))
}

fn update(name: &str) -> Call {
    Call::Update(Some(name.to_owned()))
}

fn expire(name: &str) -> Call {
    Call::Expire(Some(name.to_owned()))
}

fn calls(receiver: &Receiver<Call>) -> Vec<Call> {
    receiver.try_iter().collect()
}

fn named(name: &str) -> Application<'_> {
    Application {
        name,
        ..Application::UNKNOWN
    }
}

/// Says of the packets of each flow what it was told to say, and at last `best of` the flow's number.
struct Scripted {
    sender: Sender<Call>,
    /// The answer to each packet of a flow; nothing to later ones.
    answers: Vec<Dissection<'static>>,
    /// How many more flows there is room for.
    room: u32,
    started: u32,
    best: String,
}

/// What a flow carries: its number, and the packets that were looked into.
struct Looked {
    number: u32,
    packets: usize,
}

impl Scripted {
    fn new(answers: &[Dissection<'static>]) -> (Self, Receiver<Call>) {
        let (sender, receiver) = channel();
        let dissector = Self {
            sender,
            answers: answers.to_vec(),
            room: u32::MAX,
            started: 0,
            best: String::new(),
        };
        (dissector, receiver)
    }

    /// A plugin that writes into the same list.
    fn witness(&self) -> Witness {
        Witness {
            sender: self.sender.clone(),
            last: 0,
        }
    }
}

impl Dissector for Scripted {
    type State = Looked;

    fn start(&mut self, _key: &FlowKey) -> Option<Looked> {
        let number = self.started;
        self.started += 1;
        self.sender.send(Start(number)).unwrap();
        self.room = self.room.checked_sub(1)?;
        Some(Looked { number, packets: 0 })
    }

    fn dissect<'a>(&'a mut self, packet: &Packet<'_>, flow: &'a mut Looked) -> Dissection<'a> {
        let millis = packet.timestamp().as_millis();
        self.sender.send(Dissect(flow.number, millis)).unwrap();
        let answer = self.answers.get(flow.packets);
        flow.packets += 1;
        answer.copied().unwrap_or(Dissection::Nothing)
    }

    fn finish<'a>(&'a mut self, flow: &'a mut Looked) -> Application<'a> {
        self.sender.send(Finish(flow.number)).unwrap();
        self.best = format!("best of {}", flow.number);
        named(&self.best)
    }

    fn release(&mut self, flow: Looked) {
        self.sender.send(Release(flow.number)).unwrap();
        self.room += 1;
    }
}

/// Writes down the application with every call; ends a flow with its packet number `last`.
#[derive(Clone)]
struct Witness {
    sender: Sender<Call>,
    last: u64,
}

impl Witness {
    fn see(&self, call: fn(Option<String>) -> Call, flow: &mut Flow<'_>) {
        let name = flow
            .application()
            .map(|application| application.name.to_owned());
        self.sender.send(call(name)).unwrap();
        if flow.bidirectional().packets == self.last {
            flow.expire();
        }
    }
}

impl NFPlugin for Witness {
    type State = ();
    type Output = ();

    fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) {
        self.see(Call::Init, flow);
    }

    fn on_update(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>, _state: &mut ()) {
        self.see(Call::Update, flow);
    }

    fn on_expire(&mut self, flow: &Flow<'_>, _state: ()) {
        let name = flow
            .application()
            .map(|application| application.name.to_owned());
        self.sender.send(Call::Expire(name)).unwrap();
    }
}

fn dissecting(n_dissections: u8) -> FlowTableConfig {
    FlowTableConfig {
        n_dissections,
        ..FlowTableConfig::default()
    }
}

/// The table behind these packets, and the records so far.
fn push<P: NFPlugin, D: Dissector>(
    config: &FlowTableConfig,
    plugin: P,
    dissector: D,
    packets: &[PacketFields<'_>],
) -> (FlowTable<P, D>, Kept<P::Output>) {
    let mut table = FlowTable::with_dissector(config, plugin, dissector);
    let mut kept = Kept::new();
    for &packet in packets {
        let Ok(()) = table.push(&packet.into(), &mut kept);
    }
    (table, kept)
}

/// The same, and what the end of the input brings.
fn meter<P: NFPlugin, D: Dissector>(
    config: &FlowTableConfig,
    plugin: P,
    dissector: D,
    packets: &[PacketFields<'_>],
) -> (FlowTable<P, D>, Vec<OwnedFlowRecord<P::Output>>) {
    let (mut table, mut kept) = push(config, plugin, dissector, packets);
    let Ok(()) = table.finish(&mut kept);
    (table, kept.0)
}

/// The names of the applications of the records.
fn names<O>(records: &[OwnedFlowRecord<O>]) -> Vec<Option<String>> {
    let name = |record: &OwnedFlowRecord<O>| {
        let application = record.flow().application();
        application.map(|application| application.name.to_owned())
    };
    records.iter().map(name).collect()
}

fn some(names: &[&str]) -> Vec<Option<String>> {
    names.iter().map(|&name| Some(name.to_owned())).collect()
}

/// A connection of so many packets, which take turns, one a millisecond.
fn turns(packets: u64) -> Vec<PacketFields<'static>> {
    (0..packets)
        .map(|millis| match millis % 2 {
            0 => packet(millis, A, B),
            _ => packet(millis, B, A),
        })
        .collect()
}

#[test]
fn packets_are_shown_in_order_each_for_its_flow() {
    let (dissector, receiver) = Scripted::new(&[]);
    let packets = [
        packet(1, A, B),
        packet(2, C, B),
        packet(3, B, A),
        packet(4, B, C),
        packet(4, A, B),
    ];
    let (_, records) = meter(&dissecting(20), (), dissector, &packets);
    assert_eq!(
        calls(&receiver),
        [
            Start(0),
            Dissect(0, 1),
            Start(1),
            Dissect(1, 2),
            Dissect(0, 3),
            Dissect(1, 4),
            Dissect(0, 4),
            Finish(1),
            Release(1),
            Finish(0),
            Release(0),
        ]
    );
    // Both are due by their last packet; the first packets decide.
    assert_eq!(names(&records), some(&["best of 0", "best of 1"]));
}

#[test]
fn a_flow_has_as_many_dissections_as_were_asked_for() {
    for limit in [1, 2, 20, 255] {
        for packets in [1, u64::from(limit), u64::from(limit) + 40] {
            let (dissector, receiver) = Scripted::new(&[]);
            let (_, records) = meter(&dissecting(limit), (), dissector, &turns(packets));
            let shown = packets.min(limit.into());
            let mut right = vec![Start(0)];
            right.extend((0..shown).map(|millis| Dissect(0, millis)));
            right.extend([Finish(0), Release(0)]);
            assert_eq!(
                calls(&receiver),
                right,
                "{packets} packets, {limit} of them"
            );
            assert_eq!(records[0].flow().bidirectional().packets, packets);
        }
    }
}

#[test]
fn the_last_dissection_gives_the_best_at_once() {
    let (dissector, receiver) = Scripted::new(&[]);
    let witness = dissector.witness();
    meter(&dissecting(2), witness, dissector, &turns(3));
    assert_eq!(
        calls(&receiver),
        [
            Start(0),
            Dissect(0, 0),
            init("Unknown"),
            Dissect(0, 1),
            Finish(0),
            Release(0),
            update("best of 0"),
            update("best of 0"),
            expire("best of 0"),
        ]
    );

    // The first packet may be the last one, too.
    let (dissector, receiver) = Scripted::new(&[Dissection::Found(named("found"))]);
    let witness = dissector.witness();
    meter(&dissecting(1), witness, dissector, &turns(1));
    assert_eq!(
        calls(&receiver),
        [
            Start(0),
            Dissect(0, 0),
            Finish(0),
            Release(0),
            init("best of 0"),
            expire("best of 0"),
        ]
    );
}

#[test]
fn nothing_is_shown_once_it_is_done() {
    for done_at in 0..4 {
        let mut answers = vec![Dissection::Nothing; done_at];
        answers.push(Dissection::Done);
        let (dissector, receiver) = Scripted::new(&answers);
        let (_, records) = meter(&dissecting(4), (), dissector, &turns(30));
        let mut right = vec![Start(0)];
        right.extend((0..=done_at as u64).map(|millis| Dissect(0, millis)));
        right.extend([Finish(0), Release(0)]);
        assert_eq!(calls(&receiver), right);
        assert_eq!(names(&records), some(&["best of 0"]));
    }
}

#[test]
fn plugins_see_what_is_known_from_the_packet_on_that_told_it() {
    let (dissector, receiver) = Scripted::new(&[
        Dissection::Nothing,
        Dissection::Nothing,
        Dissection::Found(named("TLS")),
        Dissection::Nothing,
        Dissection::Found(named("TLS.Example")),
        Dissection::Done,
    ]);
    let witness = dissector.witness();
    meter(&dissecting(20), witness, dissector, &turns(7));
    let seen: Vec<_> = calls(&receiver)
        .into_iter()
        .filter(|call| matches!(call, Call::Init(_) | Call::Update(_) | Call::Expire(_)))
        .collect();
    assert_eq!(
        seen,
        [
            init("Unknown"),
            update("Unknown"),
            update("TLS"),
            update("TLS"),
            update("TLS.Example"),
            update("best of 0"),
            update("best of 0"),
            expire("best of 0"),
        ]
    );
}

#[test]
fn plugins_see_at_the_first_packet_what_that_told() {
    for (answer, name) in [
        (Dissection::Nothing, "Unknown"),
        (Dissection::Found(named("DNS")), "DNS"),
        (Dissection::Done, "best of 0"),
    ] {
        let (dissector, receiver) = Scripted::new(&[answer]);
        let witness = dissector.witness();
        meter(&dissecting(20), witness, dissector, &turns(1));
        assert!(calls(&receiver).contains(&init(name)), "{answer:?}");
    }
}

/// The last calls of the first flow, and why it ended.
fn last_calls(
    config: &FlowTableConfig,
    last: u64,
    packets: &[PacketFields<'_>],
) -> (Vec<Call>, FlowEnd) {
    let (dissector, receiver) = Scripted::new(&[]);
    let mut witness = dissector.witness();
    witness.last = last;
    let (_, records) = meter(config, witness, dissector, packets);
    let calls = calls(&receiver);
    let finishes = calls.iter().filter(|&call| *call == Finish(0)).count();
    let releases = calls.iter().filter(|&call| *call == Release(0)).count();
    assert_eq!((finishes, releases), (1, 1), "{calls:?}");
    let first = records
        .iter()
        .find(|record| record.flow().first_seen() == Timestamp::EPOCH)
        .unwrap();
    assert_eq!(first.flow().application().unwrap().name, "best of 0");
    let place = calls.iter().position(|call| *call == Finish(0)).unwrap();
    (calls[place..].to_vec(), first.end)
}

#[test]
fn whatever_ends_a_flow_it_is_finished_before_the_plugin_hears_of_it() {
    let config = FlowTableConfig {
        n_dissections: 20,
        ..timeouts(100, 150)
    };
    let full = FlowTableConfig {
        max_active_flows: NonZeroU32::MIN,
        ..config
    };
    let next = |millis| [packet(0, A, B), packet(millis, C, B)];
    let own = [packet(0, A, B), packet(80, B, A), packet(150, A, B)];
    for (config, last, packets, end) in [
        // Found idle by its own next packet, by another one's, and by a full table.
        (
            &config,
            0,
            &[packet(0, A, B), packet(100, A, B)][..],
            FlowEnd::Idle,
        ),
        (&config, 0, &next(101), FlowEnd::Idle),
        (&full, 0, &next(100), FlowEnd::Idle),
        (&config, 0, &own, FlowEnd::Active),
        (&full, 0, &next(50), FlowEnd::Resources),
        (&config, 1, &turns(1), FlowEnd::Forced),
        (&config, 2, &turns(2), FlowEnd::Forced),
        (&config, 0, &turns(2), FlowEnd::EndOfInput),
    ] {
        let (calls, found) = last_calls(config, last, packets);
        assert_eq!(found, end);
        assert_eq!(
            calls[..3],
            [Finish(0), Release(0), expire("best of 0")],
            "{end:?}"
        );
    }
}

#[test]
fn the_clock_alone_finishes_a_flow() {
    let config = FlowTableConfig {
        n_dissections: 20,
        ..timeouts(100, 1_000)
    };
    let (dissector, receiver) = Scripted::new(&[]);
    let witness = dissector.witness();
    let (mut table, mut kept) = push(&config, witness, dissector, &turns(1));
    assert_eq!(calls(&receiver).last(), Some(&init("Unknown")));
    let Ok(()) = table.advance(Timestamp::from_millis(101), &mut kept);
    assert_eq!(
        calls(&receiver),
        [Finish(0), Release(0), expire("best of 0")]
    );
    assert_eq!(names(&kept.0), some(&["best of 0"]));
}

#[test]
fn a_finished_flow_is_not_finished_again() {
    for (limit, answers) in [(2, &[][..]), (20, &[Dissection::Nothing, Dissection::Done])] {
        let (dissector, receiver) = Scripted::new(answers);
        let witness = dissector.witness();
        meter(&dissecting(limit), witness, dissector, &turns(5));
        let calls = calls(&receiver);
        assert_eq!(
            calls[3..],
            [
                Dissect(0, 1),
                Finish(0),
                Release(0),
                update("best of 0"),
                update("best of 0"),
                update("best of 0"),
                update("best of 0"),
                expire("best of 0"),
            ]
        );
    }
}

#[test]
fn a_flow_cut_in_two_is_looked_into_twice() {
    let config = FlowTableConfig {
        n_dissections: 2,
        ..timeouts(1_000, 3)
    };
    let (dissector, receiver) = Scripted::new(&[]);
    let (_, records) = meter(&config, (), dissector, &turns(5));
    assert_eq!(
        calls(&receiver),
        [
            Start(0),
            Dissect(0, 0),
            Dissect(0, 1),
            Finish(0),
            Release(0),
            Start(1),
            Dissect(1, 3),
            Dissect(1, 4),
            Finish(1),
            Release(1),
        ]
    );
    assert_eq!(names(&records), some(&["best of 0", "best of 1"]));
}

/// The first flow is finished before the next one of the same key starts: there may be room for one alone.
#[test]
fn room_for_one_flow_is_enough_for_one_at_a_time() {
    let config = FlowTableConfig {
        n_dissections: 20,
        max_active_flows: NonZeroU32::MIN,
        ..timeouts(10, 3)
    };
    let (mut dissector, _receiver) = Scripted::new(&[]);
    dissector.room = 1;
    // Cut for its age, pushed out of the full table, idle.
    let packets = [
        packet(0, A, B),
        packet(3, A, B),
        packet(4, C, B),
        packet(40, C, B),
    ];
    let (table, records) = meter(&config, (), dissector, &packets);
    assert_eq!(table.undissected_flows(), 0);
    assert_eq!(
        names(&records),
        some(&["best of 0", "best of 1", "best of 2", "best of 3"])
    );
}

#[test]
fn flows_without_room_are_not_looked_into_but_counted() {
    let (mut dissector, receiver) = Scripted::new(&[Dissection::Found(named("found"))]);
    let witness = dissector.witness();
    dissector.room = 1;
    let config = FlowTableConfig {
        n_dissections: 20,
        ..timeouts(100, 1_000)
    };
    let packets = [
        packet(0, A, B),
        packet(1, C, B),
        packet(2, B, C),
        packet(3, end(4, 1), B),
        // The others are gone by now.
        packet(200, A, B),
    ];
    let (table, records) = meter(&config, witness, dissector, &packets);
    assert_eq!(table.undissected_flows(), 2);
    assert_eq!(
        names(&records),
        [
            Some("best of 0".to_owned()),
            None,
            None,
            Some("best of 3".to_owned())
        ]
    );
    assert_eq!(
        calls(&receiver),
        [
            Start(0),
            Dissect(0, 0),
            init("found"),
            Start(1),
            Call::Init(None),
            Call::Update(None),
            Start(2),
            Call::Init(None),
            Finish(0),
            Release(0),
            expire("best of 0"),
            Call::Expire(None),
            Call::Expire(None),
            Start(3),
            Dissect(3, 200),
            init("found"),
            Finish(3),
            Release(3),
            expire("best of 3"),
        ]
    );
}

/// Knows everything of the first flow and nothing of the second, and has no room for the third.
struct Forgetful(u32);

/// Every text that there can be.
const EVERYTHING: Application<'static> = Application {
    name: "a long name of the first flow",
    category: "category",
    is_guessed: true,
    confidence: Confidence::Packets,
    server_name: "server",
    client_fingerprint: "client",
    server_fingerprint: "other",
    user_agent: "agent",
    content_type: "type",
    ja3: Some("ja3"),
    ja4: Some("ja4"),
    risks: Risks::new(1, &["risk"]),
};

impl Dissector for Forgetful {
    type State = u32;

    fn start(&mut self, _key: &FlowKey) -> Option<u32> {
        self.0 += 1;
        (self.0 <= 2).then_some(self.0)
    }

    fn dissect<'a>(&'a mut self, _packet: &Packet<'_>, flow: &'a mut u32) -> Dissection<'a> {
        match *flow {
            1 => Dissection::Found(EVERYTHING),
            _ => Dissection::Nothing,
        }
    }

    fn finish<'a>(&'a mut self, flow: &'a mut u32) -> Application<'a> {
        match *flow {
            1 => EVERYTHING,
            _ => Application::UNKNOWN,
        }
    }
}

/// One flow at a time, so that all have the same place.
#[test]
fn a_place_remembers_nothing_of_the_flow_before() {
    #[derive(Clone)]
    struct Seen(Vec<Option<(String, String)>>);
    impl Seen {
        fn see(&mut self, flow: &Flow<'_>) {
            let application = flow.application();
            self.0.push(application.map(|application| {
                let texts = (
                    application.name.to_owned(),
                    application.user_agent.to_owned(),
                );
                // Nothing but the name of what is unknown.
                assert_eq!(texts.1.is_empty(), application == Application::UNKNOWN);
                texts
            }));
        }
    }
    impl NFPlugin for Seen {
        type State = ();
        type Output = ();
        fn on_init(&mut self, _packet: &Packet<'_>, flow: &mut Flow<'_>) {
            self.see(flow);
        }
        fn on_expire(&mut self, flow: &Flow<'_>, _state: ()) {
            self.see(flow);
        }
    }
    let config = FlowTableConfig {
        n_dissections: 20,
        ..timeouts(1, 1_000)
    };
    let packets = [packet(0, A, B), packet(10, A, C), packet(20, A, B)];
    let (mut table, records) = meter(&config, Seen(Vec::new()), Forgetful(0), &packets);
    assert_eq!(
        records
            .iter()
            .map(|record| record.flow().application())
            .collect::<Vec<_>>(),
        [Some(EVERYTHING), Some(Application::UNKNOWN), None]
    );
    let unknown = Some(("Unknown".to_owned(), String::new()));
    let known = Some((EVERYTHING.name.to_owned(), "agent".to_owned()));
    assert_eq!(
        table.plugin().0,
        [known.clone(), known, unknown.clone(), unknown, None, None]
    );
    // The first place again and again: the free one that was used last.
    let taken = table.flows.last_used().unwrap();
    assert_eq!(taken, table_key(A, B));
}

fn table_key(src: Endpoint, dst: Endpoint) -> FlowKey {
    FlowKey::of(&packet(0, src, dst).into()).0
}

#[test]
fn without_dissections_nobody_is_asked() {
    let (dissector, receiver) = Scripted::new(&[Dissection::Found(named("found"))]);
    let witness = dissector.witness();
    let config = dissecting(0);
    let (table, records) = meter(&config, witness, dissector, &turns(30));
    assert_eq!(table.undissected_flows(), 0);
    assert_eq!(names(&records), [None]);
    let mut right = vec![Call::Init(None)];
    right.resize(30, Call::Update(None));
    right.push(Call::Expire(None));
    assert_eq!(calls(&receiver), right);
}

#[test]
fn a_dissector_that_is_off_knows_nothing_and_refuses_nothing() {
    let none: Option<Scripted> = None;
    let (table, records) = meter(&dissecting(20), (), none, &turns(3));
    assert_eq!(
        (names(&records), table.undissected_flows()),
        (vec![None], 0)
    );
    let (table, records) = meter(&dissecting(20), (), (), &turns(3));
    assert_eq!(
        (names(&records), table.undissected_flows()),
        (vec![None], 0)
    );
}

#[test]
fn a_dissector_that_may_be_off_but_is_not_is_asked_everything() {
    let answers = [Dissection::Nothing, Dissection::Found(named("found"))];
    let (plain, plain_calls) = Scripted::new(&answers);
    let witness = plain.witness();
    meter(&dissecting(3), witness, plain, &turns(5));
    let (inside, inside_calls) = Scripted::new(&answers);
    let witness = inside.witness();
    meter(&dissecting(3), witness, Some(inside), &turns(5));
    let plain_calls = calls(&plain_calls);
    assert!(plain_calls.contains(&Release(0)));
    assert_eq!(calls(&inside_calls), plain_calls);
}

#[test]
fn a_record_for_keeps_keeps_the_application() {
    let mut found = Vec::new();
    let mut sink = sink_fn(|record: FlowRecord<'_, ()>| {
        assert_eq!(record.flow.application(), Some(EVERYTHING));
        found.push(record.into_owned());
        Ok::<_, Infallible>(())
    });
    let mut table = FlowTable::with_dissector(&dissecting(20), (), Forgetful(0));
    let Ok(()) = table.push(&packet(0, A, B).into(), &mut sink);
    let Ok(()) = table.finish(&mut sink);
    drop(table);
    assert_eq!(found[0].flow().application(), Some(EVERYTHING));
    let as_record = found[0].as_record();
    assert_eq!(as_record.flow.application(), Some(EVERYTHING));
}

/// Writes down what it is shown.
struct Shown(Sender<(u64, Direction, u64)>);

impl Dissector for Shown {
    type State = ();

    fn start(&mut self, _key: &FlowKey) -> Option<()> {
        Some(())
    }

    fn dissect<'a>(&'a mut self, packet: &Packet<'_>, _state: &'a mut ()) -> Dissection<'a> {
        let since = packet.since_previous().as_millis();
        let shown = (
            packet.timestamp().as_millis(),
            packet.direction(),
            u64::try_from(since).unwrap(),
        );
        self.0.send(shown).unwrap();
        Dissection::Nothing
    }

    fn finish<'a>(&'a mut self, _state: &'a mut ()) -> Application<'a> {
        Application::UNKNOWN
    }
}

#[test]
fn packets_are_shown_with_their_place_in_the_flow() {
    let (sender, receiver) = channel();
    let packets = [
        packet(500, A, B),
        packet(100, B, A),
        packet(700, A, B),
        packet(600, A, B),
        packet(300, B, C),
    ];
    meter(&dissecting(20), (), Shown(sender), &packets);
    let (there, back) = (Direction::Src2Dst, Direction::Dst2Src);
    assert_eq!(
        receiver.try_iter().collect::<Vec<_>>(),
        [
            (500, there, 0),
            (500, back, 0),
            (700, there, 200),
            (700, there, 0),
            (700, there, 0),
        ]
    );
}

/// More flows than a segment of memory holds, each with texts of its own.
#[test]
fn many_flows_at_a_time_do_not_mix() {
    const FLOWS: u16 = 3_000;
    let (dissector, _receiver) = Scripted::new(&[]);
    let packets: Vec<_> = (0..2)
        .flat_map(|turn| (0..FLOWS).map(move |flow| packet(turn, end(1, flow), B)))
        .collect();
    let (_, records) = meter(&dissecting(20), (), dissector, &packets);
    assert_eq!(records.len(), usize::from(FLOWS));
    for record in records {
        let flow = record.flow();
        assert_eq!(
            flow.application().unwrap().name,
            format!("best of {}", flow.src_port())
        );
    }
}

/// Gives each flow a share of one value.
struct Shares(Arc<()>);

impl Dissector for Shares {
    type State = Arc<()>;

    fn start(&mut self, _key: &FlowKey) -> Option<Arc<()>> {
        Some(Arc::clone(&self.0))
    }

    fn dissect<'a>(&'a mut self, _packet: &Packet<'_>, _share: &'a mut Arc<()>) -> Dissection<'a> {
        Dissection::Nothing
    }

    fn finish<'a>(&'a mut self, _share: &'a mut Arc<()>) -> Application<'a> {
        Application::UNKNOWN
    }
}

#[test]
fn what_flows_carry_is_dropped_at_their_end_or_with_the_table() {
    let shares = Arc::new(());
    let packets = [packet(0, A, B), packet(1, A, C), packet(2, A, C)];
    let dissector = Shares(Arc::clone(&shares));
    let (table, _) = push(&dissecting(2), (), dissector, &packets);
    // The test's, the dissector's, and that of the first flow.
    assert_eq!(Arc::strong_count(&shares), 3);
    drop(table);
    assert_eq!(Arc::strong_count(&shares), 1);
}

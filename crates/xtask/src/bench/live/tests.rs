//! Searches over programs that are not there, and reports as programs print them.

use super::super::table::NOT_FOUND;
use super::*;

const NOTHING: Trial = Trial {
    rate: 0.0,
    seconds: 3.0,
    lost: 0,
    lost_part: 0.0,
    cpu_seconds: 1.5,
    at_top: false,
};

/// A program that takes so many packets in a second, and a sender that sends so many.
fn trial(speed: Speed, takes: f64, top: f64) -> Trial {
    let rate = match speed {
        Speed::Top => top,
        Speed::Rate(rate) => rate.min(top),
    };
    let lost_part = (1.0 - takes / rate).max(0.0);
    Trial {
        rate,
        lost: u64::from(lost_part > 0.0),
        lost_part,
        at_top: rate >= top,
        ..NOTHING
    }
}

fn searched(guess: Option<f64>, takes: f64) -> (Trial, u32) {
    let mut search = Search::new(guess);
    let mut trials = 0;
    let best = search_rate(&mut search, &mut |speed| {
        trials += 1;
        Ok(trial(speed, takes, 1_000_000.0))
    });
    (best.unwrap(), trials)
}

#[test]
fn a_search_comes_close_in_few_trials() {
    for takes in [5_000.0, 93_000.0, 640_000.0, 990_000.0] {
        for guess in [
            None,
            Some(takes * 0.98),
            Some(takes * 1.3),
            Some(takes / 2.0),
        ] {
            let (best, trials) = searched(guess, takes);
            assert!(best.rate <= takes && best.rate > takes * 0.94, "{best:?}");
            assert!(trials <= 9, "{takes} from {guess:?}: {trials}");
        }
    }
}

#[test]
fn a_search_ends_with_the_sender() {
    let (best, trials) = searched(None, 2_000_000.0);
    assert_eq!((best.rate, best.at_top, trials), (1_000_000.0, true, 1));
    let (best, _) = searched(Some(900_000.0), 2_000_000.0);
    assert!(best.at_top, "{best:?}");
}

#[test]
fn a_program_that_always_loses_has_no_rate() {
    let mut search = Search::new(None);
    let failed = search_rate(&mut search, &mut |speed| Ok(trial(speed, 0.0, 1000.0)));
    assert!(failed.is_err());
}

#[test]
fn reports_of_the_sender_are_taken_apart() {
    let report = "\
Actual: 280189 packets (17932096 bytes) sent in 3.00 seconds
Rated: 5976588.3 Bps, 47.81 Mbps, 93384.19 pps
Statistics for network device: tx0
\tSuccessful packets:        280188
\tFailed packets:            1
";
    let sent = sender::Sent::parse(report).unwrap();
    assert_eq!((sent.packets, sent.rate), (280_188, 93_384.19));
    assert!(!sent.is_at_top(Speed::Rate(95_000.0)));
    assert!(sent.is_at_top(Speed::Rate(100_000.0)));
    assert_eq!(sender::Sent::parse("Fatal Error"), None);
}

#[test]
fn counts_are_found_in_what_programs_say() {
    let summary =
        "capturing on rx0, 1 meter\npackets received 30\npackets dropped  5\npackets read     25\n";
    assert_eq!(counts::nfstream(summary), Some(25));
    let statistics = "\
Packets processed: 20
Packets received by libpcap: 30
Packets dropped by libpcap: 5
Packets dropped by interface: 0
";
    assert_eq!(counts::softflowd(statistics), Some(25));
    assert_eq!(counts::softflowd(""), None);
    let reports = "\
{\"packets_processed\": 1, \"packets_ignored\": 0}
{\"packets_processed\": 23, \"packets_ignored\": 2}
{\"packets_pro";
    assert_eq!(counts::python(reports), Some(25));
    assert_eq!(counts::python(""), None);
}

#[test]
fn times_of_processes_stand_behind_any_name() {
    let stat = "42 (a) 1 (b) S 1 1 1 0 -1 0 5 0 1 0 54 7 0 0 20 0 1 0";
    assert_eq!(processes::ticks(stat), Some(61.0));
    assert_eq!(processes::ticks("42 (a) S"), None);
    assert_eq!(processes::numbers("1\n23\n").unwrap(), [1, 23]);
}

#[test]
fn rows_have_medians_and_ratios() {
    let row = |program: &str, rates: &[f64], at_top| Row {
        capture: "mix".to_owned(),
        program: program.to_owned(),
        rounds: rates
            .iter()
            .map(|&rate| Trial {
                rate,
                at_top,
                ..NOTHING
            })
            .collect(),
        problem: None,
    };
    let mut absent = row("absent", &[], false);
    absent.problem = Some(NOT_FOUND.to_owned());
    let table = Table {
        rows: vec![vec![
            row("ours", &[500_000.0, 400_000.0, 510_000.0], true),
            row("theirs", &[50_000.0, 40_000.0, 60_000.0], false),
            row("fast", &[600_000.0, 400_000.0, 510_000.0], true),
            absent,
        ]],
        top_rate: 510_000.0,
    };
    let markdown = table.markdown();
    let rows: Vec<_> = markdown.lines().skip(2).take(4).collect();
    assert_eq!(
        rows,
        [
            "| mix | ours | ≥ 500 | 0.50 | 1.00 |  |",
            "| mix | theirs | 50 | 0.50 | 10.0 | ≥ 10.0 |",
            "| mix | fast | ≥ 510 | 0.50 | 0.98 |  |",
            "| mix | absent | not measured | | | |",
        ]
    );
    assert!(markdown.contains("sent 510 thousand packets/s at most"));
    assert_eq!(table.failed().count(), 0);
}

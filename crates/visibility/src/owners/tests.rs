use super::*;

fn process(id: u32) -> Process {
    Process {
        id,
        name: "program".into(),
    }
}

/// What the processes are asked for by a look, when those with even numbers have a process.
fn learn(owners: &mut Owners, now: Instant, inodes: &[u64]) -> Vec<u64> {
    let mut asked = Vec::new();
    owners.learn(now, inodes.iter().copied(), |wanted| {
        asked.extend(wanted);
        let even = wanted.iter().filter(|&inode| inode % 2 == 0);
        even.map(|&inode| (inode, process(u32::try_from(inode).unwrap())))
            .collect()
    });
    asked.sort_unstable();
    asked
}

#[test]
fn a_socket_that_is_known_is_not_looked_for_again() {
    let mut owners = Owners::default();
    let now = crate::clock::now();
    assert_eq!(learn(&mut owners, now, &[2, 4]), [2, 4]);
    assert_eq!(learn(&mut owners, now, &[2, 4]), []);
    assert_eq!(learn(&mut owners, now, &[2, 4, 6]), [6]);
    assert_eq!(owners.get(4), Some(&process(4)));
    assert_eq!(owners.unknown(), 0);
}

#[test]
fn what_is_gone_is_forgotten() {
    let mut owners = Owners::default();
    let now = crate::clock::now();
    learn(&mut owners, now, &[2, 4]);
    learn(&mut owners, now, &[4]);
    assert_eq!(owners.by_inode.len(), 1);
    assert_eq!((owners.get(2), owners.get(4)), (None, Some(&process(4))));
    assert_eq!(learn(&mut owners, now, &[2, 4]), [2]);
}

#[test]
fn what_nobody_has_is_looked_for_less_and_less_often() {
    let mut owners = Owners::default();
    let start = crate::clock::now();
    let mut times = Vec::new();
    for tenth in 0..6_000 {
        let now = start + Duration::from_millis(100) * tenth;
        if !learn(&mut owners, now, &[1, 2]).is_empty() {
            times.push(tenth);
        }
    }
    let first = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];
    assert_eq!(times.get(..first.len()).unwrap(), first);
    let last = times.last_chunk::<2>().unwrap();
    assert_eq!(last[1] - last[0], 600, "a minute");
    assert_eq!((owners.get(1), owners.unknown()), (None, 1));
}

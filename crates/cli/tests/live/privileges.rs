//! Rights are given up as soon as they are not needed.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Command;

use tempfile::TempDir;

use super::clock::pause;
use super::namespace::Namespace;
use super::network::{INTERFACE, Network};
use super::opening::refusal;
use super::process::{Process, proc_status};
use super::program::{Live, PROGRAM, Run, rows_of_file};
use super::traffic::{send_from_each, text};

/// The number of the user `nobody`.
const NOBODY: u32 = 65_534;

#[test]
fn a_run_goes_on_as_another_user() {
    let Some(network) = Network::new(&[]) else {
        return;
    };
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let directory = TempDir::new().unwrap();
        chown(&directory, Some(NOBODY), Some(NOBODY)).unwrap();
        let out = text(directory.path().join("flows.csv"));
        let options = ["--user=nobody", "-o", &out, meters];
        let live = Live::start(&network.server, &options);
        send_from_each(&network.client, 45_000..45_010);
        pause(200);
        let threads = fs::read_dir(format!("/proc/{}/task", live.process.id())).unwrap();
        for thread in threads {
            let status = text(thread.unwrap().path().join("status"));
            let numbers = fs::read_to_string(&status).unwrap();
            for kind in ["Uid", "Gid"] {
                let line = numbers.lines().find(|line| line.starts_with(kind));
                let ids: Vec<_> = line.unwrap().split_whitespace().skip(1).collect();
                // Real, effective, saved, and that of files.
                assert_eq!(ids, ["65534"; 4], "{numbers}");
            }
            let groups = numbers.lines().find(|line| line.starts_with("Groups:"));
            let groups = groups.unwrap().split_whitespace().skip(1);
            assert!(
                groups.into_iter().all(|group| group == "65534"),
                "{numbers}"
            );
            for set in ["CapEff", "CapPrm", "CapInh", "CapAmb"] {
                assert_eq!(proc_status(&status, set), "0000000000000000", "{set}");
            }
        }
        let run = live.stop_well();
        let rows = rows_of_file(&out);
        assert_eq!(rows.len(), 10, "{}", run.errors);
        run.assert_adds_up(&rows);
        assert_eq!(fs::metadata(&out).unwrap().uid(), NOBODY);
        assert_eq!(network.server.packet_sockets(), [""; 0]);
    }
}

/// The program in a place into which everybody can look.
struct Copy {
    /// Removed with this.
    _directory: TempDir,
    path: String,
}

impl Copy {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        let path = text(directory.path().join("nfstream"));
        fs::copy(PROGRAM, &path).unwrap();
        Self {
            _directory: directory,
            path,
        }
    }

    /// `nfstream live` for a user without rights.
    fn live(&self, namespace: &Namespace, options: &[&str]) -> Command {
        let mut command = namespace.command("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.args(["--inh-caps=-all", &self.path, "live", "-i", INTERFACE]);
        command.args(options);
        command
    }
}

#[test]
fn without_the_right_to_capture_the_way_to_get_it_is_told() {
    let Some(network) = Network::new(&["setpriv"]) else {
        return;
    };
    let copy = Copy::new();
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let run = Run::of(&mut copy.live(&network.server, &[meters]));
        let error = refusal(&run, 1);
        assert!(error.contains("setcap cap_net_raw"), "{error}");
    }
}

#[test]
fn a_user_without_rights_captures_with_a_program_that_has_the_right() {
    let Some(network) = Network::new(&["setpriv", "setcap"]) else {
        return;
    };
    let copy = Copy::new();
    Process::run(Command::new("setcap").args(["cap_net_raw=ep", &copy.path]));
    for meters in ["--n-meters=1", "--n-meters=2"] {
        let options = [meters, "--metrics=127.0.0.1:0"];
        let live = Live::started(&mut copy.live(&network.server, &options), true);
        assert!(live.process.proc_status("Uid").starts_with("65534"));
        send_from_each(&network.client, 45_000..45_010);
        pause(100);
        // Nobody needs the right any more once the interface is open.
        for thread in fs::read_dir(format!("/proc/{}/task", live.process.id())).unwrap() {
            let status = text(thread.unwrap().path().join("status"));
            for set in ["CapEff", "CapPrm"] {
                assert_eq!(proc_status(&status, set), "0000000000000000", "{status}");
            }
        }
        let run = live.stop_well();
        assert_eq!(run.rows().len(), 10, "{}", run.errors);
        run.assert_adds_up(&run.rows());
    }
}

//! Network namespaces with names, and what runs in them.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::clock::pause;
use super::network::INTERFACE;
use super::process::Process;

/// How the names of our namespaces begin; the number of the process that made them follows.
const PREFIX: &str = "nfstream-test-";
/// Where `ip` keeps namespaces by name.
const NAMESPACES: &str = "/run/netns";

/// A network namespace with a name.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) name: String,
}

impl Namespace {
    pub(crate) fn new(end: &str) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}-{end}", std::process::id());
        // Made before the namespace is, so that what is half made goes too.
        let namespace = Self { name };
        ip(&["netns", "add", &namespace.name])?;
        Ok(namespace)
    }

    /// A program in this namespace.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        // In another place the working directory could be one that a user without rights cannot enter.
        command.current_dir("/");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Runs `ip` in this namespace.
    pub(crate) fn ip(&self, arguments: &str) {
        self.try_ip(arguments).unwrap();
    }

    /// Does something in a thread that is in this namespace.
    pub(crate) fn background<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let namespace = File::open(Path::new(NAMESPACES).join(&self.name)).unwrap();
        thread::spawn(move || {
            let kind = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(namespace.as_fd(), kind).unwrap();
            work()
        })
    }

    /// As [`background`](Self::background), and waits for it.
    pub(crate) fn inside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        self.background(work).join().unwrap()
    }

    /// The packet sockets in this namespace, as the kernel lists them.
    pub(crate) fn packet_sockets(&self) -> Vec<String> {
        let (list, _) = Process::run(self.command("cat").arg("/proc/self/net/packet"));
        list.lines().skip(1).map(str::to_owned).collect()
    }

    pub(crate) fn try_ip(&self, arguments: &str) -> Result<(), String> {
        let mut all = vec!["-n", &self.name];
        all.extend(arguments.split(' '));
        ip(&all)
    }

    /// Sets a parameter of the kernel. One that is not there needs no setting.
    pub(crate) fn set(&self, key: &str, value: &str) {
        let path = format!("/proc/sys/{}", key.replace('.', "/"));
        let value = value.to_owned();
        self.inside(move || {
            if Path::new(&path).exists() {
                fs::write(&path, value).unwrap();
            }
        });
    }

    /// Has packets leave as they are on a wire, or several at a time as one large packet.
    pub(crate) fn offloads(&self, state: &str) {
        let mut command = self.command("ethtool");
        command.args(["-K", INTERFACE]);
        for feature in ["tx", "rx", "sg", "tso", "gso", "gro"] {
            command.args([feature, state]);
        }
        Process::run(&mut command);
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// Removes what processes have left that were killed.
pub(crate) fn sweep() {
    let Ok(entries) = fs::read_dir(NAMESPACES) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next()?.parse().ok())
            .and_then(Pid::from_raw);
        if process.is_some_and(|process| test_kill_process(process).is_err()) {
            remove(&name);
        }
    }
}

/// Ends what runs in a namespace, and the namespace.
fn remove(name: &str) {
    let pids = Command::new("ip").args(["netns", "pids", name]).output();
    let pids = pids.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let own = std::process::id().to_string();
    for pid in pids.unwrap_or_default().lines().filter(|pid| *pid != own) {
        if let Some(pid) = pid.parse().ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
    let _ = ip(&["netns", "delete", name]);
}

/// Runs `ip`. What fails while others make namespaces too is tried again.
fn ip(arguments: &[&str]) -> Result<(), String> {
    let mut failure = String::new();
    for _ in 0..3 {
        let output = Command::new("ip")
            .args(arguments)
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        failure = format!("ip {}: {}", arguments.join(" "), errors.trim());
        pause(50);
    }
    Err(failure)
}

/// Whether a program is where programs are.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|directory| directory.join(program).is_file())
}

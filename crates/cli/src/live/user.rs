//! Giving privileges up.

use nix::unistd::{geteuid, setgid, setgroups, setuid};

use crate::failure::Failure;

/// Somebody else to run as.
#[derive(Debug)]
pub(super) struct User(nix::unistd::User);

impl User {
    /// The user of this name, whom this process can become.
    pub(super) fn find(name: &str) -> Result<Self, Failure> {
        if !geteuid().is_root() {
            return Err(Failure::Usage(format!(
                "--user: {name}: only root can become another user; allowed: no --user"
            )));
        }
        match nix::unistd::User::from_name(name) {
            Ok(Some(user)) => Ok(Self(user)),
            Ok(None) => Err(Failure::Usage(format!(
                "--user: {name}: there is no such user; allowed: the name of one, such as nobody"
            ))),
            Err(error) => Err(Failure::Usage(format!("--user: {name}: {error}"))),
        }
    }

    /// Runs as this user from now on, with all threads, and for good.
    pub(super) fn assume(&self) -> Result<(), Failure> {
        let Self(user) = self;
        // The user last: after that nothing else may be changed.
        setgroups(&[user.gid])
            .and_then(|()| setgid(user.gid))
            .and_then(|()| setuid(user.uid))
            .map_err(|error| {
                Failure::Usage(format!("--user: {}: cannot be become: {error}", user.name))
            })
    }
}

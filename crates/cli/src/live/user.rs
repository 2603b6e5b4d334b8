//! Giving privileges up.

use std::ffi::CString;

use nix::unistd::{geteuid, initgroups, setgid, setuid};

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
        let name = CString::new(user.name.as_str()).unwrap_or_default();
        // The user last: after that nothing else may be changed.
        initgroups(&name, user.gid)
            .and_then(|()| setgid(user.gid))
            .and_then(|()| setuid(user.uid))
            .map_err(|error| {
                Failure::Usage(format!(
                    "--user: {}: the system does not let us become that user: {error}",
                    user.name
                ))
            })
    }
}

/// Does without what the program was allowed to with `setcap`, with all threads that begin from now on.
pub(super) fn give_up_capabilities() -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    if !geteuid().is_root() {
        use caps::CapSet;

        for set in [CapSet::Effective, CapSet::Permitted] {
            caps::clear(None, set).map_err(|error| {
                Failure::Usage(format!("capabilities cannot be given up: {error}"))
            })?;
        }
    }
    Ok(())
}

//! What packagers install besides the program: completions and the manual page.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Cli;
use crate::failure::Failure;

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "nfstream", &mut page);
    print(&page)
}

/// Prints the manual: one page, with the options of the one command that has many.
pub(crate) fn manual() -> Result<(), Failure> {
    let mut page = Vec::new();
    Failure::of_stdout(render(&mut page))?;
    print(&page)
}

fn render(page: &mut Vec<u8>) -> io::Result<()> {
    let mut command = Cli::command();
    // Names the sub-commands after their parent.
    command.build();
    let program = Man::new(command.clone());
    program.render_title(page)?;
    program.render_name_section(page)?;
    program.render_synopsis_section(page)?;
    program.render_description_section(page)?;
    program.render_subcommands_section(page)?;
    if let Some(read) = command.find_subcommand("read") {
        let read = Man::new(read.clone());
        read.render_options_section(page)?;
        read.render_extra_section(page)?;
    }
    program.render_version_section(page)
}

fn print(page: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    Failure::of_stdout(stdout.write_all(page).and_then(|()| stdout.flush()))
}

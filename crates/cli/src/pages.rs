//! What packagers install besides the program: completions and the manual page.

use std::io::{self, Write};

use clap::{Arg, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::args::Cli;
use crate::failure::Failure;

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "nfstream", &mut page);
    print(&page)
}

/// Prints the manual: one page, with the options of the commands that have many.
pub(crate) fn manual() -> Result<(), Failure> {
    let mut page = Vec::new();
    Failure::of_stdout(render(&mut page))?;
    print(&page)
}

fn render(page: &mut Vec<u8>) -> io::Result<()> {
    let mut command = Cli::command().disable_help_subcommand(true);
    // Names the sub-commands after their parent.
    command.build();
    let command = command.mut_subcommands(|it| it.mut_arg("help", without_summary));
    let program = Man::new(command.clone());
    program.render_title(page)?;
    program.render_name_section(page)?;
    synopsis(&command, page)?;
    program.render_description_section(page)?;
    commands(&command, page)?;
    if let Some(read) = command.find_subcommand("read") {
        Man::new(read.clone()).render_options_section(page)?;
        let after_help = read.get_after_long_help().map(ToString::to_string);
        after_options(&after_help.unwrap_or_default(), page)?;
        for name in ["live", "report"] {
            if let Some(other) = command.find_subcommand(name) {
                options_besides(other, read, page)?;
            }
        }
    }
    program.render_version_section(page)
}

/// A page is not long or short.
fn without_summary(help: Arg) -> Arg {
    help.long_help("Print help")
}

/// One line for each command.
fn synopsis(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    heading("SYNOPSIS").to_writer(page)?;
    for command in command.get_subcommands() {
        let mut section = Vec::new();
        Man::new(command.clone()).render_synopsis_section(&mut section)?;
        let section = String::from_utf8_lossy(&section);
        let line = section.lines().last().unwrap_or_default();
        writeln!(page, ".PP\n{line}")?;
    }
    Ok(())
}

/// What each command does.
fn commands(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let mut roff = heading("COMMANDS");
    for command in command.get_subcommands() {
        roff.control("TP", []);
        roff.text([bold(command.get_name())]);
        let about = command.get_long_about().or_else(|| command.get_about());
        let about = about.map(ToString::to_string).unwrap_or_default();
        for line in about.lines() {
            if line.is_empty() {
                roff.control("IP", []);
            } else {
                roff.text([roman(line)]);
            }
        }
    }
    roff.to_writer(page)
}

/// The options that a command has and another has not.
fn options_besides(command: &Command, other: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let own = command.clone().mut_args(|argument| {
        let is_there = other
            .get_arguments()
            .any(|it| it.get_id() == argument.get_id());
        argument.hide(is_there)
    });
    let mut section = Vec::new();
    Man::new(own).render_options_section(&mut section)?;
    let section = String::from_utf8_lossy(&section);
    let title = format!(".SH \"OPTIONS OF {}\"", command.get_name().to_uppercase());
    page.extend_from_slice(section.replacen(".SH OPTIONS", &title, 1).as_bytes());
    Ok(())
}

/// What follows the options in the help: paragraphs with a heading each, of command lines or of numbers and what they mean.
fn after_options(help: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for paragraph in help.split("\n\n") {
        let (title, lines) = paragraph.split_once(":\n").unwrap_or(("", paragraph));
        let mut roff = heading(&title.to_uppercase());
        for line in lines.lines().map(str::trim) {
            match line.split_once(' ') {
                Some((number, meaning)) if number.parse::<u8>().is_ok() => {
                    roff.control("TP", []);
                    roff.text([bold(number)]);
                    roff.text([roman(meaning.trim())]);
                }
                _ => {
                    roff.control("nf", []);
                    roff.text([roman(line)]);
                    roff.control("fi", []);
                }
            }
        }
        roff.to_writer(page)?;
    }
    Ok(())
}

fn heading(title: &str) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", [title]);
    roff
}

fn print(page: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    Failure::of_stdout(stdout.write_all(page).and_then(|()| stdout.flush()))
}

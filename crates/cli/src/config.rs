//! Options from a file: they take the place of defaults, so what the command line says wins.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory, FromArgMatches};
use nfstream::flow::record::nearest_name;
use toml::{Table, Value};

use crate::args::Cli;
use crate::failure::Failure;

/// What the user asks for, on the command line and in the file that it names with `--config`. Where the command line is wrong or
/// asks for help, the program ends here.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Cli, Failure> {
    let mut command = Cli::command();
    let is_named = |it: &OsString| it.as_encoded_bytes().starts_with(b"--config");
    if arguments.iter().any(is_named)
        && let Some((file, subcommand)) = named_file(arguments)
    {
        command = with_defaults(command, &file, &subcommand)?;
    }
    let parsed = command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| error.exit())
}

/// The file that is named, and the command that is called. `None` also where the command line is wrong, which is told when it is
/// parsed for good.
fn named_file(arguments: &[OsString]) -> Option<(PathBuf, String)> {
    let matches = without_requirements()
        .try_get_matches_from(arguments)
        .ok()?;
    let (name, matches) = matches.subcommand()?;
    let file: &PathBuf = matches.get_one("config")?;
    Some((file.clone(), name.to_owned()))
}

/// The command line, where what must be given may be in the file instead.
fn without_requirements() -> Command {
    Cli::command()
        .mut_subcommands(|subcommand| subcommand.mut_args(|argument| argument.required(false)))
}

/// The command line with the defaults that the file has for one command.
fn with_defaults(mut command: Command, file: &Path, subcommand: &str) -> Result<Command, Failure> {
    let wrong =
        |problem: String| Failure::Usage(format!("--config: {}: {problem}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| wrong(error.to_string().trim_end().to_owned()))?;
    let options = Options::of(&table, subcommand).map_err(&wrong)?;
    for setting in options.0 {
        setting.try_out(subcommand).map_err(&wrong)?;
        let Setting { id, values, .. } = setting;
        command = command.mut_subcommand(subcommand, |it| {
            it.mut_arg(id, |argument| {
                argument.default_values(values).required(false)
            })
        });
    }
    Ok(command)
}

/// What a file has for one command.
struct Options(Vec<Setting>);

/// An option and its values.
struct Setting {
    /// What the program calls it.
    id: String,
    /// What the user calls it, without the hyphens before it.
    long: String,
    values: Vec<String>,
}

impl Options {
    /// Takes a file apart: keys outside of tables are for every command that has such an option, a table with the name of a
    /// command is for that one, and wins.
    fn of(table: &Table, subcommand: &str) -> Result<Self, String> {
        let command = Cli::command();
        let commands: Vec<&Command> = command.get_subcommands().collect();
        let is_meant = |it: &&&Command| it.get_name() == subcommand;
        let (of_one, of_all): (Vec<_>, Vec<_>) = table
            .iter()
            .partition(|(key, value)| value.is_table() && command.find_subcommand(key).is_some());
        let mut options = Self(Vec::new());
        for (key, value) in of_all {
            if commands.iter().all(|it| find(it, key).is_none()) {
                return Err(unknown(key, &commands));
            }
            let meant = commands.iter().find(is_meant);
            if let Some(option) = meant.and_then(|it| find(it, key)) {
                options.set(option, value)?;
            }
        }
        for (name, value) in of_one {
            let owner = commands.iter().find(|it| it.get_name() == name);
            let (Some(owner), Some(table)) = (owner, value.as_table()) else {
                continue;
            };
            for (key, value) in table {
                let option = find(owner, key).ok_or_else(|| unknown(key, &[owner]))?;
                if is_meant(&owner) {
                    options.set(option, value)?;
                }
            }
        }
        Ok(options)
    }

    /// Gives an option a value; a later one wins, as that of a table does over that outside of tables.
    fn set(&mut self, option: &Arg, value: &Value) -> Result<(), String> {
        let id = option.get_id().to_string();
        let long = option.get_long().unwrap_or_default().to_owned();
        let values = match value {
            Value::Array(items) => items.iter().map(text).collect(),
            value => text(value).map(|it| vec![it]),
        };
        let values = values.ok_or_else(|| {
            let found = value.type_str();
            format!(
                "{long}: is a {found}; allowed: text, a number, true or false, or a list of these"
            )
        })?;
        self.0.retain(|it| it.id != id);
        self.0.push(Setting { id, long, values });
        Ok(())
    }
}

impl Setting {
    /// Whether the option takes these values.
    fn try_out(&self, subcommand: &str) -> Result<(), String> {
        let values = self.values.iter();
        let given = values.map(|value| format!("--{}={value}", self.long));
        let arguments = ["nfstream".to_owned(), subcommand.to_owned()];
        let parsed =
            without_requirements().try_get_matches_from(arguments.into_iter().chain(given));
        parsed.map(drop).map_err(|error| {
            let text = error.to_string();
            let lines = text.lines().take_while(|line| !line.is_empty());
            let problem: Vec<&str> = lines.map(str::trim).collect();
            problem.join(" ").trim_start_matches("error: ").to_owned()
        })
    }
}

/// The option of a command that a key means: its long name, with hyphens or underscores.
fn find<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    let name = key.replace('_', "-");
    command
        .get_opts()
        .find(|option| option.get_long() == Some(&name))
}

/// What an option would be given on the command line.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A key that means nothing, and those that it may have been meant to be.
fn unknown(key: &str, owners: &[&Command]) -> String {
    let name = key.replace('_', "-");
    let options = owners.iter().flat_map(|owner| owner.get_opts());
    let longs = options.filter_map(Arg::get_long);
    let nearest = nearest_name(&name, longs);
    let hint = nearest.map_or_else(String::new, |long| format!(": did you mean {long:?}"));
    format!(
        "{key}: there is no such option{hint}; allowed: the options of `nfstream {} --help`, and tables with the names of commands",
        owners.first().map_or("read", |owner| owner.get_name())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `read` gets from this file: options and values.
    fn options_of_read(text: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let options = Options::of(&text.parse().unwrap(), "read")?;
        Ok(options
            .0
            .into_iter()
            .map(|it| (it.long, it.values))
            .collect())
    }

    #[test]
    fn a_table_wins_over_what_is_for_all_commands() {
        let file = "
            statistical_analysis = true
            idle-timeout = 15
            title = 'Monday'
            plugin = ['flow-slicer=2', 'packet-size-counter=40']
            [report]
            output = 'page.html'
            idle_timeout = 3
            [read]
            idle_timeout = 0.5
        ";
        let values = |it: &[&str]| it.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut options = options_of_read(file).unwrap();
        options.sort();
        let right = [
            ("idle-timeout", values(&["0.5"])),
            (
                "plugin",
                values(&["flow-slicer=2", "packet-size-counter=40"]),
            ),
            ("statistical-analysis", values(&["true"])),
        ];
        assert_eq!(
            options,
            right.map(|(name, values)| (name.to_owned(), values))
        );
    }

    #[test]
    fn unknown_keys_are_refused_wherever_they_stand() {
        for file in [
            "idle_timout = 1",
            "[read]\nidle_timout = 1",
            "[report]\nidle_timout = 1",
        ] {
            let problem = options_of_read(file).unwrap_err();
            assert!(
                problem.starts_with(
                    "idle_timout: there is no such option: did you mean \"idle-timeout\"; allowed: "
                ),
                "{problem}"
            );
        }
        assert!(options_of_read("[reed]\nidle_timeout = 1").is_err());
        assert!(options_of_read("[read]\ntitle = 'Monday'").is_err());
    }

    #[test]
    fn values_are_texts_numbers_truths_or_lists_of_these() {
        let problem = options_of_read("plugin = { name = 'ja4' }").unwrap_err();
        assert!(
            problem.starts_with("plugin: is a table; allowed: text"),
            "{problem}"
        );
        let problem = options_of_read("idle_timeout = 1979-05-27").unwrap_err();
        assert!(
            problem.starts_with("idle-timeout: is a datetime;"),
            "{problem}"
        );
    }
}

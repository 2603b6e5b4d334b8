//! The plugins that come with nfstream, by name.

use std::str::FromStr;
use std::time::Duration;

use nfstream::flow::record::nearest_name;
use nfstream::models::{Model, ModelError};
use nfstream::plugins::{
    ActiveIdle, CicFlowMeter, CommunityId, Dhcp, FlowSlicer, GeoIp, Ja4, Mdns, PacketSizeCounter,
    PayloadBytes, Rates, TcpPerformance, WaveletFeatures,
};
use nfstream::{BoxedPlugin, ModelPrediction, Schema};

use crate::args::{PluginArgs, seconds};
use crate::failure::Failure;

/// A plugin that can be asked for by name.
pub(crate) struct Shipped {
    pub(crate) name: &'static str,
    /// What its values are called, in brackets those that have defaults; empty where it has none.
    pub(crate) values: &'static str,
    pub(crate) about: &'static str,
    /// Values with which it has its columns.
    example: &'static str,
    make: fn(&Values<'_>) -> Result<BoxedPlugin, String>,
}

/// NFStream's default.
const ACTIVE_TIMEOUT: Duration = Duration::from_mins(30);

/// All of them, by name.
pub(crate) const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "active-idle",
        values: "[SECONDS]",
        about: "active and idle times; a gap over SECONDS (5) is idle",
        example: "",
        make: |values| {
            let threshold = values.at(0)?.map(Seconds::duration);
            let plugin = threshold.map_or_else(ActiveIdle::default, ActiveIdle::new);
            Ok(BoxedPlugin::new(plugin))
        },
    },
    Shipped {
        name: "cic-flow-meter",
        values: "",
        about: "CICFlowMeter's features, computed correctly",
        example: "",
        make: |_| Ok(BoxedPlugin::new(CicFlowMeter)),
    },
    Shipped {
        name: "community-id",
        values: "[SEED]",
        about: "id by which Zeek, Suricata and others know a flow",
        example: "",
        make: |values| {
            Ok(BoxedPlugin::new(CommunityId::new(
                values.at(0)?.unwrap_or(0),
            )))
        },
    },
    Shipped {
        name: "dhcp",
        values: "",
        about: "what DHCP clients tell of themselves",
        example: "",
        make: |_| Ok(BoxedPlugin::new(Dhcp)),
    },
    Shipped {
        name: "flow-slicer",
        values: "PACKETS",
        about: "ends a flow after so many packets",
        example: "1000",
        make: |values| Ok(BoxedPlugin::new(FlowSlicer::new(values.one()?))),
    },
    Shipped {
        name: "geoip",
        values: "FILE[,FILE]",
        about: "countries, cities, networks, from your .mmdb files",
        example: "",
        make: |values| {
            let plugin = GeoIp::open(values.all()).map_err(|error| error.to_string())?;
            Ok(BoxedPlugin::new(plugin))
        },
    },
    Shipped {
        name: "ja4",
        values: "",
        about: "JA4 of TLS clients over TCP, QUIC and DTLS",
        example: "",
        make: |_| Ok(BoxedPlugin::new(Ja4::new())),
    },
    Shipped {
        name: "mdns",
        values: "",
        about: "the names that multicast DNS announces",
        example: "",
        make: |_| Ok(BoxedPlugin::new(Mdns)),
    },
    Shipped {
        name: "packet-size-counter",
        values: "BYTES",
        about: "counts packets of one size",
        example: "40",
        make: |values| Ok(BoxedPlugin::new(PacketSizeCounter::new(values.one()?))),
    },
    Shipped {
        name: "payload-bytes",
        values: "PACKETS,BYTES",
        about: "the first bytes of the first packets with payload",
        example: "8,64",
        make: |values| {
            let packets = values.one()?;
            let bytes = values.at(1)?.ok_or("a value is missing")?;
            Ok(BoxedPlugin::new(PayloadBytes::new(packets, bytes)))
        },
    },
    Shipped {
        name: "rates",
        values: "",
        about: "bytes and packets a second",
        example: "",
        make: |_| Ok(BoxedPlugin::new(Rates)),
    },
    Shipped {
        name: "tcp-performance",
        values: "",
        about: "TCP's round-trip times, retransmissions, windows",
        example: "",
        make: |_| Ok(BoxedPlugin::new(TcpPerformance)),
    },
    Shipped {
        name: "wavelet-features",
        values: "LEVELS[,SECONDS]",
        about: "NFStream's, of flows of up to SECONDS (1800)",
        example: "4",
        make: |values| {
            let levels = values.one()?;
            let active_timeout = values.at(1)?.map_or(ACTIVE_TIMEOUT, Seconds::duration);
            let plugin = WaveletFeatures::new(active_timeout, levels);
            Ok(BoxedPlugin::new(plugin.map_err(|error| error.to_string())?))
        },
    },
];

impl Shipped {
    /// How it is asked for: `name=VALUES`.
    pub(crate) fn usage(&self) -> String {
        let Self { name, values, .. } = self;
        match values.strip_prefix('[') {
            _ if values.is_empty() => (*name).to_owned(),
            Some(values) => format!("{name}[={values}"),
            None => format!("{name}={values}"),
        }
    }

    /// Its columns.
    pub(crate) fn columns(&self) -> Schema {
        let mut schema = Schema::default();
        let plugin = (self.make)(&Values(self.example));
        if let Ok(plugin) = plugin {
            schema.prefixed("udps.", |schema| {
                nfstream::NFPlugin::columns(&plugin, schema);
            });
        }
        schema
    }
}

/// The plugins that are asked for, in this order, and the model.
pub(crate) fn make(args: &PluginArgs) -> Result<Vec<BoxedPlugin>, Failure> {
    let mut plugins = Vec::new();
    for text in &args.plugins {
        let plugin = one(text);
        plugins.push(plugin.map_err(|it| Failure::Usage(format!("--plugin: {text}: {it}")))?);
    }
    if args.model.is_none() && args.model_at_packet.is_some() {
        return Err(Failure::Usage(
            "--model-at-packet: needs --model".to_owned(),
        ));
    }
    if let Some(path) = &args.model {
        let model = Model::load(path).map_err(|error| {
            let problem = match &error {
                ModelError::Read { .. } => error.to_string(),
                _ => format!("{}: {error}", path.display()),
            };
            Failure::Usage(format!("--model: {problem}"))
        })?;
        let mut prediction = ModelPrediction::new(model);
        if let Some(packet) = args.model_at_packet {
            prediction = prediction.at_packet(packet);
        }
        plugins.push(BoxedPlugin::new(prediction));
    }
    Ok(plugins)
}

fn one(text: &str) -> Result<BoxedPlugin, String> {
    let (name, values) = text.split_once('=').unwrap_or((text, ""));
    let name = name.replace('_', "-");
    let shipped = SHIPPED.iter().find(|it| it.name == name).ok_or_else(|| {
        let names: Vec<&str> = SHIPPED.iter().map(|it| it.name).collect();
        let nearest = nearest_name(&name, names.iter().copied());
        let hint = nearest.map_or_else(String::new, |it| format!(": did you mean {it:?}"));
        format!(
            "there is no such plugin{hint}; allowed: {}",
            names.join(", ")
        )
    })?;
    let plugin = match (shipped.values, values) {
        ("", _) if !values.is_empty() => Err("it has no values".to_owned()),
        (needed, "") if !needed.is_empty() && !needed.starts_with('[') => {
            Err("a value is missing".to_owned())
        }
        _ => (shipped.make)(&Values(values)),
    };
    plugin.map_err(|problem| format!("{problem}; allowed: {}", shipped.usage()))
}

/// The help on `--plugin`.
pub(crate) fn help() -> String {
    let width = SHIPPED.iter().map(|it| it.usage().len()).max().unwrap_or(0);
    let lines = SHIPPED
        .iter()
        .map(|it| format!("  {:width$}  {}\n", it.usage(), it.about));
    format!(
        "Add a plugin that comes with nfstream\n\n{}\nIts columns are named udps.<name>; `nfstream schema` tells them. Can be given \
         several times.",
        lines.collect::<String>()
    )
}

/// What is given behind the name of a plugin, between commas.
pub(crate) struct Values<'a>(&'a str);

impl Values<'_> {
    /// The only one.
    fn one<T: FromStr>(&self) -> Result<T, String> {
        self.at(0)?.ok_or_else(|| "a value is missing".to_owned())
    }

    /// All of them.
    fn all(&self) -> impl Iterator<Item = &str> {
        self.0.split(',').filter(|it| !it.is_empty())
    }

    /// The value at a place; `None` where it is not given.
    fn at<T: FromStr>(&self, place: usize) -> Result<Option<T>, String> {
        let value = self.0.split(',').nth(place).filter(|it| !it.is_empty());
        let parse = |value: &str| {
            value
                .parse()
                .map_err(|_| format!("{value:?} is no such value"))
        };
        value.map(parse).transpose()
    }
}

/// Seconds, with or without a fraction.
struct Seconds(Duration);

impl Seconds {
    fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        seconds(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plugin_can_be_made_as_its_usage_says() {
        for shipped in SHIPPED {
            let made = (shipped.make)(&Values(shipped.example));
            assert!(made.is_ok(), "{}: {made:?}", shipped.name);
            if shipped.values.is_empty() {
                assert!(one(&format!("{}=1", shipped.name)).is_err());
            }
        }
    }

    #[test]
    fn names_are_in_order_and_said_in_the_help() {
        assert!(SHIPPED.is_sorted_by_key(|it| it.name));
        let help = help();
        for shipped in SHIPPED {
            assert!(help.contains(&shipped.usage()) && help.contains(shipped.about));
        }
    }

    #[test]
    fn what_is_wrong_says_what_would_be_right() {
        let problem = |text| one(text).unwrap_err();
        assert!(problem("xyz").starts_with("there is no such plugin; allowed: "));
        let hint = "there is no such plugin: did you mean \"flow-slicer\"; allowed: ";
        assert!(problem("flow-slcer").starts_with(hint));
        assert_eq!(
            problem("flow-slicer"),
            "a value is missing; allowed: flow-slicer=PACKETS"
        );
        assert_eq!(
            problem("flow-slicer=x"),
            "\"x\" is no such value; allowed: flow-slicer=PACKETS"
        );
        assert!(one("flow_slicer=2").is_ok());
    }
}

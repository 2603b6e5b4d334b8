//! Databases in `MaxMind`'s format.

use core::fmt;
use core::net::IpAddr;
use std::fs;
use std::path::Path;

use maxminddb::{LookupResult, PathElement, Reader};

use super::GeoIpError;

type Database = Reader<Vec<u8>>;
type Entry<'a> = LookupResult<'a, Vec<u8>>;

/// What tells of countries and cities, and what of autonomous systems.
#[derive(Default)]
pub(super) struct Databases {
    places: Option<Database>,
    networks: Option<Database>,
}

/// What a database of countries or cities knows of an address.
#[derive(Default)]
pub(super) struct PlaceNames<'a> {
    pub(super) country: Option<&'a str>,
    pub(super) city: Option<&'a str>,
}

/// What a database of autonomous systems knows of an address.
#[derive(Default)]
pub(super) struct Network<'a> {
    pub(super) asn: Option<u32>,
    pub(super) organization: Option<&'a str>,
}

impl Databases {
    pub(super) fn open<P: AsRef<Path>>(
        files: impl IntoIterator<Item = P>,
    ) -> Result<Self, GeoIpError> {
        let mut databases = Self::default();
        for path in files {
            let path = path.as_ref();
            let bytes = fs::read(path).map_err(|source| GeoIpError::Read {
                path: path.to_owned(),
                source,
            })?;
            databases.add(path, bytes)?;
        }
        Ok(databases)
    }

    /// Adds what the file holds.
    pub(super) fn add(&mut self, path: &Path, bytes: Vec<u8>) -> Result<(), GeoIpError> {
        let database = Reader::from_source(bytes).map_err(|error| GeoIpError::NotADatabase {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        let database_type = &database.metadata().database_type;
        let has = |words: &[&str]| words.iter().any(|word| database_type.contains(word));
        let (place, kind) = if has(&["Country", "City", "Enterprise"]) {
            (&mut self.places, "countries and cities")
        } else if has(&["ASN", "ISP"]) {
            (&mut self.networks, "autonomous systems")
        } else {
            return Err(GeoIpError::OtherType {
                path: path.to_owned(),
                database_type: database_type.clone(),
            });
        };
        if place.is_some() {
            return Err(GeoIpError::Second {
                path: path.to_owned(),
                kind,
            });
        }
        *place = Some(database);
        Ok(())
    }

    pub(super) fn place(&self, ip: IpAddr) -> PlaceNames<'_> {
        let Some(entry) = look_up(self.places.as_ref(), ip) else {
            return PlaceNames::default();
        };
        PlaceNames {
            country: text(&entry, ["country", "iso_code"]),
            city: text(&entry, ["city", "names", "en"]),
        }
    }

    pub(super) fn network(&self, ip: IpAddr) -> Network<'_> {
        let Some(entry) = look_up(self.networks.as_ref(), ip) else {
            return Network::default();
        };
        Network {
            asn: number(&entry, "autonomous_system_number"),
            organization: text(&entry, ["autonomous_system_organization"]),
        }
    }
}

impl fmt::Debug for Databases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let type_of = |database: &Database| database.metadata().database_type.clone();
        f.debug_struct("Databases")
            .field("places", &self.places.as_ref().map(type_of))
            .field("networks", &self.networks.as_ref().map(type_of))
            .finish()
    }
}

/// What the database has of the address; nothing where it is damaged.
fn look_up(database: Option<&Database>, ip: IpAddr) -> Option<Entry<'_>> {
    let database = database?;
    // An error otherwise, with a text that has to be allocated.
    let is_told = ip.is_ipv4() || database.metadata().ip_version == 6;
    let entry = is_told.then(|| database.lookup(ip))?.ok()?;
    entry.has_data().then_some(entry)
}

/// The longest name, in bytes. The texts of a hostile database may overlap, and so be many and long.
const LONGEST: usize = 256;

/// The text at a path; nothing where the database is damaged.
fn text<'a, const N: usize>(entry: &Entry<'a>, path: [&str; N]) -> Option<&'a str> {
    let text: Option<&str> = entry.decode_path(&path.map(PathElement::Key)).ok()?;
    text.filter(|text| text.len() <= LONGEST)
}

/// The same for a number.
fn number(entry: &Entry<'_>, key: &str) -> Option<u32> {
    entry.decode_path(&[PathElement::Key(key)]).ok()?
}

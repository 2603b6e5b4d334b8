//! Countries, cities and networks of addresses, as a plugin.

mod databases;
mod error;
mod names;

use core::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use nfstream_decode::Packet;
use nfstream_derive::Record;
use nfstream_flow::{Flow, NFPlugin};

use databases::Databases;
pub use error::GeoIpError;
use names::Names;

/// Countries, cities and networks of both ends of a flow, from databases of yours.
///
/// A database is a file in `MaxMind`'s format (`.mmdb`) with the fields of `GeoIP2` and `GeoLite2`, such as `GeoLite2-City`,
/// `GeoLite2-ASN`, `DBIP-Country-Lite`. None comes with nfstream.
///
/// # Columns
///
/// For the source `src_`, for the destination `dst_`, null where the database knows nothing, as of private addresses, or
/// there is no such database:
///
/// - `udps.src_country`, `udps.dst_country`: two letters (ISO 3166-1 alpha-2);
/// - `udps.src_city`, `udps.dst_city`: the English name, from a database of cities;
/// - `udps.src_asn`, `udps.dst_asn`: number of the autonomous system that the address is announced by;
/// - `udps.src_as_organization`, `udps.dst_as_organization`: who runs it.
///
/// Addresses are looked up once a flow, when it ends.
///
/// # Memory
///
/// The files are read into memory once, and shared by the copies of the plugin. Each copy keeps the names that it has come
/// across, each of them once: a name is allocated when it is first met, a flow whose names are known allocates nothing.
///
/// # Examples
///
/// ```no_run
/// use nfstream_flow::{FlowTable, FlowTableConfig};
/// use nfstream_plugins::GeoIp;
///
/// let plugin = GeoIp::open(["GeoLite2-City.mmdb", "GeoLite2-ASN.mmdb"])?;
/// let table = FlowTable::new(&FlowTableConfig::default(), plugin);
/// # Ok::<_, nfstream_plugins::GeoIpError>(())
/// ```
///
/// # Source
///
/// *`MaxMind` DB File Format Specification*, version 2.0, <https://maxmind.github.io/MaxMind-DB/>.
#[derive(Clone, Debug)]
pub struct GeoIp {
    databases: Arc<Databases>,
    names: Names,
}

impl GeoIp {
    /// Reads a database of countries or cities, one of autonomous systems, or one of each.
    ///
    /// What a database tells is in its type: that has `Country`, `City` or `Enterprise` in it, or `ASN` or `ISP`.
    ///
    /// # Errors
    ///
    /// A file cannot be read, is no database, one of another type, or the second that tells the same.
    pub fn open<P: AsRef<Path>>(files: impl IntoIterator<Item = P>) -> Result<Self, GeoIpError> {
        Ok(Self {
            databases: Arc::new(Databases::open(files)?),
            names: Names::default(),
        })
    }

    fn look_up(&mut self, ip: IpAddr) -> Place {
        let place = self.databases.place(ip);
        let network = self.databases.network(ip);
        Place {
            country: place.country.map(|name| self.names.shared(name)),
            city: place.city.map(|name| self.names.shared(name)),
            asn: network.asn,
            as_organization: network.organization.map(|name| self.names.shared(name)),
        }
    }
}

/// What is known of an address.
struct Place {
    country: Option<Arc<str>>,
    city: Option<Arc<str>>,
    asn: Option<u32>,
    as_organization: Option<Arc<str>>,
}

/// What [`GeoIp`] tells of a flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct GeoIpColumns {
    /// Country of the source, ISO 3166-1 alpha-2; null where it is not known.
    pub src_country: Option<Arc<str>>,
    /// City of the source, in English; null where it is not known.
    pub src_city: Option<Arc<str>>,
    /// Number of the autonomous system of the source; null where it is not known.
    pub src_asn: Option<u32>,
    /// Who runs the autonomous system of the source; null where it is not known.
    pub src_as_organization: Option<Arc<str>>,
    /// Country of the destination, ISO 3166-1 alpha-2; null where it is not known.
    pub dst_country: Option<Arc<str>>,
    /// City of the destination, in English; null where it is not known.
    pub dst_city: Option<Arc<str>>,
    /// Number of the autonomous system of the destination; null where it is not known.
    pub dst_asn: Option<u32>,
    /// Who runs the autonomous system of the destination; null where it is not known.
    pub dst_as_organization: Option<Arc<str>>,
}

impl NFPlugin for GeoIp {
    type State = ();
    type Output = GeoIpColumns;

    fn on_init(&mut self, _packet: &Packet<'_>, _flow: &mut Flow<'_>) {}

    fn on_expire(&mut self, flow: &Flow<'_>, _state: ()) -> GeoIpColumns {
        let [src, dst] = [flow.src_ip(), flow.dst_ip()].map(|ip| self.look_up(ip));
        GeoIpColumns {
            src_country: src.country,
            src_city: src.city,
            src_asn: src.asn,
            src_as_organization: src.as_organization,
            dst_country: dst.country,
            dst_city: dst.city,
            dst_asn: dst.asn,
            dst_as_organization: dst.as_organization,
        }
    }
}

#[cfg(test)]
mod tests;

//! Every flow of ours is NFStream's, or there is a numbered reason why it is not.

mod configuration;
mod corpus;
mod dump;
mod golden;
mod libpcap;
mod model;
mod nfstream;

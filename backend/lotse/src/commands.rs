//! One module per command of the command line.

pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod migrate;
pub(crate) mod push_key;
pub(crate) mod serve;
pub(crate) mod staff;
pub(crate) mod work;

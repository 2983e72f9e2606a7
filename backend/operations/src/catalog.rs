//! Read and import the catalogue.

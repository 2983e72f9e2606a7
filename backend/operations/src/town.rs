//! Find the town of a host name.

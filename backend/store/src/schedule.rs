//! Opening rules, closures and counted cells as rows.

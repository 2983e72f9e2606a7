//! Visits, ticket numbers and sessions as rows.

//! Sign in, sign out, add staff.

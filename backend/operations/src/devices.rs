//! Enrol and revoke terminals and displays.

//! Codes, tokens and their hashes.

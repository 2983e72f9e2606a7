//! Refusals and failures of a verb.

//! Owe, relay, claim, record messages.

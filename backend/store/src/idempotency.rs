//! Idempotency keys and the answers they replay.

//! What every verb works with: database, bus, clock, randomness.

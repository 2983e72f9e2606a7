//! Messages we owe somebody: kinds, texts, timing, delivery.

//! Check in, call, serve, finish.

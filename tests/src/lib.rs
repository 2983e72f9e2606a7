//! What the system tests share: started processes, a fake provider, a client, waiting without sleeping.
//! They see Lotse as the world does: HTTP, the database, the far side of the provider.

pub mod canary;
pub mod estimates;
pub mod harness;
mod houses;
pub mod people;
pub mod town;

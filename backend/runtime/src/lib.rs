//! What every process of Lotse needs before it does anything of its own: settings, log lines, figures, and
//! a way to stop. Knows nothing of towns or appointments.

pub mod config;
pub mod logging;
pub mod metrics;
pub mod shutdown;

pub use config::{Config, ConfigErrors};
pub use shutdown::Shutdown;

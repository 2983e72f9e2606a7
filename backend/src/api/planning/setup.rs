//! A whole set-up as it travels.

use operations::planning::SetupSummary;
use poem_openapi::Object;

/// A set-up file to take over.
#[derive(Clone, Debug, Object)]
pub struct SetupRequest {
    /// The file as text.
    pub file: String,
    /// Only look for faults; change nothing.
    #[oai(default)]
    pub only_check: bool,
}

/// What a set-up file brings.
#[derive(Clone, Debug, Object)]
pub struct SetupBrings {
    /// Its services.
    pub services: usize,
    /// Its offices.
    pub offices: usize,
    /// Its pools.
    pub pools: usize,
    /// Its closures.
    pub closures: usize,
}

impl From<SetupSummary> for SetupBrings {
    fn from(summary: SetupSummary) -> Self {
        let SetupSummary { services, offices, pools, closures } = summary;
        Self { services, offices, pools, closures }
    }
}

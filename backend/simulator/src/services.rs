//! What people come for: the common services of a citizens' office, as they are planned in the shipped catalogue.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// A common service.
#[derive(Clone, Copy, Debug)]
pub struct Common {
    /// Its slug in the catalogue.
    pub slug: &'static str,
    /// How many come for it, relative to the others.
    pub weight: f64,
    /// Planned minutes.
    pub planned_min: u16,
}

const fn common(slug: &'static str, weight: f64, planned_min: u16) -> Common {
    Common { slug, weight, planned_min }
}

/// The services that make most visits.
pub const COMMON: [Common; 14] = [
    common("personalausweis-beantragen", 16.0, 15),
    common("reisepass-beantragen", 10.0, 15),
    common("wohnsitz-anmelden", 8.0, 15),
    common("wohnsitz-ummelden", 9.0, 15),
    common("fuehrungszeugnis", 6.0, 5),
    common("meldebescheinigung", 5.0, 10),
    common("beglaubigung-kopien", 5.0, 10),
    common("bewohnerparkausweis", 4.0, 15),
    common("personalausweis-abholen", 8.0, 10),
    common("reisepass-abholen", 5.0, 10),
    common("fahrzeug-abmelden", 2.0, 10),
    common("familienpass", 1.5, 10),
    common("eheschliessung-anmelden", 2.0, 30),
    common("allgemeine-beratung", 2.0, 10),
];

/// The service of one visitor: its place in [`COMMON`].
pub fn draw(dice: &mut StdRng) -> usize {
    let places: Vec<usize> = (0..COMMON.len()).collect();
    places.choose_weighted(dice, |place| COMMON[*place].weight).copied().unwrap_or(0)
}

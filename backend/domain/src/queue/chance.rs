//! Chance for simulated afternoons: repeatable draws, and the normal distribution as a table. The domain has no
//! ambient randomness, and an estimate needs speed, not secrecy.

use std::sync::LazyLock;

/// How many quantiles the table holds.
const QUANTILES: usize = 4096;

/// The table reaches from minus to plus so many deviations, in steps of `1 / STEPS`.
const REACH: f64 = 4.0;
const STEPS: usize = 256;

/// Draws that belong to one person in one run: whoever comes or goes meanwhile, this person's luck stays the same.
pub(super) struct Draw(u64);

impl Draw {
    /// The draws of a person (a number of their own) in a run.
    pub(super) fn of(person: u64, run: u64) -> Self {
        Self(mix(person ^ run.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// Uniform in (0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        ((mix(self.0) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Standard normal.
    pub(super) fn normal(&mut self) -> f64 {
        quantile(self.unit())
    }

    /// Standard normal, drawn among those beyond `z`; `tail` is how many those are, as [`above`] says.
    pub(super) fn normal_beyond(&mut self, z: f64, tail: f64) -> f64 {
        let unit = self.unit();
        if tail * QUANTILES as f64 > 4.0 {
            quantile(1.0 - tail * unit)
        } else {
            // So far out the table ends; there a normal tail falls as e^(−z²/2).
            (z * z - 2.0 * unit.ln()).sqrt()
        }
    }
}

/// Spreads a number over all 64 bits (SplitMix64).
pub(super) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// The share of a standard normal above `z`.
pub(super) fn above(z: f64) -> f64 {
    let at = (z.clamp(-REACH, REACH) + REACH) * STEPS as f64;
    let below = at as usize;
    let table = &TABLES.cumulative;
    let share = match table.get(below + 1) {
        Some(next) => table[below] + (next - table[below]) * (at - below as f64),
        None => 1.0,
    };
    1.0 - share
}

fn quantile(share: f64) -> f64 {
    let at = (share * QUANTILES as f64) as usize;
    TABLES.quantiles[at.min(QUANTILES - 1)]
}

struct Tables {
    cumulative: Vec<f64>,
    quantiles: Vec<f64>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let points = 2 * REACH as usize * STEPS;
    let z = |point: usize| point as f64 / STEPS as f64 - REACH;
    let density = |z: f64| (-z * z / 2.0).exp();
    let mut cumulative = vec![0.0; points + 1];
    for point in 1..=points {
        cumulative[point] = cumulative[point - 1] + density(z(point - 1)) + density(z(point));
    }
    let whole = cumulative[points];
    cumulative.iter_mut().for_each(|share| *share /= whole);
    let mut point = 0;
    let quantiles = (0..QUANTILES)
        .map(|number| {
            let share = (number as f64 + 0.5) / QUANTILES as f64;
            while cumulative[point + 1] < share {
                point += 1;
            }
            z(point)
                + (share - cumulative[point]) / (cumulative[point + 1] - cumulative[point]) / STEPS as f64
        })
        .collect();
    Tables { cumulative, quantiles }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_those_of_the_normal_distribution() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.158_655), (1.96, 0.024_998), (-1.281_55, 0.9), (3.0, 0.001_35)]
        {
            assert!((above(z) - share).abs() < 2e-4, "{z}: {}", above(z));
        }
        assert!((quantile(0.9) - 1.2816).abs() < 2e-3);
        assert_eq!((above(9.0), above(-9.0)), (0.0, 1.0));
    }

    #[test]
    fn draws_beyond_a_point_lie_beyond_it_and_have_the_right_middle() {
        for z in [-1.0, 0.5, 2.0, 5.0] {
            let tail = above(z);
            let mut drawn: Vec<f64> = (0..4000).map(|run| Draw::of(7, run).normal_beyond(z, tail)).collect();
            drawn.sort_by(f64::total_cmp);
            assert!(drawn[0] > z - 0.01, "{z}: {}", drawn[0]);
            if tail > 0.0 {
                let beyond_middle = above(drawn[2000]) / tail;
                assert!((0.44..0.56).contains(&beyond_middle), "{z}: {beyond_middle}");
            }
        }
    }

    #[test]
    fn a_person_keeps_their_luck_and_two_have_different_luck() {
        assert!((Draw::of(1, 2).normal() - Draw::of(1, 2).normal()).abs() < f64::EPSILON);
        let pairs = (0..1000).map(|run| (Draw::of(1, run).normal(), Draw::of(2, run).normal()));
        let together: f64 = pairs.map(|(one, other)| one * other).sum::<f64>() / 1000.0;
        assert!(together.abs() < 0.12, "{together}");
    }
}

//! One measured figure beside its target, and how to sum up many timings.

use std::time::Duration;

/// What was measured so far, printed as it comes.
#[derive(Default)]
pub struct Figures(pub Vec<Figure>);

/// One line of `make bench`.
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    pub target: String,
    pub met: bool,
}

impl Figures {
    /// A figure that should not exceed its target.
    pub fn at_most(&mut self, name: &str, value: f64, unit: &'static str, target: f64) {
        self.add(Figure {
            name: name.to_owned(),
            value,
            unit,
            target: format!("<={target}"),
            met: value <= target,
        });
    }

    /// A figure that should reach its target.
    pub fn at_least(&mut self, name: &str, value: f64, unit: &'static str, target: f64) {
        self.add(Figure {
            name: name.to_owned(),
            value,
            unit,
            target: format!(">={target}"),
            met: value >= target,
        });
    }

    /// A figure that must be exactly its target.
    pub fn exactly(&mut self, name: &str, value: usize, unit: &'static str, target: usize) {
        let met = value == target;
        self.add(Figure {
            name: name.to_owned(),
            value: value as f64,
            unit,
            target: format!("={target}"),
            met,
        });
    }

    fn add(&mut self, figure: Figure) {
        println!("{}", figure.line());
        self.0.push(figure);
    }

    /// Whether a target was missed.
    pub fn any_short(&self) -> bool {
        self.0.iter().any(|it| !it.met)
    }
}

impl Figure {
    /// `name value unit target ok|short`
    pub fn line(&self) -> String {
        let value =
            if self.value.fract() == 0.0 { format!("{}", self.value) } else { format!("{:.2}", self.value) };
        let verdict = if self.met { "ok" } else { "short" };
        format!("{} {value} {} {} {verdict}", self.name, self.unit, self.target)
    }
}

/// The timing below which this share of all lie, in milliseconds.
pub fn percentile_ms(timings: &mut [Duration], share: f64) -> f64 {
    timings.sort_unstable();
    let at = ((timings.len() as f64 * share) as usize).min(timings.len().saturating_sub(1));
    timings.get(at).map_or(0.0, |it| it.as_secs_f64() * 1000.0)
}

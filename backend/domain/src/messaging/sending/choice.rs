//! Which provider gets a text message. Shares decide, unless the message has been tried before: whoever may have taken it
//! keeps it, so that no phone gets it twice; whoever surely did not is left for another.

use chrono::{DateTime, Utc};

use super::Passage;

/// Unreachable this often for one message, and another provider is tried.
const TRIES: usize = 2;

/// What is known of an earlier try of the same message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It never left us.
    NotSent,
    /// Nothing was sent, we were too fast.
    Throttled,
    /// Nothing was sent, our settings were refused.
    Misconfigured,
    /// Nothing was sent, the message was refused.
    Refused,
    /// It was taken, or nobody knows.
    MaybeTaken,
}

/// An earlier try of the same message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried<'a> {
    /// By whom.
    pub provider: &'a str,
    /// How it ended.
    pub ending: Ending,
}

/// A provider as it stands now. One that people have paused is not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its name.
    pub provider: &'a str,
    /// Its share, drift included; with none it only steps in when no other can.
    pub weight: u32,
    /// Whether it takes messages at all.
    pub passage: Passage,
    /// From when its pace allows this message; now or earlier is at once.
    pub ready_at: DateTime<Utc>,
}

/// What matters about the message.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its earlier tries.
    pub tried: &'a [Tried<'a>],
    /// Who should carry it, if he can: who did before, or who brought what it answers.
    pub preferred: Option<&'a str>,
    /// Whether somebody stands there and waits for it: no message to probe with.
    pub urgent: bool,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// By the line at this place.
    Send(usize),
    /// Nobody before this moment.
    Wait(DateTime<Utc>),
    /// Nobody who may is there.
    Nobody,
}

/// Chooses; `draw` is any random number.
#[must_use]
pub fn choose(lines: &[Line<'_>], wanted: Wanted<'_>, draw: u32, now: DateTime<Utc>) -> Choice {
    let bound = wanted.tried.iter().find(|tried| tried.ending == Ending::MaybeTaken);
    let may = |line: &Line<'_>| bound.is_none_or(|bound| bound.provider == line.provider);
    let allowed: Vec<usize> = (0..lines.len()).filter(|at| may(&lines[*at])).collect();
    let open = subset(&allowed, |at| !matches!(lines[at].passage, Passage::Shut(_)));
    if open.is_empty() {
        let until = allowed.iter().filter_map(|at| match lines[*at].passage {
            Passage::Shut(until) => Some(until),
            Passage::Free | Passage::Probe => None,
        });
        return until.min().map_or(Choice::Nobody, Choice::Wait);
    }
    let group = or_all(subset(&open, |at| !set_aside(lines[at].provider, wanted.tried)), &open);
    let group = or_all(subset(&group, |at| lines[at].weight > 0), &group);
    let probes = subset(&group, |at| lines[at].passage == Passage::Probe);
    let free = subset(&group, |at| lines[at].passage == Passage::Free);
    let group = match (probes.is_empty(), free.is_empty()) {
        (true, _) | (false, true) => group,
        (false, false) if wanted.urgent => free,
        (false, false) => probes,
    };
    let ready = subset(&group, |at| lines[at].ready_at <= now);
    if ready.is_empty() {
        return group.iter().map(|at| lines[*at].ready_at).min().map_or(Choice::Nobody, Choice::Wait);
    }
    let preferred = ready.iter().find(|at| Some(lines[**at].provider) == wanted.preferred);
    Choice::Send(preferred.copied().unwrap_or_else(|| drawn(lines, &ready, draw)))
}

/// Unreachable twice for this message, or wrongly set up: another first.
fn set_aside(provider: &str, tried: &[Tried<'_>]) -> bool {
    let ended = |ending| tried.iter().filter(|one| one.provider == provider && one.ending == ending).count();
    ended(Ending::NotSent) >= TRIES || ended(Ending::Misconfigured) > 0
}

/// By share; among those without one, the first in order.
fn drawn(lines: &[Line<'_>], among: &[usize], draw: u32) -> usize {
    let all: u32 = among.iter().map(|at| lines[*at].weight).sum();
    let mut left = draw.checked_rem(all).unwrap_or(0);
    for at in among {
        let weight = lines[*at].weight;
        if left < weight {
            return *at;
        }
        left -= weight;
    }
    among[0]
}

fn subset(of: &[usize], keep: impl Fn(usize) -> bool) -> Vec<usize> {
    of.iter().copied().filter(|at| keep(*at)).collect()
}

fn or_all(some: Vec<usize>, all: &[usize]) -> Vec<usize> {
    if some.is_empty() { all.to_vec() } else { some }
}

#[cfg(test)]
mod tests;

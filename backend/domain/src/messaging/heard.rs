//! What became of a message somebody wrote to us.

/// What became of it; as long as it waits for its turn, nothing has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Heard {
    /// An answer is owed, or the news of what was done is the answer.
    Answered,
    /// It is done and wants no answer: a thank-you, or the provider has answered itself.
    #[default]
    Noted,
    /// It reached us so late that nobody waits for an answer any more.
    Late,
    /// Its number has had as many answers as one gets.
    TooMany,
    /// It comes from a name, a short number, a country we do not write to, or from ourselves.
    Unanswerable,
    /// It could not be read or dealt with.
    Failed,
}

impl Heard {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Answered, Self::Noted, Self::Late, Self::TooMany, Self::Unanswerable, Self::Failed];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Noted => "noted",
            Self::Late => "late",
            Self::TooMany => "too_many",
            Self::Unanswerable => "unanswerable",
            Self::Failed => "failed",
        }
    }

    /// The one with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

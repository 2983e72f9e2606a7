//! What the secret in a link opens, told apart from what nobody ever got.

/// What was found under a secret somebody named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened<T> {
    /// This.
    It(T),
    /// Somebody got this secret, but here it opens nothing, or nothing any more.
    NotHere,
    /// No link of the town has this secret: it may be a guess.
    Nothing,
    /// It has not the form of a secret, so nothing was looked up.
    NoLink,
}

impl<T> Opened<T> {
    /// What it opens.
    pub fn it(self) -> Option<T> {
        match self {
            Self::It(it) => Some(it),
            Self::NotHere | Self::Nothing | Self::NoLink => None,
        }
    }

    /// With something made of what it opens.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Opened<U> {
        match self {
            Self::It(it) => Opened::It(make(it)),
            Self::NotHere => Opened::NotHere,
            Self::Nothing => Opened::Nothing,
            Self::NoLink => Opened::NoLink,
        }
    }

    /// What was asked for elsewhere: known there, it opens nothing here.
    #[must_use]
    pub fn elsewhere<U>(self) -> Opened<U> {
        match self {
            Self::It(_) | Self::NotHere => Opened::NotHere,
            Self::Nothing => Opened::Nothing,
            Self::NoLink => Opened::NoLink,
        }
    }
}

impl<T> From<Option<T>> for Opened<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Self::Nothing, Self::It)
    }
}

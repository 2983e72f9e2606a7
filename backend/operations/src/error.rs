//! Refusals and failures of a verb: a refusal is a value the caller may see, a failure is ours.

use store::StoreError;

/// Why a verb did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error<R> {
    /// The rules say no; the caller is told why.
    #[error("refused")]
    Refused(R),
    /// We failed; the caller gets a number to quote, the log the cause.
    #[error(transparent)]
    Failed(StoreError),
}

impl<R> From<StoreError> for Error<R> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl<R> Error<R> {
    /// Whether a verb that failed like this may succeed when it is tried again.
    fn met_another(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Failed(failure) => failure.may_retry() || matches!(failure, StoreError::Stale),
        }
    }

    /// The same refusal in the words of a wider verb.
    pub fn map_refusal<S>(self, map: impl FnOnce(R) -> S) -> Error<S> {
        match self {
            Self::Refused(refusal) => Error::Refused(map(refusal)),
            Self::Failed(failure) => Error::Failed(failure),
        }
    }
}

/// How often a verb is tried when it meets others on the same rows.
const TRIES: usize = 4;

/// Counts how often a verb was tried.
#[derive(Default)]
pub(crate) struct Tries(usize);

impl Tries {
    /// Whether to try again after this failure: it met another verb on the same rows, and not too often.
    pub(crate) fn again<R>(&mut self, error: &Error<R>) -> bool {
        self.0 += 1;
        self.0 < TRIES && error.met_another()
    }
}

/// What a verb gives: its result, or why not.
pub type Outcome<T, R> = Result<T, Error<R>>;

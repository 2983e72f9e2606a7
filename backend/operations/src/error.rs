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
    /// The same refusal in the words of a wider verb.
    pub fn map_refusal<S>(self, map: impl FnOnce(R) -> S) -> Error<S> {
        match self {
            Self::Refused(refusal) => Error::Refused(map(refusal)),
            Self::Failed(failure) => Error::Failed(failure),
        }
    }
}

/// What a verb gives: its result, or why not.
pub type Outcome<T, R> = Result<T, Error<R>>;

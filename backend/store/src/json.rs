//! JSON in text columns, the same on both databases.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

/// A value as the text of a column.
pub(crate) fn write<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types have string keys only")
}

/// The value in a column's text.
pub(crate) fn read<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { column })
}

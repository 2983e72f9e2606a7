//! Small named values of the installation.

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};

use crate::database::{Connection, Raw, Tx};
use crate::entities::setting;
use crate::error::StoreError;

/// The value kept under this name.
///
/// # Errors
/// When the database fails.
pub async fn get(connection: &impl Connection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(setting::Entity::find_by_id(key.to_owned()).one(connection.raw()).await?.map(|row| row.value))
}

/// Keeps a value under this name, in place of the one before.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &Tx, key: &str, value: &str) -> Result<(), StoreError> {
    let row = setting::ActiveModel { key: Set(key.to_owned()), value: Set(value.to_owned()) };
    setting::Entity::insert(row)
        .on_conflict(
            OnConflict::column(setting::Column::Key).update_column(setting::Column::Value).to_owned(),
        )
        .exec_without_returning(tx.raw())
        .await?;
    Ok(())
}

//! Small named values of the installation, such as what the demo's clock showed last.

use store::StoreError;

use crate::app::App;

/// The value kept under this name.
///
/// # Errors
/// When the database fails.
pub async fn get(app: &App, key: &str) -> Result<Option<String>, StoreError> {
    store::settings::get(&app.db, key).await
}

/// Keeps a value under this name, in place of the one before.
///
/// # Errors
/// When the database fails.
pub async fn put(app: &App, key: &str, value: &str) -> Result<(), StoreError> {
    let tx = app.db.write().await?;
    store::settings::put(&tx, key, value).await?;
    tx.commit().await
}

//! Brings a database to the schema of this version, back, or says where it stands.

use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};

use crate::Migrator;

/// One step of the schema and whether the database has taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, which sorts by age.
    pub name: String,
    /// Whether it has been applied.
    pub applied: bool,
}

/// Applies all steps that are missing; gives their names.
///
/// # Errors
/// When the database cannot be reached or refuses a step.
pub async fn up(url: &str) -> Result<Vec<String>, DbErr> {
    let database = connect(url).await?;
    let missing: Vec<_> = Migrator::get_pending_migrations(&database).await?;
    let names = missing.iter().map(|step| step.name().to_owned()).collect();
    Migrator::up(&database, None).await?;
    database.close().await?;
    Ok(names)
}

/// Takes the last `steps` steps back, with the data in them.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn down(url: &str, steps: u32) -> Result<(), DbErr> {
    let database = connect(url).await?;
    Migrator::down(&database, Some(steps)).await?;
    database.close().await
}

/// All steps, oldest first.
///
/// # Errors
/// When the database cannot be reached.
pub async fn status(url: &str) -> Result<Vec<Step>, DbErr> {
    let database = connect(url).await?;
    let pending = Migrator::get_pending_migrations(&database).await?;
    let pending: Vec<_> = pending.iter().map(|step| step.name().to_owned()).collect();
    let all = Migrator::migrations();
    let names = all.iter().map(|step| step.name().to_owned());
    let steps = names.map(|name| Step { applied: !pending.contains(&name), name }).collect();
    database.close().await?;
    Ok(steps)
}

/// Creates a PostgreSQL database of this name with the whole schema and gives its address: a copy of a template, which
/// the first caller lays. For tests, which drop nothing but their whole server.
///
/// # Errors
/// When the server cannot be reached or the name is taken.
pub async fn copy_of_template(server: &str, template: &str, name: &str) -> Result<String, DbErr> {
    let database = connect(server).await?;
    let run = async |sql: String| database.execute_unprepared(&sql).await;
    run("SELECT pg_advisory_lock(7446)".to_owned()).await?;
    let found = run(format!("SELECT 1 FROM pg_database WHERE datname = '{template}'")).await?;
    if found.rows_affected() == 0 {
        run(format!("CREATE DATABASE \"{template}_draft\"")).await?;
        up(&on_server(server, &format!("{template}_draft"))).await?;
        run(format!("ALTER DATABASE \"{template}_draft\" RENAME TO \"{template}\"")).await?;
    }
    run("SELECT pg_advisory_unlock(7446)".to_owned()).await?;
    run(format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"")).await?;
    database.close().await?;
    Ok(on_server(server, name))
}

/// The address of another database of the same server.
fn on_server(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, None), |(base, query)| (base, Some(query)));
    let host = base.match_indices('/').nth(2).map_or(base, |(end, _)| &base[..end]);
    match query {
        Some(query) => format!("{host}/{name}?{query}"),
        None => format!("{host}/{name}"),
    }
}

async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    // SQLite makes no file by itself; the schema is what brings a database into being.
    let url = match url.strip_prefix("sqlite:") {
        Some(rest) if !rest.contains(":memory:") && !rest.contains("mode=") => {
            let separator = if rest.contains('?') { '&' } else { '?' };
            format!("{url}{separator}mode=rwc")
        }
        _ => url.to_owned(),
    };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}

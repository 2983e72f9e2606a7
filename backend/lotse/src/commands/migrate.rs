//! `lotse migrate`: the schema of the database.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use runtime::Config;

use crate::assemble;

#[derive(Args)]
pub(crate) struct Migrate {
    #[command(subcommand)]
    direction: Direction,
}

#[derive(Subcommand)]
enum Direction {
    /// Takes all steps that are missing; makes a SQLite file that is not there.
    Up,
    /// Takes steps back, WITH THE DATA in them.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1)]
        steps: u32,
        /// Yes, that data may go.
        #[arg(long)]
        yes: bool,
    },
    /// Lists all steps and whether they were taken.
    Status,
}

pub(crate) async fn run(migrate: &Migrate, config: &Config) -> anyhow::Result<()> {
    let url = config.database_url.expose();
    let what = || format!("{:?}", config.database_url);
    match migrate.direction {
        Direction::Up => {
            assemble::make_database_folder(config)?;
            let taken = migrations::up(url).await.with_context(what)?;
            for name in &taken {
                println!("taken  {name}");
            }
            println!("the database is at the schema of this version ({} steps now)", taken.len());
        }
        Direction::Down { yes: false, .. } => {
            bail!("this deletes data: make a backup, then say --yes");
        }
        Direction::Down { steps, yes: true } => {
            migrations::down(url, steps).await.with_context(what)?;
            println!("{steps} steps taken back");
        }
        Direction::Status => {
            for step in migrations::status(url).await.with_context(what)? {
                println!("{}  {}", if step.applied { "taken  " } else { "missing" }, step.name);
            }
        }
    }
    Ok(())
}

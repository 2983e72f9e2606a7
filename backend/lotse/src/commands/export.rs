//! `lotse export`: a town's whole set-up as a file, from which another town can start.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use operations::Clock;
use runtime::Config;

use crate::assemble;

#[derive(Args)]
pub(crate) struct Export {
    /// Where to write it; to standard output without.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The town, where there are several.
    #[arg(long, value_name = "SLUG")]
    town: Option<String>,
}

pub(crate) async fn run(export: &Export, config: &Config) -> anyhow::Result<()> {
    let app = assemble::app(config, Clock::system()).await?;
    let town = assemble::town(&app, export.town.as_deref()).await?;
    let text = format!("{:#}\n", operations::setup::export(&app, &town).await?.to_json());
    match &export.file {
        Some(file) => std::fs::write(file, text).with_context(|| format!("writing {}", file.display())),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}

//! `lotse import`: a catalogue of services, a town's set-up (offices, counters, opening hours), or both at once.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use domain::catalog::Catalogue;
use domain::setup::Setup;
use domain::town::Town;
use operations::{App, Clock, Error};
use runtime::Config;

use crate::assemble;

#[derive(Args)]
pub(crate) struct Import {
    /// Catalogues and set-up files, in any order. A new town needs its set-up and the catalogue it refers to.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The town a catalogue is for, where there are several.
    #[arg(long, value_name = "SLUG")]
    town: Option<String>,
    /// Start a new town of this slug from another town's set-up.
    #[arg(long = "as", value_name = "SLUG", requires = "name")]
    slug: Option<String>,
    /// The new town's name.
    #[arg(long, requires = "slug")]
    name: Option<String>,
    /// The new town's host name, needed where several towns share a server.
    #[arg(long, requires = "slug")]
    host: Option<String>,
    /// Only look for faults; change nothing.
    #[arg(long)]
    check: bool,
}

/// What a file turned out to be.
enum Content {
    Catalogue(Box<Catalogue>),
    Setup(Box<Setup>),
}

pub(crate) async fn run(import: &Import, config: &Config) -> anyhow::Result<()> {
    // All files are read before anything is changed.
    let mut contents = import.files.iter().map(|file| read(file)).collect::<anyhow::Result<Vec<_>>>()?;
    for content in &mut contents {
        if let (Content::Setup(setup), Some(slug), Some(name)) = (content, &import.slug, &import.name) {
            setup.town.slug.clone_from(slug);
            setup.town.name.clone_from(name);
            setup.town.host.clone_from(&import.host);
        }
    }
    if import.check {
        println!("no faults found; what refers to the town's data shows at the import itself");
        return Ok(());
    }
    let app = assemble::app(config, Clock::system()).await?;
    if let Some(slug) = &import.slug {
        may_begin(&app, slug, import.host.as_deref()).await?;
    }
    let town = take_over(&app, &contents, import.town.as_deref()).await?;
    for content in &contents {
        println!("{}: {}", town.name, summary(content));
    }
    Ok(())
}

/// Takes all files over, everything or nothing, into the town of the set-up among them, made if it is new; otherwise into
/// the one that is there.
async fn take_over(app: &App, contents: &[Content], named: Option<&str>) -> anyhow::Result<Town> {
    let (mut catalogues, mut setups) = (Vec::new(), Vec::new());
    for content in contents {
        match content {
            Content::Catalogue(catalogue) => catalogues.push(&**catalogue),
            Content::Setup(setup) => setups.push(&**setup),
        }
    }
    match setups[..] {
        [] => {
            let town = assemble::town(app, named).await?;
            for catalogue in catalogues {
                operations::catalog::import(app, &town, catalogue).await.map_err(refused)?;
            }
            Ok(town)
        }
        [setup] => operations::setup::import_town(app, setup, &catalogues).await.map_err(refused),
        [..] => bail!("one set-up at a time, please"),
    }
}

fn summary(content: &Content) -> String {
    match content {
        Content::Catalogue(catalogue) => format!("{} services", catalogue.services.len()),
        Content::Setup(setup) => {
            let services = setup.catalogue.as_ref().map(|catalogue| catalogue.services.len());
            let services = services.map(|services| format!("{services} services, ")).unwrap_or_default();
            format!("{services}{} offices, {} pools", setup.offices.len(), setup.pools.len())
        }
    }
}

/// A new town takes no other one's name, and none is reached instead of it.
async fn may_begin(app: &App, slug: &str, host: Option<&str>) -> anyhow::Result<()> {
    let towns = operations::town::all(app).await?;
    if let Some(town) = towns.iter().find(|town| town.slug == slug) {
        bail!("{slug} is {} already; leave out --as to import into it", town.name);
    }
    match (host, towns.iter().find(|town| town.host.as_deref() == host)) {
        (None, Some(town)) => {
            bail!("{} answers for every host: give the new town its own with --host", town.name)
        }
        (Some(host), Some(town)) => bail!("{host} is the host of {}", town.name),
        (_, None) => Ok(()),
    }
}

fn read(file: &Path) -> anyhow::Result<Content> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let root: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    if root.get("offices").is_some() {
        Ok(Content::Setup(Box::new(Setup::parse(&text).map_err(|faults| told(file, &faults))?)))
    } else if root.get("services").is_some() {
        let catalogue = Catalogue::parse(&text).map_err(|faults| told(file, &faults))?;
        Ok(Content::Catalogue(Box::new(catalogue)))
    } else {
        bail!("{} is neither a catalogue (`services`) nor a set-up (`offices`)", file.display())
    }
}

fn told<F: Display>(file: &Path, faults: &[F]) -> anyhow::Error {
    anyhow!("{}: nothing was imported, {}", file.display(), list(faults))
}

fn refused<F: Display>(error: Error<Vec<F>>) -> anyhow::Error {
    match error {
        Error::Refused(faults) => anyhow!("nothing was imported, {}", list(&faults)),
        Error::Failed(failure) => failure.into(),
    }
}

fn list<F: Display>(faults: &[F]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    format!("{} faults:{}", faults.len(), lines.concat())
}

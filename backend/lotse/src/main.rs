//! The command line of Lotse: one binary for the demo, the server, the workers and every one-off command.

mod assemble;
mod commands;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use runtime::Config;

/// Lotse: appointments, arrival and queue of a town hall, in one program.
#[derive(Parser)]
#[command(name = "lotse", version, arg_required_else_help = true, after_help = SETTINGS_HELP)]
struct Cli {
    /// The settings file; without it ./lotse.toml or /etc/lotse/lotse.toml, if there is one.
    #[arg(long, short, global = true, env = "LOTSE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const SETTINGS_HELP: &str = "Every setting can be given as a variable: LOTSE_DATABASE_URL, LOTSE_TWILIO__ACCOUNT_SID, … \
    (see config.example.toml). `lotse doctor` checks them.";

#[derive(Subcommand)]
enum Command {
    /// A whole town hall on this machine: nothing else is needed, nothing leaves it.
    Demo(commands::demo::Demo),
    /// The API and the front ends; any number of these may run.
    Serve(commands::serve::Serve),
    /// The workers that deliver messages and keep the timetable; any number of these may run.
    Work,
    /// Brings the database to the schema of this version, or back.
    Migrate(commands::migrate::Migrate),
    /// Takes over a catalogue of services, a town's set-up, or both: everything or nothing.
    Import(commands::import::Import),
    /// Writes a town's whole set-up to a file, from which another town can start.
    Export(commands::export::Export),
    /// People who may sign in.
    Staff(commands::staff::Staff),
    /// Prints the description of the API (OpenAPI).
    Openapi,
    /// Makes a key for pushes to browsers (push.key).
    PushKey,
    /// Checks settings, database, Redis, clock and the rest, and says what to mend.
    Doctor,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("lotse: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(run(cli));
    // Whatever has not ended by now does not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lotse: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let settings = || Config::load(cli.config.as_deref());
    match cli.command {
        Command::Demo(demo) => commands::demo::run(demo, settings()?).await?,
        Command::Serve(serve) => commands::serve::run(serve, settings()?).await?,
        Command::Work => commands::work::run(settings()?).await?,
        Command::Migrate(migrate) => commands::migrate::run(&migrate, &settings()?).await?,
        Command::Import(import) => commands::import::run(&import, &settings()?).await?,
        Command::Export(export) => commands::export::run(&export, &settings()?).await?,
        Command::Staff(staff) => commands::staff::run(staff, &settings()?).await?,
        Command::Openapi => print!("{}", backend::openapi::spec()),
        Command::PushKey => commands::push_key::run()?,
        Command::Doctor => return Ok(commands::doctor::run(settings()).await),
    }
    Ok(ExitCode::SUCCESS)
}

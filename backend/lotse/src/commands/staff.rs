//! `lotse staff`: the first people who may sign in, and forgotten passwords.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use domain::actor::Actor;
use domain::staff::{PASSWORD_MIN, Role};
use operations::staff::NewStaff;
use operations::{App, Clock, Error};
use runtime::Config;

use crate::assemble;

#[derive(Args)]
pub(crate) struct Staff {
    /// The town, where there are several.
    #[arg(long, global = true, value_name = "SLUG")]
    town: Option<String>,
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Subcommand)]
enum Deed {
    /// Adds somebody. The password is read from standard input, or made and shown with --generate.
    Add {
        /// The login: small letters, digits, dots, dashes.
        login: String,
        /// The name colleagues read.
        #[arg(long)]
        name: String,
        /// What they may do.
        #[arg(long)]
        role: RoleName,
        #[command(flatten)]
        password: Password,
    },
    /// Sets a new password, lets the person in again, and ends all their sessions.
    ResetPassword {
        login: String,
        #[command(flatten)]
        password: Password,
    },
    /// Lists everybody.
    List,
}

#[derive(Args)]
#[group(multiple = false)]
struct Password {
    /// The password itself. Others on this machine can see it while the command runs; better leave it out and
    /// type it when asked.
    #[arg(long)]
    password: Option<String>,
    /// Make a password and show it once.
    #[arg(long)]
    generate: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// Works at a counter.
    Desk,
    /// Plans the week, and changes devices and staff.
    Admin,
    /// Watches messages and jobs, and intervenes.
    Ops,
    /// Watches messages and jobs.
    Observer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Desk => Self::Desk,
            RoleName::Admin => Self::Admin,
            RoleName::Ops => Self::Ops,
            RoleName::Observer => Self::Observer,
        }
    }
}

pub(crate) async fn run(staff: Staff, config: &Config) -> anyhow::Result<()> {
    let app = assemble::app(config, Clock::system()).await?;
    let town = assemble::town(&app, staff.town.as_deref()).await?;
    match staff.deed {
        Deed::Add { login, name, role, password } => {
            let password = given(&app, password)?;
            let new = NewStaff { login, name, role: role.into(), office: None, password };
            let added = operations::staff::add(&app, &town, Actor::System, new).await.map_err(told)?;
            let page = match added.role {
                Role::Desk | Role::Admin => "desk",
                Role::Ops | Role::Observer => "ops",
            };
            let address = config.public_url.at_host(town.host.as_deref());
            println!("{} may sign in at {address}/{page}", added.login);
        }
        Deed::ResetPassword { login, password } => {
            let password = given(&app, password)?;
            operations::staff::reset_password(&app, &town, &login, password).await.map_err(told)?;
            println!("{login} has a new password; all sessions of the old one are over");
        }
        Deed::List => {
            for person in operations::staff::list(&app, &town).await? {
                let state = if person.active { "active" } else { "inactive" };
                println!("{:<8} {:<5} {:<24} {}", state, person.role.as_str(), person.login, person.name);
            }
        }
    }
    Ok(())
}

fn told<R: std::fmt::Display>(error: Error<R>) -> anyhow::Error {
    match error {
        Error::Refused(refusal) => anyhow!("{refusal}"),
        Error::Failed(failure) => failure.into(),
    }
}

fn given(app: &App, password: Password) -> anyhow::Result<String> {
    if let Some(password) = password.password {
        return Ok(password);
    }
    if password.generate {
        let generated: String = app.token().chars().filter(char::is_ascii_alphanumeric).take(20).collect();
        println!("password: {generated}");
        return Ok(generated);
    }
    let input = std::io::stdin();
    if input.is_terminal() {
        print!("password, at least {PASSWORD_MIN} letters (it shows while you type): ");
        std::io::stdout().flush().context("asking for the password")?;
    }
    let mut line = String::new();
    input.lock().read_line(&mut line).context("reading the password")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        bail!("no password: type one, pipe one in, or say --generate");
    }
    Ok(password)
}

//! A PostgreSQL server of its own for one test, so that it may be stopped and started again.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::processes::free_port;

/// A private server; ends with this value.
pub struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl PostgresServer {
    /// Starts one on a free port; nothing where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("lotse-postgres").tempdir().expect("a temporary folder");
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(folder.path()).status();
            assert!(owned.is_ok_and(|it| it.success()), "the folder is the server's");
        }
        let server = Self { folder, programs, port: free_port() };
        let data = server.data();
        server.run(
            "initdb",
            &[
                "--no-sync",
                "--auth=trust",
                "--username=lotse",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "-D",
                &data,
            ],
        );
        server.start_again();
        Some(server)
    }

    /// Its address, to the database `postgres`.
    pub fn url(&self) -> String {
        format!("postgres://lotse@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it as a crash would: nobody is waited for.
    pub fn stop(&self) {
        self.run("pg_ctl", &["stop", "-s", "-m", "immediate", "-D", &self.data()]);
    }

    /// Starts it again on the same port.
    pub fn start_again(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{}' -c max_connections=100 -c timezone=UTC",
            self.port,
            self.folder.path().display()
        );
        let log = self.folder.path().join("log");
        let log = log.to_string_lossy();
        self.run(
            "pg_ctl",
            &["start", "-s", "-w", "-t", "60", "-D", &self.data(), "-l", &log, "-o", &options],
        );
    }

    /// What it has written into its log.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.path().join("log")).unwrap_or_default())
            .into_owned()
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = as_postgres(&self.programs.join(program), self.folder.path()).args(arguments).status();
        assert!(status.is_ok_and(|it| it.success()), "{program} {arguments:?}");
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let mut stop = as_postgres(&self.programs.join("pg_ctl"), self.folder.path());
        drop(stop.args(["stop", "-s", "-m", "immediate", "-D", &self.data()]).status());
    }
}

/// The folder of the newest installed version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
    versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max()
}

fn is_root() -> bool {
    let said = Command::new("id").arg("-u").output();
    said.is_ok_and(|it| it.stdout.starts_with(b"0\n"))
}

/// The server refuses to be root: then its own account runs it.
fn as_postgres(program: &Path, folder: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

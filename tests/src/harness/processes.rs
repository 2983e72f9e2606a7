//! The real `lotse` binary as child processes, each with its own log; none outlives its test.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::eventually::PATIENCE;

/// The binary under test: `LOTSE_BIN`, or the debug build of this checkout.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("LOTSE_BIN") {
        return PathBuf::from(named);
    }
    // The test itself lies in <target>/debug/deps.
    let built = std::env::current_exe()
        .ok()
        .and_then(|it| Some(it.parent()?.parent()?.join("lotse")))
        .expect("a test binary lies two folders below the target folder");
    assert!(built.exists(), "{} is missing: run `cargo build -p lotse` or set LOTSE_BIN", built.display());
    built
}

/// A port of this machine nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

/// One running process of Lotse.
pub struct Lotse {
    child: Child,
    name: String,
    log: PathBuf,
    /// Where it answers, when it serves.
    pub base: String,
}

/// What a process is started with: arguments and `LOTSE_*` variables.
#[derive(Clone, Default)]
pub struct Start {
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
}

impl Start {
    /// A start of `lotse` with these words behind it.
    pub fn of(arguments: &[&str]) -> Self {
        Self { arguments: arguments.iter().map(ToString::to_string).collect(), variables: BTreeMap::new() }
    }

    /// The same with one more setting, as its variable is called.
    #[must_use]
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.variables.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// The same with all these settings.
    #[must_use]
    pub fn with_all(mut self, variables: &BTreeMap<String, String>) -> Self {
        self.variables.extend(variables.clone());
        self
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(binary());
        // Nothing of the developer's own settings may leak in.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LOTSE_")) {
            command.env_remove(name);
        }
        command.args(&self.arguments).envs(&self.variables).current_dir(folder).stdin(Stdio::null());
        command
    }

    /// Runs it to its end; fails with its output when it fails.
    pub fn run(&self, folder: &Path) -> Result<String> {
        let output: Output = self.command(folder).output().context("starting lotse")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!(
                "lotse {:?}: {}\n{text}{}",
                self.arguments,
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(text)
    }

    /// Starts it in `folder`, with its output in `<name>.log` there. `base` is where it will answer.
    pub fn spawn(&self, folder: &Path, name: &str, base: &str) -> Result<Lotse> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).context("opening the log")?;
        let child = self
            .command(folder)
            .stdout(file.try_clone().context("sharing the log")?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {}", binary().display()))?;
        Ok(Lotse { child, name: name.to_owned(), log, base: base.to_owned() })
    }
}

impl Lotse {
    /// Waits until the process says it is ready to serve; answers how long that took.
    pub async fn ready(&mut self) -> Duration {
        let began = Instant::now();
        let url = format!("{}/health/ready", self.base);
        let http = super::http::client();
        loop {
            if let Ok(answer) = http.get(&url).timeout(Duration::from_secs(2)).send().await
                && answer.status().is_success()
            {
                return began.elapsed();
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("{} ended early ({status}):\n{}", self.name, self.log_end());
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{} is not ready after {PATIENCE:?}:\n{}",
                self.name,
                self.log_end()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Ends it the hard way (SIGKILL): it gets no chance to tidy up.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Sends a signal by its name, as `TERM` or `STOP`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(status.is_ok_and(|it| it.success()), "cannot signal {}", self.name);
    }

    /// Asks it to stop and waits; answers its exit code, or nothing when it did not go in time.
    pub fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// All it has written so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    /// Resident memory in MiB, as the kernel counts it.
    pub fn resident_mib(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find(|it| it.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|it| it / 1024.0)
    }
}

impl Drop for Lotse {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- {} ----\n{}", self.name, self.log_end());
        }
        self.kill();
    }
}

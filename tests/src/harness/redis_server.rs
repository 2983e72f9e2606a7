//! A Redis of its own for one test, so that it may be flushed, stopped and started again.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::eventually::eventually;
use super::processes::free_port;

/// A private Redis server; ends with this value.
pub struct RedisServer {
    child: Option<Child>,
    port: u16,
    folder: TempDir,
}

impl RedisServer {
    /// Starts one on a free port, without persistence.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = Self { child: None, port: free_port(), folder };
        server.start_again().await;
        server
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it again on the same port, empty.
    pub async fn start_again(&mut self) {
        let child = Command::new("redis-server")
            .args([
                "--port",
                &self.port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .arg("--dir")
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        self.child = Some(child);
        eventually("Redis answers", || async { self.command("PING").await.ok() }).await;
    }

    /// Ends it the hard way; everything it held is gone.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Forgets everything it holds.
    pub async fn flush(&self) {
        self.command("FLUSHALL").await.expect("Redis answers");
    }

    async fn command(&self, name: &str) -> redis::RedisResult<()> {
        let client = redis::Client::open(self.url())?;
        let mut connection =
            tokio::time::timeout(Duration::from_secs(1), client.get_multiplexed_async_connection())
                .await
                .map_err(|_| redis::RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut)))??;
        redis::cmd(name).query_async::<redis::Value>(&mut connection).await.map(drop)
    }

    /// Every key and value it holds, as text: what may not contain anything personal.
    pub async fn dump(&self) -> String {
        let client = redis::Client::open(self.url()).expect("its own address");
        let mut connection = client.get_multiplexed_async_connection().await.expect("Redis answers");
        let keys: Vec<String> =
            redis::cmd("KEYS").arg("*").query_async(&mut connection).await.expect("KEYS answers");
        let mut text = keys.join("\n");
        for key in keys {
            let bytes: redis::RedisResult<Vec<u8>> =
                redis::cmd("DUMP").arg(&key).query_async(&mut connection).await;
            text.push_str(&String::from_utf8_lossy(&bytes.unwrap_or_default()));
        }
        text
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

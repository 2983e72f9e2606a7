//! A Redis of its own for one test, so that it may be flushed, stopped and started again.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

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
        let mut text = String::new();
        for key in keys(&mut connection).await {
            let kind: String =
                redis::cmd("TYPE").arg(&key).query_async(&mut connection).await.expect("TYPE answers");
            let whole: &[&str] = match kind.as_str() {
                "list" | "zset" => &["0", "-1"],
                "stream" => &["-", "+"],
                _ => &[],
            };
            let mut read = redis::cmd(match kind.as_str() {
                "list" => "LRANGE",
                "set" => "SMEMBERS",
                "zset" => "ZRANGE",
                "hash" => "HGETALL",
                "stream" => "XRANGE",
                _ => "GET",
            });
            let read = read.arg(&key).arg(whole);
            let value = read.query_async(&mut connection).await.expect("Redis reads its own kinds");
            text.push_str(&format!("{} ({kind}):{}\n", String::from_utf8_lossy(&key), written(&value)));
        }
        text
    }

    /// Everything it is told from now on: each command with all that is in it.
    pub async fn listen_in(&self) -> Overheard {
        let mut line = TcpStream::connect(("127.0.0.1", self.port)).await.expect("Redis listens");
        line.write_all(b"MONITOR\r\n").await.expect("Redis reads");
        let mut welcome = [0; 5];
        line.read_exact(&mut welcome).await.expect("Redis answers");
        assert_eq!(&welcome, b"+OK\r\n");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&heard);
        let listening = tokio::spawn(async move {
            let mut part = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = line.read(&mut part).await {
                lock(&shared).extend_from_slice(&part[..length]);
            }
        });
        Overheard { heard, listening: listening.abort_handle() }
    }
}

/// What a Redis was told; it listens as long as it is kept.
pub struct Overheard {
    heard: Arc<Mutex<Vec<u8>>>,
    listening: AbortHandle,
}

impl Overheard {
    /// All commands so far, one in a line.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.heard)).into_owned()
    }
}

impl Drop for Overheard {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn lock(heard: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn keys(connection: &mut MultiplexedConnection) -> Vec<Vec<u8>> {
    let (mut cursor, mut keys) = (0_u64, Vec::new());
    loop {
        let scanned = redis::cmd("SCAN").arg(cursor).query_async(connection).await;
        let (next, some): (u64, Vec<Vec<u8>>) = scanned.expect("SCAN answers");
        keys.extend(some);
        cursor = next;
        if cursor == 0 {
            return keys;
        }
    }
}

/// A value with everything in it.
fn written(value: &redis::Value) -> String {
    match value {
        redis::Value::BulkString(bytes) => format!(" {}", String::from_utf8_lossy(bytes)),
        redis::Value::Array(all) | redis::Value::Set(all) => all.iter().map(written).collect(),
        redis::Value::Map(all) => {
            all.iter().map(|(key, value)| format!("{}{}", written(key), written(value))).collect()
        }
        other => format!(" {other:?}"),
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

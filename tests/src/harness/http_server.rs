//! An HTTP server small enough to misbehave on purpose: it can hang, and it can drop the line.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The body as it came; `body` is its text.
    pub bytes: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What the caller gets.
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// Silence for this long, then the line is dropped.
    Hang(Duration),
    /// The line is dropped at once.
    Drop,
    /// The same after this long.
    After(Duration, Box<Self>),
}

/// A running server; ends with this value.
pub struct HttpServer {
    pub address: SocketAddr,
    running: AbortHandle,
}

impl HttpServer {
    /// Serves on a free port of the loopback interface.
    pub async fn start<H, F>(handler: H) -> Self
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Reply> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let handler = Arc::new(handler);
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let handler = Arc::clone(&handler);
                tokio::spawn(async move { answer(stream, handler.as_ref()).await });
            }
        });
        Self { address, running: running.abort_handle() }
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn answer<H, F>(mut stream: TcpStream, handler: &H)
where
    H: Fn(Request) -> F,
    F: Future<Output = Reply>,
{
    let Some(request) = read(&mut stream).await else { return };
    let mut reply = handler(request).await;
    while let Reply::After(wait, then) = reply {
        tokio::time::sleep(wait).await;
        reply = *then;
    }
    match reply {
        Reply::Answer { status, headers, body } => {
            let mut text =
                format!("HTTP/1.1 {status} \r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
            for (name, value) in headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            text.push_str("\r\n");
            text.push_str(&body);
            drop(stream.write_all(text.as_bytes()).await);
            drop(stream.shutdown().await);
        }
        Reply::Hang(silence) => tokio::time::sleep(silence).await,
        Reply::Drop | Reply::After(..) => {}
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|it| it.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut request = Request { method, target, headers, body: String::new(), bytes: Vec::new() };
    let length: usize = request.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    while bytes.len() < head_end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    request.bytes = bytes[head_end + 4..head_end + 4 + length].to_vec();
    request.body = String::from_utf8_lossy(&request.bytes).into_owned();
    Some(request)
}

//! Connections: HTTP/1.1 for one endpoint, and lines to those who only listen.
//!
//! What answers a request needs buffers of sixteen KiB and a state machine for each connection. A live page has one question
//! and is then told things for hours, so its connection is taken out of that machine as soon as its answer begins: what is
//! left of it is the socket, the stream and a task that waits for either. Ten thousand listeners are the bar.
//!
//! Whoever has said all they want to ask (their half of the connection is closed) is answered all the same, and a request that
//! is being answered is carried to its end when they have gone: only writing finds out. Who listens hangs up by closing.

mod patience;
mod room;

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use futures::StreamExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::http::uri::Scheme;
use poem::http::{Method, StatusCode, header};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Request, Response};
use runtime::Shutdown;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::bytes::Bytes;

use crate::guard::problem;
use crate::live::EVENT_STREAM;
use crate::problem::Description;

use patience::Patient;
pub(crate) use room::room_for;

/// So long a connection may be silent before a request is complete.
const SILENT: Duration = Duration::from_secs(75);
/// When it stops, so long a connection on which nothing was asked yet may take to do so.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// So long a listener may take to be told one thing: whoever takes longer has gone without a word.
const SLOW: Duration = Duration::from_secs(60);
/// After this long another connection is tried when there was no room for one: others end meanwhile.
const NO_ROOM: Duration = Duration::from_secs(1);

/// How much, and how long, is at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections that are open at once. Who comes then waits in the listener's backlog until another one ends: nobody is
    /// turned away who would be let in a moment later, and no file is taken that the database needs.
    pub(crate) open: usize,
    /// How long a request may take, its body and its answer included.
    pub(crate) answered: Duration,
    /// How long somebody may take nothing at all of an answer.
    pub(crate) taken: Duration,
    /// How long what was asked for may take when it stops.
    pub(crate) stopping: Duration,
}

impl Limits {
    /// The limits where so many may be open, and a stop takes so long.
    pub(crate) fn new(open: usize, stopping: Duration) -> Self {
        Self { open, answered: Duration::from_secs(120), taken: Duration::from_secs(120), stopping }
    }
}

/// Answers whoever connects until told to stop; then what was asked for already is answered, within the limits.
pub(crate) async fn serve<E>(listener: TcpListener, endpoint: E, shutdown: Shutdown, limits: Limits)
where
    E: Endpoint<Output = Response> + 'static,
{
    let endpoint = Arc::new(endpoint);
    let mut open = Open::default();
    loop {
        let room = open.has_room(limits.open);
        tokio::select! {
            () = shutdown.wait() => break,
            true = open.one_less() => {}
            accepted = listener.accept(), if room => match accepted {
                Ok((stream, from)) => {
                    open.asking.spawn(answer(stream, from, Arc::clone(&endpoint), shutdown.clone(), limits));
                }
                Err(error) => missed(&error).await,
            },
        }
    }
    drop(listener);
    let ended = async { while open.one_less().await {} };
    if timeout(limits.stopping, ended).await.is_err() {
        let left = open.count();
        tracing::warn!(left, "not everything that was asked for could be answered in time");
    }
}

/// The connections that are open.
#[derive(Default)]
struct Open {
    full: bool,
    asking: JoinSet<Option<Line>>,
    lines: JoinSet<()>,
}

impl Open {
    fn count(&self) -> usize {
        self.asking.len() + self.lines.len()
    }

    /// Whether another one may be open. That none may is said once, until a tenth of them has gone.
    fn has_room(&mut self, limit: usize) -> bool {
        let room = self.count() < limit;
        if !room && !self.full {
            tracing::warn!(open = limit, "no more connections may be open: others wait");
        }
        self.full = !room || self.full && self.count() > limit / 10 * 9;
        room
    }

    /// Waits for one to end, or to become a line; `false` when there is none.
    async fn one_less(&mut self) -> bool {
        tokio::select! {
            Some(ended) = self.asking.join_next() => {
                if let Ok(Some(line)) = ended {
                    self.lines.spawn(line.tell());
                }
            }
            Some(_) = self.lines.join_next() => {}
            else => return false,
        }
        true
    }
}

/// A connection that ended before it began is nobody's loss; without room for another, waiting is all that helps.
async fn missed(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionReset) {
        tracing::error!(%error, "a connection could not be accepted");
        tokio::time::sleep(NO_ROOM).await;
    }
}

/// Answers all requests of one connection, one after the other; gives the line it has become, if one asked to listen.
async fn answer<E>(
    stream: TcpStream,
    from: SocketAddr,
    endpoint: Arc<E>,
    shutdown: Shutdown,
    limits: Limits,
) -> Option<Line>
where
    E: Endpoint<Output = Response> + 'static,
{
    // Answers are small, and somebody waits for each.
    let (Ok(()), Ok(at)) = (stream.set_nodelay(true), stream.local_addr()) else { return None };
    let begins = Arc::new(Mutex::new(None));
    let asked = AtomicBool::new(false);
    let service = service_fn(|request: poem::http::Request<Incoming>| {
        let listens = request.method() == Method::GET;
        let (here, there) = (Addr::SocketAddr(at), Addr::SocketAddr(from));
        let request: Request = (request, LocalAddr(here), RemoteAddr(there), Scheme::HTTP).into();
        let (endpoint, begins) = (Arc::clone(&endpoint), Arc::clone(&begins));
        asked.store(true, Ordering::Relaxed);
        async move {
            let response =
                timeout(limits.answered, endpoint.get_response(request)).await.unwrap_or_else(|_| too_slow());
            if listens && is_live(&response) {
                *begins.lock().unwrap_or_else(PoisonError::into_inner) = Some(response);
                // The connection is taken out of hyper now; nothing more is heard of this.
                match pending::<Infallible>().await {}
            }
            Ok::<_, Infallible>(response.into())
        }
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SILENT)
        .half_close(true)
        .serve_connection(TokioIo::new(Patient::new(stream, limits.taken)), service);
    let mut goes_on = poll_fn(|context| {
        if shutdown.triggered() {
            Pin::new(&mut connection).graceful_shutdown();
        }
        let ended = Pin::new(&mut connection).poll(context).is_ready();
        let live = begins.lock().unwrap_or_else(PoisonError::into_inner).take();
        if ended || live.is_some() { Poll::Ready(live) } else { Poll::Pending }
    });
    let live = tokio::select! {
        live = &mut goes_on => live,
        () = shutdown.wait() => match timeout(LAST_WORDS, &mut goes_on).await {
            Ok(live) => live,
            // What is half asked is not waited for; what is being answered is, to the last byte.
            Err(_) if !asked.load(Ordering::Relaxed) => None,
            Err(_) => goes_on.await,
        },
    };
    Some(Line { live: live?, stream: connection.into_parts().io.into_inner().into_inner() })
}

/// The answer to who takes too long to ask, or asks for what takes too long.
fn too_slow() -> Response {
    problem(Description::new(
        StatusCode::REQUEST_TIMEOUT,
        "request_timeout",
        "Das hat zu lange gedauert. Bitte versuchen Sie es noch einmal.",
        "This took too long. Please try again.",
    ))
}

/// Whether it is told in a stream that has no end of its own.
fn is_live(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|it| it == EVENT_STREAM)
}

/// A connection whose one answer has begun and goes on until either side ends it.
struct Line {
    stream: TcpStream,
    live: Response,
}

impl Line {
    /// Tells what there is to tell until the stream ends, the listener hangs up, or nobody takes what is said.
    async fn tell(self) {
        let Self { mut stream, live } = self;
        let mut next = head_of(&live);
        let mut events = pin!(live.into_body().into_bytes_stream());
        while let Ok(Ok(())) = timeout(SLOW, stream.write_all(&next)).await {
            // It is one text for all who listen; nobody keeps it longer than it takes to say.
            drop(next);
            let said = tokio::select! {
                said = events.next() => said.and_then(Result::ok),
                () = hung_up(&stream) => None,
            };
            match said {
                Some(said) => next = said,
                None => break,
            }
        }
    }
}

/// The head of an answer whose end is the end of the connection (RFC 9112, 6.3).
#[expect(clippy::disallowed_methods, reason = "the date of an answer is the machine's, as in hyper's own")]
fn head_of(live: &Response) -> Bytes {
    let date = httpdate::fmt_http_date(SystemTime::now());
    let mut head = format!("HTTP/1.1 {}\r\ndate: {date}\r\n", live.status()).into_bytes();
    for (name, value) in live.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"connection: close\r\n\r\n");
    head.into()
}

/// Waits until the listener has hung up. What it may still say is of no interest.
async fn hung_up(stream: &TcpStream) {
    while stream.readable().await.is_ok() {
        match stream.try_read(&mut [0; 64]) {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return,
            Ok(_) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use poem::{Body, Route, handler};
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
    use tokio::sync::mpsc;
    use tokio::task::JoinHandle;

    use super::*;
    use poem::EndpointExt;

    #[handler]
    fn hello() -> &'static str {
        "hello"
    }

    /// More than lies between two ends of a socket.
    const LARGE: usize = 20_000_000;

    struct Server {
        address: SocketAddr,
        shutdown: Shutdown,
        task: JoinHandle<()>,
        events: mpsc::UnboundedSender<&'static str>,
    }

    /// The limits of most tests.
    fn usual() -> Limits {
        Limits::new(100, Duration::from_secs(5))
    }

    /// A server with a page, and a live one that tells what is sent to it.
    async fn server() -> Server {
        server_within(usual()).await
    }

    async fn server_within(limits: Limits) -> Server {
        let (events, told) = mpsc::unbounded_channel();
        let told = Arc::new(Mutex::new(Some(told)));
        let live = poem::endpoint::make_sync(move |_| {
            let told = told.lock().unwrap().take().expect("one listener");
            let events = stream::unfold(told, |mut told| async move {
                Some((Ok::<_, io::Error>(Bytes::from(told.recv().await?)), told))
            });
            Response::builder().content_type(EVENT_STREAM).body(Body::from_bytes_stream(events))
        });
        let slow = poem::endpoint::make(|_| async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            "slow"
        });
        let large = poem::endpoint::make_sync(|_| "x".repeat(LARGE));
        let never = poem::endpoint::make(|_| pending::<&'static str>());
        let route = Route::new()
            .at("/", poem::get(hello))
            .at("/live", live)
            .at("/slow", slow)
            .at("/large", large)
            .at("/never", never);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), Shutdown::new());
        let task = tokio::spawn(serve(listener, route.map_to_response(), shutdown.clone(), limits));
        Server { address, shutdown, task, events }
    }

    impl Server {
        async fn line(&self, ask: &str) -> BufReader<TcpStream> {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(format!("{ask} HTTP/1.1\r\nhost: here\r\n\r\n").as_bytes()).await.unwrap();
            BufReader::new(stream)
        }
    }

    async fn head(line: &mut BufReader<TcpStream>) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(line.read_line(&mut head).await.unwrap() > 0, "{head}");
        }
        head.to_lowercase()
    }

    async fn rest(mut line: BufReader<TcpStream>) -> String {
        let mut rest = String::new();
        line.read_to_string(&mut rest).await.unwrap();
        rest
    }

    #[tokio::test]
    async fn a_connection_answers_one_request_after_the_other() {
        let server = server().await;
        let mut line = server.line("GET /").await;
        for _ in 0..2 {
            let head = head(&mut line).await;
            assert!(head.starts_with("http/1.1 200 ok") && head.contains("content-length: 5"), "{head}");
            let mut body = [0; 5];
            line.read_exact(&mut body).await.unwrap();
            assert_eq!(&body, b"hello");
            line.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_listener_is_told_everything_until_the_end() {
        let server = server().await;
        // On a connection that answered something else before.
        let mut line = server.line("GET /").await;
        head(&mut line).await;
        line.read_exact(&mut [0; 5]).await.unwrap();
        line.write_all(b"GET /live HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        let head = head(&mut line).await;
        assert!(head.starts_with("http/1.1 200 ok\r\ndate: "), "{head}");
        assert!(
            head.contains("content-type: text/event-stream") && head.contains("connection: close"),
            "{head}"
        );
        for said in ["data: one\n", "data: two\n"] {
            server.events.send(said).unwrap();
            let mut heard = String::new();
            line.read_line(&mut heard).await.unwrap();
            assert_eq!(heard, said);
        }
        let Server { events, .. } = server;
        events.send("data: last\n").unwrap();
        drop(events);
        assert_eq!(rest(line).await, "data: last\n");
    }

    #[tokio::test]
    async fn whoever_hangs_up_is_told_nothing_more() {
        let server = server().await;
        let mut line = server.line("GET /live").await;
        head(&mut line).await;
        assert!(!server.events.is_closed());
        drop(line);
        server.events.closed().await;
    }

    #[tokio::test]
    async fn whoever_only_asks_for_the_head_gets_it() {
        let server = server().await;
        let mut line = server.line("HEAD /live").await;
        assert!(head(&mut line).await.contains("text/event-stream"));
        server.events.closed().await;
    }

    #[tokio::test]
    async fn what_was_asked_for_is_answered_before_it_stops() {
        let server = server().await;
        let (mut slow, idle) =
            (server.line("GET /slow").await, TcpStream::connect(server.address).await.unwrap());
        let mut live = server.line("GET /live").await;
        head(&mut live).await;
        server.shutdown.trigger();
        assert!(head(&mut slow).await.contains("connection: close"));
        assert_eq!(rest(slow).await, "slow");
        assert!(!server.task.is_finished(), "somebody listens, and the stream has no end yet");
        drop(server.events);
        assert_eq!(rest(live).await, "");
        server.task.await.unwrap();
        drop(idle);
    }

    #[tokio::test]
    async fn whoever_reads_slowly_gets_all_of_it_before_it_stops() {
        let server = server().await;
        let mut line = server.line("GET /large").await;
        head(&mut line).await;
        server.shutdown.trigger();
        tokio::time::sleep(LAST_WORDS * 3).await;
        assert_eq!(rest(line).await.len(), LARGE);
        server.task.await.unwrap();
    }

    #[tokio::test]
    async fn who_has_said_all_there_is_to_ask_is_answered() {
        let server = server().await;
        let mut line = server.line("GET /slow").await;
        line.get_mut().shutdown().await.unwrap();
        assert!(head(&mut line).await.starts_with("http/1.1 200 ok"));
        assert_eq!(rest(line).await, "slow");
    }

    #[tokio::test]
    async fn who_goes_before_the_live_page_begins_is_told_nothing() {
        let server = server().await;
        drop(server.line("GET /live").await);
        server.events.closed().await;
    }

    #[tokio::test]
    async fn who_takes_nothing_of_an_answer_is_given_up() {
        let patience = Duration::from_secs(3600);
        let limits = Limits { taken: Duration::from_millis(50), stopping: patience, ..usual() };
        let server = server_within(limits).await;
        let mut line = server.line("GET /large").await;
        head(&mut line).await;
        server.shutdown.trigger();
        // It ends although nobody reads on, and nobody hangs up.
        server.task.await.unwrap();
        drop(line);
    }

    #[tokio::test]
    async fn what_takes_too_long_is_told_as_every_other_problem() {
        let server = server_within(Limits { answered: Duration::from_millis(50), ..usual() }).await;
        let mut line = server.line("GET /never").await;
        let head = head(&mut line).await;
        assert!(head.starts_with("http/1.1 408") && head.contains("application/problem+json"), "{head}");
        line.get_mut().shutdown().await.unwrap();
        let problem: serde_json::Value = serde_json::from_str(&rest(line).await).unwrap();
        assert_eq!((&problem["code"], &problem["status"]), (&"request_timeout".into(), &408.into()));
        assert!(problem["detail"]["de"].is_string() && problem["detail"]["en"].is_string(), "{problem}");
    }

    #[tokio::test]
    async fn who_finds_no_room_waits_until_another_one_has_gone() {
        let server = server_within(Limits { open: 2, ..usual() }).await;
        let mut live = server.line("GET /live").await;
        head(&mut live).await;
        let mut first = server.line("GET /").await;
        head(&mut first).await;
        let mut waits = server.line("GET /").await;
        let mut heard = String::new();
        let early = timeout(Duration::from_millis(50), waits.read_line(&mut heard)).await;
        assert!(early.is_err(), "two are open: {heard}");
        drop(first);
        assert!(head(&mut waits).await.starts_with("http/1.1 200 ok"));
    }

    #[tokio::test]
    async fn what_is_half_asked_delays_nobody() {
        let server = server().await;
        let mut half = TcpStream::connect(server.address).await.unwrap();
        half.write_all(b"GET / HT").await.unwrap();
        // It is accepted before this one is answered.
        head(&mut server.line("GET /").await).await;
        server.shutdown.trigger();
        timeout(Duration::from_secs(4), server.task).await.expect("long before its limit").unwrap();
    }
}

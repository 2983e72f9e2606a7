//! How fast everybody who watches an office is told of a call, and what each of them costs the server.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::json;
use system_tests::harness::{Caller, TestDatabase};
use system_tests::people::{Desk, enrol, fresh_key, list, text};
use system_tests::town::Town;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::measured::{Figures, percentile_ms};

const SERVICE: &str = "personalausweis-beantragen";
const LISTENERS: usize = 10_000;
const DISPLAYS: usize = 200;
const PAGES: usize = 2_000;
/// A full waiting room; families and the nervous have several pages open.
const VISITORS: usize = 60;
const CALLS: usize = 50;
/// Who comes to the door at once.
const AT_ONCE: usize = 64;
const LONG: Duration = Duration::from_secs(60);

/// `live_10k`: ten thousand ticket pages on one server, one call, until the last percent is told; `live_10k_memory`: what
/// each of them takes. `LOTSE_BENCH_LISTENERS` names another number, to try it out.
pub async fn ten_thousand(figures: &mut Figures) {
    let named = std::env::var("LOTSE_BENCH_LISTENERS").ok().and_then(|it| it.parse().ok());
    let listeners: usize = named.unwrap_or(LISTENERS);
    may_open(listeners + 200);
    let house = House::opens().await;
    let desk = house.desk().await;
    let tickets = house.visitors_come(VISITORS.min(listeners / 10)).await;
    let mut audience = Audience::default();
    // A few first, so that what is there once for all is not counted.
    house.open_pages(&mut audience, &tickets, AT_ONCE).await;
    let before = house.town.serve.resident_mib().unwrap_or(f64::NAN);
    house.open_pages(&mut audience, &tickets, listeners).await;

    // The first in the line: everybody behind them has one less before them then. Whom the rule would call early may be
    // another one, and those before that one would see no difference.
    let first = text(&desk.queue().await, "/here/0/id");
    let began = Instant::now();
    desk.calls(&first).await.expect(200);
    let mut took = HashMap::new();
    while took.len() < audience.shows.len() {
        let heard = audience.hears().await;
        if audience.shows[heard.listener] != heard.line {
            took.entry(heard.listener).or_insert(heard.at - began);
        }
    }
    let after = house.town.serve.resident_mib().unwrap_or(f64::NAN);
    let mut took: Vec<Duration> = took.into_values().collect();
    let (half, last) = (percentile_ms(&mut took, 0.5), percentile_ms(&mut took, 1.0));
    println!("# {listeners} listeners: half of them told after {half:.1} ms, all after {last:.1} ms");
    figures.at_most("live_10k", percentile_ms(&mut took, 0.99), "ms", 250.0);
    let each = (after - before) * 1024.0 / listeners as f64;
    figures.at_most("live_10k_memory", each, "KiB_a_listener", 20.0);
}

/// `call_to_display_p99`: from the beginning of a call's POST until the number is at each display, while ticket pages are
/// told, too.
pub async fn call_to_display(figures: &mut Figures) {
    may_open(DISPLAYS + PAGES + 200);
    let house = House::opens().await;
    let desk = house.desk().await;
    let tickets = house.visitors_come(VISITORS.max(CALLS)).await;
    let mut audience = Audience::default();
    house.open_displays(&mut audience, DISPLAYS).await;
    house.open_pages(&mut audience, &tickets, PAGES).await;

    let mut took = Vec::with_capacity(CALLS * DISPLAYS);
    for _ in 0..CALLS {
        let began = Instant::now();
        let called = desk.calls_next().await.expect(200);
        let line = Line::Called(text(&called, "/number"));
        let mut at_display = HashMap::new();
        while at_display.len() < DISPLAYS {
            let heard = audience.hears().await;
            if heard.line == line && heard.at >= began {
                at_display.entry(heard.listener).or_insert(heard.at - began);
            }
        }
        took.extend(at_display.into_values());
        let visit = text(&called, "/id");
        desk.does(&visit, "start", &json!({})).await.expect(200);
        let delivered = json!({ "delivered": [{ "service": SERVICE, "quantity": 1 }] });
        desk.does(&visit, "finish", &delivered).await.expect(200);
    }
    println!("# half of the displays show a call after {:.1} ms", percentile_ms(&mut took, 0.5));
    figures.at_most("call_to_display_p99", percentile_ms(&mut took, 0.99), "ms", 250.0);
}

/// Fails with a sentence where the system would fail with a number.
fn may_open(connections: usize) {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|it| it.starts_with("Max open files"));
    let limit = line.and_then(|it| it.split_whitespace().nth(3)).and_then(|it| it.parse::<usize>().ok());
    assert!(
        limit.is_none_or(|limit| limit >= connections),
        "{connections} connections need as many open files; `ulimit -n` allows {}",
        limit.unwrap_or_default()
    );
}

/// What a listener shows that a call changes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// A ticket page: how many come before, and whether its holder is called.
    Ahead(String, bool),
    /// A display: the number called last.
    Called(String),
}

impl Line {
    /// Read off the text: parsing it would take longer than telling it.
    fn of(event: &str) -> Option<Self> {
        if let Some((_, calls)) = event.split_once("\"calls\":[") {
            // Whatever order the fields of a call have, its own number stands before any other call's.
            let number = calls.split_once("\"number\":\"").filter(|_| !calls.starts_with(']'));
            let number = number.and_then(|(_, rest)| rest.split('"').next());
            return Some(Self::Called(number.unwrap_or_default().to_owned()));
        }
        let ahead = event.split_once("\"ahead\":")?.1.split([',', '}']).next()?;
        Some(Self::Ahead(ahead.to_owned(), event.contains("\"state\":\"called\"")))
    }
}

/// Somebody was told something.
struct Heard {
    listener: usize,
    at: Instant,
    line: Line,
}

/// Everybody who listens; their lines end with this value.
struct Audience {
    lines: JoinSet<()>,
    told: UnboundedSender<Heard>,
    heard: UnboundedReceiver<Heard>,
    /// What each of them showed last, before anything was measured.
    shows: Vec<Line>,
}

impl Default for Audience {
    fn default() -> Self {
        let (told, heard) = unbounded_channel();
        Self { lines: JoinSet::new(), told, heard, shows: Vec::new() }
    }
}

impl Audience {
    /// These come, and are told how it is.
    async fn come(&mut self, lines: Vec<TcpStream>) {
        let first = self.shows.len();
        let mut shows: Vec<Option<Line>> = lines.iter().map(|_| None).collect();
        for (line, listener) in lines.into_iter().zip(first..) {
            self.lines.spawn(listen(line, listener, self.told.clone()));
        }
        while shows.iter().any(Option::is_none) {
            let heard = self.hears().await;
            match heard.listener.checked_sub(first) {
                Some(new) => shows[new] = Some(heard.line),
                None => self.shows[heard.listener] = heard.line,
            }
        }
        self.shows.extend(shows.into_iter().flatten());
    }

    async fn hears(&mut self) -> Heard {
        let heard = tokio::time::timeout(LONG, self.heard.recv()).await;
        heard.expect("everybody is told within a minute").expect("this end is open")
    }
}

struct House {
    town: Town,
    office: serde_json::Value,
    admin: Caller,
}

impl House {
    async fn opens() -> Self {
        let town = Town::single_with_counters(TestDatabase::create(), 6).await;
        let admin = town.admin().await;
        let office = list(&town.api.get("/town", &Caller::Nobody).await.expect(200), "/offices")[0].clone();
        Self { town, office, admin }
    }

    async fn desk(&self) -> Desk<'_> {
        Desk::opens(&self.town.api, self.town.desk_login(), &text(&self.office, "/id"), "B").await
    }

    /// Draws so many tickets; gives their secrets.
    async fn visitors_come(&self, visitors: usize) -> Vec<String> {
        let terminal = enrol(&self.town.api, &self.admin, "terminal", &self.office).await;
        let body = json!({ "service": SERVICE, "language": "de" });
        let mut tickets = Vec::with_capacity(visitors);
        for _ in 0..visitors {
            let drawn = self.town.api.post_once("/tickets", &terminal, &fresh_key(), &body).await.expect(201);
            tickets.push(text(&drawn, "/ticket_token"));
        }
        tickets
    }

    async fn open_displays(&self, audience: &mut Audience, displays: usize) {
        for _ in 0..displays {
            let display = enrol(&self.town.api, &self.admin, "display", &self.office).await;
            let Caller::Bearer(token) = display else { panic!("a display has a token") };
            audience.come(vec![self.line("/display/live", &token).await]).await;
        }
    }

    /// Opens so many pages, each of one of the tickets in turn.
    async fn open_pages(&self, audience: &mut Audience, tickets: &[String], pages: usize) {
        let mut left = tickets.iter().cycle().take(pages).peekable();
        while left.peek().is_some() {
            let mut lines = Vec::with_capacity(AT_ONCE);
            for ticket in left.by_ref().take(AT_ONCE) {
                lines.push(self.line("/ticket/live", ticket).await);
            }
            audience.come(lines).await;
        }
    }

    /// A line on which the request is under way; as small as can be, for both ends share this machine.
    async fn line(&self, path: &str, token: &str) -> TcpStream {
        let address = self.town.api.base.trim_start_matches("http://");
        let mut line = TcpStream::connect(address).await.expect("the server listens");
        let request = format!(
            "GET /api/v1{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n"
        );
        line.write_all(request.as_bytes()).await.expect("the server reads");
        line
    }
}

/// Passes on what is told on a line until it ends.
async fn listen(mut line: TcpStream, listener: usize, told: UnboundedSender<Heard>) {
    let mut text = Vec::new();
    // Chunks are told apart by the empty line after each event, whatever stands around them.
    while let Ok(1..) = line.read_buf(&mut text).await {
        let at = Instant::now();
        while let Some(end) = text.windows(3).position(|it| it == b"}\n\n") {
            let event = String::from_utf8_lossy(&text[..=end]);
            if let Some(line) = Line::of(&event) {
                let _ended = told.send(Heard { listener, at, line });
            }
            text.drain(..end + 3);
        }
        text.shrink_to(0);
    }
}

//! A mail server small enough to misbehave on purpose: it speaks plain SMTP, keeps an append-only ledger of the mails it
//! took, and falls silent, hangs up or refuses at whatever step it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// The account of a server that wants one.
pub const USER: &str = "termine";
/// Its password.
pub const PASSWORD: &str = "password-of-the-fake-mail-server";

/// A step of the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Hello,
    SignIn,
    Sender,
    Recipient,
    Data,
    /// After the whole mail has come; it is in the ledger only when the answer is good.
    Content,
    /// After the mail was taken and stands in the ledger.
    Accepted,
}

/// What goes wrong at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// This line instead of the good answer.
    Answer(Step, &'static str),
    /// Nothing more is said.
    Hang(Step),
    /// The line drops.
    Drop(Step),
}

impl Trouble {
    fn step(&self) -> Step {
        match self {
            Trouble::Answer(step, _) | Trouble::Hang(step) | Trouble::Drop(step) => *step,
        }
    }
}

/// One line of the ledger: a mail the server took.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Head and body, dots unstuffed.
    pub text: String,
}

impl Mail {
    /// The value of a field of the head, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.text.split_once("\r\n\r\n")?;
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
        Some(line.to_owned())
    }

    /// The first part of a type, decoded.
    #[track_caller]
    pub fn part(&self, content_type: &str) -> String {
        let start = self.text.find(&format!("Content-Type: {content_type}"));
        let start = start.unwrap_or_else(|| panic!("no {content_type} in {}", self.text));
        let (head, body) = self.text[start..].split_once("\r\n\r\n").expect("a part has a body");
        let body = body.split("\r\n--").next().unwrap_or(body);
        if head.contains("base64") || self.encoding_before(start) == "base64" {
            let bytes = STANDARD.decode(body.replace("\r\n", "")).expect("base64");
            return String::from_utf8(bytes).expect("UTF-8");
        }
        if head.contains("quoted-printable") || self.encoding_before(start) == "quoted-printable" {
            return unquoted(body);
        }
        body.to_owned()
    }

    /// The encoding said before the type, in the same head.
    fn encoding_before(&self, at: usize) -> &str {
        let head = self.text[..at].rsplit("\r\n--").next().unwrap_or_default();
        let line = head.lines().find_map(|line| line.strip_prefix("Content-Transfer-Encoding: "));
        line.filter(|_| !head.contains("\r\n\r\n")).unwrap_or_default()
    }
}

/// Quoted-printable as text (RFC 2045 §6.7).
fn unquoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.filter(|_| *first == b'=').and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

#[derive(Default)]
struct State {
    ledger: Vec<Mail>,
    connections: usize,
    open: usize,
    begun: usize,
    script: VecDeque<Trouble>,
    always: Option<Trouble>,
    account: bool,
}

/// The running fake; ends with this value.
pub struct FakeSmtp {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    running: AbortHandle,
}

impl FakeSmtp {
    /// A server on a free port of the loopback interface that takes mail from everybody.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    lock(&state).connections += 1;
                    lock(&state).open += 1;
                    // Ends with the line, however it ends.
                    let _ = Dialogue::new(stream, &state).lead().await;
                    lock(&state).open -= 1;
                });
            }
        });
        Self { address, state, running: running.abort_handle() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// From now on only the account may send.
    pub fn want_account(&self) {
        self.state().account = true;
    }

    /// What goes wrong next, each once, in this order.
    pub fn script(&self, troubles: &[Trouble]) {
        self.state().script.extend(troubles.iter().cloned());
    }

    /// What goes wrong every time, until told otherwise.
    pub fn always(&self, trouble: Option<Trouble>) {
        self.state().always = trouble;
    }

    /// Every mail the server took, in order.
    pub fn ledger(&self) -> Vec<Mail> {
        self.state().ledger.clone()
    }

    /// How many lines were ever opened.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    /// How many lines are open.
    pub fn open(&self) -> usize {
        self.state().open
    }

    /// How many mails were begun, whatever came of them.
    pub fn begun(&self) -> usize {
        self.state().begun
    }
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.running.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The line has ended.
struct Ended;

impl From<std::io::Error> for Ended {
    fn from(_: std::io::Error) -> Self {
        Ended
    }
}

struct Dialogue<'a> {
    stream: BufReader<TcpStream>,
    state: &'a Mutex<State>,
    signed_in: bool,
    from: Option<String>,
    to: Vec<String>,
}

impl<'a> Dialogue<'a> {
    fn new(stream: TcpStream, state: &'a Mutex<State>) -> Self {
        Self { stream: BufReader::new(stream), state, signed_in: false, from: None, to: Vec::new() }
    }

    async fn lead(&mut self) -> Result<(), Ended> {
        self.answer(Step::Greeting, "220 mail.musterstadt.example ESMTP").await?;
        loop {
            let line = self.line().await?;
            let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.hello().await?,
                "AUTH" => self.sign_in(rest).await?,
                "MAIL" => self.sender(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" => self.mail().await?,
                "RSET" => {
                    self.forget();
                    self.say("250 2.0.0 Ok").await?;
                }
                "NOOP" => self.say("250 2.0.0 Ok").await?,
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => self.say("502 5.5.2 Not understood").await?,
            }
        }
    }

    async fn hello(&mut self) -> Result<(), Ended> {
        let account = lock(self.state).account;
        let ways = if account { "250-AUTH PLAIN LOGIN\r\n" } else { "" };
        let text = format!("250-mail.musterstadt.example\r\n{ways}250-ENHANCEDSTATUSCODES\r\n250 8BITMIME");
        self.answer(Step::Hello, &text).await?;
        Ok(())
    }

    async fn sign_in(&mut self, rest: &str) -> Result<(), Ended> {
        let given = rest.split_once(' ').map_or("", |(_, given)| given);
        let expected = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
        if given != expected {
            return self.say("535 5.7.8 Credentials invalid").await;
        }
        self.signed_in = self.answer(Step::SignIn, "235 2.7.0 Welcome").await?;
        Ok(())
    }

    async fn sender(&mut self, rest: &str) -> Result<(), Ended> {
        lock(self.state).begun += 1;
        if lock(self.state).account && !self.signed_in {
            return self.say("530 5.7.0 Authentication required").await;
        }
        if self.answer(Step::Sender, "250 2.1.0 Ok").await? {
            self.from = Some(mailbox(rest));
        }
        Ok(())
    }

    async fn recipient(&mut self, rest: &str) -> Result<(), Ended> {
        if self.from.is_none() {
            return self.say("503 5.5.1 MAIL first").await;
        }
        if self.answer(Step::Recipient, "250 2.1.5 Ok").await? {
            self.to.push(mailbox(rest));
        }
        Ok(())
    }

    async fn mail(&mut self) -> Result<(), Ended> {
        if self.to.is_empty() {
            return self.say("503 5.5.1 RCPT first").await;
        }
        if !self.answer(Step::Data, "354 End with a dot").await? {
            return Ok(());
        }
        let mut text = String::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push_str("\r\n");
        }
        // A refusal or a dropped line here means that the mail was not taken.
        if self.trouble(Step::Content).await? {
            let from = self.from.clone().unwrap_or_default();
            lock(self.state).ledger.push(Mail { from, to: self.to.clone(), text });
            self.answer(Step::Accepted, "250 2.0.0 Ok: queued as 4Xq7").await?;
        }
        self.forget();
        Ok(())
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// The good answer, unless trouble is due; says whether it was the good one.
    async fn answer(&mut self, step: Step, good: &str) -> Result<bool, Ended> {
        if !self.trouble(step).await? {
            return Ok(false);
        }
        self.say(good).await?;
        Ok(true)
    }

    /// Makes the trouble that is due at this step; true when there is none.
    async fn trouble(&mut self, step: Step) -> Result<bool, Ended> {
        let due = {
            let mut state = lock(self.state);
            if state.script.front().is_some_and(|trouble| trouble.step() == step) {
                state.script.pop_front()
            } else {
                state.always.clone().filter(|trouble| trouble.step() == step)
            }
        };
        match due {
            None => Ok(true),
            Some(Trouble::Answer(_, line)) => {
                self.say(line).await?;
                Ok(false)
            }
            Some(Trouble::Hang(_)) => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Err(Ended)
            }
            Some(Trouble::Drop(_)) => Err(Ended),
        }
    }

    async fn say(&mut self, line: &str) -> Result<(), Ended> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
        Ok(())
    }

    async fn line(&mut self) -> Result<String, Ended> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(Ended);
        }
        let line = String::from_utf8_lossy(&line).into_owned();
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// `FROM:<a@b> SIZE=1` → `a@b`.
fn mailbox(rest: &str) -> String {
    let inner = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(String::new(), |(mailbox, _)| mailbox.to_owned())
}

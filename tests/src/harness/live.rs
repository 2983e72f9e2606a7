//! A live stream as a page reads it: snapshots, the newest counts.

use std::time::{Duration, Instant};

use serde_json::Value;

/// An open stream of snapshots.
pub struct Live {
    answer: reqwest::Response,
    buffer: Vec<u8>,
}

impl Live {
    /// The stream behind an answer of type `text/event-stream`.
    pub fn of(answer: reqwest::Response) -> Self {
        Self { answer, buffer: Vec::new() }
    }

    /// The next snapshot.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|it| it == b"\n\n") {
                let event: Vec<u8> = self.buffer.drain(..end + 2).collect();
                let text = String::from_utf8_lossy(&event);
                let data: String =
                    text.lines().filter_map(|it| it.strip_prefix("data:")).map(str::trim).collect();
                if !data.is_empty() {
                    return serde_json::from_str(&data).ok();
                }
            }
            let chunk = self.answer.chunk().await.ok()??;
            self.buffer.extend(chunk.iter().filter(|it| **it != b'\r'));
        }
    }

    /// The first snapshot that satisfies `wanted`, and how long it took to come.
    pub async fn until(
        &mut self,
        longest: Duration,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> (Value, Duration) {
        let began = Instant::now();
        let found = tokio::time::timeout(longest, async {
            loop {
                match self.next().await {
                    Some(snapshot) if wanted(&snapshot) => return Some(snapshot),
                    Some(_) => {}
                    None => return None,
                }
            }
        })
        .await;
        match found {
            Ok(Some(snapshot)) => (snapshot, began.elapsed()),
            Ok(None) => panic!("the stream ended before: {what}"),
            Err(_) => panic!("not told within {longest:?}: {what}"),
        }
    }
}

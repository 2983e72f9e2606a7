//! Live pages: a full snapshot on connecting and after every change, so that a client never has to piece things
//! together; at least every fifteen seconds, so that ages stay right.
//!
//! What a page shows is read once for all who look at it ([`shared`]): an office for its displays, tickets and desks
//! ([`offices`]). What many are told in the same words is written once ([`written`]). So a listener costs a connection and
//! a little state, and a change costs one reading, however many listen.

pub mod offices;
pub mod shared;
pub mod written;

use std::future::Future;
use std::io;
use std::marker::PhantomData;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::{EventStream, Payload};
use poem_openapi::registry::{MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use runtime::metrics::LIVE_LISTENERS;

pub use self::written::Written;

/// What a live page is told in (WHATWG HTML, 9.2).
pub const EVENT_STREAM: &str = "text/event-stream";

/// A stream of snapshots that are written already. For clients it is an [`EventStream`]; that one would write every
/// snapshot again for every listener, and keeps four KiB for each to do so.
pub struct Live<T> {
    events: BoxStream<'static, Written>,
    of: PhantomData<fn() -> T>,
}

/// What clients see of it.
type Described<T> = EventStream<BoxStream<'static, T>>;

impl<T> Live<T> {
    /// What `next` says, one after the other, until it has nothing more to say.
    pub fn of<S, Fut>(state: S, next: impl FnMut(S) -> Fut + Send + 'static) -> Self
    where
        S: Send + 'static,
        Fut: Future<Output = Option<(Written, S)>> + Send + 'static,
    {
        let counted = Listening::begin();
        let events = stream::unfold(state, next).inspect(move |_| {
            let _as_long_as_it_lives = &counted;
        });
        Self { events: events.boxed(), of: PhantomData }
    }

    /// The same, but no longer than this.
    pub fn until(self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { events: self.events.take_until(end).boxed(), ..self }
    }
}

impl<T: Type + ToJSON + 'static> Payload for Live<T> {
    const CONTENT_TYPE: &'static str = Described::<T>::CONTENT_TYPE;

    fn schema_ref() -> MetaSchemaRef {
        Described::<T>::schema_ref()
    }

    fn register(registry: &mut Registry) {
        <Described<T> as Payload>::register(registry);
    }
}

impl<T: Type + ToJSON + 'static> ApiResponse for Live<T> {
    fn meta() -> MetaResponses {
        Described::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        <Described<T> as ApiResponse>::register(registry);
    }
}

impl<T: Send> IntoResponse for Live<T> {
    fn into_response(self) -> Response {
        let events = self.events.map(|written| Ok::<_, io::Error>(written.bytes()));
        Response::builder()
            .content_type(EVENT_STREAM)
            .header("X-Accel-Buffering", "no")
            .header("Cache-Control", "no-cache")
            .body(Body::from_bytes_stream(events))
    }
}

/// Counts an open stream for as long as it lives.
struct Listening;

impl Listening {
    fn begin() -> Self {
        metrics::gauge!(LIVE_LISTENERS).increment(1.0);
        Self
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        metrics::gauge!(LIVE_LISTENERS).decrement(1.0);
    }
}

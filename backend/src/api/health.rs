//! Whether the process lives, whether it can serve, and its figures.

use std::time::Duration;

use operations::App;
use poem::http::StatusCode;
use poem::web::{Data, Json, RemoteAddr};
use poem::{Addr, IntoResponse, Response, handler};
use serde_json::json;

use crate::figures::{self, Asked};

/// So long the database has to answer whoever asks whether we can serve.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process lives.
#[handler]
pub fn live() -> Response {
    Json(json!({ "status": "live", "version": env!("CARGO_PKG_VERSION") })).into_response()
}

/// The process can serve: the database answers. Redis may be away; that is told, but serving goes on.
#[handler]
pub async fn ready(app: Data<&App>) -> Response {
    let answers = tokio::time::timeout(PATIENCE, app.db.ping()).await;
    let database = !app.db.is_away() && matches!(answers, Ok(Ok(())));
    if !database {
        app.db.look_after();
    }
    let status = if database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({
        "status": if database { "ready" } else { "not_ready" },
        "database": database,
        "redis": app.bus.redis_connected(),
    });
    Json(body).with_status(status).into_response()
}

/// The figures for Prometheus, on a port of their own.
#[handler]
pub async fn metrics(app: Data<&App>, asked: Data<&Asked>) -> Response {
    text(figures::render(&app, &asked).await)
}

/// The figures for Prometheus on the main port: for callers on this machine only.
#[handler]
pub async fn metrics_for_this_machine(from: &RemoteAddr, app: Data<&App>, asked: Data<&Asked>) -> Response {
    match &from.0 {
        Addr::SocketAddr(peer) if peer.ip().to_canonical().is_loopback() => {
            text(figures::render(&app, &asked).await)
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn text(figures: String) -> Response {
    figures.with_content_type("text/plain; version=0.0.4; charset=utf-8").into_response()
}

//! Puts the server together and runs it: routes, the order of what wraps them, limits, the graceful stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use channels::gateway::webhook::PATH as GATEWAY_PATH;
use channels::twilio::webhook::{SMS_PATH, STATUS_PATH};
use channels::web_push::WebPush;
use domain::contact::PhoneNumber;
use operations::App;
use poem::http::{Method, header};
use poem::middleware::{Compression, CookieJarManager};
use poem::web::{CompressionAlgo, CompressionLevel};
use poem::{Endpoint, EndpointExt, Response, Route};
use runtime::config::MetricsListen;
use runtime::{Config, Shutdown};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api::demo::Demo;
use crate::api::health;
use crate::api::push::Pushes;
use crate::api::town::DemoMode;
use crate::api::webhooks::{self, Hooks};
use crate::auth::staff_session::StaffAccess;
use crate::connections::{self, Limits};
use crate::figures::Asked;
use crate::guard::Guard;
use crate::idempotency::Idempotency;
use crate::link_tries::LinkTries;
use crate::live::offices::Offices;
use crate::openapi;
use crate::rate_limit::RateLimit;
use crate::tenant::Tenant;
use crate::web::{self, Web};

/// What a server is made of.
#[derive(Clone)]
pub struct ServerParts {
    /// The verbs' state.
    pub app: App,
    /// The settings.
    pub config: Arc<Config>,
    /// What the demo is made of; present in the demo only.
    pub demo: Option<Demo>,
    /// Who checks the browsers that want pushes; absent where there are none.
    pub push: Option<WebPush>,
}

impl ServerParts {
    /// A server of a real town.
    pub fn new(app: App, config: Arc<Config>) -> Self {
        Self { app, config, demo: None, push: None }
    }
}

/// A server that listens.
pub struct RunningServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl RunningServer {
    /// Where it listens; the real port when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it has stopped.
    ///
    /// # Errors
    /// When it broke down.
    pub async fn stopped(self) -> std::io::Result<()> {
        self.task.await.map_err(std::io::Error::other)
    }
}

/// Listens and answers until told to stop; running requests end first, within the configured time.
///
/// # Errors
/// When the address cannot be bound.
pub async fn start(parts: ServerParts, shutdown: Shutdown) -> std::io::Result<RunningServer> {
    let listener = TcpListener::bind(parts.config.listen).await?;
    let address = listener.local_addr()?;
    serve_metrics(&parts.app, &parts.config, &shutdown).await?;
    let limits = limits(&parts.config);
    let service = service(parts, shutdown.clone());
    let task = tokio::spawn(connections::serve(listener, service, shutdown, limits));
    tokio::task::spawn_blocking(PhoneNumber::unpack_knowledge);
    tracing::info!(%address, "listening");
    Ok(RunningServer { address, task })
}

/// Answers `/metrics` on a port of its own where the settings name one; for workers without a server, too.
///
/// # Errors
/// When the address cannot be bound.
pub async fn serve_metrics(app: &App, config: &Config, shutdown: &Shutdown) -> std::io::Result<()> {
    let MetricsListen::Own(own) = config.metrics.listen else { return Ok(()) };
    let listener = TcpListener::bind(own).await?;
    let route = Route::new().at("/metrics", health::metrics).data(app.clone()).data(Asked::default());
    tokio::spawn(connections::serve(listener, route.map_to_response(), shutdown.clone(), limits(config)));
    Ok(())
}

fn limits(config: &Config) -> Limits {
    let stopping = Duration::from_secs(config.http.stop_seconds);
    Limits::new(connections::room_for(config.http.max_connections), stopping)
}

/// Everything that answers, ready to be served or called by a test.
pub fn service(parts: ServerParts, shutdown: Shutdown) -> impl Endpoint<Output = Response> + 'static {
    let config = Arc::clone(&parts.config);
    let api = openapi::service();
    let docs = api.swagger_ui();
    let spec = api.spec_endpoint();
    let compression =
        || Compression::new().algorithms([CompressionAlgo::GZIP]).with_quality(CompressionLevel::Fastest);
    let api = api
        .with(Idempotency)
        .with(CookieJarManager::new())
        .with(RateLimit::new(&config.http))
        .with(Tenant::new(parts.app.clone()))
        .with(compression());
    let demo = DemoMode(parts.demo.is_some());
    let pages = Web::new(config.http.web_dir.clone(), demo);
    let mut route = Route::new()
        .nest_no_strip("/api/v1/openapi.json", spec)
        .nest("/api/v1", api)
        .nest("/api/docs", docs)
        .at(STATUS_PATH, poem::post(webhooks::twilio_status))
        .at(SMS_PATH, poem::post(webhooks::twilio_sms))
        .at(GATEWAY_PATH, poem::post(webhooks::gateway))
        .at("/health/live", health::live)
        .at("/health/ready", health::ready)
        .at("/brand.css", web::brand_css.with(Tenant::new(parts.app.clone())))
        .at("/app.webmanifest", web::manifest.with(Tenant::new(parts.app.clone())))
        .nest("/", pages.with(compression()));
    if config.metrics.listen == MetricsListen::Main {
        route = route.at("/metrics", health::metrics_for_this_machine);
    }
    let service = route
        .data(parts.app.clone())
        .data(Arc::clone(&config))
        .data(demo)
        .data(parts.demo)
        .data(Pushes(parts.push))
        .data(StaffAccess::from(&*config))
        .data(Offices::new(parts.app.clone(), shutdown.clone()))
        .data(LinkTries::default())
        .data(Stopping(shutdown))
        .data(Asked::default())
        .data(Hooks::new(&parts.app, &config))
        .boxed();
    service.with(Guard::new(parts.app, &config)).map_to_response()
}

/// Tells streams that never end by themselves that the server stops.
#[derive(Clone)]
pub struct Stopping(pub Shutdown);

/// Whether a request may change something.
pub(crate) fn may_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The header under which requests are numbered.
pub(crate) const REQUEST_ID_HEADER: header::HeaderName = header::HeaderName::from_static("x-request-id");

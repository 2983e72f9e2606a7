//! The embedded front ends: pages, their assets, and what each town colours and names.

use std::path::PathBuf;
use std::sync::Arc;

use domain::town::Town;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::web::Data;
use poem::{Endpoint, IntoResponse, Request, Response, Result, handler};
use rust_embed::{Embed, EmbeddedFile};
use serde_json::json;

use crate::api::town::DemoMode;

#[derive(Embed)]
#[folder = "../mobile/dist"]
#[allow_missing = true]
#[exclude = "*.map"]
struct Built;

/// The pages of all surfaces.
pub struct Web {
    folder: Option<PathBuf>,
    demo: DemoMode,
}

/// One file of the front ends.
struct Asset {
    bytes: Vec<u8>,
    etag: String,
}

impl Web {
    /// From this folder, or from what was built into the binary.
    pub fn new(folder: Option<PathBuf>, demo: DemoMode) -> Self {
        Self { folder, demo }
    }

    /// Whether any front end was built into the binary.
    pub fn embedded() -> bool {
        Built::get("index.html").is_some()
    }

    fn asset(&self, name: &str) -> Option<Asset> {
        match &self.folder {
            None => Built::get(name).map(|file: EmbeddedFile| Asset {
                etag: format!("\"{}\"", hex(&file.metadata.sha256_hash()[..12])),
                bytes: file.data.into_owned(),
            }),
            Some(folder) => {
                let path = folder.join(name);
                // Only files below the folder, whatever the name says.
                let path = path
                    .canonicalize()
                    .ok()
                    .filter(|path| folder.canonicalize().is_ok_and(|root| path.starts_with(root)))?;
                let bytes = std::fs::read(path).ok()?;
                Some(Asset { etag: format!("\"{}\"", hex(&sha256(&bytes)[..12])), bytes })
            }
        }
    }

    /// The page that answers a path which names no file.
    fn page(&self, path: &str) -> &'static str {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        match first {
            "terminal" => "terminal.html",
            "display" => "display.html",
            "desk" => "desk.html",
            "ops" => "ops.html",
            "phone" if self.demo.0 => "phone.html",
            _ => "index.html",
        }
    }
}

impl Endpoint for Web {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(poem::error::MethodNotAllowedError.into());
        }
        let path = request.original_uri().path().to_owned();
        let name = path.trim_start_matches('/');
        let is_file = name.rsplit('/').next().is_some_and(|last| last.contains('.'));
        if is_file {
            return match self.asset(name) {
                Some(asset) => Ok(answer(&request, name, asset)),
                None => Err(poem::error::NotFoundError.into()),
            };
        }
        if name.starts_with("api/") || name.starts_with("hooks/") || name.starts_with("health/") {
            return Err(poem::error::NotFoundError.into());
        }
        let page = self.page(&path);
        match self.asset(page) {
            Some(asset) => Ok(answer(&request, page, asset)),
            None => Ok(not_built()),
        }
    }
}

fn answer(request: &Request, name: &str, asset: Asset) -> Response {
    let lasting = name.starts_with("assets/");
    let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request.header(header::IF_NONE_MATCH).is_some_and(|etags| etags.contains(&asset.etag));
    let builder = Response::builder()
        .header(header::CACHE_CONTROL, cache)
        .header(header::ETAG, &asset.etag)
        .header(header::VARY, "accept-encoding");
    if known {
        return builder.status(StatusCode::NOT_MODIFIED).finish();
    }
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let text = kind.type_() == mime_guess::mime::TEXT || kind.subtype() == mime_guess::mime::JAVASCRIPT;
    let kind = if text { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    builder.content_type(kind).body(asset.bytes)
}

/// What to do when the binary was built without its front ends; the API answers all the same.
fn not_built() -> Response {
    const PAGE: &str = "<!doctype html><html lang=\"de\"><meta charset=\"utf-8\"><title>Lotse</title>\
        <h1>Die Oberflächen sind nicht gebaut</h1>\
        <p>Die Schnittstelle unter <a href=\"/api/docs\">/api/docs</a> läuft.</p>\
        <p>Front ends are missing from this build: run <code>cd mobile &amp;&amp; npm ci &amp;&amp; npm run build</code>, \
        then build the binary again (or start it with <code>http.web_dir</code>).</p></html>";
    PAGE.with_content_type("text/html; charset=utf-8")
        .with_status(StatusCode::SERVICE_UNAVAILABLE)
        .into_response()
}

/// The town's colours; they outrank the style sheets of the pages.
#[handler]
pub fn brand_css(Data(town): Data<&Arc<Town>>) -> Response {
    let settings = &town.settings;
    let css = format!(
        ":root:root{{--town:{};--on-town:#fff;--town-dark:{};}}\n",
        css_color(&settings.color),
        css_color(&settings.color_dark)
    );
    no_cache(css.with_content_type("text/css; charset=utf-8").into_response())
}

/// The web app's manifest, with the town's name and colour.
#[handler]
pub fn manifest(Data(town): Data<&Arc<Town>>) -> Response {
    let manifest = json!({
        "name": format!("{} Termine", town.name),
        "short_name": "Termine",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "lang": "de",
        "theme_color": town.settings.color,
        "background_color": "#ffffff",
        "icons": [
            { "src": "/icon-192.png", "sizes": "192x192", "type": "image/png" },
            { "src": "/icon-512.png", "sizes": "512x512", "type": "image/png" },
            { "src": "/icon-maskable.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable" }
        ]
    });
    no_cache(manifest.to_string().with_content_type("application/manifest+json").into_response())
}

fn no_cache(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A colour as CSS hex; anything else becomes the default, so that settings cannot inject rules.
fn css_color(color: &str) -> &str {
    let hex = color.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    });
    if hex { color } else { "#1f48b0" }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

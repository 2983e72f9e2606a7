//! Pushes to the browser somebody chose: subscribe, unsubscribe, and what its service worker reports.

use std::sync::Arc;

use channels::web_push::WebPush;
use domain::ids::MessageId;
use domain::messaging::attempt::PushSubscription;
use domain::town::Town;
use operations::App;
use operations::messaging::push::{self, PushRefused, Wisher};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::auth::visitor::{Proof, Visitor};
use crate::problem::{ApiError, Describe, Description};

/// Pushes to browsers.
pub struct PushApi;

/// Sends pushes; present where there is a key to sign them with.
#[derive(Clone, Debug)]
pub struct Pushes(pub Option<WebPush>);

/// What a browser subscribes with.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct PushKey {
    /// The `applicationServerKey`, base64url; `null` where there are no pushes.
    pub key: Option<String>,
}

/// A subscription as the browser gave it.
#[derive(Clone, Debug, Object)]
pub struct Browser {
    /// The address at the browser's push service.
    #[oai(validator(max_length = 512))]
    pub endpoint: String,
    /// The browser's public key, base64url.
    #[oai(validator(max_length = 200))]
    pub p256dh: String,
    /// The browser's secret, base64url.
    #[oai(validator(max_length = 100))]
    pub auth: String,
}

/// A browser that was told so far.
#[derive(Clone, Debug, Object)]
pub struct BrowserEndpoint {
    /// The address at the browser's push service.
    #[oai(validator(max_length = 512))]
    pub endpoint: String,
}

/// A browser whose push service gave it another address.
#[derive(Clone, Debug, Object)]
pub struct RenewedBrowser {
    /// The address before.
    #[oai(validator(max_length = 512))]
    pub before: String,
    /// The subscription now.
    pub now: Browser,
}

/// The proof that a push reached the browser.
#[derive(Clone, Debug, Object)]
pub struct ShownRequest {
    /// The secret that came with the push.
    #[oai(validator(max_length = 100))]
    pub token: String,
}

#[derive(ApiResponse)]
enum Noted {
    /// It is noted.
    #[oai(status = 204)]
    Noted,
}

impl Pushes {
    /// The client and the subscription, checked and with the name of the key it was made with.
    fn accept(&self, browser: Browser) -> Result<PushSubscription, Box<Description>> {
        let client = self.0.as_ref().ok_or_else(|| Box::new(PushRefused::Off.describe()))?;
        let Browser { endpoint, p256dh, auth } = browser;
        let vapid_key = Some(client.key_id().to_owned());
        let subscription = PushSubscription { endpoint, p256dh, auth, vapid_key };
        client.accept(&subscription).map_err(|refused| Box::new(refused.describe()))?;
        Ok(subscription)
    }
}

fn wisher(proof: Proof) -> Wisher {
    match proof {
        Proof::Ticket(holder) => Wisher::Holder(holder),
        Proof::Booking(citizen) => Wisher::Citizen(citizen),
    }
}

#[OpenApi(tag = "Tag::Push")]
impl PushApi {
    /// The key that browsers subscribe with.
    #[oai(path = "/push/key", method = "get", operation_id = "get_push_key")]
    async fn get_push_key(&self, pushes: Data<&Pushes>) -> Json<PushKey> {
        Json(PushKey { key: pushes.0.0.as_ref().map(|client| client.public_key().to_owned()) })
    }

    /// Tells a browser of everything about the own appointment or ticket; said again, it is the same.
    #[oai(path = "/push/browsers", method = "post", operation_id = "subscribe_push")]
    async fn subscribe_push(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        pushes: Data<&Pushes>,
        by: Visitor,
        request: Json<Browser>,
    ) -> Result<Noted, ApiError> {
        let subscription = pushes.accept(request.0).map_err(|refused| *refused)?;
        push::subscribe(&app, &town, wisher(by.0), subscription).await?;
        Ok(Noted::Noted)
    }

    /// Tells a browser nothing more about the own appointment or ticket.
    #[oai(path = "/push/browsers/remove", method = "post", operation_id = "unsubscribe_push")]
    async fn unsubscribe_push(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Visitor,
        request: Json<BrowserEndpoint>,
    ) -> Result<Noted, ApiError> {
        push::unsubscribe(&app, &town, wisher(by.0), &request.endpoint).await?;
        Ok(Noted::Noted)
    }

    /// The push service gave a browser another address; who knows the one before is that browser.
    #[oai(path = "/push/browsers/renew", method = "post", operation_id = "renew_push")]
    async fn renew_push(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        pushes: Data<&Pushes>,
        request: Json<RenewedBrowser>,
    ) -> Result<Noted, ApiError> {
        let RenewedBrowser { before, now } = request.0;
        let subscription = pushes.accept(now).map_err(|refused| *refused)?;
        push::renew(&app, &town, &before, &subscription).await?;
        Ok(Noted::Noted)
    }

    /// A browser showed a message: no SMS has to stand in for it.
    #[oai(path = "/push/shown/:id", method = "post", operation_id = "push_shown")]
    async fn push_shown(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        /// The message.
        id: Path<Uuid>,
        request: Json<ShownRequest>,
    ) -> Result<Noted, ApiError> {
        push::shown(&app, &town, MessageId(id.0), &request.token).await?;
        Ok(Noted::Noted)
    }
}

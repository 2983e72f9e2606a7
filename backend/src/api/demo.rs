//! The demo's own pages: where its surfaces are, and the simulated phones at the far side of the network.
//! Outside the demo there is no such thing.

use std::sync::Arc;
use std::time::Duration;

use channels::simulator::{Direction, Letter, Phone, Simulator, Text};
use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::town::Town;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use operations::App;
use poem::http::StatusCode;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::{EventStream, Json};
use poem_openapi::{Object, OpenApi};
use tokio::sync::broadcast::error::RecvError;

use crate::api::Tag;
use crate::problem::{ApiError, Description, failed};
use crate::server::Stopping;

/// The demo's own pages.
pub struct DemoApi;

/// What the demo is made of; present in the demo only.
#[derive(Clone)]
pub struct Demo {
    /// The phones.
    pub phones: Simulator,
    /// Its surfaces, logins and where its data lies.
    pub guide: Arc<DemoGuide>,
}

/// Where everything of the demo is.
#[derive(Clone, Debug, Object)]
pub struct DemoGuide {
    /// The pages.
    pub surfaces: Vec<DemoSurface>,
    /// Who can sign in.
    pub logins: Vec<DemoLogin>,
    /// The pace of the clock.
    pub speed: f64,
    /// Where the data lies.
    pub data_dir: String,
}

/// A page of the demo.
#[derive(Clone, Debug, Object)]
pub struct DemoSurface {
    /// What it is.
    pub name: String,
    /// Its address.
    pub url: String,
}

/// A login of the demo.
#[derive(Clone, Debug, Object)]
pub struct DemoLogin {
    /// What the person may do.
    pub role: String,
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
}

/// A simulated phone with its newest message.
#[derive(Clone, Debug, Object)]
pub struct DemoPhone {
    /// The number, as Germans read it.
    pub number: String,
    /// When the newest message came or went.
    pub last_at: DateTime<Utc>,
    /// How the newest message begins.
    pub preview: String,
}

/// All phones, the one with the newest message first.
#[derive(Clone, Debug, Object)]
pub struct DemoPhones {
    /// The phones; at most 200.
    pub numbers: Vec<DemoPhone>,
}

/// An SMS on a simulated phone.
#[derive(Clone, Debug, Object)]
pub struct DemoSms {
    /// The network's own id of it.
    pub id: String,
    /// `to_phone` or `from_phone`.
    pub direction: String,
    /// The text.
    pub body: String,
    /// When.
    pub at: DateTime<Utc>,
    /// `delivered`.
    pub state: String,
}

/// An e-mail in a simulated mailbox.
#[derive(Clone, Debug, Object)]
pub struct DemoMail {
    /// Its id.
    pub id: String,
    /// Whose mailbox.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// What its calendar entry does: `request` or `cancel`.
    pub calendar: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// An answer typed at a simulated phone.
#[derive(Clone, Debug, Object)]
pub struct DemoReply {
    /// The text.
    #[oai(validator(min_length = 1, max_length = 1600))]
    pub body: String,
}

#[derive(poem_openapi::ApiResponse)]
enum Sent {
    /// It is on its way.
    #[oai(status = 202)]
    Sent,
}

/// Phones shown at most.
const SHOWN: usize = 200;

#[OpenApi(tag = "Tag::Demo")]
impl DemoApi {
    /// Where everything of the demo is.
    #[oai(path = "/demo", method = "get", operation_id = "get_demo")]
    async fn get_demo(&self, demo: Data<&Option<Demo>>) -> Result<Json<DemoGuide>, ApiError> {
        Ok(Json(DemoGuide::clone(&known(&demo)?.guide)))
    }

    /// The simulated phones, the one with the newest message first.
    #[oai(path = "/demo/phones", method = "get", operation_id = "list_demo_phones")]
    async fn list_demo_phones(&self, demo: Data<&Option<Demo>>) -> Result<Json<Vec<DemoPhone>>, ApiError> {
        Ok(Json(phones(&known(&demo)?.phones)))
    }

    /// The phones again whenever one of them gets or sends something.
    #[oai(path = "/demo/phones/live", method = "get", operation_id = "watch_demo_phones")]
    async fn watch_demo_phones(
        &self,
        demo: Data<&Option<Demo>>,
        stopping: Data<&Stopping>,
    ) -> Result<EventStream<BoxStream<'static, DemoPhones>>, ApiError> {
        let network = known(&demo)?.phones.clone();
        let changes = network.subscribe();
        let first = stream::once({
            let network = network.clone();
            async move { DemoPhones { numbers: phones(&network) } }
        });
        let next = stream::unfold((network, changes), |(network, mut changes)| async move {
            match changes.recv().await {
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
            // Several messages at once are one look.
            tokio::time::sleep(Duration::from_millis(50)).await;
            while changes.try_recv().is_ok() {}
            Some((DemoPhones { numbers: phones(&network) }, (network, changes)))
        });
        let stop = stopping.0.0.clone();
        let all = first.chain(next).take_until(async move { stop.wait().await });
        Ok(EventStream::new(all.boxed()).keep_alive(Duration::from_secs(15)))
    }

    /// What one phone got and sent, oldest first.
    #[oai(path = "/demo/phones/:number", method = "get", operation_id = "read_demo_phone")]
    async fn read_demo_phone(
        &self,
        demo: Data<&Option<Demo>>,
        number: Path<String>,
    ) -> Result<Json<Vec<DemoSms>>, ApiError> {
        let number = parse(&number)?;
        Ok(Json(known(&demo)?.phones.messages(&number).into_iter().map(DemoSms::from).collect()))
    }

    /// The e-mails of all simulated mailboxes, the newest first.
    #[oai(path = "/demo/mails", method = "get", operation_id = "list_demo_mails")]
    async fn list_demo_mails(&self, demo: Data<&Option<Demo>>) -> Result<Json<Vec<DemoMail>>, ApiError> {
        Ok(Json(known(&demo)?.phones.letters().into_iter().map(DemoMail::from).collect()))
    }

    /// Answers from a phone, as its owner would.
    #[oai(path = "/demo/phones/:number/reply", method = "post", operation_id = "reply_from_demo_phone")]
    async fn reply_from_demo_phone(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        demo: Data<&Option<Demo>>,
        number: Path<String>,
        reply: Json<DemoReply>,
    ) -> Result<Sent, ApiError> {
        let number = parse(&number)?;
        let phones = &known(&demo)?.phones;
        let to = town.settings.sms_number.clone().unwrap_or_default();
        let inbound = phones.reply(&number, &to, &reply.body, app.clock.now());
        operations::messaging::record_inbound(&app, &town, inbound)
            .await
            .map_err(|failure| failed(&failure))?;
        Ok(Sent::Sent)
    }
}

fn phones(network: &Simulator) -> Vec<DemoPhone> {
    let one = |phone: Phone| DemoPhone {
        number: phone.number.national(),
        last_at: phone.last_at,
        preview: phone.preview.chars().take(80).collect(),
    };
    network.conversations().into_iter().take(SHOWN).map(one).collect()
}

impl From<Letter> for DemoMail {
    fn from(letter: Letter) -> Self {
        Self {
            id: letter.id,
            to: letter.to,
            subject: letter.subject,
            text: letter.text,
            calendar: letter.calendar.map(|method| method.as_str().to_lowercase()),
            at: letter.at,
        }
    }
}

impl From<Text> for DemoSms {
    fn from(text: Text) -> Self {
        let direction = match text.direction {
            Direction::ToPhone => "to_phone",
            Direction::FromPhone => "from_phone",
        };
        Self {
            id: text.id,
            direction: direction.to_owned(),
            body: text.body,
            at: text.at,
            state: "delivered".to_owned(),
        }
    }
}

#[expect(clippy::result_large_err, reason = "the error is the answer of the handler")]
fn known(demo: &Option<Demo>) -> Result<&Demo, ApiError> {
    demo.as_ref().ok_or_else(|| {
        Description::new(
            StatusCode::NOT_FOUND,
            "not_a_demo",
            "Das gibt es nur in der Vorführung.",
            "This exists in the demo only.",
        )
        .into()
    })
}

#[expect(clippy::result_large_err, reason = "the error is the answer of the handler")]
fn parse(number: &str) -> Result<PhoneNumber, ApiError> {
    PhoneNumber::parse(number, &["DE".to_owned()]).map_err(|_| {
        Description::new(
            StatusCode::NOT_FOUND,
            "no_such_phone",
            "Diese Nummer gibt es hier nicht.",
            "There is no such number.",
        )
        .into()
    })
}

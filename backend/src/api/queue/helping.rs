//! What staff does for one another: sending somebody on, minutes, notes, calling for help, finding somebody.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::{CounterId, EmergencyId, OfficeId, PoolId, VisitId};
use domain::town::Town;
use operations::App;
use operations::queue::search::Found;
use operations::queue::transfer::{self, Target, Transfer};
use operations::queue::{emergencies, notes, search};
use poem::http::StatusCode;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::desk::{Answer, answer, office_of};
use super::desk_types::{Emergency, Visit};
use crate::api::Tag;
use crate::api::appointments::Item;
use crate::api::town::OfficeRef;
use crate::auth::staff_session::Desk;
use crate::problem::{ApiError, Description, failed};

/// What staff does for one another.
pub struct HelpingApi;

/// Where somebody goes on; either a counter or a pool.
#[derive(Clone, Debug, Object)]
pub struct TransferRequest {
    /// The only counter that is to call them.
    pub counter_id: Option<Uuid>,
    /// The pool any counter of which may call them.
    pub pool_id: Option<Uuid>,
    /// Also where nobody serves at the moment.
    #[oai(default)]
    pub confirmed: bool,
    /// What colleagues there should know.
    #[oai(validator(max_length = 500))]
    pub note: Option<String>,
}

/// Minutes granted.
#[derive(Clone, Debug, Object)]
pub struct GrantRequest {
    /// Up by so many minutes; down when negative.
    #[oai(validator(minimum(value = "-240"), maximum(value = "240")))]
    pub minutes: i32,
    /// Why, for the log; nothing personal.
    #[oai(validator(max_length = 200))]
    pub reason: String,
}

/// A note for colleagues.
#[derive(Clone, Debug, Object)]
pub struct NoteRequest {
    /// What it says.
    #[oai(validator(max_length = 500))]
    pub text: String,
}

/// Whom to look for. It stands in the body, so that no log of addresses knows it.
#[derive(Clone, Debug, Object)]
pub struct FindRequest {
    /// A mobile number, a check-in code, or a name.
    #[oai(validator(min_length = 2, max_length = 100))]
    pub query: String,
}

/// An appointment that was found.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct FoundBooking {
    /// The booking.
    pub booking_id: Uuid,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// The person, while their particulars are kept.
    pub name: String,
    /// Where.
    pub office: OfficeRef,
    /// Where it stands.
    pub state: String,
    /// The services.
    pub items: Vec<Item>,
}

/// Who was found.
#[derive(Clone, Debug, Object)]
pub struct FoundPeople {
    /// Their appointments, soonest first.
    pub bookings: Vec<FoundBooking>,
    /// Whether there are more than these.
    pub more: bool,
}

impl From<Found> for FoundBooking {
    fn from(found: Found) -> Self {
        Self {
            booking_id: found.booking.id.0,
            starts_at: found.booking.starts_at,
            name: found.name,
            office: OfficeRef { id: found.booking.office.0, name: found.office_name },
            state: found.booking.state.as_str().to_owned(),
            items: found
                .items
                .into_iter()
                .map(|item| Item { service: item.slug, name: item.name.into(), quantity: item.quantity })
                .collect(),
        }
    }
}

#[expect(clippy::result_large_err, reason = "the error is the answer of the handler")]
fn one_target(request: &TransferRequest) -> Result<Target, ApiError> {
    match (request.counter_id, request.pool_id) {
        (Some(counter), None) => Ok(Target::Counter(CounterId(counter))),
        (None, Some(pool)) => Ok(Target::Pool(PoolId(pool))),
        (Some(_), Some(_)) | (None, None) => Err(Description::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Bitte wählen Sie einen Platz oder einen Bereich.",
            "Please choose a counter or an area.",
        )
        .into()),
    }
}

#[OpenApi(tag = "Tag::Desk")]
impl HelpingApi {
    /// Sends somebody on to a counter or a pool; the waiting time counts there. Where the zone changes, the answer is
    /// the new visit with its new number.
    #[oai(path = "/visits/:id/transfer", method = "post", operation_id = "transfer_visit")]
    async fn transfer_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<TransferRequest>,
    ) -> Answer<Visit> {
        let to = one_target(&request)?;
        let wish = Transfer { to, confirmed: request.confirmed, note: request.0.note };
        let visit = transfer::transfer(&app, &town, &by.0, VisitId(id.0), wish).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Moves somebody who waits up or down; the log keeps why.
    #[oai(path = "/visits/:id/grant", method = "post", operation_id = "grant_visit")]
    async fn grant_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<GrantRequest>,
    ) -> Answer<Visit> {
        let granted = (i64::from(request.minutes), request.reason.as_str());
        let visit = transfer::grant(&app, &town, &by.0, VisitId(id.0), granted).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Notes something about a visitor for colleagues.
    #[oai(path = "/visits/:id/notes", method = "post", operation_id = "note_visit")]
    async fn note_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<NoteRequest>,
    ) -> Answer<Visit> {
        let visit = notes::write(&app, &town, &by.0, VisitId(id.0), &request.text).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Calls all colleagues of the office for help; one's own office without more. Pressed again it is the same call.
    #[oai(path = "/emergencies", method = "post", operation_id = "raise_emergency")]
    async fn raise_emergency(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        office: Query<Option<Uuid>>,
    ) -> Answer<Emergency> {
        let office = office_of(&app, &town, &by.0, office.0.map(OfficeId)).await?;
        let raised = emergencies::raise(&app, &town, &by.0, office).await?;
        Ok(Json(Emergency::of(raised, &by.0)))
    }

    /// Says that one comes.
    #[oai(path = "/emergencies/:id/answer", method = "post", operation_id = "answer_emergency")]
    async fn answer_emergency(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Emergency> {
        let answered = emergencies::answer(&app, &town, &by.0, EmergencyId(id.0)).await?;
        Ok(Json(Emergency::of(answered, &by.0)))
    }

    /// It is over.
    #[oai(path = "/emergencies/:id/end", method = "post", operation_id = "end_emergency")]
    async fn end_emergency(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Emergency> {
        let ended = emergencies::end(&app, &town, &by.0, EmergencyId(id.0)).await?;
        Ok(Json(Emergency::of(ended, &by.0)))
    }

    /// Finds appointments of the coming weeks by mobile number, check-in code or name. Who looked is kept, and a keyed
    /// hash of what for.
    #[oai(path = "/staff/search", method = "post", operation_id = "find_people")]
    async fn find_people(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        office: Query<Option<Uuid>>,
        request: Json<FindRequest>,
    ) -> Answer<FoundPeople> {
        let office = office_of(&app, &town, &by.0, office.0.map(OfficeId)).await?;
        let found = search::find(&app, &town, &by.0, office, &request.query).await;
        let (bookings, more) = found.map_err(|failure| failed(&failure))?;
        Ok(Json(FoundPeople { bookings: bookings.into_iter().map(FoundBooking::from).collect(), more }))
    }
}

//! The desk: counters, the queue, and what staff does with a visit.

use std::sync::Arc;

use domain::actor::StaffMember;
use domain::ids::{BookingId, CounterId, OfficeId, VisitId};
use domain::town::Town;
use operations::queue::calling::{self, TwoCalls};
use operations::queue::counters::IfTaken;
use operations::queue::{Delivered, arrival, counters, desk, serving};
use operations::{App, queue};
use poem::Request;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use super::desk_types::{Counter, QueueView, Visit};
use super::not_found;
use crate::api::Tag;
use crate::api::appointments::ItemRequest;
use crate::api::staff::{StaffMe, me};
use crate::auth::staff_session::{Desk, until_signed_out};
use crate::live::offices::{Offices, Shown};
use crate::live::shared::{Look, Turn};
use crate::live::{Live, Written};
use crate::problem::{ApiError, failed};

/// The desk.
pub struct DeskApi;

/// Which counter calls.
#[derive(Clone, Debug, Object)]
pub struct CallRequest {
    /// The counter.
    pub counter_id: Uuid,
}

/// Whether to take a break.
#[derive(Clone, Debug, Object)]
pub struct PauseRequest {
    /// `true` for a break, `false` to come back.
    pub paused: bool,
}

/// The services delivered.
#[derive(Clone, Debug, Object)]
pub struct FinishRequest {
    /// Which, and how often.
    #[oai(validator(max_items = 40))]
    pub delivered: Vec<ItemRequest>,
}

/// Why somebody is put aside.
#[derive(Clone, Debug, Object)]
pub struct ParkRequest {
    /// A note for colleagues.
    #[oai(validator(max_length = 200))]
    pub reason: Option<String>,
}

#[derive(ApiResponse)]
enum Done {
    /// It is done.
    #[oai(status = 204)]
    Done,
}

pub(super) type Answer<T> = Result<Json<T>, ApiError>;

#[OpenApi(tag = "Tag::Desk")]
impl DeskApi {
    /// All counters of the town with what happens there.
    #[oai(path = "/counters", method = "get", operation_id = "list_counters")]
    async fn list_counters(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: Desk,
    ) -> Answer<Vec<Counter>> {
        let list = counters::list(&app, &town).await.map_err(|failure| failed(&failure))?;
        Ok(Json(list.into_iter().map(Counter::from).collect()))
    }

    /// Sits down at a counter; with `take_over=true` also at one that a colleague left open.
    #[oai(path = "/counters/:id/open", method = "post", operation_id = "open_counter")]
    async fn open_counter(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        take_over: Query<Option<bool>>,
    ) -> Answer<StaffMe> {
        let if_taken = if take_over.0 == Some(true) { IfTaken::TakeOver } else { IfTaken::Refuse };
        counters::open(&app, &town, &by.0, CounterId(id.0), if_taken).await?;
        Ok(Json(me(&app, &by.0).await?))
    }

    /// Leaves a counter.
    #[oai(path = "/counters/:id/close", method = "post", operation_id = "close_counter")]
    async fn close_counter(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<StaffMe> {
        counters::close(&app, &town, &by.0, CounterId(id.0)).await?;
        Ok(Json(me(&app, &by.0).await?))
    }

    /// Takes a break, or comes back.
    #[oai(path = "/counters/:id/pause", method = "post", operation_id = "pause_counter")]
    async fn pause_counter(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<PauseRequest>,
    ) -> Answer<StaffMe> {
        counters::pause(&app, &town, &by.0, CounterId(id.0), request.paused).await?;
        Ok(Json(me(&app, &by.0).await?))
    }

    /// The desk's first page; one's own office without more.
    #[oai(path = "/queue", method = "get", operation_id = "get_queue")]
    async fn get_queue(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        office: Query<Option<Uuid>>,
    ) -> Answer<QueueView> {
        let office = office_of(&app, &town, &by.0, office.0.map(OfficeId)).await?;
        let view = desk::view(&app, &town, &by.0, office).await.map_err(|failure| failed(&failure))?;
        let view = view.ok_or_else(not_found)?;
        Ok(Json(QueueView::of(view, &app, town.zone, &by.0)))
    }

    /// The desk's first page, again after every change; ends with the session.
    #[oai(path = "/queue/live", method = "get", operation_id = "watch_queue")]
    async fn watch_queue(
        &self,
        offices: Data<&Offices>,
        town: Data<&Arc<Town>>,
        by: Desk,
        office: Query<Option<Uuid>>,
        request: &Request,
    ) -> Result<Live<QueueView>, ApiError> {
        let office = office_of(offices.app(), &town, &by.0, office.0.map(OfficeId)).await?;
        let look = offices.look(town.id, office);
        let signed_out = until_signed_out(request, offices.app(), &town);
        Ok(Live::of(Page { look, by: by.0, app: offices.app().clone() }, Page::next).until(signed_out))
    }

    /// Calls the next visitor: the smallest due, early only if nobody gets late by it.
    #[oai(path = "/queue/call-next", method = "post", operation_id = "call_next")]
    async fn call_next(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        request: Json<CallRequest>,
    ) -> Answer<Visit> {
        let visit = calling::call_next(&app, &town, &by.0, CounterId(request.counter_id)).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Calls a particular visitor.
    #[oai(path = "/visits/:id/call", method = "post", operation_id = "call_visit")]
    async fn call_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<CallRequest>,
    ) -> Answer<Visit> {
        let counter = CounterId(request.counter_id);
        let visit = calling::call(&app, &town, &by.0, VisitId(id.0), counter).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Calls again.
    #[oai(path = "/visits/:id/recall", method = "post", operation_id = "recall_visit")]
    async fn recall_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Visit> {
        let visit = calling::recall(&app, &town, &by.0, VisitId(id.0)).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Takes a call back; the visitor keeps the place.
    #[oai(path = "/visits/:id/put-back", method = "post", operation_id = "put_back_visit")]
    async fn put_back_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Visit> {
        let visit = calling::put_back(&app, &town, &by.0, VisitId(id.0)).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// The visitor is at the counter.
    #[oai(path = "/visits/:id/start", method = "post", operation_id = "start_visit")]
    async fn start_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Visit> {
        let visit = serving::start(&app, &town, &by.0, VisitId(id.0)).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// The visit is done.
    #[oai(path = "/visits/:id/finish", method = "post", operation_id = "finish_visit")]
    async fn finish_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<FinishRequest>,
    ) -> Answer<Visit> {
        let delivered = request.0.delivered.into_iter();
        let delivered =
            delivered.map(|item| Delivered { service: item.service, quantity: item.quantity }).collect();
        let visit = serving::finish(&app, &town, &by.0, VisitId(id.0), delivered).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Nobody came after two calls; with `insist=true` staff knows that the person has gone.
    #[oai(path = "/visits/:id/missed", method = "post", operation_id = "mark_visit_missed")]
    async fn mark_visit_missed(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        insist: Query<Option<bool>>,
    ) -> Answer<Visit> {
        let rule = if insist.0 == Some(true) { TwoCalls::Overruled } else { TwoCalls::Asked };
        let visit = calling::mark_missed(&app, &town, &by.0, VisitId(id.0), rule).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Puts somebody aside.
    #[oai(path = "/visits/:id/park", method = "post", operation_id = "park_visit")]
    async fn park_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
        request: Json<ParkRequest>,
    ) -> Answer<Visit> {
        let visit = serving::park(&app, &town, &by.0, VisitId(id.0), request.0.reason).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Somebody who was put aside waits again.
    #[oai(path = "/visits/:id/resume", method = "post", operation_id = "resume_visit")]
    async fn resume_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Visit> {
        let visit = serving::resume(&app, &town, &by.0, VisitId(id.0)).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Somebody who was missed came back.
    #[oai(path = "/visits/:id/rejoin", method = "post", operation_id = "rejoin_visit")]
    async fn rejoin_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Visit> {
        let visit = serving::rejoin(&app, &town, (&by.0).into(), VisitId(id.0)).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// The visitor went away.
    #[oai(path = "/visits/:id/leave", method = "post", operation_id = "leave_visit")]
    async fn leave_visit(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Visit> {
        let visit = serving::leave_by_staff(&app, &town, &by.0, VisitId(id.0)).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Checks somebody in by hand.
    #[oai(path = "/bookings/:id/check-in", method = "post", operation_id = "check_in_booking")]
    async fn check_in_booking(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Answer<Visit> {
        let visit = arrival::check_in_by_staff(&app, &town, &by.0, BookingId(id.0)).await?;
        answer(&app, &town, &by.0, &visit).await
    }

    /// Nobody came for this booking.
    #[oai(path = "/bookings/:id/no-show", method = "post", operation_id = "mark_no_show")]
    async fn mark_no_show(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        id: Path<Uuid>,
    ) -> Result<Done, ApiError> {
        arrival::mark_no_show(&app, &town, &by.0, BookingId(id.0)).await?;
        Ok(Done::Done)
    }
}

/// The office asked for, else the one of the counter, else the town's first.
pub(super) async fn office_of(
    app: &App,
    town: &Town,
    by: &StaffMember,
    asked: Option<OfficeId>,
) -> Result<OfficeId, ApiError> {
    let wanted = match asked {
        Some(office) => Some(office),
        None => me(app, by).await?.office.map(|office| OfficeId(office.id)),
    };
    let offices = operations::town::offices(app, town).await.map_err(|failure| failed(&failure))?;
    let mut ids = offices.into_iter().map(|office| office.id);
    ids.find(|id| wanted.is_none_or(|wanted| wanted == *id)).ok_or_else(not_found)
}

/// The open page of somebody at a desk.
struct Page {
    look: Look<Shown>,
    by: StaffMember,
    app: App,
}

impl Page {
    async fn next(mut self) -> Option<(Written, Self)> {
        loop {
            let written = match self.look.next().await {
                Turn::Now(shown) => match Box::pin(self.of(&shown)).await {
                    Some(written) => written,
                    None => continue,
                },
                Turn::Quiet => Written::ALIVE,
                Turn::End => return None,
            };
            return Some((written, self));
        }
    }

    async fn of(&self, shown: &Shown) -> Option<Written> {
        match desk::view_of(&self.app, &shown.now, &self.by).await {
            Ok(view) => {
                let zone = shown.now.town.zone;
                Some(Written::snapshot(&QueueView::of(view, &self.app, zone, &self.by)))
            }
            Err(failure) => {
                tracing::warn!(error = %failure, "the page of a desk could not be read");
                None
            }
        }
    }
}

pub(super) async fn answer(app: &App, town: &Town, by: &StaffMember, visit: &queue::Visit) -> Answer<Visit> {
    let card = desk::card(app, town, by, visit).await.map_err(|failure| failed(&failure))?;
    Ok(Json(card.into()))
}

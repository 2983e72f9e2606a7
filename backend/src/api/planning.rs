//! Planning over HTTP: the week of an office, opening hours, closures, whom they displace, and moving everybody.

mod admission;
mod notices;
mod opening;
mod services;
mod setup;
mod terms;
mod texts;
mod types;

use std::sync::Arc;

use chrono::NaiveDate;
use domain::ids::{OfficeId, PoolId, ServiceId};
use domain::town::Town;
use operations::App;
use operations::appointments;
use operations::messaging;
use operations::planning::{self, Assumed};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::auth::staff_session::Admin;
use crate::problem::ApiError;
use admission::{FoyerCodeAsked, NewAdmission, TownAdmission};
use notices::{NewNotice, TownNotices};
use opening::{OpeningBody, RuleBody};
use services::{EditedService, OfferPlace, PlanServices, ServiceRequest};
use setup::{SetupBrings, SetupRequest};
use terms::TermsBody;
use texts::{NewText, TextDraft, TextHistory, TextPreview, TextShown, TownTexts};
use types::{
    ClosureBody, PlanClosure, PlanConflict, PlanWeek, ReplanRequest, ReplanResult, SetupChange, UndoResult,
};

/// Planning the week.
pub struct PlanningApi;

#[derive(ApiResponse)]
enum ClosureCreated {
    /// It is closed.
    #[oai(status = 201)]
    Closed(Json<PlanClosure>),
}

#[derive(ApiResponse)]
enum ServiceCreated {
    /// The service as it is kept.
    #[oai(status = 201)]
    Created(Json<EditedService>),
}

#[derive(ApiResponse)]
enum Reopened {
    /// The closure is gone.
    #[oai(status = 204)]
    Done,
}

#[derive(ApiResponse)]
enum ReplanCreated {
    /// What was moved and cancelled.
    #[oai(status = 201)]
    Done(Json<ReplanResult>),
}

#[OpenApi(tag = "Tag::Planning")]
impl PlanningApi {
    /// The week of an office that contains a day; this week without.
    #[oai(path = "/planning/weeks/:office", method = "get", operation_id = "get_week")]
    async fn get_week(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        office: Path<Uuid>,
        day: Query<Option<NaiveDate>>,
    ) -> Result<Json<PlanWeek>, ApiError> {
        let week = planning::week(&app, &town, &by.0, OfficeId(office.0), day.0).await?;
        Ok(Json(week.into()))
    }

    /// Whom a closure would displace, each with a proposal; nothing is changed.
    #[oai(path = "/planning/closures/preview", method = "post", operation_id = "preview_closure")]
    async fn preview_closure(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        request: Json<ClosureBody>,
    ) -> Result<Json<Vec<PlanConflict>>, ApiError> {
        let assumed = Assumed::Closed(request.0.read()?);
        let found = planning::preview(&app, &town, &by.0, &assumed).await?;
        Ok(Json(found.into_iter().map(PlanConflict::from).collect()))
    }

    /// Closes; no appointment is touched.
    #[oai(path = "/planning/closures", method = "post", operation_id = "close_office")]
    async fn close_office(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        request: Json<ClosureBody>,
    ) -> Result<ClosureCreated, ApiError> {
        let closed = planning::close(&app, &town, &by.0, &request.0.read()?).await?;
        Ok(ClosureCreated::Closed(Json(closed.into())))
    }

    /// Takes a closure back.
    #[oai(path = "/planning/closures/:id", method = "delete", operation_id = "reopen_office")]
    async fn reopen_office(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        id: Path<Uuid>,
    ) -> Result<Reopened, ApiError> {
        planning::reopen(&app, &town, &by.0, id.0).await?;
        Ok(Reopened::Done)
    }

    /// The opening hours of a pool.
    #[oai(path = "/planning/pools/:pool/opening", method = "get", operation_id = "get_opening")]
    async fn get_opening(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        pool: Path<Uuid>,
    ) -> Result<Json<OpeningBody>, ApiError> {
        let found = planning::opening_of_pool(&app, &town, &by.0, PoolId(pool.0)).await?;
        Ok(Json(opening(found)))
    }

    /// Whom other opening hours would displace, each with a proposal; nothing is changed.
    #[oai(path = "/planning/pools/:pool/opening/preview", method = "post", operation_id = "preview_opening")]
    async fn preview_opening(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        pool: Path<Uuid>,
        request: Json<OpeningBody>,
    ) -> Result<Json<Vec<PlanConflict>>, ApiError> {
        let assumed = Assumed::Opening(PoolId(pool.0), request.0.read()?);
        let found = planning::preview(&app, &town, &by.0, &assumed).await?;
        Ok(Json(found.into_iter().map(PlanConflict::from).collect()))
    }

    /// Replaces the opening hours of a pool; no appointment is touched.
    #[oai(path = "/planning/pools/:pool/opening", method = "put", operation_id = "set_opening")]
    async fn set_opening(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        pool: Path<Uuid>,
        request: Json<OpeningBody>,
    ) -> Result<Json<OpeningBody>, ApiError> {
        let rules = request.0.read()?;
        let pool = PoolId(pool.0);
        let kept = planning::set_opening(&app, &town, &by.0, pool, &rules, request.0.rev).await?;
        Ok(Json(opening(kept)))
    }

    /// All services, also internal ones and those that are switched off.
    #[oai(path = "/planning/services", method = "get", operation_id = "list_plan_services")]
    async fn list_plan_services(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<PlanServices>, ApiError> {
        Ok(Json(planning::services(&app, &town, &by.0).await?.into()))
    }

    /// The pools where a new service could be offered.
    #[oai(path = "/planning/places", method = "get", operation_id = "list_places")]
    async fn list_places(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<Vec<OfferPlace>>, ApiError> {
        Ok(Json(services::places(planning::pools_for_service(&app, &town, &by.0).await?)))
    }

    /// A service with everything that can be edited.
    #[oai(path = "/planning/services/:id", method = "get", operation_id = "get_plan_service")]
    async fn get_plan_service(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        id: Path<Uuid>,
    ) -> Result<Json<EditedService>, ApiError> {
        Ok(Json(services::edited(planning::service(&app, &town, &by.0, ServiceId(id.0)).await?)?))
    }

    /// Puts a new service in.
    #[oai(path = "/planning/services", method = "post", operation_id = "create_service")]
    async fn create_service(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        request: Json<ServiceRequest>,
    ) -> Result<ServiceCreated, ApiError> {
        let kept = planning::create_service(&app, &town, &by.0, &request.0.read()).await?;
        Ok(ServiceCreated::Created(Json(services::edited(kept)?)))
    }

    /// Replaces what is known of a service and where it is offered; each appointment keeps its own length.
    #[oai(path = "/planning/services/:id", method = "put", operation_id = "set_service")]
    async fn set_service(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        id: Path<Uuid>,
        request: Json<ServiceRequest>,
    ) -> Result<Json<EditedService>, ApiError> {
        let kept = planning::set_service(&app, &town, &by.0, ServiceId(id.0), &request.0.read()).await?;
        Ok(Json(services::edited(kept)?))
    }

    /// The whole set-up as one file: services, offices, pools, opening rules, closures, rules of booking.
    #[oai(path = "/planning/setup", method = "get", operation_id = "export_setup")]
    async fn export_setup(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<serde_json::Value>, ApiError> {
        Ok(Json(planning::export_setup(&app, &town, &by.0).await?))
    }

    /// Takes a set-up over: everything or nothing. What it does not name stays, and no appointment is touched.
    #[oai(path = "/planning/setup", method = "post", operation_id = "import_setup")]
    async fn import_setup(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        request: Json<SetupRequest>,
    ) -> Result<Json<SetupBrings>, ApiError> {
        let SetupRequest { file, only_check } = request.0;
        Ok(Json(planning::import_setup(&app, &town, &by.0, &file, only_check).await?.into()))
    }

    /// The rules of booking.
    #[oai(path = "/planning/terms", method = "get", operation_id = "get_booking_terms")]
    async fn get_booking_terms(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<TermsBody>, ApiError> {
        Ok(Json(planning::terms(&app, &town, &by.0).await?.into()))
    }

    /// Replaces the rules of booking; every server follows within ten seconds.
    #[oai(path = "/planning/terms", method = "put", operation_id = "set_booking_terms")]
    async fn set_booking_terms(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        request: Json<TermsBody>,
    ) -> Result<Json<TermsBody>, ApiError> {
        let kept = planning::set_terms(&app, &town, &by.0, &request.0.read(), request.0.rev).await?;
        Ok(Json(kept.into()))
    }

    /// How offices let people in, and who is there now.
    #[oai(path = "/planning/admission", method = "get", operation_id = "get_admission")]
    async fn get_admission(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<TownAdmission>, ApiError> {
        Ok(Json(planning::admission(&app, &town, &by.0).await?.into()))
    }

    /// Changes how an office lets people in, at once.
    #[oai(path = "/planning/admission/:office", method = "put", operation_id = "set_admission")]
    async fn set_admission(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        office: Path<Uuid>,
        request: Json<NewAdmission>,
    ) -> Result<Json<TownAdmission>, ApiError> {
        planning::set_admission(&app, &town, &by.0, OfficeId(office.0), request.0.read()).await?;
        Ok(Json(planning::admission(&app, &town, &by.0).await?.into()))
    }

    /// Changes whether phones need the code of the foyer; every server follows within ten seconds.
    #[oai(path = "/planning/foyer-code", method = "put", operation_id = "ask_foyer_code")]
    async fn ask_foyer_code(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        request: Json<FoyerCodeAsked>,
    ) -> Result<Json<TownAdmission>, ApiError> {
        planning::ask_foyer_code(&app, &town, &by.0, request.0.asked).await?;
        Ok(Json(planning::admission(&app, &town, &by.0).await?.into()))
    }

    /// What offices wrote on their displays.
    #[oai(path = "/planning/notices", method = "get", operation_id = "list_notices")]
    async fn list_notices(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<TownNotices>, ApiError> {
        Ok(Json(planning::notices(&app, &town, &by.0).await?.into()))
    }

    /// Writes on the displays of an office, or takes down what stands there; they follow at once.
    #[oai(path = "/planning/notices/:office", method = "put", operation_id = "set_notice")]
    async fn set_notice(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        office: Path<Uuid>,
        request: Json<NewNotice>,
    ) -> Result<Json<TownNotices>, ApiError> {
        let notice = request.0.read();
        planning::set_notice(&app, &town, &by.0, OfficeId(office.0), notice.as_ref()).await?;
        Ok(Json(planning::notices(&app, &town, &by.0).await?.into()))
    }

    /// The texts of SMS that the town may word itself, with what it made of them.
    #[oai(path = "/planning/texts", method = "get", operation_id = "list_texts")]
    async fn list_texts(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<TownTexts>, ApiError> {
        let all = messaging::texts::all(&app, &town, &by.0).await?;
        Ok(Json(TownTexts { texts: all.into_iter().map(TextShown::from).collect() }))
    }

    /// Gives a text another wording, or ours again; messages that are owed already keep theirs.
    #[oai(path = "/planning/texts/:kind/:language", method = "put", operation_id = "set_text")]
    async fn set_text(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        kind: Path<String>,
        language: Path<String>,
        new: Json<NewText>,
    ) -> Result<Json<TextShown>, ApiError> {
        let which = texts::which(&kind, &language)?;
        let template = new.template.as_deref();
        let kept = messaging::texts::set(&app, &town, &by.0, which, template, new.version).await?;
        Ok(Json(kept.into()))
    }

    /// What a wording would look like, and what is wrong with it.
    #[oai(path = "/planning/texts/:kind/:language/preview", method = "post", operation_id = "preview_text")]
    async fn preview_text(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        kind: Path<String>,
        language: Path<String>,
        draft: Json<TextDraft>,
    ) -> Result<Json<TextPreview>, ApiError> {
        let which = texts::which(&kind, &language)?;
        Ok(Json(messaging::texts::preview(&app, &town, &by.0, which, &draft.template)?.into()))
    }

    /// The former versions of a text, newest first.
    #[oai(path = "/planning/texts/:kind/:language/history", method = "get", operation_id = "text_history")]
    async fn text_history(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        kind: Path<String>,
        language: Path<String>,
    ) -> Result<Json<TextHistory>, ApiError> {
        let which = texts::which(&kind, &language)?;
        Ok(Json(messaging::texts::history(&app, &town, &by.0, which).await?.into()))
    }

    /// Moves and cancels displaced appointments; everybody is told once it can no longer be undone.
    #[oai(path = "/planning/replans", method = "post", operation_id = "replan")]
    async fn replan(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        request: Json<ReplanRequest>,
    ) -> Result<ReplanCreated, ApiError> {
        let done = appointments::replan(&app, &town, &by.0, &request.0.read()).await?;
        Ok(ReplanCreated::Done(Json(done.into())))
    }

    /// Puts everybody back where they were, before anybody is told.
    #[oai(path = "/planning/replans/:id/undo", method = "post", operation_id = "undo_replan")]
    async fn undo_replan(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        id: Path<Uuid>,
    ) -> Result<Json<UndoResult>, ApiError> {
        Ok(Json(appointments::undo_replan(&app, &town, &by.0, id.0).await?.into()))
    }

    /// Who changed opening hours, closures and rules of booking, newest first.
    #[oai(path = "/planning/changes", method = "get", operation_id = "list_setup_changes")]
    async fn list_setup_changes(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
    ) -> Result<Json<Vec<SetupChange>>, ApiError> {
        let found = planning::history(&app, &town, &by.0).await?;
        let change = |one: planning::Change| SetupChange {
            at: one.at,
            by: one.by,
            subject: one.subject,
            subject_id: one.subject_id,
            before: one.before,
            after: one.after,
        };
        Ok(Json(found.into_iter().map(change).collect()))
    }
}

fn opening(found: planning::OpeningOfPool) -> OpeningBody {
    OpeningBody { rules: found.rules.into_iter().map(RuleBody::from).collect(), rev: found.rev }
}

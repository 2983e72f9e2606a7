//! Displays and the public board: numbers, places and waits, never a name.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::{DeviceId, ZoneId};
use domain::town::Town;
use operations::App;
use operations::queue::now::OfficeNow;
use operations::queue::{Call, screens};
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::{WaitRange, not_found};
use crate::api::Tag;
use crate::api::schedule::Slot;
use crate::api::town::{Clock, OfficeRef, Zone};
use crate::auth::device_token::Display;
use crate::live::offices::{Offices, Present, Shown};
use crate::live::shared::{Look, Turn};
use crate::live::{Live, Written};
use crate::problem::{ApiError, Text, failed};

/// Displays and the public board.
pub struct ScreensApi;

/// A call as a display shows it.
#[derive(Clone, Debug, Object)]
pub struct DisplayCall {
    /// As shown: `B 012`.
    pub number: String,
    /// The letter of the waiting zone.
    pub letter: String,
    /// The digits: `012`.
    pub digits: String,
    /// The counter's number: `3`.
    pub counter: String,
    /// The counter's name: `Platz 3`.
    pub counter_name: String,
    /// The letter of the waiting zone.
    pub zone_letter: String,
    /// The last call.
    pub called_at: DateTime<Utc>,
    /// Whether it was just now.
    pub fresh: bool,
}

/// What a display shows.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct DisplayView {
    /// Its office.
    pub office: OfficeRef,
    /// The waiting zones it shows.
    pub zones: Vec<Zone>,
    /// Called and not yet there, newest first.
    pub calls: Vec<DisplayCall>,
    /// The last calls before.
    pub recent: Vec<DisplayCall>,
    /// Numbers that were told to come in lately, the last one first.
    pub let_in: Vec<String>,
    /// How many wait outside, because the house is full.
    pub outside: u32,
    /// How many wait.
    pub waiting: u32,
    /// The expected wait without appointment.
    pub wait: Option<WaitRange>,
    /// What else people should know.
    pub notice: Option<Text>,
    /// When this was so.
    pub generated_at: DateTime<Utc>,
    /// The town's clock.
    pub clock: Clock,
}

/// One office on the public board.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct LiveOffice {
    /// The office.
    pub office_id: Uuid,
    /// Its name.
    pub name: String,
    /// Whether it is open.
    pub open_now: bool,
    /// When it opens next, while it is closed.
    pub opens_next: Option<DateTime<Utc>>,
    /// Whether nobody gets a ticket without an appointment.
    pub appointment_only: bool,
    /// How many wait.
    pub waiting: u32,
    /// The expected wait without appointment.
    pub wait: Option<WaitRange>,
    /// Appointments still free today.
    pub free_today: Vec<Slot>,
}

/// The public board.
#[derive(Clone, Debug, Object)]
pub struct LiveBoard {
    /// The offices.
    pub offices: Vec<LiveOffice>,
    /// When this was so.
    pub generated_at: DateTime<Utc>,
}

#[OpenApi(tag = "Tag::Screens")]
impl ScreensApi {
    /// Waits and free appointments of today, for everybody.
    #[oai(path = "/live-board", method = "get", operation_id = "get_live_board")]
    async fn get_live_board(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
    ) -> Result<Json<LiveBoard>, ApiError> {
        let board = screens::board(&app, &town).await.map_err(|failure| failed(&failure))?;
        let offices = board
            .into_iter()
            .map(|office| LiveOffice {
                office_id: office.office.0,
                open_now: office.open_now,
                opens_next: office.opens_next,
                appointment_only: office.appointment_only,
                waiting: office.waiting,
                wait: office.wait.map(WaitRange::from),
                free_today: office
                    .free_today
                    .iter()
                    .map(|slot| Slot::of(town.zone, slot, &office.name))
                    .collect(),
                name: office.name,
            })
            .collect();
        Ok(Json(LiveBoard { offices, generated_at: app.clock.now() }))
    }

    /// What this display shows.
    #[oai(path = "/display", method = "get", operation_id = "get_display")]
    async fn get_display(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Display,
    ) -> Result<Json<DisplayView>, ApiError> {
        let now = OfficeNow::read(&app, town.id, by.0.office).await.map_err(|failure| failed(&failure))?;
        now.and_then(|now| DisplayView::of(&now, &app, by.0.id)).map(Json).ok_or_else(not_found)
    }

    /// What this display shows, again after every change; ends when the display is revoked.
    #[oai(path = "/display/live", method = "get", operation_id = "watch_display")]
    async fn watch_display(
        &self,
        offices: Data<&Offices>,
        town: Data<&Arc<Town>>,
        by: Display,
    ) -> Live<DisplayView> {
        let line = Line {
            display: by.0.id,
            look: offices.look(town.id, by.0.office),
            offices: offices.clone(),
            _present: offices.display_is_there(by.0.id),
            standing: Standing::New,
        };
        Live::of(line, Line::next)
    }
}

/// The open line of a display.
struct Line {
    display: DeviceId,
    look: Look<Shown>,
    offices: Offices,
    _present: Present,
    standing: Standing,
}

/// Whether the readings of the office know a display.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// None was looked at.
    New,
    /// The first one may be older than the display.
    Unknown,
    /// They do; once they no longer do, it was revoked.
    Known,
}

impl Line {
    async fn next(mut self) -> Option<(Written, Self)> {
        let written = match self.look.next().await {
            Turn::Now(shown) => match shown.now.zones_of(self.display).map(<[ZoneId]>::to_vec) {
                Some(zones) => {
                    self.standing = Standing::Known;
                    let view = || DisplayView::of(&shown.now, self.offices.app(), self.display);
                    shown.displays.page(zones, || view().as_ref().map(Written::snapshot))?
                }
                None if self.standing == Standing::New => {
                    self.standing = Standing::Unknown;
                    Written::ALIVE
                }
                None => return None,
            },
            Turn::Quiet => Written::ALIVE,
            Turn::End => return None,
        };
        Some((written, self))
    }
}

impl DisplayView {
    /// What a display shows of its office; `None` once it is revoked.
    fn of(now: &OfficeNow, app: &App, display: DeviceId) -> Option<Self> {
        let view = now.display(now.zones_of(display)?);
        Some(Self {
            calls: view.calls.into_iter().map(|(call, fresh)| shown(call, fresh)).collect(),
            recent: view.recent.into_iter().map(|call| shown(call, false)).collect(),
            let_in: view.let_in.iter().map(ToString::to_string).collect(),
            outside: view.outside,
            waiting: view.waiting,
            wait: view.wait.map(WaitRange::from),
            notice: view.notice.map(Text::from),
            generated_at: view.generated_at,
            clock: Clock::of(app),
            zones: view.zones.into_iter().map(Zone::from).collect(),
            office: OfficeRef { id: view.office.id.0, name: view.office.name },
        })
    }
}

fn shown(call: Call, fresh: bool) -> DisplayCall {
    let letter = call.ticket.zone().to_string();
    DisplayCall {
        number: call.ticket.to_string(),
        digits: call.ticket.digits(),
        counter: call.counter,
        counter_name: call.counter_name,
        zone_letter: letter.clone(),
        letter,
        called_at: call.called_at,
        fresh,
    }
}

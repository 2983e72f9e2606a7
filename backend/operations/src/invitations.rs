//! Invitations (Einladungen): a link by which somebody books a service that the public does not find, or is led straight to
//! one that it does.
//!
//! What an invitation allows stands in itself, `service~20261221~seal`, sealed with the house's key: nothing is kept, and
//! wherever a citizen names a service by its slug the invitation may stand instead.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Days, NaiveDate};
use domain::actor::StaffMember;
use domain::local_time::local_day;
use domain::town::Town;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::error::{Error, Outcome};
use crate::schedule::ItemRequest;
use crate::secrets::Purpose;

/// For how many days after today an invitation holds.
const HOLDS_DAYS: u64 = 30;
/// How the day is written in it.
const DAY: &str = "%Y%m%d";

/// A link that invites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The link.
    pub link: String,
    /// The last local day on which it can be used.
    pub until: NaiveDate,
}

/// Why nobody is invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvitationProblem {
    /// This role invites nobody.
    #[error("this role invites nobody")]
    NotAllowed,
    /// The town offers no such service.
    #[error("there is no such service")]
    UnknownService,
}

/// Invites to book a service, also an internal one.
///
/// # Errors
/// When the role does not serve, there is no such service, or the database fails.
pub async fn invite(
    app: &App,
    town: &Town,
    by: &StaffMember,
    service: &str,
) -> Outcome<Invitation, InvitationProblem> {
    if !by.role.may_serve() {
        return Err(Error::Refused(InvitationProblem::NotAllowed));
    }
    if store::catalog::services_of_slugs(&app.db, town.id, &[service]).await?.is_empty() {
        return Err(Error::Refused(InvitationProblem::UnknownService));
    }
    let today = local_day(town.zone, app.clock.now());
    let until = today.checked_add_days(Days::new(HOLDS_DAYS)).unwrap_or(today);
    let link = app.link(town, &format!("anliegen/{}", sealed(app, town, service, until)));
    Ok(Invitation { link, until })
}

/// What an invitation says, with its seal.
fn sealed(app: &App, town: &Town, service: &str, until: NaiveDate) -> String {
    let says = format!("{service}~{}", until.format(DAY));
    format!("{says}~{}", seal(app, town, &says))
}

fn seal(app: &App, town: &Town, says: &str) -> String {
    let hash = app.secret_hash(Purpose::Invitation, &format!("{}:{says}", town.id));
    URL_SAFE_NO_PAD.encode(&hash[..16])
}

/// The slug of the service somebody is invited to; `None` for a plain slug, a forged invitation, or one that is over.
pub(crate) fn invited_to<'a>(app: &App, town: &Town, asked: &'a str) -> Option<&'a str> {
    let (says, given) = asked.rsplit_once('~')?;
    let (service, until) = says.split_once('~')?;
    let until = NaiveDate::parse_from_str(until, DAY).ok()?;
    let genuine: bool = seal(app, town, says).as_bytes().ct_eq(given.as_bytes()).into();
    (genuine && local_day(town.zone, app.clock.now()) <= until).then_some(service)
}

/// The services of a visit by their slugs, and those among them to which the person was invited.
pub(crate) fn read_items(app: &App, town: &Town, items: &[ItemRequest]) -> (Vec<ItemRequest>, Vec<String>) {
    let mut invited = Vec::new();
    let read = |item: &ItemRequest| {
        let Some(slug) = invited_to(app, town, &item.service) else { return item.clone() };
        invited.push(slug.to_owned());
        ItemRequest { service: slug.to_owned(), quantity: item.quantity }
    };
    (items.iter().map(read).collect(), invited)
}

//! The visit that is asked for: which services, where all of them are offered, how long it takes there.

use chrono::NaiveDate;
use domain::appointments::booking::{ItemsRefused, WantedItem, length_of};
use domain::catalog::BookableDays;
use domain::ids::{OfficeId, PoolId, ServiceId};
use domain::schedule::Audience;
use domain::town::Town;
use store::catalog::Offer;
use store::{Connection, StoreError};

use super::hours::Parts;
use crate::error::{Error, Outcome};

/// A service and how often.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemRequest {
    /// The service's slug.
    pub service: String,
    /// For how many persons or pieces.
    pub quantity: u16,
}

/// Why no slots can be searched for these services.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemsProblem {
    /// There is no such service, or not for this caller.
    #[error("there is no such service")]
    UnknownService {
        /// The slug that was asked for.
        slug: String,
    },
    /// No pool offers all of them together.
    #[error("no office offers these services together")]
    NotOfferedTogether,
    /// They make no visit.
    #[error(transparent)]
    Items(#[from] ItemsRefused),
}

/// A pool that offers all services of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The pool.
    pub pool: PoolId,
    /// Its office.
    pub office: OfficeId,
    /// The office's name.
    pub office_name: String,
    /// How many ticks the visit takes there.
    pub length: u16,
    /// For which days appointments of all its services are given.
    pub bookable: BookableDays,
    /// Department, office and pool: what a closure may name.
    pub(crate) parts: Parts,
}

/// The visit that was asked for, and where it could take place.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) services: Vec<(ServiceId, u16)>,
    pub(crate) candidates: Vec<Candidate>,
}

/// The services of a visit, the pools that offer all of them, and how long it takes at each.
pub(crate) async fn find_visit(
    connection: &impl Connection,
    town: &Town,
    items: &[ItemRequest],
    (audience, invited): (Audience, &[String]),
    today: NaiveDate,
) -> Outcome<Visit, ItemsProblem> {
    let slugs: Vec<&str> = items.iter().map(|item| item.service.as_str()).collect();
    let mut offers = store::catalog::offers(connection, town.id, &slugs, today).await?;
    offers.retain(|offer| offer.public || audience == Audience::Staff || invited.contains(&offer.slug));
    visit_of(items, &offers).map_err(Error::Refused)
}

/// The visit, out of those offers of its services that whoever asks may book.
pub(super) fn visit_of(items: &[ItemRequest], offers: &[Offer]) -> Result<Visit, ItemsProblem> {
    if items.is_empty() {
        return Err(ItemsRefused::NothingChosen.into());
    }
    let unknown = items.iter().find(|item| offers.iter().all(|offer| offer.slug != item.service));
    if let Some(item) = unknown {
        return Err(ItemsProblem::UnknownService { slug: item.service.clone() });
    }
    let candidates = candidates(items, offers)?;
    let service_of = |slug: &str| offers.iter().find(|offer| offer.slug == slug).map(|offer| offer.service);
    let services =
        items.iter().filter_map(|item| Some((service_of(&item.service)?, item.quantity))).collect();
    Ok(Visit { services, candidates })
}

/// As [`find_visit`], for services that were chosen earlier; `None` when they are offered no longer.
pub(crate) async fn find_visit_again(
    connection: &impl Connection,
    town: &Town,
    chosen: &[(ServiceId, u16)],
    audience: Audience,
    today: NaiveDate,
) -> Result<Option<Visit>, StoreError> {
    let ids: Vec<ServiceId> = chosen.iter().map(|(service, _)| *service).collect();
    let services = store::catalog::services_of_ids(connection, &ids).await?;
    let items: Vec<ItemRequest> = chosen
        .iter()
        .filter_map(|(id, quantity)| {
            let service = services.iter().find(|service| service.id == *id)?;
            Some(ItemRequest { service: service.slug.clone(), quantity: *quantity })
        })
        .collect();
    match find_visit(connection, town, &items, (audience, &[]), today).await {
        Ok(visit) => Ok(Some(visit)),
        Err(Error::Refused(_)) => Ok(None),
        Err(Error::Failed(failure)) => Err(failure),
    }
}

fn candidates(items: &[ItemRequest], offers: &[Offer]) -> Result<Vec<Candidate>, ItemsProblem> {
    let mut found = Vec::new();
    for of_pool in offers.chunk_by(|one, other| one.pool == other.pool) {
        let wanted: Option<Vec<WantedItem>> = items
            .iter()
            .map(|item| {
                let offer = of_pool.iter().find(|offer| offer.slug == item.service)?;
                Some(WantedItem {
                    service: offer.service,
                    quantity: item.quantity,
                    max_quantity: offer.max_quantity,
                    terms: offer.terms,
                })
            })
            .collect();
        let Some(wanted) = wanted else { continue };
        let Some(first) = of_pool.first() else { continue };
        let named = of_pool.iter().filter(|offer| items.iter().any(|item| item.service == offer.slug));
        let bookable = named.map(|offer| offer.bookable).fold(BookableDays::default(), BookableDays::and);
        found.push(Candidate {
            pool: first.pool,
            office: first.office,
            office_name: first.office_name.clone(),
            parts: (first.department, first.office, first.pool),
            length: length_of(&wanted)?,
            bookable,
        });
    }
    if found.is_empty() { Err(ItemsProblem::NotOfferedTogether) } else { Ok(found) }
}

//! The catalogue: all services in one answer for the search in the browser, and one service with everything.

use std::sync::Arc;

use chrono::NaiveDate;
use domain::catalog::OnlinePossible;
use domain::town::Town;
use operations::App;
use operations::catalog::{
    BookableServices, Department as StoredDepartment, Service as StoredService, ServicePage,
};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::api::town::OfficeRef;
use crate::auth::staff_session::Desk;
use crate::client_address::ClientAddress;
use crate::problem::{ApiError, Text, failed};

/// Services and departments.
pub struct CatalogApi;

/// All services one can book.
#[derive(Clone, Debug, Object)]
pub struct ServiceList {
    /// The departments that have services.
    pub departments: Vec<Department>,
    /// The services, in the order of the catalogue.
    pub services: Vec<ServiceSummary>,
}

/// A department (Amt).
#[derive(Clone, Debug, Object)]
pub struct Department {
    /// Its id.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: Text,
}

/// A service as search and lists need it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct ServiceSummary {
    /// Its id.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its department.
    pub department_id: Uuid,
    /// Its name.
    pub name: Text,
    /// Everyday words by which it is found.
    pub keywords: Vec<String>,
    /// Planned minutes for one person.
    pub duration_min: u16,
    /// The smallest fee; `null` when it varies, is unknown or there is none.
    pub fee_from_cents: Option<u32>,
    /// Whether it costs nothing.
    pub free_of_charge: bool,
    /// Whether at least a part can be settled online.
    pub online: bool,
    /// Whether there is an address at which to do so, as terminals open it.
    pub online_address: bool,
    /// Whether it stands on the first page.
    pub popular: bool,
}

/// A service with everything that is known about it.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Service {
    #[oai(flatten)]
    summary: ServiceSummary,
    /// What to bring.
    pub documents: Vec<Text>,
    /// What it costs.
    pub fees: Vec<Fee>,
    /// What else to know about the fees.
    pub fee_note: Option<Text>,
    /// How to settle it without coming.
    pub online_how: OnlineHow,
    /// Whether one has to come in person.
    pub personal_appearance: bool,
    /// Whether somebody else may come instead.
    pub proxy_allowed: bool,
    /// How many persons or pieces one appointment takes.
    pub max_quantity: u16,
    /// The laws it rests on.
    pub legal_basis: Vec<String>,
    /// What else to know.
    pub note: Option<Text>,
    /// Whether nobody is served without an appointment.
    pub appointment_only: bool,
    /// The first local day for which appointments are given.
    pub bookable_from: Option<NaiveDate>,
    /// The last one.
    pub bookable_until: Option<NaiveDate>,
    /// Where it is offered.
    pub offices: Vec<OfficeRef>,
    /// What the booking asks for.
    pub fields: FormFields,
}

/// One amount of a fee.
#[derive(Clone, Debug, Object)]
pub struct Fee {
    /// For what or whom.
    pub label: Text,
    /// The amount; 0 is free of charge.
    pub cents: u32,
}

/// How to settle a matter without coming.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct OnlineHow {
    /// `no`, `partly` or `yes`.
    pub possible: String,
    /// In which way.
    pub text: Option<Text>,
    /// Where.
    pub url: Option<String>,
}

/// What a booking asks for; each `required`, `optional` or `not_asked`.
#[derive(Clone, Debug, Object)]
pub struct FormFields {
    /// First name and surname.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// Mobile number.
    pub phone: String,
    /// E-mail address.
    pub email: String,
    /// What staff should know.
    pub remark: String,
    /// What a field is asked for, where the usual sentence does not fit.
    pub purposes: Vec<FieldPurpose>,
}

/// What a field is asked for.
#[derive(Clone, Debug, Object)]
pub struct FieldPurpose {
    /// `name`, `address`, `phone`, `email` or `remark`.
    pub field: String,
    /// The sentence below it.
    pub text: Text,
}

/// To which service somebody is invited.
#[derive(Clone, Debug, Object)]
pub struct InvitationRequest {
    /// The service's slug.
    #[oai(validator(max_length = 80))]
    pub service: String,
}

/// A link that invites.
#[derive(Clone, Debug, Object)]
pub struct Invitation {
    /// The link.
    pub link: String,
    /// The last local day on which it can be used.
    pub until: NaiveDate,
}

#[derive(ApiResponse)]
enum ServicesResponse {
    /// All services.
    #[oai(status = 200)]
    Services(Json<ServiceList>),
}

#[derive(ApiResponse)]
enum OnlineNoted {
    /// It is counted.
    #[oai(status = 204)]
    Done,
}

#[derive(ApiResponse)]
enum ServiceResponse {
    /// The service.
    #[oai(status = 200)]
    Service(Json<Box<Service>>),
}

#[OpenApi(tag = "Tag::Catalogue")]
impl CatalogApi {
    /// All services one can book, small enough to be searched in the browser.
    #[oai(path = "/services", method = "get", operation_id = "list_services")]
    async fn list_services(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
    ) -> Result<ServicesResponse, ApiError> {
        let found =
            operations::catalog::public_catalogue(&app, &town).await.map_err(|failure| failed(&failure))?;
        Ok(ServicesResponse::Services(Json(ServiceList::from(found))))
    }

    /// All services staff may book for somebody, internal ones included.
    #[oai(path = "/staff/services", method = "get", operation_id = "list_staff_services")]
    async fn list_staff_services(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
    ) -> Result<ServicesResponse, ApiError> {
        let found = operations::catalog::staff_catalogue(&app, &town, &by.0).await?;
        Ok(ServicesResponse::Services(Json(ServiceList::from(found))))
    }

    /// A link by which somebody books a service, also an internal one.
    #[oai(path = "/staff/invitations", method = "post", operation_id = "invite")]
    async fn invite(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Desk,
        request: Json<InvitationRequest>,
    ) -> Result<Json<Invitation>, ApiError> {
        let found = operations::invitations::invite(&app, &town, &by.0, &request.0.service).await?;
        Ok(Json(Invitation { link: found.link, until: found.until }))
    }

    /// One service with documents, fees and where it is offered.
    #[oai(path = "/services/:slug", method = "get", operation_id = "get_service")]
    async fn get_service(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        slug: Path<String>,
    ) -> Result<ServiceResponse, ApiError> {
        let page = operations::catalog::service_page(&app, &town, &slug).await?;
        Ok(ServiceResponse::Service(Json(Box::new(page.into()))))
    }

    /// Counts that somebody opens the online way of a service instead of coming; without a person.
    #[oai(path = "/services/:slug/online", method = "post", operation_id = "note_online")]
    async fn note_online(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        origin: Data<&ClientAddress>,
        slug: Path<String>,
    ) -> Result<OnlineNoted, ApiError> {
        let network = origin.network().to_string();
        let noted = operations::statistics::note_online(&app, &town, &slug, &network).await;
        noted.map_err(|failure| failed(&failure))?;
        Ok(OnlineNoted::Done)
    }
}

impl From<BookableServices> for ServiceList {
    fn from(found: BookableServices) -> Self {
        Self {
            departments: found.departments.into_iter().map(Department::from).collect(),
            services: found.services.iter().map(ServiceSummary::from).collect(),
        }
    }
}

impl From<StoredDepartment> for Department {
    fn from(department: StoredDepartment) -> Self {
        Self { id: department.id.0, slug: department.slug, name: department.name.into() }
    }
}

impl From<&StoredService> for ServiceSummary {
    fn from(service: &StoredService) -> Self {
        let fees = service.detail.fees.as_ref();
        Self {
            id: service.id.0,
            slug: service.slug.clone(),
            department_id: service.department.0,
            name: service.name.clone().into(),
            keywords: service.detail.keywords.clone(),
            duration_min: service.duration_min,
            fee_from_cents: fees.and_then(domain::catalog::Fees::from_cents),
            free_of_charge: fees.is_some_and(domain::catalog::Fees::free_of_charge),
            online: service.detail.online.possible != OnlinePossible::No,
            online_address: service.detail.online.url.is_some(),
            popular: service.popular,
        }
    }
}

impl From<domain::catalog::Fee> for Fee {
    fn from(fee: domain::catalog::Fee) -> Self {
        Self { label: fee.label.into(), cents: fee.cents }
    }
}

impl From<ServicePage> for Service {
    fn from(page: ServicePage) -> Self {
        let summary = ServiceSummary::from(&page.service);
        let detail = page.service.detail;
        let form = detail.form.for_citizen();
        let purpose =
            |(field, text): (String, domain::language::Text)| FieldPurpose { field, text: text.into() };
        let purposes = detail.purposes.into_iter().map(purpose);
        let (fees, fee_note) = detail.fees.map(|fees| (fees.items, fees.note)).unwrap_or_default();
        Self {
            summary,
            documents: detail.documents.into_iter().map(Text::from).collect(),
            fees: fees.into_iter().map(Fee::from).collect(),
            fee_note: fee_note.map(Text::from),
            online_how: OnlineHow {
                possible: detail.online.possible.as_str().to_owned(),
                text: detail.online.how.map(Text::from),
                url: detail.online.url,
            },
            personal_appearance: detail.personal_appearance,
            proxy_allowed: detail.proxy_allowed,
            max_quantity: page.service.max_quantity,
            legal_basis: detail.legal_basis,
            note: detail.note.map(Text::from),
            appointment_only: page.service.appointment_only,
            bookable_from: page.service.bookable.from,
            bookable_until: page.service.bookable.until,
            offices: page.offices.into_iter().map(|(id, name)| OfficeRef { id: id.0, name }).collect(),
            fields: FormFields {
                name: form.name.as_str().to_owned(),
                address: form.address.as_str().to_owned(),
                phone: form.phone.as_str().to_owned(),
                email: form.email.as_str().to_owned(),
                remark: form.remark.as_str().to_owned(),
                purposes: purposes.collect(),
            },
        }
    }
}

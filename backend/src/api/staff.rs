//! Signing in and out, and the list of staff.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::actor::StaffMember;
use domain::ids::StaffId;
use domain::staff::Role as DomainRole;
use domain::town::Town;
use operations::staff::{Me, NewStaff as NewMember, SignIn as Credentials, StaffView};
use operations::{App, Error};
use poem::Request;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};
use uuid::Uuid;

use crate::api::Tag;
use crate::api::town::OfficeRef;
use crate::auth::staff_session::{self, Admin, AnyStaff, SESSION_COOKIE, StaffAccess};
use crate::client_address::ClientAddress;
use crate::problem::{ApiError, failed};

/// Staff and their sessions.
pub struct StaffApi;

/// What a member of staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Role {
    /// Works at a counter.
    Desk,
    /// Plans the week, and changes devices and staff.
    Admin,
    /// Watches messages and jobs, and acts on them.
    Ops,
    /// Watches messages and jobs, and acts on nothing.
    Observer,
}

impl From<DomainRole> for Role {
    fn from(role: DomainRole) -> Self {
        match role {
            DomainRole::Desk => Self::Desk,
            DomainRole::Admin => Self::Admin,
            DomainRole::Ops => Self::Ops,
            DomainRole::Observer => Self::Observer,
        }
    }
}

impl From<Role> for DomainRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Desk => Self::Desk,
            Role::Admin => Self::Admin,
            Role::Ops => Self::Ops,
            Role::Observer => Self::Observer,
        }
    }
}

/// Login and password.
#[derive(Object)]
pub struct SignIn {
    /// The login; capitals do not matter.
    #[oai(validator(max_length = 200))]
    pub login: String,
    /// The password.
    #[oai(validator(max_length = 1000))]
    pub password: String,
}

/// A counter by id, name and number.
#[derive(Clone, Debug, Object)]
pub struct CounterRef {
    /// Its id.
    pub id: Uuid,
    /// Its name: `Platz 3`.
    pub name: String,
    /// Its number: `3`.
    pub number: String,
}

/// The signed-in person.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct StaffMe {
    /// Their id.
    pub id: Uuid,
    /// Their login.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Where they work: the office of their counter, else the one they belong to.
    pub office: Option<OfficeRef>,
    /// The counter they sit at.
    pub counter: Option<CounterRef>,
}

impl From<Me> for StaffMe {
    fn from(me: Me) -> Self {
        Self {
            id: me.person.id.0,
            login: me.person.login,
            name: me.person.name,
            role: me.person.role.into(),
            office: me.office.map(|office| OfficeRef { id: office.id.0, name: office.name }),
            counter: me.counter.map(|seat| CounterRef {
                id: seat.id.0,
                name: seat.name,
                number: seat.number,
            }),
        }
    }
}

/// A member of staff, as admins see them.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct StaffRow {
    /// Their id.
    pub id: Uuid,
    /// Their login.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub active: bool,
    /// When they last did something.
    pub last_seen_at: Option<DateTime<Utc>>,
}

impl From<StaffView> for StaffRow {
    fn from(view: StaffView) -> Self {
        Self {
            id: view.id.0,
            login: view.login,
            name: view.name,
            role: view.role.into(),
            active: view.active,
            last_seen_at: view.last_seen_at,
        }
    }
}

/// A member of staff to add.
#[derive(Object)]
pub struct NewStaff {
    /// 2 to 40 small letters, digits, dots or dashes.
    pub login: String,
    /// The name colleagues read.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The first password, at least 12 letters.
    pub password: String,
}

#[derive(ApiResponse)]
enum SignInResponse {
    /// Signed in.
    #[oai(status = 200)]
    SignedIn(Json<StaffMe>, #[oai(header = "Set-Cookie")] String),
}

#[derive(ApiResponse)]
enum SignOutResponse {
    /// Signed out.
    #[oai(status = 204)]
    SignedOut(#[oai(header = "Set-Cookie")] String),
}

#[derive(ApiResponse)]
enum AddStaffResponse {
    /// Added.
    #[oai(status = 201)]
    Added(Json<StaffRow>),
}

#[OpenApi(tag = "Tag::Staff")]
impl StaffApi {
    /// Signs a member of staff in; the answer sets the session cookie.
    #[oai(path = "/staff/sign-in", method = "post", operation_id = "sign_in")]
    async fn sign_in(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        access: Data<&StaffAccess>,
        address: Data<&ClientAddress>,
        request: Json<SignIn>,
    ) -> Result<SignInResponse, ApiError> {
        let request = Credentials {
            login: request.0.login,
            password: request.0.password,
            address: address.network().to_string(),
        };
        let signed_in = operations::staff::sign_in(&app, &town, request, access.sessions, access.sign_in)
            .await
            .inspect_err(|error| {
                if matches!(error, Error::Refused(_)) {
                    metrics::counter!(runtime::metrics::SIGN_IN_REFUSED).increment(1);
                }
            })?;
        let me = me(&app, &signed_in.member).await?;
        Ok(SignInResponse::SignedIn(Json(me), staff_session::cookie(&signed_in.token, &access)))
    }

    /// Ends the session; with the last one its person leaves the counter.
    #[oai(path = "/staff/sign-out", method = "post", operation_id = "sign_out")]
    async fn sign_out(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        access: Data<&StaffAccess>,
        by: AnyStaff,
        request: &Request,
    ) -> Result<SignOutResponse, ApiError> {
        if let Some(cookie) = request.cookie().get(SESSION_COOKIE) {
            operations::staff::sign_out(&app, &town, &by.0, cookie.value_str(), access.sessions)
                .await
                .map_err(|failure| failed(&failure))?;
        }
        Ok(SignOutResponse::SignedOut(staff_session::expired_cookie()))
    }

    /// The signed-in person.
    #[oai(path = "/staff/me", method = "get", operation_id = "get_me")]
    async fn get_me(&self, app: Data<&App>, by: AnyStaff) -> Result<Json<StaffMe>, ApiError> {
        Ok(Json(me(&app, &by.0).await?))
    }

    /// Everybody, by login.
    #[oai(path = "/staff", method = "get", operation_id = "list_staff")]
    async fn list_staff(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        _by: Admin,
    ) -> Result<Json<Vec<StaffRow>>, ApiError> {
        let people = operations::staff::list(&app, &town).await.map_err(|failure| failed(&failure))?;
        Ok(Json(people.into_iter().map(StaffRow::from).collect()))
    }

    /// Adds a member of staff.
    #[oai(path = "/staff", method = "post", operation_id = "add_staff")]
    async fn add_staff(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        new: Json<NewStaff>,
    ) -> Result<AddStaffResponse, ApiError> {
        let new = NewMember {
            login: new.0.login,
            name: new.0.name,
            role: new.0.role.into(),
            office: None,
            password: new.0.password,
        };
        let added = operations::staff::add(&app, &town, (&by.0).into(), new).await?;
        Ok(AddStaffResponse::Added(Json(added.into())))
    }

    /// Takes somebody's access away, with all their sessions.
    #[oai(path = "/staff/:id/deactivate", method = "post", operation_id = "deactivate_staff")]
    async fn deactivate_staff(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        by: Admin,
        id: Path<Uuid>,
    ) -> Result<Json<StaffRow>, ApiError> {
        let view = operations::staff::deactivate(&app, &town, &by.0, StaffId(id.0)).await?;
        Ok(Json(view.into()))
    }
}

/// The signed-in person; also what opening and closing a counter answers.
pub(crate) async fn me(app: &App, by: &StaffMember) -> Result<StaffMe, ApiError> {
    let me = operations::staff::me(app, by).await.map_err(|failure| failed(&failure))?;
    me.map(StaffMe::from).ok_or_else(|| crate::auth::not_signed_in_description().into())
}

//! Staff by session cookie: one cookie, one checker for each thing a role may do.
//!
//! The cookie always carries the `__Host-` prefix, hence `Secure`, `Path=/` and no domain. There is no weaker
//! name for development: Chromium and Firefox keep such cookies on `http://localhost`, too.

use std::sync::Arc;
use std::time::Duration;

use domain::actor::StaffMember;
use domain::staff::{Role, SessionRules};
use domain::town::Town;
use operations::App;
use operations::throttle::Limit;
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::ApiKey;

use crate::auth;

/// The name of the session cookie.
pub const SESSION_COOKIE: &str = "__Host-lotse_session";

/// How long staff stay signed in and how often they may fail; in every request's data.
#[derive(Clone, Copy, Debug)]
pub struct StaffAccess {
    pub sessions: SessionRules,
    pub sign_in: Limit,
}

impl From<&runtime::Config> for StaffAccess {
    fn from(config: &runtime::Config) -> Self {
        let window = Duration::from_secs(u64::from(config.sign_in.window_minutes) * 60);
        Self {
            sessions: SessionRules {
                lifetime: in_chrono(config.session.lifetime()),
                idle: in_chrono(config.session.idle()),
            },
            sign_in: Limit { tries: config.sign_in.failures, window: in_chrono(window) },
        }
    }
}

fn in_chrono(duration: Duration) -> chrono::Duration {
    chrono::Duration::from_std(duration).unwrap_or(chrono::Duration::MAX)
}

/// Anybody who is signed in.
#[derive(SecurityScheme)]
#[oai(ty = "api_key", key_name = "__Host-lotse_session", key_in = "cookie", checker = "any")]
pub struct AnyStaff(pub StaffMember);

/// Works at a counter.
#[derive(SecurityScheme)]
#[oai(ty = "api_key", key_name = "__Host-lotse_session", key_in = "cookie", checker = "desk")]
pub struct Desk(pub StaffMember);

/// Changes devices, staff and the catalogue.
#[derive(SecurityScheme)]
#[oai(ty = "api_key", key_name = "__Host-lotse_session", key_in = "cookie", checker = "admin")]
pub struct Admin(pub StaffMember);

/// Watches messages and jobs.
#[derive(SecurityScheme)]
#[oai(ty = "api_key", key_name = "__Host-lotse_session", key_in = "cookie", checker = "watch")]
pub struct OpsWatch(pub StaffMember);

/// Retries, cancels and reveals messages.
#[derive(SecurityScheme)]
#[oai(ty = "api_key", key_name = "__Host-lotse_session", key_in = "cookie", checker = "operate")]
pub struct OpsOperate(pub StaffMember);

async fn any(req: &Request, key: ApiKey) -> poem::Result<StaffMember> {
    member(req, &key).await
}

async fn desk(req: &Request, key: ApiKey) -> poem::Result<StaffMember> {
    member_who(req, &key, Role::may_serve).await
}

async fn admin(req: &Request, key: ApiKey) -> poem::Result<StaffMember> {
    member_who(req, &key, Role::may_administer).await
}

async fn watch(req: &Request, key: ApiKey) -> poem::Result<StaffMember> {
    member_who(req, &key, Role::may_watch).await
}

async fn operate(req: &Request, key: ApiKey) -> poem::Result<StaffMember> {
    member_who(req, &key, Role::may_operate).await
}

async fn member_who(req: &Request, key: &ApiKey, may: fn(Role) -> bool) -> poem::Result<StaffMember> {
    let member = member(req, key).await?;
    if may(member.role) { Ok(member) } else { Err(auth::not_allowed()) }
}

async fn member(req: &Request, key: &ApiKey) -> poem::Result<StaffMember> {
    let (app, town) = (auth::app(req)?, auth::town(req)?);
    operations::staff::member_of_session(app, town, &key.key, access(req).sessions)
        .await
        .map_err(|error| auth::failure(&error))?
        .ok_or_else(auth::not_signed_in)
}

/// How often an open line asks whether the session behind it still stands.
const ASKED_EVERY: Duration = Duration::from_secs(5);

/// Ends when the session of this request does: for lines that stay open. A database that is away ends nothing.
pub(crate) fn until_signed_out(
    req: &Request,
    app: &App,
    town: &Arc<Town>,
) -> impl Future<Output = ()> + use<> {
    let token = req.cookie().get(SESSION_COOKIE).map(|cookie| cookie.value_str().to_owned());
    let rules = access(req).sessions;
    let (app, town) = (app.clone(), Arc::clone(town));
    async move {
        let Some(token) = token else { return };
        loop {
            tokio::time::sleep(ASKED_EVERY).await;
            if matches!(operations::staff::session_stands(&app, &town, &token, rules).await, Ok(false)) {
                return;
            }
        }
    }
}

fn access(req: &Request) -> StaffAccess {
    req.data::<StaffAccess>().copied().unwrap_or_else(|| (&runtime::Config::default()).into())
}

/// The `Set-Cookie` value of a fresh session.
pub(crate) fn cookie(token: &str, access: &StaffAccess) -> String {
    let seconds = access.sessions.lifetime.num_seconds();
    format!("{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// The `Set-Cookie` value that takes the session out of the browser.
pub(crate) fn expired_cookie() -> String {
    format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
}

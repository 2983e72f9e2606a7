//! Sign in, sign out, add staff, take their access away.

use chrono::Duration;
use domain::actor::{Actor, StaffMember};
use domain::event::Subject;
use domain::ids::{OfficeId, StaffId};
use domain::staff::{Login, Role, SessionRules, SignInRefused, StaffRefused, check_password};
use domain::town::Town;
pub use store::staff::Seat;
use store::staff::{SessionRecord, SessionTimes, StaffRecord};
use store::{Connection, StoreError, Tx};

use crate::app::{App, Change};
use crate::error::{Error, Outcome};
use crate::password;
use crate::queue::counters::{self, LeftCounter};
use crate::secrets::Purpose;
use crate::throttle::{self, Limit};

/// A session's use is written down at most this often: reads stay reads.
const TOUCH_EVERY: Duration = Duration::minutes(1);
/// One address may fail this many times as often as one login: offices share addresses.
const ADDRESS_FACTOR: u32 = 10;

/// Somebody wants to sign in.
#[derive(Clone)]
pub struct SignIn {
    pub login: String,
    pub password: String,
    /// Where the request came from, for throttling only; kept as a keyed hash.
    pub address: String,
}

/// A fresh session: the token for the cookie, and who it is.
#[derive(Clone)]
pub struct SignedIn {
    pub token: String,
    pub member: StaffMember,
}

/// A member of staff to add.
#[derive(Clone)]
pub struct NewStaff {
    pub login: String,
    pub name: String,
    pub role: Role,
    pub office: Option<OfficeId>,
    pub password: String,
}

/// A member of staff as shown to themselves and to admins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffView {
    pub id: StaffId,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub office: Option<OfficeId>,
    pub active: bool,
    pub last_seen_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// The signed-in person and where they work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    pub person: StaffView,
    pub office: Option<Workplace>,
    pub counter: Option<Seat>,
}

/// An office somebody works at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workplace {
    pub id: OfficeId,
    pub name: String,
}

/// Signs somebody in. Tries are counted before the password is looked at, so that many at once gain nothing.
pub async fn sign_in(
    app: &App,
    town: &Town,
    request: SignIn,
    rules: SessionRules,
    limit: Limit,
) -> Outcome<SignedIn, SignInRefused> {
    let by_login = throttle_key(app, town, "login", &request.login.trim().to_lowercase());
    let by_address = throttle_key(app, town, "address", &request.address);
    let address_limit = Limit { tries: limit.tries.saturating_mul(ADDRESS_FACTOR), window: limit.window };
    for (key, limit) in [(&by_address, address_limit), (&by_login, limit)] {
        if let Err(retry_at) = throttle::count(app, key, limit).await? {
            return Err(Error::Refused(SignInRefused::Throttled { retry_at }));
        }
    }
    let found = match Login::parse(&request.login) {
        Ok(login) => store::staff::by_login(&app.db, town.id, &login).await?,
        Err(_) => None,
    };
    let hash = found.as_ref().map(|person| person.password_hash.clone());
    let right = password::verify(request.password, hash).await;
    let Some(person) = found.filter(|person| right && person.active) else {
        return Err(Error::Refused(SignInRefused::WrongCredentials));
    };
    Ok(begin_session(app, town, &person, rules, &by_login).await?)
}

async fn begin_session(
    app: &App,
    town: &Town,
    person: &StaffRecord,
    rules: SessionRules,
    throttle_key: &str,
) -> Result<SignedIn, StoreError> {
    let now = app.clock.now();
    let token = app.token();
    let session = SessionRecord {
        id: app.uuid(),
        town: town.id,
        staff: person.id,
        token_hash: app.secret_hash(Purpose::Session, &token),
        created_at: now,
        last_seen_at: now,
        expires_at: now + rules.lifetime,
    };
    let tx = app.db.write().await?;
    store::throttle::clear(&tx, throttle_key).await?;
    store::staff::insert_session(&tx, &session).await?;
    let counter = store::staff::counter_of(&tx, person.id).await?;
    app.log(&tx, town.id, Subject::Staff(person.id), Change::begins("signed_in"), Actor::Staff(person.id))
        .await?;
    tx.commit().await?;
    let member = StaffMember { town: town.id, id: person.id, role: person.role, counter };
    Ok(SignedIn { token, member })
}

/// Ends the session of this token; ending it twice is no error. With the last session its person leaves the counter.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(
    app: &App,
    town: &Town,
    by: &StaffMember,
    token: &str,
    rules: SessionRules,
) -> Result<(), StoreError> {
    let tx = app.db.write().await?;
    // Of two sessions that end at the same moment each would take the other for one that stands.
    store::staff::lock(&tx, by.id).await?;
    store::staff::revoke_session(&tx, &app.secret_hash(Purpose::Session, token), app.clock.now()).await?;
    app.log(&tx, by.town, Subject::Staff(by.id), Change::moves("signed_in", "signed_out"), by.into()).await?;
    let left = leave_if_gone(app, &tx, town, by.id, rules).await?;
    tx.commit().await?;
    counters::tell_left(app, &left);
    Ok(())
}

/// Leaves the counters of those whose last session ended by itself; gives how many. For the timetable: nobody presses
/// anything when a session ends by its age. Who never signed in (the people of the simulated day) stays.
///
/// # Errors
/// When the database fails.
pub async fn leave_counters(app: &App, town: &Town, rules: SessionRules) -> Result<usize, StoreError> {
    let mut left = 0;
    for staff in counters::seated(app, town).await? {
        if presence(app, &app.db, staff, rules).await? != Presence::Gone {
            continue;
        }
        let tx = app.db.write().await?;
        store::staff::lock(&tx, staff).await?;
        let counter = leave_if_gone(app, &tx, town, staff, rules).await?;
        tx.commit().await?;
        counters::tell_left(app, &counter);
        left += usize::from(counter.is_some());
    }
    Ok(left)
}

async fn leave_if_gone(
    app: &App,
    tx: &Tx,
    town: &Town,
    staff: StaffId,
    rules: SessionRules,
) -> Result<Option<LeftCounter>, StoreError> {
    match presence(app, tx, staff, rules).await? {
        Presence::Gone => counters::sign_off(app, tx, town, staff).await,
        Presence::SignedIn | Presence::NeverSeen => Ok(None),
    }
}

/// Whether somebody is signed in anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// At least one session stands.
    SignedIn,
    /// There were sessions of late, and each is over.
    Gone,
    /// There was none of late.
    NeverSeen,
}

async fn presence(
    app: &App,
    connection: &impl Connection,
    staff: StaffId,
    rules: SessionRules,
) -> Result<Presence, StoreError> {
    let now = app.clock.now();
    let sessions = store::staff::sessions_of(connection, staff).await?;
    let stands = |one: &SessionTimes| !one.revoked && rules.alive(one.created_at, one.last_seen_at, now);
    Ok(match &sessions[..] {
        [] => Presence::NeverSeen,
        all if all.iter().any(stands) => Presence::SignedIn,
        _ => Presence::Gone,
    })
}

/// Who a session's token belongs to; `None` when it is unknown, over, or its person no longer active.
///
/// # Errors
/// When the database fails.
pub async fn member_of_session(
    app: &App,
    town: &Town,
    token: &str,
    rules: SessionRules,
) -> Result<Option<StaffMember>, StoreError> {
    let now = app.clock.now();
    let hash = app.secret_hash(Purpose::Session, token);
    let Some((session, person)) = store::staff::session_by_hash(&app.db, town.id, &hash).await? else {
        return Ok(None);
    };
    if !rules.alive(session.created_at, session.last_seen_at, now) {
        return Ok(None);
    }
    if now - session.last_seen_at >= TOUCH_EVERY {
        let tx = app.db.write().await?;
        store::staff::touch_session(&tx, session.id, now).await?;
        tx.commit().await?;
    }
    let counter = store::staff::counter_of(&app.db, person.id).await?;
    Ok(Some(StaffMember { town: town.id, id: person.id, role: person.role, counter }))
}

/// Whether a session still stands. Asking does not prolong it: an open page alone is nobody who works.
///
/// # Errors
/// When the database fails.
pub async fn session_stands(
    app: &App,
    town: &Town,
    token: &str,
    rules: SessionRules,
) -> Result<bool, StoreError> {
    let hash = app.secret_hash(Purpose::Session, token);
    let found = store::staff::session_by_hash(&app.db, town.id, &hash).await?;
    let now = app.clock.now();
    Ok(found.is_some_and(|(session, _)| rules.alive(session.created_at, session.last_seen_at, now)))
}

/// The signed-in person as shown to themselves: the office of their counter, else the one they belong to.
///
/// # Errors
/// When the database fails.
pub async fn me(app: &App, by: &StaffMember) -> Result<Option<Me>, StoreError> {
    let Some(person) = store::staff::by_id(&app.db, by.town, by.id).await? else { return Ok(None) };
    let counter = store::staff::seat_of(&app.db, by.id).await?;
    let office = match counter.as_ref().map(|seat| seat.office).or(person.office) {
        Some(id) => store::staff::office_name(&app.db, by.town, id).await?.map(|name| Workplace { id, name }),
        None => None,
    };
    Ok(Some(Me { person: view(person, Some(app.clock.now())), office, counter }))
}

/// Everybody, by login.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, town: &Town) -> Result<Vec<StaffView>, StoreError> {
    let rows = store::staff::all(&app.db, town.id).await?;
    Ok(rows.into_iter().map(|(person, seen)| view(person, seen)).collect())
}

/// Adds a member of staff; `by` is an admin, or the system for the command line.
pub async fn add(app: &App, town: &Town, by: Actor, new: NewStaff) -> Outcome<StaffView, StaffRefused> {
    let login = Login::parse(&new.login).map_err(Error::Refused)?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        return Err(Error::Refused(StaffRefused::NameInvalid));
    }
    check_password(&new.password).map_err(Error::Refused)?;
    let record = StaffRecord {
        id: app.id(),
        login: login.as_str().to_owned(),
        name: name.to_owned(),
        password_hash: password::hash(new.password, app.rng.bytes()).await,
        role: new.role,
        office: new.office,
        active: true,
    };
    let tx = app.db.write().await?;
    match store::staff::insert(&tx, town.id, &record, app.clock.now()).await {
        Err(error) if error.is_duplicate() => return Err(Error::Refused(StaffRefused::LoginTaken)),
        other => other?,
    }
    app.log(&tx, town.id, Subject::Staff(record.id), Change::begins("active"), by).await?;
    tx.commit().await?;
    Ok(view(record, None))
}

/// Takes somebody's access away, at once and with all their sessions.
pub async fn deactivate(
    app: &App,
    town: &Town,
    by: &StaffMember,
    id: StaffId,
) -> Outcome<StaffView, StaffRefused> {
    if by.id == id {
        return Err(Error::Refused(StaffRefused::Oneself));
    }
    let tx = app.db.write().await?;
    let Some(mut person) = store::staff::by_id(&tx, town.id, id).await? else {
        return Err(Error::Refused(StaffRefused::Unknown));
    };
    if person.active {
        store::staff::set_active(&tx, town.id, id, false).await?;
        store::staff::revoke_sessions_of(&tx, id, app.clock.now()).await?;
        let left = counters::leave_all(app, &tx, town, id, by).await;
        // The table of steps knows both that are taken there.
        let left = left.map_err(|error| error.map_refusal(|_| StaffRefused::Unknown))?;
        app.log(&tx, town.id, Subject::Staff(id), Change::moves("active", "inactive"), by.into()).await?;
        tx.commit().await?;
        counters::tell_left(app, &left);
        person.active = false;
    }
    Ok(view(person, None))
}

/// Sets a new password and ends all sessions of the person; for the command line.
pub async fn reset_password(
    app: &App,
    town: &Town,
    login: &str,
    password: String,
) -> Outcome<(), StaffRefused> {
    let login = Login::parse(login).map_err(Error::Refused)?;
    check_password(&password).map_err(Error::Refused)?;
    let hash = password::hash(password, app.rng.bytes()).await;
    let tx = app.db.write().await?;
    let Some(person) = store::staff::by_login(&tx, town.id, &login).await? else {
        return Err(Error::Refused(StaffRefused::Unknown));
    };
    store::staff::set_password(&tx, town.id, person.id, &hash).await?;
    store::staff::set_active(&tx, town.id, person.id, true).await?;
    store::staff::revoke_sessions_of(&tx, person.id, app.clock.now()).await?;
    app.log(&tx, town.id, Subject::Staff(person.id), Change::begins("password_reset"), Actor::System).await?;
    tx.commit().await?;
    Ok(())
}

fn view(person: StaffRecord, last_seen_at: Option<chrono::DateTime<chrono::Utc>>) -> StaffView {
    StaffView {
        id: person.id,
        login: person.login,
        name: person.name,
        role: person.role,
        office: person.office,
        active: person.active,
        last_seen_at,
    }
}

/// Logins and addresses are hashed: the table of tries tells nobody who tried.
fn throttle_key(app: &App, town: &Town, kind: &str, value: &str) -> String {
    let hash = app.short_hash(&format!("sign_in {kind} {}", town.id), value);
    format!("sign_in:{kind}:{hash}")
}

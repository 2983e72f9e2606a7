//! Verification challenges as rows: one row for each code that was sent, never the code itself.

use chrono::{DateTime, Utc};
use domain::appointments::guard::{LOOK_BACK, Lately, PATIENCE, Places, Untyped, WINDOW};
use domain::appointments::verification::Challenge;
use domain::ids::{BookingId, ChallengeId, OfficeId, TownId};
use domain::messaging::ChannelKind;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, Set, Value,
};

use crate::database::{Connection, Raw, Tx};
use crate::entities::challenge;
use crate::error::StoreError;
use crate::sealed::PhoneHash;

/// A challenge with what the database knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChallenge {
    /// Its id.
    pub id: ChallengeId,
    /// The number the code went to.
    pub number: PhoneHash,
    /// The keyed hash of the code.
    pub code_hash: Vec<u8>,
    /// Whether it went by SMS or to a mailbox.
    pub channel: ChannelKind,
    /// Whether it was used.
    pub used: bool,
    /// What the rules decide on.
    pub terms: Challenge,
}

/// Where a code was asked for, as keyed hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePlace {
    /// For which office.
    pub office: OfficeId,
    /// From which network, unless it is one of ours.
    pub network: Option<String>,
    /// From which block of networks.
    pub wide_network: Option<String>,
    /// To which block of numbers.
    pub number_block: String,
}

/// What the guard over codes wants to know before the next one is sent: the codes by SMS of the last hour that nobody typed in,
/// by the places of the one that is asked for, and how many of the town were sent lately.
///
/// # Errors
/// When the database fails.
pub async fn guarded(
    connection: &impl Connection,
    town: TownId,
    place: &CodePlace,
    now: DateTime<Utc>,
) -> Result<(Places, Lately), StoreError> {
    connection.flush().await?;
    let counted = |column: &str| {
        let one = format!("{column} = ? AND created_at > ? AND state <> 'used' AND channel = 'sms'");
        format!(
            "count(CASE WHEN {one} THEN 1 END) AS {column}_n, min(CASE WHEN {one} THEN created_at END) AS {column}_at"
        )
    };
    let places: [(&str, Value); 4] = [
        ("network", place.network.clone().unwrap_or_default().into()),
        ("wide_network", place.wide_network.clone().unwrap_or_default().into()),
        ("number_block", place.number_block.clone().into()),
        ("office_id", place.office.0.into()),
    ];
    let columns: Vec<String> = places.iter().map(|(column, _)| counted(column)).collect();
    let sql = format!(
        "SELECT {}, {LATELY} FROM challenge WHERE town_id = ? AND created_at > ?",
        columns.join(", ")
    );
    let within: Value = (now - WINDOW).into();
    let mut values: Vec<Value> = Vec::with_capacity(20);
    for (_, value) in places {
        values.extend([value.clone(), within.clone(), value, within.clone()]);
    }
    values.extend(values_of_lately(now));
    values.extend([town.0.into(), (now - WINDOW.max(LOOK_BACK)).into()]);
    let row = connection.raw().query_one_raw(connection.kind().statement(&sql, values)).await?;
    let Some(row) = row else { return Ok(Default::default()) };
    let read = |column: &str| -> Result<Untyped, StoreError> {
        let count: i64 = row.try_get("", &format!("{column}_n"))?;
        let first_at = row.try_get("", &format!("{column}_at"))?;
        Ok(Untyped { count: u32::try_from(count).unwrap_or(u32::MAX), first_at })
    };
    let places = Places {
        network: read("network")?,
        wide_network: read("wide_network")?,
        number_block: read("number_block")?,
        office: read("office_id")?,
    };
    Ok((places, read_lately(&row)?))
}

/// How many codes of a town were sent lately, by whichever channel, and how many of them were typed in.
///
/// # Errors
/// When the database fails.
pub async fn lately(
    connection: &impl Connection,
    town: TownId,
    now: DateTime<Utc>,
) -> Result<Lately, StoreError> {
    connection.flush().await?;
    let sql = format!("SELECT {LATELY} FROM challenge WHERE town_id = ? AND created_at > ?");
    let values = values_of_lately(now).into_iter().chain([town.0.into(), (now - LOOK_BACK).into()]);
    let row = connection.raw().query_one_raw(connection.kind().statement(&sql, values)).await?;
    row.map_or(Ok(Lately::default()), |row| read_lately(&row))
}

const LATELY: &str = "count(CASE WHEN created_at > ? AND (state = 'used' OR created_at <= ?) THEN 1 END) AS sent, \
                      count(CASE WHEN created_at > ? AND state = 'used' THEN 1 END) AS typed_in";

fn values_of_lately(now: DateTime<Utc>) -> [Value; 3] {
    let since: Value = (now - LOOK_BACK).into();
    [since.clone(), (now - PATIENCE).into(), since]
}

fn read_lately(row: &QueryResult) -> Result<Lately, StoreError> {
    let read = |column: &str| -> Result<u32, StoreError> {
        let count: i64 = row.try_get("", column)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    };
    Ok(Lately { sent: read("sent")?, typed_in: read("typed_in")? })
}

/// Adds the challenge of a code that goes out with this transaction.
pub fn insert(tx: &Tx, town: TownId, booking: BookingId, new: &StoredChallenge, place: &CodePlace) {
    let row = challenge::ActiveModel {
        id: Set(new.id.0),
        town_id: Set(town.0),
        booking_id: Set(booking.0),
        phone_hash: Set(new.number.0.clone()),
        code_hash: Set(new.code_hash.clone()),
        state: Set("open".to_owned()),
        tries: Set(0),
        expires_at: Set(new.terms.expires_at()),
        resend_at: Set(new.terms.resend_at()),
        created_at: Set(new.terms.sent_at),
        channel: Set(new.channel.as_str().to_owned()),
        office_id: Set(Some(place.office.0)),
        network: Set(place.network.clone()),
        wide_network: Set(place.wide_network.clone()),
        number_block: Set(Some(place.number_block.clone())),
    };
    tx.later(&challenge::Entity::insert(row));
}

/// The latest challenge of a booking.
///
/// # Errors
/// When the database fails.
pub async fn latest(
    connection: &impl Connection,
    booking: BookingId,
) -> Result<Option<StoredChallenge>, StoreError> {
    connection.flush().await?;
    let rows = challenge::Entity::find()
        .filter(challenge::Column::BookingId.eq(booking.0))
        .order_by_desc(challenge::Column::CreatedAt)
        .order_by_desc(challenge::Column::Id)
        .limit(20)
        .all(connection.raw())
        .await?;
    let sends = u8::try_from(rows.len()).unwrap_or(u8::MAX);
    Ok(rows.into_iter().next().map(|row| StoredChallenge {
        id: ChallengeId(row.id),
        number: PhoneHash(row.phone_hash),
        code_hash: row.code_hash,
        channel: ChannelKind::parse(&row.channel).unwrap_or(ChannelKind::Sms),
        used: row.state == "used",
        terms: Challenge {
            sent_at: row.created_at,
            sends,
            wrong_tries: u8::try_from(row.tries).unwrap_or(u8::MAX),
        },
    }))
}

/// When codes were sent to this number since an instant, by whichever booking.
///
/// # Errors
/// When the database fails.
pub async fn sent_since(
    connection: &impl Connection,
    number: &PhoneHash,
    since: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, StoreError> {
    connection.flush().await?;
    let sent = challenge::Entity::find()
        .select_only()
        .column(challenge::Column::CreatedAt)
        .filter(challenge::Column::PhoneHash.eq(number.0.clone()))
        .filter(challenge::Column::CreatedAt.gt(since))
        .order_by_asc(challenge::Column::CreatedAt)
        .limit(100)
        .into_tuple()
        .all(connection.raw())
        .await?;
    Ok(sent)
}

/// Counts a wrong try, or marks the challenge as used, from the tries it was read with.
///
/// # Errors
/// [`StoreError::Stale`] when another try came between.
pub async fn tried(tx: &Tx, before: &StoredChallenge, wrong_tries: u8, used: bool) -> Result<(), StoreError> {
    let row = challenge::ActiveModel {
        tries: Set(i32::from(wrong_tries)),
        state: Set(if used { "used" } else { "open" }.to_owned()),
        ..challenge::ActiveModel::default()
    };
    let done = challenge::Entity::update_many()
        .set(row)
        .filter(challenge::Column::Id.eq(before.id.0))
        .filter(challenge::Column::State.eq("open"))
        .filter(challenge::Column::Tries.eq(i32::from(before.terms.wrong_tries)))
        .exec(tx.raw())
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

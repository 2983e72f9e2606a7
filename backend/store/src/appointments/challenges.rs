//! Verification challenges as rows: one row for each code that was sent, never the code itself.

use chrono::{DateTime, Utc};
use domain::appointments::guard::{LOOK_BACK, Lately, PATIENCE, Places, Untyped, WINDOW};
use domain::appointments::verification::Challenge;
use domain::ids::{BookingId, ChallengeId, OfficeId, TownId};
use domain::messaging::ChannelKind;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

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

/// The codes by SMS of the last hour that nobody typed in, by the places of one that is asked for now.
///
/// # Errors
/// When the database fails.
pub async fn untyped(
    connection: &impl Connection,
    town: TownId,
    place: &CodePlace,
    now: DateTime<Utc>,
) -> Result<Places, StoreError> {
    let counted = |column: &str| {
        format!(
            "count(CASE WHEN {column} = ? THEN 1 END) AS {column}_n, \
             min(CASE WHEN {column} = ? THEN created_at END) AS {column}_at"
        )
    };
    let columns = ["network", "wide_network", "number_block", "office_id"];
    let sql = format!(
        "SELECT {} FROM challenge WHERE town_id = ? AND created_at > ? AND state <> 'used' AND channel = 'sms'",
        columns.map(counted).join(", ")
    );
    let network = place.network.clone().unwrap_or_default();
    let wide = place.wide_network.clone().unwrap_or_default();
    let block = place.number_block.clone();
    let statement = connection.kind().statement(
        &sql,
        [
            network.clone().into(),
            network.into(),
            wide.clone().into(),
            wide.into(),
            block.clone().into(),
            block.into(),
            place.office.0.into(),
            place.office.0.into(),
            town.0.into(),
            (now - WINDOW).into(),
        ],
    );
    let Some(row) = connection.raw().query_one_raw(statement).await? else { return Ok(Places::default()) };
    let read = |column: &str| -> Result<Untyped, StoreError> {
        let count: i64 = row.try_get("", &format!("{column}_n"))?;
        let first_at = row.try_get("", &format!("{column}_at"))?;
        Ok(Untyped { count: u32::try_from(count).unwrap_or(u32::MAX), first_at })
    };
    Ok(Places {
        network: read("network")?,
        wide_network: read("wide_network")?,
        number_block: read("number_block")?,
        office: read("office_id")?,
    })
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
    let statement = connection.kind().statement(
        "SELECT count(CASE WHEN state = 'used' OR created_at <= ? THEN 1 END) AS sent, \
         count(CASE WHEN state = 'used' THEN 1 END) AS typed_in \
         FROM challenge WHERE town_id = ? AND created_at > ?",
        [(now - PATIENCE).into(), town.0.into(), (now - LOOK_BACK).into()],
    );
    let Some(row) = connection.raw().query_one_raw(statement).await? else { return Ok(Lately::default()) };
    let read = |column: &str| -> Result<u32, StoreError> {
        let count: i64 = row.try_get("", column)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    };
    Ok(Lately { sent: read("sent")?, typed_in: read("typed_in")? })
}

/// Adds the challenge of a code that goes out with this transaction.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    town: TownId,
    booking: BookingId,
    new: &StoredChallenge,
    place: &CodePlace,
) -> Result<(), StoreError> {
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
    challenge::Entity::insert(row).exec_without_returning(tx.raw()).await?;
    Ok(())
}

/// The latest challenge of a booking.
///
/// # Errors
/// When the database fails.
pub async fn latest(
    connection: &impl Connection,
    booking: BookingId,
) -> Result<Option<StoredChallenge>, StoreError> {
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

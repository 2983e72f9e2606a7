//! Messages people wrote to us, as rows: each once, and the place where some wait for each other.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::contact::PhoneNumber;
use domain::ids::{MessageId, TownId};
use domain::messaging::Recipient;
use domain::messaging::attempt::{InboundSms, ProviderOptOut};
use domain::messaging::heard::Heard;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, Unchanged,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::providers;
use crate::database::{Connection, Raw, Tx};
use crate::entities::inbound_sms;
use crate::error::StoreError;
use crate::sealed::Sealer;

const PURPOSE: &str = "inbound";

/// What is sealed of an inbound message.
#[derive(Serialize, Deserialize)]
struct Written {
    from: String,
    to: String,
    body: String,
    #[serde(default)]
    opt_out: Option<ProviderOptOut>,
}

/// When a message was written to us, and since when it waits for older ones, if it does.
#[derive(Clone, Copy, Debug)]
pub struct Came {
    /// When we or the provider received it.
    pub received_at: DateTime<Utc>,
    /// Since when it waits here; nothing when it is dealt with in the same transaction.
    pub landed_at: Option<DateTime<Utc>>,
}

/// A message nobody has dealt with.
#[derive(Debug)]
pub struct Waiting {
    /// Its row.
    pub id: Uuid,
    /// When it came.
    pub came: Came,
    row: inbound_sms::Model,
}

impl Waiting {
    /// What was written; nothing when it cannot be read any more.
    #[must_use]
    pub fn open(&self, tx: &Tx) -> Option<InboundSms> {
        open(tx.sealer(), &self.row)
    }
}

/// What a row says; nothing once it is erased, or when it cannot be read any more.
pub(super) fn open(sealer: &Sealer, row: &inbound_sms::Model) -> Option<InboundSms> {
    let written: Written = sealer.open(row.sealed.as_deref()?, PURPOSE).ok()?;
    Some(InboundSms {
        provider: providers::name(&row.provider),
        sid: row.provider_sid.clone(),
        from: PhoneNumber::trusted(written.from),
        to: written.to,
        body: written.body,
        opt_out: written.opt_out,
    })
}

/// Keeps an inbound message; `false` when it came before.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &Tx,
    (id, town): (Uuid, TownId),
    sms: &InboundSms,
    nonce: [u8; 12],
    came: Came,
) -> Result<bool, StoreError> {
    let written = Written {
        from: sms.from.e164().to_owned(),
        to: sms.to.clone(),
        body: sms.body.clone(),
        opt_out: sms.opt_out,
    };
    let row = inbound_sms::ActiveModel {
        id: Set(id),
        town_id: Set(town.0),
        provider: Set(sms.provider.to_owned()),
        provider_sid: Set(sms.sid.clone()),
        from_hash: Set(tx.sealer().phone_hash(&sms.from).0),
        from_tail: Set(Recipient::Phone(sms.from.clone()).tail()),
        sealed: Set(Some(tx.sealer().seal(&written, nonce, PURPOSE)?)),
        received_at: Set(came.received_at),
        landed_at: Set(came.landed_at),
        processed_at: Set(None),
        reply_message_id: Set(None),
        command: Set(None),
        outcome: Set(None),
    };
    let same = OnConflict::columns([inbound_sms::Column::Provider, inbound_sms::Column::ProviderSid])
        .do_nothing()
        .to_owned();
    let inserted =
        inbound_sms::Entity::insert(row).on_conflict(same).exec_without_returning(tx.raw()).await?;
    Ok(inserted > 0)
}

/// The oldest message of a number that nobody has dealt with.
///
/// # Errors
/// When the database fails.
pub async fn oldest(tx: &Tx, town: TownId, phone_hash: &[u8]) -> Result<Option<Waiting>, StoreError> {
    let row = inbound_sms::Entity::find()
        .filter(inbound_sms::Column::TownId.eq(town.0))
        .filter(inbound_sms::Column::FromHash.eq(phone_hash))
        .filter(inbound_sms::Column::ProcessedAt.is_null())
        .order_by_asc(inbound_sms::Column::ReceivedAt)
        .order_by_asc(inbound_sms::Column::Id)
        .one(tx.raw())
        .await?;
    Ok(row.map(|row| {
        let came = Came { received_at: row.received_at, landed_at: row.landed_at };
        Waiting { id: row.id, came, row }
    }))
}

/// Numbers with a message that has waited since then.
///
/// # Errors
/// When the database fails.
pub async fn numbers_waiting(
    connection: &impl Connection,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<(TownId, Vec<u8>)>, StoreError> {
    let rows: Vec<(Uuid, Vec<u8>)> = inbound_sms::Entity::find()
        .select_only()
        .distinct()
        .column(inbound_sms::Column::TownId)
        .column(inbound_sms::Column::FromHash)
        .filter(inbound_sms::Column::ProcessedAt.is_null())
        .filter(inbound_sms::Column::LandedAt.lte(since))
        .limit(limit)
        .into_tuple()
        .all(connection.raw())
        .await?;
    Ok(rows.into_iter().map(|(town, hash)| (TownId(town), hash)).collect())
}

/// Lets a message wait for older ones of its number.
///
/// # Errors
/// When the database fails.
pub async fn leave(tx: &Tx, id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = inbound_sms::ActiveModel { id: Unchanged(id), landed_at: Set(Some(now)), ..Default::default() };
    row.update(tx.raw()).await?;
    Ok(())
}

/// Which of these inbound messages of a provider are here.
///
/// # Errors
/// When the database fails.
pub async fn known(
    connection: &impl Connection,
    provider: &str,
    sids: &[&str],
) -> Result<BTreeSet<String>, StoreError> {
    let mut known = BTreeSet::new();
    for some in sids.chunks(500) {
        let rows: Vec<String> = inbound_sms::Entity::find()
            .select_only()
            .column(inbound_sms::Column::ProviderSid)
            .filter(inbound_sms::Column::Provider.eq(provider))
            .filter(inbound_sms::Column::ProviderSid.is_in(some.iter().copied()))
            .into_tuple()
            .all(connection.raw())
            .await?;
        known.extend(rows);
    }
    Ok(known)
}

/// How a message was dealt with.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// The word of the command it was understood as.
    pub command: Option<&'static str>,
    /// What became of it.
    pub heard: Heard,
    /// The answer.
    pub reply: Option<MessageId>,
}

/// Notes how an inbound message was dealt with.
///
/// # Errors
/// When the database fails.
pub async fn finish(tx: &Tx, id: Uuid, ended: Ended, now: DateTime<Utc>) -> Result<(), StoreError> {
    let row = inbound_sms::ActiveModel {
        id: Unchanged(id),
        processed_at: Set(Some(now)),
        reply_message_id: Set(ended.reply.map(|id| id.0)),
        command: Set(ended.command.map(str::to_owned)),
        outcome: Set(Some(ended.heard.as_str().to_owned())),
        ..Default::default()
    };
    row.update(tx.raw()).await?;
    Ok(())
}

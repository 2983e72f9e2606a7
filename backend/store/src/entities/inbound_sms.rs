//! The table `inbound_sms`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbound_sms")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub provider: String,
    pub provider_sid: String,
    pub from_hash: Vec<u8>,
    pub from_tail: String,
    pub sealed: Option<Vec<u8>>,
    pub received_at: DateTimeUtc,
    pub landed_at: Option<DateTimeUtc>,
    pub processed_at: Option<DateTimeUtc>,
    pub reply_message_id: Option<Uuid>,
    pub command: Option<String>,
    pub outcome: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

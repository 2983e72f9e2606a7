//! The table `slot_offer`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "slot_offer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub waiting_id: Uuid,
    pub freed_slot_id: Uuid,
    pub office_id: Uuid,
    pub pool_id: Uuid,
    pub audience: String,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub state: String,
    pub token_hash: Vec<u8>,
    pub offered_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

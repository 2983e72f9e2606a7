//! The table `freed_slot`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "freed_slot")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub office_id: Uuid,
    pub pool_id: Uuid,
    pub audience: String,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub release_at: DateTimeUtc,
    pub freed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

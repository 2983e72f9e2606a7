//! The table `hold`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub office_id: Uuid,
    pub pool_id: Uuid,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub audience: String,
    pub state: String,
    pub token_hash: Vec<u8>,
    #[sea_orm(column_type = "Text")]
    pub items: String,
    pub origin: Option<String>,
    pub device: Option<String>,
    pub wide_origin: Option<String>,
    pub expires_at: DateTimeUtc,
    pub extended: bool,
    pub version: i32,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

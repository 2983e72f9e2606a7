//! The table `booking`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "booking")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub office_id: Uuid,
    pub pool_id: Uuid,
    pub hold_id: Option<Uuid>,
    pub starts_at: DateTimeUtc,
    pub ends_at: DateTimeUtc,
    pub day: Date,
    pub audience: String,
    pub state: String,
    pub rev: i32,
    pub version: i32,
    pub check_in_code: Option<String>,
    pub link_token_hash: Option<Vec<u8>>,
    pub contact_id: Option<Uuid>,
    pub phone_hash: Option<Vec<u8>>,
    pub language: String,
    pub channel: String,
    pub people: i32,
    pub unverified_until: Option<DateTimeUtc>,
    pub remind_at: Option<DateTimeUtc>,
    pub remind_early_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub ended_at: Option<DateTimeUtc>,
    pub first_id: Option<Uuid>,
    pub moved_to: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

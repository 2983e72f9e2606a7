//! The table `waiting`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waiting")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub office_id: Option<Uuid>,
    pub state: String,
    pub items: String,
    pub from_day: Date,
    pub to_day: Date,
    pub from_min: i32,
    pub to_min: i32,
    pub contact_id: Option<Uuid>,
    pub phone_hash: Vec<u8>,
    pub language: String,
    pub booking_id: Option<Uuid>,
    pub token_hash: Vec<u8>,
    pub code_hash: Option<Vec<u8>>,
    pub code_until: Option<DateTimeUtc>,
    pub code_tries: i32,
    pub offers: i32,
    pub offered_on: Option<Date>,
    pub version: i32,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

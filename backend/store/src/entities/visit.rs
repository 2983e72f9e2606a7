//! The table `visit`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub office_id: Uuid,
    pub pool_id: Uuid,
    pub zone_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub day: Date,
    pub letter: String,
    pub number: i32,
    pub state: String,
    pub due_at: DateTimeUtc,
    pub appointment_at: Option<DateTimeUtc>,
    pub arrived_at: DateTimeUtc,
    pub counter_id: Option<Uuid>,
    pub called_at: Option<DateTimeUtc>,
    pub recalled_at: Option<DateTimeUtc>,
    pub calls: i32,
    pub started_at: Option<DateTimeUtc>,
    pub missed_at: Option<DateTimeUtc>,
    pub ended_at: Option<DateTimeUtc>,
    pub planned_min: i32,
    pub people: i32,
    pub language: String,
    pub contact_id: Option<Uuid>,
    pub phone_hash: Option<Vec<u8>>,
    pub token_hash: Option<Vec<u8>>,
    pub tap_key: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub park_reason: Option<String>,
    pub outside: bool,
    pub let_in_at: Option<DateTimeUtc>,
    pub first_id: Option<Uuid>,
    pub wished_counter_id: Option<Uuid>,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

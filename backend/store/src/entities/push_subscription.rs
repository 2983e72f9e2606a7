//! The table `push_subscription`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "push_subscription")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub visit_id: Option<Uuid>,
    pub endpoint_hash: Vec<u8>,
    pub sealed: Vec<u8>,
    pub vapid_key: String,
    pub consent_version: i32,
    pub consented_at: DateTimeUtc,
    pub last_ok_at: Option<DateTimeUtc>,
    pub failures: i32,
    pub failing_since: Option<DateTimeUtc>,
    pub delete_after: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Actions of operators on many messages.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub action: String,
    #[sea_orm(column_type = "Text")]
    pub filter: String,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub state: String,
    pub expected: i32,
    pub done: i32,
    pub left_out: i32,
    pub asked_by: Uuid,
    pub asked_at: DateTimeUtc,
    pub agreed_by: Option<Uuid>,
    pub agreed_at: Option<DateTimeUtc>,
    pub after_at: Option<DateTimeUtc>,
    pub after_id: Option<Uuid>,
    pub ended_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The table `counter`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "counter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub office_id: Uuid,
    pub pool_id: Uuid,
    pub number: String,
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub way: String,
    pub position: i32,
    pub staff_id: Option<Uuid>,
    pub opened_at: Option<DateTimeUtc>,
    pub paused: bool,
    pub version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

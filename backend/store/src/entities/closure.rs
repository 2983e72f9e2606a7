//! The table `closure`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "closure")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub scope: String,
    pub scope_id: Option<Uuid>,
    pub from_at: DateTimeUtc,
    pub until_at: DateTimeUtc,
    pub reason: String,
    pub at_most: i32,
    pub daily: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The table `event`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub at: DateTimeUtc,
    pub subject: String,
    pub subject_id: Uuid,
    pub from_state: Option<String>,
    pub to_state: String,
    pub actor: String,
    pub actor_id: Option<Uuid>,
    pub counter_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

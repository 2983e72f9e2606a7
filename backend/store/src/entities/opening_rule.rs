//! The table `opening_rule`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opening_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub pool_id: Uuid,
    pub weekdays: i32,
    pub every_weeks: i32,
    pub month_weeks: i32,
    pub opens_min: i32,
    pub closes_min: i32,
    pub capacity_public: i32,
    pub capacity_staff: i32,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The table `service`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub department_id: Uuid,
    pub slug: String,
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub sms_keyword: Option<String>,
    pub duration_min: i32,
    pub max_quantity: i32,
    pub sensitive: bool,
    pub popular: bool,
    pub active: bool,
    pub appointment_only: bool,
    pub bookable_from: Option<Date>,
    pub bookable_until: Option<Date>,
    #[sea_orm(column_type = "Text")]
    pub detail: String,
    pub position: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The table `challenge`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "challenge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub booking_id: Uuid,
    pub phone_hash: Vec<u8>,
    pub code_hash: Vec<u8>,
    pub state: String,
    pub tries: i32,
    pub expires_at: DateTimeUtc,
    pub resend_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
    pub channel: String,
    pub office_id: Option<Uuid>,
    pub network: Option<String>,
    pub wide_network: Option<String>,
    pub number_block: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

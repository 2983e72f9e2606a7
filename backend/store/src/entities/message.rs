//! The table `message`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub town_id: Uuid,
    pub dedupe_key: String,
    pub kind: String,
    pub lane: String,
    pub channel: String,
    pub template_version: i32,
    pub language: String,
    pub sealed: Option<Vec<u8>>,
    pub recipient_hash: Vec<u8>,
    pub recipient_tail: String,
    pub booking_id: Option<Uuid>,
    pub booking_rev: Option<i32>,
    pub visit_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    pub priority: i32,
    pub not_before: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub state: String,
    pub attempts: i32,
    pub claim_token: Option<Uuid>,
    pub claim_until: Option<DateTimeUtc>,
    pub enqueued_at: Option<DateTimeUtc>,
    pub provider: Option<String>,
    pub provider_ref: Option<String>,
    pub error_class: Option<String>,
    pub error_code: Option<String>,
    pub segments: Option<i32>,
    pub created_at: DateTimeUtc,
    pub accepted_at: Option<DateTimeUtc>,
    pub final_at: Option<DateTimeUtc>,
    pub sent_at: Option<DateTimeUtc>,
    pub text_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

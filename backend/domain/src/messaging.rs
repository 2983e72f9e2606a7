//! What we owe somebody: which notifications there are, their texts, when they may go out, what happens to one message,
//! and what people can write back.

pub mod attempt;
pub mod budget;
pub mod bulk;
pub mod conversation;
pub mod dedupe;
pub mod delivery;
pub mod failure;
pub mod frequency;
pub mod heard;
pub mod mail;
pub mod notification;
pub mod push;
pub mod recipient;
pub mod sending;
pub mod sms_dialogue;
pub mod sms_encoding;
pub mod standing;
pub mod template;
pub mod text;
pub mod timing;

pub use notification::{Kind, Lane, Notification};
pub use recipient::{ChannelKind, Recipient};

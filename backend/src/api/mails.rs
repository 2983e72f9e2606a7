//! Mails that somebody wants no more of.

use std::sync::Arc;

use domain::town::Town;
use operations::App;
use operations::messaging::opt_outs;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use crate::api::Tag;
use crate::problem::ApiError;

/// Mails to citizens.
pub struct MailsApi;

/// The secret in the link of a mail.
#[derive(Clone, Debug, Object)]
pub struct MailSecret {
    /// What stands behind the last slash.
    #[oai(validator(max_length = 100))]
    pub token: String,
}

#[derive(ApiResponse)]
enum Stopped {
    /// No more mails go there.
    #[oai(status = 204)]
    Stopped,
}

#[OpenApi(tag = "Tag::Appointments")]
impl MailsApi {
    /// No more mails to whoever got the one with this link; appointments stand.
    #[oai(path = "/mails/stop", method = "post", operation_id = "stop_mails")]
    async fn stop_mails(
        &self,
        app: Data<&App>,
        town: Data<&Arc<Town>>,
        request: Json<MailSecret>,
    ) -> Result<Stopped, ApiError> {
        opt_outs::stop_mails(&app, &town, &request.token).await?;
        Ok(Stopped::Stopped)
    }
}

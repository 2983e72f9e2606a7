//! The only place where a refusal becomes a status and a problem+json body (RFC 9457).
//!
//! Each verb family describes its refusals in a submodule; failures become 500 with a number to quote and
//! never tell details.

mod appointments;
mod devices;
mod messaging;
mod moves;
mod planning;
mod push;
mod queue;
mod staff;
mod statistics;
mod waiting;

pub(crate) use appointments::invalid;
use domain::language::{Language, Text as Words};
use poem::IntoResponse;
use poem::http::StatusCode;
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};
use serde_json::Value;

/// A text in German and, where somebody translated it, in English.
#[derive(Clone, Debug, Object)]
#[oai(skip_serializing_if_is_none = false)]
pub struct Text {
    /// German, always there.
    pub de: String,
    /// English; `null` falls back to German.
    pub en: Option<String>,
}

impl From<Words> for Text {
    fn from(words: Words) -> Self {
        Self { de: words.de, en: words.en }
    }
}

/// What is wrong with one field of the request.
#[derive(Clone, Debug, Object)]
pub struct FieldProblem {
    /// The field's name, as in the request.
    pub field: String,
    /// A stable word for what is wrong: `required`, `invalid`, `foreign`, …
    pub code: String,
    /// What is wrong, for people.
    pub detail: Text,
}

/// Why a request was refused (RFC 9457); `code` is stable and meant for programs.
#[derive(Clone, Debug, Object)]
pub struct Problem {
    /// A URI reference for this kind of problem.
    #[oai(rename = "type")]
    pub kind: String,
    /// The short German sentence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// A stable word for this kind of problem.
    pub code: String,
    /// What went wrong and what helps, for people.
    pub detail: Text,
    /// What is wrong with which field.
    pub fields: Vec<FieldProblem>,
    /// The number of this request, to quote when asking for help.
    pub request_id: Option<String>,
    /// Facts that belong to this code, such as the nearest free slots.
    pub data: Option<Value>,
}

/// A refusal in the words of HTTP.
#[derive(Clone, Debug)]
pub struct Description {
    /// The status.
    pub status: StatusCode,
    /// The stable word.
    pub code: &'static str,
    /// German and English sentence.
    pub detail: Words,
    /// What is wrong with which field.
    pub fields: Vec<FieldProblem>,
    /// Facts that belong to the code.
    pub data: Option<Value>,
}

impl Description {
    /// A description without fields and facts.
    pub fn new(status: StatusCode, code: &'static str, de: &str, en: &str) -> Self {
        Self { status, code, detail: Words::new(de, en), fields: Vec::new(), data: None }
    }

    /// With facts that belong to the code.
    #[must_use]
    pub fn with(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// With one more field that is wrong.
    #[must_use]
    pub fn field(mut self, field: &str, code: &str, de: &str, en: &str) -> Self {
        let detail = Text { de: de.to_owned(), en: Some(en.to_owned()) };
        self.fields.push(FieldProblem { field: field.to_owned(), code: code.to_owned(), detail });
        self
    }

    /// The body that goes out.
    pub fn into_problem(self) -> Problem {
        Problem {
            kind: format!("/api/problems/{}", self.code),
            title: self.detail.de.clone(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail.into(),
            fields: self.fields,
            request_id: current_request_id(),
            data: self.data,
        }
    }
}

/// Implemented by every refusal a caller may see.
pub trait Describe {
    /// The refusal in the words of HTTP.
    fn describe(&self) -> Description;
}

/// A field that cannot be read: which one, and what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    field: String,
    detail: (&'static str, &'static str),
}

impl Unreadable {
    /// A field with something that cannot be.
    pub(crate) fn field(field: impl Into<String>) -> Self {
        Self { field: field.into(), detail: ("Das ist so nicht gültig.", "This is not valid.") }
    }

    /// A field with a word we do not know there: as a filter it would let everything through.
    pub(crate) fn word(field: &str) -> Self {
        let detail = ("Dieses Wort kennen wir hier nicht.", "We do not know this word here.");
        Self { field: field.to_owned(), detail }
    }

    /// A field with something that is no time of day.
    pub(crate) fn time(field: &str) -> Self {
        let detail = ("Bitte geben Sie eine Uhrzeit wie 08:00 an.", "Please enter a time like 08:00.");
        Self { field: field.to_owned(), detail }
    }
}

impl Describe for Unreadable {
    fn describe(&self) -> Description {
        invalid().field(&self.field, "invalid", self.detail.0, self.detail.1)
    }
}

impl From<Unreadable> for ApiError {
    fn from(unreadable: Unreadable) -> Self {
        unreadable.describe().into()
    }
}

/// The language somebody wishes, in the request's field `language` (see [`Language::wished`]).
pub(crate) fn language(tag: &str) -> Result<Language, Unreadable> {
    Language::wished(tag).map_err(|_| Unreadable::field("language"))
}

/// A [`Problem`] as `application/problem+json`.
#[derive(Clone, Debug)]
pub struct ProblemJson(pub Problem);

impl Payload for ProblemJson {
    const CONTENT_TYPE: &'static str = "application/problem+json";

    fn check_content_type(content_type: &str) -> bool {
        content_type.starts_with(Self::CONTENT_TYPE)
    }

    fn schema_ref() -> MetaSchemaRef {
        Problem::schema_ref()
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

impl IntoResponse for ProblemJson {
    fn into_response(self) -> poem::Response {
        poem::Response::builder().content_type(Self::CONTENT_TYPE).body(self.0.to_json_string())
    }
}

impl ApiResponse for ProblemJson {
    fn meta() -> poem_openapi::registry::MetaResponses {
        poem_openapi::registry::MetaResponses {
            responses: vec![poem_openapi::registry::MetaResponse {
                description: "",
                status: None,
                status_range: None,
                content: vec![MetaMediaType { content_type: Self::CONTENT_TYPE, schema: Self::schema_ref() }],
                headers: vec![],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        <Self as Payload>::register(registry);
    }
}

/// Every refusal and failure of the API.
#[derive(Clone, Debug, ApiResponse)]
pub enum ApiError {
    /// The request cannot be understood.
    #[oai(status = 400)]
    BadRequest(ProblemJson),
    /// Who calls is not known.
    #[oai(status = 401)]
    Unauthorized(ProblemJson),
    /// Who calls may not do this.
    #[oai(status = 403)]
    Forbidden(ProblemJson),
    /// There is no such thing, or not for this caller.
    #[oai(status = 404)]
    NotFound(ProblemJson),
    /// It is not possible in the present state.
    #[oai(status = 409)]
    Conflict(ProblemJson),
    /// Some field is wrong.
    #[oai(status = 422)]
    Unprocessable(ProblemJson),
    /// Something has to come with the request first.
    #[oai(status = 428)]
    PreconditionRequired(ProblemJson),
    /// Too many tries.
    #[oai(status = 429)]
    TooManyRequests(ProblemJson),
    /// We failed.
    #[oai(status = 500)]
    Failed(ProblemJson),
    /// We cannot do it just now.
    #[oai(status = 503)]
    Unavailable(ProblemJson),
}

impl From<Description> for ApiError {
    fn from(description: Description) -> Self {
        let status = description.status;
        let body = ProblemJson(description.into_problem());
        match status {
            StatusCode::BAD_REQUEST => Self::BadRequest(body),
            StatusCode::UNAUTHORIZED => Self::Unauthorized(body),
            StatusCode::FORBIDDEN => Self::Forbidden(body),
            StatusCode::NOT_FOUND => Self::NotFound(body),
            StatusCode::CONFLICT => Self::Conflict(body),
            StatusCode::UNPROCESSABLE_ENTITY => Self::Unprocessable(body),
            StatusCode::PRECONDITION_REQUIRED => Self::PreconditionRequired(body),
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyRequests(body),
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable(body),
            _ => Self::Failed(body),
        }
    }
}

impl<R: Describe> From<operations::Error<R>> for ApiError {
    fn from(error: operations::Error<R>) -> Self {
        match error {
            operations::Error::Refused(refusal) => refusal.describe().into(),
            operations::Error::Failed(failure) => failed(&failure).into(),
        }
    }
}

/// A failure of ours: logged here, once, with its causes; the caller gets the request's number only.
pub fn failed(failure: &(dyn std::error::Error + 'static)) -> Description {
    if failure.downcast_ref::<operations::StoreError>().is_some_and(operations::StoreError::is_overload) {
        return overloaded(failure);
    }
    let mut causes = String::new();
    let mut source = failure.source();
    while let Some(cause) = source {
        causes.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    if failure.downcast_ref::<operations::StoreError>().is_some_and(operations::StoreError::is_away) {
        tracing::warn!(error = %failure, %causes, "nobody is served");
        return away();
    }
    tracing::error!(error = %failure, %causes, "request failed");
    Description::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "failed",
        "Das hat leider nicht geklappt. Bitte versuchen Sie es noch einmal.",
        "Something went wrong on our side. Please try again.",
    )
}

/// What everything lies in is away; whether something was changed, only it knows.
pub(crate) fn away() -> Description {
    Description::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "Das geht gerade nicht. Wir arbeiten daran; bitte versuchen Sie es in einer Minute noch einmal.",
        "This does not work just now. We are at it; please try again in a minute.",
    )
}

/// More is asked for than we can do just now; nothing was changed.
fn overloaded(failure: &dyn std::error::Error) -> Description {
    tracing::warn!(error = %failure, "overloaded");
    Description::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "overloaded",
        "Gerade ist viel los. Bitte versuchen Sie es gleich noch einmal.",
        "Many people are here just now. Please try again in a moment.",
    )
}

tokio::task_local! {
    /// The number of the request being answered; set by the request-id middleware.
    pub static REQUEST_ID: String;
}

/// The number of the request being answered, if one is.
pub fn current_request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::IntoResponse;

    #[test]
    fn what_a_refusal_is_called_is_the_status_it_is_sent_with() {
        for status in [400, 401, 403, 404, 409, 422, 428, 429, 500, 503] {
            let status = StatusCode::from_u16(status).expect("a status");
            let refused = ApiError::from(Description::new(status, "probe", "Probe.", "Probe."));
            assert_eq!(refused.into_response().status(), status);
        }
    }
}

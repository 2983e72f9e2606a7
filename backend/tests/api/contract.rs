//! The description of the API: committed, complete, and the same as what runs.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

pub fn spec() -> Value {
    serde_json::from_str(&backend::openapi::spec()).unwrap()
}

/// Every operation: method, path, and what the description says of it.
pub fn operations(spec: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in spec["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn the_committed_description_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed.trim() == backend::openapi::spec().trim(),
        "backend/openapi.json is stale: run `make api` and commit what it writes"
    );
}

#[test]
fn every_operation_has_an_id_of_its_own_and_a_sentence() {
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&spec()) {
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
        assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{id} is not in snake_case");
        assert!(ids.insert(id.to_owned()), "{id} is used twice");
        let sentence = operation["summary"].as_str().unwrap_or_default();
        assert!(sentence.ends_with('.'), "{id} has no sentence: {sentence:?}");
    }
}

#[test]
fn every_refusal_is_a_problem() {
    for (_, path, operation) in operations(&spec()) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            if status.starts_with('4') || status.starts_with('5') {
                let problem = &response["content"]["application/problem+json"];
                assert!(problem.is_object(), "{path} answers {status} with {response}");
            }
        }
    }
}

//! The catalogue: ours is read whole, a wrong one is refused whole, with every error in its place.
#![cfg(test)]

use domain::appointments::form::Asked;
use domain::catalog::{Catalogue, Fees, OnlinePossible, ServiceKind};
use proptest::prelude::*;
use serde_json::{Value, json};

const OURS: &str = include_str!("../../lotse/data/catalogue.json");

fn ours() -> Catalogue {
    Catalogue::parse(OURS).unwrap()
}

fn changed(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut catalogue: Value = serde_json::from_str(OURS).unwrap();
    change(&mut catalogue);
    let errors = Catalogue::parse(&catalogue.to_string()).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn our_catalogue_has_120_services_in_10_departments() {
    let catalogue = ours();
    assert_eq!((catalogue.departments.len(), catalogue.services.len()), (10, 120));
    let card = &catalogue.services[0];
    assert_eq!(card.slug, "personalausweis-beantragen");
    assert_eq!((card.duration_min, card.max_quantity, card.kind), (15, 2, ServiceKind::Public));
    assert_eq!(card.detail.online.possible, OnlinePossible::No);
    assert_eq!(card.detail.fees.as_ref().and_then(Fees::from_cents), Some(2760));
    assert_eq!(card.detail.form.phone, Asked::Required);
    assert!(card.popular && !card.sensitive);
}

#[test]
fn some_services_stand_on_the_first_page_and_some_are_named_in_no_message() {
    let services = ours().services;
    assert!((6..=12).contains(&services.iter().filter(|service| service.popular).count()));
    let sensitive = |slug: &str| services.iter().any(|service| service.slug == slug && service.sensitive);
    assert!(sensitive("kirchenaustritt") && sensitive("aufenthaltstitel-erteilen"));
}

#[test]
fn some_services_have_an_online_address_and_it_is_nobodys() {
    let services = ours().services;
    let online = services.iter().map(|service| &service.detail.online);
    let with_address: Vec<_> =
        online.filter_map(|online| Some((online.possible, online.url.as_deref()?))).collect();
    assert!(with_address.len() >= 8, "{with_address:?}");
    for (possible, url) in with_address {
        // RFC 2606: such names lead nowhere, and to nobody.
        assert!(url.starts_with("https://online.stadt.example/") && possible != OnlinePossible::No, "{url}");
    }
}

#[test]
fn every_error_is_told_with_its_place() {
    let errors = changed(|catalogue| {
        catalogue["departments"][1]["slug"] = json!("buergerbuero");
        catalogue["services"][2]["duration_min"] = json!("15");
        catalogue["services"][3]["name_de"] = json!("");
        catalogue["services"][4]["name_de"] = json!("Zwei\nZeilen");
        catalogue["services"][4]["department"] = json!("nowhere");
        catalogue["services"][5]["fee"]["items"][0]["cents"] = json!(-1);
        catalogue["services"][6]["durations"] = json!(15);
        catalogue["services"][7].as_object_mut().unwrap().remove("keywords");
        catalogue["services"][8]["online"]["possible"] = json!("maybe");
    });
    for expected in [
        "departments[1].slug: \"buergerbuero\" is taken by departments[0]",
        "services[2].duration_min: a whole number from 1 to 240 is needed, \"15\" found",
        "services[3].name_de: must not be empty",
        "services[4].name_de: is one line",
        "services[4].department: there is no department \"nowhere\"",
        "services[5].fee.items[0].cents: a whole number from 0 to 10000000 is needed, -1 found",
        "services[6].durations: unknown field",
        "services[8].online.possible: no, partial or full is needed, \"maybe\" found",
    ] {
        assert!(errors.iter().any(|error| error == expected), "{expected} is missing in {errors:#?}");
    }
    let standesamt = errors.iter().filter(|error| error.contains("no department \"standesamt\"")).count();
    assert!(standesamt > 0, "the services of the lost department are told too");
}

#[test]
fn slugs_and_sms_keywords_are_taken_once() {
    let errors = changed(|catalogue| {
        catalogue["services"][1]["slug"] = catalogue["services"][0]["slug"].clone();
        catalogue["services"][1]["sms_keyword"] = json!("PERSO");
        catalogue["services"][2]["sms_keyword"] = json!("zu klein");
    });
    assert_eq!(
        errors,
        [
            "services[2].sms_keyword: 3 to 12 of A–Z and 0–9 are allowed",
            "services[1].slug: \"personalausweis-beantragen\" is taken by services[0]",
            "services[1].sms_keyword: \"PERSO\" is taken by services[0]",
        ]
    );
}

#[test]
fn no_service_is_called_like_a_command() {
    for word in
        ["STORNO", "HALT", "STOP", "START", "INFO", "TERMIN", "HILFE", "CANCEL", "ENGLISH", "TREMIN", "KEINE"]
    {
        let errors = changed(|catalogue| catalogue["services"][2]["sms_keyword"] = json!(word));
        assert_eq!(errors, ["services[2].sms_keyword: this word means something else in an SMS"], "{word}");
    }
}

#[test]
fn what_is_no_json_is_told_by_line_and_column() {
    let errors = Catalogue::parse("{\n  \"departments\": [,]\n}").unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].place, "line 2, column 19");
    let empty: Vec<String> = Catalogue::parse("[]").unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(empty[0], "file: an object is needed, a list found");
}

#[test]
fn fields_kinds_and_flags_may_be_given() {
    let mut catalogue: Value = serde_json::from_str(OURS).unwrap();
    catalogue["services"][0]["kind"] = json!("internal");
    catalogue["services"][0]["form"] = json!({"address": "required", "email": "not_asked"});
    let read = Catalogue::parse(&catalogue.to_string()).unwrap();
    assert_eq!(read.services[0].kind, ServiceKind::Internal);
    assert_eq!(read.services[0].detail.form.address, Asked::Required);
    assert_eq!(read.services[0].detail.form.email, Asked::NotAsked);
    assert_eq!(read.services[0].detail.form.name, Asked::Required);
    let wrong = changed(|catalogue| catalogue["services"][0]["flags"] = json!(["popular", "nice"]));
    assert_eq!(wrong, ["services[0].flags: unknown flag \"nice\""]);
}

proptest! {
    #[test]
    fn reading_a_catalogue_never_panics(text: String) {
        let _ = Catalogue::parse(&text);
    }
}

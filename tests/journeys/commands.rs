//! The one-off commands as an operator types them: they say what is wrong and where, and change nothing then.

use std::path::Path;

use serde_json::Value;
use system_tests::harness::processes::Start;
use system_tests::town::Town;

#[tokio::test]
async fn a_catalogue_with_errors_is_refused_whole_with_the_place_of_each() {
    let Some(town) = Town::cluster(0).await else { return };
    let before = town.sql().sql("SELECT slug, duration_min FROM service ORDER BY slug");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend/lotse/data/catalogue.json");
    let mut catalogue: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    catalogue["services"][0]["duration_min"] = Value::from(20);
    catalogue["services"][3]["duration_min"] = Value::from(-5);
    catalogue["services"][7]["department"] = Value::from("nowhere");
    let broken = town.folder().join("broken.json");
    std::fs::write(&broken, catalogue.to_string()).unwrap();

    let refused = town.run(&["import", &broken.display().to_string()]).unwrap_err().to_string();
    assert!(refused.contains("services[3]") && refused.contains("services[7]"), "{refused}");
    assert!(refused.contains("nowhere"), "{refused}");
    assert_eq!(town.sql().sql("SELECT slug, duration_min FROM service ORDER BY slug"), before);
}

#[tokio::test]
async fn a_set_up_with_errors_begins_no_town() {
    let Some(town) = Town::cluster(0).await else { return };
    let everything = || {
        let counts = ["town", "department", "service", "office", "pool", "offer"];
        counts.map(|table| town.sql().count(&format!("SELECT count(*) FROM {table}")))
    };
    let before = everything();
    let kept = town.folder().join("kept.json").display().to_string();
    town.run(&["export", &kept]).unwrap();
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(&kept).unwrap()).unwrap();
    file["pools"][0]["offers"] = serde_json::json!([{ "service": "gibt-es-nicht", "duration_min": 10 }]);
    let broken = town.folder().join("broken-town.json").display().to_string();
    std::fs::write(&broken, file.to_string()).unwrap();

    let into = ["--as", "dorf", "--name", "Gemeinde Dorf", "--host", "dorf.example"];
    let import = |file| town.run(&[&["import", file], &into[..]].concat());
    let refused = import(&broken).unwrap_err().to_string();
    assert!(refused.contains("pools[0]") && refused.contains("gibt-es-nicht"), "{refused}");
    assert_eq!(everything(), before, "neither the town nor anything of it");

    import(&kept).unwrap();
    assert_eq!(
        town.sql().count("SELECT count(*) FROM town WHERE slug = 'dorf'"),
        1,
        "its name is still free"
    );
}

#[tokio::test]
async fn the_doctor_finds_a_healthy_town_healthy_and_a_missing_redis_missing() {
    let Some(mut town) = Town::cluster(0).await else { return };
    let healthy = town.run(&["doctor"]).unwrap();
    assert!(healthy.to_lowercase().contains("redis"), "{healthy}");
    town.redis.as_mut().unwrap().stop();
    let ill = town.run(&["doctor"]).unwrap_err().to_string();
    assert!(ill.to_lowercase().contains("redis"), "{ill}");
}

#[test]
fn a_wrong_setting_is_named_with_its_value_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let start = Start::of(&["serve"]).with("LOTSE_HTTP__STOP_SECONDS", "soon");
    let refused = start.run(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("stop_seconds") || refused.contains("STOP_SECONDS"), "{refused}");
    assert!(refused.contains("soon"), "{refused}");
}

#[test]
fn the_committed_api_description_is_what_the_binary_writes() {
    let folder = tempfile::tempdir().unwrap();
    let written = Start::of(&["openapi"]).run(folder.path()).unwrap();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../backend/openapi.json");
    let committed = std::fs::read_to_string(committed).expect("backend/openapi.json is committed");
    assert!(
        written.trim() == committed.trim(),
        "backend/openapi.json is stale: run `make api` and commit it"
    );
}

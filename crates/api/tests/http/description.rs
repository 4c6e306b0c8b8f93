//! The description of the interface, kept as a file beside the other formats.

use std::path::Path;

use serde_json::Value;

use crate::client::House;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/formats/openapi.json");

/// With `UPDATE_EXPECTED=1` in the environment the file is written anew, for a person to review.
#[test]
fn the_file_is_the_description() {
    let text = api::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let kept = std::fs::read_to_string(Path::new(FILE)).unwrap_or_default();
    assert!(kept == text, "the interface is not the one of docs/formats/openapi.json: UPDATE_EXPECTED=1");
}

#[tokio::test]
async fn everybody_may_read_it_and_each_operation_says_every_answer() {
    let house = House::in_order().await;
    let served = house.say("GET", "/v1/openapi.json", &[], b"").await.found(200);
    assert_eq!(served, serde_json::to_value(api::openapi()).unwrap());
    assert_eq!(served["openapi"], "3.1.0");
    let mut operations = 0;
    for (path, item) in served["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let answers = operation["responses"].as_object().unwrap();
            for status in ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "503"] {
                let content = &answers[status]["content"]["application/problem+json"];
                assert_eq!(
                    content["schema"]["$ref"], "#/components/schemas/Problem",
                    "{method} {path} {status}"
                );
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let named = |name: &str| {
                parameters.iter().any(|one: &Value| one["name"] == name && one["required"] == true)
            };
            assert_eq!(named("Idempotency-Key"), method == "post", "{path}");
            assert_eq!(named("establishment"), path.contains("{establishment}"), "{path}");
        }
    }
    assert_eq!(operations, 21);
}

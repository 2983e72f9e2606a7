//! Keeps the map of the code: who may import whom, where each technology lives, and what may not lie in the tree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Which of our crates a crate of ours may build on.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("bus", &[]),
    ("runtime", &[]),
    ("migrations", &[]),
    ("store", &["domain"]),
    ("channels", &["domain"]),
    ("operations", &["domain", "store", "bus"]),
    ("backend", &["domain", "operations", "channels", "bus", "runtime"]),
    ("workers", &["domain", "operations", "channels", "bus", "runtime"]),
    ("simulator", &["domain"]),
    (
        "lotse",
        &[
            "domain",
            "store",
            "bus",
            "operations",
            "channels",
            "runtime",
            "backend",
            "workers",
            "migrations",
            "simulator",
        ],
    ),
    // Processes are seen from outside only; the expected waits are rules and arithmetic, so the rules are at hand.
    ("system-tests", &["domain", "simulator"]),
];

/// Where a technology lives: a crate whose name starts so may be imported there only.
/// The system tests stand at the far side of the network: they have their own client and server.
const HOMES: &[(&str, &[&str])] = &[
    ("poem", &["backend", "system-tests"]),
    ("sea-orm-migration", &["migrations"]),
    ("sea-orm", &["store", "migrations"]),
    ("sqlx", &["store"]),
    ("apalis", &["workers"]),
    ("redis", &["bus", "workers", "system-tests"]),
    ("reqwest", &["channels", "system-tests"]),
    ("hyper", &["channels", "backend"]),
    ("twilio", &["channels"]),
    ("lettre", &["channels"]),
    ("web-push", &["channels", "system-tests"]),
    ("argon2", &["operations"]),
    ("figment", &["runtime"]),
    ("tracing-subscriber", &["runtime"]),
];

/// What the rules are made of, and nothing else: no I/O, no async, no clock, no randomness.
const DOMAIN_MAY_USE: &[&str] =
    &["chrono", "chrono-tz", "phonenumber", "serde", "serde_json", "sha2", "thiserror", "url", "uuid"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_path_buf()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata runs")
}

fn imports(package: &Package) -> impl Iterator<Item = &str> {
    // Optional imports are those of a test feature (`operations/testing`); no build for people has them.
    let needed = |it: &&cargo_metadata::Dependency| it.kind != DependencyKind::Development && !it.optional;
    package.dependencies.iter().filter(needed).map(|it| it.name.as_str())
}

fn allowed(table: &BTreeMap<&str, &[&str]>, package: &str) -> Vec<String> {
    table
        .get(package)
        .unwrap_or_else(|| panic!("`{package}` has no row in MAY_IMPORT"))
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn our_crates_import_each_other_only_along_the_map() {
    let metadata = metadata();
    let table: BTreeMap<_, _> = MAY_IMPORT.iter().copied().collect();
    let mut strays = Vec::new();
    for package in metadata.workspace_packages() {
        let allowed = allowed(&table, &package.name);
        for import in imports(package).filter(|it| table.contains_key(it)) {
            if !allowed.iter().any(|it| it == import) {
                strays.push(format!("{} imports {import}", package.name));
            }
        }
    }
    assert!(strays.is_empty(), "not on the map: {strays:?}");
}

#[test]
fn backend_and_workers_never_know_each_other_not_even_in_their_tests() {
    for package in metadata().workspace_packages() {
        let stranger = match package.name.as_str() {
            "backend" => "workers",
            "workers" => "backend",
            _ => continue,
        };
        assert!(
            package.dependencies.iter().all(|it| it.name != stranger),
            "{} knows {stranger}",
            package.name
        );
    }
}

#[test]
fn each_technology_stays_in_its_home() {
    let mut strays = Vec::new();
    for package in metadata().workspace_packages() {
        for import in imports(package) {
            let home = HOMES.iter().find(|(technology, _)| import.starts_with(technology));
            if let Some((_, homes)) = home
                && !homes.contains(&package.name.as_str())
            {
                strays.push(format!("{} imports {import}, which lives in {homes:?}", package.name));
            }
        }
    }
    assert!(strays.is_empty(), "{strays:?}");
}

#[test]
fn the_domain_is_made_of_rules_only() {
    let metadata = metadata();
    let domain =
        metadata.workspace_packages().into_iter().find(|it| it.name == "domain").expect("a domain crate");
    let strays: Vec<_> = imports(domain).filter(|it| !DOMAIN_MAY_USE.contains(it)).collect();
    assert!(strays.is_empty(), "the domain imports {strays:?}");
}

#[test]
fn every_member_takes_lints_version_and_licence_from_the_workspace() {
    for package in metadata().workspace_packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).expect("the manifest is readable");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} sets its own lints", package.name);
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            assert!(
                manifest.contains(&format!("{key}.workspace = true")),
                "{} sets its own {key}",
                package.name
            );
        }
    }
}

/// The files git knows, or all below the root where there is no git: relative paths with their text.
fn tracked_texts() -> Vec<(String, String)> {
    let listing = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let names: Vec<String> = match listing {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).split('\0').map(str::to_owned).collect()
        }
        _ => files_below(&root()),
    };
    names
        .into_iter()
        .filter(|it| !it.is_empty() && !it.ends_with(".lock") && !it.ends_with("package-lock.json"))
        .filter_map(|it| std::fs::read_to_string(root().join(&it)).ok().map(|text| (it, text)))
        .collect()
}

fn files_below(folder: &Path) -> Vec<String> {
    const NOT_OURS: &[&str] = &["target", "node_modules", "dist", ".git", "shots", "data"];
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the tree is readable").flatten() {
        let path = entry.path();
        if path.is_file() {
            names.push(path.strip_prefix(root()).expect("below the root").display().to_string());
        } else if !NOT_OURS.contains(&entry.file_name().to_string_lossy().as_ref()) {
            names.extend(files_below(&path));
        }
    }
    names
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    // Written in parts, so that this file does not find itself.
    let folders = ["work", "farm", "root", "Users"].map(|it| format!("/{it}/"));
    let mut places = Vec::new();
    for (name, text) in tracked_texts() {
        for (number, line) in text.lines().enumerate() {
            let found = folders.iter().any(|folder| {
                line.match_indices(folder.as_str()).any(|(at, _)| {
                    !line[..at]
                        .ends_with(|before: char| before.is_alphanumeric() || "._-}*])/".contains(before))
                })
            });
            if found {
                places.push(format!("{name}:{}", number + 1));
            }
        }
    }
    assert!(places.is_empty(), "paths of a machine in {places:?}");
}

/// The German mobile numbers in a line, digits only and without country code: `171…`.
fn mobile_numbers(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let bytes = line.as_bytes();
    for (at, _) in line.char_indices() {
        if at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || b"._-+/#x".contains(&bytes[at - 1])) {
            continue;
        }
        let rest = &line[at..];
        let Some(rest) = ["+49", "0049", "0"].iter().find_map(|it| rest.strip_prefix(it)) else { continue };
        let digits: String = rest
            .chars()
            .take_while(|it| it.is_ascii_digit() || " /-".contains(*it))
            .filter(char::is_ascii_digit)
            .collect();
        let mobile = ["15", "16", "17"].iter().any(|it| digits.starts_with(it));
        if mobile && (9..=11).contains(&digits.len()) {
            found.push(digits);
        }
    }
    found
}

#[test]
fn every_mobile_number_in_the_tree_is_one_nobody_has() {
    // 0171 39200xx is kept free for films and examples by the Bundesnetzagentur.
    let mut places = Vec::new();
    for (name, text) in tracked_texts() {
        for (number, line) in text.lines().enumerate() {
            for stray in
                mobile_numbers(line).iter().filter(|it| !(it.starts_with("17139200") && it.len() == 10))
            {
                places.push(format!("{name}:{} …{}", number + 1, &stray[stray.len() - 4..]));
            }
        }
    }
    assert!(places.is_empty(), "numbers outside 0171 39200xx in {places:?}");
}

#[test]
fn mobile_numbers_are_found_as_people_write_them() {
    for written in ["0171 3920012", "+49 171 39200-12", "0049171/3920012", "tel:+491713920012"] {
        assert_eq!(mobile_numbers(written), ["1713920012"], "{written}");
    }
    for other in ["0.1713920012", "030 1234567", "x01713920012", "2017-10-15", "01713920012345"] {
        assert!(mobile_numbers(other).is_empty(), "{other}");
    }
}

#[test]
fn every_module_opens_with_what_it_is_for() {
    let silent: Vec<_> = tracked_texts()
        .into_iter()
        .filter(|(name, text)| name.ends_with(".rs") && !text.trim_start().starts_with("//!"))
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "no `//!` at the top of {silent:?}");
}

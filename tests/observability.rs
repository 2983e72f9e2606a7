//! Keeps the alert rules: they can be read, name only figures that exist, and each has its runbook.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_path_buf()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rules, as Prometheus reads them.
fn rules() -> Vec<Value> {
    let file: Value =
        serde_yaml::from_str(&text("infra/observability/alerts.yaml")).expect("the rules are YAML");
    let groups = file["groups"].as_array().expect("groups").clone();
    groups.iter().flat_map(|group| group["rules"].as_array().expect("rules").clone()).collect()
}

fn word<'a>(rule: &'a Value, pointer: &str) -> &'a str {
    rule.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} is missing in {rule}"))
}

/// The names in an expression that begin like ours.
fn names(expression: &str) -> BTreeSet<String> {
    let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("lotse_")).map(str::to_owned).collect()
}

/// The names the program has figures under; histograms with what Prometheus makes of them.
fn figures() -> BTreeSet<String> {
    let source = text("backend/runtime/src/metrics.rs");
    let mut known = BTreeSet::new();
    for name in source.split('"').filter(|piece| piece.starts_with("lotse_")) {
        known.insert(name.to_owned());
        if name.ends_with("_seconds") {
            known.extend(["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")));
        }
    }
    known
}

#[test]
fn every_figure_a_rule_names_exists() {
    let known = figures();
    assert!(known.len() > 20, "the names are found: {known:?}");
    for rule in rules() {
        let named = names(word(&rule, "/expr"));
        assert!(!named.is_empty(), "{rule} looks at nothing of ours");
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{} names {unknown:?}", word(&rule, "/alert"));
    }
}

#[test]
fn every_rule_can_be_read_and_every_alert_has_one_name() {
    let mut seen = BTreeSet::new();
    for rule in rules() {
        let (alert, expression) = (word(&rule, "/alert"), word(&rule, "/expr"));
        assert!(seen.insert(alert.to_owned()), "{alert} is there twice");
        let mut open = Vec::new();
        for c in expression.chars() {
            match c {
                '(' | '[' | '{' => open.push(c),
                ')' => assert_eq!(open.pop(), Some('('), "{alert}: {expression}"),
                ']' => assert_eq!(open.pop(), Some('['), "{alert}: {expression}"),
                '}' => assert_eq!(open.pop(), Some('{'), "{alert}: {expression}"),
                _ => {}
            }
        }
        assert!(open.is_empty(), "{alert}: {expression}");
        let wait = word(&rule, "/for");
        assert!(wait.ends_with('m') && wait[..wait.len() - 1].parse::<u32>().is_ok(), "{alert} waits {wait}");
        assert!(["page", "ticket"].contains(&word(&rule, "/labels/severity")), "{alert}");
        assert!(!word(&rule, "/annotations/summary").is_empty(), "{alert}");
    }
}

#[test]
fn every_alert_has_its_runbook_and_every_runbook_its_alert() {
    let mut named = BTreeSet::from(["infra/runbooks/README.md".to_owned()]);
    let index = text("infra/runbooks/README.md");
    for rule in rules() {
        let (alert, path) = (word(&rule, "/alert"), word(&rule, "/annotations/runbook"));
        let runbook = text(path);
        assert!(runbook.starts_with(&format!("# {alert}\n")), "{path} is that of {alert}");
        for part in
            ["What it means", "What people notice", "What to look at", "What to do", "It is over when"]
        {
            assert!(runbook.contains(&format!("\n## {part}\n")), "{path} does not say: {part}");
        }
        assert!(index.contains(&format!("| {alert} |")), "{alert} is not in the index");
        named.insert(path.to_owned());
    }
    for file in std::fs::read_dir(root().join("infra/runbooks")).expect("the runbooks are there") {
        let name = file.expect("an entry").file_name();
        let path = format!("infra/runbooks/{}", name.to_string_lossy());
        assert!(named.contains(&path), "{path} belongs to no alert");
    }
}

#[test]
fn every_figure_is_described_where_people_look() {
    let readme = text("infra/observability/README.md");
    let source = text("backend/runtime/src/metrics.rs");
    for name in source.split('"').filter(|piece| piece.starts_with("lotse_")) {
        assert!(readme.contains(&format!("`{name}`")), "{name} is not described");
    }
}

/// The figures in a part of the page people look at.
fn described_under(heading: &str) -> BTreeSet<String> {
    let readme = text("infra/observability/README.md");
    let part = readme.split("\n## ").find(|part| part.starts_with(heading));
    let part = part.unwrap_or_else(|| panic!("no part \"{heading}\""));
    let rows = part.lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| names(row.split('|').nth(1).expect("a first column"))).collect()
}

/// Where a figure stands in an expression, by what is written before it.
fn wrapped_in<'a>(expression: &'a str, figure: &str) -> Vec<&'a str> {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let found = expression.match_indices(figure).filter(|(at, name)| ends(&expression[at + name.len()..]));
    found.map(|(at, _)| expression[..at].rsplit([' ', '/', '>']).next().unwrap_or_default()).collect()
}

#[test]
fn what_processes_tell_alike_is_never_added_up_and_counters_are_looked_at_by_their_growth() {
    let alike = described_under("What the database says");
    let own = described_under("What a process says of itself");
    assert!(alike.is_disjoint(&own) && alike.len() > 10 && own.len() > 10);
    assert!(
        !alike.iter().any(|figure| figure.ends_with("_total")),
        "the database says how it is, not what grew"
    );
    for rule in rules() {
        let (alert, expression) = (word(&rule, "/alert"), word(&rule, "/expr"));
        // `max by (state) (figure` is `max(figure` here.
        let mut plain = expression.to_owned();
        while let Some(at) = plain.find(" by (") {
            let end = at + plain[at..].find(") ").expect("labels end") + 2;
            plain.replace_range(at..end, "");
        }
        for figure in names(expression) {
            for before in wrapped_in(&plain, &figure) {
                let counts = figure.ends_with("_total") || figure.ends_with("_bucket");
                let ways = if counts { &["increase(", "rate("][..] } else { &["max(", "min(", "absent("] };
                let fits = ways.iter().any(|way| before.ends_with(way));
                assert!(fits, "{alert} takes {figure} by \"{before}\"");
            }
        }
    }
}

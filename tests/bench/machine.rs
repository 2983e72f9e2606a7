//! What the figures were measured on: without it they mean nothing.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::measured::Figures;

/// Writes `tests/bench/RESULTS.md`.
pub fn write_results(figures: &Figures) {
    let mut text = String::from("<!-- Written by `make bench`, never by hand. -->\n# Figures\n\n");
    for (what, value) in [
        ("Machine", format!("{} × {}", cores(), processor())),
        ("Memory", memory()),
        ("System", said("uname", &["-sr"])),
        ("Rust", said("rustc", &["--version"])),
        ("PostgreSQL", said("psql", &["--version"])),
        ("Redis", said("redis-server", &["--version"])),
        ("Day", said("date", &["-u", "+%Y-%m-%d"])),
        (
            "Command",
            "`make bench` (binary of `--profile measure`, client and server on this machine)".to_owned(),
        ),
    ] {
        writeln!(text, "- {what}: {value}").expect("a string takes everything");
    }
    text.push_str("\n| figure | value | unit | target | |\n|---|--:|---|---|---|\n");
    for figure in &figures.0 {
        writeln!(text, "| {} |", figure.line().replace(' ', " | ")).expect("a string takes everything");
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/RESULTS.md");
    if let Err(error) = std::fs::write(&place, text) {
        eprintln!("{} cannot be written: {error}", place.display());
    }
}

fn said(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    output.map_or_else(|_| "–".to_owned(), |it| String::from_utf8_lossy(&it.stdout).trim().to_owned())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|it| it.strip_prefix("model name")).and_then(|it| it.split_once(':'));
    name.map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.trim().to_owned())
}

fn memory() -> String {
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = info.lines().find_map(|it| it.strip_prefix("MemTotal:")).unwrap_or("unknown");
    let kib: f64 = total.trim().trim_end_matches(" kB").parse().unwrap_or(0.0);
    format!("{:.0} GiB", kib / 1024.0 / 1024.0)
}

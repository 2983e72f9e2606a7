//! A PostgreSQL database of its own for one test, made with `psql` on the server of `LOTSE_TEST_POSTGRES_URL`.

use std::process::Command;

use url::Url;

/// A database that is dropped with this value.
pub struct TestDatabase {
    server: String,
    name: String,
    /// What Lotse is given.
    pub url: String,
}

impl TestDatabase {
    /// A fresh, empty database; nothing when this run has no PostgreSQL (`infra/setup/services.sh` starts one).
    pub fn create() -> Option<Self> {
        Some(Self::create_on(&std::env::var("LOTSE_TEST_POSTGRES_URL").ok()?))
    }

    /// The same on a server of this address.
    pub fn create_on(server: &str) -> Self {
        let unique = tempfile::Builder::new().prefix("").tempdir().expect("a temporary folder");
        let suffix: String = unique
            .path()
            .file_name()
            .expect("a folder has a name")
            .to_string_lossy()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let name = format!("lotse_{}_{}", std::process::id(), suffix.to_lowercase());
        psql(server, &format!("CREATE DATABASE {name}"));
        let mut url = Url::parse(server).expect("the address of the server is a URL");
        url.set_path(&name);
        Self { server: server.to_owned(), name, url: url.to_string() }
    }

    /// Runs SQL and answers the rows, columns joined by `|`.
    pub fn sql(&self, statement: &str) -> Vec<String> {
        psql(&self.url, statement)
    }

    /// Every row of every table as text, after the name of its table.
    pub fn everything(&self) -> String {
        let tables =
            self.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename");
        assert!(tables.len() > 20, "the tables are found: {tables:?}");
        let rows = |table: &String| format!("SELECT '{table} ' || whole::text FROM \"{table}\" AS whole");
        self.sql(&tables.iter().map(rows).collect::<Vec<_>>().join(" UNION ALL ")).join("\n")
    }

    /// The one number a query answers.
    pub fn count(&self, query: &str) -> u64 {
        self.sql(query).first().and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("no number: {query}"))
    }
}

fn psql(url: &str, statement: &str) -> Vec<String> {
    let output = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--command",
            statement,
        ])
        .arg(url)
        .output()
        .expect("psql is installed");
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        drop(
            Command::new("psql")
                .args(["--no-psqlrc", "--quiet", "--command", &statement, &self.server])
                .output(),
        );
    }
}

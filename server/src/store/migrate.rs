//! Lifting a database to the newest schema. The migrations are files in `server/migrations`, compiled in; one that has
//! run is never edited (its checksum is kept and compared), a change is a new file.
//!
//! The list is written out instead of using sqlx's macro, which would build a second SQLite for the compiler's sake.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnection;

use super::Result;

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "house", include_str!("../../migrations/0001_house.sql")),
    (2, "numbers", include_str!("../../migrations/0002_numbers.sql")),
    (3, "releases", include_str!("../../migrations/0003_releases.sql")),
    (4, "secrets", include_str!("../../migrations/0004_secrets.sql")),
    (5, "api keys", include_str!("../../migrations/0005_api_keys.sql")),
    (6, "moves", include_str!("../../migrations/0006_moves.sql")),
    (7, "shadows", include_str!("../../migrations/0007_shadows.sql")),
    (8, "people", include_str!("../../migrations/0008_people.sql")),
    (9, "review", include_str!("../../migrations/0009_review.sql")),
    (10, "audit", include_str!("../../migrations/0010_audit.sql")),
    (11, "entries", include_str!("../../migrations/0011_entries.sql")),
];

/// Runs what has not run yet. A database that knows a migration this build does not is refused.
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<()> {
    up_to(connection, i64::MAX).await
}

/// Runs what has not run yet up to a version; an older build stopped there.
pub(super) async fn up_to(connection: &mut SqliteConnection, last: i64) -> Result<()> {
    let migrations = MIGRATIONS
        .iter()
        .filter(|(version, ..)| *version <= last)
        .map(|&(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations).run(connection).await?;
    Ok(())
}

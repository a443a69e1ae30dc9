"""Lists as earlier survguis wrote them, with one case each; what was published once is never changed here."""

KEY = "0123456789abcdef"

BEFORE = (
    f"""
    CREATE TABLE cases (
        key TEXT PRIMARY KEY, id TEXT NOT NULL, subject TEXT NOT NULL, given TEXT NOT NULL, origin TEXT NOT NULL,
        created TEXT NOT NULL, updated TEXT NOT NULL, opened TEXT NOT NULL, stale TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX cases_opened ON cases (opened);
    CREATE UNIQUE INDEX cases_origin ON cases (origin) WHERE origin != '';
    CREATE TABLE predictions (
        key TEXT PRIMARY KEY REFERENCES cases (key) ON DELETE CASCADE, run TEXT NOT NULL, bundle TEXT NOT NULL,
        version TEXT NOT NULL, sha256 TEXT NOT NULL, risk REAL NOT NULL, risk_group TEXT NOT NULL,
        percentile REAL NOT NULL, states TEXT NOT NULL, created TEXT NOT NULL
    ) STRICT;
    INSERT INTO cases VALUES ('{KEY}', 'C-1', 'age 54', '{{"rna": "600 features"}}', '', 'then', 'later', 'later',
        'slide.svs is gone');
    INSERT INTO predictions VALUES ('{KEY}', 'run', 'tcga-glioma', '1.2', 'ff', 0.3, 'high', 87.5,
        '{{"rna": "measured"}}', 'then');
    PRAGMA user_version = 1;
    """,
)
"""SQL of every schema before the present one, the oldest first."""

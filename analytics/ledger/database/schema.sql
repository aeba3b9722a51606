-- Facts as exported. A fact refers to its line (one meter of one model at one price in one bucket) and to its credential, so that
-- the attributes of a line (source, currency, reconciliation) are computed for thousands of lines, not for millions of facts.

CREATE TABLE head (schema_version INTEGER, journal_seq BIGINT, journal_hash VARCHAR, keeps_months BOOLEAN);

CREATE TABLE import (
    import_id INTEGER,            -- the number of its act in the journal
    account VARCHAR,              -- NULL for an export without rows
    sha256 VARCHAR,
    source_name VARCHAR,
    layout VARCHAR,
    utc_offset VARCHAR,
    exported_at TIMESTAMP,        -- naive UTC, the earliest it can have been, and never after imported_at
    exported_at_basis VARCHAR,
    imported_at TIMESTAMP,
    has_cost BOOLEAN,
    declared_start DATE,
    declared_end DATE,            -- exclusive
    amount_rows BIGINT,
    cost_rows BIGINT,
    proven_until TIMESTAMP,       -- the instant up to which its coverage is proven; NULL without rows
    first_date DATE,
    last_date DATE,
    day_count BIGINT,
    undone_at TIMESTAMP
);

CREATE TABLE line (
    line_id INTEGER,
    import_id INTEGER,
    charge_date DATE,             -- the day as written
    charge_start TIMESTAMP,       -- naive UTC
    charge_end TIMESTAMP,
    bill_start TIMESTAMP,         -- start of the bucket that the cost file bills this line in
    model VARCHAR,
    meter VARCHAR,
    unit_price DECIMAL(38, 18),   -- NULL for requests
    quantity HUGEINT,             -- over all credentials
    row_count BIGINT,
    currency VARCHAR,             -- from the same export's cost rows, else NULL
    currency_basis VARCHAR
);

CREATE TABLE credential (credential_id INTEGER, account VARCHAR, api_key VARCHAR, api_key_name VARCHAR);

CREATE TABLE credential_use (credential_id INTEGER, import_id INTEGER, first_date DATE, last_date DATE);

CREATE TABLE fact (line_id INTEGER, credential_id INTEGER, quantity BIGINT);

CREATE TABLE charge (
    import_id INTEGER,
    charge_date DATE,
    charge_start TIMESTAMP,
    charge_end TIMESTAMP,
    bill_start TIMESTAMP,
    model VARCHAR,
    wallet_type VARCHAR,
    currency VARCHAR,
    billed_cost DECIMAL(38, 18)
);

CREATE TABLE day (
    import_id INTEGER,
    charge_date DATE,
    day_start TIMESTAMP,          -- the whole day in naive UTC, whichever hours of it have rows
    day_end TIMESTAMP,
    is_proven BOOLEAN,            -- proven to be over when exported
    quantity BIGINT,              -- of all lines
    is_complete BOOLEAN,          -- over when exported, proven or presumed from the time of files
    is_hourly BOOLEAN
);

CREATE TABLE day_source (account VARCHAR, charge_date DATE, import_id INTEGER);

-- One row per close of a month of an account; it is in effect until the month is reopened.
CREATE TABLE closing (
    account VARCHAR,
    month_date DATE,              -- the first day of the month
    revision BIGINT,              -- how often the month was closed, this time included
    act_id INTEGER,               -- the number of the act in the journal
    closed_at TIMESTAMP,
    closed_by VARCHAR,
    note VARCHAR,
    forced_reason VARCHAR,        -- why it was closed although a check failed
    evidence_sha256 VARCHAR,
    reopened_at TIMESTAMP,
    reopened_by VARCHAR,
    reopen_reason VARCHAR
);

-- The sources of the days of closed months; a day of such a month without a row here has no source and gets none.
CREATE TABLE closed_day (account VARCHAR, month_date DATE, charge_date DATE, sha256 VARCHAR);

-- The currencies that a closed month keeps where no bill of the month gives one; a price without a row here stays unknown.
CREATE TABLE closed_price (
    account VARCHAR, month_date DATE, model VARCHAR, meter VARCHAR, unit_price DECIMAL(38, 18), currency VARCHAR
);

-- Feedback on days of a key; for each day the last act is in effect.
CREATE TABLE key_feedback (
    act_id INTEGER,               -- the number of the act in the journal
    account VARCHAR,
    api_key VARCHAR,
    first_date DATE,
    end_date DATE,                -- exclusive
    verdict VARCHAR,              -- yes, no, planned or withdrawn
    note VARCHAR
);

-- Days of closed months, and the import that would be their source if the month were open.
CREATE TABLE late_day (account VARCHAR, charge_date DATE, import_id INTEGER);

-- The amounts of that import where they differ from those of the close; per model, and again per key.
CREATE TABLE late_adjustment (
    section VARCHAR,              -- model or key; each section adds up to the whole
    account VARCHAR,
    charge_date DATE,
    model VARCHAR,
    currency VARCHAR,
    api_key VARCHAR,
    closed_billed_cost DECIMAL(38, 18), -- NULL without a bill, and in the section of keys
    billed_cost DECIMAL(38, 18),
    closed_computed_cost DECIMAL(38, 18),
    computed_cost DECIMAL(38, 18),
    import_id INTEGER
);

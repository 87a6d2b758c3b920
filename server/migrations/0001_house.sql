-- The whole house on one page. Standard SQL, read by SQLite and PostgreSQL alike but for one word: BLOB is BYTEA there. Every table begins with the tenant. Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE flows (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    last_version BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Immutable: a row is written once. The same content is the same version.
CREATE TABLE flow_versions (
    tenant     TEXT   NOT NULL,
    flow       TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    hash       TEXT   NOT NULL,
    source     TEXT   NOT NULL,
    locales    TEXT   NOT NULL,
    author     TEXT   NOT NULL,
    note       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, flow, version),
    UNIQUE (tenant, flow, hash),
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id)
);

CREATE TABLE sessions (
    tenant       TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    flow         TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    program_hash TEXT   NOT NULL,
    pinned       TEXT   NOT NULL,
    channel      TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('active', 'ended')),
    seq          BIGINT NOT NULL,
    wakes_at     BIGINT,
    started_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    end_reason   TEXT,
    snapshot     BLOB   NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Lists run newest first; one index a filter that an operator uses all day. None of these columns changes with a turn,
-- so a turn touches no index of this table.
CREATE INDEX sessions_by_start   ON sessions (tenant, started_at, id);
CREATE INDEX sessions_by_flow    ON sessions (tenant, flow, started_at, id);
CREATE INDEX sessions_by_contact ON sessions (tenant, address, started_at, id);
-- What a restart reads, and what retention reads.
CREATE INDEX sessions_active     ON sessions (tenant, id) WHERE state = 'active';
CREATE INDEX sessions_ended      ON sessions (ended_at) WHERE state = 'ended';

-- One row a turn. No foreign key: that a session exists is proven by the update of its row in the same transaction,
-- once a session instead of once a turn.
CREATE TABLE journal (
    tenant   TEXT   NOT NULL,
    session  TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    event    TEXT   NOT NULL,
    commands TEXT   NOT NULL,
    repeat_key TEXT, -- what the sender calls the event, so that a repeat is recognised
    PRIMARY KEY (tenant, session, seq)
);

CREATE TABLE contacts (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    channel    TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    name       TEXT,
    locale     TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, channel, address)
);

-- Values are JSON texts.
CREATE TABLE contact_attributes (
    tenant     TEXT   NOT NULL,
    contact    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, contact, name),
    FOREIGN KEY (tenant, contact) REFERENCES contacts (tenant, id) ON DELETE CASCADE
);

-- Releases: what was published. A row is written once; whether it is live stands in the table below.
CREATE TABLE releases (
    tenant       TEXT   NOT NULL,
    flow         TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    program_hash TEXT   NOT NULL,
    pinned       TEXT   NOT NULL, -- the version of every flow that it may enter, as JSON
    author       TEXT   NOT NULL,
    note         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, flow, number)
);

-- What new conversations begin on: a row a flow. One statement changes it, so it is never half changed.
CREATE TABLE live_releases (
    tenant         TEXT   NOT NULL,
    flow           TEXT   NOT NULL,
    number         BIGINT, -- NULL before the first is live
    canary         BIGINT, -- one that a share of the contacts gets
    canary_percent BIGINT,
    canary_since   BIGINT,
    guard_percent  BIGINT, -- failed conversations beyond which the canary is taken back
    guard_after    BIGINT, -- ended conversations from which on that is looked at
    next           BIGINT, -- one that will be live
    next_at        BIGINT,
    PRIMARY KEY (tenant, flow)
);

-- Who did what, for ever.
CREATE TABLE release_log (
    tenant TEXT   NOT NULL,
    flow   TEXT   NOT NULL,
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    action TEXT   NOT NULL,
    number BIGINT NOT NULL,
    live   BIGINT, -- what was live afterwards
    author TEXT   NOT NULL,
    note   TEXT   NOT NULL,
    PRIMARY KEY (tenant, flow, seq)
);

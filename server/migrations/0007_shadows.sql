-- Shadows: candidates that run beside the conversations of a flow without doing anything. The newest row of a flow is the one
-- that runs, or ran last.
CREATE TABLE shadows (
    tenant        TEXT   NOT NULL,
    flow          TEXT   NOT NULL,
    number        BIGINT NOT NULL, -- from 1 in each flow
    release       BIGINT, -- NULL for what was a draft
    program_hash  TEXT   NOT NULL,
    pinned        TEXT   NOT NULL, -- the version of every flow that it may enter, as JSON
    author        TEXT   NOT NULL,
    note          TEXT   NOT NULL,
    started_at    BIGINT NOT NULL,
    ended_at      BIGINT, -- NULL while it runs
    ended_because TEXT,
    results       TEXT   NOT NULL, -- how many sessions came out how, as JSON
    PRIMARY KEY (tenant, flow, number)
);

-- First divergences, quoted. They are of conversations, and go when those do.
CREATE TABLE shadow_examples (
    tenant  TEXT   NOT NULL,
    flow    TEXT   NOT NULL,
    shadow  BIGINT NOT NULL,
    session TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    example TEXT   NOT NULL, -- the divergence, as JSON
    PRIMARY KEY (tenant, flow, shadow, session)
);

CREATE INDEX shadow_examples_by_age ON shadow_examples (at);

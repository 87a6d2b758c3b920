-- Comments on flows, on their nodes and on fields of these. One that was taken back stays as an empty row, so that no number is given twice.
CREATE TABLE comments (
    tenant      TEXT    NOT NULL,
    flow        TEXT    NOT NULL,
    number      BIGINT  NOT NULL, -- from 1 in each flow
    thread      BIGINT  NOT NULL, -- the comment that it answers, or itself
    node        TEXT    NOT NULL, -- empty for the flow as a whole
    field       TEXT    NOT NULL, -- a JSON pointer within the node, or empty
    author      TEXT    NOT NULL, -- what tells them apart: a login, or `key:` and an id
    author_name TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    removed     BOOLEAN NOT NULL,
    resolved_by TEXT, -- NULL while a thread is open
    resolved_at BIGINT,
    PRIMARY KEY (tenant, flow, number)
);

-- Reviews: what somebody asked others to approve, and what they said. An approval is of one program, by its hash.
CREATE TABLE reviews (
    tenant          TEXT   NOT NULL,
    flow            TEXT   NOT NULL,
    number          BIGINT NOT NULL, -- from 1 in each flow
    program_hash    TEXT   NOT NULL,
    asked_by        TEXT   NOT NULL,
    asked_by_name   TEXT   NOT NULL,
    asked_at        BIGINT NOT NULL,
    note            TEXT   NOT NULL,
    reviewers       TEXT   NOT NULL, -- logins, as a JSON list; empty for whoever may
    verdict         TEXT, -- `approved` or `changes`; NULL while it waits
    decided_by      TEXT,
    decided_by_name TEXT,
    decided_at      BIGINT,
    words           TEXT,
    PRIMARY KEY (tenant, flow, number)
);

CREATE INDEX reviews_of_program ON reviews (tenant, flow, program_hash);

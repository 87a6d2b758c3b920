-- Entry points that were made through the API, beside those of the configuration.
CREATE TABLE entries (
    tenant     TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- number, chat, webhook, event
    door       TEXT   NOT NULL, -- the number, the key, the name, the type
    written    TEXT   NOT NULL, -- the whole entry as JSON; a secret is in it by its name only
    revision   BIGINT NOT NULL, -- 1 when it is made, one more with each change
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One door leads to one entry, whosever it is; an event may be waited for at several.
CREATE UNIQUE INDEX entries_of_doors ON entries (kind, door) WHERE kind <> 'event';

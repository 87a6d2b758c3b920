-- API keys of programs and people, by the hash of their secret part only.
CREATE TABLE api_keys (
    id         TEXT   NOT NULL PRIMARY KEY, -- the part of the key that is no secret; unique over all tenants
    tenant     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    scopes     TEXT   NOT NULL, -- words, joined by blanks
    hash       TEXT   NOT NULL, -- SHA-256 of the secret part, hexadecimal
    created_at BIGINT NOT NULL
);

CREATE INDEX api_keys_of_tenant ON api_keys (tenant, created_at);

-- People who sign in with a password, by its Argon2id hash only.
CREATE TABLE people (
    login      TEXT    NOT NULL PRIMARY KEY, -- unique over all tenants: it is asked before a tenant is known
    tenant     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    hash       TEXT    NOT NULL, -- PHC string
    one_time   BOOLEAN NOT NULL, -- the password was given and must be changed
    created_at BIGINT  NOT NULL
);

CREATE INDEX people_of_tenant ON people (tenant, login);

-- Where somebody is signed in, by the hash of the cookie's token only.
CREATE TABLE sign_ins (
    token_hash TEXT   NOT NULL PRIMARY KEY, -- SHA-256, hexadecimal
    login      TEXT   NOT NULL,
    csrf       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);

CREATE INDEX sign_ins_of_login ON sign_ins (login, created_at);

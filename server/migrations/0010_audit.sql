-- Who did what, when, on what, and from where. Rows are written once; only their age removes them.
CREATE TABLE audit (
    tenant     TEXT   NOT NULL,
    number     BIGINT NOT NULL, -- rises with each line of a tenant
    at         BIGINT NOT NULL,
    actor      TEXT   NOT NULL, -- a login, `key:` and an id, `token`; empty where nobody needs to say
    actor_name TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    address    TEXT   NOT NULL, -- where the request came from, or empty
    PRIMARY KEY (tenant, number)
);

CREATE INDEX audit_of_actor ON audit (tenant, actor, number);
CREATE INDEX audit_by_age ON audit (at);

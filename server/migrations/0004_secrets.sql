-- The vault: ciphertext only. The key is elsewhere.
CREATE TABLE secrets (
    tenant     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    key_id     TEXT   NOT NULL, -- which key sealed it; says nothing about the key
    nonce      BLOB   NOT NULL,
    sealed     BLOB   NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

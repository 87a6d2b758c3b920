-- What the end-to-end test of databases finds in PostgreSQL.
CREATE TABLE patients (
    id uuid PRIMARY KEY, name text NOT NULL, phone varchar(20), born date, wakes time, seen timestamptz, made timestamp,
    balance numeric(12, 2), weight real, height double precision, visits smallint, points integer, steps bigint, vip boolean,
    notes jsonb, tags json, photo bytea
);
INSERT INTO patients VALUES (
    '6f9619ff-8b86-d011-b42d-00c04fc964ff', 'Ann Müller', '+15551230001', '1985-02-28', '06:30', '2026-11-23 09:00:00+01',
    '2026-11-20 12:30:15', 1204.50, 61.5, 1.72, 3, 100000, 10000000000, true, '{"tags": ["new", 2.5]}', '[1]', NULL
);
INSERT INTO patients (id, name) VALUES ('00000000-0000-0000-0000-000000000002', 'Bob');
INSERT INTO patients (id, name, photo) VALUES ('00000000-0000-0000-0000-000000000003', 'Cy', '\x00');

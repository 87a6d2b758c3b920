-- What the flow `hr/leave` asks, with one person to try it: E1024, PIN 2468. `staff.sqlite` is made of it:
--     sqlite3 staff.sqlite < staff.sql
-- A PIN is stored as the SHA-256 digest of number, colon and PIN; in real life, put a secret of your own before it.
CREATE TABLE people (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  manager_email TEXT NOT NULL,
  pin_hash TEXT NOT NULL
);
CREATE TABLE balances (
  person INTEGER NOT NULL REFERENCES people (id),
  year INTEGER NOT NULL,
  days INTEGER NOT NULL,
  carried INTEGER NOT NULL DEFAULT 0,
  carried_until TEXT,
  PRIMARY KEY (person, year)
);
CREATE TABLE leave (
  person INTEGER NOT NULL REFERENCES people (id),
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  PRIMARY KEY (person, first_day)
);
INSERT INTO people VALUES (7, 'E1024', 'Ann Miller', 'ann@company.example', 'victor@company.example',
  '10163387d3b58acf4ecd4f402e02974242e2690c2748aa60adac954224856e38');
INSERT INTO balances VALUES
  (7, 2025, 12, 0, '2025-12-31'),
  (7, 2026, 9, 1, '2026-12-31'),
  (7, 2027, 25, 0, '2027-12-31'),
  (7, 2028, 25, 0, '2028-12-31'),
  (7, 2029, 25, 0, '2029-12-31'),
  (7, 2030, 25, 0, '2030-12-31');
INSERT INTO leave VALUES
  (7, '2026-12-21', '2026-12-23'),
  (7, '2030-02-04', '2030-02-08');

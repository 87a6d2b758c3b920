-- The release whose conversations of other releases are being moved to it; NULL when none are. After a crash it is gone on with.
ALTER TABLE live_releases ADD COLUMN moving BIGINT;

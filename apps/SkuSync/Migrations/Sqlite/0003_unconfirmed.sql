-- A SKU that is no longer listed and of which the detail API could not say whether it is gone is a gap, too.
CREATE TABLE sync_gap_new (
    run_id INTEGER NOT NULL CONSTRAINT sync_gap_run REFERENCES sync_run (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    sku_id TEXT NOT NULL,
    reason TEXT NOT NULL CONSTRAINT sync_gap_reason CHECK (reason IN ('Failed', 'NotFound', 'Stale', 'Unconfirmed')),
    source_stamp TEXT NULL,
    source_updated_at INTEGER NULL,
    problem TEXT NULL,
    CONSTRAINT sync_gap_pk PRIMARY KEY (run_id, account_id, sku_id)
) STRICT;

INSERT INTO sync_gap_new SELECT run_id, account_id, sku_id, reason, source_stamp, source_updated_at, problem FROM sync_gap;
DROP TABLE sync_gap;
ALTER TABLE sync_gap_new RENAME TO sync_gap;

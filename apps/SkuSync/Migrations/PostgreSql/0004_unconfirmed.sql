-- A SKU that is no longer listed and of which the detail API could not say whether it is gone is a gap, too.
ALTER TABLE sync_gap DROP CONSTRAINT sync_gap_reason;
ALTER TABLE sync_gap ADD CONSTRAINT sync_gap_reason CHECK (reason IN ('Failed', 'NotFound', 'Stale', 'Unconfirmed'));

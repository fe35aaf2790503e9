-- A sweep asks of each expired operation whether a key still leads to it.
CREATE INDEX clutch_idempotency_record_by_operation ON clutch_idempotency_record (operation_id);

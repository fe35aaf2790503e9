-- How often the lease ran out while the submission was being sent.
ALTER TABLE clutch_outbox_submission ADD COLUMN lost_leases integer NOT NULL DEFAULT 0;

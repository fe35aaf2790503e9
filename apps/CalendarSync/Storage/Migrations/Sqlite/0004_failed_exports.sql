-- Which version of an export feed could not be rendered, and when: it is tried again when there is a newer one, or later.
ALTER TABLE calendar_export_feed ADD COLUMN failed_version INTEGER NULL;
ALTER TABLE calendar_export_feed ADD COLUMN failed_at INTEGER NULL;

-- How often in a row it was refused: the pause grows with it.
ALTER TABLE clutch_outbox_submission ADD COLUMN refusals integer NOT NULL DEFAULT 0;
-- The request whose content was refused first, where this one is a part of it.
ALTER TABLE clutch_outbox_submission ADD COLUMN origin_id bigint NULL;
-- When its content was refused first, where it carries one message only.
ALTER TABLE clutch_outbox_submission ADD COLUMN refused_at timestamptz NULL;
CREATE INDEX clutch_outbox_submission_parts ON clutch_outbox_submission (origin_id) WHERE state = 0 AND origin_id IS NOT NULL;
CREATE INDEX clutch_outbox_submission_refused ON clutch_outbox_submission (channel, refused_at) WHERE refused_at IS NOT NULL AND origin_id IS NULL;

-- When an operator last said that the channel is in order: what is refused from then on is the message's fault.
ALTER TABLE clutch_outbox_channel ADD COLUMN resumed_at timestamptz NULL;

-- A failed message keeps the submission that it names from being deleted.
CREATE INDEX clutch_outbox_message_failed_in ON clutch_outbox_message (submission_id) WHERE status = 4;

-- What ends without being sent (not in time, cancelled) has its line in the history too.
ALTER TABLE clutch_outbox_attempt ALTER COLUMN submission_id DROP NOT NULL;

-- What the command was given for, as JSON; null for one that was given before this column.
ALTER TABLE clutch_outbox_redrive ADD COLUMN filter text NULL;

-- How often in a row it was refused: the pause grows with it.
ALTER TABLE clutch_outbox_submission ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
-- The request whose content was refused first, where this one is a part of it.
ALTER TABLE clutch_outbox_submission ADD COLUMN origin_id INTEGER NULL;
-- When its content was refused first, where it carries one message only.
ALTER TABLE clutch_outbox_submission ADD COLUMN refused_at INTEGER NULL;
CREATE INDEX clutch_outbox_submission_parts ON clutch_outbox_submission (origin_id) WHERE state = 0 AND origin_id IS NOT NULL;
CREATE INDEX clutch_outbox_submission_refused ON clutch_outbox_submission (channel, refused_at) WHERE refused_at IS NOT NULL AND origin_id IS NULL;

-- When an operator last said that the channel is in order: what is refused from then on is the message's fault.
ALTER TABLE clutch_outbox_channel ADD COLUMN resumed_at INTEGER NULL;

-- A failed message keeps the submission that it names from being deleted.
CREATE INDEX clutch_outbox_message_failed_in ON clutch_outbox_message (submission_id) WHERE status = 4;

-- What ends without being sent (not in time, cancelled) has its line in the history too. SQLite lifts NOT NULL by copying only.
CREATE TABLE clutch_outbox_attempt_next (
    id INTEGER NOT NULL CONSTRAINT clutch_outbox_attempt_pk PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    -- Null for what was in none.
    submission_id INTEGER NULL,
    -- Null for the whole submission.
    message_id INTEGER NULL,
    at INTEGER NOT NULL,
    problem_type TEXT NOT NULL,
    problem_detail TEXT NULL
) STRICT;

INSERT INTO clutch_outbox_attempt_next (id, channel, submission_id, message_id, at, problem_type, problem_detail)
SELECT id, channel, submission_id, message_id, at, problem_type, problem_detail FROM clutch_outbox_attempt;

DROP TABLE clutch_outbox_attempt;
ALTER TABLE clutch_outbox_attempt_next RENAME TO clutch_outbox_attempt;
CREATE INDEX clutch_outbox_attempt_by_submission ON clutch_outbox_attempt (submission_id);
CREATE INDEX clutch_outbox_attempt_by_message ON clutch_outbox_attempt (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX clutch_outbox_attempt_by_time ON clutch_outbox_attempt (channel, at);

-- What the command was given for, as JSON; null for one that was given before this column.
ALTER TABLE clutch_outbox_redrive ADD COLUMN filter TEXT NULL;

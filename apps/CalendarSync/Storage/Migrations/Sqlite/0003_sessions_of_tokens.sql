-- A session is opened with a token and ends with it. Those of before do not tell with which: who is signed in signs in once more.
DELETE FROM calendar_credential WHERE kind = 'session';
ALTER TABLE calendar_credential ADD COLUMN token_id INTEGER NULL CONSTRAINT calendar_credential_token REFERENCES calendar_credential (id) ON DELETE CASCADE;
CREATE INDEX calendar_credential_by_token ON calendar_credential (token_id) WHERE token_id IS NOT NULL;

-- The values that the step kept with its last chunk (ContextValues, JSON): a crash between the commit here and the one in the repository must not part them from the checkpoint.
ALTER TABLE clutch_checkpoint ADD COLUMN context TEXT NULL;

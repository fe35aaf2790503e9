-- Alerts look for them every few seconds; there are none, or few.
CREATE INDEX clutch_step_execution_quarantined ON clutch_step_execution (id) WHERE failure_type = 'Quarantined';

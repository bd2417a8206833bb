-- What the runner of workflows asks for, twice a second and across accounts: whose log is followed, which runs are due
-- (whose they are is read from the index alone), how many an account has open, and which ended long ago.

-- +goose Up

CREATE INDEX automation_cursors_followed ON automation_cursors (account) WHERE followed = 1;

DROP INDEX workflow_runs_due;
CREATE INDEX workflow_runs_due ON workflow_runs (due_at, account, id, status) WHERE status IN ('running', 'waiting');
CREATE INDEX workflow_runs_open ON workflow_runs (account, status) WHERE status IN ('running', 'waiting');
CREATE INDEX workflow_runs_ended ON workflow_runs (ended_at) WHERE ended_at > 0;

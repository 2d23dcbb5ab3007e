-- The registry API's own tables (contract §8.4) at migration 016, in the database that MLflow uses too.
-- The contract names the tables and what each migration added; the columns are the fewest that carry that.

CREATE TABLE hokusai_alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO hokusai_alembic_version VALUES ('016');

-- 003
CREATE TABLE audit_logs (
    id bigserial PRIMARY KEY,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE retention_policies (
    id bigserial PRIMARY KEY,
    name text NOT NULL UNIQUE,
    keep_days integer NOT NULL CHECK (keep_days > 0)
);
CREATE TABLE consent_records (
    id bigserial PRIMARY KEY,
    contributor text NOT NULL,
    scope text NOT NULL,
    given_at timestamptz NOT NULL DEFAULT now(),
    withdrawn_at timestamptz
);
CREATE TABLE dataset_licenses (
    id bigserial PRIMARY KEY,
    dataset text NOT NULL,
    license text NOT NULL,
    UNIQUE (dataset, license)
);

-- 007
CREATE TABLE inference_logs (
    id bigserial PRIMARY KEY,
    model_name text NOT NULL,
    model_version text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    latency_ms double precision,
    request jsonb,
    response jsonb
);
CREATE INDEX inference_logs_model ON inference_logs (model_name, requested_at);

-- 008, 010, 013, 014
CREATE TABLE benchmark_specs (
    id bigserial PRIMARY KEY,
    model_name text NOT NULL,
    metric text NOT NULL,
    provider text,
    baseline_value double precision,
    eval_spec jsonb,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- 009
CREATE TABLE used_attestations (
    digest text PRIMARY KEY,
    used_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE score_transitions (
    id bigserial PRIMARY KEY,
    model_name text NOT NULL,
    score_before double precision,
    score_after double precision,
    occurred_at timestamptz NOT NULL DEFAULT now()
);

-- 011, 012
CREATE TABLE evaluation_schedules (
    id bigserial PRIMARY KEY,
    model_name text NOT NULL UNIQUE,
    cron text NOT NULL,
    is_enabled boolean NOT NULL DEFAULT true
);
CREATE TABLE dataset_arrivals (
    id bigserial PRIMARY KEY,
    dataset text NOT NULL,
    arrived_at timestamptz NOT NULL DEFAULT now(),
    row_count bigint
);

-- 015, 016
CREATE TABLE contribution_lifecycle (
    id bigserial PRIMARY KEY,
    contribution text NOT NULL UNIQUE,
    state text NOT NULL,
    callback_url text,
    callback_attempts integer NOT NULL DEFAULT 0,
    callback_sent_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The ledger: what the world sent (raw) and what was said, planned, decided and sent (coach). Append-only.

create schema raw;
create schema coach;

-- One version of one thing one source told us. The latest version of a key is the truth of that source;
-- a tombstone (is_deleted) says the source no longer has it.
create table raw.payloads (
    athlete_id text not null,
    source text not null,
    entity text not null,
    source_key text not null,
    version integer not null,
    payload json,
    payload_sha256 text not null,
    is_deleted boolean not null,
    landed_at timestamptz not null,
    primary key (athlete_id, source, entity, source_key, version)
);

-- One row for every distinct file ever offered and what became of it.
create table raw.files (
    athlete_id text not null,
    file_sha256 text not null,
    reader_version text not null,
    name text not null,
    kind text not null,
    size_bytes bigint not null,
    state text not null,
    reason text,
    landed_at timestamptz not null,
    primary key (athlete_id, file_sha256, reader_version)
);

-- Which Parquet file under streams/ holds the samples of which original file.
create table raw.streams (
    athlete_id text not null,
    file_sha256 text not null,
    stream_file text not null,
    sample_count integer not null,
    landed_at timestamptz not null,
    primary key (athlete_id, file_sha256)
);

create table coach.athletes (
    athlete_id text not null,
    said_at timestamptz not null,
    athlete json not null,
    primary key (athlete_id, said_at)
);

create table coach.goals (
    athlete_id text not null,
    goal_id text not null,
    said_at timestamptz not null,
    state text not null,
    goal json not null,
    primary key (athlete_id, goal_id, said_at)
);

create table coach.plan_revisions (
    athlete_id text not null,
    plan_id text not null,
    revision integer not null,
    made_at timestamptz not null,
    effective_date date not null,
    author text not null,
    reason text not null,
    plan json not null,
    adjustments json not null,
    primary key (athlete_id, plan_id, revision)
);

create table coach.plan_states (
    athlete_id text not null,
    plan_id text not null,
    state text not null,
    said_at timestamptz not null,
    primary key (athlete_id, plan_id, said_at)
);

-- The workouts of every revision, one row each, for the adherence models.
create table coach.planned_workouts (
    athlete_id text not null,
    plan_id text not null,
    revision integer not null,
    workout_id text not null,
    workout_date date not null,
    workout_type text not null,
    title text not null,
    distance_m double not null,
    duration_s double not null,
    is_quality boolean not null,
    phase text not null,
    week_number integer not null,
    made_at timestamptz not null,
    primary key (athlete_id, plan_id, revision, workout_id)
);

create table coach.decisions (
    athlete_id text not null,
    kind text not null,
    decision_date date not null,
    revision integer not null,
    decided_at timestamptz not null,
    fingerprint text not null,
    snapshot json not null,
    primary key (athlete_id, kind, decision_date, revision)
);

create table coach.deliveries (
    athlete_id text not null,
    report_key text not null,
    channel text not null,
    attempt integer not null,
    state text not null,
    message_id text not null,
    content_sha256 text not null,
    said_at timestamptz not null,
    primary key (athlete_id, report_key, channel, attempt, state)
);

-- Every way in: what syncs did and where they stand, what the athlete said, and what was erased.

-- One row for every sync that ended, however it ended.
create table raw.syncs (
    athlete_id text not null,
    source text not null,
    sync_id text not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    state text not null,
    fact text,
    remedy text,
    resumes_at timestamptz,
    counts json not null,
    quota json not null,
    held_back json not null,
    newest_at timestamptz,
    primary key (athlete_id, source, sync_id)
);

-- Where a source's syncs stand: bookkeeping, not data, and so the one table whose rows are overwritten.
create table raw.cursors (
    athlete_id text not null,
    source text not null,
    name text not null,
    cursor json not null,
    said_at timestamptz not null,
    primary key (athlete_id, source, name)
);

-- What was erased on purpose: counts only, never what it was.
create table raw.erasures (
    athlete_id text not null,
    source text not null,
    erased_at timestamptz not null,
    reason text not null,
    counts json not null,
    primary key (athlete_id, source, erased_at)
);

-- Runs without a watch and corrections, as they stand.
create view raw.manual as
select
    athlete_id,
    entity,
    source_key,
    version,
    payload,
    is_deleted,
    landed_at
from raw.payloads
where source = 'manual'
qualify row_number() over (partition by athlete_id, entity, source_key order by version desc) = 1;

-- Notes, check-ins, illness, injury and travel. The latest row of an entry holds; a withdrawn one is undone.
create table coach.logbook (
    athlete_id text not null,
    entry_id text not null,
    kind text not null,
    begin_date date not null,
    end_date date,
    entry json not null,
    said_at timestamptz not null,
    is_withdrawn boolean not null,
    primary key (athlete_id, entry_id, said_at)
);

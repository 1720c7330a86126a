-- What this code could build no warehouse with. Other code tries it again.
create table raw.set_aside (
    athlete_id text not null,
    source text not null,
    entity text not null,
    source_key text not null,
    version integer not null,
    code_fingerprint text not null,
    set_aside_at timestamptz not null,
    primary key (athlete_id, source, entity, source_key, version, code_fingerprint)
);

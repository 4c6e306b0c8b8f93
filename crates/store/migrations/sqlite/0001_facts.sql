-- Facts with their history. A fact is never changed: its version is closed, once, and another follows.
-- Columns are integer, text and blob only; moments are microseconds since 1970 (UTC).

create table fact (
    id integer primary key autoincrement,
    kind text not null,
    -- Empty for what belongs to the whole deployment: providers and people.
    establishment text not null,
    name text not null,
    version integer not null,
    -- What it is looked for by, beside its name: an equipment's login, a service's contract, a person's
    -- employer, an engagement's person. Empty for none.
    link text not null,
    -- A second such word: on whose behalf a person comes. Empty for none.
    also text not null,
    valid_from integer not null,
    valid_until integer,
    recorded_at integer not null,
    recorded_by text not null,
    closed_at integer,
    closed_by text,
    body text not null,
    unique (kind, establishment, name, version),
    check (version >= 1),
    check ((valid_until is null) = (closed_at is null)),
    check ((valid_until is null) = (closed_by is null)),
    check (valid_until is null or valid_until >= valid_from)
) strict;

create unique index fact_stands on fact (kind, establishment, name) where valid_until is null;
create index fact_by_name on fact (kind, name);
create index fact_by_link on fact (kind, establishment, link);
create index fact_by_also on fact (kind, establishment, also) where also <> '';

create trigger fact_follows before insert on fact
when new.valid_until is not null
    or new.version <> 1 + coalesce(
        (select max(version) from fact
            where kind = new.kind and establishment = new.establishment and name = new.name),
        0)
begin
    select raise(abort, 'the version of a fact follows its last one and begins open');
end;

create trigger fact_closes_once before update on fact
when old.valid_until is not null
    or new.valid_until is null
    or new.id is not old.id
    or new.kind is not old.kind
    or new.establishment is not old.establishment
    or new.name is not old.name
    or new.version is not old.version
    or new.link is not old.link
    or new.also is not old.also
    or new.valid_from is not old.valid_from
    or new.recorded_at is not old.recorded_at
    or new.recorded_by is not old.recorded_by
    or new.body is not old.body
begin
    select raise(abort, 'a fact is never changed, only closed, once');
end;

create trigger fact_stays before delete on fact
begin
    select raise(abort, 'a fact is never deleted');
end;

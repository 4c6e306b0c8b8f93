-- Interventions. The legal steps are those of `crates/domain/tables/intervention.txt`; a test compares the
-- trigger with that table for every pair of states.

create table intervention (
    id text primary key not null,
    establishment text not null,
    service text not null,
    state text not null,
    -- 1 when nothing is due any more: refused, withdrawn, or closed with report and attestation.
    settled integer not null,
    version integer not null,
    changed_at integer not null,
    changed_by text not null,
    body text not null,
    check (settled in (0, 1)),
    check (state in ('requested', 'approved', 'open', 'suspended', 'closing', 'closed', 'refused', 'withdrawn')),
    check (settled = 0 or state in ('closed', 'refused', 'withdrawn'))
) strict;

create index intervention_due on intervention (establishment, service) where settled = 0;
create index intervention_changed on intervention (establishment, service, changed_at);
create index intervention_state on intervention (establishment, state);

create table intervention_history (
    intervention text not null,
    version integer not null,
    state text not null,
    changed_at integer not null,
    changed_by text not null,
    body text not null,
    primary key (intervention, version)
) strict;

create trigger intervention_begins before insert on intervention
when new.version <> 1 or new.state <> 'requested'
begin
    select raise(abort, 'an intervention begins as requested');
end;

create trigger intervention_says_its_state_new before insert on intervention
when json_extract(new.body, '$.state') is not new.state or json_extract(new.body, '$.id') is not new.id
begin
    select raise(abort, 'the body of an intervention says another name or state');
end;

create trigger intervention_says_its_state before update on intervention
when json_extract(new.body, '$.state') is not new.state or json_extract(new.body, '$.id') is not new.id
begin
    select raise(abort, 'the body of an intervention says another name or state');
end;

create trigger intervention_keeps_its_place before update on intervention
when new.version is not old.version + 1
    or new.changed_at < old.changed_at
    or new.id is not old.id
    or new.establishment is not old.establishment
    or new.service is not old.service
begin
    select raise(abort, 'an intervention keeps its name and service, and counts its versions');
end;

create trigger intervention_steps before update on intervention
when new.state <> old.state
    and old.state || ' ' || new.state not in (
        'requested approved', 'requested refused', 'requested withdrawn',
        'approved refused', 'approved withdrawn', 'approved open', 'approved suspended', 'approved closing',
        'open suspended', 'open closing',
        'suspended open', 'suspended closing',
        'closing open', 'closing closed'
    )
begin
    select raise(abort, 'an intervention cannot take this step');
end;

create trigger intervention_stays before delete on intervention
begin
    select raise(abort, 'an intervention is never deleted');
end;

create trigger intervention_kept_new after insert on intervention
begin
    insert into intervention_history (intervention, version, state, changed_at, changed_by, body)
    values (new.id, new.version, new.state, new.changed_at, new.changed_by, new.body);
end;

create trigger intervention_kept after update on intervention
begin
    insert into intervention_history (intervention, version, state, changed_at, changed_by, body)
    values (new.id, new.version, new.state, new.changed_at, new.changed_by, new.body);
end;

create trigger intervention_history_fixed before update on intervention_history
begin
    select raise(abort, 'history is never changed');
end;

create trigger intervention_history_stays before delete on intervention_history
begin
    select raise(abort, 'history is never deleted');
end;

-- Numbers that are never given twice.
create table counter (
    name text primary key not null,
    value integer not null
) strict;

insert into counter (name, value) values ('intervention', 0);

create trigger counter_rises before update on counter
when new.value <= old.value or new.name is not old.name
begin
    select raise(abort, 'a counter only rises');
end;

create trigger counter_stays before delete on counter
begin
    select raise(abort, 'a counter is never deleted');
end;

-- Sessions: opened, then ended exactly once, never reopened, each inside an open intervention.

create table session (
    session text primary key not null,
    recording text not null unique,
    boot text not null,
    establishment text not null,
    person text not null,
    service text not null,
    equipment text not null,
    intervention text not null references intervention (id),
    opened_at integer not null,
    ended_at integer,
    ending text,
    check ((ended_at is null) = (ending is null))
) strict;

create index session_left_open on session (boot) where ended_at is null;
create index session_of on session (intervention);

create trigger session_opens before insert on session
when new.ended_at is not null
    or not exists (
        select 1 from intervention
        where id = new.intervention and establishment = new.establishment and service = new.service
            and state = 'open')
begin
    select raise(abort, 'a session opens inside an open intervention of its service');
end;

create trigger session_ends_once before update on session
when old.ended_at is not null
    or new.ended_at is null
    or new.session is not old.session
    or new.recording is not old.recording
    or new.boot is not old.boot
    or new.establishment is not old.establishment
    or new.person is not old.person
    or new.service is not old.service
    or new.equipment is not old.equipment
    or new.intervention is not old.intervention
    or new.opened_at is not old.opened_at
begin
    select raise(abort, 'a session ends once and changes in nothing else');
end;

create trigger session_stays before delete on session
begin
    select raise(abort, 'a session is never deleted');
end;

-- Entries on their way to their logs. They stand in the transaction of the act they describe.

create table outbox (
    seq integer primary key autoincrement,
    establishment text not null,
    entry blob not null,
    drained integer not null default 0,
    check (drained in (0, 1)),
    -- The bounds of an entry of a log (`docs/formats/ledger.md`).
    check (length(entry) between 16 and 65535)
) strict;

create index outbox_waits on outbox (seq) where drained = 0;

create trigger outbox_begins before insert on outbox
when new.drained <> 0
begin
    select raise(abort, 'an entry begins undrained');
end;

create trigger outbox_only_drains before update on outbox
when old.drained <> 0
    or new.drained <> 1
    or new.seq is not old.seq
    or new.establishment is not old.establishment
    or new.entry is not old.entry
begin
    select raise(abort, 'an entry is never changed, only drained, once');
end;

create trigger outbox_keeps before delete on outbox
when old.drained = 0
begin
    select raise(abort, 'an entry that is not in its log is never deleted');
end;

-- Up to which size each log need not be searched again.
create table outbox_mark (
    establishment text primary key not null,
    size integer not null
) strict;

create trigger outbox_mark_rises before update on outbox_mark
when new.size < old.size or new.establishment is not old.establishment
begin
    select raise(abort, 'the mark of a log only rises');
end;

-- Written to find out whether the disk takes anything at all.
create table pulse (
    id integer primary key,
    beat integer not null
) strict;

insert into pulse (id, beat) values (1, 0);

-- What is past its term goes from the database as it goes from the log: under a certificate that is durable before. What is to go is
-- named here in the transaction of the certificate; nothing else can be deleted, and what is named changes no more.

create table doomed (
    id integer primary key,
    -- In whose ledger the certificate is, and the root that it says.
    establishment text not null,
    root blob not null check (length(root) = 32),
    -- The row of a fact's version, or the name of an intervention.
    fact integer unique,
    intervention text unique,
    check ((fact is null) <> (intervention is null))
) strict;

create index doomed_of on doomed (establishment);

create trigger doomed_is_over before insert on doomed
when (new.fact is not null and not exists (select 1 from fact where id = new.fact and valid_until is not null))
    or (new.intervention is not null and not exists (
        select 1 from intervention
        where id = new.intervention and (settled = 1 or state in ('requested', 'approved'))))
    or exists (select 1 from session where intervention = new.intervention and ended_at is null)
begin
    select raise(abort, 'what stands or is due does not go');
end;

create trigger doomed_one_certificate before insert on doomed
when exists (select 1 from doomed where establishment = new.establishment and root is not new.root)
begin
    select raise(abort, 'what the last certificate names is not gone yet');
end;

create trigger doomed_stays_named before update on doomed
begin
    select raise(abort, 'what is to go is named once');
end;

create trigger doomed_until_gone before delete on doomed
when exists (select 1 from fact where id = old.fact)
    or exists (select 1 from intervention where id = old.intervention)
begin
    select raise(abort, 'what is to go is named until it is gone');
end;

drop trigger fact_stays;

create trigger fact_stays before delete on fact
when not exists (select 1 from doomed where fact = old.id)
begin
    select raise(abort, 'a fact goes under a certificate only');
end;

drop trigger intervention_stays;

create trigger intervention_stays before delete on intervention
when not exists (select 1 from doomed where intervention = old.id)
begin
    select raise(abort, 'an intervention goes under a certificate only');
end;

create trigger intervention_is_over before update on intervention
when exists (select 1 from doomed where intervention = old.id)
begin
    select raise(abort, 'an intervention that is to go takes no step');
end;

drop trigger intervention_history_stays;

create trigger intervention_history_stays before delete on intervention_history
when not exists (select 1 from doomed where intervention = old.intervention)
begin
    select raise(abort, 'history goes under a certificate only');
end;

drop trigger session_stays;

create trigger session_stays before delete on session
when not exists (select 1 from doomed where intervention = old.intervention)
begin
    select raise(abort, 'a session goes under a certificate only');
end;

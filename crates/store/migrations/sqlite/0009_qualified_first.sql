-- A request is qualified by the establishment's referent: a fact beside the state. Where the service as it stands demands
-- it, nothing is approved without; it is never taken back, and nothing of it changes once the intervention is over.

create trigger intervention_qualified_first before update on intervention
when old.state = 'requested' and new.state = 'approved'
    and json_extract(new.body, '$.qualification') is null
    and exists (
        select 1 from fact
        where kind = 'service' and establishment = new.establishment and name = new.service
            and valid_until is null and json_extract(body, '$.qualified') = 1)
begin
    select raise(abort, 'this service wants the request qualified before it is approved');
end;

create trigger intervention_qualification_keeps before update on intervention
when json_extract(new.body, '$.qualification') is not json_extract(old.body, '$.qualification')
    and (json_extract(new.body, '$.qualification') is null
        or old.state not in ('requested', 'approved', 'open', 'suspended')
        or new.state <> old.state)
begin
    select raise(abort, 'a qualification is given by an act of its own, while there is something to do');
end;

create trigger intervention_begins_unqualified before insert on intervention
when json_extract(new.body, '$.qualification') is not null
begin
    select raise(abort, 'an intervention begins unqualified');
end;

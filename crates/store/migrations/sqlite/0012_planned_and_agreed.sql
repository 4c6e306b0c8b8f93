-- What two people have to agree on stands in the database with both of them, whatever writes to it: a plan with its approval,
-- a closing with the other side's confirmation, an exception with somebody else's grant. Interventions from before keep
-- what they have.

create trigger intervention_begins_planned before insert on intervention
when json_extract(new.body, '$.planned.from') is null
    or json_extract(new.body, '$.planned.until') is null
    or json_extract(new.body, '$.planned.from') >= json_extract(new.body, '$.planned.until')
begin
    select raise(abort, 'an intervention is planned when it is asked for');
end;

create trigger intervention_is_approved_by_somebody before update on intervention
when old.state = 'requested' and new.state = 'approved'
    and (json_extract(new.body, '$.approval.by') is null or json_extract(new.body, '$.planned.until') is null)
begin
    select raise(abort, 'an approval is somebody''s, and of a plan');
end;

-- Once approved, a plan and its approval change together, to the plan that was asked for and to no other.
create trigger intervention_moves_by_an_approval before update on intervention
when old.state <> 'requested'
    and (json_extract(new.body, '$.planned') is not json_extract(old.body, '$.planned')
        or json_extract(new.body, '$.approval') is not json_extract(old.body, '$.approval'))
    and (json_extract(new.body, '$.approval.by') is null
        or json_extract(new.body, '$.approval') is json_extract(old.body, '$.approval')
        or json_extract(old.body, '$.move_asked') is null
        or json_extract(new.body, '$.planned') is not json_extract(old.body, '$.move_asked.span'))
begin
    select raise(abort, 'a plan moves by an approval, to what was asked for');
end;

create trigger intervention_closes_by_two before update on intervention
when old.state = 'closing' and new.state = 'closed'
    and (json_extract(new.body, '$.closing.proposed_by') is null
        or json_extract(new.body, '$.closing.confirmed_by') is null
        or json_extract(new.body, '$.closing.confirmed_at') is null
        or json_extract(new.body, '$.closing.confirmed_by') = json_extract(new.body, '$.closing.proposed_by'))
begin
    select raise(abort, 'a closing is confirmed by somebody else than its proposer');
end;

create trigger intervention_closed_stays_so before update on intervention
when old.state = 'closed'
    and json_extract(new.body, '$.closing') is not json_extract(old.body, '$.closing')
begin
    select raise(abort, 'a closing that was confirmed does not change');
end;

create trigger intervention_exceptions_by_two before update on intervention
when exists (
        select 1 from json_each(new.body, '$.exceptions')
        where json_extract(value, '$.requested_by') is null
            or json_extract(value, '$.approved_by') is null
            or json_extract(value, '$.requested_by') = json_extract(value, '$.approved_by'))
    or coalesce(json_array_length(new.body, '$.exceptions'), 0)
        < coalesce(json_array_length(old.body, '$.exceptions'), 0)
begin
    select raise(abort, 'an exception is granted by somebody else than its asker, and stays');
end;

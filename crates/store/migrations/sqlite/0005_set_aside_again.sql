-- A closing that is rejected leads back to where the intervention stood: one that was set aside stays set aside.

drop trigger intervention_steps;

create trigger intervention_steps before update on intervention
when new.state <> old.state
    and old.state || ' ' || new.state not in (
        'requested approved', 'requested refused', 'requested withdrawn',
        'approved refused', 'approved withdrawn', 'approved open', 'approved suspended', 'approved closing',
        'open suspended', 'open closing',
        'suspended open', 'suspended closing',
        'closing open', 'closing suspended', 'closing closed'
    )
begin
    select raise(abort, 'an intervention cannot take this step');
end;

-- What is looked for by a word is asked for in the order of its names: an index that has both finds it without reading
-- everything of its kind.

drop index fact_by_link;
drop index fact_by_also;
create index fact_by_link on fact (kind, establishment, link, name);
create index fact_by_also on fact (kind, establishment, also, name) where also <> '';

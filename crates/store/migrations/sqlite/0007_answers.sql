-- What a program was answered, under the key that it gave to its request: asked again, it is answered again, and
-- nothing is done twice. Written in the transaction of the act; no history, kept for a day.

create table answer (
    token text not null check (token <> ''),
    key text not null check (length(key) between 1 and 64),
    request blob not null check (length(request) = 32),
    body text not null,
    at integer not null,
    primary key (token, key)
) strict, without rowid;

create index answer_by_age on answer (at);

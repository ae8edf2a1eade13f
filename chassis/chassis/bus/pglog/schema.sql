-- Tables and functions of the log. Applied at every start under a lock; every statement may run again.

create table if not exists bus_topic (
    id integer generated always as identity primary key,
    name text not null unique,
    partitions integer not null check (partitions > 0),
    retention_hours integer not null check (retention_hours > 0)
);

create table if not exists bus_partition (
    topic_id integer not null references bus_topic,
    partition integer not null,
    next_position bigint not null default 0,
    primary key (topic_id, partition)
) with (fillfactor = 40);

create table if not exists bus_record (
    topic_id integer not null,
    partition integer not null,
    position bigint not null,
    appended_at timestamptz not null,
    key text not null,
    headers text not null,
    value bytea not null,
    primary key (topic_id, partition, position)
);

-- `generation` grows with every change of the assignment; `stale` asks for the next one.
create table if not exists bus_group (
    name text primary key,
    generation bigint not null default 0,
    stale boolean not null default false
);

-- A member is alive while the session of its process holds the advisory lock (7265, session).
create table if not exists bus_member (
    group_name text not null references bus_group,
    member text not null,
    session integer not null,
    topics text[] not null,
    primary key (group_name, member)
);

-- `position` is the committed one, null before the first commit. `generation` is that of the last change of owner.
create table if not exists bus_cursor (
    group_name text not null references bus_group,
    topic_id integer not null references bus_topic,
    partition integer not null,
    position bigint,
    owner text,
    generation bigint not null,
    primary key (group_name, topic_id, partition)
) with (fillfactor = 40);

create sequence if not exists bus_session as integer;

-- Appends records and returns the new ends as 'topic:partition:next …'. One lock per topic, taken in order of id and
-- held until the commit is visible.
create or replace function bus_append(
    topics integer[], partitions integer[], keys text[], headers text[], vals bytea[], at timestamptz
) returns text language plpgsql as $$
declare
    topic integer;
    ends text;
begin
    for topic in select distinct t from unnest(topics) as t order by t loop
        perform pg_advisory_xact_lock(7263, topic);
    end loop;
    with incoming as (
        select i.t, i.p, i.k, i.h, i.v, row_number() over (partition by i.t, i.p order by i.n) as nth
        from unnest(topics, partitions, keys, headers, vals) with ordinality as i (t, p, k, h, v, n)
    ), counted as (
        select t, p, count(*) as size from incoming group by t, p
    ), moved as (
        update bus_partition b set next_position = b.next_position + c.size
        from counted c where b.topic_id = c.t and b.partition = c.p
        returning b.topic_id, b.partition, b.next_position, b.next_position - c.size as base
    ), stored as (
        insert into bus_record (topic_id, partition, position, appended_at, key, headers, value)
        select i.t, i.p, m.base + i.nth - 1, at, i.k, i.h, i.v
        from incoming i join moved m on m.topic_id = i.t and m.partition = i.p
    )
    select string_agg(format('%s:%s:%s', topic_id, partition, next_position), ' ') into ends from moved;
    perform pg_notify('posthouse_bus_append', case when length(ends) < 7900 then ends else '' end);
    return ends;
end $$;

-- Commits positions of one member if it still owns all the partitions in the generations it knows; false: nothing done.
-- The shared lock keeps a rebalance of the group out between check and update.
create or replace function bus_commit(
    for_group text, for_member text, topics integer[], partitions integer[], generations bigint[], positions bigint[]
) returns boolean language plpgsql as $$
declare
    mine integer;
begin
    perform pg_advisory_xact_lock_shared(7264, hashtext(for_group));
    select count(*) into mine
    from bus_cursor c join unnest(topics, partitions, generations) as w (t, p, g)
        on c.topic_id = w.t and c.partition = w.p and c.generation = w.g
    where c.group_name = for_group and c.owner = for_member;
    if mine <> cardinality(topics) then
        return false;
    end if;
    update bus_cursor c set position = greatest(c.position, w.e)
    from unnest(topics, partitions, positions) as w (t, p, e)
    where c.group_name = for_group and c.topic_id = w.t and c.partition = w.p;
    return true;
end $$;

"""The guard of part chains: no circle, no endless chain, one way on per condition; judged in the write.

In: `part_relation` documents. Out: SQL text of a trigger. Of two writes at once the second sees the first:
they wait for each other. History is judged too, because a circle in the catalogue stops every order.
"""

from __future__ import annotations

from collections.abc import Iterator

HOP_LIMIT = 25  # as `chain_hop_limit` of the warehouse


def part_chain_functions() -> Iterator[str]:
    yield _CHECK
    yield (
        "create trigger keep_chain after insert or update on doc.part_relation "
        "for each row execute function api.check_part_relation()"
    )


_CHECK = f"""
create function api.check_part_relation() returns trigger language plpgsql as $$
declare v_path text; v_before int; v_after int; v_other text;
begin
  if new.state <> 'active' then return null; end if;
  if new.part_id = new.successor_part_id then
    perform api.refuse('invalid', format('%s would replace itself', new.part_id), 'successor_part_id',
      format('a number does not replace itself: %s > %s', new.part_id, new.part_id), 'name another number');
  end if;
  perform pg_advisory_xact_lock(hashtextextended('part_relation', 0));

  if new.relation_type = 'interchange' then
    select r.part_relation_id into v_other from doc.part_relation r
     where r.state = 'active' and r.relation_type = 'interchange'
       and r.part_relation_id <> new.part_relation_id
       and ((r.part_id, r.successor_part_id) = (new.part_id, new.successor_part_id)
            or ((r.successor_part_id, r.part_id) = (new.part_id, new.successor_part_id)
                and 'two_way' in (r.direction, new.direction)))
     order by 1 limit 1;
    if v_other is not null then
      perform api.refuse('conflict', format('%s and %s interchange already: %s', new.part_id,
        new.successor_part_id, v_other), 'successor_part_id', 'a pair interchanges once',
        format('amend or end %s', v_other));
    end if;
    return null;
  end if;

  if new.relation_type = 'kit' then
    select r.part_relation_id into v_other from doc.part_relation r
     where r.state = 'active' and r.relation_type = 'kit' and r.part_relation_id <> new.part_relation_id
       and (r.part_id = new.successor_part_id or r.successor_part_id = new.part_id)
     order by 1 limit 1;
    if v_other is not null then
      perform api.refuse('conflict', format('a kit would lie in a kit: %s', v_other), 'successor_part_id',
        'a kit is made of parts, not of kits', 'name the parts of the inner kit themselves');
    end if;
    select r.part_relation_id into v_other from doc.part_relation r
     where r.state = 'active' and r.relation_type = 'kit' and r.part_relation_id <> new.part_relation_id
       and (r.part_id, r.successor_part_id) = (new.part_id, new.successor_part_id)
       and daterange(r.valid_from_date, r.valid_to_date, '[]')
           && daterange(new.valid_from_date, new.valid_to_date, '[]')
     order by 1 limit 1;
    if v_other is not null then
      perform api.refuse('conflict', format('%s holds %s already: %s', new.part_id, new.successor_part_id,
        v_other), 'successor_part_id', 'a part stands in a kit once on a day',
        format('amend the quantity of %s, or end it first', v_other));
    end if;
    return null;
  end if;

  with recursive walk as (
    select new.successor_part_id as at, new.part_id || ' > ' || new.successor_part_id as path,
           array[new.part_id, new.successor_part_id] as seen
    union all
    select r.successor_part_id, w.path || ' > ' || r.successor_part_id, w.seen || r.successor_part_id
      from walk w join doc.part_relation r on r.part_id = w.at
     where r.state = 'active' and r.relation_type = 'supersession'
       and w.at <> new.part_id and not r.successor_part_id = any (w.seen[2:])
       and cardinality(w.seen) <= {2 * HOP_LIMIT})
  select path into v_path from walk where at = new.part_id order by length(path), path limit 1;
  if v_path is not null then
    perform api.refuse('conflict', format('the chain would turn in a circle: %s', v_path),
      'successor_part_id', format('a chain has an end: %s', v_path),
      'end one relation of the circle, or name another successor');
  end if;

  with recursive before as (
    select new.part_id as at, 0 as hops
    union all
    select r.part_id, b.hops + 1 from before b join doc.part_relation r on r.successor_part_id = b.at
     where r.state = 'active' and r.relation_type = 'supersession' and b.hops <= {HOP_LIMIT})
  select max(hops) into v_before from before;
  with recursive after as (
    select new.successor_part_id as at, 1 as hops
    union all
    select r.successor_part_id, a.hops + 1 from after a join doc.part_relation r on r.part_id = a.at
     where r.state = 'active' and r.relation_type = 'supersession' and a.hops <= {HOP_LIMIT})
  select max(hops) into v_after from after;
  if v_before + v_after > {HOP_LIMIT} then
    perform api.refuse('conflict', format('the chain would have %s hops', v_before + v_after),
      'successor_part_id', format('a chain has at most {HOP_LIMIT} hops, this one %s', v_before + v_after),
      'replace the old numbers by the last one directly');
  end if;

  select r.part_relation_id into v_other from doc.part_relation r
   where r.state = 'active' and r.relation_type = 'supersession' and r.part_id = new.part_id
     and r.part_relation_id <> new.part_relation_id
     and (r.successor_part_id = new.successor_part_id or r.set_code is distinct from new.set_code
          or new.set_code is null)
     and daterange(r.valid_from_date, r.valid_to_date, '[]')
         && daterange(new.valid_from_date, new.valid_to_date, '[]')
     and coalesce(r.serial_from, '') <= coalesce(new.serial_to, '~')
     and coalesce(new.serial_from, '') <= coalesce(r.serial_to, '~')
   order by 1 limit 1;
  if v_other is not null then
    perform api.refuse('conflict', format('%s is replaced already: %s', new.part_id, v_other), 'part_id',
      'a number has one successor on a day and for a car; parts of a set carry one set_code',
      format('end %s first, bound the chassis numbers, or give both one set_code', v_other));
  end if;
  return null;
end $$;"""

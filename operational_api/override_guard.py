"""The guard of overrides: nobody writes over an override that he has not seen; judged in the write.

In: `forecast_override` documents. Out: SQL text of a trigger before the row is written. At a step of the plan
the latest override that covers a cell holds it, so whoever writes names the newest one that he saw on any of
these cells (`seen_override_id`). Of two writes at once the second finds the first: they wait for each other.
An override that has fallen away by its date is still the one to name: it stands in the list until withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterator


def override_guard_functions() -> Iterator[str]:
    yield _WRITTEN
    yield _NEWEST
    yield _CHECK
    yield (
        "create trigger keep_sight before insert or update on doc.forecast_override "
        "for each row execute function api.check_override_seen()"
    )


# As `fct_plan_change.written_at`: the pipeline orders by it, so both agree on which override holds a cell.
_WRITTEN = """
create function api.override_written_at(o doc.forecast_override) returns timestamptz language sql stable as $$
  select case when o.version = 1 then least(o.effective_at, o.created_at) else
    (select least(c.effective_at, c.recorded_at) from api.change c
      where c.document = 'forecast_override' and c.key = o.forecast_override_id and c.version = 1) end;
$$;"""

# An outlet lies where its own record says, as in the pipeline; a region covers every outlet below it.
_NEWEST = """
create function api.newest_override(n doc.forecast_override) returns doc.forecast_override
language sql stable as $$
  select o from doc.forecast_override o
    left join doc.outlet own on own.outlet_code = n.outlet_code
    left join doc.outlet other on other.outlet_code = o.outlet_code
    cross join lateral (select coalesce(own.region_path, n.region_path) || '/' as here,
                               coalesce(other.region_path, o.region_path) || '/' as there) at
   where o.forecast_override_id <> n.forecast_override_id and o.state <> 'withdrawn'
     and (o.subject, o.forecast_month, o.author_level) = (n.subject, n.forecast_month, n.author_level)
     and (o.series = n.series or o.series is null or n.series is null)
     and (o.part_id = n.part_id or o.part_id is null or n.part_id is null)
     and case when o.outlet_code is not null and n.outlet_code is not null then o.outlet_code = n.outlet_code
              when o.outlet_code is not null then starts_with(at.there, at.here)
              when n.outlet_code is not null then starts_with(at.here, at.there)
              else starts_with(at.there, at.here) or starts_with(at.here, at.there) end
   order by api.override_written_at(o) desc, o.forecast_override_id desc limit 1;
$$;"""

_CHECK = """
create function api.check_override_seen() returns trigger language plpgsql as $$
declare v doc.forecast_override; v_place text;
begin
  if tg_op = 'UPDATE' then
    if new.state = 'withdrawn' or (new.subject, new.region_path, new.outlet_code, new.series, new.part_id,
         new.forecast_month, new.author_level, new.mode, new.value, new.seen_override_id)
       is not distinct from (old.subject, old.region_path, old.outlet_code, old.series, old.part_id,
         old.forecast_month, old.author_level, old.mode, old.value, old.seen_override_id) then
      return new;
    end if;
  elsif exists (select from doc.forecast_override o
                 where o.forecast_override_id = new.forecast_override_id) then
    return new;  -- sent again: whoever counts repeats answers
  end if;
  perform pg_advisory_xact_lock(hashtextextended('forecast_override', 0));
  v := api.newest_override(new);
  v_place := coalesce(new.outlet_code, new.region_path);
  if v.forecast_override_id is not null and v.forecast_override_id = new.seen_override_id
     and (api.override_written_at(new), new.forecast_override_id)
         < (api.override_written_at(v), v.forecast_override_id) then
    perform api.refuse('invalid', format('%s is older than %s, which it follows', new.forecast_override_id,
      v.forecast_override_id), 'effective_at', 'an override is written after the one that it follows',
      'leave effective_at out, or withdraw this one and write it again');
  end if;
  if v.forecast_override_id is not distinct from new.seen_override_id then return new; end if;
  if v.forecast_override_id is null then
    perform api.refuse('conflict', format('%s no longer stands in %s', new.seen_override_id, v_place),
      'seen_override_id', format('%s was withdrawn or covers other cells', new.seen_override_id),
      'read the overrides of the cell again; leave seen_override_id out when none stands there');
  end if;
  perform api.refuse('conflict', format('%s: another override stands there that was not seen: %s', v_place,
      v.forecast_override_id), 'seen_override_id',
    format('theirs: %s %s for %s by %s; yours: %s %s', v.mode, trim_scale(v.value),
      coalesce(v.outlet_code, v.region_path), v.created_by, new.mode, trim_scale(new.value)),
    format('look at %s, then send it as seen_override_id, or leave yours out', v.forecast_override_id),
    array[v.forecast_override_id]);
end $$;"""

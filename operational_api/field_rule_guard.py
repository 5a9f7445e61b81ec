"""What a field rule may not say, refused inside the database in the write that says it.

In: the declarations and the table in the code. Out: SQL text of a trigger. A rule names a field that is there
and a state that the document has; it never gives a personal field, or one that its declaration hides, more
than the code does: that is the floor, and only a release moves it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from operational_api.document import Grant
from operational_api.documents import DOCUMENTS
from operational_api.documents.field_rule import LEVELS
from operational_api.policy import access_by_code

_TABLES = r"^(mart|dim|fct|bridge|map)_"


def guard_statements() -> Iterator[str]:
    yield _guard()
    yield (
        "create trigger guard before insert or update on doc.field_rule "
        "for each row execute function api.guard_field_rule()"
    )


def _guard() -> str:
    fields = {d.name: [f.name for f in d.fields] for d in DOCUMENTS}
    states = {d.name: list(d.states) for d in DOCUMENTS}
    floors = {
        f"{d.name}.{f.name}": {
            g.value: max(access_by_code(g, d, f, s) for s in d.states)
            for g in Grant
            if g in d.read_by and g is not Grant.ADMIN
        }
        for d in DOCUMENTS
        for f in d.fields
        if f.personal or f.hidden_from
    }
    levels = ", ".join(f"'{level}'" for level in LEVELS)
    return f"""
create function api.guard_field_rule() returns trigger language plpgsql as $$
declare v_floor int; v_access int := array_position(array[{levels}], new.access) - 1;
  v_fields jsonb := '{json.dumps(fields)}'::jsonb -> new.place;
begin
  if v_fields is null and new.place !~ '{_TABLES}' then
    perform api.refuse('invalid', format('there is no place %s', new.place), 'place',
      'a document type or a published table', 'correct the name');
  end if;
  if v_fields is not null and not v_fields ? new.field then
    perform api.refuse('invalid', format('%s has no field %s', new.place, new.field), 'field',
      format('a field of %s', new.place), 'correct the name');
  end if;
  if v_fields is not null and new.in_state is not null
     and not ('{json.dumps(states)}'::jsonb -> new.place) ? new.in_state then
    perform api.refuse('invalid', format('%s is never %s', new.place, new.in_state), 'in_state',
      format('a state of %s', new.place), 'correct it, or leave it out');
  end if;
  v_floor := ('{json.dumps(floors)}'::jsonb -> (new.place || '.' || new.field) ->> new.role)::int;
  if v_access > v_floor then
    perform api.refuse('invalid', format('%s.%s is kept from %s', new.place, new.field, new.role), 'access',
      format('at most %s: a rule never opens what is declared personal or hidden',
        (array[{levels}])[v_floor + 1]), 'choose a narrower access');
  end if;
  return new;
end $$;"""

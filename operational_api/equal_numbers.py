"""Values that are equal but for their spelling: which one is there already, said in the write.

In: the `Once` of the declarations that compare compacted. Out: SQL text of one trigger per such type, before
the row is written, so that the refusal names the other one. Of two writes at once the unique index refuses
the second, with the rule alone. A document sent again under its own key is left to whoever counts repeats.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.consequence import Once
from operational_api.document import Document
from operational_api.documents import DOCUMENTS
from operational_api.tables import compacted

COMPACTED = tuple((d, once) for d in DOCUMENTS for once in d.once if once.compacted)


def equal_number_functions() -> Iterator[str]:
    for document, once in COMPACTED:
        yield _check(document, once)
        yield (
            f"create trigger keep_once before insert or update of {', '.join((*once.fields, 'state'))} "
            f"on doc.{document.name} for each row execute function api.check_once_{document.name}()"
        )


def _check(document: Document, once: Once) -> str:
    name, key, first = document.name, document.key, once.fields[0]
    states = ", ".join(f"'{s}'" for s in once.states)
    same = " and ".join(f"{compacted(f't.{f}')} = {compacted(f'new.{f}')}" for f in once.fields)
    rule = once.rule.replace("'", "''")
    return f"""
create function api.check_once_{name}() returns trigger language plpgsql as $$
declare v record;
begin
  if new.state not in ({states}) then return new; end if;
  select t.{key} as key, t.{first} as spelt into v from doc.{name} t
   where {same} and t.state in ({states}) and t.{key} <> new.{key} limit 1;
  if found then
    perform api.refuse('conflict', format('the number is there already: {name} %s, spelt %s',
      v.key, v.spelt), '{first}', '{rule}',
      format('use %s, spelt %s, or correct the number', v.key, v.spelt));
  end if;
  return new;
end $$;"""

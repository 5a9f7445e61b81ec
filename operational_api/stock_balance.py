"""The running balance of every pile: how a `Stock` rule knows what lies there without summing its history.

In: the `Stock` consequences of the declarations. Out: SQL text of one statement trigger per such type. A call
adds what it brings and takes to its piles' rows in `api.stock_balance`, in the order of the piles, so that
two calls never wait for each other in a ring; the row is the lock. Only these functions, with their owner's
rights, write it. History is added, too; what it takes is not refused, since it was there.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.consequence import Stock
from operational_api.document import Document
from operational_api.documents import DOCUMENTS

PILED = tuple((d, c) for d in DOCUMENTS for c in d.follows if isinstance(c, Stock))
# What the owner's check of the balances must see of tables whose row-level security binds the owner too.
OWNER_SUMS = tuple(f"doc.{document.name}" for document, _ in PILED)


def stock_functions() -> Iterator[str]:
    for document, stock in PILED:
        yield _keep_function(document, stock)
        yield (
            f"create trigger keep_stock after insert on doc.{document.name} referencing new table as fresh "
            f"for each statement execute function api.keep_stock_{document.name}()"
        )
    yield _faults_function()


def pile_of(stock: Stock, row: str) -> str:
    """The name of the pile a row belongs to."""
    return " || chr(31) || ".join(f"{row}.{name}" for name in stock.by)


def _keep_function(document: Document, stock: Stock) -> str:
    states = ", ".join(f"'{s}'" for s in stock.into)
    rule, remedy = (text.replace("'", "''") for text in (stock.rule, stock.remedy))
    return f"""
create function api.keep_stock_{document.name}() returns trigger language plpgsql security definer
set search_path = pg_catalog as $$
declare v record;
begin
  for v in
    with pile as (
      select {pile_of(stock, "f")} as pile, sum(f.{stock.amount}) as moved, min(f.{stock.amount}) < 0 as takes
        from fresh f where f.state in ({states}) group by 1
    ), kept as (
      insert into api.stock_balance as b (document, pile, amount)
      select '{document.name}', pile, moved from pile order by pile
      on conflict (document, pile) do update set amount = b.amount + excluded.amount
      returning b.pile, b.amount
    )
    select k.pile, k.amount - p.moved as there from kept k join pile p using (pile)
     where k.amount < 0 and p.takes and coalesce(current_setting('dms.history', true), '') <> 'on'
     order by 1 limit 1
  loop
    perform api.refuse('conflict', format('{rule}: %s there', v.there), '{stock.amount}', '{rule}',
      '{remedy}');
  end loop;
  return null;
end $$;"""


def _faults_function() -> str:
    """Piles whose running balance is not the sum of their documents; there are none, or something broke."""
    sums = " union all ".join(
        f"select '{d.name}' as document, {pile_of(s, 't')} as pile, sum(t.{s.amount}) as amount "
        f"from doc.{d.name} t where t.state in ({', '.join(repr(x) for x in s.into)}) group by 2"
        for d, s in PILED
    )
    return f"""
create function api.stock_faults() returns table (document text, pile text, what text) language sql stable
security definer set search_path = pg_catalog as $$
  select coalesce(b.document, s.document), coalesce(b.pile, s.pile),
         format('balance %s, documents %s', b.amount, s.amount)
    from api.stock_balance b full join ({sums}) s using (document, pile)
   where coalesce(b.amount, 0) <> coalesce(s.amount, 0);
$$;"""

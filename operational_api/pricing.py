"""Prices judged against list and band in the write that promises them, discounts in that which asks for them.

In: the declarations' `priced`; the documents `price_list`, `price_band`, `discount_request`. Out: SQL text of
functions and of a trigger before the write, for the types that declare it, for discount requests and for no
other. Without a list for the car in market and currency nothing is judged; without a band the distance from
the list is noted. A request beyond the floor is refused when it is submitted: nobody is asked in vain.
"""

from __future__ import annotations

from collections.abc import Iterator

from operational_api.document import Document
from operational_api.documents import DOCUMENTS
from operational_api.documents.price_check import PRICE_CHECK


def pricing_functions() -> Iterator[str]:
    """They need the rules' functions and those that move a discount request."""
    yield _TERMS
    yield _FLOOR
    yield _CHECK
    yield _judge_request()
    yield (
        "create trigger judge_request before insert or update of state on doc.discount_request "
        "for each row when (coalesce(current_setting('dms.history', true), '') <> 'on') "
        "execute function api.judge_discount_request()"
    )
    for document in DOCUMENTS:
        if document.priced:
            yield _judge_function(document)
            yield (
                f"create trigger judge_price before insert or update of state on doc.{document.name} "
                "for each row when (coalesce(current_setting('dms.history', true), '') <> 'on') "
                f"execute function api.judge_price_{document.name}()"
            )


# Nothing is found where no list names the car; the band is the most specific in force for the type.
_TERMS = """
create function api.price_terms(p_document text, p_outlet text, p_product text, p_currency text, p_day date,
  out list_minor bigint, out price_list_id text, out price_band_id text, out floor_percent numeric,
  out authorities jsonb) language plpgsql stable as $$
declare v_sold record;
begin
  select o.market, p.brand, p.model, p.variant into v_sold from doc.outlet o, doc.product p
   where o.outlet_code = p_outlet and p.product_id = p_product;
  select r.price_list_id, (l ->> 'price_minor')::bigint into price_list_id, list_minor
    from api.rule_price_list(p_day, v_sold.market, null, null, null) r
    cross join lateral jsonb_array_elements(r.lines) l
   where r.currency = p_currency and l ->> 'model' = v_sold.model
     and (l ->> 'variant' is null or l ->> 'variant' = v_sold.variant)
   order by (r.market is not null) desc, (l ->> 'variant' is not null) desc, r.effective_from_date desc,
     r.price_list_id desc limit 1;
  if list_minor is null then return; end if;
  select r.price_band_id, r.floor_percent, r.authorities into price_band_id, floor_percent, authorities
    from api.rule_price_band(p_day, v_sold.market, null, null, null) r
   where r.document_type = p_document and (r.brand is null or r.brand = v_sold.brand)
   order by (r.market is not null) desc, (r.brand is not null) desc, r.effective_from_date desc,
     r.price_band_id desc limit 1;
end $$;"""

_FLOOR = """
create function api.demand_above_floor(p_key text, p_field text, p_below numeric, p_list bigint,
  p_floor numeric, p_band text) returns void language plpgsql as $$
begin
  if p_below > p_floor then
    perform api.refuse('conflict', format('%s is %s %% below the list of %s', p_key, trim_scale(p_below),
        p_list), p_field, format('at most %s %% below the list (band %s)', trim_scale(p_floor), p_band),
      'raise the price: below the floor nobody approves');
  end if;
end $$;"""

# Authority is that of the account or system on whose behalf it is written, so it holds in bulk calls, too.
_CHECK = """
create function api.check_price(p_document text, p_key text, p_outlet text, p_product text, p_net bigint,
  p_currency text, p_field text, p_by text, p_at timestamptz, out list_minor bigint,
  out below_list_percent numeric, out price_list_id text, out price_band_id text) language plpgsql as $$
declare v_terms record; v_may numeric; v_request record;
begin
  select * into v_terms from api.price_terms(p_document, p_outlet, p_product, p_currency, p_at::date);
  list_minor := v_terms.list_minor;
  price_list_id := v_terms.price_list_id;
  if list_minor is null then return; end if;
  below_list_percent := round((list_minor - p_net) * 100.0 / list_minor, 6);
  price_band_id := v_terms.price_band_id;
  if price_band_id is null or below_list_percent <= 0 then return; end if;
  perform api.demand_above_floor(p_key, p_field, below_list_percent, list_minor, v_terms.floor_percent,
    price_band_id);
  select coalesce(max((a ->> 'most_percent')::numeric), 0) into v_may
    from jsonb_array_elements(v_terms.authorities) a
   where a ->> 'position' = any (coalesce(
     (select k.grants from api.account k where k.subject = p_by and k.revoked_at is null),
     (select k.grants from api.api_key k where k.subject = p_by and k.revoked_at is null limit 1)));
  if below_list_percent <= v_may then return; end if;
  select d.discount_request_id as key, d.state into v_request from doc.discount_request d
   where d.outlet_id = p_outlet and p_key = case p_document when 'quotation' then d.quotation_id
         when 'retail_order' then d.retail_order_id end
     and d.state in ('approved', 'used') and d.currency = p_currency
     and d.discount_minor >= check_price.list_minor - p_net
   order by d.state desc limit 1;
  if not found then
    perform api.refuse('conflict', format('%s is %s %% below the list of %s', p_key,
        trim_scale(below_list_percent), list_minor), p_field,
      format('your position sells at most %s %% below the list (band %s)', trim_scale(v_may), price_band_id),
      format('raise the price, or have a discount request of %s for it approved', list_minor - p_net));
  end if;
  if v_request.state = 'approved' then
    perform api.make_discount_request(v_request.key, 'use', p_by, p_at, '{}');
  end if;
end $$;"""


def _judge_request() -> str:
    """The car is that of the quotation or contract it is for; a request for neither is not judged."""
    cases = "\n    union all\n    ".join(
        f"select '{d.name}', t.{d.priced.product} from doc.{d.name} t "
        f"where t.{d.key} = new.{d.key} and new.sale_kind = 'vehicle'"
        for d in DOCUMENTS
        if d.priced
    )
    return f"""
create function api.judge_discount_request() returns trigger language plpgsql as $$
declare v record; v_net bigint := new.list_minor - new.discount_minor;
begin
  if new.state <> 'submitted' or (tg_op = 'UPDATE' and old.state = 'submitted') then return new; end if;
  for v in select t.* from (
    {cases}) s (document, product_id)
    cross join lateral api.price_terms(s.document, new.outlet_id, s.product_id, new.currency,
      new.effective_at::date) t
    where t.price_band_id is not null
  loop
    perform api.demand_above_floor(new.discount_request_id, 'discount_minor',
      round((v.list_minor - v_net) * 100.0 / v.list_minor, 6), v.list_minor, v.floor_percent,
      v.price_band_id);
  end loop;
  return new;
end $$;"""


def _judge_function(document: Document) -> str:
    priced = document.priced
    assert priced is not None
    states = ", ".join(f"'{s}'" for s in priced.into)
    net = f"new.{priced.price}" + (f" - new.{priced.discount}" if priced.discount else "")
    filled = "\n  ".join(f"new.{f.name} := v.{f.name};" for f in PRICE_CHECK)
    return f"""
create function api.judge_price_{document.name}() returns trigger language plpgsql as $$
declare v record;
begin
  if new.state not in ({states}) or (tg_op = 'UPDATE' and old.state in ({states})) then return new; end if;
  select * into v from api.check_price('{document.name}', new.{document.key}, new.outlet_id,
    new.{priced.product}, {net}, new.currency, '{priced.discount or priced.price}', new.updated_by,
    new.effective_at);
  {filled}
  return new;
end $$;"""

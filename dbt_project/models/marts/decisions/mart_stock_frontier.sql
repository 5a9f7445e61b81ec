-- What a wanted fill costs in stock: the outlets own days replayed under the rule that orders.

select
    abc_class,
    cast(cycle_chance as double) as cycle_chance,
    cast(fill as double) as fill,
    cast(fill_low as double) as fill_low,
    cast(fill_high as double) as fill_high,
    cast(units_asked as double) as units_asked,
    cast(stock_days as double) as stock_days,
    cast(order_lines as double) as order_lines,
    cast(days as bigint) as days

from {{ ref('stg_engine_stock_frontier') }}

select
    abc_class,
    cycle_chance,
    fill,
    fill_low,
    fill_high,
    units_asked,
    stock_days,
    order_lines,
    days

from {{ source('engine', 'stock_frontier') }}

-- Every region that has an outlet, and every region above one; a step without a name is called by its code.

with

paths as (

    {% for depth in range(1, var('region_depth_limit') + 1) %}
    select
        {{ region_prefix('region_path', depth) }} as region_path,
        {{ dbt.split_part('region_path', "'/'", depth) }} as code,
        {{ depth }} as depth
    from {{ ref('stg_outlet') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

regions as (

    select region_path, code, cast(depth as bigint) as depth
    from paths
    where code <> ''
    group by region_path, code, depth

)

select
    regions.region_path,
    regions.code,
    coalesce(names.name, regions.code) as name,
    regions.depth

from regions
left join {{ ref('region_name') }} as names on regions.code = names.code

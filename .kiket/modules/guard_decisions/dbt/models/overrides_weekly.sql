-- How often each person overrode the guards, by week and project. Weeks start on Monday. What a fork changes: the source.
with overrides as (
    select
        project_id,
        cast(date_trunc('week', decided_at) as date) as week,
        {{ override_of('details') }} ->> 'by' as person,
        decided_at
    from {{ source('kiket', 'decisions') }}
    where decision = 'allow'
)

select
    {{ installation_columns() }},
    concat_ws('/', project_id, week, person) as row_key,
    project_id,
    week,
    person,
    count(*) as overrides,
    max(decided_at) as last_at
from overrides
where person is not null
group by project_id, week, person

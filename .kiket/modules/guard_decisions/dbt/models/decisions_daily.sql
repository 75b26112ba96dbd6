-- How many decisions of each status there were on each day, in each project. From the first day to the last there is a
-- row for every status, even without decisions. What a fork changes: the source.
with statuses (status, label, is_blocking, sort_order) as (
    values
        ('allow', 'Allowed', false, 1),
        ('pending', 'Waiting', true, 2),
        ('deny', 'Denied', true, 3)
),

decisions as (
    select
        project_id,
        decision,
        cast(decided_at as date) as day
    from {{ source('kiket', 'decisions') }}
),

days as (
    select cast(generate_series(min(day), max(day), interval '1 day') as date) as day
    from decisions
),

projects as (
    select distinct project_id
    from decisions
),

counts as (
    select project_id, day, decision, count(*) as decisions
    from decisions
    group by project_id, day, decision
)

select
    {{ installation_columns() }},
    concat_ws('/', projects.project_id, days.day, statuses.status) as row_key,
    projects.project_id,
    days.day,
    statuses.status,
    statuses.label,
    statuses.is_blocking,
    statuses.sort_order,
    coalesce(counts.decisions, 0) as decisions
from projects
cross join days
cross join statuses
left join counts
    on counts.project_id = projects.project_id
    and counts.day = days.day
    and counts.decision = statuses.status

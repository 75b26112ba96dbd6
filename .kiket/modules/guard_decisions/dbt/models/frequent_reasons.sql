-- What delayed moves, the most frequent first in each project. A reason that names people counts as the same reason about
-- others, and no names are kept. What a fork changes: the source, and without_people() if its messages name things.
with reasons as (
    select
        decisions.project_id,
        reason.guard,
        reason.status,
        {{ without_people('reason.message') }} as message,
        decisions.move_id,
        decisions.decided_at
    from {{ source('kiket', 'decisions') }} as decisions
    cross join lateral {{ reasons_of('decisions.details') }}
),

counts as (
    select
        project_id,
        guard,
        status,
        message,
        count(*) as times,
        count(distinct move_id) as moves,
        max(decided_at) as last_at
    from reasons
    group by project_id, guard, status, message
),

ranked as (
    select
        *,
        row_number() over (partition by project_id order by times desc, guard, status, message) as rank
    from counts
)

select
    {{ installation_columns() }},
    concat_ws('/', project_id, rank) as row_key,
    project_id,
    rank,
    guard,
    status,
    message,
    times,
    moves,
    last_at
from ranked

-- How long each move waited: from its first pending to the move itself. A deny in between doesn't restart the wait.
-- Moves that never waited are left out. What a fork changes: the source.
with waits as (
    select
        move_id,
        min(decided_at) filter (where decision = 'pending') as pending_at,
        min(decided_at) filter (where decision = 'allow') as allowed_at,
        count(*) filter (where decision = 'pending') as pendings,
        count(*) filter (where decision = 'deny') as denies
    from {{ source('kiket', 'decisions') }}
    where move_id is not null
    group by move_id
)

select
    {{ installation_columns() }},
    waits.move_id,
    moves.project_id,
    moves.issue_id,
    moves.to_state,
    waits.pending_at,
    waits.allowed_at,
    {{ minutes_between('waits.pending_at', 'waits.allowed_at') }} as waited_minutes,
    waits.pendings,
    waits.denies,
    {{ override_of('moves.details') }} is not null as is_overridden
from waits
inner join {{ source('kiket', 'decisions') }} as moves
    on moves.invocation_id = waits.move_id
where waits.pending_at is not null

-- Decisions to analyse, in the table of .kiket/modules/guard_decisions/schema.yml, where the search_path leads.
insert into decisions
    (invocation_id, move_id, project_id, issue_id, from_state, to_state, decision, message, details, decided_at)
values
    -- Denied and twice put off before midnight, and moved after it.
    ('evt_1', 'evt_1', '7', '42', 'review', 'done', 'allow', 'Approved by noor@example.com.',
     '{"approvers":["noor@example.com"],"override":null,"reasons":[],"failure":null}', '2026-03-02T00:30:00.000Z'),
    ('dec_11', 'evt_1', '7', '42', 'review', 'done', 'deny', 'Fill in assignee_id. Wait for somebody other than mira@example.com.',
     '{"approvers":[],"reasons":[{"guard":"requireFields","status":"deny","message":"Fill in assignee_id."},{"guard":"requireApprovals","status":"pending","message":"Wait for somebody other than mira@example.com."}],"failure":null}',
     '2026-03-01T23:40:00.000Z'),
    ('dec_12', 'evt_1', '7', '42', 'review', 'done', 'pending', 'Wait for somebody other than mira@example.com.',
     '{"approvers":[],"reasons":[{"guard":"requireApprovals","status":"pending","message":"Wait for somebody other than mira@example.com."}],"failure":null}',
     '2026-03-01T23:59:57.000Z'),
    ('dec_13', 'evt_1', '7', '42', 'review', 'done', 'pending', 'Wait for somebody other than user 19.',
     '{"approvers":[],"reasons":[{"guard":"requireApprovals","status":"pending","message":"Wait for somebody other than user 19."}],"failure":null}',
     '2026-03-02T00:10:00.000Z'),

    -- Denied while it waited, for a reason with quotes in it, and overridden.
    ('evt_2', 'evt_2', '7', '43', null, 'done', 'allow', 'Overridden by kim@example.com: The shop is down.',
     '{"approvers":[],"override":{"by":"kim@example.com","reason":"The shop is down."},"reasons":[],"failure":null}', '2026-03-02T10:00:00.000Z'),
    ('dec_21', 'evt_2', '7', '43', null, 'done', 'pending', 'Wait for somebody other than ann@example.com.',
     '{"approvers":[],"reasons":[{"guard":"requireApprovals","status":"pending","message":"Wait for somebody other than ann@example.com."}],"failure":null}',
     '2026-03-02T09:00:00.000Z'),
    ('dec_22', 'evt_2', '7', '43', null, 'done', 'deny', 'Fix "it''s 100% \ done" first.',
     '{"approvers":[],"reasons":[{"guard":"checksPass","status":"deny","message":"Fix \"it''s 100% \\ done\" first."}],"failure":null}',
     '2026-03-02T09:10:00.000Z'),

    -- Written before there were rows on the way, or with nothing to say.
    ('evt_3', null, '7', '44', 'review', 'done', 'allow', 'Approved by noor@example.com.', '{"approvers":["noor@example.com"]}',
     '2026-03-04T08:00:00.000Z'),
    ('evt_4', null, '8', '51', 'review', 'done', 'allow', null, null, '2026-03-04T08:00:00.000Z'),

    -- Waiting, though no row says that it moved.
    ('dec_51', 'evt_5', '7', '45', 'review', 'done', 'pending', null, '{"reasons":null}', '2026-03-04T11:00:00.000Z'),

    -- Allowed on trust, and by a clock that is behind the other one.
    ('evt_6', 'evt_6', '8', '52', 'review', 'released', 'allow', 'Nobody had to approve.',
     '{"approvers":[],"reasons":[{"guard":"checksPass","status":"allow","message":"checksPass could not decide (guard_failed), and the failure policy is to allow."}],"failure":"guard_failed"}',
     '2026-03-04T12:00:00.000Z'),
    ('dec_61', 'evt_6', '8', '52', 'review', 'released', 'pending', 'Wait for somebody other than mira@example.com.',
     '{"approvers":[],"reasons":[{"guard":"requireApprovals","status":"pending","message":"Wait for somebody other than mira@example.com."}],"failure":null}',
     '2026-03-04T12:00:30.000Z');

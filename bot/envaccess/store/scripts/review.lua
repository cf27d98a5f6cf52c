-- Close an emergency's review. The service has ruled that the actor may; never whoever had the access.
-- Takes: op text, id text, actor text, note typed, ts text, seal text, clock integer
local actor = actor_of(A.actor)

local function bar(record)
  local asked = person_of(record)
  return asked == A.actor and 'own_review' or not asked and 'not_reviewer' or nil
end

local function close_review(record)
  local why = bar(record)
  if why then
    refused(actor, 'review', why, record)
    return { refused = why }
  end
  if record.review ~= 'open' then
    return { refused = 'no_review', by = record.reviewed_by or '', at = record.reviewed_at or '0' }
  end
  emit('emergency.reviewed', actor, record, { note = typed(A.note) })
  redis.call('HSET', key('text', A.id), 'note', A.note, 'review', A.seal)
  drop_deadlines(A.id, 'review')
  redis.call('ZREM', key('reviews'), A.id)
  change(record, { review = 'closed', review_at = 0, reviewed_by = A.actor, reviewed_at = NOW })
  return { id = A.id, requester = record.requester, variables = record.variables, behind = record.behind }
end

return once_on_request('review', actor, function(record)
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local program = refuse_program('review', record)
  if program then
    return program
  end
  local lock = lock_on({ A.actor }, '')
  if lock then
    return refuse_locked(lock, actor, 'review', record)
  end
  settle(record)
  return close_review(record), record, 'message'
end)

-- Lift a lock. The service has ruled that the actor may. What a lock of very many grants has not ended yet is ended
-- first. With `A.lock`, only that one lock is lifted, never a later one on the same target.
-- Takes: op text, target text, printable text, actor text, why typed, lock text
return once(function()
  local program = not is_host(WHO) and refuse_program('unlock')
  if program then
    return program
  end
  local mine = lock_on({ WHO }, '')
  if mine then
    return refuse_locked(mine, A.actor, 'unlock', nil, A.printable)
  end
  local before = redis.call('HGET', key('locks'), A.target)
  local lock = before and read_lock(before)
  if not lock or (A.lock ~= '' and A.lock ~= lock.id) then
    return { refused = 'not_locked', target = A.target }
  end
  bypass_oom()
  local _, more = end_under(A.target, lock, function() end)
  if more then
    return look_again({ more = 1 })
  end
  emit('principal.unlocked', A.actor, about(A.target), {
    reason = typed(A.why), locked_by = lock.by, locked_at = lock.at,
  })
  redis.call('HDEL', key('locks'), A.target)
  drop_deadlines(A.target, 'lock')
  draw_under(A.target)
  return { id = lock.id, by = lock.by, at = lock.at, why = lock.why, ended = 0 }
end)

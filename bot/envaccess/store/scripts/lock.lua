-- Lock a person or a variable: live grants end now, and nothing is filed, approved or revealed until it is unlocked.
-- The service has ruled that the actor may; ending access works on a full Redis.
-- Takes: op text, target text, printable text, actor text, why typed
return once(function()
  bypass_oom()
  local program = not is_host(WHO) and refuse_program('lock')
  if program then
    return program
  end
  local mine = lock_on({ WHO }, '')
  if mine then
    return refuse_locked(mine, A.actor, 'lock', nil, A.printable)
  end
  local before = redis.call('HGET', key('locks'), A.target)
  if before then
    local lock = read_lock(before)
    return { id = lock.id, by = lock.by, at = lock.at, why = lock.why, ended = 0, repeated = 1 }
  end
  local said = typed(A.why) or {}
  local lock = { by = A.actor, at = int(NOW), why = A.why, salt = said.salt, digest = said.digest }
  local ended = end_under(A.target, lock, function(number)
    lock.id = emit('principal.locked', A.actor, about(A.target), { reason = typed(A.why), grants = int(number) })
    local text = cjson.encode(lock)
    redis.call('HSET', key('locks'), A.target, text)
    redis.call('SET', key('barred', A.target), text, 'PX', KEPT_FOR)
  end)
  draw_under(A.target)
  return { id = lock.id, by = lock.by, at = lock.at, why = lock.why, ended = ended }
end)

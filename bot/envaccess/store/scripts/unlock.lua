-- Lift a lock. The service has ruled that the actor may. What a lock of very many grants has not ended yet is ended
-- first. With `A.lock`, only that one lock is lifted, never a later one on the same target.
local stored = replay()
if stored then
  return stored
end
local mine = lock_on({ WHO }, '')
if mine then
  return finish(refuse_locked(mine, A.actor, 'unlock', nil, A.printable))
end
local before = redis.call('HGET', key('locks'), A.target)
local lock = before and cjson.decode(before)
if not lock or (A.lock ~= '' and A.lock ~= lock.id) then
  return finish({ refused = 'not_locked', target = A.target })
end
bypass_oom()
local _, more = end_under(A.target, lock.by, lock.why, function() end)
if more then
  return cjson.encode({ more = 1 })
end
emit('principal.unlocked', A.actor, about(A.target), {
  reason = A.why, locked_by = lock.by, locked_at = lock.at,
})
redis.call('HDEL', key('locks'), A.target)
redis.call('ZREM', key('deadlines'), 'lock:' .. A.target)
draw_under(A.target)
return finish({ id = lock.id, by = lock.by, at = lock.at, why = lock.why, ended = 0 })

-- Hand one's duty as an approver to somebody for a time, or take it back. One at a time.
local stored = replay()
if stored then
  return stored
end
local actor = 'person:' .. A.actor
local lock = A.taker ~= '' and lock_on({ A.actor, A.taker }, '')
if lock then
  return finish(refuse_locked(lock, actor, 'delegate'))
end
local before
for _, pair in ipairs(redis.call('ZRANGE', key('delegations'), 0, -1)) do
  if string.sub(pair, 1, #A.actor + 1) == A.actor .. ':' then
    before = pair
  end
end
if A.taker == '' and not before then
  return finish({ done = 0 })
end
local until_ = NOW + A.seconds * 1000
if before then
  emit('duty.returned', actor, nil, { from = string.match(before, ':(.*)$') })
end
if A.taker ~= '' then
  emit('duty.delegated', actor, nil, { to = A.taker, ["until"] = int(until_) })
end
if before then
  redis.call('ZREM', key('delegations'), before)
  redis.call('ZREM', key('deadlines'), 'return:' .. before)
end
if A.taker ~= '' then
  redis.call('ZADD', key('delegations'), int(until_), A.actor .. ':' .. A.taker)
  at_deadline('return', A.actor .. ':' .. A.taker, until_)
end
draw_undecided()
return finish({ done = 1, ["until"] = int(until_) })

-- Hand one's duty as an approver to somebody for a time, or take it back. One at a time.
-- Takes: op text, actor text, taker text, seconds integer, seal text?, clock integer?
local actor = actor_of(A.actor)

-- `giver:taker` of the duty that is handed over now; nil where none is.
local function handed_over()
  local found
  for _, pair in ipairs(redis.call('ZRANGE', key('delegations'), 0, -1)) do
    if string.sub(pair, 1, #A.actor + 1) == A.actor .. ':' then
      found = pair
    end
  end
  return found
end

return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local program = refuse_program('delegate')
  if program then
    return program
  end
  local lock = A.taker ~= '' and lock_on({ A.actor, A.taker }, '')
  if lock then
    return refuse_locked(lock, actor, 'delegate')
  end
  local before = handed_over()
  if A.taker == '' and not before then
    return { done = 0 }
  end
  local until_ = NOW + A.seconds * 1000
  if before then
    emit('duty.returned', actor, nil, { from = string.match(before, ':(.*)$') })
  end
  if A.taker ~= '' then
    emit('duty.delegated', actor, nil, { to = A.taker, ["until"] = int(until_) })
  end
  if before then
    drop_duty(before)
  end
  if A.taker ~= '' then
    redis.call('ZADD', key('delegations'), int(until_), A.actor .. ':' .. A.taker)
    redis.call('HSET', key('duty_seals'), A.actor .. ':' .. A.taker, A.seal)
    at_deadline('return', A.actor .. ':' .. A.taker, until_)
  end
  draw_undecided()
  return { done = 1, ["until"] = int(until_) }
end)

-- Give somebody a code with which a terminal may sign in as them. Of the code only a digest is kept, for its two minutes.
-- Takes: op text, actor text, session text, lookup text, code text, seal text, clock integer, seconds integer, most integer
local actor = actor_of(A.actor)

return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local program = refuse_program('login')
  if program then
    return program
  end
  local lock = lock_on({ A.actor }, '')
  if lock then
    return refuse_locked(lock, actor, 'login')
  end
  if #sessions_of(A.actor) >= A.most then
    return { refused = 'too_many_sessions', limit = A.most }
  end
  if redis.call('EXISTS', key('login_code', A.lookup), key('session', A.session)) > 0 then
    return look_again({ taken = 1 })
  end
  local expires = NOW + A.seconds * 1000
  redis.call('HSET', key('session', A.session), 'state', 'asked', 'person', A.actor, 'code', A.code, 'lookup', A.lookup,
    'login', A.seal, 'expires_at', int(expires), 'created_at', int(NOW), 'tries', '0', 'version', '0')
  redis.call('PEXPIREAT', key('session', A.session), int(expires))
  redis.call('SET', key('login_code', A.lookup), A.session, 'PXAT', int(expires))
  return { session = A.session, expires_at = int(expires) }
end)

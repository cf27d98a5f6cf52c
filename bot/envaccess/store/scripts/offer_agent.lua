-- Somebody, at a terminal where they are signed in, wants to start an agent: they are asked in Slack.
-- Takes: op text, actor text, session text, asked_in text, seal text, sign_key text, seal_key text, name text, host text
-- Takes: os_user text, program text, address text, clock integer, seconds integer, most integer
local who = 'agent:' .. A.session

local function offer()
  local expires = NOW + A.seconds * 1000
  local record = {
    id = A.session, person = who, behind = A.actor, host = A.host, os_user = A.os_user, program = A.program,
    address = A.address, name = A.name,
  }
  emit('session.offered', who, owner_of(record), client_of(record))
  redis.call('HSET', key('session', A.session), 'person', who, 'behind', A.actor, 'created_at', int(NOW))
  redis.call('ZADD', key('agents', A.actor), int(expires), A.session)
  redis.call('PEXPIRE', key('agents', A.actor), TTL.session)
  change_session(record, {
    state = 'offered', offer = A.seal, sign_key = A.sign_key, seal_key = A.seal_key, name = A.name, host = A.host,
    os_user = A.os_user, program = A.program, address = A.address, expires_at = expires,
  })
  redis.call('PEXPIRE', key('session', A.session), TTL.session)
  at_deadline('session', A.session, expires + 1)
  return { session = A.session }
end

return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local program = refuse_program('agent')
  if program then
    return program
  end
  local lock = lock_on({ A.actor }, '')
  if lock then
    return refuse_locked(lock, actor_of(A.actor), 'agent')
  end
  if not session_lives(A.asked_in, A.actor) then
    return { refused = 'no_session' }
  end
  if #agents_of(A.actor) >= A.most then
    refused(actor_of(A.actor), 'agent', 'too_many_agents')
    return { refused = 'too_many_agents', limit = A.most }
  end
  if redis.call('EXISTS', key('session', A.session)) == 1 then
    return look_again({ taken = 1 })
  end
  return offer()
end)

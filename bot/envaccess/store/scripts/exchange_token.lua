-- A pipeline's token was verified: its run gets a session for this key, or the one that this key has gets more time and
-- another token in the place of its last. What may be exchanged by one key only (`replay`) is bound to the first: the
-- process's own, or that of its whole job.
-- Takes: op text, actor text, behind text, session text, replay text, bound_to text, sign_key text, token text, seal text
-- Takes: token_seal text, host text, os_user text, program text, address text, facts texts, idle integer
-- Takes: ends_at integer, known_until integer, clock integer, run_most integer, most integer
local actor = actor_of(A.actor)
local machine = base_of(A.actor)
local known = key('pipeline_token', A.replay)

local function refuse_run(why, limit)
  refused(actor, 'token', why)
  return { refused = why, limit = limit }
end

-- The session of this run that this key has.
local function session_of_key(live)
  for _, record in ipairs(live) do
    if record.sign_key == A.sign_key then
      return record
    end
  end
  return nil
end

local function without_room(live)
  if #live >= A.run_most then
    return refuse_run('too_many_machine_sessions', A.run_most)
  end
  if #sessions_of(machine) >= A.most then
    return refuse_run('too_many_machine_sessions', A.most)
  end
  return nil
end

-- What was sealed is of the session that goes on, or of a new one.
local function is_about(before)
  if before then
    return before.id == A.session
  end
  return redis.call('EXISTS', key('session', A.session)) == 0
end

local function remember_token()
  local until_ = math.max(A.known_until, NOW + math.max(redis.call('PTTL', known), 0))
  redis.call('SET', known, A.bound_to, 'PXAT', int(until_))
end

local function open(before)
  local record = before or { id = A.session, person = A.actor }
  local last = record.token
  local fields = {
    state = 'confirmed', person = A.actor, behind = A.behind, opened = A.seal, sign_key = A.sign_key, token = A.token,
    token_seal = A.token_seal, host = A.host, os_user = A.os_user, program = A.program, address = A.address,
    opened_at = record.opened_at or NOW, ends_at = A.ends_at, expires_at = A.ends_at, used_at = NOW, used_from = A.address,
  }
  local told = client_of({
    id = A.session, host = A.host, os_user = A.os_user, program = A.program, address = A.address,
  })
  for name, fact in pairs(A.facts) do
    told[name] = fact
  end
  told.ends_at, told.again = int(A.ends_at), before and '1' or nil
  emit('session.opened', actor, { requester = A.actor, behind = A.behind }, told)
  remember_token()
  if last then
    redis.call('DEL', key('session_token', last))
  end
  redis.call('SET', key('session_token', A.token), A.session, 'PXAT', int(math.min(NOW + A.idle * 1000, A.ends_at)))
  change_session(record, fields)
  redis.call('PEXPIRE', key('session', A.session), TTL.session)
  sign_in(record, A.ends_at)
  at_deadline('session', A.session, math.min(NOW + A.idle * 1000, A.ends_at) + 1)
  return { session = A.session }
end

return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  if A.ends_at <= NOW then
    return { refused = 'no_session' }
  end
  local lock = lock_on({ A.actor, A.behind }, '')
  if lock then
    return refuse_locked(lock, actor, 'token')
  end
  local bound = redis.call('GET', known)
  if bound and bound ~= A.bound_to then
    return refuse_run('token_used')
  end
  local live = sessions_of(A.actor)
  local before = session_of_key(live)
  if not is_about(before) then
    return look_again({ moved = 1 })
  end
  return not before and without_room(live) or open(before)
end)

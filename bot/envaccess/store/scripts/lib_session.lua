-- A login and the session that it becomes are one record: asked for, offered by a terminal, confirmed, and over.
local function read_session(id)
  return read_record('session', id)
end

-- Whether this version knows how it stands, and has what scripts need of it (law 14).
local function is_known_session(record)
  return LOGIN[record.state] and record.person and is_known_principal(record.person)
    and tonumber(record.expires_at) and (record.state ~= 'confirmed' or tonumber(record.ends_at))
end

-- What events say of whose it is.
local function owner_of(record)
  return { requester = record.person, behind = record.behind }
end

-- What a client says of itself, for an event.
local function client_of(record)
  return {
    session = record.id, host = record.host, os_user = record.os_user, program = record.program,
    address = record.address, name = record.name,
  }
end

-- Whether its token still opens something. Until the first token was bound there is none.
local function is_live_session(record)
  if record.state ~= 'confirmed' or NOW >= number(record, 'ends_at') then
    return false
  end
  if number(record, 'used_at') == 0 then
    return NOW < number(record, 'expires_at')
  end
  return redis.call('GET', key('session_token', record.token)) == record.id
end

-- Whether this is a session of theirs that lives.
local function session_lives(id, person)
  local record = read_session(id)
  return record and is_known_session(record) and record.person == person and is_live_session(record)
end

-- A changed login or session is drawn again; of a machine nobody has a message.
local function change_session(record, fields)
  write_version('session', record, fields)
  if base_of(record.person) == record.person then
    redis.call('ZADD', key('session_cards'), int(NOW), record.id)
  end
end

-- Where a session is listed: as whose it is, of a run also as the machine's, of a program also as the person's behind it.
local function session_lists(record)
  local lists = { key('signed_in', record.person) }
  if base_of(record.person) ~= record.person then
    lists[#lists + 1] = key('signed_in', base_of(record.person))
  end
  if (record.behind or '') ~= '' then
    lists[#lists + 1] = key('agents', record.behind)
  end
  return lists
end

local function sign_in(record, ends)
  for _, list in ipairs(session_lists(record)) do
    redis.call('ZADD', list, int(ends), record.id)
    redis.call('PEXPIRE', list, TTL.session)
  end
end

-- Its person has pressed: a session begins with what was offered. Until its token is used first, it waits so many seconds.
local function open_session(record, actor)
  local opened = client_of(record)
  opened.ends_at = int(A.ends_at)
  emit('session.opened', actor, owner_of(record), opened)
  sign_in(record, A.ends_at)
  redis.call('PEXPIRE', key('session', record.id), TTL.session)
  at_deadline('session', record.id, NOW + A.seconds * 1000 + 1)
  change_session(record, {
    state = 'confirmed', opened = A.seal, opened_at = NOW, ends_at = A.ends_at,
    expires_at = NOW + A.seconds * 1000, used_at = '0',
  })
end

-- It is listed as nobody's any more. Of a run it is looked at whether that was its last.
local function sign_out(record)
  for _, list in ipairs(session_lists(record)) do
    redis.call('ZREM', list, record.id)
  end
  if run_of(record.person) ~= '' then
    at_deadline('run', record.person, NOW)
  end
end

local function is_agent(record)
  return string.sub(record.person, 1, 6) == 'agent:'
end

-- The live grants of an agent: nobody else can use them, and its session is over.
local function end_grants_of(who, actor)
  for _, id in ipairs(redis.call('ZRANGE', key('held', who), 0, -1)) do
    local record = take_live(id)
    if record then
      emit('grant.revoked', actor, record, { why = 'session_ended' })
      end_grant(record, GRANT_NEXT[record.grant .. ':revoke'], actor, NOW, 'session_ended')
    end
  end
  end_leases_under({ key('leased', who) }, 'grant')
end

-- What waits for a decision, and is nobody's any more.
local function withdraw_requests_of(who)
  for _, id in ipairs(redis.call('HVALS', key('pending', who))) do
    local record = read_known(id)
    if record and record.state == 'pending' then
      emit('request.cancelled', 'bot', record, { why = 'session_ended' })
      close(record, {
        state = REQUEST_NEXT['pending:cancel'], decided_by = 'bot', decided_at = NOW, ended_why = 'session_ended',
      })
    end
  end
end

-- It is over: nothing opens with it from here on. Its card says so until it is drawn, and a day longer.
local function end_session(record, actor, state, how, at)
  bypass_oom()
  if record.token then
    redis.call('DEL', key('session_token', record.token))
  end
  local detail = client_of(record)
  detail.how = how
  actor = base_of(actor)
  emit('session.ended', actor, owner_of(record), detail)
  sign_out(record)
  drop_deadlines(record.id, 'session')
  change_session(record, { state = state, ended_at = at or NOW, ended_by = actor, ended_how = how })
  redis.call('PEXPIRE', key('session', record.id), TTL.day)
  if is_agent(record) then
    decline_proposals_of(record.person)
    withdraw_requests_of(record.person)
    end_grants_of(record.person, actor)
  end
end

-- Write down what time has done to it. Returns when it is to be looked at again; nil where it is over.
local function settle_session(record)
  if record.state == 'offered' then
    if NOW < number(record, 'expires_at') then
      return number(record, 'expires_at')
    end
    end_session(record, 'time', 'expired', 'unanswered', number(record, 'expires_at'))
  elseif record.state == 'confirmed' then
    if is_live_session(record) then
      local left = number(record, 'used_at') == 0 and number(record, 'expires_at') - NOW
        or redis.call('PTTL', key('session_token', record.token))
      return math.min(number(record, 'ends_at'), NOW + math.max(left, 1))
    end
    local unused = number(record, 'used_at') == 0
    end_session(record, 'time', 'ended', unused and 'unused' or 'expired')
  end
  return nil
end

-- What lives of a list of sessions, with what time has ended written down; a record that cannot be read is left alone.
local function live_of(list, is_theirs)
  local live = {}
  for _, id in ipairs(redis.call('ZRANGE', list, 0, -1)) do
    local record = read_session(id)
    if not record then
      bypass_oom()
      redis.call('ZREM', list, id)
    elseif is_known_session(record) and is_theirs(record) and settle_session(record) then
      live[#live + 1] = record
    end
  end
  return live
end

-- The live sessions of somebody at terminals, of a run or of all runs of a machine, or of an agent.
local function sessions_of(owner)
  return live_of(key('signed_in', owner), function(record)
    return record.person == owner or base_of(record.person) == owner
  end)
end

-- The agents of somebody: those that live, and those that wait for their press.
local function agents_of(person)
  return live_of(key('agents', person), function(record)
    return is_agent(record) and record.behind == person
  end)
end

-- The sessions of all programs that somebody is behind: their agents, and pipelines that they started.
local function programs_of(person)
  return live_of(key('agents', person), function(record)
    return record.behind == person
  end)
end

-- Theirs and their agents', wherever they signed in. Who leaves or is locked has no pipelines either.
local function all_sessions_of(who, how)
  local live = sessions_of(who)
  local others = (how == 'left' or how == 'locked') and programs_of or agents_of
  for _, record in ipairs(others(who)) do
    live[#live + 1] = record
  end
  return live
end

-- What becomes of a session that somebody ends, and of a question that nobody has answered.
local function over_state(record)
  return record.state == 'offered' and 'refused' or 'ended'
end

-- End every session of somebody, their agents' too. Returns how many there were.
local function end_sessions_of(who, actor, how)
  local live = all_sessions_of(who, how)
  for _, record in ipairs(live) do
    end_session(record, actor, over_state(record), how)
  end
  return #live
end

-- A message that was posted, but not remembered, because a process died in between: it is the one, or is deleted.
local function note_session_stray(record)
  note_card_stray('session', record)
  if base_of(record.person) == record.person then
    redis.call('ZADD', key('session_cards'), int(NOW), record.id)
  end
end

-- Why a press about what was offered does nothing, whoever is locked; nil where it may count.
-- What is tried is `login` or `agent`, and begins the reasons; whose it is, is a person, or nothing where that is unknown.
local function bar_pick(tried, actor, record, whose)
  if whose ~= A.actor then
    local why = tried .. (whose and '_not_yours' or '_unknown')
    refused(actor, tried, why, nil, nil, whose or nil)
    return { refused = why }
  end
  if clock_is_off() then
    return { refused = 'clock_off' }
  end
  settle_session(record)
  if record.state ~= 'offered' or mac_of(record.offer) ~= A.offer then
    return { refused = tried .. '_over', state = record.state }
  end
  return nil
end

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
    address = record.address,
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

-- It is listed as somebody's, until it is over at the latest.
local function sign_in(record, ends)
  for _, owner in ipairs(owners_of(record.person, record.behind)) do
    redis.call('ZADD', key('signed_in', owner), int(ends), record.id)
    redis.call('PEXPIRE', key('signed_in', owner), TTL.session)
  end
end

-- It is listed as nobody's any more. What a program asked for is looked at: it is withdrawn with its last session.
local function sign_out(record)
  for _, owner in ipairs(owners_of(record.person, record.behind)) do
    redis.call('ZREM', key('signed_in', owner), record.id)
  end
  if not is_person(record.person) then
    at_deadline('run', record.person, NOW)
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

-- Whether somebody is one of those under whom a session is listed.
local function is_session_of(record, owner)
  for _, one in ipairs(owners_of(record.person, record.behind)) do
    if one == owner then
      return true
    end
  end
  return false
end

-- The live sessions of somebody (of a run, of all runs of a machine, of what a person is behind), with what time has ended
-- written down; a record that cannot be read is left alone.
local function sessions_of(owner)
  local live = {}
  for _, id in ipairs(redis.call('ZRANGE', key('signed_in', owner), 0, -1)) do
    local record = read_session(id)
    local theirs = record and is_known_session(record) and is_session_of(record, owner)
    if not record then
      bypass_oom()
      redis.call('ZREM', key('signed_in', owner), id)
    elseif theirs and settle_session(record) then
      live[#live + 1] = record
    end
  end
  return live
end

-- Their live sessions and their agents'. Who leaves or is locked has no pipeline either.
local function all_sessions_of(person, how)
  local live = sessions_of(person)
  for _, record in ipairs(sessions_of('behind:' .. person)) do
    if string.match(record.person, '^agent:') or how == 'left' or how == 'locked' then
      live[#live + 1] = record
    end
  end
  return live
end

-- End every session of somebody. Returns how many there were.
local function end_sessions_of(person, actor, how)
  local live = all_sessions_of(person, how)
  for _, record in ipairs(live) do
    end_session(record, actor, 'ended', how)
  end
  return #live
end

-- A message that was posted, but not remembered, because a process died in between: it is the one, or is deleted.
local function note_session_stray(record)
  local known = record.ts or ''
  if known == A.ts or not string.match(A.ts or '', '^%d+%.%d+$') then
    return
  end
  if known == '' then
    redis.call('HSET', key('session', record.id), 'ts', A.ts)
  else
    redis.call('HSET', key('session', record.id), 'strays', add_orphan(record.strays, A.ts))
  end
  redis.call('ZADD', key('session_cards'), int(NOW), record.id)
end

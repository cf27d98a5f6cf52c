-- What a lock does to what there is: live grants end, what waits for a decision says that it is locked.
local function is_under(record, target)
  return target == 'person:' .. (person_of(record) or '') or target == actor_of(record.requester)
    or string.find(',variable:' .. string.gsub(record.variables, ',', ',variable:') .. ',', ',' .. target .. ',', 1, true)
end

-- The lists of live grants that a lock ends: of a person also those of their agents, and of pipelines that they started.
local function lists_under(target)
  local kind, id = string.match(target, '^(%a+):(.*)$')
  if kind == 'variable' then
    return { key('shared', id) }
  end
  return kind == 'person' and { key('held', id), key('held', 'behind:' .. id) } or { key('held', target) }
end

-- The lists of what was made for grants that a lock ends, single uses that are over among them.
local function leases_under(target)
  local kind, id = string.match(target, '^(%a+):(.*)$')
  if kind == 'variable' then
    return { key('leased', id) }
  end
  return kind == 'person' and { key('leased', id), key('leased', 'behind:' .. id) } or { key('leased', target) }
end

local function sessions_under(target)
  local kind, id = string.match(target, '^(%a+):(.*)$')
  if kind == 'variable' then
    return {}
  end
  return kind == 'person' and all_sessions_of(id, 'locked') or sessions_of(target)
end

-- Delete the keys of live grants, `LOCK_AT_ONCE` at most. Returns the grants, and how many entries were looked at.
local function grants_under(target)
  local live, looked_at = {}, 0
  for _, list in ipairs(lists_under(target)) do
    local room = LOCK_AT_ONCE - looked_at
    for _, id in ipairs(room > 0 and redis.call('ZRANGE', list, 0, room - 1) or {}) do
      local record, another = take_live(id)
      looked_at = looked_at + 1
      if record then
        live[#live + 1] = record
      elseif not another then
        redis.call('ZREM', list, id)
      end
    end
  end
  return live, looked_at
end

-- Why somebody locked it, as an event says it; nothing of a lock that an earlier version wrote.
local function reason_of(lock)
  return lock.why ~= '' and lock.digest and { text = lock.why, salt = lock.salt, digest = lock.digest } or nil
end

-- End live grants, `LOCK_AT_ONCE` at most: each key first, then `tell`, which writes what else there is to write,
-- then each event. Returns how many ended, and whether more are left: those are ended at once by whoever settles
-- deadlines. An unlock ends them first.
local function end_under(target, lock, tell)
  local actor = lock.by
  local live, looked_at = grants_under(target)
  local sessions = sessions_under(target)
  for _, record in ipairs(sessions) do
    redis.call('DEL', key('session_token', record.token or ''))
  end
  tell(#live)
  for _, record in ipairs(live) do
    emit('grant.revoked', actor, record, { why = 'locked', reason = reason_of(lock) })
    end_grant(record, GRANT_NEXT[record.grant .. ':revoke'], actor, NOW, 'locked')
  end
  end_leases_under(leases_under(target), 'grant')
  for _, record in ipairs(sessions) do
    end_session(record, actor, over_state(record), 'locked')
  end
  local more = looked_at == LOCK_AT_ONCE and #live > 0
  if more then
    at_deadline('lock', target, NOW + 1)
  end
  return #live, more
end

-- The messages of what waits for a decision tell of the lock, or of its end.
local function draw_under(target)
  for _, id in ipairs(redis.call('ZREVRANGE', key('undecided'), 0, 999)) do
    local record = read_known(id)
    if record and record.state == 'pending' and is_under(record, target) then
      change(record, {})
    end
  end
end

-- What the event of a lock or of its end is about.
local function about(target)
  local kind, id = string.match(target, '^(%a+):(.*)$')
  if kind == 'variable' then
    return { variables = id }
  end
  return { requester = kind == 'person' and id or target }
end

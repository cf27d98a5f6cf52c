-- What a lock does to what there is: live grants end, what waits for a decision says that it is locked.
local function is_under(record, target)
  return target == 'person:' .. (person_of(record) or '')
    or string.find(',variable:' .. string.gsub(record.variables, ',', ',variable:') .. ',', ',' .. target .. ',', 1, true)
end

-- End live grants, `LOCK_AT_ONCE` at most: each key first, then `tell`, which writes what else there is to write,
-- then each event. Returns how many ended, and whether more are left: those are ended at once by whoever settles
-- deadlines. An unlock ends them first.
local function end_under(target, actor, why, tell)
  local kind, id = string.match(target, '^(%a+):(.*)$')
  local list = key(kind == 'person' and 'held' or 'shared', id)
  local ids = redis.call('ZRANGE', list, 0, LOCK_AT_ONCE - 1)
  local live = {}
  for _, id_ in ipairs(ids) do
    local record = read(id_)
    if record then
      settle(record)
    end
    if record and not is_known(record) then
      redis.call('DEL', key('grant', id_)) -- another version's, which writes its end down
    elseif record and record.grant and GRANT_NEXT[record.grant .. ':revoke'] then
      redis.call('DEL', key('grant', id_))
      live[#live + 1] = record
    else
      redis.call('ZREM', list, id_)
    end
  end
  local sessions = kind == 'person' and all_sessions_of(id) or {}
  for _, record in ipairs(sessions) do
    redis.call('DEL', key('session_token', record.token or ''))
  end
  tell(#live)
  for _, record in ipairs(sessions) do
    end_session(record, actor, over_state(record), 'locked')
  end
  for _, record in ipairs(live) do
    emit('grant.revoked', actor, record, { why = 'locked', reason = why })
    end_grant(record, GRANT_NEXT[record.grant .. ':revoke'], actor, NOW, 'locked')
  end
  local more = #ids == LOCK_AT_ONCE and #live > 0
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
  return kind == 'person' and { requester = id } or { variables = id }
end

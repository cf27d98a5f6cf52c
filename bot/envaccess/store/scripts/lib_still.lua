-- Whether a claimed use may still be shown.
local function may_show(record, actor, once, session)
  if not record or record.requester ~= actor or NOW >= number(record, 'expires_at') then
    return false
  end
  if session and not session_lives(session, actor) then
    return false
  end
  if lock_on(people_of(record), record.variables) then
    return false
  end
  if once == '1' then
    -- Its claim ended it. What would have ended it since is remembered, or is to be seen.
    local deleted = unknown_name(record.variables) or remade_name(record)
    return record.grant == 'used_up' and not ended_since(record) and not deleted
  end
  return record.grant == 'active' and redis.call('EXISTS', key('grant', record.id)) == 1
end

-- Whether a claimed use may still be shown: asked right before the value leaves (law 2). Changes nothing.
-- Takes: id text, actor text, once flag, session text?
local record = read_known(A.id)
if not record or record.requester ~= A.actor or NOW >= number(record, 'expires_at') then
  return 0
end
if A.session and not session_lives(A.session, A.actor) then
  return 0
end
if lock_on(people_of(record), record.variables) then
  return 0
end
if A.once == '1' then
  -- Its claim ended it. What would have ended it since is remembered, or is to be seen.
  local deleted = unknown_name(record.variables) or remade_name(record)
  return record.grant == 'used_up' and not ended_since(record) and not deleted and 1 or 0
end
return record.grant == 'active' and redis.call('EXISTS', key('grant', record.id)) == 1 and 1 or 0

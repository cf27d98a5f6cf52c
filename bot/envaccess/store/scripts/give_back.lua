-- Nothing left the process: write it down and return the use. A `once` lives on until its old expiry.
-- Takes: op text, id text, why text, seal text, host text?, seen_op text?

-- It ended while the value was on its way, so that it does not live again.
local function end_instead(record, state, by, event, why)
  emit('grant.revoked', by, record, event)
  note_over(record, NOW)
  change(record, { grant = GRANT_NEXT[state .. ':revoke'], ended_at = int(NOW), ended_by = by, ended_why = why })
end

local function live_again(record, state)
  set_end(record, NOW, tonumber(record.expires_at), { 'SET', record.requester, 'PXAT', record.expires_at })
  if number(record, 'lapses_at') > 0 then
    at_deadline('lapse', record.id, number(record, 'lapses_at'))
  end
  for _, name in ipairs(split(asked_of(record))) do
    redis.call('ZREM', over_key(record, name), record.id)
  end
  change(record, { grant = state, ended_at = '0', ended_by = '' })
end

local function return_use(record, state, deleted)
  local by, why = ended_since(record)
  if by then
    end_instead(record, state, by, why and { why = why } or nil, why)
  elseif deleted then -- deleting a variable ends its grants: one that was claimed at that moment ends now
    end_instead(record, state, 'bot', { why = 'the variable was deleted' }, 'deleted')
  elseif NOW < tonumber(record.expires_at) then
    live_again(record, state)
  else
    emit('grant.expired', 'time', record)
    note_over(record, tonumber(record.expires_at))
    change(record, { grant = 'expired', ended_at = record.expires_at, ended_by = '' })
  end
end

return once(function()
  local record = read_known(A.id)
  if not record then
    return { done = 1 }
  end
  local deleted = unknown_name(record.variables) or remade_name(record)
  local state = GRANT_NEXT[(record.grant or '') .. ':give_back']
  emit('grant.reveal_failed', 'bot', record, { why = A.why, seal = A.seal ~= '' and A.seal or nil })
  redis.call('HINCRBY', key('request', A.id), 'reveals', -1)
  if A.seen_op then
    take_seen_back(record, A.seen_op, A.why)
  end
  if A.host then
    take_release_back(record, A.host)
  end
  if record.grant == 'used_up' and state then
    return_use(record, state, deleted)
  end
  return { done = 1 }
end)

-- Nothing left the process: write it down and return the use. A `once` lives on until its old expiry.
local stored = replay()
if stored then
  return stored
end
local record = read(A.id)
if not record then
  return finish({ done = 1 })
end
local deleted = unknown_name(record.variables) or remade_name(record)
local state = GRANT_NEXT[(record.grant or '') .. ':give_back']
emit('grant.reveal_failed', 'bot', record, { why = A.why })
redis.call('HINCRBY', key('request', A.id), 'reveals', -1)
if record.grant == 'used_up' and state then
  local expires = record.expires_at
  local by, why = ended_since(record)
  if by then
    -- Somebody ended it while the value was on its way.
    emit('grant.revoked', by, record, why and { why = why } or nil)
    note_over(record, NOW)
    change(record, {
      grant = GRANT_NEXT[state .. ':revoke'], ended_at = int(NOW), ended_by = by, ended_why = why,
    })
  elseif deleted then
    -- Deleting a variable ends its grants: one that was claimed at that moment ends now.
    emit('grant.revoked', 'bot', record, { why = 'the variable was deleted' })
    note_over(record, NOW)
    change(record, { grant = GRANT_NEXT[state .. ':revoke'], ended_at = int(NOW), ended_by = 'bot' })
  elseif NOW < tonumber(expires) then
    set_end(record, NOW, tonumber(expires), { 'SET', record.requester, 'PXAT', expires })
    if number(record, 'lapses_at') > 0 then
      at_deadline('lapse', record.id, number(record, 'lapses_at'))
    end
    for _, name in ipairs(split(asked_of(record))) do
      redis.call('ZREM', over_key(record, name), record.id)
    end
    change(record, { grant = state, ended_at = '0', ended_by = '' })
  else
    emit('grant.expired', 'time', record)
    note_over(record, tonumber(expires))
    change(record, { grant = 'expired', ended_at = expires, ended_by = '' })
  end
end
return finish({ done = 1 })

-- End what is live or waits, because a backup was restored or the store is upgraded, and queue what waits for a review:
-- whatever says so in words that this version knows, also in a record of a later one. What it cannot read is left.
-- Takes: ids text, actor text, why text
local grants, requests = 0, 0

-- Say that nobody decided in time, where the time is over, else why it is over.
local function close_pending(record)
  local deadline = number(record, 'deadline_at')
  local fields = { state = REQUEST_NEXT['pending:time_out'], decided_at = deadline }
  if NOW > deadline then
    emit('request.timed_out', 'time', record)
  else
    emit('request.timed_out', A.actor, record, { why = A.why })
    fields.decided_at, fields.ended_why = NOW, A.why
    requests = requests + 1
  end
  close(record, fields)
end

-- When time alone ended access that nobody used; nil where it did not.
local function lapsed_at(record)
  local lapses = number(record, 'lapses_at')
  if record.grant == 'waiting' and lapses == 0 then
    lapses = number(record, 'starts_at') + number(record, 'seconds') * 1000
  end
  return lapses > 0 and lapses <= NOW and number(record, 'reveals') == 0 and lapses or nil
end

local function end_live(record)
  local lapses, ends = lapsed_at(record), number(record, 'expires_at')
  if lapses then
    lapse(record, lapses, 'it was not used in time')
    return
  end
  redis.call('DEL', key('grant', record.id))
  if record.grant == 'active' and ends > 0 and ends <= NOW then
    emit('grant.expired', 'time', record)
    end_grant(record, GRANT_NEXT['active:expire'], '', ends)
    return
  end
  emit('grant.revoked', A.actor, record, { why = A.why })
  end_grant(record, GRANT_NEXT[record.grant .. ':revoke'], A.actor, NOW, A.why)
  grants = grants + 1
end

bypass_oom()
for _, id in ipairs(split(A.ids)) do
  local record = read(id) or {}
  if record.requester and record.variables then
    if record.state == 'pending' then
      close_pending(record)
    end
    if record.grant and GRANT_NEXT[record.grant .. ':revoke'] then
      end_live(record)
    end
    if end_leases(record, 'restored') > 0 then
      change(record, {})
    end
    if record.review == 'open' then
      redis.call('ZADD', key('reviews'), int(number(record, 'created_at')), id)
      at_deadline('review', id, math.max(number(record, 'review_at'), NOW))
    end
  end
end
return cjson.encode({ grants = grants, requests = requests })

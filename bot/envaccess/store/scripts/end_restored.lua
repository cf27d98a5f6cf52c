-- End what was live or waited when a backup was made, and queue what waits for a review: whatever says so in words that
-- this version knows, also in a record of a later one. What it cannot read is left as it is, and has no grant.
-- Takes: ids text, actor text
local grants, requests = 0, 0

local function end_live(record)
  redis.call('DEL', key('grant', record.id))
  local ends = number(record, 'expires_at')
  if record.grant == 'active' and ends > 0 and ends <= NOW then
    emit('grant.expired', 'time', record)
    end_grant(record, GRANT_NEXT['active:expire'], '', ends)
    return
  end
  emit('grant.revoked', A.actor, record, { why = 'restored' })
  end_grant(record, GRANT_NEXT[record.grant .. ':revoke'], A.actor, NOW, 'restored')
  grants = grants + 1
end

local function end_waiting(record)
  emit('request.timed_out', A.actor, record, { why = 'restored' })
  redis.call('HSET', key('text', record.id), 'decision_reason', 'a backup was restored')
  close(record, { state = REQUEST_NEXT['pending:time_out'], decided_at = NOW })
  requests = requests + 1
end

bypass_oom()
for _, id in ipairs(split(A.ids)) do
  local record = read(id) or {}
  if record.requester and record.variables then
    if record.state == 'pending' then
      end_waiting(record)
    end
    if record.grant and GRANT_NEXT[record.grant .. ':revoke'] then
      end_live(record)
    end
    if record.review == 'open' then
      redis.call('ZADD', key('reviews'), int(number(record, 'created_at')), id)
      at_deadline('review', id, math.max(number(record, 'review_at'), NOW))
    end
  end
end
return cjson.encode({ grants = grants, requests = requests })

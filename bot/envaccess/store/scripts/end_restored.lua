-- End what was live or waited when a backup was made, and queue what waits for a review. A record of another version
-- is left as it is: nothing of it is live, for its grant is not in the backup.
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

bypass_oom()
for _, id in ipairs(split(A.ids)) do
  local record = read(id)
  record = record and is_known(record) and record
  if record and record.state == 'pending' then
    emit('request.timed_out', A.actor, record, { why = 'restored' })
    redis.call('HSET', key('text', id), 'decision_reason', 'a backup was restored')
    close(record, { state = REQUEST_NEXT['pending:time_out'], decided_at = NOW })
    requests = requests + 1
  elseif record and record.grant and GRANT_NEXT[record.grant .. ':revoke'] then
    end_live(record)
  end
  if record and record.review == 'open' then
    redis.call('ZADD', key('reviews'), int(number(record, 'created_at')), id)
    at_deadline('review', id, math.max(number(record, 'review_at'), NOW))
  end
end
return cjson.encode({ grants = grants, requests = requests })

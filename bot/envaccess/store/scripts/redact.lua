-- Take away what somebody typed, wherever we keep it: the text and its salt, the record of a request that is over, the
-- reason of a lock, what was found about an alert, and reasons of judgements. No event changes.
-- Takes: op text, actor text, event text, events texts, request text, target text, alert text, why typed
-- Takes: judgements texts
local function without_why(kept)
  local read_it, lock = pcall(cjson.decode, kept)
  if not read_it or type(lock) ~= 'table' then
    return kept
  end
  lock.why, lock.salt, lock.digest = '', nil, nil
  return cjson.encode(lock)
end

local function redact_lock()
  local standing = redis.call('HGET', key('locks'), A.target)
  if standing then
    redis.call('HSET', key('locks'), A.target, without_why(standing))
  end
  local last = redis.call('GET', key('barred', A.target))
  if last then
    redis.call('SET', key('barred', A.target), without_why(last), 'KEEPTTL')
  end
end

-- Reasons of judgements, by the item of the access review: the seal of each says only a digest.
local function redact_judgements()
  for item, review in pairs(A.judgements) do
    local id, number_ = review, string.match(item, ':(.*)$')
    local kept = redis.call('HGET', key('judgements', id), number_)
    local read_it, said = pcall(cjson.decode, kept or '')
    if read_it and type(said) == 'table' then
      said.why, said.salt = '', ''
      redis.call('HSET', key('judgements', id), number_, cjson.encode(said))
    end
  end
end

local function redact_alert()
  local alert = read_record('alert', A.alert)
  if alert then
    redis.call('HDEL', key('alert', A.alert), 'note', 'note_salt')
    write_version('alert', alert, {})
    redis.call('ZADD', key('alert_cards'), int(NOW), A.alert)
  end
end

return once(function()
  local record = A.request ~= '' and read(A.request)
  local lives = record and (record.grant == 'active' or record.grant == 'waiting')
  if record and (record.state == 'pending' or lives or record.review == 'open') then
    return { refused = 'lives' }
  end
  local count = 0
  for _ in pairs(A.events) do
    count = count + 1
  end
  emit('audit.redacted', A.actor, nil, { event = A.event, events = int(count), reason = typed(A.why) })
  for event, day in pairs(A.events) do
    redis.call('HDEL', key('typed', day), event)
  end
  if record then
    redis.call('DEL', key('request', A.request), key('text', A.request))
  end
  if A.request ~= '' and redis.call('EXISTS', key('archive')) == 1 then -- the archive may hold it, or be about to
    redis.call('ZADD', key('archive_redacted'), int(NOW), A.request)
  end
  if A.target ~= '' then
    redact_lock()
  end
  redact_judgements()
  if A.alert ~= '' then
    redact_alert()
  end
  return { done = int(count) }
end)

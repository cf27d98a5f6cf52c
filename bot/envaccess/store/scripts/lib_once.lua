-- What is done once however often it is asked for, and messages that were posted but not remembered.
local function add_orphan(strays, mark)
  if not strays or strays == '' then
    return mark
  end
  return string.find(strays, mark, 1, true) and strays or (strays .. ',' .. mark)
end

-- A message that was posted, but not remembered, because a process died in between. Called last: what is drawn
-- never comes before the event.
local function note_stray(record, surface)
  local known = record[surface] or ''
  if known == A.ts or not string.match(A.ts or '', '^%d+%.%d+$') then
    return
  end
  if known == '' then
    -- What was over before anybody saw it is not posted, so that this message would go on offering its buttons.
    if surface == 'message' and (record.state == 'cancelled' or record.state == 'timed_out') then
      record[surface] = A.ts
      redis.call('HSET', key('request', record.id), surface, A.ts)
      redis.call('ZADD', key('dirty'), int(NOW), record.id)
    end
    return
  end
  local strays = add_orphan(record.strays, surface .. ':' .. A.ts)
  if strays ~= record.strays then
    record.strays = strays
    redis.call('HSET', key('request', record.id), 'strays', record.strays)
    redis.call('ZADD', key('dirty'), int(NOW), record.id)
  end
end

-- Do what a call asks for, unless it was done: the answer of its first time is its answer. `act` returns an outcome,
-- which is remembered, and, where somebody pressed a message, the request and which message it may have been.
local function once(act)
  local stored = replay()
  if stored then
    return stored
  end
  local outcome, record, surface = act()
  if type(outcome) == 'string' then
    return outcome
  end
  if record then
    note_stray(record, surface)
  end
  return finish(outcome)
end

-- The outcome of an `act` that did nothing: the caller looks again, and comes back under the same operation id.
local function look_again(outcome)
  return cjson.encode(outcome)
end

-- The same about a request, which `act` is given as it was stored.
local function once_on_request(tried, actor, act)
  return once(function()
    local record = read(A.id)
    if not record then
      refused(actor, tried, 'unknown_id')
      return { refused = 'unknown_id' }
    end
    if not is_known(record) then
      return { refused = 'record_refused' }
    end
    return act(record)
  end)
end

local function not_pending(record)
  return {
    refused = 'not_pending', state = record.state, by = record.decided_by or '', at = record.decided_at or '0',
  }
end

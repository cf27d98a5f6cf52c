-- What is remembered of whoever asks, so that what is unusual can be told: the rules are in `domain/signals`, the scripts
-- only keep what those made of it. Something else may lie under the key, where somebody writes to Redis: it stops nobody.
local function baseline_key(record)
  return key('baseline', kept_under(record.requester, record.behind))
end

local function baseline_mark(name)
  local mark = redis.pcall('HGET', name, 'mark')
  return type(mark) == 'string' and mark or ''
end

-- What is remembered, where it, or the minute, is not what the caller looked at: then it looks again, because whoever
-- replays the events must find the facts that were shown.
local function other_baseline()
  local name, minute = baseline_key(A), math.floor(NOW / 60000)
  if not A.mark or (A.minute == minute and baseline_mark(name) == A.mark) then
    return nil
  end
  local found = redis.pcall('HMGET', name, 'filed', 'denied')
  return look_again({
    observed = 1, filed = found[1] or '', denied = found[2] or '', mark = baseline_mark(name), minute = int(minute),
  })
end

local function keep_baseline(name, field, text, mark)
  if type(redis.pcall('HSET', name, field, text, 'mark', mark)) == 'table' then
    redis.call('DEL', name)
    redis.call('HSET', name, field, text, 'mark', mark)
  end
  redis.call('PEXPIRE', name, TTL.baseline)
end

-- Who asks again for what was denied is shown so: the newest few names, with the minute.
local function remember_denial(record)
  local name, denied = baseline_key(record), {}
  local before = redis.pcall('HGET', name, 'denied')
  for _, kept in ipairs(split(type(before) == 'string' and before or '')) do
    denied[#denied + 1] = kept
  end
  for place, variable in ipairs(split(record.variables)) do
    if place <= MOST.denied_names then
      denied[#denied + 1] = string.sub(redis.sha1hex(variable), 1, 12) .. ':' .. int(math.floor(NOW / 60000))
    end
  end
  local first = math.max(1, #denied - MOST.denied + 1)
  keep_baseline(name, 'denied', table.concat(denied, ',', first), 'denied:' .. record.id)
end

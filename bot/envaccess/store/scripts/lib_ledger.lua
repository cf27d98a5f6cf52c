-- Who has seen which value. A value goes by its mark, a MAC that scripts cannot make. What is `current` of a variable is
-- kept as mark -> `MOMENT;KIND;ID`: when the reading began, `kept` or `leased`, and the source's own id. A kept variable has
-- one; of a leased one each use has its own, until its lease is over.
-- Who has seen a value, and what somebody has seen, are lists of each other; the second has only what is current.
local function of_value(kind, name, mark)
  return key(kind, name .. '~' .. mark)
end

local function is_current(name, mark)
  return redis.call('HEXISTS', key('current', name), mark) == 1
end

-- `FIRST;LAST;WAY=TIMES...`
local function read_seen(text)
  local entry = { how = {}, ways = {} }
  entry.first, entry.last = string.match(text or '', '^(%d+);(%d+)')
  for how, times in string.gmatch(text or '', ';(%l+)=(%d+)') do
    entry.how[how] = tonumber(times)
    entry.ways[#entry.ways + 1] = how
  end
  return entry
end

local function written_seen(entry)
  local text = entry.first .. ';' .. entry.last
  for _, how in ipairs(entry.ways) do
    if entry.how[how] > 0 then
      text = text .. ';' .. how .. '=' .. int(entry.how[how])
    end
  end
  return text
end

local function list_of(seer)
  return string.sub(seer, 1, 8) == 'process:' and 'seen_processes' or 'seen_people'
end

local function seen_person(seer)
  return string.match(seer, '^%l+:([^:]+)$')
end

local LEFT_RANK = 1000000

-- By how many a variable's current values are known: what somebody knows who has left is worst, then what most know.
-- Processes alone are less than any person.
local function rank_exposure(name)
  local people, processes = 0, 0
  for _, mark in ipairs(redis.call('HKEYS', key('current', name))) do
    people = people + redis.call('ZCARD', of_value('seen_people', name, mark))
    processes = processes + redis.call('ZCARD', of_value('seen_processes', name, mark))
  end
  if people + processes == 0 then
    redis.call('ZREM', key('exposures'), name)
  else
    local left = redis.call('ZLEXCOUNT', key('left_exposed'), '[' .. name .. '~', '(' .. name .. '\127')
    redis.call('ZADD', key('exposures'), left * LEFT_RANK + people + (processes > 0 and 0.5 or 0), name)
  end
end

-- Somebody is exposed by a value from now on. Whoever is a person is asked about from time to time: they may have left.
local function expose(seer, value, first)
  redis.call('ZADD', key('exposed', seer), first, value)
  local person = seen_person(seer)
  if person then
    redis.call('ZADD', key('exposed_people'), 'NX', 0, person)
    if redis.call('HEXISTS', key('leavers'), person) == 1 then
      redis.call('ZADD', key('left_exposed'), 0, value .. '~' .. person)
    end
  end
end

local function unexpose(seer, value)
  redis.call('ZREM', key('exposed', seer), value)
  local person = seen_person(seer)
  if person then
    redis.call('ZREM', key('left_exposed'), value .. '~' .. person)
  end
end

-- A value became current, or is so no longer: it is in the list of everybody who has seen it, or in none. Of very many the
-- rest is left to the worker.
local function relist(name, mark, from)
  local value, current, left = name .. '~' .. mark, is_current(name, mark), 0
  for _, list in ipairs({ 'seen_people', 'seen_processes' }) do
    local seers = redis.call('ZRANGE', of_value(list, name, mark), from, from + RELISTED_AT_ONCE - 1)
    for _, seer in ipairs(seers) do
      if current then
        local entry = read_seen(redis.call('HGET', of_value('seen', name, mark), seer))
        expose(seer, value, entry.first or int(NOW))
      else
        unexpose(seer, value)
      end
    end
    left = math.max(left, #seers)
  end
  if left == RELISTED_AT_ONCE then
    redis.call('ZADD', key('relist'), from + RELISTED_AT_ONCE, value)
  else
    redis.call('ZREM', key('relist'), value)
  end
end

local function retain_seen(name, mark, current)
  for _, kind in ipairs({ 'seen', 'seen_people', 'seen_processes' }) do
    if current then
      redis.call('PERSIST', of_value(kind, name, mark))
    else
      redis.call('PEXPIRE', of_value(kind, name, mark), int(KEPT_FOR))
    end
  end
end

local function leave_current(name, mark)
  redis.call('HDEL', key('current', name), mark)
  retain_seen(name, mark, false)
  relist(name, mark, 0)
end

-- Every kept value of a variable but this one is current no longer.
local function leave_others(name, mark)
  local kept = redis.call('HGETALL', key('current', name))
  for place = 1, #kept, 2 do
    if kept[place] ~= mark and string.find(kept[place + 1], ';kept;', 1, true) then
      leave_current(name, kept[place])
    end
  end
end

local function become_current(name, mark, kind, id, at)
  local before = is_current(name, mark)
  redis.call('HSET', key('current', name), mark, int(at) .. ';' .. kind .. ';' .. id)
  if not before then
    retain_seen(name, mark, true)
    relist(name, mark, 0)
  end
end

-- What a source has now, stored by us this moment or read; nothing of a variable that is not there.
local function set_current(name, mark, id, at)
  leave_others(name, mark)
  if mark then
    become_current(name, mark, 'kept', id, at)
  end
  rank_exposure(name)
end

-- The same of what was read: of the sealed store the stored version says whether it is the newest, elsewhere the reading
-- that began last.
local function note_read(name, mark, id, at)
  at = math.min(at, NOW)
  local record = redis.call('HMGET', key('catalogue', name), 'source', 'version')
  if not record[1] or record[1] == SEALED and record[2] ~= id then
    return
  end
  if record[1] ~= SEALED then
    redis.call('ZADD', key('reread'), int(at), name)
  end
  local kept = redis.call('HGETALL', key('current', name))
  for place = 1, #kept, 2 do
    local known, known_at = kept[place], tonumber(string.match(kept[place + 1], '^(%d+);kept;'))
    local same = known == mark and string.match(kept[place + 1], ';kept;(.*)$') == id
    if known_at and (known_at > at or same and at - known_at < TTL.minute) then
      return
    end
  end
  set_current(name, mark, id, at)
end

-- What was made for a use works no longer: nobody is exposed by it any more, and nothing is left to know of it.
local function forget_leased(name, lease)
  local kept, ended = redis.call('HGETALL', key('current', name)), ';leased;' .. lease
  for place = 1, #kept, 2 do
    if string.sub(kept[place + 1], -#ended) == ended then
      leave_current(name, kept[place])
      for _, kind in ipairs({ 'seen', 'seen_people', 'seen_processes' }) do
        redis.call('DEL', of_value(kind, name, kept[place]))
      end
      rank_exposure(name)
    end
  end
end

-- What somebody knows is known to one who has left, or is so no longer: of what they know since a moment, so much at once.
-- Nobody sees so many in one millisecond. Returns from when to go on; 0: that was all.
local function mark_left(seer, person, since, has_left)
  local found = redis.call('ZRANGEBYSCORE', key('exposed', seer), int(since), '+inf', 'WITHSCORES', 'LIMIT', 0, RELISTED_AT_ONCE)
  local names = {}
  for place = 1, #found, 2 do
    local member = found[place] .. '~' .. person
    if has_left then
      redis.call('ZADD', key('left_exposed'), 0, member)
    else
      redis.call('ZREM', key('left_exposed'), member)
    end
    names[string.match(found[place], '^(.*)~') or ''] = 1
  end
  for name in pairs(names) do
    rank_exposure(name)
  end
  local last = tonumber(found[#found])
  if #found < 2 * RELISTED_AT_ONCE or last > NOW then -- nobody sees anything in a time to come
    return 0
  end
  return math.max(last, since + 1)
end

-- Whoever sees a value is here: who had left has come back, and what they know is told anew when they leave again.
local function come_back(seer)
  local person = seen_person(seer)
  if person and redis.call('HDEL', key('leavers'), person) == 1 then
    redis.call('ZADD', key('exposed_people'), 'NX', 0, person)
    mark_left('person:' .. person, person, 0, false)
    mark_left('process:' .. person, person, 0, false)
  end
end

-- Somebody sees a value now. Returns what was known of them before; empty for nothing.
local function enter_seen(name, mark, seer, how)
  come_back(seer)
  local before = redis.call('HGET', of_value('seen', name, mark), seer) or ''
  local entry = read_seen(before)
  entry.first, entry.last = entry.first or int(NOW), int(NOW)
  if not entry.how[how] then
    entry.ways[#entry.ways + 1] = how
  end
  entry.how[how] = (entry.how[how] or 0) + 1
  redis.call('HSET', of_value('seen', name, mark), seer, written_seen(entry))
  redis.call('ZADD', of_value(list_of(seer), name, mark), entry.last, seer)
  if before == '' then
    local current = is_current(name, mark)
    if current then
      expose(seer, name .. '~' .. mark, entry.first)
      rank_exposure(name)
    else
      retain_seen(name, mark, false)
    end
  end
  return before
end

local function drop_seen(name, mark, seer)
  redis.call('HDEL', of_value('seen', name, mark), seer)
  redis.call('ZREM', of_value(list_of(seer), name, mark), seer)
  unexpose(seer, name .. '~' .. mark)
  rank_exposure(name)
end

-- They did not see it after all. What others, or they in between, have seen stays.
local function leave_seen(name, mark, seer, how, before, at)
  local text = redis.call('HGET', of_value('seen', name, mark), seer)
  local entry = text and read_seen(text)
  if not entry or not entry.how[how] then
    return
  end
  entry.how[how] = entry.how[how] - 1
  local times = 0
  for _, one in pairs(entry.how) do
    times = times + one
  end
  if times == 0 then
    return drop_seen(name, mark, seer)
  end
  if entry.last == at and before ~= '' then
    entry.last = read_seen(before).last
  end
  redis.call('HSET', of_value('seen', name, mark), seer, written_seen(entry))
  redis.call('ZADD', of_value(list_of(seer), name, mark), entry.last, seer)
end

-- A use is given back: what it wrote down is taken back with it, once. Where it has not come here yet, it never shall.
local function take_seen_back(record, op, why)
  local stored = redis.call('GET', key('outcome', record.requester .. ':' .. op))
  local saw = stored and cjson.decode(stored) or {}
  if saw.back then
    return
  end
  if saw.marks then
    emit('value.unseen', 'bot', { id = record.id, variables = saw.names, requester = record.requester, behind = record.behind }, {
      why = why, how = saw.how, seer = saw.seer, versions = saw.versions,
    })
    for name, mark in pairs(saw.marks) do
      leave_seen(name, mark, saw.seer, saw.how, saw.before[name], saw.at)
    end
  end
  local back = cjson.encode({ back = 1, did = saw.did })
  redis.call('SET', key('outcome', record.requester .. ':' .. op), back, 'PX', TTL.outcome)
end

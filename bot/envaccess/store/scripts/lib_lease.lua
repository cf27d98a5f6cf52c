-- Leases: values that a source makes for one use of a grant, from before they are made until the source confirms that
-- nothing of them is left. A request lists those that it has in `leases`, as `NUMBER_USE:STATE:UNTIL` with commas between:
-- i is about to be made, m made, e ending, c ending and nobody logs in any more, t left to a person.
local function leases_of(record)
  local found = {}
  for _, entry in ipairs(split(record.leases or '')) do
    local name, state, until_ = string.match(entry, '^(%d+_%d+):(%l):(%d+)$')
    if name then
      found[#found + 1] = { name = name, state = state, until_ = until_ }
    end
  end
  return found
end

-- Whether anything was made for a grant that is not ending.
local function has_lease(record)
  for _, one in ipairs(record.leases and leases_of(record) or {}) do
    if one.state == 'i' or one.state == 'm' then
      return true
    end
  end
  return false
end

local function lease_text(list)
  local entries = {}
  for place, one in ipairs(list) do
    entries[place] = table.concat({ one.name, one.state, one.until_ }, ':')
  end
  return table.concat(entries, ',')
end

-- Whatever a source calls it: PostgreSQL's role, the name of an AWS session.
local function lease_name(id)
  return 'ev_' .. string.match(P, '{(.*)}') .. '_' .. id
end

-- Change what a request says of one of its leases; without a state it has it no more. Not drawn yet.
local function note_lease(record, name, state, until_)
  local kept = {}
  for _, one in ipairs(leases_of(record)) do
    if one.name ~= name then
      kept[#kept + 1] = one
    end
  end
  if state then
    kept[#kept + 1] = { name = name, state = state, until_ = until_ }
  end
  if record.requester then -- else its record is kept no longer
    record.leases = lease_text(kept)
    redis.call('HSET', key('request', record.id), 'leases', record.leases)
  end
  return kept
end

-- A lease as it is kept; nil where there is none, or none that this version knows.
local function read_lease(id)
  local lease = read_record('source_lease', id)
  return lease and LEASED[lease.state or ''] and lease.source and lease.request and lease or nil
end

-- When time alone changes something about a lease the next time; nil where it never does.
local function lease_turn(lease)
  if lease.state == 'intended' then
    return number(lease, 'intended_at') + LEASE.making
  elseif lease.state == 'minted' then
    local ends, works = number(lease, 'ends_at'), number(lease, 'works_deadline')
    return (lease.extending == '1' or works > ends) and ends or works
  end
  local closes = lease.closed ~= '1' and number(lease, 'works_deadline') + 1 or nil
  local sticks = lease.stuck ~= '1' and number(lease, 'ending_at') + LEASE.stuck or nil
  return closes and sticks and math.min(closes, sticks) or closes or sticks
end

local function set_lease_turn(lease)
  local turn = lease_turn(lease)
  if turn then
    at_deadline('lease', lease.id, turn)
  else
    drop_deadlines(lease.id, 'lease')
  end
end

local function set_lease(lease, fields)
  local flat = {}
  for name, value in pairs(fields) do
    value = type(value) == 'number' and int(value) or value
    lease[name] = value
    flat[#flat + 1] = name
    flat[#flat + 1] = value
  end
  redis.call('HSET', key('source_lease', lease.id), unpack(flat))
end

-- Whoever lists what is leased: who asked, the people behind, and the variables, so that a lock finds them.
local function leased_lists(record)
  local lists = {}
  for _, owner in ipairs(owners_of(record.requester, record.behind)) do
    lists[#lists + 1] = key('leased', owner)
  end
  for _, name in ipairs(split(record.variables)) do
    lists[#lists + 1] = key('leased', name)
  end
  return lists
end

-- Write a lease down that was not, and list it wherever it is looked for.
local function add_lease(record, lease, next_at, standing)
  local fields = {}
  for name, value in pairs(lease) do
    fields[name] = name ~= 'id' and value or nil
  end
  set_lease(lease, fields)
  redis.call('ZADD', key('leases_at', lease.source), int(next_at), lease.id)
  redis.call('HSET', key('leasing'), lease.source, '1')
  set_lease_turn(lease)
  note_lease(record, string.match(lease.id, '_(%d+_%d+)$'), standing, lease.works_deadline)
  for _, list in ipairs(record.requester and leased_lists(record) or {}) do
    redis.call('ZADD', list, int(number(lease, 'works_deadline')), record.id)
  end
end

-- A lease is to end now: its source is asked as soon as somebody gets to it. The caller has written why.
local function end_lease(record, one, why)
  local lease = read_lease(record.id .. '_' .. one.name)
  if not lease then
    return
  end
  set_lease(lease, { state = 'ending', ending_at = NOW, why = why, tries = '0', extending = '0' })
  if NOW > number(lease, 'works_deadline') then
    lease.closed = '1'
    redis.call('HSET', key('source_lease', lease.id), 'closed', '1')
  end
  redis.call('ZADD', key('leases_at', lease.source), int(NOW), lease.id)
  set_lease_turn(lease)
  note_lease(record, one.name, lease.closed == '1' and 'c' or 'e', one.until_)
end

-- All leases of a grant end with it. Returns how many do so now.
local function end_leases(record, why)
  local count = 0
  for _, one in ipairs(record.leases and leases_of(record) or {}) do
    if one.state == 'i' or one.state == 'm' then
      end_lease(record, one, why)
      count = count + 1
    end
  end
  return count
end

-- The same of the single uses that are over already, whose leases live on: all that one of these lists has.
local function end_leases_under(lists, why)
  for _, list in ipairs(lists) do
    for _, id in ipairs(redis.call('ZRANGE', list, 0, -1)) do
      local record = read(id)
      if record and record.requester and end_leases(record, why) > 0 then
        change(record, {})
      end
    end
  end
end

-- A grant lasts longer: so does what was made for it, as soon as its source was told.
local function extend_leases(record, ends)
  for _, one in ipairs(record.leases and leases_of(record) or {}) do
    local lease = one.state == 'm' and read_lease(record.id .. '_' .. one.name)
    if lease then
      set_lease(lease, { ends_at = ends, extending = '1', tries = '0' })
      redis.call('ZADD', key('leases_at', lease.source), int(NOW), lease.id)
      set_lease_turn(lease)
    end
  end
end

local function about_lease(lease, more)
  local detail = { lease = lease_name(lease.id), source = lease.source, why = lease.why ~= '' and lease.why or nil }
  for name, value in pairs(more or {}) do
    detail[name] = value
  end
  return detail
end

-- Of which request, for an event; also where its record is kept no longer.
local function request_of(lease)
  local record = read(lease.request or '')
  local said = { id = lease.request, requester = lease.requester, behind = lease.behind, variables = lease.variable }
  return record and record.requester and is_known(record) and record or nil, said
end

-- Write down what time has done to a lease: one that nobody noted as made was not shown, and ends; one whose time is over
-- ends; after so long nobody need hope that it does so by itself.
local function settle_lease(lease)
  local turn = lease_turn(lease)
  if not turn or NOW < turn then
    return
  end
  local record, said = request_of(lease)
  local name = string.match(lease.id, '_(%d+_%d+)$')
  if lease.state == 'intended' or lease.state == 'minted' then
    local early = lease.state == 'minted' and turn < number(lease, 'ends_at')
    local why = lease.state == 'intended' and 'unused' or early and 'source' or 'time'
    end_lease(record or { id = lease.request }, { name = name, until_ = lease.works_deadline }, why)
    if record then
      change(record, early and { leases_early = number(record, 'leases_early') + 1 } or {})
    end
    return
  end
  local fields = {}
  if lease.stuck ~= '1' and NOW >= number(lease, 'ending_at') + LEASE.stuck then
    emit('lease.stuck', 'time', said, about_lease(lease, { left = lease.left ~= '' and lease.left or nil }))
    fields.stuck = '1'
  end
  if lease.closed ~= '1' and NOW > number(lease, 'works_deadline') then
    fields.closed = '1'
    if record then
      note_lease(record, name, 'c', lease.works_deadline)
      change(record, {})
    end
  end
  set_lease(lease, fields)
  set_lease_turn(lease)
end

-- Nothing of a lease is left. Returns what its request has still.
local function forget_lease(lease, record)
  redis.call('DEL', key('source_lease', lease.id))
  redis.call('ZREM', key('leases_at', lease.source), lease.id)
  drop_deadlines(lease.id, 'lease')
  if redis.call('EXISTS', key('leases_at', lease.source)) == 0 then
    redis.call('HDEL', key('leasing'), lease.source)
  end
  local left = record and note_lease(record, string.match(lease.id, '_(%d+_%d+)$')) or {}
  if #left == 0 then
    local owner = { requester = lease.requester or '', behind = lease.behind, variables = lease.names or '' }
    for _, list in ipairs(leased_lists(owner)) do
      redis.call('ZREM', list, lease.request)
    end
  end
  if not record then
    return
  end
  change(record, { leases_gone = number(record, 'leases_gone') + 1 })
end

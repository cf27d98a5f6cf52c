-- Claim one use of a grant and write the event, before any value is read (law 2).
-- Takes: op text, actor text, nonce text, surface text, how text, printable text, clock integer
-- Takes: id text?, ts text?, name text?, among text?, client texts?, session text?
-- By `id`, `name` are those of its variables that are wanted (with commas between them); all where it is not given.
local actor = actor_of(A.actor)

-- The way in which the value leaves: of a machine CI's, of an agent the broker's, whatever the caller says; of a person
-- that of the surface. Of a surface that nobody here knows there is none.
local WAY_OF = { machine = 'ci', agent = 'broker' }
local BY_SURFACE = { slack = A.how == 'push' and 'push' or 'reveal', cli = 'cli' }
local way_out = WAY_OF[string.match(A.actor, '^(%a+):')] or BY_SURFACE[A.surface] or 'none'

-- Whether the pinned ruling lets the value out in this way.
local function may_reach(record)
  for _, way in ipairs(ruling_of(record).delivery) do
    if way == way_out then
      return true
    end
  end
  return false
end

-- By name: the timed grant that ends last, else the `once` grant that ends first (law 6); else one whose clock
-- starts with the first use; else one that begins later, or that is to be had elsewhere, to say so.
local function best()
  local timed, single, unused, later, elsewhere
  for _, id in ipairs(redis.call('ZRANGE', key('held', A.actor), 0, -1)) do
    local record = read_known(id)
    if record then
      settle(record)
      local covers = string.find(',' .. record.variables .. ',', ',' .. A.name .. ',', 1, true)
      covers = covers and (not A.among or string.find(',' .. A.among .. ',', ',' .. id .. ',', 1, true))
      local starts = record.grant == 'waiting' and number(record, 'lapses_at') > 0
      if covers and record.grant and GRANT_NEXT[record.grant .. ':revoke'] and not may_reach(record) then
        elsewhere = elsewhere or record
      elseif covers and starts then
        unused = unused or record
      elseif covers and record.grant == 'waiting' then
        later = later or record
      elseif covers and record.grant == 'active' and record.once == '1' then
        single = single or record
      elseif covers and record.grant == 'active' then
        timed = record
      end
    end
  end
  return timed or single or unused or later or elsewhere
end

-- The grant that is meant, or nil and the refusal.
local function meant()
  local lock = not A.id and lock_on({ A.actor }, A.name)
  if lock then
    return nil, refuse_locked(lock, actor, 'reveal', nil, A.printable)
  end
  local record
  if A.id then
    record = read(A.id)
  else
    record = best()
  end
  if not record then
    local why = A.id and 'unknown_id' or 'no_grant'
    refused(actor, 'reveal', why, nil, A.printable)
    return nil, { refused = why, names = A.printable }
  end
  if record.requester ~= A.actor then
    refused(actor, 'reveal', 'not_yours', record)
    return nil, { refused = 'not_yours' }
  end
  if not is_known(record) then
    return nil, { refused = 'record_refused', id = record.id }
  end
  return record
end

local function refuse(record, why, more)
  refused(actor, 'reveal', why, record)
  local outcome = { refused = why, id = record.id, names = record.variables }
  for name, value in pairs(more or {}) do
    outcome[name] = value
  end
  return outcome
end

-- Why some of its variables cannot be had apart from the others; nil where they can, or all are wanted. A single use is
-- of all of them or none.
local function stands_apart(record)
  local wanted = A.id and A.name and split(A.name) or {}
  for _, name in ipairs(wanted) do
    if not string.find(',' .. record.variables .. ',', ',' .. name .. ',', 1, true) then
      return 'no_grant'
    end
  end
  return #wanted > 0 and #wanted < #split(record.variables) and record.once == '1' and 'once_whole' or nil
end

local function needs_tap(record)
  return way_out == 'cli' and ruling_of(record).tap
end

-- Why this grant gives no value now; nil where it does.
local function bar(record)
  local lock = lock_on(people_of(record), record.variables)
  if lock then
    return refuse_locked(lock, actor, 'reveal', record)
  end
  settle(record)
  if not record.grant then
    return refuse(record, 'no_grant', { state = record.state })
  end
  if record.grant ~= 'waiting' and not GRANT_NEXT[record.grant .. ':reveal'] then
    return refuse(record, 'grant_ended', {
      state = record.grant, by = record.ended_by or '', at = record.ended_at or '0', hint = record.ended_why,
    })
  end
  if not may_reach(record) then
    return refuse(record, 'delivery', { state = way_out, hint = table.concat(ruling_of(record).delivery, ',') })
  end
  local apart = stands_apart(record)
  if apart then
    return refuse(record, apart, { names = A.name })
  end
  local unknown = unknown_name(record.variables)
  if unknown then
    return refuse(record, 'unknown_variable', { names = unknown })
  end
  local remade = remade_name(record)
  if remade then
    return refuse(record, 'variable_remade', { names = remade })
  end
  if record.grant == 'waiting' and number(record, 'lapses_at') == 0 then
    return { refused = 'not_begun', id = record.id, names = record.variables, at = record.starts_at }
  end
  return needs_tap(record) and bar_untapped(record, actor, said_by_client(A.surface, A.client)) or nil
end

-- What the catalogue says of each of its variables, for its seals to be looked at.
local function catalogued(record)
  local found = {}
  for _, name in ipairs(split(record.variables)) do
    found[name] = redis.call('HGETALL', key('catalogue', name))
  end
  return found
end

local function claim(record)
  if record.grant == 'waiting' then
    change(record, begin(record, NOW, actor))
  end
  local detail = said_by_client(A.surface, A.client)
  detail.how = way_out ~= 'reveal' and way_out or nil
  local left = { id = record.id, requester = record.requester, behind = record.behind }
  left.variables = A.id and A.name or record.variables
  emit('grant.revealed', actor, left, detail)
  redis.call('HINCRBY', key('request', record.id), 'reveals', 1)
  redis.call('HINCRBY', key('request', record.id), 'uses', 1) -- never given back: no two uses have the same leases
  if needs_tap(record) then
    use_tap(record)
  end
  if A.client then
    note_release(record, A.client.host)
  end
  if record.once == '1' then
    emit('grant.used_up', actor, record)
    redis.call('DEL', key('grant', record.id))
    end_grant(record, GRANT_NEXT['active:use_up'], actor)
  end
  local owner = string.find(A.actor, '^agent:') and record.behind or A.actor
  return {
    id = record.id, requester = record.requester, variables = record.variables, once = record.once,
    expires_at = record.expires_at, nonce = A.nonce,
    fields = redis.call('HGETALL', key('request', record.id)), text = redis.call('HGETALL', key('text', record.id)),
    catalogue = catalogued(record),
    host = A.client and redis.call('HGET', key('hosts', owner), A.client.host) or nil,
  }
end

return once(function()
  -- What is sealed would be held against a wrong time, and look forged; a clock that went back lets grants live on.
  if clock_is_off() or clock_went_back() then
    return look_again({ refused = 'clock_off' })
  end
  if A.session and not session_lives(A.session, A.actor) then
    refused(actor, 'reveal', 'no_session')
    return { refused = 'no_session' }
  end
  local record, refusal = meant()
  if refusal then
    return refusal
  end
  return bar(record) or claim(record), record, 'card'
end)

-- The arguments, the time, and the few steps that scripts share. Each script gets what it names of this and the other
-- `lib` files, and no more (`store/script_text.py`); every line that does not begin with a blank belongs to the `local`
-- before it.
-- KEYS[1] routes the call to the workspace's slot; ARGV[1] is the key prefix, ARGV[2] the arguments as JSON.
-- A script reads, checks and builds every argument before its first write: Lua does not roll back.
-- The first write is the XADD of the event (in scripts that end access, the DEL of the grant).
-- Local names only: one global assignment breaks every later script on fakeredis.
local P = ARGV[1]
local A = cjson.decode(ARGV[2])

local function int(number)
  return string.format('%.0f', number)
end

local function read_clock()
  local clock = redis.call('TIME')
  return tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
end

local NOW = read_clock()

local function key(kind, id)
  return P .. KEY[kind] .. (id or '')
end

-- What is stored of a request or a session, with its id; nil where there is none.
local function read_record(kind, id)
  local flat = redis.call('HGETALL', key(kind, id))
  if #flat == 0 then
    return nil
  end
  local record = { id = id }
  for place = 1, #flat, 2 do
    record[flat[place]] = flat[place + 1]
  end
  return record
end

local function read(id)
  return read_record('request', id)
end

local function number(record, name)
  return tonumber(record[name] or '0') or 0
end

-- Whether this version knows the words by which a record is ruled, and has what scripts need of it; else it is another
-- version's (law 14). A field that nobody here knows is no such word.
local function is_known(record)
  return tonumber(record.schema or '1') and number(record, 'schema') <= SCHEMA and STATE[record.state]
    and record.variables and tonumber(record.deadline_at)
    and is_known_principal(record.requester or ':')
    and (not record.grant or GRANT[record.grant]) and (not record.review or REVIEWED[record.review])
end

-- A record, where there is one that this version knows.
local function read_known(id)
  local record = read(id)
  return record and is_known(record) and record or nil
end

-- The kinds are those of `DEADLINES` in store/keys.py.
local function at_deadline(kind, id, when)
  redis.call('ZADD', key('deadlines'), int(when), kind .. ':' .. id)
end

local function drop_deadlines(id, ...)
  local entries = {}
  for place, kind in ipairs({ ... }) do
    entries[place] = kind .. ':' .. id
  end
  redis.call('ZREM', key('deadlines'), unpack(entries))
end

-- A duty goes back to its owner: `giver:taker`. The caller has written the event.
local function drop_duty(pair)
  redis.call('ZREM', key('delegations'), pair)
  redis.call('HDEL', key('duty_seals'), pair)
  drop_deadlines(pair, 'return')
end

-- What a seal says, and its MAC. Whether it is a true one only those know who have the key; scripts take it for an
-- index like any field.
local function sealed_facts(seal)
  return cjson.decode(string.match(seal, '^%l+%.%x+%.%x+%.(.*)$') or '{}')
end

local function mac_of(seal)
  return string.match(seal or '', '^%l+%.%x+%.(%x+)%.') or ''
end

-- Whether the clock of who sealed something is too far from ours: a process that was paused.
local function clock_is_off()
  return A.clock and math.abs(A.clock - NOW) > FROM_REDIS
end

local function split(text)
  local parts = {}
  for part in string.gmatch(text, '[^,]+') do
    parts[#parts + 1] = part
  end
  return parts
end

-- Law 10: the first outcome of an operation is its only one. It is the outcome of one actor: nobody is answered
-- with what another's operation came to, even under the same id. An id that comes again for something else does
-- nothing; a refusal that a service ruled (`refuse`) answers whatever was tried. Outcomes that an earlier version
-- stored do not say what they are of.
local WHO = string.gsub(A.actor or A.requester or A.person or 'bot', '^person:', '')
-- Of a typed name only the printable form is kept: somebody may have pasted a value in its place (law 7).
local function operation()
  local typed = A.printable ~= '' and A.printable
  local about = typed or (A.same or A.id or '') .. ':' .. (A.name or A.target or '')
  return table.concat({ SCRIPT, A.verb or '', about, A.taker or '' }, ':')
end

local DID = operation()

local function replay()
  local stored = redis.call('GET', key('outcome', WHO .. ':' .. A.op))
  if not stored or SCRIPT == 'refuse' then
    return stored
  end
  local did = cjson.decode(stored).did
  if did and did ~= DID and string.sub(did, 1, 7) ~= 'refuse:' then
    return cjson.encode({ refused = 'other_operation' })
  end
  return stored
end

local function finish(outcome)
  outcome.did = DID
  local text = cjson.encode(outcome)
  redis.call('SET', key('outcome', WHO .. ':' .. A.op), text, 'PX', TTL.outcome)
  return text
end

local function emit(event, actor, record, detail)
  local fields = { 'event', event, 'at', int(NOW), 'actor', base_of(actor) }
  local function add(name, value)
    if value and value ~= '' then
      fields[#fields + 1] = name
      fields[#fields + 1] = value
    end
  end
  if record then
    add('request', record.id)
    add('variables', record.variables)
    add('requester', base_of(record.requester or ''))
    if string.sub(event, 1, 6) == 'grant.' then
      add('grant', record.id)
    end
  end
  -- Of a refused attempt whoever is behind the one who tried, else behind the one who asked; so of the run.
  local tried = event == 'access.refused'
  local behind = record and record.behind
  if tried then
    behind = A.behind or (record and record.requester == WHO and record.behind) or ''
  end
  detail = with_origin(detail, behind, run_of(tried and WHO or record and record.requester or ''))
  if detail and next(detail) then
    add('detail', cjson.encode(detail))
  end
  return redis.call('XADD', key('audit'), '*', unpack(fields))
end

-- A full Redis refuses what could grow, until the script has written something: this writes nothing and opens
-- the way. For what must go through: ends of access, and what is shown (forgotten, it would be posted twice).
local oom_bypassed = false

local function bypass_oom()
  if not oom_bypassed then
    redis.call('ZREM', key('dirty'), '')
    oom_bypassed = true
  end
end

-- People are called to the request's message again; only the newest call is ever told.
local function notify(record, why, fields)
  fields.nudges = number(record, 'nudges') + 1
  fields.nudge = why
  return fields
end

-- Write fields of a record, which gets a new version. The caller marks that it is to be drawn again.
local function write_version(kind, record, fields)
  record.version = int(number(record, 'version') + 1)
  local flat = { 'version', record.version }
  for name, value in pairs(fields) do
    value = type(value) == 'number' and int(value) or value
    record[name] = value
    flat[#flat + 1] = name
    flat[#flat + 1] = value
  end
  redis.call('HSET', key(kind, record.id), unpack(flat))
end

-- A changed request is drawn again; emergencies are looked at first, then decided ones.
local function change(record, fields)
  write_version('request', record, fields)
  local due = NOW
  if record.state ~= 'pending' then
    due = NOW - (record.review == 'open' and 2 or 1) * 86400000
  end
  redis.call('ZADD', key('dirty'), int(due), record.id)
end

-- Who stands in for whom has changed: every pending request says so.
local function draw_undecided()
  for _, id in ipairs(redis.call('ZREVRANGE', key('undecided'), 0, 99)) do
    local record = read_known(id)
    if record and record.state == 'pending' then
      change(record, {})
    end
  end
end

local function retain(record)
  -- What nobody saw before it was withdrawn is told of by its events alone.
  local unseen = record.state == 'cancelled' and (record.message or '') == '' and not record.grant
  redis.call('PEXPIRE', key('request', record.id), unseen and TTL.unseen or TTL.records)
  redis.call('PEXPIRE', key('text', record.id), unseen and TTL.unseen or TTL.records)
end

-- What was asked for, before somebody approved less of it.
local function asked_of(record)
  return record.asked_variables or record.variables
end

-- A denial, or an end of access: by person and variable, so that no number of later requests hides it. The newest
-- few are kept, because one may be taken back (`give_back`).
local function over_key(record, name)
  return key('over', record.requester .. ':' .. name)
end

local function note_over(record, at)
  for _, name in ipairs(split(asked_of(record))) do
    local list = over_key(record, name)
    redis.call('ZADD', list, int(at), record.id)
    redis.call('ZREMRANGEBYRANK', list, 0, -11)
    redis.call('PEXPIRE', list, TTL.over)
  end
end

-- A request leaves `pending`. The caller has written the event.
local function close(record, fields)
  -- An emergency may stand beside a pending request for the same names. Records made before there were extensions
  -- call what is the same `sorted`.
  local same = record.same or record.sorted or record.variables
  if redis.call('HGET', key('pending', record.requester), same) == record.id then
    redis.call('HDEL', key('pending', record.requester), same)
  end
  redis.call('ZREM', key('undecided'), record.id)
  drop_deadlines(record.id, 'time_out', 'step', 'remind')
  if fields.state == 'denied' then
    note_over(record, fields.decided_at)
  end
  change(record, fields)
  retain(record)
end

-- Law 12: the first refused attempt per person and reason each minute in full, the rest counted.
local function refused(actor, tried, why, record, names, account)
  local who = base_of(actor) .. ':' .. why
  if redis.call('EXISTS', key('refused', who)) == 1 then
    redis.call('INCR', key('refused', who))
    return
  end
  local shown = record
  if not record and names and names ~= '' then
    shown = { variables = names }
  end
  local detail = { tried = tried, why = why }
  if account and account ~= '' then
    detail.account = account
  end
  if not record and A.id then
    detail.id = A.id
  end
  for name, said in pairs(A.claims or {}) do
    detail[name] = said
  end
  emit('access.refused', actor, shown, detail)
  redis.call('SET', key('refused', who), '0')
  at_deadline('count', who, NOW + TTL.minute)
end

-- Persons decide; machines and agents only ask. The refusal of whoever acts and is none of them; audited.
local function refuse_program(tried, record)
  if is_person(WHO) then
    return nil
  end
  refused(actor_of(WHO), tried, 'persons_only', record)
  return { refused = 'persons_only' }
end

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

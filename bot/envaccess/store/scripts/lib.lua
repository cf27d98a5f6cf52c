-- The arguments, the time, and the few steps that scripts share. Each script gets what it names of this and the other
-- `lib` files, and no more (`store/script_text.py`); every line that does not begin with a blank belongs to the `local`
-- before it.
-- KEYS[1] routes the call to the workspace's slot; ARGV[1] is the key prefix, ARGV[2] the arguments as JSON, in scripts
-- that write events ARGV[3]: 32 digits that the salts of events are made of, and where an argument is what somebody typed,
-- 32 of its salt and 64 of its digest.
-- A script reads, checks and builds every argument before its first write: Lua does not roll back.
-- The first write is the XADD of the event (in scripts that end access, the DEL of the grant).
-- Local names only: one global assignment breaks every later script on fakeredis.
local P = ARGV[1]
local A = cjson.decode(ARGV[2])

local KEPT_FOR = A.kept_for or TTL.records

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

-- Whether Redis' clock is behind what was written already: ends of grants, which are its times, would come late.
local function clock_went_back()
  local newest = redis.call('XREVRANGE', key('audit'), '+', '-', 'COUNT', 1)[1]
  return newest and NOW < tonumber(string.match(newest[1], '^%d+')) - BEHIND_EVENTS
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
  local kept = key('outcome', WHO .. ':' .. A.op)
  local stored = redis.call('GET', kept)
  if not stored then
    return stored
  end
  redis.call('PEXPIRE', kept, TTL.outcome) -- a write, so that a WAIT behind it waits (`store/confirmed.py`)
  if SCRIPT == 'refuse' then
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

-- How many events this script has written; `next`, the number of the next one, once it is known.
local written = { events = 0 }

-- What somebody typed, to be said by an event: the event holds a digest of it alone. The text lies apart with its salt
-- (`domain/audit_line.py`), so that it can be taken away without changing the event.
local function typed(text)
  written.typed = text and text ~= '' or written.typed
  local salt, digest = string.sub(ARGV[3], 33, 64), string.sub(ARGV[3], 65)
  return text and text ~= '' and { text = text, salt = salt, digest = digest } or nil
end

-- Take out of the details what was typed. Returns what the event says of it, and what is kept apart.
local function take_typed(detail)
  if not written.typed then
    return nil
  end
  local said, kept = {}, {}
  for name, value in pairs(detail or {}) do
    if type(value) == 'table' then
      said[#said + 1] = name .. ':' .. value.digest
      kept[name] = { value.salt, value.text }
    end
  end
  for name in pairs(kept) do
    detail[name] = nil
  end
  return table.concat(said, ','), next(kept) and kept
end

-- Text of a day's events: gone with the day when events of that age are dropped.
local function keep_typed(event, kept)
  local day = int(math.floor(tonumber(string.match(event, '^%d+')) / 86400000))
  local texts = key('typed', day)
  redis.call('HSET', texts, event, cjson.encode(kept))
  if redis.call('HLEN', texts) == 1 then
    redis.call('PEXPIRE', texts, int(KEPT_FOR + TTL.typed))
  end
end

-- Events count from 0, so that each has a place in the tree and a missing one is seen.
local function next_number()
  if not written.next then
    local number = tonumber(redis.call('GET', key('event_number')) or '0')
    written.next = number and number >= 0 and number < 9e15 and math.floor(number) or 0
  end
  return written.next
end

-- Whoever is shown one event learns nothing of the salt of another.
local function new_salt()
  written.events = written.events + 1
  return string.sub(redis.sha1hex(string.sub(ARGV[3], 1, 32) .. ':' .. written.events), 1, 32)
end

-- Of a refused attempt whoever is behind the one who tried, else behind the one who asked; so of the run.
local function with_origin_of(event, record, detail)
  local tried = event == 'access.refused'
  local behind = record and record.behind
  if tried then
    behind = A.behind or (record and record.requester == WHO and record.behind) or ''
  end
  return with_origin(detail, behind, run_of(tried and WHO or record and record.requester or ''))
end

local function emit(event, actor, record, detail)
  local place = next_number()
  local fields = { 'event', event, 'at', int(NOW), 'actor', base_of(actor), 'n', int(place), 's', new_salt() }
  local function add(name, value)
    if value and value ~= '' then
      fields[#fields + 1] = name
      fields[#fields + 1] = value
    end
  end
  if place == 0 then -- what an earlier version wrote is in no tree
    local last = redis.call('XREVRANGE', key('audit'), '+', '-', 'COUNT', 1)[1]
    add('before', last and int(redis.call('XLEN', key('audit'))))
    add('before_id', last and last[1])
  end
  if record then
    add('request', record.id)
    add('variables', record.variables)
    add('requester', base_of(record.requester or ''))
    if string.sub(event, 1, 6) == 'grant.' then
      add('grant', record.id)
    end
  end
  detail = with_origin_of(event, record, detail)
  local said, kept = take_typed(detail)
  add('typed', said)
  if detail and next(detail) then
    add('detail', cjson.encode(detail))
  end
  local id = redis.call('XADD', key('audit'), '*', unpack(fields))
  written.next = place + 1
  redis.call('SET', key('event_number'), int(written.next))
  if kept then
    keep_typed(id, kept)
  end
  return id
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
  redis.call('PEXPIRE', key('request', record.id), unseen and TTL.unseen or KEPT_FOR)
  redis.call('PEXPIRE', key('text', record.id), unseen and TTL.unseen or KEPT_FOR)
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

-- File a request, or return the pending one of this person for the same variables. What needs nobody's agreement
-- (automatic, emergency) is a grant at once, in the same step.
-- Takes: op text, id text, requester text, variables text, incarnations text, same text, printable text,
-- Takes: seconds integer, once flag, duration text, filing text, clock integer, pending_seconds integer,
-- Takes: emergency flag, marks text, reason typed, extends text?, starts_at integer?, policy text?, rules text?, behind text?
-- Takes: session text?, baseline text?, mark text?, minute integer?, hour integer?, facts text?
-- Rarely: settle, conclude, refused, refuse_locked, close, note_stray, session_lives, remade_name, read_known, refuse, refuse_as
-- Rarely: told, grant_at_once, last_end, counted_under, count_under, count_of_machine, room_at
local LOOKED_BACK = 200
local actor = actor_of(A.requester)
local emergency = A.emergency == '1'
local names = split(A.variables)
local facts = sealed_facts(A.filing)
local ruling = facts.ruling
local limits = ruling.limits or {}

local attempt = A.extends and 'extend' or emergency and 'emergency' or 'request'

local function refuse_as(why, refused_names, at, limit)
  refused(actor, attempt, why, nil, A.printable)
  return { refused = why, names = refused_names, at = at and int(at), limit = limit and int(limit) }
end

local function refuse(why, at, limit)
  return refuse_as(why, A.printable, at, limit)
end

local function told(record)
  return {
    id = record.id, repeated = 1, state = record.state, deadline_at = record.deadline_at or '0',
    seconds = record.seconds, once = record.once, expires_at = record.expires_at or '0',
  }
end

-- The names of those variables that do not exist, and whether some are others than the caller looked at. Somebody may
-- have pasted a value where a name belongs: only the printable form is kept (law 7).
local function look_at_variables()
  local printable, unknown, incarnations = split(A.printable), {}, {}
  for place, name in ipairs(names) do
    incarnations[place] = incarnation_of(name) or ''
    if incarnations[place] == '' then
      unknown[#unknown + 1] = printable[place]
    end
  end
  return #unknown > 0 and table.concat(unknown, ','), table.concat(incarnations, ',') ~= A.incarnations
end

-- What waits for the same already. An emergency does not wait for what nobody has answered.
local function pending_same()
  local id = not emergency and redis.call('HGET', key('pending', A.requester), A.same)
  local record = id and read_known(id)
  if not record then
    return nil
  end
  settle(record)
  return record
end

-- What this person has now, where a rule or this request asks for it: pending requests and grants, each as it stands.
local function standing()
  local open = {}
  if #limits == 0 and not emergency and not A.extends then
    return open
  end
  for _, list in ipairs({ redis.call('HVALS', key('pending', A.requester)),
    redis.call('ZRANGE', key('held', A.requester), 0, -1) }) do
    for _, id in ipairs(list) do
      local record = read(id)
      if record then
        settle(record)
      end
      if record and (record.state == 'pending' or record.grant == 'active' or record.grant == 'waiting') then
        open[#open + 1] = record
      end
    end
  end
  return open
end

-- The emergency that is the same as this, if one lives, and whether the grant lives that this extends.
local function among(open)
  local extended = false
  for _, record in ipairs(open) do
    if emergency and is_known(record) and record.emergency == '1' and (record.same or record.variables) == A.same then
      return record
    end
    extended = extended or (record.id == A.extends and is_known(record) and record.grant == 'active' and record.once ~= '1')
  end
  return nil, extended
end

local function end_of(id)
  local state, decided, grant_, ended =
    unpack(redis.call('HMGET', key('request', id), 'state', 'decided_at', 'grant', 'ended_at'))
  if state == 'denied' then
    return tonumber(decided)
  end
  return grant_ and grant_ ~= 'active' and grant_ ~= 'waiting' and tonumber(ended or '0') or 0
end

-- When the last access, or hope of it, of this person for one of these names ended. Of ends that an earlier version wrote
-- there is only the record: the newest requests are looked at for those, of all names together LOOKED_BACK at most (law 16).
local function last_end()
  local last, seen = 0, {}
  for _, name in ipairs(names) do
    local mine = A.requester .. ':' .. name
    last = math.max(last, tonumber(redis.call('ZREVRANGE', key('over', mine), 0, 0, 'WITHSCORES')[2] or '0'))
    for _, id in ipairs(redis.call('ZREVRANGE', key('asked', mine), 0, math.floor(LOOKED_BACK / #names) - 1)) do
      last = seen[id] and last or math.max(last, end_of(id))
      seen[id] = true
    end
  end
  return last
end

-- More time for a grant is no other one, but access that an extension gave too late is.
local function count_under(limit, open)
  local count, mark = 0, '\31' .. limit.rule .. '\31'
  for _, record in ipairs(open) do
    if ((record.extends or '') == '' or record.grant) and string.find(record.rules or '', mark, 1, true) then
      count = count + 1
    end
  end
  return count
end

-- Under whom automatic approvals are counted: the whole run, else whoever it is kept under.
local function counted_under(limit)
  local who = limit.per == PER_RUN and A.requester or kept_under(A.requester, A.behind)
  return key('automatic', who .. ':' .. limit.rule)
end

-- What the rules' limits refuse; else whether what they let through alone is still let through.
local function under_limits(open)
  local automatic, ended_at = ruling.automatic == true and not A.extends, nil
  for _, limit in ipairs(limits) do
    if (limit.open_max or 0) > 0 and not A.extends and count_under(limit, open) >= limit.open_max then
      return refuse('too_many_open', nil, limit.open_max)
    end
    if (limit.cool_down or 0) > 0 and not A.extends then
      ended_at = ended_at or last_end()
      local again = ended_at + limit.cool_down * 1000
      if again > NOW then
        return refuse('cool_down', again)
      end
    end
    if automatic and (limit.automatic or 0) > 0 then
      local since = limit.per == PER_RUN and '-inf' or '(' .. int(NOW - limit.per * 1000)
      local had = redis.call('ZCOUNT', counted_under(limit), since, '+inf')
      automatic = had < limit.automatic
    end
  end
  return nil, automatic
end

-- Whoever starts many runs fills neither, too.
local function without_room_of_machine(automatic)
  local machine = base_of(A.requester)
  if machine == A.requester then
    return nil
  end
  if not automatic and count_of_machine(machine) >= MOST.machine_pending then
    return refuse('too_many_of_machine', nil, MOST.machine_pending)
  end
  local asked = key('asked', machine)
  if since_ago(asked, TTL.day) >= MOST.machine_filed then
    return refuse('too_many_of_machine', room_at(asked, MOST.machine_filed, TTL.day), MOST.machine_filed)
  end
  return nil
end

-- Whatever the policy says: one person fills neither the queue nor the store. Emergencies have room of their own.
local function without_room(automatic)
  local raised, asked = key('raised', A.requester), key('asked', A.requester)
  if emergency then
    if since_ago(raised, TTL.hour) >= MOST.emergencies then
      return refuse('too_many_emergencies', room_at(raised, MOST.emergencies, TTL.hour), MOST.emergencies)
    end
    return nil
  end
  if not automatic and count_pending() >= MOST.pending then
    return refuse('too_many_pending', nil, MOST.pending)
  end
  if since_asked() >= MOST.filed then
    local apart = since_ago(raised, TTL.day)
    if since_ago(asked, TTL.day) - apart >= MOST.filed then
      return refuse('too_many_filed', room_at(asked, MOST.filed + apart, TTL.day), MOST.filed)
    end
  end
  return without_room_of_machine(automatic)
end

-- How many requests this person made in the window that approvers are told about, and how many for these variables.
local function asked_before()
  local since = '(' .. int(NOW - TTL.asked)
  local seen, for_these = {}, 0
  for _, name in ipairs(names) do
    local list = key('asked', A.requester .. ':' .. name)
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', list, since, '+inf', 'LIMIT', 0, 99)) do
      for_these = for_these + (seen[id] and 0 or 1)
      seen[id] = true
    end
  end
  return since_asked(), for_these
end

local function new_record()
  return {
    id = A.id, variables = A.variables, requester = A.requester, state = 'pending', ruling = ruling,
    seconds = int(A.seconds), once = A.once, deadline_at = int(NOW + A.pending_seconds * 1000),
    starts_at = A.starts_at and int(A.starts_at) or nil, extends = A.extends,
    same = A.same ~= A.variables and A.same or nil, behind = A.behind,
  }
end

local function new_fields(record)
  local before, for_these = asked_before()
  return {
    schema = SCHEMA, requester = A.requester, variables = A.variables, state = 'pending', seconds = A.seconds, once = A.once,
    created_at = NOW, deadline_at = record.deadline_at, asked_before = before, asked_for_these = for_these,
    starts_at = record.starts_at, extends = A.extends, born = A.incarnations, same = record.same,
    rules = #limits > 0 and A.marks or nil, behind = record.behind,
  }
end

local function remember_in(list, milliseconds)
  redis.call('ZREMRANGEBYSCORE', list, '-inf', int(NOW - milliseconds))
  redis.call('ZADD', list, int(NOW), A.id)
  redis.call('PEXPIRE', list, milliseconds)
end

local function write_request(record)
  local detail = {
    duration = A.duration, reason = typed(A.reason), rules = A.rules, policy = A.policy, extends = A.extends,
    starts_at = record.starts_at, named = facts.named and table.concat(facts.named, ', '),
    hour = A.hour and int(A.hour), facts = A.facts,
  }
  for name, told in pairs(said_by_client(facts.surface, facts.receipt)) do
    detail[name] = told
  end
  emit('request.created', actor, record, detail)
  redis.call('HSET', key('text', A.id), 'filing', A.filing)
  if A.baseline then
    keep_baseline(baseline_key(A), 'filed', A.baseline, A.id)
  end
  remember_in(key('asked', A.requester), TTL.asked)
  if base_of(A.requester) ~= A.requester then
    remember_in(key('asked', base_of(A.requester)), TTL.day)
  end
  for _, name in ipairs(names) do
    remember_in(key('asked', A.requester .. ':' .. name), TTL.asked)
  end
  if emergency then
    remember_in(key('raised', A.requester), TTL.day)
  end
end

local function conclude_emergency(record, fields)
  emit('emergency.used', actor, record, { reason = typed(A.reason), seconds = int(A.seconds) })
  fields.emergency, fields.review, fields.review_at = '1', 'open', NOW + review_every(ruling) * 1000
  at_deadline('review', A.id, fields.review_at)
  redis.call('ZADD', key('reviews'), int(NOW), A.id)
  notify(record, 'filed', fields)
  return conclude(record, actor, fields)
end

local function conclude_automatic(record, fields)
  emit('request.approved', 'policy', record, { automatic = '1' })
  fields.automatic = '1'
  for _, limit in ipairs(limits) do
    if (limit.automatic or 0) > 0 then
      local list = counted_under(limit)
      redis.call('ZADD', list, int(NOW), A.id)
      redis.call('PEXPIRE', list, limit.per == PER_RUN and TTL.run or int(limit.per * 1000))
    end
  end
  return conclude(record, 'policy', fields)
end

local function grant_at_once(record, fields)
  local expires = (emergency and conclude_emergency or conclude_automatic)(record, fields)
  return {
    id = A.id, state = record.state, seconds = int(A.seconds), once = A.once, deadline_at = '0',
    expires_at = int(expires), automatic = fields.automatic,
  }
end

-- What waits for people whom nobody knows to be others than whoever asked is never decided (law 3).
local function without_deciders(automatic)
  if automatic then
    return nil
  end
  if facts.pipeline and (facts.pipeline.restarted or '') ~= '' then
    return refuse('run_restarted')
  end
  if person_of({ requester = A.requester, behind = A.behind or '' }) then
    return nil
  end
  return refuse('actor_unknown')
end

local function wait_for_decision(record, fields)
  for name, value in pairs(notify(record, 'filed', enter_first(record, 0, NOW))) do
    fields[name] = value
  end
  change(record, fields)
  redis.call('HSET', key('pending', A.requester), A.same, A.id)
  redis.call('ZADD', key('undecided'), int(NOW), A.id)
  at_deadline('time_out', A.id, record.deadline_at)
  return { id = A.id, state = 'pending', deadline_at = record.deadline_at, seconds = int(A.seconds), once = A.once }
end

-- Everything has been looked at: the first write follows.
local function file(pending, automatic)
  local record = new_record()
  local fields = new_fields(record)
  if pending and pending.state == 'pending' then
    emit('request.cancelled', 'bot', pending, { why = 'the variable was deleted and made again' })
    close(pending, { state = REQUEST_NEXT['pending:cancel'], decided_by = 'bot', decided_at = NOW })
  end
  write_request(record)
  return (automatic or emergency) and grant_at_once(record, fields) or wait_for_decision(record, fields)
end

return once(function()
  if clock_is_off() then
    return look_again({ refused = 'clock_off' })
  end
  local lock = lock_on({ A.requester, A.behind }, A.variables)
  if lock then
    return refuse_locked(lock, actor, attempt, nil, A.printable)
  end
  -- The end of a program's session withdraws what it asked for: what comes after it would wait for nobody.
  if A.session and not session_lives(A.session, A.requester) then
    return { refused = 'no_session' }
  end
  local unknown, moved = look_at_variables()
  if unknown then
    return refuse_as('unknown_variable', unknown)
  end
  if moved then
    return look_again({ moved = 1 })
  end
  local pending = pending_same()
  -- One whose variable was deleted and made again meanwhile can never be approved: this takes its place.
  if pending and pending.state == 'pending' and not remade_name(pending) then
    return told(pending)
  end
  if redis.call('EXISTS', key('request', A.id)) == 1 then
    return look_again({ taken = 1 })
  end
  local open = standing()
  local same, extended = among(open)
  if same then
    return told(same)
  end
  if A.extends and not extended then
    return refuse('not_extendable')
  end
  local refusal, automatic = under_limits(open)
  return refusal or without_deciders(automatic) or without_room(automatic) or other_baseline()
    or file(pending, automatic)
end)

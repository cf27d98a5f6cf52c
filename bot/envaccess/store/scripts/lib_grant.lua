-- The life of a grant: it begins, is extended, is warned of, and ends. The first write of each is the event; in those
-- that end access, the DEL of the grant.
local function hold(record, until_)
  for _, owner in ipairs(owners_of(record.requester, record.behind)) do
    redis.call('ZADD', key('held', owner), int(until_), record.id)
  end
  for _, name in ipairs(split(record.variables)) do
    redis.call('ZADD', key('shared', name), int(until_), record.id)
  end
end

-- When its requester is told that it ends soon; 0: never.
local function warn_at(record, begins, ends)
  local seconds = math.floor((ends - begins) / 1000)
  if record.once == '1' or seconds < WARN.least then
    return 0
  end
  return ends - math.min(WARN.most, math.floor(seconds / WARN.part)) * 1000
end

-- Only here and in `extend` a TTL is set. At its exact expiry millisecond a key still lives.
local function set_end(record, begins, ends, command)
  redis.call(command[1], key('grant', record.id), unpack(command, 2))
  hold(record, ends)
  at_deadline('expire', record.id, ends + 1)
  local warn = warn_at(record, begins, ends)
  if warn > NOW then
    at_deadline('warn', record.id, warn)
  end
  return warn
end

-- The clock starts, at the moment that is given. Returns the fields that change.
local function begin(record, at, actor)
  local ends = at + tonumber(record.seconds) * 1000
  emit('grant.activated', actor, record, { seconds = record.seconds, expires_at = int(ends) })
  drop_deadlines(record.id, 'start', 'lapse')
  local fields = { grant = 'active', expires_at = ends, lapses_at = 0 }
  fields.warn_at = set_end(record, at, ends, { 'SET', record.requester, 'PXAT', int(ends) })
  local within = ruling_of(record).use_within
  if within > 0 and ruling_of(record).starts ~= 'first_use' and at + within * 1000 < ends then
    fields.lapses_at = at + within * 1000
    at_deadline('lapse', record.id, fields.lapses_at)
  end
  return fields
end

-- Approved, but the clock starts later: at an hour, or with the first use. Returns the fields that change.
local function wait_to_begin(record)
  local fields = { grant = 'waiting', expires_at = 0 }
  local starts = number(record, 'starts_at')
  if starts > NOW then
    hold(record, starts + tonumber(record.seconds) * 1000)
    at_deadline('start', record.id, starts)
    return fields
  end
  local within = ruling_of(record).use_within
  fields.lapses_at = NOW + (within > 0 and within or UNUSED) * 1000
  hold(record, fields.lapses_at)
  at_deadline('lapse', record.id, fields.lapses_at)
  return fields
end

-- What a decision makes of an approved request: a grant that begins, or one that waits.
local function grant(record, actor)
  local later = number(record, 'starts_at') > NOW or ruling_of(record).starts == 'first_use'
  return later and wait_to_begin(record) or begin(record, NOW, actor)
end

-- A grant leaves the living, now or at the time that is given. The caller has deleted its key and written the event.
local function end_grant(record, state, by, at, why)
  for _, owner in ipairs(owners_of(record.requester, record.behind)) do
    redis.call('ZREM', key('held', owner), record.id)
  end
  for _, name in ipairs(split(record.variables)) do
    redis.call('ZREM', key('shared', name), record.id)
  end
  drop_deadlines(record.id, 'expire', 'warn', 'start', 'lapse', 'redraw', 'tap')
  note_over(record, at or NOW)
  end_leases(record, 'grant')
  change(record, { grant = state, ended_at = at or NOW, ended_by = by, ended_why = why })
  retain(record)
end

local function lapse(record, at, why)
  bypass_oom()
  redis.call('DEL', key('grant', record.id))
  emit('grant.lapsed', 'time', record, { why = why })
  end_grant(record, GRANT_NEXT[record.grant .. ':lapse'], '', at)
end

local function settle_waiting(record)
  local starts, lapses = number(record, 'starts_at'), number(record, 'lapses_at')
  if lapses > 0 and NOW >= lapses then
    lapse(record, lapses, 'it was not used in time')
  elseif lapses == 0 and NOW >= starts and not lock_on(people_of(record), record.variables) then
    local ends = starts + tonumber(record.seconds) * 1000
    if NOW >= ends then
      lapse(record, ends, 'its whole time passed while nothing ran')
    else
      change(record, begin(record, starts, 'time'))
    end
  end
end

local function settle_active(record)
  local lapses, redraw = number(record, 'lapses_at'), number(record, 'redraw_at')
  if redis.call('EXISTS', key('grant', record.id)) == 0 then
    bypass_oom()
    local detail, ended = {}, tonumber(record.expires_at)
    if NOW < ended then
      detail.early = 'the key was gone before its time'
      ended = NOW
    end
    emit('grant.expired', 'time', record, detail)
    end_grant(record, GRANT_NEXT['active:expire'], '', ended)
  elseif lapses > 0 and NOW >= lapses and number(record, 'reveals') == 0 then
    lapse(record, lapses, 'it was not used in time')
  elseif number(record, 'warn_at') > 0 and NOW >= number(record, 'warn_at') then
    emit('grant.expiring', 'time', record, { expires_at = record.expires_at })
    drop_deadlines(record.id, 'warn')
    change(record, { warn_at = 0, warned_at = NOW, warnings = number(record, 'warnings') + 1 })
  end
  if record.grant == 'active' and redraw > 0 and NOW >= redraw then
    drop_deadlines(record.id, 'redraw')
    change(record, { redraw_at = 0, quiet_at = NOW + TTL.minute })
  end
end

-- A grant lives longer, by that request; never longer than the ruling on the extension allows from now. Returns its
-- new end.
local function extend(record, by, seconds, most, actor)
  local ends = math.min(tonumber(record.expires_at) + seconds * 1000, NOW + most * 1000)
  ends = math.max(ends, tonumber(record.expires_at))
  emit('grant.extended', actor, record, { seconds = int(seconds), expires_at = int(ends) })
  local warn = set_end(record, NOW, ends, { 'PEXPIREAT', int(ends) })
  extend_leases(record, ends)
  change(record, {
    grant = GRANT_NEXT['active:extend'], expires_at = ends, warn_at = warn, warned_at = 0, lapses_at = 0,
    extensions = record.extensions and record.extensions .. ',' .. by or by,
  })
  return ends
end

-- Who ended a `once` since it was claimed, or locked its requester or one of its variables (then `locked` too).
local function ended_since(record)
  if record.barred_by then
    return record.barred_by
  end
  for _, target in ipairs(lock_targets(people_of(record), record.variables)) do
    local found = redis.call('GET', key('barred', target))
    local lock = found and read_lock(found)
    if lock and (lock.at == '0' or tonumber(lock.at) >= number(record, 'ended_at')) then
      return lock.by, 'locked'
    end
  end
  return nil
end

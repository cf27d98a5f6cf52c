-- What a lock could be on: these people and programs, a machine with all its runs, and these names (with commas between
-- them).
local function lock_targets(people, names)
  local targets = {}
  for _, person in ipairs(people) do
    targets[#targets + 1] = actor_of(person)
  end
  for _, name in ipairs(split(names)) do
    targets[#targets + 1] = 'variable:' .. name
  end
  return targets
end

-- A lock as it is kept. One that cannot be read holds, only nobody knows by whom and why.
local function read_lock(kept)
  local read_it, lock = pcall(cjson.decode, kept)
  lock = read_it and type(lock) == 'table' and lock or {}
  return {
    id = lock.id or '', by = lock.by or '', at = tonumber(lock.at) and lock.at or '0', why = lock.why or '',
    salt = type(lock.salt) == 'string' and lock.salt or '', digest = type(lock.digest) == 'string' and lock.digest or nil,
  }
end

-- The first lock on any of these; nil where there is none.
local function lock_on(people, names)
  if redis.call('EXISTS', key('locks')) == 0 then
    return nil
  end
  for _, target in ipairs(lock_targets(people, names)) do
    local found = redis.call('HGET', key('locks'), target)
    if found then
      local lock = read_lock(found)
      lock.target = target
      return lock
    end
  end
  return nil
end

-- What somebody is told who meets a lock; audited.
local function refuse_locked(lock, actor, tried, record, names)
  local account = string.match(lock.target, '^person:(.*)$')
  refused(actor, tried, 'locked', record, names, actor ~= lock.target and account or nil)
  return { refused = 'locked', by = lock.by, at = lock.at, hint = lock.why, target = lock.target }
end

-- What variables exist. One exists by its catalogue record alone: no script looks at a sealed value to know it.
-- false where there is no such variable.
local function incarnation_of(name)
  return redis.call('HGET', key('catalogue', name), 'incarnation')
end

local function unknown_name(variables)
  for _, name in ipairs(split(variables)) do
    if not incarnation_of(name) then
      return name
    end
  end
  return nil
end

-- The first variable that was deleted and made again since this was asked for: it is another one under that name. A
-- request names the incarnation of each variable that it asked for; what it does not name, it did not ask for. Of one
-- that is gone `unknown_name` tells, and is asked first.
local function remade_name(record)
  local marks, mark_of = split(record.born or ''), {}
  for place, name in ipairs(split(asked_of(record))) do
    mark_of[name] = marks[place]
  end
  for _, name in ipairs(split(record.variables)) do
    if incarnation_of(name) ~= mark_of[name] then
      return name
    end
  end
  return nil
end

-- Write a new record whole. The caller has written the event.
local function write_catalogue(name, record)
  redis.call('HSET', key('catalogue', name), 'name', name, 'source', record.source, 'owner', record.owner,
    'incarnation', record.incarnation, 'seal', record.seal, 'version', int(record.version),
    'created_at', int(record.created_at), 'changed_at', int(record.changed_at))
  redis.call('ZADD', key('names'), 0, name)
end

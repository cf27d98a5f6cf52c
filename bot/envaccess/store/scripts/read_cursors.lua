-- Where a follower stands, or every one where no name is given; `lines` is always among them. Of each: what is stored,
-- the cursor ('' where it cannot be believed), and the first event after it that is still there ('' for none).
-- Takes: name text
local function standing(name)
  local stored = stored_cursor(name)
  local at = believed(stored)
  local waiting = {}
  if NEWEST then
    waiting = redis.call('XRANGE', key('audit'), '(' .. (at ~= '' and at or '0-0'), '+', 'COUNT', 1)
  end
  return { name = name, stored = stored, at = at, waiting = waiting[1] and waiting[1][1] or '' }
end

local found = { standing(A.name ~= '' and A.name or 'lines') }
if A.name == '' then
  for _, name in ipairs(redis.call('HKEYS', key('cursors'))) do
    if name ~= 'lines' then
      found[#found + 1] = standing(name)
    end
  end
end
return cjson.encode({ now = int(NOW), cursors = found })

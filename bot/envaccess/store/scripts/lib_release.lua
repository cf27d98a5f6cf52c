-- Values that went to terminals: to which hosts, how often, and last when, as their clients say.
local HOSTS_MOST = 10 -- of one request; what went to further ones is counted without their names

-- What an event says of whoever acts through a client; nothing of what is done in Slack.
local function said_by_client(surface, said)
  if not surface or surface == 'slack' then
    return {}
  end
  said = type(said) == 'table' and said or {}
  local detail = { surface = surface, session = said.session ~= '' and said.session or nil }
  for name, told in pairs({ host = 'host', user = 'os_user', program = 'program', address = 'address' }) do
    detail[told] = said[name] ~= '' and said[name] or nil
  end
  return detail
end

local function releases_of(record)
  local read_it, found = pcall(cjson.decode, record.releases or '[]')
  local kept = {}
  for _, one in ipairs(read_it and type(found) == 'table' and found or {}) do
    if type(one) == 'table' and type(one.host) == 'string' and tonumber(one.times) and tonumber(one.at) then
      kept[#kept + 1] = one
    end
  end
  return kept
end

-- The same with one more for this host, or with one less, which was given back; empty for none.
local function count_release(record, host, by)
  local kept, mine = {}, nil
  for _, one in ipairs(releases_of(record)) do
    if one.host == host then
      mine = one
    end
    kept[#kept + 1] = one
  end
  if not mine and by > 0 then
    local name = #kept < HOSTS_MOST and host or ''
    mine = #kept > HOSTS_MOST and kept[#kept] or { host = name, times = 0, at = 0 }
    kept[math.min(#kept, HOSTS_MOST) + 1] = mine
  end
  if mine then
    mine.times = int(math.max(0, mine.times + by))
    mine.at = by > 0 and int(NOW) or mine.at
  end
  return #kept > 0 and cjson.encode(kept) or ''
end

-- A release is drawn at once, further ones of the same minute together at its end: a loop that uses a grant takes
-- nobody's turn (law 16).
local function note_release(record, host)
  local fields = { releases = count_release(record, host, 1) }
  local quiet = number(record, 'quiet_at')
  if NOW >= quiet then
    fields.quiet_at = NOW + TTL.minute
    change(record, fields)
    return
  end
  record.releases = fields.releases
  redis.call('HSET', key('request', record.id), 'releases', record.releases, 'redraw_at', int(quiet))
  at_deadline('redraw', record.id, quiet)
end

local function take_release_back(record, host)
  change(record, { releases = count_release(record, host, -1) })
end

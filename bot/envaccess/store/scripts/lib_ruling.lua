-- The ruling that is pinned into a request.
local function fill(found, usual)
  for name, value in pairs(usual) do
    if found[name] == nil then
      found[name] = value
    end
  end
  return found
end

-- A ruling of schema 1 left out what was usual in 0.1.0. One that was pinned before there were chains has no steps: it
-- asks for so many approvals.
local function make_whole(ruling)
  local usual = cjson.decode(PINNED_V1)
  ruling.steps = ruling.steps or { { approvals = ruling.approvals } }
  for _, step in ipairs(ruling.steps) do
    fill(step, usual.step)
  end
  if type(ruling.emergency) == 'table' then
    fill(ruling.emergency, usual.emergency)
  end
  return fill(ruling, usual.ruling)
end

-- Where a ruling is pinned: in what was sealed when it was filed; before there were seals, by itself.
local function pinned_in(filing, plain)
  return filing and sealed_facts(filing).ruling or cjson.decode(plain or '{}')
end

-- The pinned ruling; only the numbers in it are read here, never who anybody is. What is missing where nothing may be
-- left out is the strictest there is: nothing widens what was pinned (law 14).
local function ruling_of(record)
  if not record.ruling then
    local filing, plain = unpack(redis.call('HMGET', key('text', record.id), 'filing', 'ruling'))
    local read_it, ruling = pcall(pinned_in, filing, plain)
    ruling = read_it and type(ruling) == 'table' and ruling or {}
    if number(record, 'schema') < 2 then
      make_whole(ruling)
    end
    record.ruling = fill(ruling, { steps = {}, delivery = {}, max_seconds = 0, use_within = 1 })
  end
  return record.ruling
end

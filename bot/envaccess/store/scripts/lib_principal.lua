-- Who asks and who decides: persons, machines and agents, and the person behind these.
-- A person's id stands alone; what is no person has its kind before its id.
local function is_person(who)
  return not string.find(who, ':', 1, true)
end

local function actor_of(who)
  return is_person(who) and 'person:' .. who or who
end

-- What an event says besides: of what a machine or an agent asked for, the person behind it too.
local function with_behind(record, detail)
  if record and (record.behind or '') ~= '' then
    detail = detail or {}
    detail.behind = detail.behind or record.behind
  end
  return detail
end

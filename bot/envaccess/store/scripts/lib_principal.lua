-- Who asks and who decides: persons, machines and agents, and the person behind these.
-- A person's id stands alone; what is no person has its kind before its id.
local function is_person(who)
  return not string.find(who, ':', 1, true)
end

local function actor_of(who)
  return is_person(who) and 'person:' .. who or who
end

-- Whether somebody acts on the host.
local function is_host(who)
  return string.sub(who, 1, 4) == 'cli:'
end

-- Whether this version knows what kind of thing this is.
local function is_known_principal(who)
  return is_person(who) or PROGRAM[string.match(who, '^(%a+):.')]
end

-- The person who counts as the one who asked (law 3). Nil where nobody knows who that is: then nobody decides.
local function person_of(record)
  if is_person(record.requester) then
    return record.requester
  end
  return record.behind ~= '' and record.behind or nil
end

-- Whoever a lock holds up what was asked by: who asked, and the person behind.
local function people_of(record)
  return { record.requester, record.behind }
end

-- Whether this is the one who asked, or the person behind: they withdraw and end it.
local function is_own(record, who)
  return who == record.requester or (is_person(who) and who == record.behind)
end

-- An event's details with the person behind.
local function with_behind(detail, behind)
  if behind and behind ~= '' then
    detail = detail or {}
    detail.behind = behind
  end
  return detail
end

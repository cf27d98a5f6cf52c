-- Who asks and who decides: persons, machines and agents, and the person behind these.
-- A person's id stands alone; what is no person has its kind before its id.
local function is_person(who)
  return not string.find(who, ':', 1, true)
end

-- A machine is one for all its runs in events, counts and locks; its records, keys and operations are of one run,
-- `machine:deploy/9f86d081`.
local function base_of(who)
  return string.match(who, '^(machine:[^/]*)/') or who
end

local function run_of(who)
  return string.match(who, '^machine:[^/]*/(.*)$') or ''
end

local function actor_of(who)
  return is_person(who) and 'person:' .. who or base_of(who)
end

-- Under whom is counted and remembered what somebody usually does: a machine with all its runs; of agents the person
-- behind, because another session is another agent.
local function kept_under(who, behind)
  return string.match(who, '^agent:') and 'behind:' .. (behind or '') or base_of(who)
end

-- Under whom sessions and live grants are listed: who has them, a machine for all its runs, and the person behind.
local function owners_of(who, behind)
  local owners = { who }
  if base_of(who) ~= who then
    owners[#owners + 1] = base_of(who)
  end
  if not is_person(who) and behind and behind ~= '' then
    owners[#owners + 1] = 'behind:' .. behind
  end
  return owners
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

-- An event's details with the person behind, and with which run of a machine it is about.
local function with_origin(detail, behind, run)
  if behind and behind ~= '' then
    detail = detail or {}
    detail.behind = behind
  end
  if run ~= '' then
    detail = detail or {}
    detail.run = run
  end
  return detail
end

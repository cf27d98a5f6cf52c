-- Write down that values are about to be made at their sources for a use that was claimed: before they are made.
-- Takes: op text, id text, actor text, once flag, leases texts, session text?
-- `leases`: `NUMBER_USE` to its variable, its source and its seal, with blanks between.
local function read_leases(record)
  local found = {}
  for name, text in pairs(A.leases) do
    local variable, source, seal = string.match(text, '^(%S+) (%S+) (.+)$')
    found[#found + 1] = { name = name, variable = variable, source = source, seal = seal, id = record.id .. '_' .. name }
  end
  table.sort(found, function(one, other) return one.name < other.name end)
  return found
end

-- A single use is over once it is claimed; what it showed lives as long as was agreed to.
local function end_of(record)
  return A.once == '1' and number(record, 'ended_at') + number(record, 'seconds') * 1000 or number(record, 'expires_at')
end

local function bar(record, wanted)
  if not may_show(record, A.actor, A.once, A.session) then
    return { refused = 'grant_ended', id = record.id }
  end
  local live = 0
  for _, one in ipairs(leases_of(record)) do
    live = live + (one.state ~= 't' and 1 or 0)
  end
  if live + #wanted > LEASE.most then
    return { refused = 'leases_full', id = record.id }
  end
  return end_of(record) - NOW < LEASE.least and { refused = 'lease_short', id = record.id } or nil
end

return once_on_request('reveal', A.actor, function(record)
  local wanted, ends = read_leases(record), end_of(record)
  local refusal = bar(record, wanted)
  if refusal then
    return refusal
  end
  for _, one in ipairs(wanted) do
    local about = { id = record.id, requester = record.requester, behind = record.behind, variables = one.variable }
    emit('lease.intended', actor_of(A.actor), about, {
      lease = lease_name(one.id), source = one.source, expires_at = int(ends),
    })
  end
  for _, one in ipairs(wanted) do
    local lease = {
      id = one.id, request = record.id, requester = record.requester, behind = record.behind or '',
      variable = one.variable, names = record.variables, source = one.source, seal = one.seal, state = 'intended', intended_at = NOW, ends_at = ends,
      works_deadline = ends, why = '', tries = 0,
    }
    add_lease(record, lease, ends, 'i')
  end
  return { ends_at = int(ends), left = ends - NOW }
end)

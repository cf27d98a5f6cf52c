-- A source has a login whose own end there is past, and nothing that people sealed lets it live on: it ends, whatever is
-- written of it here, also nothing, or that somebody looks at it in a hundred years.
-- Takes: id text, request text, source text, variable text, seal text
local function write_anew(record)
  redis.call('DEL', key('source_lease', A.id))
  local lease = {
    id = A.id, request = A.request, requester = record and record.requester or '', behind = record and record.behind or '',
    variable = A.variable, names = record and record.variables or A.variable, source = A.source, seal = A.seal,
    state = 'ending', why = 'overdue', intended_at = NOW, minted_at = NOW, ends_at = NOW, works_deadline = NOW - 1,
    ending_at = NOW, tries = 0, closed = '1',
  }
  add_lease(record or { id = A.request }, lease, NOW, 'c')
end

local function is_listed(lease)
  local at = redis.call('ZSCORE', key('leases_at', lease.source), lease.id)
  return at and tonumber(at) <= NOW + 2 * LEASE.pause_most and redis.call('HEXISTS', key('leasing'), lease.source) == 1
end

local lease = read_lease(A.id)
if lease and lease.state == 'ending' and is_listed(lease) then
  return 'known'
end
bypass_oom()
-- Whose it is, its id says, and no record.
local record, said = request_of({ request = A.request, requester = '', variable = A.variable })
if record then
  said.requester, said.behind = record.requester, record.behind
end
local about = { id = A.id, source = A.source, why = 'overdue' }
emit('lease.ending', 'bot', said, about_lease(about))
if not lease or lease.source ~= A.source or lease.request ~= A.request then
  write_anew(record)
elseif lease.state == 'ending' then
  set_lease(lease, { why = lease.why and lease.why ~= '' and lease.why or 'overdue' })
  redis.call('ZADD', key('leases_at', lease.source), int(NOW), lease.id)
  redis.call('HSET', key('leasing'), lease.source, '1')
  set_lease_turn(lease)
else
  end_lease(record or { id = A.request }, { name = string.match(A.id, '_(%d+_%d+)$'), until_ = lease.works_deadline }, 'overdue')
  redis.call('HSET', key('leasing'), lease.source, '1')
end
if record then
  change(record, {})
end
return 'ends'

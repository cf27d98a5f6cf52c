-- A source did not answer, or says that something of a lease is left: write down what, and when it is asked again: after a
-- second, then twice as long each time, five minutes at most.
-- Takes: id text, token text, left text, closed flag, sessions integer
local lease = read_lease(A.id)
if not lease or lease.holder ~= A.token then
  return 'not ours'
end
bypass_oom()
local tries = number(lease, 'tries') + 1
local again = NOW + math.min(LEASE.pause_most, LEASE.pause * 2 ^ math.min(tries - 1, 20))
local owned = A.left == 'owns'
local record, said = request_of(lease)
local fields = { tries = tries, left = A.left, sessions = A.sessions, holder = '' }
if lease.state == 'ending' and owned and lease.owned ~= '1' then
  lease.left = A.left
  emit('lease.stuck', 'bot', said, about_lease(lease, { left = A.left }))
  fields.owned, fields.stuck = '1', '1'
end
local state = owned and 't' or (A.closed == '1' or lease.closed == '1') and 'c' or 'e'
local news = lease.state == 'ending' and (lease.left ~= A.left or (state ~= 'e') ~= (lease.closed == '1') or fields.owned)
if A.closed == '1' then
  fields.closed = '1'
end
set_lease(lease, fields)
if A.closed == '1' then
  forget_leased(lease.variable or '', lease_name(lease.id))
end
redis.call('ZADD', key('leases_at', lease.source), int(again), lease.id)
set_lease_turn(lease)
if record and news then
  note_lease(record, string.match(lease.id, '_(%d+_%d+)$'), state, lease.works_deadline)
  change(record, {})
end
return 'again'

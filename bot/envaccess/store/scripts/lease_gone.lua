-- A source says that nothing of a lease is left. Where it may be made this very moment, it is asked again later.
-- Takes: id text
local lease = read_lease(A.id)
if not lease or lease.state ~= 'ending' then
  return 'not ending'
end
bypass_oom()
local made = number(lease, 'intended_at') + LEASE.making
if not lease.minted_at and NOW < made then
  redis.call('ZADD', key('leases_at', lease.source), int(made), lease.id)
  return 'again'
end
local record, said = request_of(lease)
emit('lease.revoked', 'bot', said, about_lease(lease))
forget_leased(lease.variable or '', lease_name(lease.id))
forget_lease(lease, record)
return 'gone'

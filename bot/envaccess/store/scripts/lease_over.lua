-- A source says that a lease is gone which was to live on: it ends early, and its person is told.
-- Takes: id text
local lease = read_lease(A.id)
if not lease or lease.state ~= 'minted' then
  return 'not live'
end
bypass_oom()
local record = request_of(lease)
end_lease(record or { id = lease.request }, { name = string.match(lease.id, '_(%d+_%d+)$'), until_ = lease.works_deadline }, 'source')
if record then
  change(record, { leases_early = number(record, 'leases_early') + 1 })
end
return 'ending'

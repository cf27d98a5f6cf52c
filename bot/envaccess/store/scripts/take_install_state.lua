-- Take a state back, once: `good`, `foreign` in another browser than the one that began, where it stays, or `unknown`.
-- Takes: id text, browser text
local browser = redis.call('GET', key('install_state', A.id))
if not browser then
  return 'unknown'
end
if browser ~= A.browser then
  return 'foreign'
end
redis.call('DEL', key('install_state', A.id))
return 'good'

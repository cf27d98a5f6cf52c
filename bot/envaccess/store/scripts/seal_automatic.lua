-- Remember that the policy let this request through alone, which is sealed once the filing script has said so.
-- Takes: id text, seal text
local record = read(A.id)
if not record or record.automatic ~= '1' then
  return 0
end
return redis.call('HSETNX', key('text', A.id), 'automatic', A.seal)

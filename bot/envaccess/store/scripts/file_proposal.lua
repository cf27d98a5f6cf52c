-- A proposal that its person agreed to has become this request, whose own event tells of it.
-- Takes: id text, request text
local record = read_proposal(A.id)
if record and record.state ~= 'filed' and redis.call('EXISTS', key('request', A.request)) == 1 then
  note_filed(record, A.request)
end
return 1

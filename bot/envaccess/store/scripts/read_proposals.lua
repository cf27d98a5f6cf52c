-- Proposals by their ids, or those of an agent that wait, with what time has ended written down.
-- Takes: ids text, agent text
local found = {}
if A.agent ~= '' then
  found = proposals_of(A.agent)
end
for _, id in ipairs(split(A.ids)) do
  local record = read_record('proposal', id)
  if record and is_known_proposal(record) then
    settle_proposal(record)
  end
  found[#found + 1] = record
end
return cjson.encode({ proposals = #found > 0 and found or nil, now = int(NOW) })

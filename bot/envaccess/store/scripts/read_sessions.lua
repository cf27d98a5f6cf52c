-- Logins and sessions, by their ids or of one person, their agents and the pipelines that they started, with what time
-- has ended written down. What another version wrote is told as it stands.
-- Takes: ids text, person text
local found = {}
if A.person ~= '' then
  found = sessions_of(A.person)
  for _, record in ipairs(programs_of(A.person)) do
    found[#found + 1] = record
  end
end
for _, id in ipairs(split(A.ids)) do
  local record = read_session(id)
  if record and is_known_session(record) then
    settle_session(record)
  end
  found[#found + 1] = record
end
return cjson.encode({ sessions = #found > 0 and found or nil, now = int(NOW) })
